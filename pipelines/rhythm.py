"""When an outlet publishes, by weekday and time of day, learned from when its articles came; and when to look best.

The plan is the cheapest one for a week where each look costs the same, and an article the square of its wait. Waits
between looks then go with the cube root of how seldom articles come: quiet hours pay for busy ones, but nothing waits
much longer for it. Where articles come evenly that is a fixed interval; after an edition has come out all at once it is
one look. `benchmarks/rhythm.py` says how near that is to the best there could be.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from typing import Any
from zoneinfo import ZoneInfo

SLOT = 5
"""Minutes: the grain of what is learned. Looks are planned to the minute."""
DAY = 24 * 60 // SLOT
SLOTS = 7 * DAY
WEEK = SLOTS * SLOT
"""Minutes."""
ENOUGH = 50
"""Articles below which nothing is learned."""
WEEKS = 12
"""How far back to look: fewer tell too little of each hour, and outlets change their habits."""
LOOK = 6.0
"""Minutes that a look has to save articles, together: with n articles a minute there is one every √(2 · LOOK / n)."""
WIDTHS = (0, 1, 3, 6, 12, 24)
"""Slots to either side over which a time of day is smoothed."""
WEEKDAYS = (0.0, 0.5)
"""Share of what a weekday's own hours say; the rest is what that time of day says on all days."""
EVEN = (0.02, 0.2, 0.6)
"""Share of articles that may come at any time: no hour is ever quite dead. The weeks themselves decide all three."""
DOUBT = 6.0
"""By how much (natural logarithm) hours must foretell other weeks better than no hours do; else there are none."""
AGAIN = 0.6
"""Where news comes in bursts: share of the planned wait after one of the last two looks found something new."""
WORTH = {"hours": 0.97, "bursts": 0.925}
"""What must at most have remained of the waiting, for as many looks, had they been heeded in these weeks: what is won
by less may be chance, and an even interval has the shortest of longest waits."""
MANY = 200
"""Articles below which that is not asked."""
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
    """Minutes of the week, in the time zone, at which to look."""
    bursts: bool
    """Whether news comes in bursts, so that what a look found tells when to look again."""

    @property
    def interval(self) -> float:
        """Minutes from one planned look to the next, on average."""
        return WEEK / len(self.plan)

    def after(self, moment: datetime, *, found: bool = False) -> datetime:
        """When to look after a look at `moment`, in UTC; `found`: that one or the one before found something new."""
        wall = _EPOCH + timedelta(minutes=self._after(_local_minutes(moment, self.zone), found=found))
        # In the night that has an hour twice, a wall time of the first may lie before `moment`.
        return max(wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC), moment + timedelta(minutes=1))

    def _after(self, minute: float, *, found: bool) -> float:
        """The next planned look; with bursts one wait further on, as long as planned for then, or a share of it."""
        week, here = divmod(minute, WEEK)
        last = bisect_right(self.plan, here) - 1
        if not self.bursts:
            return week * WEEK + self._look(last + 1)
        waited = (here - self._look(last)) / (self._look(last + 1) - self._look(last))
        whole, share = divmod(waited + (AGAIN if found else 1), 1)
        start, end = self._look(last + int(whole)), self._look(last + int(whole) + 1)
        return week * WEEK + start + share * (end - start)

    def _look(self, number: int) -> int:
        """The minute of a look, counted from this week's first."""
        week, place = divmod(number, len(self.plan))
        return week * WEEK + self.plan[place]

    def record(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "learned": self.learned.isoformat(),
            "zone": self.zone,
            "articles": self.articles,
            "plan": list(self.plan),
            "bursts": self.bursts,
        }

    @classmethod
    def of(cls, record: dict[str, Any]) -> Rhythm:
        """What `record` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        plan = tuple(int(minute) for minute in record["plan"])
        if not plan:
            raise ValueError("a plan without looks")
        learned, bursts = datetime.fromisoformat(record["learned"]), bool(record["bursts"])
        return cls(learned, str(record["zone"]), int(record["articles"]), plan, bursts)


def learn(
    times: Sequence[datetime], now: datetime, zone: str, *, shortest: timedelta, longest: timedelta
) -> Rhythm | None:
    """The rhythm of an outlet whose articles came at `times` (any order); None where they are too few to tell.

    Only the last WEEKS weeks count.
    """
    since = now - timedelta(weeks=WEEKS)
    recent = sorted(time for time in times if since <= time <= now)
    if len(recent) < ENOUGH:
        return None
    minutes = [_local_minutes(time, zone) for time in recent]
    rates = _rates(minutes, max(1.0, (now - recent[0]) / timedelta(weeks=1)))
    bounds = math.ceil(shortest / timedelta(minutes=1)), math.ceil(longest / timedelta(minutes=1))
    rhythm = Rhythm(now, zone, len(recent), _evenly(rates, *bounds), bursts=False)
    hours = replace(rhythm, plan=_plan(rates, *bounds))
    if _waiting(hours, minutes) <= WORTH["hours"] * _waiting(rhythm, minutes):
        rhythm = hours
    bursts = replace(rhythm, bursts=True)
    if len(recent) >= MANY and _waiting(bursts, minutes) <= WORTH["bursts"] * _waiting(rhythm, minutes):
        rhythm = bursts
    return rhythm


def cheapest(rates: Sequence[float], costs: Sequence[float], price: float, shortest: int = 1) -> list[int]:
    """The minutes at which to look, of a time that begins again after its end, so that it costs least.

    `rates`: articles to expect in each minute. `costs`: what an article costs that waits for so many minutes, which has
    to grow faster and faster; there is no wait for which there is no cost. `price`: of a look.
    """
    end, longest = len(rates), len(costs) - 1
    # One look is given: where articles cease most suddenly. Around it the time is a line, with a best way along it.
    given = max(range(end), key=lambda minute: rates[minute - 1] - rates[minute])
    rates = [*rates[given:], *rates[:given]]
    best = [0.0] + [math.inf] * end
    before = [0] * (end + 1)
    for here in range(1, end + 1):
        # A later look never has an earlier one before it than this one has.
        furthest = max(before[here - 1], here - longest)
        waited, least, chosen = 0.0, math.inf, furthest
        for gap in range(1, here - furthest + 1):
            waited += rates[here - gap] * costs[gap]
            if waited >= least:
                break
            if gap < shortest and gap < here:
                continue
            if waited + best[here - gap] < least:
                least, chosen = waited + best[here - gap], here - gap
        best[here], before[here] = least + price, chosen
    looks = []
    here = end
    while here > 0:
        looks.append((here + given) % end)
        here = before[here]
    return sorted(looks)


def _interval(rates: Sequence[float], shortest: int, longest: int) -> float:
    """Minutes between looks, were `rates` a slot all alike."""
    return min(max(math.sqrt(2 * LOOK * WEEK / sum(rates)), shortest), longest)


def _evenly(rates: Sequence[float], shortest: int, longest: int) -> tuple[int, ...]:
    looks = math.ceil(WEEK / _interval(rates, shortest, longest))
    return tuple(WEEK * look // looks for look in range(looks))


def _plan(rates: Sequence[float], shortest: int, longest: int) -> tuple[int, ...]:
    """The cheapest week for `rates` a slot, between `shortest` and `longest` minutes apart."""
    interval = _interval(rates, shortest, longest)
    costs = [((gap - 0.5) / interval) ** 2 for gap in range(max(shortest, longest) + 1)]
    # With this price even rates give that interval.
    price = 2 / 3 * sum(rates) / WEEK * interval
    return tuple(cheapest([rate / SLOT for rate in rates for _ in range(SLOT)], costs, price, shortest))


def _waiting(rhythm: Rhythm, minutes: Sequence[float]) -> float:
    """How long articles that came at `minutes` (ordered) would have waited together, times the looks at them."""
    waited, looks, here = 0.0, 0, minutes[0]
    start, found, before = 0, False, False
    while start < len(minutes):
        here = rhythm._after(here, found=found or before)
        end = bisect_left(minutes, here, start)
        waited += sum(here - minute for minute in minutes[start:end])
        looks += 1
        start, found, before = end, end > start, found
    return waited * looks


def _local_minutes(time: datetime, zone: str) -> float:
    """Minutes since a Monday by the clock on the wall."""
    return (time.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - _EPOCH) / timedelta(minutes=1)


def _rates(minutes: Sequence[float], weeks: float) -> list[float]:
    """Articles to expect in each slot of the week, by the profile with which weeks foretell their neighbours best."""
    a_week = len(minutes) / weeks
    halves = [[m for m in minutes if int(m // WEEK) % 2 == half] for half in (0, 1)]
    counts = [_counts(half) for half in halves]
    # What no hours at all would foretell, and what they must be better by.
    highest, best = DOUBT - len(minutes) * math.log(SLOTS), [1 / SLOTS] * SLOTS
    for width in WIDTHS if all(halves) else ():
        smooth = [_smooth(known, width) for known in counts]
        for weekday, even in product(WEEKDAYS, EVEN):
            score = sum(_foretold(_profile(smooth[known], weekday, even), counts[1 - known]) for known in (0, 1))
            if score > highest:
                highest, best = score, _profile(_smooth(_counts(minutes), width), weekday, even)
    return [a_week * share for share in best]


def _foretold(profile: Sequence[float], came: Sequence[float]) -> float:
    """The logarithm of the likelihood of what came."""
    return sum(count * math.log(share) for share, count in zip(profile, came, strict=True) if count)


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
        factors = [7 * (sum(week[start : start + DAY]) + 5) / (total + 35) for start in range(0, SLOTS, DAY)]
    return [
        (1 - even) * ((1 - weekday) * day[slot % DAY] / 7 * factors[slot // DAY] + weekday * week[slot]) / total
        + even / SLOTS
        for slot in range(SLOTS)
    ]


def _counts(minutes: Sequence[float]) -> list[float]:
    counts = [0.0] * SLOTS
    for minute in minutes:
        counts[int(minute // SLOT) % SLOTS] += 1
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
