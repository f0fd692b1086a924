"""What is due, from the source files, the runs in the store and the rhythms learned from stored articles."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import settings
from config.load import Sources, load_sources
from config.schema import Source
from desk.crawls import chosen_sources, failed, without_contact
from desk.stores import configured_store
from pipelines.rhythm import WEEKS, Rhythm, learn
from pipelines.schedule import LOST, Due, auto_bounds, due, is_running, midnight, next_due
from pipelines.store.base import Run, Store, StoreError
from pipelines.store.lease import SOURCE

LEARN_EVERY = timedelta(hours=24)
GRACE = timedelta(seconds=90)
"""A run that nobody holds a lease for is lost only after so long: its lease may just be on its way."""
RECENT = timedelta(hours=1)
"""How far back to look for runs of other processes once the day's are known."""

logger = logging.getLogger(__name__)


class Rhythms:
    """What was learned of each outlet, kept in a file beside the embedded store: learning takes a moment an outlet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._file = Path(settings.MARSAD_DATA) / "rhythms.json"
        self._known: dict[str, Rhythm] = {}
        self._asked: dict[str, datetime] = {}
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            records = json.loads(self._file.read_text("utf-8"))
            self._known = {source: Rhythm.of(record) for source, record in records.items()}

    def of(self, sources: Iterable[Source], now: datetime, *, learning: bool = True) -> dict[str, Rhythm]:
        """The rhythms of sources with `every = "auto"`; at most one is learned anew, so that nothing waits for long."""
        wanted = [source for source in sources if source.enabled and source.cadence is None]
        for source in wanted if learning else ():
            known = self._known.get(source.id)
            last = max(known.learned if known else now - 2 * LEARN_EVERY, self._asked.get(source.id, now - LEARN_EVERY))
            if now - last >= LEARN_EVERY or (known and known.zone != source.timezone):
                self._asked[source.id] = now
                self._learn(source, now)
                break
        return {source.id: self._known[source.id] for source in wanted if source.id in self._known}

    def _learn(self, source: Source, now: datetime) -> None:
        shortest, longest = auto_bounds(source)
        times = self._store.times(source.id, now - timedelta(weeks=WEEKS))
        rhythm = learn(times, now, source.timezone, shortest=shortest, longest=longest)
        if rhythm is None:
            return
        self._known[source.id] = rhythm
        records = {name: known.record() for name, known in self._known.items()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(records), encoding="utf-8")
        draft.replace(self._file)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one source stands: a row of `marsad status`."""

    source: str
    every: str
    state: str
    """due, running, waiting, disabled, no contact (MARSAD_CONTACT is not set)."""
    running_since: datetime | None
    next: datetime | None
    last: Run | None
    """The latest run that is over."""
    lag: float
    """Seconds since it was to be read; 0 where it is not due."""
    articles_known: int
    """Articles that its rhythm was learned from; 0 where none was."""
    why: str
    """What `next` follows from, with `every = "auto"`; else empty."""


