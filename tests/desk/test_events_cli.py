"""`marsad events`, and what `match` and `show` say of a report."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import an_article
from marsad_process import Marsad

from config.load import SHIPPED, load_watchlist
from pipelines.records import Article
from pipelines.report import Reporter
from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.tag import Tagger

ZONE = "Asia/Baghdad"
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
WATCHLIST = load_watchlist(SHIPPED / "local")
TAGGER, REPORTER = Tagger(WATCHLIST), Reporter(WATCHLIST)


def written(number: int, title: str, body: str, *, source: str, hours: float = 0) -> Article:
    """An article that was read as a crawl reads it."""
    when = MORNING + timedelta(hours=hours)
    article = an_article(
        number, title=title, body=body, source=source, published=when, fetched=when, fingerprint=f"{number:016x}"
    )
    return REPORTER.report(TAGGER.tag(article), ZONE)


def a_store(marsad: Marsad) -> Store:
    return open_store(str(marsad.folder / "data" / "marsad.sqlite"))


def attack_and_its_reports(store: Store) -> list[Article]:
    articles = [
        written(1, "هجوم على قاعدة حرير", "هاجمت طائرة مسيرة قاعدة حرير فجر اليوم الثلاثاء.", source="one"),
        written(2, "إسقاط مسيرة", "أسقطت الدفاعات طائرة مسيرة قرب قاعدة حرير فجر الثلاثاء.", source="two", hours=2),
        written(3, "زيارة", "زار الوزير قاعدة حرير التي تعرضت لقصف عام 2021.", source="one", hours=3),
        written(4, "قصف بلد", "سقط صاروخان على قاعدة بلد الجوية صباح اليوم الثلاثاء.", source="two", hours=4),
    ]
    store.save(articles)
    return articles


def test_reports_of_one_attack_are_one_event(marsad: Marsad) -> None:
    store = a_store(marsad)
    articles = attack_and_its_reports(store)
    later, first = marsad.lines("events", "--refresh", "--json")
    assert (first["targets"], first["articles"], first["outlets"], first["state"]) == (["iq-harir"], 2, 2, "confirmed")
    assert (later["targets"], later["articles"], later["state"]) == (["iq-balad"], 1, "reported")
    assert first["article"] == articles[0].id
    assert store.pending(limit=10) == []
    document = store.article(articles[1].id)
    assert document is not None
    assert document["event"] == first["_id"]
    assert [event["_id"] for event in marsad.lines("events", "--json", "--base", "iq-balad")] == [later["_id"]]
    assert marsad.lines("events", "--json", "--since", "2026-11-25") == []
    rows = list(csv.DictReader(io.StringIO(marsad("events", "--csv").stdout.decode())))
    assert [(row["targets"], row["state"]) for row in rows] == [("iq-balad", "reported"), ("iq-harir", "confirmed")]
    table = marsad("events").stdout.decode()
    assert "iq-harir" in table
    assert "2 articles, 2 outlets, 2 origins" in table


def test_a_later_report_that_knows_more_corrects_the_event(marsad: Marsad) -> None:
    store = a_store(marsad)
    store.save([written(1, "عاجل", "استهدف هجوم قاعدة حرير اليوم الثلاثاء.", source="one")])
    (event,) = marsad.lines("events", "--refresh", "--json")
    assert event["precision"] != "minute"
    exact = "أعلنت سرايا أولياء الدم مسؤوليتها عن هجوم بطائرة مسيرة على قاعدة حرير عند الساعة 3:20 فجر اليوم."
    store.save([written(2, "تبن", exact, source="two", hours=3)])
    (event,) = marsad.lines("events", "--refresh", "--json")
    assert (event["from"], event["claimed_by"]) == ("2026-11-24T00:20:00Z", ["awliya-dam"])
    # The first report was taken back: its outlet changed the text.
    store.save([written(1, "تصحيح", "لم تتعرض قاعدة حرير لأي هجوم اليوم.", source="one", hours=4)])
    (event,) = marsad.lines("events", "--refresh", "--json")
    assert event["articles"] == 1


def test_an_article_on_two_attacks_is_found_by_each_and_counts_for_each(marsad: Marsad) -> None:
    store = a_store(marsad)
    attack_and_its_reports(store)
    text = "هاجمت طائرة مسيرة قاعدة حرير فجر اليوم الثلاثاء. وسقط صاروخان على قاعدة بلد الجوية صباح اليوم."
    both = written(5, "هجومان", text, source="three", hours=5)
    store.save([both])
    balad, harir = marsad.lines("events", "--refresh", "--json")
    assert (harir["articles"], balad["articles"]) == (3, 2)
    for event in (harir, balad):
        assert both.id in [found["_id"] for found in marsad.lines("find", f"event:{event['_id']}", "--json")]
        counted = marsad.lines("timeline", f"target:{event['targets'][0]}", "--count", "events", "--json")
        assert [row["events"] for row in counted] == [1]
    top = marsad.lines("top", "report:attack", "--by", "target", "--count", "events", "--json")
    assert {(row["target"], row["events"]) for row in top} == {("iq-harir", 1), ("iq-balad", 1)}
    assert {f"event {event['_id']}" in marsad("show", both.id).stdout.decode() for event in (harir, balad)} == {True}
    # Its outlet takes back one of them: the other one is told still.
    short = written(5, "هجوم", "سقط صاروخان على قاعدة بلد الجوية صباح اليوم.", source="three", hours=6)
    store.save([replace(short, id=both.id)])
    balad, harir = marsad.lines("events", "--refresh", "--json")
    assert (harir["articles"], balad["articles"]) == (2, 2)
    document = store.article(both.id)
    assert document is not None
    assert [(told["event"], told["targets"]) for told in document["told"]] == [(balad["_id"], ["iq-balad"])]


def test_a_pass_waits_for_another_one(marsad: Marsad) -> None:
    store = a_store(marsad)
    attack_and_its_reports(store)
    assert store.lease("events", "somebody else", 60)
    answer = marsad("events", "--refresh", "--json")
    assert answer.stdout == b""
    assert b"another pass is at work" in answer.stderr
    assert len(store.pending(limit=10)) == 4
    store.release("events", "somebody else")
    assert len(marsad.lines("events", "--refresh", "--json")) == 2


def test_outlets_of_one_owner_and_copies_of_an_agency_are_one_origin(marsad: Marsad) -> None:
    sources = marsad.config / "sources"
    sources.mkdir(parents=True)
    for name in ("one", "two"):
        home = f'home = "https://{name}.example/"\nname = "{name}"\nowner = "a holding"\n'
        (sources / f"{name}.toml").write_text(
            f'{home}[[entrance]]\nkind = "section"\nurl = "https://{name}.example/"\n'
        )
    attack_and_its_reports(a_store(marsad))
    _, event = marsad.lines("events", "--refresh", "--json")
    assert (event["outlets"], event["origins"], event["state"]) == (2, 1, "reported")


def test_show_marks_what_the_article_reports(marsad: Marsad) -> None:
    (article, *_) = attack_and_its_reports(a_store(marsad))
    shown = marsad("show", article.id).stdout.decode()
    assert "report attack · targets iq-harir" in shown
    assert "target new" in shown


def test_match_says_what_a_text_reports(marsad: Marsad) -> None:
    text = {
        "id": 1,
        "title": "هجوم على قاعدة حرير",
        "text": "هاجمت طائرة مسيرة قاعدة حرير أمس.",
        "published": "2026-11-24T09:00:00+03:00",
    }
    stdin = json.dumps(text).encode()
    (answer,) = marsad.lines("match", "--json", "--explain", stdin=stdin)
    assert (answer["report"], answer["targets"], answer["weapons"]) == ("attack", ["iq-harir"], ["drone"])
    assert (answer["event_from"], answer["event_precision"]) == ("2026-11-22T21:00:00Z", "day")
    assert [(m["sentence"], m["part"], m["when"]) for m in answer["mentions"] if m["kind"] == "base"] == [
        (0, "target", "new"),
        (1, "target", "new"),
    ]
    assert {b["words"] for b in answer["because"]} == {"هجوم", "هاجمت … أمس"}
    (late,) = marsad.lines("match", "--json", stdin=json.dumps(text | {"published": "2026-11-30"}).encode())
    assert late["report"] == "attack"
    plain = marsad("match", stdin=stdin).stdout.decode()
    assert plain.startswith("1: attack on iq-harir")
    assert marsad("match", stdin=b'{"id": 1, "text": "", "published": "soon"}', code=1).stderr


def test_retag_reads_reports_again(marsad: Marsad, tmp_path: Path) -> None:
    store = a_store(marsad)
    (article, *_) = attack_and_its_reports(store)
    document = store.article(article.id)
    assert document is not None
    store.retag(
        {article.id: {"report": "none", "targets": [], "provenance": document["provenance"] | {"reports": ""}}},
        {article.id: 1},
    )
    assert b"1 of 4 articles tagged again" in marsad("retag").stdout
    again = store.article(article.id)
    assert again is not None
    assert (again["report"], again["targets"]) == ("attack", ["iq-harir"])
