"""One page through the crawl's guards, exactly as it was on the wire."""

from __future__ import annotations

import gzip
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

from site_on_loopback import write_source

from pipelines.records import Page, page_from_json

ROOT = Path(__file__).parent.parent.parent
PAGE = "<html><body><h1>خبر</h1></body></html>".encode()
PACKED = gzip.compress(PAGE, mtime=0)


class Raw(socketserver.StreamRequestHandler):
    """Answers with header names that no library would spell so."""

    received: list[bytes] = []  # noqa: RUF012 (shared on purpose)

    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline().strip()) != b"":
            lines.append(line)
        if lines[0].startswith(b"GET /robots.txt"):
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        Raw.received = lines
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nX-oDD-name:  one \r\ncontent-TYPE: text/html; charset=utf-8\r\nx-odd-NAME: two\r\n"
            b"Content-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(PACKED), PACKED)
        )


def fetch(tmp_path: Path) -> Page:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Raw) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        home = f"http://127.0.0.1:{server.server_address[1]}/"
        write_source(tmp_path, "raw", home)
        command = [sys.executable, "-m", "crawler.fetch", f"{home}news/1", "--source", "raw"]
        environment = os.environ | {"MARSAD_CONFIG": str(tmp_path), "MARSAD_CONTACT": "desk@example.org"}
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, timeout=60)
        server.shutdown()
    return page_from_json(answer.stdout)


def test_headers_and_body_as_on_the_wire(tmp_path: Path) -> None:
    page = fetch(tmp_path)
    assert page.wire == PACKED
    assert page.body == PAGE
    assert page.encoding == "utf-8"
    assert page.response_headers[:3] == (
        (b"X-oDD-name", b"one"),
        (b"content-TYPE", b"text/html; charset=utf-8"),
        (b"x-odd-NAME", b"two"),
    )
    sent = [f"{name.decode()}: {value.decode()}".encode() for name, value in page.request_headers]
    assert sent == Raw.received[1:]
    assert b"Accept-Language: ar,en;q=0.3" in sent
    assert any(line.startswith(b"User-Agent: Marsad/") and b"desk@example.org" in line for line in sent)
