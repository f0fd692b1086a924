"""Pages as they were on the wire, kept in WARC 1.1 files (the only import of warcio), a folder for each day (UTC).

A record is appended with one write, so that a crawl that is killed leaves no half of one.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from config.schema import Source
from pipelines.records import Page

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]


LEVEL = 5
"""Of gzip: pages take 2 % more room than at 9, and 0.4 of the time."""
MAX_FILE = 512 * 1024**2
"""Bytes after which a day goes on in another file."""
_UNREADABLE = (OSError, ArchiveLoadFailed, zlib.error, StopIteration, ValueError, AttributeError, EOFError, TypeError)
_ID, _WITH = "WARC-Record-ID", "WARC-Concurrent-To"
_REDIRECT, _ARTICLE = "redirect", "article"
"""Fields of the metadata record: "301 <address>" for each on the way; "<id> sha256:<of its text>"."""
_RAW = "X-Archive-Orig-"
"""Before the name of a header that no longer fits the body: chunks are joined on the way."""


class _AsSent(StatusAndHeaders):  # type: ignore[misc]  # ships no types
    """Header lines whose bytes stay what they were; warcio would percent-encode what is not ASCII."""

    def compute_headers_buffer(self, header_filter: Any = None) -> None:
        """As warcio calls it."""
        first = f"{self.protocol} {self.statusline}".strip()
        lines = [first, *(f"{name}: {value}" for name, value in self.headers), "", ""]
        self.headers_buff = "\r\n".join(lines).encode("latin-1")


class _Writer(WARCWriter):  # type: ignore[misc]  # ships no types
    """Each record a gzip member, as warcio writes them, but at LEVEL; warcio's is 9."""

    def __init__(self) -> None:
        super().__init__(BytesIO(), gzip=False, warc_version="1.1")

    def _write_warc_record(self, out: BytesIO, record: Any) -> None:
        plain = BytesIO()
        super()._write_warc_record(plain, record)
        out.write(zlib.compress(plain.getvalue(), LEVEL, wbits=zlib.MAX_WBITS + 16))


class ArchiveError(Exception):
    """A record or a manifest is not what it should be; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """A page read back, with its records' bytes for an evidence bundle."""

    page: Page
    id: str
    """WARC-Record-ID of the response."""
    date: str
    """WARC-Date as written."""
    digest: str
    """SHA-256 of the body as it is there, in hex."""
    stated_digest: str
    """The same as the record states it."""
    raw: bytes
    """All records of the page, each a gzip member."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the text of each article that was read from it, by the article's id."""


