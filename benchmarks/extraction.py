"""`make peers`: our extraction beside others', on the same real pages in one run; `make bench` shows the table too.

Figures are means over the Arabic pages with gold. Bodies are compared as multisets of words without punctuation.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from benchmarks.history import record
from benchmarks.quality import SHARED
from config.schema import Entrance, Source
from pipelines.extract import extract
from pipelines.records import Article, Page
from pipelines.work import page_from_file

PEERS_PYTHON = Path(__file__).resolve().parent.parent / ".venv-peers" / "bin" / "python"
PEERS = ("trafilatura", "newspaper4k", "news-please", "readability-lxml", "goose3", "resiliparse")
OURS = "marsad"
PAGES = SHARED / "pages"
TIMEZONE = "Asia/Baghdad"
SECONDS = 900
"""For one peer and all pages."""
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Reading:
    """What one extractor made of one page."""

    title: str = ""
    text: str = ""
    authors: list[str] = field(default_factory=list)
    day: str | None = None
    ms: float = 0.0
    refused: bool = False


@dataclass(slots=True)
class Row:
    """One extractor's figures over all pages. Shares of the pages that have the thing."""

    title: float
    day: float
    author: float
    no_author: float
    """Pages without a person's byline where it returns none."""
    body: float
    worst_body: float
    must_have: float
    must_not: float
    """Snippets of other stories, captions and promotion that are not in the body."""
    listings_refused: float
    articles_refused: int
    ms: float


def gold() -> list[dict[str, Any]]:
    """What must come out of the pages. Raises FileNotFoundError where they are not beside the project."""
    pages: list[dict[str, Any]] = json.loads((PAGES / "gold.json").read_text(encoding="utf-8"))
    return pages


def addresses() -> dict[str, str]:
    """Where pages came from, by file name."""
    found: dict[str, str] = json.loads((PAGES / "urls.json").read_text(encoding="utf-8"))
    return found


def f1(found: str, wanted: str) -> float:
    """Of two texts as multisets of words."""
    ours, theirs = (Counter(_WORD.findall(text)) for text in (found, wanted))
    common = (ours & theirs).total()
    return 2 * common / max(1, ours.total() + theirs.total())


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _address_of(file: Path) -> str:
    """As its name tells: source_host_time_path.html for archived pages, host_number.html for others."""
    archived = re.fullmatch(r"[a-z]+_([\w.-]+\.[a-z]+)_\d{14}_(.+?)(?:\.html)?", file.name)
    if archived is not None:
        return f"http://{archived[1]}/{archived[2]}"
    return f"https://{file.name.split('_')[0]}/news/1"


def our_page(file: Path, url: str) -> Page:
    """A saved page as if it had just been fetched."""
    home = f"https://{urlsplit(url).hostname}/"
    source = Source(
        id="bench", name="bench", home=home, entrance=(Entrance(kind="section", url=home),), timezone=TIMEZONE
    )
    return page_from_file(file.read_bytes(), url, source)


def our_reading(page: Page) -> Reading:
    """What we make of one page; the day is the printed one."""
    start = time.perf_counter()
    found = extract(page)
    ms = (time.perf_counter() - start) * 1e3
    if not isinstance(found, Article):
        return Reading(ms=ms, refused=True)
    return Reading(found.title, found.body, list(found.authors), _printed_day(found, page.source.timezone), ms)


def _printed_day(article: Article, timezone: str) -> str | None:
    moment = article.published
    if moment is None or article.published_precision == "day":
        return moment.date().isoformat() if moment else None
    if article.published_offset is not None:
        return (moment + timedelta(minutes=article.published_offset)).date().isoformat()
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


def peer_readings(peer: str, files: Mapping[Path, str]) -> dict[Path, Reading]:
    """What a peer makes of pages, in a process of its own environment. Raises CalledProcessError or TimeoutExpired."""
    asked = "".join(json.dumps({"file": str(file), "url": url}) + "\n" for file, url in files.items())
    command = [str(PEERS_PYTHON), "-I", str(Path(__file__).with_name("peers.py")), peer]
    answer = subprocess.run(
        command, input=asked.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=SECONDS
    )
    readings = {}
    for line in answer.stdout.splitlines():
        if not line.startswith(b'{"file"'):
            continue  # some print notices of their own
        found = json.loads(line)
        text = found.get("text") or ""
        authors = [name for name in found.get("authors") or [] if name]
        readings[Path(found["file"])] = Reading(
            found.get("title") or "", text, authors, found.get("day"), found["ms"], refused=not text.strip()
        )
    return readings


