"""What a week of one newspaper costs it: requests and bytes for each article that we did not have, beside spiders as
Scrapy's documentation has them and news-please. `python -m benchmarks.week [NAME…] [--record]` (`make week`).

Fourteen looks, half a day apart; ten articles appear between two, and one of them is edited once. The spiders beside
ours keep no more than Scrapy keeps for them (with `cached`: its HTTP cache with RFC 9111's rules, for "continuous
runs"), so they fetch again what they fetched before; they also miss no article.

Ours asks for each article again at the ages of pipelines/memory.py (here three times, mostly answered with 304), which
is most of its requests: that is the price of knowing what was edited or taken down within 48 hours, which the others
do not record. Without that a look would cost its entrances and what is new.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.crashes import Press, open_press
from benchmarks.history import record
from benchmarks.outlets import ROOT, environment
from pipelines.store import open_store
from pipelines.store.query import EVERYTHING

PEERS = Path(os.environ.get("MARSAD_PEERS") or ROOT / ".venv-peers")
LOOKS, NEW, FEED = 14, 10, 20
APART = timedelta(hours=12)
SPIDERS = {
    "sitemap": """
from scrapy.spiders import SitemapSpider
class Spider(SitemapSpider):
    name = "sitemap"
    sitemap_urls = ["{home}sitemap.xml"]
    sitemap_rules = [("/news/", "parse")]
    def parse(self, response):
        yield {{"url": response.url}}
""",
    "feed": """
import scrapy
from scrapy.spiders import XMLFeedSpider
class Spider(XMLFeedSpider):
    name = "feed"
    start_urls = ["{home}feed.xml"]
    def parse_node(self, response, node):
        return scrapy.Request(node.xpath("link/text()").get(), callback=self.page)
    def page(self, response):
        yield {{"url": response.url}}
