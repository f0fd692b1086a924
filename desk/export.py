"""Stored values in the forms that other programs read."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any


def plain(value: Any) -> Any:
    """`value` with dataclasses as objects, moments as ISO 8601 in UTC ("2026-11-05T11:30:00Z") and sets as lists."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="auto").replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def json_line(value: Any) -> str:
    """`value` as one line of JSON in UTF-8, Arabic letters as they are."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(", ", ": "))
