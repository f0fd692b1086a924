"""The article's own words among the blocks of its page. The only import of trafilatura.

trafilatura says what the main text is; the blocks say where it begins and ends, what of it is a caption, a byline or
an invitation to read something else, and what it has passed over in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import NamedTuple

import lxml.html
import trafilatura
from lxml.etree import _Element
from trafilatura.settings import Extractor

from pipelines.dates import printed_dates
from pipelines.extract.blocks import Block, upward
from pipelines.extract.boilerplate import ends_the_text, speaks_of_the_site
from pipelines.extract.byline import is_byline
from pipelines.extract.container import find_container
from pipelines.extract.headline import Headline, words_of

LIBRARY = f"trafilatura {version('trafilatura')}"
# Not precision: it turns one short item of 21 pages into other text. Comments bring the site's rules along.
# Not the slow comparison with other extractors: it changes nothing on these pages but the time, times three.
_OPTIONS = Extractor(output_format="python", comments=False, fast=True)

_NO_LETTER = re.compile(r"[\W_]+")
"""trafilatura tidies spaces, marks of direction and spellings of accents: texts are compared by letters and digits."""
_SENTENCE_END = re.compile(r"[.!؟?…:\"»”)\]]\W*$")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"[\d٠-٩]{1,4}\s*[/.-]\s*[\d٠-٩]{1,2}\s*[/.-]\s*[\d٠-٩]{1,4}")
_STANDFIRST = re.compile(
    r"sub-?(?:title|head)|stand-?first|summary|excerpt|\bdeck\b|\blead\b|\bintro|description|\bsapo|\bbrief|abstract",
    re.IGNORECASE,
)
_LEAD_WORDS = 12
"""Words of a block between headline and text that make it a lead and no label; a shorter one may stand twice."""


class Body(NamedTuple):
    """The text, one paragraph a line; captions apart; where it comes from; its blocks."""

    text: str
    captions: tuple[str, ...]
    signal: str
    blocks: tuple[Block, ...]
    tail: tuple[str, ...] = ()
    """Short lines under the text that are no part of it: signatures, agencies."""


def read_body(blocks: Sequence[Block], headline: Headline) -> Body:
    """The article's words."""
    start = 0
    if headline.block is not None:
        start = blocks.index(headline.block) + 1
    title = words_of(headline.text)
    candidates = [block for block in blocks[start : _end(blocks, start, headline)] if not block.noise]
    container = find_container(candidates, headline)
    chosen = _chosen(candidates, container)
    kept = [block for block in chosen if not _is_aside(block) and words_of(block.text) != title]
    kept = _once(kept)
    kept = _without_loose_headings(kept, blocks)
    kept, tail = _without_labels(kept)
    tail = tail or tuple(_under(candidates, kept))
    captions = _captions(candidates, kept, title)
    return Body("\n".join(block.text for block in kept), captions, "trafilatura" if kept else "", tuple(kept), tail)


def _end(blocks: Sequence[Block], start: int, headline: Headline) -> int:
    """Where what stands under the article begins: from a box's title on, if most of the words stand above it."""
    article = None
    if headline.block is not None:
        article = next(headline.block.element.iterancestors("article"), None)
    above = 0
    for number in range(start, len(blocks)):
        block = blocks[number]
        if above and (block.heading or not block.is_prose) and ends_the_text(block.text, block.words):
            rest = [b for b in blocks[number + 1 :] if b.is_prose and not b.noise]
            outside = article is not None and not any(article in b.element.iterancestors() for b in rest[:50])
            if outside or 2 * sum(b.words for b in rest) < above:
                return number
        if block.words >= 6 and not (block.noise or block.caption or block.linked or block.heading):
            above += block.words
    return len(blocks)


def _chosen(candidates: Sequence[Block], container: _Element | None) -> list[Block]:
    """What trafilatura takes for the text, what it passed over inside it, and the lead above it."""
    if not candidates:
        return []
    top = candidates[0].element.getroottree().getroot() if container is None else container
    letters = _NO_LETTER.sub("", _main_text(top))
    usable = [block for block in candidates if not block.caption and not block.byline and not _is_dateline(block)]
    taken = [
        number for number, block in enumerate(usable) if (key := _NO_LETTER.sub("", block.text)) and key in letters
    ]
    if not taken:
        # trafilatura finds nothing in a few lines without paragraphs.
        taken = [n for n, block in enumerate(usable) if block.is_prose and top in upward(block.element, 4)]
    if container is None:
        # A flash: its few words, but no label of a button or a box.
        taken = [number for number in taken if usable[number].words >= 4 and not usable[number].linked]
    if not taken:
        return []
    taken += _continued(usable, taken)
    first, last = taken[0], taken[-1]
    places = {element for number in taken for element in (usable[number].element, usable[number].element.getparent())}
    known = set(taken)
    return [
        block
        for number, block in enumerate(usable[: last + 1])
        if number in known
        or (number > first and _belongs(block) and any(element in places for element in upward(block.element, 4)))
        or (number < first and _is_lead(block))
    ]


