"""The attacks that an article tells, each once, and when each was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelines.records import Incident
from pipelines.report.moments import Dated, precision
from pipelines.report.reading import Read


def incidents_of(hits: Sequence[Read], published: datetime | None) -> tuple[Incident, ...]:
    """The attacks that are told, each once: what one sentence tells of together, and whatever has its date."""
    found: list[Incident] = []
    undated: list[Incident] = []
    for one in sorted(hits, key=lambda one: one.place):
        by_date: dict[Dated | None, list[str]] = {}
        for word, role, mention in one.told():
            told = one.moments[word]
            if told.when == "new" and role.part == "target":
                by_date.setdefault(told.date, []).append(mention.entity)
        for date, targets in by_date.items():
            start, end = _bounds(date, published)
            incident = Incident(
                tuple(dict.fromkeys(targets)),
                start,
                end,
                None if start is None or end is None else precision(start, end),
                one.clause.first("again") is not None,
            )
            (undated if date is None else found).append(incident)
    joined: list[Incident] = []
    for incident in sorted(found, key=lambda i: _length(i)):
        _join(joined, incident, of_one_time=True)
    for incident in undated:
        _join(joined, incident, of_one_time=False)
    return tuple(joined)


def _length(incident: Incident) -> timedelta:
    return incident.end - incident.start if incident.start and incident.end else timedelta.max


def _join(joined: list[Incident], incident: Incident, *, of_one_time: bool) -> None:
    """Put an incident to the one that it tells again, the exactest first, or to the others."""
    for place, other in enumerate(joined):
        if not set(other.targets) & set(incident.targets):
            continue
        apart = (
            incident.start
            and incident.end
            and other.start
            and other.end
            and not (incident.start < other.end and other.start < incident.end)
        )
        if of_one_time and apart:
            continue
        targets = tuple(dict.fromkeys((*other.targets, *incident.targets)))
        joined[place] = replace(other, targets=targets, again=other.again or incident.again)
        return
    joined.append(incident)


def _bounds(date: Dated | None, published: datetime | None) -> tuple[datetime | None, datetime | None]:
    """When it was: the date that is told, or the time up to publication; UTC."""
    if date is None:
        if published is None:
            return None, None
        return (published - timedelta(hours=24)).astimezone(UTC), published.astimezone(UTC)
    end = date.latest
    if published is not None and date.earliest < published < end:
        end = published
    return date.earliest.astimezone(UTC), end.astimezone(UTC)
