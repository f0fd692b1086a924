"""The timed entries of a live blog: in its JSON-LD, or as boxes of one kind that each have a time. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.etree import _Element

from pipelines.dates import Printed, printed_date
from pipelines.extract.blocks import Block, upward
from pipelines.extract.headline import words_of
from pipelines.extract.metadata import Metadata, parse_date
from pipelines.extract.scripts import paragraphs_of, text_of

FEWEST = 3
"""Boxes that make a live blog, where JSON-LD does not say that it is one."""
MAX_ENTRIES = 500
_LONGEST_TITLE = 120
_BOXES = frozenset("article div li section".split())
_ANCHORS = ("id", "data-id", "data-post-id", "data-entry-id", "data-block-id", "name")
_CLOCK = re.compile(
    r"^\D{0,20}?(\d{1,2})\s*[:٫.]\s*(\d{2})(?:\s*[:٫.]\s*\d{2})?\s*(ص|م|صباحا|صباحًا|مساء|مساءً|am|pm)?\b", re.IGNORECASE
)
_UTC = re.compile(r"\bGMT\b|\bUTC\b|غرينتش|جرينتش", re.IGNORECASE)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_SENTENCE = re.compile(r"(?<=[.!؟?…])\s")


class _Clock(NamedTuple):
    """An hour without its day."""

    hour: int
    minute: int
    utc: bool


class Entry(NamedTuple):
    """One entry: its anchor on the page, its words and its time."""

    anchor: str
    title: str
    body: str
    published: Printed
    signal: str


def find_entries(
    tree: _Element, metadata: Metadata, blocks: Sequence[Block], *, timezone: str, fetched: datetime, day: date | None
) -> list[Entry]:
    """The page's entries in its own order; none where they have no times of their own.

    `day` is the page's day in its own zone, for entries that print an hour alone.
    """
    # Cards lead to other pages, unless JSON-LD says that the page is a live blog.
    own = [block for block in blocks if not block.noise or (block.card and metadata.is_live)]
    boxes = list(_in_boxes(tree, own, timezone=timezone, fetched=fetched, day=day))
    told = list(_in_json_ld(metadata, boxes, timezone, fetched))
    entries = told if len(told) >= len(boxes) else boxes
    return list({entry.anchor: entry for entry in entries[:MAX_ENTRIES]}.values())


def _in_json_ld(metadata: Metadata, boxes: Sequence[Entry], timezone: str, fetched: datetime) -> Iterator[Entry]:
    for update in metadata.updates:
        claims = (update.get("datePublished"), update.get("dateCreated"), update.get("dateModified"))
        dates = (parse_date(claim, timezone) for claim in claims if isinstance(claim, str))
        published = next((found for found in dates if found and found.moment <= fetched + timedelta(hours=1)), None)
        title = text_of(update.get("headline") or update.get("name"))
        paragraphs = paragraphs_of(update.get("articleBody") or update.get("description") or update.get("text"))
        if published is None or not (title or paragraphs):
            continue
        address = next((a for a in (update.get("url"), update.get("@id")) if isinstance(a, str)), "")
        anchor = (
            urlsplit(address).fragment or _anchor_of(title, paragraphs, boxes) or f"{published.moment:%Y%m%dT%H%M%SZ}"
        )
        yield _entry(anchor, title, paragraphs, published, "json-ld")


def _anchor_of(title: str, paragraphs: Sequence[str], boxes: Sequence[Entry]) -> str:
    """The anchor of the box on the page that shows the same words."""
    words = words_of(title or paragraphs[0])
    return next(
        (box.anchor for box in boxes if words_of(box.title) == words or words_of(box.body)[: len(words)] == words), ""
    )


def _in_boxes(
    tree: _Element, blocks: Sequence[Block], *, timezone: str, fetched: datetime, day: date | None
) -> Iterator[Entry]:
    inside: dict[_Element, list[Block]] = defaultdict(list)
    for block in blocks:
        for element in upward(block.element, 8):
            inside[element].append(block)
    families: dict[tuple[_Element, str, str], list[_Element]] = defaultdict(list)
    for element in inside:
        parent = element.getparent()
        if parent is not None and element.tag in _BOXES:
            families[parent, element.tag, (element.get("class") or "").partition(" ")[0]].append(element)
    best: list[tuple[_Element, Printed | _Clock]] = []
    most = (0, 0)
    for family in families.values():
        if len(family) >= FEWEST:
            timed = [
                (box, when) for box in family if (when := _time_of(box, inside[box], timezone, fetched)) is not None
            ]
            # The same entries again one level further in have fewer words.
            many = (len(timed), sum(block.words for box, _ in timed for block in inside[box]))
            if len(timed) >= FEWEST and len(timed) >= 0.7 * len(family) and many > most:
                best, most = timed, many
    order = {element: number for number, element in enumerate(tree.iter())} if best else {}
    best.sort(key=lambda pair: order.get(pair[0], 0))
    for box, published in _dated(best, timezone, fetched, day):
        anchor = _anchor(box) or f"{published.moment:%Y%m%dT%H%M%SZ}"
        words = [b for b in inside[box] if not b.caption and not _is_time(b, timezone, fetched) and b.link_share < 0.9]
        title = next((block.text for block in words[:2] if block.heading), "")
        paragraphs = [block.text for block in words if block.text != title]
        if title or paragraphs:
            yield _entry(anchor, title, paragraphs, published, "timed box")


def _entry(anchor: str, title: str, paragraphs: Sequence[str], published: Printed, signal: str) -> Entry:
    """With the first sentence as title where the entry has none."""
    if not title:
        first = _SENTENCE.split(paragraphs[0], maxsplit=1)[0]
        title = first if len(first) <= _LONGEST_TITLE else first[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
    return Entry(anchor, title, "\n".join(paragraphs), published, signal)


def _anchor(box: _Element) -> str:
    for element in (box, *box.iterfind(".//a")):
        for name in _ANCHORS:
            value = (element.get(name) or "").strip()
            if value and (element is box or name in ("id", "name")) and len(value) <= 200:
                return value
    return ""


def _time_of(box: _Element, blocks: Sequence[Block], timezone: str, fetched: datetime) -> Printed | _Clock | None:
    """The time in a box's <time>, or at its head."""
    stamped = box.find(".//time[@datetime]")
    printed = parse_date(stamped.get("datetime"), timezone) if stamped is not None else None
    if printed is not None and printed.precision != "day":
        return printed
    return next((found for b in blocks[:3] if (found := _block_time(b, timezone, fetched)) is not None), None)


