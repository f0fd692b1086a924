"""Configuration that a long-running process asks for again and again: read anew only when one of its files changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from config import settings
from config.load import SHIPPED, load_sources
from config.schema import Source

Read = TypeVar("Read")


def layers(*patterns: str) -> Iterable[Path]:
    """The files of these names, shipped and the operator's own."""
    for layer in (SHIPPED, Path(settings.MARSAD_CONFIG)):
        for pattern in patterns:
            yield from sorted(layer.glob(pattern))


class Kept(Generic[Read]):
    """What `read` made of the files of these names."""

    def __init__(self, read: Callable[[], Read], *patterns: str) -> None:
        self._read, self._patterns = read, patterns
        self._latest: tuple[object, Read] | None = None

    def get(self) -> Read:
        """The same object as before, unless a file came, went or changed."""
        facts = [(str(file), file.stat()) for file in layers(*self._patterns)]
        stamp = [(name, fact.st_mtime_ns, fact.st_size) for name, fact in facts]
        if self._latest is None or self._latest[0] != stamp:
            self._latest = stamp, self._read()
        return self._latest[1]


def _read_sources() -> Mapping[str, Source]:
    return load_sources(Path(settings.MARSAD_CONFIG)).good


_sources = Kept(_read_sources, "sources/*.toml")


def configured_sources() -> Mapping[str, Source]:
    """Those with a good file, by id."""
    return _sources.get()
