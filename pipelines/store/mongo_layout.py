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
        "source_time": {"keys": [("source", 1), ("time", -1)]},
        "entities_time": {"keys": [("entities", 1), ("time", -1)]},
        "kinds_time": {"keys": [("mentions.kind", 1), ("time", -1)]},
        "terms": {"keys": [("terms", 1)]},
        "report_time": {"keys": [("report", 1), ("time", -1)]},
        "targets_time": {"keys": [("targets", 1), ("time", -1)]},
        "claimed_by_time": {"keys": [("claimed_by", 1), ("time", -1)]},
        "event": {"keys": [("event", 1)]},
        "urls": {"keys": [("urls", 1)]},
        "pending": {"keys": [("pending", 1), ("time", 1)], "partialFilterExpression": {"pending": True}},
    },
    "events": {"from": {"keys": [("from", -1), ("_id", 1)]}, "targets_from": {"keys": [("targets", 1), ("from", -1)]}},
    "revisions": {"article": {"keys": [("article", 1), ("revision", 1)]}},
    "runs": {"started": {"keys": [("started", -1)]}, "source_started": {"keys": [("source", 1), ("started", -1)]}},
    "quarantine": {"when": {"keys": [("when", -1)]}},
}
