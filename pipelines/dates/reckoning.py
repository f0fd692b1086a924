"""Parts → days and moments, reckoned from a day of publication in a time zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed_zone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pipelines.dates import words as w
from pipelines.dates.calendars import hijri_day, hijri_of, solar_day
from pipelines.dates.parts import Again, Ago, Clock, DayPart, Period, Relation, Stated, Weekday, Zone

NEAR = 400
"""Days from publication in which an Iranian day in figures is believed that nothing else marks as one."""
AHEAD = 45
"""Days: a day or month without a year that lies so soon after publication may be meant as well as last year's."""


class UnclearError(Exception):
    """Nothing that can be said for sure."""


Tense = Literal["past", "future", "undone", "unclear", "unsaid"]
Bounds = tuple[str, Literal["year", "month", "week", "day", "minute", "second"], datetime, datetime]


class Calendar:
    """Reckons parts from a day of publication in a time zone."""

    def __init__(self, published: datetime | date | None, zone: ZoneInfo, *, byline: bool) -> None:
        self.zone = zone
        self.byline = byline
        """A byline is written by software, and speaks of nothing to come."""
        self.moment: datetime | None = None
        if isinstance(published, datetime):
            moment = published if published.tzinfo else published.replace(tzinfo=zone)
            self.moment = moment.astimezone(zone)
            self._today: date | None = self.moment.date()
        else:
            self._today = published

    @property
    def today(self) -> date:
        """The day of publication. Raises UnclearError where nobody says it."""
        if self._today is None:
            raise UnclearError
        return self._today

    def at(self, day: date, hours: float = 0) -> datetime:
        """A moment of a day, in hours after its midnight by the clock on the wall."""
        return datetime.combine(day, time(), self.zone) + timedelta(hours=hours)

    # Days

    def weekday(self, wanted: Weekday, *, tense: Tense) -> date:
        """The latest one not after publication, unless a word beside it says otherwise."""
        today = self.today
        back = (today.weekday() - wanted.day) % 7
        if wanted.until is not None:
            return today - timedelta(back)
        match wanted.relation:
            case "past":
                return today - timedelta(back or 7)
            case "before_past":
                return today - timedelta((back or 7) + 7)
            case "next":
                return today + timedelta(7 - back)
            case _:
                if tense == "undone" or (tense == "unclear" and back > 4):
                    # Of bare weekdays that were five or six days ago, most are those to come.
                    raise UnclearError
                return today + timedelta(7 - back) if tense == "future" and back else today - timedelta(back)

    def stated(self, stated: Stated, weekday: Weekday | None, *, tense: Tense) -> tuple[date, date]:
        """First day and the day after the last. Raises UnclearError, ValueError or OverflowError for what is none."""
        if stated.unknown:
            raise UnclearError
        if stated.month_shift is not None and stated.day is not None:
            months = self.today.year * 12 + self.today.month - 1 + stated.month_shift
            day = self._day("gregorian", months // 12, months % 12 + 1, stated.day, weekday)
            return day, day + timedelta(1)
        if stated.month is None:
            assert stated.year is not None
            return date(stated.year, 1, 1), date(stated.year + 1, 1, 1)
        if stated.year_relation is not None:
            stated = replace(stated, year=self._year(stated.calendar, stated.year_relation), year_relation=None)
        if stated.day is None:
            if stated.calendar != "gregorian":
                raise UnclearError
            first = self._choose(replace(stated, day=1), None, tense=tense, month=True)
            return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)
        day = self._choose(stated, weekday, tense=tense, month=False)
        if stated.near and abs((day - self.today).days) > NEAR:
            raise UnclearError
        return day, day + timedelta(1)

    def _year(self, calendar: w.Calendar, relation: Relation) -> int:
        shift = {"past": -1, "this": 0, "next": 1}.get(relation)
        if shift is None or calendar == "solar":
            raise UnclearError
        return (hijri_of(self.today)[0] if calendar == "hijri" else self.today.year) + shift

    def _day(self, calendar: w.Calendar, year: int, month: int, day: int, weekday: Weekday | None) -> date:
        if calendar == "gregorian":
            if not 1500 <= year <= 2199:
                raise UnclearError
            found = date(year, month, day)
        elif calendar == "solar":
            found = solar_day(year, month, day)
        else:
            found = hijri_day(year, month, day)
        if weekday is not None:
            shift = _shift(calendar, found, weekday)
            if shift is None and not self.byline:
                raise UnclearError
            found += timedelta(shift or 0)
        return found

    def _choose(self, stated: Stated, weekday: Weekday | None, *, tense: Tense, month: bool) -> date:
        """The day meant, where the year is not said too."""
        assert stated.month is not None
        assert stated.day is not None
        calendar, number, day_number = stated.calendar, stated.month, stated.day
        if stated.year is not None:
            return self._day(calendar, stated.year, number, day_number, weekday)
        if calendar == "solar":
            # Without a year it may be a name as well (15 خرداد), and few articles mean a day by it.
            raise UnclearError
        today = self.today
        this_year = hijri_of(today)[0] if calendar == "hijri" else today.year
        days: list[date] = []
        impossible = 0
        for year in (this_year - 1, this_year, this_year + 1):
            try:
                days.append(self._day(calendar, year, number, day_number, None))
            except (UnclearError, ValueError):
                impossible += 1
        if not days:
            raise UnclearError
        here = today.replace(day=1) if month else today
        past = [day for day in days if day < here]
        ahead = [day for day in days if day > here]
        match stated.relation:
            case "past":
                return _only(past[-1:])
            case "next":
                return _only(ahead[:1])
            case "this":
                return _only([day for day in days if _same_month(calendar, day, today)])
        if weekday is not None and not self.byline:
            # The nearest one or the latest, if its weekday is the printed one; not that of some other year.
            nearest = min(days, key=lambda day: abs((day - today).days))
            likely = dict.fromkeys([nearest, *past[-1:]])
            return _only(
                [day + timedelta(shift) for day in likely if (shift := _shift(calendar, day, weekday)) is not None]
            )
        if here in days:
            return here
        if self.byline:
            return ahead[0] if ahead and (ahead[0] - here).days == 1 else _only(past[-1:])
        if tense == "future" and ahead and (ahead[0] - here).days <= 300:
            return ahead[0]
        if ahead and (ahead[0] - here).days <= AHEAD:
            raise UnclearError
        if impossible and past and (today - past[-1]).days > 366:
            raise UnclearError
        return _only(past[-1:])

    # What a row of parts stands for

    def moment_of(self, day: date, clock: Clock, part: DayPart | None, zone: Zone | None) -> Bounds:
        """A time of a day. Raises UnclearError where there is none such, or its half of the day is not said."""
        hour, minute = _hour(clock, part, byline=self.byline), clock.minute
        if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= (clock.second or 0) <= 59):
            raise UnclearError
        start = datetime.combine(day, time(hour, minute, clock.second or 0), zone_of(zone, self.zone))
        start = start.astimezone(self.zone)
        if clock.second is not None:
            return _iso(start, "seconds"), "second", start, start + timedelta(seconds=1)
        return _iso(start, "minutes"), "minute", start, start + timedelta(minutes=1)

    def moment_again(self, day: date, clock: Clock, part: DayPart | None, again: Again) -> Bounds:
        """A moment that is told by two clocks: the second one's day is the one on which both agree best."""
        apart = again.clock.hour - _hour(clock, part, byline=self.byline)
        day += timedelta(-1 if apart > 12 else apart < -12)
        return self.moment_of(day, again.clock, None, again.zone)

    def days_of(self, first: date, after: date, part: DayPart | None) -> Bounds:
        """A whole day, a part of it, a month or a year, `after` being the day after the last."""
        if after - first == timedelta(1):
            hours = (part.start, part.end) if part is not None else (0, 24)
            return first.isoformat(), "day", self.at(first, hours[0]), self.at(first, hours[1])
        if after.day == 1 and (after - first).days <= 31:
            return first.strftime("%Y-%m"), "month", self.at(first), self.at(after)
        return f"{first.year:04}", "year", self.at(first), self.at(after)

    def ago(self, ago: Ago) -> Bounds:
        """As exact as the unit: minutes for hours, a day for weeks, a month for months, a year for years."""
        if ago.unit in ("second", "minute", "hour"):
            if self.moment is None or ago.count > 10_000:
                raise UnclearError
            length = timedelta(**{f"{ago.unit}s": 1})
            then = (self.moment.astimezone(UTC) - ago.count * length).astimezone(self.zone)
            return _iso(then, "minutes"), "minute", then - length / 2, then + length / 2
        today = self.today
        if ago.unit in ("day", "week"):
            then_day = today - timedelta(ago.count * (7 if ago.unit == "week" else 1))
            return self.days_of(then_day, then_day + timedelta(1), None)
        if ago.unit == "month":
            return self._months(-ago.count)
        return self.days_of(date(today.year - ago.count, 1, 1), date(today.year - ago.count + 1, 1, 1), None)

    def _months(self, shift: int) -> Bounds:
        months = self.today.year * 12 + self.today.month - 1 + shift
        first = date(months // 12, months % 12 + 1, 1)
        return self.days_of(first, date((months + 1) // 12, (months + 1) % 12 + 1, 1), None)

    def period(self, period: Period) -> Bounds:
        """A week (of ISO 8601, from Monday), a month or a year."""
        today = self.today
        if period.unit == "year":
            year = today.year + period.shift
            return self.days_of(date(year, 1, 1), date(year + 1, 1, 1), None)
        if period.unit == "month":
            return self._months(period.shift)
        monday = today - timedelta(today.weekday() - 7 * period.shift)
        return monday.strftime("%G-W%V"), "week", self.at(monday), self.at(monday + timedelta(7))


def _only(days: list[date]) -> date:
    if not days:
        raise UnclearError
    return days[0]


def _shift(calendar: w.Calendar, day: date, weekday: Weekday) -> int | None:
    """Days to the printed weekday: 0, and one more or less for a Hijri month, which begins when the moon is seen."""
    shift = (weekday.day - day.weekday() + 1) % 7 - 1
    return shift if shift == 0 or (calendar == "hijri" and shift <= 1) else None


def _same_month(calendar: w.Calendar, day: date, today: date) -> bool:
    if calendar == "hijri":
        return hijri_of(day)[:2] == hijri_of(today)[:2]
    return (day.year, day.month) == (today.year, today.month)


def _iso(moment: datetime, precision: Literal["minutes", "seconds"]) -> str:
    return moment.isoformat(timespec=precision)


def _hour(clock: Clock, part: DayPart | None, *, byline: bool) -> int:
    """Hour of 24. Raises UnclearError where an hour up to 12 may be in either half of the day."""
    half = clock.half or (part.name if part is not None else None)
    hour = clock.hour
    if half is None:
        if not clock.full and hour <= 12:
            raise UnclearError
        return hour
    if byline:
        half = {"morning": "am", "evening": "pm"}.get(half, half)
    if hour > 12 or hour == 0:
        if half == "am" and hour > 12:
            raise UnclearError
        return hour
    match half:
        case "am" | "dawn" | "morning" | "after midnight":
            if hour == 12 and half == "morning":
                raise UnclearError
            return hour % 12
        case "noon":
            return hour if hour >= 10 else hour + 12
        case "pm" | "after noon" | "afternoon":
            return hour % 12 + 12
        case "evening":
            if hour == 12:
                raise UnclearError
            return hour + 12
        case "night" if 6 <= hour <= 11:
            return hour + 12
        case "night" if 1 <= hour <= 5:
            return hour
    raise UnclearError


def zone_of(zone: Zone | None, default: ZoneInfo) -> ZoneInfo | fixed_zone:
    """The zone that words name. Raises UnclearError for one that is not known."""
    if zone is None or zone.name is None:
        return default
    if isinstance(zone.name, int):
        if abs(zone.name) > 14 * 60:
            raise UnclearError
        return fixed_zone(timedelta(minutes=zone.name))
    if zone.name == "?":
        raise UnclearError
    return zone_named(zone.name)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """An IANA zone. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)
