"""A MongoDB server for the whole session, and stores of one's own for each test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pymongo
import pytest

from pipelines.store import open_store
from pipelines.store.base import Store

SERVER_SECONDS = 30


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URI of a MongoDB: the one that MARSAD_TEST_MONGO_URI names, else a server started for this session."""
    given = os.environ.get("MARSAD_TEST_MONGO_URI")
    if given:
        yield given
        return
    if find_spec("secantus") is None:
        pytest.skip("no MongoDB: secantusdb is not installed (it needs Python < 3.14); set MARSAD_TEST_MONGO_URI")
    folder = tmp_path_factory.mktemp("mongo")
    log = folder / "log"
    command = [str(Path(sys.executable).parent / "secantusd-py"), "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, "--storage-path", str(folder / "data"), "--sync-on-commit"], stdout=out, stderr=out
        )
    try:
        yield f"mongodb://127.0.0.1:{_port(server, log)}/"
    finally:
        server.terminate()
        server.wait(SERVER_SECONDS)


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        found = re.search(r"127\.0\.0\.1:(\d+)", log.read_text("utf-8", "replace"))
        if found and int(found[1]):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the MongoDB server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


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
