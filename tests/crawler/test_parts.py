"""The next page of the same article, told from the next article and the next page of a list."""

from __future__ import annotations

import pytest

from crawler.parts import next_part

PAGE = "https://paper.example/news/17-words"


@pytest.mark.parametrize(
    ("url", "href", "expected"),
    [
        (PAGE, "/news/17-words/2", f"{PAGE}/2"),
        (f"{PAGE}/", "/news/17-words/2/", f"{PAGE}/2/"),
        (PAGE, "?page=2", f"{PAGE}?page=2"),
        (f"{PAGE}?id=5", "?id=5&amp;page=2", f"{PAGE}?id=5&page=2"),
        (f"{PAGE}.html", "/news/17-words-2.html", f"{PAGE}-2.html"),
        (PAGE, "/news/18-other-words", None),
        (PAGE, "/news/17-words/3", None),
        (PAGE, "https://other.example/news/17-words/2", None),
        ("https://paper.example/news/2026/11/15/17", "/news/2026/11/15/18", None),
        (PAGE, "http://[", None),
        (PAGE, "#", None),
    ],
)
@pytest.mark.parametrize("tag", ['<link rel="next" href="{}">', "<a class=x href='{}' rel=next>2</a>"])
def test_next_part(url: str, href: str, expected: str | None, tag: str) -> None:
    assert next_part(f"<html>{tag.format(href)}</html>".encode(), url, 1) == expected


def test_a_page_without_one() -> None:
    assert next_part(b"<html><a href=/2>2</a></html>", PAGE, 1) is None
    assert next_part(b"<link " * 100_000, PAGE, 1) is None


def test_the_pages_after_it() -> None:
    link = b'<link rel="next" href="/news/17-words/page/3">'
    assert next_part(link, f"{PAGE}/page/2", 2) == f"{PAGE}/page/3"
    assert next_part(link, f"{PAGE}/page/2", 1) is None
