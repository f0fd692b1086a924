"""What a page says about itself: which place is believed first, and what of it is a date, an author, an address."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dates import EARLIEST
from pipelines.extract.metadata import Metadata, parse_date, read_metadata

BAGHDAD = "Asia/Baghdad"


def read(head: str = "", body: str = "") -> Metadata:
    html = f"<html><head><title>عنوان</title>{head}</head><body><h1>عنوان</h1>{body}</body></html>"
    return read_metadata(lxml.html.document_fromstring(html))


def linked(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def news(**facts: object) -> str:
    return linked({"@type": "NewsArticle"} | facts)


@pytest.mark.parametrize(
    ("text", "moment", "offset", "precision"),
    [
        ("2026-11-15T09:30:15+03:00", (6, 30, 15), 180, "second"),
        ("2026-11-15T09:30:15+0300", (6, 30, 15), 180, "second"),
        ("2026-11-15T09:30:15+03", (6, 30, 15), 180, "second"),
        ("2026-11-15 09:30:15 +03:30", (6, 0, 15), 210, "second"),
        ("2026-11-15T01:30:00-05:00", (6, 30, 0), -300, "second"),
        ("2026-11-15T06:30:15.123Z", (6, 30, 15, 123_000), 0, "second"),
        ("2026-11-15T06:30Z", (6, 30), 0, "minute"),
        ("2026-11-15T09:30", (6, 30), None, "minute"),
        ("2026-11-15 09:30:15", (6, 30, 15), None, "second"),
        ("2026-11-15", (0, 0), None, "day"),
        (" 2026-11-15\n", (0, 0), None, "day"),
        ("Sun, 15 Nov 2026 09:30:15 +0300", (6, 30, 15), 180, "second"),
        ("Sun, 15 Nov 2026 09:30:15 +03:00", (6, 30, 15), 180, "second"),
        ("Sun, 15 Nov 2026 06:30 GMT", (6, 30), 0, "minute"),
        ("15 Nov 2026 09:30", (6, 30), None, "minute"),
    ],
)
def test_dates(text: str, moment: tuple[int, ...], offset: int | None, precision: str) -> None:
    # In a zone of the same offset an offset that is passed over would go unnoticed.
    zone = BAGHDAD if offset is None else "Asia/Tokyo"
    printed = parse_date(text, zone)
    assert printed is not None
    hour, minute, second, microsecond = (*moment, 0, 0)[:4]
    assert printed.moment == datetime(2026, 11, 15, hour, minute, second, microsecond, UTC)
    assert (printed.offset, printed.precision) == (offset, precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "أمس",
        "١٥ نوفمبر",
        "15/11/2026",
        "2026-11-31",
        "2026-13-01T00:00:00Z",
        "2026-11-15T25:00:00Z",
        "1970-01-01T00:00:00Z",
        f"{EARLIEST - 1}-12-31",
        "0000-00-00 00:00:00",
        # The mail parser reads these as half past nine in the morning.
        "Sun, 15 Nov 2026 09:30 PM",
        "Nov 15, 2026 09:30PM",
        "Mon, 1 Jan 99999999999 00:00:00 +0000",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text, BAGHDAD) is None


def test_the_zone_of_the_source_has_its_summer_time() -> None:
    summer, winter = (parse_date(f"2026-{month}-15T12:00", "Asia/Beirut") for month in ("07", "01"))
    assert summer is not None
    assert winter is not None
    assert (summer.moment.hour, winter.moment.hour) == (9, 10)


@given(st.text(st.sampled_from("0123456789-:TZ+. GMTUCSunNov,") | st.characters(), max_size=32))
@settings(max_examples=200, deadline=None)
def test_whatever_is_printed_never_raises_and_is_in_utc(text: str) -> None:
    printed = parse_date(text, "America/New_York")
    assert printed is None or (printed.moment.tzinfo is UTC and printed.moment.year >= EARLIEST - 1)


META = '<meta property="article:published_time" content="2026-11-14T10:00:00Z">'
MICRODATA = '<span itemprop="datePublished" content="2026-11-13T10:00:00Z"></span>'


def test_claims_stand_in_the_order_of_trust_with_their_signals() -> None:
    found = read(news(datePublished="2026-11-15T10:00:00Z") + META, MICRODATA)
    assert [(claim.text[:10], claim.signal) for claim in found.published] == [
        ("2026-11-15", "json-ld"),
        ("2026-11-14", "meta article:published_time"),
        ("2026-11-13", "microdata"),
    ]


def test_what_is_no_text_is_no_claim() -> None:
    assert [claim.signal for claim in read(news(datePublished=20261115) + META).published] == [
        "meta article:published_time"
    ]
    assert read().published == ()


def test_modified_is_not_published() -> None:
    both = read(news(datePublished="2026-11-15T10:00:00Z", dateModified="2026-11-16T10:00:00Z"))
    assert [claim.text[8:10] for claim in both.published] == ["15"]
    assert [claim.text[8:10] for claim in both.modified] == ["16"]
    assert read(news(dateModified="2026-11-16T10:00:00Z")).published == ()


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "NewsArticle", "headline": "نبأ"},
        [{"@type": "Organization", "headline": "لا"}, {"@type": "NewsArticle", "headline": "نبأ"}],
        {"@graph": [{"@type": "WebPage", "headline": "لا"}, {"@type": ["Thing", "NewsArticle"], "headline": "نبأ"}]},
        {"@type": "WebPage", "mainEntity": {"@type": "ReportageNewsArticle", "headline": "نبأ"}},
        {"@type": "LiveBlogPosting", "headline": " نبأ\n"},
        {"@type": "Article", "headline": "&#1606;بأ"},
    ],
)
def test_the_article_is_found_wherever_json_ld_keeps_it(data: object) -> None:
    found = read(linked(data))
    assert found.headline == "نبأ"
    assert found.says_article


@pytest.mark.parametrize("kind", ["WebPage", "Organization", "NewsMediaOrganization", "BreadcrumbList", 7, None])
def test_other_things_in_json_ld_are_no_article(kind: object) -> None:
    found = read(linked({"@type": kind, "headline": "لا", "datePublished": "2026-11-15"}))
    assert (found.headline, found.published, found.says_article) == ("", (), False)


def test_a_broken_script_does_not_hide_the_next() -> None:
    broken = '<script type="application/ld+json">{"@type": "NewsArticle",</script>'
    assert read(broken + news(headline="نبأ")).headline == "نبأ"


def test_a_line_break_inside_a_json_string_is_forgiven() -> None:
    raw = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "نبأ\nعاجل"}</script>'
    assert read(raw).headline == "نبأ عاجل"


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (news(author={"@type": "Person", "name": "سلمى الجبوري"}), "", ("سلمى الجبوري",)),
        (news(author={"@type": ["Person"], "name": "سلمى الجبوري"}), "", ("سلمى الجبوري",)),
        (news(author=[{"name": "سلمى الجبوري"}, "هادي السعدي"]), "", ("سلمى الجبوري", "هادي السعدي")),
        (news(author=[{"@type": "Organization", "name": "وكالة"}]), "", ()),
        ('<meta name="author" content="هادي السعدي">', "", ("هادي السعدي",)),
        ('<meta property="article:author" content="https://social.example/hadi">', "", ()),
        ("", '<span itemprop="author">هادي السعدي</span>', ("هادي السعدي",)),
        ("", "", ()),
    ],
)
def test_claimed_authors(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert read(head, body).authors == authors


@pytest.mark.parametrize(
    ("head", "section"),
    [
        (news(articleSection=["أمن", "محليات"]), "أمن"),
        (news(articleSection="أمن"), "أمن"),
        ('<meta property="article:section" content="أمن">', "أمن"),
        (news(articleSection=[]), None),
        (news(articleSection={"name": "أمن"}), None),
        ("", None),
    ],
)
def test_section(head: str, section: str | None) -> None:
    assert read(head).section == section


def test_canonical_comes_before_the_social_address() -> None:
    social = '<meta property="og:url" content="/b">'
    assert read('<link rel="canonical" href="/a">' + social).canonical == "/a"
    assert read(social).canonical == "/b"
    assert read().canonical is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("NewsArticle"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "@type @graph mainEntity headline author name articleSection datePublished dateModified".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON)
@settings(max_examples=150, deadline=None)
def test_no_json_ld_is_too_odd(whole: object, part: object) -> None:
    for data in (whole, {"@type": "NewsArticle", "author": part, "articleSection": part, "datePublished": part}):
        found = read(linked(data))
        assert all(isinstance(text, str) for text in (found.headline, found.section or "", *found.authors))
