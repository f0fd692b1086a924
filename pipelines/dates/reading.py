"""The words of a folded text without the particles before them, and the numbers among them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from pipelines.arabic import Folded
from pipelines.dates import words as w

# A year that a time is glued to (7/10/202609:51) is a word of its own.
_TOKEN = re.compile(r"\d{4}(?=\d\d:\d\d)|\d+|[^\W\d_]+|\S|\n")
_TIME_BEFORE = re.compile(r"\d:\d\d[-–]$")
_GLUE = frozenset(".,:/٫٬-–")
_NUMBER_WORDS = (*w.ORDINALS, *w.ORDINAL_TENS)
_STARTERS: frozenset[str] = frozenset(
    chain(
        w.WEEKDAYS, w.DAY_PARTS, w.MONTHS, w.MONTHS_OF_TWO_WORDS, w.HIJRI_MONTHS, w.HIJRI_MONTHS_OF_TWO_WORDS,
        _NUMBER_WORDS, w.RELATIVE, w.TODAY, w.AGO, w.HOUR_WORDS, w.PERIODS, w.YEAR_WORDS, w.PHASES,
        ("اول", "غره", "الغد", "يوم", "بعد", "منتصف", "الليله", "ال", "بتوقيت", "هذا", "هذه", "شهر"),
    )
) - {"م", "ص", "am", "pm"}  # fmt: skip
_KNOWN = _STARTERS | frozenset(
    chain(w.COUNTS, w.TENS, w.UNITS, w.ORDINAL_TENS, ("شهر", "توقيت", "النصف", "الربع", "الثلث", "منتصف"))
)


def _with_clitics() -> dict[str, str]:
    """Each word that dates are made of as written with a particle before it: والاثنين, للعام, بيناير."""
    bare: dict[str, str] = {}
    for word in sorted(_KNOWN, key=len, reverse=True):
        if len(word) < 3 or word.isascii():
            continue
        if word.startswith("ال"):
            forms: Iterable[str] = (
                *(p + word for p in ("و", "ف", "ب", "ك", "وب", "فب")),
                *(p + word[1:] for p in ("ل", "ول", "فل")),
            )
            forms = [*forms]
        else:
            forms = [p + word for p in ("و", "ف", "ب", "ل", "وب", "ول", "فب", "فل")]
        for form in forms:
            if form not in _KNOWN and form not in ("لامس", "بغد", "وعشر", "لغد"):
                bare.setdefault(form, word)
    return bare


_BARE = (
    _with_clitics()
    | {f"{particle}{word}": word for word in w.BEFORE_A_YEAR | w.BEFORE_A_MONTH | w.BEFORE_YEARS for particle in "وف"}
    | {"واب": "اب"}
)
_CANDIDATES = _STARTERS | frozenset(form for form, word in _BARE.items() if word in _STARTERS)


class Words:
    """The words of one folded text, each called by its number `n`."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.words = _TOKEN.findall(folded.text)

    @cached_property
    def _bare(self) -> list[str]:
        return [_BARE.get(word, word) for word in self.words]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in the folded text."""
        return [found.span() for found in _TOKEN.finditer(self.folded.text)]

    def candidates(self) -> list[int]:
        """Words at which a date may begin."""
        return [n for n, word in enumerate(self.words) if word in _CANDIDATES or word[0].isdecimal()]

    def word(self, n: int) -> str:
        """The word without a particle; empty beyond the ends."""
        return self._bare[n] if 0 <= n < len(self._bare) else ""

    def joined(self, n: int) -> bool:
        """Whether the word is said to be one more (والعشرين)."""
        return 0 <= n < len(self.words) and self.words[n][0] == "و" and self.words[n] != self.word(n)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text of these words, without a particle before the first."""
        first, last = self.spans[start][0], self.spans[end - 1][1]
        word, bare = self.words[start], self.word(start)
        return self.folded.span(first + max(0, len(word) - len(bare)), last)

    def loose(self, n: int) -> bool:
        """Whether a number stands by itself, not as a part of 5,93 or 3-1 or of a longer row."""
        start, end = self.spans[n]
        text = self.folded.text
        before, after = text[start - 1 : start], text[end : end + 1]
        if before in _GLUE and before and text[start - 2 : start - 1].isdecimal():
            # 14:30-7 أكتوبر: what stands before is a time.
            return before in "-–" and _TIME_BEFORE.search(text, max(0, start - 6), start) is not None
        return not (after and after in _GLUE and text[end + 1 : end + 2].isdecimal())

    # Numbers

    def number(self, n: int, *, loose: bool = True) -> tuple[int, int] | None:
        """A day's number: 5, الخامس, الحادي والعشرين, الـ25."""
        if self.word(n) == "ال" and self.word(n + 1).isdecimal():
            n += 1
        word = self.word(n)
        if word.isdecimal():
            if len(word) > 2 or (loose and not self.loose(n)) or not 1 <= int(word) <= 31:
                return None
            return int(word), n + 1
        if word in w.ORDINAL_TENS:
            return w.ORDINAL_TENS[word], n + 1
        if word in w.ORDINALS and not w.is_feminine(word):
            number = w.ORDINALS[word]
            following = self.word(n + 1)
            if following in ("عشر", "عشره"):
                return number + 10, n + 2
            if following in w.ORDINAL_TENS and self.joined(n + 1):
                return number + w.ORDINAL_TENS[following], n + 2
            return number, n + 1
        return None

    def count(self, n: int) -> tuple[int, int] | None:
        """How many: 3, ثلاثة, خمسة عشر, خمسة وعشرين."""
        word = self.word(n)
        if word.isdecimal():
            return (int(word), n + 1) if len(word) <= 3 and self.loose(n) else None
        if word in w.TENS:
            return w.TENS[word], n + 1
        if word in w.COUNTS:
            number = w.COUNTS[word]
            following = self.word(n + 1)
            if number < 10 and following in ("عشر", "عشره"):
                return number + 10, n + 2
            if number < 10 and following in w.TENS and self.joined(n + 1):
                return number + w.TENS[following], n + 2
            return number, n + 1
        return None

    # Months, years, days

    def at(self, place: int) -> int:
        """The first word at or after a place of the folded text."""
        return bisect_left(self.spans, (place, place))
