"""Folding of the Arabic script: the same word however it is spelled, with a map back to the original text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

FOLDING = 1
"""Version of the rules below; stored with every article."""

MAX_TERMS = 400

# One character for one: these keep every offset.
_REPLACEMENTS = (
    ("أإآٱٲٳ", "ا"),
    ("ىیېۍ", "ي"),
    ("کڪ", "ك"),
    ("ةۀەہھۃ", "ه"),
    *((chr(0x0660 + n) + chr(0x06F0 + n), str(n)) for n in range(10)),
    *((chr(code), chr(code + 32)) for code in range(ord("A"), ord("Z") + 1)),
    ("\t\r\f\v\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    ("\u2028\u2029", "\n"),
)
# Vowel signs, Quranic signs, tatweel, zero-width and bidi controls, soft hyphen: written or left out at will.
_DELETED = (
    "\u0610-\u061a\u064b-\u0653\u0655-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c"
)
_DELETED_RUN = re.compile(f"[{_DELETED}]+")
# Rare, and not to be had by deleting alone: ligatures and shapes of letters, and hamza as a sign of its own.
_RARE = re.compile(f"[\ufb50-\ufdff\ufe70-\ufefc]|[وي][{_DELETED}]*\u0654|\u0654")
_ODD = re.compile(f"[{_DELETED}\u0654\ufb50-\ufdff\ufe70-\ufefc]")
_SPACES = re.compile("[ \n]{2,}")
_TRAILING = re.compile(f"[{_DELETED}\u0654]+")
# Hamza above as a sign of its own (decomposed text) belongs to the letter before it.
_HAMZA_ON = {"و": "ؤ", "ي": "ئ"}
_WORD = re.compile(r"\w+")

# Words too frequent to search by. Folded.
_STOP_WORDS = frozenset(
    "في من علي الي عن ان التي الذي الذين هذا هذه ذلك تلك كان كانت قد لم لن لا ما مع بعد قبل بين حتي"
    " كما كل او ثم هو هي هم عند خلال منذ نحو غير لكن حيث اذا و ف ب ل ك ايضا اي هنا هناك وقد وكان ولم"
    " وفي ومن وعلي به بها له لها منه منها فيه فيها عليه عليها اليه اليها انه انها وهو وهي وان".split()
)
_PROCLITICS = (re.compile(r"[وف](?=\w{3})"), re.compile(r"[بكل](?=\w{3})"))


def _same_length(text: str) -> str:
    # A few dozen searches for a letter are several times faster than one look-up for each character.
    for letters, replacement in _REPLACEMENTS:
        for letter in letters:
            if letter in text:
                text = text.replace(letter, replacement)
    return text


_PAIRS = (('"', '"'), ("«", "»"), ("“", "”"), ("„", "“"), ("‘", "’"), ("(", ")"))


_Edit = tuple[int, int, str]
"""Start and end in a text, and what stands there instead."""


class _Step:
    """One step of folding: edits in order, and the way back over them. Nothing is computed until somebody goes back."""

    def __init__(self, edits: Callable[[], Iterable[_Edit]]) -> None:
        self._edits = edits
        self._starts: list[int] = []
        self._origins: list[int] = []

    def origin(self, place: int) -> int:
        """Where in the text before this step a character of the text after it comes from."""
        if not self._starts:
            self._measure()
        stretch = bisect_right(self._starts, place) - 1
        return self._origins[stretch] + place - self._starts[stretch]

    def _measure(self) -> None:
        after = done = 0
        for start, end, text in self._edits():
            if start > done:
                self._starts.append(after)
                self._origins.append(done)
                after += start - done
            for _ in text:
                self._starts.append(after)
                self._origins.append(start)
                after += 1
            done = end
        self._starts.append(after)
        self._origins.append(done)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and the way back to the original."""

    text: str
    original: str
    steps: tuple[_Step, ...] = ()

    def origin(self, place: int) -> int:
        """Place in the original of one folded character."""
        for step in reversed(self.steps):
            place = step.origin(place)
        return place

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` comes from, with the signs on its last letter."""
        if start >= end:
            raise ValueError(f"an empty stretch: {start}-{end}")
        first, last = self.origin(start), self.origin(end - 1)
        trailing = _TRAILING.match(self.original, last + 1)
        after = trailing.end() if trailing else last + 1
        # A mark that was opened inside (منظمة "بدر") belongs to the stretch with the one that closes it.
        inside, closing = self.original[first:after], self.original[after : after + 1]
        opened = any(
            inside.count(a) > (inside.count(b) if a != b else inside.count(a) // 2 * 2)
            for a, b in _PAIRS
            if b == closing
        )
        return first, after + opened


def fold(text: str) -> Folded:
    """`text` with one spelling for each word. White space becomes one space, or one newline where it holds one."""
    folded = _same_length(text)
    steps = []
    if _ODD.search(folded):
        rare = list(_rare(folded))
        if rare:
            steps.append(_Step(lambda: rare))
            folded = _edited(folded, rare)
        # Most texts hold no watched name, and nobody asks where their letters come from: made, but not measured.
        steps.append(_Step(partial(_matches, _DELETED_RUN, folded)))
        folded = _DELETED_RUN.sub("", folded)
    if any(spaces in folded for spaces in ("  ", " \n", "\n ", "\n\n")):
        steps.append(_Step(partial(_matches, _SPACES, folded)))
        folded = _SPACES.sub(_one_space, folded)
    return Folded(folded, text, tuple(steps))


def _one_space(spaces: re.Match[str]) -> str:
    return "\n" if "\n" in spaces[0] else " "


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[_Edit]:
    for found in pattern.finditer(text):
        yield *found.span(), "" if pattern is _DELETED_RUN else _one_space(found)


def _rare(text: str) -> Iterator[_Edit]:
    for found in _RARE.finditer(text):
        letter = found[0]
        if letter[-1] == "\u0654":
            yield *found.span(), _HAMZA_ON.get(letter[0], "")
        else:
            yield *found.span(), _same_length(unicodedata.normalize("NFKC", letter))


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    pieces = []
    done = 0
    for start, end, instead in edits:
        pieces += [text[done:start], instead]
        done = end
    return "".join([*pieces, text[done:]])


_QUOTES = re.compile("[\"«»“”„‘’'()]+")


def without_quotes(folded: Folded, joining: Container[str]) -> Folded:
    """The same text without the quotation marks and brackets that stand inside names: منظمة "بدر", كتائب «حزب الله».

    Such a mark goes only after one of the words `joining`, which a name goes on after, with or without proclitics.
    """
    text = folded.text
    edits: list[_Edit] = []
    for found in _QUOTES.finditer(text):
        start, end = found.span()
        # The space may stand before it (منظمة "بدر"), after it («حزب الله» العراقي) or on both sides.
        start -= text[start - 1 : start] == " "
        end += text[end : end + 1] == " "
        if end - start > len(found[0]) and text[end : end + 1].isalnum():
            word = text[max(0, start - 20) : start].rpartition(" ")[2]
            if any(word[n:] in joining for n in range(3)):
                edits.append((start, end, " "))
    if not edits:
        return folded
    return Folded(_edited(text, edits), folded.original, (*folded.steps, _Step(lambda: edits)))


def words(folded_text: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded_text)


def terms(words: Iterable[str]) -> tuple[str, ...]:
    """Distinct words to search by, in order of first appearance; with and without what may be a particle before them.

    وقاعده is both itself (no one can tell) and قاعده; للقوات is also القوات.
    """
    return tuple(islice(dict.fromkeys(form for word in words for form in _forms(word)), MAX_TERMS))


def _forms(word: str) -> list[str]:
    if word in _STOP_WORDS or (len(word) < 2 and not word.isdigit()):
        return []
    forms = [word]
    for particle in _PROCLITICS:
        if particle.match(forms[-1]):
            rest = forms[-1][1:]
            # The article loses its alef after ل.
            forms.append("ا" + rest if forms[-1].startswith("لل") else rest)
    return [form for form in forms if form not in _STOP_WORDS]
