"""Text -> fingerprint: equal for the same words, however they are spelled, spaced or punctuated."""

from __future__ import annotations

from hashlib import blake2b


def fingerprint(words: str) -> str:
    """32 hex digits of BLAKE2b over folded words joined by single spaces; empty for a text without words."""
    return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() if words else ""
