"""The outbox of both stores: each step happens once, whoever else is at it and wherever it is stopped."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from pipelines.records import utc_ms
from pipelines.store.base import Document, Store
from pipelines.store.outbox import UNKNOWN, a_delivery

NOW = utc_ms(datetime.now(UTC)) - timedelta(minutes=5)
MESSAGE: Document = {"title": "t", "items": []}


def deliveries(count: int, **fields: object) -> list[Document]:
    return [
        a_delivery(
            f"rule/event:{n}/desk", NOW, rule="rule", channel="desk", event=str(n), story=str(n), article=f"a{n}"
        )
        | fields
        for n in range(count)
    ]


def states(store: Store) -> list[str]:
    return sorted(delivery["state"] for delivery in store.outbox.find())


def test_what_is_there_already_is_left_as_it_is(store: Store) -> None:
    assert store.outbox.put(deliveries(3)) == 3
    assert store.outbox.put([d | {"why": "again"} for d in deliveries(4)]) == 1
    found = store.outbox.find()
    assert [d["_id"] for d in found] == [f"rule/event:{n}/desk" for n in range(4)]
    assert found[0] == deliveries(1)[0]
    assert store.outbox.change("rule/event:0/desk", {"state": "dropped"}, ("waiting",))
    assert not store.outbox.change("rule/event:0/desk", {"state": "waiting"}, ("waiting", "short"))
    assert store.outbox.put([d | {"why": "again"} for d in deliveries(4)]) == 1


def test_deliveries_are_found_by_what_they_are_about(store: Store) -> None:
    store.outbox.put(deliveries(9))
    about = store.outbox.about(["1"], ["2", "nothing"], ["a3", "a1"])
    assert [d["event"] for d in about] == ["1", "2", "3"]
    store.outbox.count({"rule/event:1/desk": {"counted": {"articles": 5}}, "no such": {"counted": {}}})
    assert store.outbox.about(["1"], (), ())[0]["counted"] == {"articles": 5}
    assert len(store.outbox.find(limit=2)) == 2
    assert store.outbox.find(rule="another") == []
    assert store.outbox.find(since=NOW + timedelta(seconds=1)) == []


def test_claim_begin_and_done(store: Store) -> None:
    store.outbox.put([*deliveries(2), *deliveries(3, due=NOW + timedelta(days=1))[2:]])
    (one,) = store.outbox.claim("desk", "me", 60, limit=1)
    assert store.outbox.claim("another", "me", 60, limit=9) == []
    (other,) = store.outbox.claim("desk", "you", 60, limit=9)
    assert {one.leader["event"], other.leader["event"]} == {"0", "1"}
    assert store.outbox.begin(one, MESSAGE, 60)
    assert not store.outbox.begin(one, MESSAGE, 60)
    assert store.outbox.done(one, "200 OK")
    assert not store.outbox.done(one, "200 OK")
    sent = store.outbox.find(states=("sent",))[0]
    assert (sent["message"], sent["why"], sent["claim"]) == (MESSAGE, "200 OK", None)
    assert sent["sent"] > NOW
    assert states(store) == ["claimed", "sent", "waiting"]


def test_a_claim_that_ended_before_sending_leaves_no_mark(store: Store) -> None:
    store.outbox.put(deliveries(1))
    (dead,) = store.outbox.claim("desk", "dead", 0, limit=1)
    (again,) = store.outbox.claim("desk", "next", 60, limit=1)
    assert (again.leader["unanswered"], again.leader["attempts"]) == (0, 0)
    assert not store.outbox.begin(dead, MESSAGE, 60)
    assert store.outbox.begin(again, MESSAGE, 60)


def test_a_claim_that_ended_while_sending_is_repeated_once_and_marked(store: Store) -> None:
    store.outbox.put(deliveries(1))
    for unanswered in range(2):
        (dead,) = store.outbox.claim("desk", f"dead {unanswered}", 60, limit=1)
        assert dead.leader["unanswered"] == unanswered
        assert store.outbox.begin(dead, MESSAGE, 0)
    assert store.outbox.claim("desk", "next", 60, limit=1) == []
    (failed,) = store.outbox.find()
    assert (failed["state"], failed["unanswered"]) == ("failed", 2)
    assert not store.outbox.done(dead, "late")


def test_failures_are_put_off_and_end(store: Store) -> None:
    store.outbox.put(deliveries(1))
    (first,) = store.outbox.claim("desk", "1", 60, limit=1)
    assert store.outbox.begin(first, MESSAGE, 60)
    assert store.outbox.again(first, "500", 0, unanswered=False)
    (second,) = store.outbox.claim("desk", "2", 60, limit=1)
    assert (second.leader["attempts"], second.leader["unanswered"], second.leader["why"]) == (1, 0, "500")
    assert store.outbox.again(second, "refused", 3600, unanswered=False)
    assert store.outbox.claim("desk", "3", 60, limit=1) == []
    store.outbox.put(deliveries(2))
    (last,) = store.outbox.claim("desk", "4", 60, limit=9)
    assert store.outbox.again(last, "500", None, unanswered=False)
    (failed,) = store.outbox.find(states=("failed",))
    assert failed["_id"] == last.leader["_id"]
    assert store.outbox.resend(failed["_id"])
    assert not store.outbox.resend(failed["_id"])
    (again,) = store.outbox.claim("desk", "5", 60, limit=9)
    assert (again.leader["_id"], again.leader["attempts"]) == (failed["_id"], 0)


def test_an_unanswered_one_stays_marked_when_a_person_has_it_sent_again(store: Store) -> None:
    store.outbox.put(deliveries(1))
    for n in range(2):
        (one,) = store.outbox.claim("desk", str(n), 60, limit=1)
        assert store.outbox.begin(one, MESSAGE, 60)
        assert store.outbox.again(one, UNKNOWN, 0, unanswered=True)
    assert states(store) == ["failed"]
    assert store.outbox.resend(one.leader["_id"])
    (again,) = store.outbox.claim("desk", "person", 60, limit=1)
    assert again.leader["unanswered"] == 2
    # A refusal is tried again as any other is; that the first ones may have arrived does not end it.
    assert store.outbox.again(again, "500", 0, unanswered=False)
    assert states(store) == ["waiting"]


def test_what_goes_together_is_one_parcel_that_never_changes_once_it_began(store: Store) -> None:
    some = deliveries(5, together="digest")
    store.outbox.put(some[:3])
    (parcel,) = store.outbox.claim("desk", "1", 60, limit=9)
    assert [parcel.leader["event"], *(d["event"] for d in parcel.others)] == ["0", "1", "2"]
    assert store.outbox.begin(parcel, MESSAGE, 60)
    assert store.outbox.again(parcel, "500", 0, unanswered=False)
    store.outbox.put(some)
    # The first parcel alone; and what came since, as one of its own.
    first, second = sorted(store.outbox.claim("desk", "2", 60, limit=9), key=lambda p: str(p.leader["event"]))
    assert [first.leader["event"], *(d["event"] for d in first.others)] == ["0", "1", "2"]
    assert [second.leader["event"], *(d["event"] for d in second.others)] == ["3", "4"]
    for one in (first, second):
        assert store.outbox.begin(one, MESSAGE, 60)
    assert store.outbox.done(first, "200")
    assert store.outbox.again(second, "500", None, unanswered=False)
    assert states(store) == ["failed", "failed", "sent", "sent", "sent"]
    assert store.outbox.resend(second.others[0]["_id"])
    (again,) = store.outbox.claim("desk", "3", 60, limit=9)
    assert len(again.others) == 1


def test_many_claimants_at_once_get_each_delivery_once(store: Store) -> None:
    store.outbox.put(deliveries(60))
    got: list[str] = []

    def take(name: int) -> None:
        turn = 0
        while parcels := store.outbox.claim("desk", f"{name} {turn}", 60, limit=3):
            turn += 1
            got.extend(parcel.leader["_id"] for parcel in parcels if store.outbox.begin(parcel, MESSAGE, 60))

    threads = [threading.Thread(target=take, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(d["_id"] for d in deliveries(60))


def test_how_things_stand_with_each_channel(store: Store) -> None:
    assert store.outbox.standings() == []
    later = {"made": NOW - timedelta(hours=20), "due": utc_ms(datetime.now(UTC)) + timedelta(hours=4)}
    some = deliveries(5)
    digest = [some[4] | later | {"_id": "digest", "channel": "mail"}]
    store.outbox.put([*some[:3], some[3] | {"made": NOW - timedelta(hours=1)} | {"state": "failed"}, *digest])
    (parcel,) = store.outbox.claim("desk", "me", 60, limit=1)
    assert store.outbox.begin(parcel, MESSAGE, 60)
    assert store.outbox.done(parcel, "200 OK")
    desk, mail = store.outbox.standings()
    assert (desk.channel, desk.deliveries) == ("desk", {"sent": 1, "waiting": 2, "failed": 1})
    assert 300 <= desk.waits < 3600
    # A digest is not late before its time; what was tried and put off is.
    assert (mail.channel, mail.deliveries, mail.waits) == ("mail", {"waiting": 1}, 0.0)
    (parcel,) = store.outbox.claim("desk", "me too", 60, limit=1)
    assert store.outbox.again(parcel, "503", 3600.0, unanswered=False)
    assert store.outbox.change(some[2]["_id"], {"state": "dropped"}, ("waiting",))
    (desk, _) = store.outbox.standings()
    assert desk.deliveries == {"sent": 1, "waiting": 1, "failed": 1, "dropped": 1}
    assert 300 <= desk.waits < 3600
