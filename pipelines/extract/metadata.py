"""Pure: what a page says about itself in JSON-LD, meta and microdata, each with the signal that it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.etree import XPath, _Element

from pipelines.dates import EARLIEST, Printed
from pipelines.extract.scripts import as_list, is_article, linked_data, paragraphs_of, text_of
from pipelines.records import MAX_TITLE, Precision

_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}(?::?\d{2})?|GMT|UTC)$", re.IGNORECASE)
_MAIL_OFFSET = re.compile(r"(?<=\s)([+-]\d{2}):?(\d{2})?$")
_HALF_DAY = re.compile(r"\d\s*[AP]\.?M\b", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,2}:\d{2}:\d{2}")
SEVERAL = "microdata, first of several"
"""Signal of a date that may be that of any story on the page."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the page says, and where."""

    text: str
    signal: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; empty where the page says nothing. Where there are several claims, the most trusted is first."""

    headline: str = ""
    headline_signal: str = ""
    social_title: str = ""
    page_title: str = ""
    authors: tuple[str, ...] = ()
    authors_signal: str = ""
    section: str | None = None
    section_signal: str = ""
    published: tuple[Claim, ...] = ()
    modified: tuple[Claim, ...] = ()
    canonical: str | None = None
    site_names: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """Paragraphs of JSON-LD's articleBody."""
    updates: tuple[Mapping[str, Any], ...] = ()
    """Entries of a live blog (LiveBlogPosting), as JSON-LD has them."""
    is_live: bool = False
    is_paid: bool = False
    """It says that it is not free to read."""
    kinds: frozenset[str] = field(default_factory=frozenset)
    """Types of the things in its JSON-LD."""
    says_article: bool = False
    """It has an Article in JSON-LD or a time of publication: none of the listings that were measured has."""


_PUBLISHED_METAS = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "publishdate",
    "publish_date", "publish-date", "pubdate", "published_time", "cxenseparse:recs:publishtime", "parsely-pub-date",
    "sailthru.date", "article.published", "dc.date.issued", "dcterms.created", "dc.date", "date",
)  # fmt: skip
"""In order of trust: those that can only mean the article come before those that some templates fill with today."""
_MODIFIED_METAS = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
_SURE_METAS = frozenset(_PUBLISHED_METAS[:12])


def read_metadata(tree: _Element, url: str = "") -> Metadata:
    """What `tree` says of itself; `url` is the page's own address."""
    meta = _metas(tree)
    things = linked_data(tree)
    page_title = title_of(tree)
    canonical = tree.xpath("string(//link[@rel='canonical'][1]/@href)") or meta.get("og:url")
    linked = _own_article(things, page_title, url, canonical)
    properties = _itemprops(tree)
    published = [Claim(text_of(linked.get(key)), "json-ld") for key in ("datePublished", "dateCreated", "uploadDate")]
    published += [Claim(meta[name], f"meta {name}") for name in _PUBLISHED_METAS if name in meta]
    dates = properties.get("datepublished", [])
    published += [Claim(text, "microdata" if len(dates) <= 2 else SEVERAL) for text in dates[:1]]
    modified = [Claim(text_of(linked.get("dateModified")), "json-ld")]
    modified += [Claim(meta[name], f"meta {name}") for name in _MODIFIED_METAS if name in meta]
    modified += [Claim(text, "microdata") for text in properties.get("datemodified", [])[:1]]
    authors, authors_signal = _authors(tree, linked, meta)
    section, section_signal = _section(linked, meta, properties)
    headline, headline_signal = text_of(linked.get("headline")) or text_of(linked.get("name")), "json-ld"
    if not headline and properties.get("headline"):
        headline, headline_signal = properties["headline"][0], "microdata"
    updates = linked.get("liveBlogUpdate")
    free = linked.get("isAccessibleForFree")
    kinds = frozenset(kind for thing in things for kind in as_list(thing.get("@type")) if isinstance(kind, str))
    return Metadata(
        headline=headline[:MAX_TITLE],
        headline_signal=headline_signal,
        social_title=text_of(meta.get("og:title") or meta.get("twitter:title"))[:MAX_TITLE],
        page_title=page_title,
        authors=authors,
        authors_signal=authors_signal,
        section=section,
        section_signal=section_signal,
        published=tuple(claim for claim in published if claim.text),
        modified=tuple(claim for claim in modified if claim.text),
        canonical=str(canonical) if canonical else None,
        site_names=(meta.get("og:site_name", ""), *_site_names(things, meta, url)),
        body=tuple(paragraphs_of(linked.get("articleBody"))),
        updates=tuple(update for update in as_list(updates) if isinstance(update, dict)),
        is_live="LiveBlogPosting" in as_list(linked.get("@type")),
        is_paid=free is False or (isinstance(free, str) and free.strip().lower() == "false"),
        kinds=kinds,
        says_article=bool(linked) or any(name in meta for name in _SURE_METAS),
    )


