"""What a message of an alert says, and why it was sent: composed when it leaves, from what is known then.

A message is a plain document (docs/alerts.md has its fields): what a webhook posts, with `title` and `text` for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from config import settings
from config.entities import Entity
from config.schema import Source
from desk.alerts import Rules
from pipelines import arabic
from pipelines.records import utc_ms
from pipelines.sentences import Sentences
from pipelines.store.base import Document, Store
from pipelines.store.outbox import Parcel
from pipelines.store.query import And, Field, Or, Phrase, Query, Same, Word

VERSION = 1
"""Of the fields of a message."""
NOT_STATED = "not stated"
MARKS = ("⟦", "⟧")
IN_TITLE = 3
"""Items that the title of a digest names."""


def key_of(parcel: Parcel) -> str:
    """The same for each time that a message is sent, and for no other message."""
    return sha256(f"marsad {parcel.leader['_id']} {parcel.leader['made'].isoformat()}".encode()).hexdigest()[:32]


class Composer:
    """Writes messages. Reads the store; raises StoreError where it is down."""

    def __init__(self, store: Store, rules: Rules, sources: Mapping[str, Source]) -> None:
        self._store, self._rules, self._sources = store, rules, sources
        self._entities = {entity.id: entity for entity in rules.watched.entities}

    def message(self, parcel: Parcel, now: datetime) -> Document:
        """What goes out for these deliveries."""
        items = [self._item(delivery) for delivery in (parcel.leader, *parcel.others)]
        leader, again = parcel.leader, parcel.leader["unanswered"] > 0
        return {
            "version": VERSION,
            "id": key_of(parcel),
            "rule": leader["rule"],
            "severity": leader["severity"],
            "kind": items[0]["kind"] if len(items) == 1 else "digest",
            "possible_repeat": again,
            "sent_at": _iso(now),
            "items": items,
            "title": _title(items, leader["rule"], again=again),
            "text": "\n\n".join(["\n".join(lines_of(item)) for item in items]),
        }

    def _item(self, delivery: Document) -> Document:
        article = self._store.article(delivery["article"])
        event = self._store.event(delivery["event"]) if delivery["event"] else None
        item: Document = {
            "delivery": delivery["_id"],
            "kind": delivery["kind"],
            "because": delivery["because"],
            "event": delivery["event"],
            "story": delivery["story"],
            "article": delivery["article"],
            "articles": delivery["counted"]["articles"],
            "outlets": delivery["counted"]["outlets"],
            "independent_origins": delivery["counted"]["origins"],
        }
        if event is not None:
            counts = {name: event[name] for name in ("articles", "outlets")}
            item |= counts | {"independent_origins": event["origins"]}
        return item | (self._facts(delivery, article, event) if article else _NOTHING)

    def _facts(self, delivery: Document, article: Document, event: Document | None) -> Document:
        rule = self._rules.by_id.get(delivery["rule"])
        # What was told, where the article has lost it since.
        named = delivery["targets"] or article["targets"] or article["bases"]
        start, end, precision = _time(article, event)
        provenance = article["provenance"]
        source = self._sources.get(article["source"])
        told = event or article
        return {
            "headline": article["title"],
            "bases": self._named(named),
            "event_from": _iso(start) if start else None,
            "event_to": _iso(end) if end else None,
            "event_precision": precision,
            "time": _time_text(start, end, precision),
            "outlet": {"id": article["source"], "name": source.name if source else article["source"]},
            "quotes": list(article["cites"]),
            "claimed_by": self._named(told["claimed_by"]),
            "denied_by": self._named(told["denied_by"]),
            "denials": [self._denial(one) for one in (event["denials"] if event else delivery["denials"])],
            "sentence": sentence_of(article, rule.query if rule else And(), named),
            "published": _iso(article["published"]) if article["published"] else None,
            "state": article["state"],
            "url": article["url"],
            "archive": provenance.get("warc") or None,
            "sha256": provenance["sha256"],
        }

    def _named(self, ids: Iterable[str]) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for one in ids:
            entity: Entity | None = self._entities.get(one)
            found.append({"id": one, "name": entity.name if entity else one, "en": entity.en if entity else one})
        return found

    def _denial(self, article_id: str) -> dict[str, str]:
        article = self._store.article(article_id)
        if article is None:
            return {"article": article_id, "headline": "", "outlet": "", "url": ""}
        source = self._sources.get(article["source"])
        outlet = source.name if source else article["source"]
        return {"article": article_id, "headline": article["title"], "outlet": outlet, "url": article["url"]}


_NOTHING: Document = {
    **dict.fromkeys(("headline", "sentence", "state", "url", "sha256"), ""),
    **dict.fromkeys(("event_from", "event_to", "event_precision", "published", "archive"), None),
    **{name: [] for name in ("bases", "quotes", "claimed_by", "denied_by", "denials")},
    "time": NOT_STATED,
    "outlet": {"id": "", "name": ""},
}
"""Of an article that is no longer stored."""


# ---------------------------------------------------------------- when
def _iso(moment: datetime) -> str:
    return utc_ms(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(article: Document, event: Document | None) -> tuple[datetime | None, datetime | None, str | None]:
    """When it happened, as far as it is told: what the reports together say, where one of them says anything."""
    if event is not None and (article["event_from"] or event["to"] - event["from"] < timedelta(hours=24)):
        return event["from"], event["to"], event["precision"]
    return article["event_from"], article["event_to"], article["event_precision"]


def _time_text(start: datetime | None, end: datetime | None, precision: str | None) -> str:
    """At the desk and in UTC."""
    if start is None:
        return NOT_STATED
    zone = ZoneInfo(settings.MARSAD_TIMEZONE)
    last = end if end is not None and end - start > timedelta(minutes=1) else None
    at_desk, in_utc = (
        _stretch(start.astimezone(tz), last.astimezone(tz) if last else None) for tz in (zone, ZoneInfo("UTC"))
    )
    return f"{at_desk} {settings.MARSAD_TIMEZONE} ({in_utc} UTC)"


def _stretch(start: datetime, end: datetime | None) -> str:
    if end is None:
        return f"{start:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} to {end:{'%H:%M' if start.date() == end.date() else '%Y-%m-%d %H:%M'}}"


# ---------------------------------------------------------------- the words that made it ring
def sentence_of(article: Document, query: Query, targets: Iterable[str]) -> str:
    """The sentence that an alert rests on, with what was looked for between MARKS; the headline where none is."""
    sentences = Sentences(article["title"], article["body"])
    wanted, targets = set(_entities(query)), set(targets)
    best = min(
        (mention for mention in article["mentions"] if mention["entity"] in wanted | targets),
        # The new attack on what was struck first, then in the text rather than the headline, which is told anyway.
        key=lambda m: (
            not (m.get("part") == "target" and m.get("when") == "new"),
            m["entity"] not in targets,
            m.get("sentence", 0) == 0,
            m.get("sentence", 0),
        ),
        default=None,
    )
    number = best.get("sentence", 0) if best else _with_words(query, sentences)
    one = sentences.sentence(min(number, len(sentences) - 1))
    text = sentences.text(one.number)
    named = wanted | targets
    spans = [
        (m["start"] - one.start, m["end"] - one.start)
        for m in article["mentions"]
        if m["field"] == one.field and one.start <= m["start"] and m["end"] <= one.end and m["entity"] in named
    ]
    return _marked(text, [*spans, *_found(query, text)])


def _leaves(query: Query) -> Iterator[Query]:
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Same(part):
            yield from _leaves(part)
        case Word() | Phrase() | Field():
            yield query
        case _:
            return


def _entities(query: Query) -> Iterator[str]:
    for leaf in _leaves(query):
        if isinstance(leaf, Field) and leaf.name in ("entity", "target"):
            yield from leaf.values


def _with_words(query: Query, sentences: Sentences) -> int:
    """Number of the first sentence with words of the query; 0 where none has."""
    return next((n for n in range(1, len(sentences)) if any(_found(query, sentences.text(n)))), 0)


def _found(query: Query, text: str) -> Iterator[tuple[int, int]]:
    folded = arabic.fold(text)
    for leaf in _leaves(query):
        words = (leaf.word,) if isinstance(leaf, Word) else leaf.words if isinstance(leaf, Phrase) else ()
        if words:
            forms = "|".join(map(re.escape, arabic.with_particles(words[0])))
            gap = leaf.gap if isinstance(leaf, Phrase) else 0
            between = rf"\W+(?:\w+\W+){{0,{gap}}}"
            pattern = rf"\b(?:{forms})" + "".join(between + re.escape(word) for word in words[1:]) + r"\b"
            for match in re.finditer(pattern, folded.text):
                yield folded.span(*match.span())


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    for start, end in reversed(joined):
        text = f"{text[:start]}{MARKS[0]}{text[start:end]}{MARKS[1]}{text[end:]}"
    return text


# ---------------------------------------------------------------- for people
def _title(items: list[Document], rule: str, *, again: bool) -> str:
    first = items[0]
    repeat = "POSSIBLE REPEAT · " if again else ""
    if len(items) > 1:
        return f"{repeat}{len(items)} alerts of {rule}: " + " · ".join(item["headline"] for item in items[:IN_TITLE])
    bases = ", ".join(base["en"] for base in first["bases"])
    return f"{repeat}{first['kind'].upper()} · {f'{bases} · ' if bases else ''}{first['headline']}"


def lines_of(item: Document) -> Iterator[str]:
    """One alert as lines of text."""
    yield f"{item['kind'].upper()}: {item['headline']}"
    if item["because"]:
        yield f"On what was sent before: {item['because']}"
    if item["bases"]:
        yield "Base: " + "; ".join(_both(one) for one in item["bases"])
    yield f"Time of the event: {item['time']}"
    quoted = f", quoting {'، '.join(item['quotes'])}" if item["quotes"] else ""
    yield f"Outlet: {item['outlet']['name']}{quoted}"
    for name, label in (("claimed_by", "Claimed by"), ("denied_by", "Denied by")):
        if item[name]:
            yield f"{label}: " + "; ".join(_both(one) for one in item[name])
    for denial in item["denials"]:
        yield f"Denied in: {denial['headline']} ({denial['outlet']}) {denial['url']}"
    yield f"Sentence: {item['sentence']}"
    told = f"{item['articles']} articles in {item['outlets']} outlets"
    yield f"Independent origins so far: {item['independent_origins']} ({told})"
    yield f"Link: {item['url']}"
    yield f"Archive record: {item['archive'] or 'not kept'} · SHA-256 {item['sha256']}"


def _both(named: Mapping[str, Any]) -> str:
    return f"{named['name']} · {named['en']}" if named["en"] != named["name"] else str(named["name"])
