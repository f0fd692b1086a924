"""Which addresses of the internet may be connected to: what crawls, and what hands messages over, ask here."""

from __future__ import annotations

import ipaddress

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
