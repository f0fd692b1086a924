"""Articles that ring, and an alerts file that has them ring at a receiver of the tests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import an_article
from receiver import KEY

from config.load import SHIPPED, load_watchlist
from pipelines.records import Article
from pipelines.report import Reporter
from pipelines.tag import Tagger

ZONE = "Asia/Baghdad"
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ALWAYS = 'max_age = "9999d"'
"""Articles of the tests are as old as the tests."""
WATCHLIST = load_watchlist(SHIPPED / "local")
TAGGER, REPORTER = Tagger(WATCHLIST), Reporter(WATCHLIST)
BASES = ("قاعدة حرير", "قاعدة عين الأسد", "قاعدة بلد الجوية", "معسكر التاجي", "قاعدة القيارة الجوية")


def written(number: int, title: str, body: str, *, source: str = "one", hours: float = 0, read: float = 0) -> Article:
    """An article that was read as a crawl reads it, published so many hours after MORNING and read `read` later."""
    when = MORNING + timedelta(hours=hours)
    article = an_article(
        number, title=title, body=body, source=source, published=when, fetched=when + timedelta(hours=read),
        fingerprint=f"{number:016x}", section=None, authors=(),
    )  # fmt: skip
    return REPORTER.report(TAGGER.tag(article), ZONE)


def attack(number: int, *, of: int | None = None, source: str = "one", hours: float = 0, more: str = "") -> Article:
    """A report of the attack number `of`, without it of one of its own: another base, or another day."""
    of = number if of is None else of
    base, day = BASES[of % len(BASES)], of // len(BASES)
    text = f"هاجمت طائرة مسيرة {base} فجر اليوم. {more}".strip()
    return written(number, f"هجوم على {base}", text, source=source, hours=hours - 72 * day)


def edited(article: Article, title: str, body: str) -> Article:
    """The same article, which its outlet changed an hour later."""
    again = replace(article, title=title, body=body, fetched=article.fetched + timedelta(hours=1))
    return REPORTER.report(TAGGER.tag(replace(again, mentions=(), targets=(), entities=(), bases=())), ZONE)


def alerts_file(folder: Path, url: str, *rules: str, more: str = "", channel: str = "") -> Path:
    """`alerts.toml` in a configuration folder: the channel "desk" leads to `url`, and nothing shipped rings."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = ("attack", "attack-confirmed", "claim", "denial", "threat")
    off = "".join(f'[[alert]]\nid = "{name}"\nenabled = false\n' for name in shipped)
    rules = rules or ('id = "mine"\nquery = "report:attack target:any"',)
    to_desk = 'channels = ["desk"]'
    mine = "".join(
        f"[[alert]]\n{ALWAYS if 'max_age' not in rule else ''}\n{rule}\n{'' if 'channels' in rule else to_desk}\n"
        for rule in rules
    )
    hook = (
        f'[channel.desk]\nkind = "webhook"\nurl = "{url}"\nsecret_env = "HOOK_KEY"\nallow_private = true\n{channel}\n'
    )
    file = folder / "alerts.toml"
    file.write_text(f"{hook}{more}\n{off}{mine}", encoding="utf-8")
    return file


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """With what the channel of `alerts_file` signs with."""
    return {**os.environ, **given, "HOOK_KEY": KEY}
