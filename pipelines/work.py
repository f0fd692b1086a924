"""Extract, language and tag as one picklable function, run in a worker process that can be stopped.

A hostile page can hold an extractor for minutes and gigabytes, and a thread cannot be stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from config.entities import Watchlist
from config.schema import Source
from pipelines import language
from pipelines.dedupe import marks
from pipelines.extract import extract
from pipelines.records import Article, LiveBlog, Page, Rejected
from pipelines.report import Reporter
from pipelines.tag import Tagger

SECONDS = 10.0
MEMORY_MB = 1_500
"""Address space of a worker beyond what it has after its start; 14 MB of <p> took 1.7 GB."""
RECYCLE = 2_000
"""Pages after which a worker is replaced: what libraries keep for ever goes with it."""

P = ParamSpec("P")
R = TypeVar("R")

_tagger: Tagger | None = None
_reporter: Reporter | None = None


def prepare(watchlist: Watchlist) -> None:
    """Compile the watchlist and load the language profiles, once per process and before `read_page`."""
    global _tagger, _reporter
    _tagger, _reporter = Tagger(watchlist), Reporter(watchlist)
    language.warm_up()


def read_page(page: Page) -> Article | LiveBlog | Rejected:
    """What the pipeline makes of a page. Never raises but MemoryError: a surprise is Rejected("broken").

    Raises RuntimeError where `prepare` was not called.
    """
    if _tagger is None or _reporter is None:
        raise RuntimeError("call prepare() first")
    try:
        found = extract(page)
        if isinstance(found, Rejected):
            if found.text and not (verdict := language.judge("", found.text)).arabic:
                # A page of links in another language is turned away for good, not for a week.
                found = replace(found, reason="not_arabic", detail=f"{verdict.language}: {verdict.reason}")
            return replace(found, text="")
        if isinstance(found, Article):
            return read_text(found, page.source.timezone)
        # One language for all entries: one may be three words.
        verdict = language.judge("", "\n".join(f"{entry.title}\n{entry.body}" for entry in found.articles))
        if not verdict.arabic:
            return _not_arabic(found, verdict)
        entries = (_finished(entry, verdict.language, page.source.timezone) for entry in found.articles)
        return replace(found, articles=tuple(entries))
    except MemoryError:
        raise
    except Exception as error:
        broken = _rejected(page, "broken", f"{type(error).__name__}: {error}")
        return replace(broken, traceback=traceback.format_exc())


def read_text(article: Article, timezone: str) -> Article | Rejected:
    """What the pipeline makes of a title and a text, however they came. `timezone` (IANA) is the source's.

    Raises RuntimeError without `prepare`.
    """
    verdict = language.judge(article.title, article.body)
    return _finished(article, verdict.language, timezone) if verdict.arabic else _not_arabic(article, verdict)


def _not_arabic(found: Article | LiveBlog, verdict: language.Verdict) -> Rejected:
    return Rejected(
        source=found.source,
        url=found.urls[-1],
        urls=found.urls,
        reason="not_arabic",
        fetched=found.fetched,
        detail=f"{verdict.language}: {verdict.reason}",
        etag=found.etag,
        last_modified=found.last_modified,
    )


def _finished(article: Article, spoken: str, timezone: str) -> Article:
    """With its language, tags, report and what it is recognised by. `timezone` (IANA) is the source's."""
    if _tagger is None or _reporter is None:
        raise RuntimeError("call prepare() first")
    read = _reporter.report(_tagger.tag(article), timezone)
    provenance = replace(read.provenance, language=language.LANGUAGE)
    return replace(read, language=spoken, provenance=provenance, **marks(read.title, read.words)._asdict())


def page_from_file(body: bytes, url: str, source: Source) -> Page:
    """A saved page as if it had just been fetched from `url` with status 200 and no headers."""
    return Page(
        source=source,
        url=url,
        requested=url,
        redirects=(),
        status=200,
        fetched=datetime.now(UTC),
        request_headers=(),
        response_headers=(),
        wire=body,
        body=body,
        encoding=None,
    )


def _rejected(page: Page, reason: str, detail: str) -> Rejected:
    return Rejected(page.source.id, page.url, page.addresses, reason, page.fetched, detail)


class Worker:
    """Worker processes with limits on time and memory. `close` it; it also ends with its parent."""

    def __init__(self, watchlist: Watchlist, *, readers: int = 1, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        # Started clean: a fork of a crawl process would take its reactor, its threads and its memory along.
        self._pool = ProcessPool(
            max_workers=readers,
            max_tasks=RECYCLE,
            initializer=_start,
            initargs=(watchlist, os.getpid()),
            context=multiprocessing.get_context("spawn"),
        )

    async def read(self, page: Page) -> Article | LiveBlog | Rejected:
        """Read one page; Rejected("too_expensive") where it took too long, too much memory, or killed the worker."""
        try:
            return await self.run(read_page, page)
        except TimeoutError:
            return _rejected(page, "too_expensive", f"took longer than {self._seconds:g} s")
        except MemoryError:
            return _rejected(page, "too_expensive", "took too much memory")
        except ProcessExpired as death:
            return _rejected(page, "too_expensive", f"ended its worker process ({death})")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a picklable function under the same limits.

        Raises TimeoutError, MemoryError, RuntimeError where the process ended, and what the function raises.
        """
        future = self._pool.submit(function, self._seconds, *args, **kwargs)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Stop the processes, also in the middle of a page."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _start(watchlist: Watchlist, parent: int) -> None:
    # Ctrl-C goes to the whole group; the parent decides when its workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    prepare(watchlist)
    _limit_memory()


def _end_with(parent: int) -> None:
    """A parent that was killed cannot stop its workers."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 (no path of ours)
            now = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_MB * 1024**2,) * 2)
