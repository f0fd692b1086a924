"""Events laid together anew as reports come in, in whatever order, and what the articles then say that they tell of."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from builders import FETCHED, an_article

from desk.eventing import give_events
from pipelines.store import open_store
from pipelines.store.base import Document, Store
from pipelines.store.document import new_document
from pipelines.store.query import EVERYTHING

HOUR = timedelta(hours=1)
BASES = ("iq-taji", "iq-harir", "iq-balad", "sy-tanf")


def a_report(chance: random.Random, number: int, store: Store | None = None) -> Document:
    """An article on up to three attacks of a week, each at another base, some to the hour and some to the day."""
    published = FETCHED + chance.randrange(7 * 24) * HOUR
    article = an_article(
        number, source=f"s{number % 5}", published=published, fetched=published, fingerprint=str(number)
    )
    incidents: list[Document] = []
    for target in chance.sample(BASES, chance.randrange(4)):
        start = published - chance.randrange(1, 100) * HOUR
        end = start + chance.choice((1, 20)) * HOUR
        incidents.append({"targets": [target], "from": start, "to": end, "precision": "hours", "again": False})
    targets = [target for incident in incidents for target in incident["targets"]]
    stored = store.article(article.id) if store else None
    found = new_document(article, "UTC", ring=True) | {name: stored[name] for name in ("event", "told") if stored}
    return found | {"report": "attack" if incidents else "none", "incidents": incidents, "targets": targets}


@pytest.mark.parametrize("seed", range(4))
def test_articles_tell_of_the_events_that_they_are_members_of(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    store = open_store(str(tmp_path / "m.sqlite"))
    for batch in range(8):
        # Most are new, some are new texts of earlier ones.
        numbers = [*range(10 * batch, 10 * batch + 10), *chance.sample(range(10 * batch + 1), min(3, batch))]
        articles = [a_report(chance, number, store) for number in dict.fromkeys(numbers)]
        store.load("articles", articles)
        give_events(store, articles, lambda article: str(article["source"]))
        told: dict[str, list[Document]] = {}
        for event in store.events():
            for m in event["members"]:
                one = {"event": event["_id"], "number": m["number"], "targets": m["targets"]}
                told.setdefault(m["article"], []).append(one)
        for document in store.find(EVERYTHING):
            expected = sorted(told.get(document["_id"], []), key=lambda one: int(one["number"]))
            assert document["told"] == expected
            assert len(expected) == len(document["incidents"])
            assert document["event"] == (expected[0]["event"] if expected else None)
    store.close()
