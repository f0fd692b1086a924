"""The steps as Scrapy item pipelines, in order: a Page is read in the worker process, what came of it is stored."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem

from config.load import ConfigError
from config.schema import Source
from pipelines.address import clean_url
from pipelines.archive import Archive
from pipelines.changes import changed_fields, text_digest
from pipelines.extract import DISBELIEVED
from pipelines.memory import ARTICLE, ENTRANCE, next_check, next_look
from pipelines.records import Article, Change, LiveBlog, Page, Rejected
from pipelines.shared import STORES, WORKERS
from pipelines.store.base import Quarantined, Saved, Seen, Store, StoreError
from pipelines.store.document import new_document
from pipelines.store.lease import SECONDS, SOURCE, Lease, names_of, own_name
from pipelines.work import Worker

BATCH = 64
BATCH_SECONDS = 0.5
MAX_QUARANTINED = 4 * 1024**2
"""Bytes of a page that are kept: MongoDB takes no record of 16 MiB."""
logger = logging.getLogger(__name__)


class LeaseLostError(StoreError):
    """Somebody else reads this source now."""


P = ParamSpec("P")
R = TypeVar("R")
Outcome = Article | LiveBlog | Rejected | Seen | Change
GONE = ("gone", "soft_404")
"""Rejections that say of a stored article that it was taken down."""


@contextmanager
def said() -> Iterator[None]:
    """Log in one line why a crawl cannot start; Scrapy alone shows a traceback far below."""
    try:
        yield
    except (ConfigError, StoreError) as error:
        logger.error("The crawl cannot start: %s", error)
        raise


class _Stage:
    """What every stage has: the crawl that it belongs to, and a way to be found in it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes it."""
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """This stage of a running crawl. Raises RuntimeError where the settings leave it out."""
        stage = crawler.get_item_pipeline(cls)
        if stage is None:
            raise RuntimeError(f"ITEM_PIPELINES must name {cls.__module__}.{cls.__name__}")
        return stage


class ReadStage(_Stage):
    """Page -> Article, LiveBlog or Rejected, in a worker process that can be stopped."""

    worker: Worker

    def open_spider(self) -> None:
        """Start the worker where no other crawl has. Raises ConfigError."""
        with said():
            self.worker = WORKERS.borrow(self._crawler.settings["MARSAD_CONFIG"])
        self._archive = Archive(Path(self._crawler.settings["MARSAD_ARCHIVE"]))

    def close_spider(self) -> None:
        """Let go of the worker."""
        if hasattr(self, "worker"):
            WORKERS.give_back(self._crawler.settings["MARSAD_CONFIG"])

    async def process_item(self, item: Page | Outcome) -> Outcome:
        """Read a page; what the spider itself concluded (no answer, not modified) passes."""
        if not isinstance(item, Page):
            return item
        result = await self.worker.read(item)
        if isinstance(result, Rejected):
            if result.reason == "broken":
                await StoreStage.of(self._crawler).quarantine(result, item)
            return result
        articles = _articles_of(result)
        mentioned = any(article.mentions for article in articles)
        wanted = item.source.archive == "all" or (item.source.archive == "mentions" and mentioned)
        store = StoreStage.of(self._crawler)
        if wanted and not all([await store.has(article) for article in articles]):
            texts = {article.id: text_digest(new_document(article, "UTC", ring=False)) for article in articles}
            return _kept_at(result, await self._kept(lambda: self._archive.write(item, texts)))
        return result

    async def revisited(self, page: Page, article_id: str) -> None:
        """Keep that the page of a stored article, if it is kept, was found as it had been."""
        store = StoreStage.of(self._crawler)
        document = await store.call(store.store.article, article_id)
        if document is not None and document["provenance"].get("warc"):
            digest, first = document["provenance"]["sha256"], document["fetched"]
            await self._kept(lambda: self._archive.revisit(page, digest, first))

    async def _kept(self, write: Callable[[], str]) -> str:
        """Where it was kept; empty where the archive cannot be written, which costs the evidence, not the article."""
        try:
            place = await StoreStage.of(self._crawler).call(write)
        except OSError as error:
            self._crawler.stats.inc_value("marsad/archive_failed")
            logger.error("The archive cannot be written: %s", error)
            return ""
        self._crawler.stats.inc_value("marsad/archived")
        return place


@dataclass(slots=True)
class _Waiting:
    items: list[Outcome] = field(default_factory=list)
    futures: list[asyncio.Future[list[Saved]]] = field(default_factory=list)


class StoreStage(_Stage):
    """Stores outcomes in batches, in one thread; an item has passed when its batch is written."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._store: Store
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._waiting = _Waiting()
        self._timer: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()
        self._known: dict[str, Seen] = {}
        self.on_written: list[Callable[[list[str]], None]] = []
        """Called with the cleaned addresses of each batch that was written."""
        self.lease: Lease | None = None
        """Missing while another process reads the source."""
        self._keeping: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        # Later than close_spider: the record of the run is finished in between.
        crawler.signals.connect(self.close, signal=signals.engine_stopped)

    async def open_spider(self) -> None:
        """Open the store and make what is missing in an empty one. Raises StoreError."""
        with said():
            self._store = STORES.borrow(*self._where)
            await self.call(self._store.init)
            await self._take_lease()

    async def _take_lease(self) -> None:
        """Read this source alone, on whatever machine. Raises CloseSpider where somebody else does."""
        source = getattr(self._crawler.spider, "source", None)
        names = names_of(source) if isinstance(source, Source) else (SOURCE + self._crawler.spidercls.name,)
        lease = Lease(
            self._store, names, own_name(), self._crawler.settings.getfloat("MARSAD_LEASE_SECONDS") or SECONDS
        )
        taken = await self.call(lease.take)
        if taken:
            logger.error("%s: not read now: %s is being read by another process", names[0], taken)
            raise CloseSpider("elsewhere")
        self.lease = lease
        self._keeping = asyncio.get_running_loop().create_task(self._keep(lease))

    async def _keep(self, lease: Lease) -> None:
        """Renew the lease at a third of its time; the crawl ends where that was not possible in time."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(lease.seconds / 3)
            held = True
            try:
                before = time.monotonic()
                held = await self.call(lease.renew)
                renewed = before
            except StoreError as error:
                logger.error("The lease could not be renewed: %s", error)
            if not held or time.monotonic() - renewed > lease.seconds:
                self._end("lease_lost")
                return

    def _end(self, reason: str) -> None:
        """Have the crawl ended, by nobody that `close` waits for or cancels: the end of a crawl includes `close`."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end_now(reason))

    async def _end_now(self, reason: str) -> None:
        if self._crawler.spider is not None:
            with suppress(RuntimeError):  # it is closing already
                await self._crawler.engine.close_spider_async(reason=reason)

    async def close(self) -> None:
        """Write what is left and let go of the store."""
        if self._keeping is not None:
            self._keeping.cancel()
        if hasattr(self, "_store"):
            # What is written may be the last that an entrance waited for, and that one the last of an index.
            while self._waiting.items or self._writes:
                if self._waiting.items:
                    self._flush()
                await asyncio.gather(*self._writes, return_exceptions=True)
            if self.lease is not None:
                with suppress(StoreError):  # nobody renews it any more
                    await self.call(self.lease.release)
            await self.call(STORES.give_back, *self._where)
        self._writer.shutdown()

    @property
    def _where(self) -> tuple[str, str, str]:
        settings = self._crawler.settings
        return settings["STORE"], settings["MONGO_DATABASE"], settings["MARSAD_TIMEZONE"]

    @property
    def ending(self) -> bool:
        """Whether the crawl ends because nothing can be stored any more: then nothing more is to be asked for."""
        return self._ending is not None

    @property
    def store(self) -> Store:
        """For `call` only: the store does not belong into the reactor."""
        return self._store

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a method of the store in the writer thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, lambda: function(*args, **kwargs))

    async def seen(self, urls: Sequence[str]) -> dict[str, Seen]:
        """What the store knows of cleaned addresses."""
        return await self.call(self._store.seen, urls)

    def expect(self, seen: Iterable[Seen]) -> None:
        """Keep what is known of addresses until they are asked for again: how long they then wait depends on it."""
        self._known |= {one.url: one for one in seen if one.outcome != ENTRANCE}

    def remember(self, seen: Seen) -> None:
        """Note an entrance with the next batch, after everything that waits already."""
        self._enqueue(seen)

    async def has(self, article: Article) -> bool:
        """Whether the store has this article with the same text; asked for those that were known alone."""
        if not any(url in self._known for url in _cleaned(article.urls)):
            return False
        stored = await self.call(self._store.article, article.id)
        return stored is not None and not changed_fields(stored, new_document(article, "UTC", ring=False))

    async def quarantine(self, rejected: Rejected, page: Page) -> None:
        """Keep a page that could not be read, with the traceback."""
        self._crawler.stats.inc_value("marsad/quarantined")
        record = Quarantined(
            id=sha256(f"{page.url}\n{rejected.detail}".encode("utf-8", "replace")).hexdigest()[:32],
            source=rejected.source,
            url=rejected.url,
            when=rejected.fetched,
            why=rejected.detail,
            traceback=rejected.traceback,
            page=page.body[:MAX_QUARANTINED],
        )
        await self.call(self._store.quarantine, record)

    async def process_item(self, item: Outcome) -> Article | LiveBlog:
        """Return what was stored. Raises DropItem for what is no article, once that is noted."""
        saved = await self._written(item)
        stats = self._crawler.stats
        if isinstance(item, Change):
            stats.inc_value(f"marsad/{item.what}")
            raise DropItem(f"{item.what}: {item.url}")
        if isinstance(item, Seen):
            stats.inc_value("marsad/unchanged")
            raise DropItem(f"not modified: {item.url}")
        if isinstance(item, Rejected):
            stats.inc_value(f"marsad/rejected/{item.reason}")
            raise DropItem(f"{item.reason}: {item.url} {item.detail}")
        for article, one in zip(_articles_of(item), saved, strict=True):
            stats.inc_value(f"marsad/{one.outcome}")
            if one.outcome not in ("unchanged", "refused"):
                stats.inc_value("marsad/quality/articles")
                stats.inc_value("marsad/quality/characters", len(article.body))
                stats.inc_value("marsad/quality/undated", article.published is None)
                stats.inc_value(
                    "marsad/quality/canonical_elsewhere", article.provenance.signals.get("url") == DISBELIEVED
                )
        if all(one.outcome == "refused" for one in saved):
            raise DropItem(f"refused by the store: {item.url}: {saved[0].why if saved else ''}", log_level="ERROR")
        return item

    async def _written(self, item: Outcome) -> list[Saved]:
        return await self._enqueue(item)

    def _enqueue(self, item: Outcome) -> asyncio.Future[list[Saved]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Saved]] = loop.create_future()
        self._waiting.items.append(item)
        self._waiting.futures.append(future)
        if len(self._waiting.items) >= BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(BATCH_SECONDS, self._flush)
        return future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, _Waiting()
        task = asyncio.get_running_loop().create_task(self._write(batch))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _write(self, batch: _Waiting) -> None:
        rejected = [item for item in batch.items if isinstance(item, Rejected)]
        gone = sum(1 for item in rejected for _ in _taken_down(item, self._known))
        try:
            if self.lease is not None and not await self.call(self.lease.write):
                raise LeaseLostError("another process has taken this source over: nothing more is written")
            answers = await self.call(_store_batch, self._store, batch.items, self._known)
        except StoreError as error:
            for future in batch.futures:
                future.set_exception(error)
            # Everything else would fail too; nothing was noted as seen, so the next crawl starts where this one ended.
            self._end("lease_lost" if isinstance(error, LeaseLostError) else "store_failed")
        except BaseException as error:
            for future in batch.futures:
                future.set_exception(error)
            raise
        else:
            for future, answer in zip(batch.futures, answers, strict=True):
                future.set_result(answer)
            self._crawler.stats.inc_value("marsad/gone", gone)
            written = [url for item in batch.items for url in _addresses(item)]
            for url in written:
                self._known.pop(url, None)
            for told in self.on_written:
                told(written)


