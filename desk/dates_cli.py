"""`marsad dates`: dates in texts from standard input."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def dates(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Find dates in texts from standard input: JSON lines {"id", "text", "published", "timezone"}, answered in order.

    `published` (ISO 8601, a moment or a day) is what أمس is reckoned from; without it such dates are left out. A time
    without an offset is in `timezone` (IANA; MARSAD_TIMEZONE where it is missing), and so are the times in the answer.
    """
    from desk.matching import date_lines

    faults = date_lines(sys.stdin.buffer, sys.stdout, as_json=json)
    for fault in faults:
        print(fault, file=sys.stderr)
    raise typer.Exit(1 if faults else 0)
