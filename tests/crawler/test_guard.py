"""Nothing but public addresses is connected to, however they are spelled."""

import pytest

from crawler.guard import ForbiddenAddress, GuardedReactor
from pipelines.network import is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_private_addresses_are_forbidden(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_public(address)


def test_reactor_refuses_before_it_connects() -> None:
    class Reactor:
        def connectTCP(self, host: str, port: int, factory: object) -> str:  # noqa: N802 (Twisted's name)
            return f"{host}:{port}"

    guarded = GuardedReactor(Reactor())
    assert guarded.connectTCP("8.8.8.8", 80, None) == "8.8.8.8:80"
    with pytest.raises(ForbiddenAddress, match="allow_private"):
        guarded.connectTCP("::ffff:10.0.0.1", 80, None)
