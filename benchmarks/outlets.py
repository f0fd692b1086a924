"""Many newspapers in one process, for measuring crawls: pages of the demo newspaper, or saved ones that lie
beside the project, under as many addresses as wanted.

`python -m benchmarks.outlets OUTLETS PAGES SECONDS [FOLDER]` serves them at 127.0.1.1, 127.0.1.2 …, each answer taking
so long, and prints their home pages. /asked of any of them tells the moment of the first request for an article
(seconds since 1970) and how many there were, of all; /visits when each request of this one came and how many were open
at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from desk.demo.content import load_edition
from desk.demo.newspaper import render_article

ROOT = Path(__file__).resolve().parent.parent
IN_A_FEED = 10_000
"""Articles that a feed lists, /rss.xml the first ones: no larger one is read."""
_CANONICAL = re.compile(rb"<link\b[^>]{0,200}\brel=.canonical\b[^>]*>", re.IGNORECASE)


@dataclass
class Visits:
    """What was asked of one of them."""

    times: list[float] = field(default_factory=list)
    """When each request came, in seconds since 1970."""
    open: int = 0
    most: int = 0
    """Requests that were being answered at the same time: now, and at most."""


class Outlets:
    """What is served: saved pages of a folder, or else the demo newspaper's."""

    def __init__(self, pages: int, folder: Path | None = None) -> None:
        if folder is None:
            self._bodies = [render_article(one, one.layout).encode() for one in load_edition().articles]
        else:
            self._bodies = [file.read_bytes() for file in sorted(folder.glob("*.html"))]
        # Saved pages say themselves what charset they are in.
        self._kind = "text/html; charset=utf-8" if folder is None else "text/html"
        self._pages = pages
        self._asked: list[float] = []
        self.visits: defaultdict[int, Visits] = defaultdict(Visits)
        """By outlet."""

    def answer(self, outlet: int, home: str, path: str) -> tuple[str, bytes]:
        """Content type and body."""
        if path == "/asked":
            first = self._asked[0] if self._asked else 0.0
            return "application/json", json.dumps([first, len(self._asked)]).encode()
        if path == "/visits":
            visits = self.visits[outlet]
            return "application/json", json.dumps([visits.times, visits.most]).encode()
        if path.startswith("/rss.xml"):
            first = int(path.partition("?from=")[2] or 1)
            numbers = range(first, min(first + IN_A_FEED, self._pages + 1))
            items = "".join(f"<item><link>{home}news/{number}-report</link></item>" for number in numbers)
            return "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        if path.startswith("/news/"):
            self._asked.append(time.time())
            number = int(path.removeprefix("/news/").split("-")[0])
            body = self._bodies[number % len(self._bodies)]
            # Its own canonical address and its own text: no page is another's copy.
            here = f"{home}{path[1:]}".encode()
            return self._kind, _own(body, here, f"{outlet}-{number}".encode())
        return "text/plain", b""


def _own(body: bytes, here: bytes, mark: bytes) -> bytes:
    body = _CANONICAL.sub(b'<link rel="canonical" href="%s">' % here, body, count=1)
    return body.replace(b"</h1>", b" %s</h1>" % mark, 1)


async def _serve(outlets: int, pages: int, seconds: float, folder: Path | None) -> None:
    content = Outlets(pages, folder)

    async def handle(outlet: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("sockname")
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                async with _visited(content.visits[outlet], path, seconds):
                    kind, body = content.answer(outlet, f"http://{host}:{port}/", path)
                    status = "200 OK" if body or kind != "text/plain" else "404 Not Found"
                    said = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                    writer.write(said.encode() + body)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    servers = [
        await asyncio.start_server(partial(handle, outlet), f"127.0.1.{outlet + 1}", 0) for outlet in range(outlets)
    ]
    names = [server.sockets[0].getsockname() for server in servers]
    print(*(f"http://{host}:{port}/" for host, port in names), flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def _visited(visits: Visits, path: str, seconds: float) -> AsyncIterator[None]:
    """Count a visitor, not whoever asks about visitors, and take `seconds` for the answer."""
    if path in ("/asked", "/visits"):
        yield
        return
    visits.times.append(time.time())
    visits.open += 1
    visits.most = max(visits.most, visits.open)
    try:
        if seconds:
            await asyncio.sleep(seconds)
        yield
    finally:
        visits.open -= 1


@contextmanager
def served(outlets: int, pages: int, *, seconds: float = 0, folder: Path | None = None) -> Iterator[list[str]]:
    """Home pages of that many newspapers, served by a process of their own; `folder`: of saved pages to serve."""
    command = [sys.executable, "-m", "benchmarks.outlets", str(outlets), str(pages), str(seconds)]
    command += [str(folder)] if folder else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()
        finally:
            server.kill()


def asked(home: str) -> tuple[float, int]:
    """When the first article of any of them was asked for, and how many were."""
    with urlopen(f"{home}asked", timeout=10) as answer:
        first, count = json.loads(answer.read())
    return first, count


def visits(home: str) -> tuple[list[float], int]:
    """When each request came to this one, and how many were being answered at the same time at most."""
    with urlopen(f"{home}visits", timeout=10) as answer:
        times, most = json.loads(answer.read())
    return times, most


def write_sources(folder: Path, homes: list[str], concurrency: int, delay: float = 0, pages: int = IN_A_FEED) -> None:
    """Source files that read so many pages of each, without waiting unless `delay` (seconds) says so."""
    sources = folder / "config" / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for number, home in enumerate(homes):
        lines = [
            f'name = "outlet {number}"',
            f'home = "{home}"',
            "allow_private = true",
            f"delay = {delay}",
            f"concurrency = {concurrency}",
            "daily_requests = 1000000",
            "article = '/news/'",
            "id = '/news/([0-9]+)-'",
        ]
        for first in range(1, pages + 1, IN_A_FEED):
            lines += ["[[entrance]]", 'kind = "feed"', f'url = "{home}rss.xml?from={first}"']
        (sources / f"outlet{number}.toml").write_text("\n".join(lines), encoding="utf-8")


def articles_among(pages: int) -> int:
    """How many of an outlet's pages of the demo newspaper are articles: it has others. There is no robots.txt here."""
    articles = load_edition().articles
    return sum(articles[number % len(articles)].rejection in (None, "robots") for number in range(1, pages + 1))


def environment(folder: Path) -> dict[str, str]:
    """Of a crawl with a store and a configuration of its own."""
    mine = {"MARSAD_DATA": str(folder / "data"), "MARSAD_CONFIG": str(folder / "config"), "MONGO_URI": ""}
    return os.environ | mine


if __name__ == "__main__":
    saved_pages = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), saved_pages))
