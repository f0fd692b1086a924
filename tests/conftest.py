"""A MongoDB server for the whole session, and stores of one's own for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pymongo
import pytest
from crawls import Desk
from hypothesis import settings
from marsad_process import Marsad
from mongo_process import started

from pipelines.store import open_store
from pipelines.store.base import Store

# The same examples every time: no landing fails by chance on what it did not touch. `make soak` looks for new ones.
settings.register_profile("steady", derandomize=True, database=None)
settings.register_profile("search", max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def marsad(tmp_path: Path) -> Marsad:
    """The command with a store and configuration of its own."""
    return Marsad(tmp_path)


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URI of a MongoDB: the one that MARSAD_TEST_MONGO_URI names, else a server started for this session."""
    given = os.environ.get("MARSAD_TEST_MONGO_URI")
    if given:
        yield given
        return
    if find_spec("secantus") is None:
        pytest.skip("no MongoDB: secantusdb is not installed (it needs Python < 3.14); set MARSAD_TEST_MONGO_URI")
    with started(tmp_path_factory.mktemp("mongo")) as address:
        yield f"mongodb://{address}/"


@pytest.fixture
def mongo_database(mongo_server: str) -> Iterator[tuple[str, str]]:
    """URI and name of a database of one's own, dropped afterwards."""
    name = f"marsad_test_{uuid.uuid4().hex[:12]}"
    yield mongo_server, name
    with pymongo.MongoClient[dict[str, object]](mongo_server) as client:
        client.drop_database(name)


@pytest.fixture(params=["sqlite", "mongo"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    if request.param == "sqlite":
        opened = open_store(str(tmp_path / "marsad.sqlite"))
    else:
        uri, name = request.getfixturevalue("mongo_database")
        opened = open_store(uri, database=name)
    yield opened
    opened.close()


@pytest.fixture
def both_stores(tmp_path: Path, mongo_database: tuple[str, str]) -> Iterator[tuple[Store, Store]]:
    """An SQLite store and a MongoDB one, empty."""
    uri, name = mongo_database
    stores = open_store(str(tmp_path / "marsad.sqlite")), open_store(uri, database=name)
    yield stores
    for opened in stores:
        opened.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    (tmp_path / "data").mkdir()
    yield desk
    for store in desk.stores:
        store.close()


@pytest.fixture(params=["sqlite", "mongo"])
def either_desk(request: pytest.FixtureRequest, desk: Desk) -> Desk:
    if request.param == "mongo":
        desk.mongo, desk.database = request.getfixturevalue("mongo_database")
    return desk
