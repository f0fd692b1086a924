"""What a team writes in an afternoon, to measure ourselves against.

A Scrapy spider that extracts with trafilatura (metadata on), asks langdetect and inserts each item:
`python -m benchmarks.plain HOME DATABASE CONCURRENCY`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import langdetect
import trafilatura
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from trafilatura.settings import Document


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

    def __init__(self, home: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.home = home

    async def start(self) -> Any:
        yield Request(f"{self.home}rss.xml", callback=self.parse_feed)

    def parse_feed(self, response: Response) -> Iterator[Request]:
        for url in response.xpath("//item/link/text()").getall():
            yield Request(url, callback=self.parse_article)

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        document = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        if isinstance(document, Document) and document.text and langdetect.detect(document.text) == "ar":
            found = {name: getattr(document, name) for name in ("title", "author", "date", "text")}
            yield {"url": response.url} | found


def main() -> None:
    """Crawl."""
    home, database, concurrency = sys.argv[1:]
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
    process.crawl(PlainSpider, home=home)
    process.start()


if __name__ == "__main__":
    main()
