"""`marsad watchlist …` as the engineer uses it, on a file of articles and on the store."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from marsad_process import Marsad
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

GARDEN = "حديقة «الياسمين» مفتوحة للزوار اليوم."
BASE = "سقطت قذيفتان على قاعدة الياسمين شرق المدينة، وقتل جندي."
GROUP = "تبنت جماعة تطلق على نفسها «سرايا الفجر الأخضر» الهجوم."
QUIET = "افتتح الوزير المعرض السنوي للزهور في العاصمة."


@pytest.fixture
def articles(tmp_path: Path) -> str:
    """Ten articles: a base and a group that nobody watches, and a garden of the base's name."""
    bodies = [f"{BASE} {GROUP}"] * 3 + [GARDEN] * 6 + [QUIET]
    path = tmp_path / "articles.jsonl.gz"
    lines = [json.dumps({"id": n, "title": "", "text": body}) for n, body in enumerate(bodies)]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return str(path)


def watch(folder: Path, keys: str) -> None:
    """Write an overlay's watchlist file."""
    (folder / "watchlist").mkdir(parents=True, exist_ok=True)
    text = f'[iq-jasmine]\nkind = "base"\nname = "قاعدة الياسمين"\ncountry = ["IQ"]\n{keys}\n'
    (folder / "watchlist" / "mine.toml").write_text(text, encoding="utf-8")


def test_candidates_are_names_after_a_head_noun_that_nobody_watches(marsad: Marsad, articles: str) -> None:
    found = {line["name"]: line for line in marsad.lines("watchlist", "candidates", "--texts", articles, "--json")}
    assert found["الياسمين"]["kind"] == "base"
    assert (found["الياسمين"]["articles"], found["الياسمين"]["violent"]) == (3, 3)
    assert any("قاعدة الياسمين" in sentence for sentence in found["الياسمين"]["sentences"])
    group = next(line for name, line in found.items() if "الفجر الأخضر" in name)
    assert group["kind"] == "group"
    assert "الياسمين" in marsad("watchlist", "candidates", "--texts", articles).stdout.decode()
    assert not marsad.lines("watchlist", "candidates", "--texts", articles, "--json", "--least", "4")
    watch(marsad.config, 'headed = ["الياسمين"]')
    after = marsad.lines("watchlist", "candidates", "--texts", articles, "--json")
    assert "الياسمين" not in {line["name"] for line in after}


def test_check_tells_names_that_are_common_words(marsad: Marsad, articles: str) -> None:
    watch(marsad.config, 'names = ["الياسمين"]')
    (report,) = marsad.lines("watchlist", "check", "--texts", articles, "--json")
    assert report["faults"] == []
    (told,) = report["common words"]
    assert "iq-jasmine" in told
    assert "6 of its 6 articles" in told
    watch(marsad.config, 'headed = ["الياسمين"]')
    assert marsad.lines("watchlist", "check", "--texts", articles, "--json")[0]["common words"] == []


def test_diff_shows_what_a_changed_name_brings_and_loses(marsad: Marsad, articles: str) -> None:
    watch(marsad.config, 'headed = ["الياسمين"]')
    (report,) = marsad.lines("watchlist", "diff", "--texts", articles, "--json")
    assert (report["articles"], report["changed"], report["lost"]) == (10, 3, {})
    assert [line.partition(":")[0] for line in report["gained"]["iq-jasmine"]] == ["0", "1", "2"]
    assert "قاعدة الياسمين" in report["gained"]["iq-jasmine"][0]

    # An earlier state of the folder, in which the garden still fired.
    earlier = marsad.folder / "earlier"
    watch(earlier, 'names = ["الياسمين"]')
    (report,) = marsad.lines("watchlist", "diff", "--texts", articles, "--before", str(earlier), "--json")
    assert (report["changed"], report["gained"]) == (6, {})
    assert len(report["lost"]["iq-jasmine"]) == 6
    shown = marsad("watchlist", "diff", "--texts", articles, "--before", str(earlier)).stdout.decode()
    assert "iq-jasmine" in shown
    assert "حديقة" in shown


def test_diff_and_candidates_of_the_store(marsad: Marsad) -> None:
    page = article_page("قصف على قاعدة الياسمين شرق المدينة", f"{BASE} {PARAGRAPH}", PARAGRAPH)
    with Site({"/news/1": page}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(marsad.config, "paper", site.url)
        marsad("crawl", "paper")
    found = marsad.lines("watchlist", "candidates", "--least", "1", "--json")
    assert "الياسمين" in {line["name"] for line in found}
    watch(marsad.config, 'headed = ["الياسمين"]')
    (report,) = marsad.lines("watchlist", "diff", "--json")
    assert (report["changed"], list(report["gained"])) == (1, ["iq-jasmine"])
    assert marsad.lines("find", "--json", "--entity", "iq-jasmine") == []
    assert marsad.lines("watchlist", "check", "--stored", "--json")[0]["common words"] == []


@pytest.mark.parametrize("command", ["check", "candidates", "diff"])
def test_a_file_that_is_none_is_told_with_its_line(marsad: Marsad, command: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": 1, "text": "خبر"}\n{"id": 2}\n', encoding="utf-8")
    told = marsad("watchlist", command, "--texts", str(broken), code=2).stderr.decode()
    assert f"{broken}:2: " in told
    missing = marsad("watchlist", command, "--texts", str(tmp_path / "none.jsonl"), code=2).stderr.decode()
    assert "none.jsonl" in missing


def test_an_earlier_folder_that_has_no_watchlist_is_told(marsad: Marsad, articles: str, tmp_path: Path) -> None:
    told = marsad("watchlist", "diff", "--texts", articles, "--before", str(tmp_path / "nowhere"), code=2)
    assert "nowhere" in told.stderr.decode()
    marsad("watchlist", "diff", "--before", str(tmp_path), code=2)
