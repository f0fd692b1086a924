"""The outbox of alerts: what is to be sent, is being sent and was sent. What it promises, and how SQLite keeps it.

A delivery is one message of one rule on one event or story to one channel. Its way:

    short ──> waiting ──> claimed ──> sending ──> sent
      too few   ^  ^ nobody    │         │
      origins   │  └───────────┘         ├──> waiting   it failed for certain, or no answer came for the first time
                └────────────────────────┴──> failed    after the last try, or where no answer came twice

"sending" is noted after the channel was reached and before the first byte of the message leaves: a process that ends
while a delivery is "claimed" has sent nothing, one that ends while it is "sending" may have, and what is then sent once
more is marked. Several that are sent together are one parcel: the first leads, the others have "joined" it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from pipelines.store.base import Document
from pipelines.store.document import from_json, to_json
from pipelines.store.matching import milliseconds

State = Literal["short", "waiting", "joined", "claimed", "sending", "sent", "failed", "dropped"]
UNKNOWN = "no answer came: it may have arrived"
LOST = "the process ended while it was sending"
REPEATS = 1
"""How often a message is sent again whose answer never came."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one message carries, claimed by this process alone."""

    claim: str
    leader: Document
    others: tuple[Document, ...] = ()


class Outbox(Protocol):
    """See above. Times are the store's own; every method raises StoreError where the store is down."""

    def put(self, deliveries: Sequence[Document]) -> int:
        """Insert those that are absent, or were dropped before they were sent; returns how many."""

    def about(self, events: Iterable[str], stories: Iterable[str], articles: Iterable[str]) -> list[Document]:
        """Deliveries on any of these, in any state, by id."""

    def change(self, delivery: str, fields: Mapping[str, object], states: Sequence[State]) -> bool:
        """Set fields of a delivery that is in one of these states and never began to leave; False where it is not."""

    def count(self, known: Mapping[str, Document]) -> None:
        """Set by id what is known by now of what deliveries are about, whatever became of them."""

    def claim(self, channel: str, claim: str, seconds: float, *, limit: int) -> list[Parcel]:
        """Take what is due on a channel, for so long; also what others took and did not finish in their time.

        Where they may have sent it, that counts as an answer that never came. `claim` must be new each time.
        """

    def begin(self, parcel: Parcel, message: Document, seconds: float) -> bool:
        """Note that `message` is about to leave, and hold the claim for so long from now; False where it was lost."""

    def done(self, parcel: Parcel, answer: str) -> bool:
        """It arrived. False where the claim was lost: somebody else deals with it."""

    def again(self, parcel: Parcel, why: str, wait: float | None, *, unanswered: bool) -> bool:
        """It did not arrive, or nobody knows (`unanswered`): wait so many seconds; None: that was the last try."""

    def resend(self, delivery: str) -> bool:
        """Take up a failed delivery (and its parcel) again, from its first try; False where it has not failed."""

    def find(
        self,
        *,
        states: Sequence[State] = (),
        rule: str | None = None,
        channel: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """Deliveries `made` since then, latest first, then by id."""


def a_delivery(delivery: str, made: datetime, **fields: object) -> Document:
    """A delivery with every field that it has as stored."""
    return {
        "_id": delivery,
        "rule": "",
        "channel": "",
        "severity": "normal",
        "event": None,
        "story": None,
        "article": None,
        "revision": 0,
        "targets": [],
        "kind": "new",
        "corrects": None,
        "because": "",
        "denials": [],
        "min_origins": 1,
        "counted": {"articles": 1, "outlets": 1, "origins": 1},
        "made": made,
        "due": made,
        "together": "",
        "parcel": delivery,
        "state": "waiting",
        "begun": False,
        "attempts": 0,
        "unanswered": 0,
        "claim": None,
        "until": None,
        "sent": None,
        "why": "",
        "message": None,
    } | fields


# ---------------------------------------------------------------- in SQLite
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


def put_delivery(connection: Connection, document: Document) -> None:
    """Insert or replace a delivery."""
    columns = [document[name] for name in ("_id", "rule", "event", "story", "article", "channel", "state", "parcel")]
    times = [milliseconds(document[name]) for name in ("due", "made")]
    values = (*columns, *times, to_json(document))
    connection.execute("INSERT OR REPLACE INTO deliveries VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)


class SQLiteOutbox:
    """One transaction a step."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Connection | None]],
        write: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._read, self._write = read, write

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


def retried(leader: Document, why: str, wait: float | None, now: datetime, *, unanswered: bool) -> Document:
    """The fields of a delivery that did not arrive, or whose answer never came."""
    counted = {"attempts": leader["attempts"] + 1, "unanswered": leader["unanswered"] + unanswered, "why": why}
    if wait is None or counted["unanswered"] > REPEATS:
        return counted | {"state": "failed"}
    return counted | {"state": "waiting", "due": now + timedelta(seconds=wait)}


def resent(now: datetime) -> Document:
    """The fields of a delivery that a person wants to be tried again; what may have arrived stays marked."""
    return {"state": "waiting", "attempts": 0, "due": now, "claim": None, "until": None}


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
