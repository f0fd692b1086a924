"""`marsad evidence …` and `marsad reprocess`: what proves an article, and the kept pages read again."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class _BundleUnlessNamed(TyperGroup):
    """`marsad evidence ID` is `marsad evidence bundle ID`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the command's name before what is no command's name."""
        named = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if named else ["bundle", *args])


app = typer.Typer(
    help="What proves an article: `marsad evidence ID` writes a bundle.",
    rich_markup_mode=None,
    no_args_is_help=True,
    cls=_BundleUnlessNamed,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.command()
def bundle(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="The article's id, or one of its addresses.")],
    to: Annotated[Path, typer.Option(help="Folder that the bundle is written to.")] = Path(),
) -> None:
    """Write a zip file that a third party can check: the page as it was, the article, hashes, versions."""
    from desk.evidence import write_bundle
    from desk.queries import find_one
    from desk.stores import configured_store
    from pipelines.archive import ArchiveError

    store = configured_store()
    document = find_one(store, article)
    if document is None:
        print(f"No article {article} in {store.uri}. `marsad find` lists what is there.", file=sys.stderr)
        raise typer.Exit(1)
    try:
        print(write_bundle(store, document, to))
    except ArchiveError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


@app.command()
def verify(
    bundles: Annotated[
        list[Path] | None, typer.Argument(help="Bundles; without, the whole archive against its manifests.")
    ] = None,
    json: Json = False,
) -> None:
    """Look for a single changed byte: in bundles, or in everything that was kept and in the articles read from it."""
    from desk.evidence import bundle_faults, kept_faults, seals
    from desk.export import json_line
    from desk.progress import count_progress
    from desk.stores import configured_store

    head = ""
    if bundles:
        faults = [fault for one in bundles for fault in bundle_faults(one)]
        what = f"{len(bundles)} bundles"
    else:
        kept = seals()
        with count_progress("verify") as progress:
            faults = [*kept.faults(), *kept_faults(configured_store(), progress)]
        sealed = [day for day in kept.days() if kept.manifest(day) is not None]
        what = f"{len(sealed)} sealed days of {len(kept.days())}, and the articles read from them"
        head = kept.head()
    if json:
        print(json_line({"looked_at": what, "faults": faults, "head": head}))
    else:
        print(f"{what}: {'whole' if not faults else f'{len(faults)} faults'}")
        if head:
            print(f"SHA-256 of the latest manifest, to be noted elsewhere: {head}")
    for fault in faults:
        print(fault, file=sys.stderr)
    raise typer.Exit(1 if faults else 0)


@app.command()
def seal() -> None:
    """Write the manifests of days that are over; `marsad crawl` does it too."""
    from desk.evidence import seals

    for day in seals().seal(datetime.now(UTC)):
        print(f"sealed: {day}")


def reprocess(
    dry: Annotated[bool, typer.Option("--dry", help="Only say what would change.")] = False,
    json: Json = False,
) -> None:
    """Read the kept pages with the pipeline of today; repeats nothing when stopped and called again."""
    from desk.export import json_line
    from desk.progress import count_progress
    from desk.reprocessing import reprocess as reprocess_store
    from desk.stores import configured_store

    with count_progress("reprocess") as progress:
        report = reprocess_store(configured_store(), progress, dry=dry)
    if json:
        print(json_line(report))
    else:
        print(
            f"{report.looked_at} articles: {report.same} the same, {report.reread} with another text, "
            f"{report.retagged} tagged otherwise, {sum(report.rejected.values())} no longer articles, "
            f"{report.not_kept} not kept"
        )
        for name, count in sorted(report.fields.items()):
            print(f"changed: {name} in {count}")
    for line in report.unreadable:
        print(line, file=sys.stderr)
    raise typer.Exit(1 if report.unreadable else 0)
