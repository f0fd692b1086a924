"""One crawl process for many sources: start-up is paid once. `python -m crawler.many` is started by the desk.

Orders come on standard input and answers go to standard output, one JSON object a line:
    {"source": "x", "run": "x-1", "arguments": {}}   ->  {"ended": "x-1"}, or {"ended": "x-1", "failed": "why"}
    and every few seconds {"alive": <how many crawls run>}, so that a process that hangs is noticed.
At the end of its orders it finishes what runs; on SIGTERM it finishes and stores the pages in flight.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from config.load import ConfigError, load_sources
from crawler.loader import spider_of
from pipelines.shared import WORKERS
from pipelines.stages import said
from pipelines.store.lease import ELSEWHERE

ALIVE_SECONDS = 2.0


class Many:
    """The crawls of this process."""

    def __init__(self, process: AsyncCrawlerProcess) -> None:
        self._process = process
        self._crawls: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def serve(self) -> None:
        """Take orders until there are no more, or until SIGTERM."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C goes to the whole group; the desk decides
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
        alive = loop.create_task(self._say_alive())
        orders = loop.create_task(self._obey(reader))
        stopping = loop.create_task(self._stopping.wait())
        await asyncio.wait({orders, stopping}, return_when=asyncio.FIRST_COMPLETED)
        orders.cancel()
        while self._crawls:
            if self._stopping.is_set():
                await self._process.stop()
            await asyncio.wait({stopping, *self._crawls} - ({stopping} if stopping.done() else set()), timeout=1)
        stopping.cancel()
        alive.cancel()

    async def _obey(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            crawl = asyncio.get_running_loop().create_task(self._crawl(order))
            self._crawls.add(crawl)
            crawl.add_done_callback(self._crawls.discard)

    async def _crawl(self, order: dict[str, Any]) -> None:
        answer = {"ended": order["run"]}
        try:
            # Read anew each time: files change while this process lives.
            sources = load_sources(Path(self._process.settings["MARSAD_CONFIG"]))
            crawler = self._process.create_crawler(spider_of(sources.for_page("", order["source"])))
            crawler.settings.set("MARSAD_RUN", order["run"], priority="cmdline")
            await self._process.crawl(crawler, **order.get("arguments", {}))
            if crawler.stats.get_value("finish_reason") == "elsewhere":
                answer["failed"] = ELSEWHERE
        except Exception as error:
            answer["failed"] = str(error) or type(error).__name__
        _say(answer)

    async def _say_alive(self) -> None:
        while True:
            _say({"alive": len(self._crawls)})
            await asyncio.sleep(ALIVE_SECONDS)


def _say(answer: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The desk is gone. What runs is finished, nothing more can be ordered.
        sys.stdout = open(os.devnull, "w", encoding="ascii")  # noqa: PTH123, SIM115 (kept until the end)


def main() -> None:
    """Serve."""
    settings = get_project_settings()
    process = AsyncCrawlerProcess(settings)
    try:
        with said():
            WORKERS.borrow(settings["MARSAD_CONFIG"])
    except ConfigError:
        sys.exit(2)
    from twisted.internet import reactor

    async def work() -> None:
        try:
            await Many(process).serve()
        finally:
            WORKERS.give_back(settings["MARSAD_CONFIG"])
            reactor.stop()  # type: ignore[misc]  # Twisted types it without self

    reactor.callWhenRunning(lambda: asyncio.ensure_future(work()))
    process.start(stop_after_crawl=False, install_signal_handlers=False)


if __name__ == "__main__":
    main()
