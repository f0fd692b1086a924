"""Every query of docs/mongodb.md runs as printed, gives what it says, and walks along an index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymongo
import pytest
from builders import a_story, an_article
from mongo_process import started
from mongodb_page import PAGE, Printed, printed
from pymongo import monitoring
from pymongo.database import Database

from desk.query import parse
from pipelines.arabic import fold, terms, words
from pipelines.events import event_of, told_by
from pipelines.records import Mention
from pipelines.store import open_store
from pipelines.store.base import Document, Quarantined, Run, StoreError
from pipelines.store.document import new_document, telling
from pipelines.store.mongo_filter import INDEXED, filter_of
from pipelines.store.mongo_layout import INDEXES, VIEWS
from pipelines.store.query import EVERYTHING, Field, Time, unindexed

Database_ = Database[dict[str, Any]]
QUERIES = printed()
HOUR = timedelta(hours=1)
ASAD, TAJI, HARIR = "iq-ain-al-asad", "iq-taji", "iq-harir"
KINDS = {ASAD: "base", TAJI: "base", HARIR: "base", "nujaba": "militia", "kataib-hezbollah": "militia"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def report(number: int, source: str, when: datetime, text: str, entities: list[str], **fields: Any) -> Document:
    """An article as later versions store it."""
    found = words(fold(text).text)
    url = f"https://{source}.example/news/{number}"
    article = an_article(
        number,
        id=f"{number:032}",
        source=source,
        url=url,
        urls=(url,),
        title=text,
        published=when,
        fetched=when + HOUR,
        mentions=tuple(Mention(entity, KINDS.get(entity, "force"), "", "title", 0, 1, "name") for entity in entities),
        entities=tuple(entities),
        bases=tuple(entity for entity in entities if KINDS.get(entity) == "base"),
        groups=tuple(entity for entity in entities if KINDS.get(entity) == "militia"),
        terms=terms(found),
        words=" ".join(found),
    )
    document = new_document(article, "Asia/Baghdad", ring=False)
    nothing: Document = {name: [] for name in ("targets", "claimed_by", "denied_by", "accused", "weapons", "cites")}
    document |= nothing | {"report": "none", "event": None, "event_from": None, "event_to": None}
    for mention in document["mentions"]:
        mention["sentence"] = 0
    return document | fields


def attack(event: str, target: str, start: datetime, end: datetime, weapon: str) -> Document:
    """What a report of one attack has."""
    incident = {"targets": [target], "from": start, "to": end, "precision": "hours", "again": False}
    told = telling([{"event": event, "number": 0, "targets": [target]}])
    found = {"report": "attack", "targets": [target], "weapons": [weapon], "incidents": [incident]}
    return found | told | {"event_from": start, "event_to": end}


ATTACK = attack("e1", ASAD, at(13, 22, 30), at(13, 23), "drone") | {"story": "s1"}
OTHER = attack("e2", TAJI, at(2, 1), at(2, 2), "rocket")
DOCUMENTS = [
    report(1, "paper", at(13, 23, 40), "صاروخ يصيب قاعدة عين الأسد", [ASAD], **ATTACK),
    report(2, "wire", at(14, 0, 10), "نقلا عن الصحيفة: هجوم على عين الأسد", [ASAD], **ATTACK, cites=["paper"]),
    report(3, "other", at(14, 2, 30), "النجباء تتبنى قصف عين الأسد", ["nujaba", ASAD], **ATTACK, claimed_by=["nujaba"]),
    report(4, "third", at(14, 5), "النجباء تنفي", ["nujaba"], story="s1", report="denial", denied_by=["nujaba"]),
    report(5, "paper", at(2, 3), "وصاروخ على معسكر التاجي", [TAJI], **OTHER),
    report(6, "paper", at(10, 3), "النجباء تهدد", ["nujaba"], report="threat"),
    report(7, "paper", at(12, 3), "لم تتعرض قاعدة لهجوم", [], revision=2, state="edited"),
    *(report(n, "sport", at(1 + n % 20, n % 24), "مباراة في بغداد", ["pmf"]) for n in range(20, 100)),
]
EARLIER = report(7, "paper", at(12, 3), "هجوم على قاعدة حرير", [HARIR]) | {
    "_id": f"{7:032}#1",
    "article": f"{7:032}",
}


def laid(event: str, *denials: int) -> Document:
    """The event that reports of it make."""
    told = (one for d in DOCUMENTS if d["event"] == event for one in told_by(d, [*d["cites"], d["source"]][0]))
    return event_of(list(told), [f"{number:032}" for number in denials], []) | {"_id": event}


def ids(answer: list[Document]) -> list[int]:
    return [int(document["_id"]) for document in answer]


EXPECTED: dict[int, Any] = {
    1: lambda a: [(r["_id"], r["first"][0]["source"], r["outlets"]) for r in a] == [("e1", "paper", 3)],
    2: lambda a: ids(a) == [3, 2, 1],
    3: lambda a: ids(a) == [3, 2, 1],
    4: lambda a: a == [{"_id": "2026-11", "attacks": 1}],
    5: lambda a: a == [{"_id": 1, "attacks": 1}],
    6: lambda a: a == [{"_id": "e1", "hours": 4.0}],
    7: lambda a: [r["_id"] for r in a] == ["e1"],
    8: lambda a: [(r["_id"], r["origins"]) for r in a] == [("e1", 2)],
    9: lambda a: [r["_id"] for r in a] == [{"article": f"{3:032}", "sentence": 0}],
    10: lambda a: [r["article"] for r in a] == [f"{7:032}"],
    11: lambda a: [(r["source"], r["detail"]) for r in a] == [("broken", "no answer")],
    12: lambda a: (a[0]["_id"], a[0]["last"], len(a)) == ("other", "2026-11-14", 5),
    13: lambda a: a == [{"day": "2026-11-14", "articles": 3}],
    14: lambda a: [(r["_id"], r["articles"]) for r in a[:2]] == [("pmf", 80), (ASAD, 3)],
    15: lambda a: ids(a) == [1],
    16: lambda a: ids(a) == [1],
    17: lambda a: a == [{"_id": "nujaba", "articles": 1}],
    18: lambda a: ids(a) == [6],
    19: lambda a: [(r["_id"]["target"], r["_id"]["weapon"]) for r in a] == [(ASAD, "drone"), (TAJI, "rocket")],
    20: lambda a: [r["_id"] for r in a] == ["e2"],
    21: lambda a: ids(a) == [1, 2, 3, 4],
    22: lambda a: [r["title"] for r in a] == ["هجوم على قاعدة حرير"],
    23: lambda a: [(int(r["_id"]), r["revision"]) for r in a] == [(7, 2)],
    24: lambda a: a == [{"_id": {"source": "broken", "reason": "gone"}, "pages": 3}],
    25: lambda a: a == [{"_id": {"source": "wire", "cites": "paper"}, "articles": 1}],
    26: lambda a: [r["why"] for r in a] == ["odd"],
    27: lambda a: [(int(r["article"]), r["sentence"]) for r in a] == [(5, 0)],
    28: lambda a: ids(a) == [3],
    29: lambda a: [(int(r["_id"]), r["sentence"]) for r in a] == [(3, "النجباء تتبني قصف عين الاسد")],
    30: lambda a: [(r["from"], r["origins"]) for r in a] == [(at(13, 22, 30), 2)],
    31: lambda a: [(r["_id"], r["origins"]) for r in a] == [("s1", 3)],
    32: lambda a: ids(a) == [1, 2, 3],
    33: lambda a: [(int(r["_id"]), r["event"]) for r in a] == [(1, "e1"), (2, "e1"), (3, "e1")],
}


@pytest.fixture(scope="module")
def database(mongo_server: str) -> Iterator[Database_]:
    """A database with articles as they will be once reports are read from them."""
    name = "marsad_page_test"
    store = open_store(mongo_server, database=name)
    store.load("articles", DOCUMENTS)
    store.load("revisions", [EARLIER])
    store.load("events", [laid("e1", 4), laid("e2")])
    stories = [a_story("s1", articles=4, origins=3), a_story("s2"), a_story("s3", origins=2, merged_into="s1")]
    store.load("stories", stories)
    store.run(
        Run(id="r1", source="broken", started=at(13, 20), state="failed", detail="no answer", rejected={"gone": 3})
    )
    store.run(Run(id="r2", source="paper", started=at(13, 21), state="done"))
    store.quarantine(Quarantined(id="q", source="paper", url="https://paper.example/x", when=at(13, 1), why="odd"))
    with pymongo.MongoClient[dict[str, Any]](mongo_server, tz_aware=True) as client:
        yield client[name]
        client.drop_database(name)
    store.close()


def test_there_are_at_least_25_and_each_has_an_answer_to_compare_with() -> None:
    assert [query.number for query in QUERIES] == list(range(1, len(QUERIES) + 1))
    assert len(QUERIES) >= 25
    assert set(EXPECTED) == {query.number for query in QUERIES}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_a_printed_query_answers_what_it_says(database: Database_, query: Printed) -> None:
    answer = query.run(database)
    assert EXPECTED[query.number](answer), answer


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_a_printed_query_uses_an_index(database: Database_, query: Printed) -> None:
    collection, calls = query.parsed
    if not query.filter:
        (order,) = dict(calls)["sort"]
        assert_is_an_order(collection, order)
        return
    if collection in VIEWS:
        # What the view hands on as it is, MongoDB asks of the articles before it takes anything apart.
        handed_on = VIEWS[collection]["pipeline"][-1]["$project"]
        wanted = {name: value for name, value in query.filter.items() if handed_on[name] == 1}
        assert_uses_index(database, VIEWS[collection]["on"], wanted)
        return
    assert_uses_index(database, collection, query.filter)


SHIPPED = (
    "entity:iq-ain-al-asad",
    "entity:iq-ain-al-asad since:2026-11-10",
    "صاروخ",
    "صاروخ قاعدة",
    "(صاروخ OR وصاروخ OR قصف)",
    '"قاعدة عين الأسد"',
    "entity:iq-ain-al-asad قصف -source:wire",
    "near:iq-ain-al-asad,100km",
    "same(entity:nujaba entity:iq-ain-al-asad)",
    "same(entity:iq-ain-al-asad قصف)",
    'same("عين الأسد" (قصف OR صاروخ) -kind:militia)',
    "report:attack target:iq-ain-al-asad",
    "report:attack target:any",
    "claimed:nujaba",
    "denied:nujaba",
    "story:s1",
    "event:e1",
    "source:third",
    "kind:base -source:wire since:2026-11-01",
    "on:2026-11-14",
    "until:2026-11-03 source:paper",
    "country:IQ",
    f"id:{7:032}",
    "event:2026-11-14",
    '"صاروخ قاعدة"~2',
    "report:denial OR report:threat",
)


@pytest.mark.parametrize("text", SHIPPED)
def test_what_the_desk_asks_uses_an_index(database: Database_, text: str) -> None:
    query = parse(text)
    assert unindexed(query, INDEXED) == ""
    assert_uses_index(database, "articles", filter_of(query))


def assert_is_an_order(collection: str, order: dict[str, int]) -> None:
    """The latest of all: an index that begins so."""
    assert next(iter(order)) in ["_id", *(index["keys"][0][0] for index in INDEXES[collection].values())]


class Heard(monitoring.CommandListener):
    """What is looked up, as it is sent."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any], dict[str, int]]] = []
        """Collection, filter, order."""

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command = event.command
        if event.command_name == "find":
            self.filters.append((command["find"], dict(command["filter"]), dict(command.get("sort", {}))))
        elif event.command_name == "aggregate":
            self.filters.append((command["aggregate"], dict(command["pipeline"][0]["$match"]), {}))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def test_what_the_store_asks_of_itself_uses_an_index(
    database: Database_, mongo_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    monkeypatch.setattr(pymongo, "MongoClient", partial(pymongo.MongoClient, event_listeners=[heard]))
    store = open_store(mongo_server, database=database.name)
    asad = Field("entity", (ASAD,))
    list(store.find(asad, limit=20, after=(at(14, 1), "0" * 32)))
    list(store.find(asad, limit=20, after=(at(14, 1), "0" * 32), oldest_first=True))
    store.count(asad, at_most=5)
    store.count(asad, "events")
    store.tally(asad, ("week",))
    store.tally(Time(at(12, 0), None), ("pair",))
    store.tally(EVERYTHING, ("entity", "day"))
    store.times("third", at(1, 0))
    store.article("x")
    store.revisions("x")
    store.pending(limit=5)
    store.seen(["x"])
    # Not `due`: its index is of a part of the addresses, which the tests' server does not see in a range.
    store.runs(source="paper", since=at(12, 0))
    store.runs(since=at(12, 0))
    store.runs()
    store.quarantined()
    store.event("x")
    list(store.events(targets=[ASAD], since=at(12, 0), until=at(14, 0)))
    list(store.events(since=at(12, 0)))
    list(store.events(until=at(14, 0), limit=5))
    store.host("x")
    store.close()
    asked = [one for one in heard.filters if one[0] not in ("meta", "leases")]
    assert len(asked) == 21
    for collection, wanted, order in asked:
        if not wanted:
            assert_is_an_order(collection, order)
        elif "_id" not in wanted:
            assert_uses_index(database, collection, wanted)


def assert_uses_index(database: Database_, collection: str, wanted: dict[str, Any]) -> None:
    """An index narrows the filter down to at most five times what it gives.

    The tests' server walks along an index only where it holds all that is asked; MongoDB looks up what it holds and
    tests the rest on what it found. So where the server scans, one indexed condition of the filter is asked alone.
    """
    planned = explain(database, collection, wanted)
    if "COLLSCAN" not in planned["plan"]:
        assert planned["examined"] <= max(5 * planned["returned"], 5)
        return
    indexes = database[collection].index_information().values()
    first = [index["key"][0][0] for index in indexes]
    alone = [explain(database, collection, {name: one}) for name, one in conditions(wanted) if name in first]
    found = [one for one in alone if "COLLSCAN" not in one["plan"]]
    assert found, f"no index for {wanted}"
    assert min(one["examined"] for one in found) <= max(5 * planned["returned"], 5)


def conditions(wanted: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, condition in wanted.items():
        if name == "$and":
            for part in condition:
                yield from conditions(part)
        elif isinstance(condition, dict) and "$all" in condition:
            yield from ((name, value) for value in condition["$all"])
        else:
            yield name, condition


def explain(database: Database_, collection: str, wanted: dict[str, Any]) -> dict[str, Any]:
    answer = database.command("explain", {"find": collection, "filter": wanted}, verbosity="executionStats")
    figures = answer["executionStats"]
    plan = json.dumps(answer["queryPlanner"]["winningPlan"], default=str)
    return {"plan": plan, "examined": figures["totalDocsExamined"], "returned": figures["nReturned"]}


def test_printed_queries_run_in_mongosh(database: Database_, mongo_server: str) -> None:
    mongosh = os.environ.get("MARSAD_TEST_MONGOSH") or shutil.which("mongosh")
    if mongosh is None:
        pytest.skip("mongosh is not installed (MARSAD_TEST_MONGOSH names it)")
    script = "\n".join(f"print(EJSON.stringify(({query.code.strip()}).toArray()));" for query in QUERIES)
    uri = f"{mongo_server.rstrip('/')}/{database.name}"
    answer = subprocess.run([mongosh, "--quiet", uri, "--eval", script], capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, answer.stderr
    lines = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("[")]
    assert [len(line) for line in lines] == [len(query.run(database)) for query in QUERIES]


def test_an_analyst_made_as_the_page_says_reads_everything_and_writes_nothing(tmp_path: Path) -> None:
    if find_spec("secantus") is None:
        pytest.skip("no MongoDB: secantusdb is not installed (it needs Python < 3.14)")
    found = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("db.createUser(")]
    assert found == ['db.createUser({user: "analyst", pwd: passwordPrompt(), roles: [{role: "read", db: "marsad"}]})']
    script = (PAGE.parent / "analyst.js").read_text(encoding="utf-8")
    assert 'createUser({user: user, pwd: password, roles: [{role: "read", db: name}]})' in script
    with started(tmp_path) as address, pymongo.MongoClient[dict[str, Any]](f"mongodb://{address}/") as client:
        client.admin.command("createUser", "writer", pwd="pw", roles=[{"role": "readWrite", "db": "marsad"}])
        client["marsad"].command("createUser", "analyst", pwd="pw", roles=[{"role": "read", "db": "marsad"}])
    with started(tmp_path, "--auth") as address:
        writer = open_store(f"mongodb://writer:pw@{address}/?authSource=admin")
        writer.load("articles", DOCUMENTS)
        analyst = open_store(f"mongodb://analyst:pw@{address}/?authSource=marsad")
        assert analyst.count(EVERYTHING) == len(DOCUMENTS)
        assert analyst.tally(EVERYTHING, ("entity",))[ASAD,] == 3
        assert analyst.count(EVERYTHING, "events") == 2
        assert analyst.recount(repair=False) == 0
        with pytest.raises(StoreError):
            analyst.load("articles", DOCUMENTS[:1])
        with pymongo.MongoClient[dict[str, Any]](f"mongodb://analyst:pw@{address}/?authSource=marsad") as client:
            assert len(list(client["marsad"]["mentions_flat"].find({"entity": TAJI}))) == 1
            with pytest.raises(pymongo.errors.OperationFailure):
                client["marsad"]["days"].delete_many({})
        writer.close()
        analyst.close()
