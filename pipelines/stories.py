"""Which articles are one story: copies of one text, with another headline, a paragraph more or less, words exchanged.

Pure: signatures and days of two articles in, a verdict out. A text that opens with news of its own and repeats another
one below is no copy of it, so both openings have to stand in the other text. Reports of one attack in words of their
own are one event (pipelines/events.py), not one story.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Document = dict[str, Any]

WITHIN = timedelta(hours=72)
"""So far apart copies of a text are looked for."""
CANDIDATES = 200
"""So many articles are held against a new one, those that share most bands first."""
LEAD = 24
"""Distinct words that a text opens with."""
OPENING = 0.5
"""More than this share of each opening stands somewhere in the other text."""
ALIKE = 1.31
"""Share of the shorter text's pairs of words that stand in the longer one, and the smaller share of an opening that
stands in the other text, together. From labelled pairs (benchmarks/stories.py), as are OPENING, BRIEF and MORE."""
BRIEF = 60
MORE = 0.15
"""By so much more must a text of fewer than BRIEF pairs be alike: fixtures and forecasts are mostly template."""
HALF = 0.5
FEW = 4
"""Pairs of words below which two texts are compared whole."""
_BEGINNING = datetime.min.replace(tzinfo=UTC)
LATE = timedelta(hours=1)
"""Clocks and words such as "dawn" make one attack's time differ by so much."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a signature says."""

    words: frozenset[int]
    lead: tuple[int, ...]
    pairs: frozenset[int]
    limit: int
    """Pairs up to this number are known."""


@lru_cache(maxsize=4_096)
def text_of(signature: str) -> Text:
    """The text that `pipelines.dedupe.signature` described. Raises ValueError for anything else."""
    try:
        packed = b64decode(signature, validate=True)
        numbers = struct.unpack(f"<{len(packed) // 2}H", packed)
        title, body, pairs, complete = numbers[:4]
        if len(numbers) != 4 + title + body + pairs:
            raise ValueError(f"{len(numbers)} numbers")
    except (ValueError, struct.error) as error:
        raise ValueError(f"no signature of a text: {error}") from None
    words = numbers[4 : 4 + title + body]
    some = numbers[4 + title + body :]
    return Text(
        words=frozenset(words),
        lead=words[title : title + LEAD],
        pairs=frozenset(some),
        limit=0xFFFF if complete or not some else some[-1],
    )


def alike(one: Text, other: Text) -> bool:
    """Whether the words of two texts are so much the same that one is made from the other, or both from a third."""
    opening = min(_share(one.lead, other.words), _share(other.lead, one.words))
    if opening <= OPENING:
        return False
    shorter = min(len(one.pairs), len(other.pairs))
    return _contained(one, other) + opening >= ALIKE + (MORE if shorter < BRIEF else 0.0)


def _share(lead: Sequence[int], words: frozenset[int]) -> float:
    return sum(word in words for word in lead) / len(lead) if lead else 0.0


def _contained(one: Text, other: Text) -> float:
    """The share of the shorter text's pairs of words that the longer one has; estimated where one is very long."""
    limit = min(one.limit, other.limit)
    of_one, of_other = (
        text.pairs if text.limit <= limit else {pair for pair in text.pairs if pair <= limit} for text in (one, other)
    )
    shorter = min(len(of_one), len(of_other))
    if shorter < FEW:
        return float(of_one == of_other and one.words == other.words)
    return len(of_one & of_other) / shorter


def same(one: Document, other: Document) -> bool:
    """Whether two stored articles are one story, whatever the time between them."""
    if not one["signature"] or not other["signature"]:
        return False
    return alike(text_of(one["signature"]), text_of(other["signature"])) and not other_attack(one, other)


def other_attack(one: Document, other: Document) -> bool:
    """Whether both report a new attack, but not the same: on other targets, or at times that have nothing in common."""
    if not one.get("targets") or not other.get("targets"):
        return False
    if not set(one["targets"]) & set(other["targets"]):
        return True
    spans = [(article["event_from"], article["event_to"]) for article in (one, other)]
    if any(None in span for span in spans):
        return False
    (start, end), (other_start, other_end) = spans
    return bool(max(start, other_start) > min(end, other_end) + LATE)


def copied(article: Document, candidates: Iterable[tuple[str, Document]]) -> set[str]:
    """Stories that an article is part of: those of whose candidates, given with their story, half or more are copies.

    One copy alone would do for a chain: a text is edited into another, that one into a third with news of its own.
    """
    known: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for story, other in candidates:
        known[story] += 1
        found[story] += same(article, other)
    return {story for story, copies in found.items() if copies >= known[story] * HALF}


def stories_of(articles: Iterable[Document]) -> dict[str, str]:
    """By id, the story of each of some articles that are in no store: the id of the first article of its copies.

    Articles with `time` None are held against all others.
    """
    ordered = sorted(articles, key=lambda article: (article["time"] or _BEGINNING, article["_id"]))
    sharing: defaultdict[int, list[int]] = defaultdict(list)
    found = list(range(len(ordered)))
    members = {place: [place] for place in found}
    for place, article in enumerate(ordered):
        shared = Counter(
            other for band in article["bands"] for other in sharing[band] if _near(article, ordered[other])
        )
        candidates = sorted(shared, key=lambda other: (-shared[other], -other))[:CANDIDATES]
        stories = {int(one) for one in copied(article, ((str(found[other]), ordered[other]) for other in candidates))}
        first = min(stories, default=place)
        for merged in {place, *stories} - {first}:
            for member in members.pop(merged):
                found[member] = first
                members[first].append(member)
        for band in article["bands"]:
            sharing[band].append(place)
    return {article["_id"]: ordered[found[place]]["_id"] for place, article in enumerate(ordered)}


def _near(one: Document, other: Document) -> bool:
    return None in (one["time"], other["time"]) or abs(one["time"] - other["time"]) <= WITHIN
