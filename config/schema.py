"""What a configuration file may say. Names here are the keys that a person writes."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from config.every import Cadence, cadence, quiet_until, span

ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"


def _web_address(value: str) -> str:
    if set(re.findall(r"\{.*?\}|[{}]", value)) - {"{yyyy}", "{mm}", "{dd}"}:
        raise ValueError("may have {yyyy}, {mm} and {dd} in it, and no other braces")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a full http:// or https:// address")
    return value


def _host(value: str) -> str:
    if value != value.lower() or "/" in value or ":" in value or not value:
        raise ValueError("must be a bare host name in lower case, without scheme, port or path")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not an IANA time zone such as Asia/Baghdad") from None
    return value


def is_loopback(host: str) -> bool:
    """By the name alone: what a name resolves to is another machine's word."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _span(value: str) -> str:
    span(value)
    return value


def _quiet(value: tuple[str, ...]) -> tuple[str, ...]:
    quiet_until(value, datetime(2026, 1, 1, tzinfo=UTC), "UTC")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
Host = Annotated[str, AfterValidator(_host)]
Pattern = Annotated[str, AfterValidator(_pattern)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Span = Annotated[str, AfterValidator(_span)]


class Strict(BaseModel):
    """A table of a configuration file: unknown keys are faults, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entrance(Strict):
    """Where a source lists its articles."""

    kind: Literal["feed", "sitemap", "section"]
    url: WebAddress
    """{yyyy}, {mm} and {dd} in it stand for a day: today's is asked for, and yesterday's."""
    enabled: bool = True
    certainty: Literal["checked", "reported", "seen", "doubtful"] | None = None
    """How sure we are of it. checked: `marsad sources check` read it; reported: somebody says that they read it; seen:
    it stands in a public list; doubtful: it looks guessed, or somebody says that it does not work."""
    worked: date | None = None
    """When somebody last saw it work."""
    note: str = ""

    def urls(self, today: date) -> tuple[str, ...]:
        """The addresses to ask for on a day at the outlet."""
        days = (today, today - timedelta(days=1))
        named = (
            self.url.format(yyyy=f"{d:%Y}", mm=f"{d:%m}", dd=f"{d:%d}") if "{" in self.url else self.url for d in days
        )
        return tuple(dict.fromkeys(named))


class Source(Strict):
    """One news outlet: a file config/sources/<id>.toml."""

    id: Annotated[str, Field(pattern=ID)]
    """Not written in the file: the file's name."""
    name: str
    home: WebAddress
    enabled: bool = True
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    timezone: TimeZone = "UTC"
    """Zone of the times that its pages print without one."""
    hosts: tuple[Host, ...] = ()
    """Hosts that are the source's own, subdomains not included; the host of `home` always is."""
    links_to: tuple[Host, ...] = ()
    """Other hosts that its entrances may link to for its articles."""
    entrance: Annotated[tuple[Entrance, ...], Field(min_length=1)]
    """Those that are not enabled are known, and looked at by `marsad sources check` alone."""
    article: Pattern | None = None
    """Regular expression that finds article addresses, searched in the percent-decoded address."""
    id_pattern: Pattern | None = None
    """Written `id` in the file: regular expression whose first group identifies an article within the source."""
    query_is_identity: bool = False
    """True where the query string tells articles apart."""
    allow_private: bool = False
    """May connect to loopback and private addresses: only for a newspaper of your own."""
    verify_certificates: bool = True
    delay: Annotated[float, Field(ge=0, le=600)] = 1.0
    """Seconds between two requests to one host. Less than 1 only has effect on loopback addresses."""
    concurrency: Annotated[int, Field(ge=1, le=16)] = 1
    """Connections to one host at a time. More than 1 only has effect on loopback addresses."""
    daily_requests: Annotated[int, Field(ge=1)] = 5_000
    owner: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    """Whose outlet it is: what outlets of one owner tell counts once. None: the source is its own owner."""
    alignment: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    """Whom it is close to, for people: government, coordination framework, opposition …"""
    max_age_days: Annotated[int, Field(ge=1)] | None = None
    """What an entrance dates older than so many days is not asked for."""
    archive: Literal["mentions", "all", "none"] = "mentions"
    """Whose pages are kept as they were on the wire."""
    kind: Literal["state", "party", "private", "international", "agency", "monitor"] | None = None
    access: Literal["ok", "blocks", "scripts", "mixed", "unknown"] | None = None
    """What others report: it can be read, it blocks programs, it needs scripts, reports differ, nothing known."""
    checked: date | None = None
    """When `marsad sources check` last read it."""
    note: str = ""
    every: str = "auto"
    """How often it is read: "15m", a cron line of five fields in `timezone`, or "auto": as it publishes."""
    shortest: Span = "5m"
    """With `every = "auto"`: never sooner after the last time …"""
    longest: Span = "6h"
    """… and at the latest so long after it."""
    jitter: Span = "30s"
    """A little later than planned, by up to so much, so that not everything starts in the same second."""
    quiet: Annotated[tuple[str, ...], AfterValidator(_quiet)] = ()
    """Hours in `timezone` in which it is not read: "01:00-05:30"."""

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if self.id_pattern is not None and re.compile(self.id_pattern).groups < 1:
            raise ValueError("id: the pattern needs a group, for example '/news/(\\d+)'")
        try:
            cadence(self.every, self.timezone)
        except ValueError as error:
            raise ValueError(f'every: {error}; or a cron line of five fields, or "auto"') from None
        if not timedelta(minutes=1) <= span(self.shortest) <= span(self.longest):
            raise ValueError("shortest: must be at least 1m and no longer than longest")
        return self

    @property
    def cadence(self) -> Cadence:
        """What `every` means."""
        return cadence(self.every, self.timezone)

    @property
    def own_hosts(self) -> frozenset[str]:
        """Hosts whose pages are this source's."""
        return frozenset({(urlsplit(self.home).hostname or "").lower(), *self.hosts})

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine alone: nobody needs to be told who reads it."""
        return all(is_loopback(host) for host in self.linked_hosts)

    @property
    def linked_hosts(self) -> frozenset[str]:
        """Hosts that the crawl may go to."""
        return self.own_hosts | frozenset(self.links_to)
