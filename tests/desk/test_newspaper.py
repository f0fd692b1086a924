"""The demo newspaper answers what its truth says, at every address that its entrances name."""

from __future__ import annotations

import gzip
import http.client
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from config.load import load_sources
from config.schema import Source
from desk.demo.content import SECTIONS, load_edition
from desk.demo.newspaper import LAYOUTS, DemoArticle, Newspaper, render_article
from pipelines.records import REJECTIONS

EDITED = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def paper() -> Iterator[Newspaper]:
    with Newspaper() as open_paper:
        yield open_paper


@pytest.fixture(scope="module")
def source() -> Source:
    return load_sources(Path("nowhere")).good["demo"]


def ask(
    paper: Newspaper, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[http.client.HTTPResponse, bytes]:
    """One request, its redirects not followed and its body not unpacked."""
    connection = http.client.HTTPConnection("127.0.0.1", paper.port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def text(paper: Newspaper, path: str) -> str:
    response, body = ask(paper, path)
    assert response.status == 200, path
    return body.decode()


def entrances(paper: Newspaper) -> dict[str, set[str]]:
    """Every kind of entrance → the article-like paths that it names."""

    def paths(addresses: list[str]) -> set[str]:
        assert all(a.startswith(paper.url) for a in addresses)
        return {urlsplit(a).path for a in addresses}

    rss = ElementTree.fromstring(text(paper, "/rss.xml"))
    atom = ElementTree.fromstring(text(paper, "/atom.xml"))
    links = [link.get("href", "") for link in atom.iterfind(f"{ATOM}entry/{ATOM}link")]
    sitemaps: list[str] = []
    for row in ElementTree.fromstring(text(paper, "/sitemap.xml")).iter(f"{SITEMAP}loc"):
        response, body = ask(paper, urlsplit(row.text or "").path)
        assert response.status == 200
        body = gzip.decompress(body) if (row.text or "").endswith(".gz") else body
        sitemaps += [loc.text or "" for loc in ElementTree.fromstring(body).iter(f"{SITEMAP}loc")]
    sections = set()
    for section in SECTIONS:
        page = text(paper, f"/section/{section}/")
        sections |= set(re.findall(r'href="(/(?:news|private)/[^"]+)"', page))
    return {
        "rss": paths([link.text or "" for link in rss.iterfind("channel/item/link")]),
        "atom": paths(links),
        "sitemap": paths(sitemaps),
        "section": sections,
    }


def test_every_article_can_be_reached_and_every_entrance_is_needed(paper: Newspaper) -> None:
    named = entrances(paper)
    everything = set().union(*named.values())
    reached = {ask(paper, path)[0].getheader("Location") or path for path in everything}
    assert reached == set(paper.truth) | set(paper.rejections)
    for kind in ("sitemap", "section"):
        others = set().union(*(paths for other, paths in named.items() if other != kind))
        assert (named[kind] - others) & set(paper.truth), f"nothing is only in the {kind}"
    assert len(named["rss"]) == len(named["atom"]) == 20


def test_every_article_is_printed_whole_in_its_own_encoding(paper: Newspaper) -> None:
    encodings: Counter[tuple[str | None, str]] = Counter()
    for article in paper.articles:
        response, body = ask(paper, article.path)
        assert response.status == 200
        declared = response.headers.get_content_charset()
        encodings[declared, article.charset] += 1
        assert declared == (article.charset if article.charset_in_header else None)
        page = unescape(body.decode(article.charset))
        assert article.charset in page[:300]
        for piece in (article.title, *article.paragraphs):
            assert piece.removeprefix("## ") in page
    assert encodings["windows-1256", "windows-1256"]
    assert encodings[None, "windows-1256"]


def test_the_newspaper_is_large_and_varied_enough_to_mean_something(paper: Newspaper) -> None:
    articles = paper.articles
    assert len(articles) == len(paper.truth) >= 44
    assert {a.section for a in articles} == set(SECTIONS)
    assert {a.layout for a in articles} == set(LAYOUTS)
    assert {a.precision for a in articles} == {"second", "minute", "day"}
    assert sum(not a.entities for a in articles) >= 12
    assert min(a.published for a in articles) >= datetime(2026, 9, 14, tzinfo=UTC)
    assert max(a.published for a in articles) < datetime(2026, 11, 16, tzinfo=UTC)
    copies = Counter(a.paragraphs for a in articles)
    assert [n for n in copies.values() if n > 1] == [2], "one wire story in two sections"
    assert {a.number for a in articles if not a.paragraphs[1:]}, "a flash of one sentence"


def test_pages_that_are_no_articles_answer_as_their_rejection_says(paper: Newspaper) -> None:
    assert set(paper.rejections.values()) == {"not_arabic", "not_article", "soft_404", "gone", "robots"}
    assert set(paper.rejections.values()) <= set(REJECTIONS)
    statuses = {path: ask(paper, path)[0].status for path in paper.rejections}
    assert Counter(statuses[p] for p, reason in paper.rejections.items() if reason == "gone") == {404: 1, 410: 1}
    assert {statuses[p] for p, reason in paper.rejections.items() if reason != "gone"} == {200}
    robots = text(paper, "/robots.txt")
    assert [p for p in paper.rejections if p.startswith("/private/")]
    assert "Disallow: /private/" in robots
    assert f"Sitemap: {paper.url}sitemap.xml" in robots
    assert ask(paper, "/news/security/1-no-such")[0].status == 404


def test_an_article_keeps_its_number_whatever_way_leads_to_it(paper: Newspaper, source: Source) -> None:
    assert source.article is not None
    assert source.id_pattern is not None
    everything = set().union(*entrances(paper).values())
    assert all(re.search(source.article, paper.url + p.lstrip("/")) for p in everything)
    numbers = [re.search(source.id_pattern, path) for path in paper.truth]
    assert len({n.group(1) for n in numbers if n}) == len(paper.truth)
    assert not re.search(source.article, f"{paper.url}section/security/")


def test_the_source_file_names_entrances_that_exist(paper: Newspaper, source: Source) -> None:
    assert not source.enabled
    assert source.allow_private
    for entrance in source.entrance:
        assert entrance.url.startswith(source.home)
        assert ask(paper, "/" + entrance.url.removeprefix(source.home))[0].status == 200


def test_links_in_the_boxes_around_an_article_lead_somewhere(paper: Newspaper) -> None:
    for layout in LAYOUTS:
        page = render_article(paper.articles[0], layout)
        links = set(re.findall(r'href="(/(?:news|section)/[^"]*)"', page))
        assert len(links) > 8
        assert {ask(paper, path)[0].status for path in links} == {200}


def test_a_page_not_changed_is_not_sent_again(paper: Newspaper) -> None:
    article = paper.articles[0]
    first, body = ask(paper, article.path)
    assert body
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(modified) == article.published
    again, nothing = ask(paper, article.path, {"If-None-Match": f'"other", {etag}'})
    assert (again.status, nothing) == (304, b"")
    assert ask(paper, article.path, {"If-Modified-Since": modified})[0].status == 304
    assert ask(paper, article.path, {"If-None-Match": '"other"', "If-Modified-Since": modified})[0].status == 200
    assert ask(paper, article.path, {"If-Modified-Since": "yesterday"})[0].status == 200


def test_most_pages_are_packed_for_those_who_accept_it(paper: Newspaper) -> None:
    packed = next(a for a in paper.articles if a.layout != "plain")
    plain = next(a for a in paper.articles if a.layout == "plain")
    loose, loose_body = ask(paper, packed.path)
    response, body = ask(paper, packed.path, {"Accept-Encoding": "gzip, deflate"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == loose_body != body
    assert response.headers["ETag"] != loose.headers["ETag"], "two representations, two tags"
    response, body = ask(paper, plain.path, {"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] is None
    assert plain.title in body.decode()


def test_one_connection_serves_many_pages_and_ends_with_the_newspaper() -> None:
    with Newspaper() as paper:
        connection = http.client.HTTPConnection("127.0.0.1", paper.port, timeout=10)
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/")
            body = connection.getresponse().read()
            assert bool(body) == (method == "GET")
        connection.request("GET", "/news/%d8%a8?utm_source=x")
        assert connection.getresponse().read()
        assert paper.requests == {"/": 3, "/news/%D8%A8": 1}
    with pytest.raises((http.client.HTTPException, OSError)):
        _get(connection)
    connection.close()


def _get(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    connection.getresponse()


def test_a_taken_port_is_said_so() -> None:
    with Newspaper() as paper, pytest.raises(OSError, match="in use"):
        Newspaper(paper.port)


def test_everybody_reads_the_same_newspaper(paper: Newspaper, capfd: pytest.CaptureFixture[str]) -> None:
    with Newspaper() as other:
        assert other.truth == paper.truth
        for path in paper.truth:
            headers = {"Accept-Encoding": "gzip"}
            assert ask(paper, path, headers)[1] == ask(other, path, headers)[1]
    assert capfd.readouterr() == ("", ""), "it shares its terminal with the crawl's progress"


def test_an_edited_newspaper_changes_one_article_and_adds_one(paper: Newspaper) -> None:
    with Newspaper(edited=EDITED) as edited:
        before, after = paper.truth, edited.truth
        added = after.keys() - before.keys()
        assert len(added) == 1
        assert before.keys() < after.keys()
        changed = [p for p in before if ask(paper, p)[1] != ask(edited, p)[1]]
        assert len(changed) == 1
        assert before[changed[0]] != after[changed[0]]
        (old,) = (a for a in paper.articles if a.path == changed[0])
        (new,) = (a for a in edited.articles if a.path == changed[0])
        assert (new.published, new.modified) == (old.published, EDITED.replace(microsecond=0))
        assert "آخر تحديث" in text(edited, changed[0])
        assert "2026-11-20T09:30:15+00:00" in text(edited, changed[0])
        assert parsedate_to_datetime(ask(edited, changed[0])[0].headers["Last-Modified"]) == new.modified
        named = entrances(edited)
        for path in (*added, *changed):
            assert path in named["sitemap"]
            assert path in named["section"]
        assert added <= named["rss"] & named["atom"]
        newest = gzip.decompress(ask(edited, "/sitemap-2.xml.gz")[1]).decode()
        assert newest.count("<lastmod>2026-11-20T09:30:15+00:00</lastmod>") == 2
        assert "<lastmod>2026-11-20T09:30:15+00:00</lastmod>" in text(edited, "/sitemap.xml")


def test_feeds_and_sitemaps_give_the_moments_that_the_pages_print(paper: Newspaper) -> None:
    published = {a.path: a.published for a in paper.articles}
    rss = ElementTree.fromstring(text(paper, "/rss.xml"))
    for item in rss.iterfind("channel/item"):
        path = urlsplit(item.findtext("link") or "").path
        if path in published:
            assert parsedate_to_datetime(item.findtext("pubDate") or "") == published[path]
    sitemap = ElementTree.fromstring(text(paper, "/sitemap-1.xml"))
    for url in sitemap.iter(f"{SITEMAP}url"):
        path = urlsplit(url.findtext(f"{SITEMAP}loc") or "").path
        lastmod = datetime.fromisoformat(url.findtext(f"{SITEMAP}lastmod") or "")
        if path in published:
            assert lastmod.replace(tzinfo=lastmod.tzinfo or UTC) == published[path]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_text_can_be_put_into_any_layout(layout: str) -> None:
    article = DemoArticle(
        number=7,
        slug="x",
        section="sport",
        title='عنوان فيه <b> و"اقتباس" & $علامة',
        paragraphs=("فقرة أولى <script>alert(1)</script>", "ثانية</script>", "## عنوان فرعي", "$title"),
        published=datetime(2026, 10, 1, tzinfo=UTC),
        precision="day",
    )
    page = render_article(article, layout)
    assert "alert(1)</script>" not in page
    assert "<h2>عنوان فرعي</h2>" in page
    assert "<p>$title</p>" in page
    assert "الخميس 1 تشرين الأول/أكتوبر 2026" in page
    assert "00:00" not in page, "only the day is known"
    assert "2026-10-01" in page
    assert render_article(replace(article, authors=("أ ب", "ج د")), layout).count("ج د") >= 1


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="jsonld, microdata, plain"):
        render_article(load_edition().articles[0], "fancy")
