"""The embedded store: one SQLite file, for one machine."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.records import Article, Change
from pipelines.store import alike, lease
from pipelines.store.base import (
    COLLECTIONS,
    SCHEMA,
    Document,
    Host,
    Info,
    Outcome,
    Quarantined,
    Run,
    Saved,
    Seen,
    StoreError,
)
from pipelines.store.counting import count, recount, tally
from pipelines.store.document import (
    decide,
    from_json,
    host_of,
    marked,
    record_of,
    refusal,
    refused,
    revision_of,
    run_of,
    telling,
    to_json,
)
from pipelines.store.matching import SLOTS, first_row, holds, lines, milliseconds, plan, row_of
from pipelines.store.query import FIELDS, Counted, Cursor, Query, unindexed
from pipelines.store.sqlite_outbox import SQLiteOutbox, has_table
from pipelines.store.tables import (
    LOADERS,
    drop_event,
    dumped,
    make_tables,
    moment,
    moved_to_rows_by_time,
    put_article,
    put_event,
    put_host,
    put_quarantined,
    put_revision,
    put_run,
    put_seen,
    put_story,
    quarantined_of,
    seen_of,
    set_pass,
)

BUSY_SECONDS = 30.0
"""How long a write waits for another process's."""
KEPT = 4
"""Reading connections that are kept open while nobody reads."""
ONE = "SELECT n, document FROM articles JOIN documents USING (n) WHERE _id = ?"
STEPS = {1: moved_to_rows_by_time}
"""By version: what makes the next one of it, and says so."""


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Change to the write-ahead log, which SQLite refuses at once, without its timeout, while another process does the
    same to a new file. Raises sqlite3.OperationalError where that goes on."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class _Reader:
    connection: sqlite3.Connection
    file: tuple[int, int] | None
    """Device and inode of what it reads; None: it sees no changes, so it is for one question."""


