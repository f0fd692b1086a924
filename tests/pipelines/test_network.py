"""What other people's code connects to."""

from __future__ import annotations

import contextvars
import socket
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from pipelines.network import NotPublicError, public_only


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


def test_connections_in_the_block_have_to_be_public(server: tuple[str, int]) -> None:
    with public_only() as refused:
        for address in (server, ("localhost", server[1])):
            with pytest.raises(NotPublicError, match=r"127\.0\.0\.1 is no public address"):
                socket.create_connection(address, 5)
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams, pytest.raises(NotPublicError):
            datagrams.sendto(b"x", server)
    assert set(refused) == {"127.0.0.1"}
    assert len(refused) == 3
    socket.create_connection(server, 5).close()
    # Another block begins anew.
    with public_only() as refused:
        assert refused == []


def test_threads_count_where_they_have_the_context(server: tuple[str, int]) -> None:
    failures: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection(server, 5).close()
        except NotPublicError as error:
            failures.append(str(error))

    with public_only() as refused:
        for target in (connect, partial(contextvars.copy_context().run, connect)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert (len(failures), refused) == (1, ["127.0.0.1"])
