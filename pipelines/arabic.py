"""Folding of the Arabic script: the same word however it is spelled, with a map back to the original text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
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
_LOOSE = f"[\\s{_DELETED}]"
_ODD = re.compile(
    f"{_LOOSE}(?:{_LOOSE}|\u0654)*\n(?:{_LOOSE}|\u0654)*|\n(?:{_LOOSE}|\u0654)+|[^\\S\n](?:[{_DELETED}\u0654]*[^\\S\n])+"
    f"|[{_DELETED}]+|\u0654|[\ufb50-\ufdff\ufe70-\ufefc]"
)
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
    """Folded text and where its characters come from."""

    text: str
    original: str
    origins: tuple[int, ...] | None
    """Place in the original of each folded character; None where they are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` comes from, with the signs on its last letter."""
        if start >= end:
            raise ValueError(f"an empty stretch: {start}-{end}")
        first, last = (start, end - 1) if self.origins is None else (self.origins[start], self.origins[end - 1])
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
    if _ODD.search(same) is None:
        return Folded(same, text, None)
    pieces: list[str] = []
    origins: list[int] = []
    done = 0
    for odd in _ODD.finditer(same):
        start, end = odd.span()
        if start > done:
            pieces.append(same[done:start])
            origins.extend(range(done, start))
        run = odd.group()
        if run == "\u0654":
            last = pieces[-1][-1:] if pieces else ""
            if last in _HAMZA_ON:
                pieces[-1] = pieces[-1][:-1] + _HAMZA_ON[last]
        elif "\n" in run or run[0].isspace():
            pieces.append("\n" if "\n" in run else " ")
            origins.append(start)
        elif run[0] >= "\ufb50" and run[0] != "\ufeff":
            for place, form in enumerate(run, start):
                letters = _TRAILING.sub("", _same_length(unicodedata.normalize("NFKC", form)))
                pieces.append(letters)
                origins.extend([place] * len(letters))
        done = end
    if done < len(same):
        pieces.append(same[done:])
        origins.extend(range(done, len(same)))
    return Folded("".join(pieces), text, tuple(origins))


_QUOTES = re.compile('(?<!\\S)["«“„‘\'(]+|["»”’\')]+(?=\\W|$)|(?<=\\b[وفبكل])["«“„(]+')


def without_quotes(folded: Folded) -> Folded:
    """The same text without quotation marks and brackets around words: منظمة "بدر", كتائب «حزب الله», بـ"التنف".

    One that stands between two longer words stays: taking it out would glue them together.
    """
    if _QUOTES.search(folded.text) is None:
        return folded
    kept = [place for found in _outside(_QUOTES, folded.text) for place in range(*found)]
    origins = folded.origins
    return Folded(
        "".join([folded.text[place] for place in kept]),
        folded.original,
        tuple(kept) if origins is None else tuple([origins[place] for place in kept]),
    )


def _outside(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for found in pattern.finditer(text):
        yield done, found.start()
        done = found.end()
    yield done, len(text)


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
