"""What a store can do, in the words of the domain, and what it stores.

Both stores keep the same documents and give the same answers; one suite of contract tests holds them to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pipelines.records import Article, Change
from pipelines.store.query import Counted, Cursor, Query

if TYPE_CHECKING:
    from pipelines.store.outbox import Outbox

SCHEMA = 2
"""Version of the stored documents and of the store's layout. A store with a higher one is refused."""

Document = dict[str, Any]
"""An article as stored: plain values, datetimes aware and in UTC. `_id` is the article's id."""

Outcome = Literal["new", "unchanged", "revised", "refused"]


class StoreError(Exception):
    """The store cannot do what was asked; the message says what, where and what to do, without passwords."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one article given to `save`."""

    id: str
    outcome: Outcome
    revision: int
    """Of the stored document now: 1 for a new one. 0 where it was refused."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one URL: so that no page is fetched twice without reason."""

    url: str
    outcome: str
    """"article", "entrance", or a key of records.REJECTIONS."""
    article: str | None
    """Id of the article that was stored for it."""
    etag: str | None
    modified: str | None
    """Last-Modified as the server sent it."""
    checked: datetime
    next_check: datetime | None
    """Not to be fetched before; None: only when the source says that it changed."""
    source: str = ""
    since: datetime | None = None
    """When its article was published, or when it was first asked for: how long it is looked at again depends on it."""
    digest: str | None = None
    """sha256 of the wire body, for servers that answer 200 to what has not changed."""


@dataclass(frozen=True, slots=True)
class Host:
    """What is known of a web server beside its pages."""

    id: str
    """scheme://host:port, the port only where it is not the scheme's."""
    robots: str | None = None
    """Text of its robots.txt ("" where it has none); None where that is not known."""
    robots_fetched: datetime | None = None
    resting_until: datetime | None = None
    """It asked to be left alone, failed or turned us away: nothing is asked of it before."""
    rests: int = 0
    """How often in a row that happened."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl of one source, written when it starts and again while it runs."""

    id: str
    source: str
    started: datetime
    finished: datetime | None = None
    state: Literal["running", "done", "partly", "failed"] = "running"
    """"done": every entrance was read and nothing went wrong (perhaps nothing was new). "partly": some of it failed."""
    reason: str = ""
    """Why it ended, in Scrapy's words: "finished", "shutdown", "start_error" …"""
    requests: int = 0
    not_modified: int = 0
    """Requests answered with 304."""
    bytes: int = 0
    """Of all answers, as they were on the wire."""
    due: int = 0
    """Links found in the entrances that are to be fetched: what `pages` grows towards, together with `again`."""
    again: int = 0
    """Recent articles that were looked at again without having been listed anew."""
    pages: int = 0
    """Article pages that were fetched and dealt with."""
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    refused: int = 0
    archived: int = 0
    """Pages kept as they were on the wire."""
    gone: int = 0
    """Stored articles whose pages are no longer there."""
    moved: int = 0
    skipped: int = 0
    """Links not fetched because the store had seen them."""
    links: dict[str, int] = field(default_factory=dict)
    """What the entrances listed, by what became of it: see crawler.discovery.Found.counts; and how many article pages
    "redirected" us."""
    entrances: dict[str, str] = field(default_factory=dict)
    """By address: "read", "unchanged", or what went wrong."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Pages that were no articles, by reason."""
    quality: dict[str, int] = field(default_factory=dict)
    """Of new and changed articles: "articles", "characters" of their texts together, "undated" ones, and those whose
    canonical link points elsewhere and was not believed ("canonical_elsewhere")."""
    errors: int = 0
    detail: str = ""
    """First error, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Something that nobody expected, kept so that a person can look into it."""

    id: str
    source: str
    url: str
    when: datetime
    why: str
    traceback: str = ""
    page: bytes = b""
    """Decoded body of the page, or what was refused as UTF-8 JSON."""


@dataclass(frozen=True, slots=True)
class Info:
    """Facts about a store for `marsad store info`."""

    uri: str
    """Without user and password."""
    server: str
    """Name and version of what answers: "SQLite 3.45.1", "MongoDB 8.0.4"."""
    schema: int
    collections: dict[str, tuple[int, int]]
    """Name to (records, bytes)."""
    indexes: dict[str, int]
    """Name to bytes."""


