"""The embedded store: one SQLite file, for one machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from pipelines.records import Article
from pipelines.store import lease
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
    condition,
    dumped,
    milliseconds,
    moment,
    put_article,
    put_quarantined,
    put_revision,
    put_run,
    quarantined_of,
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

    def _version(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise StoreError(
                f"{self._path} has schema version {version}, this program knows {SCHEMA}: use a newer Marsad for it"
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
    def _write(self) -> Iterator[sqlite3.Connection]:
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
                version = self._version(self._writer)
                if not version:
                    for statement in LAYOUT.split(";\n"):
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
        """There is only one version so far: makes an empty store."""
        with self._read() as connection:
            if connection is not None:
                return []
        self.init()
        return [f"made the tables of version {SCHEMA}"]

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

    def times(self, source: str, since: datetime) -> list[datetime]:
        """When its articles came out."""
        statement = (
            "SELECT iif(document ->> 'published_precision' = 'day', document ->> 'first_seen', NULL), time"
            " FROM articles WHERE source = ? AND time >= ?"
        )
        with self._read() as connection:
            rows = connection.execute(statement, (source, milliseconds(since))) if connection else ()
            return [datetime.fromisoformat(seen) if seen else moment(time) for seen, time in rows]

    def revisions(self, article_id: str) -> list[Document]:
        """Earlier texts, oldest first."""
        statement = "SELECT document FROM revisions WHERE article = ? ORDER BY revision"
        with self._read() as connection:
            rows = connection.execute(statement, (article_id,)) if connection else ()
            return [from_json(row[0]) for row in rows]

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
