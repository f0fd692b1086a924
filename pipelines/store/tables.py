"""What the embedded store is made of: its tables, and records as rows of them."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pipelines.store.base import SCHEMA, Document, Quarantined, Seen
from pipelines.store.days import counted
from pipelines.store.document import UNREAD, from_json, record_of, to_json
from pipelines.store.matching import milliseconds, row_of, sentence_rows, tokens
from pipelines.store.sqlite_outbox import LAYOUT as OUTBOX
from pipelines.store.sqlite_outbox import put_delivery

LAYOUT = """
CREATE TABLE IF NOT EXISTS articles (
    n INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, day TEXT NOT NULL, story TEXT,
    mentions INTEGER NOT NULL, outlets INTEGER, revision INTEGER NOT NULL, event_from INTEGER, event_to INTEGER,
    pending INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_pending ON articles (n) WHERE pending;
CREATE TABLE IF NOT EXISTS documents (n INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entities (
    n INTEGER, entity TEXT, kind TEXT, PRIMARY KEY (n, entity)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sentences (
    n INTEGER, sentence INTEGER, token TEXT, PRIMARY KEY (n, sentence, token)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    n INTEGER, event TEXT, target TEXT, PRIMARY KEY (n, event, target)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bands (band INTEGER, n INTEGER, PRIMARY KEY (band, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bands_by_article ON bands (n);
CREATE TABLE IF NOT EXISTS stories (_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS urls (url TEXT, n INTEGER, PRIMARY KEY (url, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS urls_by_article ON urls (n);
CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
    terms, words, content='', columnsize=0, tokenize="ascii tokenchars '_:=-'"
);
CREATE TABLE IF NOT EXISTS days (
    field TEXT, value TEXT, day TEXT, articles INTEGER NOT NULL, PRIMARY KEY (field, value, day)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS days_by_day ON days (field, day, value, articles);
CREATE TABLE IF NOT EXISTS revisions (
    _id TEXT PRIMARY KEY, article TEXT NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS revisions_by_article ON revisions (article, revision);
CREATE TABLE IF NOT EXISTS seen (
    _id TEXT PRIMARY KEY, outcome TEXT NOT NULL, article TEXT, etag TEXT, modified TEXT, checked INTEGER NOT NULL,
    next_check INTEGER, source TEXT NOT NULL DEFAULT '', since INTEGER, digest TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_due ON seen (source, next_check) WHERE next_check IS NOT NULL;
CREATE TABLE IF NOT EXISTS hosts (_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    _id TEXT PRIMARY KEY, source TEXT NOT NULL, started INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started DESC);
CREATE INDEX IF NOT EXISTS runs_by_source ON runs (source, started DESC);
CREATE TABLE IF NOT EXISTS quarantine (
    _id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, "when" INTEGER NOT NULL, why TEXT NOT NULL,
    traceback TEXT NOT NULL, page BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    _id TEXT PRIMARY KEY, "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_start ON events ("from" DESC, _id);
CREATE TABLE IF NOT EXISTS event_targets (
    entity TEXT, "from" INTEGER, event TEXT, PRIMARY KEY (entity, "from", event)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_targets_by_event ON event_targets (event);
"""


_ARTICLE = "n, _id, source, day, story, mentions, outlets, revision, event_from, event_to, pending"


def make_tables(connection: sqlite3.Connection) -> None:
    """Those of SCHEMA, where they are missing."""
    for statement in (LAYOUT + OUTBOX).split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def moved_to_rows_by_time(connection: sqlite3.Connection) -> str:
    """From version 1: rows in the order of time, fields in the search index, articles counted by day.

    Articles report nothing until they are tagged again.
    """
    connection.execute("ALTER TABLE articles RENAME TO articles_of_1")
    for name in ("by_time", "by_source", "mentioning", "pending"):
        connection.execute(f"DROP INDEX articles_{name}")
    for name in ("entities", "urls", "search"):
        connection.execute(f"DROP TABLE {name}")
    for column in ("source TEXT NOT NULL DEFAULT ''", "since INTEGER", "digest TEXT"):
        connection.execute(f"ALTER TABLE seen ADD COLUMN {column}")
    make_tables(connection)
    moved = 0
    for (text,) in connection.execute("SELECT document FROM articles_of_1 ORDER BY time, _id DESC"):
        put_article(connection, UNREAD | from_json(text) | {"schema": 2})
        moved += 1
    connection.execute("DROP TABLE articles_of_1")
    return (
        f"version 2: {moved} articles in the order of time, with a search index of their fields and counts by day;"
        " `marsad retag` reads what they report"
    )


def moment(milliseconds: int) -> datetime:
    """The moment that was kept so."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def put_article(connection: sqlite3.Connection, document: Document) -> None:
    """Insert or replace an article and everything that it is found by."""
    statement = "SELECT n, document FROM articles JOIN documents USING (n) WHERE _id = ?"
    row = connection.execute(statement, (document["_id"],)).fetchone()
    if row:
        _forget(connection, row[0], from_json(row[1]))
    n = _free_row(connection, document)
    mentions = document["mentions"]
    values = (
        *(n, document["_id"], document["source"], document["day"], document.get("story")),
        *(len(mentions), document.get("outlets"), document["revision"]),
        *(None if (when := document.get(name)) is None else milliseconds(when) for name in ("event_from", "event_to")),
        bool(document["pending"]),
    )
    connection.execute(f"INSERT INTO articles ({_ARTICLE}) VALUES ({','.join('?' * len(values))})", values)  # noqa: S608 (ours)
    connection.execute("INSERT INTO documents VALUES (?, ?)", (n, to_json(document)))
    kinds = {mention["entity"]: mention["kind"] for mention in mentions}
    entities = [(n, entity, kinds.get(entity, "")) for entity in document["entities"]]
    connection.executemany("INSERT OR IGNORE INTO entities VALUES (?, ?, ?)", entities)
    sentences = [(n, *row) for row in sorted(sentence_rows(document))]
    connection.executemany("INSERT INTO sentences VALUES (?, ?, ?)", sentences)
    _put_told(connection, n, document)
    connection.executemany("INSERT OR IGNORE INTO urls VALUES (?, ?)", [(url, n) for url in document["urls"]])
    bands = [(band, n) for band in document.get("bands", ())]
    connection.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", bands)
    searched = (n, tokens(document), document["words"])
    connection.execute("INSERT INTO search (rowid, terms, words) VALUES (?, ?, ?)", searched)
    _count(connection, document, 1)


def set_pass(connection: sqlite3.Connection, n: int, stored: Document, fields: Document) -> None:
    """Give an article at row `n` what a pass over it finds out: story, outlets, event, pending, and no other field."""
    document = stored | fields
    if document == stored:
        return
    values = (document.get("story"), document.get("outlets"), bool(document["pending"]), n)
    connection.execute("UPDATE articles SET story = ?, outlets = ?, pending = ? WHERE n = ?", values)
    if stored.get("told") != document.get("told"):
        connection.execute("DELETE FROM told WHERE n = ?", (n,))
        _put_told(connection, n, document)
    connection.execute("UPDATE documents SET document = ? WHERE n = ?", (to_json(document), n))
    before, after = tokens(stored), tokens(document)
    if before != after:
        statement = "INSERT INTO search (search, rowid, terms, words) VALUES ('delete', ?, ?, ?)"
        connection.execute(statement, (n, before, stored["words"]))
        statement = "INSERT INTO search (rowid, terms, words) VALUES (?, ?, ?)"
        connection.execute(statement, (n, after, document["words"]))


def _put_told(connection: sqlite3.Connection, n: int, document: Document) -> None:
    rows = [(n, told["event"], target) for told in document.get("told", ()) for target in told["targets"]]
    connection.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", rows)


def _forget(connection: sqlite3.Connection, n: int, document: Document) -> None:
    for table in ("articles", "documents", "entities", "sentences", "told", "urls", "bands"):
        connection.execute(f"DELETE FROM {table} WHERE n = ?", (n,))  # noqa: S608 (names of ours)
    # The index keeps no texts of its own, so it has to be told what it is to forget.
    searched = (n, tokens(document), document["words"])
    connection.execute("INSERT INTO search (search, rowid, terms, words) VALUES ('delete', ?, ?, ?)", searched)
    _count(connection, document, -1)


def _free_row(connection: sqlite3.Connection, document: Document) -> int:
    """Where the article belongs; beside it where another one is, on the side that its id says.

    Articles of one millisecond whose ids begin alike can come to stand in another order than that of their ids.
    """
    n = row_of(document["time"], document["_id"])
    step = 0
    while taken := connection.execute("SELECT _id FROM articles WHERE n = ?", (n,)).fetchone():
        step = step or (-1 if document["_id"] > taken[0] else 1)
        n += step
    return n


def _count(connection: sqlite3.Connection, document: Document, change: int) -> None:
    rows = [(*key, change) for key in counted(document)]
    statement = "INSERT INTO days VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET articles = articles + excluded.articles"
    connection.executemany(statement, rows)
    if change < 0:
        gone = "DELETE FROM days WHERE field = ? AND value = ? AND day = ? AND articles = 0"
        connection.executemany(gone, [row[:3] for row in rows])


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


def put_story(connection: sqlite3.Connection, story: Document) -> None:
    """Insert or replace a story."""
    connection.execute("INSERT OR REPLACE INTO stories VALUES (?, ?)", (story["_id"], to_json(story)))


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
    "events": put_event,
    "stories": put_story,
    "hosts": put_host,
    "deliveries": put_delivery,
}


def dumped(collection: str, row: tuple[Any, ...]) -> Document:
    """A row of a table as a plain document."""
    if collection in ("articles", "revisions", "runs", "events", "stories", "hosts", "deliveries"):
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
