"""What a web server has told us: its robots.txt for a day, Retry-After, and rest where it fails or turns us away."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from crawler.runs import first_error
from pipelines.stages import StoreStage
from pipelines.store.base import Host, Store

ROBOTS_HOLD = timedelta(hours=24)
"""RFC 9309, 2.4: not longer than that."""
MAX_ROBOTS = 512 * 1024
"""Characters of a robots.txt that are kept; RFC 9309, 2.5 wants 500 KiB read."""
SHORT_WAIT = 60.0
"""Seconds that a crawl waits for a host that asks for it; for longer it leaves the host alone."""
PATIENCE = 5
"""Addresses of a host that fail in a row before it is left alone."""
CHALLENGED = "marsad_challenged"
"""In a request's meta: what `challenge` says of its answer."""
CHALLENGES = 3
"""Challenges in a row after which it is."""
FIRST_REST = timedelta(minutes=15)
LONGEST_REST = timedelta(hours=24)

logger = logging.getLogger(__name__)

# Pages that stand in for the one that was asked for. The first list is enough by itself, the second only with an error
# status: its traces are in ordinary pages too.
_CHALLENGE = re.compile(
    rb"_cf_chl_opt|<title>\s*Just a moment|<title>\s*Attention Required! \| Cloudflare|<title>\s*DDoS-Guard"
    rb"|Incapsula incident ID|sucuri_cloudproxy_js|geo\.captcha-delivery\.com|/\.well-known/sgcaptcha"
    rb"|awsWafCookieDomainList",
    re.IGNORECASE,
)
_SIGNS = (
    *(b"_cf_chl_opt", b"just a moment", b"attention required!", b"ddos-guard", b"incapsula incident id"),
    *(b"sucuri_cloudproxy_js", b"geo.captcha-delivery.com", b"/.well-known/sgcaptcha", b"awswafcookiedomainlist"),
)
"""One of these, in small letters, is in all that `_CHALLENGE` finds, and is looked for ten times as fast."""
_TRACES = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf-error-details|ddos-guard|_Incapsula_Resource|captcha"
    rb"|Checking your browser",
    re.IGNORECASE,
)
_LOOKED_AT = 64 * 1024


class HostResting(IgnoreRequest):
    """A request to a host that is to be left alone for now."""


def challenge(response: Response, request: Request) -> str:
    """What stands in for the page that was asked for, in a few words; empty where nothing does."""
    start = response.body[:_LOOKED_AT]
    if response.headers.get("cf-mitigated") == b"challenge" or _is_challenge(start):
        return f"answers {response.status} with a challenge for browsers"
    if response.status in (403, 429, 503) and _TRACES.search(start):
        return f"answers {response.status} with a challenge for browsers"
    if request.meta.get("redirect_urls") and re.search(
        r"//consent\.|/(?:cookie-)?consent\b|/cookiewall\b", response.url
    ):
        return "leads to a consent page"
    return ""


def _is_challenge(start: bytes) -> bool:
    small = start.lower()
    return any(sign in small for sign in _SIGNS) and _CHALLENGE.search(start) is not None


def refusal(response: Response, request: Request) -> str:
    """Why the answer is not what was asked for, an error status among the reasons; empty where it is."""
    return challenge(response, request) or (f"answers {response.status}" if response.status >= 400 else "")


def host_id(request: Request) -> str:
    """Key of the web server that a request goes to."""
    url = urlparse_cached(request)
    return f"{url.scheme}://{url.netloc.rpartition('@')[2].lower()}"


