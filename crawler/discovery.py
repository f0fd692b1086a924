"""Pure: the bytes of a feed, sitemap or section page -> links to articles, newest first."""

from __future__ import annotations

import io
import json
import re
import time
import zlib
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
from lxml import etree, html

from config.schema import Source
from pipelines.address import clean_url
from pipelines.records import MAX_URL

MAX_LINKS = 50_000
"""As many as one sitemap may hold (sitemaps.org)."""
MAX_BYTES = {"feed": 5 * 1024**2, "sitemap": 50 * 1024**2, "section": 5 * 1024**2}
"""Of one entrance, unpacked; sitemaps.org says so for sitemaps."""

Kind = Literal["feed", "sitemap", "section"]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """An address that an entrance lists, and when it says that the page last changed (UTC), if it does."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one entrance lists."""

    links: tuple[Link, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    """Further sitemaps, for a sitemap index."""
    foreign: tuple[str, ...] = ()
    """Hosts of links that were left out because the source file does not name them."""
    counts: dict[str, int] = field(default_factory=dict)
    """Links by what became of them: listed (all), kept, duplicate, foreign, unusable (no web address), other (not an
    article's by the source's pattern)."""
    fault: str = ""
    """What is wrong with it; links that could be read are there all the same."""


def discover(source: Source, kind: Kind, body: bytes, url: str, content_type: str = "") -> Found:
    """The article links in an entrance of `source` that came from `url`; `body` is content-decoded. Never raises."""
    try:
        found = {"feed": _feed, "sitemap": _sitemap, "section": _section}[kind](
            _unpacked(body, kind), url, content_type
        )
    except (ValueError, etree.LxmlError, zlib.error, RecursionError, LookupError) as error:
        return Found(fault=f"not a readable {kind}: {error}")
    links, foreign, counts = _of_source(source, kind, found.links)
    sitemaps, foreign_sitemaps = _on_hosts(source, found.sitemaps)
    hosts = tuple(sorted(foreign | foreign_sitemaps))
    if kind == "sitemap" and not any(link.modified for link in links):
        links.sort(key=lambda link: _age_in_address(link.url), reverse=True)
    sitemaps.sort(key=lambda link: _age_in_address(link.url), reverse=True)
    counts["unusable"] = found.counts.get("unusable", 0)
    counts["listed"] = len(found.links) + counts["unusable"]
    return Found(
        tuple(sorted(links, key=_newest_first)), tuple(sorted(sitemaps, key=_newest_first)), hosts, counts, found.fault
    )


def _unpacked(body: bytes, kind: Kind) -> bytes:
    """The body, gunzipped where it is a .gz file. Raises ValueError where it is larger than MAX_BYTES."""
    limit = MAX_BYTES[kind]
    if body[:2] == b"\x1f\x8b":
        unpack = zlib.decompressobj(wbits=31)
        body = unpack.decompress(body, limit)
        if unpack.unconsumed_tail:
            raise ValueError(f"more than {limit} bytes after gunzip")
    if len(body) > limit:
        raise ValueError(f"{len(body)} bytes, more than {limit}")
    return body.lstrip(b"\xef\xbb\xbf \t\r\n") if body[:2] not in (b"\xff\xfe", b"\xfe\xff") else body


def _age_in_address(url: str) -> tuple[str, int]:
    """What an address says about its age: a date in its path, and the last long number, which mostly grows."""
    path = url.split("://", 1)[-1].partition("/")[2]
    day = re.search(r"(20\d\d)[/_-]?([01]\d)(?:[/_-]?([0-3]\d))?(?!\d)", path)
    numbers = re.findall(r"\d{3,18}", path)
    return "".join(part or "" for part in day.groups()) if day else "", int(numbers[-1]) if numbers else 0


def looks_like_article(source: Source, kind: Kind, url: str) -> bool:
    """Whether `url` may be an article: by the source's pattern, else, for a section page's links, by its shape."""
    if source.article is not None:
        # Feeds add where a reader came from to addresses whose pattern knows nothing of it.
        spellings = (clean_url(url), clean_url(url, keep_query=False))
        return any(re.search(source.article, unquote(spelling)) for spelling in spellings)
    address = unquote(url)
    if kind != "section":
        return True
    # Menus link to short addresses without a number; articles carry an id, a date or a headline.
    path = urlsplit(address).path.rstrip("/")
    last = path.rpartition("/")[2]
    return (
        bool(re.search(r"\d{4,}", address.split("://", 1)[-1].partition("/")[2])) or len(re.split(r"[-_ ]", last)) >= 4
    )


def _newest_first(link: Link) -> float:
    return -link.modified.timestamp() if link.modified else 0.0


def _on_hosts(source: Source, links: Iterable[Link]) -> tuple[list[Link], set[str]]:
    kept, foreign = [], set()
    for link in links:
        host = urlsplit(link.url).hostname
        if host in source.linked_hosts:
            kept.append(link)
        elif host:
            foreign.add(host)
    return kept, foreign


def _of_source(source: Source, kind: Kind, links: Iterable[Link]) -> tuple[list[Link], set[str], dict[str, int]]:
    """Links that may be the source's articles, each once, and what became of the others."""
    listed = {entrance.url for entrance in source.entrance} | {source.home}
    counts = {"kept": 0, "duplicate": 0, "foreign": 0, "other": 0}
    candidates: dict[str, Link] = {}
    foreign: set[str] = set()
    for link in links:
        host = urlsplit(link.url).hostname or ""
        # Menus link to the whole world; what a feed or a sitemap lists is meant to be read.
        elsewhere = host not in source.linked_hosts and (
            kind != "section" or looks_like_article(source, kind, link.url)
        )
        if elsewhere:
            foreign.add(host)
            counts["foreign"] += 1
            continue
        if link.url in listed or not looks_like_article(source, kind, link.url):
            counts["other"] += 1
            continue
        key = clean_url(link.url)
        counts["duplicate"] += key in candidates
        known = candidates.get(key)
        if known is None or (link.modified or _LONG_AGO) > (known.modified or _LONG_AGO):
            # Where it stands twice, the later time counts, at its first place.
            candidates[key] = link
    kept = list(candidates.values())[:MAX_LINKS]
    counts["kept"] = len(kept)
    return kept, foreign, counts


def _absolute(base: str, href: str) -> str | None:
    """`href` as a full http(s) address without fragment; None where it is none."""
    try:
        url = urljoin(base, href.strip())
        clean_url(url)
    except ValueError:
        return None
    return url.partition("#")[0] if len(url) <= MAX_URL and "\ufffd" not in url else None


# ---------------------------------------------------------------- feeds
def _feed(body: bytes, url: str, content_type: str) -> Found:
    if body[:1] == b"{":
        return _json_feed(body, url)
    # A stream, because feedparser takes other values for the name of a file to open or an address to fetch.
    headers = {"content-type": content_type} if content_type else {}
    feed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.get("version") and not feed.entries:
        start = body[:60].decode("utf-8", "replace").strip()
        raise ValueError(f"neither RSS nor Atom, it begins with {start!r}")
    links = []
    unusable = 0
    for entry in feed.entries[:MAX_LINKS]:
        address = _absolute(url, entry.get("link", ""))
        unusable += address is None
        if address:
            changed = "updated_parsed" if "updated_parsed" in entry else "published_parsed"
            links.append(Link(address, _moment(entry.get(changed))))
    fault = f"broken feed, read as far as possible: {feed.bozo_exception}" if feed.bozo and not feed.entries else ""
    return Found(tuple(links), fault=fault, counts={"unusable": unusable})


def _json_feed(body: bytes, url: str) -> Found:
    """JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    feed = json.loads(body)
    if "jsonfeed.org" not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        raise ValueError("JSON, but no JSON Feed: no version of jsonfeed.org, or no items")
    items = [item for item in feed["items"][:MAX_LINKS] if isinstance(item, dict)]
    links = []
    for item in items:
        address = _absolute(url, str(item.get("url") or item.get("external_url") or ""))
        if address:
            links.append(Link(address, _w3c(str(item.get("date_modified") or item.get("date_published") or ""))))
    return Found(tuple(links), counts={"unusable": len(items) - len(links)})


def _moment(parsed: time.struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


# ---------------------------------------------------------------- sitemaps
def _sitemap(body: bytes, url: str, _content_type: str) -> Found:
    try:
        found = _sitemap_elements(body, url)
        if not found.fault:
            return found
    except etree.XMLSyntaxError:
        found = None
    # Two faults are common and can be told from others: bytes that are not in the declared encoding, and a bare &.
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") > len(text) // 1000:
        text = body.decode("cp1256", "replace")
    repaired = _BARE_AMPERSAND.sub(b"&amp;", text.encode())
    if repaired != body and body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        again = _sitemap_elements(_XML_DECLARATION.sub(b"", repaired), url)
        if found is None or len(again.links) > len(found.links):
            return again
    return found or _sitemap_elements(body, url)


def _sitemap_elements(body: bytes, url: str) -> Found:
    links: list[Link] = []
    sitemaps: list[Link] = []
    fault = ""
    unusable = 0
    elements = etree.iterparse(
        io.BytesIO(body), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for _, element in elements:
            name = _local(element)
            if name not in ("url", "sitemap"):
                continue
            # Its own parts: images and videos have a <loc> too, further in.
            texts: dict[str, str] = {}
            for part in (*element, *element.iterdescendants("{*}publication_date")):
                texts.setdefault(_local(part), (part.text or "").strip())
            address = _absolute(url, texts.get("loc", ""))
            unusable += address is None
            if address:
                moments = [_w3c(texts.get(field_name, "")) for field_name in ("lastmod", "publication_date")]
                modified = max((moment for moment in moments if moment), default=None)
                (links if name == "url" else sitemaps).append(Link(address, modified))
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]
            if len(links) >= MAX_LINKS:
                break
    except etree.XMLSyntaxError as error:
        if not links and not sitemaps:
            raise
        fault = f"broken sitemap, read up to line {error.lineno}: {error.msg}"
    if not links and not sitemaps and _local(elements.root) not in ("urlset", "sitemapindex"):
        raise ValueError(f"its root is <{_local(elements.root)}>, not <urlset> or <sitemapindex>")
    return Found(tuple(links), tuple(sitemaps), fault=fault, counts={"unusable": unusable})


_BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,10};)")
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


def _local(element: etree._Element | None) -> str:
    return etree.QName(element).localname if element is not None and isinstance(element.tag, str) else ""


def _w3c(text: str) -> datetime | None:
    """A W3C date or time (https://www.w3.org/TR/NOTE-datetime); without zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


# ---------------------------------------------------------------- section pages
def _section(body: bytes, url: str, content_type: str) -> Found:
    charset = re.search(r"charset=[\"']?([\w-]+)", content_type, re.I)
    try:
        parser = html.HTMLParser(encoding=charset.group(1) if charset else None)
    except LookupError:
        parser = html.HTMLParser()
    if not body.strip():
        raise ValueError("it is empty")
    tree = html.document_fromstring(body, parser=parser)
    base = url
    for element in tree.iter("base"):
        base = _absolute(url, element.get("href") or "") or url
        break
    addresses = [_absolute(base, element.get("href") or "") for element in tree.iter("a")]
    links = tuple(Link(address) for address in addresses if address)
    return Found(links, counts={"unusable": len(addresses) - len(links)})
