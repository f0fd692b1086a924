"""`marsad alerts`: rules checked, tried and listed; messages sent, failed and sent again."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

app = typer.Typer(help="Messages about what is new.", rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.command()
def check() -> None:
    """Read rules and channels as they would be used; exit code 2 where one is wrong, with file, key and reason."""
    from desk.alerts import configured_rules
    from desk.channels import unusable

    rules = configured_rules()
    faults = [str(fault) for fault in rules.faults]
    faults += [f"channel.{name}: {why}" for name, channel in rules.channels.items() if (why := unusable(channel))]
    for fault in faults:
        print(fault, file=sys.stderr)
    counted = {"rule": len(rules.by_id), "channel": len(rules.channels)} | ({"fault": len(faults)} if faults else {})
    print(", ".join(f"{number} {what}{'' if number == 1 else 's'}" for what, number in counted.items()))
    raise typer.Exit(2 if faults else 0)


@app.command("list")
def list_rules(json: Json = False) -> None:
    """List the rules that are switched on, and when each rang last."""
    from desk.alert_health import latest_rings
    from desk.alerts import configured_rules
    from desk.export import json_line
    from desk.stores import configured_store
    from desk.terminal import alerts_table

    rules = configured_rules()
    rings = latest_rings(configured_store())
    rows = [
        rule.alert.model_dump() | rings.get(name, {"rings": 0, "latest": None}) for name, rule in rules.by_id.items()
    ]
    if json:
        for row in rows:
            print(json_line(row))
    else:
        alerts_table(rows)


@app.command("test")
def try_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.")],
    since: Annotated[str, typer.Option(help="2022-01-01 or a span such as 30d.")] = "30d",
    json: Json = False,
) -> None:
    """Show what a rule would have sent on stored articles, and how often per day; sends nothing.

    Articles count as found when they were published.
    """
    from desk.alert_trial import Trial, trial
    from desk.alerts import configured_rules
    from desk.export import json_line
    from desk.moments import moment
    from desk.stores import configured_store

    rules = configured_rules()
    for fault in rules.faults:
        print(fault, file=sys.stderr)
    if rule not in rules.by_id:
        print(f"no rule {rule}; there are {', '.join(rules.by_id) or 'none'}", file=sys.stderr)
        raise typer.Exit(2)
    try:
        begin = moment(since)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    counts = Trial(begin)
    for one in trial(configured_store(), rules.by_id[rule], counts):
        if json:
            print(json_line(one))
        else:
            bases = ", ".join(one["targets"])
            print(f"{one['when']:%Y-%m-%d %H:%M}  {one['kind']:6}  {one['headline']}{f'  ({bases})' if bases else ''}")
    print(counts.summary(), file=sys.stderr if json else sys.stdout)


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="One pass, send what is due, and end.")] = False,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log one JSON object a line.")] = False,
) -> None:
    """Look at new articles and send what rings, until stopped. `marsad run` does the same beside crawling."""
    from desk.alerting import Watch, watch_once
    from desk.logs import log_to_stderr
    from desk.stores import configured_store

    log_to_stderr(as_json=json_logs)
    store = configured_store()
    if once:
        passed, sent = watch_once(store)
        told = f"{sent.sent} messages sent, {sent.put_off} put off, {sent.failed} failed"
        print(f"{passed.articles} articles looked at; {told}")
        raise typer.Exit(1 if sent.failed else 3 if sent.put_off else 0)
    watch = Watch(store)
    stop_on_signals(watch.stopping)
    watch.run()


@app.command()
def failed(json: Json = False) -> None:
    """List messages that were given up, and why."""
    from desk.stores import configured_store

    deliveries = configured_store().outbox.find(states=("failed",))
    _show([delivery for delivery in deliveries if delivery["parcel"] == delivery["_id"]], as_json=json)


@app.command()
def outbox(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """List the latest messages: waiting, sent, failed."""
    from desk.stores import configured_store

    _show(configured_store().outbox.find(limit=limit), as_json=json)


@app.command()
def resend(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="As `marsad alerts failed` has them.")
    ] = None,
    all_failed: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
) -> None:
    """Have messages that were given up sent again, as if for the first time."""
    from desk.stores import configured_store

    box = configured_store().outbox
    if bool(ids) == all_failed:
        print("name messages, or say --all", file=sys.stderr)
        raise typer.Exit(2)
    wanted = ids or [delivery["parcel"] for delivery in box.find(states=("failed",))]
    unknown = [one for one in dict.fromkeys(wanted) if not box.resend(one)]
    for one in unknown:
        print(f"{one} has not failed; `marsad alerts failed` lists those that have", file=sys.stderr)
    print(f"{len(set(wanted)) - len(unknown)} will be sent again")
    raise typer.Exit(1 if unknown else 0)


@app.command()
def channels(
    test: Annotated[bool, typer.Option("--test", help="Send a message to each.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="This one; may be repeated.")] = None,
) -> None:
    """List channels; with --test a message goes to each. Exit code 1 where one does not take it."""
    from desk.alerts import configured_rules
    from desk.channels import try_out, unusable
    from desk.stores import configured_store

    found = configured_rules().channels
    if unknown := [name for name in only or () if name not in found]:
        print(f"no channel {unknown[0]}; there are {', '.join(found)}", file=sys.stderr)
        raise typer.Exit(2)
    wrong = False
    for name, channel in found.items():
        if not only or name in only:
            why = unusable(channel)
            answer = why or (try_out(channel, name, configured_store()) if test else "ready")
            good = not why and answer.startswith(("ready", "sent"))
            wrong = wrong or not good
            print(f"{name}  {channel.kind}  {answer}")
    raise typer.Exit(1 if wrong else 0)


def _show(deliveries: list[dict[str, Any]], *, as_json: bool) -> None:
    from desk.export import json_line
    from desk.terminal import deliveries_table

    if as_json:
        for delivery in deliveries:
            print(json_line(delivery))
    else:
        deliveries_table(deliveries)


def stop_on_signals(stopping: Any) -> None:
    """SIGTERM and Ctrl-C end it in order; a second one ends it at once."""
    import signal

    def stop(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
