"""Text -> fingerprint: equal for the same words, however they are spelled, spaced or punctuated."""

from __future__ import annotations

from hashlib import blake2b


def fingerprint(words: str) -> str:
    """32 hex digits of BLAKE2b over folded words, wherever a line ends; empty for a text without words."""
    joined = " ".join(words.split())
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() if joined else ""
