"""What a team writes in an afternoon, to measure ourselves against.

A Scrapy spider that extracts with trafilatura (metadata on), asks langdetect and inserts each item:
`python -m benchmarks.plain HOME DATABASE CONCURRENCY`. With `news-please` behind it, in the environment of
benchmarks/peers.txt, it takes that for both. It imports nothing of ours.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Any

import langdetect
import trafilatura
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from trafilatura.settings import Document

Reader = Callable[[Response], dict[str, Any]]


def with_trafilatura(response: Response) -> dict[str, Any]:
    """Empty for what is no Arabic article."""
    document = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
    if not isinstance(document, Document) or not document.text or langdetect.detect(document.text) != "ar":
        return {}
    return {name: getattr(document, name) for name in ("title", "author", "date", "text")}


def news_please() -> Reader:
    """Its own reading of a page, language included, as from_url does it after the download."""
    from newsplease import NewsPlease

    def read(response: Response) -> dict[str, Any]:
        found = NewsPlease.from_html(response.text, url=response.url, fetch_images=False)
        if not found.maintext or found.language != "ar":
            return {}
        item = {name: getattr(found, name) for name in ("title", "authors", "maintext")}
        return item | {"date": str(found.date_publish)}

    return read


class Store:
    """Item pipeline: one insert an item."""

    def __init__(self, database: str) -> None:
        self._connection = sqlite3.connect(database)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("CREATE TABLE articles (url TEXT PRIMARY KEY, document TEXT)")

    @classmethod
    def from_crawler(cls, crawler: Any) -> Store:
        return cls(crawler.settings["DATABASE"])

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        row = (item["url"], json.dumps(item, ensure_ascii=False))
        self._connection.execute("INSERT OR REPLACE INTO articles VALUES (?, ?)", row)
        self._connection.commit()
        return item


class PlainSpider(Spider):
    """Feed -> articles -> items."""

    name = "plain"

    def __init__(self, home: str, reader: Reader, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.home = home
        self.reader = reader

    async def start(self) -> Any:
        yield Request(f"{self.home}rss.xml", callback=self.parse_feed)

    def parse_feed(self, response: Response) -> Iterator[Request]:
        for url in response.xpath("//item/link/text()").getall():
            yield Request(url, callback=self.parse_article)

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        found = self.reader(response)
        if found:
            yield {"url": response.url} | found


def main() -> None:
    """Crawl."""
    home, database, concurrency, *extractor = sys.argv[1:]
    reader = news_please() if extractor == ["news-please"] else with_trafilatura
    settings = {
        "LOG_LEVEL": "WARNING",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": int(concurrency),
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {Store: 100},
        "DATABASE": database,
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(PlainSpider, home=home, reader=reader)
    process.start()


if __name__ == "__main__":
    main()
