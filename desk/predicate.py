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
        case Same(parts):
            return _in_one_sentence(parts, document)


def _in_one_sentence(parts: tuple[Field, ...], document: Document) -> bool:
    sentences = [
        {
            mention["sentence"]
            for mention in document["mentions"]
            if mention[part.name] in part.values and mention.get("sentence") is not None
        }
        for part in parts
    ]
    return bool(set.intersection(*sentences))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
