"""Many machines: due sources go through a broker to workers, each of which reads them in its own crawl processes.

The only import of Celery, which carries "read these sources" and nothing else. What keeps it right is in the store: a
worker reads what is due when the order reaches it and whose lease it gets, so an order may come late, twice or never.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from celery import Celery, signals

from config import settings
from config.load import ConfigError, Fault
from desk.crawls import Followed
from desk.daemon import local_processes, told_in_one_line
from desk.evidence import Sealing
from desk.processes import AT_ONCE, Ended
from desk.scheduling import due_now
from desk.stores import configured_store
from pipelines.store.base import Run, Store, StoreError
from pipelines.store.lease import SOURCE

TOGETHER = 4
"""Sources of one order."""
STALE_SECONDS = 60
"""An order that no worker took in this time is forgotten, and given again."""
LONGEST_SECONDS = 2 * 3600
"""Longer than any crawl: Redis gives an order to a second worker when the first has not confirmed it by then."""

logger = logging.getLogger(__name__)

app = Celery("marsad", broker=settings.MARSAD_BROKER or None)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="marsad",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": LONGEST_SECONDS,
        "socket_connect_timeout": 3,
        "socket_timeout": 10,
        "retry_policy": {"max_retries": 1},
    },
)


def need_broker() -> None:
    """Raises ConfigError where none is named."""
    if not settings.MARSAD_BROKER:
        raise ConfigError(
            [Fault(settings.ROOT / ".env", "MARSAD_BROKER", "is not set: redis://host:6379/0 or amqp://…")]
        )


# ---------------------------------------------------------------- the side that gives orders
class Cluster:
    """What a daemon gives due sources to, in place of crawl processes of its own."""

    pids: tuple[int, ...] = ()
    """It has no processes of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sent: dict[str, float] = {}
        self._batch: list[str] = []
        self._held: set[str] = set()
        self._asked = 0.0

    @property
    def active(self) -> dict[str, str]:
        """Sources that are being read or ordered (the values say nothing)."""
        now = time.monotonic()
        if now - self._asked > 2:
            self._asked = now
            try:
                self._held = {name.removeprefix(SOURCE) for name in self._store.leases() if name.startswith(SOURCE)}
            except StoreError as error:
                logger.error("The store does not answer: %s", error)
            self._sent = {source: sent for source, sent in self._sent.items() if now - sent < STALE_SECONDS}
        return dict.fromkeys([*self._held, *self._sent, *self._batch], "")

    def room(self) -> int:
        """Orders that nobody takes yet wait at the broker."""
        return AT_ONCE

    def give(self, source: str, now: datetime, arguments: Mapping[str, str] | None = None) -> str:
        """Order it with others; the answer is no run's id, which the worker decides."""
        self._batch.append(source)
        if len(self._batch) >= TOGETHER:
            self._send()
        return ""

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        if not batch:
            return
        try:
            crawl.apply_async(args=[batch], expires=STALE_SECONDS, retry=False)
        except Exception as error:  # what a broker's client raises depends on the broker
            logger.error("The broker does not answer; what is due waits: %s", error)
            time.sleep(1)
            return
        self._sent |= dict.fromkeys(batch, time.monotonic())
        logger.info("ordered: %s", ", ".join(batch))

    def ended(self, wait: float) -> list[Ended]:
        """Runs end elsewhere; their records tell."""
        self._send()
        time.sleep(wait)
        return []

    def stop(self) -> list[Ended]:
        """Workers go on with what they have."""
        return []


# ---------------------------------------------------------------- the side that obeys
class _Worker:
    """The crawl processes of this worker, shared by the threads that obey orders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over: dict[str, Ended] = {}
        self._changed = threading.Condition(self._lock)
        self._processes = local_processes(None)
        self._followed = Followed(configured_store())
        self.stopping = False
        self._seal = Sealing()
        threading.Thread(target=self._follow, daemon=True).start()

    def read(self, sources: list[str]) -> list[Run]:
        """Read those that are due, until all are over."""
        due = due_now(sources)
        now = datetime.now(UTC)
        with self._lock:
            if self.stopping:
                return []
            runs = {self._processes.give(source, now): source for source in due if source not in self._processes.active}
            while not all(run in self._over for run in runs):
                self._changed.wait()
            ended = [self._over.pop(run) for run in runs]
        return [self._followed.record_of(one, Run(id=one.run, source=one.source, started=now)) for one in ended]

    def _follow(self) -> None:
        while not self.stopping:
            with self._lock:
                self._note(self._processes.ended(0.01))
            self._seal()
            time.sleep(0.2)

    def _note(self, ended: list[Ended]) -> None:
        self._over |= {one.run: one for one in ended}
        self._changed.notify_all()

    def stop(self) -> None:
        """Finish and store what is in flight."""
        with self._lock:
            self.stopping = True
            self._note(self._processes.stop())


_worker: _Worker | None = None
_starting = threading.Lock()


def _this_worker() -> _Worker:
    global _worker
    with _starting:
        if _worker is None:
            _worker = _Worker()
        return _worker


@app.task(name="marsad.crawl")  # type: ignore[untyped-decorator]
def crawl(sources: list[str]) -> None:
    """Read these sources, as far as they are still due."""
    for run in _this_worker().read(sources):
        told_in_one_line(run)


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop(**_: Any) -> None:
    if _worker is not None:
        _worker.stop()


def work(name: str | None) -> None:
    """Obey orders until SIGTERM."""
    need_broker()
    host = ["--hostname", f"{name}@%h"] if name else []
    threads = str((os.cpu_count() or 1) * AT_ONCE // TOGETHER)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--pool", "threads", "--concurrency", threads, "--loglevel", "INFO", *quiet, *host])
