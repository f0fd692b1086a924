"""Pure: the bytes of a feed, sitemap or section page -> links to articles, newest first where it says when."""

from __future__ import annotations

import io
import re
import time
import zlib
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
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
MAX_SITEMAPS = 50
"""Sitemaps followed from one index, newest first: an index of twenty years is not read whole on each crawl."""
MAX_UNPACKED = 50 * 1024**2
"""Bytes of one sitemap after gunzip (sitemaps.org)."""

Kind = Literal["feed", "sitemap", "section"]


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
    fault: str = ""
    """What is wrong with it; links that could be read are there all the same."""


def discover(source: Source, kind: Kind, body: bytes, url: str, content_type: str = "") -> Found:
    """The article links in an entrance of `source` that came from `url`; `body` is content-decoded. Never raises."""
    try:
        found = {"feed": _feed, "sitemap": _sitemap, "section": _section}[kind](body, url, content_type)
    except (ValueError, etree.LxmlError, zlib.error, RecursionError) as error:
        return Found(fault=f"not a readable {kind}: {error}")
    links, foreign = _of_source(source, kind, found.links)
    sitemaps, foreign_sitemaps = _on_hosts(source, found.sitemaps)
    newest = sorted(sitemaps, key=_newest_first)[:MAX_SITEMAPS]
    hosts = tuple(sorted(foreign | foreign_sitemaps))
    return Found(tuple(sorted(links, key=_newest_first)), tuple(newest), hosts, found.fault)


def looks_like_article(source: Source, kind: Kind, url: str) -> bool:
    """Whether `url` may be an article: by the source's pattern, else, for a section page's links, by its shape."""
    address = unquote(url)
    if source.article is not None:
        return re.search(source.article, address) is not None
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


def _of_source(source: Source, kind: Kind, links: Iterable[Link]) -> tuple[list[Link], set[str]]:
    listed = {entrance.url for entrance in source.entrance} | {source.home}
    candidates = {
        link.url: link for link in links if link.url not in listed and looks_like_article(source, kind, link.url)
    }
    return _on_hosts(source, list(candidates.values())[:MAX_LINKS])


def _absolute(base: str, href: str) -> str | None:
    """`href` as a full http(s) address without fragment; None where it is none."""
    try:
        url = urljoin(base, href.strip())
        clean_url(url)
    except ValueError:
        return None
    return url.partition("#")[0] if len(url) <= MAX_URL else None


# ---------------------------------------------------------------- feeds
def _feed(body: bytes, url: str, content_type: str) -> Found:
    # A stream, because feedparser takes other values for the name of a file to open or an address to fetch.
    headers = {"content-type": content_type} if content_type else {}
    feed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.get("version") and not feed.entries:
        start = body[:60].decode("utf-8", "replace").strip()
        raise ValueError(f"neither RSS nor Atom, it begins with {start!r}")
    links = []
    for entry in feed.entries[:MAX_LINKS]:
        address = _absolute(url, entry.get("link", ""))
        if address:
            changed = "updated_parsed" if "updated_parsed" in entry else "published_parsed"
            links.append(Link(address, _moment(entry.get(changed))))
    fault = f"broken feed, read as far as possible: {feed.bozo_exception}" if feed.bozo and not feed.entries else ""
    return Found(tuple(links), fault=fault)


def _moment(parsed: time.struct_time | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


# ---------------------------------------------------------------- sitemaps
def _sitemap(body: bytes, url: str, _content_type: str) -> Found:
    if body[:2] == b"\x1f\x8b":
        unpack = zlib.decompressobj(wbits=31)
        body = unpack.decompress(body, MAX_UNPACKED)
        if unpack.unconsumed_tail:
            raise ValueError(f"more than {MAX_UNPACKED} bytes after gunzip")
    links: list[Link] = []
    sitemaps: list[Link] = []
    fault = ""
    elements = etree.iterparse(
        io.BytesIO(body), events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for _, element in elements:
            name = _local(element)
            if name not in ("url", "sitemap"):
                continue
            texts = {_local(part): (part.text or "").strip() for part in element.iter()}
            address = _absolute(url, texts.get("loc", ""))
            if address:
                modified = _w3c(texts.get("lastmod") or texts.get("publication_date") or "")
                (links if name == "url" else sitemaps).append(Link(address, modified))
            element.clear()
            if len(links) >= MAX_LINKS:
                break
    except etree.XMLSyntaxError as error:
        if not links and not sitemaps:
            raise
        fault = f"broken sitemap, read up to line {error.lineno}: {error.msg}"
    if not links and not sitemaps and _local(elements.root) not in ("urlset", "sitemapindex"):
        raise ValueError(f"its root is <{_local(elements.root)}>, not <urlset> or <sitemapindex>")
    return Found(tuple(links), tuple(sitemaps), fault=fault)


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
    addresses = (_absolute(base, element.get("href") or "") for element in tree.iter("a"))
    return Found(tuple(Link(address) for address in dict.fromkeys(addresses) if address))
