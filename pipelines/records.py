"""The values that walk through the pipeline: frozen, picklable, already cleaned of what no store can hold."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from config.schema import Source

MAX_TITLE = 1_000
MAX_BODY = 500_000
MAX_CAPTION = 1_000
MAX_SHORT_TEXT = 300
MAX_URL = 2_048
MAX_URLS = 32
MAX_MENTIONS = 2_000

Precision = Literal["second", "minute", "day"]
Field = Literal["title", "body"]
Part = Literal["target", "origin", "scene", "claims", "denies", "accused", "mention"]
When = Literal["new", "background", "planned"]
Report = Literal["attack", "denial", "threat", "none"]
EventPrecision = Literal["minute", "hours", "day", "days"]

# MongoDB refuses NUL in some places and lone surrogates (they reach us through JSON-LD's \ud800 escapes) everywhere;
# the other control characters are noise that terminals and CSV readers trip over. Tab and newline stay.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str, limit: int) -> str:
    """`text` without characters that no store can hold, at most `limit` code points long."""
    return _UNSTORABLE.sub("", text)[:limit]


def utc_ms(moment: datetime) -> datetime:
    """`moment` in UTC, cut to whole milliseconds: what MongoDB keeps. Raises ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment!r}")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def utc_text(moment: datetime) -> str:
    """`moment` as ISO 8601 in UTC, as it leaves this program: "2026-11-05T11:30:00Z"."""
    return moment.astimezone(UTC).isoformat(timespec="auto").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page, as it came and as decoded.

    Headers are pairs of raw bytes in the order they were on the wire. `wire` is the body before content-decoding
    (gzip, br …) and what an archive and `provenance.sha256` speak of; `body` is the same bytes content-decoded.
    """

    source: Source
    url: str
    """Address that answered, after redirects."""
    requested: str
    """Address first asked for."""
    redirects: tuple[str, ...]
    """Addresses between `requested` and `url`, in order, both left out."""
    status: int
    fetched: datetime
    request_headers: tuple[tuple[bytes, bytes], ...]
    response_headers: tuple[tuple[bytes, bytes], ...]
    wire: bytes
    body: bytes
    encoding: str | None
    """Character encoding that the transport or the page declares; None where neither does."""
    parts: tuple[Page, ...] = ()
    """The following pages of the same article, in order."""
    answers: tuple[str, ...] = ()
    """What each address on the way to `url` answered ("301", "meta refresh"), the one first asked for first."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address this page was reached by, the one that answered first."""
        return tuple(dict.fromkeys((self.url, *self.redirects, self.requested)))


def page_to_json(page: Page) -> bytes:
    """`page` as one JSON object; raw bytes are in base64, header bytes in Latin-1."""
    headers = {
        name: [[part.decode("latin-1") for part in pair] for pair in getattr(page, name)]
        for name in ("request_headers", "response_headers")
    }
    names = ("url", "requested", "redirects", "answers", "status", "encoding")
    plain = {name: getattr(page, name) for name in names}
    bodies: dict[str, object] = {name: b64encode(getattr(page, name)).decode("ascii") for name in ("wire", "body")}
    bodies["parts"] = [json.loads(page_to_json(part)) for part in page.parts]
    moment = {"fetched": page.fetched.isoformat(), "source": page.source.model_dump(mode="json")}
    return json.dumps(plain | headers | bodies | moment).encode("ascii")


