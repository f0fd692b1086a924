"""Days of the Hijri and of the Iranian solar calendar as Gregorian days (the only import of hijridate)."""

from __future__ import annotations

from datetime import date, timedelta

from hijridate import Gregorian, Hijri

FIRST_HIJRI, LAST_HIJRI = 1343, 1500
"""Years of the Umm al-Qura calendar's table (1924 to 2077)."""
FIRST_SOLAR, LAST_SOLAR = 1304, 1500
"""The calendar became law in 1304 (1925); the rule below holds beyond both ends."""

# Leap years in a cycle of 33 years: what astronomy gives for the years 1178 to 1633.
_LEAP = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
_NOWRUZ_1400 = date(2021, 3, 21)


def hijri_day(year: int, month: int, day: int) -> date:
    """By the Umm al-Qura calendar; where the new moon is sighted it may be a day off. Raises ValueError."""
    if not FIRST_HIJRI <= year < LAST_HIJRI:
        raise ValueError(f"no table for the Hijri year {year}")
    return date(*Hijri(year, month, day).to_gregorian().datetuple())


def hijri_of(day: date) -> tuple[int, int, int]:
    """Year, month and day of the Umm al-Qura calendar. Raises OverflowError outside its table."""
    return Gregorian(day.year, day.month, day.day).to_hijri().datetuple()


def is_solar_leap(year: int) -> bool:
    """Whether اسفند of this Iranian year has 30 days."""
    return year % 33 in _LEAP


def solar_day(year: int, month: int, day: int) -> date:
    """Day of the Iranian solar calendar. Raises ValueError."""
    if not (FIRST_SOLAR <= year <= LAST_SOLAR and 1 <= month <= 12):
        raise ValueError(f"no Iranian month: {year}-{month}")
    longest = 31 if month <= 6 else 30 if month < 12 or is_solar_leap(year) else 29
    if not 1 <= day <= longest:
        raise ValueError(f"no Iranian day: {year}-{month}-{day}")
    before = range(1400, year) if year >= 1400 else range(year, 1400)
    days = sum(365 + is_solar_leap(other) for other in before)
    new_year = _NOWRUZ_1400 + timedelta(days if year >= 1400 else -days)
    return new_year + timedelta(31 * (month - 1) - max(0, month - 7) + day - 1)
