"""Pure: whether two readings of an article are two texts, or one text with other counters and teasers around it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pipelines.records import utc_text

_DETAILS = ("authors", "section", "published", "published_offset", "published_precision")

# Whole lines that pages print beside an article and change by themselves: counters, the age of the article, teasers.
_COUNTED = (
    r"(?:ال)?(?:مشاهد(?:ة|ات)|زيار(?:ة|ات)|قراء(?:ة|ات)|مرات القراءة|تعليق(?:ات|ا)?|مشارك(?:ة|ات)|[إا]عجاب(?:ات)?"
    r"|تحميل(?:ات)?|views?|shares?|comments?|reads?|likes?)"
)
_SPAN = r"(?:ثاني(?:ة|تين)|ثوان|ثواني|دقيق(?:ة|تين)|دقائق|ساع(?:ة|تين|ات)|يوم(?:ين)?|[أا]يام|[أا]سبوع(?:ين)?|[أا]سابيع)"
_BY_ITSELF = re.compile(
    rf"\W*(?:عدد\s+)?{_COUNTED}\W*[\d.,٬]+\W*[km]?\W*"
    rf"|\W*[\d.,٬]+\s*[km]?\W*{_COUNTED}\W*"
    rf"|\W*(?:منذ|قبل)\s+(?:[\d.,]+\s+)?{_SPAN}\W*"
    r"|\W*\d+\s+(?:minutes?|hours?|days?)\s+ago\W*"
    r"|\W*(?:آخر تحديث|اخر تحديث|وقت القراءة|مدة القراءة|زمن القراءة)\b.{0,60}"
    r"|\W*(?:(?:[إا]قر[أا]|شاهد)\s*(?:[أا]يض\w*|المزيد)|(?:مواضيع|[أا]خبار|مقالات|موضوعات)\s+(?:ذات صلة|مشابهة)"
    r"|ال[أا]كثر قراءة|read also|read more|related)\b.{0,200}"
    r"|[\W\d_]*",
    re.IGNORECASE,
)


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what makes `after` another text of the article than `before`, both as stored; empty where it is none.

    Everything that is not compared is how we read it. `modified` alone is no change: many outlets print the time of
    the request there.
    """
    changed = [] if before["title"].split() == after["title"].split() else ["title"]
    if before["body"] != after["body"] and _own_lines(before["body"]) != _own_lines(after["body"]):
        changed.append("body")
    return (*changed, *(name for name in _DETAILS if before[name] != after[name]))


def text_digest(document: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of what makes a stored article this text: what `changed_fields` compares, as one line of JSON.

    The keys are sorted, so that others can make the same line of an exported article: `jq -cSj '{title, body, …}'`.
    """
    told = {name: document[name] for name in ("title", "body", *_DETAILS)}
    if isinstance(told["published"], datetime):
        told["published"] = utc_text(told["published"])
    line = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(line.encode()).hexdigest()


def _own_lines(text: str) -> list[str]:
    """The lines of a text without those that change by themselves, each with single spaces."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if not _BY_ITSELF.fullmatch(line)]