class Archive:
    """The folder of WARC files. `write` is for one thread at a time; several processes may write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, page: Page, texts: Mapping[str, str] | None = None, *, now: datetime | None = None) -> str:
        """Keep a page; answers where: "2026-11-24/paper-000.warc.gz#1234" (offset in bytes). Raises OSError.

        Beside it stands how it was reached, and the digest of what was read from it (`texts`: by id of the article).
        """
        writer = _Writer()
        first = _write_pair(writer, page)
        _write_facts(writer, page, texts or {}, first)
        for part in page.parts:
            _write_facts(writer, part, {}, _write_pair(writer, part, first))
        return self._append(page.source.id, writer.out.getvalue(), now or datetime.now(UTC))

    def revisit(self, page: Page, digest: str, first: datetime, *, now: datetime | None = None) -> str:
        """Keep that a page was as it had been: `digest` (SHA-256, hex) when it was first fetched. Raises OSError."""
        writer = _Writer()
        record = writer.create_revisit_record(
            page.url,
            f"sha256:{digest}",
            page.url,
            _iso(first),
            http_headers=_headers("", page),
            warc_headers_dict={"WARC-Date": _iso(page.fetched)},
        )
        writer.write_record(record)
        return self._append(page.source.id, writer.out.getvalue(), now or datetime.now(UTC))

    def _append(self, source: str, data: bytes, now: datetime) -> str:
        day = self.folder / f"{now:%Y-%m-%d}"
        day.mkdir(parents=True, exist_ok=True)
        number = 0
        while True:
            file = day / f"{source}-{number:03}.warc.gz"
            handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                with _locked(handle):
                    offset = os.fstat(handle).st_size
                    if offset >= MAX_FILE:
                        number += 1
                        continue
                    if not offset:
                        info = _warcinfo(file.name)
                        data, offset = info + data, len(info)
                    if os.write(handle, data) != len(data):
                        raise OSError(f"{file}: not written whole; is the disk full?")
                    return f"{day.name}/{file.name}#{offset}"
            finally:
                os.close(handle)

    def read(self, place: str, source: Source) -> Record:
        """The page that was kept at `place`, as if it had just been fetched by `source`. Raises ArchiveError."""
        name, _, offset = place.partition("#")
        file = (self.folder / name).resolve()
        if not file.is_relative_to(self.folder.resolve()) or not offset.isdigit():
            raise ArchiveError(f"{place!r} is no place in the archive")
        try:
            with file.open("rb") as stream:
                stream.seek(int(offset))
                return _read(stream, int(offset), source)
        except _UNREADABLE as error:
            raise ArchiveError(f"{file}#{offset} cannot be read: {error or type(error).__name__}") from None


def read_record(data: bytes, source: Source) -> Record:
    """The record in an evidence bundle. Raises ArchiveError."""
    try:
        return _read(BytesIO(data), 0, source)
    except _UNREADABLE as error:
        raise ArchiveError(f"the record cannot be read: {error or type(error).__name__}") from None


def decoded(wire: bytes, encoding: str) -> bytes:
    """A body without its Content-Encoding (gzip, deflate, br, zstd; several, comma-separated). Raises ValueError."""
    for name in reversed([part.strip().lower() for part in encoding.split(",") if part.strip()]):
        try:
            wire = _decode(wire, name)
        except Exception as error:  # each library has exceptions of its own
            raise ValueError(f"not {name}: {error}") from None
    return wire


def _decode(body: bytes, name: str) -> bytes:
    if name in ("gzip", "x-gzip"):
        return zlib.decompressobj(wbits=31).decompress(body)
    if name == "deflate":
        with suppress(zlib.error):
            return zlib.decompress(body)
        return zlib.decompress(body, wbits=-15)
    if name == "br":
        return bytes(brotli.decompress(body))
    if name == "zstd":
        return bytes(zstd.decompress(body))
    if name == "identity":
        return body
    raise ValueError("an encoding that nobody asked for")


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Other processes append to the same file. Where the system has no such locks, one crawl a source is safe."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX)  # let go of when the file is closed
    yield


def _write_pair(writer: _Writer, page: Page, first: str = "") -> str:
    """Response and request; `first` is the record of the page that this one continues. Answers the response's id."""
    headers = {
        "WARC-Date": _iso(page.fetched),
        "WARC-Payload-Digest": f"sha256:{sha256(page.wire).hexdigest()}",
    }
    response = writer.create_warc_record(
        page.url,
        "response",
        payload=BytesIO(page.wire),
        length=len(page.wire),
        http_headers=_headers("", page),
        warc_headers_dict=headers | ({_WITH: first} if first else {}),
    )
    request = writer.create_warc_record(
        page.url, "request", http_headers=_headers("GET", page), payload=BytesIO(), length=0
    )
    writer.write_request_response_pair(request, response)
    return str(response.rec_headers.get_header(_ID))


def _write_facts(writer: _Writer, page: Page, texts: Mapping[str, str], response: str) -> None:
    """What neither message says, as WARC fields: the way to the page, and what was read from it."""
    way = zip(page.answers, (page.requested, *page.redirects), strict=False)
    lines = [f"{_REDIRECT}: {answer} {address}" for answer, address in way]
    lines += [f"{_ARTICLE}: {article} sha256:{digest}" for article, digest in texts.items()]
    data = "".join(f"{line}\r\n" for line in lines).encode()
    if data:
        record = writer.create_warc_record(
            page.url,
            "metadata",
            payload=BytesIO(data),
            length=len(data),
            warc_content_type="application/warc-fields",
            warc_headers_dict={_WITH: response},
        )
        writer.write_record(record)


def _headers(method: str, page: Page) -> StatusAndHeaders:
    """The header lines of the request (with `method`) or of the response, names and order as they were."""
    if method:
        parts = urlsplit(page.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in page.request_headers]
        return _AsSent(f"{method} {target} HTTP/1.1", lines, is_http_request=True)
    phrase = HTTPStatus(page.status).phrase if page.status in set(HTTPStatus) else ""
    lines = []
    for raw, value in page.response_headers:
        name = raw.decode("latin-1")
        kept = f"{_RAW}{name}" if name.lower() == "transfer-encoding" else name
        lines.append((kept, value.decode("latin-1")))
    return _AsSent(f"{page.status} {phrase}".strip(), lines, protocol="HTTP/1.1")


