"""A name as it is looked for, with what it depends on; a place where it stands; a mention."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from config.entities import Entity
from pipelines.arabic import fold, words
from pipelines.vocabulary import COUNTRIES, MILITARY


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an entity's names depend on, folded."""

    not_after: frozenset[str]
    not_before: frozenset[str]
    needs: frozenset[str]
    setting: tuple[str, ...]
    elsewhere: tuple[str, ...]

    @classmethod
    def of(cls, entity: Entity) -> Conditions:
        """Those that the watchlist gives."""
        not_after, not_before, needs = (
            frozenset(word for name in names for word in words(fold(name).text))
            for names in (entity.not_after, entity.not_before, entity.needs)
        )
        setting, elsewhere = (
            tuple(chain.from_iterable(COUNTRIES.get(letters, (fold(letters).text,)) for letters in names))
            for names in (entity.setting, entity.elsewhere)
        )
        return cls(not_after, not_before, needs | (MILITARY if entity.town else set()), setting, elsewhere)


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of an entity as it is looked for."""

    entity: Entity
    conditions: Conditions
    condition: str
    """Field of the entity that the name stands in: names, context, headed, later, instead."""
    before: frozenset[str]
    """What may stand before it in the same word."""

    @property
    def governable(self) -> bool:
        """Whether a head noun before it is enough."""
        # مقر السفارة الأميركية is not yet the one in Baghdad, nor قوات الحرس الوطني the one of Suwayda.
        is_site = self.entity.kind == "base" and self.entity.subkind not in ("embassy", "consulate")
        return self.condition == "headed" or (self.condition == "context" and (is_site or not self.conditions.needs))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a name stands as a whole word."""

    alias: Alias
    start: int
    end: int
    token: int
    """Index of the word that it begins in."""
    last: int
    """Index of the word that it ends in."""
    glued: str
    """Proclitics before it in that word."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mention, in folded text."""

    entity: Entity
    start: int
    end: int
    rule: str
    last: int
    letters: int = 0
    """Of the name alone, without a head noun before it and an adjective after it."""