def _cleaned(addresses: Sequence[str]) -> list[str]:
    """Distinct addresses as the store knows them, without what is none: one odd address must not cost the batch."""
    cleaned: dict[str, None] = {}
    for address in addresses:
        with suppress(ValueError):
            cleaned[clean_url(address)] = None
    return list(cleaned)


def _addresses(item: Outcome) -> list[str]:
    """The addresses that an outcome is about, as the store knows them."""
    if isinstance(item, Seen):
        return [item.url]
    return [] if isinstance(item, Change) else _cleaned(item.urls)


def _kept_at(found: Article | LiveBlog, place: str) -> Article | LiveBlog:
    """With the archive's record of their page."""
    if isinstance(found, LiveBlog):
        articles = (replace(one, provenance=replace(one.provenance, warc=place)) for one in found.articles)
        return replace(found, articles=tuple(articles))
    return replace(found, provenance=replace(found.provenance, warc=place))


def _articles_of(item: Outcome) -> tuple[Article, ...]:
    if isinstance(item, LiveBlog):
        return item.articles
    return (item,) if isinstance(item, Article) else ()


def _store_batch(store: Store, items: Sequence[Outcome], known: dict[str, Seen]) -> list[list[Saved]]:
    """Save articles, note their addresses, then the entrances that showed them.

    A crash in between costs a second look, never an article: whatever is noted was dealt with before.
    """
    now = datetime.now(UTC)
    articles = [article for item in items for article in _articles_of(item)]
    changes = [item for item in items if isinstance(item, Change)]
    changes += [change for item in items if isinstance(item, Rejected) for change in _taken_down(item, known)]
    if changes:
        store.mark(changes)
    saved = iter(store.save(articles) if articles else [])
    answers: list[list[Saved]] = []
    notes: list[Seen] = []
    for item in items:
        answer = [next(saved) for _ in _articles_of(item)]
        answers.append(answer)
        if isinstance(item, Article | LiveBlog):
            stored = any(one.outcome != "refused" for one in answer)
            notes += _notes(item, ARTICLE if stored else "broken", known, now)
            if isinstance(item, LiveBlog):
                # So that each entry is found by its own address.
                notes += [
                    Seen(entry.url, ARTICLE, entry.id, None, None, item.fetched, None, item.source)
                    for entry, one in zip(item.articles, answer, strict=True)
                    if one.outcome != "refused"
                ]
        elif isinstance(item, Rejected):
            notes += _notes(item, item.reason, known, now)
        elif isinstance(item, Seen) and item.outcome != ENTRANCE:
            notes.append(item)
    store.note(notes)
    entrances = [item for item in items if isinstance(item, Seen) and item.outcome == ENTRANCE]
    if entrances:
        store.note(entrances)
    return answers


