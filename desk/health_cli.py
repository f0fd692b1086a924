"""`marsad health` and `marsad coverage`: whether silence means that nothing happened."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.store.base import Run

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


def health(json: Json = False) -> None:
    """Name sources that need a person: silent, blocked, failing, with a changed layout; alerts silent, flooding.

    Exit code 1 where one does, or no source is read.
    """
    from datetime import UTC, datetime

    from desk.alert_health import alert_health
    from desk.export import json_line
    from desk.health import PAST, health
    from desk.stores import configured_store
    from desk.terminal import alert_health_table, health_table

    now = datetime.now(UTC)
    store = configured_store()
    runs = store.runs(since=now - PAST, limit=None)
    alerts = alert_health(store, now)
    found = [health(name, [run for run in runs if run.source == name], now) for name in _watched(runs)]
    if json:
        for one in (*found, *alerts):
            print(json_line(one))
    else:
        health_table(found)
        alert_health_table(alerts)
    if not found:
        print(_nothing_watched(), file=sys.stderr)
    raise typer.Exit(0 if found and not alerts and not any(one.problems for one in found) else 1)


def coverage(
    at: Annotated[str, typer.Option(help="2026-11-01T06:00 at the desk, or so long ago: 3h.")],
    within: Annotated[str, typer.Option(help="A read so long after that moment still counts.")] = "6h",
    json: Json = False,
) -> None:
    """Say which sources were read successfully around a moment. Exit code 3 where some were not."""
    from datetime import UTC, datetime, timedelta

    from desk.export import json_line
    from desk.health import coverage
    from desk.moments import moment
    from desk.stores import configured_store
    from desk.terminal import coverage_table

    now = datetime.now(UTC)
    try:
        when, span = moment(at, now=now), now - moment(within, now=now)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    store = configured_store()
    runs = store.runs(since=when - timedelta(days=7), limit=None)
    found = [coverage(name, [run for run in runs if run.source == name], when, span) for name in _watched(runs)]
    if json:
        for one in found:
            print(json_line(one))
    else:
        coverage_table(found, when)
    if not found:
        print(_nothing_watched(), file=sys.stderr)
    raise typer.Exit(0 if found and all(one.covered for one in found) else 3)


def _nothing_watched() -> str:
    """Why there is nothing to tell: that is no good news."""
    from config import settings

    return f"No source is read, and none was: {settings.CONTACT_FAULT or 'none is enabled'}"


def _watched(runs: Iterable[Run]) -> list[str]:
    """Enabled sources, and those that were crawled all the same."""
    from desk.crawls import without_contact
    from desk.kept import configured_sources

    sources = configured_sources()
    enabled = [source for source in sources.values() if source.enabled]
    anonymous = without_contact(enabled)
    names = {source.id for source in enabled} - anonymous
    return sorted(names | {run.source for run in runs if run.source in sources})
