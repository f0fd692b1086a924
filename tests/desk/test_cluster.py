"""A cluster of two workers, a real Redis and a database: killed one after the other; nothing is missing or double."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from marsad_process import MARSAD, Marsad
from mongo_process import started
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

from pipelines.store import open_store
from pipelines.store.base import Store, StoreError
from pipelines.store.query import EVERYTHING

REDIS = shutil.which("redis-server")
SECONDS = 300
PAPERS, ARTICLES = 8, 40
"""Two orders: work for two workers."""

pytestmark = [
    pytest.mark.skipif(REDIS is None, reason="no redis-server on this machine"),
    pytest.mark.skipif(find_spec("celery") is None, reason="no Celery: pip install -r requirements-cluster.lock"),
    pytest.mark.skipif(find_spec("secantus") is None, reason="no MongoDB: secantusdb is not installed"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    assert REDIS is not None
    server = subprocess.Popen(
        [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


@contextmanager
def process(marsad: Marsad, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command with a process group of its own, all of which ends with it."""
    log = (marsad.folder / f"{'-'.join(arguments)}.log").open("ab")
    command = subprocess.Popen(
        [MARSAD, *arguments], cwd=marsad.folder, env=marsad.environment, stderr=log, stdout=log, start_new_session=True
    )
    try:
        yield command
    finally:
        command.terminate()
        try:
            command.wait(60)
        finally:
            kill_group(command)
            log.close()


def kill_group(command: subprocess.Popen[bytes]) -> None:
    """As if its machine had lost its power."""
    try:
        os.killpg(command.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    command.wait()


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if condition():
                return
        except StoreError:
            pass
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@contextmanager
def newspapers(marsad: Marsad, count: int, articles: int) -> Iterator[list[Site]]:
    with ExitStack() as stack:
        sites = [stack.enter_context(Site({})) for _ in range(count)]
        for number, site in enumerate(sites):
            paths = [f"/news/{n}" for n in range(1, articles + 1)]
            for path in paths:
                text = f"{PARAGRAPH} {path}"
                site.replies[path] = article_page(f"الخبر {path} من أخبار الصحيفة {number} اليوم", PARAGRAPH, text)
            site.replies["/rss.xml"] = feed(site.url, paths)
            keys = {"every": '"1m"', "jitter": '"0s"', "concurrency": "1", "delay": "0.5"}
            write_source(marsad.config, f"paper{number}", site.url, **keys)
        yield sites


def test_worker_broker_and_database_are_killed_and_every_article_is_there_once(marsad: Marsad, tmp_path: Path) -> None:
    broker, database = free_port(), free_port()
    uri = f"mongodb://127.0.0.1:{database}/?serverSelectionTimeoutMS=1000"
    marsad.environment |= {"MARSAD_BROKER": f"redis://127.0.0.1:{broker}/0", "MONGO_URI": uri}
    folder = tmp_path / "db"
    folder.mkdir()
    with ExitStack() as stack:
        sites = stack.enter_context(newspapers(marsad, PAPERS, articles=ARTICLES))
        server = stack.enter_context(redis(broker))
        mongo = started(folder, port=database)
        mongo.__enter__()
        store: Store = stack.enter_context(closing_store(uri))
        workers = [stack.enter_context(process(marsad, "worker", "--name", name)) for name in ("one", "two")]
        stack.enter_context(process(marsad, "run", "--cluster"))

        until(lambda: all(site.requests["/news/3"] for site in sites), "all are being read")
        owners = {" ".join(owner.split()[:3]) for owner in store.leases().values()}
        assert len(owners) >= 2, "both workers read"
        kill_group(workers[0])
        time.sleep(10)
        stack.enter_context(process(marsad, "worker", "--name", "one again"))

        server.kill()
        server.wait()
        time.sleep(10)
        stack.enter_context(redis(broker))

        mongo.__exit__(None, None, None)
        time.sleep(10)
        stack.enter_context(started(folder, port=database))

        until(lambda: store.count(EVERYTHING) == PAPERS * ARTICLES, "every article is there")
        urls = [document["url"] for document in store.find(EVERYTHING)]
        assert len(set(urls)) == len(urls) == PAPERS * ARTICLES
        assert all(document["revision"] == 1 for document in store.find(EVERYTHING))
        assert [site.most_at_once for site in sites] == [1] * PAPERS


@contextmanager
def closing_store(uri: str) -> Iterator[Store]:
    store = open_store(uri)
    yield store
    store.close()