class Robots(RobotsTxtMiddleware):
    """Downloader middleware: Scrapy's, with a memory, and another view of a robots.txt that answers with an error.

    RFC 9309, 2.3.1.3 and 2.3.1.4: without the file (4xx) everything is allowed, whatever the page of the error says;
    while the server fails (5xx) nothing is.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._lock = asyncio.Lock()

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """From the store where it was fetched within a day, else from the host."""
        netloc = urlparse_cached(request).netloc
        async with self._lock:
            text = await self._kept(request) if netloc not in self._parsers else None
            if text is not None:
                self._parsers[netloc] = Deferred()
                kept = Response(f"{host_id(request)}/robots.txt", body=text.encode())
                await super()._parse_robots(kept, netloc, request)
        return await super().robot_parser(request)

    async def _kept(self, request: Request) -> str | None:
        stage = self.crawler.get_item_pipeline(StoreStage)
        host = await stage.call(stage.store.host, host_id(request)) if stage is not None else None
        if host is None or host.robots_fetched is None or datetime.now(UTC) - host.robots_fetched > ROBOTS_HOLD:
            return None
        return host.robots

    async def _parse_robots(self, resp: Response, netloc: str, request: Request) -> None:
        if resp.status >= 500:
            logger.error("%s answers %d: nothing of it is read until it works again", resp.url, resp.status)
            resp = resp.replace(body=b"User-agent: *\nDisallow: /")
        else:
            if resp.status >= 400:
                resp = resp.replace(body=b"")
            text = resp.body.decode("utf-8", "replace")[:MAX_ROBOTS]
            await _update(self.crawler, host_id(request), robots=text, robots_fetched=datetime.now(UTC))
        await super()._parse_robots(resp, netloc, request)


class Rest:
    """Downloader middleware: waits for, or leaves alone, a host that asks for it, fails or turns us away.

    It stands nearer the wire than Scrapy's retries, so that each answer counts and each repetition waits.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts: dict[str, Host] = {}
        self._pause: dict[str, datetime] = {}
        self._failures: dict[str, set[str]] = {}
        """By host: addresses that failed since one last answered. One address asked for three times counts once."""
        self._challenges: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Rest:
        """As Scrapy makes it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let it pass, or raise HostResting."""
        key = host_id(request)
        if key not in self._hosts:
            stage = self._crawler.get_item_pipeline(StoreStage)
            known = await stage.call(stage.store.host, key) if stage is not None else None
            self._hosts.setdefault(key, known or Host(key))
        self._check(key)

    async def wait(self, request: Request) -> None:
        """Called when its turn has come: others of its host may have been answered since it passed. Waits a moment if
        the host asked for it. Raises HostResting.
        """
        key = host_id(request)
        self._check(key)
        stage = self._crawler.get_item_pipeline(StoreStage)
        if stage is not None and stage.ending:
            # Another process may be reading this host by now.
            raise HostResting(f"{request.url} is not asked for: this crawl ends, nothing can be stored any more")
        pause = self._pause.get(key)
        if pause is not None:
            await asyncio.sleep(max(0.0, (pause - datetime.now(UTC)).total_seconds()))

    def _check(self, key: str) -> None:
        host = self._hosts.get(key, Host(key))
        if host.resting_until is not None and host.resting_until > datetime.now(UTC):
            raise HostResting(f"{key} is left alone until {host.resting_until:%Y-%m-%d %H:%M} UTC: {host.why}")

    async def process_response(self, request: Request, response: Response) -> Response:
        """Note how the host answered, also in `request.meta[CHALLENGED]`; the answer passes as it is."""
        key = host_id(request)
        fault = request.meta[CHALLENGED] = challenge(response, request)
        self._challenges[key] = self._challenges.get(key, 0) + 1 if fault else 0
        failed = response.status >= 500 or response.status in (403, 429)
        failures = self._failures.setdefault(key, set())
        if failed:
            failures.add(request.url)
        else:
            failures.clear()
        asked = _retry_after(response) if response.status in (429, 503) else None
        if asked is not None and asked.total_seconds() <= SHORT_WAIT:
            self._pause[key] = datetime.now(UTC) + asked
        elif asked is not None or response.status == 429:
            await self._rest(key, f"it answers {response.status}", asked)
        elif fault:
            self._crawler.stats.inc_value("marsad/challenged")
            if self._challenges[key] >= CHALLENGES:
                await self._rest(key, f"it {fault}")
        elif len(failures) >= PATIENCE:
            await self._rest(key, f"it answers {response.status}, {PATIENCE} times in a row")
        elif not failed and self._hosts.get(key, Host(key)).rests:
            self._hosts[key] = await _update(self._crawler, key, resting_until=None, rests=0, why="")
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """No answer at all is a failure too; what we refused ourselves is none."""
        # A name that nobody knows is rather this machine's network.
        if isinstance(exception, IgnoreRequest | CannotResolveHostError | DownloadCancelledError):
            return
        key = host_id(request)
        failures = self._failures.setdefault(key, set())
        failures.add(request.url)
        if len(failures) >= PATIENCE:
            why = f"no answer, {PATIENCE} times in a row: {exception or type(exception).__name__}"
            await self._rest(key, why, longer=False)

    async def _rest(self, key: str, why: str, asked: timedelta | None = None, *, longer: bool = True) -> None:
        """For as long as it asks, else `longer` each time."""
        before = self._hosts.get(key, Host(key))
        now = datetime.now(UTC)
        if before.resting_until is not None and before.resting_until > now:
            return
        rests = before.rests + longer
        wait = asked or min(FIRST_REST * 2 ** min(max(rests - 1, 0), 10), LONGEST_REST)
        until = now + wait
        self._challenges[key] = 0
        self._failures[key] = set()
        # Known here before it is known in the store: the next request is not to slip through meanwhile.
        self._hosts[key] = replace(before, resting_until=until, rests=rests, why=why)
        await _update(self._crawler, key, resting_until=until, rests=rests, why=why)
        self._crawler.stats.inc_value("marsad/resting")
        told = f"{key} is left alone until {until:%Y-%m-%d %H:%M} UTC: {why}"
        first_error(self._crawler.stats, told)
        logger.error("%s", told)


async def _update(crawler: Crawler, key: str, **changes: Any) -> Host:
    """The host's record with these changes, in the store too where the crawl has one."""
    stage = crawler.get_item_pipeline(StoreStage)
    if stage is None:
        return replace(Host(key), **changes)
    return await stage.call(_update_stored, stage.store, key, changes)


def _update_stored(store: Store, key: str, changes: dict[str, Any]) -> Host:
    host = replace(store.host(key) or Host(key), **changes)
    store.note_host(host)
    return host


def _retry_after(response: Response) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), at most a day; None where there is none, or none that can be read."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text), 10**6)), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    wait = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    return min(max(wait, timedelta()), LONGEST_REST)
