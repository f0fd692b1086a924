"""A query's tree as SQL on the tables of the embedded store.

One full-text index holds what an article is found by: its terms, its running text, and its fields as words of their own
("entity:iq-taji"). Rows lie in the order of time, so that a page is had by walking from the newest match on, and no
answer has to be sorted. What the index does not hold is tested on the articles that it finds.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pipelines.arabic import MAX_TERMS, core, phrase_pattern, with_particles
from pipelines.store.base import Document
from pipelines.store.query import (
    FIELDS,
    And,
    During,
    Field,
    Has,
    Not,
    Number,
    Or,
    Phrase,
    Query,
    Same,
    Time,
    Word,
    values,
)

SLOTS = 2**21
"""Rows that one millisecond has room for."""
_FARTHEST = 2**42 - 1
"""Milliseconds from 1970, before and after, that fit (1830 to 2109); what lies farther is sorted there."""
_ALL, _NONE, _DATED, _CUT = "=all", "=none", "=dated", "=cut"
"""Words of the index that every article has, none has, those have that say when their event was, and those that have
more terms than are kept."""
_TEXT = "(SELECT json_extract(document, '$.words') FROM documents d WHERE d.n = a.n)"
_ESCAPED = re.compile(r"[^a-z0-9_\-\u0080-\U0010ffff]")


def milliseconds(moment: datetime) -> int:
    """Since 1970 in UTC: what the tables keep."""
    return round(moment.timestamp() * 1000)


def first_row(moment: datetime) -> int:
    """The smallest row of this time and later."""
    return max(-_FARTHEST, min(_FARTHEST, milliseconds(moment))) * SLOTS


def row_of(time: datetime, article: str) -> int:
    """Where an article belongs: later times have higher rows, and so have lower ids of the same time."""
    return first_row(time) + SLOTS - 1 - (int(article[:6], 16) >> 3)


# ---------------------------------------------------------------- what the index holds
def tokens(document: Document) -> str:
    """Everything but the running text that an article is found by."""
    found = [*document["terms"], _ALL]
    for name in FIELDS:
        has = values(document, name)
        found += [_token(name, value) for value in has]
        if has:
            found.append(_token("has", name))
    if document.get("event_from") is not None:
        found.append(_DATED)
    if len(document["terms"]) >= MAX_TERMS:
        found.append(_CUT)
    return " ".join(found)


def _token(name: str, value: str) -> str:
    """A word that no text has; letters between which the index would part or not tell apart are written as numbers."""
    return f"{name}:{_ESCAPED.sub(lambda sign: f'={ord(sign[0]):x}=', value)}"


def sentence_rows(document: Document) -> set[tuple[int, str]]:
    """Sentence and what it mentions, for Same."""
    return {
        (mention["sentence"], _token(name, mention[name]))
        for mention in document["mentions"]
        if mention.get("sentence") is not None
        for name in ("entity", "kind")
    }


# ---------------------------------------------------------------- the question
@dataclass(slots=True)
class Plan:
    """A question: what to look up in the index, between which rows, and what to test on what is found there."""

    match: str | None
    """In FTS5's language; None: every article."""
    low: int | None
    high: int | None
    tests: list[str]
    values: list[Any]

    def source(self, joins: str | None = None) -> str:
        """FROM and WHERE; its values are `all_values`. With `joins`, to other tables, articles are called a."""
        conditions = [*self._bounds(), *self.tests]
        if self.match is None:
            return f"FROM articles a {joins or ''}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
        where = f"WHERE {' AND '.join(['search MATCH ?', *conditions])}"
        if joins is None and not self.tests:
            return f"FROM search {where}"
        return f"FROM search CROSS JOIN articles a ON a.n = search.rowid {joins or ''} {where}"

    @property
    def row(self) -> str:
        """The column to sort by."""
        return "a.n" if self.match is None else "search.rowid"

    @property
    def all_values(self) -> list[Any]:
        """Those of `source`, in its order."""
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        return [*([] if self.match is None else [self.match]), *bounds, *self.values]

    def narrow(self, low: int | None, high: int | None) -> None:
        """Only rows from `low` to before `high`, and within the bounds that there are."""
        self.low = max((bound for bound in (self.low, low) if bound is not None), default=None)
        self.high = min((bound for bound in (self.high, high) if bound is not None), default=None)

    def go_on_after(self, row: int, *, oldest_first: bool) -> None:
        """Leave out a row and what comes before it."""
        self.narrow(row + 1, None) if oldest_first else self.narrow(None, row)

    def _bounds(self) -> list[str]:
        bounds = ((self.low, ">="), (self.high, "<"))
        return [f"{self.row} {sign} ?" for bound, sign in bounds if bound is not None]


