"""Pages kept as they were on the wire, proved, and read again."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from marsad_process import Marsad
from site_on_loopback import PARAGRAPH, Reply, Site, article_page, feed, write_source
from warcio.archiveiterator import ArchiveIterator

from pipelines.seals import Seals
from pipelines.store import open_store

WARCIO = Path(sys.executable).parent / "warcio"
MENTION = "قال مصدر أمني إن قاعدة عين الأسد تعرضت لهجوم بطائرة مسيرة فجر اليوم."


@pytest.fixture
def kept(marsad: Marsad) -> Marsad:
    """A desk that has read two articles, one with a mention, from a server that packs and has odd headers."""
    page = article_page("هجوم على قاعدة عين الأسد في الأنبار", MENTION, PARAGRAPH)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Encoding": "gzip",
        "X-odd": "caf\xe9",
        "ETag": '"1"',
    }
    with Site({"/news/1": Reply(gzip.compress(page.body), headers=headers)}) as site:
        site.replies["/news/2"] = article_page("خبر آخر لا يذكر شيئا", PARAGRAPH, PARAGRAPH)
        site.replies["/rss.xml"] = feed(site.url, ["/news/1", "/news/2"])
        write_source(marsad.config, "paper", site.url)
        (run,) = marsad.lines("crawl", "--json", "paper")
        assert (run["new"], run["archived"]) == (2, 1)
    return marsad


def article(marsad: Marsad) -> dict[str, object]:
    return marsad.lines("find", "--json", "--mentioning")[0]


def warc_files(marsad: Marsad) -> list[Path]:
    return sorted((marsad.folder / "data" / "archive").glob("*/*.warc.gz"))


def test_the_page_is_kept_as_it_was_and_any_warc_reader_agrees_with_the_article(kept: Marsad) -> None:
    document = article(kept)
    provenance = document["provenance"]
    assert isinstance(provenance, dict)
    (file,) = warc_files(kept)
    assert provenance["warc"].startswith(f"{file.parent.name}/{file.name}#")
    with file.open("rb") as stream:
        records = [
            (r.rec_type, r.rec_headers, r.http_headers, r.raw_stream.read(), r.format) for r in ArchiveIterator(stream)
        ]
    assert [record[0] for record in records] == ["warcinfo", "response", "request", "metadata"]
    _, warc, http, body, _ = records[1]
    assert warc.protocol == "WARC/1.1"
    assert hashlib.sha256(body).hexdigest() == provenance["sha256"]
    assert warc.get_header("WARC-Payload-Digest") == f"sha256:{provenance['sha256']}"
    assert http.get_header("X-odd") == "caf\xe9"
    assert MENTION in gzip.decompress(body).decode()
    assert "Marsad" in records[2][2].get_header("User-Agent")
    assert document["_id"] in records[3][3].decode()
    subprocess.run([WARCIO, "check", str(file)], check=True, capture_output=True)


def test_a_bundle_is_whole_until_a_byte_of_it_changes(kept: Marsad) -> None:
    document = article(kept)
    name = kept("evidence", str(document["_id"])).stdout.decode().strip()
    bundle = kept.folder / name
    assert b"whole" in kept("evidence", "verify", name).stdout
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(kept.folder / "out")
        names = set(packed.namelist())
    assert names == {"README.txt", "record.warc.gz", "article.json", "revisions.json", "evidence.json", "SHA256SUMS"}
    subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=kept.folder / "out", check=True, capture_output=True)
    facts = json.loads((kept.folder / "out" / "evidence.json").read_text("utf-8"))
    assert facts["text_sha256"] in _fields(kept.folder / "out" / "record.warc.gz")
    assert _with_jq(kept.folder / "out" / "article.json", facts["text_sha256"])
    assert abs(facts["clock_offset_seconds"]) < 5
    assert facts["versions"]["extractor"].startswith("trafilatura")
    data = bundle.read_bytes()
    for place in range(40, len(data), max(1, len(data) // 25)):
        changed = bytearray(data)
        changed[place] ^= 1
        (kept.folder / "changed.zip").write_bytes(changed)
        answer = kept.run("evidence", "verify", "changed.zip")
        same = _contents(kept.folder / "changed.zip") == _contents(bundle)
        assert answer.returncode == (0 if same else 1), place
    # A page put in the place of another, with sums that fit.
    other = kept.folder / "other.zip"
    with zipfile.ZipFile(bundle) as packed, zipfile.ZipFile(other, "w") as forged:
        files = {n: packed.read(n) for n in packed.namelist() if n != "SHA256SUMS"}
        files["article.json"] = files["article.json"].replace(b'"sha256": "', b'"sha256": "0')
        for n, content in files.items():
            forged.writestr(n, content)
        forged.writestr("SHA256SUMS", "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in files.items()))
    assert b"another SHA-256" in kept("evidence", "verify", "other.zip", code=1).stderr


def _fields(record: Path) -> str:
    with record.open("rb") as stream:
        return next(str(r.raw_stream.read(), "utf-8") for r in ArchiveIterator(stream) if r.rec_type == "metadata")


def _with_jq(article: Path, digest: str) -> bool:
    """Whether what README.txt of a bundle says gives the digest; yes where there is no jq to try it with."""
    if shutil.which("jq") is None:
        return True
    told = "{title, body, authors, section, published, published_offset, published_precision}"
    line = subprocess.run(["jq", "-cSj", told, str(article)], check=True, capture_output=True).stdout
    return hashlib.sha256(line).hexdigest() == digest


def _contents(file: Path) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(file) as packed:
            return {name: packed.read(name) for name in packed.namelist()}
    except Exception:
        return None


def sealed(kept: Marsad) -> list[Path]:
    """Folders of three days, two of which are over and sealed, the last of them with the article's page."""
    folder = kept.folder / "data" / "archive"
    (today,) = folder.iterdir()
    days = [folder / f"{datetime.now(UTC) - timedelta(days=n):%Y-%m-%d}" for n in (2, 1)]
    for other in days:
        other.mkdir()
        for file in today.iterdir():
            (other / file.name).write_bytes(file.read_bytes())
    assert kept("evidence", "seal").stdout.decode().split() == ["sealed:", days[0].name, "sealed:", days[1].name]
    assert kept("evidence", "seal").stdout == b""
    return [*days, today]


