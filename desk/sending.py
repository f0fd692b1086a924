"""What is due in the outbox is handed to its channel: claim → compose → begin → send → note, each step once.

Any number of processes and threads may do it at once.
"""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from config.alerts import Channel
from config.every import span
from config.schema import Source
from desk.alerts import Rules
from desk.channels import hand_over
from desk.messages import Composer
from desk.webhook import NotSentError, TakenError, UnansweredError
from pipelines.store.base import Store, StoreError
from pipelines.store.outbox import Parcel

AT_ONCE = 4
"""Messages that are on their way to one channel at the same time."""
CLAIM_SECONDS = 60.0
"""From claiming a message to beginning to send it; a process that dies in between delays it by so much."""
NOTE_SECONDS = 30.0
"""From the end of a channel's timeout to noting what came of it."""
TRIES = 18
"""After so many a message has failed. With waits from 10 s to an hour that is after some ten hours."""
LONGEST_WAIT = 3600.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Sent:
    """What became of what was due."""

    sent: int = 0
    put_off: int = 0
    """It will be tried again."""
    failed: int = 0
    """That was the last try."""

    def __iadd__(self, other: Sent) -> Sent:
        self.sent += other.sent
        self.put_off += other.put_off
        self.failed += other.failed
        return self


class Sender:
    """Hands over what is due. Every method may be called from any thread."""

    def __init__(self, store: Store, rules: Rules, sources: Mapping[str, Source]) -> None:
        self._store, self._channels = store, rules.channels
        self._composer = Composer(store, rules, sources)

    def send_due(self, name: str, stopping: threading.Event | None = None) -> Sent:
        """Everything that is due on a channel, until nothing is. Raises StoreError where the store is down."""
        total = Sent()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"send-{name}") as pool:
            while stopping is None or not stopping.is_set():
                claim = f"{name} {uuid.uuid4().hex}"
                parcels = self._store.outbox.claim(name, claim, CLAIM_SECONDS, limit=AT_ONCE)
                if not parcels:
                    break
                for one in pool.map(lambda parcel: self._send(name, parcel), parcels):
                    total += one
        return total

    def send_all(self) -> Sent:
        """Everything that is due on every channel, those that no file names any more among them."""
        total = Sent()
        waiting = {d["channel"] for d in self._store.outbox.find(states=("waiting", "claimed", "sending"))}
        for name in sorted(waiting):
            total += self.send_due(name)
        return total

    def _send(self, name: str, parcel: Parcel) -> Sent:
        outbox, leader = self._store.outbox, parcel.leader["_id"]
        channel = self._channels.get(name)
        if channel is None:
            outbox.again(parcel, f"there is no channel {name}", None, unanswered=False)
            return Sent(failed=1)
        begun = False

        def begin() -> bool:
            nonlocal begun
            begun = outbox.begin(parcel, message, channel.timeout + NOTE_SECONDS)
            return begun

        try:
            message = self._composer.message(parcel, datetime.now(UTC))
            answer = hand_over(channel, name, self._store, message, begin)
        except TakenError:
            return Sent()
        except NotSentError as error:
            return self._failed(channel, parcel, str(error), error.wait, unanswered=False)
        except UnansweredError as error:
            return self._failed(channel, parcel, str(error), 0.0, unanswered=True)
        except StoreError:
            raise
        except Exception as error:
            # Nobody expected it: what was claimed is not lost, and the others go out.
            logger.exception("%s", leader)
            return self._failed(channel, parcel, f"{type(error).__name__}: {error}", 0.0, unanswered=begun)
        if not outbox.done(parcel, answer):
            logger.warning("%s: sent, but its claim was over before", leader)
        logger.info("%s: sent", leader)
        return Sent(sent=1)

    def _failed(self, channel: Channel, parcel: Parcel, why: str, wait: float, *, unanswered: bool) -> Sent:
        tries = parcel.leader["attempts"]
        pause = min(span(channel.retry).total_seconds() * 2**tries, LONGEST_WAIT) * random.uniform(0.5, 1.5)
        last = tries + 1 >= TRIES
        self._store.outbox.again(parcel, why, None if last else max(pause, wait), unanswered=unanswered)
        over = last or (unanswered and parcel.leader["unanswered"] > 0)
        logger.warning("%s: %s%s", parcel.leader["_id"], why, "; given up" if over else "")
        return Sent(failed=1) if over else Sent(put_off=1)