def plan(query: Query) -> Plan:
    """How the embedded store answers."""
    lookups: list[str] = []
    unwanted: list[str] = []
    made = Plan(None, None, None, [], [])
    for part in query.parts if isinstance(query, And) else (query,):
        exact = _lookup(part)
        if isinstance(part, Time):
            made.narrow(*_rows(part))
            continue
        if isinstance(part, Not) and (inner := _lookup(part.part)) is not None:
            unwanted.append(inner)
            continue
        if exact is not None:
            lookups.append(exact)
            continue
        made.tests.append(_rest(part, made.values))
        if (wider := _wider(part)) is not None:
            lookups.append(wider)
    made.match = _without(lookups, unwanted) if lookups or unwanted else None
    return made


def _rows(query: Time) -> tuple[int | None, int | None]:
    """From which row to before which."""
    low, high = (None if bound is None else first_row(bound) for bound in (query.since, query.until))
    return low, high


def _term(token: str) -> str:
    return f'terms : "{token}"'


def _together(lookups: list[str]) -> str:
    return " AND ".join(f"({lookup})" for lookup in lookups)


def _lookup(query: Query) -> str | None:
    """The query in FTS5's language; None where the index does not hold all that it needs."""
    match query:
        case Word(word):
            return _term(word)
        case Phrase(words, gap) if not gap or len(words) == 1:
            rest = "".join(f" {word}" for word in words[1:])
            forms = " OR ".join(f'"{first}{rest}"' for first in with_particles(words[0]))
            # Who has the words has their terms, unless these were cut off: asking for them costs a third as much again.
            terms = " AND ".join(map(_term, query.terms))
            return f"words : ({forms})" + (f" NOT ({_term(_CUT)} NOT ({terms}))" if terms else "")
        case Field(name, wanted):
            return " OR ".join(_term(_token(name, value)) for value in wanted) or _term(_NONE)
        case Has(name):
            return _term(_token("has", name))
        case Not(part):
            inner = _lookup(part)
            return None if inner is None else f"{_term(_ALL)} NOT ({inner})"
        case And(parts):
            return _all_of(parts)
        case Or(parts):
            inner_parts = [_lookup(part) for part in parts]
            if any(inner is None for inner in inner_parts):
                return None
            return " OR ".join(f"({inner})" for inner in inner_parts) or _term(_NONE)
    return None


def _all_of(parts: tuple[Query, ...]) -> str | None:
    wanted = [_lookup(part) for part in parts if not isinstance(part, Not)]
    unwanted = [_lookup(part.part) for part in parts if isinstance(part, Not)]
    if any(lookup is None for lookup in (*wanted, *unwanted)):
        return None
    return _without([lookup for lookup in wanted if lookup], [lookup for lookup in unwanted if lookup])


def _without(wanted: list[str], unwanted: list[str]) -> str:
    """FTS5 knows NOT between two, so what must not be is taken from what must, or from all."""
    positive = _together(wanted) or _term(_ALL)
    negative = " OR ".join(f"({lookup})" for lookup in unwanted)
    return f"({positive}) NOT ({negative})" if negative else positive


def _wider(query: Query) -> str | None:
    """Something that the index can look up and that holds for every article that the query asks for, and for more."""
    exact = _lookup(query)
    if exact is not None:
        return exact
    match query:
        case Phrase(words, gap):
            # So many from the end of the first to the beginning of the last, in any order.
            between = gap * (len(words) - 1) + len(words) - 2
            rest = "".join(f' "{word}"' for word in words[1:])
            near = " OR ".join(f'NEAR("{first}"{rest}, {between})' for first in with_particles(words[0]))
            return _together([*map(_term, query.terms), f"words : ({near})"])
        case Same():
            return _wider(query.around)
        case During():
            return _term(_DATED)
        case And(parts):
            found = [lookup for lookup in map(_wider, parts) if lookup is not None]
            return _together(found) if found else None
        case Or(parts):
            each = [_wider(part) for part in parts]
            return None if any(lookup is None for lookup in each) else " OR ".join(f"({lookup})" for lookup in each)
    return None


