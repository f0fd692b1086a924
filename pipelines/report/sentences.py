"""A sentence as folded words in which each mention is one word; which lines of an article are none of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pipelines.arabic import fold
from pipelines.records import Mention
from pipelines.sentences import Sentences

_MARK = "zqz"
"""Around the number of a mention, so that it is one word; no word has these letters."""
_BETWEEN = re.compile(r"(\W+)")
_HARD = re.compile(r"[؛;:…]|\.\.|\s[-–—]\s")
_PAIRS = (
    frozenset("ارض جو بحر سطح".split()),
    frozenset("الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد".split()),
)
"""Words between two of which a dash breaks nothing off."""
_CLOSED = tuple('.!؟?:؛…»"”)')
HEADLINE = 170
"""Code points of the longest line that may be the headline of another article."""
SHORT = 90
MENU = 60
"""Code points of the longest line that may be an entry of a menu, above the text."""
RUN = 3
"""Lines without an end sign that, in a row below the text, are headlines of other articles and no text of this one."""
_ITEM = re.compile(r"[-–—•*▪◾●]\s?\S|[0-9\u0660-\u0669]+\s?[-.)]")
"""How an item of a list begins."""
_KEYWORDS = re.compile(r"(?:[^\s,،][,،](?=[^\s\d])[^,،]*){4}[^\s,،][,،](?=[^\s\d])")


@dataclass(slots=True)
class Word:
    """A folded word of a sentence."""

    text: str
    start: int
    """In the folded sentence."""
    mention: int | None = None
    """Place in the article's mentions, where the word is one."""
    glued: str = ""
    """Particles before the mention in the same word."""
    hard: bool = False
    """Whether a sign before it says that something else begins (; : … ..)."""
    comma: bool = False
    refers: bool = False
    """Whether it is a noun (القاعدة) that stands for a mention of an earlier sentence."""


class Words(list[Word]):
    """The words of a sentence, and where they stand in the field."""

    def __init__(self, text: str, offset: int, mentions: Sequence[tuple[int, Mention]]) -> None:
        """`text` is the sentence that begins at `offset` of its field, `mentions` are those in it with their places."""
        super().__init__()
        parts, done, length = [], 0, 0
        self._offset = offset
        self._shifts = [(0, 0)]
        """From where on in the text with marks for mentions, how much further on one is in the sentence itself."""
        for place, mention in mentions:
            start, end = mention.start - offset, min(mention.end - offset, len(text))
            if start < done:
                continue
            mark = f"{_MARK}{place}{_MARK}"
            parts += [text[done:start], mark]
            length += start - done + len(mark)
            done = end
            self._shifts.append((length, done - length))
        parts.append(text[done:])
        self._folded = fold("".join(parts))
        # Words are every other piece; where the sentence begins or ends with a sign, that one is empty.
        pieces = _BETWEEN.split(self._folded.text)
        start = 0
        add, between = self.append, ""
        for word, after in zip_longest(pieces[::2], pieces[1::2], fillvalue=""):
            if word:
                hard = comma = False
                if between and between != " ":
                    hard, comma = _HARD.search(between) is not None, "،" in between or "," in between
                    if hard and self and any({word, self[-1].text} <= pair for pair in _PAIRS):
                        # صواريخ أرض - أرض, ليل الأحد - الاثنين
                        hard = False
                if _MARK in word:
                    glued, _, rest = word.partition(_MARK)
                    add(Word("", start, int(rest.partition(_MARK)[0]), glued, hard, comma))
                else:
                    add(Word(word, start, None, "", hard, comma))
            start += len(word) + len(after)
            between = after

    def place(self, word: int) -> int:
        """Where in the field a word begins; where the sentence ends for the place after the last one."""
        masked = self._folded.origin(self[word].start) if word < len(self) else len(self._folded.original)
        shift = next(shift for start, shift in reversed(self._shifts) if start <= masked)
        return self._offset + masked + shift


def headlines(body: str, sentences: Sentences) -> frozenset[int]:
    """Numbers of what stands in the body and is none of the article's own sentences.

    Lines in a row without an end sign are a menu above the text and headlines of other articles below it, but for the
    items of a list that a sentence with a colon begins; a line of many words with commas and no spaces between them is
    keywords.
    """
    found: set[int] = set()
    rows: list[list[int]] = []
    short, text, lists = True, False, False

    def end() -> None:
        if len(rows) >= RUN or (len(rows) == RUN - 1 and short):
            found.update(number for numbers in rows for number in numbers)

    for line, numbers in _lines(body, sentences):
        if "," in line and _KEYWORDS.search(line):
            found.update(numbers)
        lists &= _ITEM.match(line) is not None
        if lists:
            continue
        if not line.endswith(_CLOSED) and len(line) <= (HEADLINE if text else MENU):
            short = len(line) <= SHORT and (short or not rows)
            rows.append(numbers)
            continue
        end()
        rows, short = [], True
        lists = line.endswith(":") and len(line) > MENU
        text |= line.endswith(_CLOSED) and len(line) > HEADLINE // 3
    end()
    return frozenset(found)


def _lines(body: str, sentences: Sentences) -> Iterator[tuple[str, list[int]]]:
    """Each line that is not empty, with the numbers of its sentences."""
    number, done = 1, 0
    for line in body.splitlines(keepends=True):
        done += len(line)
        numbers = []
        while number < len(sentences) and sentences.sentence(number).start < done:
            numbers.append(number)
            number += 1
        if line := line.strip():
            yield line, numbers
