"""What an alerts file may say: rules (`[[alert]]`) and where their messages go (`[channel.<name>]`).

Queries are words here; `desk.alerts` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from config import settings
from config.every import quiet_until, span
from config.load import SHIPPED, ConfigError, Fault, check, read_toml
from config.schema import ID, Span, Strict, WebAddress

FILE = "alerts.toml"
Severity = Literal["low", "normal", "high"]
_DIGEST = re.compile(r"digest (\S+)")
_DAILY = re.compile(r"daily ([01]\d|2[0-3]):([0-5]\d)")
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _quiet(value: str) -> str:
    quiet_until((value,) if value else (), datetime(2026, 1, 1, tzinfo=UTC), "UTC")
    return value


def _mode(value: str) -> str:
    digest = _DIGEST.fullmatch(value)
    if value != "now" and not digest and not _DAILY.fullmatch(value):
        raise ValueError('write "now", "digest 30m" or "daily 07:00"')
    if digest and not timedelta(minutes=1) <= span(digest[1]) <= timedelta(days=1):
        raise ValueError("a digest comes between once a minute and once a day")
    return value


class Alert(Strict):
    """One rule: what rings, whom it concerns, and how."""

    id: Annotated[str, Field(pattern=ID)]
    query: Annotated[str, Field(min_length=1)]
    """In the query language of `marsad find`, without times."""
    enabled: bool = True
    min_origins: Annotated[int, Field(ge=1, le=50)] = 1
    """So many independent origins must tell it: copies of an agency, quotations and outlets of one owner are one."""
    channels: Annotated[tuple[Annotated[str, Field(pattern=ID)], ...], Field(min_length=1)] = ("feed",)
    mode: Annotated[str, AfterValidator(_mode)] = "now"
    """"now", "digest 30m" (together, every half hour), "daily 07:00" (at the desk)."""
    quiet: Annotated[str, AfterValidator(_quiet)] = ""
    """Hours at the desk in which nothing is sent: "23:00-06:00". What rings then is sent when they end."""
    max_age: Span = "2d"
    """What was published longer ago when it is found does not ring."""
    severity: Severity = "normal"

    def due(self, now: datetime, zone: str) -> datetime:
        """When what rings at `now` is to be sent (UTC). `zone` (IANA) is the desk's."""
        when = now
        if digest := _DIGEST.fullmatch(self.mode):
            step = span(digest[1])
            midnight = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), time(), ZoneInfo(zone)).astimezone(UTC)
            when = midnight + ((now - midnight) // step + 1) * step
        elif daily := _DAILY.fullmatch(self.mode):
            local = now.astimezone(ZoneInfo(zone))
            hour = time(int(daily[1]), int(daily[2]))
            day = local.date() + timedelta(days=1 if local.time() >= hour else 0)
            when = datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)
        return quiet_until((self.quiet,) if self.quiet else (), when, zone).astimezone(UTC)

    @property
    def gathers(self) -> bool:
        """Whether several that are due make one message."""
        return self.mode != "now"