def page_from_json(data: bytes) -> Page:
    """The page that `page_to_json` wrote. Raises ValueError for anything else."""
    try:
        return _page(json.loads(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a page in JSON: {error!r}") from None


def _page(record: dict[str, Any]) -> Page:
    for name in ("request_headers", "response_headers"):
        record[name] = tuple((key.encode("latin-1"), value.encode("latin-1")) for key, value in record[name])
    record |= {name: b64decode(record[name]) for name in ("wire", "body")}
    record["parts"] = tuple(_page(part) for part in record["parts"])
    record |= {name: tuple(record[name]) for name in ("redirects", "answers")}
    record["fetched"] = datetime.fromisoformat(record["fetched"])
    record["source"] = Source.model_validate(record["source"])
    return Page(**record)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an article names a watched entity. Offsets count code points of that field's own text."""

    entity: str
    kind: str
    surface: str
    """Exactly the text between `start` and `end`."""
    field: Field
    start: int
    end: int
    rule: str
    """Name of the rule that accepted it."""
    sentence: int = 0
    """Number of its sentence: 0 is the title."""
    part: Part = "mention"
    """What it does in that sentence. A base is target, origin (the rockets came from there) or scene; a group claims,
    denies, is accused or target; else it is a mention."""
    when: When | None = None
    """Of the attack that it has a part in; None where it has none."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where a sentence stands; offsets count code points of that field's own text."""

    number: int
    """0 is the title."""
    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Incident:
    """One of the new attacks that an article tells of: what was struck at one time."""

    targets: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    """Between the two it happened, as far as the text says; UTC."""
    precision: EventPrecision | None
    again: bool = False
    """Whether the text calls it another one (هجوم ثان)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an article reports; see the fields of the same names of `Article`."""

    mentions: tuple[Mention, ...]
    sentences: tuple[Sentence, ...] = ()
    report: Report = "none"
    targets: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    accused: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()
    casualties: str = ""
    event_from: datetime | None = None
    event_to: datetime | None = None
    event_precision: EventPrecision | None = None
    incidents: tuple[Incident, ...] = ()
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an article came from and which versions of our rules made it what it is."""

    status: int
    sha256: str
    """Of the wire body."""
    bytes: int
    """Length of the wire body."""
    extractor: str
    """Library and version that extracted the body."""
    identity: int
    """Version of the rule that made the article's id."""
    folding: int
    language: int
    watchlist: str = ""
    """Digest of the compiled watchlist."""
    reports: str = ""
    """Digest of the words and rules by which its report was read."""
    signals: Mapping[str, str] = field(default_factory=dict)
    """Which place of the page each field was read from: {"title": "h1", "published": "json-ld", …}."""
    warc: str = ""
    """Where the page is kept, in the archive's folder: "<day>/<file>#<offset>"; empty where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article. Field names are those of the stored document; `store.base` adds what only a store knows."""

    id: str
    source: str
    url: str
    urls: tuple[str, ...]
    title: str
    body: str
    captions: tuple[str, ...] = ()
    """Of its pictures: kept apart, they are not the article's words and name nothing."""
    authors: tuple[str, ...] = ()
    section: str | None = None
    published: datetime | None = None
    """UTC. For a page that prints only a day: midnight UTC of that day, with precision "day"."""
    published_offset: int | None = None
    """Minutes east of UTC as printed; None where the page prints no offset (the source's time zone was assumed)."""
    published_precision: Precision | None = None
    modified: datetime | None = None
    fetched: datetime
    language: str = "ar"
    mentions: tuple[Mention, ...] = ()
    entities: tuple[str, ...] = ()
    """Distinct ids in `mentions`, in order of first appearance; so are `bases`, `groups` and `countries`."""
    bases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166 codes of the mentioned entities."""
    sentences: tuple[Sentence, ...] = ()
    """Those in which something watched is mentioned; `Mention.sentence` is the number of one of them."""
    report: Report = "none"
    """What it reports: a new attack (also one that was foiled, or of which only a claim is known), that there was none,
    a threat. Unsure is none."""
    targets: tuple[str, ...] = ()
    """What was newly attacked; ids of mentioned entities, as are those below."""
    claimed_by: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    """Who says that it was not he; a denial that there was an attack is `report` "denial"."""
    accused: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()
    """Named in a sentence on a new attack."""
    casualties: str = ""
    """As printed."""
    event_from: datetime | None = None
    event_to: datetime | None = None
    """When the new attack happened, as far as the text says; UTC."""
    event_precision: EventPrecision | None = None
    incidents: tuple[Incident, ...] = ()
    """The new attacks one by one, the one with the exactest time first: that is `event_from`, `event_to`."""
    cites: tuple[str, ...] = ()
    """Outlets and agencies whose words they are, as printed."""
    terms: tuple[str, ...] = ()
    """Distinct folded words for search, at most arabic.MAX_TERMS."""
    words: str = ""
    """All folded words of title and body, a line for each sentence. The first line is the title; one may be empty."""
    fingerprint: str = ""
    """Hex digest of the folded text: equal for the same words however they are spelled or spaced."""
    signature: str = ""
    bands: tuple[int, ...] = ()
    """What copies of the text are found and known by, see pipelines/dedupe.py."""
    etag: str | None = None
    last_modified: str | None = None
    """ETag and Last-Modified as the server sent them, for the next conditional request; kept in `seen`."""
    provenance: Provenance

    def __post_init__(self) -> None:
        clean = {
            "url": clean_text(self.url, MAX_URL),
            "urls": tuple(clean_text(u, MAX_URL) for u in self.urls[:MAX_URLS]),
            "title": clean_text(self.title, MAX_TITLE),
            "body": clean_text(self.body, MAX_BODY),
            "captions": tuple(clean_text(c, MAX_CAPTION) for c in self.captions[:50]),
            "authors": tuple(clean_text(a, MAX_SHORT_TEXT) for a in self.authors[:20]),
            "section": clean_text(self.section, MAX_SHORT_TEXT) if self.section else None,
            "published": utc_ms(self.published) if self.published else None,
            "modified": utc_ms(self.modified) if self.modified else None,
            "fetched": utc_ms(self.fetched),
            "mentions": self.mentions[:MAX_MENTIONS],
        }
        for name, value in clean.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBlog:
    """One page of many articles: each timed entry of a live blog is one, with its own anchor, time and words."""

    source: str
    url: str
    urls: tuple[str, ...]
    articles: tuple[Article, ...]
    fetched: datetime
    ended: bool
    """No more entries are to come."""
    etag: None = None
    last_modified: None = None
    """Not kept: a page that grows is fetched whole each time."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fetched", utc_ms(self.fetched))


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the page of a stored article, other than another text."""

    source: str
    url: str
    """Address that was asked for, cleaned."""
    article: str
    """Id of the stored article."""
    what: Literal["gone", "moved"]
    at: datetime
    detail: str = ""
    """What was seen, in a few words: "answers 410"."""
    to: str | None = None
    """Where it moved to."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", clean_text(self.detail, MAX_SHORT_TEXT))
        object.__setattr__(self, "at", utc_ms(self.at))


