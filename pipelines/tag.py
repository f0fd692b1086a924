"""Text + watchlist -> mentions, each with the rule that accepted it.

All names are looked for at once (Aho-Corasick, on folded text); what is no whole word is thrown away before the longest
is chosen, because the longest match may be the one that is none (حزب الله العراق in حزب الله العراقية).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from hashlib import sha256

import ahocorasick

from config.entities import Watchlist
from pipelines.arabic import FOLDING, Folded, fold, terms, words
from pipelines.context import Accepted, Alias, Reading
from pipelines.records import Article, Field, Mention

TAGGING = 1
"""Version of the rules below; part of the digest."""

_BEFORE_PLAIN = frozenset(f"{a}{b}" for a in ("", "و", "ف") for b in ("", "ب", "ل", "ك"))
_BEFORE_ARTICLE = frozenset(f"{a}{b}" for a in ("", "و", "ف") for b in ("", "ب", "ك"))
_BEFORE_LAM = frozenset(f"{a}ل" for a in ("", "و", "ف"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Fields of an Article that follow from its text and the watchlist."""

    mentions: tuple[Mention, ...]
    entities: tuple[str, ...]
    bases: tuple[str, ...]
    groups: tuple[str, ...]
    countries: tuple[str, ...]
    terms: tuple[str, ...]
    words: str


class Tagger:
    """The compiled watchlist."""

    def __init__(self, watchlist: Watchlist) -> None:
        patterns: dict[str, list[Alias]] = {}
        for entity in watchlist.entities:
            for condition in ("names", "context", "headed", "later"):
                for name in getattr(entity, condition):
                    for pattern, before in _patterns(name):
                        patterns.setdefault(pattern, []).append(Alias(entity, condition, before))
        self._automaton = _automaton(patterns, lambda alias: alias.entity.kind != "action")
        # Apart, because only few texts need it: those with a name that does not count by itself.
        self._violence = _automaton(patterns, lambda alias: alias.entity.kind == "action")
        self._entities = {entity.id: entity for entity in watchlist.entities}
        self._vetoes = {
            entity.id: (_all_words(entity.not_after), _all_words(entity.not_before)) for entity in watchlist.entities
        }
        self._needs = {entity.id: _all_words(entity.needs) for entity in watchlist.entities}
        compiled = sorted(
            (pattern, alias.entity.id, alias.entity.kind, alias.entity.subkind, alias.condition, alias.entity.generic)
            for pattern, aliases in patterns.items()
            for alias in aliases
        )
        conditions = sorted((id_, *map(sorted, self._vetoes[id_]), sorted(self._needs[id_])) for id_ in self._vetoes)
        text = json.dumps([FOLDING, TAGGING, compiled, conditions], ensure_ascii=False)
        self.digest: str = sha256(text.encode()).hexdigest()
        """Of everything that decides what is a mention."""

    def tag(self, article: Article) -> Article:
        """`article` with mentions, what follows from them, and its words."""
        provenance = replace(article.provenance, watchlist=self.digest, folding=FOLDING)
        tags = self.tags(article.title, article.body)
        return replace(article, **{f.name: getattr(tags, f.name) for f in fields(Tags)}, provenance=provenance)

    def tags(self, title: str, body: str) -> Tags:
        """Everything about a text that the watchlist and the folding decide."""
        text = _Text(title, body)
        all_words = words(text.folded)
        mentions = self._mentions(text)
        entities = {mention.entity: mention.kind for mention in mentions}
        countries = [c for id_ in entities for c in self._entities[id_].country]
        return Tags(
            mentions=mentions,
            entities=tuple(entities),
            bases=tuple(id_ for id_, kind in entities.items() if kind == "base"),
            groups=tuple(id_ for id_, kind in entities.items() if kind in ("militia", "force")),
            countries=tuple(dict.fromkeys(countries)),
            terms=terms(all_words),
            words=" ".join(all_words),
        )

    def mentions(self, title: str, body: str) -> tuple[Mention, ...]:
        """Mentions in order of their place, title first; none overlaps another."""
        return self._mentions(_Text(title, body))

    def explained(self, title: str, body: str) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """Mentions, and the names that were refused, `rule` saying why."""
        text = _Text(title, body)
        reading = self._reading(text.folded)
        accepted = reading.accepted()
        refused = sorted(reading.refused, key=lambda refused: refused.start)
        taken = [
            one
            for one in refused
            if not any(a.entity.id == one.entity.id and a.start < one.end and one.start < a.end for a in accepted)
        ]
        return text.mentions(accepted), text.mentions(taken)

    def _mentions(self, text: _Text) -> tuple[Mention, ...]:
        return text.mentions(self._reading(text.folded).accepted())

    def _reading(self, text: str) -> Reading:
        violence = partial(_candidates, self._violence, text)
        return Reading(text, _candidates(self._automaton, text), violence, self._vetoes, self._needs)


