"""`python -m crawler.probe check ID` and `… propose URL`: an outlet looked at without storing anything, as JSON.

A process of its own, because Twisted's reactor runs once in a process.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.settings import Settings

from config import settings as project
from config.load import ConfigError, load_sources
from config.schema import Entrance, Source
from crawler.discovery import MAX_BYTES, Found, Link, discover
from crawler.hosts import challenge, refusal
from crawler.politeness import settings_of
from crawler.proposal import article_pattern, candidate, id_pattern
from crawler.wire import page_of
from pipelines.records import Article
from pipelines.stages import ReadStage

MAX_ARTICLES = 3
"""Articles tried until one can be read: the newest may be a video."""
MAX_SITEMAPS = 2
"""Sitemaps looked into of a sitemap index, the newest."""


class Probe(Spider):
    """Asks for every entrance of a source, then for one article."""

    name = "probe"
    source: Source
    home: str = ""
    """Address of a home page, where there is no source file yet."""

    report: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = 0
        self._links: list[Link] = []
        self._tried = 0
        self._robots_text = ""
        self._entrances: dict[str, dict[str, Any]] = {}

    async def start(self) -> AsyncIterator[Request]:
        """The entrances; for a proposal robots.txt and the home page, which name them."""
        Probe.report = {"source": self.source.id, "robots": "unknown", "entrances": [], "article": None, "fault": ""}
        if self.home:
            robots = self.home.split("/", 3)
            yield Request(
                "/".join(robots[:3]) + "/robots.txt",
                self.parse_robots,
                errback=self.no_robots,
                meta={"dont_obey_robotstxt": True},
            )
        else:
            for request in self._ask_entrances():
                yield request

    # ------------------------------------------------------------------ a proposal
    def parse_robots(self, response: Response) -> Request:
        """Keep what it says of sitemaps."""
        self._robots_text = response.body.decode("utf-8", "replace") if response.status == 200 else ""
        return Request(self.home, self.parse_home, errback=self.home_failed)

    def no_robots(self, _failure: Any) -> Request:
        """The home page says itself what is wrong with the host."""
        return Request(self.home, self.parse_home, errback=self.home_failed)

    def parse_home(self, response: Response) -> list[Request]:
        """Make a source of it and ask for the entrances that it suggests."""
        fault = refusal(response, response.request or Request(self.home))
        if fault:
            self.report["fault"] = fault
            return []
        try:
            text = response.text if isinstance(response, TextResponse) else ""
            found = candidate(response.url, text, self._robots_text)
        except ValueError as error:
            self.report["fault"] = str(error)
            return []
        private = self.source.allow_private
        self.source = found.model_copy(update={"allow_private": private, "links_to": self.source.linked_hosts})
        return list(self._ask_entrances())

    def home_failed(self, failure: Any) -> None:
        """Nothing to propose anything from."""
        self.report["fault"] = str(failure.value) or type(failure.value).__name__

    # ------------------------------------------------------------------ entrances
    def _ask_entrances(self) -> list[Request]:
        today = datetime.now(ZoneInfo(self.source.timezone)).date()
        return [self._ask(entrance, entrance.urls(today)[0]) for entrance in self.source.entrance]

    def _ask(self, entrance: Entrance, url: str, depth: int = 0) -> Request:
        self._open += 1
        state = self._entrances.setdefault(
            entrance.url,
            {
                "url": entrance.url,
                "kind": entrance.kind,
                "enabled": entrance.enabled,
                "state": "",
                "links": 0,
                "listed": 0,
                "newest": None,
                "moved_to": None,
            },
        )
        return Request(
            url,
            self.parse_entrance,
            errback=self.entrance_failed,
            cb_kwargs={"entrance": entrance, "state": state, "depth": depth},
            meta={"download_maxsize": MAX_BYTES[entrance.kind]},
            dont_filter=True,
        )

    async def parse_entrance(
        self, response: Response, entrance: Entrance, state: dict[str, Any], depth: int
    ) -> AsyncIterator[Request]:
        """Read it; a sitemap index is looked into."""
        if self.report["robots"] == "unknown":
            self.report["robots"] = "allows"
        fault = refusal(response, response.request or Request(response.url))
        found = Found()
        if not fault:
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            worker = ReadStage.of(self.crawler).worker
            try:
                found = await worker.run(
                    discover, self.source, entrance.kind, response.body, response.url, content_type
                )
                fault = found.fault
            except (TimeoutError, MemoryError, RuntimeError) as error:
                fault = f"could not be read: {error or type(error).__name__}"
        state["state"] = fault or state["state"] or "read"
        if depth == 0 and response.meta.get("redirect_urls"):
            state["moved_to"] = response.url
        state["links"] += len(found.links)
        state["listed"] += found.counts.get("listed", 0)
        times = [link.modified for link in found.links if link.modified] + (
            [state["newest"]] if state["newest"] else []
        )
        state["newest"] = max(times, default=None)
        self._links += found.links
        if depth < 1:
            for sitemap in found.sitemaps[:MAX_SITEMAPS]:
                yield self._ask(entrance, sitemap.url, depth + 1)
        for request in self._answered():
            yield request

    def entrance_failed(self, failure: Any) -> list[Request]:
        """Why there is no answer."""
        state = failure.request.cb_kwargs["state"]
        state["state"] = str(failure.value) or type(failure.value).__name__
        self._robots(failure.value)
        return self._answered()

    def _robots(self, error: Exception) -> None:
        if isinstance(error, IgnoreRequest) and "robots.txt" in str(error):
            self.report["robots"] = "forbids"

    def _answered(self) -> list[Request]:
        self._open -= 1
        if self._open:
            return []
        self.report["entrances"] = list(self._entrances.values())
        newest = sorted(self._links, key=lambda link: -(link.modified.timestamp() if link.modified else 0))
        self._links = list({link.url: link for link in newest}.values())
        if self.home:
            self._propose()
        if not self._links:
            self.report["fault"] = "no entrance lists an article"
            return []
        return self._ask_article()

    def _propose(self) -> None:
        """Keep the entrances that work, and say what their links have in common."""
        kinds = {entrance.url: entrance for entrance in self.source.entrance}
        good = [kinds[url] for url, state in self._entrances.items() if state["state"] == "read" and state["links"]]
        # A home page lists articles among menus; where the outlet has a feed or a sitemap that is better.
        better = [entrance for entrance in good if entrance.kind != "section"]
        listed = [link.url for link in self._links]
        hosts = self.source.hosts if any(f"//{host}/" in url for url in listed for host in self.source.hosts) else ()
        update = {
            "entrance": tuple(better or good) or self.source.entrance,
            "article": article_pattern(listed),
            "id_pattern": id_pattern(listed),
            "hosts": hosts,
            "links_to": (),
        }
        self.report["proposal"] = self.source.model_copy(update=update).model_dump(mode="json", exclude_defaults=True)
        self.report["source"] = self.source.id

    # ------------------------------------------------------------------ one article
    def _ask_article(self) -> list[Request]:
        url = self._links[self._tried].url
        self._tried += 1
        return [Request(url, self.parse_article, errback=self.article_failed, dont_filter=True)]

    async def parse_article(self, response: Response) -> AsyncIterator[Request]:
        """Read it as the crawl would."""
        fault = challenge(response, response.request or Request(response.url))
        if fault:
            result: Any = None
        else:
            result = await ReadStage.of(self.crawler).worker.read(page_of(response, self.source))
            fault = "" if isinstance(result, Article) else f"{result.reason} {result.detail}"
        if isinstance(result, Article):
            self.report["article"] = {
                "url": response.url,
                "title": result.title,
                "characters": len(result.body),
                "published": result.published.isoformat() if result.published else None,
                "entities": list(result.entities),
            }
            self.report["fault"] = ""
            return
        self.report["fault"] = f"{response.url}: {fault}"
        for request in self._another():
            yield request

    def article_failed(self, failure: Any) -> list[Request]:
        """Why there is none; another may be had."""
        self._robots(failure.value)
        self.report["fault"] = f"{failure.request.url}: {failure.value}"
        return self._another()

    def _another(self) -> list[Request]:
        more = self._tried < min(MAX_ARTICLES, len(self._links))
        return self._ask_article() if more else []


def verdict(report: dict[str, Any]) -> str:
    """works: every enabled entrance lists articles, and one was read; fails: nothing can be had; partly: between."""
    enabled = [entrance for entrance in report["entrances"] if entrance["enabled"]]
    good = [entrance for entrance in enabled if entrance["state"] == "read" and entrance["links"]]
    if report["article"] is None or not good:
        return "fails"
    return "works" if len(good) == len(enabled) else "partly"


def main() -> int:
    """Look, print, and say on stderr in one line what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("check", "propose"))
    parser.add_argument("target")
    parser.add_argument("--private", action="store_true", help="allow loopback and private addresses")
    arguments = parser.parse_args()
    try:
        sources = load_sources(Path(project.MARSAD_CONFIG))
        if arguments.what == "check":
            source = sources.for_page("", arguments.target)
        else:
            source = sources.for_page(arguments.target).model_copy(update={"allow_private": arguments.private})
    except (ConfigError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if project.CONTACT_FAULT and not source.is_local:
        print(project.CONTACT_FAULT, file=sys.stderr)
        return 2
    settings = Settings()
    settings.setmodule(project)
    settings.setdict(settings_of(source), priority="spider")
    # Nothing is stored, and nothing but the answer belongs on the terminal.
    quiet = {
        "ITEM_PIPELINES": {"pipelines.stages.ReadStage": 100},
        "EXTENSIONS": {"crawler.politeness.CrawlDelay": 500},
        "LOG_ENABLED": False,
        "CLOSESPIDER_TIMEOUT": 300,
    }
    settings.setdict(quiet, priority="cmdline")
    logging.getLogger().addHandler(logging.NullHandler())
    process = AsyncCrawlerProcess(settings, install_root_handler=False)
    home = arguments.target if arguments.what == "propose" else ""
    process.crawl(Probe, source=source, home=home)
    process.start()
    report = getattr(Probe, "report", None)
    if report is None:
        print(f"{arguments.target}: the check could not start", file=sys.stderr)
        return 1
    report |= {"verdict": verdict(report), "checked": f"{datetime.now(UTC):%Y-%m-%d}"}
    print(json.dumps(report, ensure_ascii=True, default=lambda moment: moment.isoformat()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
