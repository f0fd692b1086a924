"""A desk of one's own for tests of whole crawls: a store, a folder of configuration, and crawls as processes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.store import open_store
from pipelines.store.base import Run, Store
from pipelines.store.query import EVERYTHING

ROOT = Path(__file__).parent.parent


@dataclass
class Desk:
    """A store and a folder of configuration of one's own, and crawls into it."""

    folder: Path
    mongo: str = ""
    database: str = "marsad"
    contact: str = "desk@marsad.example"
    stores: list[Store] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def environment(self) -> dict[str, str]:
        mine = {"MARSAD_DATA": str(self.folder / "data"), "MARSAD_CONFIG": str(self.config)}
        mine["MARSAD_CONTACT"] = self.contact
        return os.environ | mine | {"MONGO_URI": self.mongo, "MONGO_DATABASE": self.database}

    def start(self, source: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "scrapy", "crawl", source, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=subprocess.PIPE, text=True)

    def crawl(self, source: str, *arguments: str) -> Run:
        """Crawl, and the record of that run."""
        before = {run.id for run in self.store.runs(limit=None)}
        with self.start(source, *arguments) as process:
            _, self.log = process.communicate(timeout=600)
        runs = [run for run in self.store.runs(limit=None) if run.id not in before]
        assert len(runs) == 1, self.log
        return runs[0]

    @property
    def store(self) -> Store:
        if not self.stores:
            uri = self.mongo or str(self.folder / "data" / "marsad.sqlite")
            self.stores.append(open_store(uri, database=self.database))
        return self.stores[0]

    def entities(self) -> dict[str, set[str]]:
        """Path of each stored article and the bases, groups and persons it names."""
        documents = self.store.find(EVERYTHING)
        wanted = {"base", "militia", "force", "person"}
        return {
            urlsplit(document["url"]).path: {m["entity"] for m in document["mentions"] if m["kind"] in wanted}
            for document in documents
        }
