"""Pages written into WARC files and read back, whatever they look like and whoever else writes."""

from __future__ import annotations

import gzip
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from warcio.archiveiterator import ArchiveIterator

from config.schema import Source
from pipelines import archive
from pipelines.archive import Archive, ArchiveError
from pipelines.records import Page

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BODY = "<html><body><p>هجوم على القاعدة</p></body></html>".encode()
SOURCE = Source.model_validate(
    {
        "id": "paper",
        "name": "p",
        "home": "https://paper.example/",
        "entrance": [{"kind": "feed", "url": "https://p.example"}],
    }
)


def a_page(number: int = 1, wire: bytes = BODY, **headers: str) -> Page:
    lines = tuple((name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items())
    url = f"https://paper.example/news/{number}"
    return Page(SOURCE, url, url, (), 200, NOW, ((b"Host", b"paper.example"),), lines, wire, BODY, None)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("br, gzip", lambda body: gzip.compress(brotli.compress(body))),
        ("", bytes),
    ],
)
def test_a_packed_page_is_kept_packed_and_read_back_unpacked(tmp_path: Path, encoding: str, pack: object) -> None:
    kept = Archive(tmp_path)
    assert callable(pack)
    page = a_page(wire=pack(BODY), Content_Encoding=encoding, Transfer_Encoding="chunked", X_odd="caf\xe9")
    record = kept.read(kept.write(page, now=NOW), SOURCE)
    assert (record.page.wire, record.page.body) == (page.wire, BODY)
    assert record.digest == record.stated_digest
    assert (b"X-Archive-Orig-Transfer-Encoding", b"chunked") in record.page.response_headers


def test_files_go_on_in_another_by_size_and_by_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 3_000)
    kept = Archive(tmp_path)
    places = [kept.write(a_page(n), {f"id{n}": "0" * 64}, now=NOW) for n in range(8)]
    places.append(kept.write(a_page(8), now=NOW.replace(day=25)))
    files = sorted({place.partition("#")[0] for place in places})
    assert files[0] == "2026-11-24/paper-000.warc.gz"
    assert len([file for file in files if file.startswith("2026-11-24/")]) > 1
    assert files[-1] == "2026-11-25/paper-000.warc.gz"
    records = [kept.read(place, SOURCE) for place in places]
    assert [record.page.url for record in records] == [a_page(n).url for n in range(9)]
    assert [list(record.texts) for record in records] == [*([f"id{n}"] for n in range(8)), []]
    # Each is a part of its file by itself, and of nothing else.
    assert all(
        record.raw in (tmp_path / place.partition("#")[0]).read_bytes()
        for record, place in zip(records, places, strict=True)
    )


def write_many(folder: Path, begin: int) -> list[str]:
    return [Archive(folder).write(a_page(n), now=NOW) for n in range(begin, begin + 40)]


def test_several_processes_write_into_one_file(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        places = [place for some in pool.map(write_many, [tmp_path] * 3, (0, 100, 200)) for place in some]
    urls = {Archive(tmp_path).read(place, SOURCE).page.url for place in places}
    assert len(urls) == len(set(places)) == 120
    (file,) = tmp_path.glob("*/*")
    with file.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert (kinds.count("warcinfo"), kinds.count("response")) == (1, 120)


@pytest.mark.parametrize("place", ["", "2026-11-24/paper-000.warc.gz", "../secret#0", "2026-11-24/nothing.warc.gz#0"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(ArchiveError):
        Archive(tmp_path).read(place, SOURCE)
