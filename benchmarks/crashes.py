"""Crawls that are killed, and crawls of many hosts: `python -m benchmarks.crashes crashes|load` (`make crashes`,
`make load`). Too slow for the tests; each ends with what it found, and 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.outlets import ROOT, environment
from desk.demo.content import DemoArticle, load_edition
from pipelines.stages import BATCH
from pipelines.store import open_store
from pipelines.store.query import EVERYTHING

KILLS = 20
CONCURRENCY = 4
WINDOW = 5
"""Requests in a row whose mean distance is looked at."""


@dataclass
class Press:
    """A newspaper of `pages` articles at a loopback address, that counts what is asked of it."""

    pages: int
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    requests: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    """When each request began (seconds)."""
    at_once: int = 0
    """The most requests that were being answered at the same time."""
    sent: int = 0
    """Bytes of all bodies."""
    url: str = ""

    def page(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        if path == "/robots.txt":
            return 200, "text/plain", f"User-agent: *\nAllow: /\nSitemap: {self.url}sitemap.xml\n".encode()
        if path == "/":
            link = f'<link rel="alternate" type="application/rss+xml" href="{self.url}feed.xml">'
            return 200, "text/html", f"<html><head>{link}</head><body></body></html>".encode()
        if path == "/feed.xml":
            items = "".join(f"<item><link>{self.url}news/{n}</link></item>" for n in range(self.pages))
            return 200, "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        number = path.removeprefix("/news/")
        if not number.isdigit() or int(number) >= self.pages:
            return 404, "text/plain", b"no such page"
        article = _printed()[int(number) % 70]
        text = "".join(f"<p>{paragraph}</p>" for paragraph in article.paragraphs)
        head = f'<meta charset="utf-8"><title>{article.title} {number}</title>'
        body = f'<html lang="ar"><head>{head}</head><body><article><h1>{article.title} {number}</h1>{text}</article>'
        return 200, "text/html; charset=utf-8", body.encode()


@cache
def _printed() -> list[DemoArticle]:
    return [article for article in load_edition().articles if article.rejection is None]


@contextmanager
def open_press(press: Press) -> Iterator[Press]:
    """The newspaper is open at `press.url` inside the with block. Raises OSError where its port may not be used."""
    lock = threading.Lock()
    open_now = [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                press.requests[self.path] += 1
                press.times.append(time.monotonic())
                open_now[0] += 1
                press.at_once = max(press.at_once, open_now[0])
            try:
                status, kind, body = press.page(self.path)
                etag = f'"{sha256(body).hexdigest()[:20]}"'
                if self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("ETag", etag)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                press.sent += len(body)
            finally:
                with lock:
                    open_now[0] -= 1

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: object) -> None:
            if not isinstance(sys.exception(), OSError):
                super().handle_error(request, client_address)

    server = Server((press.host, press.port), Handler)
    press.url = f"http://{press.host}:{server.server_port}/".replace(":80/", "/")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield press
    finally:
        server.shutdown()
        server.server_close()


def write_source(config: Path, name: str, press: Press, delay: float, concurrency: int) -> None:
    """A source file for the newspaper."""
    (config / "sources").mkdir(parents=True, exist_ok=True)
    (config / "sources" / f"{name}.toml").write_text(
        f'name = "{name}"\nhome = "{press.url}"\nallow_private = true\ndelay = {delay}\nconcurrency = {concurrency}\n'
        f'article = \'/news/\\d+\'\n[[entrance]]\nkind = "feed"\nurl = "{press.url}feed.xml"\n',
        encoding="utf-8",
    )


def crashes(pages: int, seed: int) -> int:
    """20 kill -9 at random moments over one crawl; then one that ends."""
    random_ = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, open_press(Press(pages)) as press:
        folder = Path(name)
        (folder / "data").mkdir()
        write_source(folder / "config", "paper", press, 0, CONCURRENCY)
        command = [sys.executable, "-m", "scrapy", "crawl", "paper"]
        store = open_store(str(folder / "data" / "marsad.sqlite"))
        repeated = 0
        for kill in range(1, KILLS + 1):
            before = _articles(press)
            process = subprocess.Popen(command, cwd=ROOT, env=environment(folder), stderr=subprocess.DEVNULL)
            until = random_.randrange(1, max(2, 2 * pages // KILLS))
            while _articles(press).total() - before.total() < until and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random_.random() * 0.5)
            process.send_signal(signal.SIGKILL)
            process.wait()
            again = sum(1 for path in _articles(press) - before if before[path])
            repeated += again
            stored = store.count(EVERYTHING)
            print(f"kill {kill}: {stored} articles stored, {again} requests repeated", file=sys.stderr, flush=True)
        before = _articles(press)
        subprocess.run(command, cwd=ROOT, env=environment(folder), stderr=subprocess.DEVNULL, check=True)
        repeated += sum(1 for path in _articles(press) - before if before[path])
        found = Counter(document["url"] for document in store.find(EVERYTHING))
        revised = sum(document["revision"] > 1 for document in store.find(EVERYTHING))
        store.close()
        wanted = {f"{press.url}news/{n}" for n in range(pages)}
        bound = KILLS * (BATCH + CONCURRENCY + 16)
        print(
            f"{KILLS} kills over {pages} articles: {len(found)} stored, {len(wanted - set(found))} missing, "
            f"{sum(count - 1 for count in found.values())} twice, {revised} revised; "
            f"{repeated} requests repeated, {repeated / KILLS:.1f} a kill (at most {bound // KILLS})"
        )
        return int(set(found) != wanted or max(found.values()) > 1 or revised > 0 or repeated > bound)


def _articles(press: Press) -> Counter[str]:
    return Counter({path: count for path, count in press.requests.copy().items() if path.startswith("/news/")})


def load(hosts: int, pages: int, delay: float) -> int:
    """One `marsad crawl` of many newspapers, each under an address of its own, one with a tenth of the pages."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        presses = {
            f"paper{n:02}": stack.enter_context(open_press(Press(pages if n else pages // 10, f"127.0.1.{n + 1}")))
            for n in range(hosts)
        }
        for source, press in presses.items():
            write_source(folder / "config", source, press, delay, 1)
        begun = time.monotonic()
        marsad = str(Path(sys.executable).parent / "marsad")
        command = [marsad, "crawl", *presses]
        answer = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True)
        seconds = time.monotonic() - begun
        store = open_store(str(folder / "data" / "marsad.sqlite"))
        stored = store.count(EVERYTHING)
        store.close()
        memory = {source: _peak(folder / "data" / "logs" / f"{source}.log") for source in presses}
        few = presses["paper00"].pages
        small, largest = memory["paper00"], max(memory.values())
        # Over several requests: a busy machine takes up one late and the next at once.
        pace = min(
            (later - earlier) / WINDOW
            for press in presses.values()
            for earlier, later in zip(press.times[1:], press.times[1 + WINDOW :], strict=False)
        )
        at_once = max(press.at_once for press in presses.values())
        wanted = sum(press.pages for press in presses.values())
        print(
            f"{hosts} hosts, {wanted} pages: exit code {answer.returncode}, {stored} stored in {seconds:.0f} s; "
            f"a crawl process took {small:.0f} MB for {few} pages and at most {largest:.0f} MB for "
            f"{pages}; at most {at_once} request at a time to a host, {WINDOW} in a row {pace:.2f} s apart "
            f"(delay {delay} s)"
        )
        broken = answer.returncode or stored != wanted or at_once > 1 or pace < 0.8 * delay or largest > 1.3 * small
        return int(bool(broken))


def _peak(log: Path) -> float:
    """Megabytes that a crawl process took at most, as Scrapy measures it."""
    found = re.findall(r"'memusage/max': (\d+)", log.read_text("utf-8", "replace"))
    return max((int(size) for size in found), default=0) / 1e6


def main() -> int:
    """Run what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("crashes", "load"))
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--delay", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args()
    if options.what == "crashes":
        return crashes(options.pages or 1_500, options.seed)
    return load(options.hosts, options.pages or 200, options.delay)


if __name__ == "__main__":
    sys.exit(main())
