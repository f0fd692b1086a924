"""Finding articles that share bands, and keeping stories: the same in both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import a_story, an_article

from pipelines.records import Article
from pipelines.store.alike import FIELDS
from pipelines.store.base import Document, Store
from pipelines.store.query import And, Field, Has, Number, Query

NOON = datetime.fromisoformat("2026-11-15T12:00:00Z")


def sharing(number: int, bands: tuple[int, ...], hours: float = 0, **changes: Any) -> Article:
    when = NOON + timedelta(hours=hours)
    return an_article(number, bands=bands, signature="AAAAAAAAAQA=", published=when, fetched=when, **changes)


def asked(store: Store, *bands: int, limit: int = 10, hours: float = 72) -> list[Document]:
    reach = timedelta(hours=hours)
    return store.alike(bands, near=NOON, since=NOON - reach, until=NOON + reach, limit=limit)


def test_who_shares_most_comes_first_then_who_is_nearest(store: Store) -> None:
    one, near, far, other = (
        sharing(1, (1, 2, 3), 20),
        sharing(2, (1, 9), 2),
        sharing(3, (2, 8), -5),
        sharing(4, (7,), 0),
    )
    store.save([far, other, one, near])
    assert [found["_id"] for found in asked(store, 1, 2, 3)] == [one.id, near.id, far.id]
    assert [found["_id"] for found in asked(store, 1, 2, 3, limit=2)] == [one.id, near.id]
    assert asked(store, 4, 5) == []
    assert asked(store) == []


def test_only_within_the_hours_both_ends_included(store: Store) -> None:
    articles = [sharing(number, (1,), hours) for number, hours in enumerate((-72.01, -72, 72, 72.01))]
    store.save(articles)
    assert {found["_id"] for found in asked(store, 1)} == {articles[1].id, articles[2].id}


def test_what_decides_about_a_story_is_told(store: Store) -> None:
    article = sharing(1, (5, 1), report="attack", targets=("iq-ain-al-asad",), event_from=NOON)
    store.save([article])
    (found,) = asked(store, 5)
    assert set(found) == set(FIELDS)
    assert (found["time"], found["story"], found["pending"], found["signature"]) == (NOON, None, True, "AAAAAAAAAQA=")
    assert (found["targets"], found["event_from"], found["event_to"]) == (["iq-ain-al-asad"], NOON, None)


def test_a_revised_article_is_found_by_its_new_text_alone(store: Store) -> None:
    article = sharing(1, (1, 2))
    store.save([article])
    store.save([replace(article, title="آخر", bands=(3,))])
    assert asked(store, 1, 2) == []
    assert len(asked(store, 3)) == 1


def test_an_article_keeps_its_story_when_it_is_revised_retagged_or_read_again(store: Store) -> None:
    article = sharing(1, (1,))
    store.save([article])
    store.change_stories([a_story(article.id)], {article.id: {"story": article.id, "outlets": 3}}, {article.id: None})
    store.save([replace(article, title="آخر")])
    store.retag({article.id: {"bands": [4], "words": "اخر"}}, {article.id: 2})
    store.save([replace(article, title="آخر", fetched=NOON + timedelta(hours=1))])
    document = store.article(article.id)
    assert document is not None
    assert (document["story"], document["outlets"], document["bands"]) == (article.id, 3, [4])
    assert len(asked(store, 4)) == 1


def test_an_article_that_has_another_story_by_now_is_left_alone(store: Store) -> None:
    one, other = sharing(1, (1,)), sharing(2, (1,))
    store.save([one, other])
    store.change_stories([a_story(one.id)], {other.id: {"story": one.id}}, {other.id: None})
    store.change_stories([a_story(other.id)], {other.id: {"story": other.id}}, {other.id: None})
    document = store.article(other.id)
    assert document is not None
    assert document["story"] == one.id


def test_a_merged_story_is_the_one_that_it_was_merged_into(store: Store) -> None:
    store.change_stories([a_story("a"), a_story("b", merged_into="a"), a_story("c", merged_into="b")], {}, {})
    assert [(store.story(story) or {}).get("_id") for story in ("a", "b", "c")] == ["a", "a", "a"]
    assert store.story("d") is None


@pytest.mark.parametrize("field", ["story", "outlets", "event", "pending"])
def test_what_a_pass_sets_is_found_at_once(store: Store, field: str) -> None:
    article = sharing(1, (1,))
    store.save([article])
    store.change_stories([], {article.id: {"story": "s", "outlets": 2}}, {article.id: None})
    store.change_events([], [], {article.id: [{"event": "e", "number": 0, "targets": ["iq-taji"]}]})
    store.settle({article.id: 1})
    questions: dict[str, Query] = {
        "story": And((Field("story", ("s",)), Has("story"))),
        "outlets": Number("outlets", 2, 2),
        "event": Field("event", ("e",)),
        "pending": Field("source", ("paper",)),
    }
    (found,) = store.find(questions[field])
    assert (found["story"], found["outlets"], found["event"], found["pending"]) == ("s", 2, "e", False)
    assert store.pending(limit=5) == []
