"""The outbox of alerts: what is to be sent, is being sent and was sent. What both stores promise.

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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

from pipelines.store.base import Document

State = Literal["short", "waiting", "joined", "claimed", "sending", "sent", "failed", "dropped"]
STATES: tuple[State, ...] = get_args(State)
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with one channel."""

    channel: str
    deliveries: Mapping[State, int]
    """How many are in each state; where none is, it is left out."""
    waits: float
    """Seconds since the oldest was made that could be there by now. What is held back (a digest, quiet hours) could
    not."""


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

    def standings(self) -> list[Standing]:
        """Of every channel that anything was ever for, by name."""


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


def retried(leader: Document, why: str, wait: float | None, now: datetime, *, unanswered: bool) -> Document:
    """The fields of a delivery that did not arrive, or whose answer never came."""
    counted = {"attempts": leader["attempts"] + 1, "unanswered": leader["unanswered"] + unanswered, "why": why}
    if wait is None or (unanswered and counted["unanswered"] > REPEATS):
        return counted | {"state": "failed"}
    return counted | {"state": "waiting", "due": now + timedelta(seconds=wait)}


def resent(now: datetime) -> Document:
    """The fields of a delivery that a person wants to be tried again; what may have arrived stays marked."""
    return {"state": "waiting", "attempts": 0, "due": now, "claim": None, "until": None}
