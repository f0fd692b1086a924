"""Where a crawl may go: only to hosts that the source file names, and only to public addresses.

The address is checked where the connection is made, on the resolved address that is then used, so that a name that
resolves to a private address, now or the next moment, leads nowhere; so do robots.txt, redirects and feed links.
"""

from __future__ import annotations

from typing import Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached
from zope.interface import directlyProvides, providedBy

from config.schema import Source
from pipelines.network import is_public


class ForbiddenAddress(IgnoreRequest):
    """A connection to an address that is not public."""


class ForeignHost(IgnoreRequest):
    """A request to a host that the source file does not name."""


def crawled_source(crawler: Crawler) -> Source:
    """The source that a crawl reads: every spider of ours carries one."""
    source: Source = cast("Any", crawler.spider).source
    return source


class GuardedReactor:
    """The reactor, except that it connects to public addresses only.

    Twisted's endpoints resolve a name themselves and then call connectTCP with each address found.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        directlyProvides(self, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def connectTCP(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 (Twisted's name)
        """Connect, or raise ForbiddenAddress."""
        if not is_public(host):
            raise ForbiddenAddress(
                f"{host} is not a public address; a source of your own may say allow_private = true in its file"
            )
        return self._reactor.connectTCP(host, port, *args, **kwargs)


class SourceHosts:
    """Downloader middleware: refuses every request, also a redirect's, to a host that the source file does not name."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SourceHosts:
        """As Scrapy makes it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise ForeignHost, or let it pass."""
        source = crawled_source(self._crawler)
        host = urlparse_cached(request).hostname
        if host not in source.linked_hosts:
            raise ForeignHost(f"{host} is not a host of {source.id}; its source file may name it under links_to")
