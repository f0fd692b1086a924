"""What one crawl remembers of the ones before: entrances that have not changed, articles that have, hosts that rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawls import Desk
from site_on_loopback import PARAGRAPH, Reply, Site, article_page, feed, sitemap, tagged, write_source
from warcio.archiveiterator import ArchiveIterator

from pipelines.store.base import Document, Seen
from pipelines.store.query import EVERYTHING

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
ARTICLES = {f"/news/{n}": f"الخبر رقم {n} من أخبار اليوم" for n in range(10)}


def articles(site: Site) -> int:
    return sum(count for path, count in site.requests.items() if path.startswith("/news/"))


def stored(desk: Desk, path: str) -> Document:
    return next(document for document in desk.store.find(EVERYTHING) if document["url"].endswith(path))


def hours_pass(desk: Desk, hours: float) -> None:
    """Everything that is known was learnt so much earlier."""
    for collection, names in (
        ("seen", ("checked", "next_check", "since")),
        ("hosts", ("robots_fetched", "resting_until")),
    ):
        records = list(desk.store.dump(collection))
        for record in records:
            record |= {name: record[name] - hours * HOUR for name in names if record.get(name)}
        desk.store.load(collection, records)


def test_an_unchanged_outlet_costs_one_request_an_entrance_and_ten_new_articles_ten_more(desk: Desk) -> None:
    """Feed, section, and an index with 20,000 addresses, all but a few of which have been seen."""
    with Site({}) as site:
        old = [f"/news/{n}" for n in range(100_000, 120_000)]
        desk.store.note(
            Seen(f"{site.url}{path[1:]}", "not_article", None, None, None, datetime.now(UTC), None) for path in old
        )
        parts = {f"/sitemap-{n}.xml": old[n * 5_000 : (n + 1) * 5_000] for n in range(4)}

        def publish(times: dict[str, datetime], changed: datetime) -> None:
            paths = list(times)
            site.replies |= {path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths}
            site.replies["/rss.xml"] = tagged(feed(site.url, paths[-20:]))
            links = "".join(f'<a href="{path}">{path}</a>' for path in paths[-15:])
            site.replies["/latest"] = tagged(Reply(f"<html><body>{links}</body></html>".encode()))
            for name, part in parts.items():
                latest = times if name == "/sitemap-3.xml" else {}
                site.replies[name] = tagged(sitemap(site.url, dict.fromkeys(part, LONG_AGO) | latest))
            dates = dict.fromkeys(parts, LONG_AGO) | {"/sitemap-3.xml": changed}
            site.replies["/sitemap.xml"] = tagged(sitemap(site.url, dates, index=True))

        earlier = datetime.now(UTC) - HOUR
        first_ones = {f"/news/{n}": earlier for n in range(1, 31)}
        publish(first_ones, earlier)
        write_source(desk.config, "paper", site.url, entrances="feed rss.xml\nsitemap sitemap.xml\nsection latest")
        first = desk.crawl("paper")
        assert (first.state, first.new, articles(site)) == ("done", 30, 30), desk.log
        before = site.requests.copy()
        second = desk.crawl("paper")
        assert (second.state, second.requests) == ("done", 3)
        assert site.requests - before == {"/rss.xml": 1, "/sitemap.xml": 1, "/latest": 1}
        assert site.answers["/sitemap.xml", 304] == 1

        now = datetime.now(UTC)
        publish(first_ones | {f"/news/{n}": now for n in range(31, 41)}, now)
        before = site.requests.copy()
        third = desk.crawl("paper")
        assert (third.state, third.new) == ("done", 10)
        asked = site.requests - before
        assert {path for path in asked if path.startswith("/news/")} == {f"/news/{n}" for n in range(31, 41)}
        assert set(asked.values()) == {1}
        assert [path for path in asked if path.startswith("/sitemap-")] == ["/sitemap-3.xml"]


def test_an_entrance_without_etag_is_known_by_its_bytes(desk: Desk) -> None:
    with Site({"/news/1": article_page(ARTICLES["/news/1"], PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(desk.config, "paper", site.url)
        assert desk.crawl("paper").new == 1
        run = desk.crawl("paper")
        assert (run.state, run.skipped, articles(site)) == ("done", 0, 1)


def test_links_that_were_not_dealt_with_are_found_again_behind_an_unchanged_entrance(desk: Desk) -> None:
    """The budget ends the first crawl in the middle; the feed's ETag must not hide the rest from the second."""
    with Site({path: article_page(title, PARAGRAPH, path) for path, title in ARTICLES.items()}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, list(ARTICLES)))
        write_source(desk.config, "paper", site.url, daily_requests="6", concurrency="1")
        assert desk.crawl("paper").new == 4
        write_source(desk.config, "paper", site.url)
        assert desk.crawl("paper").new == 6
        assert site.answers["/rss.xml", 304] == 0
        desk.crawl("paper")
        assert site.answers["/rss.xml", 304] == 1
        assert articles(site) == 10


