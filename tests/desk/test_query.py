"""The query language: what is typed, the tree that it means, and what is said of mistakes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.searches import SEARCHES, Search, of_marsad, right
from config.entities import Entity, Watchlist
from desk.query import HELP, MAX_LENGTH, QueryError, parse
from desk.watched import Watched, distance
from pipelines.store.query import (
    EVERYTHING,
    And,
    During,
    Field,
    Has,
    Not,
    Number,
    Or,
    Phrase,
    Query,
    Same,
    Time,
    Word,
    unindexed,
)

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
ASAD = Entity(
    id="iq-asad", kind="base", name="قاعدة عين الأسد", en="Ain al-Asad / Asad", names=("عين الأسد",), lat=33.8, lon=42.4
)
TAJI = Entity(
    id="iq-taji", kind="base", name="معسكر التاجي", names=("معسكر التاجي",), lat=33.5, lon=44.3, was=("taji",)
)
HARIR = Entity(id="iq-harir", kind="base", name="قاعدة حرير", names=("حرير",), lat=36.5, lon=44.3)
NUJABA = Entity(id="nujaba", kind="militia", name="حركة النجباء", names=("النجباء", "حركة النجباء"))
WATCHED = Watched(Watchlist((ASAD, TAJI, HARIR, NUJABA)))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def tree(text: str) -> Query:
    return parse(text, watched=WATCHED, now=NOW)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", EVERYTHING),
        (" \u200f ", EVERYTHING),
        ("صاروخ", Word("صاروخ")),
        ("قَاعِدَة", Word("قاعده")),
        ("قاعدة عين", And((Word("قاعده"), Word("عين")))),
        ("قاعدة AND عين", And((Word("قاعده"), Word("عين")))),
        ("صاروخ OR مسيرة قصف", Or((Word("صاروخ"), And((Word("مسيره"), Word("قصف")))))),
        ("(صاروخ OR مسيرة) قصف", And((Or((Word("صاروخ"), Word("مسيره"))), Word("قصف")))),
        ("صاروخ -قصف", And((Word("صاروخ"), Not(Word("قصف"))))),
        ("NOT (قصف OR NOT صاروخ)", Not(Or((Word("قصف"), Not(Word("صاروخ")))))),
        ("في", Phrase(("في",))),
        ("عين-الأسد", Phrase(("عين", "الاسد"))),
        ('"قاعدة عين الأسد"', Phrase(("قاعده", "عين", "الاسد"))),
        ("«عين الأسد»", Phrase(("عين", "الاسد"))),
        ('"القاعدة في حرير"~2', Phrase(("القاعده", "في", "حرير"), 2)),
        ('"صاروخ"', Word("صاروخ")),
        ("قال: كذا", And((Word("قال"), Word("كذا")))),
        ("entity:iq-asad", Field("entity", ("iq-asad",))),
        ("Entity:iq-asad", Field("entity", ("iq-asad",))),
        ('entity:"عين الاسد"', Field("entity", ("iq-asad",))),
        ('entity:"معسكر عين الأسد"', Field("entity", ("iq-asad",))),
        ("entity:taji", Field("entity", ("iq-taji",))),
        ('entity:("ain al-asad" OR nujaba)', Field("entity", ("iq-asad", "nujaba"))),
        ("entity:any", Has("entity")),
        ("target:any report:attack", And((Has("target"), Field("report", ("attack",))))),
        ("-source:demo", Not(Field("source", ("demo",)))),
        ("kind:(base OR militia)", Field("kind", ("base", "militia"))),
        ("country:iq", Field("country", ("IQ",))),
        ('author:"سلمى الجبوري"', Field("author", ("سلمى الجبوري",))),
        ("story:a:b", Field("story", ("a:b",))),
        ("mentions:>=2", Number("mentions", 2, None)),
        ("outlets:>2 revision:2..4", And((Number("outlets", 3, None), Number("revision", 2, 4)))),
        ("mentions:<2", Number("mentions", None, 1)),
        ("mentions:0", Number("mentions", 0, 0)),
        ("has:revision", Number("revision", 2, None)),
        ("has:denial", Has("denied")),
        ("same(entity:nujaba kind:base)", Same(And((Field("entity", ("nujaba",)), Field("kind", ("base",)))))),
        ("same(قصف entity:taji)", Same(And((Word("قصف"), Field("entity", ("iq-taji",)))))),
        ('same("عين الأسد" (قصف OR صاروخ))', Same(And((Phrase(("عين", "الاسد")), Or((Word("قصف"), Word("صاروخ"))))))),
        ("same(قصف -kind:base)", Same(And((Word("قصف"), Not(Field("kind", ("base",))))))),
        ("same(near:iq-asad entity:any)", Same(And((Field("entity", ("iq-asad",)), Has("entity"))))),
        ('same("قصف قاعدة"~2)', Same(Phrase(("قصف", "قاعده"), 2))),
        ("near:iq-asad,50km", Field("entity", ("iq-asad",))),
        ("near:33.6,44.2,20", Field("entity", ("iq-taji",))),
        ('near:"معسكر التاجي, 400km"', Field("entity", ("iq-asad", "iq-taji", "iq-harir"))),
        ("near:0,0", Field("entity", ())),
        # Days of Baghdad, three hours before those of UTC.
        ("since:2022-01-05", Time(utc(2022, 1, 4, 21), None)),
        ("until:2022-01", Time(None, utc(2021, 12, 31, 21))),
        ("on:2022-02", Time(utc(2022, 1, 31, 21), utc(2022, 2, 28, 21))),
        ("on:2022", Time(utc(2021, 12, 31, 21), utc(2022, 12, 31, 21))),
        ("on:yesterday", Time(utc(2026, 11, 22, 21), utc(2026, 11, 23, 21))),
        ("since:٢٠٢٢-٠١-٠٥", Time(utc(2022, 1, 4, 21), None)),
        ("since:2022-01-05T06:00", Time(utc(2022, 1, 5, 3), None)),
        ("since:2022-01-05T06:00Z", Time(utc(2022, 1, 5, 6), None)),
        ("since:7d", Time(utc(2026, 11, 16, 21), None)),
        ("since:12h", Time(utc(2026, 11, 23, 22, 30), None)),
        ("event:2022-01-05", During(utc(2022, 1, 4, 21), utc(2022, 1, 5, 21))),
        ("event:e-77", Field("event", ("e-77",))),
    ],
)
def test_what_a_query_means(text: str, query: Query) -> None:
    assert tree(text) == query


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("kind:bas", 6, "kind: is one of base, militia"),
        ("قصف entty:x", 5, "did you mean entity:"),
        ("entity:iq-asa", 8, "alike: iq-asad"),
        ("(صاروخ OR", 10, "must follow"),
        ("(صاروخ", 7, "opened at character 1 is not closed"),
        ("صاروخ)", 6, "never opened"),
        ("()", 2, "nothing stands before"),
        ('قصف "عين', 5, "not closed"),
        ("entity:", 8, "a value right after entity:"),
        ("entity: x", 9, "a value right after entity:"),
        ("entity:(iq-taji, nujaba)", 18, "expected OR"),
        ("a AND OR b", 7, "cannot stand here"),
        ("…", 1, "no letter and no digit"),
        ("--limit", 1, "no such option"),
        ("since:soon", 7, "2026-11-01"),
        ("NOT " * 99 + "x", 1, "in a row"),
        ("on:2026-02-30", 4, "is no time"),
        ("mentions:many", 10, "takes a number"),
        ("قصف same(صاروخ source:demo)", 16, "source: is not told sentence by sentence"),
        ("same(صاروخ same(قصف kind:base))", 12, "same is not told"),
        ("same(صاروخ kin:base)", 12, "did you mean kind:"),
        ("same(صاروخ kind:bas)", 17, "is one of base"),
        ("same(kind:base)", 1, "at least two"),
        ("same(-صاروخ -قصف)", 1, "needs something that the sentence has"),
        ("near:nujaba", 6, "where nujaba lies"),
        ("near:91,0", 6, "latitude"),
        ('"ا ب"~99', 1, "at most 9"),
        ("http://x.example/", 1, "quotation marks"),
        ("(" * 99 + "x" + ")" * 99, 41, "parentheses"),
        ("ا" * (MAX_LENGTH + 1), 41, "at most"),
    ],
)
def test_a_mistake_is_shown_where_it_is_with_what_was_expected(text: str, place: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        tree(text)
    assert said in str(caught.value)
    assert caught.value.place == place - 1
    assert "⟦" in str(caught.value)


@settings(max_examples=300)
@given(st.text(st.sampled_from('ab قعOR ANDNOT-()":«»~2entity:kind:base,since:same\u200f\x00\ud800')) | st.text())
@example("-" * 200 + "x")
@example("NOT " * 500 + "x")
def test_whatever_is_typed_is_a_query_or_a_mistake(text: str) -> None:
    with suppress(QueryError):
        tree(text)


def test_every_example_of_the_help_is_a_query() -> None:
    assert tree("entity:iq-asad (صاروخ OR مسيرة) -source:demo since:7d")
    for field in ("near", "same", "since", "has", "mentions", "entity", "event", "section"):
        assert f"{field}:" in HELP or f"{field}(" in HELP


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ""),
        ("صاروخ", ""),
        ("-صاروخ", "NOT"),
        ("mentions:>=2", "mentions:"),
        ("mentions:>=2 since:7d", ""),
        ("mentions:>=2 OR صاروخ", "mentions:"),
        ("-صاروخ entity:nujaba", ""),
        ("section:أمن", "section:"),
        ("same(قصف صاروخ)", ""),
        ("same(قصف -entity:nujaba)", ""),
        ("same(في من)", "same(…)"),
    ],
)
def test_what_no_index_answers_is_told(text: str, why: str) -> None:
    told = unindexed(tree(text), {"entity", "kind"})
    assert (why in told) if why else told == ""


def test_kilometres() -> None:
    assert distance((33.3, 44.4), (33.3, 44.4)) == 0
    assert distance((0, 0), (0, 1)) == pytest.approx(111.2, abs=0.1)
    assert distance((0, 179.5), (0, -179.5)) == pytest.approx(111.2, abs=0.1)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: f"{search.kind}: {search.query}")
def test_searches_in_arabic(search: Search) -> None:
    assert right(search, of_marsad)


def test_there_are_sixty_searches_of_seven_kinds() -> None:
    assert len(SEARCHES) >= 60
    assert len({search.kind for search in SEARCHES}) >= 7
