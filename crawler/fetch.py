"""`python -m crawler.fetch URL`: one page through the crawl's guards, as JSON on standard output.

A process of its own, because Twisted's reactor runs once in a process.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

from config import settings as project
from config.load import ConfigError, load_sources
from config.schema import Source
from crawler.politeness import settings_of
from crawler.wire import page_of
from pipelines.records import Page, page_to_json


class OnePage(Spider):
    """Asks for one address."""

    name = "fetch"
    source: Source
    url: str
    page: Page | None = None
    failure: str = ""

    async def start(self) -> AsyncIterator[Request]:
        """The only request."""
        yield Request(self.url, callback=self.parse, errback=self.failed)

    def parse(self, response: Response) -> None:
        """Keep what came."""
        OnePage.page = page_of(response, self.source)

    def failed(self, failure: Any) -> None:
        """Keep why nothing came."""
        OnePage.failure = str(failure.value) or type(failure.value).__name__


def main() -> int:
    """Fetch, print, and say on stderr in one line what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--source")
    arguments = parser.parse_args()
    try:
        sources = load_sources(Path(project.MARSAD_CONFIG))
        source = sources.for_page(arguments.url, arguments.source, fetching=True)
    except (ConfigError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    settings = Settings()
    settings.setmodule(project)
    settings.setdict(settings_of(source), priority="spider")
    # Nothing is stored, and nothing but the answer belongs on the terminal.
    settings.setdict({"ITEM_PIPELINES": {}, "EXTENSIONS": {}, "LOG_ENABLED": False}, priority="cmdline")
    logging.getLogger().addHandler(logging.NullHandler())
    process = AsyncCrawlerProcess(settings, install_root_handler=False)
    process.crawl(OnePage, source=source, url=arguments.url)
    process.start()
    if OnePage.page is None:
        print(f"{arguments.url}: {OnePage.failure or 'nothing came'}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(page_to_json(OnePage.page))
    return 0


if __name__ == "__main__":
    sys.exit(main())
