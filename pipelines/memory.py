"""Pure: which addresses are to be fetched, given what the store has seen of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pipelines.store.base import Seen

ARTICLE = "article"
"""Outcome of a URL whose article is stored."""
ENTRANCE = "entrance"
"""Outcome of a feed, sitemap or section page of which every link has been dealt with."""

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
# Most corrections and deletions come within hours. A look costs a request, which is mostly answered with 304.
AGES = tuple(timedelta(hours=hours) for hours in (1, 3, 8, 24, 48))
"""Ages at which an article is looked at again."""
WATCHED = AGES[-1] + timedelta(hours=12)
"""How old what is looked at again of itself may be: the last look at an article may be late."""


def is_due(seen: Seen | None, modified: datetime | None, now: datetime) -> bool:
    """Whether an address is to be fetched. `modified`: when its entrance says that it last changed (UTC).

    A time in the future is not believed: it would have the page fetched on every crawl.
    """
    if seen is None:
        return True
    if seen.next_check is not None and seen.next_check <= now:
        return True
    return modified is not None and seen.checked < modified <= now


def next_check(outcome: str, now: datetime, before: Seen | None, since: datetime | None = None) -> datetime | None:
    """When an address is to be fetched again after `outcome`, `before` being what was known of it until now.

    `since`: when its article was published. An article is looked at again at AGES, then only when its entrance says
    that it changed (None). Errors wait twice as long each time.
    """
    if outcome == ARTICLE:
        return next((since + age for age in AGES if since + age > now), None) if since is not None else None
    if outcome in _EXPIRY:
        return now + _EXPIRY[outcome]
    wait = FIRST_WAIT
    if before is not None and before.outcome == outcome and before.next_check is not None:
        wait = min(max(FIRST_WAIT, 2 * (before.next_check - before.checked)), LONGEST_WAIT)
    return now + wait


def next_look(now: datetime, *, ended: bool) -> datetime | None:
    """When a live blog is to be fetched again: soon, until it has ended."""
    return None if ended else now + LIVE_WAIT


def unchanged(seen: Seen, now: datetime) -> Seen:
    """What is known of an address that was asked for again and has not changed."""
    return replace(seen, checked=now, next_check=next_check(seen.outcome, now, seen, seen.since))


def is_sitemap_due(seen: Seen | None, modified: datetime | None, now: datetime) -> bool:
    """Whether a sitemap that an index names is to be fetched.

    Where the index says when it changed (`modified`, UTC; midnight means: some time that day), that decides; else it
    is asked for less and less often while it brings nothing.
    """
    if seen is None or seen.outcome != ENTRANCE:
        return True
    if modified is None:
        return seen.next_check is None or seen.next_check <= now
    if modified.time() == datetime.min.time():
        return modified.date() >= seen.checked.date()
    return modified > seen.checked - FIRST_WAIT


def entrance_seen(
    url: str, source: str, now: datetime, before: Seen | None, *, validators: tuple[str | None, str | None, str | None]
) -> Seen:
    """What is to be known of an entrance once its links are dealt with.

    `validators`: ETag, Last-Modified and digest of the body; all None where it must be fetched whole the next time.
    """
    etag, modified, digest = validators
    wait = FIRST_WAIT
    if before is not None and before.next_check is not None and digest is not None and digest == before.digest:
        wait = min(2 * max(FIRST_WAIT, before.next_check - before.checked), LONGEST_WAIT)
    return Seen(url, ENTRANCE, None, etag, modified, now, now + wait, source, now, digest)
