"""What rings, what only counts, and what is taken back: passes over stored articles, on both stores."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alerting import BASES, alerts_file, attack, edited, written

from config import settings
from config.alerts import Alert, Alerts, load_alerts
from desk.alerts import Rules, configured_rules
from desk.eventing import pass_pending
from desk.predicate import matches
from desk.retagging import retag
from pipelines.records import Article, Change
from pipelines.store import open_store
from pipelines.store.base import Document, Store
from pipelines.store.copy import copy
from pipelines.store.query import EVERYTHING, Field

Configure = Callable[..., Path]
DENIAL = "نفى مصدر أمني تعرض {} لأي هجوم."


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    def write(*rules: str, more: str = "") -> Path:
        monkeypatch.setattr(settings, "MARSAD_CONFIG", str(tmp_path / "config"))
        return alerts_file(tmp_path / "config", "http://127.0.0.1:9/", *rules, more=more)

    return write


def look(store: Store) -> list[Document]:
    """A pass; then everything in the outbox, oldest first."""
    pass_pending(store, lambda *_: None)
    assert store.pending(limit=1) == []
    return store.outbox.find()[::-1]


def send(store: Store, channel: str = "desk") -> None:
    """As if all that is due had been sent."""
    while parcels := store.outbox.claim(channel, f"claim {random.random()}", 60, limit=50):
        for parcel in parcels:
            assert store.outbox.begin(parcel, {"items": []}, 60)
            assert store.outbox.done(parcel, "200")


def test_one_ring_for_an_event_however_many_tell_it(store: Store, configure: Configure) -> None:
    configure()
    store.save([attack(1, source="one")])
    (first,) = look(store)
    assert (first["rule"], first["channel"], first["kind"], first["state"]) == ("mine", "desk", "new", "waiting")
    assert first["_id"] == f"mine/event:{first['event']}/desk"
    store.save([attack(100 + n, of=1, source=f"paper-{n}", hours=1 + n) for n in range(5)])
    (again,) = look(store)
    assert again["_id"] == first["_id"]
    assert again["counted"] == {"articles": 6, "outlets": 6, "origins": 6}
    store.save([attack(2)])
    assert len(look(store)) == 2


def test_a_pass_done_twice_rings_once(store: Store, configure: Configure) -> None:
    configure('id = "mine"\nquery = "report:attack"\nchannels = ["desk", "feed"]')
    articles = [attack(n) for n in range(4)]
    store.save(articles)
    rung = look(store)
    assert len(rung) == 8
    for article in articles:
        # As after a pass that ended between ringing and settling.
        store.retag({article.id: {"pending": True}}, {article.id: 1})
    assert look(store) == rung


def test_background_stays_silent(store: Store, configure: Configure) -> None:
    configure()
    store.save([written(1, "زيارة", "زار الوزير قاعدة حرير التي تعرضت لقصف بالصواريخ عام 2021.")])
    assert look(store) == []


def test_enough_independent_origins_may_come_later(store: Store, configure: Configure) -> None:
    configure('id = "sure"\nquery = "report:attack هجوم"\nmin_origins = 2')
    store.save([attack(1, source="one")])
    (short,) = look(store)
    assert short["state"] == "short"
    assert store.outbox.claim("desk", "claim", 60, limit=9) == []
    # Quotes somebody who is another origin, and does not have the word that the rule asks for.
    store.save([written(2, "قصف", f"قصفت طائرة مسيرة {BASES[1]} فجر اليوم.", source="two", hours=1)])
    (rung,) = look(store)
    assert (rung["_id"], rung["state"], rung["kind"]) == (short["_id"], "waiting", "update")
    assert rung["counted"]["origins"] == 2


def test_copies_of_an_agency_are_one_origin(store: Store, configure: Configure) -> None:
    configure('id = "sure"\nquery = "report:attack"\nmin_origins = 2')
    quoted = "وذكرت وكالة رويترز أن الهجوم لم يسفر عن إصابات."
    store.save([attack(1, source="one", more=quoted), attack(2, of=1, source="two", hours=1, more=quoted)])
    assert {delivery["state"] for delivery in look(store)} == {"short"}


def test_old_news_found_late_does_not_ring(store: Store, configure: Configure) -> None:
    configure('id = "mine"\nquery = "report:attack"\nmax_age = "2d"')
    store.save([attack(20)])
    assert look(store) == []


def test_two_rules_and_two_channels_each_get_their_own(store: Store, configure: Configure) -> None:
    configure(
        'id = "all"\nquery = "report:attack"\nchannels = ["desk", "feed"]',
        'id = "one-base"\nquery = "target:iq-harir"',
        'id = "words"\nquery = "مسيرة NOT target:iq-harir"',
    )
    store.save([attack(0), attack(1)])
    rung = {(d["rule"], d["channel"], d["targets"][0]) for d in look(store)}
    harir, asad = "iq-harir", "iq-ain-al-asad"
    assert rung == {
        *((rule, channel, base) for rule, channel in (("all", "desk"), ("all", "feed")) for base in (harir, asad)),
        ("one-base", "desk", harir),
        ("words", "desk", asad),
    }


def test_what_is_no_news_rings_nothing(store: Store, configure: Configure, tmp_path: Path) -> None:
    configure()
    store.save([attack(n) for n in range(5)], ring=False)
    assert look(store) == []
    documents = list(store.find(EVERYTHING))
    stale = {d["_id"]: {"provenance": d["provenance"] | {"watchlist": "another"}} for d in documents}
    store.retag(stale, {d["_id"]: 1 for d in documents})
    assert retag(store, lambda *_: None).retagged == 5
    assert look(store) == []
    # Read again from kept pages: another text, the same news.
    store.save([edited(attack(n), "قصف", f"قصفت طائرة مسيرة {BASES[n]} فجر اليوم.") for n in range(5)], ring=False)
    assert look(store) == []
    store.save([attack(n) for n in range(5, 9)])
    target = open_store(str(tmp_path / "copy.sqlite"))
    copy(store, target, lambda *_: None)
    assert len(target.pending(limit=9)) == 4
    assert look(target) == []
    assert len(look(store)) == 4
    # What waits to be sent is not sent by two stores.
    copy(store, target, lambda *_: None)
    assert {d["state"] for d in target.outbox.find()} == {"failed"}
    assert target.outbox.claim("desk", "claim", 60, limit=9) == []
    target.close()


@pytest.mark.parametrize("how", ["gone", "without its target", "denied"])
def test_what_rang_is_taken_back_once(store: Store, configure: Configure, how: str) -> None:
    configure()
    articles = [attack(n) for n in range(20)]
    store.save(articles)
    assert len(look(store)) == 20
    send(store)
    for n, article in enumerate(articles):
        if how == "gone":
            at = article.fetched + timedelta(hours=1)
            store.mark([Change(article.source, article.url, article.id, "gone", at, "answers 404")])
        elif how == "denied":
            base, hours = BASES[n % 5], 2 - 72 * (n // 5)
            store.save([written(200 + n, f"نفي هجوم على {base}", DENIAL.format(base), source="two", hours=hours)])
        else:
            store.save([edited(article, "تصحيح", "لا جديد في هذا الخبر بعد تصحيحه.")])
    taken_back = [d for d in look(store) if d["corrects"]]
    assert len(taken_back) == 20
    assert {d["corrects"] for d in taken_back} == {d["_id"] for d in store.outbox.find() if not d["corrects"]}
    assert {d["channel"] for d in taken_back} == {"desk"}
    send(store)
    for article in articles:
        store.retag({article.id: {"pending": True}}, {article.id: (store.article(article.id) or {})["revision"]})
    assert len([d for d in look(store) if d["corrects"]]) == 20


def test_a_report_that_is_gone_counts_no_more_until_it_is_back(store: Store, configure: Configure) -> None:
    configure()
    one, two, three = attack(1), attack(2, of=1, source="two", hours=1), attack(3, of=1, source="three", hours=2)
    store.save([one, two, three])
    look(store)

    def gone(article: Article) -> None:
        at = article.fetched + timedelta(hours=3)
        store.mark([Change(article.source, article.url, article.id, "gone", at, "answers 404")])

    def event() -> Document:
        (found,) = store.events()
        return {name: found[name] for name in ("articles", "outlets", "origins", "state", "article")}

    gone(one)
    (delivery,) = look(store)
    # Not sent yet, it is told from a report that stands, which is counted with the others that do.
    assert delivery["article"] == two.id
    assert delivery["counted"] == {"articles": 2, "outlets": 2, "origins": 2}
    gone(two)
    (delivery,) = look(store)
    assert delivery["article"] == three.id
    assert event() == {"articles": 1, "outlets": 1, "origins": 1, "state": "reported", "article": three.id}
    gone(three)
    (delivery,) = look(store)
    assert delivery["state"] == "dropped"
    assert event()["state"] == "withdrawn"
    store.save([replace(two, fetched=two.fetched + timedelta(hours=9))])
    look(store)
    assert event() == {"articles": 1, "outlets": 1, "origins": 1, "state": "reported", "article": two.id}
    assert store.count(Field("state", ("gone",))) == 2


def test_what_is_taken_back_before_it_was_sent_is_not_sent(store: Store, configure: Configure) -> None:
    configure()
    alone, told = attack(1), attack(2)
    other = attack(3, of=2, source="two", hours=1)
    store.save([alone, told, other])
    assert {d["article"] for d in look(store)} == {alone.id, told.id}
    store.save([edited(told, "تصحيح", "لا جديد."), edited(alone, "تصحيح", "لا جديد.")])
    states = {d["article"]: d["state"] for d in look(store)}
    # What another outlet tells too is that outlet's news now.
    assert states == {alone.id: "dropped", other.id: "waiting"}
    # Told again, it rings after all.
    store.save([attack(4, of=1, source="three", hours=2)])
    assert sorted(d["state"] for d in look(store)) == ["dropped", "waiting", "waiting"]


def test_an_edit_that_changes_nothing_that_rang_is_silent(store: Store, configure: Configure) -> None:
    configure()
    article = attack(1)
    store.save([article])
    look(store)
    send(store)
    store.save([edited(article, article.title, f"{article.body} وتفاصيل أخرى لاحقا.")])
    (delivery,) = look(store)
    assert delivery["state"] == "sent"


def test_a_claim_and_a_denial_are_their_own_kinds(store: Store, configure: Configure) -> None:
    configure('id = "claims"\nquery = "report:attack claimed:any"', 'id = "denials"\nquery = "report:denial"')
    store.save([attack(0)])
    assert look(store) == []
    claim = "أعلنت سرايا أولياء الدم مسؤوليتها عن هجوم بطائرة مسيرة على قاعدة حرير فجر اليوم."
    store.save(
        [
            written(50, "تبن", claim, source="two", hours=1),
            written(51, "نفي هجوم على قاعدة بلد", DENIAL.format(BASES[2]), source="two", hours=1),
        ]
    )
    assert {(d["rule"], d["kind"]) for d in look(store)} == {("claims", "claim"), ("denials", "denial")}


def test_digests_and_quiet_hours_hold_back(store: Store, configure: Configure) -> None:
    configure(
        'id = "digest"\nquery = "report:attack"\nmode = "digest 1d"',
        'id = "night"\nquery = "report:attack"\nmode = "digest 1d"\nquiet = "00:00-23:59"',
    )
    store.save([attack(1), attack(2)])
    deliveries = look(store)
    assert len(deliveries) == 4
    assert all(d["due"] > d["made"] for d in deliveries)
    assert {d["together"] for d in deliveries} == {"digest/desk", "night/desk"}
    assert store.outbox.claim("desk", "claim", 60, limit=9) == []


def test_what_only_a_query_with_a_time_would_say_is_refused(configure: Configure) -> None:
    file = configure('id = "mine"\nquery = "صاروخ since:7d"', 'id = "typo"\nquery = "entty:iq-harir"')
    rules = Rules(load_alerts(file.parent))
    mine, typo = (str(fault) for fault in rules.faults)
    assert mine.startswith(f"{file}: alert.mine.query: character 1: a time has no place in an alert")
    assert typo.startswith(f"{file}: alert.typo.query: character 1: no field entty: did you mean entity:")
    assert rules.by_id == {}


def test_rules_are_read_again_when_their_file_changes(configure: Configure) -> None:
    configure('id = "one"\nquery = "صاروخ"')
    before = configured_rules()
    assert list(before.by_id) == ["one"]
    assert configured_rules() is before
    configure('id = "one"\nquery = "صاروخ"', 'id = "two"\nquery = "مسيرة"')
    assert list(configured_rules().by_id) == ["one", "two"]


def test_the_index_of_rules_finds_what_trying_each_would(store: Store) -> None:
    chance = random.Random(9)
    parts = [
        *(
            "report:attack",
            "report:none",
            "target:any",
            "entity:iq-harir",
            "target:(iq-harir OR iq-balad)",
            "kind:base",
        ),
        *(
            "kind:militia",
            "مسيرة",
            "صاروخ",
            '"طائرة مسيرة"',
            '"هاجمت قاعدة"~2',
            "source:one",
            "country:IQ",
            "has:mention",
        ),
        *("mentions:>=2", "same(kind:base kind:weapon)", "في", '"في"'),
    ]

    def query(depth: int) -> str:
        if depth == 0 or chance.random() < 0.3:
            return chance.choice(parts)
        joint = chance.choice([" ", " OR ", " -"])
        return f"({query(depth - 1)}{joint}{query(depth - 1)})"

    alerts = {f"r{n}": Alert(id=f"r{n}", query=query(3)) for n in range(400)}
    rules = Rules(Alerts(alerts, {}, (), {}))
    assert len(rules.by_id) == 400
    store.save([*(attack(n, source=("one", "two")[n % 2]) for n in range(8)), written(99, "خبر", "زار الوزير بغداد.")])
    rung = 0
    for document in store.find(EVERYTHING):
        found = [rule.alert.id for rule in rules.matching(document)]
        assert found == sorted(name for name, rule in rules.by_id.items() if matches(rule.query, document))
        rung += len(found)
    assert rung > 500


def test_events_that_turn_out_to_be_one_ring_no_more(store: Store, configure: Configure) -> None:
    configure()
    dawn = written(1, "هجوم على قاعدة حرير", "هاجمت طائرة مسيرة قاعدة حرير عند الساعة 3:10 فجر اليوم.")
    store.save([dawn])
    (first,) = look(store)
    send(store)
    later = replace(attack(2, of=0, source="two", hours=2))
    store.save([later])
    (only,) = look(store)
    assert (only["_id"], only["counted"]["articles"]) == (first["_id"], 2)
