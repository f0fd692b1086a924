"""Pure: where an article goes on that is split over several pages."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

MAX_PARTS = 10
"""Pages of one article that are read."""
_HEAD = 200_000
"""Bytes of a page that are searched."""
_NEXT = re.compile(rb"<(?:link|a)\b(?=[^>]{0,1000}\brel\s*=\s*[\"']?next\b)[^>]{0,1000}>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref\s*=\s*(?:\"([^\"]{1,2000})\"|'([^']{1,2000})'|([^\s>]{1,2000}))", re.IGNORECASE)
_NUMBER_PARAMETERS = frozenset("page p pg paged part".split())
# /news/17/2, /news/17/page/2/, /news/17-words-2.html
_NUMBERED = re.compile(r"(?:/page)?[/_-](\d{1,2})(/|\.\w{2,5})?$")


def next_part(body: bytes, url: str, number: int) -> str | None:
    """Address of the page after the `number`th (from 1) of the same article; None where there is none.

    rel=next also leads to the next article or the next page of a list: only an address that differs from `url` in
    its page number alone is believed.
    """
    link = _NEXT.search(body[:_HEAD])
    href = _HREF.search(link.group()) if link is not None else None
    if href is None:
        return None
    target = next(group for group in href.groups() if group is not None).decode("utf-8", "replace")
    try:
        address = urljoin(url, unescape(target).strip())
        here, there = _unnumbered(url), _unnumbered(address)
    except ValueError:
        return None
    bases = {base for base, n in here if n == number or (n is None and number == 1)}
    return address if any(base in bases and n == number + 1 for base, n in there) else None


def _unnumbered(url: str) -> list[tuple[str, int | None]]:
    """An address without its page number, and the number: as it stands, and with every number taken for one."""
    parts = urlsplit(url)._replace(fragment="")
    found: list[tuple[str, int | None]] = [(urlunsplit(parts).rstrip("/"), None)]
    query = parse_qsl(parts.query, keep_blank_values=True)
    for name, value in query:
        if name in _NUMBER_PARAMETERS and value.isascii() and value.isdigit():
            rest = urlencode([pair for pair in query if pair != (name, value)])
            found.append((urlunsplit(parts._replace(query=rest)).rstrip("/"), int(value)))
    numbered = _NUMBERED.search(parts.path)
    if numbered is not None:
        ending = numbered[2] if numbered[2] and numbered[2] != "/" else ""
        path = parts.path[: numbered.start()] + ending
        found.append((urlunsplit(parts._replace(path=path)).rstrip("/"), int(numbered[1])))
    return found