def test_an_article_that_could_not_be_had_is_asked_for_again_though_its_feed_is_unchanged(desk: Desk) -> None:
    with Site({"/news/1": Reply(b"busy", status=500)}) as site:
        site.replies["/robots.txt"] = Reply(b"")
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1"]))
        write_source(desk.config, "paper", site.url)
        assert desk.crawl("paper").rejected == {"http_error": 1}
        site.replies["/news/1"] = article_page(ARTICLES["/news/1"], PARAGRAPH)
        assert desk.crawl("paper").pages == 0
        hours_pass(desk, 0.5)
        run = desk.crawl("paper")
        assert (run.new, run.again, site.answers["/rss.xml", 304]) == (1, 1, 2)


def test_recent_articles_are_looked_at_again_less_and_less_often(desk: Desk) -> None:
    with Site({"/news/1": tagged(article_page(ARTICLES["/news/1"], PARAGRAPH))}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1"]))
        write_source(desk.config, "paper", site.url)
        desk.crawl("paper")
        looks = []
        for hour in range(60):
            hours_pass(desk, 1)
            if hour in (0, 1, 2, 4, 9, 20, 25, 50, 59):
                run = desk.crawl("paper")
                looks += [hour + 1] * run.again
                assert (run.new, run.revised) == (0, 0)
        assert looks == [1, 3, 10, 26, 51]
        assert site.answers["/news/1", 304] == len(looks)


def test_edited_gone_back_and_moved_are_recorded(either_desk: Desk) -> None:
    desk = either_desk
    base = "قالت الشرطة إن قاعدة عين الأسد تعرضت لهجوم بطائرة مسيرة."
    with Site({path: article_page(title, f"{base} {path}", PARAGRAPH) for path, title in ARTICLES.items()}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, list(ARTICLES)))
        write_source(desk.config, "paper", site.url, article="'/news/|/archive/'")
        assert desk.crawl("paper").new == 10
        site.replies["/news/1"] = article_page(ARTICLES["/news/1"], "قالت الشرطة إن حريقا اندلع في مخزن.", PARAGRAPH)
        site.replies["/news/2"] = Reply(b"gone", status=404)
        site.replies["/news/3"] = Reply(b"gone", status=410)
        site.replies["/archive/4"] = site.replies["/news/4"]
        site.replies["/news/4"] = Reply(status=301, headers={"Location": "/archive/4"})
        site.replies["/news/5"] = Reply(status=302, headers={"Location": "/"})
        site.replies["/"] = Reply(b"<html><body>home</body></html>")
        hours_pass(desk, 1)
        run = desk.crawl("paper")
        assert (run.new, run.revised, run.rejected, run.again) == (1, 1, {"gone": 3}, 10)
        assert (run.gone, run.moved) == (3, 1)

        edited = stored(desk, "/news/1")
        assert (edited["state"], edited["entities"], edited["revision"]) == ("edited", [], 2)
        (change,) = edited["changes"]
        assert (change["what"], change["fields"], change["gained"]) == ("edited", ["body"], [])
        assert "iq-ain-al-asad" in change["lost"]
        assert desk.store.revisions(edited["_id"])[0]["entities"] == change["lost"]
        for path, detail in (("/news/2", "answers 404"), ("/news/3", "answers 410"), ("/news/5", "leads to")):
            gone = stored(desk, path)
            assert gone["state"] == "gone"
            assert gone["changes"][0]["detail"].startswith(detail)
        moved = stored(desk, "/news/4")
        assert (moved["state"], moved["changes"][0]["to"]) == ("moved", f"{site.url}archive/4")
        assert stored(desk, "/archive/4")["state"] == "live"

        site.replies["/news/2"] = article_page(ARTICLES["/news/2"], f"{base} /news/2", PARAGRAPH)
        hours_pass(desk, 2)
        run = desk.crawl("paper")
        assert (run.new, run.revised, run.moved) == (0, 0, 0)
        back = stored(desk, "/news/2")
        assert (back["state"], [entry["what"] for entry in back["changes"]]) == ("live", ["gone", "back"])
        assert len(stored(desk, "/news/4")["changes"]) == 1


