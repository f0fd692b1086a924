"""The outbox of alerts in MongoDB: one atomic write to one document a step, so that no step needs a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from pymongo import UpdateOne
from pymongo.collection import Collection, ReturnDocument
from pymongo.errors import BulkWriteError

from pipelines.store.base import Document
from pipelines.store.outbox import LOST, STATES, Parcel, Standing, State, resent, retried

_DUPLICATE_KEY = 11000


class _Asked(Protocol):
    def __call__(self, *, writing: bool) -> AbstractContextManager[None]: ...


class MongoOutbox:
    """See `store.outbox.Outbox`."""

    def __init__(self, deliveries: Collection[Document], now: Callable[[], datetime], asked: _Asked) -> None:
        self._deliveries, self._now, self._asked = deliveries, now, asked

    def put(self, deliveries: Sequence[Document]) -> int:
        """Insert; what is there already is left as it is, unless it was dropped."""
        if not deliveries:
            return 0
        with self._asked(writing=True):
            there: list[Document] = []
            try:
                self._deliveries.insert_many([dict(document) for document in deliveries], ordered=False)
            except BulkWriteError as error:
                for problem in error.details["writeErrors"]:
                    if problem["code"] != _DUPLICATE_KEY:
                        raise
                    there.append(deliveries[problem["index"]])
            again = [
                document
                for document in there
                if self._deliveries.replace_one({"_id": document["_id"], "state": "dropped"}, document).matched_count
            ]
            return len(deliveries) - len(there) + len(again)

    def about(self, events: Iterable[str], stories: Iterable[str], articles: Iterable[str]) -> list[Document]:
        """By any of the three indexes."""
        found: dict[str, Document] = {}
        with self._asked(writing=False):
            for name, ids in (("event", events), ("story", stories), ("article", articles)):
                wanted = list(ids)
                for start in range(0, len(wanted), 500):
                    some = self._deliveries.find({name: {"$in": wanted[start : start + 500]}})
                    found |= {document["_id"]: document for document in some}
        return [found[key] for key in sorted(found)]

    def change(self, delivery: str, fields: Mapping[str, object], states: Sequence[State]) -> bool:
        """Set fields."""
        with self._asked(writing=True):
            same = {"_id": delivery, "state": {"$in": list(states)}, "begun": False}
            return bool(self._deliveries.update_one(same, {"$set": dict(fields)}).matched_count)

    def count(self, known: Mapping[str, Document]) -> None:
        """Set it."""
        writes = [UpdateOne({"_id": delivery}, {"$set": fields}) for delivery, fields in known.items()]
        if writes:
            with self._asked(writing=True):
                self._deliveries.bulk_write(writes, ordered=False)

    def claim(self, channel: str, claim: str, seconds: float, *, limit: int) -> list[Parcel]:
        """Take what is due, one delivery after the other."""
        parcels: list[Parcel] = []
        with self._asked(writing=False):
            waits = self._deliveries.find_one({"channel": channel, "state": {"$in": ["waiting", "claimed", "sending"]}})
        if waits is None:
            return parcels
        with self._asked(writing=True):
            now = self._now()
            self._expire(channel, now)
            due = {"channel": channel, "state": "waiting", "due": {"$lte": now}}
            taken = {"$set": {"state": "claimed", "claim": claim, "until": now + timedelta(seconds=seconds)}}
            while len(parcels) < limit:
                leader = self._deliveries.find_one_and_update(
                    due, taken, sort=[("due", 1), ("_id", 1)], return_document=ReturnDocument.AFTER
                )
                if leader is None:
                    break
                if leader["together"] and not leader["begun"]:
                    # Stopped in the middle, it is done again: nothing has left before all have joined.
                    beside = due | {"together": leader["together"], "begun": False}
                    self._deliveries.update_many(beside, {"$set": {"state": "joined", "parcel": leader["_id"]}})
                parcels.append(Parcel(claim, leader, self._others(leader)))
        return parcels

    def _expire(self, channel: str, now: datetime) -> None:
        late: dict[str, Any] = {"channel": channel, "until": {"$lte": now}}
        self._deliveries.update_many(late | {"state": "claimed"}, {"$set": {"state": "waiting"}})
        for stored in list(self._deliveries.find(late | {"state": "sending"})):
            fields = retried(stored, LOST, 0.0, now, unanswered=True)
            if fields["state"] == "failed":
                self._tell_others(stored, {"state": "failed", "why": LOST})
            same = {"_id": stored["_id"], "state": "sending", "claim": stored["claim"], "until": stored["until"]}
            self._deliveries.update_one(same, {"$set": fields})

    def begin(self, parcel: Parcel, message: Document, seconds: float) -> bool:
        """Note that it leaves."""
        with self._asked(writing=True):
            now = self._now()
            mine = {"_id": parcel.leader["_id"], "claim": parcel.claim, "state": "claimed", "until": {"$gt": now}}
            until = now + timedelta(seconds=seconds)
            begun = {"state": "sending", "begun": True, "message": message, "until": until}
            return bool(self._deliveries.update_one(mine, {"$set": begun}).matched_count)

    def done(self, parcel: Parcel, answer: str) -> bool:
        """It arrived."""
        with self._asked(writing=True):
            return self._end(parcel, {"state": "sent", "sent": self._now(), "why": answer})

    def again(self, parcel: Parcel, why: str, wait: float | None, *, unanswered: bool) -> bool:
        """It did not."""
        with self._asked(writing=True):
            return self._end(parcel, retried(parcel.leader, why, wait, self._now(), unanswered=unanswered))

    def _end(self, parcel: Parcel, fields: Document) -> bool:
        mine = {"_id": parcel.leader["_id"], "claim": parcel.claim, "state": {"$in": ["claimed", "sending"]}}
        if fields["state"] in ("sent", "failed") and parcel.others:
            if self._deliveries.find_one(mine) is None:
                return False
            # The leader last: stopped in between, it is dealt with once more, and all come to the same end.
            told = {name: value for name, value in fields.items() if name in ("state", "sent", "why")}
            self._tell_others(parcel.leader, told)
        ended = {"$set": fields | {"claim": None, "until": None}}
        return bool(self._deliveries.update_one(mine, ended).matched_count)

    def resend(self, delivery: str) -> bool:
        """Take it up again."""
        with self._asked(writing=True):
            stored = self._deliveries.find_one({"_id": delivery})
            if stored is None:
                return False
            failed = {"_id": stored["parcel"], "state": "failed"}
            leader = self._deliveries.find_one_and_update(failed, {"$set": resent(self._now())})
            if leader is not None:
                self._tell_others(leader, {"state": "joined"})
            return leader is not None

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
        wanted: dict[str, Any] = {"state": {"$in": list(states)}} if states else {}
        wanted |= {name: value for name, value in (("rule", rule), ("channel", channel)) if value is not None}
        if since is not None:
            wanted["made"] = {"$gte": since}
        with self._asked(writing=False):
            return list(self._deliveries.find(wanted, sort=[("made", -1), ("_id", 1)], limit=limit or 0))

    def standings(self) -> list[Standing]:
        """Channel by channel, from the index of what is due."""
        found = []
        with self._asked(writing=False):
            now = self._now()
            late: list[Document] = [{"state": {"$in": ["claimed", "sending"]}}]
            late += [{"state": "waiting", "due": {"$lte": now}}, {"state": "waiting", "attempts": {"$gt": 0}}]
            for channel in sorted(self._deliveries.distinct("channel")):
                counts: dict[State, int] = {
                    state: count
                    for state in STATES
                    if (count := self._deliveries.count_documents({"channel": channel, "state": state}))
                }
                oldest = self._deliveries.find_one({"channel": channel, "$or": late}, sort=[("made", 1)])
                waits = max(0.0, (now - oldest["made"]).total_seconds()) if oldest else 0.0
                found.append(Standing(channel, counts, waits))
        return found

    def _others(self, leader: Document) -> tuple[Document, ...]:
        found = self._deliveries.find({"parcel": leader["_id"]}, sort=[("due", 1), ("_id", 1)])
        return tuple(document for document in found if document["_id"] != leader["_id"])

    def _tell_others(self, leader: Document, fields: Document) -> None:
        others = {"parcel": leader["_id"], "_id": {"$ne": leader["_id"]}}
        self._deliveries.update_many(others, {"$set": fields})
