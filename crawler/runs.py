"""One record per crawl in the store, written when it starts and every second while it runs; and brief logs."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.statscollectors import MemoryStatsCollector, StatsCollector

from pipelines.stages import StoreStage
from pipelines.store.base import Run, StoreError

EVERY_SECONDS = 1.0

logger = logging.getLogger(__name__)


def run_from_stats(start: Run, stats: dict[str, Any], now: datetime, reason: str = "") -> Run:
    """The record of a run as its counters stand; `reason` is Scrapy's for having ended, empty while it runs."""
    rejected = _by("marsad/rejected/", stats)
    counted = {
        name: stats.get(f"marsad/{name}", 0)
        for name in (
            *("due", "again", "new", "revised", "unchanged", "refused", "skipped", "gone", "moved", "archived"),
        )
    }
    surprises = stats.get("spider_exceptions/count", 0) + stats.get("marsad/item_errors", 0)
    failed_entrances = stats.get("marsad/entrance/failed", 0)
    errors = (
        failed_entrances
        + surprises
        + counted["refused"]
        + stats.get("marsad/archive_failed", 0)
        + sum(rejected.get(kind, 0) for kind in ("broken", "unreachable"))
    )
    run = replace(
        start,
        requests=stats.get("downloader/request_count", 0),
        not_modified=stats.get("downloader/response_status_count/304", 0),
        bytes=stats.get("downloader/response_bytes", 0),
        links=_by("marsad/links/", stats),
        quality=_by("marsad/quality/", stats),
        entrances=_by("marsad/entrances/", stats),
        pages=sum(rejected.values()) + sum(counted[name] for name in ("new", "revised", "unchanged", "refused")),
        rejected=rejected,
        errors=errors,
        detail=stats.get("marsad/first_error", ""),
        **counted,
    )
    if not reason:
        return run
    state: Literal["done", "partly", "failed"] = "done"
    budget_spent = bool(stats.get("marsad/budget_spent"))
    nothing_read = not stats.get("marsad/entrance/read", 0) and not budget_spent
    if reason not in ("finished", "closespider_timeout", "shutdown") or nothing_read:
        state = "failed"
    elif errors or budget_spent or reason != "finished":
        state = "partly"
    detail = run.detail
    if not detail and budget_spent:
        detail = "its budget of requests for today is spent"
    return replace(run, state=state, reason=reason, finished=now, detail=detail)


def _by(prefix: str, stats: dict[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)}


def first_error(stats: StatsCollector, what: str) -> None:
    """Keep the first error of a run in one line for its record."""
    if not stats.get_value("marsad/first_error"):
        stats.set_value("marsad/first_error", " ".join(what.split())[:300])


class RunRecord:
    """Extension: keeps the record of the run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._start: Run | None = None
        self._loop: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunRecord:
        """As Scrapy makes it."""
        extension = cls(crawler)
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.item_error, signal=signals.item_error)
        crawler.signals.connect(extension.spider_error, signal=signals.spider_error)
        return extension

    async def opened(self, spider: Spider) -> None:
        """Write the first record, unless the source is being read elsewhere: then this is no run."""
        if self._stage is not None and self._stage.lease is None:
            return
        now = datetime.now(UTC)
        name = self._crawler.settings.get("MARSAD_RUN") or f"{spider.name}-{now:%Y%m%dT%H%M%S}-{os.getpid()}"
        self._start = Run(id=name, source=spider.name, started=now)
        if self._stage is not None:
            await self._write(self._start)
            self._loop = asyncio.get_running_loop().create_task(self._keep(self._start))

    async def closed(self, spider: Spider, reason: str) -> None:
        """Write the last record and say in one line how it went."""
        if self._loop is not None:
            self._loop.cancel()
        if self._start is None:
            return  # it never opened; the stage that could not has said why
        run = run_from_stats(self._start, self._crawler.stats.get_stats(), datetime.now(UTC), reason)
        if self._stage is not None:
            await self._write(run)
        logger.info(
            "%s: %s (%s): %d new, %d changed, %d unchanged, %d refused, %d seen before, %d rejected %s, %d errors %s",
            *(spider.name, run.state, run.reason, run.new, run.revised, run.unchanged, run.refused, run.skipped),
            *(sum(run.rejected.values()), run.rejected or "", run.errors, run.detail),
        )

    def item_error(self, failure: Any) -> None:
        """An exception in a pipeline stage."""
        self._crawler.stats.inc_value("marsad/item_errors")
        first_error(self._crawler.stats, failure.getErrorMessage())

    def spider_error(self, failure: Any) -> None:
        """An exception in the spider."""
        first_error(self._crawler.stats, f"{failure.type.__name__}: {failure.getErrorMessage()}")

    @property
    def _stage(self) -> StoreStage | None:
        return self._crawler.get_item_pipeline(StoreStage)

    async def _keep(self, start: Run) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self._write(run_from_stats(start, self._crawler.stats.get_stats(), datetime.now(UTC)))

    async def _write(self, run: Run) -> None:
        stage = self._stage
        if stage is None:
            return
        try:
            await stage.call(stage.store.run, run)
        except StoreError as error:
            logger.error("The record of this run could not be written: %s", error)


class Counters(MemoryStatsCollector):
    """Scrapy's, without its look at each call, some thirty a page, for an argument of old that nobody here gives."""

    __getattribute__ = object.__getattribute__


class BriefLog(LogFormatter):
    """Scrapy's messages without the items: a page in a log helps nobody. What nobody would see is not put together:
    Scrapy lets its handlers, not its loggers, leave out what is below LOG_LEVEL.

    Scrapy takes None for no message; that its types do not say so is what the two ignores are for.
    """

    def __init__(self, *, debugging: bool) -> None:
        self._debugging = debugging

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BriefLog:
        """As Scrapy makes it."""
        return cls(debugging=crawler.settings["LOG_LEVEL"] in ("DEBUG", logging.DEBUG, str(logging.DEBUG)))

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """Which address was answered how."""
        return super().crawled(request, response, spider) if self._debugging else None

    def dropped(self, item: Any, exception: BaseException, response: Any, spider: Spider) -> LogFormatterResult:
        """What was dropped and why, in one line."""
        answer = super().dropped(None, exception, response, spider)
        return {"level": answer["level"], "msg": "Dropped: %(exception)s", "args": {"exception": exception}}

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Spider) -> LogFormatterResult:
        """Which page a stage failed on."""
        return {
            "level": logging.ERROR,
            "msg": "Error processing %(url)s: %(exception)s",
            "args": {"url": getattr(item, "url", "?"), "exception": exception},
        }

    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult | None:  # type: ignore[override]
        """Which article was stored."""
        if not self._debugging:
            return None
        return {"level": logging.DEBUG, "msg": "Stored %(url)s", "args": {"url": getattr(item, "url", "?")}}
