"""`marsad find`, `timeline`, `top`, `revisions`, `export`: what analysts ask stored articles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from pipelines.store.base import Store
    from pipelines.store.query import Query

SHOWN = 20
"""Articles in a table: what is newer stands on top, what is older is asked for."""
USAGE = 2


class Period(StrEnum):
    """What a timeline's rows are."""

    day = "day"
    week = "week"
    month = "month"


class Per(StrEnum):
    """What a timeline tells apart."""

    entity = "entity"
    kind = "kind"
    source = "source"


class Group(StrEnum):
    """What `top` ranks."""

    entity = "entity"
    pair = "pair"
    kind = "kind"
    source = "source"
    country = "country"
    section = "section"
    author = "author"
    target = "target"
    report = "report"


class Order(StrEnum):
    """How `find` sorts."""

    newest = "newest"
    oldest = "oldest"


class Format(StrEnum):
    """What `export` writes."""

    jsonl = "jsonl"
    csv = "csv"
    geojson = "geojson"
    ejson = "ejson"


class Of(StrEnum):
    """What is counted."""

    articles = "articles"
    stories = "stories"
    events = "events"


Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUERY", help="See `marsad find --syntax`; in single quotes, so that the shell leaves it."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print a table that Excel opens (UTF-8 with its mark).")]
Entity = Annotated[list[str] | None, typer.Option(help="As entity:… in the query; may be repeated: any of them.")]
Kind = Annotated[list[str] | None, typer.Option(help="As kind:…; may be repeated.")]
Source = Annotated[list[str] | None, typer.Option(help="As source:…; may be repeated.")]
Since = Annotated[str | None, typer.Option(help="As since:…, such as 2026-11-01 or 7d.")]
Until = Annotated[str | None, typer.Option(help="As until:…: before this day or time.")]
Count = Annotated[
    Of,
    typer.Option(
        "--count",
        help="Count articles, or the stories or attacks (events) that they tell of: ten copies are one; where a"
        " target: is asked for, the attacks on it.",
    ),
]


