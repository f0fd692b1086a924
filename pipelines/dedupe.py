"""Words of a text -> what it is recognised by: a fingerprint, a signature and bands. Kept with the article.

`fingerprint` is equal for the same words, however they are spelled, spaced or punctuated. `signature` tells how much of
one text stands in another (pipelines/stories.py); `bands` are what texts that have much in common mostly share, so that
an index finds them.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple
from zlib import crc32

from pipelines import arabic

SHORT = 2
"""Words of so few letters are in every text."""
WORDS = 264
"""Distinct words that a signature knows, those of the headline among them: a long text's first ones."""
TITLE_WORDS = 24
PAIRS = 384
"""Distinct pairs of neighbouring words that a signature knows: of a longer text those with the smallest hashes."""
BANDS = 16
IN_A_BAND = 4
"""Neighbouring words whose hash is a band."""
FLASH = 8
"""A text of fewer words than these is its headline."""


class Marks(NamedTuple):
    """What a text is recognised by: fields of an article."""

    fingerprint: str
    signature: str
    bands: tuple[int, ...]

    def stored(self) -> dict[str, Any]:
        """As an article in a store has them."""
        return self._asdict() | {"bands": list(self.bands)}


def marks(title: str, words: str) -> Marks:
    """Those of a headline as printed, and all folded words of headline and text joined by single spaces."""
    separate = words.split()
    headline = len(arabic.words(arabic.fold(title).text))
    headline = 0 if len(separate) - headline < FLASH else headline
    hashes = [crc32(word.encode("utf-8", "surrogatepass")) for word in separate]
    runs = _runs(hashes[headline:], IN_A_BAND)
    return Marks(fingerprint(words), _signature(separate, hashes, headline, runs), _bands(runs))


def fingerprint(words: str) -> str:
    """32 hex digits of BLAKE2b over folded words, wherever a line ends; empty for a text without words."""
    joined = " ".join(words.split())
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() if joined else ""


def _signature(words: Sequence[str], hashes: Sequence[int], title: int, runs: Sequence[Sequence[int]]) -> str:
    """Base64 of unsigned 16-bit numbers, little-endian; empty for a text without words.

    `words` are the folded ones of headline and text, the first `title` of them the headline's. The numbers: how many
    follow of the headline's words, of the text's, and of pairs; whether all pairs are there (1) or the smallest (0);
    then hashes of distinct words of more than SHORT letters, in order, and of pairs, ascending. A pair's number is the
    upper half of 32 bits, so that "smallest" means the same in every text.
    """
    if not words:
        return ""
    long = [number & 0xFFFF if len(word) > SHORT else -1 for word, number in zip(words, hashes, strict=True)]
    headline = _distinct(long[:title])[:TITLE_WORDS]
    text = _distinct(long[title:])[: WORDS - len(headline)]
    pairs = sorted({number >> 16 for number in runs[1]}) if len(runs) > 1 else []
    some = pairs[:PAIRS]
    numbers = [len(headline), len(text), len(some), int(len(some) == len(pairs)), *headline, *text, *some]
    return b64encode(struct.pack(f"<{len(numbers)}H", *numbers)).decode("ascii")


def _bands(runs: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The smallest hashes of IN_A_BAND neighbouring words, or of all where there are fewer, ascending, 31 bits each;
    at most BANDS.

    Two texts share one of them about as likely as they share such words: of what both have, the smallest is the same.
    """
    return tuple(sorted({number >> 1 for number in runs[-1]})[:BANDS]) if runs else ()


def _runs(hashes: Sequence[int], longest: int) -> list[list[int]]:
    """32-bit hashes of one word, of each two neighbours, three …, up to `longest` or as many as there are."""
    runs: list[list[int]] = []
    shorter = [0] * len(hashes)
    for length in range(min(longest, len(hashes))):
        # Bits of CRC-32 are linear in those of the text; the multiplications are what spreads them.
        mixed = [(run ^ one) * 0x9E3779B1 & 0xFFFFFFFF for run, one in zip(shorter, hashes[length:], strict=False)]
        mixed = [(number ^ number >> 15) * 0x85EBCA77 & 0xFFFFFFFF for number in mixed]
        shorter = [number ^ number >> 13 for number in mixed]
        runs.append(shorter)
    return runs


def _distinct(numbers: Iterable[int]) -> list[int]:
    return [number for number in dict.fromkeys(numbers) if number >= 0]
