"""`marsad run`, `marsad worker` and `marsad status`."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


def run(
    processes: Annotated[int | None, typer.Option(min=1, help="Crawl processes; as many as cores without.")] = None,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 for Prometheus: /metrics.")
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Let workers on other machines do it (MARSAD_BROKER).")
    ] = False,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log one JSON object a line.")] = False,
) -> None:
    """Read every source when it is due and send what rings, until stopped. Stopping finishes what is in flight."""
    from desk.alerting import Watch
    from desk.daemon import Daemon, local_processes
    from desk.evidence import Sealing
    from desk.logs import log_to_stderr
    from desk.stores import configured_store

    log_to_stderr(as_json=json_logs)
    store = configured_store()
    if cluster:
        _need_celery()
        from desk.cluster import Cluster, need_broker

        need_broker()
        daemon = Daemon(store, Cluster(store))
    else:
        daemon = Daemon(store, local_processes(processes))
    daemon.stop_on_signals()
    daemon.on_tick.append(Sealing())
    if metrics is not None:
        from desk.metrics import Metrics

        Metrics(daemon).serve(metrics)
    logging.getLogger(__name__).info("reading into %s", daemon.store.uri)
    watch = Watch(store)
    thread = watch.start()
    try:
        daemon.run()
    finally:
        watch.stopping.set()
        thread.join()


def worker(
    name: Annotated[str | None, typer.Option(help="Tells workers of one machine apart.")] = None,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log one JSON object a line.")] = False,
) -> None:
    """Read what `marsad run --cluster` orders, from the broker that MARSAD_BROKER names, until stopped."""
    from desk.logs import log_to_stderr

    _need_celery()
    from desk.cluster import work

    log_to_stderr(as_json=json_logs)
    work(name)


def _need_celery() -> None:
    from importlib.util import find_spec

    if find_spec("celery") is None:
        print("Celery is missing: pip install --require-hashes -r requirements-cluster.lock", file=sys.stderr)
        raise typer.Exit(2)


def status(json: Json = False) -> None:
    """Show what is due, what runs, the last results and what comes next."""
    from desk.export import json_line
    from desk.scheduling import Agenda
    from desk.stores import configured_store
    from desk.terminal import print_faults, status_table

    now = datetime.now(UTC)
    agenda = Agenda(configured_store(), reading=True)
    agenda.refresh(now)
    standings = agenda.standings(now)
    if json:
        for standing in standings:
            print(json_line(standing))
    else:
        status_table(standings, now)
    print_faults([fault for of_one in agenda.sources.bad.values() for fault in of_one])
