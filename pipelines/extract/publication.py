"""When it was published and last changed: the page's claims, what it prints by the headline, its address.

The only import of htmldate. For an archive a wrong date is worse than none: what contradicts itself is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed_zone
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import htmldate
import lxml.html
from lxml.etree import _Element

from pipelines.dates import EARLIEST, Printed, printed_date, printed_dates
from pipelines.extract.blocks import Block, upward
from pipelines.extract.headline import Headline
from pipelines.extract.metadata import Claim, Metadata, parse_date

SKEW = timedelta(minutes=10)
"""How much a server's clock may be ahead of ours."""
_ABOVE, _BELOW = 6, 14
"""Blocks above and below the headline in which the date of publication may stand."""
_BARE = 5
"""Blocks above the text, where the page shows no headline."""
_UPDATED = re.compile(
    r"(?:[آأا]خر\s+(?:تحديث|تعديل)|(?:تم|جرى)\s+(?:ال)?(?:تحديث|تعديل)|تاريخ\s+(?:ال)?(?:تحديث|تعديل)|محد[ثّ]+ة?|حُ?دّ?ثت?\b|^\W*تحديث"
    r"|عُدّل|last\s+(?:updated?|modified)|\bupdated\b|modified)",
    re.IGNORECASE,
)
_DAY_ALONE = re.compile(r"[^:]*\d[^:]*")
_CLOCK_ALONE = re.compile(r"\W*\d{1,2}:\d{2}\W*(?:ص|م|صباحا|صباحًا|مساء|مساءً|AM|PM)?\W*")
_GLUED = re.compile(r"(?<=[\u0621-\u064a])(?=\d)")
_DIGIT = re.compile(r"\d")
_URL_DAY = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>0?[1-9]|1[0-2])[/-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
    r"|/(?P<y2>(?:19|20)\d\d)(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12]\d|3[01])(?=[/_-]|$)"
    r"|/(?P<y3>(?:19|20)\d\d)/(?:[\w-]+/){1,2}(?P<m3>0?[1-9]|1[0-2])/(?P<d3>0?[1-9]|[12]\d|3[01])/"
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])(?=/|$)")


class Times(NamedTuple):
    """Publication and last change, each with its signal."""

    published: Printed | None = None
    published_signal: str = ""
    modified: Printed | None = None
    modified_signal: str = ""


class _Shown(NamedTuple):
    printed: Printed
    updated: bool
    signal: str


def find_times(
    metadata: Metadata,
    blocks: Sequence[Block],
    headline: Headline,
    text: Sequence[Block],
    tree: _Element,
    *,
    url: str,
    timezone: str,
    fetched: datetime,
) -> Times:
    """When the article on a page was published and changed. `text` are the blocks of its body.

    `timezone` (IANA) is assumed where a time has none; nothing later than `fetched` is believed.
    """
    zone = ZoneInfo(timezone)
    shown = list(_shown(_near(blocks, headline, text), timezone, fetched))
    address = _day_in(url, fetched) or _day_in(metadata.canonical or "", fetched)
    seen_days = {_local_day(s.printed, zone) for s in shown} | ({address} if address else set())
    believed = [
        (usable, signal)
        for printed, signal in _claimed(metadata.published, timezone, fetched)
        if (usable := _usable(printed, zone, fetched, seen_days)) is not None
    ]
    believed += [(s.printed, s.signal) for s in shown if not s.updated and _usable(s.printed, zone, fetched, seen_days)]
    published, signal = _agreeing(believed, address, url, zone)
    if published is None and not metadata.published and not shown:
        guess = _guess(tree, blocks, headline, url, fetched)
        if guess is not None:
            published, signal = guess, "htmldate"
    if published is not None:
        published = _as_printed(
            published, [s.printed for s in shown if not s.updated and s.signal != "shown below"], zone
        )
    changes = [
        (usable, signal)
        for printed, signal in _claimed(metadata.modified, timezone, fetched)
        if (usable := _usable(printed, zone, fetched, seen_days)) is not None
    ]
    changes += [(s.printed, s.signal) for s in shown if s.updated]
    modified, modified_signal = next(
        ((p, s) for p, s in changes if published is None or _not_before(p, published, zone)), (None, "")
    )
    return Times(published, signal, modified, modified_signal)


def _claimed(claims: Sequence[Claim], timezone: str, fetched: datetime) -> Iterator[tuple[Printed, str]]:
    for claim in claims:
        if len(claim.text) > 200:
            continue
        printed = parse_date(claim.text, timezone) or printed_date(claim.text, timezone=timezone, now=fetched)
        if printed is not None:
            yield printed, claim.signal


