"""`make bench`: thirteen questions to a store of many articles, warm, beside two plain ways to search the same texts.

    python -m benchmarks.questions [100000] [--folder FOLDER] [--record] [--mongo] [--rivals]

Stores stay in FOLDER and are asked again as long as articles are stored as they were: a million can be filled at night
and asked when the machine is quiet. `--rivals`: search the texts of more than 100,000 articles in other ways, too.

A page is what `marsad find` shows: the newest twenty and how many there are, as far as it counts them. Counts are
timelines and rankings. A tenth of the articles are asked the same, to see how the time grows. `--mongo`: 20,000 in
MongoDB as well.
"""

from __future__ import annotations

import argparse
import os
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.history import record
from benchmarks.million import LAST, built, fill
from benchmarks.quality import SHARED
from desk.queries import how_many, timeline, top
from desk.query import parse
from desk.watched import Watched
from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.store.query import EVERYTHING

FOLDER = Path(__file__).resolve().parent.parent / "data" / "bench"
RUNS = 40
PAGE, COUNT = 50.0, 150.0
"""Bars in milliseconds."""
GROWTH = 2.0
SMALL = 5.0
"""Milliseconds below which growth says nothing: opening the file takes as long."""
MONGO_SIZE = 20_000
RIVALS_TO = 100_000
"""Articles whose texts are searched in other ways without being asked to: of a million it takes half an hour."""

FORMS = "صاروخ صواريخ الصاروخ الصواريخ صاروخين صاروخان مسيرة مسيرات المسيرة المسيرات طائرة الطائرة"
WATCHED = Watched()


@dataclass(frozen=True, slots=True)
class Question:
    """One of them."""

    name: str
    query: str
    kind: str = "page"
    scan: str = ""
    """The words of the query as a regular expression on raw text, for the scan beside it."""

    def ask(self, store: Store) -> object:
        """The whole answer, from the typed query on."""
        query = parse(self.query, watched=WATCHED, now=LAST)
        if self.kind == "top":
            return top(store, query, "entity", "articles", 20)
        if self.kind != "page":
            return timeline(store, query, self.kind, None, "articles")
        return list(store.find(query, limit=21)), how_many(store, query)

    @property
    def bar(self) -> float:
        """Milliseconds."""
        return PAGE if self.kind == "page" else COUNT


QUESTIONS = (
    Question("entity page", "entity:houthis", scan="الحوثي"),
    Question("entity since", "entity:houthis since:30d", scan="الحوثي"),
    Question("rare word", "كاتيوشا", scan=r"\bكاتيوشا\b"),
    Question("common word", "الرئيس", scan=r"\bالرئيس\b"),
    Question("two words", "الرئيس مجلس", scan=r"\bالرئيس\b(?s:.*)\bمجلس\b"),
    Question("OR of 12 forms", FORMS.replace(" ", " OR "), scan=rf"\b(?:{FORMS.replace(' ', '|')})\b"),
    Question("phrase", '"وزارة الخارجية"', scan=r"\bوزارة الخارجية\b"),
    Question("entity, word, not source", "entity:isis قصف -source:outlet07", scan=r"\bقصف\b"),
    Question("near", "near:iq-ain-al-asad,200km", scan="عين الأسد"),
    Question("two words in one sentence", "same(الرئيس مجلس)", scan=r"(?m)^(?=.*\bالرئيس\b).*\bمجلس\b"),
    Question("timeline of an entity by day", "entity:houthis", "day", "الحوثي"),
    Question("timeline of a kind by week", "kind:militia", "week", "الحوثي"),
    Question("top entities of 30 days", "since:30d", "top", "الحوثي"),
)


def p95(ask: Callable[[], object], runs: int = RUNS, clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds that 95 of 100 warm runs take at most."""
    ask()
    measured = []
    for _ in range(runs):
        start = clock()
        ask()
        measured.append(1e3 * (clock() - start))
    return sorted(measured)[int(0.95 * runs)]


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """A store, closed afterwards."""
    store = open_store(str(path))
    yield store
    store.close()


def rivals(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds of a regular expression on every text, and of FTS5 unicode61 on raw text, by question."""
    scans: dict[str, float] = {}
    raw: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "raw.sqlite") as connection:
        connection.execute("ATTACH ? AS store", (str(path),))
        connection.execute("CREATE TABLE texts (n INTEGER PRIMARY KEY, text TEXT)")
        connection.execute(
            "INSERT INTO texts SELECT n, json_extract(document, '$.title') || ' ' || json_extract(document, '$.body')"
            " FROM store.documents ORDER BY n"
        )
        connection.execute("CREATE VIRTUAL TABLE raw USING fts5 (text, content='texts', content_rowid='n')")
        connection.execute("INSERT INTO raw (raw) VALUES ('rebuild')")
        connection.commit()
        for question in QUESTIONS:
            pattern = re.compile(question.scan)

            def scan(pattern: re.Pattern[str] = pattern) -> object:
                return [n for n, text in connection.execute("SELECT n, text FROM texts") if pattern.search(text)][-20:]

            scans[question.name] = p95(scan, 2)
            if not set(":(") & set(question.query) and question.kind == "page":

                def match(query: str = question.query) -> object:
                    parts = query if "OR" in query or '"' in query else " AND ".join(query.split())
                    page = "SELECT text FROM raw WHERE raw MATCH ? ORDER BY rowid DESC LIMIT 20"
                    count = "SELECT count(*) FROM raw WHERE raw MATCH ?"
                    return [connection.execute(sql, (parts,)).fetchall() for sql in (page, count)]

                raw[question.name] = p95(match, 10)
    return scans, raw


