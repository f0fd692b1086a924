"""Is this text Arabic? Letters and small words decide, langdetect confirms (its one door).

langdetect alone is not enough: it calls Sindhi and Uyghur Arabic, and an Arabic text with an English footer English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from langdetect import DetectorFactory, detect, detector_factory
from langdetect.lang_detect_exception import LangDetectException

LANGUAGE = 1
"""Version of the rule."""

MAX_CHARACTERS = 4_000
"""So much of a text is looked at: its language does not change after that."""
MAX_DETECTED = 1_500
"""langdetect takes 5 ms for 3,000 characters and gains nothing by more."""

FLASH = 25
"""Words of the longest flash (عاجل)."""

_WORD = re.compile(r"[^\W\d_]+")
_ARABIC_LETTERS = re.compile("[\u0621-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u0750-\u077f\u08a0-\u08c9]")
# Letters that standard Arabic does not have. Left out are those that Arabic outlets use for names and dialects
# (پ چ ژ گ ڤ ڨ ڭ) and the Persian yeh and kaf, which some Iraqi keyboards write for the Arabic ones.
_FOREIGN_LETTERS = re.compile(
    "[\u0671-\u067d\u067f-\u0685\u0687-\u0697\u0699-\u06a3\u06a5-\u06a7\u06aa-\u06ac\u06ae\u06b0-\u06cb\u06cd-\u06d3\u06d5\u0750-\u077f\u08a0-\u08c9]"
)
_PERSIAN_LETTERS = re.compile("[\u067e\u0686\u0698\u06af\u06cc\u06a9]")
_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
_ARTICLE = re.compile(r"[وفبك]{0,2}ال\w{2,}|[وف]?لل\w{2,}")
_SMALL_WORDS = frozenset(
    "في من على إلى الى عن أن ان إن التي الذي الذين هذا هذه ذلك تلك كان كانت قد لم لن لا ما مع بعد قبل"
    " بين حتى كما كل أو او ثم هو هي هم عند عبر خلال منذ حول نحو ضد غير بعض أي اي لكن حيث إذا اذا قال"
    " أكد وفي ومن وعلى اللي مش شو هاي كتير يعني احنا إحنا علشان عشان هيك".split()
)
_PERSIAN_WORDS = frozenset("از به در که این است را با برای می آن شد یک خود تا کرد های بود ها شده هم نیز".split())

# As langdetect's documentation asks for the same answer each time; and before any thread: it loads lazily and races.
DetectorFactory.seed = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text is Arabic, its language (ISO 639, "und" where nothing says), and why."""

    arabic: bool
    language: str
    reason: str


def warm_up() -> None:
    """Load langdetect's profiles (0.3 s), once per process and before threads."""
    detector_factory.init_factory()


def judge(title: str, body: str) -> Verdict:
    """The language of an article. A short flash is judged on title and body together."""
    printed = f"{title}\n{body}"[:MAX_CHARACTERS]
    text = _MARKS.sub("", printed)
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    if not letters:
        return Verdict(False, "und", "no letters")
    script = len(_ARABIC_LETTERS.findall(text))
    if script < 0.5 * letters:
        return Verdict(False, _detected(text) or "und", f"{script / letters:.0%} of its letters are Arabic")
    foreign = len(_FOREIGN_LETTERS.findall(text)) / script
    persian = len(_PERSIAN_LETTERS.findall(text)) / script
    unmarked = len(printed) - len(text) < 0.2 * script
    # Kanuri is written with all its vowels, and some of its words look like Arabic's small ones; it has no article.
    small = _SMALL_WORDS if unmarked else frozenset()
    arabic_words = sum(1 for word in words if word in small or _ARTICLE.fullmatch(word)) / len(words)
    persian_words = sum(1 for word in words if word in _PERSIAN_WORDS) / len(words)
    detected = _detected(text)
    if foreign > 0.01:
        return Verdict(
            False, detected if detected not in ("", "ar") else "und", f"{foreign:.1%} letters that Arabic does not have"
        )
    if persian_words > 0.06 and persian_words > arabic_words / 3:
        return Verdict(
            False, detected if detected not in ("", "ar") else "fa", f"{persian_words:.0%} Persian small words"
        )
    if persian > 0.05 and arabic_words < 0.25:
        return Verdict(False, detected if detected not in ("", "ar") else "fa", f"{persian:.0%} letters of Persian")
    needed = 0.12 if detected == "ar" else 0.25
    if detected == "ar" and len(words) <= FLASH and not foreign and not persian and "ة" in text and unmarked:
        # A flash may have no small word at all; this letter is Arabic's own, and Kanuri's.
        needed = 0.0
    if arabic_words < needed:
        return Verdict(
            False,
            detected if detected not in ("", "ar") else "und",
            f"only {arabic_words:.0%} Arabic small words and articles",
        )
    return Verdict(True, "ar", f"{arabic_words:.0%} Arabic small words and articles")


def _detected(text: str) -> str:
    """langdetect's best guess, or "" where it has none."""
    try:
        return str(detect(text[:MAX_DETECTED]))
    except LangDetectException:
        return ""
