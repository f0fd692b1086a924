"""Data that a page carries in its scripts: JSON-LD, whole or broken, and what its own JavaScript draws the page from.

The only import of chompjs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

import chompjs
import lxml.html
from lxml.etree import ParserError, _Element

from pipelines.extract.blocks import read_blocks

MAX_SCRIPT = 3_000_000
"""Code points of a script that are read; real ones have up to 600,000."""
MAX_VALUES = 50_000
"""Values of a script's data that are looked at."""
_ARTICLE = re.compile(r"(?:\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report|SocialMediaPosting)$")
_ASSIGNED = re.compile(r"(?:window\.|self\.|var\s+|let\s+|const\s+)?[\w.$\[\]\"']{1,60}\s*=\s*(?=[{\[])")
_BODY_KEYS = tuple(
    "articleBody body bodyHtml content contentHtml text fullText details story html blocks paragraphs".split()
)
_DATE_KEYS = tuple(
    "datePublished publishedAt published_at publishDate publish_date publicationDate firstPublished date".split()
)
_SHORTEST = 40
"""Code points of a text that is one."""
_TITLE_KEYS = ("headline", "title", "name")
_TEXT_KEYS = (
    "text",
    "html",
    "content",
    "value",
    "children",
    "model",
    "blocks",
    "data",
    "body",
    "paragraph",
    "rendered",
)


def linked_data(tree: _Element) -> list[dict[str, Any]]:
    """Every thing that the page's JSON-LD describes, outermost first; things in lists of links are left out."""
    found: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= MAX_SCRIPT:
            found.extend(_things(_loaded(script.text), depth=5))
    return found


def is_article(thing: dict[str, Any]) -> bool:
    """Whether JSON-LD calls a thing an article."""
    return any(
        isinstance(kind, str) and _ARTICLE.match(kind.rpartition("/")[2]) for kind in as_list(thing.get("@type"))
    )


def as_list(value: object) -> list[Any]:
    """JSON-LD writes a single value without its list."""
    return value if isinstance(value, list) else [value]


def text_of(value: object) -> str:
    """A string of JSON-LD as plain text: references undone (some templates escape twice), tags out, spaces single."""
    if not isinstance(value, str):
        return ""
    text = unescape(unescape(value))
    return " ".join(re.sub(r"<[^<>]{1,200}>", " ", text).split()) if "<" in text else " ".join(text.split())


def paragraphs_of(value: object) -> list[str]:
    """A text as data scripts hold it (HTML, plain lines, or nested blocks of them) as paragraphs."""
    paragraphs: list[str] = []
    for string in _strings(value, depth=8):
        if ("<" in string and ">" in string) or "&lt;" in string:
            html = unescape(string) if "&lt;" in string else string
            try:
                tree = lxml.html.document_fromstring(f"<div>{html}</div>")
            except (ParserError, ValueError):
                continue
            paragraphs += [block.text for block in read_blocks(tree)]
        else:
            paragraphs += [line for line in (" ".join(unescape(line).split()) for line in string.splitlines()) if line]
    return list(dict.fromkeys(paragraphs))


class Told(NamedTuple):
    """An article in a page's data scripts."""

    title: str
    paragraphs: tuple[str, ...]
    dates: tuple[str, ...]
    """When it was published, as written there."""


def article_in_scripts(tree: _Element, title: str) -> Told | None:
    """The article in the page's data scripts; `title` (may be empty) tells it from others."""
    best: Told | None = None
    for data in _data_scripts(tree):
        for thing in _dictionaries(data):
            name = next((text_of(thing[key]) for key in _TITLE_KEYS if isinstance(thing.get(key), str)), "")
            if not name or (title and name not in title and title not in name):
                continue
            for key in _BODY_KEYS:
                value = thing.get(key)
                if not isinstance(value, (str, list, dict)):
                    continue
                paragraphs = tuple(paragraph for paragraph in paragraphs_of(value) if paragraph != name)
                length = sum(map(len, paragraphs))
                if length >= _SHORTEST and (best is None or length > sum(map(len, best.paragraphs))):
                    dates = tuple(thing[key] for key in _DATE_KEYS if isinstance(thing.get(key), str))
                    best = Told(name, paragraphs, dates)
    return best


def _loaded(text: str) -> object:
    """JSON, or what a reader of JavaScript makes of it: comments, trailing commas, single quotes, raw line breaks."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return chompjs.parse_js_object(text, loader_kwargs={"strict": False})
    except (ValueError, RecursionError):
        return None


def _things(data: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(data, list):
        for part in data:
            yield from _things(part, depth - 1)
    elif depth and isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(key), (dict, list)):
                yield from _things(data[key], depth - 1)


def _data_scripts(tree: _Element) -> Iterator[object]:
    for script in tree.iter("script"):
        text = script.text
        kind = (script.get("type") or "").lower()
        if not text or not 60 <= len(text) <= MAX_SCRIPT or "ld+json" in kind:
            continue
        if "json" in kind:
            yield _loaded(text)
        elif (start := _ASSIGNED.search(text[:2_000])) is not None:
            try:
                yield chompjs.parse_js_object(text[start.end() :], loader_kwargs={"strict": False})
            except (ValueError, RecursionError):
                continue


def _dictionaries(data: object) -> Iterator[dict[str, Any]]:
    waiting = [data]
    seen = 0
    while waiting and seen < MAX_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _strings(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list):
        for part in value:
            yield from _strings(part, depth - 1)
    elif depth and isinstance(value, dict):
        for key in _TEXT_KEYS:
            if key in value:
                yield from _strings(value[key], depth - 1)
                break
