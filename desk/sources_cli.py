"""`marsad sources …`: the outlets that are read, looked at and found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The news outlets that are read.", rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
DONE, FAILED, USAGE, PARTLY = 0, 1, 2, 3


@app.command("list")
def sources_list(json: Json = False) -> None:
    """List every source, and what is wrong with the files that cannot be used."""
    from config import settings
    from config.load import load_sources
    from desk.export import json_line
    from desk.terminal import print_faults, sources_table

    sources = load_sources(Path(settings.MARSAD_CONFIG))
    if json:
        for source in sources.good.values():
            print(json_line(source.model_dump(mode="json")))
    else:
        sources_table(list(sources.good.values()))
    faults = [fault for of_one in sources.bad.values() for fault in of_one]
    print_faults(faults)
    raise typer.Exit(USAGE if faults else DONE)


@app.command()
def check(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources; all enabled ones without.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Keep in your own files which ones work (enabled), and the date.")
    ] = False,
    json: Json = False,
) -> None:
    """Look whether sources can be read today: robots.txt, every entrance, one article. Stores nothing."""
    from desk.export import json_line
    from desk.outlets import check_sources, keep_results
    from desk.progress import count_progress
    from desk.terminal import checks_table, print_faults

    with count_progress("check") as progress:
        reports, faults = check_sources(sources or [], progress)
    if json:
        for report in reports:
            print(json_line(report))
    elif reports:
        checks_table(reports)
    print_faults(faults)
    if write:
        for file in keep_results(reports):
            print(f"written: {file}", file=sys.stderr)
    verdicts = {report["verdict"] for report in reports}
    if not reports:
        raise typer.Exit(USAGE)
    if verdicts == {"works"} and not faults:
        raise typer.Exit(DONE)
    raise typer.Exit(FAILED if verdicts == {"fails"} else PARTLY)


@app.command()
def discover(
    url: Annotated[str, typer.Argument(metavar="URL", help="The outlet's home page.")],
    write: Annotated[bool, typer.Option("--write", help="Write the file into your own configuration.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="It is a server of your own, on a private address.")
    ] = False,
    json: Json = False,
) -> None:
    """Propose a source file from a home page alone: feeds, sitemaps, a pattern of article addresses, tried out."""
    from desk.export import json_line
    from desk.outlets import keep_proposal, propose_source, source_file

    try:
        report = propose_source(url, private=private)
    except ValueError as error:
        print(f"{url}: {error}", file=sys.stderr)
        raise typer.Exit(USAGE) from None
    if "proposal" not in report:
        print(f"{url}: {report['fault']}", file=sys.stderr)
        raise typer.Exit(FAILED)
    print(json_line(report) if json else source_file(report))
    for entrance in report["entrances"]:
        if entrance["state"] != "read":
            print(f"left out: {entrance['url']}: {entrance['state']}", file=sys.stderr)
    if report["article"] is None:
        print(f"no article could be read: {report['fault']}", file=sys.stderr)
    else:
        print(f"tried on {report['article']['url']}: {report['article']['title']}", file=sys.stderr)
    if write:
        print(f"written: {keep_proposal(report)}", file=sys.stderr)
    raise typer.Exit(DONE if report["article"] is not None else PARTLY)
