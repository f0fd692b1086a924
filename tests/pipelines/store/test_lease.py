"""Leases, held against both stores: one owner at a time, later numbers, nothing written by who was taken over."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from builders import FETCHED, an_article

from config.schema import Entrance, Source
from pipelines.store.base import Store
from pipelines.store.lease import Lease, is_dead, names_of, own_name


def test_one_owner_at_a_time_and_a_later_number_for_the_next(store: Store) -> None:
    first = store.lease("source:paper", "one", 60)
    assert first > 0
    assert store.lease("source:paper", "two", 60) == 0
    assert store.lease("source:paper", "one", 60) == first
    assert store.leases() == {"source:paper": "one"}
    assert store.fence("source:paper", first)
    store.release("source:paper", "two")
    assert store.leases() == {"source:paper": "one"}
    store.release("source:paper", "one")
    assert store.leases() == {}
    second = store.lease("source:paper", "two", 60)
    assert second > first
    assert not store.fence("source:paper", first)
    assert store.fence("source:paper", second)


def test_a_lease_ends_with_its_time_and_its_owner_notices(store: Store) -> None:
    lost = Lease(store, ["source:paper", "host:paper"], "lost", 0.2)
    assert lost.take() == ""
    assert lost.renew()
    time.sleep(0.5)
    assert lost.write()  # late, but nobody has taken over: what it read is no less true
    heir = Lease(store, ["source:paper", "host:paper"], "heir", 60)
    assert heir.take() == ""
    assert not lost.write()
    assert not lost.renew()
    assert heir.write()
    lost.release()
    assert set(store.leases().values()) == {"heir"}


def test_it_is_taken_whole_or_not_at_all(store: Store) -> None:
    assert store.lease("host:shared", "other", 60)
    mine = Lease(store, ["source:paper", "host:shared"], "mine", 60)
    assert mine.take() == "host:shared"
    assert store.leases() == {"host:shared": "other"}
    assert not mine.write()


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    store.init()
    got: list[int] = []

    def take(owner: str) -> None:
        got.append(store.lease("source:paper", owner, 60))

    threads = [threading.Thread(target=take, args=(f"owner {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(number) for number in got) == [False] * 7 + [True]


def test_who_died_on_this_machine_is_known() -> None:
    host, namespace, _, unique = own_name().rsplit(" ", 3)
    assert not is_dead(own_name())
    assert is_dead(f"{host} {namespace} 4194304 {unique}")  # more than any process number
    assert not is_dead(f"elsewhere {namespace} 4194304 {unique}")
    assert not is_dead("")
    # Process numbers come again, and one that was killed keeps its number until somebody asks what became of it.
    assert is_dead(f"{host} {namespace} {os.getpid()}@1 {unique}")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        stat = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        owner = f"{host} {namespace} {child.pid}@{stat[19]} {unique}"
        assert not is_dead(owner)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(owner)


def test_a_source_is_its_id_and_its_web_servers() -> None:
    entrance = Entrance(kind="feed", url="https://feeds.paper.example:8443/rss.xml")
    source = Source(
        id="paper", name="p", home="https://Paper.example/", entrance=(entrance,), links_to=("cdn.example",)
    )
    hosts = ("host:cdn.example", "host:feeds.paper.example:8443", "host:paper.example")
    assert names_of(source) == ("source:paper", *hosts)


def test_times_are_publication_or_where_only_the_day_is_known_first_seen(store: Store) -> None:
    day = FETCHED.replace(hour=0)
    store.save([an_article(1), an_article(2, published=day, published_precision="day"), an_article(3, source="other")])
    since = FETCHED - timedelta(days=1)
    published = an_article(1).published
    assert sorted(store.times("paper", since), key=str) == sorted([published, FETCHED], key=str)
    assert store.times("paper", FETCHED + timedelta(days=1)) == []
