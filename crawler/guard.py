"""Where a crawl may go: only to hosts that the source file names, and only to public addresses.

The address is checked where the connection is made, on the resolved address that is then used, so that a name that
resolves to a private address, now or the next moment, leads nowhere; so do robots.txt, redirects and feed links.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached
from zope.interface import directlyProvides, providedBy

from config.schema import Source

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Local NAT64 (RFC 8215), IPv4-compatible (RFC 4291) and site-local (RFC 3879): Python takes them for global.
_NOT_PUBLIC = tuple(ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "::/96", "fec0::/10"))


class ForbiddenAddress(IgnoreRequest):
    """A connection to an address that is not public."""


class ForeignHost(IgnoreRequest):
    """A request to a host that the source file does not name."""


def crawled_source(crawler: Crawler) -> Source:
    """The source that a crawl reads: every spider of ours carries one."""
    return cast("Any", crawler.spider).source  # type: ignore[no-any-return]


def is_public(address: str) -> bool:
    """Whether an IP address may be connected to: globally routable unicast, also once unwrapped from IPv6.

    An IPv4 address inside an IPv6 one (mapped ::ffff:0:0/96, 6to4 2002::/16, Teredo 2001::/32, NAT64 64:ff9b::/96)
    is what the packet reaches in the end, so it is what counts.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner: ipaddress.IPv4Address | None = None
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    checked = inner or ip
    return checked.is_global and not checked.is_multicast and not any(checked in net for net in _NOT_PUBLIC)


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