def _near(blocks: Sequence[Block], headline: Headline, text: Sequence[Block]) -> Iterator[tuple[Block, str]]:
    """Where a date of publication may stand, likeliest first: between headline and text, right under its first
    paragraph, a little above the headline, right under the text. Not far above: there are calendars."""
    place = {block: number for number, block in enumerate(blocks)}
    start = place[headline.block] if headline.block is not None else None
    if start is None and not text:
        return
    first = place[text[0]] if text else len(blocks)
    last = place[text[-1]] if text else len(blocks)
    between = blocks[max(0, first - _BARE) : first] if start is None else blocks[start + 1 : first][:_BELOW]
    yield from ((block, "shown") for block in between)
    inside = set(text)
    yield from ((b, "shown") for b in blocks[first + 1 : first + 4] if b.meta and b not in inside)
    if start is not None:
        above = reversed(blocks[max(0, start - _ABOVE) : start])
        yield from ((block, "shown above") for block in above if not block.noise)
    below = blocks[last + 1 : last + 4]
    yield from ((b, "shown below") for b in below if b.words <= 12 and not (b.noise or b.listed or b.linked))


def _shown(near: Iterable[tuple[Block, str]], timezone: str, fetched: datetime) -> Iterator[_Shown]:
    """Dates printed there: not in lists of links, sentences, captions."""
    label = ""
    places = list(near)
    for number, (block, signal) in enumerate(places):
        text, before = block.text, label
        label = text if len(text) < 40 and not _DIGIT.search(text) else ""
        if (
            len(text) > 160
            or block.card
            or (block.listed and block.link_share > 0.5 and block.words > 6)
            or (block.caption and block.words > 8)
            or block.heading == 1
            or (block.is_prose and block.words >= 15 and not block.meta)
            or (block.noise and block.heading)
        ):
            continue
        stated = _stated(block, timezone)
        if stated is not None and stated.precision != "day":
            yield _Shown(stated, bool(_UPDATED.search(text) or _UPDATED.search(before)), signal)
            continue
        after = places[number + 1][0].text if number + 1 < len(places) else ""
        if _CLOCK_ALONE.fullmatch(after) and _DAY_ALONE.fullmatch(text):
            text = f"{text} {after}"
        if _DIGIT.search(text) or "منذ" in text or "قبل" in text:
            # "مجتمع2017/03/02": a section and a date that only style sheets part.
            found = printed_dates(_GLUED.sub(" ", text), timezone=timezone, now=fetched)
            labelled = len(found) == 1 and (_is_update(text) or bool(_UPDATED.search(before)))
            for printed in found:
                yield _Shown(printed, printed.updated or labelled, signal)
            stated = None if found else stated
        if stated is not None:
            yield _Shown(stated, bool(_UPDATED.search(text) or _UPDATED.search(before)), signal)


def _stated(block: Block, timezone: str) -> Printed | None:
    """What the element of a date says to machines."""
    inner = block.element.find(".//time[@datetime]") if block.meta else None
    if inner is None and block.meta:
        inner = block.element.find(".//abbr[@title]")
    for element in (block.element, inner):
        stamp = None if element is None else element.get("datetime") or element.get("title")
        if stamp and (printed := parse_date(stamp, timezone)) is not None:
            return printed
    return None


def _is_update(text: str) -> bool:
    """Whether the label stands before the date: in "4 آب 2013، آخر تحديث 02:21" only the hour is the change's."""
    label = _UPDATED.search(text)
    digit = _DIGIT.search(text)
    return label is not None and (digit is None or label.start() < digit.start())


def _usable(printed: Printed, zone: ZoneInfo, fetched: datetime, seen_days: set[date]) -> Printed | None:
    """`printed` where it can be a date of publication; with its Z taken off where only that makes it possible."""
    if printed.moment.year < EARLIEST:
        return None
    if printed.precision == "day":
        if printed.moment.date() > fetched.astimezone(zone).date() + timedelta(days=1):
            return None
    elif printed.moment > fetched + SKEW:
        if printed.offset != 0:
            return None
        local = _without_z(printed, zone)
        return local if local.moment <= fetched + SKEW else None
    local_day = _local_day(printed, zone)
    if (local_day.month, local_day.day) == (1, 1) and local_day not in seen_days:
        moment = printed.moment if printed.offset == 0 else printed.moment.astimezone(zone)
        if printed.precision == "day" or (moment.hour, moment.minute) == (0, 0):
            # A year and nothing more: the first moment of it is what software makes of that.
            return None
    return printed


