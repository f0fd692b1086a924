"""`make rhythm`: `every = "auto"` against fixed intervals, by a fake clock, on real outlets and made-up rhythms.

Learned on the first half of an outlet's articles, judged on the second, going on learning as it does in life. The fixed
interval makes as many requests in the same time, and starts where its mean delay is smallest (24 places are tried, in
hindsight). Where a corpus has no article for a whole day it has a hole; looks on such days count for neither.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from zoneinfo import ZoneInfo

from benchmarks.history import record
from benchmarks.quality import SHARED, records_of
from config.schema import Entrance, Source
from pipelines.rhythm import Rhythm, learn
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
class Verdict:
    """One outlet judged."""

    name: str
    articles: int
    interval: float
    """Minutes between the requests of the fixed interval that asks as often."""
    auto: Delays
    fixed: Delays
    bound: float
    """What the mean's ratio could be at best if articles came at random with the hourly rates of the judged half
    itself: (mean of the rates' roots)² / mean rate."""

    @property
    def ratio(self) -> float:
        """Of the mean delays."""
        return self.auto.mean / self.fixed.mean

    def line(self) -> str:
        """For people."""
        return (
            f"{self.name}: {self.articles} articles, a request in {self.interval:.0f} min: mean {self.auto.mean:.1f}"
            f" min to {self.fixed.mean:.1f} = {self.ratio:.2f} (random arrivals by the hour allow {self.bound:.2f}),"
            f" p95 {self.auto.p95:.0f} to {self.fixed.p95:.0f}, longest {self.auto.longest:.0f} to"
            f" {self.fixed.longest:.0f}"
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


def rhythms() -> Iterator[tuple[str, list[datetime]]]:
    """Twenty made-up outlets of twelve weeks each: steady, daily, bursts, weekend, edition dump, in four sizes."""
    start = datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE))

    def by_rate(seed: int, rate: Callable[[datetime], float]) -> list[datetime]:
        """At random, with `rate` articles an hour."""
        chance = random.Random(seed)
        hours = (start + timedelta(hours=hour) for hour in range(12 * 7 * 24))
        times = [
            hour + timedelta(hours=chance.random())
            for hour in hours
            for _ in range(_poisson(chance, rate(hour.astimezone(ZoneInfo(ZONE)))))
        ]
        return sorted(time.astimezone(UTC) for time in times)

    for size, number in enumerate((0.5, 1, 2, 4)):
        chance = random.Random(size)
        steady = timedelta(hours=1 / number)
        count = int(timedelta(weeks=12) / steady)
        yield f"steady {number:g}", [start + steady * n + MINUTE * chance.uniform(0, 3) for n in range(count)]
        yield f"daily {number:g}", by_rate(10 + size, partial(_daily, number))
        bursts = by_rate(20 + size, partial(_even, number / 12))
        yield f"bursts {number:g}", sorted(b + MINUTE * chance.expovariate(1 / 45) for b in bursts for _ in range(12))
        yield f"weekend {number:g}", by_rate(30 + size, partial(_weekend, number))
        editions = [start + timedelta(days=day, hours=2, minutes=10) for day in range(84)]
        articles = [e + MINUTE * chance.uniform(0, 12) for e in editions for _ in range(int(20 * number))]
        yield f"edition {number:g}", sorted(articles)


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


def judge(name: str, times: list[datetime]) -> Verdict:
    """Learn on the first half of `times` (ordered), judge on the second."""
    times = [time.astimezone(UTC) for time in times]
    first, last = times[len(times) // 2], times[-1]
    judged = [time for time in times if time >= first]
    entrance = Entrance(kind="feed", url="https://paper.example/rss.xml")
    source = Source(id="paper", name=name, home="https://paper.example/", timezone=ZONE, entrance=(entrance,))
    source = source.model_copy(update={"jitter": "0s"})
    shortest, longest = auto_bounds(source)
    looks, now, rhythm = [first], first, None
    while now <= last:
        if rhythm is None or now - rhythm.learned >= LEARN_EVERY:
            rhythm = learn(_recent(times, now), now, ZONE, shortest=shortest, longest=longest) or rhythm
        before = looks[-2] if len(looks) > 1 else now
        now = _next(now, source, rhythm, bisect_left(times, now) - bisect_left(times, before))
        looks.append(now)
    days = {time.date() for time in judged}
    counted = sum(1 for look in looks if look.date() in days)
    interval = len(days) * timedelta(days=1) / counted
    count = int((last - first) / interval) + 2
    fixed = min(
        (_delays(judged, [first + interval * (place / 24 + n) for n in range(count)]) for place in range(24)),
        key=lambda delays: delays.mean,
    )
    hours = [0] * 168
    for time in judged:
        hours[time.weekday() * 24 + time.hour] += 1
    bound = (sum(count**0.5 for count in hours) / 168) ** 2 / (sum(hours) / 168)
    return Verdict(name, len(judged), interval / MINUTE, _delays(judged, looks), fixed, bound)


def _recent(times: list[datetime], now: datetime) -> list[datetime]:
    """What a store would have by `now`."""
    return times[bisect_left(times, now - timedelta(weeks=10)) : bisect_left(times, now)]


def _next(now: datetime, source: Source, rhythm: Rhythm | None, new: int) -> datetime:
    """When `due` says that the source is to be read again, having been read `now` with `new` articles."""
    run = Run(id="1", source=source.id, started=now, finished=now, state="done", new=new)
    rhythms = {source.id: rhythm} if rhythm is not None else {}
    then = next_due(now, source, run, rhythms.get(source.id))
    assert not due(then - MINUTE / 60, [source], [run], rhythms)
    assert due(then, [source], [run], rhythms)
    return then


def _delays(times: list[datetime], looks: list[datetime]) -> Delays:
    waits = sorted((looks[bisect_left(looks, time)] - time) / MINUTE for time in times if time <= looks[-1])
    return Delays(sum(waits) / len(waits), waits[int(len(waits) * 0.95)], waits[-1])


def main() -> int:
    """Print each outlet; 1 where one misses the bar."""
    named = list(rhythms())
    if SHARED.exists():
        named = [*outlets().items(), *named]
    else:
        print(f"Real outlets left out: there is no {SHARED}", file=sys.stderr)
    figures: dict[str, float] = {}
    missed = 0
    for name, times in named:
        verdict = judge(name, times)
        bars = {
            "mean": verdict.ratio <= BAR,
            "p95": verdict.auto.p95 <= verdict.fixed.p95,
            "longest": verdict.auto.longest <= verdict.fixed.longest,
        }
        missed += not all(bars.values())
        figures |= {
            f"auto, {name}: mean": round(verdict.ratio, 3),
            f"auto, {name}: p95": round(verdict.auto.p95 / verdict.fixed.p95, 3),
            f"auto, {name}: longest": round(verdict.auto.longest / verdict.fixed.longest, 3),
        }
        failed = [bar for bar, met in bars.items() if not met]
        print(f"{verdict.line()}{': MISSED ' + ', '.join(failed) if failed else ': met'}", flush=True)
    print(f"{len(named) - missed} of {len(named)} meet all three bars")
    if "--record" in sys.argv:
        record(figures)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
