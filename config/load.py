"""The one door for configuration: reads the shipped files and the operator's overlay, and reports every fault at once.

Shipped files lie beside this module. The overlay (config/local/, or the folder that MARSAD_CONFIG names) holds files
of the same names; its tables are laid over the shipped ones by id, key by key, so that an operator's changes survive
an update of the program.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from config.entities import Entity, Watchlist
from config.schema import Entrance, Source

SHIPPED = Path(__file__).resolve().parent
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one file."""

    file: Path
    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key + ': ' if self.key else ''}{self.why}"


class ConfigError(Exception):
    """Configuration that cannot be used; `faults` says where and why, all of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


@dataclass(frozen=True, slots=True)
class Sources:
    """What the source files say: the good ones by id, and the faults of the others by id."""

    good: dict[str, Source]
    bad: dict[str, tuple[Fault, ...]]

    def for_page(self, url: str, named: str | None = None, *, fetching: bool = False) -> Source:
        """The source that a single page belongs to: the named one, else the one whose host it is, else a made-up one.

        For `fetching`, a source that may connect to private addresses has to be named: a page's host alone is no
        permission. Raises ConfigError for a name that no good file has, ValueError for what is no web address.
        """
        if named is not None:
            if named not in self.good:
                why = "no such source; `marsad sources list` names those there are"
                raise ConfigError(self.bad.get(named) or [Fault(Path("sources") / f"{named}.toml", "", why)])
            return self.good[named]
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url}: not a full http:// or https:// address")
        for source in self.good.values():
            if parts.hostname in source.own_hosts and not (fetching and source.allow_private):
                return source
        # The twin with or without www is where an address often redirects to.
        twin = parts.hostname.removeprefix("www.") if parts.hostname.startswith("www.") else f"www.{parts.hostname}"
        home = f"{parts.scheme}://{parts.netloc}/"
        entrance = Entrance(kind="section", url=home)
        return Source(id="inspect", name=parts.hostname, home=home, links_to=(twin,), entrance=(entrance,))


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of `file`. Raises ConfigError where it is no readable TOML in UTF-8."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([Fault(file, "", f"cannot be read: {error}")]) from None


def check(model: type[Model], table: dict[str, Any], origins: dict[str, Path], file: Path) -> Model:
    """`table` as a `model`. Raises ConfigError with all faults; `origins` tells which file wrote which key."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults = []
        for problem in error.errors(include_url=False):
            path = [str(part) for part in problem["loc"]]
            why = problem["msg"].removeprefix("Value error, ")
            if problem["type"] == "extra_forbidden":
                why = "no such key"
            elif problem["type"] == "missing":
                why = "is missing"
            elif problem["type"] not in ("value_error",):
                why = f"{why} (got {problem['input']!r:.80})"
            if path and path[0] == "id_pattern":
                path[0] = "id"
            faults.append(Fault(origins.get(path[0], file) if path else file, ".".join(path), why))
        raise ConfigError(faults) from None


def load_sources(overlay: Path, shipped: Path = SHIPPED) -> Sources:
    """Every source in the shipped folder and in `overlay`, an overlay file's keys replacing the shipped file's.

    Never raises: a bad file stops only its own source.
    """
    layers = [shipped / "sources", overlay / "sources"]
    files: dict[str, list[Path]] = {}
    for layer in layers:
        for file in sorted(layer.glob("*.toml")):
            files.setdefault(file.stem, []).append(file)
    good: dict[str, Source] = {}
    bad: dict[str, tuple[Fault, ...]] = {}
    for source_id, layered in files.items():
        table: dict[str, Any] = {}
        origins: dict[str, Path] = {}
        try:
            for file in layered:
                content = read_toml(file)
                if "id_pattern" in content:
                    raise ConfigError([Fault(file, "id_pattern", "no such key (write id)")])
                table |= content
                origins |= dict.fromkeys(content, file)
            if "id" in table:
                table["id_pattern"] = table.pop("id")
            good[source_id] = check(Source, table | {"id": source_id}, origins, layered[-1])
        except ConfigError as error:
            bad[source_id] = error.faults
    return Sources(good, bad)


def load_watchlist(overlay: Path, shipped: Path = SHIPPED) -> Watchlist:
    """Every watched entity in the shipped folder and in `overlay`, an overlay table's keys replacing the shipped one's.

    Raises ConfigError with all faults: half a watchlist would miss what it is there for.
    """
    tables: dict[str, dict[str, Any]] = {}
    origins: dict[str, dict[str, Path]] = {}
    faults: list[Fault] = []
    for layer in (shipped / "watchlist", overlay / "watchlist"):
        in_layer: dict[str, Path] = {}
        for file in sorted(layer.glob("*.toml")):
            try:
                content = read_toml(file)
            except ConfigError as error:
                faults += error.faults
                continue
            for entity_id, table in content.items():
                if not isinstance(table, dict):
                    faults.append(Fault(file, entity_id, "stands outside a table; each entity is a table [id]"))
                elif "id" in table:
                    faults.append(Fault(file, f"{entity_id}.id", "no such key (the table's name is the id)"))
                elif entity_id in in_layer:
                    faults.append(Fault(file, entity_id, f"is also in {in_layer[entity_id]}"))
                else:
                    in_layer[entity_id] = file
                    tables[entity_id] = tables.get(entity_id, {}) | table
                    origins[entity_id] = origins.get(entity_id, {}) | dict.fromkeys(table, file) | {"": file}
    entities = []
    for entity_id, table in tables.items():
        file = origins[entity_id][""]
        try:
            entities.append(check(Entity, table | {"id": entity_id}, origins[entity_id], file))
        except ConfigError as error:
            faults += [
                Fault(fault.file, f"{entity_id}{'.' if fault.key else ''}{fault.key}", fault.why)
                for fault in error.faults
            ]
    faults += _wrong_references(entities, origins) if not faults else []
    if faults:
        raise ConfigError(faults)
    return Watchlist(tuple(sorted(entities, key=lambda entity: entity.id)))


def _wrong_references(entities: Iterable[Entity], origins: dict[str, dict[str, Path]]) -> list[Fault]:
    """Parents that are no entity, and old ids that are an entity's or two entities' own."""
    entities = list(entities)
    ids = {entity.id for entity in entities}
    former: dict[str, str] = {}
    faults = []
    for entity in entities:
        file = origins[entity.id][""]
        if entity.parent is not None and entity.parent not in ids:
            faults.append(Fault(file, f"{entity.id}.parent", f"no entity {entity.parent}"))
        taken = [old for old in entity.was if old in ids or former.setdefault(old, entity.id) != entity.id]
        faults += [Fault(file, f"{entity.id}.was", f"{old} belongs to another entity") for old in taken]
    return faults
