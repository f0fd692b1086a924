"""What the crawls of one process use together: the worker that reads pages, and the store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from config.load import load_watchlist
from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.work import Worker

READERS = 2
"""Worker processes: while one is busy with a hostile page for ten seconds, the crawl goes on with the other."""

T = TypeVar("T")


class Shared(Generic[T]):
    """What all crawls of this process use together: made by the first that needs it, closed by the last."""

    def __init__(self, make: Callable[..., T], close: Callable[[T], None]) -> None:
        self._make = make
        self._close = close
        self._lock = threading.Lock()
        self._held: dict[tuple[str, ...], tuple[T, int]] = {}
        """With how many have it."""

    def borrow(self, *of: str) -> T:
        """That of these settings. Raises what making it raises."""
        with self._lock:
            one, users = self._held.get(of) or (self._make(*of), 0)
            self._held[of] = one, users + 1
            return one

    def give_back(self, *of: str) -> None:
        """After each `borrow` that did not raise."""
        with self._lock:
            one, users = self._held.pop(of)
            if users > 1:
                self._held[of] = one, users - 1
                return
        self._close(one)


WORKERS = Shared(lambda config: Worker(load_watchlist(Path(config)), readers=READERS), Worker.close)
"""By folder of configuration. Borrowing raises ConfigError for a faulty watchlist: no crawl without one."""
STORES: Shared[Store] = Shared(
    lambda uri, database, timezone: open_store(uri, database=database, timezone=timezone), lambda store: store.close()
)
"""By URI, database and time zone. Each has one connection that writes: sixty that want to at once keep one of them
waiting for longer than SQLite does."""
