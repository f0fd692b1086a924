"""`make crawling`: pages per second from fetch to store beside a plain Scrapy spider; what a second process costs."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.history import record
from benchmarks.outlets import ROOT, asked, environment, served, write_sources
from pipelines.store import open_store
from pipelines.store.query import EVERYTHING

PAGES = 1_500
CONCURRENCY = 16
OUTLETS, EACH = 60, 200


def ours() -> float:
    """Pages per second of `scrapy crawl`, fetched to stored, without the start of the process."""
    with tempfile.TemporaryDirectory() as folder, served(1, PAGES) as homes:
        write_sources(Path(folder), homes, CONCURRENCY)
        command = [sys.executable, "-m", "scrapy", "crawl", "outlet0", "-s", "LOG_LEVEL=ERROR"]
        subprocess.run(command, cwd=ROOT, env=environment(Path(folder)), check=True)
        ended = time.time()
        first, count = asked(homes[0])
        stored = articles_in(Path(folder))
        print(f"    ours: {count} asked for, {stored} stored", file=sys.stderr)
        return stored / (ended - first)


def plain() -> float:
    """The same of the plain spider."""
    with tempfile.TemporaryDirectory() as folder, served(1, PAGES) as homes:
        database = Path(folder) / "plain.sqlite"
        command = [sys.executable, "-m", "benchmarks.plain", homes[0], str(database)]
        subprocess.run([*command, str(CONCURRENCY)], cwd=ROOT, check=True)
        ended = time.time()
        first, count = asked(homes[0])
        with sqlite3.connect(database) as connection:
            stored = int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
        connection.close()
        print(f"    plain: {count} asked for, {stored} stored", file=sys.stderr)
        return stored / (ended - first)


def articles_in(folder: Path) -> int:
    store = open_store(str(folder / "data" / "marsad.sqlite"))
    try:
        return store.count(EVERYTHING)
    finally:
        store.close()


def seconds_per_page(processes: int) -> float:
    """CPU-seconds a page of crawl processes and their readers, for OUTLETS newspapers read at once."""
    with tempfile.TemporaryDirectory() as folder, served(OUTLETS, EACH) as homes:
        write_sources(Path(folder), homes, concurrency=1)
        script = (
            "from datetime import UTC, datetime; from desk.processes import Processes\n"
            f"p = Processes({processes}, overtime=3600, at_once={OUTLETS // processes})\n"
            f"for n in range({OUTLETS}): p.give(f'outlet{{n}}', datetime.now(UTC))\n"
            "while p.active: p.ended(1)\n"
            "p.stop()\n"
        )
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        # The page server is not waited for before `after`, so its time does not count.
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment(Path(folder)), check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        stored = articles_in(Path(folder))
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"    {processes} processes: {stored} stored, {spent:.0f} s of processor time", file=sys.stderr)
        return spent / stored


def memory_growth(pages: int) -> float:
    """How many times more memory a crawl and its readers take in its last quarter than in its second."""
    used: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as folder, served(1, pages) as homes:
        write_sources(Path(folder), homes, CONCURRENCY)
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
    rival, mine = plain(), ours()
    ratio = mine / rival
    print(f"pages from fetch to store: {mine:.1f} per second, plain spider {rival:.1f}: {ratio:.2f} times (at least 5)")
    one, two = seconds_per_page(1), seconds_per_page(2)
    growth = two / one
    print(f"processor time a page: {one * 1000:.1f} ms in one process, {two * 1000:.1f} ms in two", end="")
    print(f": {growth:.2f} times (at most 1.15)")
    if "--record" in sys.argv:
        figures = {"crawl pages per second": mine, "plain spider": rival, "times the plain spider": ratio}
        more = {"ms a page, 1 process": one * 1000, "ms a page, 2 processes": two * 1000, "growth 1 to 2": growth}
        record({name: round(figure, 3) for name, figure in (figures | more).items()})
    return int(ratio < 5 or growth > 1.15)


if __name__ == "__main__":
    sys.exit(main())
