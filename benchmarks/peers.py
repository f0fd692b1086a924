"""What other extractors make of pages: `python benchmarks/peers.py NAME < list` in their own environment (peers.txt).

Reads one JSON object {"file", "url"} a line, answers each with {"file", "title", "text", "authors", "day", "ms"}. It
imports nothing of ours, and no network can be reached from it.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

Answer = dict[str, Any]


def _no_network(*_: object, **__: object) -> NoReturn:
    raise OSError("no network while pages are measured")


def trafilatura_() -> Callable[[str, str], Answer]:
    """As its documentation has it, without comments."""
    from trafilatura import bare_extraction

    def read(html: str, url: str) -> Answer:
        found: Any = bare_extraction(html, url=url, with_metadata=True, include_comments=False)
        if found is None:
            return {}
        authors = [name.strip() for name in (found.author or "").split(";")]
        return {"title": found.title, "text": found.text, "authors": authors, "day": found.date}

    return read


def newspaper4k() -> Callable[[str, str], Answer]:
    """With the language said: without it, pages that declare none come out empty."""
    import newspaper

    def read(html: str, url: str) -> Answer:
        article = newspaper.Article(url, language="ar", fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return {
            "title": article.title,
            "text": article.text,
            "authors": article.authors,
            "day": _day(article.publish_date),
        }

    return read


def news_please() -> Callable[[str, str], Answer]:
    """Its own reading of a page's HTML."""
    from newsplease import NewsPlease

    def read(html: str, url: str) -> Answer:
        found = NewsPlease.from_html(html, url=url, fetch_images=False)
        return {
            "title": found.title,
            "text": found.maintext,
            "authors": found.authors,
            "day": _day(found.date_publish),
        }

    return read


def readability() -> Callable[[str, str], Answer]:
    """Title and body; it knows no author and no date."""
    from lxml.html import fromstring
    from readability import Document

    def read(html: str, url: str) -> Answer:
        document = Document(html, url=url)
        body = fromstring(document.summary())
        blocks = body.xpath("//p|//h2|//h3|//li|//blockquote") or [body]
        text = "\n".join(" ".join(block.text_content().split()) for block in blocks)
        return {"title": document.short_title(), "text": text}

    return read


def goose3() -> Callable[[str, str], Answer]:
    """With its Arabic stop words."""
    from goose3 import Goose
    from goose3.text import StopWordsArabic

    goose = Goose(
        {
            "stopwords_class": StopWordsArabic,
            "use_meta_language": False,
            "target_language": "ar",
            "enable_image_fetching": False,
        }
    )

    def read(html: str, url: str) -> Answer:
        found = goose.extract(url=url, raw_html=html)
        day = found.publish_datetime_utc or found.publish_date
        return {"title": found.title, "text": found.cleaned_text, "authors": found.authors, "day": _day(day)}

    return read


def resiliparse() -> Callable[[str, str], Answer]:
    """Its main content; it knows no author and no date."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(html: str, url: str) -> Answer:
        tree = HTMLTree.parse(html)
        return {"title": tree.title, "text": extract_plain_text(tree, main_content=True)}

    return read


PEERS: dict[str, Callable[[], Callable[[str, str], Answer]]] = {
    "trafilatura": trafilatura_,
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability,
    "goose3": goose3,
    "resiliparse": resiliparse,
}


def _day(value: object) -> str | None:
    """A day as ISO 8601; None for what is no date."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    found = re.match(r"\d{4}-\d{2}-\d{2}", str(value))
    return found[0] if found else None


def _decoded(data: bytes) -> str:
    """As a browser would for these pages: what they declare, else UTF-8."""
    declared = re.search(rb"charset=[\"']?([\w-]+)", data[:4096])
    try:
        return data.decode(declared[1].decode() if declared else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", errors="replace")


def main() -> None:
    """Answer each line, whatever a page does to the extractor."""
    logging.disable(logging.CRITICAL)
    # Extractors that fetch what a page names would be measured by the network: put over the standard library's own.
    socket.socket.connect = _no_network  # type: ignore[method-assign]
    socket.getaddrinfo = _no_network
    read = PEERS[sys.argv[1]]()
    pages = [json.loads(line) for line in sys.stdin]
    texts = [_decoded(Path(page["file"]).read_bytes()) for page in pages]
    for page, html in zip(pages, texts, strict=True):
        times = []
        answer: Answer = {}
        for _ in range(2):  # the faster of two, the first one warming up
            start = time.perf_counter()
            try:
                answer = read(html, page["url"])
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"[:200]}
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps({"file": page["file"], "ms": min(times)} | answer, default=str), flush=True)


if __name__ == "__main__":
    main()