def test_sealed_days_are_chained_and_one_flipped_byte_anywhere_is_found(kept: Marsad) -> None:
    before, yesterday, today = sealed(kept)
    seals = Seals(before.parent)
    manifest = (yesterday / "manifest.json").read_bytes()
    (answer,) = kept.lines("evidence", "verify", "--json")
    assert (answer["faults"], answer["head"]) == ([], hashlib.sha256(manifest).hexdigest())
    assert not list(seals.faults())
    files = [*before.iterdir(), *yesterday.iterdir()]
    assert len(files) == 4
    for file in files:
        whole = file.read_bytes()
        for place in range(0, len(whole), 1 if file.suffix == ".json" else 7):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert list(seals.faults()), (file, place)
        file.write_bytes(whole)
    (file,) = before.glob("*.warc.gz")
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert b"was changed" in kept("evidence", "verify", code=1).stderr
    # Sealing the changed file anew breaks the chain.
    (before / "manifest.json").unlink()
    seals.seal(datetime.now(UTC))
    assert b"does not follow" in kept("evidence", "verify", code=1).stderr
    # Today is not sealed yet; its pages are held against the articles.
    (file,) = today.glob("*.warc.gz")
    whole = file.read_bytes()
    (document,) = kept.lines("find", "--json", "--mentioning")
    middle = int(document["provenance"]["warc"].partition("#")[2]) + 200
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert document["_id"].encode() in kept("evidence", "verify", code=1).stderr


