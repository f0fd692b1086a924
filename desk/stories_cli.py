"""`marsad stories`: which reports are one, in the store or among texts on standard input."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from desk.find_cli import SHOWN, Json, Words, asked, usage

FAILED = 1


def stories(
    words: Words = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = SHOWN,
    json: Json = False,
) -> None:
    """List the stories that matching articles belong to, the newest first. Without a query: of texts on standard input.

    Those are JSON lines {"id", "title", "text", "published"}, and the answers, in their order, {"id", "story"}: the id
    of the first text of the same story. In the store, articles get their stories after each crawl.
    """
    if not words:
        if sys.stdin.isatty():
            usage("Which stories? Write a query (`marsad find --syntax`), or send texts: marsad stories < texts.jsonl")
        from desk.stories import story_lines

        faults = story_lines(sys.stdin.buffer, sys.stdout, as_json=json)
        for fault in faults:
            print(fault, file=sys.stderr)
        raise typer.Exit(FAILED if faults else 0)
    from desk.export import json_line
    from desk.queries import stories as stories_of
    from desk.terminal import stories_table

    store, query = asked(words)
    found = stories_of(store, query, limit)
    if not json:
        stories_table(found)
        return
    for one in found:
        line = {"story": one.story, "articles": one.articles, "outlets": one.outlets, "origins": one.origins}
        print(json_line(line | {"title": one.first["title"], "first": one.first["time"], "last": one.last["time"]}))
