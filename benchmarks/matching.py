"""Speed of folding and matching on real articles, beside other ways to look for the same names."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import islice, pairwise

import ahocorasick

from benchmarks.quality import records_of
from config.entities import Entity, Watchlist
from config.load import SHIPPED, load_watchlist
from pipelines.arabic import fold
from pipelines.dates import find_dates
from pipelines.language import judge, warm_up
from pipelines.report import Reporter
from pipelines.tag import Tagger
from pipelines.tag.names import patterns

CORPORA = ("ant_2018", "saudi_2015", "almayadeen_2024")
FEW, MANY = 1_000, 100_000

Texts = list[tuple[str, str]]
_Trie = dict[str, "_Trie"]


def articles(of_each: int) -> Texts:
    """Title and text of the first articles of each corpus, those of a JSON block left out."""
    texts = []
    for corpus in CORPORA:
        real = (record for record in records_of(corpus) if not (record["text"] or "").startswith("{"))
        texts += [(record["title"] or "", record["text"] or "") for record in islice(real, of_each)]
    return texts


def megabytes(texts: Iterable[tuple[str, str]]) -> float:
    """Of UTF-8."""
    return sum(len(part.encode()) for text in texts for part in text) / 1e6


def speed(texts: Texts, work: Callable[[str, str], object], times: int = 3) -> float:
    """Megabytes of UTF-8 a second, the fastest of some runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        for text in texts:
            work(*text)
        best = min(best, time.perf_counter() - start)
    return megabytes(texts) / best


def language_milliseconds(texts: Texts) -> float:
    """Of the language gate, an article."""
    warm_up()
    return megabytes(texts) / speed(texts, judge) / len(texts) * 1e3


def dates_milliseconds(texts: Texts) -> float:
    """Of finding dates, an article, taken as published on one day."""
    seconds = megabytes(texts) / speed(
        texts, lambda _, body: find_dates(body, published=date(2018, 6, 6), timezone="Asia/Baghdad")
    )
    return seconds / len(texts) * 1e3


def reports_share(texts: Texts) -> float:
    """What reading reports takes on top of tagging, as a share of the time of tagging; processor time."""
    watchlist = load_watchlist(SHIPPED / "no overlay")
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    published = datetime(2018, 4, 10, tzinfo=UTC)
    shares = []
    # In turn, so that a machine that is busy for a while slows both.
    for _ in range(5):
        start = time.process_time()
        mentions = [tagger.mentions(*text) for text in texts]
        tagged = time.process_time()
        for text, found in zip(texts, mentions, strict=True):
            reporter.answer(*text, found, published=published, timezone="Asia/Baghdad")
        shares.append((time.process_time() - tagged) / (tagged - start))
    return min(shares)


def rivals(texts: Texts) -> dict[str, float]:
    """MB/s of other ways to find the same names in folded text, without boundaries, particles and context."""
    names = sorted(patterns(load_watchlist(SHIPPED / "no overlay")), key=len, reverse=True)
    bare = ahocorasick.Automaton()
    for name in names:
        bare.add_word(name, name)
    bare.make_automaton()
    trie = re.compile(_trie_pattern(names))
    plain = re.compile("|".join(map(re.escape, names)))
    folded = {text: fold(f"{text[0]}\n{text[1]}").text for text in texts}
    few = texts[:: max(1, len(texts) // 40)]
    return {
        "folding alone": speed(texts, lambda title, body: fold(f"{title}\n{body}")),
        "bare pyahocorasick on folded text": speed(texts, lambda *text: list(bare.iter(folded[text]))),
        "trie regular expression on folded text": speed(texts, lambda *text: trie.findall(folded[text]), 1),
        "plain alternation on folded text": speed(few, lambda *text: plain.findall(folded[text]), 1),
    }


def _trie_pattern(names: Iterable[str]) -> str:
    """A regular expression that shares the beginnings of names."""
    trie: _Trie = {}
    for name in names:
        node = trie
        for letter in name:
            node = node.setdefault(letter, {})
        node[""] = {}

    def pattern(node: _Trie) -> str:
        ends = "" in node
        branches = [re.escape(letter) + pattern(rest) for letter, rest in node.items() if letter]
        if not branches:
            return ""
        joined = branches[0] if len(branches) == 1 and not ends else "(?:" + "|".join(branches) + ")"
        return f"{joined}?" if ends else joined

    return pattern(trie)


def growth(texts: Texts) -> float:
    """How many times slower tagging is with 100,000 aliases than with 1,000 that are found as often."""
    shipped = load_watchlist(SHIPPED / "no overlay")
    base, others = [], 0
    for entity in shipped.entities:
        count = sum(len(names) for names in (entity.names, entity.context, entity.headed, entity.later))
        if others + count <= FEW:
            base.append(entity)
            others += count
    # Names like real ones, of words that real articles have, in an order that none of them has.
    chance = random.Random(1)
    printed = [fold(f"{title}\n{body}").text.split() for title, body in texts]
    neighbours = {pair for tokens in printed for pair in pairwise(tokens)}
    vocabulary = sorted({word for tokens in printed[::7] for word in tokens if word.isalpha()})
    made: list[Entity] = []
    while len(made) * 10 < MANY - others:
        names: list[str] = []
        while len(names) < 10:
            name = chance.choices(vocabulary, k=chance.choice((2, 2, 3)))
            if (name[0], name[1]) not in neighbours:
                names.append(" ".join(name))
        number = len(made)
        made.append(Entity(id=f"made-{number}", kind="base", name=names[0], names=tuple(names)))
    few, many = Tagger(Watchlist(tuple(base))), Tagger(Watchlist((*base, *made)))
    found = [sum(len(tagger.mentions(*text)) for text in texts) for tagger in (few, many)]
    assert abs(found[1] - found[0]) <= 0.05 * found[0], found
    # In turn, so that a machine that is busy for a while slows both.
    speeds = [(speed(texts, few.mentions, 1), speed(texts, many.mentions, 1)) for _ in range(5)]
    return max(fast for fast, _ in speeds) / max(slow for _, slow in speeds)
