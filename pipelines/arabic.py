"""Folding of the Arabic script: the same word however it is spelled, with a map back to the original text."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, repeat

FOLDING = 3
"""Version of the rules below; stored with every article."""

MAX_TERMS = 4_000
"""More than all but one in ten thousand articles have; who has more is a page of lists."""

# One character for one: these keep every offset. Frequent ones are looked for one by one, which is several times faster
# than a look-up for each character; the others only in a text that one pattern has found any of them in.
_OFTEN = (
    ("أإآ", "ا"),
    ("ىی", "ي"),
    ("ک", "ك"),
    ("ة", "ه"),
    # A hashtag's signs: #الحشد_الشعبي، تنظيم #القاعدة.
    ("\t\r\u00a0#_", " "),
    # Names stand inside quotation marks and brackets as in no marks: منظمة "بدر", تنظيم (داعش), «حزب الله» العراقي.
    ('"«»“”()', " "),
    ("‘’", "'"),
)
# An apostrophe is a letter of a Latin name (Qa'im), and anywhere else a quotation mark.
_APOSTROPHE_QUOTE = re.compile("(?<![a-z0-9])'|'(?![a-z0-9])")
_SELDOM = (
    ("ٱٲٳ", "ا"),
    ("ېۍ", "ي"),
    ("ڪ", "ك"),
    ("ۀەہھۃ", "ه"),
    ("\f\v\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    ("\u2028\u2029", "\n"),
    ("„[]", " "),
    *((chr(0x0660 + n) + chr(0x06F0 + n), str(n)) for n in range(10)),
)
# Vowel signs, Quranic signs, tatweel, zero-width and bidi controls, soft hyphen: written or left out at will. The first
# ones are frequent: looking for each is faster than one pattern for all, but for a hundred rare ones it is not.
_OFTEN_DELETED = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u200b\u200c\u200d\u200e\u200f\ufeff"
_SELDOM_DELETED = (
    "\u0610-\u061a\u061c\u0653\u0655-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u00ad\u202a-\u202e\u2060-\u2069"
)
_DELETED = _OFTEN_DELETED + _SELDOM_DELETED
_DELETED_RUN = re.compile(f"[{_DELETED}]+")
# Rare, and not to be had by deleting alone: ligatures and shapes of letters, and hamza as a sign of its own.
_SHAPES = "\ufb50-\ufdff\ufe70-\ufefc"
_RARE = re.compile(f"[{_SHAPES}]|[ويىی][{_DELETED}]*\u0654|\u0654")
_ODD = re.compile(f"[{re.escape(''.join(letters for letters, _ in _SELDOM))}{_SELDOM_DELETED}\u0654{_SHAPES}]")
_UNLIKE = re.compile(f"[\u0654{_SHAPES}]")
_SPACES = re.compile("[ \n]{2,}")
_PAIRS_OF_SPACES = (("  ", " "), (" \n", "\n"), ("\n ", "\n"), ("\n\n", "\n"))
_TRAILING = re.compile(f"[{_DELETED}\u0654]+")
# Hamza above as a sign of its own (decomposed text) belongs to the letter before it.
_HAMZA_ON = {"و": "ؤ", "ي": "ئ", "ى": "ئ", "ی": "ئ"}
_WORD = re.compile(r"\w+")

STOP_WORDS = frozenset(
    "في من علي الي عن ان التي الذي الذين هذا هذه ذلك تلك كان كانت قد لم لن لا ما مع بعد قبل بين حتي"
    " كما كل او ثم هو هي هم عند خلال منذ نحو غير لكن حيث اذا و ف ب ل ك ايضا اي هنا هناك وقد وكان ولم"
    " وفي ومن وعلي به بها له لها منه منها فيه فيها عليه عليها اليه اليها انه انها وهو وهي وان".split()
)
"""Words too frequent to search by. Folded."""
_PROCLITICS = (re.compile(r"[وف](?=\w{3})"), re.compile(r"[بكل](?=\w{3})"))
_WHOLE = frozenset(
    # Countries, towns.
    "لبنان لبناني لبنانيه ليبيا ليبي ليبيه فلسطين فلسطيني فلسطينيه فلسطينيين فرنسا فرنسي فرنسيه فنزويلا فيتنام "
    "فنلندا فيينا فلوجه بغداد بغدادي بيروت بريطانيا بريطاني بريطانيه باريس برلين بكين بروكسل باكستان بنغازي "
    "بلجيكا بولندا بلغاريا بعقوبه بابل بانياس بصره بوكمال بيجي كركوك كربلاء كردستان كردي كرديه كوباني كوريا "
    "كويت كويتي كويتيه كييف كندا كوبا كولومبيا كاليفورنيا كفري لندن لاهاي لاذقيه لوكسمبورغ واشنطن ورشو واسط "
    "كابل كابول "
    # People.
    "وليد وسام وائل وديع وهاب وفاء وفيق وجدي وسيم فارس فراس فيصل فاضل فاروق فالح فلاح فائق فادي فؤاد فوزي فتحي "
    "فهمي فاطمه فريد فرهاد فيليب فلاديمير بشار بسام بلال بهاء بدران برهم بارزاني بوتين بومبيو بنيامين بولتون "
    "باقر كريم كمال كامل كاظم كوثر كلثوم كميل كنعان لطيف لافروف ليلي لقمان "
    # Words whose rest is another word.
    "وزير وزيره وزاره وزراء وزاري ولايه ولايات وكاله وكالات وكيل وحده وحدات وادي واسع واسعه واقع وثيقه وثائق "
    "وسيله وسائل وصول وقود وقوع وجود وطني وطنيه ورقه وظيفه والد وفاه وراء وفود فرقه فريق فصيل فصائل فضاء "
    "فضائيه فتره فندق فيلق فيديو فيلم فبراير فرصه بيان بيانات بناء برنامج برامج برلمان برلماني بعثه بقيه بلاد "
    "بلده بلدان بلدات بوابه بترول بارود بيئه بحري بحريه بريه كتيبه كتائب كتاب كاتب كلمه كلمات كلام كنيسه كانون "
    "كبير كبيره كثير كثيره كاتيوشا كلاشنكوف كيماوي كيميائي كيميائيه كيلومتر كيلومترا كهرباء لواء لقاء لجنه "
    "لاعب لاجئ ليله ".split()
)
"""Words that begin with و ف ب ك ل of their own, and the names that look as if they did: لبنان is not ل and بنان."""
_BEFORE = tuple(f"{a}{b}" for a in ("", "و", "ف") for b in ("", "ب", "ك", "ل"))


def _replaced(text: str, replacements: Iterable[tuple[str, str]]) -> str:
    for letters, replacement in replacements:
        for letter in letters:
            if letter in text:
                text = text.replace(letter, replacement)
    return text


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)


class _Step:
    """One step of folding: stretches in order that became longer or shorter, and the way back over them.

    Most texts hold no watched name, and nobody asks where their letters come from: measured only as far as somebody
    goes back.
    """

    def __init__(self, spans: Iterable[tuple[int, int]], lengths: Iterable[int]) -> None:
        """Where the stretches lie in the text before this step, and how long what stands there instead is."""
        self._left = zip(spans, lengths, strict=False)
        self._starts: list[int] = []
        """Where unbroken stretches of the text after this step begin, ..."""
        self._origins: list[int] = []
        """... and where they come from."""
        self._after = self._done = 0

    def origin(self, place: int) -> int:
        """Where in the text before this step a character of the text after it comes from."""
        if self._after <= place:
            self._measure(place)
        stretch = bisect_right(self._starts, place) - 1
        return self._origins[stretch] + place - self._starts[stretch]

    def _measure(self, place: int) -> None:
        starts, origins, after, done = self._starts, self._origins, self._after, self._done
        for (start, end), length in self._left:
            # The first new character goes on from what stands before it; each other one comes from the same place.
            starts.append(after)
            origins.append(done)
            after += start - done + (length > 0)
            for _ in range(1, length):
                starts.append(after)
                origins.append(start)
                after += 1
            done = end
            if after > place:
                break
        else:
            starts.append(after)
            origins.append(done)
            after = sys.maxsize
        self._after, self._done = after, done


_OPENED_BY = {'"': '"', "»": "«", "”": "“", "“": "„", "’": "‘", ")": "("}


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
        closing = self.original[after : after + 1]
        opening = _OPENED_BY.get(closing)
        if opening is None:
            return first, after
        opened, closed = (self.original.count(mark, first, after) for mark in (opening, closing))
        return first, after + (opened % 2 if opening == closing else opened > closed)


def fold(text: str) -> Folded:
    """`text` with one spelling for each word. White space becomes one space, or one newline where it holds one.

    Quotation marks and brackets are white space.
    """
    folded = _lower(text)
    steps = []
    odd = bool(_ODD.search(folded))
    if odd:
        if _UNLIKE.search(folded):
            rare = list(_rare(folded))
            steps.append(_Step([span for span, _ in rare], [len(instead) for _, instead in rare]))
            folded = _edited(folded, rare)
        folded = _replaced(folded, _SELDOM)
    folded = _replaced(folded, _OFTEN)
    if "'" in folded:
        folded = _APOSTROPHE_QUOTE.sub(" ", folded)
    marked = folded
    for mark in _OFTEN_DELETED:
        if mark in folded:
            folded = folded.replace(mark, "")
    if odd:
        folded = _DELETED_RUN.sub("", folded)
    if len(folded) < len(marked):
        steps.append(_Step(map(re.Match.span, _DELETED_RUN.finditer(marked)), repeat(0)))
    spaced = folded
    for pair, one in _PAIRS_OF_SPACES:
        while pair in folded:
            folded = folded.replace(pair, one)
    if len(folded) < len(spaced):
        steps.append(_Step(map(re.Match.span, _SPACES.finditer(spaced)), repeat(1)))
    return Folded(folded, text, tuple(steps))


def _rare(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where rare letters stand, and what stands there instead."""
    for found in _RARE.finditer(text):
        letter = found[0]
        if letter[-1] == "\u0654":
            yield found.span(), _HAMZA_ON.get(letter[0], "")
        else:
            yield found.span(), unicodedata.normalize("NFKC", letter)


