"""Page -> Article, the entries of a live blog, or why it is neither. One tree is parsed, all is read from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lxml.etree import _Element

from pipelines.address import IDENTITY, article_id, clean_url, entry_id, entry_url, is_listing, trusted_canonical
from pipelines.extract.blocks import Block, prose_words, read_blocks
from pipelines.extract.body import LIBRARY, Body, read_body
from pipelines.extract.boilerplate import speaks_of_the_site
from pipelines.extract.byline import find_authors
from pipelines.extract.headline import Headline, find_headline
from pipelines.extract.liveblog import Entry, find_entries
from pipelines.extract.metadata import Claim, Metadata, read_metadata
from pipelines.extract.pagekind import refusal, says_live, wall_in
from pipelines.extract.parse import parse
from pipelines.extract.publication import Times, find_times
from pipelines.extract.scripts import article_in_scripts
from pipelines.extract.surroundings import judge
from pipelines.records import Article, LiveBlog, Page, Provenance, Rejected

EXTRACTION = 2
"""Version of our own rules."""
EXTRACTOR = f"{LIBRARY}, rules {EXTRACTION}"

# Cheap limits, by counting bytes before anything is parsed. The largest of 170 real pages has 0.6 MB, 12,000 tags and
# 6,300 equals signs; 200,000 attributes on one tag hold trafilatura for more than 90 s, 14 MB of <p> for 60 s.
MAX_BYTES = 8_000_000
MAX_TAGS = 60_000
MAX_ATTRIBUTES = 30_000

DISBELIEVED = "address, against its canonical"
"""Signal of an address where the page names another as its canonical one that is not to be believed."""
LIVE = timedelta(hours=24)
"""After so long without a new entry a live blog has ended."""
MAX_JUDGED = 5_000
"""Code points of a page without a body that tell its language."""
FEW_WORDS = 25
"""Words of visible text below which the page's own data is asked for more."""
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
_WALL_STATUSES = (401, 403, 429, 503)


class Reading(NamedTuple):
    """All that was read from one page."""

    metadata: Metadata
    blocks: list[Block]
    headline: Headline
    times: Times
    body: Body
    authors: tuple[str, ...]
    authors_signal: str
    entries: list[Entry]
    """Of a live blog."""


def extract(page: Page) -> Article | LiveBlog | Rejected:
    """What is on `page`, not yet tagged, in whatever language it is."""
    refused = _refused_unread(page)
    if refused:
        return _rejected(page, *refused)
    tree = parse(page.body, _header(page, b"content-type"), page.encoding)
    if tree is None:
        return _rejected(page, "empty", "no HTML elements")
    if page.status != 200:
        wall = wall_in(tree, "", read_blocks(tree)) if page.status in _WALL_STATUSES else None
        if wall is not None:
            return _rejected(page, wall.reason, f"answers {page.status}: {wall.detail}")
        return _rejected(page, "http_error", f"answers {page.status}")
    reading = read(page, tree)
    if len(reading.entries) > 1 or (reading.entries and reading.metadata.is_live):
        return _live_blog(page, reading)
    seen = "\n".join(block.text for block in reading.blocks)[:MAX_JUDGED]
    text = reading.body.text or seen or reading.headline.text
    if reading.metadata.is_live:
        return _rejected(page, "live_blog", "no entries with times of their own", text)
    no = refusal(
        tree,
        page.url,
        reading.metadata,
        reading.headline,
        reading.blocks,
        reading.body,
        date_signal=reading.times.published_signal,
    )
    return _article(page, reading) if no is None else _rejected(page, *no, text)


def read(page: Page, tree: _Element) -> Reading:
    """Everything that `tree` says. It is taken apart on the way."""
    timezone = page.source.timezone
    metadata = read_metadata(tree, page.url)
    blocks = read_blocks(tree)
    headline = find_headline(blocks, metadata)
    off = judge(blocks, headline.block)
    few = prose_words(blocks) < FEW_WORDS
    told = article_in_scripts(tree, headline.text) if few and not metadata.body else None
    if told is not None:
        dates = (Claim(text, "data script") for text in told.dates)
        metadata = replace(metadata, published=(*metadata.published, *dates))
        headline = headline if headline.text else Headline(told.title, "data script", None, False)
    _take_out(off)
    body = read_body(blocks, headline)
    times = find_times(
        metadata, blocks, headline, body.blocks, tree, url=page.url, timezone=timezone, fetched=page.fetched
    )
    entries: list[Entry] = []
    if says_live(metadata, headline):
        latest = times.modified or times.published
        day = latest.moment.astimezone(ZoneInfo(timezone)).date() if latest else None
        entries = find_entries(tree, metadata, blocks, timezone=timezone, fetched=page.fetched, day=day)
    paragraphs, signal = (told.paragraphs, "data script") if told else (metadata.body, "json-ld")
    paragraphs = tuple(line for line in paragraphs if not speaks_of_the_site(line, line.count(" ") + 1))
    if sum(map(len, paragraphs)) > 1.5 * len(body.text):
        body = Body("\n".join(paragraphs), body.captions, signal, ())
    if page.parts:
        lines = [*body.text.splitlines(), *(line for part in page.parts for line in _lines_of(part))]
        body = body._replace(text="\n".join(dict.fromkeys(lines)))
    authors, authors_signal = find_authors(metadata, blocks, headline, body.blocks, body.tail)
    return Reading(metadata, blocks, headline, times, body, authors, authors_signal, entries)


