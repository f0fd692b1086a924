"""القاعدة، المطار: which base a noun means that stands for one that an earlier sentence named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from config.entities import Watchlist
from pipelines.arabic import fold
from pipelines.arabic import words as words_of
from pipelines.records import Mention
from pipelines.report.sentences import Word, Words

REACH = 4
"""Sentences after the one that names the base."""
_NOUNS = frozenset("قاعده مطار معسكر حقل سفاره قنصليه سجن ميناء".split())
_OF_KIND = {
    "air_base": ("قاعده", "مطار"),
    "airport": ("مطار",),
    "camp": ("معسكر", "قاعده"),
    "base": ("قاعده",),
    "militia_base": ("قاعده",),
    "naval_base": ("قاعده",),
    "outpost": ("قاعده",),
    "embassy": ("سفاره",),
    "consulate": ("قنصليه",),
    "field": ("حقل",),
    "energy_target": ("حقل",),
    "prison": ("سجن",),
    "port": ("ميناء",),
}
"""Nouns by the subkind of an entity; its names tell more."""
# As printed, so that a sentence without any is not taken apart.
_PRINTED = re.compile("(?:ال|لل)(?:قاعد[ةه]|مطار|معسكر|حقل|سفار[ةه]|قنصلي[ةه]|سجن|ميناء)")
_DEFINITE = re.compile("[وف]?(?:(ب|ك)?ال|(ل)ل)(" + "|".join(_NOUNS) + ")")
_TAILS = frozenset("الجويه الجوي العسكريه العسكري البحريه نفسها نفسه ذاتها ذاته المذكوره المذكور الدولي النفطي".split())
_ORGANISATION = "al-qaeda"


class Anaphora:
    """The nouns of each base of a watchlist."""

    def __init__(self, watchlist: Watchlist) -> None:
        self._nouns = {
            entity.id: {
                *_OF_KIND.get(entity.subkind or "", ()),
                *(word for name in entity.names for word in words_of(fold(name).text)[:1] if word in _NOUNS),
            }
            for entity in watchlist.entities
            if entity.kind == "base"
        }

    @staticmethod
    def may_stand(text: str) -> bool:
        """Whether a sentence as printed has such a noun."""
        return _PRINTED.search(text) is not None

    def resolved(self, words: Words, number: int, mentions: Sequence[Mention]) -> None:
        """Make each such noun of sentence `number`, which names no base itself, a mention of the base that it means.

        That is the last one that was named, if only one of that sentence may be called so.
        """
        named = [(m.sentence, place) for place, m in enumerate(mentions) if m.kind == "base" and m.sentence < number]
        if not named:
            return
        for place, word in enumerate(words):
            found = _DEFINITE.fullmatch(word.text) if word.mention is None else None
            if found is None or self._told_apart(words[place + 1 : place + 2]):
                continue
            noun = found[3]
            if noun == "قاعده" and any(m.entity == _ORGANISATION for m in mentions):
                continue
            able = [(sentence, which) for sentence, which in named if noun in self._nouns[mentions[which].entity]]
            last = max(able, default=None)
            if last is None or number - last[0] > REACH:
                continue
            if len({mentions[which].entity for sentence, which in able if sentence == last[0]}) > 1:
                continue
            words[place] = Word("", word.start, last[1], found[1] or found[2] or "", word.hard, word.comma, refers=True)

    @staticmethod
    def _told_apart(following: Iterable[Word]) -> bool:
        """القاعدة التركية: an adjective says that another one is meant."""
        return any(word.text.startswith("ال") and word.text not in _TAILS and not word.comma for word in following)
