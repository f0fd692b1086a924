"""Where a webhook may lead, and what it makes of answers."""

from __future__ import annotations

import socket
import threading

import pytest
from receiver import KEY, Receiver

from desk.webhook import NotSentError, TakenError, UnansweredError, post

MESSAGE = {"id": "key", "items": [], "possible_repeat": False}


def sent(url: str, *, private: bool = True, timeout: float = 5.0, begin: bool = True) -> str:
    return post(url, KEY, MESSAGE, timeout=timeout, allow_private=private, begin=lambda: begin)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://10.0.0.1:{port}/",
        "http://169.254.169.254:{port}/latest/meta-data",
        "http://2130706433:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
    ],
)
def test_addresses_that_are_not_public_are_not_connected_to(url: str) -> None:
    with Receiver() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        with pytest.raises(NotSentError, match="is no public address"):
            sent(url.format(port=port), private=False)
    assert receiver.received == []


def test_redirects_are_not_followed() -> None:
    with Receiver(lambda _: "302") as receiver, pytest.raises(NotSentError, match="redirects are not followed"):
        sent(receiver.url)
    assert len(receiver.received) == 1


def test_refusals_are_told_from_silence() -> None:
    with Receiver(lambda _: "503") as receiver, pytest.raises(NotSentError, match="answers 503"):
        sent(receiver.url)
    with Receiver(lambda _: "never") as receiver, pytest.raises(UnansweredError):
        sent(receiver.url, timeout=0.2)
    with Receiver() as receiver:
        assert sent(receiver.url) == "200 OK"
        assert receiver.received[0].signed
        with pytest.raises(TakenError):
            sent(receiver.url, begin=False)
    assert len(receiver.received) == 1
    with pytest.raises(NotSentError, match="cannot be reached"):
        sent(receiver.url)
    with pytest.raises(NotSentError, match="no full http"):
        sent("ftp://example.org/")


def test_an_answer_byte_by_byte_does_not_hold_it_longer() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            while not over.is_set():
                try:
                    connection.send(b"H")
                except OSError:
                    return
                over.wait(0.05)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(UnansweredError):
            sent(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.5)
    finally:
        over.set()
        thread.join()
        listener.close()