def _notes(item: Article | LiveBlog | Rejected, outcome: str, known: dict[str, Seen], now: datetime) -> Iterator[Seen]:
    """What is to be known of each address of a page; one of them alone is looked at again."""
    published = item.published if isinstance(item, Article) else None
    digest = item.provenance.sha256 if isinstance(item, Article) else None
    article_id = item.id if isinstance(item, Article) and outcome == ARTICLE else None
    live = next_look(now, ended=item.ended) if isinstance(item, LiveBlog) and outcome == ARTICLE else None
    addresses = _cleaned(item.urls)
    # The page's own address before what it calls its canonical one: the one whose answer was seen.
    again = next((url for url in reversed(addresses) if url in known), addresses[-1] if addresses else "")
    for url in addresses:
        before = known.get(url)
        since = published if published is not None and published <= now else (before.since if before else None) or now
        check = live or next_check(outcome, now, before, since)
        yield Seen(
            url=url,
            outcome=outcome,
            # Where an article was, it may be again.
            article=article_id or (before.article if before is not None else None),
            etag=item.etag,
            modified=item.last_modified,
            checked=item.fetched,
            next_check=check if outcome != ARTICLE or url == again else None,
            source=item.source,
            since=since,
            digest=digest,
        )


def _taken_down(item: Rejected, known: dict[str, Seen]) -> Iterator[Change]:
    """That a stored article's page is no longer there, where that is news."""
    if item.reason in GONE:
        for url in _cleaned(item.urls):
            before = known.get(url)
            if before is not None and before.article is not None and before.outcome not in GONE:
                yield Change(item.source, url, before.article, "gone", item.fetched, item.detail)
