"""The `marsad` command: reads arguments, calls one function of a room, prints, and answers with an exit code.

Exit codes: 0 done (also "nothing new"), 1 failed, 2 usage or configuration, 3 partly (some sources failed).
Data goes to stdout, everything else to stderr. Imports stand inside the commands so that `--help` answers at once.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from desk import (
    alerts_cli,
    events_cli,
    evidence_cli,
    find_cli,
    health_cli,
    ingest_cli,
    run_cli,
    sources_cli,
    stories_cli,
    watchlist_cli,
)

DONE, FAILED, USAGE, PARTLY = 0, 1, 2, 3

app = typer.Typer(
    help="Watch Arabic news for reports on military bases and armed groups.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
store_app = typer.Typer(help="Where articles are kept.", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(sources_cli.app, name="sources")
app.add_typer(watchlist_cli.app, name="watchlist")
app.add_typer(store_app, name="store")
app.add_typer(alerts_cli.app, name="alerts")
for command in (*find_cli.COMMANDS, stories_cli.stories):
    # What begins with - is also a word of a query that shall not stand in the article.
    app.command(context_settings={"ignore_unknown_options": True})(command)
app.add_typer(evidence_cli.app, name="evidence")
app.command()(evidence_cli.reprocess)
app.command()(health_cli.health)
app.command()(health_cli.coverage)
app.command()(ingest_cli.ingest)
app.command("run")(run_cli.run)
app.command("worker")(run_cli.worker)
app.command("status")(run_cli.status)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]


def main() -> NoReturn:
    """Run the command; expected trouble becomes one clear message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A lone surrogate in a JSON answer comes out as the escape that JSON has for it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
        sys.exit(DONE)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; closing stderr too keeps Python from complaining at exit.
        sys.stderr.close()
        sys.exit(DONE)
    except Exception as error:
        # Imported only now: they would double the time that --help takes.
        from config.load import ConfigError
        from pipelines.store.base import StoreError

        if isinstance(error, ConfigError):
            _complain("The configuration has faults:", *(f"  {fault}" for fault in error.faults))
            sys.exit(USAGE)
        if isinstance(error, StoreError):
            _complain(str(error))
            sys.exit(FAILED)
        raise


def _complain(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def _usage(message: str) -> NoReturn:
    _complain(message)
    raise typer.Exit(USAGE)


@app.command()
def demo(
    edit: Annotated[
        bool, typer.Option("--edit", help="From now on the newspaper has one changed page and one more article.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="The newspaper is again as it was at first.")] = False,
) -> None:
    """Crawl a small newspaper on 127.0.0.1 and show what mentions watched bases or groups."""
    from desk.demo.show import show_demo

    raise typer.Exit(show_demo(edit=edit, reset=reset))


@app.command()
def crawl(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources; all enabled ones without.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only those whose time has come. For cron or a timer.")] = False,
    json: Json = False,
) -> None:
    """Read sources now and store what is new."""
    from desk.crawls import crawl_sources, exit_code
    from desk.export import json_line
    from desk.terminal import print_faults, runs_table

    if due:
        from desk.scheduling import due_now

        sources = due_now(sources or [])
        if not sources:
            raise typer.Exit(DONE)
    runs, faults = crawl_sources(sources or [])
    if any(run.new or run.revised or run.gone for run in runs):
        from desk.alerting import watch_once
        from desk.stores import configured_store

        watch_once(configured_store())
    if not runs and not faults:
        _complain(
            "No source is enabled. config/README.md says how to add one; `marsad sources list` shows what there is."
        )
    if json:
        for run in runs:
            print(json_line(run))
    elif runs:
        runs_table(runs)
    print_faults(faults)
    raise typer.Exit(exit_code(runs, faults))


@app.command()
def inspect(
    pages: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="Saved HTML files, or addresses.")],
    url: Annotated[str | None, typer.Option(help="Address that a saved file came from.")] = None,
    source: Annotated[str | None, typer.Option(help="Id of the source; else the one whose host it is.")] = None,
    json: Json = False,
) -> None:
    """Show what the pipeline makes of a page, without storing anything."""
    from desk.pages import inspect_pages
    from desk.terminal import print_inspection

    failed = False
    for result in inspect_pages(pages, url=url, source_id=source):
        failed = failed or result.failure is not None
        if result.failure is not None:
            _complain(f"{result.name}: {result.failure}")
        if json:
            print(result.json_line(), flush=True)
        elif result.failure is None:
            print_inspection(result)
    raise typer.Exit(FAILED if failed else DONE)


@app.command()
def match(
    json: Json = False,
    explain: Annotated[bool, typer.Option("--explain", help="Also refused names, and the words that decided.")] = False,
) -> None:
    """Tag texts from standard input, and say what they report: JSON lines {"id", "title", "text", "published"}."""
    from desk.matching import match_lines

    _answered(match_lines(sys.stdin.buffer, sys.stdout, as_json=json, explain=explain))


@app.command()
def language(
    json: Json = False,
) -> None:
    """Say whether texts from standard input are Arabic: JSON lines {"id", "text"}, answered in order."""
    from desk.matching import language_lines

    _answered(language_lines(sys.stdin.buffer, sys.stdout, as_json=json))


@app.command()
def dates(
    json: Json = False,
) -> None:
    """Find dates in texts from standard input: JSON lines {"id", "text", "published", "timezone"}, answered in order.

    `published` (ISO 8601, a moment or a day) is what أمس is reckoned from; without it such dates are left out. A time
    without an offset is in `timezone` (IANA; MARSAD_TIMEZONE where it is missing), and so are the times in the answer.
    """
    from desk.matching import date_lines

    _answered(date_lines(sys.stdin.buffer, sys.stdout, as_json=json))


app.command()(events_cli.events)


def _answered(faults: list[str]) -> NoReturn:
    """Say which lines could not be answered; they are missing from the answers."""
    _complain(*faults)
    raise typer.Exit(FAILED if faults else DONE)


@app.command()
def show(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="The article's id, or one of its addresses.")],
    json: Json = False,
) -> None:
    """Show one article with its mentions marked."""
    from desk.export import json_line
    from desk.queries import find_one
    from desk.stores import configured_store
    from desk.terminal import print_article

    store = configured_store()
    document = find_one(store, article)
    if document is None:
        _complain(f"No article {article} in {store.uri}. `marsad find` lists what is there.")
        raise typer.Exit(FAILED)
    if json:
        print(json_line(document))
    else:
        print_article(document, revisions=len(store.revisions(document["_id"])))