def _continued(usable: Sequence[Block], taken: Sequence[int]) -> list[int]:
    """Paragraphs that go on in another box of the same kind: texts are cut in two for an advertisement."""
    kinds = {_kind_of_box(usable[number]) for number in taken if usable[number].is_prose}
    more: list[int] = []
    for number in range(taken[-1] + 1, len(usable)):
        block = usable[number]
        if number > (more or taken)[-1] + 3 or block.heading in (1, 2) or ends_the_text(block.text, block.words):
            break
        kind = _kind_of_box(block)
        if block.is_prose and not block.linked and kind[-1] and kind in kinds:
            more.append(number)
    return more


def _kind_of_box(block: Block) -> tuple[str, str, str]:
    box = block.element.getparent()
    return (str(block.element.tag), "" if box is None else str(box.tag), "" if box is None else box.get("class") or "")


def _belongs(block: Block) -> bool:
    """Whether a block between two paragraphs is text: a paragraph, a subheading, a line of a list."""
    return block.is_prose or (not block.linked and bool(block.heading or (block.listed and block.words >= 3)))


def _is_dateline(block: Block) -> bool:
    return block.meta and block.words < 30 and (block.words < 12 or not _SENTENCE_END.search(block.text))


def _main_text(container: _Element) -> str:
    if container.tag in ("html", "body"):
        return _read(container)
    parent = container.getparent()
    place = parent.index(container)
    page, body = lxml.html.Element("html"), lxml.html.Element("body")
    page.append(body)
    # trafilatura copies what it is given; a copy of ours would cost as much again.
    body.append(container)
    try:
        return _read(page)
    finally:
        parent.insert(place, container)


def _read(page: _Element) -> str:
    found = trafilatura.bare_extraction(page, options=_OPTIONS)
    return str(getattr(found, "text", None) or "")


def _is_lead(block: Block) -> bool:
    """Whether a block between the headline and the text is the article's first words."""
    if block.link_share > 0.5 or block.heading == 1:
        return False
    return block.words >= _LEAD_WORDS or (block.words >= 4 and bool(_STANDFIRST.search(_names(block))))


def _names(block: Block) -> str:
    element = block.element
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"


def _is_aside(block: Block) -> bool:
    """Whether a block leads to another story, or speaks of the site and not of the news."""
    # A paragraph may be one long link; a headline of another story is short.
    return speaks_of_the_site(block.text, block.words) or (block.link_share > 0.75 and block.words <= 25)


def _once(kept: list[Block]) -> list[Block]:
    """A standfirst may be the first paragraph again; telephones get boxes of their own. Short lines may stand twice."""
    seen: set[str] = set()
    return [
        block
        for block in kept
        if block.words < _LEAD_WORDS or not (block.text in seen or seen.add(block.text))  # type: ignore[func-returns-value]
    ]


def _without_loose_headings(kept: list[Block], blocks: Sequence[Block]) -> list[Block]:
    """Without headings of boxes that are gone: links follow them, or nothing at all."""
    following = {block: after for block, after in pairwise(blocks) if block.heading or block.words <= 3}

    def is_loose(block: Block) -> bool:
        after = following.get(block)
        return after is not None and after.words >= 3 and after.link_share > 0.75

    kept = [block for block in kept if not is_loose(block)]
    while kept and kept[-1].heading:
        kept.pop()
    return kept


def _without_labels(blocks: list[Block]) -> tuple[list[Block], tuple[str, ...]]:
    """Without short lines at both ends that are no sentences (agencies, names, places, dates); those at the end."""
    tail: list[str] = []
    while len(blocks) > 1 and _is_label(blocks[-1]):
        tail.insert(0, blocks.pop().text)
    while len(blocks) > 1 and _is_label(blocks[0], top=True) and not _STANDFIRST.search(_names(blocks[0])):
        del blocks[0]
    return [block for block in blocks if len(blocks) == 1 or not is_byline(block)], tuple(tail)


def _under(candidates: Sequence[Block], kept: Sequence[Block]) -> list[str]:
    """A short line right under the text, in no heading, list or link: where a signature stands."""
    if not kept:
        return []
    place = candidates.index(kept[-1])
    return [
        block.text
        for block in candidates[place + 1 : place + 2]
        if block.words <= 5 and not block.linked and not block.heading and not block.listed and not block.caption
    ]


def _is_label(block: Block, *, top: bool = False) -> bool:
    dated = top and block.words <= 16 and _DIGIT.search(block.text) and not _SENTENCE_END.search(block.text)
    if dated and printed_dates(block.text, timezone="UTC", now=None):
        # "الأربعاء 26 ربيع الآخر 1448 هـ - الموافق 7 أكتوبر 2026 م"
        return True
    if block.words <= 8 and _DATE.search(block.text) and not _SENTENCE_END.search(block.text):
        return True
    if block.heading or block.quoted or (block.listed and not (top and block.text[0] in "([")):
        return False
    short = block.words <= 4
    return short and (not _SENTENCE_END.search(block.text) or block.text[0] in "-–—([/*" or block.text.endswith(":"))


def _captions(candidates: Sequence[Block], kept: Sequence[Block], title: list[str]) -> tuple[str, ...]:
    """Captions from the headline to the end of the text, or of the page where there is none."""
    end = candidates.index(kept[-1]) + 2 if kept else len(candidates)
    texts = (block.text for block in candidates[:end] if block.caption)
    return tuple(dict.fromkeys(text for text in texts if words_of(text) != title))
