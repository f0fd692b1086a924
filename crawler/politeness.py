"""How gently a source is read: delay, connections, Crawl-delay of its robots.txt, and a budget of requests a day."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import RobotParser

from config.schema import Source, is_loopback
from crawler.guard import crawled_source
from pipelines.schedule import midnight
from pipelines.stages import StoreStage

MIN_DELAY = 1.0
"""Seconds between requests to a host that is not this machine, whatever a source file says."""
LEAST_DELAY = 0.001
"""Seconds between requests to this machine. Without any, Scrapy 2.19 starts all that wait before it counts the first
one as under way, so that a source's concurrency is not kept."""
MAX_CRAWL_DELAY = 60.0
"""Seconds. A longer Crawl-delay would keep a crawl from ever coming to its end."""

logger = logging.getLogger(__name__)


def settings_of(source: Source) -> dict[str, Any]:
    """Scrapy settings that a source's file decides."""
    hosts = source.linked_hosts
    local = {host for host in hosts if is_loopback(host)}
    return {
        "DOWNLOAD_DELAY": max(MIN_DELAY, source.delay),
        # What Scrapy's downloader holds is asked for even when the crawl is to end: hardly more than is in flight.
        "CONCURRENT_REQUESTS": source.concurrency + len(hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency if local == hosts else 1,
        "DOWNLOAD_SLOTS": {
            host: {"delay": max(LEAST_DELAY, source.delay), "concurrency": source.concurrency, "jitter": 0}
            for host in local
        },
        "AUTOTHROTTLE_ENABLED": local != hosts,
        "DOWNLOAD_VERIFY_CERTIFICATES": source.verify_certificates,
    }


class CrawlDelay:
    """Extension: a host whose robots.txt asks for a longer delay gets it, also after AutoThrottle."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._floors: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlDelay:
        """As Scrapy makes it."""
        extension = cls(crawler)
        crawler.signals.connect(extension.robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(extension.response_downloaded, signal=signals.response_downloaded)
        return extension

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Note what the host asks for."""
        asked = robotparser.crawl_delay(self._crawler.settings["USER_AGENT"])
        if asked:
            host = urlsplit(request.url).hostname or ""
            self._floors[host] = min(float(asked), MAX_CRAWL_DELAY)
            logger.info("%s asks for %s s between requests", host, asked)
            self._raise(host)

    def response_downloaded(self, request: Request) -> None:
        """After AutoThrottle has had its say."""
        self._raise(request.meta.get("download_slot", ""))

    def _raise(self, key: str) -> None:
        slot = self._crawler.engine.downloader.slots.get(key)
        if slot is not None and key in self._floors:
            slot.delay = max(slot.delay, self._floors[key])


class BudgetSpent(IgnoreRequest):
    """The source has had its requests for today."""


class DailyBudget:
    """Downloader middleware: counts requests of all crawls of a source since midnight UTC and stops at its budget."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._left: int | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DailyBudget:
        """As Scrapy makes it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let it pass, or raise BudgetSpent and end the crawl."""
        source = crawled_source(self._crawler)
        if self._left is None:
            spent = await self._spent_today(source)
            # Others may have asked while this one waited for the store.
            self._left = source.daily_requests - spent if self._left is None else self._left
        if self._left <= 0:
            self._crawler.stats.set_value("marsad/budget_spent", True)
            raise BudgetSpent(f"{source.id} has had its {source.daily_requests} requests for today")
        self._left -= 1

    async def _spent_today(self, source: Source) -> int:
        stage = self._crawler.get_item_pipeline(StoreStage)
        if stage is None:
            return 0
        since = midnight(datetime.now(UTC))
        runs = await stage.call(stage.store.runs, source=source.id, since=since, limit=None)
        return sum(run.requests for run in runs)
