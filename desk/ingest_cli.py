"""`marsad ingest`: texts that came another way."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer


def ingest(
    file: Annotated[
        Path, typer.Argument(help='JSON lines {"text", "id", "url", "title", "published", "author"}; - is stdin.')
    ],
    source: Annotated[str, typer.Option(help="Under which name they are stored: telegram-one, stars …")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Put texts that came another way (a Telegram export, a reader's stars) through the same pipeline."""
    from config.schema import ID
    from desk.export import json_line
    from desk.ingestion import ingest as ingest_lines
    from desk.stores import configured_store

    if not re.match(ID, source):
        print(f"--source {source}: small letters, digits, - and _, please", file=sys.stderr)
        raise typer.Exit(2)

    def told(done: int) -> None:
        print(f"ingest: {done} texts", file=sys.stderr)

    try:
        stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    with stream:
        report = ingest_lines(configured_store(), stream, source, file.name, told)
    if json:
        print(json_line(report))
    else:
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(report.outcomes.items())) or "nothing stored"
        rejected = ", ".join(f"{count} {name}" for name, count in sorted(report.rejected.items()))
        print(outcomes + (f"; rejected: {rejected}" if rejected else ""))
    for fault in report.faults:
        print(fault, file=sys.stderr)
    raise typer.Exit(1 if report.faults or report.outcomes["refused"] else 0)
