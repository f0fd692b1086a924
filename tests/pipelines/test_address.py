"""One spelling for each address, and ids that never change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import Source
from pipelines.address import article_id, article_key, clean_url, is_listing, trusted_canonical


def source(**keys: object) -> Source:
    table: dict[str, object] = {
        "id": "paper",
        "name": "Paper",
        "home": "https://www.paper.example/",
        "entrance": [{"kind": "section", "url": "https://www.paper.example/news/politics"}],
    }
    return Source.model_validate(table | keys)


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("HTTPS://WWW.Paper.Example:443/News/A", "https://www.paper.example/News/A"),
        ("http://paper.example", "http://paper.example/"),
        ("http://paper.example:8080/a", "http://paper.example:8080/a"),
        ("https://user:pw@paper.example/a#comments", "https://paper.example/a"),
        ("https://paper.example/a?utm_source=x&id=5&fbclid=y", "https://paper.example/a?id=5"),
        ("https://paper.example/a?b=2&a=1&b=2", "https://paper.example/a?b=2&a=1&b=2"),
        ("https://paper.example/خبر", "https://paper.example/%D8%AE%D8%A8%D8%B1"),
        ("https://paper.example/%d8%ae%D8%A8%d8%b1", "https://paper.example/%D8%AE%D8%A8%D8%B1"),
        ("https://paper.example/كـبير", "https://paper.example/%D9%83%D9%80%D8%A8%D9%8A%D8%B1"),
        ("https://paper.example/a/../b/./c/", "https://paper.example/b/c/"),
        ("https://paper.example/%7Euser/%41", "https://paper.example/~user/A"),
        ("https://paper.example/a%2Fb", "https://paper.example/a%2Fb"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        (" https://paper.example/a ", "https://paper.example/a"),
    ],
)
def test_cleaning(url: str, cleaned: str) -> None:
    assert clean_url(url) == cleaned
    assert clean_url(cleaned) == cleaned


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://pa\x00per.example/",
        "http://pa per.example/",
        "paper.example/a",
        "ftp://paper.example/",
        "mailto:a@b",
        "https://",
        "javascript:1",
    ],
)
def test_what_is_no_web_address_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        clean_url(url)


@given(st.text(st.sampled_from("ab/.%?&=#:é٣خـ 2FE@+~-_"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_cleaning_twice_is_cleaning_once(path: str) -> None:
    once = clean_url("https://paper.example/" + path)
    assert clean_url(once) == once


def test_ids_are_for_ever() -> None:
    """Written down once: a change of any of these would store every article a second time."""
    assert (
        article_id(source(), "https://www.paper.example/news/1?utm_source=x#top") == "9091ea65dd86f4810f9e6078c36daa32"
    )
    pattern = source(id_pattern=r"/news/(\d+)")
    assert article_id(pattern, "https://www.paper.example/news/17-any-words") == "85dc0cdfb24960cadcca352f5abc0d28"
    query = source(query_is_identity=True)
    assert article_id(query, "https://www.paper.example/read?id=17") == "7248bccd818819c3621cd70816bc2377"


def test_what_the_id_pattern_captures_is_the_identity() -> None:
    pattern = source(id_pattern=r"/news/(\d+)")
    one = article_id(pattern, "https://www.paper.example/news/17-first-headline")
    assert article_id(pattern, "http://paper.example:8080/news/17-second-headline?page=2") == one
    assert article_id(pattern, "https://www.paper.example/news/18-first-headline") != one
    assert article_id(source(id="other", id_pattern=r"/news/(\d+)"), "https://www.paper.example/news/17") != one


def test_the_query_tells_articles_apart_only_where_the_source_says_so() -> None:
    first, second = ("https://www.paper.example/read?id=1", "https://www.paper.example/read?id=2")
    assert article_id(source(), first) == article_id(source(), second)
    assert article_id(source(query_is_identity=True), first) != article_id(source(query_is_identity=True), second)


PAGE = "https://www.paper.example/news/politics/2026/11/15/17-words"


@pytest.mark.parametrize(
    ("canonical", "believed"),
    [
        ("/news/politics/2026/11/15/17-words", PAGE),
        (
            "https://www.paper.example/news/politics/2026/11/15/17-better-words?utm_medium=x",
            PAGE.replace("17-", "17-better-"),
        ),
        ("https://www.paper.example/", None),
        ("https://www.paper.example/news/politics", None),
        ("https://www.paper.example/news/politics/", None),
        ("https://www.paper.example/news/", None),
        ("https://elsewhere.example/news/17", None),
        ("javascript:void(0)", None),
        ("https://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_canonical_is_believed_only_as_an_article_of_the_source(canonical: str | None, believed: str | None) -> None:
    assert trusted_canonical(source(), canonical, PAGE) == believed


def test_canonical_must_match_the_article_pattern_where_there_is_one() -> None:
    strict = source(article=r"/\d{4}/\d\d/\d\d/\d+-")
    assert trusted_canonical(strict, "/news/politics/2026/11/15/18-x", PAGE) is not None
    assert trusted_canonical(strict, "/about-us/who-we-are", PAGE) is None


def test_canonical_must_carry_an_id_where_the_page_s_own_address_does() -> None:
    numbered = source(id_pattern=r"/(\d+)-")
    assert trusted_canonical(numbered, "/news/politics/2026/11/15/18-x", PAGE) is not None
    assert trusted_canonical(numbered, "/news/politics/latest", PAGE) is None


def test_canonical_on_another_host_of_the_source_is_believed() -> None:
    both = source(hosts=["m.paper.example"], links_to=["agency.example"])
    assert trusted_canonical(both, "https://m.paper.example/news/17", PAGE) == "https://m.paper.example/news/17"
    assert trusted_canonical(both, "https://agency.example/news/17", PAGE) is None


@pytest.mark.parametrize(
    ("url", "listing"),
    [
        ("https://www.paper.example/", True),
        ("https://www.paper.example", True),
        ("HTTPS://WWW.PAPER.EXAMPLE:443/?utm_source=x#top", True),
        ("https://www.paper.example/news/politics/", True),
        ("https://www.paper.example/news/politics?page=2", False),
        ("https://www.paper.example/news/politics/17", False),
        ("http://[broken", False),
    ],
)
def test_listing(url: str, listing: bool) -> None:
    assert is_listing(source(), url) is listing


def test_the_id_is_searched_in_the_readable_address_and_in_its_query() -> None:
    words = source(id_pattern=r"/خبر-(\d+)")
    assert article_key(words, "https://www.paper.example/%D8%AE%D8%A8%D8%B1-17/") == "17"
    query = source(id_pattern=r"[?&]id=(\d+)")
    assert article_key(query, "https://www.paper.example/read?utm_source=x&id=17&page=2") == "17"
    assert article_key(query, "https://www.paper.example/about?x=1") == "https://www.paper.example/about"


def test_a_group_that_captures_nothing_is_no_identity() -> None:
    loose = source(id_pattern=r"/news/(\d*)")
    first, second = (article_id(loose, f"https://www.paper.example/news/{name}") for name in ("first", "second"))
    assert first != second


@given(st.text(st.sampled_from("ab/.%?&=#:@[]\\;é٣خـ 2F\x00\n") | st.characters(), max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_address_spelled_one_way_or_an_error(text: str) -> None:
    for url in (text, f"http://{text}", f"https://paper.example{text}"):
        try:
            cleaned = clean_url(url)
        except ValueError:
            continue
        assert cleaned.startswith(("http://", "https://"))
        assert clean_url(cleaned) == cleaned
        assert not set(cleaned) & set(" \n\t\x00#")
