"""The embedded store: one SQLite file, for one machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.records import Article
from pipelines.store.base import (
    COLLECTIONS,
    SCHEMA,
    Document,
    Info,
    Outcome,
    Quarantined,
    Query,
    Run,
    Saved,
    Seen,
    StoreError,
)
from pipelines.store.document import decide, from_json, record_of, refusal, refused, revision_of, run_of, to_json
from pipelines.store.tables import (
    LAYOUT,
    LOADERS,
    REPORTS,
    condition,
    drop_event,
    dumped,
    milliseconds,
    put_article,
    put_event,
    put_quarantined,
    put_revision,
    put_run,
    quarantined_of,
    reports_added,
    seen_of,
)

BUSY_SECONDS = 30.0
"""How long a write waits for another process's."""


class SQLiteStore:
    """See `store.base.Store`. One writing connection behind a lock; every reading one is its own and read-only."""

    def __init__(self, path: Path, timezone: str) -> None:
        self.uri = str(path)
        self._path = path
        self._timezone = timezone
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None

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
    def _read(self) -> Iterator[sqlite3.Connection | None]:
        """A read-only connection; None where there is no store yet."""
        with self._complaints():
            if not self._path.exists():
                yield None
                return
            with closing(self._open("mode=ro")) as connection:
                yield connection if self._version(connection) else None

    def _open(self, mode: str) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if mode != "mode=ro":
                raise
            # In a folder that may not be written WAL's helper files cannot be made; then nobody writes either.
            return self._open("mode=ro&immutable=1")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _write(self, *, migrating: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction on the writing connection; makes the store where there is none."""
        with self._lock, self._complaints():
            if self._writer is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = self._open("mode=rwc")
                connection.execute("PRAGMA journal_mode = WAL")
                # A killed process loses nothing; a power cut may lose the last moments, which are then crawled again.
                connection.execute("PRAGMA synchronous = NORMAL")
                self._writer = connection
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                version = self._version(self._writer, migrating=migrating)
                if not version:
                    for statement in (LAYOUT + REPORTS).split(";\n"):
                        self._writer.execute(statement)
                    self._writer.execute(f"PRAGMA user_version = {SCHEMA}")
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

    # ------------------------------------------------------------------ layout
    def init(self) -> None:
        """Make the tables where they are missing."""
        with self._write():
            pass

    def migrate(self) -> list[str]:
        """Make an empty store, or bring an older one up to date, each version in one transaction."""
        with self._lock:
            new = not self._path.exists()
            told = []
            with self._write(migrating=True) as connection:
                if self._version(connection, migrating=True) == 1:
                    told.append(reports_added(connection))
                    connection.execute("PRAGMA user_version = 2")
        return [f"made the tables of version {SCHEMA}"] if new else told

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
            }
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
        rows = [
            (
                s.url,
                s.outcome,
                s.article,
                s.etag,
                s.modified,
                milliseconds(s.checked),
                milliseconds(s.next_check) if s.next_check else None,
            )
            for s in seen
        ]
        with self._write() as connection:
            connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def save(self, articles: Sequence[Article], *, ring: bool = True) -> list[Saved]:
        """Store a batch in one transaction: no other writer comes between reading and writing."""
        answers: list[Saved] = []
        with self._write() as connection:
            for article in articles:
                row = connection.execute("SELECT n, document FROM articles WHERE _id = ?", (article.id,)).fetchone()
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
        if outcome == "unchanged":
            connection.execute("UPDATE articles SET document = ? WHERE n = ?", (to_json(document), n))
            connection.executemany("INSERT OR IGNORE INTO urls VALUES (?, ?)", [(url, n) for url in document["urls"]])
        else:
            put_article(connection, document)
        return Saved(document["_id"], outcome, document["revision"])

    def retag(self, changes: Mapping[str, Document], revisions: Mapping[str, int]) -> int:
        """Give stored articles other tags."""
        changed = 0
        with self._write() as connection:
            for article_id, fields in changes.items():
                row = connection.execute("SELECT document FROM articles WHERE _id = ?", (article_id,)).fetchone()
                stored = from_json(row[0]) if row else None
                if stored is not None and stored["revision"] == revisions[article_id]:
                    put_article(connection, stored | fields)
                    changed += 1
        return changed

    # ------------------------------------------------------------------ what a pass over new articles does
    def lease(self, name: str, owner: str, seconds: float) -> bool:
        """Take or renew it; the clock is this machine's, as the store is."""
        with self._write() as connection:
            now = milliseconds(datetime.now(UTC))
            row = connection.execute("SELECT owner, until FROM leases WHERE _id = ?", (name,)).fetchone()
            if row and row[0] != owner and row[1] > now:
                return False
            values = (name, owner, now + round(seconds * 1000))
            connection.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", values)
            return True

    def release(self, name: str, owner: str) -> None:
        """Give it back."""
        with self._write() as connection:
            connection.execute("DELETE FROM leases WHERE _id = ? AND owner = ?", (name, owner))

    def pending(self, *, limit: int) -> list[Document]:
        """Articles to be looked at, oldest first."""
        statement = "SELECT document FROM articles WHERE pending ORDER BY time, _id LIMIT ?"
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

    def change_events(self, put: Sequence[Document], gone: Sequence[str], articles: Mapping[str, str | None]) -> None:
        """Store events and what articles tell of, in one transaction."""
        with self._write() as connection:
            for part in gone:
                drop_event(connection, part)
            for event in put:
                put_event(connection, event)
            for article_id, event_id in articles.items():
                self._set(connection, article_id, {"event": event_id})

    @staticmethod
    def _set(connection: sqlite3.Connection, article_id: str, fields: Document, revision: int | None = None) -> bool:
        """Set fields that nothing is found by but an index on the document; False where it is another revision."""
        row = connection.execute("SELECT n, document FROM articles WHERE _id = ?", (article_id,)).fetchone()
        stored = from_json(row[1]) if row else None
        if stored is None or (revision is not None and stored["revision"] != revision):
            return False
        document = stored | fields
        statement = "UPDATE articles SET pending = ?, document = ? WHERE n = ?"
        connection.execute(statement, (bool(document["pending"]), to_json(document), row[0]))
        return True

    def quarantine(self, record: Quarantined) -> None:
        """Keep a surprise."""
        with self._write() as connection:
            put_quarantined(connection, record)

    def run(self, run: Run) -> None:
        """Write or overwrite the record of a run."""
        with self._write() as connection:
            put_run(connection, record_of(run))

    # ------------------------------------------------------------------ what the desk reads
    def article(self, article_id: str) -> Document | None:
        """One article as stored."""
        with self._read() as connection:
            if connection is None:
                return None
            row = connection.execute("SELECT document FROM articles WHERE _id = ?", (article_id,)).fetchone()
            return from_json(row[0]) if row else None

    def find(self, query: Query, *, limit: int | None = None) -> Iterator[Document]:
        """Articles by `time`, newest first, then by id."""
        where, values = condition(query)
        statement = f"SELECT document FROM articles WHERE {where} ORDER BY time DESC, _id LIMIT ?"  # noqa: S608 (ours)
        with self._read() as connection:
            if connection is not None:
                for row in connection.execute(statement, [*values, -1 if limit is None else limit]):
                    yield from_json(row[0])

    def count(self, query: Query) -> int:
        """How many there are."""
        where, values = condition(query)
        with self._read() as connection:
            if connection is None:
                return 0
            return int(connection.execute(f"SELECT count(*) FROM articles WHERE {where}", values).fetchone()[0])  # noqa: S608 (ours)

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
            if connection is not None:
                for row in connection.execute(f"SELECT * FROM {collection} ORDER BY _id"):  # noqa: S608 (checked)
                    yield dumped(collection, row)

    def load(self, collection: str, documents: Sequence[Document]) -> None:
        """Put records back, replacing those with the same `_id`."""
        with self._write() as connection:
            for document in documents:
                LOADERS[collection](connection, document)
