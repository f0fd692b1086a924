"""`make crawling`: pages per second from fetch to store beside a plain Scrapy spider, with trafilatura and with
news-please; the same into the tests' MongoDB server; what a second process costs."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.extraction import PAGES as SAVED
from benchmarks.extraction import PEERS_PYTHON
from benchmarks.history import record
from benchmarks.outlets import ROOT, articles_among, asked, environment, served, write_sources
from pipelines.store import open_store
from pipelines.store.query import EVERYTHING

PAGES = 1_500
REAL = SAVED / "arabic"
CONCURRENCY = 16
OUTLETS, EACH = 60, 200


class Speed(NamedTuple):
    """How fast a crawl of the same pages is."""

    rate: float
    """Pages per second from the first article asked for to the last one stored, by the clock on the wall."""
    spent: float
    """Milliseconds of processor time a page, of all processes of the crawl, their start included."""


def ours(pages: int, saved: Path | None) -> Speed:
    """`scrapy crawl`, fetched to stored."""
    with tempfile.TemporaryDirectory() as folder, served(1, pages, folder=saved) as homes:
        write_sources(Path(folder), homes, CONCURRENCY)
        command = [sys.executable, "-m", "scrapy", "crawl", "outlet0", "-s", "LOG_LEVEL=ERROR"]
        return _speed("ours", command, homes[0], lambda: articles_in(Path(folder)), environment(Path(folder)))


def into_mongo(pages: int, saved: Path | None) -> Speed:
    """The same into the tests' MongoDB server, whose own processor time does not count."""
    sys.path.insert(0, str(ROOT / "tests"))
    from mongo_process import started

    with (
        tempfile.TemporaryDirectory() as folder,
        served(1, pages, folder=saved) as homes,
        started(Path(folder)) as address,
    ):
        write_sources(Path(folder), homes, CONCURRENCY)
        command = [sys.executable, "-m", "scrapy", "crawl", "outlet0", "-s", "LOG_LEVEL=ERROR"]
        around = environment(Path(folder)) | {"MONGO_URI": f"mongodb://{address}/", "MONGO_DATABASE": "bench"}
        store = open_store(around["MONGO_URI"], database=around["MONGO_DATABASE"])
        try:
            return _speed("ours into MongoDB", command, homes[0], lambda: store.count(EVERYTHING), around)
        finally:
            store.close()


def plain(python: str | Path, pages: int, saved: Path | None, *extractor: str) -> Speed:
    """The plain spider."""
    with tempfile.TemporaryDirectory() as folder, served(1, pages, folder=saved) as homes:
        database = Path(folder) / "plain.sqlite"
        command = [str(python), "-m", "benchmarks.plain", homes[0], str(database)]

        def stored() -> int:
            with closing(sqlite3.connect(database)) as connection:
                return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])

        name = " ".join(("plain", *extractor))
        return _speed(name, [*command, str(CONCURRENCY), *extractor], homes[0], stored, None)


def _speed(
    name: str, command: list[str], home: str, stored: Callable[[], int], around: Mapping[str, str] | None
) -> Speed:
    before = _children()
    subprocess.run(command, cwd=ROOT, env=around, check=True)
    ended, spent = time.time(), _children() - before
    first, count = asked(home)
    articles = stored()
    print(f"    {name}: {count} asked for, {articles} stored, {spent:.0f} s of processor time", file=sys.stderr)
    return Speed(count / (ended - first), 1000 * spent / count)


