"""The questions analysts ask, one function each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from pipelines.store.base import Document, Store
from pipelines.store.days import period_of
from pipelines.store.query import Counted, Cursor, Field, Query, both, reads

if TYPE_CHECKING:
    from config.entities import Entity
    from desk.watched import Watched


def find_one(store: Store, id_or_url: str) -> Document | None:
    """The article with this id, or the one that was read at this address."""
    if "://" in id_or_url:
        seen = store.seen([id_or_url]).get(id_or_url)
        return store.article(seen.article) if seen and seen.article else None
    return store.article(id_or_url)


COUNTED_TO = 5_000
"""Articles that a page counts: nobody pages farther, and a page shall not take longer the more there are."""
READ_TO = 200
"""The same where each has to be read before it counts."""


def how_many(store: Store, query: Query) -> str:
    """How many articles match, or that they are more than a page counts."""
    most = READ_TO if reads(query) else COUNTED_TO
    found = store.count(query, at_most=most + 1)
    return f"{found:,}" if found <= most else f"more than {most:,}"


def cursor_of(document: Document) -> str:
    """Where a page ended, to go on from: time and id."""
    return f"{document['time'].isoformat().replace('+00:00', 'Z')},{document['_id']}"


def cursor(store: Store, text: str) -> Cursor:
    """What `cursor_of` wrote, or an article's id. Raises ValueError for anything else."""
    time, _, article = text.rpartition(",")
    if not time:
        document = store.article(article)
        if document is None:
            raise ValueError(f"{text!r}: no article {article}; write the TIME,ID that the last page ended with")
        return document["time"], article
    try:
        moment = datetime.fromisoformat(time)
        int(article[:6], 16)
    except ValueError:
        raise ValueError(f"{text!r}: write the TIME,ID that the last page ended with") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r}: the time needs its offset, such as a Z behind it")
    return moment, article


MAX_PERIODS = 400
"""So many days or weeks without an article are still told as zeros."""


def timeline(store: Store, query: Query, period: str, per: str | None, of: Counted) -> list[tuple[str, str, int]]:
    """Period, value of `per` ("" without) and count, in order; without `per`, periods between with nothing are 0."""
    counts = store.tally(query, (period, per) if per else (period,), of)
    rows = sorted((key[0], key[1] if per else "", count) for key, count in counts.items())
    if per or not rows:
        return rows
    known = {when: count for when, _, count in rows}
    periods = list(islice(_periods(rows[0][0], rows[-1][0], period), MAX_PERIODS))
    if len(periods) == MAX_PERIODS:
        return rows
    return [(when, "", known.get(when, 0)) for when in periods]


def _periods(first: str, last: str, period: str) -> Iterator[str]:
    """Every period from one to another."""
    when = first
    while when <= last:
        yield when
        day = date.fromisoformat(when if period != "month" else f"{when}-01")
        when = period_of((day + timedelta(days={"day": 1, "week": 7, "month": 31}[period])).isoformat(), period)


def top(store: Store, query: Query, by: str, of: Counted, limit: int) -> list[tuple[str, int]]:
    """Values of a group with the highest counts, and those counts."""
    counts = store.tally(query, (by,), of)
    return sorted(((key[0], count) for key, count in counts.items()), key=lambda row: (-row[1], row[0]))[:limit]


def places(store: Store, query: Query, watched: Watched) -> list[tuple[Entity, int, str, str]]:
    """Entities with coordinates that matching articles mention: how many articles, the first and the last day."""
    located = {entity.id: entity for entity in watched.entities if entity.lat is not None}
    days: dict[str, list[tuple[str, int]]] = {}
    for (entity, day), count in store.tally(query, ("entity", "day")).items():
        if entity in located:
            days.setdefault(entity, []).append((day, count))
    return [
        (located[entity], sum(count for _, count in found), min(found)[0], max(found)[0])
        for entity, found in sorted(days.items())
    ]


@dataclass(frozen=True, slots=True)
class Story:
    """Copies of one text, as far as they match."""

    story: str
    """Its id; the article's own where it belongs to none."""
    articles: int
    outlets: int
    """Sources that have it."""
    origins: int
    """Independent ones in the whole story: who prints or quotes one agency, or has one owner, is one."""
    first: Document
    last: Document


def stories(store: Store, query: Query, limit: int) -> list[Story]:
    """The stories with the newest articles that match, newest first; counted are all their articles that match."""
    newest: dict[str, Document] = {}
    for document in store.find(query):
        newest.setdefault(document["story"] or document["_id"], document)
        if len(newest) > limit:
            break
    found = []
    for story, last in list(newest.items())[:limit]:
        articles, outlets, first = 1, {last["source"]}, last
        if last["story"]:
            articles = 0
            for document in store.find(both(query, Field("story", (story,)))):
                articles, first = articles + 1, document
                outlets.add(document["source"])
        whole = store.story(story)
        found.append(Story(story, articles, len(outlets), whole["origins"] if whole else 1, first, last))
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What became other from one text of an article to the next."""

    article: str
    revision: int
    """Of the later text."""
    fetched: datetime
    """When the later text was read."""
    fields: tuple[str, ...]
    """Those of title, body, authors … that differ."""
    title: tuple[str, str] | None
    """Before and after, where it differs."""
    removed: tuple[str, ...]
    """Paragraphs that only the earlier text has."""
    added: tuple[str, ...]
    no_longer: tuple[str, ...]
    """Entities that only the earlier text mentions."""
    newly: tuple[str, ...]


_COMPARED = ("title", "body", "authors", "section", "published", "published_precision", "modified")


def changes(store: Store, article_id: str) -> list[Change]:
    """What each revision of an article changed, oldest first."""
    now = store.article(article_id)
    texts = [*store.revisions(article_id), *([now] if now else [])]
    return [_change(before, after) for before, after in pairwise(texts)]


def _change(before: Document, after: Document) -> Change:
    def gone(one: Document, other: Document) -> tuple[str, ...]:
        paragraphs = set(other["body"].split("\n"))
        return tuple(line for line in one["body"].split("\n") if line not in paragraphs)

    return Change(
        article=after.get("article") or after["_id"],
        revision=after["revision"],
        fetched=after["fetched"],
        fields=tuple(name for name in _COMPARED if before[name] != after[name]),
        title=(before["title"], after["title"]) if before["title"] != after["title"] else None,
        removed=gone(before, after),
        added=gone(after, before),
        no_longer=tuple(entity for entity in before["entities"] if entity not in after["entities"]),
        newly=tuple(entity for entity in after["entities"] if entity not in before["entities"]),
    )
