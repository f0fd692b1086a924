"""Pure: which addresses are to be fetched, given what the store has seen of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.store.base import Seen

ARTICLE = "article"
"""Outcome of a URL whose article is stored."""

# How long a rejection holds. What is not Arabic will hardly become so; an empty page may become an article.
_EXPIRY = {
    "not_arabic": timedelta(days=30),
    "not_html": timedelta(days=30),
    "too_large": timedelta(days=30),
    "not_article": timedelta(days=7),
    "video": timedelta(days=7),
    "empty": timedelta(days=7),
    "paywall": timedelta(days=7),
    "live_blog": timedelta(hours=6),
    "robots": timedelta(days=1),
}
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=7)
LIVE_WAIT = timedelta(minutes=15)


def is_due(seen: Seen | None, modified: datetime | None, now: datetime) -> bool:
    """Whether an address is to be fetched. `modified`: when its entrance says that it last changed (UTC).

    A time in the future is not believed: it would have the page fetched on every crawl.
    """
    if seen is None:
        return True
    if seen.next_check is not None and seen.next_check <= now:
        return True
    return modified is not None and seen.checked < modified <= now


def next_check(outcome: str, now: datetime, before: Seen | None) -> datetime | None:
    """When an address is to be fetched again after `outcome`, `before` being what was known of it until now.

    None for an article: only when its entrance says that it changed. Errors wait twice as long each time.
    """
    if outcome == ARTICLE:
        return None
    if outcome in _EXPIRY:
        return now + _EXPIRY[outcome]
    wait = FIRST_WAIT
    if before is not None and before.outcome == outcome and before.next_check is not None:
        wait = min(max(FIRST_WAIT, 2 * (before.next_check - before.checked)), LONGEST_WAIT)
    return now + wait


def next_look(now: datetime, *, ended: bool) -> datetime | None:
    """When a live blog is to be fetched again: soon, until it has ended."""
    return None if ended else now + LIVE_WAIT
