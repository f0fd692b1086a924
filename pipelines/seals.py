"""Days of the archive that are over are sealed: no byte of them changes unnoticed.

The manifest of a day lists the SHA-256 of every file, of every page in them, and of the manifest before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pipelines.archive import page_digests

MANIFEST = "manifest.json"
GRACE = timedelta(minutes=10)
"""After midnight UTC, before a day counts as over: what began before it is being written."""


class Seals:
    """Of the archive in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def days(self) -> list[str]:
        """Days of which something was kept, oldest first."""
        return sorted(folder.name for folder in self.folder.glob("????-??-??") if folder.is_dir())

    def manifest(self, day: str) -> bytes | None:
        """The manifest of a day; None before it is over and sealed."""
        file = self.folder / day / MANIFEST
        return file.read_bytes() if file.exists() else None

    def seal(self, now: datetime) -> list[str]:
        """Write the manifests of all days that are over and have none; answers which. Raises OSError."""
        sealed = []
        before = ""
        for day in self.days():
            manifest = self.folder / day / MANIFEST
            over = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1) + GRACE <= now
            if not manifest.exists():
                if not over:
                    break
                beside = manifest.with_suffix(".new")
                beside.write_bytes(_manifest(day, before, *_digests(self.folder / day)))
                beside.replace(manifest)
                sealed.append(day)
            before = sha256(manifest.read_bytes()).hexdigest()
        return sealed

    def faults(self) -> Iterator[str]:
        """What is not as it was when it was sealed, one line each."""
        before = ""
        for day in self.days():
            manifest = self.folder / day / MANIFEST
            if not manifest.exists():
                before = ""
                continue
            written = manifest.read_bytes()
            try:
                content = json.loads(written)
                stated, previous = dict(content["files"]), content["previous"]
                pages = dict(content["pages"])
            except (ValueError, KeyError, TypeError) as error:
                yield f"{manifest}: no manifest: {error}"
                before = sha256(written).hexdigest()
                continue
            if written != _manifest(day, previous, stated, pages):
                yield f"{manifest}: is not as it was written"
            if previous != before:
                yield f"{manifest}: does not follow the manifest before it"
            found, found_pages = _digests(self.folder / day)
            for name in sorted(stated.keys() | found.keys()):
                if stated.get(name) != found.get(name):
                    why = "is missing" if name not in found else "was added" if name not in stated else "was changed"
                    yield f"{self.folder / day / name}: {why} since its day was sealed"
            if stated == found and pages != found_pages:
                yield f"{manifest}: states other pages than its day has"
            before = sha256(written).hexdigest()

    def head(self) -> str:
        """SHA-256, in hex, of the latest manifest: who has noted it elsewhere can tell that no day was made anew."""
        manifests = [manifest for day in self.days() if (manifest := self.manifest(day)) is not None]
        return sha256(manifests[-1]).hexdigest() if manifests else ""


def _manifest(day: str, previous: str, files: Mapping[str, str], pages: Mapping[str, str]) -> bytes:
    """In the one form that it has, so that not even a space can change unnoticed. With the SHA-256 of each file, and of
    the records of each page, so that one page can be proved without the others.
    """
    content = {"day": day, "previous": previous, "files": files, "pages": pages}
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _digests(day: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Of a day's files, by name; and of what stands of each page in them, by "<file>#<offset>"."""
    files = sorted(day.glob("*.warc.gz"))
    pages = {f"{file.name}#{offset}": digest for file in files for offset, digest in page_digests(file)}
    return {file.name: _digest(file) for file in files}, pages


def _digest(file: Path) -> str:
    total = sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            total.update(part)
    return total.hexdigest()
