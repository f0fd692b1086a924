"""What MongoDB keeps beside the documents: the validator and the indexes, as data."""

from __future__ import annotations

from typing import Any

# What MongoDB holds every writer to, ours and others'; moderate: documents that were already wrong may be updated.
_STRINGS = {"bsonType": "array", "items": {"bsonType": "string"}}
VALIDATOR: dict[str, Any] = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id",
            "schema",
            "source",
            "url",
            "title",
            "body",
            "fetched",
            "time",
            "day",
            "revision",
            "entities",
        ],
        "properties": {
            "_id": {"bsonType": "string", "pattern": "^[0-9a-f]{32}$"},
            "schema": {"bsonType": "int", "minimum": 1},
            "source": {"bsonType": "string"},
            "url": {"bsonType": "string"},
            "urls": _STRINGS,
            "title": {"bsonType": "string"},
            "body": {"bsonType": "string"},
            "published": {"bsonType": ["date", "null"]},
            "published_offset": {"bsonType": ["int", "null"]},
            "published_precision": {"enum": ["second", "minute", "day", None]},
            "fetched": {"bsonType": "date"},
            "first_seen": {"bsonType": "date"},
            "checked": {"bsonType": "date"},
            "time": {"bsonType": "date"},
            "day": {"bsonType": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            "state": {"enum": ["live", "edited", "gone", "moved"]},
            "entities": _STRINGS,
            "report": {"enum": ["attack", "denial", "threat", "none"]},
            "targets": _STRINGS,
            "claimed_by": _STRINGS,
            "denied_by": _STRINGS,
            "accused": _STRINGS,
            "event_from": {"bsonType": ["date", "null"]},
            "event_to": {"bsonType": ["date", "null"]},
            "event": {"bsonType": ["string", "null"]},
            "told": {"bsonType": "array", "items": {"bsonType": "object", "required": ["event", "targets"]}},
            "story": {"bsonType": ["string", "null"]},
            "signature": {"bsonType": "string"},
            "bands": {"bsonType": "array", "items": {"bsonType": "int"}},
            "terms": _STRINGS,
            "revision": {"bsonType": "int", "minimum": 1},
            "pending": {"bsonType": "bool"},
        },
    }
}
# What each question of the desk walks along; names say which.
INDEXES: dict[str, dict[str, dict[str, Any]]] = {
    "articles": {
        "time": {"keys": [("time", -1), ("_id", 1)]},
        "day": {"keys": [("day", 1)]},
        **{
            f"{name.replace('mentions.kind', 'kinds').replace('told.event', 'told')}_time": {
                "keys": [(name, 1), ("time", -1), ("_id", 1)]
            }
            for name in (
                *("entities", "mentions.kind", "countries", "source", "report", "targets", "claimed_by", "denied_by"),
                *("told.event", "story", "terms"),
            )
        },
        "event_from": {"keys": [("event_from", 1)]},
        "bands_time": {"keys": [("bands", 1), ("time", 1)]},
        "urls": {"keys": [("urls", 1)]},
        "pending": {"keys": [("pending", 1), ("time", 1)], "partialFilterExpression": {"pending": True}},
    },
    "events": {
        "from": {"keys": [("from", -1), ("_id", 1)]},
        "to": {"keys": [("to", -1)]},
        "targets_from": {"keys": [("targets", 1), ("from", -1)]},
    },
    "stories": {"last_published": {"keys": [("last_published", -1)]}},
    "days": {
        "field_value_day": {"keys": [("field", 1), ("value", 1), ("day", 1)]},
        "field_day": {"keys": [("field", 1), ("day", 1)]},
    },
    "revisions": {
        "article": {"keys": [("article", 1), ("revision", 1)]},
        "entities_time": {"keys": [("entities", 1), ("time", -1)]},
    },
    "seen": {
        "due": {
            "keys": [("source", 1), ("next_check", 1)],
            "partialFilterExpression": {"next_check": {"$type": "date"}},
        }
    },
    "runs": {"started": {"keys": [("started", -1)]}, "source_started": {"keys": [("source", 1), ("started", -1)]}},
    "quarantine": {"when": {"keys": [("when", -1)]}},
    "deliveries": {
        "due": {"keys": [("channel", 1), ("state", 1), ("due", 1)]},
        **{name: {"keys": [(name, 1)]} for name in ("parcel", "event", "story", "article")},
        "made": {"keys": [("made", -1), ("_id", 1)]},
    },
}
_OF_ARTICLE = dict.fromkeys(("source", "url", "title", "time", "day", "state", "revision", "story", "event"), 1)
_OF_MENTION = ("entity", "kind", "surface", "field", "start", "end", "rule", "sentence", "part", "when")
_OF_REPORT = ("report", "claimed_by", "denied_by", "accused", "weapons", "event_from", "event_to", "event_precision")
VIEWS: dict[str, dict[str, Any]] = {
    # A document for each mention: for tools that want rows. Once mentions are taken apart no index knows their
    # `entity`, so the article's `entities` are there to be asked for as well.
    "mentions_flat": {
        "on": "articles",
        "pipeline": [
            {"$unwind": "$mentions"},
            {
                "$project": {
                    **{"_id": 0, "article": "$_id", "report": 1, "entities": 1},
                    **_OF_ARTICLE,
                    **{name: f"$mentions.{name}" for name in _OF_MENTION},
                }
            },
        ],
    },
    # A document for each target of an article that reports an attack, a denial or a threat.
    "targets_flat": {
        "on": "articles",
        "pipeline": [
            {"$addFields": {"target": "$targets"}},
            {"$unwind": "$target"},
            {
                "$project": {
                    **{"_id": 0, "article": "$_id", "target": 1, "targets": 1},
                    **_OF_ARTICLE,
                    **dict.fromkeys(_OF_REPORT, 1),
                }
            },
        ],
    },
}
