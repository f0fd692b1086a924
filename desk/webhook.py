"""One HTTP request from the desk: to a public address unless allowed otherwise, no redirect followed, in bounded time.

Messages are signed as https://www.standardwebhooks.com says, so receivers find ready-made checks in their language.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from config.settings import USER_AGENT
from pipelines.network import is_public
from pipelines.store.base import Document

ANSWER_BYTES = 300
"""Of an answer that are kept, for a person."""


class NotSentError(Exception):
    """It did not arrive, for certain; the message says why."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        self.wait = wait
        """Seconds that the receiver wants to be left alone."""
        super().__init__(why)


class UnansweredError(Exception):
    """It may have arrived."""


class TakenError(Exception):
    """Another process deals with it."""


def post(
    url: str, key: str, message: Document, *, timeout: float, allow_private: bool, begin: Callable[[], bool]
) -> str:
    """Hand a message over; the answer in one line. `begin` is asked before the first byte of it leaves.

    Raises NotSentError, UnansweredError, or TakenError where `begin` says no.
    """
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", **signature(key, message["id"], body, round(time.time()))}
    return request("POST", url, body, headers, timeout=timeout, allow_private=allow_private, begin=begin)


def signature(key: str, message_id: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The headers that let a receiver know who sent a message, when, and whether it has it already."""
    secret = key.encode()
    if key.startswith("whsec_"):
        try:
            secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise NotSentError("the key after whsec_ is no base64") from None
    digest = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        "Idempotency-Key": message_id,
    }


def request(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allow_private: bool,
    begin: Callable[[], bool],
) -> str:
    """As `post`, for any request. `timeout`: seconds for connecting, and again for all the rest."""
    parts = urlsplit(url)
    host, secure = parts.hostname, parts.scheme == "https"
    if host is None or parts.scheme not in ("http", "https"):
        raise NotSentError("its address is no full http:// or https:// address")
    try:
        port = parts.port or (443 if secure else 80)
        connected = _connect(host, port, timeout, allow_private=allow_private)
        if secure:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
    except (OSError, ValueError) as error:
        raise NotSentError(f"{host} cannot be reached: {error}") from None
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.default_port = 443 if secure else 80
    connection.sock = connected
    # A receiver that answers a byte a minute keeps each single wait short: only a clock beside it ends that.
    clock = threading.Timer(timeout, _shut, (connected,))
    try:
        if not begin():
            raise TakenError
        clock.start()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body, {"User-Agent": USER_AGENT, **headers})
            answer = connection.getresponse()
            status, reason = answer.status, answer.reason
        except (OSError, http.client.HTTPException) as error:
            raise UnansweredError(f"{host} did not answer in {timeout:g} s: {error or type(error).__name__}") from None
        return _judged(host, status, reason, answer)
    finally:
        clock.cancel()
        connection.close()


def _judged(host: str, status: int, reason: str, answer: http.client.HTTPResponse) -> str:
    if 200 <= status < 300:
        return f"{status} {reason}"
    if 300 <= status < 400:
        raise NotSentError(f"{host} answers {status}: redirects are not followed, write the address that it leads to")
    try:
        said = answer.read(ANSWER_BYTES).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    wait = answer.headers.get("Retry-After", "")
    raise NotSentError(
        f"{host} answers {status} {reason} {said}".strip(), min(float(wait), 3600.0) if wait.isdigit() else 0
    )


def not_public(host: str) -> str:
    """What a person is told of an address that may not be connected to."""
    return f"{host} is no public address; the channel may say allow_private = true, where it is a server of your own"


def _connect(host: str, port: int, timeout: float, *, allow_private: bool) -> socket.socket:
    """The address that is checked is the one that is connected to, whatever the name resolves to the next moment."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [(family, address) for family, _, _, _, address in found if allow_private or is_public(str(address[0]))]
    if not addresses:
        raise NotSentError(not_public(host))
    problem: OSError | None = None
    for family, address in addresses:
        connected = socket.socket(family, socket.SOCK_STREAM)
        connected.settimeout(timeout)
        try:
            connected.connect(address)
        except OSError as error:
            connected.close()
            problem = error
        else:
            return connected
    assert problem is not None
    raise problem


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already
