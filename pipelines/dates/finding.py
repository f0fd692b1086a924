"""Where dates stand in a text and what they stand for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from pipelines.arabic import fold
from pipelines.dates import words as w
from pipelines.dates.parts import Again, Ago, Clock, DayPart, Part, Period, RelativeDay, Stated, Value, Weekday, Zone
from pipelines.dates.phrases import Reader
from pipelines.dates.reckoning import Bounds, Calendar, Tense, UnclearError, zone_named

LOOK_BACK = 12
"""Words before a day in which a verb of time to come is looked for."""
_STOPS = frozenset(".!?؟\n؛")
# These keep their name with a year too.
_NAMED_ANYHOW = w.NAMED_AFTER_A_DAY - w.folded(
    "ثورة الثورة حرب حروب هجمات أحداث انقلاب اتفاق اتفاقية مجزرة تفجير تفجيرات ذكرى زلزال احتجاجات مظاهرات"
    " تظاهرات انتخابات عملية معركة نكسة بيان إعلان قانون دستور انتفاضة عدوان ليلة"
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date where it stands: `surface == text[start:end]`, in code points.

    `value` is ISO 8601 cut to `precision`: 2022, 2022-01, 2022-W01, 2022-01-05, 2022-01-05T14:30+03:00 (times in the
    zone asked for). A night is the day that it begins on: ليل الأحد-الاثنين is the Sunday. Both ends of a span of days
    or years are dates of their own. `earliest` and `latest` bound what it stands for, `latest` being the first moment
    after it: فجر الأربعاء has the value of the day, and some hours of it.
    """

    surface: str
    start: int
    end: int
    value: str
    precision: Literal["year", "month", "week", "day", "minute", "second"]
    rule: str
    earliest: datetime
    latest: datetime


_Row = list[Part]
_Value = TypeVar("_Value", bound=Value)