def _candidates(automaton: ahocorasick.Automaton, text: str) -> list[tuple[int, int, Alias, str]]:
    """Names that are whole words apart from proclitics: start, end, name, proclitics."""
    found: list[tuple[int, int, Alias, str]] = []
    if not len(automaton):
        return found
    for last, (length, aliases) in automaton.iter(text):
        end = last + 1
        after = text[end : end + 1]
        if after.isalnum() or after == "_":
            continue
        start = word = end - length
        while word > 0 and start - word < 4 and text[word - 1].isalnum():
            word -= 1
        glued = text[word:start]
        found += [(start, end, alias, glued) for alias in aliases if glued in alias.before]
    return found


class _Text:
    """Title and body as one text to look for names in, and the way back."""

    def __init__(self, title: str, body: str) -> None:
        # No name goes over a newline, so none begins in the title and ends in the body.
        self._both: Folded = fold(f"{title}\n{body}")
        self._divide = len(title) + 1
        self.folded: str = self._both.text

    def mentions(self, found: Iterable[Accepted]) -> tuple[Mention, ...]:
        """What was found, with offsets in the field's own text."""
        mentions = []
        for one in found:
            start, end = self._both.span(one.start, one.end)
            surface = self._both.original[start:end]
            field: Field = "title"
            if start >= self._divide:
                field, start, end = "body", start - self._divide, end - self._divide
            mentions.append(Mention(one.entity.id, one.entity.kind, surface, field, start, end, one.rule))
        return tuple(mentions)


def _automaton(patterns: dict[str, list[Alias]], wanted: Callable[[Alias], bool]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for pattern, aliases in patterns.items():
        if chosen := tuple(filter(wanted, aliases)):
            automaton.add_word(pattern, (len(pattern), chosen))
    automaton.make_automaton()
    return automaton


def faults(watchlist: Watchlist) -> list[str]:
    """What a person should look at: names that nothing would find, or that count for two entities at once."""
    found = []
    owners: dict[str, list[str]] = {}
    for entity in watchlist.entities:
        for condition in ("names", "context", "headed", "later"):
            for name in getattr(entity, condition):
                folded = _folded_name(name)
                if not folded:
                    found.append(f"{entity.id}.{condition}: {name!r} has no letter or digit that could be found")
                elif condition == "names" and entity.kind != "action":
                    owners.setdefault(folded, []).append(entity.id)
                if condition == "names" and len(folded) < 3:
                    found.append(f"{entity.id}.names: {name!r} is too short to count wherever it stands")
    for folded, ids in owners.items():
        if len(set(ids)) > 1:
            found.append(
                f"{' and '.join(sorted(set(ids)))}: both have {folded!r} among `names`; it counts for one only"
            )
        elif len(ids) > 1:
            found.append(f"{ids[0]}.names: {folded!r} stands there {len(ids)} times in spellings that fold to the same")
    return found


def _folded_name(name: str) -> str:
    folded = fold(name).text
    return " ".join(folded.split()) if words(folded) else ""


def _patterns(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """What to look for, and what may stand before it in the same word."""
    folded = _folded_name(name)
    if not folded:
        return
    first = folded.split()[0]
    if first.startswith("ال") and len(first) > 3:
        yield folded, _BEFORE_ARTICLE
        yield folded[1:], _BEFORE_LAM
    elif len(first) < 3:
        yield folded, frozenset({"", "ال"})
    else:
        yield folded, _BEFORE_PLAIN


def _all_words(names: Iterable[str]) -> frozenset[str]:
    return frozenset(word for name in names for word in words(fold(name).text))
