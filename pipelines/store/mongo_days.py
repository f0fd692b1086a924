"""The collection `days` in MongoDB: articles of each day by entity, kind and source, kept while articles are written.

A writer that is killed between an article and its counts leaves them wrong; `recount` finds and repairs that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pymongo
from pymongo.database import Database

from pipelines.store.base import Document
from pipelines.store.days import DayQuestion, Key, counted, summed

COUNTED_FROM = {"day": 1, "source": 1, "entities": 1, "mentions.kind": 1}
"""What of an article its counts depend on, as a projection."""
_BATCH = 500


class Days:
    """The counts of one database."""

    def __init__(self, database: Database[Document]) -> None:
        self._articles = database["articles"]
        self._days = database["days"]

    def change(self, before: Iterable[Document], after: Iterable[Document]) -> None:
        """Articles became others: `before` may lack those that are new."""
        changes: Counter[Key] = Counter(key for document in after for key in counted(document))
        changes.subtract(Counter(key for document in before for key in counted(document)))
        moved = {key: change for key, change in changes.items() if change}
        writes = [
            pymongo.UpdateOne(
                {"_id": _id(key)}, {"$inc": {"articles": change}, "$setOnInsert": _named(key)}, upsert=True
            )
            for key, change in moved.items()
        ]
        if writes:
            self._days.bulk_write(writes, ordered=False)
        if gone := [_id(key) for key, change in moved.items() if change < 0]:
            self._days.delete_many({"_id": {"$in": gone}, "articles": 0})

    def recount(self, days: Sequence[str] | None = None, *, repair: bool) -> int:
        """How many counts, of these days or of all, differ from the articles; with `repair` they are replaced."""
        wanted: dict[str, Any] = {} if days is None else {"day": {"$in": list(days)}}
        right: Counter[str] = Counter()
        names: dict[str, Key] = {}
        for document in self._articles.find(wanted, COUNTED_FROM):
            for key in counted(document):
                names[_id(key)] = key
                right[_id(key)] += 1
        kept = {record["_id"]: record["articles"] for record in self._days.find(wanted)}
        wrong = [key for key in kept.keys() | right.keys() if kept.get(key, 0) != right.get(key, 0)]
        if repair:
            writes: list[Any] = [
                pymongo.ReplaceOne({"_id": key}, _named(names[key]) | {"articles": right[key]}, upsert=True)
                if key in right
                else pymongo.DeleteOne({"_id": key})
                for key in wrong
            ]
            for start in range(0, len(writes), _BATCH):
                self._days.bulk_write(writes[start : start + _BATCH], ordered=False)
        return len(wrong)

    def tally(self, question: DayQuestion, by: Sequence[str]) -> dict[tuple[str, ...], int]:
        """The answer to a question that these counts can answer."""
        wanted: dict[str, Any] = {"field": question.field}
        if question.value is not None:
            wanted["value"] = question.value
        bounds = {"$gte": question.since, "$lt": question.until}
        if any(bounds.values()):
            wanted["day"] = {operator: day for operator, day in bounds.items() if day is not None}
        records = self._days.find(wanted, {"_id": 0, "day": 1, "value": 1, "articles": 1})
        return summed(((record["day"], record["value"], record["articles"]) for record in records), by)


def _id(key: Key) -> str:
    return "|".join(key)


def _named(key: Key) -> Document:
    return dict(zip(("field", "value", "day"), key, strict=True))
