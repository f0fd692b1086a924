"""What a person means by "2026-11-01", "2026-11", "yesterday" or "7d": a moment, or a stretch of time, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config import settings

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_DAYS_AGO = {"today": 0, "yesterday": 1, "اليوم": 0, "أمس": 1, "امس": 1}
UNDERSTOOD = "2026-11-01, 2026-11, 2026, 2026-11-01T06:00, today, yesterday"
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def moment(text: str, *, now: datetime | None = None) -> datetime:
    """When a stretch of time begins, or so long ago: "7d" is the beginning of the day seven days ago, "12h" exact.

    Days are those of the desk's time zone. Raises ValueError naming what is understood.
    """
    now = now or datetime.now(UTC)
    if span := _SPAN.fullmatch(text.translate(_DIGITS).lower()):
        ago = now - int(span[1]) * _UNITS[span[2]]
        return ago if span[2] == "h" else _midnight(ago.astimezone(_zone()).date())
    try:
        return stretch(text, now=now)[0]
    except ValueError as error:
        raise ValueError(f"{error}, or a span such as 7d, 2w or 12h (so long ago)") from None


def stretch(text: str, *, now: datetime | None = None) -> tuple[datetime, datetime]:
    """From when to before when a day, month, year or minute lasts. Raises ValueError naming what is understood."""
    plain = text.translate(_DIGITS).lower()
    today = (now or datetime.now(UTC)).astimezone(_zone()).date()
    try:
        if plain in _DAYS_AGO:
            return _days(today - timedelta(days=_DAYS_AGO[plain]), 1)
        if found := _DATE.fullmatch(plain):
            year, month, day = (int(part) if part else None for part in found.groups())
            first = date(year or 0, month or 1, day or 1)
            if day:
                return _days(first, 1)
            following = (first + timedelta(days=31)).replace(day=1) if month else date(first.year + 1, 1, 1)
            return _days(first, (following - first).days)
        parsed = datetime.fromisoformat(plain.upper())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=_zone())
        return parsed.astimezone(UTC), parsed.astimezone(UTC) + timedelta(minutes=1)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time: write {UNDERSTOOD}") from None


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.MARSAD_TIMEZONE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _zone()).astimezone(UTC)


def _days(first: date, count: int) -> tuple[datetime, datetime]:
    return _midnight(first), _midnight(first + timedelta(days=count))