class Channel(Strict):
    """Where messages go. What is secret stands in the environment or in a file, which the keys below name."""

    kind: Literal["apprise", "webhook", "feed"]
    """apprise: mail, Telegram, Slack, ntfy …; webhook: signed JSON; feed: Atom and JSON Feed on disk."""
    url_env: Annotated[str, Field(pattern=_VARIABLE)] | None = None
    """apprise, webhook: the variable that holds the address."""
    url_file: Path | None = None
    """apprise, webhook: the file that holds it."""
    url: WebAddress | None = None
    """webhook: the address, where it is no secret."""
    secret_env: Annotated[str, Field(pattern=_VARIABLE)] | None = None
    """webhook: the variable that holds the key of the signature."""
    secret_file: Path | None = None
    allow_private: bool = False
    """apprise, webhook: may connect to loopback and private addresses."""
    folder: Path | None = None
    """feed: where alerts.xml and alerts.json are written; `alerts` in the data folder unless said."""
    timeout: Annotated[float, Field(gt=0, le=30)] = 10.0
    """Seconds until an answer counts as missing."""
    retry: Span = "10s"
    """Wait after a first failure; it doubles with each, up to an hour."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        allowed = {
            "apprise": {"url_env", "url_file", "allow_private"},
            "webhook": {"url", "url_env", "url_file", "secret_env", "secret_file", "allow_private"},
            "feed": {"folder"},
        }[self.kind]
        foreign = sorted(self.model_fields_set - allowed - {"kind", "timeout", "retry"})
        if foreign:
            raise ValueError(f"a channel of kind {self.kind} has no key {foreign[0]}")
        addresses = {"url", "url_env", "url_file"} & self.model_fields_set
        if self.kind != "feed" and len(addresses) != 1:
            names = "url_env or url_file" if self.kind == "apprise" else "url, url_env or url_file"
            raise ValueError(f"needs one of {names}")
        if self.kind == "webhook" and len({"secret_env", "secret_file"} & self.model_fields_set) != 1:
            raise ValueError("needs secret_env or secret_file: receivers check the signature that is made with it")
        return self

    def address(self) -> str:
        """Where it leads. Raises ValueError naming the variable or file that does not say."""
        return self.url or _named(self.url_env, self.url_file)

    def key(self) -> str:
        """What messages are signed with. Raises ValueError as above."""
        return _named(self.secret_env, self.secret_file)


def _named(variable: str | None, file: Path | None) -> str:
    if variable is not None:
        value = settings.secret(variable)
        if not value:
            raise ValueError(f"the environment has no {variable}")
        return value
    assert file is not None
    try:
        value = (settings.ROOT / file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None
    if not value:
        raise ValueError(f"{file} is empty")
    return value


@dataclass(frozen=True, slots=True)
class Alerts:
    """The good rules and channels by id, and what is wrong with the others."""

    rules: Mapping[str, Alert]
    channels: Mapping[str, Channel]
    faults: tuple[Fault, ...]
    files: Mapping[str, Path]
    """By rule: the file that wrote its query."""


def load_alerts(overlay: Path, shipped: Path = SHIPPED) -> Alerts:
    """`alerts.toml` in the shipped folder and in `overlay`, laid over each other by id, key by key.

    Never raises: a bad rule or channel stops only itself.
    """
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    origins: dict[tuple[str, str], dict[str, Path]] = {}
    faults: list[Fault] = []
    last = shipped / FILE
    for file in (shipped / FILE, overlay / FILE):
        if not file.exists():
            continue
        last = file
        seen: set[tuple[str, str]] = set()
        try:
            content = read_toml(file)
        except ConfigError as error:
            faults += error.faults
            continue
        for key, table in _tables(file, content, faults):
            if key in seen:
                faults.append(Fault(file, f"alert.{key[1]}.id", "is there twice"))
                continue
            seen.add(key)
            tables[key] = tables.get(key, {}) | table
            origins[key] = origins.get(key, {}) | dict.fromkeys(table, file) | {"": file}
    channels: dict[str, Channel] = {}
    rules: dict[str, Alert] = {}
    for (kind, name), table in sorted(tables.items(), key=lambda item: item[0][0] == "alert"):
        where = origins[kind, name]
        try:
            if kind == "channel":
                channels[name] = check(Channel, table, where, where[""])
                continue
            rule = check(Alert, table, where, where[""])
            if missing := [channel for channel in rule.channels if ("channel", channel) not in tables]:
                raise ConfigError([Fault(where.get("channels", last), "channels", f"no channel {missing[0]}")])
            rules[name] = rule
        except ConfigError as error:
            faults += [Fault(f.file, f"{kind}.{name}{'.' if f.key else ''}{f.key}", f.why) for f in error.faults]
    files = {name: origins["alert", name].get("query", last) for name in rules}
    return Alerts(rules, channels, tuple(faults), files)


def _tables(file: Path, content: dict[str, Any], faults: list[Fault]) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    """Each rule and channel of a file, by its kind and id."""
    found: list[tuple[tuple[str, str], dict[str, Any]]] = []
    for name, value in content.items():
        if name == "alert" and isinstance(value, list):
            for place, table in enumerate(value):
                if isinstance(table, dict) and isinstance(table.get("id"), str):
                    found.append((("alert", table["id"]), table))
                else:
                    faults.append(Fault(file, f"alert.{place}.id", "is missing"))
        elif name == "channel" and isinstance(value, dict):
            for channel, table in value.items():
                if not isinstance(table, dict) or not re.fullmatch(ID, channel):
                    faults.append(Fault(file, f"channel.{channel}", "write [channel.name] in lower case"))
                else:
                    found.append((("channel", channel), table))
        else:
            faults.append(Fault(file, name, "no such key: write [[alert]] and [channel.name]"))
    return found
