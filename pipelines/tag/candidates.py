"""Names that the watchlist does not have: what follows a head noun (قاعدة، جماعة تطلق على نفسها) in many articles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.arabic import STOP_WORDS, Folded, fold
from pipelines.tag.tagger import Tagger

LONGEST = 4
"""Words of a name."""
GOES_ON = 0.6
"""A name goes on with the next word where so much of its articles have that word there."""
SENTENCES = 3
"""Kept of each candidate."""

_BASES = "قاعدة معسكر مطار مهبط ثكنة قاعدتي معسكري مطاري"
_GROUPS = "كتائب كتيبة لواء سرايا فصيل ميليشيا مليشيا ميليشيات مليشيات جماعة تنظيم حركة ألوية جيش"
_CALLED = "على نفسها|نفسها اسم|نفسه اسم|نفسها|باسم|تدعى|يدعى|تسمى|يسمى|ما يسمى"
_HEAD = re.compile(
    "(?<!\\w)[وف]?[بلك]?(?:(?P<base>{})|(?P<group>{})|"
    "(?P<called>(?:جماعه|فصيل|مجموعه|ميليشيا|تنظيم)(?: \\w+){{1,2}} (?:{}))) (?=\\w)".format(
        *("|".join(fold(words).text.split()) for words in (_BASES, _GROUPS)), fold(_CALLED).text
    )
)
_MARK = re.compile('["«»“”()\\[\\]]')
_NAME = re.compile(rf"\w+(?: \w+){{0,{LONGEST - 1}}}")
# What the base is like, or whose, not what it is called; and bases, movements and organisations of other sorts.
_NO_NAME = re.compile(r"(?:ال)?\w+يه|ال\w+ي")
_NO_NAMES = frozenset(
    fold(
        "بيانات شعبية جوية بحرية عسكرية صواريخ إطلاق الإطلاق عامة ثابتة صلبة واسعة أساسية ذهبية النزوح"
        " لاجئين اللاجئين للاجئين المرور السير السفر السياحة التجارة الملاحة المسافرين النقل القطارات"
        " الأموال الشراء البيع الطيران إيجابية سلبية البلاد مدني دولي عسكري جديد جديدة مسلح مسلحة إرهابي"
        " إرهابية صغيرة كبيرة الشباب سرية تابعة تابع عناصر أخرى آخر واحد واحدة حكم إدارة دولة النظام"
        " التحرير الاحتلال الدفاع الأسد السلام العدو المنطقة التدريب تدريب عبر داخل خارج قرب ضمن"
    ).text.split()
)
# Where it lies is no part of its name.
_ENDS = STOP_WORDS | set(
    fold("شرق غرب شمال جنوب شرقي غربي شمالي جنوبي وسط قرب قبالة محيط ضمن التابعة التابع").text.split()
)


@dataclass(slots=True)
class Candidate:
    """A name and where it stands."""

    name: str
    """As first printed."""
    kind: str
    """base or group, from its head noun."""
    articles: int = 0
    violent: int = 0
    """Articles that have a word of violence in the same sentence."""
    sentences: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    articles: set[str] = field(default_factory=set)
    violent: set[str] = field(default_factory=set)
    printed: str = ""
    places: list[str] = field(default_factory=list)


def candidates(tagger: Tagger, texts: Iterable[tuple[str, str, str]], *, least: int = 2) -> list[Candidate]:
    """Names in at least `least` articles (id, title, text), those beside violence in most of them first."""
    seen: dict[tuple[str, tuple[str, ...]], _Seen] = defaultdict(_Seen)
    for article, title, body in texts:
        for text in (title, body):
            folded = fold(text)
            known = tagger.places(folded.text)
            for kind, start, words in _names(folded):
                if any(begin < start + len(words[0]) and end > start for begin, end in known):
                    continue
                sentence, violent = _sentence(tagger, folded, start)
                for count in range(1, len(words) + 1):
                    one = seen[kind, tuple(words[:count])]
                    one.articles.add(article)
                    if violent:
                        one.violent.add(article)
                    if not one.printed:
                        first, last = folded.span(start, start + len(" ".join(words[:count])))
                        one.printed = folded.original[first:last]
                    if len(one.places) < SENTENCES and sentence not in one.places:
                        one.places.append(sentence)
    goes_on: dict[tuple[str, tuple[str, ...]], int] = defaultdict(int)
    for (kind, name), one in seen.items():
        goes_on[kind, name[:-1]] = max(goes_on[kind, name[:-1]], len(one.articles))

    def is_whole(kind: str, words: tuple[str, ...], here: int) -> bool:
        """Whether a name ends here: it goes on in few articles, and what is before its last word does so in most."""
        before = seen.get((kind, words[:-1]))
        return goes_on[kind, words] < GOES_ON * here and (before is None or here >= GOES_ON * len(before.articles))

    found = [
        Candidate(one.printed, kind, len(one.articles), len(one.violent), one.places)
        for (kind, words), one in seen.items()
        if len(one.articles) >= least and is_whole(kind, words, len(one.articles))
    ]
    return sorted(found, key=lambda candidate: (-candidate.violent, -candidate.articles, candidate.name))


def _names(folded: Folded) -> Iterator[tuple[str, int, list[str]]]:
    """Kind, place and words of what follows each head noun."""
    for head in _HEAD.finditer(folded.text):
        name = _NAME.match(folded.text, head.end())
        if name is None:
            continue
        words: list[str] = []
        place = head.end()
        for word in name[0].split():
            # A closing mark ends a name: كتائب «الفجر» أعلنت.
            closed = words and _MARK.search(folded.original[slice(*folded.span(place - 1, place))])
            if closed or word in _ENDS or word.isdigit():
                break
            words.append(word)
            place += len(word) + 1
        if words and words[0] not in _NO_NAMES and not _NO_NAME.fullmatch(words[0]):
            yield "base" if head["base"] else "group", head.end(), words


def _sentence(tagger: Tagger, folded: Folded, place: int) -> tuple[str, bool]:
    """The sentence around a place, as printed, and whether it has a word of violence."""
    start = max(folded.text.rfind(mark, 0, place) for mark in ".!؟?\n") + 1
    end = min((at for mark in ".!؟?\n" if (at := folded.text.find(mark, place)) >= 0), default=len(folded.text))
    first, last = folded.span(start, max(end, start + 1))
    return folded.original[first:last].strip(), tagger.is_violent(folded.text[start:end])
