"""`make rhythm`: `every = "auto"` against fixed intervals, by a fake clock, on real outlets and made-up rhythms.

Learned on the first half of an outlet's articles, judged on the second, going on learning as it does in life. The fixed
interval makes as many requests in the same time, and starts where its mean delay is smallest (24 places are tried, in
hindsight). Where a corpus has no article for a whole day it has a hole; looks on such days count for neither.

Beside each figure stands what was possible at all (`bounds`): the mean delay of the best plan with as many requests,
made by one who knows the true rates. That is, of made-up outlets the rates that they were made with (with bursts: how
many articles of each are still to come once it has begun, also of those that begin later), and of real ones the judged
half's own articles by hour of the day, times those by weekday, which flatters: it knows what was chance. A second
bound is for one who also may let no article wait longer than the fixed interval does: where articles can come at any
hour, all waits between looks are then alike, and nothing is gained. Both are minutes of an expected delay over those
of the fixed interval as it was, which met some luck by the choice of its beginning.
"""

from __future__ import annotations

import math
import random
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from zoneinfo import ZoneInfo

from benchmarks.history import record
from benchmarks.quality import SHARED, records_of
from config.schema import Entrance, Source
from pipelines.rhythm import WEEK, WEEKS, Rhythm, cheapest, learn
from pipelines.schedule import auto_bounds, due, next_due
from pipelines.store.base import Run

ENOUGH = 2_000
LEARN_EVERY = timedelta(hours=24)
CORPORA = ("ant_2018", "almayadeen_2024", "jawhara_2015", "saudi_2015")
ZONE = "Asia/Baghdad"
BAR = 0.9
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Delays:
    """From publication to fetch, in minutes."""

    mean: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Outlet:
    """One to be judged."""

    name: str
    times: list[datetime]
    """In order."""
    rates: list[float] | None = None
    """Articles to expect in each minute of the local week, or of the judged half; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One outlet judged."""

    name: str
    articles: int
    interval: float
    """Minutes between the requests of the fixed interval that asks as often."""
    auto: Delays
    fixed: Delays
    lucky: float
    """Smallest mean delay of any interval that asks up to 3 % more or less often: it may have met a clockwork."""
    possible: float
    """What the ratio of the mean delays could be at best …"""
    capped: float
    """… and if nothing may wait longer than with the fixed interval."""

    def ratios(self) -> dict[str, float]:
        """Ours to the fixed interval's."""
        return {
            "mean": self.auto.mean / self.fixed.mean,
            "p95": self.auto.p95 / self.fixed.p95,
            "longest": self.auto.longest / self.fixed.longest,
        }

    def missed(self) -> tuple[list[str], list[str]]:
        """The bars that were missed, and those of them that cannot be met together with the one for the mean."""
        bars = {"mean": BAR, "p95": 1.0, "longest": 1.0}
        missed = [bar for bar, ratio in self.ratios().items() if ratio > bars[bar]]
        possible = {"mean": self.possible, "p95": 0.0, "longest": self.capped}
        return missed, [bar for bar in missed if possible[bar] > BAR]

    def line(self) -> str:
        """For people."""
        mean, p95, longest = self.ratios().values()
        missed, nature = self.missed()
        ours = ", ".join(bar for bar in missed if bar not in nature)
        told = [f"MISSED {ours}"] * bool(ours) + [f"out of reach {', '.join(nature)}"] * bool(nature)
        return (
            f"{self.name}: {self.articles} articles, a request in {self.interval:.0f} min: mean {mean:.2f} of"
            f" {self.fixed.mean:.1f} min (possible {self.possible:.2f}, {self.capped:.2f} with no longer wait;"
            f" {self.auto.mean / self.lucky:.2f} of the luckiest interval), p95 {p95:.2f} of {self.fixed.p95:.0f},"
            f" longest {longest:.2f} of {self.fixed.longest:.0f}: {'; '.join(told) or 'met'}"
        )


