"""The spider of every ordinary source: entrances -> links that are due -> pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from config import settings
from config.schema import Source
from crawler.discovery import MAX_BYTES, Found, Kind, Link, discover
from crawler.guard import ForbiddenAddress
from crawler.hosts import CHALLENGED, HostResting, refusal
from crawler.ledger import Ledger
from crawler.parts import MAX_PARTS, next_part
from crawler.politeness import BudgetSpent
from crawler.runs import first_error
from crawler.wire import BODY, page_of
from pipelines.address import clean_url, is_listing
from pipelines.memory import ENTRANCE, WATCHED, entrance_seen, is_due, is_sitemap_due, unchanged
from pipelines.records import Change, Page, Rejected
from pipelines.stages import ReadStage, StoreStage
from pipelines.store.base import Seen

# Feeds list the newest articles, sitemaps everything: what is news is fetched first.
PRIORITY: dict[Kind, int] = {"feed": 20, "section": 10, "sitemap": 0}
AGAIN_PRIORITY = -10
ENTRANCE_PRIORITY = 100
PART_PRIORITY = 50
"""What is begun is finished first."""
MAX_DEPTH = 3
"""Of sitemaps in sitemap indexes in sitemap indexes."""
MAX_SITEMAPS = 50
"""Sitemaps of one index read in one crawl, newest first; the next crawl goes on with the others."""
MAX_AGAIN = 500
"""Addresses that one crawl looks at again of itself."""
PERMANENT = {301, 308}


class NewsSpider(Spider):
    """Reads one source. `crawler.loader` makes a subclass of it for each source file."""

    source: Source

    def __init__(self, *args: Any, home: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if home:
            self.source = _served_at(self.source, home)
        self._asked: set[str] = set()
        self._unfinished: set[str] = set()
        """Addresses asked for whose outcome is not in the store yet."""
        self._skipped: set[str] = set()
        self._ledger = Ledger(self._entrance_done)
        self._entrances: set[str] = set()
        """Entrances asked for, sitemaps of sitemap indexes among them."""

    # ------------------------------------------------------------------ entrances
    async def start(self) -> AsyncIterator[Request]:
        """Ask for every entrance, and for recent articles that are to be looked at again."""
        if settings.CONTACT_FAULT and not self.source.is_local:
            first_error(self.crawler.stats, settings.CONTACT_FAULT)
            self.logger.error("%s", settings.CONTACT_FAULT)
            return
        self._store.on_written.append(self._written)
        today = datetime.now(ZoneInfo(self.source.timezone)).date()
        entrances = [entrance for entrance in self.source.entrance if entrance.enabled]
        urls = {clean_url(url): (url, entrance.kind) for entrance in entrances for url in entrance.urls(today)}
        known = await self._store.seen(list(urls))
        for cleaned, (url, kind) in urls.items():
            self._entrances.add(cleaned)
            yield self._ask_entrance(url, kind, known.get(cleaned), ())
        for request in await self._again():
            yield request

    def _ask_entrance(self, url: str, kind: Kind, known: Seen | None, above: tuple[str, ...]) -> Request:
        """`above`: the sitemap indexes that led to it."""
        return Request(
            url,
            callback=self.parse_entrance,
            errback=self.entrance_failed,
            headers=_conditions(known) if known is not None and known.outcome == ENTRANCE else {},
            cb_kwargs={"kind": kind, "known": known, "above": (*above, clean_url(url))},
            meta={"download_maxsize": MAX_BYTES[kind]},
            priority=ENTRANCE_PRIORITY,
            dont_filter=True,
        )

    async def parse_entrance(
        self, response: Response, kind: Kind, known: Seen | None, above: tuple[str, ...]
    ) -> AsyncIterator[Request]:
        """Ask for the articles that it lists and that are due, and for the sitemaps that it names."""
        url = above[-1]
        digest = sha256(response.meta.get(BODY, response.body)).hexdigest()
        same = known is not None and known.outcome == ENTRANCE and known.digest == digest
        if known is not None and (response.status == 304 or same):
            self._entrance_state(url, "unchanged")
            validators = (known.etag, known.modified, known.digest)
            self._ledger.opened(entrance_seen(url, self.source.id, _now(), known, validators=validators), ())
            return
        if fault := refusal(response, _request(response)):
            self._entrance_fault(url, fault)
            return
        found = await self._read_entrance(response, kind)
        if found.fault:
            self._entrance_fault(url, found.fault)
        if not found.fault or found.links or found.sitemaps:
            self._entrance_state(url, "read")
        self._count(found)
        sitemaps, waiting = await self._due_sitemaps(found.sitemaps, above)
        self._entrances |= {clean_url(link.url) for link, _ in sitemaps}
        due = await self._due(found.links)
        waiting |= self._unfinished & {clean_url(link.url) for link in found.links}
        # What cannot be read whole, or names sitemaps without saying when they change, is asked for unconditionally.
        whole = not found.fault and all(sitemap.modified for sitemap in found.sitemaps)
        validators = (_header(response, "ETag"), _header(response, "Last-Modified"), digest)
        note = entrance_seen(url, self.source.id, _now(), known, validators=validators if whole else (None,) * 3)
        # Before anything that it listed can be finished.
        self._ledger.opened(note, waiting)
        for link, seen in sitemaps:
            yield self._ask_entrance(link.url, "sitemap", seen, above)
        for link, seen in due:
            yield self._ask_article(link.url, seen, PRIORITY[kind])

    async def _read_entrance(self, response: Response, kind: Kind) -> Found:
        content_type = _header(response, "Content-Type") or ""
        worker = ReadStage.of(self.crawler).worker
        try:
            return await worker.run(discover, self.source, kind, response.body, response.url, content_type)
        except TimeoutError:
            return Found(fault="could not be read: it took too long")
        except (MemoryError, RuntimeError) as error:
            return Found(fault=f"could not be read: {error or type(error).__name__}")

    def _count(self, found: Found) -> None:
        for what, count in found.counts.items():
            self.crawler.stats.inc_value(f"marsad/links/{what}", count)
        if found.foreign:
            self.logger.info(
                "Addresses on hosts that the source file does not name (links_to): %s", ", ".join(found.foreign[:10])
            )

    async def _due_sitemaps(
        self, sitemaps: tuple[Link, ...], above: tuple[str, ...]
    ) -> tuple[list[tuple[Link, Seen | None]], set[str]]:
        """Sitemaps of an index to ask for now, and the addresses of all that are not dealt with."""
        named = {clean_url(link.url): link for link in sitemaps}
        loop = [url for url in named if url in above]
        if loop or (named and len(above) > MAX_DEPTH):
            why = f"names {loop[0]}, which led to it" if loop else f"lies deeper than {MAX_DEPTH} sitemap indexes"
            self._entrance_fault(above[-1], why)
        if len(above) > MAX_DEPTH:
            return [], set()
        known = await self._store.seen(list(named))
        due = [
            (url, link)
            for url, link in named.items()
            if url not in self._entrances
            and not self._too_old(link)
            and is_sitemap_due(known.get(url), link.modified, _now())
        ]
        return [(link, known.get(url)) for url, link in due[:MAX_SITEMAPS]], {url for url, _ in due}

    async def _due(self, links: tuple[Link, ...]) -> list[tuple[Link, Seen | None]]:
        cleaned = {clean_url(link.url): link for link in reversed(links)}
        seen = await self._store.seen(list(cleaned))
        now = _now()
        # An address that is not due here may be so by another entrance, which knows when it was last changed.
        due = [
            (link, seen.get(url))
            for url, link in reversed(cleaned.items())
            if url not in self._asked and not self._too_old(link) and is_due(seen.get(url), link.modified, now)
        ]
        self._store.expect(known for _, known in due if known is not None)
        asked = {clean_url(link.url) for link, _ in due}
        self._asked |= asked
        self._unfinished |= asked
        self._skipped = (self._skipped | set(cleaned)) - self._asked
        self.crawler.stats.inc_value("marsad/due", len(due))
        self.crawler.stats.set_value("marsad/skipped", len(self._skipped))
        return due

    def _too_old(self, link: Link) -> bool:
        days = self.source.max_age_days
        return days is not None and link.modified is not None and link.modified < _now() - timedelta(days=days)

    def _written(self, addresses: list[str]) -> None:
        self._unfinished.difference_update(addresses)
        self._ledger.dealt_with(addresses)

    def _entrance_done(self, note: Seen) -> None:
        self._store.remember(note)

    # ------------------------------------------------------------------ articles
    async def _again(self) -> list[Request]:
        """Requests for recent articles whose time has come, one address each."""
        now = _now()
        due = await self._store.call(self._store.store.due, self.source.id, now, now - WATCHED, limit=MAX_AGAIN)
        once = {seen.article or seen.url: seen for seen in due}
        self._store.expect(once.values())
        self._asked |= {seen.url for seen in once.values()}
        self._unfinished |= {seen.url for seen in once.values()}
        self.crawler.stats.inc_value("marsad/again", len(once))
        return [self._ask_article(seen.url, seen, AGAIN_PRIORITY) for seen in once.values()]

    def _ask_article(self, url: str, seen: Seen | None, priority: int) -> Request:
        return Request(
            url,
            callback=self.parse_article,
            errback=self.article_failed,
            headers=_conditions(seen) if seen is not None and seen.article is not None else {},
            cb_kwargs={"seen": seen},
            priority=priority,
            # `_asked` sees to it that no link is asked for twice. Scrapy's filter would also drop, without a word, a
            # redirect to an article that another link led to, and its first address would never count as seen.
            dont_filter=True,
        )

    async def parse_article(
        self, response: Response, seen: Seen | None
    ) -> AsyncIterator[Page | Seen | Change | Rejected | Request]:
        """Hand the page over, or ask for its next part; a page that has not changed is noted as checked."""
        if seen is not None and seen.article is not None and self._is_unchanged(response, seen):
            if self.source.archive != "none":
                await ReadStage.of(self.crawler).revisited(page_of(response, self.source), seen.article)
            yield unchanged(seen, _now())
            return
        if response.meta.get("redirect_urls"):
            self.crawler.stats.inc_value("marsad/links/redirected")
        if fault := response.meta[CHALLENGED]:
            yield self._rejected(_request(response), "blocked", fault)
            return
        if seen is not None and seen.article is not None and response.meta.get("redirect_urls"):
            if is_listing(self.source, response.url):
                yield self._rejected(_request(response), "gone", f"leads to {response.url}")
                return
            if change := await self._moved(response, seen):
                yield change
        yield self._whole_or_next(page_of(response, self.source), response)

    def parse_part(self, response: Response, page: Page) -> Iterator[Page | Request]:
        """One more page of the same article; one that cannot be had ends it."""
        if response.status != 200:
            yield page
        else:
            yield self._whole_or_next(replace(page, parts=(*page.parts, page_of(response, self.source))), response)

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

    @staticmethod
    def _is_unchanged(response: Response, seen: Seen) -> bool:
        if response.status == 304:
            return True
        # With its first answer a redirect is worth noting, whatever the body.
        body = response.meta.get(BODY, response.body)
        return (
            response.status == 200
            and "redirect_urls" not in response.meta
            and seen.outcome == "article"
            and sha256(body).hexdigest() == seen.digest
        )

    async def _moved(self, response: Response, seen: Seen) -> Change | None:
        """That an article has another address from now on; None where that one is known as its address already."""
        there = clean_url(response.url)
        reasons = response.meta.get("redirect_reasons", [])
        if seen.article is None or response.status >= 400 or not set(reasons) <= PERMANENT:
            return None
        known = (await self._store.seen([there])).get(there)
        if known is not None and known.article == seen.article:
            return None
        detail = f"answers {reasons[0]}"
        return Change(self.source.id, seen.url, seen.article, "moved", _now(), detail, to=there)

    def article_failed(self, failure: Any) -> Iterable[Rejected]:
        """An article that nothing came of: remembered, so that it is not asked for on every crawl."""
        error = failure.value
        if isinstance(error, BudgetSpent | HostResting):
            return
        request = failure.request
        reason = "unreachable"
        if _is_too_large(error):
            reason = "too_large"
        elif isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            reason = "robots"
        else:
            first_error(self.crawler.stats, f"{request.url}: {error}")
        yield self._rejected(request, reason, str(error))

    def _rejected(self, request: Request, reason: str, detail: str) -> Rejected:
        asked = tuple(dict.fromkeys([request.url, *request.meta.get("redirect_urls", [])]))
        return Rejected(self.source.id, request.url, asked, reason, _now(), detail=detail)

    # ------------------------------------------------------------------ what went wrong
    def entrance_failed(self, failure: Any) -> None:
        """An entrance that gave no answer."""
        error = failure.value
        url = failure.request.cb_kwargs["above"][-1]
        if _is_too_large(error):
            self._entrance_fault(url, f"larger than {failure.request.meta['download_maxsize']} bytes")
        elif not isinstance(error, BudgetSpent):
            hint = "" if isinstance(error, ForbiddenAddress | HostResting) else f" ({type(error).__name__})"
            self._entrance_fault(url, f"{error}{hint}")

    def _entrance_state(self, url: str, state: str) -> None:
        self.crawler.stats.inc_value("marsad/entrance/read")
        self.crawler.stats.set_value(f"marsad/entrances/{url}", state)

    def _entrance_fault(self, url: str, why: str) -> None:
        self.crawler.stats.inc_value("marsad/entrance/failed")
        self.crawler.stats.set_value(f"marsad/entrances/{url}", f"failed: {why}"[:300])
        first_error(self.crawler.stats, f"{url}: {why}")
        self.logger.error("Entrance %s of %s: %s", url, self.source.id, why)

    @property
    def _store(self) -> StoreStage:
        return StoreStage.of(self.crawler)


def _is_too_large(error: Exception) -> bool:
    return isinstance(error, DownloadCancelledError) or "exceeded DOWNLOAD_MAXSIZE" in str(error)


def _now() -> datetime:
    return datetime.now(UTC)


def _request(response: Response) -> Request:
    """The request that was answered, after redirects; in a callback there always is one."""
    assert response.request is not None
    return response.request


def _conditions(seen: Seen) -> dict[str, str]:
    """Headers that ask for a page only if it has changed."""
    conditions = {"If-None-Match": seen.etag, "If-Modified-Since": seen.modified}
    return {name: value for name, value in conditions.items() if value}


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _served_at(source: Source, home: str) -> Source:
    """The source with its own addresses moved to another scheme, host and port, for a newspaper on a free port."""
    there = urlsplit(home)

    def moved(url: str) -> str:
        parts = urlsplit(url)
        return parts._replace(scheme=there.scheme, netloc=there.netloc).geturl()

    entrances = [
        entrance.model_dump() | ({"url": moved(entrance.url)} if _host(entrance.url) in source.own_hosts else {})
        for entrance in source.entrance
    ]
    return Source.model_validate(source.model_dump() | {"home": moved(source.home), "entrance": entrances})


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
