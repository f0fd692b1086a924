"""Which box of a page the article's text stands in. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from lxml.etree import _Element

from pipelines.extract.blocks import Block, upward
from pipelines.extract.headline import Headline

_NEAR = 0.75
"""What a box is worth for each level between it and the headline: windows and margins lie further off."""
_FAR = 6
"""Blocks that are no text between the text and what is none of it."""


def find_container(candidates: Sequence[Block], headline: Headline) -> _Element | None:
    """The smallest element that most of the prose stands in, near the headline; None where there is no prose."""
    above = [] if headline.block is None else upward(headline.block.element)
    levels = {element: level for level, element in enumerate(above)}
    size: Counter[_Element] = Counter()
    score: Counter[_Element] = Counter()
    lines = Counter(block.element for block in candidates if block.is_prose)
    for block in candidates:
        if not block.is_prose:
            continue
        length = len(block.text) - block.linked
        # Lines between <br> stand in the container itself, paragraphs in elements of their own.
        first = block.element if lines[block.element] > 1 else block.element.getparent()
        for depth, element in enumerate(() if first is None else upward(first)):
            size[element] += length
            if depth < 3:
                score[element] += length >> depth
    if not score:
        return None

    def nearness(element: _Element) -> float:
        """Falls with each level between the headline and what it has in common with the element."""
        shared = next((levels[e] for e in upward(element) if e in levels), 0)
        return _NEAR**shared

    best = max(score, key=lambda element: score[element] * nearness(element))
    places: dict[_Element, list[int]] = defaultdict(list)
    for number, block in enumerate(candidates):
        if block.is_prose:
            for element in upward(block.element):
                places[element].append(number)
    for parent in best.iterancestors():
        inner = places[best]
        beside = [n for n in places[parent] if n < inner[0] or n > inner[-1]]
        far = all(n < inner[0] - _FAR or n > inner[-1] + _FAR for n in beside)
        if best in levels or (beside and far):
            break
        if parent.tag in ("body", "html"):
            break
        if size[parent] > 1.1 * size[best]:
            best = parent
        elif parent.tag not in ("div", "section", "article", "main"):
            break
    return best
