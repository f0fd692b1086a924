"""A small web site on 127.0.0.1 for tests, and the source file that reads it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    seconds: float = 0
    """How long the answer takes."""


class Site:
    """A context manager that serves `replies` by path; everything else is 404. `replies` may change while it runs.

    A reply with an ETag answers 304 to whoever has it. `host`: another loopback address, for a second host.
    """

    def __init__(self, replies: Mapping[str, Reply], host: str = "127.0.0.1") -> None:
        self.replies = dict(replies)
        self.requests: Counter[str] = Counter()
        self.answers: Counter[tuple[str, int]] = Counter()
        """How often each path was answered with each status."""
        self.at_once = 0
        self.most_at_once = 0
        """The most requests that were being answered at the same time."""
        lock = threading.Lock()
        self.headers: dict[str, dict[str, str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with lock:
                    site.requests[self.path] += 1
                    site.at_once += 1
                    site.most_at_once = max(site.most_at_once, site.at_once)
                try:
                    reply = self.reply()
                finally:
                    # Before the answer leaves: who has it may ask again sooner than this thread goes on.
                    with lock:
                        site.at_once -= 1
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with suppress(ConnectionError):  # who has read enough hangs up
                    self.wfile.write(reply.body)

            def reply(self) -> Reply:
                site.headers[self.path] = dict(self.headers.items())
                reply = site.replies.get(self.path, Reply(status=404))
                if "ETag" in reply.headers and reply.headers["ETag"] == self.headers.get("If-None-Match"):
                    reply = Reply(status=304)
                site.answers[self.path, reply.status] += 1
                time.sleep(reply.seconds)
                return reply

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def tagged(reply: Reply) -> Reply:
    """The reply with an ETag of its body."""
    return replace(reply, headers=reply.headers | {"ETag": f'"{sha256(reply.body).hexdigest()[:16]}"'})


def sitemap(home: str, paths: Mapping[str, datetime | None], *, index: bool = False) -> Reply:
    """A sitemap (or an index of sitemaps) of these paths, with the times when they changed."""
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    rows = "".join(
        f"<{inner}><loc>{home}{path.lstrip('/')}</loc>"
        + (f"<lastmod>{changed.isoformat()}</lastmod>" if changed else "")
        + f"</{inner}>"
        for path, changed in paths.items()
    )
    body = f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{outer}>'
    return Reply(body.encode(), headers={"Content-Type": "application/xml"})


def feed(home: str, paths: list[str]) -> Reply:
    """An RSS feed of these paths."""
    items = "".join(f"<item><title>x</title><link>{home}{path.lstrip('/')}</link></item>" for path in paths)
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
    return Reply(body.encode(), headers={"Content-Type": "application/rss+xml"})


def article_page(title: str, *paragraphs: str) -> Reply:
    """A plain Arabic article."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    body = (
        f'<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><article><h1>{title}</h1>{text}</article></main></body></html>"
    )
    return Reply(body.encode())


PARAGRAPH = (
    "أعلنت مصادر محلية في محافظة الأنبار اليوم أن فرق الدفاع المدني أنهت أعمال تنظيف الطريق الرئيسي بعد الأمطار، "
    "وأن المدارس ستفتح أبوابها صباح الغد كالمعتاد بعد أن تأكدت اللجان المختصة من سلامة الأبنية والطرق المؤدية إليها."
)


def write_source(config: Path, name: str, home: str, **keys: str) -> None:
    """A source file in the overlay `config`, as TOML values; the entrance is /rss.xml unless `entrances` names others.

    `entrances`: lines of "kind path".
    """
    entrances = keys.pop("entrances", "feed rss.xml").splitlines()
    table = {"name": f'"{name}"', "home": f'"{home}"', "allow_private": "true", "delay": "0", "concurrency": "4"} | keys
    lines = [f"{key} = {value}" for key, value in table.items() if value]
    for kind, path in (line.split() for line in entrances):
        lines += ["[[entrance]]", f'kind = "{kind}"', f'url = "{home}{path}"']
    (config / "sources").mkdir(parents=True, exist_ok=True)
    (config / "sources" / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
