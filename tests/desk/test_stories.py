"""The pass that gives articles their stories, and `marsad stories`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alerting import REPORTER, TAGGER, alerts_file
from builders import DETAIL, LEAD, MORE, an_article
from floors import STORIES
from marsad_process import Marsad
from measured import shared

from benchmarks.quality import labels
from benchmarks.stories import PAIRS, given, kept_back, measured
from config import settings
from config.load import load_sources
from desk.alert_trial import Trial, trial
from desk.alerts import configured_rules
from desk.eventing import origins, pass_pending
from desk.stories import give_stories
from pipelines.arabic import fold, words
from pipelines.dedupe import marks
from pipelines.records import Article
from pipelines.store import open_store
from pipelines.store.base import Document, Store
from pipelines.store.query import EVERYTHING

ROOT = Path(__file__).resolve().parent.parent.parent
DAWN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = (
    "وذكر شهود من سكان ناحية البغدادي المجاورة أنهم سمعوا ثلاثة انفجارات قوية هزت نوافذ بيوتهم، ورأوا مروحيات تحلق فوق"
    " ضفة الفرات حتى طلوع الشمس، بينما انقطعت الكهرباء عن أحياء قريبة نصف ساعة."
)


def copy(number: int, *paragraphs: str, title: str = "", hours: float = 0, **changes: Any) -> Article:
    title, body = title or f"عنوان رقم {number}", "\n".join(paragraphs or (LEAD, DETAIL))
    when = DAWN + timedelta(hours=hours)
    folded = " ".join(words(fold(f"{title}\n{body}").text))
    made = {"title": title, "body": body, "published": when, "fetched": when, "words": folded, "authors": ()}
    return an_article(number, **(made | marks(title, folded)._asdict() | {"source": f"outlet{number}"} | changes))


def run_pass(store: Store) -> None:
    pass_pending(store, lambda *_: None)


def stored(store: Store, article: Article) -> Document:
    document = store.article(article.id)
    assert document is not None
    return document


def story_of(store: Store, article: Article) -> Document:
    story = store.story(stored(store, article)["story"])
    assert story is not None
    return story


def test_copies_get_one_story_named_after_the_first(store: Store) -> None:
    first, second, other = (
        copy(1),
        copy(2, LEAD, DETAIL, MORE, title="إسقاط مسيرتين", hours=3),
        copy(3, "افتتح الوزير معرض الكتاب في البصرة بحضور كتاب وناشرين من عشرين دولة عربية وأجنبية.", hours=1),
    )
    store.save([other, second, first])
    run_pass(store)
    story = story_of(store, second)
    assert (
        story
        == story_of(store, first)
        == {
            "_id": first.id,
            "first": first.id,
            "title": first.title,
            "source": "outlet1",
            "articles": 2,
            "outlets": 2,
            "origins": 2,
            "first_published": first.published,
            "last_published": second.published,
            "merged_into": None,
        }
    )
    assert stored(store, other)["story"] == other.id
    assert [stored(store, one)["outlets"] for one in (first, second, other)] == [2, 2, 1]
    assert store.pending(limit=5) == []


def test_a_later_copy_joins_and_a_second_pass_changes_nothing(store: Store) -> None:
    first, second = copy(1), copy(2, hours=50)
    store.save([first])
    run_pass(store)
    store.save([second])
    run_pass(store)
    before = list(store.dump("stories")), list(store.find(EVERYTHING))
    assert [story["articles"] for story in before[0]] == [2]
    given = give_stories(store, store.find(EVERYTHING), origins({}))
    assert given.changed == 0
    assert set(given.of.values()) == {first.id}
    assert (list(store.dump("stories")), list(store.find(EVERYTHING))) == before


def test_copies_too_far_apart_are_two_stories(store: Store) -> None:
    store.save([copy(1), copy(2, hours=73)])
    run_pass(store)
    assert len(list(store.dump("stories"))) == 2


def test_a_story_keeps_its_name_when_an_earlier_copy_comes_later(store: Store) -> None:
    late, early = copy(1, hours=5), copy(2)
    for article in (late, early):
        store.save([article])
        run_pass(store)
    story = story_of(store, early)
    assert (story["_id"], story["first"], story["first_published"]) == (late.id, early.id, early.published)


def test_a_text_that_shows_two_stories_to_be_one_merges_them(store: Store) -> None:
    one, two = copy(1), copy(2, hours=130)
    store.save([one, two])
    run_pass(store)
    assert [stored(store, article)["story"] for article in (one, two)] == [one.id, two.id]
    both = copy(3, hours=65)
    store.save([both])
    run_pass(store)
    assert {stored(store, article)["story"] for article in (one, two, both)} == {one.id}
    merged = store.story(two.id)
    assert merged is not None
    assert (merged["_id"], merged["articles"], merged["outlets"]) == (one.id, 3, 3)
    records = {story["_id"]: story["merged_into"] for story in store.dump("stories")}
    assert records == {one.id: None, two.id: one.id}


def test_what_rang_for_a_story_counts_for_the_one_that_it_became_part_of(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MARSAD_CONFIG", str(tmp_path / "config"))
    alerts_file(tmp_path / "config", "http://127.0.0.1:9/", 'id = "mine"\nquery = "source:outlet1 OR source:outlet2"')
    store.save([copy(1), copy(2, hours=130)])
    run_pass(store)
    assert {delivery["story"] for delivery in store.outbox.find()} == {copy(1).id, copy(2).id}
    store.save([copy(3, hours=65)])
    run_pass(store)
    assert {delivery["story"] for delivery in store.outbox.find()} == {copy(1).id}
    more = copy(4, hours=66, source="outlet2")
    store.save([more])
    run_pass(store)
    rang = store.outbox.find()
    assert {delivery["article"] for delivery in rang} == {copy(1).id, copy(2).id}
    assert {delivery["counted"]["articles"] for delivery in rang} == {4}


def test_an_alert_counts_the_origins_that_its_story_has(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MARSAD_CONFIG", str(tmp_path / "config"))
    alerts_file(tmp_path / "config", "http://127.0.0.1:9/", 'id = "sure"\nquery = "kind:base"\nmin_origins = 2')
    said = {"title": "هدوء في قاعدة عين الأسد"}
    for number in (1, 2):
        # The same words in two outlets, and nobody says whose they are.
        store.save([TAGGER.tag(copy(number, hours=number, **said))])
        run_pass(store)
        (delivery,) = store.outbox.find()
        story = story_of(store, copy(1))
        assert delivery["counted"] == {name: story[name] for name in ("articles", "outlets", "origins")}
        assert (delivery["counted"]["articles"], delivery["counted"]["origins"]) == (number, 1)
    sure, since = configured_rules().by_id["sure"], DAWN - timedelta(days=1)
    assert list(trial(store, sure, Trial(since))) == []
    store.save([TAGGER.tag(copy(3, LEAD, DETAIL, MORE, hours=3, **said))])
    run_pass(store)
    (delivery,) = store.outbox.find()
    assert (delivery["counted"]["origins"], delivery["state"]) == (story_of(store, copy(1))["origins"], "waiting")
    assert [one["article"] for one in trial(store, sure, Trial(since))] == [copy(3).id]


def test_copies_that_come_one_after_the_other_are_one_origin_of_an_event(store: Store) -> None:
    for number, hours in ((1, 0), (2, 1)):
        told = copy(number, hours=hours, title=f"قصف قاعدة عين الأسد {number}")
        store.save([REPORTER.report(TAGGER.tag(told), "Asia/Baghdad")])
        run_pass(store)
    (event,) = store.events()
    assert (event["outlets"], event["origins"]) == (2, 1)


def test_a_revised_article_keeps_its_story(store: Store) -> None:
    first, second = copy(1), copy(2)
    store.save([first, second])
    run_pass(store)
    store.save([replace(second, body="نص آخر تماما", **marks("", "نص اخر تماما")._asdict())])
    run_pass(store)
    assert stored(store, second)["story"] == first.id
    assert story_of(store, second)["articles"] == 2


def test_articles_from_before_there_were_stories_are_joined(store: Store) -> None:
    old, new = copy(1), copy(2, hours=2)
    store.save([old], ring=False)
    store.save([new])
    run_pass(store)
    assert stored(store, old)["story"] == stored(store, new)["story"] == old.id
    assert story_of(store, new)["articles"] == 2


def test_an_article_without_marks_gets_a_story_too(store: Store) -> None:
    article = copy(1)
    store.save([article])
    document = stored(store, article)
    store.load("articles", [{name: document[name] for name in document if name not in ("signature", "bands")}])
    run_pass(store)
    assert stored(store, article)["story"] == article.id


def test_who_prints_one_agency_is_one_origin(store: Store) -> None:
    articles = [
        copy(1, f"بغداد (رويترز) - {LEAD}", DETAIL),
        copy(2, LEAD, DETAIL, authors=("رويترز",), hours=1),
        copy(3, LEAD, DETAIL, cites=("Reuters",), hours=2),
        copy(4, LEAD, DETAIL, "/ أ ف ب", hours=3),
        copy(5, LEAD, f"{DETAIL} وذكر سكان أنهم سمعوا دويا", hours=4),
    ]
    store.save(articles)
    run_pass(store)
    story = story_of(store, articles[4])
    assert (story["articles"], story["outlets"], story["origins"]) == (5, 5, 3)


def test_outlets_of_one_owner_are_one_origin() -> None:
    shipped = list(load_sources(ROOT / "config" / "no overlay").good.values())[:3]
    sources = {source.id: source.model_copy(update={"owner": "one"}) for source in shipped[:2]}
    origin = origins(sources | {shipped[2].id: shipped[2]})
    told = [origin({"authors": [], "body": "", "cites": [], "source": source.id}) for source in shipped]
    assert told == ["one", "one", shipped[2].id]


SAVER = """
import sys
sys.path[:0] = [{tests!r}, {tests!r} + "/desk", {root!r}]
from test_stories import copy, run_pass
from pipelines.store import open_store

