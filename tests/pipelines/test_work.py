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
from pebble import ProcessExpired
from site_on_loopback import PARAGRAPH, article_page

from config.load import SHIPPED, load_watchlist
from config.schema import Entrance, Source
from pipelines.records import Article, LiveBlog, Page, Rejected
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


def test_captions_can_be_searched_and_name_nothing(worker: Worker) -> None:
    figure = "<figure><img src=a><figcaption>جنود في معسكر التاجي</figcaption></figure></article>"
    page = a_page(
        article_page("أمطار على الأنبار وإغلاق مدارس", PARAGRAPH).body.replace(b"</article>", figure.encode())
    )
    article = asyncio.run(worker.read(page))
    assert isinstance(article, Article)
    assert article.captions == ("جنود في معسكر التاجي",)
    assert "التاجي" in article.terms
    assert "التاجي" not in article.body + article.words
    assert article.bases == ()


def test_every_entry_of_a_live_blog_is_tagged(worker: Worker) -> None:
    entries = "".join(
        f'<article id="e{n}"><time datetime="2026-11-15T0{n}:00Z"></time><p>{words}</p></article>'
        for n, words in enumerate(("سقوط صواريخ على قاعدة عين الأسد.", "عاجل", "هدوء في محيط قاعدة حرير."), 1)
    )
    found = asyncio.run(worker.read(a_page(f"<title>مباشر: الهجوم</title><h1>مباشر: الهجوم</h1>{entries}".encode())))
    assert isinstance(found, LiveBlog)
    assert [entry.bases for entry in found.articles] == [("iq-ain-al-asad",), (), ("iq-harir",)]
    assert {entry.language for entry in found.articles} == {"ar"}


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


LONG_LIST = "قائمة الطرق المغلقة في المدينة اليوم"
SLOW = a_page(
    f"<html><head><title>{LONG_LIST}</title></head><body><nav><a href='/'>الرئيسية</a></nav>"
    f"<article><h1>{LONG_LIST}</h1><p>{'<b>طريق</b> مغلق ' * 29_000}</p></article></body></html>".encode()
)
"""Within every limit that can be counted, and ten seconds for the extractor."""


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (SLOW, "too_expensive"),
        (a_page(b"<p>" * 4_000_000), "too_large"),
        (a_page(b"<p " + b" ".join(b"a%d=x" % n for n in range(200_000)) + b">"), "too_large"),
        (
            a_page(
                "<html><title>أخبار المدينة والبلدة</title><body>".encode() + b"<div>" * 59_000 + PARAGRAPH.encode()
            ),
            "not_article",
        ),
        (a_page(b"\x00" * 100_000), "empty"),
        (a_page(b"x" * 100_000_000), "too_large"),
        (a_page(b"<div>" * 1_000_000), "too_large"),
        (
            a_page(b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><html>&b;&b;&b;</html>'),
            "not_arabic",
        ),
        (a_page(b'<script type="application/ld+json">' + b"[" * 3_000_000 + b"</script>"), "empty"),
        (a_page(b'<script id="__NEXT_DATA__" type="application/json">' + b'{"a":' * 1_000_000 + b"</script>"), "empty"),
        (a_page(b"<title>" + b" | -" * 1_500_000 + b"</title>"), "not_arabic"),
        (
            a_page(b'<meta property="article:published_time" content="' + b"2026-" * 1_000_000 + b'"><p>a'),
            "not_arabic",
        ),
    ],
    ids=[
        *(
            "slow",
            "paragraphs",
            "attributes",
            "nesting",
            "nothing",
            "100 MB",
            "1 M tags",
            "entities",
            "brackets",
            "braces",
        ),
        *("separators", "date"),
    ],
)
def test_a_hostile_page_is_turned_away_and_the_next_is_read(worker: Worker, hostile: Page, reason: str) -> None:
    rejected = asyncio.run(worker.read(hostile))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert rejected.detail
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)


def test_a_page_whose_worker_is_killed_is_too_expensive(worker: Worker) -> None:
    async def read_and_kill() -> Article | LiveBlog | Rejected:
        process = await worker.run(os.getpid)
        reading = asyncio.ensure_future(worker.read(SLOW))
        await asyncio.sleep(0.3)
        os.kill(process, signal.SIGKILL)
        return await reading

    rejected = asyncio.run(read_and_kill())
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "too_expensive"
    assert "ended its worker process" in rejected.detail
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)


def test_control_c_leaves_the_end_of_workers_to_their_parent(worker: Worker) -> None:
    process = asyncio.run(worker.run(os.getpid))
    os.kill(process, signal.SIGINT)
    assert isinstance(asyncio.run(worker.read(GOOD)), Article)
    assert asyncio.run(worker.run(os.getpid)) == process


def test_closing_does_not_wait_for_the_page_at_hand() -> None:
    async def close_while_reading(worker: Worker) -> int:
        process = await worker.run(os.getpid)
        busy = asyncio.ensure_future(worker.run(time.sleep, 500))
        await asyncio.sleep(0.2)
        worker.close()
        busy.cancel()
        return process

    process = asyncio.run(close_while_reading(Worker(WATCHLIST, seconds=600)))
    assert not _alive(process)


def test_a_list_of_links_in_another_language_is_turned_away_for_its_language(worker: Worker) -> None:
    """Which holds for a month, where a listing is looked at again after a week."""

    def listing(line: str) -> Page:
        links = "".join(f'<p><a href="/{n}">{line} {n}</a></p>' for n in range(20))
        return a_page(f"<html><title>News</title><body><article>{links}</article></body></html>".encode())

    english = asyncio.run(worker.read(listing("Several people were hurt in the north of the country on day")))
    arabic = asyncio.run(worker.read(listing("أعلنت الوزارة أن المدارس في العاصمة ستفتح أبوابها في يوم")))
    assert isinstance(english, Rejected)
    assert isinstance(arabic, Rejected)
    assert (english.reason, arabic.reason) == ("not_arabic", "not_article")
    assert english.detail.startswith("en: ")
    assert english.text == arabic.text == ""
