"""What the embedded store is made of: its tables, and records as rows of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pipelines.store.base import Document, Quarantined, Query, Seen
from pipelines.store.document import UNREAD, from_json, record_of, to_json

LAYOUT = """
CREATE TABLE articles (
    n INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, time INTEGER NOT NULL,
    mentioning INTEGER NOT NULL, pending INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX articles_by_time ON articles (time DESC, _id);
CREATE INDEX articles_by_source ON articles (source, time DESC, _id);
CREATE INDEX articles_mentioning ON articles (time DESC, _id) WHERE mentioning;
CREATE INDEX articles_pending ON articles (time) WHERE pending;
CREATE TABLE entities (entity TEXT, time INTEGER, n INTEGER, kind TEXT, PRIMARY KEY (entity, time, n)) WITHOUT ROWID;
CREATE INDEX entities_by_kind ON entities (kind, time);
CREATE INDEX entities_by_article ON entities (n);
CREATE TABLE urls (url TEXT, n INTEGER, PRIMARY KEY (url, n)) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5 (
    terms, words, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
CREATE TABLE revisions (_id TEXT PRIMARY KEY, article TEXT NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX revisions_by_article ON revisions (article, revision);
CREATE TABLE seen (
    _id TEXT PRIMARY KEY, outcome TEXT NOT NULL, article TEXT, etag TEXT, modified TEXT, checked INTEGER NOT NULL,
    next_check INTEGER
) WITHOUT ROWID;
CREATE TABLE runs (_id TEXT PRIMARY KEY, source TEXT NOT NULL, started INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX runs_by_start ON runs (started DESC);
CREATE INDEX runs_by_source ON runs (source, started DESC);
CREATE TABLE quarantine (
    _id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, "when" INTEGER NOT NULL, why TEXT NOT NULL,
    traceback TEXT NOT NULL, page BLOB NOT NULL
);
"""
REPORTS = """
CREATE INDEX articles_by_report ON articles (json_extract(document, '$.report'), time DESC);
CREATE INDEX articles_by_event ON articles (json_extract(document, '$.event'));
CREATE TABLE targets (entity TEXT, time INTEGER, n INTEGER, PRIMARY KEY (entity, time, n)) WITHOUT ROWID;
CREATE INDEX targets_by_article ON targets (n);
CREATE TABLE events (_id TEXT PRIMARY KEY, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX events_by_start ON events ("from" DESC, _id);
CREATE TABLE event_targets (
    entity TEXT, "from" INTEGER, event TEXT, PRIMARY KEY (entity, "from", event)
) WITHOUT ROWID;
CREATE INDEX event_targets_by_event ON event_targets (event);
CREATE TABLE leases (_id TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL);
"""
"""Since version 2: what articles report, and events."""


def milliseconds(moment: datetime) -> int:
    """Since 1970 in UTC: what the tables keep."""
    return round(moment.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """The moment that was kept so."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def condition(query: Query) -> tuple[str, list[Any]]:
    """`query` as SQL on the table articles, and its values."""
    parts: list[str] = ["1"]
    values: list[Any] = []

    def among(text: str, wanted: Sequence[str]) -> None:
        parts.append(text.format(",".join("?" * len(wanted))))
        values.extend(wanted)

    if query.entities:
        among("n IN (SELECT n FROM entities WHERE entity IN ({}))", query.entities)
    if query.kinds:
        among("n IN (SELECT n FROM entities WHERE kind IN ({}))", query.kinds)
    if query.sources:
        among("source IN ({})", query.sources)
    if query.since is not None:
        parts.append("time >= ?")
        values.append(milliseconds(query.since))
    if query.until is not None:
        parts.append("time < ?")
        values.append(milliseconds(query.until))
    if query.words:
        parts.append("n IN (SELECT rowid FROM search WHERE search MATCH ?)")
        quoted = (f'"{word.replace(chr(34), "")}"' for word in query.words)
        values.append("terms : (" + " AND ".join(quoted) + ")")
    if query.mentioning:
        parts.append("mentioning")
    return " AND ".join(parts), values


def put_article(connection: sqlite3.Connection, document: Document) -> None:
    """Insert or replace an article and everything that is found by."""
    row = connection.execute("SELECT n, document FROM articles WHERE _id = ?", (document["_id"],)).fetchone()
    if row:
        for table in ("entities", "targets", "urls"):
            connection.execute(f"DELETE FROM {table} WHERE n = ?", row[:1])  # noqa: S608 (names of ours)
        # The index keeps no texts of its own, so it has to be told what it is to forget.
        connection.execute(
            "INSERT INTO search (search, rowid, terms, words) VALUES ('delete', ?, ?, ?)",
            (row[0], *_searched(from_json(row[1]))),
        )
    time = milliseconds(document["time"])
    values = (document["source"], time, bool(document["entities"]), bool(document["pending"]), to_json(document))
    if row:
        statement = "UPDATE articles SET source = ?, time = ?, mentioning = ?, pending = ?, document = ? WHERE n = ?"
        connection.execute(statement, (*values, row[0]))
        n = row[0]
    else:
        statement = "INSERT INTO articles (source, time, mentioning, pending, document, _id) VALUES (?, ?, ?, ?, ?, ?)"
        n = connection.execute(statement, (*values, document["_id"])).lastrowid
    kinds = {mention["entity"]: mention["kind"] for mention in document["mentions"]}
    rows = [(entity, time, n, kinds.get(entity, "")) for entity in document["entities"]]
    connection.executemany("INSERT INTO entities VALUES (?, ?, ?, ?)", rows)
    targets = [(entity, time, n) for entity in document.get("targets", ())]
    connection.executemany("INSERT INTO targets VALUES (?, ?, ?)", targets)
    connection.executemany("INSERT INTO urls VALUES (?, ?)", [(url, n) for url in document["urls"]])
    connection.execute("INSERT INTO search (rowid, terms, words) VALUES (?, ?, ?)", (n, *_searched(document)))


def _searched(document: Document) -> tuple[str, str]:
    return " ".join(document["terms"]), document["words"]


def reports_added(connection: sqlite3.Connection) -> str:
    """From version 1 to 2: tables of targets and events; articles report nothing until they are tagged again."""
    for statement in REPORTS.split(";\n"):
        connection.execute(statement)
    nothing = {name: json.dumps(value) for name, value in UNREAD.items()}
    pairs = ", ".join(f"'$.{name}', json(?)" for name in nothing)
    changed = connection.execute(
        f"UPDATE articles SET document = json_set(document, {pairs}, '$.schema', 2)",  # noqa: S608 (names of ours)
        list(nothing.values()),
    )
    return f"version 2: {changed.rowcount} articles have fields for what they report; `marsad retag` fills them"


def put_event(connection: sqlite3.Connection, event: Document) -> None:
    """Insert or replace an event and what it is found by."""
    drop_event(connection, event["_id"])
    start = milliseconds(event["from"])
    values = (event["_id"], start, milliseconds(event["to"]), to_json(event))
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", values)
    rows = [(entity, start, event["_id"]) for entity in event["targets"]]
    connection.executemany("INSERT INTO event_targets VALUES (?, ?, ?)", rows)


def drop_event(connection: sqlite3.Connection, event_id: str) -> None:
    """Forget an event that turned out to be part of another one."""
    connection.execute("DELETE FROM events WHERE _id = ?", (event_id,))
    connection.execute("DELETE FROM event_targets WHERE event = ?", (event_id,))


def put_revision(connection: sqlite3.Connection, document: Document) -> None:
    """Insert or replace an earlier text."""
    values = (document["_id"], document["article"], document["revision"], to_json(document))
    connection.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?)", values)


def put_run(connection: sqlite3.Connection, record: Document) -> None:
    """Insert or replace the record of a run."""
    values = (record["_id"], record["source"], milliseconds(record["started"]), to_json(record))
    connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", values)


def put_seen(connection: sqlite3.Connection, record: Document) -> None:
    """Insert or replace what is known of a URL."""
    times = (milliseconds(record["checked"]), milliseconds(record["next_check"]) if record["next_check"] else None)
    values = (*(record[name] for name in ("_id", "outcome", "article", "etag", "modified")), *times)
    connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def _put_quarantine_record(connection: sqlite3.Connection, record: Document) -> None:
    values = {name: record["_id" if name == "id" else name] for name in (f.name for f in fields(Quarantined))}
    put_quarantined(connection, Quarantined(**values))


def put_quarantined(connection: sqlite3.Connection, record: Quarantined) -> None:
    """Insert or replace a surprise."""
    values = (
        record.id,
        record.source,
        record.url,
        milliseconds(record.when),
        record.why,
        record.traceback,
        record.page,
    )
    connection.execute("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?)", values)


LOADERS = {
    "articles": put_article,
    "revisions": put_revision,
    "seen": put_seen,
    "runs": put_run,
    "quarantine": _put_quarantine_record,
    "events": put_event,
}


def dumped(collection: str, row: tuple[Any, ...]) -> Document:
    """A row of a table as a plain document."""
    if collection in ("articles", "revisions", "runs", "events"):
        return from_json(row[-1])
    if collection == "seen":
        return record_of(seen_of(row))
    return record_of(quarantined_of(row))


def quarantined_of(row: tuple[Any, ...]) -> Quarantined:
    """The surprise in a row."""
    key, source, url, when, why, traceback, page = row
    return Quarantined(id=key, source=source, url=url, when=moment(when), why=why, traceback=traceback, page=page)


def seen_of(row: tuple[Any, ...]) -> Seen:
    """What is known of a URL, from a row."""
    url, outcome, article, etag, modified, checked, again = row
    return Seen(url, outcome, article, etag, modified, moment(checked), moment(again) if again is not None else None)
