"""Articles of each day by entity, kind and source: kept with the articles, so that timelines need not read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.store.base import Document
from pipelines.store.query import PERIODS, And, Counted, Field, Query, Time, values

KEPT = ("entity", "kind", "source")
"""FIELDS that are counted; beside them the field "all", whose value is ""."""
Key = tuple[str, str, str]
"""Field, value, day."""


def counted(document: Document) -> list[Key]:
    """What an article counts for."""
    day = document["day"]
    return [("all", "", day), *((name, value, day) for name in KEPT for value in dict.fromkeys(values(document, name)))]


@dataclass(frozen=True, slots=True)
class DayQuestion:
    """A question that the kept counts answer."""

    field: str
    value: str | None
    """None: each value apart."""
    since: str | None
    """First day."""
    until: str | None
    """Day after the last."""


def day_question(query: Query, by: Sequence[str], of: Counted, timezone: str) -> DayQuestion | None:
    """`query` as a question to the kept counts; None where they cannot answer it.

    They can where it asks for one value of one kept field at most, and for whole days of `timezone`.
    """
    groups = [group for group in by if group not in PERIODS]
    if of != "articles" or len(groups) > 1 or len(by) - len(groups) > 1 or not set(groups) <= set(KEPT):
        return None
    field, value = (groups[0], None) if groups else ("all", "")
    since: str | None = None
    until: str | None = None
    for part in query.parts if isinstance(query, And) else (query,):
        match part:
            case Time():
                days = [_whole_day(bound, timezone) for bound in (part.since, part.until)]
                if None in days:
                    return None
                since = max(filter(None, (since, days[0])), default=None)
                until = min(filter(None, (until, days[1])), default=None)
            case Field(name, (only,)) if name in KEPT and field == "all":
                field, value = name, only
            case _:
                return None
    return DayQuestion(field, value, since, until)


def summed(rows: Iterable[tuple[str, str, int]], by: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Kept counts (day, value, articles) by GROUPS: periods, and the one field that the value is of."""
    found: Counter[tuple[str, ...]] = Counter()
    for day, value, articles in rows:
        found[tuple(period_of(day, group) if group in PERIODS else value for group in by)] += articles
    return {key: articles for key, articles in found.items() if articles}


def _whole_day(bound: datetime | None, timezone: str) -> str | None:
    """The day that begins then; "" for no bound, None where no day begins."""
    if bound is None:
        return ""
    local = bound.astimezone(ZoneInfo(timezone))
    return (
        None
        if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0)
        else local.date().isoformat()
    )


def period_of(day: str, period: str) -> str:
    """The day, the Monday of its week, or its month."""
    if period == "month":
        return day[:7]
    if period == "week":
        when = date.fromisoformat(day)
        return (when - timedelta(days=when.weekday())).isoformat()
    return day
