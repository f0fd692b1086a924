"""From articles that nobody has looked at yet to deliveries: what rings, what only counts, what is taken back.

Called by the pass over pending articles, under its lease, before they are settled; done twice, it does nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from config import settings
from config.every import span
from desk.alerts import Rule, Rules
from pipelines.records import utc_ms
from pipelines.store.base import Document, Store
from pipelines.store.outbox import State, a_delivery

NOT_SENT: tuple[State, ...] = ("short", "waiting")
GONE = "the outlet took the report down"
UNSAID = "the report no longer says what rang"
DENIED = "an outlet reports that there was no such attack"


@dataclass(slots=True)
class Rang:
    """What a pass did to the outbox."""

    rings: int = 0
    """Deliveries that are new."""
    counted: int = 0
    """Earlier ones whose event or story more is known of."""
    corrections: int = 0


def story_of(article: Document) -> str:
    """The story that an article belongs to."""
    return str(article.get("story") or article["_id"])


def ring(
    store: Store,
    rules: Rules,
    articles: Iterable[Document],
    stories: Mapping[str, Document],
    events: Mapping[str, Document],
    now: datetime,
) -> Rang:
    """Insert what these articles make ring. `stories` and `events`: those that they were given and that were laid anew
    with them, by id."""
    return _Pass(store, rules, list(articles), stories, events, utc_ms(now)).run()


@dataclass(slots=True)
class _Pass:
    store: Store
    rules: Rules
    articles: list[Document]
    stories: Mapping[str, Document]
    events: Mapping[str, Document]
    now: datetime
    rang: Rang = field(default_factory=Rang)
    event_of: dict[str, Document] = field(default_factory=dict)
    """By article: the event that it tells of first."""
    members: dict[str, set[str]] = field(default_factory=dict)
    """By event: the articles that tell of it."""
    earlier: dict[str, list[Document]] = field(default_factory=dict)
    """By rule: what is in the outbox about these articles, their stories and events."""

    def run(self) -> Rang:
        for event_id, event in self.events.items():
            self.members[event_id] = {m["article"] for m in event["members"]}
            self.event_of |= {m["article"]: event for m in event["members"] if m["number"] == 0}
        self.articles = [
            article | {"event": self.event_of[article["_id"]]["_id"] if article["_id"] in self.event_of else None}
            for article in sorted(self.articles, key=lambda a: (a["time"], a["_id"]))
        ]
        stories = {story_of(article) for article in self.articles}
        articles = {article["_id"] for article in self.articles}.union(*self.members.values())
        for delivery in self.store.outbox.about(self.events, stories, articles):
            self.earlier.setdefault(delivery["rule"], []).append(delivery)
        fresh: list[Document] = []
        for article in self.articles:
            fresh += self._rings(article)
        self.rang.rings = self.store.outbox.put(fresh)
        self._count()
        self._correct()
        return self.rang

    # ------------------------------------------------------------------ what rings
    def _rings(self, article: Document) -> list[Document]:
        if article["state"] == "gone" or article.get("silent"):
            return []
        age = self.now - (article["published"] or article["first_seen"])
        fresh = []
        for rule in self.rules.matching(article):
            if age > span(rule.alert.max_age):
                continue
            earlier = self.earlier.setdefault(rule.alert.id, [])
            known = [delivery for delivery in earlier if self._same(delivery, article)]
            if all(d["article"] == article["_id"] for d in known):
                # None; or those of a pass that was stopped: what it did not come to is inserted now.
                there = {d["channel"] for d in known}
                made = [self._delivery(rule, article, name) for name in rule.alert.channels if name not in there]
                fresh += made
                earlier += made
        return fresh

    def _same(self, delivery: Document, article: Document) -> bool:
        """Whether what an article tells is what a delivery is about."""
        if delivery["corrects"] or delivery["state"] == "dropped":
            return False
        if delivery["article"] == article["_id"]:
            return True
        event = self.event_of.get(article["_id"])
        if event is not None and delivery["event"]:
            # By its article too: the event that rang may have become part of this one since.
            return delivery["event"] == event["_id"] or delivery["article"] in self.members[event["_id"]]
        return bool(delivery["story"] == story_of(article))

    def _delivery(self, rule: Rule, article: Document, channel: str) -> Document:
        alert, event = rule.alert, self.event_of.get(article["_id"])
        counted = self._counts(story_of(article), event)
        about = f"event:{event['_id']}" if event else f"story:{story_of(article)}"
        return a_delivery(
            f"{alert.id}/{about}/{channel}",
            self.now,
            rule=alert.id,
            channel=channel,
            severity=alert.severity,
            kind=kind_of(article, event),
            event=event["_id"] if event else None,
            story=story_of(article),
            article=article["_id"],
            revision=article["revision"],
            targets=article["targets"],
            min_origins=alert.min_origins,
            counted=counted,
            due=alert.due(self.now, settings.MARSAD_TIMEZONE),
            together=self._together(rule, channel),
            state="waiting" if counted["origins"] >= alert.min_origins else "short",
        )

    def _counts(self, story: str, event: Document | None) -> dict[str, int]:
        """How many articles, outlets and independent origins tell of an event, or else a story."""
        told = event or self.stories[story]
        return {name: told[name] for name in ("articles", "outlets", "origins")}

    def _together(self, rule: Rule | None, channel: str) -> str:
        """What is sent together has the same name here. A feed is written once for all that is due."""
        if channel in self.rules.channels and self.rules.channels[channel].kind == "feed":
            return channel
        return f"{rule.alert.id}/{channel}" if rule is not None and rule.alert.gathers else ""

    # ------------------------------------------------------------------ what is known of what rang
    def _count(self) -> None:
        """More reports of what rang are counted, not sent; where enough have come together by now, it rings."""
        told: dict[str, Document] = {}
        for delivery in chain(*self.earlier.values()):
            event = self.event_of.get(delivery["article"]) or self.events.get(delivery["event"] or "")
            # Of an event that was not laid anew nothing new is known, whatever joined its story.
            if delivery["corrects"] or (event is None and (delivery["event"] or delivery["story"] not in self.stories)):
                continue
            known = {
                "counted": self._counts(delivery["story"], event),
                "event": event["_id"] if event is not None else delivery["event"],
            }
            if any(delivery[name] != value for name, value in known.items()):
                told[delivery["_id"]] = known
                delivery.update(known)
            if delivery["state"] == "short":
                self._complete(delivery, event)
        self.store.outbox.count(told)
        self.rang.counted = len(told)

    def _complete(self, delivery: Document, event: Document | None) -> None:
        """What too few told rings once enough do, unless that took so long that it is old."""
        rule = self.rules.by_id.get(delivery["rule"])
        if rule is None or delivery["counted"]["origins"] < delivery["min_origins"]:
            return
        latest = event["last_published"] if event is not None else self.now
        if self.now - latest <= span(rule.alert.max_age):
            due = rule.alert.due(self.now, settings.MARSAD_TIMEZONE)
            ringing = {"state": "waiting", "due": due, "kind": "update", "made": self.now}
            self.rang.rings += self.store.outbox.change(delivery["_id"], ringing, ("short",))
            delivery.update(ringing)

    # ------------------------------------------------------------------ what is taken back
    def _correct(self) -> None:
        articles = {article["_id"]: article for article in self.articles}
        corrections = []
        for delivery in chain(*self.earlier.values()):
            if delivery["corrects"] or delivery["state"] == "dropped":
                continue
            article = articles.get(delivery["article"])
            event = self.events.get(delivery["event"] or "")
            lost = self._lost(delivery, article) if article is not None else ""
            denied = bool(event and event["denials"] and delivery["article"] not in event["denials"])
            if lost and self._not_yet_sent(delivery, event):
                continue
            # What has not left yet will say by itself that it is denied; what never will needs no correction.
            leaves = delivery["begun"] or delivery["state"] not in (*NOT_SENT, "failed")
            if (lost or denied) and leaves:
                corrections.append(self._correction(delivery, lost or DENIED, event))
        self.rang.corrections = self.store.outbox.put(corrections)

    def _lost(self, delivery: Document, article: Document) -> str:
        """Why an article that rang would no longer ring; empty where it would."""
        if article["state"] == "gone":
            return GONE
        if article["revision"] == delivery["revision"]:
            return ""
        if set(delivery["targets"]) - set(article["targets"]):
            return UNSAID
        rule = self.rules.by_id.get(delivery["rule"])
        return "" if rule is None or rule in self.rules.matching(article) else UNSAID

    def _not_yet_sent(self, delivery: Document, event: Document | None) -> bool:
        """Take it off the outbox before it is sent; where others tell the same, it is theirs from now on."""
        members = event["members"] if event else []
        others = [m["article"] for m in members if m["article"] != delivery["article"] and not m["gone"]]
        fields = {"article": others[0], "revision": 0} if others else {"state": "dropped", "why": "taken back before"}
        return self.store.outbox.change(delivery["_id"], fields, NOT_SENT)

    def _correction(self, delivery: Document, because: str, event: Document | None) -> Document:
        rule = self.rules.by_id.get(delivery["rule"])
        told = ("rule", "channel", "severity", "event", "story", "article", "revision", "targets", "counted")
        return a_delivery(
            f"{delivery['_id']}/correction",
            self.now,
            **{name: delivery[name] for name in told},
            kind="correction",
            corrects=delivery["_id"],
            because=because,
            denials=event["denials"] if event else [],
            due=rule.alert.due(self.now, settings.MARSAD_TIMEZONE) if rule else self.now,
            together=self._together(rule, delivery["channel"]),
        )


def kind_of(article: Document, event: Document | None) -> str:
    """What a message is, by what its article says."""
    if article["report"] == "denial":
        return "denial"
    if article["claimed_by"]:
        return "claim"
    known = event is not None and event["article"] != article["_id"]
    return "update" if known or article["revision"] > 1 else "new"
