"""The watchlist measured on articles: names it does not have, names that are common words, what a change brings."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.arabic import fold
from pipelines.records import Mention
from pipelines.store.base import Store
from pipelines.store.query import EVERYTHING
from pipelines.tag import Tagger

COMMON_FROM = 5
"""Articles from which it can be said that a name is a common word."""
COMMON_SHARE = 0.7
"""A name may be a common word where so many of its articles have nothing else that is watched, and no violence."""

Text = tuple[str, str, str]
"""Id, title and body of an article."""
Progress = Callable[[str, int, int], None]


def stored_texts(store: Store, progress: Progress) -> Iterator[Text]:
    """Every article of the store."""
    total = store.count(EVERYTHING)
    for done, document in enumerate(store.find(EVERYTHING), 1):
        yield document["_id"], document["title"], document["body"]
        progress("articles", done, total)


def texts_of_file(path: Path) -> Iterator[Text]:
    """The articles of a file of JSON lines {"id", "title", "text"}, gzipped where its name ends in .gz.

    Raises ValueError, naming the line, where one is something else; OSError where the file cannot be read.
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                yield str(record["id"]), record.get("title") or "", record["text"] or ""
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f'{path}:{number}: not a JSON object with "id" and "text": {error!r}') from None


def common_words(tagger: Tagger, texts: Iterable[Text]) -> list[str]:
    """Names that count alone and mostly stand in articles that have nothing else that is watched, and no violence."""
    alone: Counter[tuple[str, str]] = Counter()
    articles: Counter[tuple[str, str]] = Counter()
    for _, title, body in texts:
        mentions = tagger.mentions(title, body)
        of_interest = len({mention.entity for mention in mentions}) > 1 or tagger.is_violent(
            fold(f"{title}\n{body}").text
        )
        for name in {(m.entity, fold(m.surface).text) for m in mentions if m.rule == "name"}:
            articles[name] += 1
            alone[name] += not of_interest
    return [
        f"{entity}: {name!r} may be a common word: {alone[entity, name]} of its {count} articles"
        " have nothing else that is watched, and no word of violence"
        for (entity, name), count in articles.most_common()
        if count >= COMMON_FROM and alone[entity, name] >= COMMON_SHARE * count
    ]


@dataclass(slots=True)
class Difference:
    """What another watchlist changes in a body of articles."""

    articles: int = 0
    changed: int = 0
    gained: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By entity: each article that would mention it and does not yet: its id and the words that fire."""
    lost: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def stored_difference(store: Store, tagger: Tagger, progress: Progress) -> Difference:
    """What `marsad retag` would change, without changing it."""
    difference = Difference()
    total = store.count(EVERYTHING)
    for done, document in enumerate(store.find(EVERYTHING), 1):
        before = [Mention(**mention) for mention in document["mentions"]]
        after = tagger.mentions(document["title"], document["body"])
        _compare(difference, document["_id"], document["title"], document["body"], before, after)
        progress("articles", done, total)
    return difference


def difference(before: Tagger, after: Tagger, texts: Iterable[Text]) -> Difference:
    """What changes in `texts` from one watchlist to the other."""
    difference = Difference()
    for article, title, body in texts:
        _compare(difference, article, title, body, before.mentions(title, body), after.mentions(title, body))
    return difference


def _compare(
    difference: Difference, article: str, title: str, body: str, before: Iterable[Mention], after: Iterable[Mention]
) -> None:
    first_before, first_after = _first(before), _first(after)
    difference.articles += 1
    difference.changed += first_before.keys() != first_after.keys()
    for into, here, there in (
        (difference.gained, first_after, first_before),
        (difference.lost, first_before, first_after),
    ):
        for entity in here.keys() - there.keys():
            mention = here[entity]
            text = title if mention.field == "title" else body
            around = text[max(0, mention.start - 60) : mention.end + 40].replace("\n", " ")
            into[entity].append(f"{article}: … {around} …")


def _first(mentions: Iterable[Mention]) -> dict[str, Mention]:
    first: dict[str, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.entity, mention)
    return first
