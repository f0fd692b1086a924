"""Which of the places where a watched name stands count: head nouns, lists, the rest of the article, words nearby."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from config.entities import Entity
from pipelines.tag.alias import Accepted, Alias, Candidate
from pipelines.vocabulary import (
    BETWEEN,
    COUNTRIES,
    FORCES,
    GIVEN_NAMES,
    HEADS,
    LIES,
    LIST_HEADS,
    PLACE_LISTS,
    PLURAL_SITES,
    SITES,
    TAILS,
    TOWNS,
)

LIST_REACH = 25
"""Tokens to the right of a dual or plural head noun (قاعدتي …) in which it governs a list."""

UNKNOWN_REACH = 3
"""Tokens to the right of a head noun of places in which a name counts after one that nobody watches."""

BASES_REACH = 6
"""Tokens to the left of في كل من in which bases stand."""

_BETWEEN_WORDS = re.compile(r"(\W+)")
_TITLE_PROCLITIC = re.compile(r"[وف]?[بلك]?")
# A newline, or a sign that no digit follows; written so that signs are looked for as one class, which is twice as fast.
_SENTENCE_END = re.compile(r"[.!؟?\n](?:(?<=\n)|(?!\d))")


class Reading:
    """One text: its words, its sentences, and which candidates count."""

    def __init__(
        self,
        text: str,
        candidates: list[tuple[int, int, Alias, str]],
        violence: Callable[[], list[tuple[int, int, Alias, str]]],
        in_quotes: Callable[[int, int], bool],
    ) -> None:
        self.refused: list[Accepted] = []
        """Names that do not count, `rule` saying why."""
        self._text = text
        self._violence = violence
        self._in_quotes = in_quotes
        self._settings: dict[str, bool] = {}
        self._candidates: list[Candidate] = []
        if not candidates:
            return
        self._breaks = [match.start() for match in _SENTENCE_END.finditer(text)]
        # Only sentences that hold a name are taken apart: most of a newspaper's do not.
        self._tokens: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        for sentence in sorted({self._sentence(candidate[0]) for candidate in candidates}):
            begin, end = self._bounds(sentence)
            pieces = _BETWEEN_WORDS.split(text[begin:end])
            places = list(accumulate(map(len, pieces), initial=begin))
            # Words are every other piece; where a sentence begins or ends with a sign, that one is empty.
            first, stop = 0 if pieces[0] else 2, len(pieces) - (not pieces[-1])
            self._tokens += pieces[first:stop:2]
            self._starts += places[first:stop:2]
            self._ends += places[first + 1 : stop + 1 : 2]
        self._candidates = [self._placed(*candidate) for candidate in candidates]
        self._title_words = frozenset().union(*map(_bare_forms, text.partition("\n")[0].split()))
        self._has_each = "في كل من" in text
        self._base_starts = {c.token for c in self._candidates if c.alias.entity.kind == "base"}
        self._group_starts = {c.token for c in self._candidates if c.alias.entity.kind in ("militia", "force")}

    def _placed(self, start: int, end: int, alias: Alias, glued: str) -> Candidate:
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, end - 1) - 1
        return Candidate(alias, start, end, first, last, glued)

    def accepted(self) -> list[Accepted]:
        """What counts, by place; what does not is in `refused` afterwards."""
        if not self._candidates:
            return []
        strong: list[Accepted] = []
        open_: list[Candidate] = []
        for candidate in self._candidates:
            alias = candidate.alias
            if not self._in_setting(alias):
                self._refuse(candidate, "nothing in the article tells that this one is meant (setting)")
            elif self._vetoed(candidate):
                self._refuse(candidate, "ruled out by a word beside it (not_before, not_after)")
            elif alias.condition == "names":
                strong.append(self._accept(candidate, "name"))
            elif alias.governable and (rule := self._governed(candidate)):
                strong.append(self._accept(candidate, rule))
            elif alias.condition == "headed":
                self._refuse(candidate, "no head noun before it")
            else:
                open_.append(candidate)
        strong = _longest(strong)
        active = {accepted.entity.id for accepted in strong}
        violent: set[int] = set()
        if open_:
            violent = {self._sentence(place) for place, *_ in self._violence()}
            violent |= {self._sentence(a.start) for a in strong if a.entity.kind == "weapon"}
        weak = []
        for candidate in open_:
            rule, why_not = self._licensed(candidate, active, violent)
            if rule:
                weak.append(self._accept(candidate, rule))
            else:
                self._refuse(candidate, why_not)
        weak = _by_whom_was_named_last(weak, strong)
        weak += self._continued([*strong, *weak])
        kept = []
        longest = _longest([*strong, *weak])
        for accepted in longest:
            if accepted.entity.generic:
                self.refused.append(replace(accepted, rule="no named actor"))
            elif self._is_only_where(accepted, longest):
                self.refused.append(replace(accepted, rule="only says where another base lies"))
            else:
                kept.append(accepted)
        return kept

    def _in_setting(self, alias: Alias) -> bool:
        """Whether the article tells that this one is meant, not another body of the same name."""
        setting = alias.conditions.setting
        if setting and alias.entity.id not in self._settings:
            self._settings[alias.entity.id] = any(letters in self._text for letters in setting)
        return not setting or self._settings[alias.entity.id]

    def _refuse(self, candidate: Candidate, why: str) -> None:
        self.refused.append(Accepted(candidate.alias.entity, candidate.start, candidate.end, why, candidate.last))

    def _licensed(self, candidate: Candidate, active: set[str], violent: set[int]) -> tuple[str, str]:
        """Rule by which a name that does not count alone counts here, or why it does not."""
        alias = candidate.alias
        if alias.condition == "instead":
            if any(letters in self._text for letters in alias.conditions.elsewhere):
                return "", "the article tells that another body of this name is meant (elsewhere)"
            met = alias.entity.id in active or self._has_needed(candidate)
            return ("instead", "") if met else ("", "nothing tells that this one is meant (instead)")
        if alias.entity.kind == "base" and self._is_a_town(candidate):
            return "", "a place where people live"
        if alias.entity.id in active:
            if alias.condition == "later" and alias.entity.kind == "person" and self._another_man(candidate):
                return "", "another man's name"
            return "later", ""
        if alias.condition == "later":
            return "", "the article does not have the full name"
        if alias.entity.kind != "base" and self._is_quoted(candidate):
            return "quoted", ""
        if alias.conditions.needs:
            if self._has_needed(candidate):
                return "needs", ""
            return "", "none of the words it needs in the sentence or the title"
        if self._sentence(candidate.start) in violent:
            stems = [letters for country in alias.entity.country for letters in COUNTRIES.get(country, ())]
            if stems and not any(letters in self._text for letters in stems):
                return "", "a word of violence in the sentence, but nothing of the country in the article"
            return "violence", ""
        return "", "no head noun, no full name in the article, no word of violence in the sentence"

    def _accept(self, candidate: Candidate, rule: str) -> Accepted:
        start, end, last = candidate.start, candidate.end, candidate.last
        if candidate.alias.entity.kind == "base":
            family = _family(candidate.alias.entity)
            head = self._head(candidate, family)
            if head is not None and not candidate.glued and not self._names_between(head, candidate.token):
                start = self._starts[head] + self._proclitics(head, family)
            while (
                last + 1 < len(self._tokens)
                and self._tokens[last + 1] in TAILS
                and self._text[end : self._starts[last + 1]] == " "
            ):
                last += 1
                end = self._ends[last]
        return Accepted(candidate.alias.entity, start, end, rule, last, candidate.end - candidate.start)

    def _names_between(self, head: int, token: int) -> bool:
        """Whether another name stands between a head noun and its name: قاعدة التحالف الدولي في الشدادي."""
        return token - head > 2 and any(
            head < c.token < token and c.alias.condition == "names" for c in self._candidates
        )

    # ------------------------------------------------------------------ words around a candidate
    def _sentence(self, place: int) -> int:
        return bisect_left(self._breaks, place)

    def _bounds(self, sentence: int) -> tuple[int, int]:
        begin = self._breaks[sentence - 1] if sentence else 0
        return begin, self._breaks[sentence] if sentence < len(self._breaks) else len(self._text)

    def _words_of(self, candidate: Candidate) -> set[str]:
        """Words of the candidate's sentence outside itself, with and without proclitics."""
        begin, end = self._bounds(self._sentence(candidate.start))
        first, last = bisect_left(self._starts, begin), bisect_left(self._starts, end)
        return set().union(
            *map(_bare_forms, self._tokens[first : candidate.token] + self._tokens[candidate.last + 1 : last])
        )

    def _has_needed(self, candidate: Candidate) -> bool:
        needs = candidate.alias.conditions.needs
        return bool(needs) and bool(needs & self._title_words or needs & self._words_of(candidate))

    def _vetoed(self, candidate: Candidate) -> bool:
        not_after, not_before = candidate.alias.conditions.not_after, candidate.alias.conditions.not_before
        if not not_after and not not_before:
            return False
        sentence = self._sentence(candidate.start)
        for index in range(max(0, candidate.token - 2), candidate.token):
            if _bare_forms(self._tokens[index]) & not_after and self._sentence(self._starts[index]) == sentence:
                return True
        following = range(candidate.last + 1, min(len(self._tokens), candidate.last + 3))
        return any(self._tokens[i] in not_before and self._sentence(self._starts[i]) == sentence for i in following)

    def _proclitics(self, token: int, family: str) -> int:
        """How many letters of a head noun's word are proclitics."""
        word = self._tokens[token]
        heads = HEADS[family] | LIST_HEADS[family]
        return next((n for n in range(3) if word[n:] in heads and _TITLE_PROCLITIC.fullmatch(word[:n])), 0)

    def _is_head(self, token: int, heads: frozenset[str]) -> bool:
        return not heads.isdisjoint(_bare_forms(self._tokens[token]))

    def _head(self, candidate: Candidate, family: str) -> int | None:
        """The head noun that governs a name: directly before it, or with a title or a place between."""
        if candidate.glued.strip("ب"):
            return None
        heads = HEADS[family] | LIST_HEADS[family]
        sentence = self._sentence(candidate.start)
        lies = candidate.glued == "ب"
        if family == "base" and not lies and candidate.token and self._tokens[candidate.token - 1] in FORCES:
            return None
        for index in range(candidate.token - 1, max(-1, candidate.token - 7), -1):
            word = self._tokens[index]
            if self._sentence(self._starts[index]) != sentence:
                return None
            if self._is_head(index, SITES if lies and family != "airport" else heads):
                definite = word.lstrip("وفبلك").startswith("ال")
                # القاعدة حرير is no construct: the definite noun needs its adjective and في.
                if definite and index == candidate.token - 1 and not candidate.glued:
                    return None
                return index
            lies |= word in LIES or (family == "base" and word[:1] == "ب" and word[1:] in TOWNS)
            if word not in BETWEEN[family] and not (family == "base" and (word in LIES or _bare_forms(word) & TOWNS)):
                return None
        return None

    def _governed(self, candidate: Candidate) -> str:
        family = _family(candidate.alias.entity)
        if self._head(candidate, family) is not None:
            return "head"
        sentence = self._sentence(candidate.start)
        if family == "base" and self._has_each and self._is_among_places(candidate, sentence):
            return "list"
        begins_item = "و" in candidate.glued or self._text[: candidate.start].rstrip(" \"«»'“”").endswith(("،", ","))
        if not begins_item and not (candidate.token and self._tokens[candidate.token - 1] in ("و", "او")):
            return ""
        starts = self._group_starts if family == "group" else self._base_starts
        for index in range(candidate.token - 1, max(-1, candidate.token - 1 - LIST_REACH), -1):
            if self._sentence(self._starts[index]) != sentence:
                return ""
            if self._is_head(index, LIST_HEADS[family]):
                after_few = candidate.token - index <= UNKNOWN_REACH and self._is_head(index, PLACE_LISTS)
                if index in starts or index + 1 in starts or after_few or self._has_tail(candidate):
                    return "list"
        return ""

    def _is_among_places(self, candidate: Candidate, sentence: int) -> bool:
        """قواعد في كل من قرية المبروكة وبمنطقة تل بيدر: behind في كل من stands where the bases of the sentence lie."""
        for index in range(candidate.token - 1, 1, -1):
            if self._sentence(self._starts[index]) != sentence:
                return False
            if self._tokens[index] == "من" and self._tokens[index - 1] == "كل" and self._tokens[index - 2] == "في":
                before = range(index - 3, max(-1, index - 3 - BASES_REACH), -1)
                return any(
                    self._sentence(self._starts[i]) == sentence and self._is_head(i, PLURAL_SITES) for i in before
                )
        return False

    def _has_tail(self, candidate: Candidate) -> bool:
        """مطاري دمشق الدولي والضمير العسكري: says of an unknown list that this item of it is a base."""
        after = candidate.last + 1
        return after < len(self._tokens) and self._tokens[after] in TAILS

    def _continued(self, accepted: list[Accepted]) -> list[Accepted]:
        """قاعدة عين الأسد وحرير, داعش والنصرة: a name right after an accepted one of its sort and و."""
        ends = {family: {a.last for a in accepted if _family(a.entity) == family} for family in ("base", "group")}
        ends["airport"] = set()
        return [
            self._accept(c, "list")
            for c in self._candidates
            if c.alias.governable
            and (c.alias.condition == "context" or c.alias.entity.kind in ("base", "militia"))
            and (before := self._before_and(c)) in ends[_family(c.alias.entity)]
            and self._sentence(self._starts[before]) == self._sentence(c.start)
            and self._in_setting(c.alias)
            and not self._vetoed(c)
            and not self._is_head(c.token, HEADS["base"])
        ]

    def _before_and(self, candidate: Candidate) -> int:
        """The word before و and a name (حماس والجهاد, «حماس» و«الجهاد»); -1 where no و stands before it."""
        if candidate.glued == "و":
            return candidate.token - 1
        apart = not candidate.glued and candidate.token > 1 and self._tokens[candidate.token - 1] == "و"
        return candidate.token - 2 if apart else -1

    def _is_quoted(self, candidate: Candidate) -> bool:
        """Whether quotation marks say that a word is a name («حماس», "القسام"), not the word that it also is."""
        one_word = candidate.token == candidate.last and not candidate.glued
        return one_word and self._in_quotes(candidate.start, candidate.end)

    def _is_a_town(self, candidate: Candidate) -> bool:
        return candidate.token > 0 and bool(_bare_forms(self._tokens[candidate.token - 1]) & TOWNS)

    def _another_man(self, candidate: Candidate) -> bool:
        previous = self._tokens[candidate.token - 1] if candidate.token else ""
        adjacent = candidate.token > 0 and self._text[self._ends[candidate.token - 1] : candidate.start] == " "
        return adjacent and not candidate.glued and previous in GIVEN_NAMES

    def _is_only_where(self, accepted: Accepted, kept: list[Accepted]) -> bool:
        """An airport that only says where another base lies (قاعدة فكتوريا … في مطار بغداد)."""
        if accepted.entity.subkind != "airport":
            return False
        token = bisect_left(self._starts, accepted.start)
        place = bisect_right(self._starts, accepted.start) - 1
        if not (token and self._tokens[place - 1] in ("في", "داخل", "قرب", "ضمن")) and self._tokens[place][:1] != "ب":
            return False
        sentence = self._sentence(accepted.start)
        return any(
            other.entity.kind == "base"
            and other.entity.subkind != "airport"
            and other.end <= accepted.start
            and self._sentence(other.start) == sentence
            and place - other.last <= 8
            for other in kept
        )


