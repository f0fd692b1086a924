"""What a watchlist file may say: one table per watched entity, under its id.

Names may hold alternatives in braces, "{القوات,الجيش} التركي{,ة}", and stand for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import bracex
from pydantic import AfterValidator, Field, model_validator

from config.schema import ID, Strict

Kind = Literal["base", "militia", "force", "person", "weapon", "action", "cue"]
MOST_FORMS = 200
"""Names that one entry with alternatives may stand for."""


def _alternatives(names: tuple[str, ...]) -> tuple[str, ...]:
    """Every form of names with alternatives in braces: "{لواء,كتائب} القدس" is two names, "العراقي{,ة}" as well."""
    found = []
    for name in names:
        try:
            forms = [" ".join(form.split()) for form in bracex.expand(name, limit=MOST_FORMS)]
        except bracex.ExpansionLimitException:
            raise ValueError(f"{name!r} stands for more than {MOST_FORMS} names; write several entries") from None
        if not all(forms) or any(sign in form for form in forms for sign in "{}"):
            raise ValueError(f"{name!r}: alternatives are written {{one,two}}, with a Latin comma between them")
        found += forms
    return tuple(found)


Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=400)], ...], AfterValidator(_alternatives)]
Date = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Presence(Strict):
    """Who uses a base, and when. Dates are a year, a month or a day (2026, 2026-02, 2026-02-15)."""

    who: Annotated[str, Field(min_length=1, max_length=120)]
    """Id of a watched entity, ISO country code of a country's forces, or a name."""
    since: Date | None = Field(default=None, alias="from")
    until: Date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Presence:
        if self.since and self.until and self.until < self.since[: len(self.until)]:
            raise ValueError(f"until: {self.until} is before {self.since}")
        return self


class Entity(Strict):
    """One watched base, group, person, weapon or class of action, or a sort of word that reports are read by (cue).

    Names are as printed, without proclitics.
    """

    id: Annotated[str, Field(pattern=ID)]
    """Not written in the file: the table's name. It never changes."""
    kind: Kind
    subkind: str = ""
    """air_base, camp, embassy …"""
    name: str
    """Arabic, for display."""
    en: str = ""
    """English, for display."""
    country: tuple[Country, ...] = ()
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    precision: Literal["exact", "approx", "area"] | None = None
    """Of the coordinates: about 1 km, about 5 km, about 20 km or a zone."""
    parent: str | None = None
    """Id of the entity that it belongs to."""
    names: Names = ()
    """Count wherever they stand."""
    context: Names = ()
    """Count after a head noun (قاعدة …), where the article also has one of `names`, or beside a word of violence."""
    headed: Names = ()
    """Count only after a head noun, or in a list that one governs (قاعدتي بلد والتاجي)."""
    later: Names = ()
    """Count only where the article also has one of `names`, anywhere: surnames, short forms."""
    instead: Names = ()
    """Names of another entity (حزب الله) that mean this one (كتائب حزب الله) where the article has one of this one's
    `names`, or the sentence or the title a word of `needs`, and the article nothing of `elsewhere`."""
    elsewhere: Names = ()
    """For `instead`: letters, or a country's code as in `setting`, that tell that the other one is meant."""
    needs: Names = ()
    """For `context`: words of which one must stand in the sentence or the title, in place of a word of violence."""
    town: bool = False
    """For `context`: also a place where people live; a word of rockets, drones or a base must stand in the sentence or
    the title."""
    setting: Names = ()
    """Letters of which some must stand in the article (عراق, also in العراقية) for any name to count; a country's code
    (IQ, SY) stands for its name, governorates and towns.

    For names that bodies of other countries have too: جهاز مكافحة الإرهاب.
    """
    whose: Names = ()
    where: Names = ()
    """Both together: a base without a name of its own (قاعدة أميركية في الحسكة).

    `whose` is an adjective without article (أميركية) or an owner with it (التحالف الدولي), `where` a place; all usual
    forms of both are looked for, with قاعدة and قواعد, definite and not.
    """
    not_before: Names = ()
    """A name does not count where one of these follows it, directly or after one word."""
    not_after: Names = ()
    """A name does not count where one of these precedes it, directly or with one word between."""
    generic: bool = False
    """Not a named actor (الفصائل الشيعية): known, but never a mention."""
    was: tuple[Annotated[str, Field(pattern=ID)], ...] = ()
    """Earlier ids."""
    presence: tuple[Presence, ...] = ()
    """For people, not for matching."""
    note: str = ""

    @model_validator(mode="after")
    def _has_a_name(self) -> Entity:
        if not (self.names or self.context or self.headed or self.later or self.whose):
            raise ValueError("names: at least one name (or context, headed, later, whose) is needed")
        if bool(self.whose) != bool(self.where):
            raise ValueError("whose, where: one without the other")
        if self.instead and not (self.names and self.elsewhere):
            raise ValueError("instead: needs one of `names` and of `elsewhere`, by which the two are told apart")
        if self.later and not self.names:
            raise ValueError("later: needs one of `names`, without which it never counts")
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat, lon: one without the other")
        return self


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Everything that is watched, by id."""

    entities: tuple[Entity, ...]
