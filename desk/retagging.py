"""Stored articles brought up to date with the watchlist and the folding of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from config import settings
from config.load import load_watchlist
from pipelines.arabic import FOLDING
from pipelines.dedupe import fingerprint
from pipelines.store.base import Document, Store
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
    tagger = Tagger(load_watchlist(Path(settings.MARSAD_CONFIG)))
    report = Retagged(tagger.digest)
    total = store.count(EVERYTHING)
    changes: dict[str, Document] = {}
    revisions: dict[str, int] = {}
    for document in store.find(EVERYTHING):
        report.looked_at += 1
        provenance = document["provenance"]
        if (provenance["watchlist"], provenance["folding"]) == (tagger.digest, FOLDING):
            report.up_to_date += 1
        else:
            changes[document["_id"]] = _tags(tagger, document, report)
            revisions[document["_id"]] = document["revision"]
        if len(changes) >= BATCH:
            report.retagged += store.retag(changes, revisions)
            changes, revisions = {}, {}
        progress("articles", report.looked_at, total)
    report.retagged += store.retag(changes, revisions)
    return report


def _tags(tagger: Tagger, document: Document, report: Retagged) -> Document:
    """The fields that change, as stored."""
    tags = asdict(tagger.tags(document["title"], document["body"]))
    before, after = set(document["entities"]), set(tags["entities"])
    report.gained.update(after - before)
    report.lost.update(before - after)
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in tags.items()}
    provenance = document["provenance"] | {"watchlist": tagger.digest, "folding": FOLDING}
    return plain | {"fingerprint": fingerprint(tags["words"]), "provenance": provenance}
