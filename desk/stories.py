"""The pass over new articles: which of them are one story. And the same of texts on standard input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TextIO

from config import settings
from config.load import load_watchlist
from desk.export import json_line
from desk.matching import dated_texts
from pipelines.dedupe import marks
from pipelines.report import Reporter
from pipelines.store.base import Document, Store
from pipelines.store.document import report_fields
from pipelines.store.query import Field
from pipelines.stories import CANDIDATES, WITHIN, copied, stories_of
from pipelines.tag import Tagger


@dataclass(frozen=True, slots=True)
class Given:
    """What became of the stories of some articles."""

    of: Mapping[str, str]
    """By article, its story."""
    stories: Mapping[str, Document]
    """Those stories as they are now, by id."""
    changed: int
    """How many were made, changed or merged."""


class _Pass:
    """Stories while articles are given to them."""

    def __init__(self, store: Store, origin: Callable[[Document], str]) -> None:
        self._store = store
        self._origin = origin
        self._alone: dict[str, Document] = {}
        """Articles that belonged to no story, by id."""
        self._known: dict[str, Document | None] = {}
        self.given: dict[str, Document] = {}
        """Articles that got a story here, by id."""
        self.story: dict[str, str] = {}
        """Of the articles of this batch."""
        self.merged: dict[str, str] = {}
        self.touched: dict[str, None] = {}

    def now(self, story: str) -> str:
        """The present one of a story that may have been merged."""
        while story in self.merged:
            story = self.merged[story]
        return story

    def _present(self, story: str) -> str:
        """As `now`, also where it was merged by a pass that was stopped before it had told all its articles."""
        stored = self.known(story)
        return self.now(stored["_id"] if stored is not None else story)

    def known(self, story: str) -> Document | None:
        """A story as stored, the one that it was merged into where it was."""
        if story not in self._known:
            self._known[story] = self._store.story(story)
        return self._known[story]

    def begin(self, story: str) -> tuple[datetime, str]:
        """What decides which of two stories remains."""
        stored = self.known(story)
        first = self.given.get(story) or self._alone.get(story)
        if stored is not None:
            return stored["first_published"], story
        return (first["time"] if first else datetime.max.replace(tzinfo=UTC)), story

    def add(self, article: Document) -> None:
        """Give an article its story."""
        if article.get("story"):
            # Revised: whatever it says now, it stays where it was.
            self._into(article, self._present(article["story"]))
            return
        near = article["time"]
        candidates = self._store.alike(
            article["bands"], near=near, since=near - WITHIN, until=near + WITHIN, limit=CANDIDATES
        )
        copies = copied(article, self._with_stories(article, candidates))
        for story in copies & self._alone.keys():
            self._into(self._alone[story], story)
        first, *others = sorted({self._present(story) for story in copies}, key=self.begin) or [article["_id"]]
        for story in others:
            self.merged[story] = first
            self.touched[story] = None
        self._into(article, first)

    def _with_stories(self, article: Document, candidates: Iterable[Document]) -> Iterator[tuple[str, Document]]:
        for other in candidates:
            story = self.story.get(other["_id"]) or other["story"]
            if other["_id"] == article["_id"] or (story is None and other["pending"]):
                # What has its own turn yet will find this one.
                continue
            if story is None:
                # Stored before there were stories, or without ringing; it is one of its own until a copy comes.
                story = other["_id"]
                self._alone[story] = other
            yield self.now(story), other

    def _into(self, article: Document, story: str) -> None:
        self.given[article["_id"]] = article
        self.story[article["_id"]] = story
        self.touched[story] = None

    def told(self) -> tuple[dict[str, Document], dict[str, Document], dict[str, str | None]]:
        """Stories that were touched, by id what of articles is to be set, and the story that each had."""
        members: dict[str, dict[str, Document]] = {}
        had = {article.get("story") for article in self.given.values()}
        stored = tuple(story for story in self.touched if story in had or self.known(story) is not None)
        if stored:
            for article in self._store.find(Field("story", stored)):
                members.setdefault(self.now(article["story"]), {})[article["_id"]] = article
        for key, article in self.given.items():
            if "title" not in article:
                article = self._store.article(key) or article
            members.setdefault(self.now(self.story[key]), {})[key] = article
        stories: dict[str, Document] = {}
        fields: dict[str, Document] = {}
        before: dict[str, str | None] = {}
        for story, of_one in members.items():
            stories[story] = _story(story, list(of_one.values()), self._origin)
            for key, article in of_one.items():
                wanted = {"story": story, "outlets": stories[story]["origins"]}
                if any(article.get(name) != value for name, value in wanted.items()):
                    fields[key], before[key] = wanted, article.get("story")
        for lost, story in self.merged.items():
            # What has no record of its own yet is told of as the one that it became.
            now = self.now(story)
            stories[lost] = (self.known(lost) or stories[now]) | {"_id": lost, "merged_into": now}
        return stories, fields, before


def give_stories(store: Store, articles: Iterable[Document], origin: Callable[[Document], str]) -> Given:
    """Give each article its story: that of its copies, else a new one named after it. Repeating it changes nothing."""
    batch = [article | _marked(article) for article in sorted(articles, key=lambda a: (a["time"], a["_id"]))]
    giving = _Pass(store, origin)
    for article in batch:
        giving.add(article)
    stories, fields, before = giving.told()
    changed = [story for key, story in stories.items() if giving.known(key) != story]
    _readdress(store, {lost: giving.now(lost) for lost in giving.merged})
    store.change_stories(changed, fields, before)
    return Given(
        of={article["_id"]: giving.now(giving.story[article["_id"]]) for article in batch},
        stories={key: story for key, story in stories.items() if story["merged_into"] is None},
        changed=len(changed),
    )


def _readdress(store: Store, merged: Mapping[str, str]) -> None:
    """What rang for a story counts for the one that it became part of. Before that is stored: a pass may be stopped."""
    rang = store.outbox.about((), merged, ()) if merged else ()
    store.outbox.count({delivery["_id"]: {"story": merged[delivery["story"]]} for delivery in rang})


def _marked(article: Document) -> Document:
    """What an article is recognised by, where it was stored before it had that."""
    if article.get("signature") is not None:
        return {}
    return marks(article["title"], article["words"]).stored()


def origins_by_text(
    articles: Iterable[Document], text: Callable[[Document], str], origin: Callable[[Document], str]
) -> dict[str, str]:
    """Whose words each text is: of its articles, those of the one that says whose they are, else of the first."""
    found: dict[str, str] = {}
    for article in sorted(articles, key=lambda a: (not a["cites"], a["time"], a["_id"])):
        found.setdefault(text(article), origin(article))
    return found


def independent(members: Iterable[Document], origin: Callable[[Document], str]) -> int:
    """How many origins a story's articles have: equal words are one's, an agency's are the agency's."""
    return len(set(origins_by_text(members, lambda article: str(article["fingerprint"]), origin).values()))


def _story(story: str, members: list[Document], origin: Callable[[Document], str]) -> Document:
    first = min(members, key=lambda article: (article["time"], article["_id"]))
    return {
        "_id": story,
        "first": first["_id"],
        "title": first["title"],
        "source": first["source"],
        "articles": len(members),
        "outlets": len({article["source"] for article in members}),
        "origins": independent(members, origin),
        "first_published": first["time"],
        "last_published": max(article["time"] for article in members),
        "merged_into": None,
    }


def story_lines(lines: Iterable[bytes], out: TextIO, *, as_json: bool) -> list[str]:
    """Say of each JSON line {"id", "title", "text", "published", "timezone"} which story it is, in their order.

    A story is named by the id of its first text. Returns what was wrong with lines that are none. Raises ConfigError
    where the watchlist cannot be used.
    """
    watchlist = load_watchlist(Path(settings.MARSAD_CONFIG))
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    faults: list[str] = []
    names: dict[str, object] = {}
    articles: list[Document] = []
    for name, title, text, published, timezone in dated_texts(lines, faults):
        day_only = isinstance(published, date) and not isinstance(published, datetime)
        moment = datetime.combine(published, time(), UTC) if published is not None and day_only else published
        assert moment is None or isinstance(moment, datetime)
        tags = tagger.tags(title, text)
        read = reporter.answer(title, text, tags.mentions, published=moment, timezone=timezone, day_only=day_only)
        key = f"{len(articles):012}"
        names[key] = name
        made = report_fields(read) | marks(title, tags.words)._asdict()
        articles.append(made | {"_id": key, "time": moment})
    found = stories_of(articles)
    for key, name in names.items():
        story = names[found[key]]
        out.write(json_line({"id": name, "story": story}) + "\n" if as_json else f"{name}: {story}\n")
    return faults