def _take_out(elements: Iterable[_Element]) -> None:
    for element in elements:
        if element.getparent() is not None:
            element.drop_tree()


def _lines_of(part: Page) -> list[str]:
    """Paragraphs of a further page of the same article."""
    tree = None if _too_large(part.body) else parse(part.body, _header(part, b"content-type"), part.encoding)
    if tree is None:
        return []
    blocks = read_blocks(tree)
    headline = find_headline(blocks, read_metadata(tree, part.url))
    _take_out(judge(blocks, headline.block))
    return read_body(blocks, headline).text.splitlines()


def _refused_unread(page: Page) -> tuple[str, str] | None:
    """A reason and its detail, from what can be told without parsing."""
    if page.status in (404, 410):
        return "gone", f"answers {page.status}"
    if page.status != 200 and page.status not in _WALL_STATUSES:
        return "http_error", f"answers {page.status}"
    if is_listing(page.source, page.url):
        return "not_article", "the source's home page or one of its entrances"
    content_type = _header(page, b"content-type")
    if content_type and not content_type.lower().startswith(_HTML_TYPES):
        return "not_html", f"Content-Type {content_type}"
    if not page.body.strip():
        return "empty", "an empty answer"
    if page.body[:4] in (b"%PDF", b"\x89PNG", b"GIF8", b"PK\x03\x04", b"\xff\xd8\xff\xe0"):
        return "not_html", "another kind of file"
    large = _too_large(page.body)
    return ("too_large", large) if large else None


def _too_large(body: bytes) -> str:
    """What is too much for a page; empty where it is not."""
    counts = {
        "bytes": (len(body), MAX_BYTES),
        "tags": (body.count(b"<"), MAX_TAGS),
        "attributes": (body.count(b"="), MAX_ATTRIBUTES),
    }
    return next((f"{n} {what}, more than {limit}" for what, (n, limit) in counts.items() if n > limit), "")


def _header(page: Page, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in page.response_headers if key.lower() == name), "")


def _article(page: Page, reading: Reading) -> Article:
    source, metadata, body = page.source, reading.metadata, reading.body
    published, modified = reading.times.published, reading.times.modified
    canonical = trusted_canonical(source, metadata.canonical, page.url)
    url = canonical or clean_url(page.url)
    signals = {
        "title": reading.headline.signal,
        "body": body.signal,
        "authors": reading.authors_signal,
        "section": metadata.section_signal,
        "published": reading.times.published_signal,
        "modified": reading.times.modified_signal,
        "url": "canonical" if canonical else DISBELIEVED if metadata.canonical else "address",
    }
    return Article(
        id=article_id(source, url),
        source=source.id,
        url=url,
        urls=tuple(dict.fromkeys([url, *map(clean_url, page.addresses)])),
        title=reading.headline.text,
        body=body.text,
        captions=body.captions,
        authors=reading.authors,
        section=metadata.section,
        published=published.moment if published else None,
        published_offset=published.offset if published else None,
        published_precision=published.precision if published else None,
        modified=modified.moment if modified else None,
        fetched=page.fetched,
        language="und",
        etag=_header(page, b"etag") or None,
        last_modified=_header(page, b"last-modified") or None,
        provenance=Provenance(
            status=page.status,
            sha256=sha256(page.wire).hexdigest(),
            bytes=len(page.wire),
            extractor=EXTRACTOR,
            identity=IDENTITY,
            folding=0,
            language=0,
            signals={field: signal for field, signal in signals.items() if signal},
        ),
    )


def _live_blog(page: Page, reading: Reading) -> LiveBlog:
    """Each entry as an article of its own; what the page says as a whole is true of each."""
    whole = _article(page, reading)
    signals = {name: whole.provenance.signals[name] for name in ("section", "url") if name in whole.provenance.signals}
    articles = tuple(
        replace(
            whole,
            id=entry_id(page.source, whole.url, entry.anchor),
            url=entry_url(whole.url, entry.anchor),
            urls=(entry_url(whole.url, entry.anchor),),
            title=entry.title,
            body=entry.body,
            captions=(),
            authors=(),
            published=entry.published.moment,
            published_offset=entry.published.offset,
            published_precision=entry.published.precision,
            modified=None,
            provenance=replace(
                whole.provenance,
                signals=signals | dict.fromkeys(("title", "body", "published"), f"entry: {entry.signal}"),
            ),
        )
        for entry in reading.entries
    )
    newest = max(entry.published.moment for entry in reading.entries)
    return LiveBlog(
        source=whole.source,
        url=whole.url,
        urls=whole.urls,
        articles=articles,
        fetched=page.fetched,
        ended=page.fetched - newest > LIVE,
    )


def _rejected(page: Page, reason: str, detail: str, text: str = "") -> Rejected:
    return Rejected(
        source=page.source.id,
        url=page.url,
        urls=tuple(map(clean_url, page.addresses)),
        reason=reason,
        fetched=page.fetched,
        detail=detail,
        etag=_header(page, b"etag") or None,
        last_modified=_header(page, b"last-modified") or None,
        text=text,
    )
