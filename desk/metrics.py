"""Figures of a running daemon for Prometheus. The only import of prometheus_client."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from desk.daemon import Daemon
from pipelines.store.base import Run, Store, StoreError
from pipelines.store.outbox import STATES

HERE = "127.0.0.1"
"""Whoever wants the figures from elsewhere puts a proxy with a password before it."""

logger = logging.getLogger(__name__)


class Deliveries(Collector):
    """How things stand in the outbox of alerts, asked whenever somebody wants the figures."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Without asking the store."""
        yield GaugeMetricFamily("marsad_alerts", "Deliveries of alerts", labels=["channel", "state"])
        text = "How long the oldest alert waits that could be there by now"
        yield GaugeMetricFamily("marsad_alerts_oldest_waiting_seconds", text, labels=["channel"])

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Nothing where the store is down: the other figures are served all the same."""
        counts, oldest = self.describe()
        try:
            standings = self._store.outbox.standings()
        except StoreError as error:
            logger.warning("No figures of alerts: %s", error)
            return
        for one in standings:
            for state in STATES:
                counts.add_metric([one.channel, state], one.deliveries.get(state, 0))
            oldest.add_metric([one.channel], one.waits)
        yield from (counts, oldest)


class Metrics:
    """Counts what a daemon does."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self.registry = CollectorRegistry()
        registry = self.registry
        self._runs = Counter("marsad_runs", "Crawls that are over", ["source", "state"], registry=registry)
        self._articles = Counter("marsad_articles", "Articles stored", ["source", "outcome"], registry=registry)
        self._rejected = Counter(
            "marsad_rejected_pages", "Pages that were no articles", ["source", "reason"], registry=registry
        )
        self._requests = Counter("marsad_requests", "Requests sent", ["source"], registry=registry)
        self._errors = Counter("marsad_errors", "Errors of crawls", ["source"], registry=registry)
        self._seconds = Histogram(
            "marsad_run_seconds", "How long crawls took", buckets=(1, 5, 15, 60, 300, 900, 1800), registry=registry
        )
        self._last = Gauge(
            "marsad_last_success_timestamp_seconds", "Latest crawl without a failure", ["source"], registry=registry
        )
        self._due = Gauge("marsad_sources_due", "Sources that wait to be read", registry=registry)
        self._lag = Gauge("marsad_lag_seconds", "How long the one that has waited longest waits", registry=registry)
        self._active = Gauge("marsad_sources_active", "Sources that are being read", registry=registry)
        self._processes = Gauge("marsad_crawl_processes", "Crawl processes", registry=registry)
        registry.register(Deliveries(daemon.store))
        daemon.on_run.append(self.count)
        daemon.on_tick.append(self.look)

    def serve(self, port: int) -> int:
        """Answer on 127.0.0.1 from a thread; returns the port (another one for 0)."""
        server, _ = start_http_server(port, addr=HERE, registry=self.registry)
        return int(server.server_port)

    def count(self, run: Run) -> None:
        """A run is over."""
        self._runs.labels(run.source, run.state).inc()
        for outcome in ("new", "revised", "unchanged", "refused"):
            self._articles.labels(run.source, outcome).inc(getattr(run, outcome))
        for reason, number in run.rejected.items():
            self._rejected.labels(run.source, reason).inc(number)
        self._requests.labels(run.source).inc(run.requests)
        self._errors.labels(run.source).inc(run.errors)
        if run.finished is not None:
            self._seconds.observe((run.finished - run.started).total_seconds())
            if run.state != "failed":
                self._last.labels(run.source).set(run.finished.timestamp())

    def look(self) -> None:
        """How things stand."""
        now = datetime.now(UTC)
        waiting = [one for one in self._daemon.agenda.due(now) if one.source not in self._daemon.processes.active]
        self._due.set(len(waiting))
        self._lag.set(max(((now - one.since).total_seconds() for one in waiting), default=0.0))
        self._active.set(len(self._daemon.processes.active))
        self._processes.set(len(self._daemon.processes.pids))