def _read(stream: Any, offset: int, source: Source) -> Record:
    """The page whose response record begins at `offset`, with all that belongs to it."""
    records = ArchiveIterator(stream)
    first = next(records)
    page = _page_in(first, source)
    warc = first.rec_headers
    parts: list[Page] = []
    texts: dict[str, str] = {}
    ids = {warc.get_header(_ID)}
    for record in records:
        if record.rec_headers.get_header(_WITH) not in ids:
            break
        if record.rec_type == "response":
            ids.add(record.rec_headers.get_header(_ID))
            parts.append(_page_in(record, source))
        elif record.rec_type == "request":
            sent = _pairs(record)
            if parts:
                parts[-1] = replace(parts[-1], request_headers=sent)
            else:
                page = replace(page, request_headers=sent)
            record.raw_stream.read()
        elif record.rec_type == "metadata":
            way, told = _facts_in(record.raw_stream.read())
            if parts:
                parts[-1] = _reached(parts[-1], way)
            else:
                page, texts = _reached(page, way), told
    # The offset of the record after them, or the end of the file.
    end = records.get_record_offset() if records.record is not None else stream.tell()
    stream.seek(offset)
    raw = stream.read(end - offset if end > 0 else -1)
    stated = (warc.get_header("WARC-Payload-Digest") or "").removeprefix("sha256:")
    found = sha256(page.wire).hexdigest()
    page = replace(page, parts=tuple(parts))
    return Record(page, warc.get_header(_ID), warc.get_header("WARC-Date"), found, stated, raw, texts)


def _page_in(response: Any, source: Source) -> Page:
    if response.rec_type != "response":
        raise ValueError(f"a {response.rec_type} record")
    wire = response.raw_stream.read()
    http, url = response.http_headers, response.rec_headers.get_header("WARC-Target-URI")
    return Page(
        source=source,
        url=url,
        requested=url,
        redirects=(),
        status=int(http.get_statuscode()),
        fetched=datetime.fromisoformat(response.rec_headers.get_header("WARC-Date")),
        request_headers=(),
        response_headers=_pairs(response),
        wire=wire,
        body=decoded(wire, http.get_header("Content-Encoding") or ""),
        encoding=(http.get_header("Content-Type") or "").partition("charset=")[2].strip(" \"';") or None,
    )


def _pairs(record: Any) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((n.encode("latin-1"), v.encode("latin-1")) for n, v in record.http_headers.headers)


def _facts_in(fields: bytes) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The way to a page, as answers and addresses, and the digest of each text that was read from it."""
    lines = [line.partition(": ")[::2] for line in fields.decode().splitlines()]
    way = [value.rpartition(" ")[::2] for name, value in lines if name == _REDIRECT]
    return way, {
        article: digest.removeprefix("sha256:")
        for article, _, digest in (value.partition(" ") for name, value in lines if name == _ARTICLE)
    }


def _reached(page: Page, way: list[tuple[str, str]]) -> Page:
    if not way:
        return page
    answers, addresses = zip(*way, strict=True)
    return replace(page, answers=answers, requested=addresses[0], redirects=addresses[1:])


def _warcinfo(name: str) -> bytes:
    writer = _Writer()
    facts = {"software": "Marsad", "format": "WARC File Format 1.1"}
    writer.write_record(writer.create_warcinfo_record(name, facts))
    return bytes(writer.out.getvalue())


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def page_digests(file: Path) -> Iterator[tuple[int, str]]:
    """Where the records of a page begin, and the SHA-256 of their bytes; up to where the file cannot be read."""
    edges: list[tuple[int, bool]] = []
    with file.open("rb") as stream:
        records = ArchiveIterator(stream)
        with suppress(*_UNREADABLE):
            for record in records:
                first = record.rec_type == "response" and record.rec_headers.get_header(_WITH) is None
                if first or record.rec_type in ("warcinfo", "revisit"):
                    edges.append((records.get_record_offset(), first))
    edges.append((file.stat().st_size, False))
    with file.open("rb") as stream:
        for (begin, first), (end, _) in pairwise(edges):
            if first:
                stream.seek(begin)
                yield begin, sha256(stream.read(end - begin)).hexdigest()