def _edited(text: str, edits: Iterable[tuple[tuple[int, int], str]]) -> str:
    pieces = []
    done = 0
    for (start, end), instead in edits:
        pieces += [text[done:start], instead]
        done = end
    return "".join([*pieces, text[done:]])


def words(folded_text: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded_text)


def terms(words: Iterable[str]) -> tuple[str, ...]:
    """Distinct words to search by, in order of first appearance; with and without what may be a particle before them.

    وقاعده is both itself (no one can tell) and قاعده; للقوات is also القوات.
    """
    return tuple(islice(dict.fromkeys(form for word in words for form in _forms(word)), MAX_TERMS))


def _forms(word: str) -> list[str]:
    if word in STOP_WORDS or (len(word) < 2 and not word.isdigit()):
        return []
    forms = [word]
    for particle in _PROCLITICS:
        if forms[-1] not in _WHOLE and particle.match(forms[-1]):
            rest = forms[-1][1:]
            # The article loses its alef after ل.
            forms.append("ا" + rest if forms[-1].startswith("لل") else rest)
    return [form for form in forms if form not in STOP_WORDS]


def is_term(word: str) -> bool:
    """Whether a folded word is one to search by; the others stand only in the running text."""
    return bool(_forms(word))


@lru_cache(maxsize=4096)
def with_particles(word: str) -> tuple[str, ...]:
    """Every word of a text that has `word` among its terms, itself first: قاعده، وقاعده، لقاعده …"""
    if not is_term(word):
        return (word,)
    stems = [particles + word for particles in _BEFORE]
    if word.startswith("ا"):
        # للقوات is القوات, and so is والقوات.
        stems += [f"{a}ل{word[1:]}" for a in ("", "و", "ف") if word.startswith("ال")]
    return tuple(dict.fromkeys(stem for stem in stems if word in _forms(stem)))


def core(word: str) -> str:
    """Letters that every one of `with_particles` has in a row, and is quickly looked for."""
    return word[1:] if word.startswith("ا") else word


def phrase_pattern(phrase: Sequence[str], gap: int = 0) -> str:
    """A regular expression (Python's and PCRE) for folded words in this order in an article's `words`.

    The first may have particles; between two stand at most `gap` others, and a sentence (a line) may end.
    """
    first = "|".join(with_particles(phrase[0]))
    between = rf"(?:\s+\S+){{0,{gap}}}\s+" if gap else r"\s+"
    return rf"(?:^|\s)(?:{first})" + "".join(between + word for word in phrase[1:]) + r"(?:\s|$)"