@app.command()
def runs(limit: Limit = 20, json: Json = False) -> None:
    """List the latest crawls."""
    from desk.export import json_line
    from desk.stores import configured_store
    from desk.terminal import runs_table

    latest = configured_store().runs(limit=limit)
    if json:
        for run in latest:
            print(json_line(run))
    else:
        runs_table(latest)


@app.command()
def retag(json: Json = False) -> None:
    """Bring stored articles up to date with a changed watchlist; repeats nothing when stopped and called again."""
    from desk.export import json_line
    from desk.progress import count_progress
    from desk.retagging import retag as retag_store
    from desk.stores import configured_store

    with count_progress("retag") as progress:
        report = retag_store(configured_store(), progress)
    if json:
        print(json_line(report))
        return
    print(f"{report.retagged} of {report.looked_at} articles tagged again, {report.up_to_date} were up to date")
    for what, counts in (("gained", report.gained), ("lost", report.lost)):
        for entity, count in counts.most_common():
            print(f"{what}: {entity} in {count}")


@store_app.command("init")
def store_init() -> None:
    """Make the store that the environment names: tables or collections, indexes, validator."""
    from desk.stores import configured_store

    store = configured_store()
    store.init()
    print(f"ready: {store.uri}")


@store_app.command("migrate")
def store_migrate() -> None:
    """Bring a store of an older version up to date."""
    from desk.stores import configured_store

    store = configured_store()
    steps = store.migrate()
    for step in steps:
        print(step)
    print(f"{store.uri}: {'up to date' if not steps else 'done'}")


@store_app.command("info")
def store_info(json: Json = False) -> None:
    """Show what is in the store and how large it is."""
    from desk.export import json_line
    from desk.stores import configured_store
    from desk.terminal import info_table

    info = configured_store().info()
    if json:
        print(json_line(info))
    else:
        info_table(info)


@store_app.command("recount")
def store_recount(
    repair: Annotated[bool, typer.Option("--repair", help="Make them right.")] = False,
) -> None:
    """Compare the counts kept by day with the articles; exit code 1 where they differ."""
    from desk.stores import configured_store

    wrong = configured_store().recount(repair=repair)
    print(f"{wrong} counts by day differ from the articles{', and were made right' if repair and wrong else ''}")
    raise typer.Exit(FAILED if wrong and not repair else DONE)


@store_app.command("load")
def store_load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="As `marsad export` wrote them; .gz too.")],
) -> None:
    """Put exported articles (JSON Lines or Extended JSON) into the store, replacing those of the same id."""
    from desk.export import load_articles
    from desk.stores import configured_store

    store = configured_store()
    for file in files:
        try:
            print(f"{file}: {load_articles(store, file)} articles")
        except (OSError, ValueError) as error:
            _usage(str(error))


@store_app.command("copy")
def store_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="mongodb://… or an SQLite file.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="mongodb://… or an SQLite file.")],
) -> None:
    """Copy everything from one store into another, and verify it. May be repeated."""
    from config import settings
    from desk.progress import count_progress
    from pipelines.store import open_store
    from pipelines.store.copy import copy

    stores = [
        open_store(uri, database=settings.MONGO_DATABASE, timezone=settings.MARSAD_TIMEZONE) for uri in (source, target)
    ]
    with count_progress("copy") as progress:
        report = copy(stores[0], stores[1], progress)
    for collection, count in report.items():
        print(f"{collection}: {count} verified")
