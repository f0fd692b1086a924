"""What is asked of a store: a small frozen tree. Each store compiles it; `desk.predicate` tests one document with it.

Whatever a document does not have does not match, so that NOT of it does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from pipelines.arabic import is_term

FIELDS = {
    "entity": "entities",
    "kind": "mentions.kind",
    "target": "targets",
    "report": "report",
    "claimed": "claimed_by",
    "denied": "denied_by",
    "accused": "accused",
    "weapon": "weapons",
    "event": "told.event",
    "story": "story",
    "state": "state",
    "source": "source",
    "country": "countries",
    "section": "section",
    "author": "authors",
    "id": "_id",
}
"""What can be asked for by its whole value: the query's word for it, and where it stands in a stored document."""
NUMBERS = ("mentions", "outlets", "revision")
"""What can be compared: how many mentions, how many independent outlets of its story, the revision."""
Counted = Literal["articles", "stories", "events"]
"""What is counted. An article without a story is one of its own; one without an event is none, one with several is
each of them."""
COUNTED: tuple[Counted, ...] = get_args(Counted)
PERIODS = ("day", "week", "month")
GROUPS = (*PERIODS, "entity", "kind", "source", "country", "section", "author", "target", "report", "pair")
"""What `tally` counts by. A week is named by its Monday; a pair is two entities of one article, as "a b" in order."""


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts, everything does."""

    parts: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts holds; without parts, nothing does."""

    parts: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Query


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word is among the article's terms, so with or without what may be a particle before it."""

    word: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words stand in this order, the first with or without particles; between two at most `gap` others.

    One word that is no term (في) is a phrase too: it stands only in the running text.
    """

    words: tuple[str, ...]
    gap: int = 0

    @property
    def terms(self) -> tuple[str, ...]:
        """Those of its words that are terms, all of which an article with this phrase has."""
        return tuple(word for word in dict.fromkeys(self.words) if is_term(word))


@dataclass(frozen=True, slots=True)
class Field:
    """One of FIELDS has one of these values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """One of FIELDS has any value."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """One of NUMBERS lies between two bounds, both included; None: no bound."""

    name: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Time:
    """The article's `time` is at or after `since` and before `until`; None: no bound."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class During:
    """The reported event's time, `event_from` to `event_to`, overlaps the stretch from `since` to before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Same:
    """All this holds for one sentence: Word, Phrase, Field and Has "entity" or "kind", and And, Or, Not of them.

    Words and phrases stand in one line of `words`, a Field has a mention whose `sentence` is the number of that line.
    Without words and phrases the sentences are those that mention something.
    """

    part: Query

    @property
    def around(self) -> Query:
        """What is true of an article with such a sentence, and an index can tell."""
        return _around(self.part)

    @property
    def reads(self) -> bool:
        """Whether it asks for words, not for mentions alone."""
        return any(isinstance(leaf, Word | Phrase) for leaf in leaves(self.part))


Query = And | Or | Not | Word | Phrase | Field | Has | Number | Time | During | Same
EVERYTHING = And()
Cursor = tuple[datetime, str]
"""`time` and id of the last article of a page."""


def both(*queries: Query) -> Query:
    """All of these, as flat as can be."""
    parts: list[Query] = []
    for query in queries:
        parts += query.parts if isinstance(query, And) else (query,)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _around(query: Query) -> Query:
    match query:
        case And(parts):
            return both(*map(_around, parts))
        case Or(parts):
            wider = tuple(map(_around, parts))
            return EVERYTHING if EVERYTHING in wider else Or(wider)
        case Not():
            return EVERYTHING
    return query


def reads(query: Query) -> bool:
    """Whether texts have to be read to answer it: for sentences, and for words with others between them."""
    return any(isinstance(leaf, Same) or (isinstance(leaf, Phrase) and leaf.gap > 0) for leaf in leaves(query))


def leaves(query: Query) -> Iterator[Query]:
    """What is no And, Or or Not in it, also behind a Not."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield query


def values(document: dict[str, Any], name: str) -> tuple[str, ...]:
    """What a document has in one of FIELDS."""
    if name == "kind":
        return tuple(dict.fromkeys(mention["kind"] for mention in document.get("mentions") or ()))
    if name == "event":
        return tuple(dict.fromkeys(attack["event"] for attack in document.get("told") or ()))
    value = document.get(FIELDS[name])
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(value or ())


def of_events(query: Query) -> Iterator[Field]:
    """What is asked of each event, where events are counted: of an article's attacks only those that it asks for count.

    That is a `target:` or `event:` which every article must have.
    """
    for part in query.parts if isinstance(query, And) else (query,):
        if isinstance(part, Field) and part.name in ("target", "event"):
            yield part
        elif isinstance(part, And):
            yield from of_events(part)


def number(document: dict[str, Any], name: str) -> int | None:
    """What a document has in one of NUMBERS."""
    if name == "mentions":
        return len(document.get("mentions") or ())
    return document.get(name)


def unindexed(query: Query, indexed: Container[str]) -> str:
    """Why answering needs to look at every article, in words for a person; empty where an index narrows it down.

    `indexed`: FIELDS that have an index; "has" among them: one tells which articles have a field at all.
    """
    if query == EVERYTHING or _narrowed(query, indexed):
        return ""
    return f"no index answers {' or '.join(sorted(set(_leaves(query, indexed))))} alone: every article is looked at"


def _narrowed(query: Query, indexed: Container[str]) -> bool:
    match query:
        case And(parts):
            return any(_narrowed(part, indexed) for part in parts)
        case Or(parts):
            return all(_narrowed(part, indexed) for part in parts)
        case Phrase():
            return bool(query.terms) or "running text" in indexed
        case Field(name):
            return name in indexed
        case Has():
            return "has" in indexed
        case Same():
            return _narrowed(query.around, indexed)
        case Word() | Time():
            return True
        case During():
            return "event" in indexed
        case Not() | Number():
            return False


def _leaves(query: Query, indexed: Container[str]) -> Iterator[str]:
    """What stands in the way, as it is written in a query."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                if not _narrowed(part, indexed):
                    yield from _leaves(part, indexed)
        case Not():
            yield "NOT"
        case Number(name) | Field(name):
            yield f"{name}:"
        case Has(name):
            yield f"{name}:any"
        case During():
            yield "event:"
        case Same():
            yield "same(…)"
        case Phrase(words):
            yield f"“{' '.join(words)}”"
        case _:
            return
