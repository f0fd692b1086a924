"""Where messages go. The only import of apprise, which knows some hundred services; it is an extra (`alerts`)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from config import settings
from config.alerts import Channel
from desk import alert_feed
from desk.messages import VERSION
from desk.webhook import NotSentError, TakenError, UnansweredError, not_public, post
from pipelines.network import public_only
from pipelines.store.base import Document, Store

MISSING = "apprise is missing: pip install --require-hashes -r requirements-alerts.lock"
_READ_LATER = 5.0
"""Seconds that apprise's own read timeout is longer than ours: so that a missing answer is told from a refusal."""
_TYPES = {"low": "info", "normal": "info", "high": "warning"}


def hand_over(channel: Channel, name: str, store: Store, message: Document, begin: Callable[[], bool]) -> str:
    """Send a message; what was answered, in one line. `begin` is asked before the first byte of it leaves.

    Raises NotSentError, UnansweredError, or TakenError where `begin` says no.
    """
    if channel.kind == "feed":
        if not begin():
            raise TakenError
        return write_feed(channel, name, store)
    try:
        address = channel.address()
        key = channel.key() if channel.kind == "webhook" else ""
    except ValueError as error:
        raise NotSentError(str(error)) from None
    private = channel.allow_private
    if channel.kind == "webhook":
        return post(address, key, message, timeout=channel.timeout, allow_private=private, begin=begin)
    return _through_apprise(address, message, channel.timeout, allow_private=private, begin=begin)


def folder_of(channel: Channel) -> Path:
    """Where a feed is written."""
    return settings.ROOT / channel.folder if channel.folder else Path(settings.MARSAD_DATA) / "alerts"


def write_feed(channel: Channel, name: str, store: Store) -> str:
    """Write a feed of what the outbox has for it; says where. Raises NotSentError where that cannot be."""
    try:
        return alert_feed.write(folder_of(channel), name, store)
    except OSError as error:
        raise NotSentError(f"the feed cannot be written: {error}") from None


def _through_apprise(
    address: str, message: Document, timeout: float, *, allow_private: bool, begin: Callable[[], bool]
) -> str:
    if find_spec("apprise") is None:
        raise NotSentError(MISSING)
    import apprise

    # It would log addresses with what is secret in them.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    asset = apprise.AppriseAsset(
        app_id="Marsad", app_desc="Marsad", app_url="", storage_mode=apprise.PersistentStoreMode.MEMORY
    )
    services = apprise.Apprise(asset=asset)
    if not services.add(address) or not len(services):
        raise NotSentError("apprise does not understand the address")
    if len(services) > 1:
        # One that failed would have the others repeated.
        raise NotSentError("the address names several services: make a channel of each")
    long = False
    for service in services:
        service.overflow_mode = apprise.OverflowMode.SPLIT
        long = len(message["text"]) + len(message["title"]) > service.body_maxlen
        service.socket_connect_timeout = min(timeout, 4.0)
        service.socket_read_timeout = timeout + _READ_LATER
    if not begin():
        raise TakenError
    # Its threads are given the context of the caller.
    with nullcontext(list[str]()) if allow_private else public_only() as refused:
        result = services.notify(
            title=message["title"],
            body=message["text"],
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=_TYPES[message["severity"]],
            timeout=timeout,
        )
    status = result.status.name
    if result:
        return "handed over"
    if refused and status != "PARTIAL":
        raise NotSentError(not_public(", ".join(dict.fromkeys(refused))))
    if status in ("TIMEOUT", "PARTIAL"):
        raise UnansweredError(f"apprise: {status.lower()} after {timeout:g} s")
    if long:
        raise UnansweredError("apprise: some of its parts may have arrived")
    said = [entry.message for entry in result.logs()]
    raise NotSentError(f"apprise: {status.lower()}{': ' + said[-1] if said else ''}")


def unusable(channel: Channel) -> str:
    """Why nothing can be sent there, as far as that is known without trying; empty where something can."""
    try:
        if channel.kind != "feed":
            channel.address()
        if channel.kind == "webhook":
            channel.key()
    except ValueError as error:
        return str(error)
    return MISSING if channel.kind == "apprise" and find_spec("apprise") is None else ""


def try_out(channel: Channel, name: str, store: Store) -> str:
    """Send a message that says that it is a trial; "sent: …", or why it was not."""
    now = datetime.now(UTC)
    message: Document = {
        "version": VERSION,
        "id": uuid.uuid4().hex,
        "rule": "",
        "severity": "low",
        "kind": "test",
        "possible_repeat": False,
        "sent_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "items": [],
        "title": "Marsad: a test of this channel",
        "text": f"Marsad مرصد can reach the channel {name}.",
    }
    try:
        return f"sent: {hand_over(channel, name, store, message, lambda: True)}"
    except (NotSentError, UnansweredError) as error:
        return str(error)
