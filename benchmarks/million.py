"""Stores of many articles, made from paragraphs of the real articles that lie beside the project.

python -m benchmarks.million FOLDER 1000000    fills one and leaves it there: `benchmarks.questions` asks it again
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

from benchmarks.quality import records_of
from config.load import SHIPPED, load_watchlist
from pipelines.arabic import FOLDING, terms
from pipelines.dedupe import marks
from pipelines.records import Article, Mention, Provenance
from pipelines.sentences import Sentences
from pipelines.store import open_store
from pipelines.store.base import SCHEMA, Document, Store
from pipelines.store.document import new_document
from pipelines.store.tables import LAYOUT
from pipelines.tag import TAGGING, Tagger

CORPORA = ("ant_2018", "saudi_2015", "almayadeen_2024", "jawhara_2015")
OF_EACH = 4_000
LAST = datetime(2026, 11, 24, tzinfo=UTC)
YEARS = 5
SOURCES = tuple(f"outlet{number:02}" for number in range(40))
BATCH = 2_000
DIFFERENT, AGAIN = 100_000, 20_000
"""Up to so many articles are texts of their own; of more, so many texts come again and again, weeks apart."""
_PROVENANCE = Provenance(200, "0" * 64, 30_000, "trafilatura 2", 1, 3, 1, "bench")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    lines: tuple[str, ...]
    """Its sentences as folded words."""
    mentions: tuple[Mention, ...]
    """With the number of their sentence in it."""
    countries: tuple[str, ...]

    @classmethod
    def of(cls, text: str, tagger: Tagger) -> _Paragraph:
        """With what the tagger finds in it."""
        tags, sentences = tagger.tags("", text), Sentences("", text)
        mentions = tuple(replace(m, sentence=sentences.at("body", m.start) - 1) for m in tags.mentions)
        lines = tuple(" ".join(words) for words in sentences.words()[1:])
        return cls(text, lines, mentions, tags.countries)


class Maker:
    """Articles like real ones: a real title, two to eight real paragraphs, every fifth of which has a watched name."""

    def __init__(self, seed: int = 7) -> None:
        self._seed = seed
        tagger = Tagger(load_watchlist(SHIPPED / "no overlay"))
        self._titles: list[_Paragraph] = []
        self._plain: list[_Paragraph] = []
        self._watched: list[_Paragraph] = []
        for title, text in _real_articles():
            made = _Paragraph.of(title, tagger)
            in_title = (replace(m, field="title", sentence=0) for m in made.mentions)
            self._titles.append(replace(made, lines=(" ".join(made.lines),), mentions=tuple(in_title)))
            for paragraph in filter(None, (line.strip() for line in text.split("\n"))):
                made = _Paragraph.of(paragraph[:2_000], tagger)
                (self._watched if made.mentions else self._plain).append(made)

    def documents(self, size: int) -> Iterator[Document]:
        """So many, oldest first, the same ones each time."""
        chance = random.Random(self._seed)
        texts = AGAIN if size > DIFFERENT else size
        made = [self._article(chance) for number in range(texts)] if texts < size else None
        step = timedelta(days=365 * YEARS) / size
        for number in range(size):
            article = made[number % texts] if made else self._article(chance)
            when = (LAST - (size - number) * step).replace(second=0, microsecond=0)
            url = f"{article.url}{number}"
            article = replace(
                article,
                id=sha256(url.encode()).hexdigest()[:32],
                url=url,
                urls=(url,),
                published=when,
                fetched=when + timedelta(minutes=20),
            )
            yield new_document(article, "Asia/Baghdad", ring=False)

    def _article(self, chance: random.Random) -> Article:
        """One without an address and time of its own."""
        title = chance.choice(self._titles)
        paragraphs = [
            chance.choice(self._watched if chance.random() < 0.2 else self._plain)
            for _ in range(chance.randrange(2, 9))
        ]
        mentions, lines, start = list(title.mentions), list(title.lines), 0
        for paragraph in paragraphs:
            for m in paragraph.mentions:
                sentence = (m.sentence or 0) + len(lines)
                mentions.append(replace(m, start=m.start + start, end=m.end + start, sentence=sentence))
            lines += paragraph.lines
            start += len(paragraph.text) + 1
        kinds = {mention.entity: mention.kind for mention in mentions}
        source = chance.choice(SOURCES)
        return Article(
            id="",
            source=source,
            url=f"https://{source}.example/news/",
            urls=(),
            title=title.text,
            body="\n".join(paragraph.text for paragraph in paragraphs),
            published=LAST,
            published_offset=180,
            published_precision="minute",
            fetched=LAST,
            mentions=tuple(mentions),
            entities=tuple(kinds),
            bases=tuple(entity for entity, kind in kinds.items() if kind == "base"),
            groups=tuple(entity for entity, kind in kinds.items() if kind in ("militia", "force")),
            countries=tuple(dict.fromkeys(code for part in (title, *paragraphs) for code in part.countries)),
            terms=terms(word for line in lines for word in line.split()),
            words="\n".join(lines),
            **marks(title.text, "\n".join(lines))._asdict(),
            provenance=_PROVENANCE,
        )


def _real_articles() -> Iterator[tuple[str, str]]:
    for corpus in CORPORA:
        texts = ((record["title"] or "", record["text"] or "") for record in records_of(corpus))
        long = ((title, text) for title, text in texts if len(text) > 200 and not text.startswith("{"))
        yield from islice(long, OF_EACH)


def fill(store: Store, size: int) -> float:
    """Put so many articles into an empty store; seconds."""
    start = time.perf_counter()
    batch: list[Document] = []
    for number, document in enumerate(Maker().documents(size), 1):
        batch.append(document)
        if len(batch) == BATCH or number == size:
            store.load("articles", batch)
            batch = []
            if number % 50_000 == 0:
                print(
                    f"{number} of {size} articles made, {time.perf_counter() - start:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
    return time.perf_counter() - start


def built(folder: Path, size: int) -> Path:
    """An SQLite store of so many articles in the layout and with the words of today, made where it is missing."""
    today = sha256(f"{LAYOUT} {SCHEMA} {FOLDING} {TAGGING}".encode()).hexdigest()[:8]
    path = folder / f"bench-{size}-{today}.sqlite"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        for leftover in folder.glob(f"{part.name}*"):
            leftover.unlink()
        store = open_store(str(part))
        fill(store, size)
        store.close()
        part.rename(path)
    return path


if __name__ == "__main__":
    print(built(Path(sys.argv[1]), int(sys.argv[2])))
