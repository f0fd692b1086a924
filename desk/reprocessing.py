"""Kept pages run through the pipeline of today."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from config import settings
from config.load import load_watchlist
from config.schema import Source
from desk.evidence import archive, source_of
from desk.kept import configured_sources
from pipelines.arabic import FOLDING
from pipelines.archive import ArchiveError
from pipelines.changes import changed_fields
from pipelines.extract import EXTRACTOR
from pipelines.records import LiveBlog, Rejected
from pipelines.report import Reporter
from pipelines.store.base import Document, Store
from pipelines.store.document import new_document, report_fields
from pipelines.store.query import EVERYTHING
from pipelines.tag import Tagger
from pipelines.work import Worker

BATCH = 20
TAGS = (
    *("entities", "bases", "groups", "countries", "mentions", "terms", "words", "language", "provenance"),
    *("fingerprint", "signature", "bands"),
)


@dataclass(slots=True)
class Reprocessed:
    """What the pipeline of today makes of what was kept."""

    looked_at: int = 0
    not_kept: int = 0
    """Articles whose pages are not in the archive."""
    same: int = 0
    retagged: int = 0
    """The same text, tagged otherwise."""
    reread: int = 0
    """Another text from the same page: a revision that says so, and rings no alert."""
    rejected: Counter[str] = field(default_factory=Counter)
    """No longer an article, by reason; the stored one is left as it is."""
    unreadable: list[str] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)
    """What changed, by how many articles."""


def reprocess(store: Store, progress: Callable[[str, int, int], None], *, dry: bool = False) -> Reprocessed:
    """Read every kept page again, newest first; stopped in the middle, call it again and it goes on there, or begins
    anew where the rules have changed since.

    With `dry` nothing is stored. Raises ConfigError where the watchlist cannot be used.
    """
    report = Reprocessed()
    marker = Path(settings.MARSAD_DATA) / "reprocess.json"
    sources = configured_sources()
    watchlist = load_watchlist(Path(settings.MARSAD_CONFIG))
    rules = [EXTRACTOR, str(FOLDING), Tagger(watchlist).digest, Reporter(watchlist).digest]
    done = _done(marker, rules) if not dry else set()
    worker = Worker(watchlist)
    total = store.count(EVERYTHING)
    try:
        for document in store.find(EVERYTHING):
            report.looked_at += 1
            if document["_id"] in done:
                continue
            _one(store, worker, sources, document, report, dry)
            done.add(document["_id"])
            if not dry and report.looked_at % BATCH == 0:
                _note(marker, rules, done)
            progress("pages", report.looked_at, total)
    finally:
        worker.close()
        if not dry and marker.parent.exists():
            _note(marker, rules, done)
    marker.unlink(missing_ok=True)
    return report


def _note(marker: Path, rules: list[str], done: set[str]) -> None:
    """Whole or not at all: it may be stopped here too."""
    beside = marker.with_suffix(".new")
    beside.write_text(json.dumps({"rules": rules, "done": sorted(done)}), encoding="utf-8")
    beside.replace(marker)


def _done(marker: Path, rules: list[str]) -> set[str]:
    """Ids of articles that were read with these rules before it was stopped."""
    noted = json.loads(marker.read_text("utf-8")) if marker.exists() else {}
    return set(noted["done"]) if isinstance(noted, dict) and noted.get("rules") == rules else set()


def _one(
    store: Store,
    worker: Worker,
    sources: Mapping[str, Source],
    document: Document,
    report: Reprocessed,
    dry: bool,
) -> None:
    place = document["provenance"].get("warc")
    if not place:
        report.not_kept += 1
        return
    try:
        page = archive().read(place, source_of(document, sources)).page
    except ArchiveError as error:
        report.unreadable.append(f"{document['_id']}: {error}")
        return
    result = asyncio.run(worker.read(page))
    if isinstance(result, LiveBlog):
        entries = {entry.id: entry for entry in result.articles}
        if document["_id"] not in entries:
            report.rejected["not_article"] += 1
            return
        result = entries[document["_id"]]
    if isinstance(result, Rejected):
        report.rejected[result.reason] += 1
        return
    article = replace(result, id=document["_id"], provenance=replace(result.provenance, warc=place))
    fresh = new_document(article, settings.MARSAD_TIMEZONE, ring=False)
    changed = changed_fields(document, fresh)
    report.fields.update(changed)
    if changed:
        report.reread += 1
        if not dry:
            store.save([article], ring=False)
        return
    tags = {name: fresh[name] for name in (*TAGS, *report_fields(article)) if fresh[name] != document.get(name)}
    if not tags:
        report.same += 1
        return
    report.fields.update(tags.keys())
    report.retagged += 1
    if not dry:
        store.retag({document["_id"]: tags}, {document["_id"]: document["revision"]})
