"""`marsad run` and `marsad status`."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


def run(
    processes: Annotated[int | None, typer.Option(min=1, help="Crawl processes; as many as cores without.")] = None,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 for Prometheus: /metrics.")
    ] = None,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log one JSON object a line.")] = False,
) -> None:
    """Read every source when it is due, until stopped. Stopping finishes and stores what is in flight."""
    from desk.daemon import Daemon
    from desk.logs import log_to_stderr

    log_to_stderr(as_json=json_logs)
    daemon = Daemon(processes)
    daemon.stop_on_signals()
    if metrics is not None:
        from desk.metrics import Metrics

        Metrics(daemon).serve(metrics)
    logging.getLogger(__name__).info("reading into %s", daemon.store.uri)
    daemon.run()


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
