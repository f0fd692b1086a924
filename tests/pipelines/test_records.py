"""The values that walk through the pipeline hold nothing that no store can hold, and survive being written down."""

from __future__ import annotations

import dataclasses
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from builders import an_article
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schema import Entrance, Source
from pipelines.records import (
    MAX_BODY,
    MAX_MENTIONS,
    MAX_TITLE,
    MAX_URLS,
    REJECTIONS,
    Mention,
    Page,
    Rejected,
    clean_text,
    page_from_json,
    page_to_json,
    utc_ms,
)

HOME = "https://paper.example/"
SOURCE = Source(
    id="paper",
    name="صحيفة",
    home=HOME,
    id_pattern=r"/news/(\d+)",
    hosts=("m.paper.example",),
    entrance=(Entrance(kind="section", url=HOME), Entrance(kind="feed", url=HOME + "rss")),
)
MOMENT = datetime(2026, 11, 15, 12, 0, 0, 123456, tzinfo=UTC)


def a_page(**changes: Any) -> Page:
    page = Page(
        source=SOURCE,
        url=f"{HOME}news/17-خبر",
        requested=f"{HOME}17",
        redirects=(f"{HOME}a", f"{HOME}b"),
        status=200,
        fetched=MOMENT,
        request_headers=((b"Accept", b"text/html"),),
        response_headers=((b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"X-Odd", bytes(range(128, 256)))),
        wire=b"\x1f\x8b\x00\xff",
        body="<p>خبر</p>".encode("cp1256"),
        encoding="windows-1256",
    )
    return dataclasses.replace(page, **changes)


def test_a_page_survives_its_json() -> None:
    page = a_page(parts=(a_page(wire=b"2"), a_page(wire=b"3")), answers=("301", "meta refresh"))
    assert page_from_json(page_to_json(page)) == page
    assert page_from_json(page_to_json(page)).source.id_pattern == SOURCE.id_pattern


BYTES = st.binary(max_size=30)


@given(BYTES, BYTES, st.lists(st.tuples(BYTES, BYTES), max_size=3), st.none() | st.text(max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_page_survives_its_json(
    wire: bytes, body: bytes, headers: list[tuple[bytes, bytes]], encoding: str | None
) -> None:
    page = a_page(wire=wire, body=body, response_headers=tuple(headers), encoding=encoding)
    assert page_from_json(page_to_json(page)) == page


def _without(name: str) -> bytes:
    record = json.loads(page_to_json(a_page()))
    del record[name]
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"<html>",
        page_to_json(a_page())[:-20],
        _without("body"),
        _without("source"),
        _without("status"),
        json.dumps(json.loads(page_to_json(a_page())) | {"colour": "red"}).encode(),
        json.dumps(json.loads(page_to_json(a_page())) | {"fetched": "أمس"}).encode(),
        json.dumps(json.loads(page_to_json(a_page())) | {"source": {"id": "paper"}}).encode(),
    ],
)
def test_what_is_no_page_is_told_so(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        page_from_json(data)


def test_addresses_are_those_a_page_was_reached_by_each_once() -> None:
    assert a_page().addresses == (f"{HOME}news/17-خبر", f"{HOME}a", f"{HOME}b", f"{HOME}17")
    assert a_page(requested=f"{HOME}news/17-خبر", redirects=()).addresses == (f"{HOME}news/17-خبر",)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("عاجل\x00 خبر", "عاجل خبر"),
        ("\ud800خبر\udfff", "خبر"),
        ("\x1b[31mخبر\x07", "[31mخبر"),
        ("سطر\n\tآخر", "سطر\n\tآخر"),
        ("سطر\r\nآخر", "سطر\nآخر"),
        ("می\u200cشود", "می\u200cشود"),
        ("خَبَـر \U0001f680", "خَبَـر \U0001f680"),
    ],
)
def test_clean_text_takes_out_only_what_no_store_can_hold(text: str, cleaned: str) -> None:
    assert clean_text(text, 100) == cleaned


@given(st.text(st.characters(), max_size=60), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_cleaned_text_can_be_stored_and_is_clean(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)
    cleaned.encode()
    assert len(cleaned) <= limit
    assert clean_text(cleaned, limit) == cleaned
    assert not set(cleaned) & set(map(chr, (*range(9), *range(11, 32), *range(127, 160))))


def test_an_article_is_clean_however_it_was_made() -> None:
    article = an_article(
        title="عنوان\x00" + "ا" * 2 * MAX_TITLE,
        body="\ud800" + "ب" * 2 * MAX_BODY,
        authors=("سلمى\x1b",),
        section="\x00",
        url=f"{HOME}\x001",
        urls=tuple(f"{HOME}{n}" for n in range(2 * MAX_URLS)),
        mentions=(Mention("iq-balad", "base", "بلد", "body", 0, 3, "name"),) * (MAX_MENTIONS + 1),
        published=datetime(2026, 11, 15, 9, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=3))),
    )
    assert article.title.startswith("عنوانا")
    assert (len(article.title), len(article.body)) == (MAX_TITLE, MAX_BODY)
    assert (article.authors, article.url) == (("سلمى",), f"{HOME}1")
    assert (len(article.urls), len(article.mentions)) == (MAX_URLS, MAX_MENTIONS)
    assert article.published == datetime(2026, 11, 15, 6, 30, 15, 999_000, tzinfo=UTC)
    assert not article.section


def test_moments_are_cut_to_what_both_stores_keep_and_never_rounded_up() -> None:
    assert utc_ms(MOMENT) == MOMENT.replace(microsecond=123_000)
    last = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert utc_ms(last).year == 2026
    with pytest.raises(ValueError, match="time zone"):
        utc_ms(datetime(2026, 11, 15))


def test_a_rejection_has_one_of_the_known_reasons_and_one_short_line() -> None:
    with pytest.raises(ValueError, match="unknown rejection 'ugly'"):
        Rejected("paper", HOME, (), "ugly", MOMENT)
    for reason in REJECTIONS:
        rejected = Rejected("paper", HOME, (), reason, MOMENT, detail="س\x00\ud800" * 1_000)
        assert set(rejected.detail) == {"س"}
        assert len(rejected.detail) <= 300
        assert rejected.fetched.microsecond == 123_000


@pytest.mark.parametrize("value", [a_page(), an_article(), Rejected("paper", HOME, (), "gone", MOMENT)])
def test_values_cross_to_another_process_and_never_change(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.url = "x"
