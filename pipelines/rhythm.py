"""When an outlet publishes, by weekday and time of day, learned from when its articles came; and when to look best.

The plan is the cheapest one for a week under two costs: each minute that an article waits for us, growing the longer
it has waited already, and a fixed price for each look. Where articles come evenly it is a fixed interval; where they
come at some hours it looks more often then, and after an edition has come out all at once it looks once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Any
from zoneinfo import ZoneInfo

SLOT = 5
"""Minutes: the grain of a plan."""
DAY = 24 * 60 // SLOT
WEEK = 7 * DAY
ENOUGH = 50
"""Articles below which nothing is learned."""
WEEKS = 8
"""How far back to look: outlets change their habits, and clocks change twice a year."""
LOOK = 6.0
"""Price of a look, in minutes of one article's waiting."""
PATIENCE = 60.0
"""Minutes after which waiting costs twice as much as at first."""
WIDTHS = (0, 1, 3, 6, 12, 24)
"""Slots to either side over which a time of day is smoothed."""
WEEKDAYS = (0.0, 0.5)
"""Share of what a weekday's own hours say; the rest is what that time of day says on all days."""
EVEN = (0.02, 0.2, 0.6)
"""Share of articles that may come at any time: no hour is ever quite dead. The weeks themselves decide all three."""
ECHO = 20
"""Minutes in which one article may be followed by others of the same event."""
CLEAR = 2.0
"""How many times more must come then before it is believed: busy days and quiet days look a little like it."""
PACE_PRIOR = 3.0
"""Articles that a day's count is drawn towards what was expected."""
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC).replace(tzinfo=None)
"""A Monday."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was learned of one outlet."""

    learned: datetime
    zone: str
    articles: int
    """How many it was learned from."""
    plan: tuple[int, ...]
    """Slots of the week, in the time zone, at whose beginning to look."""
    excited: tuple[int, ...]
    """The same for when the last look found something new: news comes in bursts, with some outlets."""

    def after(self, moment: datetime, *, found: bool = False) -> datetime:
        """The first planned look after `moment`, in UTC; `found`: a look at `moment` found something new."""
        week, minutes = divmod(_local_minutes(moment, self.zone), WEEK * SLOT)
        plan = self.excited if found else self.plan
        place = bisect_right(plan, minutes / SLOT)
        slot = plan[place] if place < len(plan) else plan[0] + WEEK
        wall = _EPOCH + timedelta(minutes=week * WEEK * SLOT + slot * SLOT)
        # In the night that has an hour twice, a wall time of the first may lie before `moment`.
        return max(wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC), moment + timedelta(minutes=1))

    def record(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "learned": self.learned.isoformat(),
            "zone": self.zone,
            "articles": self.articles,
            "plan": list(self.plan),
            "excited": list(self.excited),
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> Rhythm:
        """What `record` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        plans = [tuple(int(slot) for slot in record[name]) for name in ("plan", "excited")]
        if not all(plans):
            raise ValueError("a plan without looks")
        return cls(datetime.fromisoformat(record["learned"]), str(record["zone"]), int(record["articles"]), *plans)


def learn(
    times: Sequence[datetime], now: datetime, zone: str, *, shortest: timedelta, longest: timedelta
) -> Rhythm | None:
    """The rhythm of an outlet whose articles came at `times` (any order); None where they are too few to tell.

    Only the last WEEKS weeks count, and of the last 24 hours how much busier or quieter they were than usual.
    """
    since = now - timedelta(weeks=WEEKS)
    recent = sorted(time for time in times if since <= time <= now)
    if len(recent) < ENOUGH:
        return None
    minutes = [_local_minutes(time, zone) for time in recent]
    weeks = max(1.0, (now - recent[0]) / timedelta(weeks=1))
    rates = _rates(minutes, weeks)
    here = int(_local_minutes(now, zone) // SLOT)
    expected = sum(rates[(here - back) % WEEK] for back in range(DAY))
    came = sum(1 for time in recent if now - time < timedelta(days=1))
    pace = (came + PACE_PRIOR) / (expected + PACE_PRIOR)
    bounds = max(1, round(shortest / timedelta(minutes=SLOT))), max(1, round(longest / timedelta(minutes=SLOT)))
    echo = _echo(minutes, rates)
    calm = _plan([rate * pace for rate in rates], bounds[0], max(bounds))
    excited = calm if echo == 1 else _plan([rate * pace * echo for rate in rates], bounds[0], max(bounds))
    return Rhythm(now, zone, len(recent), calm, excited)


def _local_minutes(time: datetime, zone: str) -> float:
    """Minutes since a Monday by the clock on the wall."""
    return (time.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - _EPOCH) / timedelta(minutes=1)


def _rates(minutes: Sequence[float], weeks: float) -> list[float]:
    """Articles to expect in each slot of the week, by the profile with which weeks foretell their neighbours best."""
    halves = [[m for m in minutes if int(m // (WEEK * SLOT)) % 2 == half] for half in (0, 1)]
    profiles = list(product(WIDTHS, WEEKDAYS, EVEN))
    if not all(halves):
        best = profiles[-1]
    else:
        counts = [_counts(half, WEEK) for half in halves]
        scores = dict.fromkeys(profiles, 0.0)
        for known, told in (counts, reversed(counts)):
            came = [(slot, count) for slot, count in enumerate(told) if count]
            for width in WIDTHS:
                smooth = _smooth(known, width)
                for weekday, even in product(WEEKDAYS, EVEN):
                    profile = _profile(smooth, weekday, even)
                    scores[width, weekday, even] += sum(count * math.log(profile[slot]) for slot, count in came)
        best = max(profiles, key=scores.__getitem__)
    return [len(minutes) / weeks * share for share in _profile(_smooth(_counts(minutes, WEEK), best[0]), *best[1:])]


def _smooth(counts: Sequence[float], width: int) -> tuple[list[float], list[float]]:
    """Counts of a day's slots over all weekdays, and of the week's, smoothed.

    A weekday's own profile has a seventh of the articles, so it is smoothed further.
    """
    day = [sum(counts[slot::DAY]) for slot in range(DAY)]
    return _smoothed(day, width), _smoothed(counts, max(width, 6) if width else 1)


def _profile(smooth: tuple[list[float], list[float]], weekday: float, even: float) -> list[float]:
    """Share of a week's articles in each slot."""
    day, week = smooth
    total = sum(day)
    factors = [1.0] * 7
    if weekday:
        factors = [7 * (sum(week[start : start + DAY]) + 5) / (total + 35) for start in range(0, WEEK, DAY)]
    return [
        (1 - even) * ((1 - weekday) * day[slot % DAY] / 7 * factors[slot // DAY] + weekday * week[slot]) / total
        + even / WEEK
        for slot in range(WEEK)
    ]


def _echo(minutes: Sequence[float], rates: Sequence[float]) -> float:
    """How many times more articles than `rates` say come in the ECHO minutes after an article; 1 where hardly more."""
    slots = {int(minute // SLOT) + offset for minute in minutes for offset in range(1, 1 + ECHO // SLOT)}
    came = sum(1 for minute in minutes if int(minute // SLOT) in slots)
    factor = (came + PACE_PRIOR) / (sum(rates[slot % WEEK] for slot in slots) + PACE_PRIOR)
    return factor if factor >= CLEAR else 1.0


def _counts(minutes: Sequence[float], slots: int) -> list[float]:
    counts = [0.0] * slots
    for minute in minutes:
        counts[int(minute // SLOT) % slots] += 1
    return counts


def _smoothed(counts: Sequence[float], width: int) -> list[float]:
    """A triangle `width` slots to either side, around the clock: two running means of width + 1."""
    if not width:
        return list(counts)
    for shift in (0, width):
        sums = list(accumulate([*counts, *counts[:width]], initial=0.0))
        means = [(sums[slot + width + 1] - sums[slot]) / (width + 1) for slot in range(len(counts))]
        counts = means[-shift:] + means[:-shift] if shift else means
    return list(counts)


def _plan(rates: Sequence[float], shortest: int, longest: int) -> tuple[int, ...]:
    """Slots of the week to look at, between `shortest` and `longest` slots apart: the cheapest way through three weeks.

    The one in the middle is taken: what came before and after the ends has no say in it.
    """
    waits = [(slots - 0.5) * SLOT for slots in range(longest + 1)]
    costs = [wait + wait * wait / PATIENCE for wait in waits]
    end = 3 * WEEK
    best = [0.0] * (end + 1)
    before = [0] * (end + 1)
    for here in range(1, end + 1):
        waited, cheapest, chosen = 0.0, math.inf, max(0, here - longest)
        for gap in range(1, min(longest, here) + 1):
            waited += rates[(here - gap) % WEEK] * costs[gap]
            if gap < shortest and gap < here:
                continue
            if waited + LOOK + best[here - gap] < cheapest:
                cheapest, chosen = waited + LOOK + best[here - gap], here - gap
            elif waited > cheapest:
                break
        best[here], before[here] = cheapest, chosen
    looks = []
    here = end
    while here > 0:
        if WEEK < here <= 2 * WEEK:
            looks.append(here % WEEK)
        here = before[here]
    return tuple(sorted(looks))
