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
from functools import cached_property, lru_cache
from typing import Any

Document = dict[str, Any]

WITHIN = timedelta(hours=72)
"""So far apart copies of a text are looked for."""
CANDIDATES = 200
"""So many articles are held against a new one, those that share most bands first."""
LEADS = (40, 80)
"""Distinct words of an opening, a short and a long one; of a shorter text and the one beside it, so many as it has."""
ALIKE = 3.75
"""What `alike` must come to, from labelled pairs (benchmarks/stories.py), as are the weights below."""
OPENED = 1.5
"""What each opening weighs, where all words, all pairs of words and the headline weigh one."""
OPENING = 1 / 3
"""More than this of each short opening must stand in the other text, however much else does: an old text below is no
copy."""
BRIEF, BRIEF_MORE = 60, 0.35
"""A text of fewer pairs must be so much more alike: fixtures and forecasts are mostly template."""
LATER_MORE = 0.25
"""So much more for each day between: what comes again later has mostly news."""
OWN_MORE = 0.7
"""So much more within one outlet: it seldom prints a text twice, but often goes on from one."""
HALF = 0.5
FEW = 4
"""Pairs of words below which two texts are compared whole."""
_BEGINNING = datetime.min.replace(tzinfo=UTC)
LATE = timedelta(hours=1)
"""Clocks and words such as "dawn" make one attack's time differ by so much."""


@dataclass(frozen=True)
class Text:
    """What a signature says. Most texts that share a band are no copies, which their openings tell: sets of what else
    there is are made when they are asked for."""

    title: tuple[int, ...]
    order: tuple[int, ...]
    """Words of the text as they come."""
    words: frozenset[int]
    """All, those of the headline among them."""
    some: tuple[int, ...]
    """Its pairs, as far as they are known, ascending."""
    limit: int
    """Pairs up to this number are known."""

    @cached_property
    def pairs(self) -> frozenset[int]:
        """Those that are known."""
        return frozenset(self.some)

    @cached_property
    def named(self) -> frozenset[int]:
        """Words of the headline that the text has too."""
        return frozenset(self.title) & frozenset(self.order)


@lru_cache(maxsize=512)
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
        title=words[:title],
        order=words[title:],
        words=frozenset(words),
        some=some,
        limit=0xFFFF if complete or not some else some[-1],
    )


def alike(one: Text, other: Text) -> float:
    """How much two texts look as if one was made from the other, or both from a third; 0 to 3 + 2 * OPENED.

    Shares of the shorter text's words and of its pairs of words that stand in the longer one; of each opening, the
    smaller share that stands anywhere in the other text; of the headlines, the greater share that does.
    """
    opening = _opening(one, other, LEADS[0])
    if opening <= OPENING:
        return 0.0
    openings = opening + _opening(one, other, LEADS[1])
    titles = [_share(one.title, other.words)] * bool(one.title) + [_share(other.title, one.words)] * bool(other.title)
    words = len(one.words & other.words) / min(len(one.words), len(other.words))
    return words + _contained(one, other) + OPENED * openings + max(titles, default=opening)


def _opening(one: Text, other: Text, length: int) -> float:
    length = min(length, len(one.order), len(other.order))
    return min(_share(one.order[:length], other.words), _share(other.order[:length], one.words))


def _share(words: Sequence[int], of: frozenset[int]) -> float:
    return sum(map(of.__contains__, words)) / len(words) if words else 0.0


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
    """Whether two articles are copies of one text; `source` may be missing, `time` None."""
    if not one["signature"] or not other["signature"]:
        return False
    texts = text_of(one["signature"]), text_of(other["signature"])
    wanted = ALIKE
    if min(len(text.some) for text in texts) < BRIEF:
        if texts[0].named - texts[1].words and texts[1].named - texts[0].words:
            # One cable to Bolivia and one to the Maldives: each headline and text name what the other does not.
            return False
        wanted += BRIEF_MORE
    if one["time"] is not None and other["time"] is not None:
        wanted += LATER_MORE * (abs(one["time"] - other["time"]) / timedelta(days=1))
    if one.get("source") is not None and one.get("source") == other.get("source"):
        wanted += OWN_MORE
    return alike(*texts) >= wanted and not other_attack(one, other)


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
