"""Texts that came another way than a crawl (an export, a reader's stars), through the same pipeline into the store."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import settings
from config.load import load_watchlist
from pipelines.records import Article, Provenance, Rejected
from pipelines.store.base import Run, Saved, Store
from pipelines.work import Worker, read_text

BATCH = 64
MAX_HEADLINE = 200
FIELDS = {"id", "url", "title", "text", "published", "author", "section"}


@dataclass(slots=True)
class Ingested:
    """What became of the lines of a file."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Of the store: new, unchanged, revised, refused."""
    rejected: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Lines that could not be understood."""


def article_of(line: bytes, source: str, origin: str, zone: ZoneInfo, now: datetime) -> Article:
    """The article in a line {"text", and "id", "url", "title", "published", "author", "section" where there are any}.

    It is known by `id`, else `url`, else its text; times without offset are in `zone`. Raises ValueError.
    """
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ValueError('an object with a string "text" is wanted')
    unknown = set(record) - FIELDS
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(unknown))}; there are {', '.join(sorted(FIELDS))}")
    text = record["text"].strip()
    title = str(record.get("title") or "").strip()
    if not title:
        # Messages begin with what they say.
        title, _, text = text.partition("\n")
        if len(title) > MAX_HEADLINE:
            title, text = title[:MAX_HEADLINE].rpartition(" ")[0], f"{title}\n{text}"
    key = str(
        record.get("id") or record.get("url") or sha256(f"{title}\n{text}".encode("utf-8", "replace")).hexdigest()
    )
    url = str(record.get("url") or f"ingest:{source}/{key}")
    published = _moment(record.get("published"), zone)
    author = record.get("author")
    return Article(
        id=sha256(f"{source}\n{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
        source=source,
        url=url,
        urls=(url,),
        title=title,
        body=text.strip(),
        authors=(str(author),) if author else (),
        section=str(record["section"]) if record.get("section") else None,
        published=published,
        published_offset=_offset(published),
        published_precision="second" if published else None,
        fetched=now,
        provenance=Provenance(0, sha256(line).hexdigest(), len(line), f"ingest {origin}", 1, 0, 0),
    )


def _moment(value: object, zone: ZoneInfo) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"published: {value!r} is no time: write 2026-11-01T06:00:00+03:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _offset(moment: datetime | None) -> int | None:
    offset = moment.utcoffset() if moment else None
    return int(offset.total_seconds() // 60) if offset is not None else None


def ingest(store: Store, lines: Iterable[bytes], source: str, origin: str, progress: Callable[[int], None]) -> Ingested:
    """Store what the lines hold; repeating it changes nothing. Raises ConfigError for a faulty watchlist."""
    zone, now = ZoneInfo(settings.MARSAD_TIMEZONE), datetime.now(UTC)
    report = Ingested()
    worker = Worker(load_watchlist(Path(settings.MARSAD_CONFIG)))
    try:
        for batch in _batches(_articles(lines, source, origin, zone, now, report)):
            read = asyncio.run(_read(worker, batch, zone.key))
            articles = [one for one in read if isinstance(one, Article)]
            report.rejected.update(one.reason for one in read if isinstance(one, Rejected))
            saved: list[Saved] = store.save(articles) if articles else []
            report.outcomes.update(one.outcome for one in saved)
            progress(report.outcomes.total() + report.rejected.total())
    finally:
        worker.close()
    errors = len(report.faults) + report.outcomes["refused"]
    store.run(
        Run(
            id=f"{source}-{now:%Y%m%dT%H%M%S}-{os.getpid()}",
            source=source,
            started=now,
            finished=datetime.now(UTC),
            state="partly" if errors else "done",
            reason=f"ingest {origin}",
            pages=report.outcomes.total() + report.rejected.total(),
            rejected=dict(report.rejected),
            errors=errors,
            detail=report.faults[0] if report.faults else "",
            new=report.outcomes["new"],
            revised=report.outcomes["revised"],
            unchanged=report.outcomes["unchanged"],
            refused=report.outcomes["refused"],
        )
    )
    return report


def _articles(
    lines: Iterable[bytes], source: str, origin: str, zone: ZoneInfo, now: datetime, report: Ingested
) -> Iterator[Article]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield article_of(line.strip(), source, origin, zone, now)
            except ValueError as error:
                report.faults.append(f"{origin}: line {number}: {error}")


async def _read(worker: Worker, articles: list[Article], timezone: str) -> list[Article | Rejected]:
    return list(await asyncio.gather(*(worker.run(read_text, article, timezone) for article in articles)))


def _batches(articles: Iterator[Article]) -> Iterator[list[Article]]:
    batch: list[Article] = []
    for article in articles:
        batch.append(article)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
