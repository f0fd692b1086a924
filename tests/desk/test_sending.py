"""Deliveries under channels that fail, hang and answer late, and processes that are killed: all arrive, none twice
without a mark.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alerting import alerts_file, attack, environment
from marsad_process import MARSAD
from receiver import Received, Receiver

from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.store.outbox import UNKNOWN

SENDER = Path(__file__).parent.parent / "sender.py"
SECONDS = 120
STEPS = ("before claim", "claimed", "composed", "begun", "sent", "noted")


class Place:
    """A store of one's own with a configuration, for processes that send from it."""

    def __init__(self, folder: Path, mongo: tuple[str, str] | None) -> None:
        self.folder, self.mongo = folder, mongo
        file = str(folder / "data" / "marsad.sqlite")
        self.store: Store = open_store(mongo[0], database=mongo[1]) if mongo else open_store(file)
        given = {"MARSAD_DATA": str(folder / "data"), "MARSAD_CONFIG": str(folder / "config"), "MARSAD_CONTACT": ""}
        given |= {"MONGO_URI": mongo[0], "MONGO_DATABASE": mongo[1]} if mongo else {"MONGO_URI": ""}
        self.environment = environment(given)

    def filled(self, count: int) -> set[str]:
        """So many attacks, seen by a pass; what is to be delivered."""
        self.store.save([attack(n) for n in range(count)])
        code = "from desk.eventing import pass_pending; from desk.stores import configured_store as s; "
        subprocess.run(
            [sys.executable, "-c", f"{code}pass_pending(s(), lambda *_: None)"],
            cwd=SENDER.parent.parent, env=self.environment, check=True,
        )  # fmt: skip
        return {d["_id"] for d in self.store.outbox.find()}

    def sender(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A process that sends until nothing waits; `arguments`: at which step it is to be killed."""
        return subprocess.Popen([sys.executable, SENDER, *arguments], cwd=SENDER.parent.parent, env=self.environment)

    def finish(self, *senders: subprocess.Popen[bytes]) -> None:
        for sender in senders:
            assert sender.wait(SECONDS) == 0


@pytest.fixture(params=["sqlite", "mongo"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path, request.getfixturevalue("mongo_database") if request.param == "mongo" else None)
    yield found
    found.store.close()


def possible_repeats(receiver: Receiver) -> int:
    return sum(one.message["possible_repeat"] for one in receiver.accepted())


def test_a_channel_that_fails_hangs_and_answers_late_gets_everything(place: Place) -> None:
    chance = random.Random(4)
    # 30 % fail; each of the others is once late or never answered, so that no message is unlucky twice.
    odd: set[str] = set()

    def behaviour(number: int) -> str:
        return "500" if chance.random() < 0.3 else "200"

    with Receiver(behaviour, late=1.0) as receiver:
        alerts_file(place.folder / "config", receiver.url, channel='timeout = 0.5\nretry = "0.1s"')
        wanted = place.filled(30)
        kinds = dict(zip(sorted(wanted)[:8], ["late", "never"] * 4, strict=True))

        def answer(one: Received) -> None:
            key = one.message["items"][0]["delivery"]
            if one.answered == "200" and key in kinds and key not in odd:
                odd.add(key)
                one.answered = kinds[key]

        receiver.arrived = answer
        place.finish(place.sender())
    assert receiver.delivered() == wanted
    assert receiver.faults() == []
    assert len(odd) == 8
    assert possible_repeats(receiver) == 8
    assert any(one.answered == "500" for one in receiver.received)
    assert {d["state"] for d in place.store.outbox.find()} == {"sent"}


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_is_killed_at_any_step_loses_nothing(place: Place, step: str) -> None:
    with Receiver() as receiver:
        alerts_file(place.folder / "config", receiver.url, channel='retry = "0.1s"')
        wanted = place.filled(4)
        killed = place.sender(step)
        assert killed.wait(SECONDS) == -signal.SIGKILL
        unnoted = len(place.store.outbox.find(states=("sending",)))
        place.finish(place.sender())
    assert receiver.delivered() == wanted
    assert receiver.faults() == []
    # Only what had begun and was not noted may have arrived; several are on their way at once.
    assert possible_repeats(receiver) == unnoted
    assert unnoted > 0 or step not in ("begun", "sent")
    assert unnoted == 0 or step not in ("before claim", "claimed")


def test_thirty_random_kills_lose_nothing(place: Place) -> None:
    chance = random.Random(7)
    with Receiver() as receiver:
        alerts_file(place.folder / "config", receiver.url, channel='retry = "0.1s"')
        wanted = place.filled(40)
        kills = 0
        unnoted: set[str] = set()
        while kills < 30:
            # Some die before the first message, some in the middle of one.
            seen = len(receiver.received)
            sender = place.sender("--slowly")
            goal, moment = seen + chance.randrange(1, 3), time.monotonic() + chance.uniform(0.5, 4.0)
            while sender.poll() is None and len(receiver.received) < goal and time.monotonic() < moment:
                time.sleep(0.002)
            if sender.poll() is None:
                sender.kill()
                kills += 1
            sender.wait(SECONDS)
            unnoted |= {d["_id"] for d in place.store.outbox.find(states=("sending",))}
            if not place.store.outbox.find(states=("waiting", "claimed", "sending")):
                wanted |= more(place, 40 + kills)
        place.finish(place.sender())
    given_up = {d["_id"] for d in place.store.outbox.find(states=("failed",))}
    assert receiver.delivered() | given_up == wanted
    assert receiver.faults() == []
    assert possible_repeats(receiver) <= len(unnoted)


def more(place: Place, number: int) -> set[str]:
    place.store.save([attack(number)])
    return place.filled(0)


def test_four_processes_at_once_send_nothing_twice(place: Place) -> None:
    with Receiver() as receiver:
        alerts_file(place.folder / "config", receiver.url)
        place.store.save([attack(n) for n in range(40)])
        # Passes and sending: the whole command, four times.
        command = [str(MARSAD), "alerts", "run", "--once"]
        processes = [subprocess.Popen(command, env=place.environment, stdout=subprocess.DEVNULL) for _ in range(4)]
        for process in processes:
            assert process.wait(SECONDS) == 0
        subprocess.run(command, env=place.environment, check=True, stdout=subprocess.DEVNULL)
    assert len(receiver.delivered()) == 40
    assert len(receiver.accepted()) == 40
    assert receiver.faults() == []


def test_what_no_answer_came_for_twice_stands_among_the_failed(place: Place) -> None:
    with Receiver(lambda _: "never") as receiver:
        alerts_file(place.folder / "config", receiver.url, channel='timeout = 0.3\nretry = "0.1s"')
        (wanted,) = place.filled(1)
        place.finish(place.sender())
        assert [one.message["possible_repeat"] for one in receiver.received] == [False, True]
        (failed,) = place.store.outbox.find(states=("failed",))
        assert failed["_id"] == wanted
        assert "did not answer in 0.3 s" in failed["why"]
        receiver.behaviour = lambda _: "200"
        assert place.store.outbox.resend(wanted)
        place.finish(place.sender())
    assert [one.message["possible_repeat"] for one in receiver.received] == [False, True, True]
    assert len({one.id for one in receiver.received}) == 1


def test_a_channel_that_hangs_delays_no_other(place: Place) -> None:
    arrived = threading.Event()
    with Receiver(lambda _: "never") as hanging, Receiver() as quick:
        quick.arrived = lambda _: arrived.set()
        more_channels = (
            f'[channel.quick]\nkind = "webhook"\nurl = "{quick.url}"\nsecret_env = "HOOK_KEY"\nallow_private = true'
        )
        rule = 'id = "both"\nquery = "report:attack"\nchannels = ["desk", "quick"]'
        alerts_file(place.folder / "config", hanging.url, rule, more=more_channels, channel="timeout = 30")
        watch = subprocess.Popen([MARSAD, "alerts", "run"], env=place.environment, stderr=subprocess.DEVNULL)
        try:
            place.store.save([attack(1)])
            assert arrived.wait(SECONDS)
        finally:
            watch.kill()
            watch.wait(SECONDS)
    assert [len(hanging.received) <= 1, len(quick.received)] == [True, 1]
    assert UNKNOWN not in {d["why"] for d in place.store.outbox.find(channel="quick")}
