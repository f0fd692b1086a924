"""`make bench`: what it costs to give an article its story, in a store of many articles beside one of few.

    python -m benchmarks.assigning 20000 [--record]

New articles come to both stores, at a time from which both are full: every other one is a copy of a stored article,
with another headline and a paragraph more. Counted are processor seconds of the pass, from the lookup of candidates to
the written story, and those of the lookup and verdict alone. The small store has a hundredth of the articles.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.history import record
from benchmarks.million import Maker, built
from benchmarks.quality import SHARED
from benchmarks.questions import FOLDER
from desk.eventing import origins
from desk.stories import give_stories
from pipelines.arabic import fold, words
from pipelines.dedupe import marks
from pipelines.store import open_store
from pipelines.store.base import Document, Store
from pipelines.store.query import EVERYTHING
from pipelines.stories import CANDIDATES, WITHIN, copied

NEW = 200
ROUNDS = 5
GROWTH = 1.5
FEWER = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds an article, of the processor."""

    whole: float
    verdict: float
    candidates: float
    """How many there were, on average."""
    joined: int
    """Articles that joined a stored story."""


def arrivals(store: Store, stored: list[Document]) -> list[Document]:
    """New articles: half of them made of stored ones, half of other paragraphs."""
    chance = random.Random(5)
    fresh = list(Maker(seed=11).documents(NEW // 2))
    made = []
    for number, one in enumerate(stored[: NEW // 2]):
        title, text = fresh[number]["title"], f"{one['body']}\n{fresh[number]['body'].splitlines()[0]}"
        made.append(_new(one, title, text, f"{chance.getrandbits(120):032x}", one))
        made.append(_new(fresh[number], title, fresh[number]["body"], f"{chance.getrandbits(120):032x}", one))
    return made


def _new(like: Document, title: str, body: str, name: str, beside: Document) -> Document:
    folded = " ".join(words(fold(f"{title}\n{body}").text))
    return like | {
        **{"_id": name, "title": title, "body": body, "words": folded, "story": None, "event": None, "pending": True},
        **{"time": beside["time"], "day": beside["day"], "source": "outlet99", "urls": [f"https://new.example/{name}"]},
        **marks(title, folded).stored(),
    }


class Filled:
    """A copy of a full store, and new articles that come to it."""

    def __init__(self, path: Path, folder: Path) -> None:
        copy = folder / path.name
        shutil.copy(path, copy)
        self.store = open_store(str(copy))
        # From the middle, so that there are as many before as after.
        middle = next(iter(self.store.find(EVERYTHING, limit=1)))["time"] - WITHIN
        stored = [one for one in _before(self.store, middle) if len(one["words"].split()) > 60]
        self.new = arrivals(self.store, stored)
        self.store.load("articles", self.new)
        give_stories(self.store, self.new[:10], origins({}))
        self.wholes: list[float] = []
        self.verdicts: list[float] = []
        self.found, self.joined = 0, 0

    def round(self, number: int) -> None:
        """Thirty of them."""
        batch = self.new[10 + number * 30 :][:30]
        start = time.process_time()
        for one in batch:
            reach = {"since": one["time"] - WITHIN, "until": one["time"] + WITHIN}
            candidates = self.store.alike(one["bands"], near=one["time"], limit=CANDIDATES, **reach)
            copied(one, ((other["story"] or other["_id"], other) for other in candidates))
            self.found += len(candidates)
        self.verdicts.append(1e3 * (time.process_time() - start) / len(batch))
        start = time.process_time()
        given = give_stories(self.store, batch, origins({}))
        self.wholes.append(1e3 * (time.process_time() - start) / len(batch))
        self.joined = sum(story["articles"] > 1 for story in given.stories.values())

    def cost(self) -> Cost:
        """The middle one of the rounds."""
        self.store.close()
        middle = ROUNDS // 2
        return Cost(sorted(self.wholes)[middle], sorted(self.verdicts)[middle], self.found / ROUNDS / 30, self.joined)


def costs(paths: Sequence[Path]) -> list[Cost]:
    """Of articles that come to copies of these stores, in turns: what else the machine does counts for all."""
    with tempfile.TemporaryDirectory(dir=paths[0].parent) as folder:
        filled = [Filled(path, Path(folder)) for path in paths]
        for number in range(ROUNDS):
            for one in filled:
                one.round(number)
        return [one.cost() for one in filled]


def _before(store: Store, moment: object) -> Iterator[Document]:
    taken = 0
    for document in store.find(EVERYTHING):
        if document["time"] <= moment and taken < 2 * NEW:
            taken += 1
            yield document
        if taken >= 2 * NEW:
            return


def main() -> int:
    """Print both costs; 1 where the many cost too much more."""
    if not SHARED.exists():
        print(f"Left out: the articles are made from real ones, and there is no {SHARED}", file=sys.stderr)
        return 0
    size = int(sys.argv[1])
    few, many = costs([built(FOLDER, number) for number in (size // FEWER, size)])
    growth = many.whole / few.whole
    met = growth <= GROWTH
    print(
        f"a story for an article among {size:,}: {many.whole:.1f} ms of processor time ({few.whole:.1f} among"
        f" {size // FEWER:,}), {growth:.2f} times as much, at most {GROWTH:g}: {'met' if met else 'MISSED'};"
        f" lookup and verdict {many.verdict:.2f} ms ({few.verdict:.2f}) with {many.candidates:.1f} candidates"
        f" ({few.candidates:.1f}); {many.joined} of the last 30 joined a story ({few.joined})"
    )
    if "--record" in sys.argv:
        figures = {"story for an article, processor": many.whole, "story for an article, a hundredth": few.whole}
        verdict = {"lookup and verdict": many.verdict, "lookup and verdict, a hundredth": few.verdict}
        record({"articles": size} | {name: round(value, 3) for name, value in (figures | verdict).items()})
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
