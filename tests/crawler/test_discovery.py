"""Feeds, sitemaps and section pages -> links, whatever state they are in."""

import gzip
from datetime import UTC, datetime

import pytest

from config.schema import Source
from crawler.discovery import Link, discover


def source(**keys: object) -> Source:
    table: dict[str, object] = {
        "id": "paper",
        "name": "Paper",
        "home": "https://paper.example/",
        "entrance": [{"kind": "feed", "url": "https://paper.example/rss.xml"}],
    }
    return Source.model_validate(table | keys)


RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>صحيفة</title><link>https://paper.example/</link>
<item><title>أول</title><link>https://paper.example/news/1</link>
<pubDate>Sat, 14 Nov 2026 09:00:00 +0300</pubDate></item>
<item><title>ثان</title><link> /news/2#top </link><pubDate>Sun, 15 Nov 2026 09:00:00 +0300</pubDate></item>
<item><title>غريب</title><link>https://elsewhere.example/news/3</link></item>
<item><title>ملف</title><link>file:///etc/passwd</link></item>
</channel></rss>"""


def test_feed_gives_links_newest_first_and_names_foreign_hosts() -> None:
    found = discover(source(), "feed", RSS.encode(), "https://paper.example/rss.xml")
    assert found.links == (
        Link("https://paper.example/news/2", datetime(2026, 11, 15, 6, tzinfo=UTC)),
        Link("https://paper.example/news/1", datetime(2026, 11, 14, 6, tzinfo=UTC)),
    )
    assert found.foreign == ("elsewhere.example",)
    assert not found.fault


def test_links_to_another_host_count_where_the_file_lists_it() -> None:
    found = discover(source(links_to=["elsewhere.example"]), "feed", RSS.encode(), "https://paper.example/rss.xml")
    assert "https://elsewhere.example/news/3" in [link.url for link in found.links]


def test_atom_in_another_encoding() -> None:
    atom = """<?xml version="1.0" encoding="windows-1256"?><feed xmlns="http://www.w3.org/2005/Atom"><title>أخبار</title>
    <entry><title>خبر</title><link rel="alternate" href="https://paper.example/خبر/1"/>
    <updated>2026-11-15T10:00:00Z</updated></entry></feed>"""
    found = discover(source(), "feed", atom.encode("windows-1256"), "https://paper.example/atom.xml")
    assert found.links == (Link("https://paper.example/خبر/1", datetime(2026, 11, 15, 10, tzinfo=UTC)),)


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>x</title><p>404", b"/etc/passwd", b"\x00\xff" * 100])
def test_what_is_no_feed_is_a_fault_that_says_so(body: bytes) -> None:
    found = discover(source(), "feed", body, "https://paper.example/rss.xml")
    assert found.links == ()
    assert "not a readable feed" in found.fault


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://paper.example/news/1</loc><lastmod>2026-11-14</lastmod></url>
<url><loc>https://paper.example/news/2</loc>
<news:news><news:publication_date>2026-11-15T09:00:00+03:00</news:publication_date></news:news></url>
</urlset>"""


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_sitemap_plain_and_gzipped(pack: type[bytes]) -> None:
    found = discover(source(), "sitemap", pack(SITEMAP.encode()), "https://paper.example/sitemap.xml")
    assert found.links == (
        Link("https://paper.example/news/2", datetime(2026, 11, 15, 6, tzinfo=UTC)),
        Link("https://paper.example/news/1", datetime(2026, 11, 14, tzinfo=UTC)),
    )


def test_broken_sitemap_keeps_what_came_before() -> None:
    body = SITEMAP.encode().replace(b"</urlset>", b"<url><loc>https://paper.example/news/3</urlset>")
    found = discover(source(), "sitemap", body, "https://paper.example/sitemap.xml")
    assert len(found.links) == 2
    assert "broken sitemap" in found.fault


def test_sitemap_index_newest_first_without_foreign_hosts() -> None:
    index = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc>https://paper.example/old.xml</loc><lastmod>2026-01-01</lastmod></sitemap>
    <sitemap><loc>https://paper.example/new.xml</loc><lastmod>2026-11-01</lastmod></sitemap>
    <sitemap><loc>https://elsewhere.example/s.xml</loc></sitemap></sitemapindex>"""
    found = discover(source(), "sitemap", index.encode(), "https://paper.example/sitemap.xml")
    assert [link.url for link in found.sitemaps] == ["https://paper.example/new.xml", "https://paper.example/old.xml"]
    assert found.foreign == ("elsewhere.example",)


def test_entities_in_a_sitemap_are_not_expanded() -> None:
    bomb = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>
    <urlset><url><loc>https://paper.example/&b;</loc></url></urlset>"""
    found = discover(source(), "sitemap", bomb.encode(), "https://paper.example/sitemap.xml")
    assert all("root" not in link.url for link in found.links)


def test_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 60_000_000)
    assert "after gunzip" in discover(source(), "sitemap", bomb, "https://paper.example/s.xml.gz").fault


PAGE = f"""<html><body><nav><a href="/">الرئيسية</a><a href="/politics">سياسة</a>
<a href="mailto:a@paper.example">راسلنا</a></nav>
<a href="/news/2026/11/15/خبر">خبر</a><a href="/story/هجوم-على-القاعدة-في-الأنبار">خبر</a>
<a href="/news/2026/11/15/خبر#comments">تعليقات</a><a href="//elsewhere.example/news/12345">آخر</a>
<a href="http://[bad/">x</a><a href="http://a..b/news/12345">x</a><a href="http://{"x" * 70}.example/12345">x</a><a href="http://paper.example:99999/12345">x</a></body></html>"""


def test_section_page_without_a_pattern_takes_what_looks_like_an_article() -> None:
    found = discover(source(), "section", PAGE.encode(), "https://paper.example/", "text/html; charset=utf-8")
    assert [link.url for link in found.links] == [
        "https://paper.example/news/2026/11/15/خبر",
        "https://paper.example/story/هجوم-على-القاعدة-في-الأنبار",
    ]


def test_pattern_decides_in_the_percent_decoded_address() -> None:
    page = b'<a href="/%D8%AE%D8%A8%D8%B1/5">x</a><a href="/tag/123456">x</a>'
    found = discover(source(article="/خبر/\\d+"), "section", page, "https://paper.example/")
    assert [link.url for link in found.links] == ["https://paper.example/%D8%AE%D8%A8%D8%B1/5"]
