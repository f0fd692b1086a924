"""The worker process: limits on time and memory, surprises, and its end with its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pebble import ProcessExpired
from site_on_loopback import PARAGRAPH, article_page

from config.load import SHIPPED, load_watchlist
from config.schema import Entrance, Source
from pipelines.records import Article, Page, Rejected, clean_text, page_from_json, page_to_json
from pipelines.work import Worker, page_from_file

WATCHLIST = load_watchlist(SHIPPED / "local")
HOME = "https://paper.example/"
SOURCE = Source(id="paper", name="Paper", home=HOME, entrance=(Entrance(kind="section", url=HOME),))
ROOT = Path(__file__).parent.parent.parent


def a_page(body: bytes) -> Page:
    return page_from_file(body, f"{HOME}news/17-words", SOURCE)


GOOD = a_page(article_page("صواريخ على قاعدة عين الأسد في الأنبار", PARAGRAPH, PARAGRAPH).body)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(WATCHLIST, seconds=2)
    yield worker
    worker.close()


def test_an_article_comes_out_tagged(worker: Worker) -> None:
    article = asyncio.run(worker.read(GOOD))
    assert isinstance(article, Article)
    assert article.bases == ("iq-ain-al-asad",)
    assert article.language == "ar"
    assert article.fingerprint
    assert "عين" in article.terms
    assert min(article.provenance.folding, article.provenance.language, article.provenance.identity) >= 1
    assert len(article.provenance.watchlist) == 64


def test_what_takes_too_long_is_stopped_and_the_next_page_is_read(worker: Worker) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(worker.run(time.sleep, 60))
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)


def test_a_worker_that_dies_is_replaced(worker: Worker) -> None:
    with pytest.raises(ProcessExpired):
        asyncio.run(worker.run(os._exit, 7))
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)


def test_what_takes_too_much_memory_is_refused(worker: Worker) -> None:
    with pytest.raises(MemoryError):
        asyncio.run(worker.run(bytes, 8 * 1024**3))
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)


def test_a_surprise_is_kept_with_its_traceback(worker: Worker) -> None:
    odd = Page(
        **{name: getattr(GOOD, name) for name in Page.__dataclass_fields__} | {"response_headers": ((b"x", None),)}
    )
    result = asyncio.run(worker.read(odd))
    assert isinstance(result, Article)  # a header nobody looks at
    worse = Page(**{name: getattr(GOOD, name) for name in Page.__dataclass_fields__} | {"wire": None})
    broken = asyncio.run(worker.read(worse))
    assert isinstance(broken, Rejected)
    assert broken.reason == "broken"
    assert "Traceback" in broken.traceback
    assert "TypeError" in broken.detail


PARENT = """
import asyncio, os, sys, time
from config.load import SHIPPED, load_watchlist
from pipelines.work import Worker
if __name__ == "__main__":
    worker = Worker(load_watchlist(SHIPPED / "local"), seconds=600)
    print(asyncio.run(worker.run(os.getpid)), flush=True)
    asyncio.run(worker.run(time.sleep, 500))
"""


def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        # An orphan that nobody has waited for yet has ended all the same.
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False


@given(st.binary(max_size=50), st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=3))
@settings(deadline=None)
def test_a_page_survives_its_json(body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    fields = {name: getattr(GOOD, name) for name in Page.__dataclass_fields__}
    page = Page(**fields | {"wire": body, "body": body[::-1], "response_headers": tuple(headers), "encoding": None})
    assert page_from_json(page_to_json(page)) == page
    with pytest.raises(ValueError, match=r"."):
        page_from_json(b"[]")


@given(st.text(st.characters(categories=["Cs", "Cc", "Lo", "Nd"]), max_size=40))
def test_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean_text(text, 30)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert "\x1b" not in cleaned
    assert len(cleaned) <= 30
