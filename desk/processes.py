"""Crawl processes, each of which reads many sources; a source is given to one of them at a time.

`scrapy crawl` and our crawl processes exit with 0 on most failures: what a run came to is in its record in the store.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from config import settings

AT_ONCE = 16
"""Sources that one process reads at a time: most of a crawl is waiting for one outlet's next page."""
SILENT_SECONDS = 120.0
"""A process that has said nothing for so long hangs."""
STOP_SECONDS = 60.0
"""For finishing what is in flight; then a process is killed."""
RETIRE_CRAWLS = 500
RETIRE_SECONDS = 3600.0
"""A process older than this takes no more orders: what libraries keep for ever goes with it, and a changed watchlist is
read anew."""
MAX_LOG = 20_000_000
"""Bytes of a process's log after which the next process begins a new one; the one before is kept."""


def answer_of(module: str, *arguments: str, otherwise: str) -> bytes:
    """What a command of ours prints. Raises ValueError with its last complaint, or `otherwise`, where it fails."""
    command = [sys.executable, "-m", module, *arguments]
    answer = subprocess.run(command, cwd=settings.ROOT, capture_output=True, check=False)  # noqa: S603 (our own command, no shell)
    if answer.returncode != 0:
        complaint = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ValueError(complaint[-1] if complaint else otherwise)
    return answer.stdout


@dataclass(slots=True)
class Ended:
    """A run that is over, as far as its process is concerned."""

    run: str
    source: str
    why: str = ""
    """Empty where the process said that it ended; else what became of the process."""


@dataclass(slots=True)
class _Process:
    popen: subprocess.Popen[bytes]
    log: Path
    log_from: int
    """Byte at which its own lines begin."""
    born: float
    heard: float
    crawls: int = 0
    active: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Run to source, and when it was ordered (monotonic)."""
    retired: bool = False
    killed: str = ""


class Processes:
    """As many crawl processes as wanted, started when there is work for them."""

    def __init__(self, count: int, *, overtime: float, at_once: int = AT_ONCE) -> None:
        self._count = count
        self._at_once = at_once
        self.overtime = overtime
        """Seconds after which a run hangs: its process is stopped and, if need be, killed."""
        self._processes: list[_Process] = []
        self._said: queue.Queue[tuple[_Process, dict[str, Any] | None]] = queue.Queue()
        self._started = 0

    # ------------------------------------------------------------------ orders
    @property
    def active(self) -> dict[str, str]:
        """Run by source, of everything that is being read."""
        return {source: run for process in self._processes for run, (source, _) in process.active.items()}

    @property
    def pids(self) -> list[int]:
        """Of the processes that live."""
        return [process.popen.pid for process in self._processes]

    def room(self) -> int:
        """How many more sources can be taken now."""
        taking = [process for process in self._processes if not process.retired]
        return sum(self._at_once - len(p.active) for p in taking) + self._at_once * (self._count - len(taking))

    def give(self, source: str, now: datetime, arguments: Mapping[str, str] | None = None) -> str:
        """Have a source read and return the id of the run. Raises RuntimeError where it is being read already."""
        if source in self.active:
            raise RuntimeError(f"{source} is being read already")
        process = self._least_busy()
        run = f"{source}-{now:%Y%m%dT%H%M%S}-{os.getpid()}-{process.popen.pid}"
        order = {"source": source, "run": run, "arguments": dict(arguments or {})}
        process.active[run] = (source, time.monotonic())
        process.crawls += 1
        assert process.popen.stdin is not None
        with suppress(BrokenPipeError):  # it just died; `ended` will tell
            process.popen.stdin.write(json.dumps(order).encode() + b"\n")
            process.popen.stdin.flush()
        return run

    def _least_busy(self) -> _Process:
        taking = [process for process in self._processes if not process.retired]
        idle = [process for process in taking if not process.active]
        if not idle and len(taking) < self._count:
            return self._start()
        return min(taking, key=lambda process: len(process.active))

    def _start(self) -> _Process:
        logs = Path(settings.MARSAD_DATA) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._started += 1
        log = logs / f"crawl-{os.getpid()}-{self._started % max(2, self._count)}.log"
        if log.exists() and log.stat().st_size > MAX_LOG:
            log.replace(log.with_suffix(".old.log"))
        log_from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", "crawler.many"],
                cwd=settings.ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
            )
        now = time.monotonic()
        process = _Process(popen, log, log_from, now, now)
        self._processes.append(process)
        assert popen.stdout is not None
        threading.Thread(target=self._listen, args=(process, popen.stdout), daemon=True).start()
        return process

    def _listen(self, process: _Process, answers: IO[bytes]) -> None:
        with answers:
            for line in answers:
                self._said.put((process, json.loads(line)))
        process.popen.wait()
        self._said.put((process, None))

    # ------------------------------------------------------------------ answers
    def ended(self, wait: float) -> list[Ended]:
        """The runs that ended since the last call; waits at most so many seconds for one."""
        found: list[Ended] = []
        deadline = time.monotonic() + wait
        while True:
            try:
                process, answer = self._said.get(timeout=0 if found else max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                break
            process.heard = time.monotonic()
            if answer is None:
                found += self._died(process)
            elif "ended" in answer and answer["ended"] in process.active:
                source, _ = process.active.pop(answer["ended"])
                found.append(Ended(answer["ended"], source, answer.get("failed", "")))
        self._watch()
        return found

    def _died(self, process: _Process) -> list[Ended]:
        self._processes.remove(process)
        if process.popen.stdin is not None:
            with suppress(BrokenPipeError):
                process.popen.stdin.close()
        code = process.popen.returncode
        why = process.killed or f"{_last_words(process)} (its process ended with code {code}; all of it: {process.log})"
        return [Ended(run, source, why) for run, (source, _) in process.active.items()]

    def _watch(self) -> None:
        """End what hangs; send into retirement what is old."""
        now = time.monotonic()
        for process in self._processes:
            late = [source for source, since in process.active.values() if now - since > self.overtime]
            if process.killed:
                continue
            if now - process.heard > SILENT_SECONDS:
                process.killed = f"its process hung: it said nothing for {SILENT_SECONDS:g} s"
                process.popen.kill()
            elif late:
                process.killed = f"{', '.join(late)} hung: read for more than {self.overtime:g} s"
                process.retired = True
                process.popen.terminate()
                threading.Thread(target=_insist, args=(process.popen,), daemon=True).start()
            elif not process.retired and (process.crawls >= RETIRE_CRAWLS or now - process.born > RETIRE_SECONDS):
                process.retired = True
            if process.retired and process.popen.stdin is not None and not process.popen.stdin.closed:
                process.popen.stdin.close()  # the end of its orders

    # ------------------------------------------------------------------ the end
    def stop(self) -> list[Ended]:
        """Have everything in flight finished and stored; kill what takes too long. Returns what ended."""
        for process in self._processes:
            process.popen.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        found: list[Ended] = []
        while self._processes and time.monotonic() < deadline:
            found += self.ended(0.2)
        for process in self._processes:
            process.killed = f"killed: it did not stop within {STOP_SECONDS:g} s"
            process.popen.kill()
        while self._processes:
            found += self.ended(0.2)
        return found


def _last_words(process: _Process) -> str:
    """Its first error, else its last line."""
    with process.log.open("rb") as log:
        log.seek(process.log_from)
        lines = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if " ERROR: " in line or " CRITICAL: " in line]
    return (errors[:1] or lines[-1:] or ["it printed nothing"])[0]


def _insist(popen: subprocess.Popen[bytes]) -> None:
    try:
        popen.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        popen.kill()
