"""`marsad crawl`: gives sources to crawl processes and follows them through the records that they keep in the store."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from config import settings
from config.load import ConfigError, Fault, load_sources
from config.schema import Source
from desk.evidence import seals
from desk.processes import Ended, Processes
from desk.progress import crawl_progress
from desk.stores import configured_store
from pipelines.schedule import HUNG, LOST
from pipelines.store.base import Run, Store, StoreError
from pipelines.store.lease import ELSEWHERE

POLL_SECONDS = 0.25
NOT_BEGUN = "not begun"
"""Reason of a run that could not start: the source is being read elsewhere, the store is down."""


@dataclass(slots=True)
class Followed:
    """Reads run records as soon as there is a store to read them from."""

    store: Store | None = field(default=None)

    def runs(self, ids: set[str]) -> dict[str, Run]:
        """The records of these runs, as far as there are any yet."""
        with suppress(StoreError):
            self.store = self.store or configured_store()
            return {run.id: run for run in self.store.runs(limit=4 * len(ids) + 20) if run.id in ids}
        return {}

    def record_of(self, ended: Ended, last: Run) -> Run:
        """The record of a run that is over, concluded for it where its process could not; `last`: what was known."""
        try:
            self.store = self.store or configured_store()
            records = {run.id: run for run in self.store.runs(source=ended.source, limit=5)}
        except StoreError as error:
            return replace(last, state="failed", reason=LOST, finished=datetime.now(UTC), errors=1, detail=str(error))
        record = records.get(ended.run)
        if record is not None and record.state != "running":
            return record
        why = ended.why or "it ended without finishing its record"
        if record is not None:
            return failed(self.store, record, LOST, why)
        # It never began: nothing of it is in the store, and the source may be due at once.
        return replace(last, state="failed", reason=NOT_BEGUN, finished=datetime.now(UTC), errors=1, detail=why)


def chosen_sources(wanted: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """Ids of the sources to crawl (all enabled ones where none is named) and the faults of files that stop some.

    Raises ConfigError for a name that no source file has, and for an outlet where nobody says who reads it: without
    MARSAD_CONTACT only what lies on this machine is read.
    """
    sources = load_sources(Path(settings.MARSAD_CONFIG))
    if wanted:
        folder = Path(settings.MARSAD_CONFIG) / "sources"
        unknown = [name for name in wanted if name not in sources.good and name not in sources.bad]
        if unknown:
            raise ConfigError(
                Fault(folder / f"{name}.toml", "", "no such source; `marsad sources list` names those there are")
                for name in unknown
            )
        faults = [fault for name in wanted for fault in sources.bad.get(name, ())]
        anonymous = without_contact(sources.good[name] for name in wanted if name in sources.good)
        if anonymous:
            raise ConfigError([Fault(Path("environment"), "", settings.CONTACT_FAULT)])
        return [name for name in wanted if name in sources.good], faults
    faults = [fault for of_one in sources.bad.values() for fault in of_one]
    enabled = [source for source in sources.good.values() if source.enabled]
    anonymous = without_contact(enabled)
    if anonymous:
        why = f"{settings.CONTACT_FAULT}; {len(anonymous)} enabled outlets are not read"
        faults.append(Fault(Path("environment"), "", why))
    return [source.id for source in enabled if source.id not in anonymous], faults


def without_contact(sources: Iterable[Source]) -> set[str]:
    """Ids of those that may not be read yet because nobody says who reads them."""
    return {source.id for source in sources if settings.CONTACT_FAULT and not source.is_local}


def crawl_sources(wanted: Sequence[str], arguments: Mapping[str, str] | None = None) -> tuple[list[Run], list[Fault]]:
    """Crawl sources in as many processes as there are processors, with progress on stderr.

    `arguments` go to the spiders. Raises ConfigError for unknown sources.
    """
    names, faults = chosen_sources(list(dict.fromkeys(wanted)))
    now = datetime.now(UTC)
    runs = {name: Run(id="", source=name, started=now) for name in names}
    waiting = list(names)
    refused: list[str] = []
    tries: Counter[str] = Counter()
    processes = Processes(os.cpu_count() or 1, overtime=HUNG.total_seconds())
    followed = Followed()
    with crawl_progress(names) as show, _stoppable() as stopped:
        while (waiting or refused or processes.active) and not stopped():
            if not waiting and not processes.active:
                waiting, refused = refused, []
            while waiting and processes.room():
                name = waiting.pop(0)
                started = datetime.now(UTC)
                runs[name] = Run(id=processes.give(name, started, arguments), source=name, started=started)
            ended = processes.ended(POLL_SECONDS)
            records = followed.runs(set(processes.active.values()))
            runs |= {record.source: record for record in records.values()}
            for one in ended:
                tries[one.source] += 1
                others = bool(waiting or refused or processes.active)
                if one.why == ELSEWHERE and others and tries[one.source] < len(names):
                    # Perhaps by one of these: sources that share a web server are read one after the other.
                    refused.append(one.source)
                else:
                    runs[one.source] = followed.record_of(one, runs[one.source])
            show([run for run in runs.values() if run.id])
        runs |= {one.source: followed.record_of(one, runs[one.source]) for one in processes.stop()}
    for name in waiting + refused:
        runs[name] = replace(runs[name], state="failed", reason="not started: stopped by hand")
    try:
        seals().seal(datetime.now(UTC))
    except OSError as error:
        faults.append(Fault(Path(settings.MARSAD_ARCHIVE), "", f"a day that is over could not be sealed: {error}"))
    return list(runs.values()), faults


def failed(store: Store, run: Run, reason: str, why: str) -> Run:
    """Record that a run failed that cannot do so itself any more."""
    over = replace(run, state="failed", reason=reason, finished=datetime.now(UTC), errors=max(1, run.errors))
    over = replace(over, detail=why if not run.detail else f"{run.detail}; {why}")
    with suppress(StoreError):
        store.run(over)
    return over


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came: what is in flight is then finished and stored."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(runs: Sequence[Run], faults: Sequence[Fault]) -> int:
    """0: all done, 1: all failed, 3: some failed, 2: nothing to crawl (faults in files, or no source is enabled)."""
    if not runs:
        return 2
    states = {run.state for run in runs}
    if states == {"done"} and not faults:
        return 0
    return 1 if states <= {"failed", "running"} else 3
