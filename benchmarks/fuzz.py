"""Mutated and random Unicode through folding, matching, dates and the language gate; an hour of it is `make soak`."""

from __future__ import annotations

import random
import sys
import time
import unicodedata
from datetime import UTC, datetime

from config.load import SHIPPED, load_watchlist
from desk.demo.content import load_edition
from pipelines.arabic import fold
from pipelines.dates import find_dates, printed_dates
from pipelines.language import judge, warm_up
from pipelines.tag import Tagger
from pipelines.tag.candidates import candidates

_ODD = [
    *"\u0640\u064b\u0651\u0653\u0654\u0655\u0656\u0670\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u00ad\u061c",
    *"\u00a0\u202f\u3000\t\r\n\f\v\u2028\u2029\x00\x85\x1c",
    *"ﷲﻻﻼﷺﷻﯾﮎﭐ\ufdfd\ufe7d",
    *"أإآٱىیکةۀەہھۃؤئء٠٩۰۹İßŒΣςﬁ",
    *"\"'«»“”„‘’()[]،؛؟!.…_-",
    "\ud800",
    "\udfff",
    "\U0001f1ee\U0001f1f6",
    "\u0301\u0327",
    "ا\u0653",
    "و\u0654",
    "ي\u064e\u0654",
]

_DATES = (
    "الأربعاء 5 كانون الثاني/يناير 2022 الساعة 14:30",
    "ليل الأحد-الاثنين",
    "بين 3 و5 يناير",
    "منذ ساعتين",
    "2022-01-05T14:30:00+03:00",
    "15 دي 1404 الموافق 5/1/2026",
    "الساعة الثالثة إلا ربعا من فجر أمس (01:00 بتوقيت غرينتش)",
    "الثالث من جمادى الآخرة 1443هـ",
    "99/99/9999 25:70",
)
_PUBLISHED = datetime(2022, 1, 5, 15, tzinfo=UTC)


class Fuzz:
    """Texts made from a seed, and what has to hold for each."""

    def __init__(self) -> None:
        watchlist = load_watchlist(SHIPPED / "no overlay")
        warm_up()
        self._tagger = Tagger(watchlist)
        self._names = [
            name for entity in watchlist.entities for name in (*entity.names, *entity.context, *entity.headed)
        ]
        self._names += _DATES * (len(self._names) // 40)
        self._articles = [(article.title, "\n".join(article.paragraphs)) for article in load_edition().articles]

    def text(self, seed: int) -> tuple[str, str]:
        """Title and body: an article, mutated, or nothing but odd characters."""
        chance = random.Random(seed)
        if chance.random() < 0.1:
            return self._noise(chance, 20), self._noise(chance, 200)
        title, body = chance.choice(self._articles)
        start = chance.randrange(max(1, len(body) - 600))
        return self._mutated(chance, title), self._mutated(chance, body[start : start + 600])

    def check(self, seed: int) -> None:
        """Raise AssertionError, or whatever the product raises, where something does not hold for the seed's text."""
        title, body = self.text(seed)
        for text in (title, body):
            folded = fold(text)
            assert fold(folded.text).text == folded.text, "folding twice is not folding once"
            for place in range(0, len(folded.text), 7):
                start, end = folded.span(place, place + 1)
                assert 0 <= start < end <= len(text), f"{place} comes from {start}-{end}"
            end = 0
            for date in find_dates(text, published=_PUBLISHED, timezone="Asia/Baghdad"):
                assert text[date.start : date.end] == date.surface != "", date
                assert date.start >= end, "dates overlap"
                assert date.earliest < date.latest, date
                end = date.end
            printed_dates(text[:200], timezone="Asia/Baghdad", now=_PUBLISHED)
        accepted, refused = self._tagger.explained(title, body)
        assert accepted == self._tagger.mentions(title, body)
        ends = {"title": 0, "body": 0}
        for mention in accepted:
            assert mention.start >= ends[mention.field], "mentions overlap"
            ends[mention.field] = mention.end
        for mention in (*accepted, *refused):
            text = title if mention.field == "title" else body
            assert text[mention.start : mention.end] == mention.surface != "", mention
        verdict = judge(title, body)
        assert verdict.arabic == (verdict.language == "ar"), verdict
        candidates(self._tagger, [("a", title, body)], least=1)

    def _mutated(self, chance: random.Random, text: str) -> str:
        for _ in range(chance.randrange(12)):
            place = chance.randrange(len(text) + 1)
            kind = chance.randrange(8)
            if kind <= 1:
                text = text[:place] + chance.choice(_ODD) * chance.choice((1, 1, 3)) + text[place:]
            elif kind == 2:
                text = text[:place] + text[place + chance.randrange(1, 6) :]
            elif kind == 3:
                text = text[:place] + " " + chance.choice(self._names) + chance.choice(" .،\n»") + text[place:]
            elif kind == 4:
                other = chance.randrange(len(text) + 1)
                text = text[:place] + text[min(place, other) : max(place, other)][:80] + text[place:]
            elif kind == 5:
                marks = chance.choices(_ODD[:20], k=3)
                stretch = text[place : place + 40]
                text = text[:place] + "".join(letter + chance.choice(marks) for letter in stretch) + text[place + 40 :]
            elif kind == 6:
                text = unicodedata.normalize(chance.choice(("NFC", "NFD", "NFKC", "NFKD")), text)
            else:
                text = text.replace(" ", chance.choice(("\u00a0", "  ", " \n", "\u200f ", " \u200c")))
        return text

    @staticmethod
    def _noise(chance: random.Random, most: int) -> str:
        ranges = ((0x600, 0x6FF), (0xFB50, 0xFEFF), (0x20, 0x7E), (0, 0x10FFFF))
        chosen = [chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randrange(most))]
        return "".join(chosen + chance.choices(_ODD, k=5))


def main() -> int:
    """Look for texts that fail, for so many minutes; every one is told with its seed. 1 where there was any."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    fuzz, failed, looked_at = Fuzz(), 0, 0
    seed = random.SystemRandom().randrange(2**40)
    ends = time.monotonic() + 60 * minutes
    told = time.monotonic()
    while time.monotonic() < ends:
        seed += 1
        looked_at += 1
        try:
            fuzz.check(seed)
        except Exception as error:
            failed += 1
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
        if time.monotonic() - told > 30:
            told = time.monotonic()
            print(
                f"{looked_at} texts, {failed} failed, {(ends - told) / 60:.0f} minutes left",
                file=sys.stderr,
                flush=True,
            )
    print(f"{looked_at} texts, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