def _test(query: Query, given: list[Any]) -> str:
    """The query as a condition on one article, true or false and never null; its values are added to `given`."""
    exact = _lookup(query)
    if exact is not None and not isinstance(query, Not):
        given.append(exact)
        return "a.n IN (SELECT rowid FROM search WHERE search MATCH ?)"
    match query:
        case And(parts):
            return "(" + (" AND ".join(_test(part, given) for part in parts) or "1") + ")"
        case Or(parts):
            return "(" + (" OR ".join(_test(part, given) for part in parts) or "0") + ")"
        case Not(part):
            return f"NOT {_test(part, given)}"
        case Time():
            low, high = _rows(query)
            return _between("a.n", low, None if high is None else high - 1, given)
        case Number(name, least, most):
            return _between(f"a.{name}", least, most, given)
        case During(since, until):
            given += [milliseconds(until), milliseconds(since)]
            return "ifnull(a.event_from < ? AND a.event_to >= ?, 0)"
        case Phrase():
            found = _test(And(tuple(map(Word, query.terms))), given)
            return f"({found} AND {_rest(query, given)})"
        case Same():
            found = _test(query.around, given)
            return f"({found} AND {_rest(query, given)})"
    raise TypeError(f"not a query: {query!r}")


def _rest(query: Query, given: list[Any]) -> str:
    """What is left of the query to be tested on the articles that `_wider` finds."""
    match query:
        case Phrase(words, gap):
            given.append(phrase_pattern(words, gap))
            return f"holds(?, {_TEXT})"
        case Same(part):
            if not query.reads:
                asked = _in_sentence(part, given, "w.sentence")
                return f"EXISTS (SELECT 1 FROM sentences w WHERE w.n = a.n AND {asked})"  # noqa: S608 (ours)
            parts = part.parts if isinstance(part, And) else (part,)
            # Few sentences have the first words that all must have; only these are looked at further.
            first = next((one for one in parts if isinstance(one, Word | Phrase)), None)
            words = (first.word,) if isinstance(first, Word) else first.words if first else ()
            given += [core(words[0]), _pattern(first)] if first else ["", ""]
            asked = _in_sentence(And(tuple(one for one in parts if one is not first)), given, "w.key")
            return f"EXISTS (SELECT 1 FROM json_each(lines(?, ?, {_TEXT})) w WHERE {asked})"  # noqa: S608 (ours)
    return _test(query, given)


def _between(column: str, least: int | None, most: int | None, given: list[Any]) -> str:
    bounds = [(sign, bound) for sign, bound in ((">=", least), ("<=", most)) if bound is not None]
    given += [bound for _, bound in bounds]
    conditions = [f"{column} IS NOT NULL", *(f"{column} {sign} ?" for sign, _ in bounds)]
    return f"({' AND '.join(conditions)})"


def _in_sentence(query: Query, given: list[Any], number: str) -> str:
    """The query as a condition on the sentence of this number, whose words, where they are asked for, are w.value."""
    match query:
        case And(parts):
            return "(" + (" AND ".join(_in_sentence(part, given, number) for part in parts) or "1") + ")"
        case Or(parts):
            return "(" + (" OR ".join(_in_sentence(part, given, number) for part in parts) or "0") + ")"
        case Not(part):
            return f"NOT {_in_sentence(part, given, number)}"
        case Word() | Phrase():
            given.append(_pattern(query))
            return "holds(?, w.value)"
        case Field(name, wanted):
            given += [_token(name, value) for value in wanted]
            named = f" AND s.token IN ({','.join('?' * len(wanted))})"
        case Has():
            named = ""
        case _:
            raise TypeError(f"not asked of a sentence: {query!r}")
    return f"EXISTS (SELECT 1 FROM sentences s WHERE s.n = a.n AND s.sentence = {number}{named})"  # noqa: S608 (ours)


def _pattern(query: Word | Phrase) -> str:
    return phrase_pattern((query.word,)) if isinstance(query, Word) else phrase_pattern(query.words, query.gap)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def lines(core: str, pattern: str, text: str | None) -> str:
    """SQL's function of this name: lines in which letters and a pattern are found, by number, as a JSON object."""
    search = _compiled(pattern).search
    numbered = enumerate([] if text is None else text.split("\n"))
    return json.dumps({n: line for n, line in numbered if core in line and search(line)}, ensure_ascii=False)


def holds(pattern: str, text: str | None) -> bool:
    """SQL's function of this name: whether the pattern is found."""
    return text is not None and bool(_compiled(pattern).search(text))
