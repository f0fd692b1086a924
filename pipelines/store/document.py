"""An article as it is stored, and what becomes of the stored one when it is read again: the same for every store."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.records import Answer, Article, utc_ms
from pipelines.store.base import SCHEMA, Document, Outcome, Quarantined, Run, Seen

DATES = (
    *("published", "modified", "fetched", "first_seen", "checked", "time", "started", "finished"),
    *("event_from", "event_to", "from", "to", "first_published", "last_published"),
)
INNER_DATES = ("from", "to", "published")
"""In the incidents of an article, the members of an event."""
_TEXT = (
    "title", "body", "authors", "section", "published", "published_offset", "published_precision", "modified"
)  # fmt: skip
"""What makes another text of an article: a new revision. Everything else is how we read it."""
MAX_BYTES = 15_000_000
"""MongoDB takes 16 MiB of BSON; this is the document as JSON, which is never shorter by so much."""


def new_document(article: Article, timezone: str, *, ring: bool) -> Document:
    """`article` as stored for the first time. `timezone` (IANA) decides which day it belongs to."""
    document: Document = {
        "_id": article.id,
        "schema": SCHEMA,
        "source": article.source,
        "url": article.url,
        "urls": list(article.urls),
        "title": article.title,
        "body": article.body,
        "captions": list(article.captions),
        "authors": list(article.authors),
        "section": article.section,
        "published": article.published,
        "published_offset": article.published_offset,
        "published_precision": article.published_precision,
        "modified": article.modified,
        "fetched": article.fetched,
        "first_seen": article.fetched,
        "checked": article.fetched,
        "state": "live",
        "language": article.language,
        "entities": list(article.entities),
        "bases": list(article.bases),
        "groups": list(article.groups),
        "countries": list(article.countries),
        "mentions": [asdict(mention) for mention in article.mentions],
        **report_fields(article),
        "terms": list(article.terms),
        "words": article.words,
        "fingerprint": article.fingerprint,
        "story": None,
        "event": None,
        "revision": 1,
        "pending": ring,
        "provenance": asdict(article.provenance),
    }
    return _timed(document, timezone)


def report_fields(read: Article | Answer) -> Document:
    """What an article reports, as stored."""
    return {
        "sentences": [asdict(sentence) for sentence in read.sentences],
        "report": read.report,
        "targets": list(read.targets),
        "claimed_by": list(read.claimed_by),
        "denied_by": list(read.denied_by),
        "accused": list(read.accused),
        "weapons": list(read.weapons),
        "casualties": read.casualties,
        "event_from": utc_ms(read.event_from) if read.event_from else None,
        "event_to": utc_ms(read.event_to) if read.event_to else None,
        "event_precision": read.event_precision,
        "incidents": [
            {
                "targets": list(incident.targets),
                "from": utc_ms(incident.start) if incident.start else None,
                "to": utc_ms(incident.end) if incident.end else None,
                "precision": incident.precision,
                "again": incident.again,
            }
            for incident in read.incidents
        ],
        "cites": list(read.cites),
    }


UNREAD: Document = report_fields(Answer(mentions=())) | {"event": None}
"""What an article has of these fields whose report nobody has read yet."""


def decide(stored: Document | None, article: Article, timezone: str, *, ring: bool) -> tuple[Outcome, Document]:
    """What `article` is to the stored document, and the document as it is to be from now on."""
    fresh = new_document(article, timezone, ring=ring)
    if stored is None:
        return "new", fresh
    urls = list(dict.fromkeys([*stored["urls"], *fresh["urls"]]))
    if all(stored[name] == fresh[name] for name in _TEXT):
        return "unchanged", stored | {"urls": urls, "checked": max(stored["checked"], fresh["checked"])}
    kept = {
        "urls": urls,
        "first_seen": stored["first_seen"],
        "story": stored["story"],
        "event": stored.get("event"),
        "revision": stored["revision"] + 1,
        "state": "edited",
        # What an alert pass has not yet looked at stays to be looked at.
        "pending": ring or stored["pending"],
    }
    return "revised", _timed(fresh | kept, timezone)


def revision_of(stored: Document) -> Document:
    """The stored document under the id that it has among earlier revisions."""
    return stored | {"_id": f"{stored['_id']}#{stored['revision']}", "article": stored["_id"]}


def refusal(document: Document) -> str:
    """Why no store can hold `document`; empty where they can."""
    try:
        size = len(to_json(document).encode("utf-8"))
    except UnicodeEncodeError as error:
        return f"not storable as UTF-8: {error.reason}"
    return f"{size} bytes, more than {MAX_BYTES}" if size > MAX_BYTES else ""


def refused(document: Document, why: str, when: datetime) -> Quarantined:
    """The quarantine record of a refused document."""
    return Quarantined(
        id=sha256(f"{document['_id']}\n{why}".encode("utf-8", "replace")).hexdigest()[:32],
        source=document["source"],
        url=document["url"],
        when=when,
        why=f"refused by the store: {why}",
        page=to_json(document).encode("utf-8", "backslashreplace"),
    )


def _timed(document: Document, timezone: str) -> Document:
    """With `time`, what queries, sorting and timelines use, and `day`, its day at the desk."""
    published = document["published"]
    usable = published is not None and published <= document["fetched"]
    time = published if usable else document["first_seen"]
    if document["published_precision"] == "day" and published is not None:
        day = published.date()
    else:
        day = time.astimezone(ZoneInfo(timezone)).date()
    return document | {"time": time, "day": day.isoformat()}


# ---------------------------------------------------------------- other records as documents
def record_of(record: Seen | Run | Quarantined) -> Document:
    """A record as stored: its fields, the one that tells it apart as `_id`."""
    plain = asdict(record)
    key = plain.pop("url") if isinstance(record, Seen) else plain.pop("id")
    return {"_id": key} | plain


def run_of(record: Document) -> Run:
    """The run that was stored so."""
    return Run(**{("id" if name == "_id" else name): value for name, value in record.items()})


# ---------------------------------------------------------------- as JSON, for SQLite and for comparing stores
def to_json(document: Document) -> str:
    """One line; datetimes as ISO 8601 in UTC with milliseconds, bytes as Latin-1."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)


def from_json(text: str) -> Document:
    """The article or run that `to_json` wrote."""
    document: Document = json.loads(text)
    for name in DATES:
        if document.get(name) is not None:
            document[name] = datetime.fromisoformat(document[name])
    for inner in (*document.get("incidents", ()), *document.get("members", ())):
        for name in INNER_DATES:
            if inner.get(name) is not None:
                inner[name] = datetime.fromisoformat(inner[name])
    return document


def digest(document: Document) -> bytes:
    """Equal for equal records in whatever store, whatever the order of their fields."""
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=_plain)
    return sha256(text.encode("ascii")).digest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, bytes):
        return value.decode("latin-1")
    raise TypeError(f"{type(value).__name__} is not stored")
