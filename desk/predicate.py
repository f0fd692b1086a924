"""A query's tree -> whether one document matches, in memory: what the stores say in SQL and in MongoDB's language."""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.arabic import phrase_pattern
from pipelines.store.base import Document
from pipelines.store.query import (
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
    number,
    values,
)


def matches(query: Query, document: Document) -> bool:
    """Whether a stored article, or one about to be stored, is one that the query asks for."""
    match query:
        case And(parts):
            return all(matches(part, document) for part in parts)
        case Or(parts):
            return any(matches(part, document) for part in parts)
        case Not(part):
            return not matches(part, document)
        case Word(word):
            return word in document["terms"]
        case Phrase(words, gap):
            has_terms = set(query.terms) <= set(document["terms"])
            return has_terms and bool(_compiled(phrase_pattern(words, gap)).search(document["words"]))
        case Field(name, wanted):
            return not set(wanted).isdisjoint(values(document, name))
        case Has(name):
            return bool(values(document, name))
        case Number(name, least, most):
            figure = number(document, name)
            return figure is not None and (least is None or figure >= least) and (most is None or figure <= most)
        case Time(since, until):
            time = document["time"]
            return (since is None or time >= since) and (until is None or time < until)
        case During(since, until):
            first, last = document.get("event_from"), document.get("event_to")
            return first is not None and last is not None and first < until and last >= since
        case Same(part):
            return matches(query.around, document) and _in_one_sentence(part, document, reads=query.reads)


def _in_one_sentence(part: Query, document: Document, *, reads: bool) -> bool:
    mentions: dict[int, list[Document]] = {}
    for mention in document["mentions"]:
        if (number := mention.get("sentence")) is not None:
            mentions.setdefault(number, []).append(mention)
    lines = dict(enumerate(document["words"].split("\n"))) if reads else dict.fromkeys(mentions, "")
    return any(_holds(part, line, mentions.get(number, [])) for number, line in lines.items())


def _holds(query: Query, line: str, mentions: list[Document]) -> bool:
    """Whether a sentence has what is asked for."""
    match query:
        case And(parts):
            return all(_holds(part, line, mentions) for part in parts)
        case Or(parts):
            return any(_holds(part, line, mentions) for part in parts)
        case Not(part):
            return not _holds(part, line, mentions)
        case Word(word):
            return bool(_compiled(phrase_pattern((word,))).search(line))
        case Phrase(words, gap):
            return bool(_compiled(phrase_pattern(words, gap)).search(line))
        case Field(name, wanted):
            return any(mention[name] in wanted for mention in mentions)
        case Has():
            return bool(mentions)
    raise TypeError(f"not asked of a sentence: {query!r}")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
