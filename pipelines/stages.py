"""The steps as Scrapy item pipelines, in order: a Page is read in the worker process, what came of it is stored."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, ParamSpec, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.settings import BaseSettings

from config.load import ConfigError, load_watchlist
from config.schema import Source
from pipelines.address import clean_url
from pipelines.memory import ARTICLE, next_check
from pipelines.records import Article, Page, Rejected
from pipelines.store import open_store
from pipelines.store.base import Quarantined, Saved, Seen, Store, StoreError
from pipelines.store.lease import SECONDS, SOURCE, Lease, names_of, own_name
from pipelines.work import Worker

BATCH = 64
BATCH_SECONDS = 0.5
MAX_QUARANTINED = 4 * 1024**2
"""Bytes of a page that are kept: MongoDB takes no record of 16 MiB."""
READERS = 2
"""Worker processes: while one is busy with a hostile page for ten seconds, the crawl goes on with the other."""

logger = logging.getLogger(__name__)


class LeaseLostError(StoreError):
    """Somebody else reads this source now."""


P = ParamSpec("P")
R = TypeVar("R")
Outcome = Article | Rejected | Seen


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


class SharedWorker:
    """One worker for all crawls of this process: started by the first that needs it, stopped by the last."""

    _worker: ClassVar[Worker | None] = None
    _users: ClassVar[int] = 0

    @classmethod
    def borrow(cls, config: str) -> Worker:
        """Raises ConfigError for a faulty watchlist: no crawl without one."""
        if cls._worker is None:
            cls._worker = Worker(load_watchlist(Path(config)), readers=READERS)
        cls._users += 1
        return cls._worker

    @classmethod
    def give_back(cls) -> None:
        """After each `borrow` that did not raise."""
        cls._users -= 1
        if not cls._users and cls._worker is not None:
            cls._worker.close()
            cls._worker = None


class SharedStore:
    """One store for all crawls of this process: dozens of writers of their own would keep SQLite from each other."""

    _store: ClassVar[Store | None] = None
    _users: ClassVar[int] = 0

    @classmethod
    def borrow(cls, settings: BaseSettings) -> Store:
        """Raises StoreError."""
        if cls._store is None:
            cls._store = open_store(
                settings["STORE"], database=settings["MONGO_DATABASE"], timezone=settings["MARSAD_TIMEZONE"]
            )
        cls._users += 1
        return cls._store

    @classmethod
    def give_back(cls) -> Store | None:
        """After each `borrow` that did not raise; the answer is to be closed."""
        cls._users -= 1
        if cls._users:
            return None
        store, cls._store = cls._store, None
        return store


class ReadStage(_Stage):
    """Page -> Article or Rejected, in a worker process that can be stopped."""

    worker: Worker

    def open_spider(self) -> None:
        """Start the worker where no other crawl has. Raises ConfigError."""
        with said():
            self.worker = SharedWorker.borrow(self._crawler.settings["MARSAD_CONFIG"])

    def close_spider(self) -> None:
        """Let go of the worker."""
        if hasattr(self, "worker"):
            SharedWorker.give_back()

    async def process_item(self, item: Page | Outcome) -> Outcome:
        """Read a page; what the spider itself concluded (no answer, not modified) passes."""
        if not isinstance(item, Page):
            return item
        result = await self.worker.read(item)
        if isinstance(result, Rejected) and result.reason == "broken":
            await StoreStage.of(self._crawler).quarantine(result, item)
        return result


@dataclass(slots=True)
class _Waiting:
    items: list[Outcome] = field(default_factory=list)
    futures: list[asyncio.Future[Saved | None]] = field(default_factory=list)


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
        self.lease: Lease | None = None
        """Missing while another process reads the source."""
        self._keeping: asyncio.Task[None] | None = None
        # Later than close_spider: the record of the run is finished in between.
        crawler.signals.connect(self.close, signal=signals.engine_stopped)

    async def open_spider(self) -> None:
        """Open the store and make what is missing in an empty one. Raises StoreError."""
        settings = self._crawler.settings
        with said():
            self._store = SharedStore.borrow(settings)
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
                await self._end("lease_lost")
                return

    async def _end(self, reason: str) -> None:
        if self._crawler.spider is not None:
            with suppress(RuntimeError):  # it is closing already
                await self._crawler.engine.close_spider_async(reason=reason)

    async def close(self) -> None:
        """Write what is left and let go of the store."""
        if self._keeping is not None:
            self._keeping.cancel()
        if self.lease is not None:
            with suppress(StoreError):  # nobody renews it any more
                await self.call(self.lease.release)
        if hasattr(self, "_store") and (last := SharedStore.give_back()) is not None:
            await self.call(last.close)
        self._writer.shutdown()

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
        known = await self.call(self._store.seen, urls)
        # Needed again when an address fails once more: it then waits longer.
        self._known |= {url: seen for url, seen in known.items() if seen.outcome != ARTICLE}
        return known

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

    async def process_item(self, item: Outcome) -> Article:
        """Return an article once it is stored. Raises DropItem for what is no article, once that is noted."""
        saved = await self._written(item)
        stats = self._crawler.stats
        if isinstance(item, Seen):
            stats.inc_value("marsad/unchanged")
            raise DropItem(f"not modified: {item.url}")
        if isinstance(item, Rejected):
            stats.inc_value(f"marsad/rejected/{item.reason}")
            raise DropItem(f"{item.reason}: {item.url} {item.detail}")
        if saved is None or saved.outcome == "refused":
            stats.inc_value("marsad/refused")
            raise DropItem(f"refused by the store: {item.url}: {saved.why if saved else ''}", log_level="ERROR")
        stats.inc_value(f"marsad/{saved.outcome}")
        return item

    async def _written(self, item: Outcome) -> Saved | None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Saved | None] = loop.create_future()
        self._waiting.items.append(item)
        self._waiting.futures.append(future)
        if len(self._waiting.items) >= BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(BATCH_SECONDS, self._flush)
        return await future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, _Waiting()
        task = asyncio.get_running_loop().create_task(self._write(batch))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _write(self, batch: _Waiting) -> None:
        try:
            if self.lease is not None and not await self.call(self.lease.write):
                raise LeaseLostError("another process has taken this source over: nothing more is written")
            answers = await self.call(_store_batch, self._store, batch.items, self._known)
        except StoreError as error:
            for future in batch.futures:
                future.set_exception(error)
            # Everything else would fail too; nothing was noted as seen, so the next crawl starts where this one ended.
            await self._end("lease_lost" if isinstance(error, LeaseLostError) else "store_failed")
        except BaseException as error:
            for future in batch.futures:
                future.set_exception(error)
            raise
        else:
            for future, answer in zip(batch.futures, answers, strict=True):
                future.set_result(answer)


def _cleaned(addresses: Sequence[str]) -> list[str]:
    """Distinct addresses as the store knows them, without what is none: one odd address must not cost the batch."""
    cleaned: dict[str, None] = {}
    for address in addresses:
        with suppress(ValueError):
            cleaned[clean_url(address)] = None
    return list(cleaned)


def _store_batch(store: Store, items: Sequence[Outcome], known: dict[str, Seen]) -> list[Saved | None]:
    """Save articles first and note their addresses after: a crash in between costs a second look, never an article."""
    articles = [item for item in items if isinstance(item, Article)]
    saved = iter(store.save(articles) if articles else [])
    answers: list[Saved | None] = []
    notes: list[Seen] = []
    now = datetime.now(UTC)
    for item in items:
        answer = next(saved) if isinstance(item, Article) else None
        answers.append(answer)
        if isinstance(item, Seen):
            notes.append(item)
            continue
        if isinstance(item, Article):
            outcome = ARTICLE if answer is not None and answer.outcome != "refused" else "broken"
            article_id = item.id if outcome == ARTICLE else None
            checked = item.fetched
        else:
            outcome, article_id, checked = item.reason, None, item.fetched
        notes.extend(
            Seen(
                url=url,
                outcome=outcome,
                article=article_id,
                etag=item.etag,
                modified=item.last_modified,
                checked=checked,
                next_check=next_check(outcome, now, known.get(url)),
            )
            for url in _cleaned(item.urls)
        )
    store.note(notes)
    return answers