""",
}
PLAIN = ("-s", "REMOTE_CONTROL_ENABLED=False", "-s", "TELNETCONSOLE_ENABLED=False", "-s", "ROBOTSTXT_OBEY=True")
CACHE = "scrapy.extensions.httpcache.RFC2616Policy"


@dataclass
class Weekly(Press):
    """A newspaper that grows: a feed of the latest, and a sitemap for each day in an index, all with ETags."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC) - LOOKS * APART)
    edited: set[int] = field(default_factory=set)

    def publish(self) -> None:
        """Ten more articles; the first of the last ten is changed."""
        if self.pages:
            self.edited.add(self.pages - NEW)
        self.pages += NEW

    def _time(self, number: int) -> str:
        return (self.began + (number // NEW) * APART + timedelta(minutes=number % NEW)).isoformat(timespec="seconds")

    def page(self, path: str) -> tuple[int, str, bytes]:
        """As it is at this moment."""
        if path == "/feed.xml":
            latest = range(self.pages - 1, max(-1, self.pages - 1 - FEED), -1)
            items = "".join(f"<item><title>x</title><link>{self.url}news/{n}</link></item>" for n in latest)
            return 200, "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        days = {n // (2 * NEW) for n in range(self.pages)}
        namespace = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        if path == "/sitemap.xml":
            rows = ""
            for day in sorted(days):
                last = min(self.pages, (day + 1) * 2 * NEW) - 1
                rows += f"<sitemap><loc>{self.url}day-{day}.xml</loc><lastmod>{self._time(last)}</lastmod></sitemap>"
            return 200, "application/xml", f"<sitemapindex {namespace}>{rows}</sitemapindex>".encode()
        if path.startswith("/day-"):
            day = int(path.removeprefix("/day-").removesuffix(".xml"))
            numbers = range(day * 2 * NEW, min(self.pages, (day + 1) * 2 * NEW))
            rows = "".join(
                f"<url><loc>{self.url}news/{n}</loc><lastmod>{self._time(n)}</lastmod></url>" for n in numbers
            )
            return 200, "application/xml", f"<urlset {namespace}>{rows}</urlset>".encode()
        status, kind, body = super().page(path)
        number = path.removeprefix("/news/")
        if number.isdigit() and int(number) in self.edited:
            body = body.replace(b"</article>", "<p>وأضاف المصدر لاحقا أن التحقيق ما زال جاريا.</p></article>".encode())
        return status, kind, body


def ours(folder: Path, press: Weekly, *, sitemaps: bool = True) -> Callable[[], int]:
    """One look by Marsad; answers how many articles are stored. Prints how many edits were."""
    (folder / "data").mkdir()
    (folder / "config" / "sources").mkdir(parents=True)
    (folder / "config" / "sources" / "paper.toml").write_text(
        f'name = "paper"\nhome = "{press.url}"\nallow_private = true\ndelay = 0\nconcurrency = 4\narticle = "/news/"\n'
        f'[[entrance]]\nkind = "feed"\nurl = "{press.url}feed.xml"\n'
        + (f'[[entrance]]\nkind = "sitemap"\nurl = "{press.url}sitemap.xml"\n' if sitemaps else ""),
        encoding="utf-8",
    )
    store = open_store(str(folder / "data" / "marsad.sqlite"))

    def look() -> int:
        for collection, names in (("seen", ("checked", "next_check", "since")), ("hosts", ("robots_fetched",))):
            records = list(store.dump(collection))
            for one in records:
                one |= {name: one[name] - APART for name in names if one.get(name)}
            store.load(collection, records)
        command = [sys.executable, "-m", "scrapy", "crawl", "paper"]
        subprocess.run(command, cwd=ROOT, env=environment(folder), stderr=subprocess.DEVNULL, check=True)
        if press.pages == LOOKS * NEW:
            edited = sum(document["state"] == "edited" for document in store.find(EVERYTHING))
            print(f"    ours: {edited} of {len(press.edited)} edits recorded", file=sys.stderr)
        return store.count(EVERYTHING)

    return look


def ours_from_the_feed(folder: Path, press: Weekly) -> Callable[[], int]:
    """The same from the feed alone, which is all that a feed spider reads."""
    return ours(folder, press, sitemaps=False)


def plain(spider: str, *, cached: bool) -> Callable[[Path, Weekly], Callable[[], int]]:
    """The same by a spider of Scrapy's."""

    def begin(folder: Path, press: Weekly) -> Callable[[], int]:
        file = folder / f"{spider}_spider.py"
        file.write_text(SPIDERS[spider].format(home=press.url), encoding="utf-8")
        caching = ("-s", "HTTPCACHE_ENABLED=True", "-s", f"HTTPCACHE_POLICY={CACHE}", "-s", f"HTTPCACHE_DIR={folder}/c")
        seen: set[str] = set()

        def look() -> int:
            out = folder / "out.jsonl"
            options = ["-O", str(out), *PLAIN, *(caching if cached else ())]
            command = [sys.executable, "-m", "scrapy", "runspider", str(file), *options]
            subprocess.run(command, cwd=folder, env=os.environ, stderr=subprocess.DEVNULL, check=True)
            seen.update(out.read_text("utf-8").splitlines())
            return len(seen)

        return look

    return begin


def newsplease(crawler: str) -> Callable[[Path, Weekly], Callable[[], int]]:
    """The same by a crawler of news-please, from the environment of our peers; with all it has switched off that would
    keep it from taking these pages for articles.
    """

    def begin(folder: Path, press: Weekly) -> Callable[[], int]:
        (shipped,) = (PEERS / "lib").glob("python3*/site-packages/newsplease/config/config.cfg")
        settings = shipped.read_text("utf-8")
        for key, value in (
            ("default", crawler),
            ("working_path", f"{folder}/work/"),
            ("JOBDIRNAME", f"{folder}/jobdir"),
        ):
            settings = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", settings)
        site = {
            "url": press.url,
            "crawler": crawler,
            "overwrite_heuristics": {
                **dict.fromkeys(("og_type", "linked_headlines", "self_linked_headlines"), False),
                "crawler_contains_only_article_alikes": True,
            },
            "pass_heuristics_condition": "crawler_contains_only_article_alikes",
        }
        (folder / "config.cfg").write_text(settings, encoding="utf-8")
        (folder / "sitelist.hjson").write_text(json.dumps({"base_urls": [site]}), encoding="utf-8")

        def look() -> int:
            command = [str(PEERS / "bin" / "python"), "-m", "newsplease", "-c", f"{folder}/"]
            no = subprocess.DEVNULL
            subprocess.run(command, cwd=folder, check=True, timeout=300, stdin=no, stdout=no, stderr=no)
            return len({re.sub(r"_\d+\.html\.json$", "", file.name) for file in (folder / "work").rglob("news_*.json")})

        return look

    return begin


CONTENDERS: dict[str, Callable[[Path, Weekly], Callable[[], int]]] = {
    "Marsad, feed and sitemaps": ours,
    "Marsad, feed": ours_from_the_feed,
    "Scrapy, feed spider": plain("feed", cached=False),
    "Scrapy, feed spider, cached": plain("feed", cached=True),
    "Scrapy, SitemapSpider": plain("sitemap", cached=False),
    "Scrapy, SitemapSpider, cached": plain("sitemap", cached=True),
    "news-please, RssCrawler": newsplease("RssCrawler"),
    "news-please, SitemapCrawler": newsplease("SitemapCrawler"),
}


def week(begin: Callable[[Path, Weekly], Callable[[], int]], host: str, port: int) -> tuple[int, Weekly]:
    """Articles had, and the newspaper that counted what was asked of it."""
    with tempfile.TemporaryDirectory() as name, open_press(Weekly(0, host, port)) as press:
        assert isinstance(press, Weekly)
        look = begin(Path(name), press)
        had = 0
        for _ in range(LOOKS):
            press.publish()
            had = look()
        return had, press


def main() -> int:
    """Print a line for each; 1 where ours missed an article."""
    figures: dict[str, float] = {}
    missed = 0
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    for name, begin in CONTENDERS.items():
        if named and not any(word in name for word in named):
            continue
        # news-please takes a host with a port for a foreign one.
        peer = name.startswith("news-please")
        if peer and not (PEERS / "bin" / "python").exists():
            print(f"{name}: left out, there is no {PEERS} (make peers)", file=sys.stderr)
            continue
        try:
            had, press = week(begin, *(("127.0.0.80", 80) if peer else ("127.0.0.1", 0)))
        except OSError as error:
            print(f"{name}: left out, it needs port 80: {error}", file=sys.stderr)
            continue
        pages = {path: count for path, count in press.requests.items() if path.startswith("/news/")}
        same = sum(count for path, count in press.unchanged.items() if path.startswith("/news/"))
        again = sum(pages.values()) - len(pages)
        entrances = press.requests.total() - sum(pages.values())
        each = {
            "requests an article": press.requests.total(),
            "of them for entrances": entrances,
            "of them for pages again": again,
            "kB an article": press.sent / 1000,
        }
        mine = {what: round(amount / max(1, had), 2) for what, amount in each.items()}
        missed += name.startswith("Marsad") and had != LOOKS * NEW
        figures |= {f"week: {name}: {what}": amount for what, amount in mine.items()}
        print(
            f"{name}: {had} of {LOOKS * NEW} articles; {', '.join(f'{what}: {n}' for what, n in mine.items())}; "
            f"{same} of {again} pages asked for again answered with 304",
            flush=True,
        )
    if "--record" in sys.argv:
        record(figures)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
