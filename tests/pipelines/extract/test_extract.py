"""Pages -> articles, or why they are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pages
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from site_on_loopback import PARAGRAPH

from pipelines.extract import extract
from pipelines.records import Article, LiveBlog, Page, Rejected

URL = "https://www.paper.example/news/2026/11/15/17-words"
UNDATED = "https://www.paper.example/news/17-words"
TITLE = "قصف على قاعدة جوية غرب البلاد"


def page(body: str | bytes, *, url: str = URL, **keys: Any) -> Page:
    return pages.page(body, url=url, **keys)


def html(
    *, head: str = "", title: str = TITLE, h1: str = TITLE, body: str = f"<p>{PARAGRAPH}</p><p>{PARAGRAPH} ثانية</p>"
) -> str:
    return (
        f'<!doctype html><html lang="ar"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        '<nav><a href="/">الرئيسية</a> <a href="/sport">رياضة</a></nav>'
        f"<article><h1>{h1}</h1>{body}</article></body></html>"
    )


def article(body: str | bytes, *, url: str = URL, **keys: Any) -> Article:
    return pages.article(body, url=url, **keys)


def reason(result: Article | LiveBlog | Rejected) -> str:
    assert isinstance(result, Rejected), result
    return result.reason


def test_title_body_and_provenance() -> None:
    found = article(html(title=f"{TITLE} | صحيفة"), ETag='"1"', last_modified="Sun, 15 Nov 2026 10:00:00 GMT")
    assert found.title == TITLE
    assert found.body == f"{PARAGRAPH}\n{PARAGRAPH} ثانية"
    assert (found.etag, found.last_modified) == ('"1"', "Sun, 15 Nov 2026 10:00:00 GMT")
    assert found.provenance.status == 200
    assert found.provenance.extractor.startswith("trafilatura 2")
    assert len(found.provenance.sha256) == 64


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (page(html(), status=404), "gone"),
        (page(html(), status=410), "gone"),
        (page(html(), status=403), "http_error"),
        (page(html(), status=503), "http_error"),
        (page(html(), url="https://www.paper.example/"), "not_article"),
        (page(html(), url="https://www.paper.example/news?utm_source=x"), "not_article"),
        (page(b"%PDF-1.7 ..."), "not_html"),
        (page(html(), Content_Type="application/json"), "not_html"),
        (page(""), "empty"),
        (page("<html><body></body></html>"), "empty"),
        (page("<html><p " + " ".join(f'a{n}="x"' for n in range(40_000)) + ">"), "too_large"),
        (page("<p>" * 70_000), "too_large"),
        (page(html(title="الصفحة غير موجودة", h1="الصفحة غير موجودة", body="<p>عودوا إلى الرئيسية.</p>")), "soft_404"),
        (page(html(title="404 Not Found", h1="404", body="<p>عذرا</p>")), "soft_404"),
        (page(html(title="أخبار", h1="أخبار", body="<p>قسم</p>")), "not_article"),
        (
            page(
                html(body="".join(f'<p><a href="/{n}">خبر رقم {n} من أخبار اليوم السياسية</a></p>' for n in range(20)))
            ),
            "not_article",
        ),
    ],
)
def test_rejections(given: Page, why: str) -> None:
    assert reason(extract(given)) == why


def test_an_article_about_pages_not_found_is_an_article() -> None:
    paragraphs = "".join(f"<p>{PARAGRAPH} {n}</p>" for n in range(4))
    assert article(html(title=f"404 {TITLE}", h1=f"404 {TITLE}", body=paragraphs)).title == f"404 {TITLE}"


def test_a_flash_of_one_sentence_is_an_article() -> None:
    flash = "عاجل: سقوط صاروخ قرب قاعدة جوية غرب البلاد"
    assert article(html(title=flash, h1=flash, body=f"<p>{flash}.</p>")).title == flash


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [('<meta charset="windows-1256">', None), ("", "windows-1256"), ("", None)],
)
def test_windows_1256_with_and_without_declaration(declared: str, encoding: str | None) -> None:
    text = html().replace('<meta charset="utf-8">', declared)
    found = extract(page(text.encode("windows-1256"), encoding=encoding))
    assert isinstance(found, Article)
    assert found.title == TITLE
    assert PARAGRAPH in found.body


def test_utf8_cut_off_in_the_middle_of_a_letter_is_still_utf8() -> None:
    body = html().replace('<meta charset="utf-8">', "").encode()
    cut = body[: body.rindex("ثانية".encode()) + 1]
    assert article(cut).title == TITLE


def linked(**facts: object) -> str:
    return pages.linked(**{"headline": TITLE} | facts)


@pytest.mark.parametrize(
    ("head", "published", "offset", "precision"),
    [
        (linked(datePublished="2026-11-15T09:30:15+03:00"), "2026-11-15T06:30:15", 180, "second"),
        (linked(datePublished="2026-11-15T06:30Z"), "2026-11-15T06:30:00", 0, "minute"),
        (linked(datePublished="2026-11-15T09:30"), "2026-11-15T06:30:00", None, "minute"),
        (linked(datePublished="2026-11-15"), "2026-11-15T00:00:00", None, "day"),
        (linked(datePublished="Sun, 15 Nov 2026 09:30:15 +0300"), "2026-11-15T06:30:15", 180, "second"),
        (
            '<meta property="article:published_time" content="2026-11-15T09:30:00+03:00">',
            "2026-11-15T06:30:00",
            180,
            "second",
        ),
        (
            linked(datePublished="yesterday") + '<meta itemprop="datePublished" content="2026-11-14">',
            "2026-11-14T00:00:00",
            None,
            "day",
        ),
        (linked(datePublished="0001-01-01T00:00:00Z"), None, None, None),
        ("", None, None, None),
    ],
)
def test_dates(head: str, published: str | None, offset: int | None, precision: str | None) -> None:
    found = article(html(head=head), url=UNDATED)
    assert (found.published and found.published.isoformat()[:19]) == published
    assert (found.published_offset, found.published_precision) == (offset, precision)


def test_a_date_above_the_headline_is_not_the_article_s() -> None:
    calendar = html().replace("<nav>", '<time datetime="2020-02-02">اليوم</time>' + "<p>قسم</p>" * 8 + "<nav>")
    assert article(calendar, url=UNDATED).published is None
    below = html(body=f'<time datetime="2026-11-15T09:30:00+03:00">اليوم</time><p>{PARAGRAPH}</p>')
    assert article(below).published == datetime(2026, 11, 15, 6, 30, tzinfo=UTC)


def test_authors_are_persons() -> None:
    people = linked(author=[{"@type": "Person", "name": "سلمى الجبوري"}, {"@type": "Organization", "name": "الصحيفة"}])
    assert article(html(head=people)).authors == ("سلمى الجبوري",)
    assert article(html(head=linked(author={"@type": "Organization", "name": "الصحيفة"}))).authors == ()


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "\\ud800 عنوان", "articleSection": "\\u0000أمن"}',
        '{"@type": "NewsArticle", ',
        "[" * 5_000,
        '{"@graph": [{"@type": ["Thing", "NewsArticle"], "headline": 5, "author": [null, 3, {"name": ["x"]}]}]}',
        "null",
    ],
)
def test_hostile_json_ld_costs_no_article(script: str) -> None:
    found = article(html(head=f'<script type="application/ld+json">{script}</script>'))
    assert found.title == TITLE
    for text in (found.title, found.section or "", *found.authors):
        text.encode()
        assert "\x00" not in text


def test_addresses_and_canonical() -> None:
    believed = html(head='<link rel="canonical" href="/news/2026/11/15/17-better-words">')
    found = article(believed)
    assert found.url == "https://www.paper.example/news/2026/11/15/17-better-words"
    assert found.urls == (found.url, URL)
    home = article(html(head='<link rel="canonical" href="https://www.paper.example/">'))
    assert home.url == URL
    assert home.id != found.id


@pytest.mark.parametrize(
    "sign", ["\x1b", "\x02", "\x0b", "\x0c", "\uffff", "&#3;", "&#x1B;", "&#xFFFF;", "&#0011", "\x00", "&#0;"]
)
def test_a_stray_control_character_costs_nothing_but_itself(sign: str) -> None:
    found = article(html(h1=f"{TITLE} {sign}", body=f"<p>{PARAGRAPH} {sign} ثم</p><p>{PARAGRAPH} ثانية</p>"))
    assert found.title == TITLE
    assert " ".join(found.body.replace("\ufffd", "").split()) == f"{PARAGRAPH} ثم {PARAGRAPH} ثانية"


def test_references_to_letters_are_letters() -> None:
    written = "".join(f"&#{ord(letter)};" if ord(letter) > 127 else letter for letter in PARAGRAPH)
    assert article(html(body=f"<p>{written}</p>")).body == PARAGRAPH


@pytest.mark.parametrize(
    "body",
    [
        html().encode("utf-8-sig"),
        html().replace('<meta charset="utf-8">', "").encode("utf-16"),
        html().replace("utf-8", "iso-8859-6").encode("iso-8859-6", "ignore"),
        html().replace("utf-8", "x-no-such-thing").encode(),
        ('<?xml version="1.0" encoding="utf-8"?>\n' + html()).encode(),
    ],
    ids=["byte order mark", "utf-16", "iso-8859-6", "unknown charset", "xml declaration"],
)
def test_encodings(body: bytes) -> None:
    found = article(body)
    assert found.title == TITLE
    assert PARAGRAPH in found.body


def test_what_the_server_declares_comes_before_what_the_page_does() -> None:
    found = article(html().replace("utf-8", "windows-1256"), Content_Type="text/html; charset=utf-8")
    assert found.title == TITLE


@pytest.mark.parametrize("title", [f"{TITLE} | صحيفة النهر", f"{TITLE} - صحيفة النهر", f"صحيفة النهر » {TITLE}", TITLE])
def test_title_without_the_outlet_s_name_where_there_is_no_headline(title: str) -> None:
    site = '<meta property="og:site_name" content="صحيفة النهر">'
    found = article(html(title=title, h1="", head=site + linked(headline=None)))
    assert found.title == TITLE


def test_a_dash_that_is_part_of_the_headline_stays() -> None:
    headline = "بلد - التاجي: طريق جديد يربط المدينتين"
    assert article(html(title=f"{headline} | صحيفة", h1=headline)).title == headline


def test_the_site_s_own_h1_is_not_the_headline() -> None:
    assert article(html().replace("<nav>", "<h1>صحيفة النهر اليومية المستقلة</h1><nav>")).title == TITLE


def test_canonical_of_another_site_is_not_believed() -> None:
    found = article(html(head='<link rel="canonical" href="https://agency.example/news/2026/11/15/17-words">'))
    assert (found.url, found.urls) == (URL, (URL,))


def test_one_article_at_two_addresses_has_one_id() -> None:
    canonical = html(head=f'<link rel="canonical" href="{URL}">')
    phone = URL.replace("/news/", "/amp/news/")
    first, second = article(canonical), article(canonical, url=phone)
    assert first.id == second.id
    assert second.urls == (URL, phone)


def test_a_rejection_keeps_what_the_next_request_needs() -> None:
    rejected = extract(page(html(title="أخبار", h1="أخبار", body="<p>قسم</p>"), ETag='"1"'))
    assert isinstance(rejected, Rejected)
    assert (rejected.etag, rejected.urls, rejected.source) == ('"1"', (URL,), "paper")


def test_the_hash_is_of_what_was_on_the_wire() -> None:
    found = extract(replace(page(html()), wire=b"packed"))
    assert isinstance(found, Article)
    assert (found.provenance.sha256, found.provenance.bytes) == (sha256(b"packed").hexdigest(), 6)


@given(
    st.lists(
        st.sampled_from(
            [*"<>/&;\"'= \n\x00", "p", "h1", "<p>", "</p>", "<h1>", "<script", "<!--", "-->", "&#", "خبر", TITLE]
        )
    )
)
@settings(max_examples=100, deadline=None)
def test_no_page_is_too_broken(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert isinstance(extract(page(text)), Article | Rejected)
    assert isinstance(extract(page(html(body=text))), Article | Rejected)
