"""The questions analysts ask, one function each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config import settings
from pipelines import arabic
from pipelines.store.base import Document, Query, Store

_SPAN = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(text: str, *, now: datetime | None = None) -> datetime:
    """What a person means by "2026-11-01", "2026-11-01T06:00" (the desk's time zone) or "7d" (so long ago), in UTC.

    Raises ValueError naming what is understood.
    """
    if span := _SPAN.fullmatch(text):
        return (now or datetime.now(UTC)) - int(span[1]) * _UNITS[span[2]]
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: write 2026-11-01, 2026-11-01T06:00 or a span such as 7d") from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(settings.MARSAD_TIMEZONE))
    return parsed.astimezone(UTC)


def articles_query(
    texts: Sequence[str],
    *,
    entities: Sequence[str],
    kinds: Sequence[str],
    sources: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    mentioning: bool,
) -> Query:
    """The stored articles wanted; `texts` are folded into words the way articles are."""
    words = [word for text in texts for word in arabic.words(arabic.fold(text).text)]
    return Query(
        entities=tuple(entities),
        kinds=tuple(kinds),
        sources=tuple(sources),
        since=since,
        until=until,
        words=tuple(words),
        mentioning=mentioning,
    )


def find_one(store: Store, id_or_url: str) -> Document | None:
    """The article with this id, or the one that was read at this address."""
    if "://" in id_or_url:
        seen = store.seen([id_or_url]).get(id_or_url)
        return store.article(seen.article) if seen and seen.article else None
    return store.article(id_or_url)
