"""Pure: which sources are to be read now, given how often each is to be and what the store has recorded of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from config.every import Cron, quiet_until, span
from config.schema import Source
from pipelines.rhythm import Rhythm
from pipelines.store.base import Run

HUNG = timedelta(minutes=45)
"""After so long a run that still says that it runs is dead: crawls end themselves after half an hour."""
LOST = "lost"
"""Reason of a run whose process or machine died: it is taken over …"""
AGAIN = timedelta(minutes=2)
"""… at least so long after it started, so that a page that kills its reader does not keep everybody busy."""
NEW = timedelta(hours=1)
"""How often an outlet is read until its rhythm is known."""


@dataclass(frozen=True, slots=True)
class Due:
    """A source and when it was to be read (UTC)."""

    source: str
    since: datetime


def due(
    now: datetime, sources: Iterable[Source], runs: Iterable[Run], rhythms: Mapping[str, Rhythm] | None = None
) -> list[Due]:
    """The enabled sources to be read now, the one that has waited longest first.

    `runs`: the latest of each source at least, better two, and those since midnight UTC for the daily budget. A source
    that was missed any number of times is due once; one whose run goes on is not due. `rhythms`: what was learned of
    outlets.
    """
    latest, spent = _by_source(runs, now)
    waiting = []
    for source in sources:
        last, before = latest.get(source.id, (None, None))
        if not source.enabled or (last is not None and is_running(last, now)):
            continue
        rhythm = (rhythms or {}).get(source.id)
        since = next_due(now, source, last, rhythm, before=before, spent=spent.get(source.id, 0))
        if since <= now:
            waiting.append(Due(source.id, since))
    return sorted(waiting, key=lambda one: (one.since, one.source))


def is_running(run: Run, now: datetime) -> bool:
    """Whether the run still goes on; one that has for too long is dead."""
    return run.state == "running" and now - run.started < HUNG


def next_due(
    now: datetime,
    source: Source,
    last: Run | None,
    rhythm: Rhythm | None = None,
    *,
    before: Run | None = None,
    spent: int = 0,
) -> datetime:
    """When `source` is to be read next (UTC); in the past where it already should have been.

    `last`: its latest run; `before`: the one before that; `spent`: its requests since midnight UTC.
    """
    found = any(run is not None and run.new > 0 for run in (last, before))
    wanted = now if last is None else _after(last.started, source, rhythm, found=found) + _jitter(source, last)
    if last is not None and last.reason == LOST:
        wanted = min(wanted, last.started + AGAIN)
    if spent >= source.daily_requests:
        wanted = max(wanted, midnight(now) + timedelta(days=1))
    # What was missed in quiet hours, or would be read in them, is read when they end.
    read = max(wanted, now)
    awake = quiet_until(source.quiet, read, source.timezone)
    return wanted if awake == read else awake


def _after(last: datetime, source: Source, rhythm: Rhythm | None, *, found: bool) -> datetime:
    cadence = source.cadence
    if isinstance(cadence, Cron):
        return cadence.after(last)
    if cadence is not None:
        return last + cadence
    shortest, longest = auto_bounds(source)
    if rhythm is None:
        return last + min(max(NEW, shortest), longest)
    return min(max(rhythm.after(last, found=found), last + shortest), last + longest)


def auto_bounds(source: Source) -> tuple[timedelta, timedelta]:
    """Shortest and longest wait of a source with `every = "auto"`: half of its daily budget is for articles."""
    looks = max(1.0, source.daily_requests / 2 / (len(source.entrance) + 1))
    longest = span(source.longest)
    return min(max(span(source.shortest), timedelta(days=1) / looks), longest), longest


def _jitter(source: Source, last: Run) -> timedelta:
    """The same each time it is asked, another for each run."""
    share = int.from_bytes(sha256(f"{source.id} {last.started.isoformat()}".encode()).digest()[:4]) / 2**32
    return share * span(source.jitter)


def midnight(now: datetime) -> datetime:
    """When the day began, in UTC: daily budgets are counted from then."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _by_source(runs: Iterable[Run], now: datetime) -> tuple[dict[str, tuple[Run, Run | None]], dict[str, int]]:
    """The latest run of each source and the one before it; requests since midnight."""
    latest: dict[str, tuple[Run, Run | None]] = {}
    spent: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: run.started):
        latest[run.source] = run, latest.get(run.source, (None, None))[0]
        if run.started >= midnight(now):
            spent[run.source] = spent.get(run.source, 0) + run.requests
    return latest, spent
