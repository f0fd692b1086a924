"""A query's tree in MongoDB's language: as a filter on the collection articles, and as a pipeline that counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.arabic import phrase_pattern
from pipelines.store.mongo_layout import INDEXES
from pipelines.store.query import (
    FIELDS,
    PERIODS,
    And,
    Counted,
    Cursor,
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
    of_events,
)

Filter = dict[str, Any]
_FIRST = {"_id", *(index["keys"][0][0] for index in INDEXES["articles"].values())}
INDEXED = frozenset(name for name, path in FIELDS.items() if path in _FIRST)
"""FIELDS that an index begins with."""
_ARRAYS = frozenset(("entity", "kind", "target", "claimed", "denied", "accused", "weapon", "country", "author"))


def filter_of(query: Query) -> Filter:
    """The filter for `find` and `$match`."""
    match query:
        case And(parts):
            return _all([filter_of(part) for part in parts])
        case Or((_, *_) as parts) if all(isinstance(part, Word) for part in parts):
            return {"terms": {"$in": [part.word for part in parts if isinstance(part, Word)]}}
        case Or((Field(name), *_) as parts) if all(isinstance(part, Field) and part.name == name for part in parts):
            wanted = dict.fromkeys(value for part in parts if isinstance(part, Field) for value in part.values)
            return filter_of(Field(name, tuple(wanted)))
        case Or(parts):
            return {"$or": [filter_of(part) for part in parts]} if parts else {"_id": {"$in": []}}
        case Not(part):
            return {"$nor": [filter_of(part)]}
        case Word(word):
            return {"terms": word}
        case Phrase(words, gap):
            running = {"words": {"$regex": phrase_pattern(words, gap)}}
            return _all([*({"terms": term} for term in query.terms), running])
        case Field(name, values):
            return {FIELDS[name]: values[0] if len(values) == 1 else {"$in": list(values)}}
        case Has("kind" | "event"):
            return {f"{FIELDS[query.name].partition('.')[0]}.0": {"$exists": True}}
        case Has(name):
            return {f"{FIELDS[name]}.0": {"$exists": True}} if name in _ARRAYS else {FIELDS[name]: {"$gt": ""}}
        case Number("mentions", least, most):
            return _length("mentions", least, most)
        case Number(name, least, most):
            return {name: _bounds({"$gte": least, "$lte": most}) or {"$type": "number"}}
        case Time(since, until):
            bounds = _bounds({"$gte": since, "$lt": until})
            return {"time": bounds} if bounds else {}
        case During(since, until):
            return {"event_from": {"$lt": until}, "event_to": {"$gte": since}}
        case Same():
            return _all([filter_of(query.around), {"$expr": _in_one_sentence(query)}])


def after_filter(query: Query, cursor: Cursor, *, oldest_first: bool) -> Filter:
    """`query` without what comes before and at the cursor; the first condition keeps to the index."""
    time, article = cursor
    beyond, behind = ("$gt", "$lt") if oldest_first else ("$lt", "$gt")
    rest = {"$or": [{"time": {beyond: time}}, {"time": time, "_id": {behind: article}}]}
    return {"$and": [filter_of(query), {"time": {f"{beyond}e": time}}, rest]}


def _bounds(bounds: Filter) -> Filter:
    return {operator: bound for operator, bound in bounds.items() if bound is not None}


def _all(filters: Sequence[Filter]) -> Filter:
    """One plain filter where no key stands twice, which is how a person would write it."""
    terms = list(dict.fromkeys(term for one in filters for term in _terms(one)))
    if len(terms) > 1:
        filters = [{"terms": {"$all": terms}}, *(one for one in filters if not _terms(one))]
    keys = [key for one in filters for key in one]
    if len(keys) == len(set(keys)):
        return {key: value for one in filters for key, value in one.items()}
    return {"$and": list(filters)}


def _terms(one: Filter) -> list[str]:
    """The terms that a filter asks for, where it asks for nothing else."""
    wanted = one.get("terms") if len(one) == 1 else None
    if isinstance(wanted, str):
        return [wanted]
    return list(wanted["$all"]) if wanted and "$all" in wanted else []


def _length(path: str, least: int | None, most: int | None) -> Filter:
    """How many elements an array has, told by the places that it has."""
    conditions: list[Filter] = []
    if least:
        conditions.append({f"{path}.{least - 1}": {"$exists": True}})
    if most is not None:
        conditions.append({f"{path}.{most}": {"$exists": False}} if most >= 0 else {"_id": {"$in": []}})
    return _all(conditions)


def _in_one_sentence(query: Same) -> Filter:
    """Some number $$n of a sentence for which it holds."""
    if not query.reads:
        numbered: Filter = {
            "$filter": {"input": _mentioned({}), "as": "n", "cond": {"$gte": ["$$n", 0]}},
        }
        return _any(numbered, _in_sentence(query.part))
    every = {"$range": [0, {"$size": "$$lines"}]}
    return {
        "$let": {
            "vars": {"lines": {"$split": ["$words", "\n"]}},
            "in": _any(every, _in_sentence(query.part)),
        }
    }


def _any(numbers: Filter, condition: Filter) -> Filter:
    return {"$anyElementTrue": [{"$map": {"input": numbers, "as": "n", "in": condition}}]}


def _mentioned(where: Filter) -> Filter:
    """Numbers of the sentences of mentions; of those for which an expression over $$mention holds."""
    mentions = {"$filter": {"input": "$mentions", "as": "mention", "cond": where}} if where else "$mentions"
    return {"$map": {"input": mentions, "as": "mention", "in": "$$mention.sentence"}}


def _in_sentence(query: Query) -> Filter:
    """The query as an expression on the sentence $$n, whose words are in $$lines."""
    match query:
        case And(parts):
            return {"$and": [_in_sentence(part) for part in parts]}
        case Or(parts):
            return {"$or": [_in_sentence(part) for part in parts]}
        case Not(part):
            return {"$not": [_in_sentence(part)]}
        case Word(word):
            return _in_sentence(Phrase((word,)))
        case Phrase(words, gap):
            line = {"$arrayElemAt": ["$$lines", "$$n"]}
            return {"$regexMatch": {"input": line, "regex": phrase_pattern(words, gap)}}
        case Field(name, wanted):
            return {"$in": ["$$n", _mentioned({"$in": [f"$$mention.{name}", list(wanted)]})]}
        case Has():
            return {"$in": ["$$n", _mentioned({})]}
    raise TypeError(f"not asked of a sentence: {query!r}")


# ---------------------------------------------------------------- counting
_UNITS: dict[Counted, Any] = {"articles": "$_id", "stories": {"$ifNull": ["$story", "$_id"]}, "events": "$told.event"}
_DAY = {"$dateFromString": {"dateString": "$day"}}
_KEYS: dict[str, Any] = {
    "day": "$day",
    # Counted in days: the day of the week is 1 for Monday.
    "week": {
        "$dateToString": {
            "format": "%Y-%m-%d",
            "date": {
                "$subtract": [_DAY, {"$multiply": [{"$subtract": [{"$isoDayOfWeek": _DAY}, 1]}, 24 * 3600 * 1000]}]
            },
        }
    },
    "month": {"$substrBytes": ["$day", 0, 7]},
    "pair": {"$concat": ["$pair", " ", "$pair_with"]},
}


def pipeline(query: Query, by: Sequence[str], of: Counted) -> list[Filter]:
    """Stages for `aggregate`: rows {"_id": {"k0": …, "k1": …}, "n": count}, a key for each group of `by`."""
    stages: list[Filter] = [{"$match": filter_of(query)}]
    paths = FIELDS
    if of == "events":
        paths = FIELDS | {"target": "told.targets"}
        stages.append({"$unwind": "$told"})
        stages += [{"$match": {paths[asked.name]: {"$in": list(asked.values)}}} for asked in of_events(query)]
    keys = {}
    for place, group in enumerate(by):
        if group in _KEYS:
            keys[f"k{place}"] = _KEYS[group]
        elif group == "kind":
            kinds = {"$map": {"input": "$mentions", "as": "mention", "in": "$$mention.kind"}}
            stages += [{"$addFields": {"kind": {"$setUnion": [kinds, []]}}}, {"$unwind": "$kind"}]
            keys[f"k{place}"] = "$kind"
        else:
            if group in _ARRAYS:
                stages.append({"$unwind": f"${paths[group]}"})
            keys[f"k{place}"] = f"${paths[group]}"
    if "pair" in by:
        # Before the entities are unwound for themselves.
        stages[1:1] = [
            {"$addFields": {"pair": "$entities", "pair_with": "$entities"}},
            {"$unwind": "$pair"},
            {"$unwind": "$pair_with"},
            {"$match": {"$expr": {"$lt": ["$pair", "$pair_with"]}}},
        ]
    if of == "articles":
        return [*stages, {"$group": {"_id": keys, "n": {"$sum": 1}}}]
    apart = {key: value for (key, value), group in zip(keys.items(), by, strict=True) if group not in PERIODS}
    each = {"$group": {"_id": apart | {"unit": _UNITS[of]}, "day": {"$min": "$day"}}}
    again = {key: f"$_id.{key}" if key in apart else value for key, value in keys.items()}
    return [*stages, each, {"$match": {"_id.unit": {"$gt": ""}}}, {"$group": {"_id": again, "n": {"$sum": 1}}}]
