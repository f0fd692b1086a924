"""A crawl of 60 outlets with 200 pages each, as slowly as outlets are read: it stays flat in memory and polite to each
(`make load`, a quarter of an hour; `python -m benchmarks.load [--delay 1] [--record]`).

Each outlet has an address of its own and takes a moment for every answer, so that two requests at once would be seen.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.crawling import EACH, OUTLETS, articles_in, megabytes
from benchmarks.history import record
from benchmarks.outlets import ROOT, articles_among, asked, environment, served, visits, write_sources

ANSWER_SECONDS = 0.05
WINDOW = 10
"""Requests in a row whose mean distance is looked at: a busy machine takes up one late and the next at once."""
GROWTH = 1.1
"""Times the memory of the second quarter of the pages that the last may take."""


def load(outlets: int, pages: int, delay: float, *, keep: bool) -> int:
    """One `marsad crawl` of all; 1 where a promise was broken."""
    total = outlets * pages
    used: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as name, served(outlets, pages, seconds=ANSWER_SECONDS) as homes:
        folder = Path(name)
        write_sources(folder, homes, 1, delay)
        command = [str(Path(sys.executable).parent / "marsad"), "crawl", *(f"outlet{n}" for n in range(outlets))]
        begun = time.monotonic()
        no = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=ROOT, env=environment(folder), stdout=no, stderr=no) as crawl:
            while crawl.poll() is None:
                used.append((asked(homes[0])[1], megabytes(crawl.pid)))
                time.sleep(1)
        seconds = time.monotonic() - begun
        stored = articles_in(folder)
        came = [visits(home) for home in homes]
    quarters = [
        max((size for count, size in used if quarter * total <= 4 * count < (quarter + 1) * total), default=0)
        for quarter in range(4)
    ]
    growth = quarters[3] / quarters[1]
    at_once = max(most for _, most in came)
    pace = min(
        (later - earlier) / WINDOW
        for times, _ in came
        # The first is for robots.txt, before anything is known of the host.
        for earlier, later in zip(times[1:], times[1 + WINDOW :], strict=False)
    )
    wanted = outlets * articles_among(pages)
    print(
        f"{outlets} outlets with {pages} pages each: exit code {crawl.returncode}, {stored} of {wanted} articles, "
        f"{sum(len(times) for times, _ in came)} requests in {seconds:.0f} s\n"
        f"memory of all processes, most of each quarter of the pages: {quarters} MB; last to second {growth:.2f} times "
        f"(at most {GROWTH})\n"
        f"at most {at_once} request at a time to an outlet (at most 1), {WINDOW} in a row at least {pace:.2f} s apart "
        f"(delay {delay:g} s)"
    )
    if keep:
        figures = {
            "articles missing": wanted - stored,
            "seconds": round(seconds),
            "megabytes, most": max(quarters),
            "memory, last quarter to second": round(growth, 3),
            "requests at once to an outlet": at_once,
            "delay": delay,
            f"seconds between {WINDOW} requests in a row, least": round(pace, 3),
        }
        record({f"load, {outlets} outlets of {pages} pages: {what}": figure for what, figure in figures.items()})
    polite = at_once == 1 and pace >= 0.9 * delay
    return int(crawl.returncode != 0 or stored != wanted or growth > GROWTH or not polite)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlets", type=int, default=OUTLETS)
    parser.add_argument("--pages", type=int, default=EACH)
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    return load(options.outlets, options.pages, options.delay, keep=options.record)


if __name__ == "__main__":
    sys.exit(main())
