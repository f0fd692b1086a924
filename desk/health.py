"""Which sources need a person, told from the records of their runs; and which were read around a moment.

Each source is held against its own past: a weekly paper is not silent on Tuesday.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pipelines.store.base import Run

PAST = timedelta(days=28)
"""How far back a source's own past goes."""
RECENT = timedelta(days=2)
"""What is held against the past before it."""
LEAST_SILENCE = timedelta(hours=24)
SILENCE = 3
"""Times the longest silence of its past that make a source silent."""
LEAST_ARTICLES = 10
"""Articles, recent and past each, that a mean is formed of."""
FAILED_IN_A_ROW = 3
UNREAD = timedelta(hours=24)

_TURNED_AWAY = re.compile("left alone until .*: it answers|challenge|consent page")

Problem = tuple[str, str]
"""A kind and a sentence for a person. Kinds:

unread: nobody has tried to read it for a day; failing: it could not be read several times in a row; blocked: it answers
with challenges, or asked to be left alone; entrance: one of its entrances fails each time; silent: nothing new for much
longer than ever before; shrank: its texts are half as long as before, undated: dates have vanished from its articles:
the layout may have changed; language: much of what it lists is no longer Arabic.
"""


@dataclass(frozen=True, slots=True)
class Health:
    """One source."""

    source: str
    last_read: datetime | None
    last_new: datetime | None
    new_a_day: float
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a source was read around a moment."""

    source: str
    before: datetime | None
    """The last successful read that started at or before it."""
    after: datetime | None
    """The first one after it: what was published by then, it saw."""
    covered: bool


def was_read(run: Run) -> bool:
    """Whether at least one entrance was read, or found unchanged."""
    if run.entrances:
        return any(state in ("read", "unchanged") for state in run.entrances.values())
    return run.state == "done"


def health(source: str, runs: Sequence[Run], now: datetime) -> Health:
    """What `runs` of a source, in any order, say of it."""
    runs = sorted((run for run in runs if run.state != "running"), key=lambda run: run.started)
    reads = [run for run in runs if was_read(run)]
    news = [run.started for run in reads if run.new]
    days = max(1.0, (now - runs[0].started) / timedelta(days=1)) if runs else 1.0
    recent = [run for run in runs if run.started >= now - RECENT]
    past = [run for run in runs if run.started < now - RECENT]
    problems = [
        *_reading(runs, reads, now),
        *_silence(news, reads, now),
        *_texts(recent, past),
    ]
    return Health(
        source,
        reads[-1].started if reads else None,
        news[-1] if news else None,
        round(sum(run.new for run in runs) / days, 1),
        tuple(problems),
    )


def _reading(runs: Sequence[Run], reads: Sequence[Run], now: datetime) -> Iterable[Problem]:
    if not runs or runs[-1].started < now - UNREAD:
        yield "unread", f"last crawl {runs[-1].started:%Y-%m-%d %H:%M} UTC" if runs else "never crawled"
        return
    latest = runs[-FAILED_IN_A_ROW:]
    turned_away = [run for run in latest if run.rejected.get("blocked") or _TURNED_AWAY.search(run.detail)]
    if turned_away:
        yield "blocked", turned_away[-1].detail or f"{turned_away[-1].rejected['blocked']} pages"
    elif len(latest) == FAILED_IN_A_ROW and not any(run in reads for run in latest):
        yield "failing", latest[-1].detail
    if len(latest) == FAILED_IN_A_ROW and any(run in reads for run in latest):
        failed = [{url for url, state in run.entrances.items() if state.startswith("failed")} for run in latest]
        for url in sorted(set.intersection(*failed)):
            yield "entrance", f"{url}: {latest[-1].entrances[url].removeprefix('failed: ')}"


def _silence(news: Sequence[datetime], reads: Sequence[Run], now: datetime) -> Iterable[Problem]:
    """Only where it was read all the while: what nobody looked at is not silent."""
    if len(news) < 3 or not reads:
        return
    gaps = [later - earlier for earlier, later in pairwise(news)]
    longest = max(gaps)
    silent = reads[-1].started - news[-1]
    if silent > max(LEAST_SILENCE, SILENCE * longest):
        hours = silent / timedelta(hours=1)
        yield "silent", f"nothing new for {hours:.0f} h; the longest before was {longest / timedelta(hours=1):.0f} h"


def _texts(recent: Sequence[Run], past: Sequence[Run]) -> Iterable[Problem]:
    now, before = (_sums(runs) for runs in (recent, past))
    if min(now["articles"], before["articles"]) >= LEAST_ARTICLES:
        lengths = [sums["characters"] / sums["articles"] for sums in (now, before)]
        if lengths[0] < lengths[1] / 2:
            yield "shrank", f"{lengths[0]:.0f} characters an article instead of {lengths[1]:.0f}"
        undated = [sums["undated"] / sums["articles"] for sums in (now, before)]
        if undated[0] > 0.5 and undated[1] < 0.2:
            yield "undated", f"{undated[0]:.0%} of articles without a date instead of {undated[1]:.0%}"
    pages = [sums["articles"] + sums["not_arabic"] for sums in (now, before)]
    if min(pages) >= LEAST_ARTICLES:
        foreign = [sums["not_arabic"] / count for sums, count in zip((now, before), pages, strict=True)]
        if foreign[0] > 0.5 and foreign[1] < 0.2:
            yield "language", f"{foreign[0]:.0%} of pages are not Arabic instead of {foreign[1]:.0%}"


def _sums(runs: Iterable[Run]) -> dict[str, int]:
    sums = {"articles": 0, "characters": 0, "undated": 0, "not_arabic": 0}
    for run in runs:
        for name in ("articles", "characters", "undated"):
            sums[name] += run.quality.get(name, 0)
        sums["not_arabic"] += run.rejected.get("not_arabic", 0)
    return sums


def coverage(source: str, runs: Iterable[Run], at: datetime, within: timedelta) -> Coverage:
    """Whether a source was read after `at`, and not later than `within`: only then "no reports" means anything."""
    reads = sorted(run.started for run in runs if was_read(run))
    before = max((moment for moment in reads if moment <= at), default=None)
    after = min((moment for moment in reads if moment > at), default=None)
    return Coverage(source, before, after, after is not None and after - at <= within)