def outlets() -> dict[str, list[datetime]]:
    """Times of the outlets beside the project that have enough of them: one a page, none that is a day only.

    The first and last hundredth are left out: old articles that were read again, and stragglers.
    """
    found: dict[str, dict[str, datetime]] = {}
    for corpus in CORPORA:
        for article in records_of(corpus):
            with suppress(ValueError, TypeError):
                time = _time(article["time"])
                found.setdefault(article["outlet"], {}).setdefault(article["url"] or article["id"], time)
    kept = {}
    for outlet, by_page in found.items():
        times = sorted(by_page.values())
        if len(times) >= ENOUGH:
            kept[outlet] = times[len(times) // 100 : -len(times) // 100]
    return kept


def _time(text: str) -> datetime:
    """Raises ValueError for what has no time of day."""
    time = parsedate_to_datetime(text) if text[:1].isalpha() else datetime.fromisoformat(text.replace("0000000", "0"))
    if len(text) < 16 or (time.hour, time.minute, time.second) == (0, 0, 0):
        raise ValueError(f"{text!r}: a day only")
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def rhythms(other: int = 0) -> Iterator[Outlet]:
    """Twenty made-up outlets of twelve weeks each: steady, daily, bursts, weekend, edition dump, in four sizes.

    `other` than 0 gives others of the same kinds: constants were chosen by those.
    """
    start = datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE))

    def by_rate(seed: int, rate: Callable[[datetime], float]) -> list[datetime]:
        """At random, with `rate` articles an hour."""
        chance = random.Random(seed + other)
        hours = (start + timedelta(hours=hour) for hour in range(12 * 7 * 24))
        times = [
            hour + timedelta(hours=chance.random())
            for hour in hours
            for _ in range(_poisson(chance, rate(hour.astimezone(ZoneInfo(ZONE)))))
        ]
        return sorted(time.astimezone(UTC) for time in times)

    def hourly(rate: Callable[[datetime], float]) -> list[float]:
        return [rate(start + MINUTE * minute) / 60 for minute in range(WEEK)]

    for size, number in enumerate((0.5, 1, 2, 4)):
        chance = random.Random(size + other)
        minutes = int(60 / number)
        steady = [start + MINUTE * (minutes * n + chance.uniform(0, 3)) for n in range(12 * WEEK // minutes)]
        yield Outlet(f"steady {number:g}", steady, [(minute % minutes < 3) / 3 for minute in range(WEEK)])
        daily, weekend = partial(_daily, number), partial(_weekend, number)
        yield Outlet(f"daily {number:g}", by_rate(10 + size, daily), hourly(daily))
        bursts = by_rate(20 + size, partial(_even, number / 12))
        times = sorted(burst + MINUTE * chance.expovariate(1 / 45) for burst in bursts for _ in range(12))
        yield Outlet(f"bursts {number:g}", times, _burst_rates(bursts, times[len(times) // 2], times[-1]))
        yield Outlet(f"weekend {number:g}", by_rate(30 + size, weekend), hourly(weekend))
        editions = [start + timedelta(days=day, hours=2, minutes=10) for day in range(84)]
        articles = [e + MINUTE * chance.uniform(0, 12) for e in editions for _ in range(int(20 * number))]
        edition = [20 * number / 12 * (130 <= minute % 1440 < 142) for minute in range(WEEK)]
        yield Outlet(f"edition {number:g}", sorted(articles), edition)


def _burst_rates(bursts: list[datetime], first: datetime, last: datetime) -> list[float]:
    """Articles to expect in each minute from `first` to `last`; the first of a burst at any time."""
    end = int((last - bursts[0]) / MINUTE)
    begun = Counter(int((burst - bursts[0]) / MINUTE) for burst in bursts)
    rates, coming = [], 0.0
    for minute in range(end):
        coming += 11 * begun[minute]
        ended = coming * (1 - math.exp(-1 / 45))
        rates.append(ended + len(bursts) / end)
        coming -= ended
    return rates[int((first - bursts[0]) / MINUTE) :]


def _even(number: float, _: datetime) -> float:
    return number


def _daily(number: float, time: datetime) -> float:
    return 3 * number if 8 <= time.hour < 16 else 0.02 * number


def _weekend(number: float, time: datetime) -> float:
    if time.weekday() in (4, 5):
        return 0.1 * number
    return (2 if 7 <= time.hour < 22 else 0.2) * number


def _poisson(chance: random.Random, mean: float) -> int:
    count, product = 0, chance.random()
    limit = 2.718281828459045**-mean
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


def judge(outlet: Outlet) -> Verdict:
    """Learn on the first half of its articles, judge on the second."""
    times = [time.astimezone(UTC) for time in outlet.times]
    first, last = times[len(times) // 2], times[-1]
    judged = [time for time in times if time >= first]
    entrance = Entrance(kind="feed", url="https://paper.example/rss.xml")
    source = Source(id="paper", name=outlet.name, home="https://paper.example/", timezone=ZONE, entrance=(entrance,))
    source = source.model_copy(update={"jitter": "0s"})
    looks = _looks(source, times, first, last)
    days = {time.date() for time in judged}
    interval = len(days) * timedelta(days=1) / sum(1 for look in looks if look.date() in days)
    fixed = _best_fixed(judged, interval)
    nearby = [interval * (1 + percent / 200) for percent in range(-6, 7)]
    possible, capped = bounds(outlet.rates or _hourly_rates(judged, len(days)), interval / MINUTE)
    return Verdict(
        name=outlet.name,
        articles=len(judged),
        interval=interval / MINUTE,
        auto=_delays(judged, looks),
        fixed=fixed,
        lucky=min(_best_fixed(judged, near).mean for near in nearby),
        possible=possible * interval / MINUTE / 2 / fixed.mean,
        capped=capped * interval / MINUTE / 2 / fixed.mean,
    )


def _looks(source: Source, times: list[datetime], first: datetime, last: datetime) -> list[datetime]:
    """When `auto` reads, learning anew each day."""
    looks, now, rhythm = [first], first, None
    runs: list[Run] = []
    shortest, longest = auto_bounds(source)
    while now <= last:
        if rhythm is None or now - rhythm.learned >= LEARN_EVERY:
            rhythm = learn(_recent(times, now), now, ZONE, shortest=shortest, longest=longest) or rhythm
        new = bisect_left(times, now) - bisect_left(times, looks[-2] if len(looks) > 1 else now)
        runs = [*runs[-1:], Run(id=str(len(looks)), source=source.id, started=now, finished=now, state="done", new=new)]
        now = _next(source, runs, rhythm)
        looks.append(now)
    return looks


def _best_fixed(judged: list[datetime], interval: timedelta) -> Delays:
    """The delays of a fixed interval that begins where their mean is smallest."""
    count = int((judged[-1] - judged[0]) / interval) + 2
    begins = [judged[0] + interval * place / 24 for place in range(24)]
    found = (_delays(judged, [begin + interval * n for n in range(count)]) for begin in begins)
    return min(found, key=lambda delays: delays.mean)


def _hourly_rates(judged: list[datetime], days: int) -> list[float]:
    """Articles a minute of the local week, by hour of the day and by weekday, as they came."""
    local = [time.astimezone(ZoneInfo(ZONE)) for time in judged]
    hours, weekdays = Counter(time.hour for time in local), Counter(time.weekday() for time in local)
    share = 7 / days / 60 / len(judged)
    return [hours[minute // 60 % 24] * weekdays[minute // 1440] * share for minute in range(WEEK)]


def bounds(rates: list[float], interval: float) -> tuple[float, float]:
    """The smallest mean delay to expect with a look in `interval` minutes, as a share of half of that.

    By dynamic programming over minutes, for `rates` a minute; the second: if no article may wait longer than `interval`
    (1 where that cannot be done). Looks cost as much as makes them as many as wanted, to 2 %.
    """
    longest = 6 * 60
    free = [gap - 0.5 for gap in range(longest + 1)]
    capped = [wait if gap <= interval else 1e9 for gap, wait in enumerate(free)]
    return _possible(rates, free, interval), min(1.0, _possible(rates, capped, interval))


def _possible(rates: list[float], costs: list[float], interval: float) -> float:
    low, high = 1e-3, 1e6
    while True:
        price = math.sqrt(low * high)
        looks = cheapest(rates, costs, price)
        wanted = len(looks) * interval / len(rates)
        if abs(wanted - 1) < 0.02 or high / low < 1.01:
            break
        low, high = (price, high) if wanted > 1 else (low, price)
    waited, ahead = 0.0, looks[0] + len(rates)
    due = set(looks)
    for minute in range(len(rates) - 1, -1, -1):
        waited += rates[minute] * (ahead - minute - 0.5)
        ahead = minute if minute in due else ahead
    return waited / sum(rates) * len(looks) / len(rates) * 2


def _recent(times: list[datetime], now: datetime) -> list[datetime]:
    """What a store would have by `now`."""
    return times[bisect_left(times, now - timedelta(weeks=WEEKS)) : bisect_left(times, now)]


def _next(source: Source, runs: list[Run], rhythm: Rhythm | None) -> datetime:
    """When `due` says that the source is to be read again, after its latest `runs` (in order)."""
    rhythms = {source.id: rhythm} if rhythm is not None else {}
    last, before = runs[-1], runs[-2] if len(runs) > 1 else None
    then = next_due(last.started, source, last, rhythm, before=before)
    assert not due(then - MINUTE / 60, [source], runs, rhythms)
    assert due(then, [source], runs, rhythms)
    return then


def _delays(times: list[datetime], looks: list[datetime]) -> Delays:
    waits = sorted((looks[bisect_left(looks, time)] - time) / MINUTE for time in times if time <= looks[-1])
    return Delays(sum(waits) / len(waits), waits[int(len(waits) * 0.95)], waits[-1])


def main() -> int:
    """Print each outlet; 1 where one misses a bar that can be met."""
    judged = list(rhythms())
    if SHARED.exists():
        judged = [*(Outlet(name, times) for name, times in outlets().items()), *judged]
    else:
        print(f"Real outlets left out: there is no {SHARED}", file=sys.stderr)
    figures: dict[str, float] = {}
    verdicts = []
    with ProcessPoolExecutor(2) as pool:
        for verdict in pool.map(judge, judged):
            print(verdict.line(), flush=True)
            verdicts.append(verdict)
            told = verdict.ratios() | {"possible": verdict.possible, "possible with no longer wait": verdict.capped}
            figures |= {f"auto, {verdict.name}: {what}": round(ratio, 3) for what, ratio in told.items()}
    met = sum(1 for verdict in verdicts if not verdict.missed()[0])
    print(f"{met} of {len(verdicts)} meet all three bars")
    ours = 0
    for bar in ("mean", "p95", "longest"):
        missed = sum(1 for verdict in verdicts if bar in verdict.missed()[0])
        nature = sum(1 for verdict in verdicts if bar in verdict.missed()[1])
        ours += missed - nature
        print(f"{bar}: {len(verdicts) - missed} meet it, {missed - nature} miss it, {nature} cannot meet it")
    if "--record" in sys.argv:
        record(figures)
    return min(ours, 1)


if __name__ == "__main__":
    sys.exit(main())