REJECTIONS = {
    "not_arabic": "the article is not in Arabic",
    "not_article": "a listing, home, section or search page",
    "live_blog": "a live blog whose entries cannot be told apart",
    "video": "a video with hardly a word beside it",
    "paywall": "only its first words are free to read",
    "consent": "asks for consent before it shows anything",
    "bot_wall": "wants to know whether we are a person",
    "not_html": "neither HTML nor XHTML",
    "empty": "no title and no text",
    "soft_404": "answers 200 but says that there is no such page",
    "gone": "answers 404 or 410",
    "http_error": "answers with another error status",
    "blocked": "answers with a challenge instead of the page",
    "unreachable": "no answer: refused, timed out, no such host, or a forbidden address",
    "robots": "robots.txt forbids it",
    "too_large": "larger than the limits on bytes, tags or attributes",
    "too_expensive": "took too long or too much memory to read",
    "broken": "reading it failed unexpectedly; the page is in quarantine",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that is no article for us, and why. `reason` is a key of REJECTIONS."""

    source: str
    url: str
    urls: tuple[str, ...]
    reason: str
    fetched: datetime
    detail: str = ""
    """One line for a person: what was seen."""
    etag: str | None = None
    last_modified: str | None = None
    text: str = field(default="", repr=False)
    """For reasons that lie in what is on the page: what was read all the same, so that its language can be told."""
    traceback: str = field(default="", repr=False)
    """For reason "broken" only: goes to quarantine together with the page."""

    def __post_init__(self) -> None:
        if self.reason not in REJECTIONS:
            raise ValueError(f"unknown rejection {self.reason!r}")
        object.__setattr__(self, "detail", clean_text(self.detail, MAX_SHORT_TEXT))
        object.__setattr__(self, "fetched", utc_ms(self.fetched))