def find(
    words: Words = None,
    entity: Entity = None,
    kind: Kind = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    mentioning: Annotated[bool, typer.Option("--mentioning", help="Only what mentions something watched.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many; without, 20 in a table and all otherwise.")
    ] = None,
    sort: Annotated[Order, typer.Option(help="What comes first.")] = Order.newest,
    after: Annotated[
        str | None, typer.Option(metavar="TIME,ID", help="Go on after this article: the last page ends with it.")
    ] = None,
    syntax: Annotated[bool, typer.Option("--syntax", help="Say what a query may be.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Find stored articles, newest first: marsad find 'entity:iq-ain-al-asad (صاروخ OR مسيرة) since:7d'."""
    from desk.export import COLUMNS, article_row, json_line, write_csv
    from desk.queries import cursor, cursor_of, how_many
    from desk.terminal import articles_table

    if syntax:
        from desk.query import HELP

        print(HELP, end="")
        return
    options = {"entity": entity, "kind": kind, "source": source, "since": since and [since], "until": until and [until]}
    if mentioning:
        options["has"] = ["mention"]
    store, query = asked(words, {name: given for name, given in options.items() if given})
    try:
        begin = cursor(store, after) if after else None
    except ValueError as error:
        usage(str(error))
    oldest_first = sort is Order.oldest
    if json:
        for document in store.find(query, limit=limit, after=begin, oldest_first=oldest_first):
            print(json_line(document))
    elif csv:
        found = store.find(query, limit=limit, after=begin, oldest_first=oldest_first)
        write_csv(sys.stdout, COLUMNS, map(article_row, found))
    else:
        # One more than is shown tells whether there is another page.
        shown = limit or SHOWN
        documents = list(store.find(query, limit=shown + 1, after=begin, oldest_first=oldest_first))
        more = cursor_of(documents[shown - 1]) if len(documents) > shown else ""
        articles_table(documents[:shown], total=how_many(store, query), more=more)


def timeline(
    words: Words = None,
    by: Annotated[Period, typer.Option(help="One row a day, week (from its Monday) or month.")] = Period.day,
    per: Annotated[Per | None, typer.Option(help="Apart by what they mention, or by source.")] = None,
    count: Count = Of.articles,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Count over time: marsad timeline 'kind:militia since:2026-01-01' --by week."""
    from desk.export import json_line, write_csv
    from desk.queries import timeline as timeline_of
    from desk.terminal import print_bars

    store, query = asked(words)
    rows = timeline_of(store, query, by, per, count.value)
    columns = [by.value, per.value, count.value] if per else [by.value, count.value]
    told = [row if per else (row[0], row[2]) for row in rows]
    if json:
        for row in told:
            print(json_line(dict(zip(columns, row, strict=True))))
    elif csv:
        write_csv(sys.stdout, columns, told)
    else:
        print_bars(
            [(" ".join(filter(None, row[:2])), row[2]) for row in rows],
            f"{store.count(query, count.value):,} {count}",
        )


def top(
    words: Words = None,
    by: Annotated[Group, typer.Option(help="What to rank; pair: two entities in one article.")] = Group.entity,
    count: Count = Of.articles,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Rank what matching articles mention, or where they come from: marsad top since:30d --by entity."""
    from desk.export import json_line, write_csv
    from desk.queries import top as top_of
    from desk.terminal import print_bars

    store, query = asked(words)
    rows = top_of(store, query, by, count.value, limit)
    if json:
        for value, figure in rows:
            print(json_line({by.value: value, count.value: figure}))
    elif csv:
        write_csv(sys.stdout, [by.value, count.value], rows)
    else:
        print_bars(rows, f"{store.count(query, count.value):,} {count}")


def revisions(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="The article's id, or one of its addresses.")],
    json: Json = False,
) -> None:
    """Show what changed in an article after it was first read (`marsad find has:revision` lists those that did)."""
    from desk.export import json_line
    from desk.queries import changes, find_one
    from desk.stores import configured_store
    from desk.terminal import print_changes

    store = configured_store()
    document = find_one(store, article)
    if document is None:
        print(f"No article {article} in {store.uri}. `marsad find` lists what is there.", file=sys.stderr)
        raise typer.Exit(1)
    found = changes(store, document["_id"])
    if json:
        for change in found:
            print(json_line(change))
    else:
        print_changes(found)


def export(
    words: Words = None,
    format: Annotated[
        Format,
        typer.Option(help="JSON Lines; CSV for Excel; GeoJSON of the places mentioned; Extended JSON for mongoimport."),
    ] = Format.jsonl,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; without, stdout.")] = None,
) -> None:
    """Write all matching articles, oldest first: marsad export 'entity:iq-taji' --format csv -o taji.csv."""
    from desk.export import COLUMNS, article_row, extended_json_line, json_line, write_csv, write_geojson
    from desk.queries import places
    from desk.watched import Watched

    store, query = asked(words)
    with _writing(output) as out:
        found = store.find(query, oldest_first=True)
        if format is Format.csv:
            write_csv(out, COLUMNS, map(article_row, found))
        elif format is Format.geojson:
            write_geojson(out, places(store, query, Watched()))
        else:
            line = json_line if format is Format.jsonl else extended_json_line
            for document in found:
                out.write(line(document) + "\n")


COMMANDS = (find, timeline, top, revisions, export)


def asked(words: list[str] | None, options: dict[str, list[str]] | None = None) -> tuple[Store, Query]:
    """The store and what is asked of it; a question that is none ends the command."""
    from desk.query import fields, parse
    from desk.stores import configured_store
    from desk.watched import Watched
    from pipelines.store.query import both

    watched = Watched()
    try:
        query = parse(" ".join(words or ()), watched=watched)
        for name, values in (options or {}).items():
            query = both(query, fields(name, values, watched=watched))
    except ValueError as error:
        usage(str(error))
    store = configured_store()
    if why := store.scans(query):
        print(f"{why}; since: or an entity would narrow it down", file=sys.stderr)
    return store, query


@contextmanager
def _writing(path: Path | None) -> Iterator[TextIO]:
    """stdout, or a file that is complete or not there."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
        part.replace(path)
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        raise typer.Exit(1) from None
    finally:
        part.unlink(missing_ok=True)


def usage(message: str) -> NoReturn:
    """End the command: it was called in a way that it does not understand."""
    print(message, file=sys.stderr)
    raise typer.Exit(USAGE)
