"""From a stored article to a message, as an analyst sets it up: `marsad alerts` as a process of its own."""

from __future__ import annotations

from alerting import alerts_file, attack, written
from marsad_process import Marsad
from receiver import KEY, Receiver

from pipelines.store import open_store
from pipelines.store.base import Store


def a_store(marsad: Marsad) -> Store:
    marsad.environment["HOOK_KEY"] = KEY
    return open_store(str(marsad.folder / "data" / "marsad.sqlite"))


def test_a_new_attack_rings_once_and_the_message_says_why(marsad: Marsad) -> None:
    store = a_store(marsad)
    with Receiver() as receiver:
        alerts_file(marsad.config, receiver.url)
        store.save([attack(1, source="one")])
        assert b"1 messages sent" in marsad("alerts", "run", "--once").stdout
        store.save([attack(2, source="two", base="قاعدة عين الأسد", ago=0.5)])
        assert b"0 messages sent" in marsad("alerts", "run", "--once").stdout
    (one,) = receiver.received
    assert one.signed
    (item,) = one.message["items"]
    assert (one.message["kind"], one.message["possible_repeat"], one.message["rule"]) == ("new", False, "mine")
    assert item["bases"] == [{"id": "iq-ain-al-asad", "name": "قاعدة عين الأسد الجوية", "en": "Ain al-Asad Air Base"}]
    assert item["sentence"] == "هاجمت طائرة مسيرة ⟦قاعدة عين الأسد⟧ اليوم."
    assert item["independent_origins"] == 1
    print(one.message["title"], one.message["text"], sep="\n")
    assert 0
