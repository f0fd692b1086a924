"""Stored values in the forms that other programs read."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from config import settings
from pipelines.records import utc_text
from pipelines.store.base import SCHEMA, Document, Store
from pipelines.store.document import with_dates

if TYPE_CHECKING:
    from config.entities import Entity


def plain(value: Any) -> Any:
    """`value` with dataclasses as objects, moments as ISO 8601 in UTC ("2026-11-05T11:30:00Z") and sets as lists."""
    if isinstance(value, datetime):
        return utc_text(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def json_line(value: Any) -> str:
    """`value` as one line of JSON in UTF-8, Arabic letters as they are."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(", ", ": "))


# ---------------------------------------------------------------- spreadsheets
COLUMNS = (
    *("id", "time", "day", "source", "title", "url", "authors", "section", "entities", "bases", "groups", "countries"),
    *("report", "targets", "claimed_by", "denied_by", "story", "event", "state", "revision"),
)
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]")
BOM = "\ufeff"
"""What makes Excel read a CSV file as UTF-8."""


def cell(value: Any) -> str:
    """A value as text of one cell; what a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        value = f"{value.astimezone(ZoneInfo(settings.MARSAD_TIMEZONE)):%Y-%m-%d %H:%M}"
    elif isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table that Excel opens: UTF-8 with its mark, lines ended by CR LF, no formulas."""
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)


def article_row(document: Document) -> list[Any]:
    """An article's COLUMNS."""
    return [document.get("_id" if column == "id" else column) for column in COLUMNS]


# ---------------------------------------------------------------- for mongoimport
def extended_json_line(document: Document) -> str:
    """One line of MongoDB's Extended JSON (relaxed, version 2): what `mongoimport` reads."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_extended)


def _extended(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    raise TypeError(f"{type(value).__name__} is not exported")


# ---------------------------------------------------------------- maps
def write_geojson(out: TextIO, places: Iterable[tuple[Entity, int, str, str]]) -> None:
    """Entities with coordinates, how many articles mention each, on which first and last day."""
    out.write('{"type": "FeatureCollection", "features": [')
    for number, (entity, articles, first, last) in enumerate(places):
        properties = {
            **{"id": entity.id, "name": entity.name, "en": entity.en, "kind": entity.kind, "country": entity.country},
            **{"precision": entity.precision, "articles": articles, "first": first, "last": last},
        }
        point = {"type": "Point", "coordinates": [entity.lon, entity.lat]}
        feature = {"type": "Feature", "id": entity.id, "geometry": point, "properties": properties}
        out.write(("," if number else "") + "\n" + json_line(feature))
    out.write("\n]}\n")


# ---------------------------------------------------------------- and back
_BATCH = 200
_NEEDED = ("_id", "schema", "source", "url", "urls", "title", "body", "time", "day", "fetched", "entities", "mentions")


def load_articles(store: Store, file: Path) -> int:
    """Put the articles of a file of JSON Lines or Extended JSON into the store; says how many.

    Raises ValueError naming the line that is none, before anything of its batch is stored; OSError for a file that
    cannot be read.
    """
    loaded = 0
    with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
        documents = (_document(file, number, line) for number, line in enumerate(lines, 1) if line.strip())
        while batch := list(islice(documents, _BATCH)):
            store.load("articles", batch)
            loaded += len(batch)
    return loaded


def _document(file: Path, number: int, line: bytes) -> Document:
    try:
        document = json.loads(line, object_hook=_moments)
        if not isinstance(document, dict) or (missing := [name for name in _NEEDED if name not in document]):
            raise ValueError(f"no article (lacks {', '.join(missing)})" if isinstance(document, dict) else "no object")
        if document["schema"] > SCHEMA:
            raise ValueError(f"schema version {document['schema']}, this program knows {SCHEMA}")
        return with_dates(document)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file}:{number}: not an article as `marsad export` writes it: {error}") from None


def _moments(value: Document) -> Any:
    return datetime.fromisoformat(value["$date"]) if value.keys() == {"$date"} else value