def _agreeing(
    believed: Sequence[tuple[Printed, str]], address: date | None, url: str, zone: ZoneInfo
) -> tuple[Printed | None, str]:
    """The first that agrees with the date in the page's address; the address itself where none does."""
    if address is not None:
        for printed, signal in believed:
            if abs((_local_day(printed, zone) - address).days) <= 2:
                return printed, signal
        return Printed(datetime.combine(address, time(), UTC), None, "day"), "address"
    month = _URL_MONTH.search(unquote(urlsplit(url).path))
    if month is not None:
        for printed, signal in believed:
            days = {_local_day(printed, zone) + timedelta(days=shift) for shift in (-2, 0, 2)}
            if any((day.year, day.month) == (int(month[1]), int(month[2])) for day in days):
                return printed, signal
    return believed[0] if believed else (None, "")


def _as_printed(published: Printed, shown: Sequence[Printed], zone: ZoneInfo) -> Printed:
    """Where a Z stands behind what readers see as local time, it is no Z; and the day is the one that they see."""
    if published.precision == "day" or published.offset != 0:
        return published
    for other in shown:
        if other.precision == "day":
            continue
        there = zone if other.offset is None else fixed_zone(timedelta(minutes=other.offset))
        wall = other.moment.astimezone(there).replace(tzinfo=None, second=0, microsecond=0)
        apart = wall - published.moment.replace(tzinfo=None, second=0, microsecond=0)
        minutes = int(apart.total_seconds() // 60)
        if minutes == 0 and other.offset != 0:
            return replace(other, precision=published.precision) if other.offset else _without_z(published, zone)
        if wall.date() != published.moment.date() and 0 < minutes <= 330 and minutes % 30 == 0:
            return replace(published, offset=minutes)
    return published


def _without_z(printed: Printed, zone: ZoneInfo) -> Printed:
    moment = printed.moment.replace(tzinfo=zone).astimezone(UTC)
    return Printed(moment, None, printed.precision)


def _not_before(modified: Printed, published: Printed, zone: ZoneInfo) -> bool:
    if "day" in (modified.precision, published.precision):
        return _local_day(modified, zone) >= _local_day(published, zone)
    return modified.moment >= published.moment


def _local_day(printed: Printed, zone: ZoneInfo) -> date:
    """The day as printed."""
    if printed.precision == "day":
        return printed.moment.date()
    if printed.offset is None:
        return printed.moment.astimezone(zone).date()
    return (printed.moment + timedelta(minutes=printed.offset)).date()


def _day_in(url: str, fetched: datetime) -> date | None:
    """The day in an address of the form /2026/11/15/ or /2026-11-15-words."""
    found = _URL_DAY.search(unquote(urlsplit(url).path))
    if found is None:
        return None
    parts = [int(group) for group in found.groups() if group is not None]
    try:
        day = date(*parts)
    except ValueError:
        return None
    return day if day.year >= EARLIEST and day <= fetched.date() + timedelta(days=1) else None


def _guess(tree: _Element, blocks: Sequence[Block], headline: Headline, url: str, fetched: datetime) -> Printed | None:
    """What htmldate finds in the page's head and in the box of headline and text, without guesses from a year alone.

    Of the whole page it takes the date of a calendar or of another story: 10 of 21 were wrong.
    """
    page = lxml.html.Element("html")
    head = tree.find("head")
    if head is not None:
        page.append(deepcopy(head))
    box = _box(blocks, headline)
    if box is not None:
        body = lxml.html.Element("body")
        body.append(deepcopy(box))
        page.append(body)
    latest = fetched.date().isoformat()
    found = htmldate.find_date(page, extensive_search=False, original_date=True, url=url, max_date=latest)
    return None if not found or found.endswith("-01-01") else parse_date(found, "UTC")


def _box(blocks: Sequence[Block], headline: Headline) -> _Element | None:
    """The smallest element with the headline and the first paragraph after it, unless that is the whole page."""
    if headline.block is None:
        return None
    start = blocks.index(headline.block)
    first = next((block for block in blocks[start + 1 :] if block.is_prose and not block.noise), None)
    if first is None:
        return None
    above = set(upward(headline.block.element))
    box = next((element for element in first.element.iterancestors() if element in above), None)
    return None if box is None or box.tag in ("body", "html") else box
