"""Stored articles brought up to date with the watchlist, the folding and the rules of reports of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from config import settings
from config.load import load_watchlist
from desk.kept import configured_sources
from pipelines.arabic import FOLDING
from pipelines.dedupe import marks
from pipelines.report import Reporter
from pipelines.store.base import Document, Store
from pipelines.store.document import report_fields
from pipelines.store.query import EVERYTHING
from pipelines.tag import Tagger

BATCH = 100


@dataclass(slots=True)
class Retagged:
    """What a new watchlist changed."""

    digest: str
    """Of the watchlist that all articles now carry."""
    looked_at: int = 0
    up_to_date: int = 0
    retagged: int = 0
    gained: Counter[str] = field(default_factory=Counter)
    """Articles that now mention an entity and did not before, by entity."""
    lost: Counter[str] = field(default_factory=Counter)


def retag(store: Store, progress: Callable[[str, int, int], None]) -> Retagged:
    """Tag every stored article that another watchlist or folding tagged; stopped in the middle, repeat it.

    Raises ConfigError where the watchlist cannot be used.
    """
    watchlist = load_watchlist(Path(settings.MARSAD_CONFIG))
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    zones = {source.id: source.timezone for source in configured_sources().values()}
    report = Retagged(tagger.digest)
    total = store.count(EVERYTHING)
    changes: dict[str, Document] = {}
    revisions: dict[str, int] = {}
    for document in store.find(EVERYTHING):
        report.looked_at += 1
        provenance = document["provenance"]
        versions = (provenance["watchlist"], provenance["folding"], provenance.get("reports"))
        if versions == (tagger.digest, FOLDING, reporter.digest) and "signature" in document:
            report.up_to_date += 1
        else:
            zone = zones.get(document["source"], settings.MARSAD_TIMEZONE)
            changes[document["_id"]] = _tags(tagger, reporter, zone, document, report)
            revisions[document["_id"]] = document["revision"]
        if len(changes) >= BATCH:
            report.retagged += store.retag(changes, revisions)
            changes, revisions = {}, {}
        progress("articles", report.looked_at, total)
    report.retagged += store.retag(changes, revisions)
    return report


def _tags(tagger: Tagger, reporter: Reporter, zone: str, document: Document, report: Retagged) -> Document:
    """The fields that change, as stored."""
    found = tagger.tags(document["title"], document["body"], document.get("captions", ()))
    answer = reporter.answer(
        document["title"],
        document["body"],
        found.mentions,
        published=document["published"] or document["fetched"],
        day_only=document["published_precision"] == "day",
        timezone=zone,
    )
    tags = asdict(replace(found, mentions=answer.mentions))
    before, after = set(document["entities"]), set(tags["entities"])
    report.gained.update(after - before)
    report.lost.update(before - after)
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in tags.items()}
    versions = {"watchlist": tagger.digest, "folding": FOLDING, "reports": reporter.digest}
    made = marks(document["title"], tags["words"]).stored() | {"provenance": document["provenance"] | versions}
    return plain | report_fields(answer) | made
