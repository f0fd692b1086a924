"""`marsad run`: reads every source when it is due, for months."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Protocol

from desk.crawls import NOT_BEGUN, Followed
from desk.processes import Ended, Processes
from desk.progress import told
from desk.scheduling import RECENT, Agenda
from pipelines.schedule import HUNG
from pipelines.store.base import Run, Store, StoreError

REFRESH = timedelta(seconds=10)
"""How often the store is asked what other processes did, and the source files are read."""
TICK_SECONDS = 0.5
PUT_OFF = timedelta(seconds=30)

logger = logging.getLogger(__name__)


class Crawlers(Protocol):
    """What reads sources: crawl processes here, or workers elsewhere."""

    @property
    def active(self) -> dict[str, str]:
        """Run by source, of everything that is being read."""

    @property
    def pids(self) -> Sequence[int]:
        """Processes of this machine."""

    def room(self) -> int:
        """How many more sources can be taken now."""

    def give(self, source: str, now: datetime) -> str:
        """Have a source read; the id of its run, where that is known."""

    def ended(self, wait: float) -> list[Ended]:
        """The runs that ended since the last call; waits at most so many seconds."""

    def stop(self) -> list[Ended]:
        """Have everything in flight finished."""


def local_processes(count: int | None) -> Processes:
    """As many crawl processes as wanted, or as there are cores."""
    return Processes(count or os.cpu_count() or 1, overtime=HUNG.total_seconds() - 300)


def told_in_one_line(run: Run) -> None:
    """What a run did, into the log."""
    detail = f": {run.detail}" if run.detail else ""
    logger.info("%s: %s (%s): %s%s", run.source, run.state, run.reason, told(run), detail)


class Daemon:
    """Gives due sources to crawl processes until it is told to stop."""

    def __init__(self, store: Store, processes: Crawlers) -> None:
        self.store = store
        self.agenda = Agenda(self.store)
        self.processes = processes
        self.stopping = threading.Event()
        self.on_run: list[Callable[[Run], None]] = []
        """Told of each run that is over, whoever did it."""
        self.on_tick: list[Callable[[], None]] = []
        self._followed = Followed(self.store)
        self._not_before: dict[str, datetime] = {}
        self._began = datetime.now(UTC)
        self._told: dict[str, datetime] = {}

    def run(self) -> None:
        """Until `stopping` is set; what is in flight then is finished and stored."""
        refreshed: datetime | None = None
        while not self.stopping.is_set():
            now = datetime.now(UTC)
            if refreshed is None or now - refreshed >= REFRESH:
                refreshed = now
                self._told = {run: when for run, when in self._told.items() if now - when < 2 * RECENT}
                self._refresh(now)
            self._order(now)
            self._take(self.processes.ended(TICK_SECONDS))
            for told_ in self.on_tick:
                told_()
        self._take(self.processes.stop())

    def stop_on_signals(self) -> None:
        """SIGTERM and Ctrl-C end it in order; a second one ends it at once and leaves the rest to the next start."""

        def stop(number: int, frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)
            self.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    def _refresh(self, now: datetime) -> None:
        try:
            over = self.agenda.refresh(now)
        except StoreError as error:
            logger.error("The store does not answer; what is due waits: %s", error)
            return
        for run in over:
            self._tell(run)

    def _order(self, now: datetime) -> None:
        active = self.processes.active
        for one in self.agenda.due(now):
            if one.source in active or now < self._not_before.get(one.source, now):
                continue
            if self.processes.room() > 0:
                run = self.processes.give(one.source, now)
                if run:
                    # Its own record will replace this one; until then it must not be due again.
                    self.agenda.note(Run(id=run, source=one.source, started=now))

    def _tell(self, run: Run) -> None:
        """Once for each run that ended since this daemon began."""
        if run.finished is not None and run.finished >= self._began and run.id not in self._told:
            self._told[run.id] = run.finished
            for told_ in self.on_run:
                told_(run)

    def _put_off(self, source: str) -> None:
        """It could not begin; what hinders it (another process, a store that is down) will not be over at once."""
        self._not_before[source] = datetime.now(UTC) + PUT_OFF

    def _take(self, ended: list[Ended]) -> None:
        for one in ended:
            run = self._followed.record_of(one, Run(id=one.run, source=one.source, started=datetime.now(UTC)))
            self.agenda.forget(one.run)
            if run.reason == NOT_BEGUN:
                self._put_off(one.source)
            else:
                self.agenda.note(run)
            told_in_one_line(run)
            self._tell(run)
