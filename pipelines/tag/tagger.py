"""Text + watchlist -> mentions, each with the rule that accepted it.

All names are looked for at once (Aho-Corasick, on folded text); what is no whole word is thrown away before the longest
is chosen, because the longest match may be the one that is none (حزب الله العراق in حزب الله العراقية).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from itertools import chain

from ahocorasick_rs import BytesAhoCorasick, Implementation

from config.entities import Watchlist
from pipelines.arabic import FOLDING, Folded, fold, terms, words
from pipelines.records import Article, Field, Mention
from pipelines.sentences import Sentences
from pipelines.tag.alias import Accepted, Alias, Conditions
from pipelines.tag.context import Reading
from pipelines.tag.names import folded_name, names_of, patterns

TAGGING = 4
"""Version of the rules below; part of the digest."""


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
    """A line for each sentence, the first that of the title."""


class Tagger:
    """The compiled watchlist."""

    def __init__(self, watchlist: Watchlist) -> None:
        # What reports are read by is no name.
        watchlist = Watchlist(tuple(entity for entity in watchlist.entities if entity.kind != "cue"))
        names = patterns(watchlist)
        self._names = _Names(names, lambda alias: alias.entity.kind != "action")
        # Apart, because only few texts need it: those with a name that does not count by itself.
        self._violence = _Names(names, lambda alias: alias.entity.kind == "action")
        self._entities = {entity.id: entity for entity in watchlist.entities}
        compiled = sorted(
            (
                pattern,
                e.id,
                e.kind,
                e.subkind,
                e.country,
                alias.condition,
                e.generic,
                e.setting,
                e.elsewhere,
                e.needs,
                e.town,
                e.not_after,
                e.not_before,
            )
            for pattern, aliases in names.items()
            for alias in aliases
            for e in (alias.entity,)
        )
        text = json.dumps([FOLDING, TAGGING, compiled], ensure_ascii=False)
        self.digest: str = sha256(text.encode()).hexdigest()
        """Of everything that decides what is a mention."""

    def tag(self, article: Article) -> Article:
        """`article` with mentions, what follows from them, and its words."""
        provenance = replace(article.provenance, watchlist=self.digest, folding=FOLDING)
        tags = self.tags(article.title, article.body, article.captions)
        return replace(article, **{f.name: getattr(tags, f.name) for f in fields(Tags)}, provenance=provenance)

    def tags(self, title: str, body: str, captions: Sequence[str] = ()) -> Tags:
        """Everything about a text that the watchlist and the folding decide. Captions can be searched, no more."""
        text = _Text(title, body)
        sentences = Sentences(title, body).words()
        mentions = self._mentions(text)
        entities = {mention.entity: mention.kind for mention in mentions}
        countries = [c for id_ in entities for c in self._entities[id_].country]
        return Tags(
            mentions=mentions,
            entities=tuple(entities),
            bases=tuple(id_ for id_, kind in entities.items() if kind == "base"),
            groups=tuple(id_ for id_, kind in entities.items() if kind in ("militia", "force")),
            countries=tuple(dict.fromkeys(countries)),
            terms=terms(chain(*sentences, *(words(fold(caption).text) for caption in captions))),
            words="\n".join(map(" ".join, sentences)).rstrip("\n"),
        )

    def mentions(self, title: str, body: str) -> tuple[Mention, ...]:
        """Mentions in order of their place, title first; none overlaps another."""
        return self._mentions(_Text(title, body))

    def explained(self, title: str, body: str) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """Mentions, and the names that were refused, `rule` saying why."""
        text = _Text(title, body)
        reading = self._reading(text)
        accepted = reading.accepted()
        refused = sorted(reading.refused, key=lambda refused: refused.start)
        taken = [
            one
            for one in refused
            if not any(a.entity.id == one.entity.id and a.start < one.end and one.start < a.end for a in accepted)
        ]
        return text.mentions(accepted), text.mentions(taken)

    def places(self, folded: str) -> list[tuple[int, int]]:
        """Where the names of watched entities stand in a folded text, whether they count there or not."""
        return [(start, end) for start, end, _, _ in self._names.candidates(folded)]

    def is_violent(self, folded: str) -> bool:
        """Whether a folded text has a word of violence."""
        return bool(self._violence.candidates(folded))

    def _mentions(self, text: _Text) -> tuple[Mention, ...]:
        return text.mentions(self._reading(text).accepted())

    def _reading(self, text: _Text) -> Reading:
        folded = text.folded
        return Reading(
            folded, self._names.candidates(folded), lambda: self._violence.candidates(folded), text.in_quotes
        )


class _Names:
    """Names to look for, all at once."""

    def __init__(self, names: dict[str, list[Alias]], wanted: Callable[[Alias], bool]) -> None:
        by_bytes: dict[bytes, list[tuple[str, tuple[Alias, ...]]]] = {}
        for name, aliases in names.items():
            if chosen := tuple(filter(wanted, aliases)):
                by_bytes.setdefault(_bytes(name), []).append((name, chosen))
        self._names = list(by_bytes.values())
        # The kind that stays small and fast with 100,000 names; a DFA is faster with few, in ten times the memory.
        self._automaton = BytesAhoCorasick(list(by_bytes), implementation=Implementation.ContiguousNFA)

    def candidates(self, text: str) -> list[tuple[int, int, Alias, str]]:
        """Names that are whole words apart from proclitics: start, end, name, proclitics."""
        found: list[tuple[int, int, Alias, str]] = []
        for which, start, end in self._automaton.find_matches_as_indexes(_bytes(text), overlapping=True):
            after = text[end : end + 1]
            if after.isalnum():
                continue
            word = start
            while word > 0 and start - word < 4 and text[word - 1].isalnum():
                word -= 1
            glued = text[word:start]
            for name, aliases in self._names[which]:
                if text.startswith(name, start):
                    found += [(start, end, alias, glued) for alias in aliases if glued in alias.before]
        return found


# Many pages close with the sign that others open with, and open with the one that closes.
_OPENING, _CLOSING = "\"'«“”‘’„(", "\"'»”“’)"


def _bytes(text: str) -> bytes:
    """One byte a character, so that places are the same: half as much to read as UTF-8.

    What the Arabic code page does not have becomes "?"; what is found is compared with the name again.
    """
    return text.encode("cp1256", "replace")


class _Text:
    """Title and body as one text to look for names in, and the way back."""

    def __init__(self, title: str, body: str) -> None:
        # No name goes over a newline, so none begins in the title and ends in the body.
        self._both: Folded = fold(f"{title}\n{body}")
        self._divide = len(title) + 1
        self.folded: str = self._both.text

    def in_quotes(self, start: int, end: int) -> bool:
        """Whether quotation marks or brackets stand directly around a stretch of the folded text."""
        start, end = self._both.span(start, end)
        before, after = self._both.original[max(0, start - 1) : start], self._both.original[end : end + 1]
        return bool(before and after) and before in _OPENING and after in _CLOSING

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


def faults(watchlist: Watchlist) -> list[str]:
    """What a person should look at: names that nothing would find, or that count for two entities at once."""
    found = []
    owners: dict[str, list[str]] = {}
    for entity in watchlist.entities:
        if entity.kind == "cue":
            continue
        for condition, name in names_of(entity):
            folded = folded_name(name)
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
    if not found:
        found = _never_counting(watchlist)
    return found


def _never_counting(watchlist: Watchlist) -> list[str]:
    """Names that another entity takes wherever they stand, or that their own conditions rule out."""
    tagger = Tagger(watchlist)
    found = []
    for entity in watchlist.entities:
        if entity.kind in ("action", "cue") or entity.generic:
            continue
        for condition, name in names_of(entity):
            if condition == "names":
                setting = " ".join(Conditions.of(entity).setting[:1])
                # After على as after nothing: folded, it is the given name علي too.
                alone, after_on = (
                    {m.entity for m in tagger.mentions("", f"{before}{name}. {setting}")} for before in ("", "على ")
                )
                mentioned = alone & after_on if entity.kind == "base" else alone
                if entity.id not in mentioned:
                    takes = f"{' and '.join(sorted(mentioned))} takes it" if mentioned else "its conditions rule it out"
                    found.append(f"{entity.id}.names: {name!r} never counts: {takes}")
    return found