def _children() -> float:
    """Seconds of processor time of all processes started from here that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def articles_in(folder: Path) -> int:
    store = open_store(str(folder / "data" / "marsad.sqlite"))
    try:
        return store.count(EVERYTHING)
    finally:
        store.close()


def seconds_per_page(processes: int) -> float:
    """CPU-seconds a page of crawl processes and their readers, for OUTLETS newspapers read at once. Raises
    RuntimeError where an article is missing afterwards."""
    with tempfile.TemporaryDirectory() as folder, served(OUTLETS, EACH) as homes:
        write_sources(Path(folder), homes, concurrency=1)
        script = (
            "from datetime import UTC, datetime; from desk.processes import Processes\n"
            f"p = Processes({processes}, overtime=3600, at_once={OUTLETS // processes})\n"
            f"for n in range({OUTLETS}): p.give(f'outlet{{n}}', datetime.now(UTC))\n"
            "while p.active: p.ended(1)\n"
            "p.stop()\n"
        )
        before = _children()
        # The page server is not waited for before `after`, so its time does not count.
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment(Path(folder)), check=True)
        spent = _children() - before
        stored = articles_in(Path(folder))
        print(f"    {processes} processes: {stored} stored, {spent:.0f} s of processor time", file=sys.stderr)
        if stored != (wanted := OUTLETS * articles_among(EACH)):
            raise RuntimeError(f"{wanted} articles should have been stored")
        return spent / stored


def memory_growth(pages: int) -> float:
    """How many times more memory a crawl and its readers take in its last quarter than in its second."""
    used: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as folder, served(1, pages) as homes:
        write_sources(Path(folder), homes, CONCURRENCY, pages=pages)
        command = [sys.executable, "-m", "scrapy", "crawl", "outlet0", "-s", "LOG_LEVEL=ERROR"]
        unlimited = ["-s", "CLOSESPIDER_TIMEOUT=0"]
        with subprocess.Popen([*command, *unlimited], cwd=ROOT, env=environment(Path(folder))) as crawl:
            while crawl.poll() is None:
                used.append((asked(homes[0])[1], megabytes(crawl.pid)))
                time.sleep(1)
        print(f"    {articles_in(Path(folder))} of {pages} stored", file=sys.stderr)
    quarters = [
        [megabytes for count, megabytes in used if quarter * pages <= 4 * count < (quarter + 1) * pages]
        for quarter in range(4)
    ]
    print(f"    megabytes, most of each quarter: {[max(quarter) for quarter in quarters]}", file=sys.stderr)
    return max(quarters[3]) / max(quarters[1])


def megabytes(pid: int) -> int:
    """Resident memory of a process and of all that it started."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        # Readers are started by a thread of their pool.
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        children = [child for task in tasks for child in task.read_text("ascii").split()]
    except OSError:
        return 0
    here = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")]
    return sum(here) // 1024 + sum(megabytes(int(child)) for child in children)


def soak(pages: int) -> int:
    """Only the memory, over many pages."""
    growth = memory_growth(pages)
    print(f"memory, last quarter to second, {pages} pages: {growth:.2f} times (at most 1.1)")
    if "--record" in sys.argv:
        record({f"memory growth over {pages} pages": round(growth, 3)})
    return int(growth > 1.1)


def main() -> int:
    """Print the figures with their bars; 1 where one is missed."""
    if "--memory" in sys.argv:
        return soak(int(sys.argv[sys.argv.index("--memory") + 1]))
    figures: dict[str, float] = {}
    missed = 0
    kinds: list[tuple[str, Path | None]] = [("the demo newspaper's pages", None)]
    if REAL.exists():
        kinds.insert(0, ("articles of real outlets", REAL))
    else:
        print(f"Articles of real outlets left out: there is no {REAL}", file=sys.stderr)
    for kind, saved in kinds:
        mine = ours(PAGES, saved)
        print(
            f"{kind}: {mine.rate:.1f} pages per second from fetch to store, {mine.spent:.1f} ms of processor time each"
        )
        figures |= {f"pages per second, {kind}": mine.rate, f"ms a page, {kind}": mine.spent}
        server, there = f"SecantusDB {version('secantusdb')}", into_mongo(PAGES, saved)
        print(f"    into {server}, no bar: {there.rate:.1f} per second, {there.spent:.1f} ms beside the server's own")
        figures |= {f"pages per second into {server}, {kind}": there.rate, f"ms a page, {server}, {kind}": there.spent}
        rivals = {"plain spider": (plain(sys.executable, PAGES, saved), 5)}
        if PEERS_PYTHON.exists():
            rivals["news-please"] = (plain(PEERS_PYTHON, PAGES // 4, saved, "news-please"), 10)
        else:
            print("news-please left out: call `make peers`", file=sys.stderr)
        for name, (rival, bar) in rivals.items():
            times, cheaper = mine.rate / rival.rate, rival.spent / mine.spent
            missed += times < bar
            print(
                f"    {name}: {rival.rate:.1f} per second, {rival.spent:.1f} ms: {times:.2f} times as fast (at least"
                f" {bar}), {cheaper:.2f} times as cheap"
            )
            figures |= {f"times {name}, {kind}": times, f"times as cheap as {name}, {kind}": cheaper}
    one, two = seconds_per_page(1), seconds_per_page(2)
    growth = two / one
    print(f"processor time a page: {one * 1000:.1f} ms in one process, {two * 1000:.1f} ms in two", end="")
    print(f": {growth:.2f} times (at most 1.15)")
    figures |= {"ms a page, 1 process": one * 1000, "ms a page, 2 processes": two * 1000, "growth 1 to 2": growth}
    if "--record" in sys.argv:
        record({name: round(figure, 3) for name, figure in figures.items()})
    return int(missed > 0 or growth > 1.15)


if __name__ == "__main__":
    sys.exit(main())
