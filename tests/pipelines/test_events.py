"""Which reports tell of one attack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from pipelines.events import Told, event_of, gather, told_by, told_in

DAY = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(article: str, *, at: float, until: float, targets: str = "iq-harir", late: float = 1, **more: object) -> Told:
    """A report of an attack between two hours of the day, published some hours after it."""
    fields: dict[str, object] = {
        "article": article,
        "number": 0,
        "source": article,
        "origin": article,
        "published": DAY + (until + late) * HOUR,
        "targets": tuple(targets.split()),
        "start": DAY + at * HOUR,
        "end": DAY + until * HOUR,
        "again": False,
    }
    return Told(**(fields | more))  # type: ignore[arg-type]


def attacks(*reports: Told) -> list[list[str]]:
    return sorted(sorted(one.article for one in group) for group in gather(reports))


def test_reports_of_one_base_and_hour_are_one_attack() -> None:
    assert attacks(told("a", at=3, until=5), told("b", at=4, until=4.02), told("c", at=2, until=6)) == [["a", "b", "c"]]


def test_another_base_or_another_time_is_another_attack() -> None:
    one, other = told("a", at=3, until=5), told("b", at=3, until=5, targets="iq-balad")
    assert attacks(one, other, told("c", at=14, until=16)) == [["a"], ["b"], ["c"]]


def test_a_report_without_the_hour_joins_the_last_attack_before_it() -> None:
    dawn, evening = told("dawn", at=3, until=5), told("evening", at=18, until=20)
    noon = told("noon", at=0, until=24, published=DAY + 12 * HOUR)
    night = told("night", at=0, until=24, published=DAY + 23 * HOUR)
    assert attacks(dawn, evening, noon, night) == [["dawn", "noon"], ["evening", "night"]]


def test_what_is_called_another_attack_is_one_even_within_six_hours() -> None:
    assert attacks(told("a", at=3, until=5), told("b", at=6, until=8, again=True)) == [["a"], ["b"]]
    assert attacks(told("a", at=3, until=5), told("b", at=6, until=8)) == [["a", "b"]]


def test_an_article_tells_no_attack_twice() -> None:
    first, second = told("a", at=3, until=5), told("a", at=7, until=9, number=1)
    assert len(gather([first, second, told("b", at=3, until=5)])) == 2


def test_other_targets_of_a_salvo_are_joined() -> None:
    salvo = told("both", at=3, until=5, targets="iq-harir iq-balad")
    assert attacks(told("a", at=3, until=5), told("b", at=3, until=5, targets="iq-balad"), salvo) == [
        ["a", "b", "both"]
    ]


def test_order_does_not_matter() -> None:
    reports = (
        *(told("a", at=3, until=5), told("b", at=0, until=24), told("c", at=18, until=20, again=True)),
        told("d", at=3, until=4, targets="iq-harir iq-balad"),
    )
    wanted = attacks(*reports)
    assert all(attacks(*some) == wanted for some in permutations(reports))


def test_the_hour_that_most_say_outvotes_one_that_is_wrong() -> None:
    reports = [told(name, at=3, until=5) for name in "abc"]
    wrong = told("d", at=7, until=8)
    event = event_of([*reports, wrong], (), [])
    assert (event["from"], event["to"]) == (DAY + 3 * HOUR, DAY + 5 * HOUR)


def test_origins_count_agencies_once_and_confirm() -> None:
    copies = [told(name, at=3, until=5, origin="رويترز") for name in "abc"]
    event = event_of(copies, (), [])
    assert (event["articles"], event["outlets"], event["origins"], event["state"]) == (3, 3, 1, "reported")
    assert event_of([*copies, told("d", at=3, until=5)], (), [])["state"] == "confirmed"
    assert event_of(copies, ["x"], [])["state"] == "denied"
    claimed = [told("a", at=3, until=5, claimed_by=("iri",))]
    assert event_of(claimed, (), [])["state"] == "claimed"


def test_an_event_keeps_its_id_when_more_is_known() -> None:
    first = told("a", at=0, until=24, published=DAY + 20 * HOUR)
    before = event_of([first], (), [])
    assert told_in(before) == [first]
    earlier = told("b", at=3, until=5)
    after = event_of([*told_in(before), earlier], (), [before])
    assert after["_id"] == before["_id"]
    assert after["article"] == "b"
    assert (after["from"], after["precision"]) == (DAY + 3 * HOUR, "hours")


@pytest.mark.parametrize("report", ["none", "denial", "threat"])
def test_only_attacks_make_events(report: str) -> None:
    assert told_by({"report": report, "incidents": []}, "x") == []


def test_a_report_that_was_taken_down_stays_a_member_and_counts_no_more() -> None:
    gone = told("a", at=3, until=4, casualties="three", weapons=("drone",), gone=True)
    standing = told("b", at=3, until=5, late=2)
    event = event_of([gone, standing], (), [])
    assert (event["articles"], event["outlets"], event["origins"], event["state"]) == (1, 1, 1, "reported")
    assert (event["article"], event["weapons"], event["casualties"]) == ("b", [], "")
    assert event["first_published"] == gone.published
    assert [member["gone"] for member in event["members"]] == [True, False]
    assert told_in(event) == [gone, standing]
    alone = event_of([gone], (), [event])
    assert (alone["_id"], alone["state"]) == (event["_id"], "withdrawn")
    assert (alone["articles"], alone["outlets"], alone["origins"], alone["weapons"]) == (0, 0, 0, ["drone"])
