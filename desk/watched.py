"""Watched entities by what a person calls them, and by where they lie."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from config import settings
from config.entities import Entity, Watchlist
from config.load import load_watchlist
from pipelines.tag.names import folded_name, names_of, spellings
from pipelines.vocabulary import HEADS

EARTH_KM = 6371.0088


class Watched:
    """The watchlist as queries see it; read when first asked."""

    def __init__(self, watchlist: Watchlist | None = None) -> None:
        self._given = watchlist

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """All of them. Raises ConfigError where the watchlist cannot be used."""
        return (self._given or load_watchlist(Path(settings.MARSAD_CONFIG))).entities

    @cached_property
    def _ids(self) -> dict[str, tuple[str, ...]]:
        """By id, earlier id and folded name in each spelling."""
        found: dict[str, dict[str, None]] = {}
        for entity in self.entities:
            called = {spelling for name in self._names(entity) for spelling in spellings(folded_name(name))}
            for name in (entity.id, *entity.was, *sorted(called)):
                found.setdefault(name, {})[entity.id] = None
        return {name: tuple(ids) for name, ids in found.items() if name}

    @staticmethod
    def _names(entity: Entity) -> list[str]:
        return [entity.name, *entity.en.split(" / "), *(name for _, name in names_of(entity))]

    def ids(self, called: str) -> tuple[str, ...]:
        """Ids of the entities with this id or name; names that several have stand for all of them.

        Raises ValueError, naming those that look alike, where there is none.
        """
        found = self._ids.get(called.strip().lower()) or self._ids.get(folded_name(called)) or self._headed(called)
        if found:
            return found
        near = get_close_matches(folded_name(called), self._ids, 3, 0.75) or [
            name for name in self._ids if called.lower() in name
        ]
        close = list(dict.fromkeys(ids[0] for name in near if (ids := self._ids[name])))[:3]
        hint = f"; alike: {', '.join(close)}" if close else ""
        raise ValueError(f"{called!r} is no watched entity{hint}")

    def _headed(self, called: str) -> tuple[str, ...]:
        """Bases and groups called by a name behind the noun for what they are: قاعدة عين الأسد."""
        head, _, name = folded_name(called).partition(" ")
        kinds = {entity.id: entity.kind for entity in self.entities}
        families = {"base": "base", "militia": "group", "force": "group"}
        return tuple(id_ for id_ in self._ids.get(name, ()) if head in HEADS.get(families.get(kinds[id_], ""), ()))

    def near(self, place: tuple[float, float], kilometres: float) -> tuple[str, ...]:
        """Ids of the entities that lie within so many kilometres of latitude and longitude."""
        return tuple(
            entity.id
            for entity in self.entities
            if entity.lat is not None
            and entity.lon is not None
            and distance(place, (entity.lat, entity.lon)) <= kilometres
        )

    def place(self, called: str) -> tuple[float, float]:
        """Where an entity lies. Raises ValueError where it is unknown or lies nowhere."""
        ids = self.ids(called)
        for entity in self.entities:
            if entity.id in ids and entity.lat is not None and entity.lon is not None:
                return entity.lat, entity.lon
        raise ValueError(f"the watchlist does not say where {ids[0]} lies")


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points in degrees, on a sphere."""
    (lat, lon), (lat2, lon2) = (tuple(map(radians, point)) for point in (one, other))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
