"""Which stored articles share bands with a text (pipelines/dedupe.py): the same, in the same order, in both stores."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from pipelines.store.base import Document
from pipelines.store.document import with_dates
from pipelines.store.matching import SLOTS, first_row, milliseconds

FIELDS = (
    *("_id", "time", "story", "pending", "fingerprint", "signature", "targets", "event_from", "event_to"),
    "source",
)
"""What of an article decides about its story."""


def nearest(shared: Iterable[tuple[str, datetime, int]], near: datetime, limit: int) -> list[str]:
    """Ids of so many of the articles (id, time, bands shared).

    Who shares most comes first, then who is nearest in time, of two equally near the later one, then by id.
    """
    ordered = sorted(shared, key=lambda one: (-one[2], abs(one[1] - near), near - one[1], one[0]))
    return [one[0] for one in ordered[:limit]]


def in_tables(
    connection: sqlite3.Connection,
    bands: Sequence[int],
    near: datetime,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[Document]:
    """As `Store.alike`, from the embedded store's tables: rows lie in the order of time."""
    marks = ",".join("?" * len(bands))
    statement = (
        f"SELECT json_extract(document, {', '.join(repr(f'$.{name}') for name in FIELDS)}) FROM"  # noqa: S608 (ours)
        f" (SELECT b.n, count(*) AS shared FROM bands b WHERE b.band IN ({marks}) AND b.n >= ? AND b.n < ?"
        " GROUP BY b.n ORDER BY shared DESC, abs((b.n >> 21) - ?), b.n DESC LIMIT ?) found"
        " JOIN documents d ON d.n = found.n ORDER BY found.shared DESC, abs((found.n >> 21) - ?), found.n DESC"
    )
    middle = milliseconds(near)
    values = (*bands, first_row(since), first_row(until) + SLOTS, middle, limit, middle)
    rows = connection.execute(statement, values)
    return [with_dates(dict(zip(FIELDS, json.loads(row[0]), strict=True))) for row in rows]
