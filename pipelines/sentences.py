"""An article as sentences: where each stands, and its folded words."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from pipelines.arabic import fold, words
from pipelines.records import Field, Sentence

# A newline, or a sign that ends a sentence and that neither a digit nor its own kind follows (3.5, "..").
# Signs are looked for as one class, which is fast; what is none is turned away after that: 3.5, سي.إن.إن, example.com,
# and words that an outlet hides from search (يستـ.ـهدف).
_END = re.compile(
    r"[.!؟?\n](?:(?<=\n)\s*|"
    r"(?<!\b\w\.)(?<!\b\w\w\.)(?<!\u0640.)(?<!\u0640 .)(?![0-9A-Za-z\u0660-\u0669]| ?\u0640)"
    r"[.!؟?]*[\"'»”)\]]*(?:\s+|$|(?=\w)))"
)
_BETWEEN = "\x1e"
"""Stands between two sentences while they are folded, all at once, which is faster than each by itself."""


class Sentences:
    """A text taken apart: sentence 0 is the title, the others are those of the body."""

    def __init__(self, title: str, body: str) -> None:
        self._title, self._body = title, body
        self._ends = [match.end() for match in _END.finditer(body)]
        if not self._ends or self._ends[-1] < len(body):
            self._ends.append(len(body))

    def __len__(self) -> int:
        return 1 + len(self._ends)

    def at(self, field: Field, place: int) -> int:
        """Number of the sentence that a place in a field belongs to."""
        return 0 if field == "title" else min(1 + bisect_right(self._ends, place), len(self._ends))

    def sentence(self, number: int) -> Sentence:
        """Where one stands, without the space around it."""
        if number == 0:
            return Sentence(0, "title", 0, len(self._title))
        start = self._ends[number - 2] if number > 1 else 0
        end, body = self._ends[number - 1], self._body
        while start < end and body[start].isspace():
            start += 1
        while end > start and body[end - 1].isspace():
            end -= 1
        return Sentence(number, "body", start, end)

    def text(self, number: int) -> str:
        """Its words."""
        one = self.sentence(number)
        return (self._body if number else self._title)[one.start : one.end]

    def words(self) -> list[list[str]]:
        """The folded words of each; none where it has no letter and no digit."""
        spans = pairwise((0, *self._ends))
        texts = [self._title, *(self._body[start:end] for start, end in spans)]
        together = _BETWEEN.join(text.replace(_BETWEEN, " ") for text in texts)
        return [words(sentence) for sentence in fold(together).text.split(_BETWEEN)]