def _family(entity: Entity) -> str:
    """Which head nouns an entity has."""
    if entity.kind != "base":
        return "group"
    return "airport" if entity.subkind == "airport" else "base"


@lru_cache(maxsize=20_000)
def _bare_forms(word: str) -> frozenset[str]:
    forms = {word[n:] for n in range(3) if len(word) > n and _TITLE_PROCLITIC.fullmatch(word[:n])}
    # The article loses its alef after ل: للملكة.
    return frozenset(forms | {f"ا{form}" for form in forms if form[:1] == "ل" and len(form) < len(word)})


def _by_whom_was_named_last(weak: list[Accepted], strong: list[Accepted]) -> list[Accepted]:
    """Without short forms of several (الكتائب) but for the one whose full name stands nearest before, else after."""
    sharing: dict[tuple[int, int], list[Accepted]] = {}
    for one in weak:
        sharing.setdefault((one.start, one.end), []).append(one)

    def distance(short: Accepted) -> tuple[bool, int]:
        places = [named.start for named in strong if named.entity.id == short.entity.id]
        return min(((place > short.start, abs(place - short.start)) for place in places), default=(True, sys.maxsize))

    return [min(several, key=distance) if len(several) > 1 else several[0] for several in sharing.values()]


def _longest(accepted: Iterable[Accepted]) -> list[Accepted]:
    """Without overlaps, the longest first; by place."""
    kept: list[Accepted] = []
    starts: list[int] = []
    for one in sorted(accepted, key=lambda a: (a.start - a.end, -a.letters, a.rule != "instead", a.start, a.entity.id)):
        place = bisect_right(starts, one.start)
        after_left = place == 0 or kept[place - 1].end <= one.start
        before_right = place == len(kept) or one.end <= kept[place].start
        if after_left and before_right:
            kept.insert(place, one)
            starts.insert(place, one.start)
    return kept
