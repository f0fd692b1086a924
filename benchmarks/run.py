"""`make bench`: the figures that we promise, measured on this machine; `--record` adds them to history.jsonl."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.history import record
from benchmarks.matching import (
    Texts,
    articles,
    dates_milliseconds,
    growth,
    language_milliseconds,
    reports_share,
    rivals,
    speed,
)
from benchmarks.quality import SHARED
from benchmarks.salvos import gathered
from benchmarks.searches import SEARCHES, shares
from config.load import SHIPPED, load_watchlist
from config.schema import Entrance, Source
from desk.demo.content import load_edition
from desk.demo.newspaper import Newspaper, render_article
from pipelines.dates import find_dates
from pipelines.language import warm_up
from pipelines.tag import Tagger
from pipelines.work import Worker, page_from_file, prepare, read_page

ROOT = Path(__file__).resolve().parent.parent
MARSAD = str(Path(sys.executable).parent / "marsad")
HOME = "https://bench.example/"
SOURCE = Source(id="bench", name="bench", home=HOME, entrance=(Entrance(kind="section", url=HOME),))
WORDS = "أعلنت مصادر محلية في محافظة الأنبار اليوم أن فرق الدفاع المدني أنهت أعمالها. ".encode()
HOSTILE = {
    "200,000 attributes on one tag": b"<html><p " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b">" + WORDS,
    "29,000 attributes on one tag": b"<html><p " + b" ".join(b'a%d="x"' % n for n in range(29_000)) + b">" + WORDS,
    "14 MB of <p>": b"<html>" + b"<p>x" * 3_500_000,
    "90,000 paragraphs": b"<html>" + (b"<p>" + WORDS[:80]) * 90_000,
    "90,000 nested <div>": b"<html>" + b"<div>" * 90_000 + WORDS,
}


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    measured = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        measured.append(time.perf_counter() - start)
    return min(measured)


def help_seconds() -> float:
    """`marsad --help`; bar 0.3 s."""
    return best_of(5, lambda: subprocess.run([MARSAD, "--help"], check=True, stdout=subprocess.DEVNULL))


def demo_crawl_seconds() -> float:
    """A whole `scrapy crawl` of the demo newspaper into an empty embedded store; bar 15 s."""
    with Newspaper() as paper, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scrapy", "crawl", "demo", "-a", f"home={paper.url}"]
        environment = os.environ | {"MARSAD_DATA": folder, "MONGO_URI": ""}
        quiet = subprocess.DEVNULL
        return best_of(1, lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True, stderr=quiet))


def pages_per_second() -> float:
    """The demo's articles read in this process: extracted, judged and tagged."""
    prepare(load_watchlist(SHIPPED / "local"))
    pages = [
        page_from_file(render_article(article, article.layout).encode(), HOME + article.path, SOURCE)
        for article in load_edition().articles
    ]
    return len(pages) / best_of(3, lambda: [read_page(page) for page in pages])


def match_megabytes_per_second() -> float:
    """The demo's texts tagged; megabytes of UTF-8."""
    tagger = Tagger(load_watchlist(SHIPPED / "local"))
    texts = [(article.title, "\n".join(article.paragraphs)) for article in load_edition().articles]
    size = sum(len(part.encode()) for text in texts for part in text)
    return size / 1e6 / best_of(5, lambda: [tagger.mentions(*text) for text in texts])


def hostile_seconds() -> float:
    """The slowest of the hostile pages in the worker; bar 12 s."""

    async def slowest() -> float:
        worker = Worker(load_watchlist(SHIPPED / "local"))
        await worker.read(page_from_file(WORDS, HOME, SOURCE))
        seconds = []
        for name, body in HOSTILE.items():
            start = time.perf_counter()
            await worker.read(page_from_file(body, f"{HOME}news/1", SOURCE))
            seconds.append(time.perf_counter() - start)
            print(f"    {name}: {seconds[-1]:.2f} s", file=sys.stderr)
        worker.close()
        return max(seconds)

    return asyncio.run(slowest())


def dateless_milliseconds() -> float:
    """What a text without dates costs: most texts that dates are looked for in have few."""
    text = (WORDS.decode().replace("اليوم ", "") * 40)[:3000]
    return best_of(50, lambda: find_dates(text, published=None, timezone="Asia/Baghdad")) * 1e3


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that we promise; `real` ones need the articles that lie beside the project."""

    name: str
    work: Callable[[], float]
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    real: bool = False

    def met(self, figure: float) -> bool:
        """Whether the figure keeps its bar."""
        return (self.at_most is None or figure <= self.at_most) and (self.at_least is None or figure >= self.at_least)

    @property
    def bar(self) -> str:
        """The bar in words; nothing where there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"


@cache
def real_articles() -> Texts:
    """What the figures on real articles are measured on."""
    return articles(1200)


def events_for_each() -> float:
    """Events that come of 200 written reports, for each of the 40 attacks; none may be missed or merged."""
    result = gathered(load_watchlist(SHIPPED / "no overlay"))
    return float("inf") if result.missed or result.merged else result.told / result.attacks


def match_real_megabytes_per_second() -> float:
    """Folding, matching and context on real articles, with the shipped watchlist."""
    return speed(real_articles(), Tagger(load_watchlist(SHIPPED / "no overlay")).mentions, 5)


MEASURES = (
    Measure("help", help_seconds, "s", at_most=0.3),
    Measure("demo crawl", demo_crawl_seconds, "s", at_most=15),
    Measure("slowest hostile page", hostile_seconds, "s", at_most=12),
    Measure("pages", pages_per_second, "per second, one core"),
    Measure("match", match_megabytes_per_second, "MB/s, one core"),
    Measure("match, real articles", match_real_megabytes_per_second, "MB/s, one core", at_least=15, real=True),
    Measure(
        "100,000 aliases instead of 1,000", lambda: growth(real_articles()), "times slower", at_most=1.5, real=True
    ),
    Measure(
        "reports on top of tagging", lambda: reports_share(real_articles()), "of its time", at_most=0.334, real=True
    ),
    Measure("events", events_for_each, "told for each attack", at_most=1.1),
    Measure("dates, 3,000 characters without any", dateless_milliseconds, "ms", at_most=0.3),
    Measure("dates", lambda: dates_milliseconds(real_articles()), "ms an article", real=True),
    Measure("language gate", lambda: language_milliseconds(real_articles()), "ms an article", at_most=1.2, real=True),
)


def main() -> int:
    """Print each figure with its bar; 1 where one is missed."""
    warm_up()
    figures, missed = {}, 0
    measures = [measure for measure in MEASURES if SHARED.exists() or not measure.real]
    for measure in measures:
        figure = figures[measure.name] = round(measure.work(), 3)
        verdict = f" ({measure.bar}: {'met' if measure.met(figure) else 'MISSED'})" if measure.bar else ""
        missed += not measure.met(figure)
        print(f"{measure.name}: {figure:g} {measure.unit}{verdict}", flush=True)
    if len(measures) == len(MEASURES):
        for name, figure in rivals(real_articles()).items():
            figures[f"beside it: {name}"] = round(figure, 3)
            print(f"beside it: {name}: {figure:.3g} MB/s, one core", flush=True)
    else:
        print(f"Figures on real articles left out: there is no {SHARED}", file=sys.stderr)
    for name, share in shares().items():
        figures[f"searches in Arabic that {name} gets right"] = round(share, 3)
        print(f"searches in Arabic that {name} gets right: {share:.1%} of {len(SEARCHES)}")
    if "--record" in sys.argv:
        record(figures)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
