"""Who: persons, not outlets, agencies, desks or cities; and whatever way they sign."""

from __future__ import annotations

import pytest
from pages import PARAGRAPHS, SITE, TITLE, article, document, linked, meta

NAME = "سلمى الجبوري"


def authors(head: str = "", above: str = "", below: str = "", *, title: str = f"{TITLE} | {SITE}") -> tuple[str, ...]:
    found = article(document(f"<h1>{TITLE}</h1>{above}<div>{PARAGRAPHS}</div>{below}", head=head, title=title))
    assert bool(found.authors) == ("authors" in found.provenance.signals)
    return found.authors


@pytest.mark.parametrize(
    "head",
    [
        linked(author={"@type": "Person", "name": NAME}),
        linked(author=[{"@type": "Person", "name": f"{NAME} - بغداد"}, {"@type": "Organization", "name": SITE}]),
        linked(author=f"بقلم: {NAME}"),
        meta("author", NAME),
    ],
)
def test_persons_in_the_page_s_own_data(head: str) -> None:
    assert authors(head) == (NAME,)


@pytest.mark.parametrize(
    "name",
    [SITE, "وكالة الأنباء العراقية", "رويترز", "admin", "المحرر", "فريق التحرير", "www.paper.example", "أبوظبي",
     f"بغداد - {SITE}",
     "https://social.example/hadi", "@hadi", "News Desk"],
)  # fmt: skip
def test_outlets_agencies_and_cities_are_no_authors(name: str) -> None:
    assert authors(meta("author", name)) == ()
    assert authors(linked(author={"@type": "Person", "name": name})) == ()
    assert authors(above=f'<div class="author">{name}</div>') == ()


@pytest.mark.parametrize(
    "byline",
    [
        f"<div>كتبت {NAME}</div>",
        f"<p>بقلم: {NAME}</p>",
        f"<div>نشر في 14 نوفمبر 2026 | بقلم: {NAME}</div>",
        f'<div class="post-author">{NAME}</div>',
        f'<div><span class="author-name"><a href="/a">{NAME}</a></span><span class="date">14 نوفمبر 2026</span></div>',
        f"<div>{NAME} - بغداد</div>",
        f"<div>بغداد/ {NAME}</div>",
        f"<ul><li>Author, {NAME}</li><li>Role, بي بي سي نيوز</li></ul>",
    ],
)
def test_printed_bylines(byline: str) -> None:
    assert authors(above=byline) == (NAME,)


def test_a_byline_in_the_text_and_a_signature_under_it_are_no_part_of_it() -> None:
    for body in (f"<p>حوار: {NAME}</p>{PARAGRAPHS}", f"{PARAGRAPHS}<div>{NAME}</div>"):
        found = article(document(f"<h1>{TITLE}</h1><div>{body}</div>"))
        assert found.authors == (NAME,)
        assert NAME not in found.body


@pytest.mark.parametrize(
    "line",
    ["كتب الرئيس الأميركي دونالد ترامب:", "مواضيع ساخنة اخرى", "مشاهدات عالية", "اترك تعليقا", "وكالات", "--(بترا)"],
)
def test_what_looks_like_a_byline(line: str) -> None:
    assert authors(below=f"<div>{line}</div>") == ()


def test_the_byline_of_another_story_is_not_the_article_s() -> None:
    other = (
        '<div class="related"><h3><a href="/2">خبر آخر من أخبار اليوم</a></h3><p class="author">هادي السعدي</p></div>'
    )
    assert authors(below=other) == ()
    assert authors(above=f'<p class="author">{NAME}</p>', below=other) == (NAME,)
