"""The demo newspaper's web server: serves an edition on 127.0.0.1 and counts what is asked for."""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
import socketserver
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from desk.demo.content import LAYOUTS, SECTIONS, DemoArticle, Edition, OtherPage, load_edition
from desk.demo.printing import (
    NAME,
    render_article,
    render_atom,
    render_listing,
    render_notice,
    render_robots,
    render_rss,
    render_sitemap,
    render_sitemap_index,
)

__all__ = ["LAYOUTS", "DemoArticle", "Newspaper", "render_article"]

_FEED_LENGTH = 20
_HALF = datetime(2026, 10, 16, tzinfo=UTC)
"""Articles before this are in the first sitemap, the others in the second."""
_PRINTED = datetime(2026, 11, 15, 12, tzinfo=UTC)
"""When what has no date of its own was last changed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the newspaper answers to a path. `packed` is the gzipped body, where it has one to offer."""

    status: int
    content_type: str
    body: bytes
    changed: datetime
    location: str | None = None
    packed: bytes | None = None


class Newspaper:
    """A context manager: the newspaper is open at `url` inside the with block.

    Articles are the same bytes for everybody at every port; feeds and sitemaps name the port they are served at.
    With `edited` (an aware moment) one article was changed and one added at that moment.
    Raises OSError (EADDRINUSE) where `port` is taken; port 0 takes any free one.
    """

    def __init__(self, port: int = 0, *, edited: datetime | None = None) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._edition = load_edition(edited)
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        self._server.replies = print_edition(self._edition, self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="newspaper", daemon=True)

    @property
    def articles(self) -> tuple[DemoArticle, ...]:
        """Every article that a crawl must store, newest first."""
        return tuple(a for a in self._edition.articles if a.rejection is None)

    @property
    def truth(self) -> Mapping[str, tuple[str, ...]]:
        """Path of every article that a crawl must store → ids of the bases, militias, forces and persons it names."""
        return self._edition.truth

    @property
    def rejections(self) -> Mapping[str, str]:
        """Path of every linked page that is no article for us → the key of REJECTIONS that says why."""
        return self._edition.rejections

    @property
    def requests(self) -> Counter[str]:
        """How often each path was asked for until now (percent-encoded, without query)."""
        with self._server.lock:
            return self._server.requests.copy()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()


def print_edition(edition: Edition, home: str) -> dict[str, Reply]:
    """Every path of the newspaper → what it answers. `home` ends in a slash."""
    replies = {a.path: _article_reply(a) for a in edition.articles}
    paths = {a.number: a.path for a in edition.articles}
    replies |= {p.path: _other_reply(p, edition, paths) for p in edition.others}
    in_sitemaps = edition.listed("sitemap")
    sitemaps = {
        "sitemap-1.xml": [p for p in in_sitemaps if p.published < _HALF],
        "sitemap-2.xml.gz": [p for p in in_sitemaps if p.published >= _HALF],
    }
    in_feeds = edition.listed("feed")
    in_sections = edition.listed("section")
    latest = max(page.changed for page in in_sitemaps)
    security = [p for p in in_feeds if p.section == "security"][:_FEED_LENGTH]
    html, xml = "text/html; charset=utf-8", "application/xml; charset=utf-8"
    texts = {
        "/": (html, render_listing(NAME, "/", in_sections[:_FEED_LENGTH])),
        "/robots.txt": ("text/plain; charset=utf-8", render_robots(home)),
        "/rss.xml": ("application/rss+xml; charset=utf-8", render_rss(home, in_feeds[:_FEED_LENGTH])),
        "/atom.xml": ("application/atom+xml; charset=utf-8", render_atom(home, security)),
        "/sitemap.xml": (xml, render_sitemap_index(home, sitemaps)),
        "/sitemap-1.xml": (xml, render_sitemap(home, sitemaps["sitemap-1.xml"])),
    }
    for section, name in SECTIONS.items():
        path = f"/section/{section}/"
        texts[path] = (html, render_listing(name, path, [p for p in in_sections if p.section == section]))
    replies |= {path: _reply(200, kind, text.encode(), latest) for path, (kind, text) in texts.items()}
    # A file that is gzip itself, not one that is packed for the way.
    packed = _gzip(render_sitemap(home, sitemaps["sitemap-2.xml.gz"]).encode())
    replies["/sitemap-2.xml.gz"] = _reply(200, "application/gzip", packed, latest, pack=False)
    return replies


def _article_reply(article: DemoArticle) -> Reply:
    html = render_article(article, article.layout)
    content_type = f"text/html; charset={article.charset}" if article.charset_in_header else "text/html"
    body = html.encode(article.charset, "xmlcharrefreplace")
    # One layout goes over the wire as it is: both ways occur.
    return _reply(200, content_type, body, article.changed, pack=article.layout != "plain")


def _other_reply(page: OtherPage, edition: Edition, paths: Mapping[int, str]) -> Reply:
    html = "text/html; charset=utf-8"
    if page.answer == "301":
        return Reply(301, html, b"", page.changed, location=paths[page.target or 0])
    if page.answer == "listing":
        of_section = [p for p in edition.listed("section") if p.section == page.section]
        listing = render_listing(page.title, page.path, of_section)
        return _reply(200, html, listing.encode(), page.changed)
    status = {"404": 404, "410": 410}.get(page.answer, 200)
    return _reply(status, html, _NO_SUCH_PAGE, page.changed)


def _reply(status: int, content_type: str, body: bytes, changed: datetime, *, pack: bool = True) -> Reply:
    return Reply(status, content_type, body, changed.astimezone(UTC), packed=_gzip(body) if pack else None)


def _gzip(body: bytes) -> bytes:
    # Not gzip.compress: its header says which system made it, and when.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(body)
    return packed.getvalue()


_NO_SUCH_PAGE = render_notice("الصفحة غير موجودة", "عذرا، الصفحة التي تبحث عنها غير موجودة أو جرى نقلها.").encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.replies: dict[str, Reply] = {}
        self.connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the name service for the name of 127.0.0.1, which can hang without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up in the middle are nobody's concern; a fault of our own is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Ends kept-alive connections: a closed newspaper answers nobody."""
        with self.lock:
            for connection in self.connections:
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "marsad-demo"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.lock:
            self.server.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        """Answers a path with its reply, or 304 where the client has it already."""
        path = quote(unquote(urlsplit(self.path).path))
        with self.server.lock:
            self.server.requests[path] += 1
        reply = self.server.replies.get(path) or Reply(404, "text/html; charset=utf-8", _NO_SUCH_PAGE, _PRINTED)
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and reply.packed is not None
        body = reply.packed if packed and reply.packed is not None else reply.body
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if reply.status == 200 and self._has(etag, reply.changed):
            self.send_response(304)
        else:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if packed:
                self.send_header("Content-Encoding", "gzip")
        if reply.location is not None:
            self.send_header("Location", reply.location)
        if reply.status == 200:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", format_datetime(reply.changed, usegmt=True))
            self.send_header("Cache-Control", "no-cache")
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        if self.command == "GET" and self._status != 304:
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 (the name http.server looks for)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Remembers the status beside sending it."""
        self._status = code
        super().send_response(code, message)

    def _has(self, etag: str, changed: datetime) -> bool:
        known = self.headers.get("If-None-Match")
        if known is not None:
            return etag in (tag.strip().removeprefix("W/") for tag in known.split(",")) or known.strip() == "*"
        since = self.headers.get("If-Modified-Since")
        try:
            return since is not None and changed.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (ValueError, TypeError):
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed: the newspaper shares its terminal with the crawl's progress display."""