def test_a_bundle_of_a_sealed_day_is_proved_by_its_manifest(kept: Marsad) -> None:
    """Whoever knows the manifest can tell a bundle that was made up, sums and all."""
    *_, today = sealed(kept)
    over = today.with_name(f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d}")
    today.rename(over)
    document = article(kept)
    store = open_store(str(kept.folder / "data" / "marsad.sqlite"))
    (stored,) = (one for one in store.dump("articles") if one["entities"])
    place = stored["provenance"]["warc"].replace(today.name, over.name)
    store.load("articles", [stored | {"provenance": stored["provenance"] | {"warc": place}}])
    store.close()
    Seals(over.parent).seal(datetime.now(UTC))
    name = kept("evidence", str(document["_id"])).stdout.decode().strip()
    assert b"whole" in kept("evidence", "verify", name).stdout
    with zipfile.ZipFile(kept.folder / name) as packed:
        files = {n: packed.read(n) for n in packed.namelist() if n != "SHA256SUMS"}
    pages = json.loads(files["manifest.json"])["pages"]
    assert pages[place.partition("/")[2]] == hashlib.sha256(files["record.warc.gz"]).hexdigest()
    record = bytearray(files["record.warc.gz"])
    record[4] ^= 1  # a time in gzip's header, which nothing else looks at
    files["record.warc.gz"] = bytes(record)
    with zipfile.ZipFile(kept.folder / "forged.zip", "w") as forged:
        for n, content in files.items():
            forged.writestr(n, content)
        forged.writestr("SHA256SUMS", "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in files.items()))
    assert b"manifest.json does not have this record" in kept("evidence", "verify", "forged.zip", code=1).stderr


def test_a_stored_text_that_was_changed_behind_our_back_is_found(kept: Marsad) -> None:
    assert b"whole" in kept("evidence", "verify").stdout
    store = open_store(str(kept.folder / "data" / "marsad.sqlite"))
    (document,) = (one for one in store.dump("articles") if one["entities"])
    changed = {
        "body": document["body"].replace("فجر", "ظهر"),
        "title": document["title"] + " ",
        "published": datetime(2026, 11, 1, tzinfo=UTC),
        "provenance": document["provenance"] | {"sha256": "0" * 64},
    }
    for name, value in changed.items():
        store.load("articles", [document | {name: value}])
        assert document["_id"].encode() in kept("evidence", "verify", code=1).stderr, name
    store.load("articles", [document])
    assert b"whole" in kept("evidence", "verify").stdout
    store.close()


def test_what_was_not_kept_says_so(kept: Marsad) -> None:
    other = next(a for a in kept.lines("find", "--json") if not a["entities"])
    assert b"was not kept" in kept("evidence", other["_id"], code=1).stderr
    assert b"No article" in kept("evidence", "0" * 32, code=1).stderr


def test_reprocess_gives_the_same_article_until_the_pipeline_changes(kept: Marsad) -> None:
    before = article(kept)
    (report,) = kept.lines("reprocess", "--json")
    assert (report["looked_at"], report["same"], report["not_kept"]) == (2, 1, 1)
    assert article(kept) == before
    (kept.config / "watchlist").mkdir()
    drone = '[x-official]\nkind = "person"\nname = "مصدر أمني"\nnames = ["مصدر أمني"]\ncountry = ["IQ"]\n'
    (kept.config / "watchlist" / "mine.toml").write_text(drone, encoding="utf-8")
    # What was stopped under other rules does not count as done.
    stopped = {"rules": ["those of yesterday"], "done": [before["_id"]]}
    (kept.folder / "data" / "reprocess.json").write_text(json.dumps(stopped), "utf-8")
    (report,) = kept.lines("reprocess", "--json", "--dry")
    assert (report["retagged"], article(kept)) == (1, before)
    (report,) = kept.lines("reprocess", "--json")
    after = article(kept)
    assert "x-official" in after["entities"]  # type: ignore[operator]
    assert not (kept.folder / "data" / "reprocess.json").exists()
    assert (after["revision"], after["pending"], after["changes"]) == (1, before["pending"], [])
    (file,) = warc_files(kept)
    file.write_bytes(file.read_bytes()[:400])
    assert b"cannot be read" in kept("reprocess", code=1).stderr


def test_a_page_behind_redirects_and_over_several_pages_is_kept_whole(marsad: Marsad) -> None:
    """So that the bundle says how it was reached, and reprocess reads the same article."""
    title = "تقرير: ماذا يجري في قاعدة عين الأسد"
    with Site({}) as site:
        write_source(marsad.config, "paper", site.url)
        parts = [article_page(title, f"{MENTION} الجزء {n}.", f"{PARAGRAPH} {n}") for n in range(1, 4)]
        for number, page in enumerate(parts, 1):
            following = f'<link rel="next" href="/news/1/{number + 1}"></head>'.encode()
            body = page.body.replace(b"</head>", following) if number < 3 else page.body
            packed = Reply(gzip.compress(body), headers=page.headers | {"Content-Encoding": "gzip"})
            site.replies["/news/1" if number == 1 else f"/news/1/{number}"] = packed
        site.replies |= {
            "/rss.xml": feed(site.url, ["/old/1"]),
            "/old/1": Reply(status=301, headers={"Location": "/older/1"}),
            "/older/1": Reply(status=302, headers={"Location": "/news/1"}),
        }
        (run,) = marsad.lines("crawl", "--json", "paper")
        assert (run["new"], run["archived"]) == (1, 1)
    document = article(marsad)
    assert all(f"الجزء {n}." in str(document["body"]) for n in (1, 2, 3))
    (file,) = warc_files(marsad)
    subprocess.run([WARCIO, "check", str(file)], check=True, capture_output=True)
    (report,) = marsad.lines("reprocess", "--json")
    assert (report["same"], article(marsad)) == (1, document)
    bundle = marsad("evidence", str(document["_id"])).stdout.decode().strip()
    marsad("evidence", "verify", bundle)
    with zipfile.ZipFile(marsad.folder / bundle) as packed_bundle:
        facts = json.loads(packed_bundle.read("evidence.json"))
        (marsad.folder / "alone.warc.gz").write_bytes(packed_bundle.read("record.warc.gz"))
    assert (facts["requested"], facts["url"]) == (f"{site.url}old/1", f"{site.url}news/1")
    assert facts["redirects"] == [
        {"url": f"{site.url}old/1", "answered": "301"},
        {"url": f"{site.url}older/1", "answered": "302"},
    ]
    with (marsad.folder / "alone.warc.gz").open("rb") as stream:
        found = [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI")) for r in ArchiveIterator(stream)]
    assert [url for kind, url in found if kind == "response"] == [
        f"{site.url}news/1",
        f"{site.url}news/1/2",
        f"{site.url}news/1/3",
    ]


def test_reprocess_reads_again_what_every_article_reports(marsad: Marsad) -> None:
    told = MENTION + " وأعلنت سرايا الصباح الرابع مسؤوليتها عن الهجوم."
    with Site({"/rss.xml": Reply()}) as site:
        for number, town in enumerate(("الأنبار", "غرب العراق", "البغدادي")):
            site.replies[f"/news/{number}"] = article_page(
                f"هجوم على قاعدة عين الأسد في {town}", told, PARAGRAPH + town
            )
        site.replies["/rss.xml"] = feed(site.url, [f"/news/{number}" for number in range(3)])
        write_source(marsad.config, "paper", site.url)
        (run,) = marsad.lines("crawl", "--json", "paper")
        assert (run["new"], run["archived"]) == (3, 3)
    (marsad.config / "watchlist").mkdir()
    name = "سرايا الصباح الرابع"
    group = f'[x-morning]\nkind = "militia"\nname = "{name}"\nnames = ["{name}"]\ncountry = ["IQ"]\n'
    (marsad.config / "watchlist" / "mine.toml").write_text(group, encoding="utf-8")
    (report,) = marsad.lines("reprocess", "--json")
    assert (report["retagged"], report["fields"]["mentions"], report["fields"]["claimed_by"]) == (3, 3, 3)
    assert [a["claimed_by"] for a in marsad.lines("find", "--json")] == [["x-morning"]] * 3
    # Nothing is left for the other way of doing it.
    (report,) = marsad.lines("retag", "--json")
    assert (report["up_to_date"], report["retagged"]) == (3, 0)
