"""Sources held against their own past; and the commands on crawls of a newspaper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marsad_process import Marsad
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

from desk.health import coverage, health
from pipelines.store import open_store
from pipelines.store.base import Run

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD: dict[str, Any] = {
    "new": 3,
    "state": "done",
    "entrances": {"https://p.example/rss": "read"},
    "quality": {"articles": 3, "characters": 6_000, "undated": 0},
}


def runs(hours: int = 24 * 14, **last: Any) -> list[Run]:
    """A crawl each hour until now that always found something; `last` is what those of the last 2 days were like."""
    return [
        Run(id=f"r{n}", source="p", started=NOW - n * HOUR, **(GOOD | (last if n < 48 else {}))) for n in range(hours)
    ]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ({}, None),
        ({"new": 0, "quality": {}}, "silent"),
        ({"state": "failed", "entrances": {"https://p.example/rss": "failed: answers 500"}, "new": 0}, "failing"),
        ({"detail": "https://p.example is left alone until 14:00 UTC: it answers 429", "state": "partly"}, "blocked"),
        ({"rejected": {"blocked": 3}}, "blocked"),
        ({"quality": {"articles": 3, "characters": 900, "undated": 0}}, "shrank"),
        ({"quality": {"articles": 3, "characters": 6_000, "undated": 3}}, "undated"),
        ({"rejected": {"not_arabic": 9}}, "language"),
        ({"entrances": {"https://p.example/a": "read", "https://p.example/b": "failed: answers 404"}}, "entrance"),
    ],
)
def test_each_trouble_is_told_by_its_name_and_by_no_other(last: dict[str, Any], kind: str | None) -> None:
    found = health("p", runs(**last), NOW)
    assert [problem[0] for problem in found.problems] == ([kind] if kind else [])


def test_what_nobody_read_is_not_silent_and_a_weekly_is_not_silent_on_tuesday() -> None:
    old = [replace(run, started=run.started - 60 * HOUR) for run in runs()]
    assert [kind for kind, _ in health("p", old, NOW).problems] == ["unread"]
    assert [kind for kind, _ in health("p", [], NOW).problems] == ["unread"]
    weekly = [replace(run, new=int(n % (24 * 7) == 100)) for n, run in enumerate(runs(24 * 28))]
    assert not health("p", weekly, NOW).problems


def test_coverage_needs_a_successful_read_soon_after() -> None:
    all_runs = runs(48)
    at = NOW - 5.5 * HOUR
    assert coverage("p", all_runs, at, 6 * HOUR) == coverage("p", all_runs[:20], at, 6 * HOUR)
    found = coverage("p", all_runs, at, 6 * HOUR)
    assert (found.covered, found.before, found.after) == (True, NOW - 6 * HOUR, NOW - 5 * HOUR)
    failed = [replace(run, entrances={"x": "failed: answers 500"}, state="failed") for run in all_runs[:6]]
    assert not coverage("p", [*failed, *all_runs[6:]], at, 6 * HOUR).covered


def test_nothing_that_is_read_is_no_good_news(marsad: Marsad) -> None:
    (marsad.folder / "data").mkdir()
    assert b"MARSAD_CONTACT" in marsad("health", code=1).stderr
    assert b"MARSAD_CONTACT" in marsad("coverage", "--at", "1h", code=3).stderr


def test_the_commands(marsad: Marsad) -> None:
    with Site({"/news/1": article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(marsad.config, "paper", site.url)
        write_source(marsad.config, "silent", "http://127.0.0.1:9/")
        marsad("crawl", "paper", "silent", code=3)
    answers = {line["source"]: line for line in marsad.lines("health", "--json")}
    assert answers["paper"]["problems"] == []
    assert answers["paper"]["new_a_day"] == 1
    found = {line["source"]: line["covered"] for line in marsad.lines("coverage", "--at", "1h", "--json", code=3)}
    assert found == {"paper": True, "silent": False}
    assert b"1 of 2 sources cover" in marsad("coverage", "--at", "1h", code=3).stdout
    marsad("coverage", "--at", "yesterday-ish", code=2)

    store = open_store(marsad.environment["MARSAD_DATA"] + "/marsad.sqlite")
    for run in store.runs(source="silent"):
        for n in range(3):
            store.run(replace(run, id=f"{run.id}-{n}"))
    store.close()
    table = marsad("health", code=1).stdout.decode()
    assert "failing" in table
    assert "1 of 2 sources need a person" in table
