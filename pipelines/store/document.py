"""An article as it is stored, and what becomes of the stored one when it is read again: the same for every store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.changes import changed_fields
from pipelines.records import Answer, Article, Change, Mention, Provenance, Sentence, utc_ms
from pipelines.store.base import SCHEMA, Document, Host, Outcome, Quarantined, Run, Seen

INNER_DATES = ("from", "to", "published", "at")
"""In the incidents of an article, what became of it, the members of an event."""
DATES = (
    "published", "modified", "fetched", "first_seen", "checked", "time", "started", "finished", "robots_fetched",
    "resting_until", "event_from", "event_to", "from", "to", "first_published", "last_published",
    "made", "due", "until", "sent",
)  # fmt: skip
MAX_CHANGES = 100
"""Entries of an article's `changes` that are kept, the latest."""
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
        "mentions": [_flat(mention) for mention in article.mentions],
        **report_fields(article),
        "terms": list(article.terms),
        "words": article.words,
        "fingerprint": article.fingerprint,
        "signature": article.signature,
        "bands": list(article.bands),
        "story": None,
        "event": None,
        "told": [],
        "revision": 1,
        "pending": ring,
        "changes": [],
        "provenance": _flat(article.provenance) | {"signals": dict(article.provenance.signals)},
    }
    return _timed(document, timezone)


_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Mention, Sentence, Provenance)}


def _flat(record: Mention | Sentence | Provenance) -> Document:
    """Its fields; ten times as fast as `asdict`, which looks for records in records."""
    return {name: getattr(record, name) for name in _NAMES[type(record)]}


def report_fields(read: Article | Answer) -> Document:
    """What an article reports, as stored."""
    return {
        "sentences": [_flat(sentence) for sentence in read.sentences],
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


UNREAD: Document = report_fields(Answer(mentions=())) | {"event": None, "told": []}
"""What an article has of these fields whose report nobody has read yet."""


def telling(told: Sequence[Document]) -> Document:
    """The fields that say which attacks an article tells of, the one that it knows most exactly first."""
    return {"event": told[0]["event"] if told else None, "told": list(told)}


def decide(stored: Document | None, article: Article, timezone: str, *, ring: bool) -> tuple[Outcome, Document]:
    """What `article` is to the stored document, and the document as it is to be from now on."""
    fresh = new_document(article, timezone, ring=ring)
    if stored is None:
        return "new", fresh
    urls = list(dict.fromkeys([*stored["urls"], *fresh["urls"]]))
    fields = changed_fields(stored, fresh)
    if not fields:
        checked = {"urls": urls, "checked": max(stored["checked"], fresh["checked"])}
        return "unchanged", stored | checked | back(stored, article)
    # The same bytes read otherwise are no edit of the outlet's.
    same_page = (stored["fetched"], stored["provenance"]["sha256"]) == (fresh["fetched"], fresh["provenance"]["sha256"])
    kept = {
        "urls": urls,
        "first_seen": stored["first_seen"],
        "story": stored["story"],
        **({"outlets": stored["outlets"]} if "outlets" in stored else {}),
        "event": stored.get("event"),
        "told": stored.get("told", []),
        "revision": stored["revision"] + 1,
        "state": stored["state"] if same_page else "edited",
        # What an alert pass has not yet looked at stays to be looked at.
        "pending": ring or stored["pending"],
        "changes": _with_change(stored, _edit(stored, fresh, fields, "reread" if same_page else "edited")),
    }
    return "revised", _timed(fresh | kept, timezone)


def back(stored: Document, article: Article) -> Document:
    """The fields that change because the page of an article that was gone or moved answers again; none otherwise."""
    latest = (stored.get("changes") or [{}])[-1]
    if stored["state"] not in ("gone", "moved") or article.fetched < latest.get("at", article.fetched):
        # A page that was kept from before says nothing of today's.
        return {}
    fields: Document = {"state": "edited" if stored["revision"] > 1 else "live", "url": article.url}
    if stored["state"] == "gone":
        # Its event counts it again.
        fields |= {"changes": _with_change(stored, {"at": article.fetched, "what": "back"}), "pending": True}
    return fields


def marked(stored: Document, change: Change) -> Document | None:
    """The fields that `change` changes; None where they say so already."""
    latest = (stored.get("changes") or [{}])[-1]
    if stored["state"] == change.what and latest.get("to") == change.to:
        return None
    entry = {"at": change.at, "what": change.what, "detail": change.detail}
    if change.to is not None:
        entry |= {"from": change.url, "to": change.to}
    checked = max(stored["checked"], change.at)
    fields = {"state": change.what, "checked": checked, "changes": _with_change(stored, entry)}
    # What rang and was taken down is to be taken back; a pass over new articles looks at it.
    return fields | {"pending": True} if change.what == "gone" else fields


def _edit(stored: Document, fresh: Document, fields: Sequence[str], what: str) -> Document:
    """What an edit changed, also in what the article mentions."""
    before, after = stored["entities"], fresh["entities"]
    entry: Document = {
        "at": fresh["fetched"],
        "what": what,
        "revision": stored["revision"] + 1,
        "fields": list(fields),
        "gained": [entity for entity in after if entity not in before],
        "lost": [entity for entity in before if entity not in after],
    }
    if stored["provenance"]["watchlist"] != fresh["provenance"]["watchlist"]:
        # Another watchlist may be the reason as well as the outlet.
        entry["watchlist_changed"] = True
    return entry


def _with_change(stored: Document, entry: Document) -> list[Document]:
    return [*(stored.get("changes") or []), entry][-MAX_CHANGES:]


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
def record_of(record: Seen | Run | Quarantined | Host) -> Document:
    """A record as stored: its fields, the one that tells it apart as `_id`."""
    plain = asdict(record)
    if isinstance(record, Run):
        # Addresses have dots, which field names had better not have.
        plain["entrances"] = [{"url": url, "state": state} for url, state in record.entrances.items()]
    key = plain.pop("url") if isinstance(record, Seen) else plain.pop("id")
    return {"_id": key} | plain


def run_of(record: Document) -> Run:
    """The run that was stored so."""
    fields = {("id" if name == "_id" else name): value for name, value in record.items()}
    fields["entrances"] = {entrance["url"]: entrance["state"] for entrance in fields.get("entrances", ())}
    return Run(**fields)


def host_of(record: Document) -> Host:
    """The host that was stored so."""
    return Host(**{("id" if name == "_id" else name): value for name, value in record.items()})


# ---------------------------------------------------------------- as JSON, for SQLite and for comparing stores
def to_json(document: Document) -> str:
    """One line; datetimes as ISO 8601 in UTC with milliseconds, bytes as Latin-1."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_plain)


def from_json(text: str) -> Document:
    """The article or run that `to_json` wrote."""
    return with_dates(json.loads(text))


def with_dates(document: Document) -> Document:
    """`document`, changed: its DATES are datetimes. Raises ValueError where one is no ISO 8601."""
    for name in DATES:
        if isinstance(document.get(name), str):
            document[name] = datetime.fromisoformat(document[name])
    for inner in (*document.get("incidents", ()), *document.get("members", ()), *(document.get("changes") or ())):
        for name in INNER_DATES:
            # An article that moved has an address under the same name.
            if isinstance(inner.get(name), str) and not inner[name].startswith("http"):
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
