"""What the pipeline makes of one page, storing nothing: for `marsad inspect`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import settings
from config.load import load_sources, load_watchlist
from config.schema import Source
from desk.export import json_line
from desk.processes import answer_of
from pipelines.records import Article, LiveBlog, Page, Rejected, page_from_json
from pipelines.work import Worker, page_from_file

_NOT_SHOWN = {"mentions", "words", "terms", "etag", "last_modified", "id"}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What became of one file or address; `failure` says why it could not even be read."""

    name: str
    source: Source | None = None
    articles: tuple[Article, ...] = ()
    """One, or the entries of a live blog."""
    live: bool = False
    rejected: Rejected | None = None
    failure: str | None = None

    def json_line(self) -> str:
        """{"article", "mentions", "rejected"} as one line; "signals" with an article, "articles" of a live blog.

        "error" where the page could not even be had.
        """
        told = [self._told(article) for article in self.articles]
        line: dict[str, Any] = {"article": None, "mentions": []} if self.live or not told else told[0]
        line["rejected"] = self.rejected.reason if self.rejected else None
        if self.live:
            line["articles"] = told
        return json_line(line | ({"error": self.failure} if self.failure is not None else {}))

    def _told(self, article: Article) -> dict[str, Any]:
        signals = dict(article.provenance.signals)
        return {"article": self.article_fields(article), "mentions": article.mentions, "signals": signals}

    def article_fields(self, article: Article) -> dict[str, Any]:
        """The article under the stored document's names; times as ISO 8601 in their own offset, or a bare day."""
        if self.source is None:
            return {}
        values = {f.name: getattr(article, f.name) for f in fields(Article) if f.name not in _NOT_SHOWN}
        values["published"] = printed_time(article, self.source.timezone)
        if article.modified and article.published_offset is not None:
            values["modified"] = article.modified.astimezone(_offset(article.published_offset)).isoformat()
        return {"_id": article.id} | values


def printed_time(article: Article, assumed_zone: str) -> str | None:
    """When the article says it was published: ISO 8601 in the printed offset, else in the source's zone, or a day."""
    if article.published is None:
        return None
    if article.published_precision == "day":
        return article.published.date().isoformat()
    zone = ZoneInfo(assumed_zone) if article.published_offset is None else _offset(article.published_offset)
    timespec = "minutes" if article.published_precision == "minute" else "seconds"
    return article.published.astimezone(zone).isoformat(timespec=timespec)


def inspect_pages(names: Sequence[str], *, url: str | None, source_id: str | None) -> Iterator[Inspection]:
    """Read saved files and addresses, one after the other, in a worker process with its limits.

    Raises ConfigError for an unknown source or a faulty watchlist.
    """
    sources = load_sources(Path(settings.MARSAD_CONFIG))
    if source_id is not None:
        sources.for_page("", source_id)
    worker = Worker(load_watchlist(Path(settings.MARSAD_CONFIG)))
    try:
        for name in names:
            try:
                if "://" in name:
                    page = _fetched(name, source_id)
                else:
                    body = Path(name).read_bytes()
                    address = url or f"https://unknown.invalid/{Path(name).name}"
                    page = page_from_file(body, address, sources.for_page(address, source_id))
            except (OSError, ValueError) as error:
                yield Inspection(name, failure=str(error))
                continue
            result = asyncio.run(worker.read(page))
            if isinstance(result, Article):
                yield Inspection(name, page.source, articles=(result,))
            elif isinstance(result, LiveBlog):
                yield Inspection(name, page.source, articles=result.articles, live=True)
            else:
                yield Inspection(name, page.source, rejected=result)
    finally:
        worker.close()


def _fetched(url: str, source_id: str | None) -> Page:
    """The page at `url`, fetched by a crawl process with its guards. Raises ValueError with its complaint."""
    named = ["--source", source_id] if source_id else []
    return page_from_json(answer_of("crawler.fetch", url, *named, otherwise="could not be fetched"))


def _offset(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))
