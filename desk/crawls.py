"""Starts crawls as processes of their own and follows them through the store.

`scrapy crawl` exits 0 on most failures, so what counts is the record that the crawl keeps of its run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from config import settings
from config.load import ConfigError, Fault, load_sources
from config.schema import Source
from desk.evidence import archive
from desk.progress import crawl_progress
from pipelines.store import open_store
from pipelines.store.base import Run, Store, StoreError

POLL_SECONDS = 0.25
STOP_SECONDS = 60
AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
"""Crawls wait for their hosts most of the time. Each takes some 300 MB with its readers."""


@dataclass(slots=True)
class Crawl:
    """One crawl process and what is known of its run."""

    source: str
    run: Run
    log: Path
    process: subprocess.Popen[bytes] | None = None


@dataclass(slots=True)
class _Followed:
    """Reads run records as soon as there is a store to read them from."""

    store: Store | None = field(default=None)

    def runs(self, ids: set[str]) -> dict[str, Run]:
        try:
            if self.store is None:
                self.store = open_store(
                    settings.STORE, database=settings.MONGO_DATABASE, timezone=settings.MARSAD_TIMEZONE
                )
            return {run.id: run for run in self.store.runs(limit=4 * len(ids) + 20) if run.id in ids}
        except StoreError:
            return {}


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


def crawl_sources(wanted: Sequence[str], arguments: Sequence[str] = ()) -> tuple[list[Run], list[Fault]]:
    """Crawl sources, AT_ONCE at a time, with progress on stderr.

    `arguments` are added to each `scrapy crawl` command. Raises ConfigError for unknown sources.
    """
    names, faults = chosen_sources(list(dict.fromkeys(wanted)))
    logs = Path(settings.MARSAD_DATA) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    crawls = [
        Crawl(name, Run(id=f"{name}-{now:%Y%m%dT%H%M%S}-{os.getpid()}", source=name, started=now), logs / f"{name}.log")
        for name in names
    ]
    with crawl_progress(names) as show:
        try:
            _follow(crawls, arguments, show)
        except KeyboardInterrupt:
            _stop(crawls)
    try:
        archive().seal(datetime.now(UTC))
    except OSError as error:
        faults.append(Fault(Path(settings.MARSAD_ARCHIVE), "", f"a day that is over could not be sealed: {error}"))
    return [crawl.run for crawl in crawls], faults


def exit_code(runs: Sequence[Run], faults: Sequence[Fault]) -> int:
    """0: all done, 1: all failed, 3: some failed, 2: nothing to crawl (faults in files, or no source is enabled)."""
    if not runs:
        return 2
    states = {run.state for run in runs}
    if states == {"done"} and not faults:
        return 0
    return 1 if states <= {"failed", "running"} else 3


def _follow(crawls: Sequence[Crawl], arguments: Sequence[str], show: Callable[[list[Run]], None]) -> None:
    waiting = list(crawls)
    active: list[Crawl] = []
    followed = _Followed()
    while waiting or active:
        while waiting and len(active) < AT_ONCE:
            crawl = waiting.pop(0)
            _start(crawl, arguments)
            active.append(crawl)
        time.sleep(POLL_SECONDS)
        ended = [crawl for crawl in active if crawl.process is not None and crawl.process.poll() is not None]
        records = followed.runs({crawl.run.id for crawl in active})
        for crawl in active:
            crawl.run = records.get(crawl.run.id, crawl.run)
        for crawl in ended:
            active.remove(crawl)
            _conclude(crawl)
        show([crawl.run for crawl in crawls if crawl.process is not None])


def _start(crawl: Crawl, arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", crawl.source, "-s", f"MARSAD_RUN={crawl.run.id}"]
    with crawl.log.open("wb") as log:
        crawl.process = subprocess.Popen([*command, *arguments], cwd=settings.ROOT, stdout=log, stderr=log)  # noqa: S603 (our own command, no shell)


def _conclude(crawl: Crawl) -> None:
    """A process that ended without finishing its record failed, whatever its exit code says."""
    if crawl.run.state == "running":
        lines = [line for line in crawl.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        errors = [line for line in lines if " ERROR: " in line or " CRITICAL: " in line]
        code = crawl.process.returncode if crawl.process is not None else None
        why = (errors[:1] or lines[-1:] or ["it printed nothing"])[0]
        crawl.run = replace(
            crawl.run,
            state="failed",
            finished=datetime.now(UTC),
            reason=f"exit code {code}",
            errors=max(1, crawl.run.errors),
            detail=f"{why} (all of it: {crawl.log})",
        )


def _stop(crawls: Sequence[Crawl]) -> None:
    """Ask once, so that what is in flight is finished and stored; then insist."""
    running = [crawl for crawl in crawls if crawl.process is not None and crawl.process.poll() is None]
    for crawl in running:
        if crawl.process is not None:
            crawl.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for crawl in running:
        if crawl.process is not None:
            try:
                crawl.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                crawl.process.kill()
                crawl.process.wait()
    records = _Followed().runs({crawl.run.id for crawl in crawls})
    for crawl in crawls:
        crawl.run = records.get(crawl.run.id, crawl.run)
        if crawl.process is not None:
            _conclude(crawl)
        else:
            crawl.run = replace(crawl.run, state="failed", reason="not started: stopped by hand")
