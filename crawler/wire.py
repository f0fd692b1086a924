"""What was on the wire: headers of request and response as sent, and bodies before content-decoding.

Scrapy keeps neither; an archive needs both. The handler leaves headers in `request.meta[HEADERS]`, the middleware the
body in `request.meta[BODY]`; `page_of` puts them into a Page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _BindAddressAgent,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.http import Response, TextResponse
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from config.schema import Source
from crawler.guard import GuardedReactor, crawled_source
from crawler.hosts import Rest
from pipelines.records import Page

HEADERS = "marsad_headers"
BODY = "marsad_body"
_START = 4 * 4096
"""Bytes that hold the 4,096 characters in which Scrapy looks for a meta refresh."""


class _Parser(_LenientHTTPClientParser):
    """Keeps each header line's name as it was spelled, in the order of the wire."""

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 (Twisted's name)
        self.response.__dict__.setdefault(HEADERS, []).append((name, value))
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]  # Twisted gives it no types


class _Protocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        # The base class replaces the parser that Twisted made in the same way; this adds no state either.
        self._parser.__class__ = _Parser
        return answer


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Protocol:  # noqa: N802 (Twisted's name)
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted gives it no types


class _Agent(_ScrapyAgent):
    """Connects through the guard and notes the headers of both sides."""

    def __init__(self, *, allow_private: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._allow_private = allow_private

    def _get_agent(self, request: Request, timeout: float) -> Any:
        from twisted.internet import reactor

        guarded: Any = reactor if self._allow_private else GuardedReactor(reactor)
        return _BindAddressAgent(
            reactor=guarded,
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            pool=self._pool,
        )

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        sent = [(name, value) for name, values in txresponse.request.headers.getAllRawHeaders() for value in values]
        request.meta[HEADERS] = (tuple(sent), tuple(txresponse.__dict__.get(HEADERS, ())))
        return super()._cb_bodyready(txresponse, request)


class WireHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler behind the address guard of crawler/guard.py."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory

    async def download_request(self, request: Request) -> Response:
        """Fetch one address, without proxies. Raises ForbiddenAddress, HostResting and what Scrapy's handler raises."""
        rest = self._crawler.get_downloader_middleware(Rest)
        if rest is not None:
            await rest.wait(request)
        agent = _Agent(
            allow_private=crawled_source(self._crawler).allow_private,
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


class WireBodies:
    """Downloader middleware between the wire and HttpCompression: keeps the body as it came."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Note the body, change nothing."""
        request.meta[BODY] = response.body
        return response


class MetaRefresh(MetaRefreshMiddleware):
    """Scrapy's, for pages that have the word: it decodes each whole page to see whether its beginning has.

    Without the argument `spider`, which Scrapy's own still takes and warns of in others: hence the ignore.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow a page that sends its readers on at once."""
        start = response.body[:_START]
        # Letters of two bytes (UTF-16) have zeros between them.
        if b"refresh" in start.lower() or b"\0" in start:
            return super().process_response(request, response)
        return response


def page_of(response: Response, source: Source) -> Page:
    """The Page that this answer is."""
    asked = response.meta.get("redirect_urls", [])
    sent, received = response.meta.get(HEADERS, ((), ()))
    return Page(
        source=source,
        url=response.url,
        requested=asked[0] if asked else response.url,
        redirects=tuple(asked[1:]),
        status=response.status,
        fetched=datetime.now(UTC),
        request_headers=sent,
        response_headers=received,
        wire=response.meta.get(BODY, response.body),
        body=response.body,
        encoding=response._declared_encoding() if isinstance(response, TextResponse) else None,
        answers=tuple(str(reason) for reason in response.meta.get("redirect_reasons", ())) if asked else (),
    )
