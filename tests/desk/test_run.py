"""Sources read when they are due: by the daemon and by `marsad crawl --due`; processes that are killed and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import an_article
from marsad_process import MARSAD, Marsad
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.store.outbox import a_delivery
from pipelines.store.query import EVERYTHING

SECONDS = 90


@pytest.fixture
def store(marsad: Marsad) -> Iterator[Store]:
    opened = open_store(str(Path(marsad.environment["MARSAD_DATA"]) / "marsad.sqlite"))
    yield opened
    opened.close()


@contextmanager
def newspapers(marsad: Marsad, names: list[str], articles: int = 4, **keys: str) -> Iterator[dict[str, Site]]:
    """Sites on 127.0.0.1 with some articles each, and their source files."""
    with ExitStack() as stack:
        sites = {name: stack.enter_context(Site({})) for name in names}
        for name, site in sites.items():
            publish(site, name, articles)
            write_source(marsad.config, name, site.url, **({"every": '"1h"', "jitter": '"0s"'} | keys))
        yield sites


def publish(site: Site, name: str, articles: int) -> None:
    paths = [f"/news/{n}" for n in range(1, articles + 1)]
    for path in paths:
        site.replies[path] = article_page(f"الخبر {path} من أخبار صحيفة {name} اليوم", PARAGRAPH, f"{PARAGRAPH} {path}")
    site.replies["/rss.xml"] = feed(site.url, paths)


@contextmanager
def daemon(marsad: Marsad, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`marsad run`, ended in order afterwards where it still runs."""
    process = subprocess.Popen(
        [MARSAD, "run", *arguments], cwd=marsad.folder, env=marsad.environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def crawlers(process: subprocess.Popen[str]) -> list[int]:
    """Crawl processes of a daemon."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children if b"crawler.many" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_the_daemon_reads_all_newspapers_and_says_so_in_one_line_each(marsad: Marsad, store: Store) -> None:
    names = [f"paper{n}" for n in range(5)]
    over = marsad.folder / "data" / "archive" / f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    over.mkdir(parents=True)
    (over / "paper-000.warc.gz").write_bytes(b"kept")
    with newspapers(marsad, names), daemon(marsad, "--processes", "2", "--json-logs", "--metrics", "0") as process:
        until(lambda: len([r for r in store.runs() if r.state == "done"]) == 5, "five papers are read")
        assert len(crawlers(process)) <= 2
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert process.stderr is not None
        lines = [json.loads(line) for line in process.stderr]
    assert store.count(EVERYTHING) == 20
    assert (over / "manifest.json").exists()
    told = [line["message"] for line in lines if ": done" in line["message"]]
    assert sorted(line.split(":")[0] for line in told) == names
    assert all("4 new" in line for line in told)
    status = {row["source"]: row for row in marsad.lines("status", "--json")}
    assert {status[name]["state"] for name in names} == {"waiting"}
    assert status["demo"]["state"] == "disabled"
    assert status["paper1"]["last"]["new"] == 4
    assert "5 waiting" in marsad("status").stdout.decode()


def test_metrics_are_served_to_this_machine(marsad: Marsad, store: Store) -> None:
    port = 19464
    with newspapers(marsad, ["paper"]), daemon(marsad, "--metrics", str(port)):
        until(lambda: [r for r in store.runs() if r.state == "done"], "the paper is read")

        def text() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                return str(answer.read().decode())

        until(lambda: 'marsad_runs_total{source="paper",state="done"} 1.0' in text(), "the run is counted")
        figures = text()
    assert 'marsad_articles_total{outcome="new",source="paper"} 4.0' in figures
    assert "marsad_lag_seconds" in figures


def test_figures_of_alerts_are_served_too(marsad: Marsad, store: Store) -> None:
    made = datetime.now(UTC) - timedelta(hours=1)
    for channel, state in (("mail", "failed"), ("mail", "sent"), ("phone", "claimed")):
        # Nobody tries these now: two are over, and another process is at the third.
        held = {"until": made + timedelta(days=1), "claim": "another"} if state == "claimed" else {}
        store.outbox.put([a_delivery(f"{channel} {state}", made, channel=channel, state=state, **held)])
    with newspapers(marsad, ["paper"]), daemon(marsad, "--metrics", "19465"):

        def text() -> str:
            with suppress(OSError), urllib.request.urlopen("http://127.0.0.1:19465/metrics", timeout=10) as answer:
                return str(answer.read().decode())
            return ""

        until(lambda: "marsad_alerts{" in text(), "figures are served")
        figures = text()
    told = dict(line.rsplit(" ", 1) for line in figures.splitlines() if line.startswith("marsad_alerts"))
    assert told['marsad_alerts{channel="mail",state="failed"}'] == "1.0"
    assert told['marsad_alerts{channel="mail",state="sent"}'] == "1.0"
    assert told['marsad_alerts{channel="mail",state="waiting"}'] == "0.0"
    assert told['marsad_alerts_oldest_waiting_seconds{channel="mail"}'] == "0.0"
    assert 3600 <= float(told['marsad_alerts_oldest_waiting_seconds{channel="phone"}']) < 7200


def test_stopping_finishes_and_stores_what_is_in_flight(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["slow"], articles=60, delay="0.3", concurrency="1") as sites, daemon(marsad) as process:
        until(lambda: sites["slow"].requests["/news/3"], "some articles are read")
        process.terminate()
        assert process.wait(SECONDS) == 0
        asked = sum(count for path, count in sites["slow"].requests.items() if path.startswith("/news/"))
    (run,) = store.runs()
    assert (run.state, run.reason) == ("partly", "shutdown")
    assert store.count(EVERYTHING) == asked == run.new
    assert not store.leases()


def test_a_killed_process_costs_the_others_nothing_and_its_sources_are_read_again(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["a", "b"], articles=12, delay="0.3", concurrency="1") as sites:
        with daemon(marsad, "--processes", "2") as process:
            until(lambda: all(site.requests["/news/2"] for site in sites.values()), "both are being read")
            pids = crawlers(process)
            assert len(pids) == 2
            os.kill(pids[0], signal.SIGKILL)
            until(lambda: len([r for r in store.runs() if r.state in ("done", "failed")]) == 2, "both are over")
            assert process.poll() is None
        (lost,) = (run for run in store.runs() if run.state == "failed")
        assert lost.reason == "lost"
        assert "code -9" in lost.detail
        # It is due again long before its hour is over.
        (row,) = (row for row in marsad.lines("status", "--json") if row["source"] == lost.source)
        assert datetime.fromisoformat(row["next"]) < lost.started + timedelta(minutes=5)
        (again,) = marsad.lines("crawl", lost.source, "--json")
        assert again["state"] == "done"
    assert store.count(EVERYTHING) == 24


def test_crawl_due_reads_each_source_once_and_what_was_missed_once(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["a", "b"]) as sites:
        assert {run["state"] for run in marsad.lines("crawl", "--due", "--json")} == {"done"}
        assert marsad.lines("crawl", "--due", "--json") == []
        write_source(marsad.config, "b", sites["b"].url, every='"1m"')
        run = store.runs(source="b")[0]
        # As if a week had passed.
        store.run(replace(run, started=run.started - timedelta(days=7)))
        assert [run["source"] for run in marsad.lines("crawl", "--due", "--json")] == ["b"]
        assert marsad.lines("crawl", "--due", "--json") == []


def test_a_source_is_not_read_twice_at_a_time(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["paper"], articles=60, delay="0.5", concurrency="1") as sites, daemon(marsad):
        until(lambda: sites["paper"].requests["/news/1"], "it is being read")
        (refused,) = marsad("crawl", "paper", "--json", code=1).stdout.splitlines()
        assert "another process" in json.loads(refused)["detail"]
    assert max(sites["paper"].requests.values()) == 1
    assert [run.reason for run in store.runs()] == ["shutdown"]


def test_sources_of_one_web_server_are_read_one_after_the_other(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["a"], articles=8, delay="0.2", concurrency="1") as sites:
        write_source(marsad.config, "b", sites["a"].url, concurrency="1")
        assert {run["state"] for run in marsad.lines("crawl", "a", "b", "--json")} == {"done"}
        assert sites["a"].requests["/rss.xml"] == 2
        assert sites["a"].most_at_once == 1


def test_new_source_files_are_noticed(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["old"]) as sites, daemon(marsad), Site({}) as later:
        until(lambda: [r for r in store.runs() if r.state == "done"], "the old one is read")
        publish(later, "later", 3)
        write_source(marsad.config, "later", later.url)
        until(lambda: [r for r in store.runs(source="later") if r.state == "done"], "the new one is read")
        assert sites["old"].requests["/rss.xml"] == 1


def test_who_was_taken_over_writes_nothing_more(marsad: Marsad, store: Store) -> None:
    with newspapers(marsad, ["paper"], articles=60, delay="0.5", concurrency="1") as sites, daemon(marsad):
        until(lambda: store.count(EVERYTHING) > 1, "some articles are stored")
        (owner,) = {owner for name, owner in store.leases().items() if name == "source:paper"}
        # As if it had been taken for dead: its time was over, and another machine was faster.
        store.release("source:paper", owner)
        assert store.lease("source:paper", "another machine", 600)
        stored = store.count(EVERYTHING)
        until(lambda: [run for run in store.runs() if run.state == "failed"], "it has given up")
    (run,) = store.runs()
    assert run.reason == "lease_lost"
    assert "taken" in run.detail
    assert store.count(EVERYTHING) == stored < sum(sites["paper"].requests.values())


def test_auto_learns_from_what_is_stored(marsad: Marsad, store: Store) -> None:
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=37 * n) for n in range(1, 200)]
    store.save([an_article(n, published=time, published_precision="minute") for n, time in enumerate(times)])
    with newspapers(marsad, ["paper"], every='"auto"'):
        (run,) = marsad.lines("crawl", "--due", "--json")
    assert run["new"] == 4
    status = {row["source"]: row for row in marsad.lines("status", "--json")}
    assert 190 <= status["paper"]["articles_known"] <= 203
    assert re.fullmatch(r"\d+ min on average, as \d+ articles came", status["paper"]["why"])
    wait = datetime.fromisoformat(status["paper"]["next"]) - datetime.fromisoformat(run["started"])
    assert timedelta(minutes=5) <= wait <= timedelta(hours=6)


def test_a_worker_without_a_broker_says_so(marsad: Marsad) -> None:
    pytest.importorskip("celery", reason="no Celery: pip install -r requirements-cluster.lock")
    assert b"MARSAD_BROKER" in marsad("worker", code=2).stderr
    assert b"MARSAD_BROKER" in marsad("run", "--cluster", code=2).stderr
