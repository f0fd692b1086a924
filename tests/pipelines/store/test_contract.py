"""What every store does, held against both; where an answer is a list, the two must give the same one."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from builders import FETCHED, an_article, an_event

from pipelines.records import Article, Change, Incident, Mention, Sentence
from pipelines.store.base import COLLECTIONS, SCHEMA, Host, Quarantined, Run, Seen, Store
from pipelines.store.query import EVERYTHING, Field, Word

HOUR = timedelta(hours=1)


def outcomes(store: Store, *articles: Article, ring: bool = True) -> list[tuple[str, int]]:
    return [(saved.outcome, saved.revision) for saved in store.save(articles, ring=ring)]


def test_new_then_unchanged_then_revised(store: Store) -> None:
    article = an_article()
    assert outcomes(store, article) == [("new", 1)]
    again = replace(article, fetched=FETCHED + HOUR, urls=(*article.urls, "https://paper.example/amp/1"))
    assert outcomes(store, again) == [("unchanged", 1)]
    edited = replace(again, title="عنوان آخر", fetched=FETCHED + 2 * HOUR)
    assert outcomes(store, edited) == [("revised", 2)]

    document = store.article(article.id)
    assert document is not None
    assert document["title"] == "عنوان آخر"
    assert document["state"] == "edited"
    assert document["urls"] == ["https://paper.example/news/1", "https://paper.example/amp/1"]
    assert (document["first_seen"], document["fetched"]) == (FETCHED, FETCHED + 2 * HOUR)
    (old,) = store.revisions(article.id)
    assert (old["_id"], old["article"], old["title"]) == (f"{article.id}#1", article.id, article.title)


@pytest.mark.parametrize(
    "change",
    [
        {"body": "نص آخر."},
        {"authors": ("كاتب آخر",)},
        {"section": None},
        {"published": datetime(2026, 11, 14, tzinfo=UTC)},
        {"published_precision": "day"},
    ],
)
def test_title_body_authors_dates_and_section_make_a_revision(store: Store, change: dict[str, object]) -> None:
    article = an_article()
    store.save([article])
    assert outcomes(store, replace(article, **change)) == [("revised", 2)]  # type: ignore[arg-type]


def test_a_new_time_of_modification_alone_is_no_revision(store: Store) -> None:
    article = an_article()
    store.save([article])
    assert outcomes(store, replace(article, modified=FETCHED)) == [("unchanged", 1)]


def test_an_edit_says_what_changed_also_in_the_mentions(store: Store) -> None:
    article = an_article()
    store.save([article])
    militia = Mention("nujaba", "militia", "النجباء", "body", 0, 7, "name")
    edited = replace(article, body="نص آخر.", entities=("nujaba",), mentions=(militia,), fetched=FETCHED + 2 * HOUR)
    store.save([edited])
    (change,) = store.article(article.id)["changes"]  # type: ignore[index]
    assert change == {
        "at": FETCHED + 2 * HOUR,
        "what": "edited",
        "revision": 2,
        "fields": ["body"],
        "gained": ["nujaba"],
        "lost": ["iq-ain-al-asad"],
    }
    provenance = replace(article.provenance, watchlist="another")
    store.save([replace(article, provenance=provenance)])
    assert store.article(article.id)["changes"][1]["watchlist_changed"] is True  # type: ignore[index]


def test_gone_back_and_moved(store: Store) -> None:
    article = an_article()
    store.save([article])
    gone = Change("paper", article.url, article.id, "gone", FETCHED + HOUR, "answers 410")
    elsewhere = replace(gone, article="e" * 32)
    assert store.mark([gone, elsewhere]) == 1
    assert store.mark([replace(gone, at=FETCHED + 2 * HOUR)]) == 0
    document = store.article(article.id)
    assert document is not None
    assert (document["state"], document["revision"], document["checked"]) == ("gone", 1, FETCHED + HOUR)
    assert document["changes"] == [{"at": FETCHED + HOUR, "what": "gone", "detail": "answers 410"}]

    assert outcomes(store, replace(article, fetched=FETCHED + 3 * HOUR)) == [("unchanged", 1)]
    document = store.article(article.id)
    assert document is not None
    assert document["state"] == "live"
    assert [(change["what"], change["at"]) for change in document["changes"]][1:] == [("back", FETCHED + 3 * HOUR)]

    there = "https://paper.example/other/1"
    moved = Change("paper", article.url, article.id, "moved", FETCHED + 4 * HOUR, "answers 301", to=there)
    assert store.mark([moved]) == 1
    assert store.article(article.id)["state"] == "moved"  # type: ignore[index]
    store.save([replace(article, url=there, urls=(there, article.url), fetched=FETCHED + 4 * HOUR)])
    document = store.article(article.id)
    assert document is not None
    assert (document["state"], document["url"]) == ("live", there)
    assert document["changes"][-1] | {"at": None} == {
        "at": None,
        "what": "moved",
        "detail": "answers 301",
        "from": article.url,
        "to": there,
    }


def test_due_is_what_a_source_is_to_look_at_again(store: Store) -> None:
    def one(number: int, again: datetime | None, **fields: object) -> Seen:
        base = Seen(f"https://paper.example/{number}", "article", "a" * 32, None, None, FETCHED, again)
        return replace(base, **({"source": "paper", "since": FETCHED} | fields))  # type: ignore[arg-type]

    store.note(
        [
            one(1, FETCHED + 2 * HOUR),
            one(2, FETCHED + HOUR),
            one(3, FETCHED + 9 * HOUR),
            one(4, None),
            one(5, FETCHED + HOUR, source="other"),
            one(6, FETCHED + HOUR, since=FETCHED - 90 * HOUR),
            one(7, FETCHED + HOUR, outcome="entrance", article=None),
            one(8, FETCHED + HOUR, since=None),
            one(9, FETCHED + 3 * HOUR, outcome="unreachable", article=None, digest="d" * 64),
        ]
    )
    due = store.due("paper", FETCHED + 3 * HOUR, FETCHED - 60 * HOUR, limit=10)
    assert [seen.url[-1] for seen in due] == ["2", "1", "9"]
    assert (due[2].digest, due[2].since) == ("d" * 64, FETCHED)
    assert [seen.url[-1] for seen in store.due("paper", FETCHED + 3 * HOUR, FETCHED, limit=1)] == ["2"]


def test_hosts_are_remembered(store: Store) -> None:
    assert store.host("https://paper.example") is None
    host = Host("https://paper.example", "User-agent: *", FETCHED, FETCHED + HOUR, 2, "it answers 429")
    store.note_host(replace(host, rests=1))
    store.note_host(host)
    store.note_host(Host("https://other.example"))
    assert store.host("https://paper.example") == host


def test_what_we_read_differently_is_no_change_of_the_article(store: Store) -> None:
    article = an_article()
    store.save([article])
    reread = replace(
        article,
        entities=("nujaba",),
        mentions=(Mention("nujaba", "militia", "النجباء", "body", 0, 7, "name"),),
        provenance=replace(article.provenance, sha256="1" * 64, watchlist="another"),
        fingerprint="e" * 16,
    )
    assert outcomes(store, reread) == [("unchanged", 1)]
    document = store.article(article.id)
    assert document is not None
    assert document["entities"] == ["iq-ain-al-asad"]


def test_same_article_twice_in_one_batch_is_saved_one_after_the_other(store: Store) -> None:
    article = an_article()
    assert outcomes(store, article, an_article(2), replace(article, title="ثان"), article) == [
        ("new", 1),
        ("new", 1),
        ("revised", 2),
        ("revised", 3),
    ]
    assert [old["title"] for old in store.revisions(article.id)] == [article.title, "ثان"]


def test_document_is_what_an_analyst_opens(store: Store) -> None:
    article = an_article()
    store.save([article])
    document = store.article(article.id)
    assert document is not None
    assert set(document) == {
        *("_id", "schema", "source", "url", "urls", "title", "body", "captions", "authors", "section", "published"),
        *("published_offset", "published_precision", "modified", "fetched", "first_seen", "checked", "time", "day"),
        *("state", "language", "entities", "bases", "groups", "countries", "mentions", "terms", "words"),
        *(
            "fingerprint",
            "signature",
            "bands",
            "story",
            "event",
            "told",
            "revision",
            "pending",
            "provenance",
            "sentences",
            "report",
            "targets",
        ),
        *("claimed_by", "denied_by", "accused", "weapons", "casualties", "event_from", "event_to"),
        *("event_precision", "incidents", "cites", "changes", "captions"),
    }
    assert document["schema"] == SCHEMA
    assert document["mentions"] == [
        {
            "entity": "iq-ain-al-asad",
            "kind": "base",
            "surface": "قاعدة عين الأسد",
            "field": "title",
            "start": 9,
            "end": 24,
            "rule": "name",
            "sentence": 0,
            "part": "mention",
            "when": None,
        }
    ]
    assert document["published"] == datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
    assert document["provenance"]["watchlist"] == "digest"


@pytest.mark.parametrize(
    ("published", "precision", "time", "day"),
    [
        # 22:30 in UTC is the next day in Baghdad.
        (
            datetime(2026, 11, 14, 22, 30, tzinfo=UTC),
            "minute",
            datetime(2026, 11, 14, 22, 30, tzinfo=UTC),
            "2026-11-15",
        ),
        (None, None, FETCHED, "2026-11-15"),
        # Printed in the future: not believed for sorting.
        (FETCHED + HOUR, "minute", FETCHED, "2026-11-15"),
        (datetime(2026, 11, 3, tzinfo=UTC), "day", datetime(2026, 11, 3, tzinfo=UTC), "2026-11-03"),
    ],
)
def test_time_and_day(store: Store, published: datetime, precision: str, time: datetime, day: str) -> None:
    article = an_article(published=published, published_precision=precision)
    store.save([article])
    document = store.article(article.id)
    assert document is not None
    assert (document["time"], document["day"]) == (time, day)


def test_pending_is_for_what_an_alert_pass_has_not_seen(store: Store) -> None:
    rung, silent = an_article(1), an_article(2)
    store.save([rung])
    store.save([silent], ring=False)
    store.save([replace(rung, title="آخر")], ring=False)
    pending = {document["_id"]: document["pending"] for document in store.find(EVERYTHING)}
    assert pending == {rung.id: True, silent.id: False}
    store.save([replace(silent, title="آخر")])
    assert store.article(silent.id)["pending"] is True  # type: ignore[index]


def test_other_tags_are_no_news(store: Store) -> None:
    first, second = an_article(1), an_article(2)
    store.save([first, second], ring=False)
    store.save([replace(second, title="آخر")], ring=False)
    tags = {"entities": ["nujaba"], "mentions": [], "terms": ["النجباء"], "words": "النجباء"}
    assert store.retag({first.id: tags, second.id: tags, "f" * 32: tags}, {first.id: 1, second.id: 1, "f" * 32: 1}) == 1
    document = store.article(first.id)
    assert document is not None
    assert (document["entities"], document["revision"], document["pending"]) == (["nujaba"], 1, False)
    assert document["title"] == first.title
    assert [d["_id"] for d in store.find(Field("entity", ("nujaba",)))] == [first.id]
    assert [d["_id"] for d in store.find(Word("النجباء"))] == [first.id]
    assert store.count(Field("entity", ("iq-ain-al-asad",))) == 1
    assert store.revisions(first.id) == []


def test_a_refused_document_goes_to_quarantine_alone(store: Store) -> None:
    bad = an_article(2, fingerprint="\ud800")
    answers = store.save([an_article(1), bad, an_article(3)])
    assert [answer.outcome for answer in answers] == ["new", "refused", "new"]
    assert answers[1].why
    assert store.count(EVERYTHING) == 2
    (kept,) = store.quarantined()
    assert (kept.source, kept.url) == ("paper", bad.url)
    assert "refused" in kept.why
    assert bad.title.encode() in kept.page


def test_seen_is_remembered_and_replaced(store: Store) -> None:
    first = Seen("https://paper.example/1", "not_arabic", None, None, None, FETCHED, FETCHED + 30 * 24 * HOUR)
    store.note([first, Seen("https://paper.example/2", "article", "a" * 32, '"e"', "Sun", FETCHED, None)])
    assert store.seen(["https://paper.example/1", "https://paper.example/3"]) == {first.url: first}
    later = replace(first, outcome="empty", checked=FETCHED + HOUR)
    store.note([later])
    assert store.seen([first.url]) == {first.url: later}
    many = [Seen(f"https://paper.example/m/{n}", "gone", None, None, None, FETCHED, None) for n in range(1_200)]
    store.note(many)
    assert len(store.seen([seen.url for seen in many])) == 1_200


def test_runs_newest_first_and_overwritten(store: Store) -> None:
    for n in range(5):
        source = "paper" if n % 2 else "other"
        store.run(
            Run(
                id=f"run{n}",
                source=source,
                started=FETCHED + n * HOUR,
                rejected={"gone": n},
                entrances={"https://p.example/a.xml": "read"},
            )
        )
    store.run(Run(id="run4", source="other", started=FETCHED + 4 * HOUR, finished=FETCHED + 5 * HOUR, state="done"))
    assert [run.id for run in store.runs(limit=3)] == ["run4", "run3", "run2"]
    assert store.runs(limit=1)[0].finished == FETCHED + 5 * HOUR
    assert [run.id for run in store.runs(source="paper", limit=None)] == ["run3", "run1"]
    assert [run.id for run in store.runs(since=FETCHED + 3 * HOUR)] == ["run4", "run3"]
    assert store.runs(source="paper")[0].rejected == {"gone": 3}
    assert store.runs(source="paper")[0].entrances == {"https://p.example/a.xml": "read"}


def test_quarantine_keeps_page_and_traceback(store: Store) -> None:
    record = Quarantined(
        id="q", source="paper", url="https://paper.example/1", when=FETCHED, why="w", traceback="t", page=b"\x00\xff"
    )
    store.quarantine(record)
    store.quarantine(record)
    assert store.quarantined() == [record]


def test_two_writers_lose_no_revision(store: Store) -> None:
    article = an_article()
    store.save([article])
    problems: list[BaseException] = []

    def edit(name: str) -> None:
        try:
            for n in range(8):
                store.save([replace(article, title=f"{name} {n}")])
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=edit, args=(name,)) for name in ("ا", "ب")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    document = store.article(article.id)
    assert document is not None
    titles = [old["title"] for old in store.revisions(article.id)] + [document["title"]]
    assert document["revision"] == 17
    assert sorted(titles) == sorted([article.title, *(f"{name} {n}" for name in ("ا", "ب") for n in range(8))])


def some_articles() -> list[Article]:
    """Forty articles that differ in everything that can be asked for."""
    people = Mention("p-kaabi", "person", "أكرم الكعبي", "body", 0, 11, "name")
    articles = []
    for n in range(40):
        mentioned = n % 4
        mentions = (an_article().mentions, (people,), (*an_article().mentions, people), ())[mentioned]
        articles.append(
            an_article(
                n,
                source=("paper", "other", "third")[n % 3],
                published=FETCHED - (n // 2) * 7 * HOUR,
                mentions=mentions,
                entities=tuple(dict.fromkeys(mention.entity for mention in mentions)),
                terms=("هجوم", "قاعده", f"كلمه{n % 5}"),
                words=f"هجوم علي قاعده كلمه{n % 5}",
            )
        )
    return articles


def test_counting_may_end_early(store: Store) -> None:
    store.save(some_articles())
    for query, total in ((EVERYTHING, 40), (Word("هجوم"), 40), (Field("source", ("paper",)), 14)):
        assert store.count(query) == store.count(query, at_most=99) == total
        assert store.count(query, at_most=7) == 7


def test_pages_go_on_where_the_last_one_ended(store: Store) -> None:
    store.save(some_articles())
    everything = [document["_id"] for document in store.find(EVERYTHING)]
    assert [document["_id"] for document in store.find(EVERYTHING, oldest_first=True)] == everything[::-1]
    for oldest_first in (False, True):
        paged: list[str] = []
        after = None
        while page := list(store.find(EVERYTHING, limit=7, after=after, oldest_first=oldest_first)):
            paged += [document["_id"] for document in page]
            after = (page[-1]["time"], page[-1]["_id"])
        assert paged == (everything[::-1] if oldest_first else everything)


def test_a_page_goes_on_although_its_last_article_moved_or_new_ones_came(store: Store) -> None:
    articles = some_articles()
    store.save(articles)
    query = Field("source", ("paper", "third"))
    everything = [document["_id"] for document in store.find(query)]
    (*_, last) = store.find(query, limit=5)
    after = (last["time"], last["_id"])
    (moved,) = (article for article in articles if article.id == last["_id"])
    store.save([replace(moved, published=FETCHED - 900 * HOUR), an_article(99, published=FETCHED)])
    assert [document["_id"] for document in store.find(query, after=after)] == [*everything[5:], last["_id"]]


def test_both_stores_keep_the_same_documents(both_stores: tuple[Store, Store]) -> None:
    for store in both_stores:
        store.save(some_articles())
        store.save([replace(some_articles()[0], title="آخر", fetched=FETCHED + HOUR)])
    first, second = ([*store.dump("articles"), *store.dump("revisions")] for store in both_stores)
    assert first == second
    assert len(first) == 41


def test_info_counts(store: Store) -> None:
    assert {name: count for name, (count, _) in store.info().collections.items()} == dict.fromkeys(COLLECTIONS, 0)
    store.save([an_article(1), an_article(2)])
    info = store.info()
    assert info.collections["articles"][0] == 2
    assert info.collections["articles"][1] > 0
    assert info.indexes
    assert info.schema == SCHEMA


def test_a_lease_is_one_owners_until_it_ends(store: Store) -> None:
    assert store.lease("events", "one", 60)
    assert store.lease("events", "one", 60)
    assert not store.lease("events", "two", 60)
    assert store.lease("alerts", "two", 60)
    store.release("events", "two")
    assert not store.lease("events", "two", 60)
    store.release("events", "one")
    assert store.lease("events", "two", 0)
    assert store.lease("events", "one", 60)


def test_pending_articles_oldest_first_until_they_were_looked_at(store: Store) -> None:
    articles = [an_article(n, published=FETCHED - n * HOUR) for n in range(1, 4)]
    store.save(articles)
    store.save([an_article(9)], ring=False)
    waiting = store.pending(limit=10)
    assert [document["_id"] for document in waiting] == [articles[2].id, articles[1].id, articles[0].id]
    assert [document["_id"] for document in store.pending(limit=1)] == [articles[2].id]
    store.save([replace(articles[0], title="آخر")])
    assert store.settle({document["_id"]: 1 for document in waiting}) == 2
    assert [document["_id"] for document in store.pending(limit=10)] == [articles[0].id]
    assert store.settle({articles[0].id: 2}) == 1
    assert store.pending(limit=10) == []


def test_events_are_found_by_target_and_time(store: Store) -> None:
    article = an_article()
    store.save([article])
    start = an_event()["from"]
    early, late = an_event(1), an_event(2, targets=["iq-harir"], **{"from": start + 48 * HOUR, "to": start + 50 * HOUR})
    told = [{"event": one["_id"], "number": n, "targets": one["targets"]} for n, one in enumerate((early, late))]
    store.change_events([early, late], [], {article.id: told})
    assert list(store.events()) == [late, early]
    assert list(store.events(limit=1)) == [late]
    assert list(store.events(targets=["iq-ain-al-asad", "iq-balad"])) == [early]
    assert list(store.events(since=early["to"])) == [late]
    assert list(store.events(until=late["from"])) == [early]
    assert store.event(early["_id"]) == early
    assert store.event("none") is None
    document = store.article(article.id)
    assert document is not None
    assert (document["event"], document["told"]) == (early["_id"], told)
    joined = early | {"targets": ["iq-ain-al-asad", "iq-harir"], "articles": 2}
    store.change_events([joined], [late["_id"]], {})
    assert list(store.events(targets=["iq-harir"])) == [joined]
    assert list(store.dump("events")) == [joined]


def test_what_an_article_reports_is_stored(store: Store) -> None:
    start = FETCHED - 5 * HOUR
    article = an_article(
        sentences=(Sentence(0, "title", 0, 26),),
        report="attack",
        targets=("iq-ain-al-asad",),
        claimed_by=("iri",),
        weapons=("drone",),
        casualties="إصابة جنديين",
        event_from=start,
        event_to=start + HOUR,
        event_precision="hours",
        incidents=(Incident(("iq-ain-al-asad",), start, start + HOUR, "hours"),),
        cites=("رويترز",),
    )
    store.save([article])
    document = store.article(article.id)
    assert document is not None
    assert (document["report"], document["targets"], document["claimed_by"]) == ("attack", ["iq-ain-al-asad"], ["iri"])
    assert (document["event_from"], document["event_to"]) == (start, start + HOUR)
    (incident,) = document["incidents"]
    assert (incident["from"], incident["targets"]) == (start, ["iq-ain-al-asad"])
    assert document["sentences"] == [{"number": 0, "field": "title", "start": 0, "end": 26}]
