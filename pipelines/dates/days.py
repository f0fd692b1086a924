"""Days, months and years as they are named: 5 يناير 2022, الاثنين الماضي, أمس, مطلع عام 2020."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.dates import words as w
from pipelines.dates.parts import Part, Period, Relation, RelativeDay, Stated, Weekday
from pipelines.dates.reading import Words

_NUMERIC = re.compile(
    r"(?<![0-9a-z_./:,])(?<!\d-)(?:(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2}) ?([-/.]) ?(?P<m2>\d{1,2}) ?\6 ?(?P<y2>\d{4}))"
    r"(?:(?=t|\d\d:\d\d)|(?![\d/:-]|[.,]\d))"
)


class Days(Words):
    """Each method reads one part at a word, or says None."""

    def month(self, n: int) -> tuple[w.Calendar, int, int, bool] | None:
        """Calendar, number, next word, and whether it cannot be another word."""
        one = self.month_name(n)
        if one is None:
            return None
        calendar, month, after, _ = one
        if calendar != "gregorian":
            return one
        other = after + (
            self.word(after) in ("/", "-", "–", "|", "او") or (self.word(after) == "." and self.words[n].isascii())
        )
        again = self.month_name(other)
        if (
            again is not None
            and again[:2] == (calendar, month)
            and (other > after or self.words[n] != self.words[other])
        ):
            return calendar, month, again[2], True
        return one

    def month_name(self, n: int) -> tuple[w.Calendar, int, int, bool] | None:
        """As `month`, without the name of another country after it."""
        word, following = self.word(n), self.word(n + 1)
        if word in w.MONTHS:
            weak = word in w.WEAK_MONTHS
            if word == "اب" and not self.joined(n):
                start, end = self.folded.span(*self.spans[n])
                weak = not self.folded.original[start:end].startswith(("آ", "بآ", "لآ"))
            return "gregorian", w.MONTHS[word], n + 1, not weak
        if word in w.MONTHS_OF_TWO_WORDS and following in w.MONTHS_OF_TWO_WORDS[word]:
            return "gregorian", w.MONTHS_OF_TWO_WORDS[word][following], n + 2, True
        if word in w.HIJRI_MONTHS:
            return "hijri", w.HIJRI_MONTHS[word], n + 1, word not in w.WEAK_HIJRI_MONTHS
        if word in w.HIJRI_MONTHS_OF_TWO_WORDS and following in w.HIJRI_MONTHS_OF_TWO_WORDS[word]:
            return "hijri", w.HIJRI_MONTHS_OF_TWO_WORDS[word][following], n + 2, True
        if word in w.SOLAR_MONTHS:
            return "solar", w.SOLAR_MONTHS[word], n + 1 + (following == "ماه"), True
        return None

    def year_number(self, n: int, *, loose: bool = True) -> tuple[int, w.Calendar | None, int] | None:
        """2014, 2014م, 1443هـ: the year, its calendar where that is said, and the next word."""
        word = self.word(n)
        if not (word.isdecimal() and len(word) == 4 and (not loose or self.loose(n))):
            return None
        year, mark = int(word), self.word(n + 1)
        if mark in ("ه", "هجري", "هجريه", "للهجره", "الهجري"):
            solar = n + 2 + (self.word(n + 2) == ".")
            if self.word(solar) in ("ش", "شمسي", "شمسيه"):
                return year, "solar", solar + 1
            return year, "hijri", n + 2
        if mark in ("شمسي", "شمسيه", "الشمسي"):
            return year, "solar", n + 2
        if mark in ("م", "ميلادي", "ميلاديه", "للميلاد"):
            return year, "gregorian", n + 2
        if mark in w.COUNTED:
            return None
        return year, None, n + 1

    def _with_year(self, stated: Stated, n: int) -> tuple[Stated, int]:
        """`stated` with what follows it: الماضي, 2022, من العام الماضي."""
        if (relation := self.relation(n)) is not None:
            stated, n = replace(stated, relation=relation), n + 1
        after = n
        if (
            self.word(after) in ("،", ",")
            or (self.word(after) in ("/", "-", "–") and len(self.word(after + 1)) == 4)
            or self.word(after) == "من"
        ):
            after += 1
        if self.word(after) == "هذا":
            if self.word(after + 1) in ("العام", "الشهر"):
                return replace(stated, year_relation="this"), after + 2
            return stated, n
        if self.word(after) in w.YEAR_WORDS:
            relation = self.relation(after + 1)
            if relation is not None and self.word(after) in ("العام", "السنه"):
                return replace(stated, year_relation=relation), after + 2
            if self.word(after + 1) in ("نفسه", "ذاته", "نفسها", "ذاتها", "التالي", "السابق", "الذي"):
                return replace(stated, unknown=True), after + 2
            after += 1
        elif self.word(after) in ("ذلك", "نفس") and self.word(after + 1) in ("العام", "السنه"):
            return replace(stated, unknown=True), after + 2
        elif self.word(after) == "الشهر" and (relation := self.relation(after + 1)) is not None:
            return stated, n
        year = self.year_number(after)
        if year is None:
            return stated, n
        number, calendar, end = year
        if calendar not in (None, stated.calendar):
            return replace(stated, unknown=True), end
        return replace(stated, year=number), end

    def relation(self, n: int) -> Relation | None:
        """الماضي, المقبل, الجاري."""
        word = self.word(n)
        if word in w.LAST:
            return "past"
        if word in w.NEXT:
            return "next"
        return "this" if word in w.THIS else None

    def stated(self, n: int) -> Part | None:
        """آذار 2011, مطلع عام 2020: what `phrase` does not read."""
        return self._month_alone(n) or self._year_alone(n)

    def numeric(self, n: int) -> Part | None:
        """2022-01-05, 5/1/2022: the year first as in ISO 8601, or last, and then the day is first."""
        if not self.words[n].isdecimal():
            return None
        found = _NUMERIC.match(self.folded.text, self.spans[n][0])
        if found is None:
            return None
        year, month, day = (int(found[a] or found[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
        end = self.at(found.end())
        calendar: w.Calendar = "gregorian"
        mark = self.word(end)
        if mark in ("ه", "هجري", "هجريه"):
            solar = end + 1 + (self.word(end + 1) == ".")
            calendar, end = ("solar", solar + 1) if self.word(solar) in ("ش", "شمسي") else ("hijri", end + 1)
        elif mark in ("شمسي", "شمسيه"):
            calendar, end = "solar", end + 1
        elif mark == "م":
            end += 1
        elif 1420 <= year <= 1500:
            calendar = "hijri"
        elif 1300 <= year < 1420:
            # Hijri forty years ago, or an Iranian day of now: only the second is written without saying so.
            return Part(Stated(year, month, day, "solar", rule="numeric", near=True), n, end)
        elif year < 1900:
            return Part(Stated(unknown=True), n, end)
        return Part(Stated(year, month, day, calendar, rule="numeric"), n, end)

    def day_and_month(self, n: int) -> Part | None:
        """5 يناير 2022, الخامس من شهر كانون الثاني الماضي, الـ18 من الشهر الجاري, January 5, 2022."""
        month_first = self._month_first(n)
        if month_first is not None:
            return month_first
        first = self.word(n) == "غره" or (self.word(n) == "اول" and self.month_name(n + 1) is not None)
        number = (1, n + 1) if first else self.number(n)
        if number is None:
            return None
        day, after = number
        if self.word(after) in ("من", "/", "-", "of"):
            after += 1
        if self.word(after) in ("شهر", "th", "st", "nd", "rd"):
            after += 1
        month = self.month(after)
        if month is None:
            return self._day_of_a_near_month(n, day, number[1])
        calendar, number_of_month, named, strong = month
        stated, end = self._with_year(Stated(month=number_of_month, day=day, calendar=calendar), named)
        if calendar == "hijri" and not strong and end == named and self.word(after - 1) not in ("من", "شهر"):
            return None
        return Part(stated, n, end)

    def _day_of_a_near_month(self, n: int, day: int, after: int) -> Part | None:
        """الـ18 من الشهر الجاري, الخامس من هذا الشهر, 5 الجاري."""
        shifts: dict[Relation | None, int] = {"past": -1, "this": 0, "next": 1}
        near = after + (self.word(after) == "من")
        if self.word(near) == "هذا" and self.word(near + 1) == "الشهر" and near > after:
            return Part(Stated(day=day, month_shift=0), n, near + 2)
        named = self.word(near) == "الشهر"
        relation = self.relation(near + named)
        if relation is None or (not named and (relation != "this" or self.word(near) == "الحالي")):
            return None
        return Part(Stated(day=day, month_shift=shifts[relation]), n, near + named + 1)

    def _month_first(self, n: int) -> Part | None:
        """January 5, 2022, and يناير 5, 2022 as some software prints it."""
        name = self.month_name(n)
        if name is None or name[0] != "gregorian":
            return None
        after = name[2] + (self.word(name[2]) == ".")
        if not (self.word(after).isdecimal() and len(self.word(after)) <= 2):
            return None
        day = int(self.word(after))
        after += 1 + (self.word(after + 1) in ("th", "st", "nd", "rd"))
        stated, end = self._with_year(Stated(month=name[1], day=day), after)
        return Part(stated, n, end) if stated.year else None

    def _month_alone(self, n: int) -> Part | None:
        start = n
        head = self.word(n) if self.word(n) in w.PHASES else self.word(n - 1)
        if self.word(n) in w.PHASES:
            n += 1
        named_month = self.word(n) == "شهر"
        if named_month:
            n += 1
        month = self.month(n)
        if month is None:
            return None
        before = start - 1 - (self.word(start - 1) == "من")
        if self.word(before).isdecimal() and len(self.word(before)) <= 2:
            return None  # no such day
        calendar, number, after, strong = month
        stated, end = self._with_year(Stated(month=number, calendar=calendar, rule="month"), after)
        told = stated.year or stated.relation or stated.year_relation or stated.unknown
        if not told and not (strong and (named_month or head in w.BEFORE_A_MONTH)):
            return None
        return Part(stated, start, end)

    def _year_alone(self, n: int) -> Part | None:
        start = n
        if self.word(n) in w.PHASES:
            n += 1
        named = self.word(n) in w.YEAR_WORDS
        if named:
            n += 1
        year = self.year_number(n)
        if year is None:
            return None
        number, calendar, end = year
        told = named or calendar == "gregorian" or self.word(n - 1) in w.BEFORE_A_YEAR
        if not told or calendar in ("hijri", "solar") or not 1500 <= number <= 2199:
            return None
        if not named and number % 500 == 0 and start == n and self.word(n - 1) != "في" and calendar is None:
            return None
        return Part(Stated(year=number, rule="year"), start, end)

    # Days that lean on the day of publication

    def weekday(self, n: int) -> Part | None:
        """الاثنين الماضي, يوم الأحد, and الأحد-الاثنين after a night."""
        word = self.word(n)
        if word not in w.WEEKDAYS:
            return None
        before = self.word(n - 1)
        if before in w.NOT_BEFORE_A_WEEKDAY or self.word(n + 1) in w.NOT_AFTER_A_WEEKDAY:
            return None
        day, after = w.WEEKDAYS[word], n + 1
        night = self.word(n - 2) if before in ("يوم", "امس", "اليوم") else before
        if night in w.NIGHT_PARTS:
            other = after + (self.word(after) in w.NIGHT_JOIN)
            if w.WEEKDAYS.get(self.word(other)) == (day + 1) % 7:
                return Part(Weekday(day, until=(day + 1) % 7), n, other + 1)
        if self.word(after) in ("قبل", "ما") and "الماضي" in (self.word(after + 1), self.word(after + 2)):
            return Part(Weekday(day, "before_past"), n, after + 2 + (self.word(after + 1) != "الماضي"))
        relation = self.relation(after)
        if relation is not None:
            return Part(Weekday(day, relation), n, after + 1)
        # الجمعة والسبت الماضيين: what follows the last says it of each.
        ahead = after
        while ahead - after < 7 and self.joined(ahead) and self.word(ahead) in w.WEEKDAYS:
            ahead += 1
        if ahead > after and self.word(ahead).endswith("ين"):
            relation = self.relation(ahead)
        return Part(Weekday(day, relation), n, after)

    def relative_day(self, n: int) -> Part | None:
        """أمس, أول من أمس, أمس الأول, بعد غد, الليلة الماضية."""
        word, following = self.word(n), self.word(n + 1)
        for words in w.TWO_DAYS_AGO if word in ("اول", "الاول", "قبل") else ():
            if tuple(self.word(n + k) for k in range(len(words))) == words:
                return Part(RelativeDay(-2), n, n + len(words))
        if word == "بعد" and following in ("غد", "الغد", "غدا"):
            return Part(RelativeDay(2), n, n + 2)
        if word == "الليله":
            if following == "قبل" and self.relation(n + 2) == "past":
                return Part(RelativeDay(-2), n, n + 3)
            if self.relation(n + 1) == "past":
                return Part(RelativeDay(-1), n, n + 2)
            return None if following in w.NOT_AFTER_TODAY or following in w.ORDINALS else Part(RelativeDay(0), n, n + 1)
        if word == "الغد" and self.word(n - 1) in w.DAY_PARTS:
            return Part(RelativeDay(1), n, n + 1)
        if word in w.RELATIVE:
            if word == "غد" and self.word(n - 1) != "يوم" and self.word(n - 1) not in w.DAY_PARTS:
                return None
            if word in ("امس", "الامس") and following in ("الاول", "القريب"):
                return None if following == "القريب" else Part(RelativeDay(-2), n, n + 2)
            if word == "الامس" and self.words[n] == "الامس" and self.word(n - 1) != "يوم":
                return None
            return Part(RelativeDay(w.RELATIVE[word]), n, n + 1)
        if word == "اليوم":
            before = self.word(n - 1)
            if before in w.NOT_BEFORE_TODAY or following in w.NOT_AFTER_TODAY or following in w.ORDINALS:
                return None
            if self.words[n] == "لليوم" or self.words[n] == "باليوم" or before == "في":
                return None
            return Part(RelativeDay(0), n, n + 1)
        return None

    def period(self, n: int) -> Part | None:
        """الأسبوع الماضي, الشهر الجاري, هذا العام, نهاية العام الماضي."""
        start = n
        if self.word(n) in w.PHASES:
            n += 1
        if self.word(n) in ("هذا", "هذه") and self.word(n + 1) in w.PERIODS:
            if self.relation(n + 2) is not None or self.word(n + 2) == "الدراسي":
                return None
            return Part(Period(w.PERIODS[self.word(n + 1)], 0), start, n + 2)
        if self.word(n) not in w.PERIODS:
            return None
        relation = self.relation(n + 1)
        if relation is None or self.word(n + 1) == "الاخير":
            return None
        shift = {"past": -1, "next": 1, "this": 0, "before_past": -2}[relation]
        end = n + 2
        year = self.year_number(end)
        if year is not None and w.PERIODS[self.word(n)] == "year":
            return Part(Stated(year=year[0], rule="year"), start, year[2])
        return Part(Period(w.PERIODS[self.word(n)], shift), start, end)

    # Times

    def day(self, n: int) -> Part | None:
        """A day at a word, with يوم before it."""
        start = n
        while self.word(n) in ("يوم", "يومي", "هذا", "نهار", "تاريخ", "بتاريخ"):
            n += 1
        part = self.weekday(n) or self.relative_day(n) or self._numeric_or_day(n)
        return None if part is None else Part(part.value, start, part.end)

    def _numeric_or_day(self, n: int) -> Part | None:
        if n >= len(self.words):
            return None
        return self.numeric(n) or self.day_and_month(n)