def _block_time(block: Block, timezone: str, fetched: datetime) -> Printed | _Clock | None:
    if block.words > 8:
        return None
    text = block.text.translate(_DIGITS)
    printed = printed_date(text, timezone=timezone, now=fetched)
    if printed is not None and printed.precision != "day":
        return printed
    clock = _CLOCK.match(text)
    if clock is None:
        return None
    hour, minute = int(clock[1]), int(clock[2])
    half = (clock[3] or "").lower()
    if half in ("م", "مساء", "مساءً", "pm") and hour < 12:
        hour += 12
    elif half in ("ص", "صباحا", "صباحًا", "am") and hour == 12:
        hour = 0
    return _Clock(hour, minute, bool(_UTC.search(text))) if hour < 24 and minute < 60 else None


def _is_time(block: Block, timezone: str, fetched: datetime) -> bool:
    return block.element.tag == "time" or _block_time(block, timezone, fetched) is not None


def _dated(
    boxes: Sequence[tuple[_Element, Printed | _Clock]], timezone: str, fetched: datetime, day: date | None
) -> Iterator[tuple[_Element, Printed]]:
    """Hours with their days: a step against the order of the list is a midnight."""
    zone = ZoneInfo(timezone)
    clocks = [(when.hour, when.minute) for _, when in boxes if isinstance(when, _Clock)]
    newest_first = sum(a >= b for a, b in pairwise(clocks)) * 2 >= len(clocks) - 1
    today = day or fetched.astimezone(zone).date()
    before: tuple[int, int] | None = None
    for box, when in boxes:
        if isinstance(when, Printed):
            if when.moment <= fetched + timedelta(hours=1):
                yield box, when
            continue
        clock = (when.hour, when.minute)
        if before is not None and (clock > before if newest_first else clock < before):
            today += timedelta(days=-1 if newest_first else 1)
        before = clock
        local = datetime(today.year, today.month, today.day, *clock, tzinfo=UTC if when.utc else zone)
        if local > fetched + timedelta(hours=1):
            today -= timedelta(days=1)
            local -= timedelta(days=1)
        yield box, Printed(local.astimezone(UTC), 0 if when.utc else None, "minute")
