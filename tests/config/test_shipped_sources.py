"""The source files that come with the program: all usable, honest about what is known, and of the shape that real
addresses have.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from config.load import load_sources
from config.schema import Source
from crawler.discovery import looks_like_article
from pipelines.address import article_id, clean_url

FACTS = Path(__file__).parents[2].parent / "shared" / "data" / "sources" / "sources.toml"
NOWHERE = Path("/nonexistent")


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    loaded = load_sources(NOWHERE)
    assert not loaded.bad
    return {name: source for name, source in loaded.good.items() if name != "demo"}


def test_more_than_100_outlets_and_only_those_reported_working_are_enabled(sources: dict[str, Source]) -> None:
    assert len(sources) >= 100
    assert sum(source.country in ("IQ", "SY") for source in sources.values()) >= 50
    reported = {
        name
        for name, source in sources.items()
        if any(entrance.certainty == "reported" and entrance.enabled for entrance in source.entrance)
    }
    assert {name for name, source in sources.items() if source.enabled} == reported
    assert len(reported) == 27


def test_every_entrance_says_how_sure_we_are_and_none_pretends_to_be_checked(sources: dict[str, Source]) -> None:
    for name, source in sources.items():
        assert source.checked is None, name
        assert source.access is not None, name
        assert any(entrance.enabled for entrance in source.entrance), name
        for entrance in source.entrance:
            assert entrance.certainty in ("reported", "seen", "doubtful"), name
            assert entrance.worked is None or entrance.certainty == "reported", name
            assert entrance.note, name


def test_no_outlet_takes_its_own_listings_for_articles(sources: dict[str, Source]) -> None:
    for name, source in sources.items():
        if source.article is not None:
            for url in (source.home, *(entrance.url for entrance in source.entrance)):
                assert not re.search(source.article, unquote(url)), (name, url)


@pytest.mark.skipif(not FACTS.exists(), reason=f"there is no {FACTS}")
def test_real_addresses_are_articles_of_their_own_outlet_alone(sources: dict[str, Source]) -> None:
    facts: list[dict[str, Any]] = tomllib.loads(FACTS.read_text("utf-8"))["source"]
    examples = {fact["id"]: fact["example"] for fact in facts if fact["example"] and fact["article_regex"]}
    assert len(examples) >= 100
    for name, example in examples.items():
        source = sources[name]
        for spelling in (example, clean_url(example), f"{example}{'&' if '?' in example else '?'}utm_source=rss"):
            assert looks_like_article(source, "feed", spelling), (name, spelling)
        others = [
            other.id
            for other in sources.values()
            if other.article and other.id != name and looks_like_article(other, "feed", example)
        ]
        assert not others, (name, others)


def test_what_tells_articles_apart_is_not_lost_with_the_slug_or_the_query(sources: dict[str, Source]) -> None:
    same = [
        ("ina", "https://ina.iq/ar/local/270776-.html", "https://ina.iq/270776-slug.html"),
        ("baghdadtoday", "https://baghdadtoday.news/97795-.html", "https://www.baghdadtoday.news/97795-خبر.html"),
        ("alsumaria", "https://www.alsumaria.tv/news/517787/a/ar", "https://www.alsumaria.tv/news/local/517787/ب"),
        (
            "skynews_arabia",
            "https://www.skynewsarabia.com/world/1884498-",
            "https://www.skynewsarabia.com/world/1884498",
        ),
        ("kurdistan24_ar", "https://www.kurdistan24.net/ar/story/8985", "https://www.kurdistan24.net/ar/story/8985-x"),
        (
            "nina",
            "https://ninanews.com/Website/News/Details?key=13",
            "https://ninanews.com/website/News/Details?Key=13",
        ),
    ]
    for name, first, second in same:
        assert article_id(sources[name], first) == article_id(sources[name], second), name
    other = [
        ("shafaq", "https://shafaq.com/ar/أمـن/خبر", "https://shafaq.com/ar/أمن/خبر"),
        (
            "nina",
            "https://ninanews.com/Website/News/Details?key=13",
            "https://ninanews.com/Website/News/Details?key=14",
        ),
        ("mawazin", "https://www.mawazin.net/Details.aspx?jimare=1", "https://www.mawazin.net/Details.aspx?jimare=2"),
    ]
    for name, first, second in other:
        assert article_id(sources[name], first) != article_id(sources[name], second), name
