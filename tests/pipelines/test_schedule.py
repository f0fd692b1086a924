"""When sources are due: intervals, cron lines over changes of the clock, quiet hours, budgets, learned rhythms."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.schema import Entrance, Source
from pipelines.rhythm import Rhythm, learn
from pipelines.schedule import HUNG, due, next_due
from pipelines.store.base import Run

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_source(name: str = "paper", **keys: Any) -> Source:
    home = f"https://{name}.example/"
    entrance = (Entrance(kind="feed", url=home + "rss.xml"),)
    keys = {"every": "15m", "jitter": "0s", "timezone": "Asia/Baghdad"} | keys
    return Source(id=name, name=name, home=home, entrance=entrance, **keys)


def a_run(
    started: datetime,
    source: str = "paper",
    state: Literal["running", "done", "failed"] = "done",
    requests: int = 3,
    new: int = 0,
) -> Run:
    return Run(id=f"{source}-{started:%s}", source=source, started=started, state=state, requests=requests, new=new)


def ids(found: Any) -> list[str]:
    return [one.source for one in found]


def test_a_source_is_due_when_its_interval_is_over_and_once_however_long_it_was_missed() -> None:
    source = a_source()
    assert ids(due(NOW, [source], [])) == ["paper"]
    assert not due(NOW, [source], [a_run(NOW - 14 * MINUTE)])
    assert ids(due(NOW, [source], [a_run(NOW - 15 * MINUTE)])) == ["paper"]
    assert ids(due(NOW, [source], [a_run(NOW - 30 * DAY)])) == ["paper"]
    assert not due(NOW, [source], [a_run(NOW - 30 * DAY), a_run(NOW - MINUTE)])


def test_what_runs_is_not_due_and_what_hangs_is() -> None:
    source = a_source()
    assert not due(NOW, [source], [a_run(NOW - HUNG + MINUTE, state="running")])
    assert due(NOW, [source], [a_run(NOW - HUNG, state="running")])


def test_the_longest_waiting_comes_first_and_disabled_ones_never() -> None:
    sources = [a_source("young"), a_source("old"), a_source("new"), a_source("off", enabled=False)]
    runs = [a_run(NOW - HOUR, "young"), a_run(NOW - 5 * HOUR, "old")]
    assert ids(due(NOW, sources, runs)) == ["old", "young", "new"]


def test_cron_lines_are_read_in_the_source_s_time_zone() -> None:
    source = a_source(every="30 6 * * *")  # 03:30 UTC
    assert next_due(NOW, source, a_run(NOW)) == datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
    assert due(datetime(2026, 11, 25, 3, 30, tzinfo=UTC), [source], [a_run(NOW)])
    missed = a_run(NOW - 9 * DAY)
    assert ids(due(NOW, [source], [missed])) == ["paper"]
    assert not due(NOW, [source], [missed, a_run(NOW - MINUTE)])


def test_cron_lines_survive_changes_of_the_clock() -> None:
    """In Beirut's and Berlin's spring night 02:30 does not exist; in autumn it comes twice."""
    source = a_source(every="30 2 * * *", timezone="Europe/Berlin")
    spring = next_due(NOW, source, a_run(datetime(2026, 3, 28, 12, tzinfo=UTC)))
    assert spring == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    autumn = next_due(NOW, source, a_run(datetime(2026, 10, 24, 12, tzinfo=UTC)))
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_due(NOW, source, a_run(autumn)) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("quiet", [("13:00-18:00",), ("22:00-06:00", "14:00-18:00")])
def test_quiet_hours_put_off(quiet: tuple[str, ...]) -> None:
    source = a_source(quiet=quiet)  # it is 15:00 in Baghdad
    assert not due(NOW, [source], [a_run(NOW - DAY)])
    assert not due(NOW, [source], [])
    assert due(NOW + 3 * HOUR, [source], [a_run(NOW - DAY)])
    assert next_due(NOW, source, a_run(NOW - DAY)) == NOW + 3 * HOUR


def test_a_spent_budget_puts_off_till_midnight() -> None:
    source = a_source(daily_requests=100)
    runs = [a_run(NOW - n * HOUR, requests=50) for n in (1, 2)]
    assert not due(NOW, [source], runs)
    assert not due(datetime(2026, 11, 24, 23, 59, tzinfo=UTC), [source], runs)
    assert due(datetime(2026, 11, 25, tzinfo=UTC), [source], runs)


def test_jitter_is_later_by_at_most_what_was_asked_for_and_holds_still() -> None:
    source = a_source(jitter="5m")
    waits = [next_due(NOW, source, a_run(NOW - n * MINUTE)) - (NOW - n * MINUTE) - 15 * MINUTE for n in range(50)]
    assert all(timedelta(0) <= wait <= 5 * MINUTE for wait in waits)
    assert max(waits) - min(waits) > 3 * MINUTE
    assert next_due(NOW, source, a_run(NOW)) == next_due(NOW + MINUTE, source, a_run(NOW))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"every": "often"}, "every: 'often' is no span of time"),
        ({"every": "10s"}, "more often than once a minute"),
        ({"every": "61 * * * *"}, "no cron line"),
        ({"every": "0 0 30 2 *"}, "'0 0 30 2 \\*'"),
        ({"quiet": ("1-5",)}, "no quiet hours"),
        ({"shortest": "2h", "longest": "1h"}, "no longer than longest"),
        ({"jitter": "soon"}, "no span of time"),
    ],
)
def test_faults_are_told(keys: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        a_source(**keys)


# ---------------------------------------------------------------- every = "auto"
def mornings(weeks: int = 6) -> list[datetime]:
    """Ten articles between 06:00 and 06:10 UTC each day, one at 18:00."""
    days = [NOW - n * DAY for n in range(1, weeks * 7)]
    early = [day.replace(hour=6, minute=n) for day in days for n in range(10)]
    return early + [day.replace(hour=18, minute=0) for day in days]


def learned(times: list[datetime], shortest: timedelta = 5 * MINUTE, longest: timedelta = 6 * HOUR) -> Rhythm:
    rhythm = learn(times, NOW, "Asia/Baghdad", shortest=shortest, longest=longest)
    assert rhythm is not None
    return rhythm


def looks(source: Source, rhythm: Rhythm | None, start: datetime, end: datetime) -> list[datetime]:
    found, now = [], start
    while now < end:
        now = next_due(now, source, a_run(now), rhythm)
        found.append(now)
    return found


def test_auto_looks_when_the_outlet_publishes() -> None:
    source, rhythm = a_source(every="auto"), learned(mornings())
    day = looks(source, rhythm, NOW, NOW + DAY)
    for came in ((6, 9), (18, 0)):
        edition = NOW.replace(hour=came[0], minute=came[1])
        edition += DAY if edition < NOW else 0 * DAY
        assert timedelta(0) <= min(look - edition for look in day if look >= edition) <= 5 * MINUTE
    night = [look for look in day if look.hour < 5]
    assert len(night) <= 5


def at_random(number: int, weeks: int = 8) -> list[datetime]:
    chance = random.Random(number)
    return [NOW - weeks * 7 * DAY * chance.random() for _ in range(number)]


def gaps(rhythm: Rhythm) -> list[int]:
    plan = [*rhythm.plan, rhythm.plan[0] + 7 * 24 * 60]
    return [after - before for before, after in pairwise(plan)]


@pytest.mark.parametrize("number", [60, 400, 2_000])
def test_an_outlet_without_hours_is_read_evenly(number: int) -> None:
    rhythm = learned(at_random(number))
    assert max(gaps(rhythm)) <= 1.5 * min(gaps(rhythm))
    assert not rhythm.bursts


def test_quiet_hours_pay_for_busy_ones_without_being_forgotten() -> None:
    """Thirty times as many articles by day as by night: waits go with the cube root of that, which is three."""
    days = [time for time in at_random(6_000) if 6 <= time.hour < 18 or time.microsecond % 30 == 0]
    found = gaps(learned(days))
    average = sum(found) / len(found)
    assert min(found) < 0.8 * average
    assert 1.5 * average < max(found) < 3 * average


def bursts() -> list[datetime]:
    chance = random.Random(1)
    return [begun - 45 * MINUTE * chance.expovariate(1) for begun in at_random(100) for _ in range(12)]


def test_where_news_comes_in_bursts_waits_are_shorter_after_some_was_found() -> None:
    source, rhythm = a_source(every="auto"), learned(bursts())
    assert rhythm.bursts
    quiet, news = a_run(NOW), a_run(NOW, new=3)
    waits = [
        next_due(NOW, source, last, rhythm, before=before) - NOW
        for last, before in ((quiet, a_run(NOW - HOUR)), (news, None), (quiet, a_run(NOW - HOUR, new=1)))
    ]
    assert waits[1] == waits[2] == pytest.approx(0.6 * waits[0], abs=MINUTE)
    due_at = NOW + waits[1]
    assert due(due_at, [source], [a_run(NOW - HOUR, new=1), quiet], {"paper": rhythm})
    assert not due(due_at, [source], [a_run(NOW - 2 * HOUR, new=1), a_run(NOW - HOUR), quiet], {"paper": rhythm})


def test_where_it_does_not_what_was_found_changes_nothing() -> None:
    source, rhythm = a_source(every="auto"), learned(mornings())
    assert next_due(NOW, source, a_run(NOW, new=3), rhythm) == next_due(NOW, source, a_run(NOW), rhythm)


def test_auto_keeps_its_bounds() -> None:
    source = a_source(every="auto", shortest="20m", longest="2h")
    rhythm = learned(mornings(), 20 * MINUTE, 2 * HOUR)
    found = looks(source, rhythm, NOW, NOW + 7 * DAY)
    waits = [after - before for before, after in pairwise(found)]
    assert min(waits) >= 20 * MINUTE
    assert max(waits) <= 2 * HOUR


def test_a_new_and_a_silent_outlet_are_read_every_six_hours_at_least() -> None:
    source = a_source(every="auto")
    for times in ([], mornings()[:20], [NOW - 50 * DAY + n * MINUTE for n in range(80)]):
        rhythm = learn(times, NOW, "Asia/Baghdad", shortest=5 * MINUTE, longest=6 * HOUR)
        found = looks(source, rhythm, NOW, NOW + 7 * DAY)
        assert max(after - before for before, after in pairwise(found)) <= 6 * HOUR


def test_a_small_budget_makes_auto_look_less_often() -> None:
    source = a_source(every="auto", daily_requests=40)
    found = looks(source, learned([NOW - n * MINUTE for n in range(40_000)]), NOW, NOW + 10 * DAY)
    assert len(found) <= 10 * 40 / 2 / 2 + 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 8 * 7 * 24 * 60), min_size=50, max_size=120),
    st.integers(5, 120),
    st.integers(120, 720),
    st.integers(0, 366 * 24 * 60),
    st.booleans(),
    st.booleans(),
)
def test_a_learned_plan_always_goes_on_within_its_bounds(
    minutes: list[int], shortest: int, longest: int, when: int, bursts: bool, found: bool
) -> None:
    zone = "Europe/Berlin"  # its clocks change
    rhythm = learn(
        [NOW - minute * MINUTE for minute in minutes], NOW, zone, shortest=shortest * MINUTE, longest=longest * MINUTE
    )
    assert rhythm is not None
    assert Rhythm.of(rhythm.record()) == rhythm
    moment = NOW + when * MINUTE
    after = replace(rhythm, bursts=bursts).after(moment, found=found)
    assert moment < after <= moment + longest * MINUTE + HOUR
