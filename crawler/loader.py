"""Every source file is a spider: `scrapy list`, `scrapy crawl <id>`."""

from __future__ import annotations

import logging
from pathlib import Path

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from config.load import load_sources
from config.schema import Source
from crawler.politeness import settings_of
from crawler.spiders.news import NewsSpider

logger = logging.getLogger(__name__)


def spider_of(source: Source) -> type[Spider]:
    """The spider of a source."""
    attributes = {"name": source.id, "source": source, "custom_settings": settings_of(source)}
    return type("NewsSpider", (NewsSpider,), attributes)


class SourceLoader:
    """Scrapy's spider loader over config/sources/ and the operator's overlay. A bad file stops only its own source."""

    def __init__(self, settings: BaseSettings) -> None:
        self._sources = load_sources(Path(settings["MARSAD_CONFIG"]))
        for faults in self._sources.bad.values():
            for fault in faults:
                logger.error("%s", fault)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> SourceLoader:
        """As Scrapy makes it."""
        return cls(settings)

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of a source. Raises KeyError where there is none, with the faults of its file if it has any."""
        source = self._sources.good.get(spider_name)
        if source is None:
            faults = self._sources.bad.get(spider_name, ())
            raise KeyError("; ".join(str(fault) for fault in faults) or f"Spider not found: {spider_name}")
        return spider_of(source)

    def list(self) -> list[str]:
        """Ids of all sources with a good file."""
        return sorted(self._sources.good)

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]  # `list` is the method above
        """Ids of the sources whose host a request goes to."""
        host = urlparse_cached(request).hostname
        return [source.id for source in self._sources.good.values() if host in source.own_hosts]
