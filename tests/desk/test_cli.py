"""The `marsad` command as a person and a program use it, in processes of its own."""

from __future__ import annotations

import json
from typing import Any

from marsad_process import Marsad
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source


def test_demo_shows_what_fired_and_a_second_run_finds_nothing_new(marsad: Marsad) -> None:
    first = marsad("demo").stdout.decode()
    assert "iq-ain-al-asad" in first
    assert "عين الأسد" in first
    second = marsad("demo").stdout.decode()
    assert "0 new, 0 changed" in second
    assert "1 new, 1 changed" in marsad("demo", "--edit").stdout.decode()
    assert "0 new, 0 changed" in marsad("demo").stdout.decode()

    everything = marsad.lines("find", "--json")
    assert len(everything) == 73
    assert 0 < len(marsad.lines("find", "--json", "--mentioning")) < 73
    assert "20 of 73 articles" in marsad("find").stdout.decode()
    found = marsad.lines("find", "--json", "--entity", "iq-ain-al-asad", "--limit", "5")
    assert found
    assert all("iq-ain-al-asad" in article["bases"] for article in found)
    (edited,) = (article for article in everything if article["state"] == "edited")
    (change,) = edited["changes"]
    assert (change["what"], change["revision"]) == ("edited", 2)
    assert "edited · title, body" in marsad("show", str(edited["_id"])).stdout.decode()
    shown = marsad("show", str(found[0]["_id"])).stdout.decode()
    assert str(found[0]["title"]) in shown
    assert marsad.lines("show", "--json", str(found[0]["url"]))[0]["_id"] == found[0]["_id"]
    assert [run["state"] for run in marsad.lines("runs", "--json")] == ["done"] * 4
    assert marsad.lines("store", "info", "--json")[0]["collections"]["articles"][0] > 40

    copied = marsad.folder / "copy.sqlite"
    assert (
        "articles"
        in marsad("store", "copy", marsad.environment["MARSAD_DATA"] + "/marsad.sqlite", str(copied)).stdout.decode()
    )
    assert copied.exists()


