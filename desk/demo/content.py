"""What the demo newspaper prints: its articles, the pages that are none, and the truth about both.

The texts lie in articles/*.toml, one file per section, and are made up. `entities` is the truth: every watched
entity of kind base, militia, force or person that the title or the text names (weapons and actions are left out).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

ARTICLES = Path(__file__).parent / "articles"
SECTIONS = {
    "politics": "سياسة",
    "security": "أمن",
    "economy": "اقتصاد",
    "sport": "رياضة",
    "culture": "ثقافة",
    "world": "دولي",
}
LAYOUTS: tuple[str, ...] = ("jsonld", "microdata", "plain")

Precision = Literal["second", "minute", "day"]
Answer = Literal["article", "listing", "soft_404", "404", "410", "301"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoArticle:
    """One article as printed. A paragraph that begins with "## " is a heading."""

    number: int
    slug: str
    section: str
    """Key of SECTIONS."""
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    """With its offset. Midnight UTC of the day where only a day is printed."""
    precision: Precision = "minute"
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    """Ids of the watched bases, militias, forces and persons that it names."""
    layout: str = "jsonld"
    language: str = "ar"
    charset: str = "utf-8"
    charset_in_header: bool = True
    """False where only the page itself says how it is encoded."""
    listed: tuple[str, ...] = ("feed", "sitemap", "section")
    """Kinds of entrances that name it."""
    rejection: str | None = None
    """Key of REJECTIONS under which a crawl turns it away; None where it must be stored."""

    @property
    def path(self) -> str:
        """Address within the newspaper, percent-encoded."""
        folder = "private" if self.rejection == "robots" else "news"
        return f"/{folder}/{self.section}/{self.number}-{quote(self.slug)}"

    @property
    def changed(self) -> datetime:
        """When its page last changed."""
        return self.modified or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPage:
    """A page that entrances name like an article and that is none."""

    number: int
    slug: str
    section: str
    title: str
    published: datetime
    answer: Answer
    rejection: str | None = None
    """Key of REJECTIONS; None for a 301, which leads to an article."""
    target: int | None = None
    """Number of the article that a 301 leads to."""
    listed: tuple[str, ...] = ("sitemap", "section")

    @property
    def path(self) -> str:
        """Address within the newspaper, percent-encoded."""
        return f"/news/{self.section}/{self.number}-{quote(self.slug)}"

    @property
    def changed(self) -> datetime:
        """When its page last changed."""
        return self.published


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that the newspaper prints, newest first."""

    articles: tuple[DemoArticle, ...]
    others: tuple[OtherPage, ...]

    @property
    def truth(self) -> dict[str, tuple[str, ...]]:
        """Path of every article that a crawl must store → ids of the entities that it names, sorted."""
        return {a.path: tuple(sorted(a.entities)) for a in self.articles if a.rejection is None}

    @property
    def rejections(self) -> dict[str, str]:
        """Path of every page that a crawl meets and must turn away → key of REJECTIONS."""
        pages: tuple[DemoArticle | OtherPage, ...] = (*self.articles, *self.others)
        return {p.path: p.rejection for p in pages if p.rejection is not None}

    def listed(self, entrance: str) -> list[DemoArticle | OtherPage]:
        """What entrances of this kind (feed, sitemap, section) name, newest first."""
        pages: list[DemoArticle | OtherPage] = [*self.articles, *self.others]
        return sorted((p for p in pages if entrance in p.listed), key=lambda p: (p.published, p.number), reverse=True)


def load_edition(edited: datetime | None = None) -> Edition:
    """The newspaper as it is for everybody; with `edited` (an aware moment), one article changed and one added then."""
    tables = [tomllib.loads(f.read_text(encoding="utf-8")) for f in sorted(ARTICLES.glob("*.toml"))]
    articles = {a.number: a for table in tables for a in map(_article, table.get("article", ()))}
    others = tuple(OtherPage(**_fields(row)) for table in tables for row in table.get("other", ()))
    if edited is not None:
        # The same moment is printed everywhere: in pages to the second, in feeds too.
        edited = edited.astimezone(UTC).replace(microsecond=0)
        for row in (row for table in tables for row in table.get("edit", ())):
            before = articles.get(row["number"])
            if before is None:
                articles[row["number"]] = _article(row | {"published": edited})
            else:
                articles[row["number"]] = replace(before, **_fields(row), modified=edited)
    newest_first = sorted(articles.values(), key=lambda a: (a.published, a.number), reverse=True)
    return Edition(tuple(newest_first), others)


def _article(row: dict[str, Any]) -> DemoArticle:
    """A table `[[article]]`; a bare day in `published` means that the page prints no more than that."""
    fields = _fields(row)
    if not isinstance(row["published"], datetime):
        fields["precision"] = "day"
    elif row.get("layout") != "plain":
        fields["precision"] = "second"
    return DemoArticle(**fields)


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name != "text"}
    if "text" in row:
        fields["paragraphs"] = tuple(" ".join(p.split()) for p in row["text"].split("\n\n") if p.strip())
    published = row.get("published")
    if isinstance(published, date) and not isinstance(published, datetime):
        fields["published"] = datetime.combine(published, time(), tzinfo=UTC)
    return fields
