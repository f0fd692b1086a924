"""The watch: passes over new articles, one after the other, and beside them the channels, each at its own pace."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

from config import settings
from config.load import ConfigError
from desk.alerts import Rules, configured_rules
from desk.channels import write_feed
from desk.eventing import Passed, pass_pending
from desk.kept import configured_sources
from desk.sending import Sender, Sent
from desk.webhook import NotSentError, UnansweredError, request
from pipelines.store.base import Store, StoreError

POLL_SECONDS = 0.25
"""How often the store is asked for new articles, and for what is due on a channel."""
RETRY_SECONDS = 5.0
"""Wait after a pass, or a look into the outbox, that failed."""
BEAT = timedelta(minutes=1)
"""A heartbeat is sent no more often than that."""
SWEEP = timedelta(minutes=1)
"""How often what waits for channels that no file names any more is looked for."""
BEAT_TIMEOUT = 10.0

logger = logging.getLogger(__name__)


def watch_once(store: Store) -> tuple[Passed, Sent]:
    """One pass, and everything that is due sent; raises StoreError and ConfigError."""
    passed = pass_pending(store, lambda *_: None)
    rules = configured_rules()
    sent = Sender(store, rules, configured_sources()).send_all()
    renew_feeds(store, rules, passed)
    beat()
    return passed, sent


def renew_feeds(store: Store, rules: Rules, passed: Passed) -> None:
    """Entries tell how many outlets follow; nothing is sent for that."""
    for name, channel in rules.channels.items():
        if passed.counted and channel.kind == "feed":
            try:
                write_feed(channel, name, store)
            except NotSentError as error:
                logger.error("%s: %s", name, error)


def beat() -> None:
    """Ask for the heartbeat's address, where one is named: whoever expects it misses it when passes end."""
    if not settings.MARSAD_HEARTBEAT:
        return
    try:
        # Named by whoever runs this machine, often on the same network: it may be private.
        request(
            "GET", settings.MARSAD_HEARTBEAT, None, {}, timeout=BEAT_TIMEOUT, allow_private=True, begin=lambda: True
        )
    except (NotSentError, UnansweredError) as error:
        logger.warning("heartbeat: %s", error)


class Watch:
    """Passes and channels until it is stopped. A channel that hangs delays nobody but itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.stopping = threading.Event()
        self._sender: Sender | None = None
        self._rules: Rules | None = None
        self._threads: dict[str, threading.Thread] = {}
        self._beaten = self._swept = datetime(1970, 1, 1, tzinfo=UTC)

    def run(self) -> None:
        """Until `stopping` is set; what is on its way to a channel then is waited for and noted."""
        while not self.stopping.is_set():
            pause = RETRY_SECONDS
            try:
                self._tick(datetime.now(UTC))
                pause = POLL_SECONDS
            except (StoreError, ConfigError) as error:
                logger.error("No pass for alerts: %s", error)
            except Exception:
                logger.exception("No pass for alerts")
            self.stopping.wait(pause)
        for thread in self._threads.values():
            thread.join()

    def start(self) -> threading.Thread:
        """Run beside something else."""
        thread = threading.Thread(target=self.run, name="alerts")
        thread.start()
        return thread

    def _tick(self, now: datetime) -> None:
        rules = configured_rules()
        if rules is not self._rules:
            self._rules = rules
            self._sender = Sender(self._store, rules, configured_sources())
        names = set(rules.channels)
        if now - self._swept >= SWEEP:
            self._swept = now
            names |= {delivery["channel"] for delivery in self._store.outbox.find(states=("waiting",))}
        for name in names:
            if name not in self._threads or not self._threads[name].is_alive():
                self._threads[name] = threading.Thread(target=self._channel, args=(name,), name=f"channel-{name}")
                self._threads[name].start()
        if self._store.pending(limit=1):
            passed = pass_pending(self._store, lambda *_: None)
            if passed.rings:
                logger.info("%d articles looked at, %d messages to be sent", passed.articles, passed.rings)
            renew_feeds(self._store, rules, passed)
        if now - self._beaten >= BEAT:
            self._beaten = now
            # Whoever is slow to hear it keeps no pass waiting.
            threading.Thread(target=beat, name="heartbeat", daemon=True).start()

    def _channel(self, name: str) -> None:
        while not self.stopping.is_set():
            sender, pause = self._sender, RETRY_SECONDS
            try:
                if sender is not None:
                    sender.send_due(name, self.stopping)
                pause = POLL_SECONDS
            except StoreError as error:
                logger.error("%s: %s", name, error)
            except Exception:
                logger.exception("%s", name)
            self.stopping.wait(pause)
