"""Times, parts of the day, time zones and lengths of time: الثالثة والنصف عصرا بتوقيت بغداد, منذ ساعتين."""

from __future__ import annotations

import re

from pipelines.dates import words as w
from pipelines.dates.days import Days
from pipelines.dates.parts import Ago, Clock, DayPart, Part, Zone

_ISO_TIME = re.compile(r"t(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?(z|[+-]\d{2}:?\d{2})?(?![\d:])")
_CLOCK = re.compile(r"(\d{1,2}) ?[:.] ?(\d{2})(?::(\d{2}))?(?![\d:/]|-\d{1,2}[:-]|[.,]\d)")
_OFFSET = re.compile(r"(?:gmt|utc|غرينتش|جرينتش)? ?([+-]) ?(\d{1,2})(?::?(\d{2}))?(?!\d)")
_BARE_OFFSET = re.compile(r" ?([+-])(\d{2}):?(\d{2})(?![\d:])")


class Times(Days):
    """Each method reads one part at a word, or says None."""

    def day_part(self, n: int) -> Part | None:
        """فجر, بعد منتصف ليل, صباحا."""
        start = n
        word = self.word(n)
        later = word == "بعد"
        if later or (word == "قبل" and self.word(n + 1) in ("الظهر", "ظهر")):
            n += 1
        middle = self.word(n) == "منتصف"
        if middle:
            n += 1
        word = self.word(n)
        if word in ("الليل", "ليل", "ليله") and middle:
            return Part(DayPart("after midnight", 0, 30) if later else DayPart("midnight", -2, 27), start, n + 1)
        if middle:
            return None
        if word in ("الظهر", "ظهر", "ظهيره") and start < n:
            part = DayPart("after noon", 12, 19) if later else DayPart("morning", 8, 13)
            return Part(part, start, n + 1)
        if start < n or word not in w.DAY_PARTS:
            return None
        return Part(DayPart(*w.DAY_PARTS[word]), n, n + 1)

    def ago(self, n: int) -> Part | None:
        """منذ ساعتين, قبل 3 أيام; not قبل 3 أيام من الهجوم."""
        start = n
        if self.word(n) not in w.AGO:
            return None
        n += 1
        if self.word(n) == "نصف" and self.word(n + 1) == "ساعه":
            return Part(Ago("minute", 30), start, n + 2) if self._ends_there(n + 2) else None
        count = self.count(n)
        if count is not None:
            number, n = count
            unit = w.UNITS.get(self.word(n))
            if unit is None:
                return None
            found, n = Ago(unit[0], number), n + 1
        else:
            unit = w.UNITS.get(self.words[n] if n < len(self.words) else "")
            if unit is None or unit[1] == 0:
                return None
            found, n = Ago(unit[0], unit[1]), n + 1
            if self.word(n) in ("واحد", "واحده"):
                n += 1
            elif unit[1] == 1 and (self.word(n).startswith("ال") and self.word(n) != "الان"):
                return None
        if (self.word(n) == "النصف" and self.joined(n)) or self.words[n : n + 1] == ["ونصف"]:
            if found.unit != "hour":
                return None
            found, n = Ago("minute", found.count * 60 + 30), n + 1
        if not self._ends_there(n):
            return None
        return Part(found, start, n)

    def _ends_there(self, n: int) -> bool:
        """Whether a length of time reckons from now, not from something named after it."""
        if self.word(n) in ("فقط", "فحسب", "تقريبا", "كامله", "كاملين"):
            n += 1
        word = self.word(n)
        if word == "." and self.word(n + 1).isdecimal():
            return False
        if word in ("من", "علي"):
            return self.word(n + 1) == "الان"
        if word in ("وحتي", "حتي", "الي"):
            return True
        return not (
            word.isdecimal() or word in w.WEEKDAYS or word in w.RELATIVE or self.month_name(n) is not None
            or word in ("اليوم", "الساعه") or self.words[n : n + 1] in (["و"], ["او"])
        )  # fmt: skip

    def _clock_digits(self, n: int) -> re.Match[str] | None:
        if not (n < len(self.words) and self.words[n].isdecimal()):
            return None
        start = self.spans[n][0]
        before = self.folded.text[start - 1 : start]
        if before and before in ".:-/" and self.folded.text[start - 2 : start - 1].isdecimal():
            return None
        return _CLOCK.match(self.folded.text, start)

    def clock(self, n: int) -> Part | None:
        """الساعة 14:30, الساعة الثالثة والنصف عصرا, الثامنة مساء, 10:22, 12:09 م, 3 فجرا."""
        start = n
        named = self.word(n) in w.HOUR_WORDS
        if named:
            n += 1
            if self.word(n) == ":":
                n += 1
        found = self._clock_digits(n)
        word = self.word(n)
        if found is None and word.isdecimal() and len(word) == 4 and self.loose(n) and self.zone(n + 1) is not None:
            return Part(Clock(int(word[:2]), int(word[2:]), full=True), start, n + 1)
        if found is not None:
            if "." in found[0] and not named:
                return None
            hour, minute, second = int(found[1]), int(found[2]), int(found[3]) if found[3] else None
            n = self.at(found.end())
            half, n = self._half(n)
            return Part(Clock(hour, minute, second, half, full=True), start, n)
        word = self.word(n)
        if word.isdecimal() and len(word) <= 2 and self.loose(n):
            hour, n = int(word), n + 1
            spoken = False
        elif word in w.ORDINALS and w.is_feminine(word) and word != "الاولي":
            hour, n = w.ORDINALS[word], n + 1
            if self.word(n) in ("عشر", "عشره"):
                hour, n = hour + 10, n + 1
            spoken = True
        else:
            return None
        minute, n = self._minutes(n)
        half, after = self._half(n)
        if not named and half is None and self.day_part(n) is None:
            return None
        if minute < 0:
            hour, minute = hour - 1, 60 + minute
            hour = hour or 12
        if spoken and hour > 12:
            return None
        return Part(Clock(hour, minute, None, half), start, after)

    def _minutes(self, n: int) -> tuple[int, int]:
        """والنصف, إلا ربعا, و20 دقيقة: minutes after the hour, or before it."""
        word = self.word(n)
        raw = self.words[n] if n < len(self.words) else ""
        if word == "الا":
            if self.word(n + 1) in w.FRACTIONS:
                return -w.FRACTIONS[self.word(n + 1)], n + 2
            minutes = self.count(n + 1)
            if minutes is not None and self.word(minutes[1]) in ("دقيقه", "دقائق"):
                return -(minutes[0] % 60), minutes[1] + 1
        if raw[:1] == "و" and raw[1:] in w.FRACTIONS:
            return w.FRACTIONS[raw[1:]], n + 1
        if raw[:1] == "و":
            minutes = (w.COUNTS[raw[1:]], n + 1) if raw[1:] in w.COUNTS else self.count(n + (raw == "و"))
            if minutes is not None and self.word(minutes[1]) in ("دقيقه", "دقائق"):
                return minutes[0] % 60, minutes[1] + 1
        return 0, n

    def _half(self, n: int) -> tuple[str | None, int]:
        """Which half of the day: صباحا, م, بعد الظهر. One that a day follows (مساء الثلاثاء) is left to that."""
        if self.word(n) in ("a", "p") and self.word(n + 1) == "." and self.word(n + 2) == "m":
            return ("am" if self.word(n) == "a" else "pm"), n + 3 + (self.word(n + 3) == ".")
        if self.word(n) in ("ص", "م", "am", "pm"):
            return {"ص": "am", "م": "pm"}.get(self.word(n), self.word(n)), n + 1
        part = self.day_part(n)
        if part is None or not isinstance(part.value, DayPart):
            return None, n
        if part.end - part.start == 1 and self.day(part.end) is not None:
            return None, n
        return part.value.name, part.end

    def zone(self, n: int) -> Part | None:
        """بتوقيت غرينتش, بالتوقيت المحلي, GMT, +03:00."""
        start, word = n, self.word(n)
        if word in ("التوقيت", "توقيت") or self.words[n : n + 1] in (["بالتوقيت"], ["بتوقيت"]):
            n += 1
            if self.word(n) in ("المحلي", "المحليه"):
                n += 1
                place = self.words[n] if n < len(self.words) else ""
                if place == "في" or (place.startswith("ل") and place not in ("لكن", "لم", "لن")):
                    # بالتوقيت المحلي للعاصمة واشنطن: of that place, if it is known.
                    return self._place(n + (place == "في"), start) or Part(Zone("?"), start, n)
                return Part(Zone(None), start, n)
        elif word not in ("gmt", "utc", "غرينتش", "غرينيتش", "جرينتش", "ت"):
            return None
        text, place = self.folded.text, self.spans[n][0] if n < len(self.words) else len(self.folded.text)
        offset = _OFFSET.match(text, place)
        if offset is not None:
            minutes = int(offset[2]) * 60 + int(offset[3] or 0)
            return Part(Zone(minutes if offset[1] == "+" else -minutes), start, self.at(offset.end()))
        if self.word(n) == "ت" and self.word(n + 1) == "." and self.word(n + 2) == "غ":
            return Part(Zone("UTC"), start, n + 3)
        return self._place(n, start) or (Part(Zone("?"), start, n + 1) if start < n < len(self.words) else None)

    def _place(self, n: int, start: int) -> Part | None:
        """The zone of a place: القدس المحتلة, العاصمة بغداد, لبغداد, للعاصمة واشنطن."""
        if self.word(n) in ("مدينه", "العاصمه", "لمدينه", "للعاصمه"):
            n += 1
        names = self.words[n : n + 3]
        for length in range(len(names), 0, -1):
            name = " ".join(names[:length])
            for spelled in (name, name[1:] if name.startswith("ل") else name):
                if spelled in w.ZONES:
                    return Part(Zone(w.ZONES[spelled]), start, n + length)
        return None

    # Parts in a row

    def _iso_time(self, n: int) -> list[Part] | None:
        """T14:30:00Z right after a day."""
        if self.word(n) != "t":
            return None
        found = _ISO_TIME.match(self.folded.text, self.spans[n][0])
        if found is None:
            return None
        end = self.at(found.end())
        parts = [Part(Clock(int(found[1]), int(found[2]), int(found[3]) if found[3] else None, full=True), n, end)]
        if found[4] == "z":
            parts.append(Part(Zone("UTC"), n, end))
        elif found[4]:
            hours, minutes = int(found[4][1:3]), int(found[4][-2:])
            parts.append(Part(Zone((60 * hours + minutes) * (1 if found[4][0] == "+" else -1)), n, end))
        return parts

    def _bare_offset(self, clock: Part) -> Part | None:
        """+0300 after a time; with a minus only after seconds, because 14:30-16:00 is a span."""
        assert isinstance(clock.value, Clock)
        found = _BARE_OFFSET.match(self.folded.text, self.spans[clock.end - 1][1])
        if found is None or (found[1] == "-" and clock.value.second is None):
            return None
        minutes = (60 * int(found[2]) + int(found[3])) * (1 if found[1] == "+" else -1)
        return Part(Zone(minutes), clock.end, self.at(found.end()))
