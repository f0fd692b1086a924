"""20 kill -9 at random moments over one crawl: nothing is lost, nothing is stored twice, little is asked for again.

`make crashes` (`python -m benchmarks.crashes [--pages 5000] [--seed 8] [--record]`). Too slow for the tests; it ends
with what it found, and 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.history import record
from benchmarks.outlets import ROOT, environment
from desk.demo.content import DemoArticle, load_edition
from pipelines.stages import BATCH
from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.store.query import EVERYTHING

KILLS = 20
CONCURRENCY = 4
IN_FLIGHT = CONCURRENCY + BATCH
"""Pages that are being fetched, and those that are being written while the next batch fills."""


@dataclass
class Press:
    """A newspaper of `pages` articles at a loopback address, that counts what is asked of it."""

    pages: int
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    requests: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    """Those answered with 304."""
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

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                press.requests[self.path] += 1
            status, kind, body = press.page(self.path)
            etag = f'"{sha256(body).hexdigest()[:20]}"'
            if self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
                press.unchanged[self.path] += 1
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            press.sent += len(body)

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


def write_source(config: Path, press: Press) -> None:
    """A source file for the newspaper."""
    (config / "sources").mkdir(parents=True, exist_ok=True)
    (config / "sources" / "paper.toml").write_text(
        f'name = "paper"\nhome = "{press.url}"\nallow_private = true\ndelay = 0\nconcurrency = {CONCURRENCY}\n'
        f"daily_requests = 1000000\narticle = '/news/\\d+'\n"
        f'[[entrance]]\nkind = "feed"\nurl = "{press.url}feed.xml"\n',
        encoding="utf-8",
    )


def crashes(pages: int, seed: int, *, keep: bool) -> int:
    """Kills, each after some pages more; then one crawl that ends. 1 where a promise was broken."""
    random_ = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, open_press(Press(pages)) as press:
        folder = Path(name)
        (folder / "data").mkdir()
        write_source(folder / "config", press)
        command = [sys.executable, "-m", "scrapy", "crawl", "paper"]
        store = open_store(str(folder / "data" / "marsad.sqlite"))
        lost: list[set[str]] = []
        """By kill: pages that were asked for and of which the store knows nothing."""
        known: set[str] = set()
        late = repeated = needless = 0
        for kill in range(1, KILLS + 1):
            before = _articles(press)
            process = subprocess.Popen(command, cwd=ROOT, env=environment(folder), stderr=subprocess.DEVNULL)
            until = random_.randrange(1, max(2, 3 * pages // (2 * KILLS)))
            while _articles(press).total() - before.total() < until and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random_.random() * 0.5)
            late += process.poll() is not None
            process.send_signal(signal.SIGKILL)
            process.wait()
            asked = set(_articles(press) - before)
            repeated += len(asked & before.keys())
            needless += len(asked & known)
            known = _known(store, press)
            lost.append(asked - known)
            print(
                f"kill {kill}: {len(known)} pages known, {len(lost[-1])} asked for in vain, "
                f"{len(asked & before.keys())} asked for again",
                file=sys.stderr,
                flush=True,
            )
        before = _articles(press)
        subprocess.run(command, cwd=ROOT, env=environment(folder), stderr=subprocess.DEVNULL, check=True)
        asked = set(_articles(press) - before)
        repeated += len(asked & before.keys())
        needless += len(asked & known)
        found = Counter(document["url"] for document in store.find(EVERYTHING))
        revised = sum(document["revision"] > 1 for document in store.find(EVERYTHING))
        store.close()
        # What an undisturbed crawl stores: all of them.
        missing = len({f"{press.url}news/{n}" for n in range(pages)} - found.keys())
        twice = sum(count - 1 for count in found.values()) + len(found) - (pages - missing)
        most, bound = max(len(pages_) for pages_ in lost), IN_FLIGHT + BATCH
        print(
            f"{KILLS} kills over {pages} articles, {late} of them too late: {missing} missing, {twice} twice, "
            f"{revised} revised; asked for in vain {sum(map(len, lost)) / KILLS:.1f} pages a kill, at most {most} "
            f"(at most {IN_FLIGHT} in flight and {BATCH} in a batch); {repeated} requests repeated, {needless} of them "
            "for what was stored"
        )
        if keep:
            figures = {
                "kills too late": late,
                "missing, twice or revised": missing + twice + revised,
                "most asked for in vain by one": most,
            }
            figures |= {"requests repeated": repeated, "repeated for what was stored": needless}
            record({f"{KILLS} kill -9 over {pages} articles: {what}": figure for what, figure in figures.items()})
        return int(bool(missing or twice or revised or needless or late) or most > bound)


def _known(store: Store, press: Press) -> set[str]:
    """Paths of the articles that the store has dealt with."""
    seen = store.seen([f"{press.url}news/{n}" for n in range(press.pages)])
    return {urlsplit(url).path for url in seen}


def _articles(press: Press) -> Counter[str]:
    return Counter({path: count for path, count in press.requests.copy().items() if path.startswith("/news/")})


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    return crashes(options.pages, options.seed, keep=options.record)


if __name__ == "__main__":
    sys.exit(main())
