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

from config.entities import Entity, Watchlist
from pipelines.arabic import FOLDING, Folded, fold, terms, words
from pipelines.context import Accepted, Alias, Conditions, Reading
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
            conditions = Conditions.of(entity)
            for condition, name in (*_names(entity), *_as_militia(entity, watchlist)):
                for pattern, before in _patterns(name):
                    alias = Alias(entity, conditions, condition, before)
                    aliases = patterns.setdefault(pattern, [])
                    if alias not in aliases:
                        aliases.append(alias)
        self._automaton = _automaton(patterns, lambda alias: alias.entity.kind != "action")
        # Apart, because only few texts need it: those with a name that does not count by itself.
        self._violence = _automaton(patterns, lambda alias: alias.entity.kind == "action")
        self._entities = {entity.id: entity for entity in watchlist.entities}
        compiled = sorted(
            (
                pattern,
                e.id,
                e.kind,
                e.subkind,
                alias.condition,
                e.generic,
                e.setting,
                e.needs,
                e.not_after,
                e.not_before,
            )
            for pattern, aliases in patterns.items()
            for alias in aliases
            for e in (alias.entity,)
        )
        text = json.dumps([FOLDING, TAGGING, compiled], ensure_ascii=False)
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
        return Reading(text, _candidates(self._automaton, text), violence)


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
        for condition, name in _names(entity):
            folded = _folded_name(name)
            if not folded:
                found.append(f"{entity.id}.{condition}: {name!r} has no letter or digit that could be found")
            elif condition == "names" and entity.kind != "action" and not entity.setting:
                # What the article tells apart may have one name.
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
        for spelling in _spellings(folded):
            yield spelling, _BEFORE_ARTICLE
            yield spelling[1:], _BEFORE_LAM
    elif len(first) < 3:
        yield folded, frozenset({"", "ال"})
    else:
        for spelling in _spellings(folded):
            yield spelling, _BEFORE_PLAIN


# What is spelled either way. Each name is looked for in all its spellings.
_SPELLINGS = (
    ("اميرك", "امريك"),
    ("سوريا", "سوريه"),
    ("مليشي", "ميليشي"),
    ("ابو ", "ابي "),
    ("ابو ", "ابا "),
    ("عبد ال", "عبدال"),
    ("البنتاغون", "البنتاجون"),
    ("بيشمرك", "بشمرك"),
    ("بيشمرك", "بيشمرگ"),
)


_MILITIA_NOUNS = frozenset(("لواء", "كتائب", "كتيبة", "حركة", "سرايا", "منظمة", "فصيل", "جماعة"))


def _as_militia(entity: Entity, watchlist: Watchlist) -> Iterator[tuple[str, str]]:
    """Who does not like a group calls it a militia: ميليشيا أبو الفضل العباس for لواء أبو الفضل العباس."""
    if entity.kind != "militia":
        return
    others = {name for other in watchlist.entities if other is not entity for name in other.names}
    for name in entity.names:
        noun, _, rest = name.partition(" ")
        # ميليشيا حزب الله is the one in Lebanon, whatever the كتائب in Iraq.
        if rest and noun in _MILITIA_NOUNS and rest not in others:
            yield "names", f"ميليشيا {rest}"
            yield "names", f"ميليشيات {rest}"


def _spellings(folded: str) -> set[str]:
    found = {folded}
    for one, other in _SPELLINGS:
        found |= {f" {name}".replace(f" {one}", f" {other}")[1:] for name in found if one.endswith(" ")}
        found |= {
            name.replace(a, b) for a, b in ((one, other), (other, one)) for name in found if not one.endswith(" ")
        }
    return found


def _names(entity: Entity) -> Iterator[tuple[str, str]]:
    """Every name, with the condition on which it counts."""
    for condition in ("names", "context", "headed", "later"):
        for name in getattr(entity, condition):
            yield condition, name
    for owner in entity.whose:
        if owner.startswith("ال"):
            forms = [f"{base} {whose}" for base in ("قاعدة", "قواعد") for whose in (owner, f"لل{owner[2:]}")]
        else:
            forms = [f"{base} {owner}" for base in ("قاعدة", "قواعد", "قاعدة عسكرية", "قواعد عسكرية")]
            forms += [f"{base} ال{owner}" for base in ("القاعدة", "القواعد", "القاعدة العسكرية", "القواعد العسكرية")]
        for place in entity.where:
            for form in forms:
                yield "names", f"{form} في {place}"
                yield "names", f"{form} ب{place}"
