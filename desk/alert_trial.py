"""What a rule would have sent on articles that are stored, for `marsad alerts test`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config import settings
from desk.alerts import Rule
from desk.eventing import origins
from desk.kept import configured_sources
from desk.ringing import kind_of, story_of
from desk.stories import independent
from pipelines.store.base import Document, Store
from pipelines.store.query import Field, Time, both


@dataclass(slots=True)
class Trial:
    """How often it would have rung."""

    since: datetime
    """From the first article on that is stored since then, days are counted."""
    articles: int = 0
    """That the query matches."""
    by_day: Counter[str] = field(default_factory=Counter)
    """Messages by day at the desk."""
    latest: datetime | None = None
    """Time of the latest article."""

    def summary(self) -> str:
        """In one line."""
        zone = ZoneInfo(settings.MARSAD_TIMEZONE)
        end = self.latest or datetime.now(UTC)
        days = max(1, (end.astimezone(zone).date() - self.since.astimezone(zone).date()).days + 1)
        total = self.by_day.total()
        text = f"{total} messages about {self.articles} articles in {days} days: {total / days:.2f} a day"
        if self.by_day:
            (day, most), *_ = sorted(self.by_day.items(), key=lambda item: (-item[1], item[0]))
            text += f", on {len(self.by_day)} of them at least one; at most {most}, on {day}"
        return text


def trial(store: Store, rule: Rule, counts: Trial) -> Iterator[Document]:
    """What it would have sent, oldest first, as if articles had been found when they were published."""
    origin = origins(configured_sources())
    zone = ZoneInfo(settings.MARSAD_TIMEZONE)
    rung: set[str] = set()
    since = Time(counts.since, None)
    for first in store.find(since, limit=1, oldest_first=True):
        counts.since = first["time"]
    for article in store.find(both(since, rule.query), oldest_first=True):
        counts.articles += 1
        counts.latest = article["time"]
        about = article.get("event") or story_of(article)
        if about in rung:
            continue
        event = store.event(article["event"]) if article.get("event") else None
        if _origins(store, article, event, rule, origin) < rule.alert.min_origins:
            continue
        rung.add(about)
        counts.by_day[f"{article['time'].astimezone(zone):%Y-%m-%d}"] += 1
        yield {
            "when": article["time"].astimezone(zone),
            "kind": kind_of(article, event),
            "headline": article["title"],
            "targets": article["targets"],
            "article": article["_id"],
            "event": article.get("event"),
            "url": article["url"],
        }


def _origins(
    store: Store, article: Document, event: Document | None, rule: Rule, origin: Callable[[Document], str]
) -> int:
    """How many had told what an article tells when it was published, as far as the rule cares."""
    if rule.alert.min_origins == 1:
        return 1
    if event is not None:
        return len({member["origin"] for member in event["members"] if member["published"] <= article["time"]})
    told = store.find(Field("story", (story_of(article),))) if article["story"] else iter([article])
    return independent((one for one in told if one["time"] <= article["time"]), origin)
