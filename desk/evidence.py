"""What proves an article: a bundle that anybody can check with unzip, sha256sum and a WARC reader; and the checks."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from config import settings
from config.schema import Entrance, Source
from desk.export import plain
from desk.kept import configured_sources
from pipelines.archive import Archive, ArchiveError, Record, read_record
from pipelines.changes import text_digest
from pipelines.seals import Seals
from pipelines.store.base import Document, Store
from pipelines.store.query import EVERYTHING

logger = logging.getLogger(__name__)

SUMS = "SHA256SUMS"
HOW = """An article as it was found on the web, and what proves it.

record.warc.gz   the answer of the web server and our request, as they were on the wire (WARC 1.1); beside them,
                 written at the same time, the redirects on the way there and the SHA-256 of the text that was read
article.json     what was read from it, with all mentions
revisions.json   earlier texts of it that were stored
evidence.json    where it comes from: addresses, redirects, hashes, versions of the rules, difference of the clocks
manifest.json    hashes of everything that was kept on that day, chained to the days before; where the day is over. The
                 SHA-256 of record.warc.gz stands there under `pages`, at the `place` that evidence.json names
SHA256SUMS       of all these files

    sha256sum --check SHA256SUMS
    warcio check --verbose record.warc.gz
    gunzip --stdout record.warc.gz | less

`article.json` states in provenance.sha256 the SHA-256 of the body in record.warc.gz (its WARC-Payload-Digest). The
SHA-256 of the text, which record.warc.gz states after the article's id, is that of one line of JSON:

    jq -cSj '{title, body, authors, section, published, published_offset, published_precision}' article.json | sha256sum

