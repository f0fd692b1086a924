"""Precision and recall of reports on labelled articles, real ones and ours: what was newly attacked."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.quality import Score, articles_of, held_out
from config.entities import Watchlist
from pipelines.records import Answer
from pipelines.report import Reporter
from pipelines.tag import Tagger

LABELS = Path(__file__).parent / "labels"
ZONE = "Asia/Baghdad"


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article and what a reader made of it."""

    id: str
    title: str
    text: str
    published: datetime | None
    report: str
    """attack, denial, threat, none; other: an attack on something unwatched; unsure."""
    bases: dict[str, bool | None]
    """Whether each base is the target of a new attack; None: unsure."""
    background: bool
    """Whether it has attacks of long ago and no new one."""
    claimed_by: frozenset[str] = frozenset()
    denied_by: frozenset[str] = frozenset()
    draw: str = "first"
    """When it was drawn and labelled: "first", "second" or "third"."""


def moment_of(text: str | None) -> datetime | None:
    """Time of publication as the corpora write it."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        if "," in text:
            return parsedate_to_datetime(text)
        if text[2:3] == "/":
            return datetime.strptime(text, "%d/%m/%Y").replace(hour=12, tzinfo=ZoneInfo(ZONE))
        found = datetime.fromisoformat(text[:26] if text[19:20] == "." else text)
    except ValueError:
        try:
            found = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z")
        except ValueError:
            return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("UTC"))


def real() -> list[Labelled]:
    """The labelled articles beside the project. Raises FileNotFoundError where they are not there."""
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (LABELS / "reports.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        pairs[pair["article"]].append(pair)
    records = articles_of(set(pairs))
    found = []
    for article, labels in pairs.items():
        record = records[article]
        bases: dict[str, bool | None] = {pair["base"]: pair["target"] for pair in labels}
        background = not any(bases.values()) and any(pair["when"] == "background" for pair in labels)
        found.append(
            Labelled(
                article,
                record["title"] or "",
                record["text"] or "",
                moment_of(record["time"]),
                labels[0]["report"],
                bases,
                background and None not in bases.values(),
                frozenset(group for pair in labels for group in pair.get("claimed_by", ())),
                frozenset(group for pair in labels for group in pair.get("denied_by", ())),
                labels[0]["drawn"],
            )
        )
    return found


def written(name: str = "written") -> list[Labelled]:
    """The articles written by us: those of one file."""
    tables = tomllib.loads((LABELS / f"{name}_reports.toml").read_text(encoding="utf-8"))
    return [
        Labelled(
            article,
            table["title"],
            table["text"].strip(),
            table["published"],
            table["report"],
            {base: base in table["targets"] for base in (*table.get("background", ()), *table["targets"])}
            | dict.fromkeys(table.get("unclear", ())),
            bool(table.get("background")) and not table["targets"] and not table.get("unclear"),
            frozenset(table.get("claimed_by", ())),
            frozenset(table.get("denied_by", ())),
        )
        for article, table in tables.items()
    ]


def answers(watchlist: Watchlist, articles: Iterable[Labelled]) -> list[tuple[Labelled, Answer, frozenset[str]]]:
    """What is made of each article, and every base and group that is mentioned in it."""
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    found = []
    for article in articles:
        mentions = tagger.mentions(article.title, article.text)
        answer = reporter.answer(article.title, article.text, mentions, published=article.published, timezone=ZONE)
        found.append((article, answer, frozenset(m.entity for m in mentions if m.kind in ("base", "militia", "force"))))
    return found


def score_targets(found: Iterable[tuple[Labelled, Answer, frozenset[str]]]) -> Score:
    """Each labelled base of each article: is it the target of a new attack? Written articles: groups too."""
    score = Score()
    for article, answer, there in found:
        labels = dict(article.bases)
        if ":" not in article.id:
            labels |= {entity: False for entity in there if entity not in labels}
        for base, target in labels.items():
            if target is None or base not in there:
                continue
            told = base in answer.targets
            score.right += told and target
            score.extra += told and not target
            score.missed += target and not told
            if told != target:
                score.errors.append(f"{article.id}: {base} {'extra' if told else 'missed'}")
    return score


def score_articles(found: Iterable[tuple[Labelled, Answer, frozenset[str]]]) -> Score:
    """Each article: does it report a new attack on something watched?

    One on an attack elsewhere is wrong only where a watched base is told as its target.
    """
    score = Score()
    for article, answer, _ in found:
        if article.report == "unsure":
            continue
        told, attack = answer.report == "attack", article.report == "attack"
        if article.report == "other":
            told = any(article.bases.get(target) is False for target in answer.targets)
        score.right += told and attack
        score.extra += told and not attack
        score.missed += attack and not told
        if told != attack:
            score.errors.append(f"{article.id}: {article.report}, told {answer.report} {answer.targets}")
    return score


def background_ringing(found: Iterable[tuple[Labelled, Answer, frozenset[str]]]) -> tuple[int, int]:
    """Articles with background only: how many ring, of how many."""
    background = [(article, answer) for article, answer, _ in found if article.background]
    return sum(answer.report == "attack" for _, answer in background), len(background)


def score_said(found: Iterable[tuple[Labelled, Answer, frozenset[str]]]) -> Score:
    """Claims and denials of authorship of each article that reports an attack."""
    score = Score()
    for article, answer, there in found:
        if article.report != "attack":
            continue
        wanted = {("claims", g) for g in article.claimed_by & there} | {
            ("denies", g) for g in article.denied_by & there
        }
        told = {("claims", g) for g in answer.claimed_by} | {("denies", g) for g in answer.denied_by}
        score.compare(article.id, wanted, told)
    return score


def is_late(article: Labelled) -> bool:
    """Whether it belongs to the half of the third draw that was held out the longest; see docs/decisions.md."""
    return article.draw == "third" and sha256(f"third {article.id}".encode()).digest()[0] % 10 >= 5


def is_held_out(article: Labelled) -> bool:
    """Whether no rule may be written from it."""
    if article.id[0] in "pqrstuvm" and article.id[1:].isdecimal():
        return held_out(f"press {article.id}")
    return article.id[0] in "wx" and held_out(article.id)


FLOOR = (0.95, 0.95)
"""Bars of precision and recall."""
SAID = (0.9, 0.75)
"""Of claims and denials, of which there are few."""
HARD = {"hard": (0.95, 0.6), "late": (0.95, 0.84)}
"""Of the articles that look for what deceives, and of those last read: no alert may be false, not all are found."""
MAY_RING = 0.02
"""Share of the articles with background only that may be read as an attack."""


def bar_of(name: str) -> tuple[float, float]:
    """The bars of precision and recall for one of `figures`' scores."""
    if "claims" in name:
        return SAID
    return HARD.get(name.split()[1], FLOOR)


def figures(watchlist: Watchlist, *, with_held_out: bool = False) -> tuple[dict[str, Score], dict[str, float]]:
    """Scores by name, and shares of background that rings. Real articles only where they are beside the project."""
    sets = {name: written(name) for name in ("written", "ordinary", "hard", "press")}
    with suppress(FileNotFoundError):
        sets |= {"real": [], "late": []}
        for article in real():
            sets["late" if is_late(article) else "real"].append(article)
    scores: dict[str, Score] = {}
    rings: dict[str, float] = {}
    for name, labelled in sets.items():
        for part in ("written from", "held out") if with_held_out else ("written from",):
            found = answers(watchlist, [one for one in labelled if is_held_out(one) == (part == "held out")])
            if not found:
                continue
            scores[f"reports, {name} targets, {part}"] = score_targets(found)
            scores[f"reports, {name} articles, {part}"] = score_articles(found)
            scores[f"reports, {name} claims and denials, {part}"] = score_said(found)
            ringing, background = background_ringing(found)
            rings[f"reports, {name} background that rings, {part}"] = ringing / max(1, background)
    return scores, rings
