"""The outbox of alerts in SQLite: one transaction a step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from pipelines.store.base import Document
from pipelines.store.document import from_json, to_json
from pipelines.store.matching import milliseconds
from pipelines.store.outbox import LOST, Parcel, Standing, State, resent, retried

LAYOUT = """
CREATE TABLE IF NOT EXISTS deliveries (
    _id TEXT PRIMARY KEY, rule TEXT NOT NULL, event TEXT, story TEXT, article TEXT, channel TEXT NOT NULL,
    state TEXT NOT NULL, parcel TEXT NOT NULL, due INTEGER NOT NULL, made INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (channel, state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_parcel ON deliveries (parcel);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event) WHERE event IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_by_story ON deliveries (story);
CREATE INDEX IF NOT EXISTS deliveries_by_article ON deliveries (article);
CREATE INDEX IF NOT EXISTS deliveries_made ON deliveries (made DESC, _id);
"""
Connection = sqlite3.Connection


def has_table(connection: Connection, name: str) -> bool:
    """A store that nobody has written since a table was added does not have it yet."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def put_delivery(connection: Connection, document: Document) -> None:
    """Insert or replace a delivery."""
    columns = [document[name] for name in ("_id", "rule", "event", "story", "article", "channel", "state", "parcel")]
    times = [milliseconds(document[name]) for name in ("due", "made")]
    values = (*columns, *times, to_json(document))
    connection.execute("INSERT OR REPLACE INTO deliveries VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)


class SQLiteOutbox:
    """See `store.outbox.Outbox`."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Connection | None]],
        write: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._opened, self._write = read, write

    @contextmanager
    def _read(self) -> Iterator[Connection | None]:
        with self._opened() as connection:
            yield connection if connection is not None and has_table(connection, "deliveries") else None

    def put(self, deliveries: Sequence[Document]) -> int:
        """Insert."""
        if not deliveries:
            return 0
        put = 0
        with self._write() as connection:
            for document in deliveries:
                statement = "SELECT state FROM deliveries WHERE _id = ?"
                row = connection.execute(statement, (document["_id"],)).fetchone()
                if row is None or row[0] == "dropped":
                    put_delivery(connection, document)
                    put += 1
        return put

    def about(self, events: Iterable[str], stories: Iterable[str], articles: Iterable[str]) -> list[Document]:
        """By any of the three indexes."""
        found: dict[str, Document] = {}
        with self._read() as connection:
            if connection is None:
                return []
            for column, ids in (("event", events), ("story", stories), ("article", articles)):
                wanted = list(ids)
                for start in range(0, len(wanted), 500):
                    some = wanted[start : start + 500]
                    marks = ",".join("?" * len(some))
                    statement = f"SELECT _id, document FROM deliveries WHERE {column} IN ({marks})"  # noqa: S608 (ours)
                    found |= {key: from_json(text) for key, text in connection.execute(statement, some)}
        return [found[key] for key in sorted(found)]

    def change(self, delivery: str, fields: Mapping[str, object], states: Sequence[State]) -> bool:
        """Set fields."""
        with self._write() as connection:
            stored = _one(connection, delivery)
            if stored is None or stored["state"] not in states or stored["begun"]:
                return False
            put_delivery(connection, stored | dict(fields))
            return True

    def count(self, known: Mapping[str, Document]) -> None:
        """Set it."""
        if known:
            with self._write() as connection:
                for delivery, fields in known.items():
                    if stored := _one(connection, delivery):
                        put_delivery(connection, stored | fields)

    def claim(self, channel: str, claim: str, seconds: float, *, limit: int) -> list[Parcel]:
        """Take what is due."""
        now = datetime.now(UTC)
        with self._read() as connection:
            # Most often there is nothing, which need not make other writers wait.
            if connection is None or not (_due(connection, channel, now, 1) or _late(connection, channel, now)):
                return []
        parcels: list[Parcel] = []
        with self._write() as connection:
            for stored in _late(connection, channel, now):
                fields = _expired(stored, now)
                put_delivery(connection, stored | fields)
                if fields["state"] == "failed":
                    _set_others(connection, stored["_id"], {"state": "failed", "why": LOST})
            while len(parcels) < limit and (found := _due(connection, channel, now, 1)):
                leader = found[0] | {"state": "claimed", "claim": claim, "until": now + timedelta(seconds=seconds)}
                put_delivery(connection, leader)
                if leader["together"] and not leader["begun"]:
                    for other in _due(connection, channel, now, -1):
                        if other["together"] == leader["together"] and not other["begun"]:
                            put_delivery(connection, other | {"state": "joined", "parcel": leader["_id"]})
                parcels.append(Parcel(claim, leader, tuple(_others(connection, leader["_id"]))))
        return parcels

    def begin(self, parcel: Parcel, message: Document, seconds: float) -> bool:
        """Note that it leaves."""
        now = datetime.now(UTC)
        with self._write() as connection:
            stored = _one(connection, parcel.leader["_id"])
            if (
                stored is None
                or (stored["claim"], stored["state"]) != (parcel.claim, "claimed")
                or stored["until"] <= now
            ):
                return False
            until = now + timedelta(seconds=seconds)
            put_delivery(connection, stored | {"state": "sending", "begun": True, "message": message, "until": until})
            return True

    def done(self, parcel: Parcel, answer: str) -> bool:
        """It arrived."""
        return self._end(parcel, {"state": "sent", "sent": datetime.now(UTC), "why": answer})

    def again(self, parcel: Parcel, why: str, wait: float | None, *, unanswered: bool) -> bool:
        """It did not."""
        return self._end(parcel, retried(parcel.leader, why, wait, datetime.now(UTC), unanswered=unanswered))

    def _end(self, parcel: Parcel, fields: Document) -> bool:
        with self._write() as connection:
            stored = _one(connection, parcel.leader["_id"])
            if stored is None or stored["claim"] != parcel.claim or stored["state"] not in ("claimed", "sending"):
                return False
            put_delivery(connection, stored | fields | {"claim": None, "until": None})
            if fields["state"] in ("sent", "failed"):
                told = {name: value for name, value in fields.items() if name in ("state", "sent", "why")}
                _set_others(connection, stored["_id"], told)
            return True

    def resend(self, delivery: str) -> bool:
        """Take it up again."""
        with self._write() as connection:
            stored = _one(connection, delivery)
            leader = stored and _one(connection, stored["parcel"])
            if leader is None or leader["state"] != "failed":
                return False
            put_delivery(connection, leader | resent(datetime.now(UTC)))
            _set_others(connection, leader["_id"], {"state": "joined"})
            return True

    def find(
        self,
        *,
        states: Sequence[State] = (),
        rule: str | None = None,
        channel: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """Latest first."""
        parts, values = ["1"], list[str | int](states)
        if states:
            parts.append(f"state IN ({','.join('?' * len(states))})")
        for column, value in (("rule", rule), ("channel", channel)):
            if value is not None:
                parts.append(f"{column} = ?")
                values.append(value)
        if since is not None:
            parts.append("made >= ?")
            values.append(milliseconds(since))
        where = " AND ".join(parts)
        statement = f"SELECT document FROM deliveries WHERE {where} ORDER BY made DESC, _id LIMIT ?"  # noqa: S608 (ours)
        with self._read() as connection:
            rows = connection.execute(statement, [*values, -1 if limit is None else limit]) if connection else ()
            return [from_json(row[0]) for row in rows]

    def standings(self) -> list[Standing]:
        """From the index of what is due."""
        now = milliseconds(datetime.now(UTC))
        counted: dict[str, dict[State, int]] = {}
        with self._read() as connection:
            if connection is None:
                return []
            statement = "SELECT channel, state, count(*) FROM deliveries GROUP BY channel, state"
            for channel, state, count in connection.execute(statement):
                counted.setdefault(channel, {})[state] = count
            oldest = (
                "SELECT min(made) FROM deliveries WHERE channel = ? AND (state IN ('claimed', 'sending') OR"
                " state = 'waiting' AND (due <= ? OR json_extract(document, '$.attempts') > 0))"
            )
            found = []
            for channel, states in sorted(counted.items()):
                (made,) = connection.execute(oldest, (channel, now)).fetchone()
                found.append(Standing(channel, states, 0.0 if made is None else max(0, now - made) / 1000))
        return found


def _expired(stored: Document, now: datetime) -> Document:
    if stored["state"] == "claimed":
        return {"state": "waiting"}
    return retried(stored, LOST, 0.0, now, unanswered=True)


def _one(connection: Connection, delivery: str) -> Document | None:
    row = connection.execute("SELECT document FROM deliveries WHERE _id = ?", (delivery,)).fetchone()
    return from_json(row[0]) if row else None


def _due(connection: Connection, channel: str, now: datetime, limit: int) -> list[Document]:
    statement = (
        "SELECT document FROM deliveries WHERE channel = ? AND state = 'waiting' AND due <= ? ORDER BY due, _id LIMIT ?"
    )
    return [from_json(row[0]) for row in connection.execute(statement, (channel, milliseconds(now), limit))]


def _late(connection: Connection, channel: str, now: datetime) -> list[Document]:
    """What somebody claimed and did not finish in his time."""
    statement = "SELECT document FROM deliveries WHERE channel = ? AND state IN ('claimed', 'sending')"
    held = [from_json(row[0]) for row in connection.execute(statement, (channel,))]
    return [document for document in held if document["until"] <= now]


def _others(connection: Connection, leader: str) -> list[Document]:
    rows = connection.execute("SELECT document FROM deliveries WHERE parcel = ? ORDER BY due, _id", (leader,))
    return [document for row in rows if (document := from_json(row[0]))["_id"] != leader]


def _set_others(connection: Connection, leader: str, fields: Document) -> None:
    for other in _others(connection, leader):
        put_delivery(connection, other | fields)
