"""Whole crawls, as a process of their own, of newspapers on 127.0.0.1."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from crawls import Desk
from site_on_loopback import PARAGRAPH, Reply, Site, article_page, feed, sitemap, write_source

from desk.demo.newspaper import Newspaper
from pipelines.store.query import EVERYTHING

ROOT = Path(__file__).parent.parent.parent


def article_requests(paper: Newspaper) -> int:
    return sum(count for path, count in paper.requests.items() if path.startswith("/news/"))


def test_demo_newspaper_comes_out_as_its_truth_says(either_desk: Desk) -> None:
    desk = either_desk
    with Newspaper() as paper:
        first = desk.crawl("demo", "-a", f"home={paper.url}")
        assert desk.entities() == {path: set(entities) for path, entities in paper.truth.items()}
        expected = Counter(paper.rejections.values())
        assert first.rejected == dict(expected)
        assert (first.state, first.new, first.refused, first.detail) == ("done", len(paper.truth), 0, "")
        assert not any(path.startswith("/private/") for path in paper.requests)

        asked = article_requests(paper)
        second = desk.crawl("demo", "-a", f"home={paper.url}")
        assert (second.state, second.new, second.revised, second.pages) == ("done", 0, 0, 0), desk.log
        assert article_requests(paper) == asked

    with Newspaper(edited=datetime.now(UTC)) as paper:
        third = desk.crawl("demo", "-a", f"home={paper.url}")
        assert (third.new, third.revised) == (1, 1)
        assert desk.entities() == {path: set(entities) for path, entities in paper.truth.items()}
        changed = [document for document in desk.store.find(EVERYTHING) if document["revision"] == 2]
        assert len(changed) == 1
        assert [old["_id"] for old in desk.store.revisions(changed[0]["_id"])] == [f"{changed[0]['_id']}#1"]


def test_killed_in_the_middle_and_run_again_loses_and_doubles_nothing(either_desk: Desk) -> None:
    desk = either_desk
    with Newspaper() as paper:
        process = desk.start("demo", "-a", f"home={paper.url}")
        deadline = time.monotonic() + 60
        while article_requests(paper) < 15 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        stored = desk.store.count(EVERYTHING)
        assert stored < len(paper.truth)
        run = desk.crawl("demo", "-a", f"home={paper.url}")
        assert (run.state, run.refused) == ("done", 0)
        assert desk.entities() == {path: set(entities) for path, entities in paper.truth.items()}
        assert desk.store.count(EVERYTHING) == len(paper.truth)
        assert all(document["revision"] == 1 for document in desk.store.find(EVERYTHING))


def test_items_are_exported_the_scrapy_way(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with Newspaper() as paper:
        run = desk.crawl("demo", "-a", f"home={paper.url}", "-O", str(out))
        lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len({line["id"] for line in lines}) == run.new == len(paper.truth)
    assert all(line["title"] and "\\u" not in line["title"] for line in lines)


def test_a_source_may_not_reach_private_addresses_unless_its_file_says_so(desk: Desk) -> None:
    with Site({}) as site:
        write_source(desk.config, "inner", site.url, allow_private="false")
        run = desk.crawl("inner")
    assert run.state == "failed"
    assert "127.0.0.1 is not a public address" in run.detail
    assert not site.requests


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_the_newest_are_asked_for_first_whatever_the_order_given(desk: Desk, kind: str) -> None:
    begun = datetime(2026, 11, 20, tzinfo=UTC)
    times = {f"/news/{n}": begun + timedelta(hours=n) for n in (3, 7, 1, 8, 2, 6, 4, 5)}
    with Site({path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in times}) as site:
        items = "".join(
            f"<item><link>{site.url}{path[1:]}</link><pubDate>{format_datetime(moment)}</pubDate></item>"
            for path, moment in times.items()
        )
        rss = Reply(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
        site.replies["/list.xml"] = rss if kind == "feed" else sitemap(site.url, times)
        write_source(desk.config, "paper", site.url, entrances=f"{kind} list.xml", concurrency="1", delay="0.01")
        assert desk.crawl("paper").new == 8
        asked = [path for path in site.requests if path.startswith("/news/")]
    assert asked == [f"/news/{n}" for n in range(8, 0, -1)]


@pytest.mark.parametrize("delay", ["0", "0.05"])
def test_a_slow_host_gets_one_request_at_a_time_however_late_it_answers(desk: Desk, delay: str) -> None:
    paths = [f"/news/{n}" for n in range(6)]
    pages = {path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths}
    with Site({path: replace(page, seconds=0.3) for path, page in pages.items()}) as site:
        site.replies["/rss.xml"] = feed(site.url, paths)
        write_source(desk.config, "paper", site.url, concurrency="1", delay=delay)
        assert desk.crawl("paper").new == 6
    assert site.most_at_once == 1


def test_redirects_and_canonical_links_that_point_elsewhere_are_counted(desk: Desk) -> None:
    with Site({}) as site:
        page = article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH)
        link = b'<link rel="canonical" href="https://elsewhere.example/news/9"></head>'
        site.replies |= {
            "/news/1": replace(page, body=page.body.replace(b"</head>", link)),
            "/news/2": Reply(status=301, headers={"Location": "/news/3"}),
            "/news/3": article_page("عنوان الخبر الثاني في الصحيفة", PARAGRAPH, "نص آخر"),
            "/rss.xml": feed(site.url, ["/news/1", "/news/1?utm_source=rss", "/news/2", "/about", "javascript:x"]),
        }
        items = b"<item><link>https://elsewhere.example/news/4</link></item></channel>"
        site.replies["/rss.xml"] = replace(
            site.replies["/rss.xml"], body=site.replies["/rss.xml"].body.replace(b"</channel>", items)
        )
        write_source(desk.config, "paper", site.url, article="'/news/'")
        run = desk.crawl("paper")
        stored = {urlsplit(document["url"]).path: document["urls"] for document in desk.store.find(EVERYTHING)}
    assert run.links == {
        **{"listed": 6, "kept": 2, "duplicate": 1, "foreign": 1, "other": 2, "unusable": 0, "redirected": 1}
    }
    assert run.quality["canonical_elsewhere"] == 1
    assert set(stored) == {"/news/1", "/news/3"}
    assert set(stored["/news/3"]) == {f"{site.url}news/2", f"{site.url}news/3"}


def test_a_page_that_sends_its_readers_on_at_once_is_followed(desk: Desk) -> None:
    sends_on = '<html><head><META http-equiv="Refresh" content="0; url={}"></head></html>'
    with Site({}) as site:
        site.replies = {
            "/rss.xml": feed(site.url, ["/old", "/wide"]),
            "/old": Reply(sends_on.format("/new").encode()),
            "/wide": Reply(
                sends_on.format("/wider").encode("utf-16"), headers={"Content-Type": "text/html; charset=utf-16"}
            ),
            "/new": article_page("افتتاح الطريق الجديد", PARAGRAPH),
            "/wider": article_page("افتتاح الجسر الجديد", PARAGRAPH),
        }
        write_source(desk.config, "paper", site.url)
        run = desk.crawl("paper")
    assert (run.new, run.links["redirected"]) == (2, 2), desk.log
    assert {urlsplit(d["url"]).path for d in desk.store.find(EVERYTHING)} == {"/new", "/wider"}


def test_redirects_lead_to_no_other_host(desk: Desk) -> None:
    with Site({}) as site, Site({"/secret": article_page("سر", PARAGRAPH)}) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        site.replies["/news/1"] = Reply(status=302, headers={"Location": f"{elsewhere}secret"})
        write_source(desk.config, "paper", site.url)
        run = desk.crawl("paper")
    assert not other.requests
    assert run.rejected == {"unreachable": 1}
    assert "localhost is not a host of paper" in run.detail


def test_page_keeps_what_was_on_the_wire(desk: Desk) -> None:
    packed = gzip.compress(article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH).body)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "ETag": '"one"'}
    with Site({"/news/1": Reply(packed, headers=headers)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(desk.config, "paper", site.url)
        desk.crawl("paper")
        (document,) = desk.store.find(EVERYTHING)
        assert document["provenance"]["sha256"] == hashlib.sha256(packed).hexdigest()
        assert document["provenance"]["bytes"] == len(packed)
        assert desk.store.seen([f"{site.url}news/1"])[f"{site.url}news/1"].etag == '"one"'
        assert "Marsad" in site.headers["/news/1"]["User-Agent"]


def test_hostile_pages_are_rejected_while_the_crawl_goes_on(desk: Desk) -> None:
    pages = {
        f"/news/{n}": article_page(f"الخبر رقم {n} من أخبار اليوم", PARAGRAPH, f"{PARAGRAPH} {n}") for n in range(20)
    }
    hostile = {
        "/news/attributes": b"<html><body><p "
        + b" ".join(b'a%d="x"' % n for n in range(200_000))
        + b">"
        + PARAGRAPH.encode(),
        "/news/paragraphs": b"<html><body>" + b"<p>x" * 3_500_000,
        "/news/nested": b"<html><body>" + b"<div>" * 500_000 + PARAGRAPH.encode(),
    }
    with Site(pages | {path: Reply(body) for path, body in hostile.items()}) as site:
        site.replies["/rss.xml"] = feed(site.url, [*hostile, *pages])
        write_source(desk.config, "paper", site.url)
        run = desk.crawl("paper")
    assert run.new == len(pages)
    assert sum(run.rejected.values()) == len(hostile)
    assert set(run.rejected) <= {"too_large", "too_expensive"}


def test_a_broken_entrance_and_an_unreachable_article_make_it_partly(desk: Desk) -> None:
    with Site({"/news/1": article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(desk.config, "paper", site.url)
        file = desk.config / "sources" / "paper.toml"
        file.write_text(file.read_text() + f'\n[[entrance]]\nkind = "sitemap"\nurl = "{site.url}sitemap.xml"\n')
        run = desk.crawl("paper")
    assert (run.state, run.new, run.errors) == ("partly", 1, 1)
    assert f"{site.url}sitemap.xml: answers 404" in run.detail


def test_robots_txt_that_fails_forbids_and_one_that_is_missing_allows(desk: Desk) -> None:
    with Site({"/news/1": article_page("عنوان الخبر الأول في الصحيفة", PARAGRAPH, PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(desk.config, "paper", site.url)
        site.replies["/robots.txt"] = Reply(b"down for maintenance", status=503)
        run = desk.crawl("paper")
        assert (run.state, set(site.requests)) == ("failed", {"/robots.txt"})
        assert "robots.txt" in run.detail
        site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", status=404)
        assert desk.crawl("paper").new == 1


def test_daily_budget_is_kept_over_several_crawls(desk: Desk) -> None:
    paths = [f"/news/{n}" for n in range(10)]
    with Site({path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths}) as site:
        site.replies["/rss.xml"] = feed(site.url, paths)
        write_source(desk.config, "paper", site.url, daily_requests="6", concurrency="1")
        first = desk.crawl("paper")
        assert (first.state, sum(site.requests.values())) == ("partly", 6)
        assert "budget" in first.detail
        second = desk.crawl("paper")
        assert (second.state, second.pages) == ("partly", 0)
        assert sum(site.requests.values()) == 6


def test_stopped_by_a_signal_keeps_what_was_read(desk: Desk) -> None:
    with Newspaper() as paper:
        process = desk.start("demo", "-a", f"home={paper.url}", "-s", "DOWNLOAD_SLOTS={}", "-s", "DOWNLOAD_DELAY=1")
        deadline = time.monotonic() + 60
        while article_requests(paper) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.terminate()
        _, log = process.communicate(timeout=60)
    (run,) = desk.store.runs()
    assert (run.state, run.reason) == ("partly", "shutdown"), log
    assert desk.store.count(EVERYTHING) == run.new > 0


def test_one_bad_source_file_stops_only_its_own_source(desk: Desk) -> None:
    write_source(desk.config, "good", "http://127.0.0.1:9/")
    write_source(desk.config, "bad", "http://127.0.0.1:9/", delay='"soon"', color='"red"')
    command = [sys.executable, "-m", "scrapy", "list"]
    answer = subprocess.run(command, cwd=ROOT, env=desk.environment, capture_output=True, text=True, check=True)
    assert {"demo", "good"} <= set(answer.stdout.split())
    assert "bad" not in answer.stdout.split()
    assert f"{desk.config}/sources/bad.toml: delay:" in answer.stderr
    assert f"{desk.config}/sources/bad.toml: color: no such key" in answer.stderr


def test_a_store_that_is_down_is_an_error(desk: Desk) -> None:
    desk.mongo = "mongodb://someone:secret@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    with Newspaper() as paper, desk.start("demo", "-a", f"home={paper.url}") as process:
        _, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "127.0.0.1:9" in log
    assert "secret" not in log


def newspaper_of(articles: int) -> Site:
    paths = [f"/news/{n}" for n in range(articles)]
    site = Site({path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths})
    site.replies["/rss.xml"] = feed(site.url, paths)
    return site


def until_stored(desk: Desk) -> None:
    deadline = time.monotonic() + 60
    while not desk.store.count(EVERYTHING) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_store_that_fails_in_the_middle_ends_the_crawl_and_its_process(desk: Desk) -> None:
    with newspaper_of(60) as site:
        write_source(desk.config, "paper", site.url, delay="0.3", concurrency="1")
        process = desk.start("paper")
        until_stored(desk)
        with sqlite3.connect(desk.folder / "data" / "marsad.sqlite") as other:
            other.execute("DROP TABLE documents")
        other.close()
        _, log = process.communicate(timeout=60)
    assert "Spider closed (store_failed)" in log
    assert sum(site.requests.values()) < 60


def test_a_crawl_that_lost_its_lease_ends_and_its_process_with_it(desk: Desk) -> None:
    # Between two pages, so that it is noticed at the next renewal and not when something is written.
    with newspaper_of(60) as site:
        write_source(desk.config, "paper", site.url, delay="4", concurrency="1")
        process = desk.start("paper", "-s", "MARSAD_LEASE_SECONDS=1")
        until_stored(desk)
        (owner,) = {owner for name, owner in desk.store.leases().items() if name == "source:paper"}
        desk.store.release("source:paper", owner)
        assert desk.store.lease("source:paper", "another machine", 600)
        _, log = process.communicate(timeout=60)
    assert "Spider closed (lease_lost)" in log
    assert sum(site.requests.values()) < 60


def test_an_article_split_over_pages_is_one_article(desk: Desk) -> None:
    title = "تقرير: ماذا يجري في قاعدة عين الأسد"
    words = [f"الجزء {n}: {PARAGRAPH}" for n in range(1, 4)]

    def part(number: int, after: str) -> Reply:
        page = article_page(title, words[number - 1])
        return Reply(page.body.replace(b"</head>", f'<link rel="next" href="{after}"></head>'.encode()))

    with Site({}) as site:
        write_source(desk.config, "mine", site.url)
        site.replies |= {
            "/rss.xml": feed(site.url, ["/news/1", "/news/2"]),
            "/news/1": part(1, "/news/1/2"),
            "/news/1/2": part(2, "/news/1/3"),
            "/news/1/3": part(3, "/news/2"),
            "/news/2": part(1, "/news/2/2"),
        }
        run = desk.crawl("mine")
        assert (run.new, run.state) == (2, "done"), desk.log
        bodies = {urlsplit(document["url"]).path: document["body"] for document in desk.store.find(EVERYTHING)}
        assert bodies == {"/news/1": "\n".join(words), "/news/2": words[0]}
        assert site.requests["/news/2"] == 1


def live_page(*entries: tuple[str, str, str]) -> Reply:
    """A live blog of entries: anchor, when, words."""
    title = "مباشر.. تطورات الهجوم على قاعدة عين الأسد لحظة بلحظة"
    boxes = "".join(
        f'<article class="update" id="{anchor}"><time datetime="{when}"></time><p>{words}</p></article>'
        for anchor, when, words in entries
    )
    return Reply(f"<html><title>{title}</title><body><main><h1>{title}</h1>{boxes}</main></body></html>".encode())


def test_a_live_blog_gives_an_article_an_entry_and_knows_them_when_it_is_read_again(either_desk: Desk) -> None:
    desk = either_desk
    now = datetime.now(UTC)
    times = [(now - timedelta(minutes=10 * n)).strftime("%Y-%m-%dT%H:%M:00Z") for n in range(1, 5)]
    old = [
        ("e3", times[1], "سقوط صاروخين على قاعدة عين الأسد من دون إصابات بين الجنود."),
        ("e2", times[2], "إغلاق الطرق المؤدية إلى القاعدة بعد سماع دوي انفجارات."),
        ("e1", times[3], "صفارات الإنذار تدوي في محيط القاعدة غرب الأنبار."),
    ]
    with Site({}) as site:
        write_source(desk.config, "mine", site.url)
        site.replies |= {"/rss.xml": feed(site.url, ["/live/1"]), "/live/1": live_page(*old)}
        assert desk.crawl("mine").new == 3, desk.log
        documents = list(desk.store.find(EVERYTHING))
        assert [urlsplit(document["url"]).fragment for document in documents] == ["e3", "e2", "e1"]
        assert documents[0]["bases"] == ["iq-ain-al-asad"]
        assert len({document["time"] for document in documents}) == 3
        seen = desk.store.seen([f"{site.url}live/1"])[f"{site.url}live/1"]
        assert (seen.outcome, seen.article) == ("article", None)
        assert seen.next_check is not None
        assert seen.next_check - seen.checked < timedelta(hours=1)

        assert desk.store.seen([documents[0]["url"]])[documents[0]["url"]].article == documents[0]["_id"]

        time.sleep(1.1)
        dated = f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate></item>"
        site.replies["/rss.xml"] = replace(
            site.replies["/rss.xml"], body=site.replies["/rss.xml"].body.replace(b"</item>", dated.encode())
        )
        changed = ("e2", times[2], "إغلاق الطرق المؤدية إلى القاعدة وإعادة فتحها بعد ساعة.")
        fresh = ("e4", times[0], "التحالف الدولي يؤكد إسقاط طائرة مسيرة قرب قاعدة حرير.")
        site.replies["/live/1"] = live_page(fresh, old[0], changed, old[2])
        second = desk.crawl("mine")
        assert (second.new, second.revised, second.unchanged) == (1, 1, 2), desk.log
        assert desk.store.count(EVERYTHING) == 4