def in_mongo(place: Path, figures: dict[str, float]) -> None:
    """The same questions in MongoDB, shown with what answers; no bar, for it is not the server of a deployment."""
    sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
    from mongo_process import started

    given = os.environ.get("MARSAD_TEST_MONGO_URI")
    folder = place / f"mongo-{MONGO_SIZE}"
    folder.mkdir(exist_ok=True)
    with started(folder) as address:
        store = open_store(given or f"mongodb://{address}/", database="bench")
        if store.count(EVERYTHING) != MONGO_SIZE:
            seconds = fill(store, MONGO_SIZE)
            figures["seconds to fill MongoDB"] = round(seconds)
            print(f"filled in {seconds:.0f} s", flush=True)
        # The tests' server, unless another one is named.
        server = store.info().server if given else f"SecantusDB {version('secantusdb')}"
        print(f"{MONGO_SIZE:,} articles in {server}; p95, no bar:", flush=True)
        for question in QUESTIONS:
            start = time.perf_counter()
            question.ask(store)
            # The tests' server reads every article where two conditions meet, for ten seconds each time.
            took = p95(partial(question.ask, store), 5 if time.perf_counter() - start < 1 else 1)
            figures[f"{server}, {question.name}"] = round(took, 2)
            print(f"  {question.name}: {took:.1f} ms", flush=True)
        store.close()


def in_sqlite(folder: Path, size: int, figures: dict[str, float], *, beside: bool) -> int:
    """Every figure with its bar, also those of rivals where they are asked `beside` it; how many are missed."""
    paths = [built(folder, size // 10), built(folder, size)]
    missed = 0
    scans, raw = rivals(paths[1]) if beside else ({}, {})
    print(
        f"{size:,} articles, {paths[1].stat().st_size / 1e9:.1f} GB; p95 of {RUNS} warm runs (a tenth of the articles):"
    )
    for question in QUESTIONS:
        took = []
        for path in paths:
            with opened(path) as store:
                ask = partial(question.ask, store)
                took.append(p95(ask))
                # What others do on the machine does not count here.
                busy = p95(ask, clock=time.process_time)
        few, many = took
        figures[f"{question.name}, processor"] = round(busy, 2)
        figures[question.name] = round(many, 2)
        figures[f"{question.name}, a tenth"] = round(few, 2)
        verdicts = [many <= question.bar, many <= max(GROWTH * few, SMALL)]
        told = f"{many:.1f} ms ({few:.1f}), processor {busy:.1f}; at most {question.bar:g}, growth at most {GROWTH:g}"
        if question.name in scans:
            figures[f"{question.name}, regular expression on every text"] = round(scans[question.name], 1)
            verdicts.append(scans[question.name] >= 20 * many)
            told += f"; every text by regular expression {scans[question.name]:.0f} ms, at least 20 times as long"
        if question.name in raw:
            figures[f"{question.name}, FTS5 unicode61 on raw text"] = round(raw[question.name], 2)
            told += f"; FTS5 unicode61 on raw text {raw[question.name]:.1f} ms"
        missed += not all(verdicts)
        print(f"  {question.name}: {told}: {'met' if all(verdicts) else 'MISSED'}", flush=True)
    return missed


def main() -> int:
    """Print what is asked for; 1 where a bar is missed."""
    if not SHARED.exists():
        print(
            f"Left out: questions to many articles are made from real ones, and there is no {SHARED}", file=sys.stderr
        )
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    for flag in ("--record", "--mongo", "--rivals"):
        parser.add_argument(flag, action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {}
    missed = 0
    for size in asked.sizes:
        figures["articles"] = size
        missed += in_sqlite(asked.folder, size, figures, beside=asked.rivals or size <= RIVALS_TO)
    if asked.mongo:
        in_mongo(asked.folder, figures)
    if asked.record:
        record(figures)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
