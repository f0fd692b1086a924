"""Page -> Article, or why it is none. The only import of trafilatura."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.metadata import version

import lxml.html
import trafilatura
from lxml.etree import ParserError, _Element
from w3lib.encoding import html_to_unicode

from pipelines.address import IDENTITY, article_id, clean_url, is_listing, trusted_canonical
from pipelines.metadata import Metadata, read_metadata
from pipelines.records import Article, Page, Provenance, Rejected

EXTRACTOR = f"trafilatura {version('trafilatura')}"

# Cheap limits, by counting bytes before anything is parsed. The largest of 170 real pages has 0.6 MB, 12,000 tags and
# 6,300 equals signs; 200,000 attributes on one tag hold trafilatura for more than 90 s, 14 MB of <p> for 60 s.
MAX_BYTES = 8_000_000
MAX_TAGS = 60_000
MAX_ATTRIBUTES = 30_000

MIN_HEADLINE = 15
"""Code points of a headline that tells an article from a listing (with its words in <title>)."""
_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
_NO_SUCH_PAGE = re.compile(
    r"الصفحة (?:غير موجودة|المطلوبة غير|التي تبحث عنها غير)|لم يتم العثور على (?:الصفحة|صفحة)|"
    r"(?:page|article) (?:was )?not found|^\W*404\b|صفحه مورد نظر یافت نشد",
    re.IGNORECASE,
)
# Neither XML nor trafilatura knows them: one of these, raw or as a reference, would cost a page its whole text.
_NO_XML = re.compile(
    "[\x00-\x08\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    r"|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF])(?![0-9a-fA-F]));?"
)
_SEPARATOR = re.compile(r"\s+[|\-–—»:•·]\s+")


def extract(page: Page) -> Article | Rejected:
    """The article on `page`, not yet tagged, in whatever language it is."""
    refusal = _refused_unread(page)
    if refusal:
        return _rejected(page, *refusal)
    html = _decoded(page)
    try:
        tree = lxml.html.document_fromstring(html)
    except (ParserError, ValueError):
        return _rejected(page, "empty", "no HTML elements")
    metadata = read_metadata(tree, page.source.timezone)
    headline = _headline(tree, metadata)
    title = headline or metadata.headline or _without_site(_page_title(tree), metadata.site)
    body = _without_title(_body(tree), title)
    if _NO_SUCH_PAGE.search(title) and len(body.split()) < 80:
        return _rejected(page, "soft_404", title)
    if not title and not body:
        return _rejected(page, "empty", "no title and no text")
    if not metadata.says_article:
        repeated = _linked_lines(tree, body)
        if len(repeated) >= 5 and sum(map(len, repeated)) > 0.5 * len(body):
            return _rejected(page, "not_article", f"most of its text is that of {len(repeated)} links", body)
        if not headline and not (len(repeated) < 2 and _is_prose(body)):
            return _rejected(
                page, "not_article", "no headline, no date of publication, no long text of its own", body or title
            )
    return _article(page, metadata, title, body)


def _refused_unread(page: Page) -> tuple[str, str] | None:
    """A reason and its detail, from what can be told without parsing."""
    if page.status in (404, 410):
        return "gone", f"answers {page.status}"
    if page.status != 200:
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
    counts = {
        "bytes": (len(page.body), MAX_BYTES),
        "tags": (page.body.count(b"<"), MAX_TAGS),
        "attributes": (page.body.count(b"="), MAX_ATTRIBUTES),
    }
    for what, (count, limit) in counts.items():
        if count > limit:
            return "too_large", f"{count} {what}, more than {limit}"
    return None


def _decoded(page: Page) -> str:
    """The page as text: byte order mark, then the transport's charset, then the page's own, then what decodes."""
    content_type = f"text/html; charset={page.encoding}" if page.encoding else _header(page, b"content-type")
    _, text = html_to_unicode(content_type, page.body, auto_detect_fun=_guessed_encoding, default_encoding="utf8")
    # lxml refuses text that declares an encoding in an XML declaration.
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", _NO_XML.sub("", text).replace("\x0b", " ").replace("\x0c", " "))


def _guessed_encoding(body: bytes) -> str:
    """For pages that declare nothing: UTF-8 where that decodes but for a few broken bytes, else what old pages use."""
    text = body.decode("utf-8", "replace")
    return "utf-8" if text.count("\ufffd") <= len(text) // 1000 + 1 else "cp1256"


def _header(page: Page, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in page.response_headers if key.lower() == name), "")


def _page_title(tree: _Element) -> str:
    return " ".join((tree.xpath("string(//head/title | //title)") or "").split())


def _headline(tree: _Element, metadata: Metadata) -> str:
    """The visible headline: the first h1 of 15 characters or more, half of whose words stand in the page's title.

    Measured on 21 Arabic article pages: right on all; 64 of 66 listings have none. A shorter one counts where the
    page says the same in its JSON-LD or og:title.
    """
    claimed = " ".join(
        (_page_title(tree), metadata.headline, tree.xpath("string(//meta[@property='og:title']/@content)"))
    )
    claimed_words = set(re.findall(r"\w+", claimed))
    for element in tree.iter("h1"):
        text = " ".join("".join(element.itertext()).split())
        words = re.findall(r"\w+", text)
        if not words or text == metadata.site:
            continue
        shared = sum(word in claimed_words for word in words) / len(words)
        if shared >= 0.5 and (len(text) >= MIN_HEADLINE or (metadata.headline and text == metadata.headline)):
            return text
    return ""


def _without_site(title: str, site: str) -> str:
    """`title` without the site's name before or after it."""
    parts = _SEPARATOR.split(title)
    if len(parts) > 1 and site:
        if parts[-1] == site:
            return title[: title.rindex(site)].rstrip(" |-–—»:•·")
        if parts[0] == site:
            return title[len(site) :].lstrip(" |-–—»:•·")
    return title


def _body(tree: _Element) -> str:
    """The article's text, one paragraph a line."""
    # Not favor_precision: it turns one short item of 21 pages into other text. Comments bring the site's rules along.
    found = trafilatura.bare_extraction(tree, with_metadata=False, include_comments=False, include_tables=True)
    text = str(getattr(found, "text", None) or "")
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _without_title(body: str, title: str) -> str:
    """The headline is no part of the text, unless it is all there is."""
    first, _, rest = body.partition("\n")
    return rest if rest and first == title else body


def _linked_lines(tree: _Element, body: str) -> list[str]:
    """Link texts of four words or more that are in the body too: headlines of other articles."""
    links = {" ".join("".join(element.itertext()).split()) for element in tree.iter("a")}
    return [link for link in links if len(link.split()) >= 4 and link in body]


def _is_prose(body: str) -> bool:
    """Long lines, one of them a paragraph: for a page that says neither headline nor date."""
    lines = body.splitlines()
    return bool(lines) and len(body) / len(lines) >= 60 and max(len(line.split()) for line in lines) >= 30


def _article(page: Page, metadata: Metadata, title: str, body: str) -> Article:
    source = page.source
    canonical = trusted_canonical(source, metadata.canonical, page.url)
    url = canonical or clean_url(page.url)
    published, modified = metadata.published, metadata.modified
    return Article(
        id=article_id(source, url),
        source=source.id,
        url=url,
        urls=tuple(dict.fromkeys([url, *map(clean_url, page.addresses)])),
        title=title,
        body=body,
        authors=metadata.authors,
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
        ),
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