def test_an_address_that_keeps_its_id_moves_without_a_second_article(desk: Desk) -> None:
    with Site({"/news/1-old": article_page(ARTICLES["/news/1"], PARAGRAPH)}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1-old"]))
        write_source(desk.config, "paper", site.url, id="'/news/(\\d+)'")
        desk.crawl("paper")
        site.replies["/news/1-new"] = site.replies["/news/1-old"]
        site.replies["/news/1-old"] = Reply(status=301, headers={"Location": "/news/1-new"})
        hours_pass(desk, 1)
        run = desk.crawl("paper")
        assert (run.new, run.moved) == (0, 1)
        (document,) = desk.store.find(EVERYTHING)
        assert (document["state"], document["url"]) == ("live", f"{site.url}news/1-new")
        assert document["changes"][0]["from"] == f"{site.url}news/1-old"


def test_counters_advertisements_and_teasers_around_an_article_are_no_revision(desk: Desk) -> None:
    def page(views: int, advert: str, teaser: str, text: str = "النص الأصلي كما نشر أول مرة.") -> Reply:
        body = (
            '<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8">'
            f"<title>{ARTICLES['/news/1']}</title></head><body>"
            f'<div class="ad">{advert}</div><article><h1>{ARTICLES["/news/1"]}</h1>'
            f"<p>{PARAGRAPH}</p><p>عدد المشاهدات: {views}</p><p>منذ {views} دقيقة</p><p>{text}</p>"
            f"<p>اقرأ أيضا: {teaser}</p></article><aside><h3>الأكثر قراءة</h3><a href='/news/7'>{teaser}</a></aside>"
            f"<footer>زوار اليوم {views * 7}</footer></body></html>"
        )
        return Reply(body.encode())

    with Site({"/news/1": page(3, "اشتر الآن", "حفل افتتاح المعرض")}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1"]))
        write_source(desk.config, "paper", site.url)
        desk.crawl("paper")
        assert "المشاهدات" in stored(desk, "/news/1")["body"], (
            "the counter must reach the text for this to mean anything"
        )
        site.replies["/news/1"] = page(4711, "عرض خاص لمدة يومين", "أمطار غزيرة في الشمال")
        hours_pass(desk, 1)
        run = desk.crawl("paper")
        assert (run.again, run.unchanged, run.revised) == (1, 1, 0)
        site.replies["/news/1"] = page(4712, "عرض خاص لمدة يومين", "أمطار غزيرة في الشمال", "النص بعد تصحيحه.")
        hours_pass(desk, 3)
        assert desk.crawl("paper").revised == 1


def test_robots_txt_is_kept_for_a_day(desk: Desk) -> None:
    with Site({"/robots.txt": Reply(b"User-agent: *\nDisallow: /news/2")}) as site:
        site.replies |= {path: article_page(title, PARAGRAPH) for path, title in ARTICLES.items()}
        site.replies["/rss.xml"] = feed(site.url, ["/news/1", "/news/2"])
        write_source(desk.config, "paper", site.url)
        assert desk.crawl("paper").rejected == {"robots": 1}
        site.replies["/rss.xml"] = feed(site.url, ["/news/1", "/news/2", "/news/3"])
        site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /")
        assert (desk.crawl("paper").new, site.requests["/robots.txt"]) == (1, 1)
        hours_pass(desk, 25)
        run = desk.crawl("paper")
        assert (run.state, site.requests["/robots.txt"]) == ("failed", 2)
        assert "robots.txt" in run.detail


def test_a_host_that_says_retry_after_is_left_alone_so_long(desk: Desk) -> None:
    busy = Reply(b"busy", status=429, headers={"Retry-After": "3600"})
    with Site({"/news/1": busy, "/news/2": busy}) as site:
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1", "/news/2"]))
        write_source(desk.config, "paper", site.url, concurrency="1", delay="0.1")
        run = desk.crawl("paper")
        assert articles(site) == 1
        assert "is left alone until" in run.detail
        before = site.requests.copy()
        run = desk.crawl("paper")
        assert (run.state, site.requests) == ("failed", before)
        assert "is left alone until" in run.detail
        site.replies |= {path: article_page(ARTICLES[path], PARAGRAPH) for path in ("/news/1", "/news/2")}
        hours_pass(desk, 1.1)
        run = desk.crawl("paper")
        assert (run.state, run.new) == ("done", 2)


def test_a_short_retry_after_is_waited_for(desk: Desk) -> None:
    with Site({"/news/1": Reply(b"busy", status=503, headers={"Retry-After": "1"})}) as site:
        site.replies["/rss.xml"] = feed(site.url, ["/news/1"])
        write_source(desk.config, "paper", site.url)
        process = desk.start("paper")
        while not site.requests["/news/1"]:
            pass
        site.replies["/news/1"] = article_page(ARTICLES["/news/1"], PARAGRAPH)
        process.communicate(timeout=60)
        assert desk.store.count(EVERYTHING) == 1


def test_challenges_are_told_from_articles_and_end_in_rest(desk: Desk) -> None:
    page = (
        "<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>"
    )
    wall = Reply(page.encode(), status=403)
    with Site(dict.fromkeys(ARTICLES, wall)) as site:
        site.replies["/rss.xml"] = feed(site.url, list(ARTICLES))
        write_source(desk.config, "paper", site.url, concurrency="1", delay="0.1")
        run = desk.crawl("paper")
        assert set(run.rejected) == {"blocked"}
        assert articles(site) == 3
        assert "challenge" in run.detail
        hours_pass(desk, 1)
        site.replies["/rss.xml"] = replace(wall, status=200)
        run = desk.crawl("paper")
        assert (run.state, "challenge" in run.detail) == ("failed", True)


def test_a_host_that_fails_again_and_again_is_left_alone_longer_each_time(desk: Desk) -> None:
    feeds = [f"/{n}.xml" for n in range(8)]
    with Site(dict.fromkeys(feeds, Reply(b"broken", status=500))) as site:
        entrances = "\n".join(f"feed {path[1:]}" for path in feeds)
        write_source(desk.config, "paper", site.url, concurrency="1", delay="0.05", entrances=entrances)
        rests = []
        for _ in range(2):
            run = desk.crawl("paper")
            assert "answers 500, 5 times in a row" in " ".join([run.detail, *run.entrances.values()])
            (host,) = desk.store.dump("hosts")
            rests.append(host["resting_until"] - datetime.now(UTC))
            hours_pass(desk, 1)
        assert rests[0] < timedelta(minutes=15) < rests[1] < timedelta(minutes=30)
        site.replies |= dict.fromkeys(feeds, feed(site.url, ["/news/1"]))
        site.replies["/news/1"] = article_page(ARTICLES["/news/1"], PARAGRAPH)
        assert desk.crawl("paper").new == 1
        (host,) = desk.store.dump("hosts")
        assert host["rests"] == 0


def test_no_outlet_is_read_before_a_contact_is_set(desk: Desk) -> None:
    desk.contact = ""
    write_source(desk.config, "outlet", "https://paper.invalid/")
    run = desk.crawl("outlet")
    assert (run.state, run.requests) == ("failed", 0)
    assert "MARSAD_CONTACT" in run.detail


def test_a_kept_page_that_has_not_changed_gets_a_revisit_record(desk: Desk) -> None:
    text = "قالت الشرطة إن قاعدة عين الأسد تعرضت لهجوم بطائرة مسيرة."
    with Site({"/news/1": tagged(article_page(ARTICLES["/news/1"], text, PARAGRAPH))}) as site:
        site.replies["/news/2"] = tagged(article_page(ARTICLES["/news/2"], PARAGRAPH, PARAGRAPH))
        site.replies["/rss.xml"] = tagged(feed(site.url, ["/news/1", "/news/2"]))
        write_source(desk.config, "paper", site.url)
        assert desk.crawl("paper").archived == 1
        hours_pass(desk, 1)
        run = desk.crawl("paper")
        assert (run.again, run.unchanged, run.archived) == (2, 2, 1)
    (file,) = (desk.folder / "data" / "archive").glob("*/*.warc.gz")
    with file.open("rb") as stream:
        records = [(record.rec_type, record.rec_headers) for record in ArchiveIterator(stream)]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "request", "metadata", "revisit"]
    response, revisit = records[1][1], records[4][1]
    assert revisit.get_header("WARC-Payload-Digest") == response.get_header("WARC-Payload-Digest")
    assert revisit.get_header("WARC-Refers-To-Target-URI") == f"{site.url}news/1"