uri, database, begin = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = open_store(uri, database=database) if database else open_store(uri)
for number in range(begin, begin + 24, 2):
    store.save([copy(number, hours=number / 10)])
    run_pass(store)
store.close()
"""


@pytest.mark.parametrize("kind", ["sqlite", "mongo"])
def test_two_processes_that_store_copies_at_once_make_one_story(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri, name = (str(tmp_path / "s.sqlite"), "") if kind == "sqlite" else request.getfixturevalue("mongo_database")
    script = tmp_path / "saver.py"
    script.write_text(SAVER.format(tests=str(ROOT / "tests"), root=str(ROOT)), encoding="utf-8")
    store = open_store(uri, database=name) if name else open_store(uri)
    store.init()
    running = [
        subprocess.Popen([sys.executable, script, uri, name, str(begin)], cwd=ROOT, stderr=subprocess.PIPE)
        for begin in (0, 1)
    ]
    for process in running:
        _, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, complaint.decode()
    assert store.pending(limit=5) == [], "what one process left, the other did"
    assert store.count(EVERYTHING) == 24
    assert len({document["story"] for document in store.find(EVERYTHING)}) == 1
    (story,) = store.dump("stories")
    assert (story["articles"], story["outlets"]) == (24, 24)
    store.close()


def test_quality_of_stories() -> None:
    """Labelled pairs of real articles, each given its story by the pass; the floors are in floors.py."""
    shared("articles")
    drawn = [pair for pair in labels(PAIRS) if pair["same"] is not None and pair.get("drawn") != "doubtful"]
    pairs = [pair for pair in drawn if not kept_back(pair)]
    stories = given(pairs)
    score = measured(pairs, lambda one, other: stories.get(one, one) == stories.get(other, other))
    assert len(pairs) >= 300
    assert score.precision >= STORIES[0], score.errors
    assert score.recall >= STORIES[1], score.errors


# ------------------------------------------------------------------ the command
def test_stories_in_the_store(marsad: Marsad) -> None:
    store = open_store(str(marsad.folder / "data" / "marsad.sqlite"))
    store.save([copy(1), copy(2, hours=1), copy(3, MORE, LATER, hours=2)])
    run_pass(store)
    store.close()
    newest, older = marsad.lines("stories", "--json", "since:2026-01-01")
    assert (newest["articles"], newest["origins"]) == (1, 1)
    assert (older["articles"], older["outlets"], older["origins"], older["title"]) == (2, 2, 2, "عنوان رقم 1")
    assert len(marsad.lines("find", "--json", f"story:{older['story']}", "outlets:>=1")) == 2
    assert marsad.lines("timeline", "--json", "--count", "stories") == [{"day": "2026-11-24", "stories": 2}]
    table = marsad("stories", "since:2026-01-01").stdout.decode()
    assert "independent" in table


def texts(*records: dict[str, object]) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def test_texts_on_standard_input(marsad: Marsad) -> None:
    body = f"{LEAD}\n{DETAIL}"
    given = texts(
        {"id": "late", "title": "عنوان", "text": f"{body}\n{MORE}", "published": "2026-11-24T09:00:00+03:00"},
        {"id": 7, "title": "هجوم", "text": body, "published": "2026-11-24T06:00:00+03:00"},
        {"id": "other", "title": "معرض", "text": LATER, "published": "2026-11-24"},
        {"id": "next", "title": "هجوم", "text": body, "published": "2026-11-28T06:00:00+03:00"},
    )
    answers = marsad.lines("stories", "--json", stdin=given)
    assert answers == [
        {"id": "late", "story": 7},
        {"id": 7, "story": 7},
        {"id": "other", "story": "other"},
        {"id": "next", "story": "next"},
    ]
    assert marsad("stories", stdin=given).stdout.decode().splitlines()[0] == "late: 7"


def test_lines_that_are_none_are_told(marsad: Marsad) -> None:
    answer = marsad("stories", "--json", code=1, stdin=b'{"id": 1, "text": "x"}\nno\n{"text": "y"}\n')
    assert len(answer.stdout.splitlines()) == 1
    assert b"line 2" in answer.stderr
    assert b"line 3" in answer.stderr
