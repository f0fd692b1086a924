"""Which entrances have shown links that are not dealt with yet.

A 304 hides what an entrance lists. So an entrance's ETag is noted only once everything that it listed is in the store:
after a crawl that was killed it is fetched whole again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipelines.store.base import Seen


class Ledger:
    """Entrances of one crawl, and the addresses that they wait for. `note` is called with what is finished."""

    def __init__(self, note: Callable[[Seen], None]) -> None:
        self._note = note
        self._open: dict[str, tuple[Seen, set[str]]] = {}
        self._waiting: dict[str, set[str]] = {}
        """Entrances by the address that they wait for."""

    def opened(self, entrance: Seen, addresses: Iterable[str]) -> None:
        """An entrance was read; `addresses` (cleaned) are those of its links and sitemaps that are not dealt with."""
        left = set(addresses)
        if not left:
            self._finished(entrance)
            return
        self._open[entrance.url] = (entrance, left)
        for address in left:
            self._waiting.setdefault(address, set()).add(entrance.url)

    def dealt_with(self, addresses: Iterable[str]) -> None:
        """These addresses, or what came of them, are in the store."""
        for address in addresses:
            for url in self._waiting.pop(address, ()):
                entrance, left = self._open[url]
                left.discard(address)
                if not left:
                    del self._open[url]
                    self._finished(entrance)

    def _finished(self, entrance: Seen) -> None:
        self._note(entrance)
