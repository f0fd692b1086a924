"""Pure: a home page (and a robots.txt) -> what a source file for the outlet may say; nothing of it is checked here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree, html

from config.schema import Entrance, Source
from pipelines.address import clean_url

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
USUAL = {"sitemap": ("/sitemap.xml", "/news-sitemap.xml"), "feed": ("/feed", "/rss.xml", "/rss")}
"""Asked for where the outlet names none itself."""
MAX_ENTRANCES = 12
SHARE = 0.6
"""Of an outlet's links that its article pattern must cover to be proposed."""
LEAST = 5
"""Links that a pattern is read off."""
MAX_SHAPES = 3


def candidate(url: str, text: str, robots: str) -> Source:
    """A source of the home page at `url`, with every entrance that it, its robots.txt or usage suggests.

    Raises ValueError for what is no HTML page.
    """
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError) as error:
        raise ValueError(f"{url} is no HTML page: {error}") from None
    parts = urlsplit(url)
    host = parts.hostname or ""
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    feeds = [_full(url, link.get("href")) for link in tree.iter("link") if (link.get("type") or "") in FEED_TYPES]
    feeds += [
        _full(url, link.get("href"))
        for link in tree.iter("a")
        if re.search(r"(?:^|[/.])(?:rss|feed|atom)(?:[/.?]|$)", link.get("href") or "", re.IGNORECASE)
    ]
    sitemaps = [_full(url, found) for found in re.findall(r"(?im)^\s*sitemap:\s*(\S+)", robots)]
    entrances: dict[str, Entrance] = {}
    named = {"feed": feeds, "sitemap": sitemaps}
    for kind, addresses in named.items():
        some = [address for address in addresses if address] or [urljoin(url, path) for path in USUAL[kind]]
        for address in some:
            if "/comments" not in address and "{" not in address:
                entrances.setdefault(address, Entrance.model_validate({"kind": kind, "url": address}))
    home = Entrance(kind="section", url=url)
    own = [e for e in entrances.values() if urlsplit(e.url).hostname in (host, twin)]
    country = host.rpartition(".")[2].upper()
    zone = _zone(country)
    return Source(
        id=source_id(host),
        name=_name(tree) or host,
        home=url,
        hosts=() if _is_number(host) else (twin,),
        country=country if zone else None,
        timezone=zone or "UTC",
        entrance=(*own[:MAX_ENTRANCES], home),
        allow_private=_is_number(host),
    )


def source_id(host: str) -> str:
    """A name for the file: the host's own part, without www and what follows its last names."""
    labels = [label for label in host.split(".") if label not in ("www", "com", "net", "org", "co", "news")]
    name = "_".join(labels[:-1] or labels) if not _is_number(host) else host
    return re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_")[:60] or "outlet"


def article_pattern(urls: Iterable[str]) -> str | None:
    """A regular expression that finds most of these addresses and says what they have in common; None where they have
    nothing.
    """
    paths = list(dict.fromkeys(unquote(urlsplit(clean_url(url)).path) for url in urls))
    if len(paths) < LEAST:
        return None
    shapes: Counter[str] = Counter(_shape(path, paths) for path in paths)
    chosen = [shape for shape, count in shapes.most_common(MAX_SHAPES) if count >= max(2, len(paths) // 10)]
    if sum(shapes[shape] for shape in chosen) < SHARE * len(paths) or any(_says_nothing(shape) for shape in chosen):
        return None
    return "^https?://[^/]+(?:" + "|".join(chosen) + ")/?$"


def id_pattern(urls: Iterable[str]) -> str | None:
    """A regular expression whose group tells these addresses apart: one long number in each, none twice."""
    paths = list(dict.fromkeys(unquote(urlsplit(clean_url(url)).path) for url in urls))
    for pattern in (r"/(\d{4,})(?:[-/.][^?#]*)?$", r"[-_/](\d{4,})(?:\.[a-z]+)?/?$"):
        found = [re.search(pattern, path) for path in paths]
        numbers = [match[1] for match in found if match]
        if len(paths) >= LEAST and len(numbers) == len(paths) == len(set(numbers)):
            return pattern
    return None


def _shape(path: str, paths: Sequence[str]) -> str:
    """The path with what differs from article to article left open."""
    segments = path.strip("/").split("/")
    alike = [other.strip("/").split("/") for other in paths]
    alike = [other for other in alike if len(other) == len(segments)]
    told = []
    for place, segment in enumerate(segments):
        same = sum(other[place] == segment for other in alike)
        if re.fullmatch(r"\d+", segment):
            told.append(r"\d+")
        elif place < len(segments) - 1 and same >= 2 and len({other[place] for other in alike}) <= 3:
            told.append(re.escape(segment))
        elif match := re.fullmatch(r"(\d+)([-_.]).*", segment):
            told.append(r"\d+" + re.escape(match[2]) + r"[^/?#]*")
        elif match := re.fullmatch(r".*([-_])(\d{3,})(\.[a-z]+)?", segment):
            told.append(r"[^/?#]*" + match[1] + r"\d+" + re.escape(match[3] or ""))
        else:
            told.append("[^/?#]+")
    return "/" + "/".join(told)


def _says_nothing(shape: str) -> bool:
    """Any page of the outlet would do."""
    return not re.sub(r"\[\^/\?#\][+*]|/", "", shape)


def _full(base: str, address: str | None) -> str | None:
    try:
        full = urljoin(base, (address or "").strip())
        clean_url(full)
    except ValueError:
        return None
    return full if address else None


def _name(tree: html.HtmlElement) -> str:
    site = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    title = tree.xpath("string(//head/title)")
    return " ".join(str(site or re.split(r"\s[|–—-]\s", str(title))[0]).split())[:100]


def _is_number(host: str) -> bool:
    return bool(re.fullmatch(r"[\d.]+|.*:.*", host))


def _zone(country: str) -> str:
    """The first time zone of a country (ISO 3166); empty where it is none."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return next((row[2] for row in rows if row[0] == country), "")
