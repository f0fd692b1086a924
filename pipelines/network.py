"""Which addresses of the internet may be connected to: what crawls, and what hands messages over, ask here."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Local NAT64 (RFC 8215), IPv4-compatible (RFC 4291) and site-local (RFC 3879): Python takes them for global.
_NOT_PUBLIC = tuple(ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "::/96", "fec0::/10"))


def is_public(address: str) -> bool:
    """Whether an IP address may be connected to: globally routable unicast, also once unwrapped from IPv6.

    An IPv4 address inside an IPv6 one (mapped ::ffff:0:0/96, 6to4 2002::/16, Teredo 2001::/32, NAT64 64:ff9b::/96)
    is what the packet reaches in the end, so it is what counts.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner: ipaddress.IPv4Address | None = None
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    checked = inner or ip
    return checked.is_global and not checked.is_multicast and not any(checked in net for net in _NOT_PUBLIC)


class NotPublicError(OSError):
    """A connection to an address that is not public."""


_refused: ContextVar[list[str] | None] = ContextVar("refused", default=None)


@contextmanager
def public_only() -> Iterator[list[str]]:
    """What other people's code connects to in the with block has to be public; gives the addresses that were refused.

    For libraries that resolve and connect themselves: Python tells of each connection with the address that it is made
    to, so a name that changes between two looks gains nothing. A refused one fails with NotPublicError. Threads count
    where they were given this context; connections made in C, and sockets of this machine without an address, do not.
    """
    refused: list[str] = []
    if not _watching:
        _watching.append(True)
        sys.addaudithook(_judge)
    token = _refused.set(refused)
    try:
        yield refused
    finally:
        _refused.reset(token)


_watching: list[bool] = []
"""Holds something once Python calls `_judge`, which nothing can end."""


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto") or (refused := _refused.get()) is None:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not is_public(str(address[0])):
        refused.append(str(address[0]))
        raise NotPublicError(f"{address[0]} is no public address")
