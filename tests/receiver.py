"""A receiver of webhooks on 127.0.0.1 that fails, hangs and answers late as it is told to, and remembers what came."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

KEY = "a key of the tests"


@dataclass
class Received:
    """One request."""

    id: str
    message: dict[str, Any]
    signed: bool
    answered: str
    """"200", "500", "late" or "never"."""
    at: float = field(default_factory=time.time)


class Receiver:
    """`behaviour` says of each request, by how many came before it, what is answered: see `Received.answered`."""

    def __init__(self, behaviour: Callable[[int], str] = lambda number: "200", *, late: float = 2.0) -> None:
        self.received: list[Received] = []
        self.behaviour, self.late = behaviour, late
        self.arrived: Callable[[Received], None] = lambda one: None
        """Called when a request has been read and before it is answered; may change what is answered."""
        self._count, self._lock = 0, threading.Lock()
        self._stopped = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._take(self)

            do_GET = do_POST  # noqa: N815 (the server's name)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: Any) -> None:
                """Senders are killed in the middle of a request."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(length)
        if len(body) < length:
            # Whoever sent it was killed in the middle.
            handler.close_connection = True
            return
        with self._lock:
            number, self._count = self._count, self._count + 1
        answer = self.behaviour(number)
        key = handler.headers.get("webhook-id", "")
        content = f"{key}.{handler.headers.get('webhook-timestamp')}.".encode() + body
        wanted = "v1," + base64.b64encode(hmac.digest(KEY.encode(), content, sha256)).decode()
        signed = handler.headers.get("webhook-signature") == wanted
        one = Received(key, json.loads(body) if body else {}, signed, answer)
        with self._lock:
            self.received.append(one)
        self.arrived(one)
        answer = one.answered
        if answer in ("late", "never"):
            self._stopped.wait(self.late if answer == "late" else 60.0)
            if answer == "never":
                handler.close_connection = True
                return
        status = int(answer) if answer.isdigit() else 200
        handler.send_response(status)
        if status in (301, 302, 307, 308):
            handler.send_header("Location", self.url + "-elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def waited(self, count: int, seconds: float = 60.0) -> bool:
        """Whether so many requests come in the time that a slow machine needs."""
        end = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < end:
            time.sleep(0.02)
        return len(self.received) >= count

    # ------------------------------------------------------------------ what was received
    def accepted(self) -> list[Received]:
        """What was not refused: a message whose answer was late or never came has arrived."""
        return [one for one in self.received if not (one.answered.isdigit() and int(one.answered) >= 300)]

    def faults(self) -> list[str]:
        """Deliveries that came twice without a mark, or more than twice, or unsigned, or under two keys."""
        faults = [f"unsigned: {one.id}" for one in self.received if not one.signed]
        by_delivery: dict[str, list[Received]] = {}
        for one in self.accepted():
            for item in one.message["items"]:
                by_delivery.setdefault(item["delivery"], []).append(one)
        for delivery, came in by_delivery.items():
            marked = Counter(one.message["possible_repeat"] for one in came)
            if marked[False] > 1 or marked[True] > 1:
                faults.append(f"{delivery} came {dict(marked)}")
            if len({one.id for one in came}) > 1:
                faults.append(f"{delivery} has several keys")
        return faults

    def delivered(self) -> set[str]:
        """Ids of deliveries that arrived."""
        return {item["delivery"] for one in self.accepted() for item in one.message["items"]}
