"""From a stored article to a message, as an analyst sets it up: `marsad alerts` as a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from alerting import ALWAYS, alerts_file, attack, edited, written
from marsad_process import MARSAD, Marsad
from receiver import KEY, Receiver

from pipelines.records import Change
from pipelines.store import open_store
from pipelines.store.base import Store

FEED = f'id = "feed"\nquery = "report:attack"\nchannels = ["feed"]\n{ALWAYS}'
DOCS = Path(__file__).parents[2] / "docs" / "alerts.md"


@pytest.fixture
def store(marsad: Marsad) -> Store:
    marsad.environment["HOOK_KEY"] = KEY
    return open_store(str(marsad.folder / "data" / "marsad.sqlite"))


def once(marsad: Marsad) -> str:
    return marsad("alerts", "run", "--once").stdout.decode()


def test_a_new_attack_rings_once_and_the_message_says_why(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url)
        text = (
            "أعلنت سرايا أولياء الدم مسؤوليتها عن هجوم بطائرة مسيرة على قاعدة حرير عند الساعة 3:20 فجر اليوم. "
            "وذكرت وكالة رويترز أن الهجوم لم يسفر عن إصابات."
        )
        article = written(1, "سرايا أولياء الدم تتبنى هجوما على قاعدة حرير", text, source="one")
        store.save([article])
        assert "1 articles looked at; 1 messages sent" in once(marsad)
        store.save([attack(2, of=0, source="two", hours=1)])
        assert "1 articles looked at; 0 messages sent" in once(marsad)
    (one,) = receiver.received
    assert one.signed
    message = one.message
    assert {name: message[name] for name in ("rule", "kind", "severity", "possible_repeat")} == {
        "rule": "mine",
        "kind": "claim",
        "severity": "normal",
        "possible_repeat": False,
    }
    (item,) = message["items"]
    assert item["headline"] == article.title
    assert item["bases"] == [{"id": "iq-harir", "name": "قاعدة حرير", "en": "Harir (Bashur) Airfield"}]
    assert item["time"] == "2026-11-24 03:20 Asia/Baghdad (2026-11-24 00:20 UTC)"
    assert (item["event_from"], item["event_precision"]) == ("2026-11-24T00:20:00.000Z", "minute")
    assert [one["id"] for one in item["claimed_by"]] == ["awliya-dam"]
    assert (item["outlet"]["id"], item["quotes"], item["independent_origins"]) == ("one", ["رويترز"], 1)
    assert "⟦قاعدة حرير⟧" in item["sentence"]
    assert (item["url"], item["sha256"], item["archive"]) == (article.url, "0" * 64, None)
    for line in (
        "Base: قاعدة حرير · Harir (Bashur) Airfield",
        "Time of the event: 2026-11-24 03:20 Asia/Baghdad (2026-11-24 00:20 UTC)",
        "Outlet: one, quoting رويترز",
        "Independent origins so far: 1 (1 articles in 1 outlets)",
        f"Link: {article.url}",
    ):
        assert line in message["text"].splitlines()


def test_every_field_of_a_message_is_documented(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url)
        store.save([attack(1)])
        once(marsad)
    documented = set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    message: dict[str, Any] = receiver.received[0].message
    assert documented == {*message, *message["items"][0]}


def test_a_message_that_is_taken_back_says_so_on_the_same_channel(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url)
        gone, changed = attack(1), attack(2)
        store.save([gone, changed])
        once(marsad)
        at = gone.fetched + timedelta(hours=1)
        store.mark([Change(gone.source, gone.url, gone.id, "gone", at, "answers 404")])
        store.save([edited(changed, "تصحيح", "لا جديد.")])
        once(marsad)
        once(marsad)
    corrections = {one.message["items"][0]["article"]: one.message for one in receiver.received[2:]}
    assert {article: message["items"][0]["because"] for article, message in corrections.items()} == {
        gone.id: "the outlet took the report down",
        changed.id: "the report no longer says what rang",
    }
    assert {message["kind"] for message in corrections.values()} == {"correction"}
    assert "On what was sent before: the outlet took the report down" in corrections[gone.id]["text"]
    # What was told is named, though the report has lost it.
    assert [base["id"] for base in corrections[changed.id]["items"][0]["bases"]] == ["iq-balad"]


def test_a_time_that_nobody_states_is_not_made_up(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url, 'id = "mine"\nquery = "entity:iq-harir"')
        store.save([written(1, "زيارة", "زار الوزير قاعدة حرير.")])
        once(marsad)
    assert receiver.received[0].message["items"][0]["time"] == "not stated"


def test_a_digest_is_one_message(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url, 'id = "d"\nquery = "report:attack"\nmode = "digest 1m"')
        store.save([attack(n) for n in range(3)])
        once(marsad)
        assert receiver.received == []
        for delivery in store.outbox.find():
            # As if the minute were over.
            assert store.outbox.change(delivery["_id"], {"due": delivery["made"]}, ("waiting",))
        once(marsad)
    (one,) = receiver.received
    assert (one.message["kind"], len(one.message["items"])) == ("digest", 3)
    assert one.message["title"].startswith("3 alerts of d: ")
    assert {d["state"] for d in store.outbox.find()} == {"sent"}


def test_a_feed_on_disk_holds_what_rang_and_what_is_known_by_now(marsad: Marsad, store: Store) -> None:
    alerts_file(marsad.config, "http://127.0.0.1:9/", FEED)
    store.save([attack(1), attack(2)])
    once(marsad)
    folder = marsad.folder / "data" / "alerts"
    feed = feedparser.parse((folder / "alerts.xml").read_bytes())
    assert not feed.bozo
    assert {entry.title for entry in feed.entries} == {
        "NEW · هجوم على قاعدة عين الأسد",
        "NEW · هجوم على قاعدة بلد الجوية",
    }
    store.save([attack(3, of=1, source="two", hours=1)])
    once(marsad)
    items = json.loads((folder / "alerts.json").read_bytes())["items"]
    assert len(items) == 2
    assert {item["_marsad"]["independent_origins"] for item in items} == {1, 2}
    assert {item["id"] for item in items} == {entry.id for entry in feed.entries}
    assert sorted(file.name for file in folder.iterdir()) == ["alerts.json", "alerts.xml"]


def test_what_failed_is_listed_and_sent_again(marsad: Marsad, store: Store) -> None:
    alerts_file(marsad.config, "https://127.0.0.1:9/", more="")
    store.save([attack(1)])
    marsad("alerts", "run", "--once", code=3)
    assert marsad.lines("alerts", "failed", "--json") == []
    (waiting,) = marsad.lines("alerts", "outbox", "--json")
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 1)
    assert "cannot be reached" in waiting["why"]
    # Its channel is no more: it waits for nobody.
    file = alerts_file(marsad.config, "https://127.0.0.1:9/", FEED)
    file.write_text(file.read_text(encoding="utf-8").replace("channel.desk", "channel.other"), encoding="utf-8")
    store.outbox.change(waiting["_id"], {"due": store.outbox.find()[0]["made"]}, ("waiting",))
    marsad("alerts", "run", "--once", code=1)
    (failed,) = marsad.lines("alerts", "failed", "--json")
    assert failed["why"] == "there is no channel desk"
    assert b"there is no channel desk" in marsad("alerts", "failed").stdout
    marsad("health", code=1)
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url)
        assert b"1 will be sent again" in marsad("alerts", "resend", failed["_id"]).stdout
        marsad("alerts", "resend", failed["_id"], code=1)
        assert "1 messages sent" in once(marsad)
    assert [one.message["possible_repeat"] for one in receiver.received] == [False]


def test_rules_are_checked_listed_and_tried_on_what_is_stored(marsad: Marsad, store: Store) -> None:
    assert b"5 rules, 1 channel\n" in marsad("alerts", "check").stdout
    alerts_file(marsad.config, "http://127.0.0.1:9/", 'id = "mine"\nquery = "entty:x"', FEED, more="[alerts]\n")
    wrong = marsad("alerts", "check", code=2).stderr.decode()
    assert "alert.mine.query: character 1: no field entty: did you mean entity:" in wrong
    assert "alerts.toml: alerts: no such key" in wrong
    assert [row["id"] for row in marsad.lines("alerts", "list", "--json")] == ["feed"]
    store.save([*(attack(n) for n in range(6)), attack(50, of=1, source="two", hours=1)])
    marsad("events", "--refresh")
    tried = marsad("alerts", "test", "feed", "--since", "2022-01-01").stdout.decode()
    assert tried.count("هجوم على") == 6
    assert "6 messages about 7 articles in 4 days: 1.50 a day, on 2 of them at least one; at most 5" in tried
    assert len(marsad.lines("alerts", "test", "feed", "--since", "2026-11-24", "--json")) == 5
    assert marsad("alerts", "test", "none", code=2).stderr
    assert len(marsad.lines("alerts", "outbox", "--json")) == 6


def test_channels_are_tried(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver:
        mail = (
            '[channel.mail]\nkind = "apprise"\nurl_env = "MAIL"\nallow_private = true\n[channel.feed]\nkind = "feed"\n'
        )
        alerts_file(marsad.config, receiver.url, more=mail)
        listed = marsad("alerts", "channels", code=1).stdout.decode()
        assert "mail  apprise  the environment has no MAIL" in listed
        assert "desk  webhook  ready" in listed
        marsad.environment["MAIL"] = receiver.url.replace("http://", "json://")
        tried = marsad("alerts", "channels", "--test").stdout.decode()
        assert tried.count("sent: ") == 3
    assert {one.message.get("kind") or one.message.get("title") for one in receiver.received} == {
        "test",
        "Marsad: a test of this channel",
    }


def test_apprise_carries_the_message_and_tells_a_refusal_from_silence(marsad: Marsad, store: Store) -> None:
    answers = iter(["500", "200", "never"])
    with Receiver(lambda _: next(answers)) as receiver:
        marsad.environment["MAIL"] = receiver.url.replace("http://", "json://")
        mail = '[channel.mail]\nkind = "apprise"\nurl_env = "MAIL"\ntimeout = 1\nretry = "0.1s"\nallow_private = true\n'
        alerts_file(marsad.config, receiver.url, 'id = "m"\nquery = "report:attack"\nchannels = ["mail"]', more=mail)
        store.save([attack(1)])
        marsad("alerts", "run", "--once", code=3)
        (delivery,) = store.outbox.find()
        assert (delivery["attempts"], delivery["unanswered"]) == (1, 0)
        assert store.outbox.resend(delivery["_id"]) is False
        while not receiver.received[1:]:
            marsad.run("alerts", "run", "--once")
        store.save([attack(2)])
        marsad("alerts", "run", "--once", code=3)
    assert receiver.received[1].message["title"] == "NEW · Ain al-Asad Air Base · هجوم على قاعدة عين الأسد"
    assert "Independent origins so far: 1" in receiver.received[1].message["message"]
    (waiting,) = store.outbox.find(states=("waiting",))
    assert (waiting["attempts"], waiting["unanswered"]) == (1, 1)
    assert KEY not in json.dumps(store.outbox.find(), default=str)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:{}/hook",
        "ntfy://localhost:{}/topic",
        "mailto://me:password@example.org:{}?smtp=localhost&to=desk@example.org",
    ],
)
def test_apprise_reaches_no_private_address_unless_the_channel_says_so(marsad: Marsad, address: str) -> None:
    with Receiver() as receiver:
        marsad.environment["MAIL"] = address.format(receiver.url.split(":")[2].split("/")[0])
        alerts_file(marsad.config, receiver.url, more='[channel.mail]\nkind = "apprise"\nurl_env = "MAIL"\n')
        answer = marsad("alerts", "channels", "--test", "--only", "mail", code=1).stdout.decode()
    assert "is no public address; the channel may say allow_private = true" in answer
    assert receiver.received == []


def test_marsad_run_sends_what_rings_and_beats(marsad: Marsad, store: Store) -> None:
    with Receiver() as receiver, Receiver() as heart:
        alerts_file(marsad.config, receiver.url)
        marsad.environment["MARSAD_HEARTBEAT"] = heart.url
        store.save([attack(1)])
        daemon = subprocess.Popen([MARSAD, "run"], env=marsad.environment, stderr=subprocess.PIPE)
        try:
            assert receiver.waited(1)
            assert heart.waited(1)
            daemon.send_signal(signal.SIGTERM)
            _, log = daemon.communicate(timeout=60)
        finally:
            daemon.kill()
    assert daemon.returncode == 0
    assert b"Traceback" not in log
    assert len(receiver.received) == 1
