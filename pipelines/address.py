"""Addresses of pages: how one is cleaned, what of it is an article's identity, which canonical link is believed."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from config.schema import Source

IDENTITY = 1
"""Version of the rule that makes an article's id. Stored ids never change: a new rule is a new number."""

# Parameters that say where a reader came from. Sources: the lists of AdGuard, Firefox and Brave, cut to what news
# outlets use; anything else may be the article's identity and is kept.
_TRACKING = re.compile(
    r"(?:utm_\w+|at_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl"
    r"|ocid|cmpid|ns_mchannel|ns_source|ns_campaign|ns_linkname|xtor|smid|sr_share|traffic_source|ref_src|ref_url)",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)
def clean_url(url: str, *, keep_query: bool = True) -> str:
    """`url` spelled one way: scheme and host in lower case (IDNA), no user, default port, fragment or tracking.

    Percent-encoding is spelled one way too (UTF-8, capital hex digits); case and tatweel of the path stay, because
    servers tell such paths apart. With `keep_query` the rest of the query stays as it is. Raises ValueError for what
    is no http(s) address.
    """
    parts = urlsplit(safe_url_string(url.strip()))
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").rstrip(".")
    if scheme not in _PORTS or not host or re.search(r"[\s<>\"\\\x00-\x1f\x7f]", host):
        raise ValueError(f"not an http or https address: {url[:200]!r}")
    port = parts.port
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path = _one_spelling(parts.path) or "/"
    query = "&".join(_identifying(parts.query)) if keep_query else ""
    return urlunsplit((scheme, netloc, path, query, ""))


def _one_spelling(path: str) -> str:
    """Dots resolved, escapes undone where RFC 3986 calls them needless, all others with capital hex digits."""
    text = re.sub(r"%([0-9A-Fa-f]{2})", lambda match: _unescape(int(match[1], 16)), path)
    trailing = "/" if text.endswith(("/", "/.", "/..")) else ""
    if "/." in text:
        text = posixpath.normpath(text).rstrip("/") + trailing
    return re.sub(r"^/{2,}", "/", text)


def _unescape(code: int) -> str:
    character = chr(code)
    return character if character.isascii() and (character.isalnum() or character in "-._~") else f"%{code:02X}"


def _identifying(query: str) -> list[str]:
    return [part for part in query.split("&") if part and not _TRACKING.fullmatch(part.partition("=")[0])]


def article_key(source: Source, url: str) -> str:
    """What tells the article at `url` apart within its source: what the `id` pattern captures, else the cleaned URL.

    The pattern is searched in the percent-decoded address. Raises ValueError for what is no http(s) address.
    """
    cleaned = clean_url(url, keep_query=source.query_is_identity)
    if source.id_pattern is not None:
        # The query may hold the id (?id=123), also where it is not all of the identity.
        found = re.search(source.id_pattern, unquote(clean_url(url)))
        if found and found.group(1):
            return found.group(1)
    return cleaned


def article_id(source: Source, url: str) -> str:
    """Id of the article at `url`: the first 32 hex digits of sha256 of "<source id>\\n<key>" in UTF-8."""
    return _hashed(source, article_key(source, url))


def entry_url(url: str, anchor: str) -> str:
    """Address of one entry of the live blog at the cleaned address `url`."""
    return f"{url}#{quote(anchor, safe='-._~:')}"


def entry_id(source: Source, url: str, anchor: str) -> str:
    """Id of one entry of the live blog at `url`: as of an article whose key is "<key of the page>#<anchor>"."""
    return _hashed(source, f"{article_key(source, url)}#{anchor}")


def _hashed(source: Source, key: str) -> str:
    return sha256(f"{source.id}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def trusted_canonical(source: Source, canonical: str | None, page_url: str) -> str | None:
    """The page's rel=canonical as a cleaned address, or None where it is not to be believed.

    It must lie on the source's hosts, must look like an article wherever the page's own address does, and must be
    no listing: a canonical that points to the home page would fold an outlet into one document.
    """
    if not canonical or not canonical.strip():
        return None
    try:
        cleaned = clean_url(urljoin(page_url, canonical.strip()))
        own = clean_url(page_url)
        listings = _listings(source)
    except ValueError:
        return None
    parts = urlsplit(cleaned)
    if parts.hostname not in source.own_hosts or cleaned.rstrip("/") in listings:
        return None
    if source.article is not None:
        return cleaned if re.search(source.article, unquote(cleaned)) else None
    if source.id_pattern is not None and re.search(source.id_pattern, unquote(own)):
        return cleaned if re.search(source.id_pattern, unquote(cleaned)) else None
    path = parts.path.rstrip("/")
    # A section is an ancestor of its articles; a page's canonical is never that.
    own_path = urlsplit(own).path
    if not path or (own_path.startswith(f"{path}/") and not parts.query):
        return None
    return cleaned


def is_listing(source: Source, url: str) -> bool:
    """Whether an address is the source's home or one of its entrances."""
    try:
        return clean_url(url).rstrip("/") in _listings(source)
    except ValueError:
        return False


def _listings(source: Source) -> frozenset[str]:
    return _cleaned((source.home, *(entrance.url for entrance in source.entrance)))


@lru_cache(maxsize=256)
def _cleaned(addresses: tuple[str, ...]) -> frozenset[str]:
    """Cleaned for comparing, once a source and not once a page. Raises ValueError for what is no address."""
    return frozenset(clean_url(address).rstrip("/") for address in addresses)
