"""The words by which reports are read (config/watchlist/reports.toml), looked up for each word of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from config.entities import Watchlist
from pipelines.arabic import fold
from pipelines.arabic import words as words_of
from pipelines.report.sentences import Word, Words

SORTS = frozenset(
    "strike raid impact intercept suffer object crash drill figure arrive wound handle mourn "
    "deny authorship claim announce accuse nobody cite outlet outlet-head "
    "earlier anniversary counted past threat unreal ongoing fresh month again vow whether "
    "reaction about depart beside site people killed harm bulletin see-also".split()
)
"""Ids of the tables that rules ask for, without PREFIX; each must be there."""
PREFIX = "cue-"
TELLING = frozenset("strike raid impact arrive handle wound intercept suffer deny authorship claim accuse vow".split())
"""Without a word of these a sentence gives nothing a part in an attack."""
KNOWN = 100_000
"""Words that are remembered."""
_SIGNS = re.compile("[\u064b-\u0652\u0640\u0670\u200b-\u200f]+")
DEEDS = frozenset(("strike", "raid", "impact", "intercept", "suffer"))
_NONE: frozenset[str] = frozenset()


class Cues:
    """The compiled words."""

    def __init__(self, watchlist: Watchlist) -> None:
        """Raises ValueError where a table that the rules need is not in the watchlist."""
        single: dict[str, set[str]] = {}
        several: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = {}
        there = set()
        for entity in watchlist.entities:
            if entity.kind != "cue":
                continue
            sort = entity.id.removeprefix(PREFIX)
            there.add(sort)
            for name in entity.names:
                first, *rest = words_of(fold(name).text)
                if rest:
                    several.setdefault(first, {}).setdefault(rest[0], []).append((tuple(rest[1:]), sort))
                else:
                    single.setdefault(first, set()).add(sort)
        if missing := SORTS - there:
            raise ValueError(f"reports.toml: no table {', '.join(sorted(missing))}; reports cannot be read without")
        self._single = {word: frozenset(sorts) for word, sorts in single.items()}
        self._several = several
        self._known: dict[str, tuple[frozenset[str], tuple[dict[str, list[tuple[tuple[str, ...], str]]], ...]]] = {}
        self._telling = _letters(single, several, TELLING)
        """Of these a sentence must have some."""
        self._theirs = _letters(single, several, frozenset(("site", "people")))
        self._bulletin = _letters(single, several, frozenset(("bulletin",)))

    def tells(self, text: str, *, of_groups: bool = False) -> bool:
        """Whether a sentence as printed may say anything of an attack: only then it is read word by word.

        `of_groups`: on a group, so on what is theirs (مقر، عناصر), or with ضد.
        """
        text = _as_folded(f" {text}")
        if of_groups and " ضد " not in text and not any(letters in text for letters in self._theirs):
            return False
        return any(letters in text for letters in self._telling)

    def is_bulletin(self, title: str) -> bool:
        """Whether a title is that of a bulletin: one short report after the other."""
        # Taken apart only where the letters of such a word are there: most titles have none.
        printed = _as_folded(title)
        if not any(letters in printed for letters in self._bulletin):
            return False
        return any("bulletin" in sorts for sorts in self.of(Words(title, 0, ())))

    def _forms(self, word: str) -> tuple[frozenset[str], tuple[dict[str, list[tuple[tuple[str, ...], str]]], ...]]:
        """What one word is by itself, and what it may begin, by the second word."""
        bare = _bare(word)
        if not any(form in self._single or form in self._several for form in bare):
            bare = _without_object(word)
        sorts = _NONE.union(*(self._single.get(form, _NONE) for form in bare))
        found = sorts, tuple(self._several[form] for form in bare if form in self._several)
        if len(self._known) > KNOWN:
            self._known.clear()
        self._known[word] = found
        return found

    def of(self, words: Sequence[Word]) -> list[frozenset[str]]:
        """The sorts of each word; of several words that stand together, at the first of them."""
        known = self._known
        found = []
        for place, word in enumerate(words):
            if word.mention is not None:
                found.append(_NONE)
                continue
            sorts, longer = known.get(word.text) or self._forms(word.text)
            if longer and place + 1 < len(words):
                for sort, _ in self._beginning(words, place, longer):
                    sorts = sorts | {sort}
            found.append(sorts)
        return found

    def _beginning(
        self, words: Sequence[Word], place: int, longer: tuple[dict[str, list[tuple[tuple[str, ...], str]]], ...]
    ) -> Iterator[tuple[str, int]]:
        """Sort and length of what begins with several words."""
        for by_second in longer:
            for second in _bare(words[place + 1].text):
                for rest, sort in by_second.get(second, ()):
                    following = words[place + 2 : place + 2 + len(rest)]
                    if len(following) == len(rest) and all(
                        part in _bare(w.text) for w, part in zip(following, rest, strict=True)
                    ):
                        yield sort, 2 + len(rest)

    def length(self, words: Sequence[Word], place: int, sort: str) -> int:
        """How many words the name of a sort that begins there has."""
        longer = (self._known.get(words[place].text) or self._forms(words[place].text))[1]
        if not longer or place + 1 >= len(words):
            return 1
        return max((length for found, length in self._beginning(words, place, longer) if found == sort), default=1)


def _as_folded(text: str) -> str:
    """Nearly as it is when it is folded: the letters that words are looked for by."""
    for letter, folded in _SPELLED:
        text = text.replace(letter, folded)
    return _SIGNS.sub("", text) if _SIGNS.search(text) else text


@lru_cache(maxsize=50_000)
def _bare(word: str) -> tuple[str, ...]:
    """The word without particles, the longest first: والقصف → والقصف، القصف، قصف."""
    forms = [word]
    if len(word) > 2 and word[0] in "وف":
        word = word[1:]
        forms.append(word)
    if len(word) > 4 and word.startswith("لل"):
        forms += [f"ال{word[2:]}", word[2:]]
    elif len(word) > 3 and word[0] in "بكل":
        word = word[1:]
        forms.append(word)
    if len(word) > 4 and word.startswith("ال"):
        forms.append(word[2:])
    return tuple(forms)


def _without_object(word: str) -> tuple[str, ...]:
    """A verb without the pronoun that is its object: استهدفتها → استهدفت, اقتحموه → اقتحموا."""
    for pronoun in ("هما", "هم", "ها", "ه"):
        if len(word) - len(pronoun) > 3 and word.endswith(pronoun):
            stem = word.removesuffix(pronoun)
            if pronoun == "ه" and stem[-1] not in "تو":
                # Folded, ة is the same letter.
                continue
            return _bare(stem + "ا" if stem.endswith("و") else stem)
    return ()


def _letters(
    single: Mapping[str, set[str]],
    several: Mapping[str, Mapping[str, Sequence[tuple[tuple[str, ...], str]]]],
    sorts: frozenset[str],
) -> tuple[str, ...]:
    """As few letters as tell that a word of these sorts may be there."""
    found = {word for word, of_word in single.items() if of_word & sorts}
    found |= {
        " ".join((first, second, *rest))
        for first, more in several.items()
        for second, of_second in more.items()
        for rest, sort in of_second
        if sort in sorts
    }
    # Two letters are a part of many words (صد of مصدر): they have to begin one.
    found = {form for word in found for form in ((f" {word}", f" و{word}") if len(word) < 3 else (word,))}
    return tuple(word for word in sorted(found, key=len) if not any(other in word for other in found if other != word))


_SPELLED = (("أ", "ا"), ("إ", "ا"), ("آ", "ا"), ("ة", "ه"), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"))
