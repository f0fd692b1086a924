"""Pure: what a page says about itself in JSON-LD, meta, microdata and <time>, in that order of trust."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from lxml.etree import _Element

from pipelines.dates import EARLIEST, Printed
from pipelines.records import Precision

_ARTICLE_TYPES = re.compile(r"(?:\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report|ReportageNewsArticle)$")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}(?::?\d{2})?|GMT|UTC)$", re.IGNORECASE)
_MAIL_OFFSET = re.compile(r"(?<=\s)([+-]\d{2}):?(\d{2})?$")
_HALF_DAY = re.compile(r"\d\s*[AP]\.?M\b", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,2}:\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; empty where the page says nothing."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    section: str | None = None
    published: Printed | None = None
    modified: Printed | None = None
    canonical: str | None = None
    site: str = ""
    says_article: bool = False
    """It has an Article in JSON-LD or a time of publication: none of the listings that were measured has."""


def read_metadata(tree: _Element, timezone: str) -> Metadata:
    """What `tree` says. `timezone` (IANA) is assumed where a time has none."""
    linked = _linked_article(tree)
    meta = _metas(tree)

    def date(*candidates: object) -> Printed | None:
        for candidate in candidates:
            printed = parse_date(candidate, timezone) if isinstance(candidate, str) else None
            if printed is not None:
                return printed
        return None

    published_meta = meta.get("article:published_time") or meta.get("datepublished") or meta.get("pubdate")
    site = meta.get("og:site_name", "")
    published = date(linked.get("datePublished"), published_meta, _itemprop(tree, "datePublished"), _visible_time(tree))
    section = linked.get("articleSection") or meta.get("article:section") or _itemprop(tree, "articleSection")
    canonical = tree.xpath("string(//link[@rel='canonical'][1]/@href)") or meta.get("og:url")
    return Metadata(
        headline=_text(linked.get("headline")),
        authors=_authors(tree, linked, meta, site),
        section=_text(section[0] if isinstance(section, list) and section else section) or None,
        published=published,
        modified=date(linked.get("dateModified"), meta.get("article:modified_time"), _itemprop(tree, "dateModified")),
        canonical=str(canonical) if canonical else None,
        site=site,
        says_article=bool(linked) or bool(published_meta),
    )


def parse_date(text: str, timezone: str) -> Printed | None:
    """A date in ISO 8601 or as in mail headers (RFC 5322); None for anything else and for years before EARLIEST."""
    try:
        return _parsed(text.strip(), timezone)
    except (ValueError, OverflowError):
        return None


def _parsed(text: str, timezone: str) -> Printed | None:
    """As `parse_date`. Raises ValueError or OverflowError for what is no date."""
    if _DAY.fullmatch(text):
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return Printed(datetime.combine(day, time(), UTC), None, "day") if day.year >= EARLIEST else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if _HALF_DAY.search(text):
            # The mail parser passes over AM and PM: no time is better than one twelve hours off.
            return None
        moment = parsedate_to_datetime(_MAIL_OFFSET.sub(lambda match: f"{match[1]}{match[2] or '00'}", text))
    if moment.year < EARLIEST:
        return None
    precision: Precision = "second" if _SECONDS.search(text) else "minute"
    if moment.tzinfo is None or not _OFFSET.search(text):
        return Printed(moment.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC), None, precision)
    offset = moment.utcoffset()
    return Printed(moment.astimezone(UTC), int(offset.total_seconds() // 60) if offset is not None else None, precision)


def _linked_article(tree: _Element) -> dict[str, Any]:
    """The first Article in the page's JSON-LD."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(data, depth=4):
            kinds = thing.get("@type")
            if any(isinstance(kind, str) and _ARTICLE_TYPES.match(kind) for kind in _as_list(kinds)):
                return thing
    return {}


def _things(data: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(data, list):
        for part in data:
            yield from _things(part, depth - 1)
    elif depth and isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "itemListElement"):
            yield from _things(data.get(key), depth - 1)


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _metas(tree: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _itemprop(tree: _Element, name: str) -> str | None:
    for element in tree.xpath("//*[@itemprop=$name]", name=name):
        value = element.get("content") or element.get("datetime") or "".join(element.itertext())
        if value.strip():
            return str(value).strip()
    return None


def _visible_time(tree: _Element) -> str | None:
    """The first <time> after the headline: those above belong to the page's head, those far below to other stories."""
    for element in tree.xpath("(//h1)[1]/following::time[@datetime][1]"):
        return str(element.get("datetime"))
    return None


def _authors(tree: _Element, linked: dict[str, Any], meta: dict[str, str], site: str) -> tuple[str, ...]:
    """Persons only: an agency or the site itself is no author."""
    names: list[str] = []
    for author in _as_list(linked.get("author")):
        if isinstance(author, dict) and "Person" in _as_list(author.get("@type", "Person")):
            names += [_text(name) for name in _as_list(author.get("name"))]
        elif isinstance(author, str):
            names.append(_text(author))
    if not names:
        for element in tree.xpath("//*[@itemprop='author']"):
            if "Organization" not in (element.get("itemtype") or ""):
                names.append(_text(element.get("content") or "".join(element.itertext())))
    if not names:
        names.append(_text(meta.get("author") or meta.get("article:author")))
    if not any(names):
        byline = tree.xpath("(//h1)[1]/following::*[contains(concat(' ', @class, ' '), ' author ')][1]")
        for element in byline:
            people = re.sub(r"^(?:بقلم|كتب|كتبت|إعداد)\s*:?\s*", "", _text("".join(element.itertext())))
            names += [name.strip() for name in re.split("[،,;]", people)]
    kept = [n for n in names if n and n != site and "://" not in n and len(n) <= 80 and not n.startswith("@")]
    return tuple(dict.fromkeys(kept))


def _text(value: object) -> str:
    return " ".join(unescape(value).split()) if isinstance(value, str) else ""
