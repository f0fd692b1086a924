"""Parts in a row that speak of one moment (الأربعاء 5 كانون الثاني 2022 الساعة 14:30), and both ends of spans."""

from __future__ import annotations

from dataclasses import replace

from pipelines.dates import words as w
from pipelines.dates.parts import Again, Clock, DayPart, Part, Stated, Zone
from pipelines.dates.times import Times


class Reader(Times):
    """Each method reads one part at a word, or says None."""

    def phrase(self, n: int) -> list[Part]:
        """The longest row of parts from a word on that speak of one moment or day."""
        parts: list[Part] = []
        kinds: set[type] = set()
        while n < len(self.words):
            part = self.day(n) or self.clock(n) or self.zone(n) or self.day_part(n)
            if part is None or (not parts and isinstance(part.value, Zone)):
                break
            elsewhere = all(p.value.name is None for p in parts if isinstance(p.value, Zone))
            if isinstance(part.value, Clock) and Clock in kinds and elsewhere and (zone := self.zone(part.end)):
                assert isinstance(zone.value, Zone)
                return [*parts, Part(Again(part.value, zone.value), part.start, zone.end)]
            kind = type(part.value)
            stated_again = kind is Stated and kind in kinds and self._other_calendar(parts, part)
            if kind in kinds and not stated_again:
                break
            if isinstance(part.value, DayPart):
                following = self.day(part.end)
                if following is None and not parts:
                    break
                if following is not None and type(following.value) in kinds:
                    break
            if parts and kind is not Zone and self._clock_of_another(parts, part):
                parts.clear()
                kinds.clear()
            parts.append(part)
            kinds.add(kind)
            if (moment := self._iso_time(part.end)) is not None:
                return [*parts, *moment]
            n = part.end
            if isinstance(part.value, Clock) and (offset := self._bare_offset(part)) is not None:
                return [*parts, offset]
            n = self._past_separators(n)
        return [] if len(parts) == 1 and isinstance(parts[0].value, DayPart) else parts

    def _clock_of_another(self, parts: list[Part], day: Part) -> bool:
        """Whether the bare time before a day belongs to what stands before it: 09:15  3 أيلول 12:20  4 أيلول 21:00."""
        if len(parts) > 1 or not isinstance(parts[0].value, Clock) or self.word(parts[0].start) in w.HOUR_WORDS:
            return False
        return self.clock(self._past_separators(day.end)) is not None

    def _other_calendar(self, parts: list[Part], part: Part) -> bool:
        calendars = {p.value.calendar for p in parts if isinstance(p.value, Stated)}
        return isinstance(part.value, Stated) and part.value.calendar not in calendars

    def _past_separators(self, n: int) -> int:
        for _ in range(3):
            if self.word(n) not in w.SEPARATORS:
                break
            n += 1
        return n

    def head_of_span(self, n: int) -> Part | None:
        """3 of 3 و5 يناير, 28 أيار of 28 أيار إلى 12 آب 2013: with what the tail says of both."""
        number = self.number(n, loose=False)
        if number is None:
            return None
        day, end = number
        own = self.month(end + (self.word(end) == "من"))
        if own is not None:
            end = own[2]
        joint = self.word(end) in w.JOINTS
        if not joint and not (self.joined(end) and self.number(end, loose=False)):
            return None
        following = self.number(end + joint, loose=False)
        if following is None or (own is None and following[0] <= day):
            return None
        tail = self.day_and_month(end + joint)
        if tail is None and own is None:
            tail = self.head_of_span(end + joint)
        if tail is None or not isinstance(tail.value, Stated) or tail.value.month is None:
            return None
        last = tail.value
        if own is None:
            return Part(replace(last, day=day), n, end)
        if last.year is None or own[0] != last.calendar:
            return None
        return Part(
            replace(last, day=day, month=own[1], year=last.year - (last.month is not None and own[1] > last.month)),
            n,
            end,
        )

    def years(self, n: int) -> list[Part] | None:
        """Both years of 2014-2017, بين عامي 2014 و2017, من 2003 إلى 2011."""
        start = n
        named = self.word(n) in ("عامي", "عامين", "سنتي", "الاعوام", "السنوات", "اعوام", "سنوات", "عام", "العام")
        if named:
            n += 1
        else:
            named = self.word(n - 1) in ("عامي", "عامين", "سنتي", "الاعوام", "السنوات", "اعوام", "سنوات", "سنتين")
        first = self.year_number(n, loose=False)
        if first is None:
            return None
        joint = self.word(first[2])
        second_at = first[2] + 1
        if joint in ("الي", "حتي", "و") and self.word(second_at) in w.YEAR_WORDS:
            second_at += 1
        second = self.year_number(second_at, loose=False)
        before = self.word(start - 1)
        if second is None or not 1800 <= first[0] < second[0] <= first[0] + 100 or second[0] > 2100:
            return None
        if not (
            (joint in ("-", "–", "—") and before not in w.BEFORE_NUMBERS and second[0] >= 1900)
            or (joint == "/" and named)
            or (joint == "و" and (named or before == "بين" or before in w.BEFORE_A_YEAR))
            or (joint in ("الي", "حتي") and (named or before in w.BEFORE_YEARS))
        ):
            return None
        head = start if named and self.word(start) in w.YEAR_WORDS else n
        years = [
            Part(Stated(year=first[0], rule="year"), head, first[2]),
            Part(Stated(year=second[0], rule="year"), second_at, second[2]),
        ]
        # أعوام 2014 و2015 و2016
        while self.word(years[-1].end) == "و" and (more := self.year_number(years[-1].end + 1)) is not None:
            years.append(Part(Stated(year=more[0], rule="year"), years[-1].end + 1, more[2]))
        return years
