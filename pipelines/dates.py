"""Dates as pages print them."""

from __future__ import annotations

from datetime import datetime

from pipelines.metadata import Printed, parse_date


def printed_date(text: str, *, timezone: str, now: datetime) -> Printed | None:
    """The date that `text` prints, in `timezone` (IANA) where it names none; None for what is no date."""
    return parse_date(text, timezone)
