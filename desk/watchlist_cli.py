"""`marsad watchlist …`: the watchlist checked, measured on articles, and compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from desk.watchlists import Text

app = typer.Typer(help="The watched bases, groups and people.", rich_markup_mode=None, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Texts = Annotated[
    Path | None,
    typer.Option(
        "--texts", help='Articles to measure on instead of the store: JSON lines {"id", "title", "text"}, or .gz.'
    ),
]


@app.command()
def check(
    texts: Texts = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Also look for common words in the stored articles.")
    ] = False,
    json: Json = False,
) -> None:
    """Validate the watchlist: shipped files and the operator's overlay together."""
    from config import settings
    from config.load import load_watchlist
    from desk.export import json_line
    from desk.terminal import watchlist_table
    from desk.watchlists import common_words
    from pipelines.tag import Tagger, faults

    watchlist = load_watchlist(Path(settings.MARSAD_CONFIG))
    tagger = Tagger(watchlist)
    found = faults(watchlist)
    common: list[str] = []
    if texts or stored:
        with _articles(texts) as articles:
            common = common_words(tagger, articles)
    if json:
        print(
            json_line(
                {"entities": len(watchlist.entities), "digest": tagger.digest, "faults": found, "common words": common}
            )
        )
    else:
        watchlist_table(watchlist, tagger.digest)
    for line in (*found, *common):
        print(line, file=sys.stderr)
    raise typer.Exit(2 if found else 0)


@app.command()
def candidates(
    texts: Texts = None,
    least: Annotated[int, typer.Option(min=1, help="In at least so many articles.")] = 2,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 30,
    json: Json = False,
) -> None:
    """List names that follow a head noun (قاعدة …, جماعة تطلق على نفسها …) and are not in the watchlist."""
    from config import settings
    from config.load import load_watchlist
    from desk.export import json_line
    from desk.terminal import candidates_table
    from pipelines.tag import Tagger
    from pipelines.tag.candidates import candidates as find_candidates

    tagger = Tagger(load_watchlist(Path(settings.MARSAD_CONFIG)))
    with _articles(texts) as articles:
        found = find_candidates(tagger, articles, least=least)[:limit]
    if json:
        for candidate in found:
            print(json_line(candidate))
    else:
        candidates_table(found)


@app.command()
def diff(
    texts: Texts = None,
    before: Annotated[
        Path | None,
        typer.Option(
            help="With --texts: folder config/ of an earlier state; without it, the shipped list of now alone."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what the watchlist of now would newly match and lose, in the stored articles or in --texts."""
    from config import settings
    from config.load import SHIPPED, load_watchlist
    from desk.export import json_line
    from desk.progress import count_progress
    from desk.stores import configured_store
    from desk.terminal import print_difference
    from desk.watchlists import difference, stored_difference
    from pipelines.tag import Tagger

    if before and not texts:
        raise typer.BadParameter("--before goes with --texts: stored articles know what they mentioned")
    if before and not (before / "watchlist").is_dir():
        raise typer.BadParameter(f"--before names a folder like config/, and there is no {before / 'watchlist'}")
    tagger = Tagger(load_watchlist(Path(settings.MARSAD_CONFIG)))
    if texts:
        earlier = Tagger(load_watchlist(before / "local", before) if before else load_watchlist(SHIPPED / "no overlay"))
        with _articles(texts) as articles:
            result = difference(earlier, tagger, articles)
    else:
        with count_progress("diff") as progress:
            result = stored_difference(configured_store(), tagger, progress)
    if json:
        print(json_line(result))
    else:
        print_difference(result)


@contextmanager
def _articles(texts: Path | None) -> Iterator[Iterator[Text]]:
    """Those of a file, else those of the store with progress; a file that is none ends the command."""
    from desk.progress import count_progress
    from desk.stores import configured_store
    from desk.watchlists import stored_texts, texts_of_file

    if texts is None:
        with count_progress("articles") as progress:
            yield stored_texts(configured_store(), progress)
        return
    try:
        yield texts_of_file(texts)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