def title_of(tree: _Element) -> str:
    """What <title> says."""
    return " ".join(tree.xpath("string(//title)")[:MAX_TITLE].split())


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


def _own_article(things: list[dict[str, Any]], title: str, url: str, canonical: object) -> dict[str, Any]:
    """The article that the page is about: pages also describe stories that they link to."""
    articles = [thing for thing in things if is_article(thing)]
    if len(articles) > 1:
        here = {address.rstrip("/") for address in (url, str(canonical or "")) if address}
        for thing in articles:
            own = thing.get("mainEntityOfPage")
            own = own.get("@id") if isinstance(own, dict) else own
            if any(isinstance(address, str) and address.rstrip("/") in here for address in (own, thing.get("url"))):
                return thing
        for thing in articles:
            headline = text_of(thing.get("headline"))
            if headline and (headline in title or title in headline):
                return thing
        # Several, and none is this page: a listing describes what it links to.
        return {}
    return articles[0] if articles else {}


def _metas(tree: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


_ITEMPROPS = frozenset("datepublished datemodified headline articlesection".split())
_WITH_ITEMPROP = XPath(".//*[@itemprop]")


def _itemprops(tree: _Element) -> dict[str, list[str]]:
    """Microdata by name; the first value is the page's own, later ones are other stories'."""
    found: dict[str, list[str]] = {}
    for element in _WITH_ITEMPROP(tree):
        for name in element.get("itemprop").lower().split():
            if name in _ITEMPROPS:
                value = element.get("content") or element.get("datetime") or "".join(element.itertext())
                if value and value.strip():
                    found.setdefault(name, []).append(text_of(value))
    return found


def _section(linked: dict[str, Any], meta: dict[str, str], properties: dict[str, list[str]]) -> tuple[str | None, str]:
    sections = as_list(linked.get("articleSection"))
    candidates = [(text_of(sections[0]) if sections else "", "json-ld")]
    candidates += [(meta.get(name, ""), f"meta {name}") for name in ("article:section", "og:article:section")]
    candidates += [(text, "microdata") for text in properties.get("articlesection", [])[:1]]
    return next(((text_of(text), signal) for text, signal in candidates if text_of(text)), (None, ""))


def _site_names(things: list[dict[str, Any]], meta: dict[str, str], url: str) -> tuple[str, ...]:
    """What the outlet is called: in JSON-LD, in meta, and as its host."""
    names: list[object] = [meta.get("application-name"), meta.get("apple-mobile-web-app-title"), meta.get("publisher")]
    for thing in things:
        names += [part.get("name") for part in as_list(thing.get("publisher")) if isinstance(part, dict)]
        if any(kind in ("NewsMediaOrganization", "Organization", "WebSite") for kind in as_list(thing.get("@type"))):
            names += [*as_list(thing.get("name")), *as_list(thing.get("alternateName"))]
    host = urlsplit(url).hostname or ""
    names += [host, host.removeprefix("www."), *host.split(".")]
    return tuple(dict.fromkeys(name for name in map(text_of, names) if len(name) > 2 and name != "www"))


def _authors(tree: _Element, linked: dict[str, Any], meta: dict[str, str]) -> tuple[tuple[str, ...], str]:
    """Names that the page gives for its authors; which of them are persons is for `byline` to say."""
    names: list[str] = []
    for author in [*as_list(linked.get("author")), *as_list(linked.get("creator"))]:
        if isinstance(author, dict) and "Person" in as_list(author.get("@type", "Person")):
            names += [text_of(name) for name in as_list(author.get("name"))]
        elif isinstance(author, str):
            names.append(text_of(author))
    if any(names):
        return tuple(filter(None, names)), "json-ld"
    for name in ("author", "article:author", "parsely-author", "sailthru.author", "cxenseparse:author"):
        if meta.get(name) and "://" not in meta[name]:
            return (text_of(meta[name]),), f"meta {name}"
    for element in tree.iterfind(".//*[@itemprop='author']"):
        if "Organization" not in (element.get("itemtype") or ""):
            inner = element.find(".//*[@itemprop='name']")
            text = text_of(element.get("content") or "".join((element if inner is None else inner).itertext()))
            if text and text not in names:
                names.append(text)
    return tuple(names), "microdata" if names else ""