class Finder:
    """One text and the dates in it."""

    def __init__(self, text: str, published: datetime | date | None, zone: ZoneInfo, *, byline: bool = False) -> None:
        self.text = text
        self.reader = Reader(fold(text))
        self.calendar = Calendar(published, zone, byline=byline)
        self.lone: list[tuple[_Row, int, int]] = []
        """Times without a day."""
        self.days: list[tuple[int, date]] = []
        """Days that were found, and at which word."""
        self.words_of: dict[FoundDate, tuple[int, int, Zone | None]] = {}
        """At which words a date stands, and its zone."""

    def found(self) -> Iterator[FoundDate]:
        """All dates in order."""
        dates = list(self._dates())
        for parts, start, end in self.lone:
            with_day = self._lone(parts, start, end)
            if with_day is not None:
                dates.append(with_day)
        dates.sort(key=lambda date: date.start)
        yield from dates

    def _dates(self) -> Iterator[FoundDate]:
        reader = self.reader
        done = 0
        for n in reader.candidates():
            if n < done:
                continue
            head = reader.head_of_span(n)
            if head is not None:
                date = self._resolved([head], n, head.end)
                if date is not None:
                    yield date
                    done = head.end
                    continue
            years = reader.years(n)
            if years is not None:
                done = years[-1].end
                yield from filter(None, (self._resolved([year], year.start, year.end) for year in years))
                continue
            row = reader.phrase(n)
            if row:
                done = row[-1].end
                date = self._row(row)
                if date is not None:
                    yield date
                continue
            part = reader.ago(n) or reader.period(n) or reader.stated(n)
            if part is not None:
                done = part.end
                date = self._resolved([part], n, part.end)
                if date is not None:
                    yield date

    def _row(self, row: _Row) -> FoundDate | None:
        """The date of a row of parts; where its time is unclear, of what stands beside it."""
        day = [part for part in row if isinstance(part.value, Weekday | RelativeDay | Stated)]
        if not day:
            if any(isinstance(part.value, Clock) for part in row):
                self.lone.append((row, row[0].start, row[-1].end))
            return None
        date = self._resolved(row, row[0].start, row[-1].end)
        if date is None and any(isinstance(part.value, Clock) for part in row):
            rest = list(takewhile(lambda part: not isinstance(part.value, Clock), row))
            if not any(part in day for part in rest):
                rest = [
                    part
                    for part in row
                    if part.start >= day[0].start and not isinstance(part.value, Clock | Zone | Again)
                ]
            date = self._resolved(rest, rest[0].start, rest[-1].end)
        return date

    def _resolved(self, row: _Row, start: int, end: int) -> FoundDate | None:
        try:
            bounds, rule = self._bounds(row, start)
        except (UnclearError, ValueError, OverflowError):
            return None
        return self._at(start, end, bounds, rule, _first(row, Zone))

    def _at(self, start: int, end: int, bounds: Bounds, rule: str, zone: Zone | None) -> FoundDate:
        # يوم is part of the expression, a particle before it is not.
        first, last = self.reader.origin(start, end)
        found = FoundDate(self.text[first:last], first, last, *bounds[:2], rule, *bounds[2:])
        self.words_of[found] = start, end, zone
        return found

    def _bounds(self, row: _Row, start: int) -> tuple[Bounds, str]:
        calendar = self.calendar
        first = row[0].value
        if isinstance(first, Ago):
            return calendar.ago(first), "ago"
        if isinstance(first, Period):
            return calendar.period(first), "period"
        weekday, relative, part = _first(row, Weekday), _first(row, RelativeDay), _first(row, DayPart)
        clock, zone, again = _first(row, Clock), _first(row, Zone), _first(row, Again)
        stated = sorted(
            (part.value for part in row if isinstance(part.value, Stated)),
            key=lambda date: date.calendar != "gregorian",
        )
        tense = self._tense(start)
        if stated:
            if self._is_name(row[0].start, stated[0]) or self._year_comes_later(row[-1].end, stated[0]):
                raise UnclearError
            day, after = calendar.stated(stated[0], weekday, tense=tense)
            rule = stated[0].rule if stated[0].calendar == "gregorian" else stated[0].calendar
            for other in stated[1:]:
                if other.year and other.day and abs((calendar.stated(other, None, tense=tense)[0] - day).days) > 2:
                    raise UnclearError
            # اليوم الأحد 2-8-2015 in a text that was published later: only a day that nothing confirms must agree.
            sure = stated[0].year is not None or weekday is not None
            if relative is not None and not sure and day != calendar.today + timedelta(relative.days):
                raise UnclearError
        elif relative is not None:
            day, rule = calendar.today + timedelta(relative.days), "relative day"
            if weekday is not None and weekday.day != day.weekday():
                # Written before midnight, published after it: the weekday is the day meant.
                if (day.weekday() - weekday.day) % 7 != 1:
                    raise UnclearError
                day -= timedelta(1)
            after = day + timedelta(1)
        else:
            assert weekday is not None
            day, rule = calendar.weekday(weekday, tense=tense), "weekday"
            after = day + timedelta(1)
        if after - day == timedelta(1):
            self.days.append((start, day))
        if clock is not None and again is not None:
            return calendar.moment_again(day, clock, part, again), rule + " and time"
        if clock is not None:
            return calendar.moment_of(day, clock, part, zone), rule + " and time"
        if weekday is not None and weekday.until is not None:
            return calendar.days_of(day, after, DayPart("night", 18, 30)), "night between"
        return calendar.days_of(day, after, part), f"{rule}, {part.name}" if part is not None else rule

    def _lone(self, row: _Row, start: int, end: int) -> FoundDate | None:
        """A time whose day stands elsewhere in the sentence, or is the day of publication."""
        clock, zone, part, again = _first(row, Clock), _first(row, Zone), _first(row, DayPart), _first(row, Again)
        assert clock is not None
        told = clock.half is not None and self.reader.word(start - 1) in w.BEFORE_AN_HOUR
        if self.reader.word(start) not in w.HOUR_WORDS and zone is None and again is None and not told:
            return None
        first, last = self._sentence(start)
        said = self.days[bisect_left(self.days, (first,)) : bisect_left(self.days, (last,))]
        days = {day for _, day in said}
        if len(days) > 1:
            return None
        try:
            day = next(iter(days), None) or self.calendar.today
            if again is not None:
                bounds = self.calendar.moment_again(day, clock, part, again)
            else:
                bounds = self.calendar.moment_of(day, clock, part, zone)
        except (UnclearError, ValueError, OverflowError):
            return None
        published = self.calendar.moment
        if not days and published is not None and bounds[2] > published and self._tense(start) in ("past", "unclear"):
            # What has happened by then may have been the day before.
            return None
        return self._at(start, end, bounds, "time", zone)

    @cached_property
    def _stops(self) -> list[int]:
        """Words that end sentences."""
        return [n for n, word in enumerate(self.reader.words) if word in _STOPS]

    def _sentence(self, n: int) -> tuple[int, int]:
        """First word of a word's sentence, and the one that ends it."""
        index = bisect_left(self._stops, n)
        first = self._stops[index - 1] + 1 if index else 0
        return first, self._stops[index] if index < len(self._stops) else len(self.reader.words)

    def _tense(self, n: int) -> Tense:
        """What a verb before the word says of when it is, and whether there are words before it at all."""
        words = self.reader.words
        for back in range(n - 1, max(-1, n - 1 - LOOK_BACK), -1):
            word = words[back]
            if word in _STOPS:
                return "unsaid" if n - 1 - back < 3 else "unclear"
            if word[0] in "وف" and len(word) > 4:
                word = word[1:]
            if word in w.FUTURE:
                return "undone" if {"كان", "كانت"} & set(words[max(0, back - 3) : back]) else "future"
            if len(word) > 3 and word[0] == "س" and word[1] in "يتن" and not word.startswith(w.NOT_FUTURE_STEMS):
                return "future"
            if word in w.PAST:
                return "past"
        return "unsaid" if n < 3 else "unclear"

    def _year_comes_later(self, n: int, stated: Stated) -> bool:
        """Whether the year of a day is said further on: ولد في 19 ذي الحجة بمدينة الرياض عام 1293."""
        if (
            stated.year is not None
            or stated.relation is not None
            or stated.year_relation is not None
            or not stated.month
        ):
            return False
        for ahead in range(n, min(n + 6, len(self.reader.words))):
            if self.reader.words[ahead] in _STOPS or self.reader.words[ahead] == "،":
                return False
            if self.reader.word(ahead) in w.YEAR_WORDS and self.reader.year_number(ahead + 1) is not None:
                return True
        return False

    def _is_name(self, n: int, stated: Stated) -> bool:
        """Whether a day and month are the name of something: جسر 14 تموز, ثورة الـ25 من يناير."""
        reader = self.reader
        before = reader.word(n - 1)
        if before in ("ال", "يوم"):
            before = reader.word(n - 2)
        # وساحة 17 تموز، بجسر 14 تموز.
        bare = (before[count:] for count in range(3) if not before[:count].strip("وفبلك"))
        before = next((word for word in bare if word in w.NAMED_AFTER_A_DAY), before)
        return before in w.NAMED_AFTER_A_DAY and (stated.year is None or before in _NAMED_ANYHOW)


def _first(row: _Row, kind: type[_Value]) -> _Value | None:
    """The first part of a kind."""
    return next((part.value for part in row if isinstance(part.value, kind)), None)


def find_dates(text: str, *, published: datetime | date | None, timezone: str) -> tuple[FoundDate, ...]:
    """Dates in `text`, in order, none overlapping another.

    Reckoned from `published`: a moment, a day, or None, and then what leans on it (أمس, 5 يناير) is left out.
    `timezone` (IANA) is that of the text. Raises ZoneInfoNotFoundError for a zone that there is not.
    """
    finder = Finder(text, published, zone_named(timezone))
    return tuple(finder.found())
