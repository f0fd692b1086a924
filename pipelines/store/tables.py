"""What the embedded store is made of: its tables, and records as rows of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pipelines.store.base import Document, Quarantined, Query, Seen
from pipelines.store.document import from_json, record_of, to_json

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
    next_check INTEGER, source TEXT NOT NULL DEFAULT '', since INTEGER, digest TEXT
) WITHOUT ROWID;
CREATE INDEX seen_due ON seen (source, next_check) WHERE next_check IS NOT NULL;
CREATE TABLE hosts (_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE runs (_id TEXT PRIMARY KEY, source TEXT NOT NULL, started INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX runs_by_start ON runs (started DESC);
CREATE INDEX runs_by_source ON runs (source, started DESC);
CREATE TABLE quarantine (
    _id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, "when" INTEGER NOT NULL, why TEXT NOT NULL,
    traceback TEXT NOT NULL, page BLOB NOT NULL
);
"""

MIGRATIONS = {
    # From version 1: when and for which source an address is looked at again, and what is known of web servers.
    1: """
ALTER TABLE seen ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE seen ADD COLUMN since INTEGER;
ALTER TABLE seen ADD COLUMN digest TEXT;
CREATE INDEX seen_due ON seen (source, next_check) WHERE next_check IS NOT NULL;
CREATE TABLE hosts (_id TEXT PRIMARY KEY, document TEXT NOT NULL);
"""
}
"""By version: statements that make the next version of it."""


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
        for table in ("entities", "urls"):
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
    connection.executemany("INSERT INTO urls VALUES (?, ?)", [(url, n) for url in document["urls"]])
    connection.execute("INSERT INTO search (rowid, terms, words) VALUES (?, ?, ?)", (n, *_searched(document)))


def _searched(document: Document) -> tuple[str, str]:
    return " ".join(document["terms"]), document["words"]


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
    checked, again, since = (
        milliseconds(record[name]) if record.get(name) else None for name in ("checked", "next_check", "since")
    )
    values = (
        *(record[name] for name in ("_id", "outcome", "article", "etag", "modified")),
        *(checked, again, record.get("source", ""), since, record.get("digest")),
    )
    connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def put_host(connection: sqlite3.Connection, record: Document) -> None:
    """Insert or replace what is known of a web server."""
    connection.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?)", (record["_id"], to_json(record)))


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
    "hosts": put_host,
}


def dumped(collection: str, row: tuple[Any, ...]) -> Document:
    """A row of a table as a plain document."""
    if collection in ("articles", "revisions", "runs", "hosts"):
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
    url, outcome, article, etag, modified, checked, again, source, since, digest = row
    next_check, since = (moment(value) if value is not None else None for value in (again, since))
    return Seen(url, outcome, article, etag, modified, moment(checked), next_check, source, since, digest)
