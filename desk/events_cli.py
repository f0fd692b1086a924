"""`marsad events`: which attacks there were, and who says so."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def events(
    since: Annotated[str | None, typer.Option(help="2026-11-01, 2026-11-01T06:00 or a span such as 7d, 12h.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day or time.")] = None,
    base: Annotated[list[str] | None, typer.Option(help="On this base or group (id); may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="First look at articles that no pass has seen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values with a heading.")] = False,
) -> None:
    """List attacks, latest first: what was struck, when, who claims it, how many independent outlets tell it."""
    from desk.export import json_line
    from desk.moments import moment
    from desk.progress import count_progress
    from desk.stores import configured_store
    from desk.terminal import events_csv, events_table

    if json and csv:
        print("--json or --csv, not both", file=sys.stderr)
        raise typer.Exit(2)
    try:
        bounds = {"since": moment(since) if since else None, "until": moment(until) if until else None}
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    store = configured_store()
    if refresh:
        from desk.eventing import pass_pending

        with count_progress("events") as progress:
            if pass_pending(store, progress).busy:
                print("another pass is at work; what it has not looked at yet is missing here", file=sys.stderr)
    found = store.events(targets=base or (), limit=limit, **bounds)
    if json:
        for event in found:
            print(json_line(event))
    elif csv:
        events_csv(found, sys.stdout)
    else:
        events_table(list(found))