def test_retag_brings_stored_articles_up_to_date_with_the_watchlist(marsad: Marsad) -> None:
    page = article_page("افتتاح جسر الياسمين فوق النهر", f"افتتح اليوم جسر الياسمين. {PARAGRAPH}", PARAGRAPH)
    with Site({"/news/1": page}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(marsad.config, "paper", site.url)
        marsad("crawl", "paper")
    assert marsad.lines("retag", "--json")[0]["up_to_date"] == 1
    (marsad.config / "watchlist").mkdir()
    bridge = '[iq-bridge]\nkind = "base"\nname = "جسر الياسمين"\nnames = ["جسر الياسمين"]\ncountry = ["IQ"]\n'
    (marsad.config / "watchlist" / "mine.toml").write_text(bridge, encoding="utf-8")
    (report,) = marsad.lines("retag", "--json")
    assert (report["retagged"], report["gained"], report["lost"]) == (1, {"iq-bridge": 1}, {})
    (article,) = marsad.lines("find", "--json", "--entity", "iq-bridge")
    assert (article["revision"], article["countries"]) == (1, ["IQ"])
    assert article["provenance"]["watchlist"] == report["digest"]
    assert "1 were up to date" in marsad("retag").stdout.decode()


def test_crawl_says_by_its_exit_code_how_it_went(marsad: Marsad) -> None:
    with Site({"/news/1": article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(marsad.config, "paper", site.url)
        (run,) = marsad.lines("crawl", "--json", "paper")
        assert (run["state"], run["new"]) == ("done", 1)
        assert marsad.lines("crawl", "--json", "paper")[0]["new"] == 0
        write_source(marsad.config, "silent", "http://127.0.0.1:9/")
        assert b"127.0.0.1:9" in marsad("crawl", "silent", code=1).stdout
        marsad("crawl", "paper", "silent", code=3)
        write_source(marsad.config, "faulty", site.url, delay='"soon"')
        assert b"faulty.toml: delay" in marsad("crawl", code=3).stderr
        assert b"no such source" in marsad("crawl", "unheard-of", code=2).stderr


def test_crawl_says_when_the_store_is_down(marsad: Marsad) -> None:
    write_source(marsad.config, "paper", "http://127.0.0.1:9/")
    marsad.environment["MONGO_URI"] = "mongodb://someone:secret@127.0.0.1:9/?serverSelectionTimeoutMS=200"
    answer = marsad("crawl", "paper", code=1)
    assert b"127.0.0.1:9" in answer.stdout
    assert b"secret" not in answer.stdout + answer.stderr
    answer = marsad("find", code=1)
    assert b"127.0.0.1:9" in answer.stderr
    assert b"secret" not in answer.stderr


def test_inspect_gives_one_line_a_file_in_order(marsad: Marsad) -> None:
    article = article_page(
        "صواريخ على قاعدة عين الأسد في الأنبار", f"قال مصدر أمني إن قاعدة عين الأسد تعرضت للقصف. {PARAGRAPH}", PARAGRAPH
    )
    (marsad.folder / "one.html").write_bytes(article.body)
    (marsad.folder / "two.html").write_bytes(b"<html><body></body></html>")
    first, second = marsad.lines("inspect", "--json", "one.html", "two.html", "--url", "https://paper.example/news/1")
    assert first["rejected"] is None
    body = first["article"]["body"]
    mention = next(m for m in first["mentions"] if m["field"] == "body" and m["kind"] == "base")
    assert mention["entity"] == "iq-ain-al-asad"
    assert body[mention["start"] : mention["end"]] == mention["surface"]
    assert second == {"article": None, "mentions": [], "rejected": "empty"}
    assert (first["signals"]["title"], first["signals"]["body"]) == ("h1", "trafilatura")
    table = marsad("inspect", "one.html", "--url", "https://paper.example/news/1").stdout.decode()
    title = next(line for line in table.splitlines() if " title " in line)
    assert " h1 " in title
    assert b"nowhere.html" in marsad("inspect", "--json", "nowhere.html", code=1).stderr


def test_inspect_shows_the_entries_of_a_live_blog(marsad: Marsad) -> None:
    entries = "".join(
        f'<article id="e{n}"><time datetime="2026-11-15T0{n}:00:00+03:00"></time><p>{PARAGRAPH} {n}</p></article>'
        for n in range(1, 4)
    )
    page = f"<html><title>مباشر: الأمطار</title><body><h1>مباشر: الأمطار</h1>{entries}</body></html>"
    (marsad.folder / "live.html").write_text(page, encoding="utf-8")
    (line,) = marsad.lines("inspect", "--json", "live.html", "--url", "https://paper.example/live/1")
    assert (line["article"], line["mentions"], line["rejected"]) == (None, [], None)
    told = line["articles"]
    assert [one["article"]["url"] for one in told] == [f"https://paper.example/live/1#e{n}" for n in range(1, 4)]
    assert told[0]["article"]["published"] == "2026-11-15T01:00:00+03:00"
    assert told[0]["signals"]["published"] == "entry: timed box"
    assert "3 entries" in marsad("inspect", "live.html").stdout.decode()


def test_inspect_fetches_an_address_only_where_it_may(marsad: Marsad) -> None:
    page = article_page("صواريخ على قاعدة عين الأسد في الأنبار", PARAGRAPH, PARAGRAPH)
    with Site({"/news/1": page}) as site:
        answer = marsad("inspect", f"{site.url}news/1", code=1)
        assert b"not a public address" in answer.stderr
        assert not site.requests
        write_source(marsad.config, "mine", site.url)
        (line,) = marsad.lines("inspect", "--json", "--source", "mine", f"{site.url}news/1")
        assert line["article"]["title"] == "صواريخ على قاعدة عين الأسد في الأنبار"


def test_match_answers_in_order_with_exact_surfaces(marsad: Marsad) -> None:
    texts: list[dict[str, Any]] = [
        {"id": 1, "title": "هجوم على عين الأسد", "text": "تعرضت القاعدة لهجوم، وبعين الأسد جنود أجانب."},
        {"id": "two", "title": "ثوب من حرير", "text": "يباع الحرير في أسواق المدينة القديمة."},
    ]
    stdin = "\n".join(json.dumps(text) for text in texts).encode() + b"\n"
    first, second = marsad.lines("match", "--json", stdin=stdin)
    assert [first["id"], second["id"]] == [1, "two"]
    assert {m["entity"] for m in first["mentions"]} == {"iq-ain-al-asad"}
    for mention in first["mentions"]:
        text = texts[0]["title" if mention["field"] == "title" else "text"]
        assert text[mention["start"] : mention["end"]] == mention["surface"]
    assert second["mentions"] == []
    answer = marsad("match", "--json", stdin=b'{"id": 1}\nnot json\n' + stdin, code=1)
    assert len(answer.stdout.splitlines()) == 2
    assert b"line 1" in answer.stderr
    assert b"line 2" in answer.stderr


def test_dates_answers_in_order_in_the_zone_asked_for(marsad: Marsad) -> None:
    texts = [
        {"id": 1, "text": "قصف فجر اليوم", "published": "2022-01-05T18:00:00Z"},
        {"id": "b", "text": "الثلاثاء الساعة 14:30", "published": "2022-01-05", "timezone": "Africa/Cairo"},
        {"id": 3, "text": "أمس وفي 5 يناير 2020"},
    ]
    stdin = "\n".join(map(json.dumps, texts)).encode()
    answers = marsad.lines("dates", "--json", stdin=stdin)
    assert [answer["id"] for answer in answers] == [1, "b", 3]
    assert answers[0]["dates"] == [
        {"surface": "فجر اليوم", "start": 4, "end": 13, "value": "2022-01-05", "precision": "day"}
        | {"rule": answers[0]["dates"][0]["rule"]}
    ]
    assert [answer["dates"][0]["value"] for answer in answers[1:]] == ["2022-01-04T14:30+02:00", "2020-01-05"]
    bad = b'{"id": 1, "text": "x", "timezone": "Asia/Nowhere"}\n{"id": 1, "text": "x", "published": "soon"}\n[]\n'
    answer = marsad("dates", "--json", stdin=bad + stdin, code=1)
    assert len(answer.stdout.splitlines()) == 3
    for fault in (b"line 1", b"Asia/Nowhere", b"line 2", b"soon", b"line 3"):
        assert fault in answer.stderr


def test_language_says_why(marsad: Marsad) -> None:
    texts = [
        {"id": 1, "text": "قالت الوزارة إن الأمطار ستستمر في المحافظات."},
        {"id": 2, "text": "وزارت دفاع اعلام کرد که"},
    ]
    first, second = marsad.lines("language", "--json", stdin="\n".join(map(json.dumps, texts)).encode())
    assert (first["id"], first["arabic"], first["language"]) == (1, True, "ar")
    assert (second["arabic"], second["language"]) == (False, "fa")
    assert second["reason"]


def test_bad_usage_and_configuration_are_exit_code_2(marsad: Marsad) -> None:
    marsad("find", "--since", "yesterday-ish", code=2)
    marsad("unheard-of", code=2)
    (marsad.config / "watchlist").mkdir(parents=True)
    (marsad.config / "watchlist" / "bases.toml").write_text('[iq-mine]\ncolour = "red"\n', encoding="utf-8")
    answer = marsad("watchlist", "check", code=2)
    assert f"{marsad.config}/watchlist/bases.toml".encode() in answer.stderr
    assert b"iq-mine" in answer.stderr


def test_reading_an_empty_store_makes_nothing(marsad: Marsad) -> None:
    assert marsad.lines("find", "--json") == []
    assert marsad.lines("runs", "--json") == []
    marsad("show", "0" * 32, code=1)
    assert not (marsad.folder / "data").exists()
