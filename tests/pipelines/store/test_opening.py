"""Stores that are empty, newer, down, read-only or no stores at all."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymongo
import pytest
from builders import FETCHED, a_story, an_article, an_event

from pipelines.store import open_store
from pipelines.store.base import COLLECTIONS, SCHEMA, Host, Run, Seen, Store, StoreError
from pipelines.store.copy import copy
from pipelines.store.document import UNREAD, new_document, to_json
from pipelines.store.outbox import a_delivery
from pipelines.store.query import EVERYTHING, Field, Word


def test_reading_an_empty_store_answers_and_makes_nothing(store: Store) -> None:
    assert list(store.find(EVERYTHING)) == []
    assert (store.count(EVERYTHING), store.article("a"), store.runs(), store.quarantined()) == (0, None, [], [])
    assert store.seen(["https://paper.example/"]) == {}
    assert all(not list(store.dump(collection)) for collection in COLLECTIONS)
    store.info()
    if store.uri.startswith("mongodb"):
        address, _, name = store.uri.rpartition("/")
        with pymongo.MongoClient[dict[str, object]](address) as client:
            assert client[name].list_collection_names() == []
    else:
        assert not Path(store.uri).exists()


def test_init_and_migrate_may_be_repeated(store: Store) -> None:
    assert store.migrate() != []
    store.init()
    store.save([an_article()])
    store.init()
    assert store.migrate() == []
    assert store.count(EVERYTHING) == 1


def test_an_sqlite_store_of_version_1_is_refused_until_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "marsad.sqlite"
    documents = [_of_version_1(n) for n in range(5)]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "layout_1.sql").read_text(encoding="utf-8"))
        for n, document in enumerate(documents):
            values = (n, document["_id"], "paper", n, 1, 0, to_json(document))
            connection.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("INSERT INTO seen VALUES ('https://x/', 'gone', NULL, NULL, NULL, 0, NULL)")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    store = open_store(str(path))
    with pytest.raises(StoreError, match="marsad store migrate"):
        store.count(EVERYTHING)
    assert store.migrate() == [
        "version 2: 5 articles in the order of time, with a search index of their fields and counts by day;"
        " `marsad retag` reads what they report"
    ]
    assert store.migrate() == []
    expected = {document["_id"]: UNREAD | document | {"schema": 2} for document in documents}
    assert {document["_id"]: document for document in store.find(Field("entity", ("iq-ain-al-asad",)))} == expected
    assert store.seen(["https://x/"])
    assert store.recount(repair=False) == 0
    assert store.save([an_article(2)])[0].outcome == "unchanged"
    store.close()


def test_a_mongodb_store_of_version_1_is_refused_until_it_is_migrated(mongo_database: tuple[str, str]) -> None:
    uri, name = mongo_database
    documents = [_of_version_1(n) for n in range(5)]
    with pymongo.MongoClient[dict[str, object]](uri) as client:
        client[name]["articles"].insert_many(documents)
        client[name]["articles"].create_index([("entities", 1), ("time", -1)], name="entities_time")
        client[name]["articles"].create_index([("terms", 1)], name="terms")
        client[name]["meta"].insert_one({"_id": "schema", "version": 1})
    store = open_store(uri, database=name)
    with pytest.raises(StoreError, match="marsad store migrate"):
        store.count(EVERYTHING)
    assert store.migrate() == ["version 2: indexes, views, 4 counts by day; `marsad retag` reads what articles report"]
    assert store.migrate() == []
    migrated = list(store.find(Field("entity", ("iq-ain-al-asad",))))
    assert migrated == [UNREAD | document | {"schema": 2} for document in migrated]
    assert {document["schema"] for document in migrated} == {2}
    assert store.tally(EVERYTHING, ("entity",)) == {("iq-ain-al-asad",): 5}
    store.close()


def _of_version_1(number: int) -> dict[str, Any]:
    document = new_document(an_article(number), "Asia/Baghdad", ring=False)
    return {name: value for name, value in document.items() if name not in UNREAD} | {"schema": 1}


def test_a_newer_sqlite_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marsad.sqlite"
    made = open_store(str(path))
    made.init()
    made.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    store = open_store(str(path))
    for use in (lambda: store.count(EVERYTHING), lambda: store.save([an_article()]), store.info, store.migrate):
        with pytest.raises(StoreError, match=f"schema version {SCHEMA + 1}"):
            use()
    store.close()


def test_a_newer_mongodb_store_is_refused(mongo_database: tuple[str, str]) -> None:
    uri, name = mongo_database
    store = open_store(uri, database=name)
    store.init()
    with pymongo.MongoClient[dict[str, object]](uri) as client:
        client[name]["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA + 1}})
    again = open_store(uri, database=name)
    for use in (lambda: again.count(EVERYTHING), lambda: again.save([an_article()]), again.info, again.migrate):
        with pytest.raises(StoreError, match=f"schema version {SCHEMA + 1}"):
            use()
    store.close()
    again.close()


def test_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but somebody's notes\n" * 100)
    before = path.read_bytes()
    store = open_store(f"sqlite://{path}")
    for use in (lambda: store.count(EVERYTHING), lambda: store.save([an_article()])):
        with pytest.raises(StoreError, match=r"notes\.txt"):
            use()
    store.close()
    assert path.read_bytes() == before


def test_an_sqlite_store_in_a_folder_that_may_not_be_written_is_readable(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    store = open_store(str(folder / "marsad.sqlite"))
    store.save([an_article()])
    store.close()
    folder.chmod(0o500)
    (folder / "marsad.sqlite").chmod(0o400)
    try:
        assert open_store(str(folder / "marsad.sqlite")).count(EVERYTHING) == 1
    finally:
        folder.chmod(0o700)


def test_a_reader_sees_what_was_written_since_also_after_a_question_that_was_left(tmp_path: Path) -> None:
    reader, writer = (open_store(str(tmp_path / "m.sqlite")) for _ in range(2))
    writer.save([an_article(n) for n in range(3)])
    left = reader.find(EVERYTHING)
    next(left)
    writer.save([an_article(3)])
    assert reader.count(EVERYTHING) == 4
    del left
    writer.save([an_article(4)])
    assert reader.count(EVERYTHING) == 5
    reader.close()
    assert reader.count(EVERYTHING) == 5


def test_a_store_that_was_put_into_the_place_of_another_is_read(tmp_path: Path) -> None:
    other, path = tmp_path / "other.sqlite", tmp_path / "m.sqlite"
    for file, articles in ((path, 1), (other, 2)):
        store = open_store(str(file))
        store.save([an_article(n) for n in range(articles)])
        store.close()
    store = open_store(str(path))
    assert store.count(EVERYTHING) == 1
    other.replace(path)
    assert store.count(EVERYTHING) == 2
    path.unlink()
    assert store.count(EVERYTHING) == 0


def test_a_server_that_is_down_is_named_without_the_password() -> None:
    store = open_store("mongodb://analyst:s3cret@127.0.0.1:9/?serverSelectionTimeoutMS=200")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9") as caught:
        store.count(EVERYTHING)
    assert "s3cret" not in str(caught.value) + store.uri
    assert "analyst" not in store.uri
    store.close()


@pytest.mark.parametrize("uri", ["mongodb://", "mongodb://analyst:s3@cret@host:port/", "mongodb://host/?w=no&j=maybe"])
def test_a_uri_that_cannot_be_used_is_not_repeated(uri: str) -> None:
    with pytest.raises(StoreError, match="MongoDB URI") as caught:
        open_store(uri)
    assert "s3" not in str(caught.value)


def test_mongodb_holds_other_writers_to_the_shape(mongo_database: tuple[str, str]) -> None:
    uri, name = mongo_database
    store = open_store(uri, database=name)
    store.init()
    with pymongo.MongoClient[dict[str, object]](uri) as client, pytest.raises(pymongo.errors.WriteError):
        client[name]["articles"].insert_one({"_id": "0" * 32, "title": 5})
    store.close()


def test_copy_goes_both_ways_is_verified_and_may_be_repeated(both_stores: tuple[Store, Store], tmp_path: Path) -> None:
    first, second = both_stores
    third = open_store(str(tmp_path / "third.sqlite"))
    articles = [an_article(n) for n in range(250)]
    first.save(articles, ring=False)
    first.save([replace(articles[0], title="آخر")], ring=False)
    first.outbox.put([a_delivery("one", FETCHED, state="sent", sent=FETCHED)])
    first.note([Seen("https://paper.example/x", "gone", None, None, None, FETCHED, FETCHED)])
    first.note_host(Host("https://paper.example", "User-agent: *", FETCHED))
    first.run(Run(id="r", source="paper", started=FETCHED, rejected={"gone": 1}))
    first.save([an_article(999, fingerprint="\ud800")])
    told = [{"event": an_event()["_id"], "number": 0, "targets": an_event()["targets"]}]
    first.change_events([an_event()], [], {articles[0].id: told})
    first.change_stories([a_story(articles[0].id)], {articles[0].id: {"story": articles[0].id}}, {articles[0].id: None})
    progress: list[tuple[str, int, int]] = []
    counts = {"articles": 250} | dict.fromkeys(COLLECTIONS[1:], 1)
    for _ in range(2):
        assert copy(first, second, lambda *done: progress.append(done)) == counts
    assert copy(second, third, lambda *_: None) == counts
    assert ("articles", 250, 250) in progress
    for collection in COLLECTIONS:
        assert list(first.dump(collection)) == list(third.dump(collection))
    assert third.count(Word("هجوم")) == 250
    third.close()


def test_copy_notices_what_did_not_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = open_store(str(tmp_path / "a.sqlite")), open_store(str(tmp_path / "b.sqlite"))
    source.save([an_article(1), an_article(2)])
    load = target.load
    monkeypatch.setattr(target, "load", lambda collection, documents: load(collection, documents[1:]))
    with pytest.raises(StoreError, match=r"articles: 2 records left .*a\.sqlite, 1 of them are in .*b\.sqlite"):
        copy(source, target, lambda *_: None)
    source.close()
    target.close()


def test_a_store_from_before_there_were_alerts_gets_their_table_with_the_first_write(tmp_path: Path) -> None:
    file = tmp_path / "marsad.sqlite"
    with closing(open_store(str(file))) as made:
        made.init()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE deliveries")
    with closing(open_store(str(file))) as store:
        assert store.outbox.find() == []
        assert store.info().collections["deliveries"] == (0, 0)
        assert list(store.dump("deliveries")) == []
        assert store.outbox.put([a_delivery("one", datetime(2026, 11, 24, tzinfo=UTC), channel="desk")]) == 1
        assert [delivery["_id"] for delivery in store.dump("deliveries")] == ["one"]


def test_who_makes_a_store_at_the_same_time_waits_for_the_others(tmp_path: Path) -> None:
    for number in range(30):
        stores = [open_store(str(tmp_path / f"{number}.sqlite")) for _ in range(6)]
        at_once = threading.Barrier(len(stores))

        def make(store: Store, at_once: threading.Barrier = at_once) -> None:
            at_once.wait()
            store.init()

        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(make, stores))
        for store in stores:
            store.close()