class Agenda:
    """The sources and their runs, as far as the store tells; refreshed by whoever holds it."""

    def __init__(self, store: Store, *, reading: bool = False) -> None:
        """`reading`: nothing is written and nothing is learned."""
        self._store = store
        self._reading = reading
        self._rhythms = Rhythms(store)
        self._learned: dict[str, Rhythm] = {}
        self._runs: dict[str, Run] = {}
        self._refreshed: datetime | None = None
        self.sources = Sources({}, {})
        self._anonymous: set[str] = set()
        """Sources that are not read while nobody says who reads them."""

    def refresh(self, now: datetime) -> list[Run]:
        """Read the source files and the runs that may have changed; returns recent ones that are over.

        Raises StoreError.
        """
        self.sources = load_sources(Path(settings.MARSAD_CONFIG))
        anonymous = without_contact(source for source in self.sources.good.values() if source.enabled)
        if anonymous - self._anonymous:
            logger.warning("%s; %d enabled outlets are not read", settings.CONTACT_FAULT, len(anonymous))
        self._anonymous = anonymous
        since = midnight(now) if self._refreshed is None else min(self._refreshed, now) - RECENT
        recent = self._store.runs(since=since, limit=None)
        self._runs |= {run.id: run for run in recent}
        known = {run.source for run in self._runs.values()}
        for source in self.sources.good:
            if source not in known:
                self._runs |= {run.id: run for run in self._store.runs(source=source, limit=2)}
        self._conclude_lost(now)
        self._forget(midnight(now))
        self._refreshed = now
        with suppress(StoreError):
            self._learned = self._rhythms.of(self._named(), now, learning=not self._reading)
        return [run for run in recent if run.finished is not None]

    def forget(self, run: str) -> None:
        """A run that was none, or whose record comes now."""
        self._runs.pop(run, None)

    def note(self, run: Run) -> None:
        """A run whose record has just changed."""
        self._runs[run.id] = run

    def _conclude_lost(self, now: datetime) -> None:
        """Runs that say that they run, while nobody holds their source: their process was killed, or its machine."""
        running = [run for run in self._runs.values() if run.state == "running" and now - run.started > GRACE]
        if not running:
            return
        held = self._store.leases()
        for run in running:
            if SOURCE + run.source not in held:
                why = "its process, or its machine, ended in the middle of it"
                if self._reading:
                    self.note(replace(run, state="failed", reason=LOST, detail=why))
                else:
                    self.note(failed(self._store, run, LOST, why))
                    logger.warning("%s: failed (%s): %s", run.source, LOST, why)

    def _forget(self, midnight: datetime) -> None:
        """Keep today's runs and the latest two of each source."""
        kept: dict[str, Run] = {}
        seen: dict[str, int] = {}
        for run in sorted(self._runs.values(), key=lambda run: run.started, reverse=True):
            seen[run.source] = seen.get(run.source, 0) + 1
            if run.started >= midnight or seen[run.source] <= 2:
                kept[run.id] = run
        self._runs = kept

    def due(self, now: datetime) -> list[Due]:
        """The sources to be read now."""
        return due(now, self._named(), self._runs.values(), self._learned)

    def _named(self) -> list[Source]:
        return [source for source in self.sources.good.values() if source.id not in self._anonymous]

    def standings(self, now: datetime) -> list[Standing]:
        """How every source stands, the most overdue first."""
        waiting = {one.source: one.since for one in self.due(now)}
        rows = [self._standing(source, waiting.get(source.id), now) for source in self.sources.good.values()]
        return sorted(rows, key=lambda row: (-row.lag, row.source))

    def _standing(self, source: Source, since: datetime | None, now: datetime) -> Standing:
        runs = sorted((r for r in self._runs.values() if r.source == source.id), key=lambda r: r.started, reverse=True)
        rhythm = self._learned.get(source.id)
        running = runs[0] if runs and is_running(runs[0], now) else None
        read = source.enabled and source.id not in self._anonymous
        state = "running" if running else "due" if since else "waiting" if read else "no contact"
        state = state if source.enabled else "disabled"
        last, before = [*runs[:2], None, None][:2]
        upcoming = next_due(now, source, last, rhythm, before=before) if read else None
        return Standing(
            source=source.id,
            every=source.every,
            state=state,
            running_since=running.started if running else None,
            next=None if running else upcoming,
            last=next((run for run in runs if run.state != "running"), None),
            lag=(now - since).total_seconds() if since and not running else 0.0,
            articles_known=rhythm.articles if rhythm else 0,
            why=_why(rhythm, runs[:2]) if source.cadence is None else "",
        )


def _why(rhythm: Rhythm | None, latest: Sequence[Run]) -> str:
    if rhythm is None:
        return "too few articles to know when it publishes"
    told = f"{round(rhythm.interval)} min on average, as {rhythm.articles} articles came"
    return f"{told}; sooner after news" if rhythm.bursts and any(run.new for run in latest) else told


def due_now(wanted: Sequence[str]) -> list[str]:
    """Ids of the sources to be read now, among `wanted` where any are named. Raises ConfigError for unknown ones."""
    names, _ = chosen_sources(wanted)
    now = datetime.now(UTC)
    agenda = Agenda(configured_store())
    agenda.refresh(now)
    return [one.source for one in agenda.due(now) if one.source in names]