Where the text was read again since (`changes` says "reread"), it is that of the first in revisions.json.
"""


def archive() -> Archive:
    """The one that the environment names."""
    return Archive(Path(settings.MARSAD_ARCHIVE))


def seals() -> Seals:
    """Those of the archive that the environment names."""
    return Seals(Path(settings.MARSAD_ARCHIVE))


def source_of(document: Document, sources: Mapping[str, Source]) -> Source:
    """The source of a stored page; one made up for its address where the file is gone."""
    name, url = document["source"], document["url"]
    return sources.get(name) or Source(id=name, name=name, home=url, entrance=(Entrance(kind="section", url=url),))


def write_bundle(store: Store, document: Document, folder: Path) -> Path:
    """The bundle of a stored article, as a zip file in `folder`. Raises ArchiveError where its page was not kept."""
    place = document["provenance"].get("warc")
    if not place:
        raise ArchiveError(
            f"the page of {document['_id']} was not kept: its source keeps pages with mentions only, or none "
            "(key `archive` of its file)"
        )
    kept = archive()
    record = kept.read(place, source_of(document, configured_sources()))
    if record.digest != document["provenance"]["sha256"]:
        raise ArchiveError(f"the archive has another page at {place} than the article states")
    files: dict[str, str | bytes] = {
        "README.txt": HOW,
        "record.warc.gz": record.raw,
        "article.json": _pretty(document),
        "revisions.json": _pretty(store.revisions(document["_id"])),
        "evidence.json": _pretty(_facts(document, record, place)),
    }
    manifest = seals().manifest(place.partition("/")[0])
    if manifest is not None:
        files["manifest.json"] = manifest
    contents = {name: text.encode() if isinstance(text, str) else bytes(text) for name, text in files.items()}
    sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    bundle = folder / f"evidence-{document['_id']}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in (contents | {SUMS: sums.encode()}).items():
            # Without a time of our own: the same article gives the same bundle.
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return bundle


def _facts(document: Document, record: Record, place: str) -> dict[str, Any]:
    headers = {name.lower(): value.decode("latin-1") for name, value in record.page.response_headers}
    answered = _date(headers.get(b"date"))
    fetched = record.page.fetched
    return {
        "article": document["_id"],
        "url": record.page.url,
        "requested": record.page.requested,
        "redirects": [
            {"url": address, "answered": answer}
            for address, answer in zip(
                (record.page.requested, *record.page.redirects), record.page.answers, strict=False
            )
        ],
        "addresses": document["urls"],
        "fetched": fetched,
        "server_date": answered,
        "clock_offset_seconds": round((answered - fetched).total_seconds(), 1) if answered else None,
        "status": record.page.status,
        "sha256": record.digest,
        "bytes": len(record.page.wire),
        "text_sha256": record.texts.get(document["_id"]),
        "place": place,
        "warc_record": record.id,
        "changes": document.get("changes", []),
        "revision": document["revision"],
        "versions": document["provenance"],
    }


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def kept_faults(store: Store, told: Callable[[str, int, int], None]) -> Iterator[str]:
    """Stored articles that are not what the archive says was read from their pages, one line each.

    Only the text is held against it: mentions are what today's watchlist makes of it.
    """
    kept, sources = archive(), configured_sources()
    total = store.count(EVERYTHING)
    for number, document in enumerate(store.find(EVERYTHING), 1):
        told("articles", number, total)
        texts = [*(store.revisions(document["_id"]) if document["revision"] > 1 else ()), document]
        for place in dict.fromkeys(text["provenance"].get("warc") for text in texts):
            if place:
                try:
                    record = kept.read(place, source_of(document, sources))
                except ArchiveError as error:
                    yield f"{document['_id']}: {error}"
                else:
                    yield from _differences(record, document["_id"], texts, place)


def _differences(record: Record, article: str, texts: Sequence[Document], place: str) -> Iterator[str]:
    """What tells the oldest of `texts` that was read at `place` from what its record states."""
    text = next(text for text in texts if text["provenance"].get("warc") == place)
    if len({record.digest, record.stated_digest, text["provenance"]["sha256"]}) != 1:
        yield f"{article}: the page has another SHA-256 than the article states"
    # A record from before texts were noted has none.
    if record.texts and record.texts.get(article) != text_digest(text):
        yield f"{article}: its text is not the one that was read from the page"


def _is_listed(manifest: bytes, place: Any, record: bytes) -> bool:
    """Whether the manifest of a day says that these bytes stand there."""
    try:
        pages = json.loads(manifest)["pages"]
        return bool(pages.get(str(place).rpartition("/")[2]) == sha256(record).hexdigest())
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


class Sealing:
    """Seals days that are over, when it is called and an hour has passed since it last did."""

    def __init__(self) -> None:
        self._next = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> None:
        """Log what could not be sealed; it is tried again."""
        now = datetime.now(UTC)
        if now >= self._next:
            self._next = now + timedelta(hours=1)
            try:
                seals().seal(now)
            except OSError as error:
                logger.error("A day that is over could not be sealed: %s", error)


def bundle_faults(bundle: Path) -> Iterator[str]:
    """What is wrong with a bundle, one line each; nothing where it is whole."""
    try:
        with zipfile.ZipFile(bundle) as packed:
            files = {name: packed.read(name) for name in packed.namelist()}
        lines = [line.partition("  ") for line in files[SUMS].decode().splitlines()]
        sums = {name: digest for digest, _, name in lines}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
        yield f"{bundle}: no evidence bundle: {error!r}"
        return
    except Exception as error:  # zlib's, for a byte inside a packed file
        yield f"{bundle}: damaged: {error}"
        return
    for name in sorted((files.keys() | sums.keys()) - {SUMS}):
        if name not in files or name not in sums:
            yield f"{bundle}: {name}: {'is missing' if name not in files else 'is not in SHA256SUMS'}"
        elif sha256(files[name]).hexdigest() != sums[name]:
            yield f"{bundle}: {name}: was changed"
    try:
        document = json.loads(files["article.json"])
        earlier = json.loads(files["revisions.json"])
        facts = json.loads(files["evidence.json"])
        record = read_record(files["record.warc.gz"], source_of(document, configured_sources()))
        differences = list(_differences(record, document["_id"], [*earlier, document], facts["place"]))
    except (ArchiveError, KeyError, ValueError, TypeError, StopIteration) as error:
        yield f"{bundle}: {error!r}"
        return
    if "manifest.json" in files and not _is_listed(files["manifest.json"], facts["place"], files["record.warc.gz"]):
        differences.append("manifest.json does not have this record")
    if facts["sha256"] != record.digest and not differences:
        differences = ["evidence.json states another SHA-256 than the page has"]
    yield from (f"{bundle}: {difference}" for difference in differences)
    if record.page.url not in document["urls"] and record.page.url != facts["url"]:
        yield f"{bundle}: the page is of another address: {record.page.url}"


def _pretty(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
