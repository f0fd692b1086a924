"""An analyst with the role `read` can use every reading call, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pymongo
import pytest
from builders import an_article
from mongo_process import started

from pipelines.store import open_store
from pipelines.store.base import StoreError
from pipelines.store.query import EVERYTHING, Has


@pytest.fixture
def guarded_server(tmp_path: Path) -> Iterator[str]:
    """host:port of a server that asks for a password; users are `writer` and `analyst`, both with the password pw."""
    if find_spec("secantus") is None:
        pytest.skip("no MongoDB: secantusdb is not installed (it needs Python < 3.14)")
    with started(tmp_path) as address, pymongo.MongoClient[dict[str, object]](f"mongodb://{address}/") as client:
        for name, role in (("writer", "readWrite"), ("analyst", "read")):
            client.admin.command("createUser", name, pwd="pw", roles=[{"role": role, "db": "marsad"}])
    with started(tmp_path, "--auth") as address:
        yield address


def test_reading_needs_no_more_than_the_role_read(guarded_server: str) -> None:
    article = an_article()
    writer = open_store(f"mongodb://writer:pw@{guarded_server}/?authSource=admin")
    writer.save([article])
    analyst = open_store(f"mongodb://analyst:pw@{guarded_server}/?authSource=admin")
    assert analyst.article(article.id)
    assert [document["_id"] for document in analyst.find(EVERYTHING)] == [article.id]
    assert analyst.count(Has("entity")) == 1
    assert (analyst.revisions(article.id), analyst.runs(), analyst.quarantined(), analyst.seen(["x"])) == (
        [],
        [],
        [],
        {},
    )
    assert analyst.info().collections["articles"][0] == 1
    with pytest.raises(StoreError):
        analyst.save([an_article(2)])
    assert writer.count(EVERYTHING) == 1
    writer.close()
    analyst.close()


def test_a_wrong_password_is_an_error_that_does_not_repeat_it(guarded_server: str) -> None:
    store = open_store(f"mongodb://analyst:wr0ng@{guarded_server}/?authSource=admin")
    with pytest.raises(StoreError) as caught:
        store.count(EVERYTHING)
    assert "wr0ng" not in str(caught.value)
    store.close()
