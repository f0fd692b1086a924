"""How far long work is: bars on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pipelines.store.base import Run

LINE_EVERY_SECONDS = 10.0


def told(run: Run) -> str:
    """What a run has done so far, in a few words."""
    parts = [f"{run.pages} pages" + (f" of {run.due}" if run.due > run.pages else "")]
    parts += [f"{run.new} new", f"{run.revised} changed"]
    rejected = sum(run.rejected.values())
    if rejected:
        parts.append(f"{rejected} rejected")
    if run.errors:
        parts.append(f"{run.errors} errors")
    return ", ".join(parts)


@contextmanager
def crawl_progress(sources: Sequence[str]) -> Iterator[Callable[[list[Run]], None]]:
    """A function to be called with the runs whenever they may have changed."""
    if not sys.stderr.isatty() or not sources:
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[told]}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks = {source: bars.add_task(source, total=None, told="waiting") for source in sources}

        def show(runs: list[Run]) -> None:
            for run in runs:
                ended = run.state != "running"
                total = (max(run.pages, 1) if ended else run.due) or None
                completed = total if ended and total else run.pages
                bars.update(tasks[run.source], total=total, completed=completed, told=told(run))

        yield show


@contextmanager
def count_progress(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A function to be called with (part, done, total) while something is copied."""
    if not sys.stderr.isatty():
        last = [0.0]

        def line(part: str, done: int, total: int) -> None:
            if done == total or time.monotonic() - last[0] > LINE_EVERY_SECONDS:
                last[0] = time.monotonic()
                print(f"{what}: {part}: {done} of {total}", file=sys.stderr, flush=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def bar(part: str, done: int, total: int) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(f"{what}: {part}", total=total)
            bars.update(tasks[part], completed=done, total=total)

        yield bar


def _lines() -> Callable[[list[Run]], None]:
    last: dict[str, tuple[float, str]] = {}

    def show(runs: list[Run]) -> None:
        now = time.monotonic()
        for run in runs:
            when, state = last.setdefault(run.source, (now, "running"))
            if state != run.state or now - when > LINE_EVERY_SECONDS:
                last[run.source] = (now, run.state)
                print(f"{run.source}: {run.state}: {told(run)}", file=sys.stderr, flush=True)

    return show
