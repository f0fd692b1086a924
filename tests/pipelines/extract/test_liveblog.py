"""Live blogs: one article for each entry, with its own anchor, time and words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pages import (
    ADDRESS,
    BODY,
    OTHER,
    PARAGRAPHS,
    SITE,
    TEASER,
    TEXT,
    TITLE,
    article,
    document,
    linked,
    live_blog,
    refusal,
)

LIVE = "مباشر.. تطورات الهجوم على قاعدة عين الأسد لحظة بلحظة"


def entry(number: int, when: str, *, tag: str = "article") -> str:
    inner = f"<time>{when}</time><h3>تحديث {number}</h3><p>{TEXT[number]}</p>"
    return f'<{tag} class="live-update" id="u{number}">{inner}</{tag}>'


def blog(*entries: str, head: str = "", date: str = "15 نوفمبر 2026") -> str:
    below = f'<div class="date">{date}</div><div class="feed">{"".join(entries)}</div>'
    return document(f"<h1>{LIVE}</h1>{below}", head=head, title=f"{LIVE} | {SITE}")


def test_each_entry_is_an_article_with_its_own_address_time_and_words() -> None:
    found = live_blog(blog(*(entry(n, when) for n, when in enumerate(("14:35", "13:10", "09:05", "23:50")))))
    assert [a.url for a in found.articles] == [f"{ADDRESS}#u{n}" for n in range(4)]
    assert [a.published for a in found.articles] == [
        datetime(2026, 11, 15, 11, 35, tzinfo=UTC),
        datetime(2026, 11, 15, 10, 10, tzinfo=UTC),
        datetime(2026, 11, 15, 6, 5, tzinfo=UTC),
        datetime(2026, 11, 14, 20, 50, tzinfo=UTC),
    ]
    assert [(a.title, a.body) for a in found.articles] == [(f"تحديث {n}", TEXT[n]) for n in range(4)]
    assert len({a.id for a in found.articles}) == 4
    assert found.articles[0].provenance.signals["published"] == "entry: timed box"
    assert not found.ended


@pytest.mark.parametrize("tag", ["article", "div", "li"])
def test_times_with_their_own_day_are_not_the_page_s(tag: str) -> None:
    times = ("15 نوفمبر 2026 09:30", "14 نوفمبر 2026 22:10", "13 نوفمبر 2026 08:00")
    found = live_blog(blog(*(entry(n, when, tag=tag) for n, when in enumerate(times))))
    assert [a.published and a.published.day for a in found.articles] == [15, 14, 13]


def test_an_entry_keeps_its_id_when_others_come_above_it() -> None:
    old = [entry(n, when) for n, when in ((2, "09:05"), (3, "08:00"), (4, "07:00"))]
    before, after = live_blog(blog(*old)), live_blog(blog(entry(1, "10:30"), *old))
    assert [a.id for a in before.articles] == [a.id for a in after.articles[1:]]
    assert (before.articles[0].title, before.articles[0].body) == (after.articles[1].title, after.articles[1].body)


def test_entries_of_json_ld_have_their_offset_and_anchor() -> None:
    updates = [
        {"@type": "BlogPosting", "headline": f"تحديث {n}", "articleBody": TEXT[n], "url": f"{ADDRESS}#e{n}",
         "datePublished": f"2026-11-15T0{9 - n}:30:00+03:00"} for n in range(3)
    ]  # fmt: skip
    head = linked(headline=LIVE, liveBlogUpdate=updates).replace("NewsArticle", "LiveBlogPosting")
    found = live_blog(document(f"<h1>{LIVE}</h1>", head=head, title=LIVE))
    assert [(a.url, a.published_offset) for a in found.articles] == [(f"{ADDRESS}#e{n}", 180) for n in range(3)]


def test_a_blog_without_entries_of_a_day_has_ended() -> None:
    times = ("13 نوفمبر 2026 09:30", "12 نوفمبر 2026 22:10", "12 نوفمبر 2026 08:00")
    assert live_blog(blog(*(entry(n, when) for n, when in enumerate(times)))).ended


def test_a_live_blog_whose_entries_have_no_time_is_refused() -> None:
    head = linked(headline=LIVE).replace("NewsArticle", "LiveBlogPosting")
    assert refusal(document(f"<h1>{LIVE}</h1>{PARAGRAPHS}", head=head, title=LIVE)) == "live_blog"


def test_an_ordinary_article_about_something_live_is_one_article() -> None:
    assert article(document(f"<h1>{LIVE}</h1>{PARAGRAPHS}", title=LIVE)).title == LIVE
    cards = "".join(
        f'<div class="card"><time>1{n}:00</time><a href="/{n}"><h3>{OTHER} {n}</h3></a><p>{TEASER}</p></div>'
        for n in range(5)
    )
    for title in (LIVE, "قصف مباشر على القاعدة وإصابات مباشرة في صفوف الجنود"):
        assert article(document(f"<h1>{title}</h1>{PARAGRAPHS}{cards}", title=title)).body == BODY
    timed = "".join(entry(n, f"1{n}:00") for n in range(4))
    assert article(document(f"<h1>{TITLE}</h1>{PARAGRAPHS}<div>{timed}</div>")).title == TITLE
