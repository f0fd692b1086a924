"""The store of every real deployment: MongoDB. The only import of pymongo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from pymongo.collection import ReturnDocument
from pymongo.errors import BulkWriteError, ConfigurationError, DuplicateKeyError, InvalidURI, PyMongoError, WriteError
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from pipelines.records import Article, Change
from pipelines.store import alike
from pipelines.store.base import (
    COLLECTIONS,
    SCHEMA,
    Document,
    Host,
    Info,
    Quarantined,
    Run,
    Saved,
    Seen,
    StoreError,
)
from pipelines.store.days import day_question
from pipelines.store.document import (
    UNREAD,
    back,
    decide,
    host_of,
    marked,
    record_of,
    refusal,
    refused,
    revision_of,
    run_of,
    telling,
)
from pipelines.store.mongo_days import COUNTED_FROM, Days
from pipelines.store.mongo_filter import INDEXED, after_filter, filter_of, pipeline
from pipelines.store.mongo_layout import INDEXES, VALIDATOR, VIEWS
from pipelines.store.mongo_outbox import MongoOutbox
from pipelines.store.query import Counted, Cursor, Query, unindexed

SELECTION_MS = 5_000
"""How long to look for a server, unless the URI says otherwise."""
_DUPLICATE_KEY = 11000
_NAMESPACE_EXISTS = 48
_PAGE = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class MongoStore:
    """See `store.base.Store`. Writes are acknowledged by a majority and journaled before a call returns."""

    def __init__(self, uri: str, database: str, timezone: str) -> None:
        self._timezone = timezone
        self._ready = False
        self.uri = "mongodb://…"
        try:
            parsed = parse_uri(uri, validate=True, warn=False)
            self.uri = _without_password(uri, parsed.get("nodelist") or [], parsed.get("database") or database)
            options: dict[str, Any] = (
                {} if "serverselectiontimeoutms" in uri.lower() else {"serverSelectionTimeoutMS": SELECTION_MS}
            )
            self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(uri, appname="marsad", **options)
        except (InvalidURI, ConfigurationError, ValueError, TypeError) as error:
            # The message of a broken URI may quote it, with the password.
            raise StoreError(
                f"the MongoDB URI cannot be used ({type(error).__name__}); it looks like "
                "mongodb://user:password@host:27017/?replicaSet=name, with special characters percent-encoded"
            ) from None
        self._database = self._client.get_database(
            parsed.get("database") or database,
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            write_concern=WriteConcern("majority", j=True),
        )
        self._days = Days(self._database)
        self.outbox = MongoOutbox(self._database["deliveries"], self._now, self._asked)

    @contextmanager
    def _complaints(self) -> Iterator[None]:
        try:
            yield
        except PyMongoError as error:
            raise StoreError(f"MongoDB at {self.uri}: {error.__class__.__name__}: {_brief(error)}") from None

    @contextmanager
    def _asked(self, *, writing: bool) -> Iterator[None]:
        """Around what is asked of the server elsewhere."""
        with self._complaints():
            if writing:
                self._writable()
            else:
                self._readable()
            yield

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    # ------------------------------------------------------------------ layout
    def _version(self, *, migrating: bool = False) -> int:
        """The store's schema version; 0 for an empty store. Raises StoreError for a newer one, and for an older one."""
        record = self._database["meta"].find_one({"_id": "schema"})
        version = int(record["version"]) if record else 0
        if version > SCHEMA:
            raise StoreError(
                f"{self.uri} has schema version {version}, this program knows {SCHEMA}: use a newer Marsad"
            )
        if 0 < version < SCHEMA and not migrating:
            raise StoreError(
                f"{self.uri} has schema version {version}, this program wants {SCHEMA}: call `marsad store migrate`"
            )
        return version

    def _readable(self) -> None:
        if not self._ready:
            self._ready = self._version() > 0

    def _writable(self) -> None:
        """The first write into an empty store makes what it needs."""
        if not self._ready:
            self.init()

    def init(self) -> None:
        """Make collections, indexes, views and the validator where they are missing."""
        with self._complaints():
            self._version()
            self._make()
            self._ready = True

    def _make(self) -> None:
        self._make_collection("articles", validator=VALIDATOR, validationLevel="moderate")
        for name, view in VIEWS.items():
            self._make_collection(name, viewOn=view["on"], pipeline=view["pipeline"])
        for collection, indexes in INDEXES.items():
            for name, index in indexes.items():
                options = {option: value for option, value in index.items() if option != "keys"}
                self._database[collection].create_index(index["keys"], name=name, **options)
        self._database["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA}}, upsert=True)

    def _make_collection(self, name: str, **options: Any) -> None:
        try:
            self._database.create_collection(name, **options)
        except PyMongoError as error:
            if getattr(error, "code", None) != _NAMESPACE_EXISTS and "already exists" not in str(error):
                raise
            self._database.command("collMod", name, **options)

    def migrate(self) -> list[str]:
        """Indexes, views and counts that this version wants; each may be made again."""
        with self._complaints():
            version = self._version(migrating=True)
            told = [] if version else [f"made collections, indexes, views and validator of version {SCHEMA}"]
            if version == 1:
                for name in ("source_time", "entities_time", "kinds_time", "terms"):
                    if name in self._database["articles"].index_information():
                        self._database["articles"].drop_index(name)
                self._database["articles"].update_many({"schema": 1}, {"$set": UNREAD | {"schema": 2}})
                counts = self._days.recount(repair=True)
                told.append(
                    f"version 2: indexes, views, {counts} counts by day; `marsad retag` reads what articles report"
                )
            self._make()
            self._ready = True
        return told

    def info(self) -> Info:
        """Sizes and versions as the server tells them."""
        with self._complaints():
            self._version()
            server = f"MongoDB {self._client.server_info()['version']}"
            existing = set(self._database.list_collection_names())
            collections: dict[str, tuple[int, int]] = {}
            indexes: dict[str, int] = {}
            for name in COLLECTIONS:
                if name not in existing:
                    collections[name] = (0, 0)
                    continue
                stats = self._database.command("collStats", name)
                collections[name] = (int(stats.get("count", 0)), int(stats.get("size", 0)))
                indexes |= {f"{name}.{index}": int(size) for index, size in stats.get("indexSizes", {}).items()}
            return Info(self.uri, server, SCHEMA, collections, indexes)

    # ------------------------------------------------------------------ what the crawler writes
    def seen(self, urls: Sequence[str]) -> dict[str, Seen]:
        """What is known of these URLs."""
        found = {}
        with self._complaints():
            self._readable()
            for start in range(0, len(urls), _PAGE):
                for record in self._database["seen"].find({"_id": {"$in": list(urls[start : start + _PAGE])}}):
                    url = record.pop("_id")
                    found[url] = Seen(url=url, **record)
        return found

    def note(self, seen: Iterable[Seen]) -> None:
        """Remember."""
        records = {s.url: record_of(s) for s in seen}
        self._replace("seen", list(records.values()))

    def due(self, source: str, now: datetime, since: datetime, *, limit: int) -> list[Seen]:
        """Addresses to be looked at again."""
        wanted = {
            "source": source,
            "next_check": {"$lte": now},
            "since": {"$gte": since},
            "outcome": {"$ne": "entrance"},
        }
        with self._complaints():
            self._readable()
            records = self._database["seen"].find(wanted, sort=[("next_check", 1), ("_id", 1)], limit=limit)
            return [Seen(url=record.pop("_id"), **record) for record in records]

    def mark(self, changes: Iterable[Change]) -> int:
        """Note that pages are gone or moved."""
        news = 0
        with self._complaints():
            self._writable()
            for change in changes:
                stored = self._database["articles"].find_one({"_id": change.article})
                fields = marked(stored, change) if stored is not None else None
                if stored is not None and fields is not None:
                    same = {"_id": change.article, "revision": stored["revision"], "state": stored["state"]}
                    news += self._database["articles"].update_one(same, {"$set": fields}).matched_count
        return news

    def host(self, host_id: str) -> Host | None:
        """What is known of a web server."""
        with self._complaints():
            self._readable()
            record = self._database["hosts"].find_one({"_id": host_id})
            return host_of(record) if record else None

    def note_host(self, host: Host) -> None:
        """Remember."""
        self._replace("hosts", [record_of(host)])

    def save(self, articles: Sequence[Article], *, ring: bool = True) -> list[Saved]:
        """Store a batch: one read of its ids, then writes that hold only if nobody wrote in between."""
        answers: dict[int, Saved] = {}
        with self._complaints():
            self._writable()
            waiting = list(enumerate(articles))
            while waiting:
                # An article that stands in the batch twice is saved once more after the first.
                first_of = {article.id: place for place, article in reversed(waiting)}
                now = [(place, article) for place, article in waiting if first_of[article.id] == place]
                answers |= self._save_round(now, ring)
                waiting = [(place, article) for place, article in waiting if place not in answers]
        return [answers[place] for place in range(len(articles))]

    def _save_round(self, articles: Sequence[tuple[int, Article]], ring: bool) -> dict[int, Saved]:
        """Saved by place; articles that another writer was faster with are missing."""
        collection = self._database["articles"]
        ids = [article.id for _, article in articles]
        stored = {document["_id"]: document for document in collection.find({"_id": {"$in": ids}})}
        answers: dict[int, Saved] = {}
        new: dict[int, Document] = {}
        touched = []
        for place, article in articles:
            before = stored.get(article.id)
            outcome, document = decide(before, article, self._timezone, ring=ring)
            why = refusal(document)
            if why:
                answers[place] = self._refuse(document, why, before)
            elif outcome == "new":
                new[place] = document
            elif outcome == "revised" and before is not None:
                saved = self._revise(before, document)
                if saved is not None:
                    answers[place] = saved
            else:
                change: Document = {
                    "$max": {"checked": document["checked"]},
                    "$addToSet": {"urls": {"$each": list(article.urls)}},
                }
                if before is not None and (again := back(before, article)):
                    change["$set"] = again
                touched.append(pymongo.UpdateOne({"_id": article.id}, change))
                answers[place] = Saved(article.id, "unchanged", document["revision"])
        if touched:
            collection.bulk_write(touched, ordered=False)
        return answers | self._insert(new)

    def _insert(self, new: dict[int, Document]) -> dict[int, Saved]:
        if not new:
            return {}
        places, documents = list(new), list(new.values())
        failed: dict[int, Saved | None] = {}
        try:
            self._database["articles"].insert_many(documents, ordered=False)
        except BulkWriteError as error:
            for problem in error.details["writeErrors"]:
                place = places[problem["index"]]
                lost = problem["code"] == _DUPLICATE_KEY
                failed[place] = None if lost else self._refuse(new[place], str(problem["errmsg"]), None)
        except (BSONError, UnicodeError, OverflowError) as error:
            # pymongo refuses the batch when it encodes it: one bad document must not cost the others.
            if len(new) == 1:
                return {places[0]: self._refuse(documents[0], f"{type(error).__name__}: {error}", None)}
            answers: dict[int, Saved] = {}
            for place, document in new.items():
                answers |= self._insert({place: document})
            return answers
        saved = {place: Saved(document["_id"], "new", 1) for place, document in new.items() if place not in failed}
        self._days.change((), (new[place] for place in saved))
        return saved | {place: answer for place, answer in failed.items() if answer is not None}

    def _revise(self, before: Document, document: Document) -> Saved | None:
        """None where another writer revised it since it was read."""
        revision = revision_of(before)
        self._database["revisions"].replace_one({"_id": revision["_id"]}, revision, upsert=True)
        condition = {"_id": before["_id"], "revision": before["revision"]}
        try:
            written = self._database["articles"].replace_one(condition, document)
        except DuplicateKeyError:
            return None
        except (WriteError, BSONError, UnicodeError, OverflowError) as error:
            return self._refuse(document, f"{type(error).__name__}: {_brief(error)}", before)
        if not written.matched_count:
            return None
        self._days.change((before,), (document,))
        return Saved(document["_id"], "revised", document["revision"])

    def _refuse(self, document: Document, why: str, before: Document | None) -> Saved:
        self._replace("quarantine", [record_of(refused(document, why, document["fetched"]))])
        return Saved(document["_id"], "refused", before["revision"] if before else 0, why)

    def retag(self, changes: Mapping[str, Document], revisions: Mapping[str, int]) -> int:
        """Give stored articles other tags."""
        if not changes:
            return 0
        with self._complaints():
            self._writable()
            collection = self._database["articles"]
            stored = collection.find({"_id": {"$in": list(changes)}}, COUNTED_FROM | {"revision": 1})
            before = [document for document in stored if document["revision"] == revisions[document["_id"]]]
            writes = [
                # As they were read, so that what is counted below is what changed.
                pymongo.UpdateOne(
                    {name: document[name] for name in ("_id", "revision", "entities")},
                    {"$set": changes[document["_id"]]},
                )
                for document in before
            ]
            if not writes:
                return 0
            changed = collection.bulk_write(writes, ordered=False).matched_count
            if changed == len(before):
                self._days.change(before, (document | changes[document["_id"]] for document in before))
            else:
                # Another writer was faster with some of them, and nobody says with which.
                self._days.recount(sorted({document["day"] for document in before}), repair=True)
            return changed

    # ------------------------------------------------------------------ what a pass over new articles does
    def pending(self, *, limit: int) -> list[Document]:
        """Articles to be looked at, oldest first."""
        with self._complaints():
            self._readable()
            return list(self._database["articles"].find({"pending": True}, sort=[("time", 1), ("_id", 1)], limit=limit))

    def settle(self, revisions: Mapping[str, int]) -> int:
        """Mark articles as looked at."""
        writes = [
            pymongo.UpdateOne({"_id": article_id, "revision": revision}, {"$set": {"pending": False}})
            for article_id, revision in revisions.items()
        ]
        if not writes:
            return 0
        with self._complaints():
            self._writable()
            return self._database["articles"].bulk_write(writes, ordered=False).matched_count

    def change_events(
        self, put: Sequence[Document], gone: Sequence[str], articles: Mapping[str, Sequence[Document]]
    ) -> None:
        """Store events and what articles tell of; where it stops between, the same articles are pending still."""
        with self._complaints():
            self._writable()
            # Events last: as long as they are the old ones, a pass finds out again which articles tell of others.
            if articles:
                self._database["articles"].bulk_write(
                    [pymongo.UpdateOne({"_id": key}, {"$set": telling(told)}) for key, told in articles.items()],
                    ordered=False,
                )
            self._replace("events", put)
            if gone:
                self._database["events"].delete_many({"_id": {"$in": list(gone)}})

    def alike(
        self, bands: Sequence[int], *, near: datetime, since: datetime, until: datetime, limit: int
    ) -> list[Document]:
        """Articles that share bands: which ones, then what decides about them."""
        if not bands:
            return []
        wanted = set(bands)
        with self._complaints():
            self._readable()
            articles = self._database["articles"]
            sharing = articles.find(
                {"bands": {"$in": sorted(wanted)}, "time": {"$gte": since, "$lte": until}}, {"bands": 1, "time": 1}
            )
            ids = alike.nearest(((a["_id"], a["time"], len(wanted & {*a["bands"]})) for a in sharing), near, limit)
            found = {a["_id"]: a for a in articles.find({"_id": {"$in": ids}}, dict.fromkeys(alike.FIELDS, 1))}
            return [dict.fromkeys(alike.FIELDS) | found[key] for key in ids if key in found]

    def change_stories(
        self, put: Sequence[Document], articles: Mapping[str, Document], before: Mapping[str, str | None]
    ) -> None:
        """Store stories and what articles belong to; where it stops between, the same articles are pending still."""
        with self._complaints():
            self._writable()
            self._replace("stories", put)
            if articles:
                writes = [
                    pymongo.UpdateOne({"_id": key, "story": before[key]}, {"$set": fields})
                    for key, fields in articles.items()
                ]
                self._database["articles"].bulk_write(writes, ordered=False)

    def quarantine(self, record: Quarantined) -> None:
        """Keep a surprise."""
        self._replace("quarantine", [record_of(record)])

    def run(self, run: Run) -> None:
        """Write or overwrite the record of a run."""
        self._replace("runs", [record_of(run)])

    # ------------------------------------------------------------------ who does what alone
    def lease(self, name: str, owner: str, seconds: float) -> int:
        """Take or renew it, by the server's clock."""
        with self._complaints():
            self._writable()
            now = self._now()
            until = {"until": now + timedelta(seconds=seconds)}
            leases, after = self._database["leases"], ReturnDocument.AFTER
            mine = {"_id": name, "owner": owner, "until": {"$gt": _NEVER}}
            if kept := leases.find_one_and_update(mine, {"$set": until}, return_document=after):
                return int(kept["number"])
            taking = {"$set": {"owner": owner} | until, "$inc": {"number": 1}}
            free = {"_id": name, "until": {"$lte": now}}
            try:
                taken = leases.find_one_and_update(free, taking, upsert=True, return_document=after)
            except DuplicateKeyError:
                return 0
            return int(taken["number"]) if taken else 0

    def release(self, name: str, owner: str) -> None:
        """Give it back; the number stays, the next owner gets a later one."""
        with self._complaints():
            self._writable()
            self._database["leases"].update_one({"_id": name, "owner": owner}, {"$set": {"until": _NEVER}})

    def fence(self, name: str, number: int) -> bool:
        """Whether the number is still the latest."""
        with self._complaints():
            return self._database["leases"].find_one({"_id": name, "number": number}) is not None

    def leases(self) -> dict[str, str]:
        """What is held now."""
        with self._complaints():
            held = self._database["leases"].find({"until": {"$gt": self._now()}})
            return {record["_id"]: record["owner"] for record in held}

    def _now(self) -> datetime:
        """By the server's clock: machines' clocks differ."""
        told: datetime = self._client.admin.command("hello")["localTime"]
        return told.replace(tzinfo=UTC)

    # ------------------------------------------------------------------ what the desk reads
    def article(self, article_id: str) -> Document | None:
        """One article as stored."""
        with self._complaints():
            self._readable()
            return self._database["articles"].find_one({"_id": article_id})

    def scans(self, query: Query) -> str:
        """What no index begins with."""
        return unindexed(query, INDEXED)

    def find(
        self, query: Query, *, limit: int | None = None, after: Cursor | None = None, oldest_first: bool = False
    ) -> Iterator[Document]:
        """Articles by `time` and id."""
        if limit == 0:
            return
        wanted = filter_of(query) if after is None else after_filter(query, after, oldest_first=oldest_first)
        order = [("time", 1), ("_id", -1)] if oldest_first else [("time", -1), ("_id", 1)]
        with self._complaints():
            self._readable()
            asked = self._database["articles"].find(wanted, sort=order, limit=limit or 0, batch_size=_PAGE)
            with asked as cursor:
                yield from cursor

    def count(self, query: Query, of: Counted = "articles", *, at_most: int | None = None) -> int:
        """How many there are."""
        if of != "articles":
            return self.tally(query, (), of).get((), 0)
        with self._complaints():
            self._readable()
            bound: dict[str, Any] = {} if at_most is None else {"limit": at_most}
            return self._database["articles"].count_documents(filter_of(query), **bound)

    def tally(self, query: Query, by: Sequence[str], of: Counted = "articles") -> dict[tuple[str, ...], int]:
        """How many there are of each."""
        with self._complaints():
            self._readable()
            kept = day_question(query, by, of, self._timezone)
            if kept is not None:
                return self._days.tally(kept, by)
            rows = self._database["articles"].aggregate(pipeline(query, by, of), allowDiskUse=True)
            found = {tuple(row["_id"].get(f"k{place}") for place in range(len(by))): int(row["n"]) for row in rows}
            return {key: count for key, count in found.items() if count and None not in key}

    def recount(self, *, repair: bool) -> int:
        """Compare the counts by day with the articles."""
        with self._complaints():
            self._readable()
            return self._days.recount(repair=repair)

    def times(self, source: str, since: datetime) -> list[datetime]:
        """When its articles came out."""
        with self._complaints():
            self._readable()
            found = self._database["articles"].find(
                {"source": source, "time": {"$gte": since}}, {"published_precision": 1, "first_seen": 1, "time": 1}
            )
            return [one["first_seen" if one["published_precision"] == "day" else "time"] for one in found]

    def revisions(self, article_id: str) -> list[Document]:
        """Earlier texts, oldest first."""
        with self._complaints():
            self._readable()
            return list(self._database["revisions"].find({"article": article_id}, sort=[("revision", 1)]))

    def events(
        self,
        *,
        targets: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Events, latest beginning first, then by id."""
        wanted: dict[str, Any] = {"targets": {"$in": list(targets)}} if targets else {}
        if since is not None:
            wanted["to"] = {"$gt": since}
        if until is not None:
            wanted["from"] = {"$lt": until}
        with self._complaints():
            self._readable()
            with self._database["events"].find(wanted, sort=[("from", -1), ("_id", 1)], limit=limit or 0) as cursor:
                yield from cursor

    def event(self, event_id: str) -> Document | None:
        """One event as stored."""
        with self._complaints():
            self._readable()
            return self._database["events"].find_one({"_id": event_id})

    def story(self, story_id: str) -> Document | None:
        """One story as it is now."""
        now: str | None = story_id
        story = None
        with self._complaints():
            self._readable()
            while now:
                story = self._database["stories"].find_one({"_id": now})
                now = story["merged_into"] if story else None
            return story

    def runs(self, *, source: str | None = None, since: datetime | None = None, limit: int | None = 20) -> list[Run]:
        """The latest runs, newest first."""
        wanted: dict[str, Any] = {"source": source} if source else {}
        if since is not None:
            wanted["started"] = {"$gte": since}
        with self._complaints():
            self._readable()
            records = self._database["runs"].find(wanted, sort=[("started", -1), ("_id", 1)], limit=limit or 0)
            return [run_of(record) for record in records]

    def quarantined(self, *, limit: int = 20) -> list[Quarantined]:
        """The latest surprises, newest first."""
        with self._complaints():
            self._readable()
            records = self._database["quarantine"].find(sort=[("when", -1), ("_id", 1)], limit=limit)
            return [Quarantined(id=record.pop("_id"), **record) for record in records]

    # ------------------------------------------------------------------ for `store copy`
    def dump(self, collection: str) -> Iterator[Document]:
        """Every record as a plain document, by `_id`."""
        if collection not in COLLECTIONS:
            raise ValueError(f"no collection {collection!r}")
        with self._complaints():
            self._readable()
            with self._database[collection].find(sort=[("_id", 1)], batch_size=_PAGE) as cursor:
                yield from cursor

    def load(self, collection: str, documents: Sequence[Document]) -> None:
        """Put records back, replacing those with the same `_id`."""
        if collection != "articles":
            self._replace(collection, documents)
            return
        with self._complaints():
            self._writable()
            ids = [document["_id"] for document in documents]
            before = list(self._database["articles"].find({"_id": {"$in": ids}}, COUNTED_FROM))
            self._replace(collection, documents)
            self._days.change(before, documents)

    def _replace(self, collection: str, records: Sequence[Document]) -> None:
        if not records:
            return
        with self._complaints():
            self._writable()
            writes = [pymongo.ReplaceOne({"_id": record["_id"]}, record, upsert=True) for record in records]
            self._database[collection].bulk_write(writes, ordered=False)


def _without_password(uri: str, nodes: Sequence[tuple[str, int | None]], database: str) -> str:
    scheme = uri.partition("://")[0]
    hosts = ",".join(f"{host}:{port}" if port else host for host, port in nodes)
    return f"{scheme}://{hosts}/{database}"


def _brief(error: Exception) -> str:
    """The first sentence: pymongo adds its whole view of the deployment."""
    return " ".join(re.split(r", full error:|, Timeout:| \(configured timeouts:", str(error))[0].split())[:300]
