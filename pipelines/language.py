"""Is this text Arabic? Letters and small words decide, langdetect where they leave a doubt (its one door).

langdetect alone is not enough: it calls Sindhi and Uyghur Arabic, and an Arabic text with an English footer English.
It is asked only where its answer changes ours: it takes as long as tagging.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from langdetect import DetectorFactory, detect, detector_factory
from langdetect.lang_detect_exception import LangDetectException

LANGUAGE = 3
"""Version of the rule."""

MAX_CHARACTERS = 2_000
"""So much of a text is looked at: its language does not change after that."""
MAX_DETECTED = 200
"""langdetect takes 0.6 ms for so many characters, 5 ms for 3,000, and answers the same."""

LONG = 60
"""Words from which a share of Arabic words is no accident."""
FLASH = 25
"""Words of the longest flash (عاجل)."""

SHORT = 40
"""Letters below which a text gives too little evidence for more than a guess in its favour."""

_WORD = re.compile(r"[^\W\d_]+")
_ARABIC_RUN = re.compile("[\u0621-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u0750-\u077f\u08a0-\u08c9]+")
# Letters that standard Arabic does not have. Left out are those that Arabic outlets use for names and dialects
# (پ چ ژ گ ڤ ڨ ڭ) and the Persian yeh and kaf, which some Iraqi keyboards write for the Arabic ones.
_FOREIGN_LETTERS = re.compile(
    "[\u0671-\u067d\u067f-\u0685\u0687-\u0697\u0699-\u06a3\u06a5-\u06a7\u06aa-\u06ac\u06ae\u06b0-\u06bd"
    "\u06bf-\u06cb\u06cd-\u06d3\u06d5\u0750-\u077f\u08a0-\u08c9]"
)
_PERSIAN_LETTERS = re.compile("[\u067e\u0686\u0698\u06af\u06be\u06cc\u06a9]")
_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
# Not longer than Arabic words are: broken pages run whole sentences together.
_ARTICLE = re.compile(r"[وفبك]{0,2}ال\w{2,14}|[وف]?لل\w{2,14}")
# Signs of Quranic and West African spelling for vowels that Arabic does not have.
_FOREIGN_MARKS = re.compile("[\u0656-\u065f]")
_SMALL_WORDS = frozenset(
    "في من على إلى الى عن أن إن التي الذي الذين هذا هذه ذلك تلك كان كانت قد لم لن لا ما مع بعد قبل"
    " بين حتى كما كل أو ثم هو هي هم عند عبر خلال منذ حول نحو ضد غير بعض أي لكن حيث إذا اذا قال"
    " أكد وفي ومن وعلى وعلي وأن وكان وكانت وهو وهي ولكن ولم ولا وما فيه فيها منها منه عليه عليها له لها لهم أنه أنها"
    " إن إنه فإن لأن بأن عام سنة يتم تم بسبب أكثر أقل معظم جميع حوالي واحد مثل عندما تكون يكون أيضا"
    " كانوا هذا هؤلاء كما يمكن"
    # Dialects: the Gulf, Iraq, the Levant, Egypt, the Maghreb.
    " اللي يلي الي مش مو شو هاي هذي هاذي هذاك كتير كثير يعني احنا إحنا علشان عشان هيك كده أنو إنو انو لما كمان"
    " أكتر متل عم رح راح عند عندها عندهم عنده عندك واللي شوية بيها بيه ديال ديالو نتاع متاع بزاف برشا"
    " باش غادي كيما غير معاه معاها".split()
)
# What flashes are made of where they have no small word, no article and no ة. Without what Persian, Urdu or Sindhi
# borrowed in the same spelling (رئيس, حمله, فوج).
_FLASH_WORDS = frozenset(
    "عاجل قصف غارة غارات هجوم هجمات انفجار انفجارات دوي مقتل إصابة اصابة إصابات جرحى قتلى سقوط إسقاط"
    " اسقاط استهداف تستهدف يستهدف صاروخ صواريخ صاروخين طائرة طائرات مسيرة مسيرات قاعدة قوات جيش مصدر مصادر"
    " أمني أمنية عسكري عسكرية بيان وزارة رئاسة إطلاق اطلاق اعتقال اغتيال انسحاب انتشار اندلاع اشتباكات"
    " تحليق إغلاق إخلاء تدين يدين تعلن يعلن تؤكد يؤكد وتطالب ويطالب تنفي ينفي وتدعو ويدعو تحقيق إدانة"
    " عشرات أنباء سماع شهود عيان مسلحون مسلحين مجهولون قرب محيط شمالي جنوبي شرقي غربي".split()
)
# Kanuri without vowels: langdetect takes it for Arabic. Its most frequent words that Arabic does not have.
_KANURI_WORDS = frozenset(
    "كر دن دوني يي يى سو كرو شم نا لرد نغو نش نم كو سا كورو كور سدن سندي سند ديي سرو نشا سورو غدي لدن كرن زورو رو"
    " بلارو سود شيما شرو فتو أدي دين شا نجي ني لوكتو بسكي".split()
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
    script = sum(map(len, _ARABIC_RUN.findall(text)))
    if script < 0.4 * letters:
        detected = _detected(text)
        return Verdict(
            False,
            detected if detected not in ("", "ar") else "und",
            f"{script / letters:.0%} of its letters are Arabic",
        )
    # Only what is in Arabic script: one Latin footer makes langdetect call a whole page English.
    detect_it = cache(lambda: _detected(" ".join(_ARABIC_RUN.findall(text[: 2 * MAX_DETECTED]))))
    reason, suspect = _against(printed, text, words, script, detect_it)
    if suspect is None:
        return Verdict(True, "ar", reason)
    detected = detect_it()
    return Verdict(False, detected if detected not in ("", "ar") else suspect, reason)


def _against(
    printed: str, text: str, words: list[str], script: int, detect_it: Callable[[], str]
) -> tuple[str, str | None]:
    """What speaks against Arabic, and the language it is then where langdetect has no other; or (why it is, None)."""
    foreign = len(_FOREIGN_LETTERS.findall(text)) / script
    if foreign > 0.01:
        return f"{foreign:.1%} letters that Arabic does not have", "und"
    if (marks := len(_FOREIGN_MARKS.findall(printed)) / script) > 0.01:
        return f"{marks:.1%} vowel signs that Arabic does not have", "kr"
    persian = len(_PERSIAN_LETTERS.findall(text)) / script
    unmarked = len(printed) - len(text) < 0.2 * script
    # Kanuri is also written with all its vowels; some of its words look like Arabic's small ones; it has no article.
    small = _SMALL_WORDS if unmarked else frozenset()
    arabic_words = sum(1 for word in words if word in small or _ARTICLE.fullmatch(word)) / len(words)
    for name, language, frequent in (("Persian", "fa", _PERSIAN_WORDS), ("Kanuri", "kr", _KANURI_WORDS)):
        share = sum(map(frequent.__contains__, words)) / len(words)
        if share > 0.06 and share > arabic_words / 3:
            return f"{share:.0%} {name} small words", language
    if persian > 0.05 and arabic_words < 0.25:
        return f"{persian:.0%} letters of Persian", "fa"
    needed = 0.25
    if arabic_words < needed and detect_it() == "ar":
        # Bulletins of figures and lists of names have few; of so many words in a row no other language has as many.
        needed = 0.14 if len(words) < LONG else 0.08
        if len(words) <= FLASH and not foreign and not persian and unmarked:
            # A flash may have no small word at all; but words on ة, rare in Kanuri and in no other of these languages.
            ends = sum(word.endswith("ة") for word in words)
            known = sum(word.removeprefix("و") in _FLASH_WORDS for word in words)
            needed = 0.0 if ends >= 0.1 * len(words) or (ends and script < SHORT) or known >= 2 else needed
    if arabic_words < needed:
        return f"only {arabic_words:.0%} Arabic small words and articles", "und"
    return f"{arabic_words:.0%} Arabic small words and articles", None


def _detected(text: str) -> str:
    """langdetect's best guess, or "" where it has none."""
    try:
        return str(detect(text[:MAX_DETECTED]))
    except LangDetectException:
        return ""