class Store(Protocol):
    """A store. Every method may be called from any thread; all raise StoreError where the store is down or refuses.

    Reading methods never write: an analyst with a read-only role can call them.
    """

    uri: str
    """Address without user and password."""

    def init(self) -> None:
        """Make what is missing (tables or collections, indexes, validator). Safe to repeat."""

    def migrate(self) -> list[str]:
        """Bring an older store to SCHEMA, resumable, forward only; says what it did, one line a step."""

    def info(self) -> Info:
        """Sizes and versions."""

    def close(self) -> None:
        """Let go of files and connections."""

    @property
    def outbox(self) -> Outbox:
        """The alerts that are to be sent and were sent."""

    # ------------------------------------------------------------------ what the crawler writes
    def seen(self, urls: Sequence[str]) -> dict[str, Seen]:
        """What is known of these URLs; unknown ones are missing from the answer."""

    def note(self, seen: Iterable[Seen]) -> None:
        """Remember, replacing what was known of the same URLs."""

    def due(self, source: str, now: datetime, since: datetime, *, limit: int) -> list[Seen]:
        """Addresses of a source whose `next_check` has come and whose `since` is at or after `since`, oldest due first.

        Entrances are left out: they are asked for anyway.
        """

    def mark(self, changes: Iterable[Change]) -> int:
        """Note that pages of stored articles are gone or moved; returns how many articles that was news of."""

    def host(self, host_id: str) -> Host | None:
        """What is known of a web server."""

    def note_host(self, host: Host) -> None:
        """Remember, replacing what was known of the same server."""

    def save(self, articles: Sequence[Article], *, ring: bool = True) -> list[Saved]:
        """Store a batch; the answer has one Saved per article, in order.

        One article that the store refuses goes to quarantine alone. With `ring` a new or revised article is
        marked `pending`: no alert pass has looked at this revision.
        """

    def retag(self, changes: Mapping[str, Document], revisions: Mapping[str, int]) -> int:
        """Give stored articles other tags: by id the fields to set, and the revision that they were made from.

        An article that was revised in the meantime is left as it is. No revision is made, `pending` stays as it is:
        what we read differently is no news. Returns how many were changed.
        """

    # ------------------------------------------------------------------ what a pass over new articles does
    def pending(self, *, limit: int) -> list[Document]:
        """Articles that no pass has looked at since they were new or revised, oldest `time` first, then by id."""

    def settle(self, revisions: Mapping[str, int]) -> int:
        """Mark articles as looked at, by id the revision that was; one that was revised since stays pending."""

    def change_events(
        self, put: Sequence[Document], gone: Sequence[str], articles: Mapping[str, Sequence[Document]]
    ) -> None:
        """Store events, forget those that became part of others, and say of each article which attacks it tells of.

        Each is {"event": id, "number": which of its `incidents`, "targets": what the article says was struck}, as in
        `told`; `event` is that of the first.
        """

    def alike(
        self, bands: Sequence[int], *, near: datetime, since: datetime, until: datetime, limit: int
    ) -> list[Document]:
        """What decides about the stories of articles that share bands, with `time` from `since` to `until`.

        Those that share most first, then those nearest in time to `near`, then by id; no more than `limit`. Of each
        the fields `store.alike.FIELDS`.
        """

    def change_stories(
        self, put: Sequence[Document], articles: Mapping[str, Document], before: Mapping[str, str | None]
    ) -> None:
        """Store stories, and set `story` and `outlets` of articles, by id; `before` is the story that each had.

        An article that has another one by now is left as it is: somebody else was faster.
        """

    def quarantine(self, record: Quarantined) -> None:
        """Keep a surprise."""

    def run(self, run: Run) -> None:
        """Write or overwrite the record of a run."""

    # ------------------------------------------------------------------ who does what alone (store/lease.py)
    def lease(self, name: str, owner: str, seconds: float) -> int:
        """Take or renew the right to do `name` alone, until so many seconds from now by the store's clock.

        The answer is a number that is higher with each new owner; 0 while another owner has it. An owner that died
        loses it when its time is over.
        """

    def release(self, name: str, owner: str) -> None:
        """Give a lease back before its time is over."""

    def fence(self, name: str, number: int) -> bool:
        """Whether nobody has got a later number for `name`: only then may the holder of this one write."""

    def leases(self) -> dict[str, str]:
        """What is held now: name to owner."""

    # ------------------------------------------------------------------ what the desk reads
    def article(self, article_id: str) -> Document | None:
        """One article as stored."""

    def scans(self, query: Query) -> str:
        """Why answering needs a look at every article; empty where an index narrows it down."""

    def find(
        self, query: Query, *, limit: int | None = None, after: Cursor | None = None, oldest_first: bool = False
    ) -> Iterator[Document]:
        """Articles by `time`, newest first, then by id; or just the other way round. Those behind `after` only."""

    def count(self, query: Query, of: Counted = "articles", *, at_most: int | None = None) -> int:
        """How many articles `find` without limit would give, or of how many stories or events they are.

        With `at_most`, counting articles ends there.
        """

    def tally(self, query: Query, by: Sequence[str], of: Counted = "articles") -> dict[tuple[str, ...], int]:
        """How many there are by each combination of GROUPS. Whole days are those of the articles' `day`.

        A story or an event counts in one period, that of its first article. An event counts for the targets that an
        article says it had, and a `target:` or `event:` that is asked for is asked of the event too (`of_events`).
        """

    def recount(self, *, repair: bool) -> int:
        """How many of the counts kept by day differ from the articles; with `repair` they are made right."""

    def times(self, source: str, since: datetime) -> list[datetime]:
        """When the articles of a source came out, those with `time` since then, in any order.

        That is when they were published, or where their pages tell only the day, when they were first seen.
        """

    def revisions(self, article_id: str) -> list[Document]:
        """Earlier texts of an article, oldest first: documents with `_id` = `<article>#<n>`."""

    def events(
        self,
        *,
        targets: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Events on any of `targets` that end after `since` and begin before `until`; latest first, then by id."""

    def event(self, event_id: str) -> Document | None:
        """One event as stored."""

    def story(self, story_id: str) -> Document | None:
        """A story as it is now: where it was merged into another one, that one."""

    def runs(self, *, source: str | None = None, since: datetime | None = None, limit: int | None = 20) -> list[Run]:
        """The latest runs, newest first; of one source, or started at or after `since`, where these are given."""

    def quarantined(self, *, limit: int = 20) -> list[Quarantined]:
        """The latest surprises, newest first."""

    # ------------------------------------------------------------------ for `store copy`
    def dump(self, collection: str) -> Iterator[Document]:
        """Every record of one of COLLECTIONS as plain documents, by `_id`."""

    def load(self, collection: str, documents: Sequence[Document]) -> None:
        """Put records back as `dump` gave them, replacing those with the same `_id`."""


COLLECTIONS = ("articles", "revisions", "seen", "runs", "quarantine", "events", "stories", "hosts", "deliveries")
