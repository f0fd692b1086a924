"""Articles of each day: kept by every way to write an article, and the same as when counted anew."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pymongo
import pytest
from builders import FETCHED, an_article

from pipelines.records import Article, Mention
from pipelines.store.base import Document, Store
from pipelines.store.copy import copy
from pipelines.store.days import day_question, period_of
from pipelines.store.document import new_document, telling
from pipelines.store.query import EVERYTHING, And, Field, Or, Query, Time

DAY = timedelta(days=1)
KAABI = Mention("p-kaabi", "person", "أكرم الكعبي", "body", 0, 11, "name")


def articles() -> list[Article]:
    found = [an_article(n, source=("paper", "other")[n % 2], published=FETCHED - n * DAY) for n in range(12)]
    found[3] = replace(found[3], mentions=(*found[3].mentions, KAABI), entities=("iq-ain-al-asad", "p-kaabi"))
    return found


def by_day(store: Store, query: Query) -> dict[str, int]:
    return {day: count for (day,), count in store.tally(query, ("day",)).items()}


def anew(store: Store, query: Query) -> dict[str, int]:
    return dict(Counter(document["day"] for document in store.find(query)))


@pytest.mark.parametrize(
    "query", [EVERYTHING, Field("entity", ("p-kaabi",)), Field("kind", ("base",)), Field("source", ("other",))]
)
def test_counts_follow_whatever_is_written(store: Store, query: Query) -> None:
    made = articles()
    store.save(made)
    assert by_day(store, query) == anew(store, query)
    # Edited: another day, another source, other entities.
    store.save([replace(made[0], title="آخر", published=FETCHED - 40 * DAY), replace(made[3], body="نص", entities=())])
    store.save([made[5]])
    assert by_day(store, query) == anew(store, query)
    tags = {"entities": ["p-kaabi"], "mentions": [{"entity": "p-kaabi", "kind": "person"}]}
    assert store.retag({made[7].id: tags, made[0].id: tags}, {made[7].id: 1, made[0].id: 1}) == 1
    assert by_day(store, query) == anew(store, query)
    assert store.recount(repair=False) == 0


def test_copied_articles_are_counted(both_stores: tuple[Store, Store]) -> None:
    first, second = both_stores
    first.save(articles())
    for _ in range(2):
        copy(first, second, lambda *_: None)
    assert second.tally(EVERYTHING, ("day", "entity")) == first.tally(EVERYTHING, ("day", "entity"))
    assert second.recount(repair=False) == 0


def test_a_recount_finds_and_repairs_what_is_wrong(store: Store) -> None:
    store.save(articles())
    if store.uri.startswith("mongodb"):
        address, _, name = store.uri.rpartition("/")
        with pymongo.MongoClient[dict[str, object]](address) as client:
            client[name]["days"].update_one({"_id": "all||2026-11-15"}, {"$inc": {"articles": 7}})
            client[name]["days"].delete_one({"_id": "entity|p-kaabi|2026-11-12"})
    else:
        with closing(sqlite3.connect(store.uri)) as connection:
            connection.execute("UPDATE days SET articles = 8 WHERE field = 'all' AND day = '2026-11-15'")
            connection.execute("DELETE FROM days WHERE value = 'p-kaabi'")
            connection.commit()
    assert store.recount(repair=False) == 2
    assert store.recount(repair=True) == 2
    assert store.recount(repair=False) == 0
    assert by_day(store, EVERYTHING) == anew(store, EVERYTHING)


@pytest.mark.parametrize("per", [(), ("entity",), ("kind",), ("source",)])
@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_kept_counts_are_those_of_the_articles(store: Store, period: str, per: tuple[str, ...]) -> None:
    store.save(articles())
    days = Time(datetime(2026, 11, 6, 21, tzinfo=UTC), datetime(2026, 11, 13, 21, tzinfo=UTC))
    # Half an hour later no kept count answers.
    anything = Time(None, FETCHED + 99 * DAY + timedelta(minutes=30))
    assert day_question(days, (period, *per), "articles", "Asia/Baghdad") is not None
    assert day_question(anything, (period, *per), "articles", "Asia/Baghdad") is None
    kept, counted = store.tally(days, (period, *per)), store.tally(And((days, anything)), (period, *per))
    assert kept == counted
    assert sum(kept.values()) >= 7


def test_weeks_begin_on_monday() -> None:
    assert period_of("2026-11-15", "week") == "2026-11-09"
    assert period_of("2026-11-16", "week") == "2026-11-16"
    assert period_of("2026-01-01", "week") == "2025-12-29"
    assert period_of("2026-11-16", "month") == "2026-11"


def attacks(*events: str, targets: str = "iq-taji") -> Document:
    """What an article has that tells of these, each on one of the targets."""
    struck = [[target] for target in targets.split()]
    return telling([{"event": event, "number": n, "targets": struck[n]} for n, event in enumerate(events)])


def test_an_event_counts_on_the_day_of_its_first_report(store: Store) -> None:
    days = (3, 2, 2, 1)
    documents = [new_document(an_article(n, published=FETCHED - days[n] * DAY), "UTC", ring=False) for n in range(4)]
    store.load("articles", [document | attacks("e" if n else "other") for n, document in enumerate(documents)])
    counted = {("2026-11-12",): 1, ("2026-11-13",): 1}
    assert store.tally(EVERYTHING, ("day",), "events") == counted
    assert store.tally(EVERYTHING, ("day", "source"), "events") == {(*day, "paper"): 1 for day in counted}
    assert sum(counted.values()) == store.count(EVERYTHING, "events")


def test_an_article_on_several_attacks_counts_for_each_and_each_for_its_own_target(store: Store) -> None:
    documents = [new_document(an_article(n, published=FETCHED - n * DAY), "UTC", ring=False) for n in range(3)]
    told = (attacks("e1"), attacks("e1", "e2", targets="iq-taji iq-harir"), attacks("e3", targets="iq-harir"))
    store.load(
        "articles",
        [
            document | attack | {"targets": [target for one in attack["told"] for target in one["targets"]]}
            for document, attack in zip(documents, told, strict=True)
        ],
    )
    harir, taji = Field("target", ("iq-harir",)), Field("target", ("iq-taji",))
    assert store.count(EVERYTHING, "events") == 3
    assert store.tally(EVERYTHING, ("target",), "events") == {("iq-taji",): 1, ("iq-harir",): 2}
    assert store.tally(harir, ("day",), "events") == {("2026-11-13",): 1, ("2026-11-14",): 1}
    assert store.count(harir, "events") == 2
    assert store.count(And((taji, Field("source", ("paper",)))), "events") == 1
    assert store.count(Field("event", ("e2",)), "events") == 1
    assert [document["_id"] for document in store.find(Field("event", ("e2",)))] == [documents[1]["_id"]]
    # Asked of articles, not of events: the second article is one of them, and tells of both.
    assert store.count(Or((harir, Field("source", ("nobody",)))), "events") == 3


def test_ten_copies_are_one_story_and_what_reports_no_event_is_none(store: Store) -> None:
    store.save(articles())
    documents = list(store.find(EVERYTHING))
    for document in documents[:4]:
        document |= {"story": "s"} | (attacks("e") if document["source"] == "paper" else {})
    store.load("articles", documents[:4])
    assert store.count(EVERYTHING) == 12
    assert store.count(EVERYTHING, "stories") == 9
    assert store.count(EVERYTHING, "events") == 1
    assert store.tally(Field("story", ("s",)), ("source",), "stories") == {("paper",): 1, ("other",): 1}
