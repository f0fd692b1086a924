"""What dates are made of, as read and before anything is reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.dates import words as w

Relation = Literal["past", "next", "this", "before_past"]


@dataclass(frozen=True, slots=True)
class Weekday:
    """الاثنين الماضي. `until`: the second day of a night between two."""

    day: int
    relation: Relation | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """أمس: days after the day of publication."""

    days: int


@dataclass(frozen=True, slots=True)
class DayPart:
    """فجر: hours after the day's midnight."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A day, month or year as it is named. `relation` says which, where the year is not said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    calendar: w.Calendar = "gregorian"
    relation: Relation | None = None
    year_relation: Relation | None = None
    month_shift: int | None = None
    """Months after the one of publication, instead of `month`."""
    rule: str = "date"
    near: bool = False
    """Right only if it lies near the day of publication."""
    unknown: bool = False
    """It leans on another date of the text (من العام نفسه): nobody can say which."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `half` is the part of the day that says which half of the day an hour up to 12 is in."""

    hour: int
    minute: int
    second: int | None = None
    half: str | None = None
    full: bool = False
    """Written as a clock shows it (14:30), so that it needs no half."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA name, minutes east of Greenwich, or None: the place where it happened."""

    name: str | int | None


@dataclass(frozen=True, slots=True)
class Again:
    """The same moment once more, by the clock of another zone: 3.40 بعد الظهر (1940 بتوقيت غرينتش)."""

    clock: Clock
    zone: Zone


@dataclass(frozen=True, slots=True)
class Ago:
    """منذ ساعتين."""

    unit: str
    count: int


@dataclass(frozen=True, slots=True)
class Period:
    """الأسبوع الماضي، العام الجاري: units after the one of publication."""

    unit: str
    shift: int


Value = Weekday | RelativeDay | DayPart | Stated | Clock | Zone | Again | Ago | Period


@dataclass(frozen=True, slots=True)
class Part:
    """One part and the words it takes up."""

    value: Value
    start: int
    end: int
