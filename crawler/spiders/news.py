"""The spider of every ordinary source: entrances -> links that are due -> pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from config.schema import Source
from crawler.discovery import Found, Kind, Link, discover
from crawler.guard import ForbiddenAddress
from crawler.parts import MAX_PARTS, next_part
from crawler.politeness import BudgetSpent
from crawler.runs import first_error
from crawler.wire import page_of
from pipelines.address import clean_url
from pipelines.memory import is_due
from pipelines.records import Page, Rejected
from pipelines.stages import ReadStage, StoreStage
from pipelines.store.base import Seen

# Feeds list the newest articles, sitemaps everything: what is news is fetched first.
PRIORITY: dict[Kind, int] = {"feed": 20, "section": 10, "sitemap": 0}
ENTRANCE_PRIORITY = 100
PART_PRIORITY = 50
"""What is begun is finished first."""
MAX_DEPTH = 2
"""Of sitemaps in sitemap indexes in sitemap indexes."""


class NewsSpider(Spider):
    """Reads one source. `crawler.loader` makes a subclass of it for each source file."""

    source: Source

    def __init__(self, *args: Any, home: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if home:
            self.source = _served_at(self.source, home)
        self._asked: set[str] = set()
        self._skipped: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for every entrance."""
        for entrance in self.source.entrance:
            yield self._ask_entrance(entrance.url, entrance.kind, depth=0)

    def _ask_entrance(self, url: str, kind: Kind, depth: int) -> Request:
        return Request(
            url,
            callback=self.parse_entrance,
            errback=self.entrance_failed,
            cb_kwargs={"kind": kind, "depth": depth},
            priority=ENTRANCE_PRIORITY,
            dont_filter=True,
        )

    async def parse_entrance(self, response: Response, kind: Kind, depth: int) -> AsyncIterator[Request]:
        """Ask for the articles that it lists and that are due, and for the sitemaps that it names."""
        if response.status >= 400:
            self._entrance_fault(response.url, f"answers {response.status}")
            return
        content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        worker = ReadStage.of(self.crawler).worker
        try:
            found: Found = await worker.run(discover, self.source, kind, response.body, response.url, content_type)
        except (TimeoutError, RuntimeError) as error:
            self._entrance_fault(response.url, f"could not be read: {error or type(error).__name__}")
            return
        if found.fault:
            self._entrance_fault(response.url, found.fault)
        if not found.fault or found.links or found.sitemaps:
            self.crawler.stats.inc_value("marsad/entrance/read")
        if found.foreign:
            self.logger.info(
                "%s lists addresses on hosts that the source file does not name (links_to): %s",
                response.url,
                ", ".join(found.foreign[:10]),
            )
        if depth < MAX_DEPTH:
            for sitemap in found.sitemaps:
                yield self._ask_entrance(sitemap.url, "sitemap", depth + 1)
        for link, seen in await self._due(found.links):
            yield self._ask_article(link, seen, kind)

    async def _due(self, links: tuple[Link, ...]) -> list[tuple[Link, Seen | None]]:
        cleaned = {clean_url(link.url): link for link in reversed(links)}
        seen = await StoreStage.of(self.crawler).seen(list(cleaned))
        now = datetime.now(UTC)
        # An address that is not due here may be so by another entrance, which knows when it was last changed.
        due = [
            (link, seen.get(url))
            for url, link in reversed(cleaned.items())
            if url not in self._asked and is_due(seen.get(url), link.modified, now)
        ]
        self._asked.update(clean_url(link.url) for link, _ in due)
        self._skipped = (self._skipped | set(cleaned)) - self._asked
        self.crawler.stats.inc_value("marsad/due", len(due))
        self.crawler.stats.set_value("marsad/skipped", len(self._skipped))
        return due

    def _ask_article(self, link: Link, seen: Seen | None, kind: Kind) -> Request:
        headers = {}
        if seen is not None and seen.article is not None:
            if seen.etag:
                headers["If-None-Match"] = seen.etag
            if seen.modified:
                headers["If-Modified-Since"] = seen.modified
        return Request(
            link.url,
            callback=self.parse_article,
            errback=self.article_failed,
            headers=headers,
            cb_kwargs={"seen": seen},
            priority=PRIORITY[kind],
            # `_asked` sees to it that no link is asked for twice. Scrapy's filter would also drop, without a word, a
            # redirect to an article that another link led to, and its first address would never count as seen.
            dont_filter=True,
        )

    def parse_article(self, response: Response, seen: Seen | None) -> Iterator[Page | Seen | Request]:
        """Hand the page over, or ask for its next part; a page that has not changed is noted as checked."""
        if response.status == 304 and seen is not None:
            yield Seen(
                url=seen.url,
                outcome=seen.outcome,
                article=seen.article,
                etag=seen.etag,
                modified=seen.modified,
                checked=datetime.now(UTC),
                next_check=None,
            )
        else:
            yield self._whole_or_next(page_of(response, self.source), response)

    def parse_part(self, response: Response, page: Page) -> Iterator[Page | Request]:
        """One more page of the same article; one that cannot be had ends it."""
        if response.status != 200:
            yield page
        else:
            yield self._whole_or_next(replace(page, parts=(*page.parts, response.body)), response)

    def _whole_or_next(self, page: Page, response: Response) -> Page | Request:
        address = next_part(response.body, response.url, len(page.parts) + 1) if response.status == 200 else None
        if address is None or len(page.parts) >= MAX_PARTS - 1:
            return page

        def without(failure: Any) -> Page:
            self.logger.info("The next part %s of %s cannot be had: %s", address, page.url, failure.value)
            return page

        return Request(
            address,
            self.parse_part,
            errback=without,
            cb_kwargs={"page": page},
            priority=PART_PRIORITY,
            dont_filter=True,
        )

    def article_failed(self, failure: Any) -> Iterator[Rejected]:
        """An article that nothing came of: remembered, so that it is not asked for on every crawl."""
        error = failure.value
        if isinstance(error, BudgetSpent):
            return
        request = failure.request
        reason = "unreachable"
        if isinstance(error, DownloadCancelledError) or "exceeded DOWNLOAD_MAXSIZE" in str(error):
            reason = "too_large"
        elif isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            reason = "robots"
        else:
            first_error(self.crawler.stats, f"{request.url}: {error}")
        asked = tuple(dict.fromkeys([request.url, *request.meta.get("redirect_urls", [])]))
        yield Rejected(self.source.id, request.url, asked, reason, datetime.now(UTC), detail=str(error))

    def entrance_failed(self, failure: Any) -> None:
        """An entrance that gave no answer."""
        error = failure.value
        if not isinstance(error, BudgetSpent):
            hint = "" if isinstance(error, ForbiddenAddress) else f" ({type(error).__name__})"
            self._entrance_fault(failure.request.url, f"{error}{hint}")

    def _entrance_fault(self, url: str, why: str) -> None:
        self.crawler.stats.inc_value("marsad/entrance/failed")
        first_error(self.crawler.stats, f"{url}: {why}")
        self.logger.error("Entrance %s of %s: %s", url, self.source.id, why)


def _served_at(source: Source, home: str) -> Source:
    """The source with its own addresses moved to another scheme, host and port, for a newspaper on a free port."""
    there = urlsplit(home)

    def moved(url: str) -> str:
        parts = urlsplit(url)
        return parts._replace(scheme=there.scheme, netloc=there.netloc).geturl()

    entrances = [
        {"kind": entrance.kind, "url": moved(entrance.url) if _host(entrance.url) in source.own_hosts else entrance.url}
        for entrance in source.entrance
    ]
    return Source.model_validate(source.model_dump() | {"home": moved(source.home), "entrance": entrances})


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
