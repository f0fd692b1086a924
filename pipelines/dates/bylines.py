"""The date of publication in a byline, a <time> or a meta element, Arabic or English."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from pipelines.dates import words as w
from pipelines.dates.finding import Finder
from pipelines.dates.reckoning import zone_named, zone_of
from pipelines.records import Precision

EARLIEST = 1990
"""A year before this is a default value of somebody's software, not a date of publication."""
_LABELS = w.SAYS_UPDATED | w.SAYS_PUBLISHED


@dataclass(frozen=True, slots=True)
class Printed:
    """A date as printed: `moment` in UTC, `offset` in minutes where one is printed.

    A day without a time is midnight UTC of that day. `updated`: the words beside it say that it is of a change.
    """

    moment: datetime
    offset: int | None
    precision: Precision
    updated: bool = False


def printed_dates(text: str, *, timezone: str, now: datetime | date | None) -> tuple[Printed, ...]:
    """Dates of a byline, a <time> or a meta element, Arabic or English, in order; months and years alone are none.

    `now` is when the page was fetched: what منذ ساعتين is reckoned from. `timezone` (IANA) is assumed where none is
    printed. Years before EARLIEST are left out. Raises ZoneInfoNotFoundError for a zone that there is not.
    """
    finder = Finder(text, now, zone_named(timezone), byline=True)
    printed = []
    done = 0
    for found in finder.found():
        start, end, zone = finder.words_of[found]
        label = next((word for n in range(start - 1, done - 1, -1) if (word := finder.reader.word(n)) in _LABELS), "")
        done = end
        updated = label in w.SAYS_UPDATED
        if found.earliest.year < EARLIEST or found.rule == "weekday" or found.surface == "اليوم":
            # الأربعاء and اليوم alone stand in menus and names of papers as well.
            continue
        if found.precision == "day":
            moment = datetime.combine(date.fromisoformat(found.value), time(), UTC)
            printed.append(Printed(moment, None, "day", updated))
        elif found.precision in ("minute", "second"):
            moment = datetime.fromisoformat(found.value)
            offset = None
            if zone is not None and zone.name is not None:
                there = moment.astimezone(zone_of(zone, finder.calendar.zone)).utcoffset()
                offset = int(there.total_seconds() // 60) if there is not None else None
            precision: Precision = "second" if found.precision == "second" else "minute"
            printed.append(Printed(moment.astimezone(UTC), offset, precision, updated))
    return tuple(printed)


def printed_date(text: str, *, timezone: str, now: datetime | date | None) -> Printed | None:
    """The date of publication in `text`; where it has only one of an update, that one. See `printed_dates`."""
    printed = printed_dates(text, timezone=timezone, now=now)
    return next((one for one in printed if not one.updated), printed[0] if printed else None)