def row(pages: Sequence[Mapping[str, Any]], readings: Mapping[Path, Reading], listings: Iterable[Path]) -> Row:
    """Figures of one extractor."""
    read = [(page, readings[PAGES / "arabic" / page["file"]]) for page in pages]
    articles = [reading for file, reading in readings.items() if file.parent.name == "arabic"]
    bodies = [f1(reading.text, page["body"]) for page, reading in read]
    written = [(page, reading) for page, reading in read if page["author"]]
    unwritten = [(page, reading) for page, reading in read if not page["author"]]
    titles = [_flat(reading.title) in map(_flat, (page["title"], *page["title_accept"])) for page, reading in read]
    days = [
        reading.day in (page["published"][:10], *page["date_accept"]) for page, reading in read if page["published"]
    ]
    have = [_flat(snippet) in _flat(reading.text) for page, reading in read for snippet in page["must_have"]]
    have_not = [_flat(snippet) not in _flat(reading.text) for page, reading in read for snippet in page["must_not"]]

    def named(page: Mapping[str, Any], reading: Reading) -> bool:
        wanted = page["author"] if isinstance(page["author"], list) else [page["author"]]
        return reading.authors == wanted or " ".join(reading.authors) in page["author_accept"]

    def nobody(page: Mapping[str, Any], reading: Reading) -> bool:
        return all(name in page["author_accept"] for name in reading.authors)

    return Row(
        title=_share(titles),
        day=_share(days),
        author=_share([named(*pair) for pair in written]),
        no_author=_share([nobody(*pair) for pair in unwritten]),
        body=sum(bodies) / len(bodies),
        worst_body=min(bodies),
        must_have=_share(have),
        must_not=_share(have_not),
        listings_refused=_share([readings[file].refused for file in listings]),
        articles_refused=sum(reading.refused for reading in articles),
        ms=sum(reading.ms for reading in articles) / len(articles),
    )


def _share(right: Sequence[bool]) -> float:
    return sum(right) / max(1, len(right))


def speed_beside_trafilatura(files: Mapping[Path, str], times: int = 3) -> tuple[float, float]:
    """Pages a second on one core, ours and `trafilatura.bare_extraction`'s, in turns in this process; best turns."""
    from trafilatura import bare_extraction

    pages = [our_page(file, url) for file, url in files.items()]
    texts = [page.body for page in pages]
    ours = theirs = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        for page in pages:
            extract(page)
        middle = time.perf_counter()
        for text in texts:
            bare_extraction(text, with_metadata=True, include_comments=False)
        ours, theirs = min(ours, middle - start), min(theirs, time.perf_counter() - middle)
    return len(pages) / ours, len(pages) / theirs


def measured() -> tuple[dict[Path, str], list[Path]]:
    """The Arabic articles and all listings with their addresses; the listings among them."""
    known = addresses()
    listings = sorted((PAGES / "listing").glob("*.htm*"))
    files = (*sorted((PAGES / "arabic").glob("*.html")), *listings)
    return {file: known.get(file.name) or _address_of(file) for file in files}, listings


def our_row() -> Row:
    """Our own figures."""
    files, listings = measured()
    pages = {file: our_page(file, url) for file, url in files.items()}
    readings = {file: our_reading(page) for file, page in pages.items()}
    for file, page in pages.items():  # the faster of two, the first one warming up
        if file.parent.name == "arabic":
            readings[file].ms = min(readings[file].ms, our_reading(page).ms)
    return row(gold(), readings, listings)


def table() -> dict[str, Row]:
    """Ours first, then each peer that could be run."""
    rows = {OURS: our_row()}
    files, listings = measured()
    for peer in PEERS if PEERS_PYTHON.exists() else ():
        try:
            rows[peer] = row(gold(), peer_readings(peer, files), listings)
        except (subprocess.SubprocessError, KeyError) as error:
            print(f"{peer} could not be measured: {error!r}"[:300], file=sys.stderr)
    return rows


def show(rows: Mapping[str, Row]) -> None:
    """The table, one line an extractor."""
    names = list(Row.__dataclass_fields__)
    print(" | ".join(("extractor", *(name.replace("_", " ") for name in names))))
    for extractor, figures in rows.items():
        print(" | ".join((extractor, *(f"{getattr(figures, name):.3g}" for name in names))))


def figures_of(rows: Mapping[str, Row]) -> dict[str, float]:
    """For history.jsonl."""
    return {
        f"extraction, {extractor}: {name.replace('_', ' ')}": round(getattr(figures, name), 4)
        for extractor, figures in rows.items()
        for name in Row.__dataclass_fields__
    }


def main() -> int:
    """Print the table and the speeds; 1 where a bar is missed."""
    if not PAGES.exists():
        print(f"Nothing to measure: there is no {PAGES}", file=sys.stderr)
        return 0
    rows = table()
    show(rows)
    articles = {file: url for file, url in measured()[0].items() if file.parent.name == "arabic"}
    ours, theirs = speed_beside_trafilatura(articles)
    print(f"pages a second: {ours:.1f}, trafilatura.bare_extraction {theirs:.1f}: {ours / theirs:.2f} times (bar 2)")
    if "--record" in sys.argv:
        speeds = {"extraction, pages a second": ours, "extraction, pages a second, trafilatura": theirs}
        record(figures_of(rows) | {name: round(value, 2) for name, value in speeds.items()})
    mine = rows[OURS]
    bars = (
        mine.title == 1,
        mine.day >= 0.95,
        mine.author >= 0.9,
        mine.body >= 0.97,
        mine.worst_body >= 0.9,
        mine.must_have == mine.must_not == mine.listings_refused == 1,
        mine.articles_refused == 0,
        ours >= 2 * theirs,
    )
    print(f"bars met: {sum(bars)} of {len(bars)}")
    return int(not all(bars))


if __name__ == "__main__":
    sys.exit(main())
