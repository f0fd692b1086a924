"""`marsad demo`: the main job on a newspaper of our own, offline."""

from __future__ import annotations

import errno
import sys
from datetime import UTC, datetime
from pathlib import Path

from config import settings
from desk.crawls import crawl_sources, exit_code
from desk.demo.newspaper import Newspaper
from desk.eventing import pass_pending
from desk.stores import configured_store
from desk.terminal import articles_table, print_faults, runs_table
from pipelines.store.query import And, Field

PORT = 8462
SOURCE = "demo"


def show_demo(*, edit: bool, reset: bool) -> int:
    """Crawl the demo newspaper and show what mentions watched entities; returns the exit code."""
    edited = _edited_since(edit=edit, reset=reset)
    with _newspaper(edited) as paper:
        print(f"A newspaper of {len(paper.truth)} pages is served at {paper.url}")
        runs, faults = crawl_sources([SOURCE], {"home": paper.url})
    print_faults(faults)
    code = exit_code(runs, faults)
    if code == 1:
        runs_table(runs)
        return code
    store = configured_store()
    of_demo = Field("source", (SOURCE,))
    query = And((of_demo, Field("kind", ("base", "militia"))))
    # It is a newspaper of ours: nobody is to be woken by it.
    pass_pending(store, lambda *_: None, ringing=False)
    documents = list(store.find(query))
    articles_table(documents, total=f"{store.count(of_demo):,}")
    runs_table(runs)
    run = runs[0]
    print(f"{run.new} new, {run.revised} changed. Stored in {store.uri}")
    command = sys.argv[0]
    print("\nNext:")
    if documents:
        print(f"  {command} show {documents[0]['_id']}    one article, mentions marked")
    print(f"  {command} events    the attacks that these articles report")
    print(f"  {command} find 'entity:iq-ain-al-asad since:2026-11-01'    search what is stored")
    print(f"  {command} demo           again: nothing is new, nothing is fetched twice")
    print(f"  {command} demo --edit    the newspaper changes one page and adds one")
    print(f"  {command} inspect FILE --url URL    what the pipeline makes of a page of yours")
    print("  README.md, “Real outlets”, says how to read newspapers of your choice.")
    return code


def _edited_since(*, edit: bool, reset: bool) -> datetime | None:
    """Since when the newspaper is edited: remembered beside the store, the same for every later run."""
    marker = Path(settings.MARSAD_DATA) / "demo-edited"
    if reset:
        marker.unlink(missing_ok=True)
    if edit and not marker.exists():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="ascii")
    return datetime.fromisoformat(marker.read_text(encoding="ascii")) if marker.exists() else None


def _newspaper(edited: datetime | None) -> Newspaper:
    """At its usual port, or where that is taken at any free one: ids of articles do not depend on it."""
    try:
        return Newspaper(PORT, edited=edited)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return Newspaper(0, edited=edited)