class SQLiteStore:
    """See `store.base.Store`. One writing connection behind a lock; reading ones are read-only, each for one reader.

    A reading one is kept for the next question: a new one has to look anew at the file, the tables and the index.
    """

    def __init__(self, path: Path, timezone: str) -> None:
        self.uri = str(path)
        self._path = path
        self._timezone = timezone
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._idle: list[_Reader] = []
        self.outbox = SQLiteOutbox(self._read, self._write)

    # ------------------------------------------------------------------ connections
    @contextmanager
    def _complaints(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path}: {error}. Is it a Marsad store, on a disk that works and has room?"
            ) from None

    def _version(self, connection: sqlite3.Connection, *, migrating: bool = False) -> int:
        """The schema version; 0 for an empty store. Raises StoreError for a newer one, and for an older one."""
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise StoreError(
                f"{self._path} has schema version {version}, this program knows {SCHEMA}: use a newer Marsad for it"
            )
        if 0 < version < SCHEMA and not migrating:
            raise StoreError(
                f"{self._path} has schema version {version}, this program wants {SCHEMA}: call `marsad store migrate`"
            )
        return version

    @contextmanager
    def _read(self, *, migrating: bool = False) -> Iterator[sqlite3.Connection | None]:
        """A read-only connection; None where there is no store yet."""
        with self._complaints():
            reader = self._reader()
            if reader is None:
                yield None
                return
            try:
                yield reader.connection if self._version(reader.connection, migrating=migrating) else None
            except BaseException:
                # Also when somebody wanted no more rows: a statement that has not ended would see no later writes.
                reader.connection.close()
                raise
            if reader.file and len(self._idle) < KEPT:
                self._idle.append(reader)
            else:
                reader.connection.close()

    def _reader(self) -> _Reader | None:
        """One that nobody uses; None where there is no file."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        file = (status.st_dev, status.st_ino)
        while True:
            try:
                reader = self._idle.pop()
            except IndexError:
                break
            if reader.file == file:
                return reader
            # Another store was put into its place.
            reader.connection.close()
        try:
            return _Reader(self._open("mode=ro"), file)
        except sqlite3.OperationalError:
            # In a folder that may not be written WAL's helper files cannot be made; then nobody writes either.
            return _Reader(self._open("mode=ro&immutable=1"), None)

    def _open(self, mode: str) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.create_function("holds", 2, holds, deterministic=True)
            connection.create_function("lines", 3, lines, deterministic=True)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _write(self, *, migrating: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction on the writing connection; makes the store where there is none."""
        with self._lock, self._complaints():
            opened = self._writer is None
            if self._writer is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = self._open("mode=rwc")
                _write_ahead(connection)
                # A killed process loses nothing; a power cut may lose the last moments, which are then crawled again.
                connection.execute("PRAGMA synchronous = NORMAL")
                self._writer = connection
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                version = self._version(self._writer, migrating=migrating)
                if not version or (opened and version == SCHEMA):
                    # Also those that the version has had only since this store was made.
                    make_tables(self._writer)
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            while self._idle:
                self._idle.pop().connection.close()

    # ------------------------------------------------------------------ layout
    def init(self) -> None:
        """Make the tables where they are missing."""
        with self._write() as connection:
            make_tables(connection)

    def migrate(self) -> list[str]:
        """One transaction a step: a step that was stopped has changed nothing."""
        with self._read(migrating=True) as connection:
            told = [] if connection is not None else [f"made the tables of version {SCHEMA}"]
        while True:
            with self._write(migrating=True) as connection:
                version = self._version(connection, migrating=True)
                if version == SCHEMA:
                    return told
                told.append(STEPS[version](connection))
                connection.execute(f"PRAGMA user_version = {version + 1}")

    def info(self) -> Info:
        """Sizes, as SQLite's dbstat tells them; where that is missing, of the whole file."""
        server = f"SQLite {sqlite3.sqlite_version}"
        with self._read() as connection:
            if connection is None:
                return Info(self.uri, server, SCHEMA, dict.fromkeys(COLLECTIONS, (0, 0)), {})
            try:
                sizes = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
            except sqlite3.Error:
                sizes = {}
            counts = {
                name: (int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]), int(sizes.get(name, 0)))  # noqa: S608 (names of ours)
                for name in COLLECTIONS
                if has_table(connection, name)
            }
            counts = {name: counts.get(name, (0, 0)) for name in COLLECTIONS}
            counts["articles"] = (counts["articles"][0], counts["articles"][1] + int(sizes.pop("documents", 0)))
            indexes = {name: int(size) for name, size in sorted(sizes.items()) if name not in counts}
            return Info(self.uri, server, SCHEMA, counts, indexes)

    # ------------------------------------------------------------------ what the crawler writes
    def seen(self, urls: Sequence[str]) -> dict[str, Seen]:
        """What is known of these URLs."""
        with self._read() as connection:
            if connection is None:
                return {}
            found: dict[str, Seen] = {}
            for start in range(0, len(urls), 500):
                some = list(urls[start : start + 500])
                marks = ",".join("?" * len(some))
                for row in connection.execute(f"SELECT * FROM seen WHERE _id IN ({marks})", some):  # noqa: S608 (marks)
                    found[row[0]] = seen_of(row)
            return found

    def note(self, seen: Iterable[Seen]) -> None:
        """Remember."""
        with self._write() as connection:
            for one in seen:
                put_seen(connection, record_of(one))

    def due(self, source: str, now: datetime, since: datetime, *, limit: int) -> list[Seen]:
        """Addresses to be looked at again."""
        statement = (
            "SELECT * FROM seen WHERE source = ? AND next_check <= ? AND since >= ? AND outcome <> 'entrance'"
            " ORDER BY next_check, _id LIMIT ?"
        )
        with self._read() as connection:
            values = (source, milliseconds(now), milliseconds(since), limit)
            return [seen_of(row) for row in connection.execute(statement, values)] if connection else []

    def mark(self, changes: Iterable[Change]) -> int:
        """Note that pages are gone or moved."""
        news = 0
        with self._write() as connection:
            for change in changes:
                row = connection.execute(ONE, (change.article,)).fetchone()
                stored = from_json(row[1]) if row else None
                fields = marked(stored, change) if stored is not None else None
                if stored is not None and fields is not None:
                    put_article(connection, stored | fields)
                    news += 1
        return news

    def host(self, host_id: str) -> Host | None:
        """What is known of a web server."""
        with self._read() as connection:
            row = connection.execute("SELECT document FROM hosts WHERE _id = ?", (host_id,)) if connection else None
            found = row.fetchone() if row else None
            return host_of(from_json(found[0])) if found else None

    def note_host(self, host: Host) -> None:
        """Remember."""
        with self._write() as connection:
            put_host(connection, record_of(host))

    def save(self, articles: Sequence[Article], *, ring: bool = True) -> list[Saved]:
        """Store a batch in one transaction: no other writer comes between reading and writing."""
        answers: list[Saved] = []
        with self._write() as connection:
            for article in articles:
                row = connection.execute(ONE, (article.id,)).fetchone()
                stored = from_json(row[1]) if row else None
                outcome, document = decide(stored, article, self._timezone, ring=ring)
                answers.append(self._save_one(connection, row[0] if row else None, stored, outcome, document))
        return answers

    def _save_one(
        self,
        connection: sqlite3.Connection,
        n: int | None,
        stored: Document | None,
        outcome: Outcome,
        document: Document,
    ) -> Saved:
        why = refusal(document)
        if why:
            put_quarantined(connection, refused(document, why, document["fetched"]))
            return Saved(document["_id"], "refused", stored["revision"] if stored else 0, why)
        if outcome == "revised" and stored is not None:
            put_revision(connection, revision_of(stored))
        if outcome == "unchanged" and stored is not None and stored["state"] == document["state"]:
            connection.execute("UPDATE documents SET document = ? WHERE n = ?", (to_json(document), n))
            connection.executemany("INSERT OR IGNORE INTO urls VALUES (?, ?)", [(url, n) for url in document["urls"]])
        else:
            put_article(connection, document)
        return Saved(document["_id"], outcome, document["revision"])

    def retag(self, changes: Mapping[str, Document], revisions: Mapping[str, int]) -> int:
        """Give stored articles other tags."""
        changed = 0
        with self._write() as connection:
            for article_id, fields in changes.items():
                row = connection.execute(ONE, (article_id,)).fetchone()
                stored = from_json(row[1]) if row else None
                if stored is not None and stored["revision"] == revisions[article_id]:
                    put_article(connection, stored | fields)
                    changed += 1
        return changed

    # ------------------------------------------------------------------ what a pass over new articles does
    def pending(self, *, limit: int) -> list[Document]:
        """Articles to be looked at, oldest first."""
        statement = "SELECT document FROM articles JOIN documents USING (n) WHERE pending ORDER BY n >> 21, _id LIMIT ?"
        with self._read() as connection:
            rows = connection.execute(statement, (limit,)) if connection else ()
            return [from_json(row[0]) for row in rows]

    def settle(self, revisions: Mapping[str, int]) -> int:
        """Mark articles as looked at."""
        changed = 0
        with self._write() as connection:
            for article_id, revision in revisions.items():
                changed += self._set(connection, article_id, {"pending": False}, revision)
        return changed

    def change_events(
        self, put: Sequence[Document], gone: Sequence[str], articles: Mapping[str, Sequence[Document]]
    ) -> None:
        """Store events and what articles tell of, in one transaction."""
        with self._write() as connection:
            for part in gone:
                drop_event(connection, part)
            for event in put:
                put_event(connection, event)
            for article_id, told in articles.items():
                self._set(connection, article_id, telling(told))

    @staticmethod
    def _set(connection: sqlite3.Connection, article_id: str, fields: Document, revision: int | None = None) -> bool:
        """Set what a pass over an article found out; False where it is another revision."""
        row = connection.execute(ONE, (article_id,)).fetchone()
        stored = from_json(row[1]) if row else None
        if stored is None or (revision is not None and stored["revision"] != revision):
            return False
        set_pass(connection, row[0], stored, fields)
        return True

    def alike(
        self, bands: Sequence[int], *, near: datetime, since: datetime, until: datetime, limit: int
    ) -> list[Document]:
        """Articles that share bands."""
        with self._read() as connection:
            if connection is None or not bands:
                return []
            return alike.in_tables(connection, bands, near, since, until, limit)

    def change_stories(
        self, put: Sequence[Document], articles: Mapping[str, Document], before: Mapping[str, str | None]
    ) -> None:
        """Store stories and what articles belong to, in one transaction."""
        with self._write() as connection:
            for story in put:
                put_story(connection, story)
            for article_id, fields in articles.items():
                had = connection.execute("SELECT story FROM articles WHERE _id = ?", (article_id,)).fetchone()
                if had and had[0] == before[article_id]:
                    self._set(connection, article_id, fields)

    def quarantine(self, record: Quarantined) -> None:
        """Keep a surprise."""
        with self._write() as connection:
            put_quarantined(connection, record)

    def run(self, run: Run) -> None:
        """Write or overwrite the record of a run."""
        with self._write() as connection:
            put_run(connection, record_of(run))

    # ------------------------------------------------------------------ who does what alone
    def lease(self, name: str, owner: str, seconds: float) -> int:
        """Take or renew it."""
        with self._write() as connection:
            return lease.lease(connection, name, owner, seconds)

    def release(self, name: str, owner: str) -> None:
        """Give it back."""
        with self._write() as connection:
            lease.release(connection, name, owner)

    def fence(self, name: str, number: int) -> bool:
        """Whether the number is still the latest."""
        with self._write() as connection:
            return lease.fence(connection, name, number)

    def leases(self) -> dict[str, str]:
        """What is held now."""
        with self._read() as connection:
            return lease.leases(connection) if connection is not None else {}

    # ------------------------------------------------------------------ what the desk reads
    def article(self, article_id: str) -> Document | None:
        """One article as stored."""
        with self._read() as connection:
            if connection is None:
                return None
            row = connection.execute(ONE, (article_id,)).fetchone()
            return from_json(row[1]) if row else None

    def scans(self, query: Query) -> str:
        """Only numbers are in no index."""
        return unindexed(query, {*FIELDS, "has", "running text"})

    def find(
        self, query: Query, *, limit: int | None = None, after: Cursor | None = None, oldest_first: bool = False
    ) -> Iterator[Document]:
        """Articles in the order of their rows, which is that of `time` and id."""
        wanted = plan(query)
        with self._read() as connection:
            if connection is None:
                return
            if after is not None:
                wanted.go_on_after(_row_of_cursor(connection, after), oldest_first=oldest_first)
            order = f"ORDER BY {wanted.row} {'ASC' if oldest_first else 'DESC'} LIMIT ?"
            statement = f"SELECT (SELECT document FROM documents d WHERE d.n = {wanted.row}) {wanted.source()} {order}"  # noqa: S608 (ours)
            for row in connection.execute(statement, [*wanted.all_values, -1 if limit is None else limit]):
                yield from_json(row[0])

    def count(self, query: Query, of: Counted = "articles", *, at_most: int | None = None) -> int:
        """How many there are."""
        with self._read() as connection:
            return 0 if connection is None else count(connection, query, of, at_most)

    def tally(self, query: Query, by: Sequence[str], of: Counted = "articles") -> dict[tuple[str, ...], int]:
        """How many there are of each."""
        with self._read() as connection:
            return {} if connection is None else tally(connection, query, by, of, self._timezone)

    def recount(self, *, repair: bool) -> int:
        """Kept with the articles in one transaction, so that only a fault of ours makes them differ."""
        with self._write() if repair else self._read() as connection:
            return 0 if connection is None else recount(connection, repair=repair)

    def times(self, source: str, since: datetime) -> list[datetime]:
        """When its articles came out."""
        statement = (
            "SELECT iif(document ->> 'published_precision' = 'day', document ->> 'first_seen', NULL), n"
            " FROM articles JOIN documents USING (n) WHERE source = ? AND n >= ?"
        )
        with self._read() as connection:
            rows = connection.execute(statement, (source, first_row(since))) if connection else ()
            return [datetime.fromisoformat(seen) if seen else moment(n // SLOTS) for seen, n in rows]

    def revisions(self, article_id: str) -> list[Document]:
        """Earlier texts, oldest first."""
        statement = "SELECT document FROM revisions WHERE article = ? ORDER BY revision"
        with self._read() as connection:
            rows = connection.execute(statement, (article_id,)) if connection else ()
            return [from_json(row[0]) for row in rows]

    def events(
        self,
        *,
        targets: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Events, latest beginning first, then by id."""
        parts: list[str] = ["1"]
        values: list[str | int] = []
        if targets:
            marks = ",".join("?" * len(targets))
            parts.append(f"_id IN (SELECT event FROM event_targets WHERE entity IN ({marks}))")  # noqa: S608 (marks)
            values += targets
        if since is not None:
            parts.append('"to" > ?')
            values.append(milliseconds(since))
        if until is not None:
            parts.append('"from" < ?')
            values.append(milliseconds(until))
        order = 'ORDER BY "from" DESC, _id LIMIT ?'
        statement = f"SELECT document FROM events WHERE {' AND '.join(parts)} {order}"  # noqa: S608 (ours)
        with self._read() as connection:
            if connection is not None:
                for row in connection.execute(statement, [*values, -1 if limit is None else limit]):
                    yield from_json(row[0])

    def event(self, event_id: str) -> Document | None:
        """One event as stored."""
        with self._read() as connection:
            row = connection and connection.execute("SELECT document FROM events WHERE _id = ?", (event_id,)).fetchone()
            return from_json(row[0]) if row else None

    def story(self, story_id: str) -> Document | None:
        """One story as it is now."""
        with self._read() as connection:
            now: str | None = story_id
            story = None
            while connection is not None and now:
                row = connection.execute("SELECT document FROM stories WHERE _id = ?", (now,)).fetchone()
                story = from_json(row[0]) if row else None
                now = story["merged_into"] if story else None
            return story

    def runs(self, *, source: str | None = None, since: datetime | None = None, limit: int | None = 20) -> list[Run]:
        """The latest runs, newest first."""
        statement = (
            "SELECT document FROM runs WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR started >= ?2)"
            " ORDER BY started DESC, _id LIMIT ?3"
        )
        values = (source, milliseconds(since) if since else None, -1 if limit is None else limit)
        with self._read() as connection:
            rows = connection.execute(statement, values) if connection else ()
            return [run_of(from_json(row[0])) for row in rows]

    def quarantined(self, *, limit: int = 20) -> list[Quarantined]:
        """The latest surprises, newest first."""
        with self._read() as connection:
            if connection is None:
                return []
            rows = connection.execute('SELECT * FROM quarantine ORDER BY "when" DESC, _id LIMIT ?', (limit,))
            return [quarantined_of(row) for row in rows]

    # ------------------------------------------------------------------ for `store copy`
    def dump(self, collection: str) -> Iterator[Document]:
        """Every record as a plain document, by `_id`."""
        if collection not in COLLECTIONS:
            raise ValueError(f"no collection {collection!r}")
        with self._read() as connection:
            if connection is not None and has_table(connection, collection):
                table = "articles JOIN documents USING (n)" if collection == "articles" else collection
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY _id"):  # noqa: S608 (checked)
                    yield dumped(collection, row)

    def load(self, collection: str, documents: Sequence[Document]) -> None:
        """Put records back, replacing those with the same `_id`."""
        if collection == "articles":
            # The search index takes rows in their order much faster.
            documents = sorted(documents, key=lambda document: (document["time"], document["_id"]))
        with self._write() as connection:
            for document in documents:
                LOADERS[collection](connection, document)


def _row_of_cursor(connection: sqlite3.Connection, after: Cursor) -> int:
    time, article = after
    row = connection.execute("SELECT n FROM articles WHERE _id = ?", (article,)).fetchone()
    # An article that moved since is no place to go on from; where it was is.
    return int(row[0]) if row and first_row(time) <= row[0] < first_row(time) + SLOTS else row_of(time, article)
