"""Folding of the Arabic script: the same word however it is spelled, with a map back to the original text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
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
_ODD = re.compile(f"[{_DELETED}]+|\u0654|[\ufb50-\ufdff\ufe70-\ufefc]+")
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


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and where its characters come from: stretches that stand one for one in the original."""

    text: str
    original: str
    starts: tuple[int, ...]
    """Where each stretch begins in `text`."""
    origins: tuple[int, ...]
    """Where each stretch begins in `original`."""

    def origin(self, place: int) -> int:
        """Place in the original of one folded character."""
        stretch = bisect_right(self.starts, place) - 1
        return self.origins[stretch] + place - self.starts[stretch]

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
    same = _same_length(text)
    stretches = _Stretches()
    done = 0
    for odd in _ODD.finditer(same):
        start, end = odd.span()
        stretches.add(same[done:start], done)
        run = odd.group()
        if run == "\u0654":
            stretches.put_hamza()
        elif run[0] >= "\ufb50" and run[0] != "\ufeff":
            for place, form in enumerate(run, start):
                for letter in _TRAILING.sub("", _same_length(unicodedata.normalize("NFKC", form))):
                    stretches.add(letter, place)
        done = end
    stretches.add(same[done:], done)
    folded = stretches.folded(text)
    runs = [(*spaces.span(), "\n" if "\n" in spaces[0] else " ") for spaces in _SPACES.finditer(folded.text)]
    return _replaced(folded, runs)


class _Stretches:
    """Builds a Folded piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._origins: list[int] = []
        self._length = 0

    def add(self, piece: str, origin: int) -> None:
        """Text that stands one for one at `origin`."""
        if piece:
            self._pieces.append(piece)
            self._starts.append(self._length)
            self._origins.append(origin)
            self._length += len(piece)

    def put_hamza(self) -> None:
        """Put a hamza on the last letter, where it can carry one."""
        if self._pieces:
            last = self._pieces[-1]
            self._pieces[-1] = last[:-1] + _HAMZA_ON.get(last[-1], last[-1])

    def folded(self, original: str) -> Folded:
        """What was built."""
        return Folded("".join(self._pieces), original, tuple(self._starts), tuple(self._origins))


_QUOTED = re.compile(" [\"«“„‘'(]+ ?(?=\\w)|(?<=\\w)[\"»”’')]+ (?=\\w)")


def without_quotes(folded: Folded, joining: Container[str]) -> Folded:
    """The same text without the quotation marks and brackets that stand inside names: منظمة "بدر", كتائب «حزب الله».

    Such a mark goes only after one of the words `joining`, which a name goes on after, with or without proclitics.
    """
    text = folded.text
    runs = []
    for found in _QUOTED.finditer(text):
        start = found.start()
        word = _WORD.findall(text, max(0, start - 20), start)[-1:]
        if word and any(word[0][n:] in joining for n in range(3)):
            runs.append((start, found.end(), " "))
    return _replaced(folded, runs)


def _replaced(folded: Folded, runs: Sequence[tuple[int, int, str]]) -> Folded:
    """`folded` with another text in some places, given in order as (start, end, text); each is of one character."""
    if not runs:
        return folded
    stretches = _Stretches()
    done = 0
    for start, end, text in runs:
        _add_stretch(stretches, folded, done, start)
        stretches.add(text, folded.origin(start))
        done = end
    _add_stretch(stretches, folded, done, len(folded.text))
    return stretches.folded(folded.original)


def _add_stretch(stretches: _Stretches, folded: Folded, start: int, end: int) -> None:
    """folded.text[start:end], which may be made of several stretches itself."""
    while start < end:
        following = bisect_right(folded.starts, start)
        stop = min(end, folded.starts[following]) if following < len(folded.starts) else end
        stretches.add(folded.text[start:stop], folded.origin(start))
        start = stop


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
