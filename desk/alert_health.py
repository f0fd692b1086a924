"""Rules that have gone silent or flood, each held against its own past; channels that fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from desk.health import LEAST_SILENCE, SILENCE, Problem
from pipelines.store.base import Document, Store

PAST = timedelta(days=90)
"""How far back a rule's own past goes."""
RECENT = timedelta(days=1)
LEAST_RINGS = 5
"""Fewer are no past."""
FLOOD = 5
"""Times the busiest day of its past that make a flood …"""
LEAST_FLOOD = 10
"""… from so many a day on."""


@dataclass(frozen=True, slots=True)
class AlertHealth:
    """One rule, or the channel of that name."""

    alert: str
    latest: datetime | None
    problems: tuple[Problem, ...]


def rings_by_rule(deliveries: Iterable[Document]) -> dict[str, list[datetime]]:
    """When each rule rang, oldest first: once for whatever it rang for, on however many channels."""
    found: dict[str, dict[str, datetime]] = {}
    for delivery in deliveries:
        if not delivery["corrects"] and delivery["state"] not in ("short", "dropped"):
            about = delivery["event"] or delivery["story"]
            found.setdefault(delivery["rule"], {})[about] = delivery["made"]
    return {rule: sorted(times.values()) for rule, times in found.items()}


def latest_rings(store: Store) -> dict[str, dict[str, Any]]:
    """By rule: how often it rang, and when last."""
    rings = rings_by_rule(store.outbox.find())
    return {rule: {"rings": len(times), "latest": times[-1]} for rule, times in rings.items()}


def alert_health(store: Store, now: datetime) -> list[AlertHealth]:
    """Rules and channels that need a person; the others are left out."""
    deliveries = store.outbox.find(since=now - PAST)
    found = []
    for rule, times in sorted(rings_by_rule(deliveries).items()):
        problems = (*_silence(times, now), *_flood(times, now))
        if problems:
            found.append(AlertHealth(rule, times[-1], problems))
    failed: dict[str, list[Document]] = {}
    for delivery in deliveries:
        if delivery["state"] == "failed":
            failed.setdefault(delivery["channel"], []).append(delivery)
    for channel, some in sorted(failed.items()):
        text = f"{len(some)} messages given up, the latest: {some[0]['why']}; `marsad alerts failed`"
        found.append(AlertHealth(channel, some[0]["made"], (("failed", text),)))
    return found


def _silence(times: Sequence[datetime], now: datetime) -> Iterable[Problem]:
    if len(times) < LEAST_RINGS:
        return
    longest = max(later - earlier for earlier, later in pairwise(times))
    silent = now - times[-1]
    if silent > max(LEAST_SILENCE, SILENCE * longest):
        days, before = (span / timedelta(days=1) for span in (silent, longest))
        yield "silent", f"has not rung for {days:.1f} days; the longest before was {before:.1f} days"


def _flood(times: Sequence[datetime], now: datetime) -> Iterable[Problem]:
    """The last day against the busiest of the days before it."""
    today = sum(time > now - RECENT for time in times)
    before: dict[int, int] = {}
    for time in times:
        if time <= now - RECENT:
            day = (now - time) // RECENT
            before[day] = before.get(day, 0) + 1
    busiest = max(before.values(), default=0)
    if today >= LEAST_FLOOD and today > FLOOD * busiest:
        yield "flood", f"rang {today} times in 24 h; on the busiest day before {busiest} times"
