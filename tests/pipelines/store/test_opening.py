"""Stores that are empty, newer, down, read-only or no stores at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pymongo
import pytest
from builders import FETCHED, an_article, an_event

from pipelines.store import open_store
from pipelines.store.base import COLLECTIONS, SCHEMA, Query, Run, Seen, Store, StoreError
from pipelines.store.copy import copy
from pipelines.store.document import UNREAD


def test_reading_an_empty_store_answers_and_makes_nothing(store: Store) -> None:
    assert list(store.find(Query())) == []
    assert (store.count(Query()), store.article("a"), store.runs(), store.quarantined()) == (0, None, [], [])
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
    assert store.count(Query()) == 1


def test_an_older_store_is_refused_until_it_is_migrated(store: Store) -> None:
    article = an_article()
    store.save([article])
    document = next(store.dump("articles"))
    older = {name: value for name, value in document.items() if name not in UNREAD} | {"schema": 1}
    store.load("articles", [older])
    _set_version(store, 1)
    again = open_store(_address(store), database=store.uri.rpartition("/")[2])
    for use in (lambda: again.count(Query()), lambda: again.save([article]), lambda: list(again.events())):
        with pytest.raises(StoreError, match=r"schema version 1, .* `marsad store migrate`"):
            use()
    assert again.migrate() == ["version 2: 1 articles have fields for what they report; `marsad retag` fills them"]
    assert again.migrate() == []
    migrated = again.article(article.id)
    assert migrated is not None
    assert {name: migrated[name] for name in UNREAD} == UNREAD
    assert migrated["schema"] == SCHEMA
    assert list(again.events()) == []
    again.close()


def _address(store: Store) -> str:
    return store.uri.rpartition("/")[0] + "/" if store.uri.startswith("mongodb") else store.uri


def _set_version(store: Store, version: int) -> None:
    """As if an older program had made the store."""
    if store.uri.startswith("mongodb"):
        address, _, name = store.uri.rpartition("/")
        with pymongo.MongoClient[dict[str, object]](address) as client:
            client[name]["meta"].update_one({"_id": "schema"}, {"$set": {"version": version}})
        return
    store.close()
    with closing(sqlite3.connect(store.uri)) as connection:
        for table in ("targets", "events", "event_targets", "leases"):
            connection.execute(f"DROP TABLE {table}")
        for index in ("articles_by_report", "articles_by_event"):
            connection.execute(f"DROP INDEX {index}")
        connection.execute(f"PRAGMA user_version = {version}")


def test_a_newer_sqlite_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marsad.sqlite"
    made = open_store(str(path))
    made.init()
    made.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    store = open_store(str(path))
    for use in (lambda: store.count(Query()), lambda: store.save([an_article()]), store.info, store.migrate):
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
    for use in (lambda: again.count(Query()), lambda: again.save([an_article()]), again.info, again.migrate):
        with pytest.raises(StoreError, match=f"schema version {SCHEMA + 1}"):
            use()
    store.close()
    again.close()


def test_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but somebody's notes\n" * 100)
    before = path.read_bytes()
    store = open_store(f"sqlite://{path}")
    for use in (lambda: store.count(Query()), lambda: store.save([an_article()])):
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
        assert open_store(str(folder / "marsad.sqlite")).count(Query()) == 1
    finally:
        folder.chmod(0o700)


def test_a_server_that_is_down_is_named_without_the_password() -> None:
    store = open_store("mongodb://analyst:s3cret@127.0.0.1:9/?serverSelectionTimeoutMS=200")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9") as caught:
        store.count(Query())
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
    first.save(articles)
    first.save([replace(articles[0], title="آخر")])
    first.note([Seen("https://paper.example/x", "gone", None, None, None, FETCHED, FETCHED)])
    first.run(Run(id="r", source="paper", started=FETCHED, rejected={"gone": 1}))
    first.save([an_article(999, fingerprint="\ud800")])
    first.change_events([an_event()], [], {articles[0].id: an_event()["_id"]})
    told: list[tuple[str, int, int]] = []
    counts = {"articles": 250, "revisions": 1, "seen": 1, "runs": 1, "quarantine": 1, "events": 1}
    for _ in range(2):
        assert copy(first, second, lambda *progress: told.append(progress)) == counts
    assert copy(second, third, lambda *_: None) == counts
    assert ("articles", 250, 250) in told
    for collection in COLLECTIONS:
        assert list(first.dump(collection)) == list(third.dump(collection))
    assert third.count(Query(words=("هجوم",))) == 250
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
