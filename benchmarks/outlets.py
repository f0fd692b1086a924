"""Many newspapers in one process, for measuring crawls: pages of the demo newspaper, or saved ones that lie
beside the project, under as many addresses as wanted.

`python -m benchmarks.outlets OUTLETS PAGES [FOLDER]` serves them, one port each, and prints the ports; /asked of any of
them tells the moment of the first request for an article (seconds since 1970) and how many there were.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from desk.demo.content import load_edition
from desk.demo.newspaper import render_article

ROOT = Path(__file__).resolve().parent.parent
_CANONICAL = re.compile(rb"<link\b[^>]{0,200}\brel=.canonical\b[^>]*>", re.IGNORECASE)


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

    def answer(self, outlet: int, port: int, path: str) -> tuple[str, bytes]:
        """Content type and body."""
        if path == "/asked":
            first = self._asked[0] if self._asked else 0.0
            return "application/json", json.dumps([first, len(self._asked)]).encode()
        if path.startswith("/rss.xml"):
            items = "".join(
                f"<item><link>http://127.0.0.1:{port}/news/{number}-report</link></item>"
                for number in range(1, self._pages + 1)
            )
            return "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        if path.startswith("/news/"):
            self._asked.append(time.time())
            number = int(path.removeprefix("/news/").split("-")[0])
            body = self._bodies[number % len(self._bodies)]
            # Its own canonical address and its own text: no page is another's copy.
            here = f"http://127.0.0.1:{port}{path}"
            return self._kind, _own(body, here.encode(), f"{outlet}-{number}".encode())
        return "text/plain", b""


def _own(body: bytes, here: bytes, mark: bytes) -> bytes:
    body = _CANONICAL.sub(b'<link rel="canonical" href="%s">' % here, body, count=1)
    return body.replace(b"</h1>", b" %s</h1>" % mark, 1)


async def _serve(outlets: int, pages: int, folder: Path | None) -> None:
    content = Outlets(pages, folder)

    async def handle(outlet: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                kind, body = content.answer(outlet, port, head.split(b" ", 2)[1].decode())
                status = "200 OK" if body or kind != "text/plain" else "404 Not Found"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    servers = [await asyncio.start_server(partial(handle, outlet), "127.0.0.1", 0) for outlet in range(outlets)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()


@contextmanager
def served(outlets: int, pages: int, folder: Path | None = None) -> Iterator[list[int]]:
    """Ports of that many newspapers, served by a process of their own; `folder`: of saved pages to serve."""
    command = [sys.executable, "-m", "benchmarks.outlets", str(outlets), str(pages), *([str(folder)] if folder else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield [int(port) for port in server.stdout.readline().split()]
        finally:
            server.kill()


def asked(port: int) -> tuple[float, int]:
    """When the first article was asked for, and how many were."""
    with urlopen(f"http://127.0.0.1:{port}/asked", timeout=10) as answer:
        first, count = json.loads(answer.read())
    return first, count


def write_sources(folder: Path, ports: list[int], concurrency: int) -> None:
    """Source files that read them without waiting."""
    sources = folder / "config" / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for number, port in enumerate(ports):
        home = f"http://127.0.0.1:{port}/"
        lines = [
            f'name = "outlet {number}"',
            f'home = "{home}"',
            "allow_private = true",
            "delay = 0",
            f"concurrency = {concurrency}",
            "daily_requests = 1000000",
            "article = '/news/'",
            "id = '/news/([0-9]+)-'",
            "[[entrance]]",
            'kind = "feed"',
            f'url = "{home}rss.xml"',
        ]
        (sources / f"outlet{number}.toml").write_text("\n".join(lines), encoding="utf-8")


def environment(folder: Path) -> dict[str, str]:
    """Of a crawl with a store and a configuration of its own."""
    mine = {"MARSAD_DATA": str(folder / "data"), "MARSAD_CONFIG": str(folder / "config"), "MONGO_URI": ""}
    return os.environ | mine


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
