"""Crawl processes that hang are ended, and the runs in them are told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

from config import settings
from desk import processes
from desk.processes import Ended, Processes

SECONDS = 120


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A newspaper that takes a minute to read, and a store of its own."""
    monkeypatch.setenv("MARSAD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MARSAD_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MONGO_URI", "")
    monkeypatch.setattr(settings, "MARSAD_DATA", str(tmp_path / "data"))
    paths = [f"/news/{n}" for n in range(60)]
    with Site({path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths}) as site:
        site.replies["/rss.xml"] = feed(site.url, paths)
        write_source(tmp_path / "config", "slow", site.url, delay="1", concurrency="1")
        yield site


def over(crawls: Processes) -> list[Ended]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if ended := crawls.ended(0.2):
            return ended
    raise AssertionError("nothing ended")


def reading(crawls: Processes, site: Site) -> None:
    deadline = time.monotonic() + SECONDS
    while not site.requests["/news/1"]:
        assert time.monotonic() < deadline
        crawls.ended(0.1)


def test_a_run_that_takes_too_long_is_ended_and_what_it_read_is_kept(slow: Site) -> None:
    crawls = Processes(1, overtime=600)
    run = crawls.give("slow", datetime.now(UTC))
    with pytest.raises(RuntimeError, match="already"):
        crawls.give("slow", datetime.now(UTC))
    reading(crawls, slow)
    crawls.overtime = 1.0
    (ended,) = over(crawls)
    assert (ended.run, ended.source) == (run, "slow")
    assert not crawls.active
    crawls.stop()
    assert not crawls.pids


def test_a_process_that_says_nothing_is_killed(slow: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    crawls = Processes(1, overtime=600)
    crawls.give("slow", datetime.now(UTC))
    reading(crawls, slow)
    monkeypatch.setattr(processes, "SILENT_SECONDS", 5.0)
    (pid,) = crawls.pids
    os.kill(pid, signal.SIGSTOP)
    (ended,) = over(crawls)
    assert "said nothing for 5 s" in ended.why
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
