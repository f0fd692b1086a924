"""What surrounds each block of a page: menus, boxes of other stories, captions, bylines. Pure.

Names of classes are believed only as far as the words in the box bear them out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice

from lxml.etree import _Element

from pipelines.extract.blocks import CLASS_WORD, Block, phrases, upward

_SURELY_NOISE = phrases(
    "nav,navigation,navbar,menu,footer,related,relatednews,relatedposts,comments?,respond,disqus,modal,popup,cookies?,"
    "consent,gdpr,newsletter,mostread,most read,most viewed,trending,ticker,also read,read also,see also"
)
_CARD_DEPTH = 6
"""Levels between the headline in a card and the box that is the card."""
_CARD_PROSE = 2
"""Paragraphs of a card at most."""
_FEW_WORDS = {"byline": 40, "meta": 40, "caption": 150, "picture": 30, "form": 40}
"""Words beyond which a box is not what it calls itself: templates name whole articles "author-page" or "has-date"."""


def judge(blocks: list[Block], headline: Block | None) -> list[_Element]:
    """Set what each block is, and answer the outermost elements that are no part of the article's text.

    What the headline or nearly all of the page's prose stands in is no menu, whatever it is called, and no box of
    many words is a byline.
    """
    words: Counter[_Element] = Counter()
    prose: Counter[_Element] = Counter()
    above = {element for _, element in headline.marks} if headline is not None else set()
    plain = 0
    below = headline is None
    for block in blocks:
        below = below or block is headline
        counted = block.words if below and block.is_prose else 0
        if not any(kind == "noise" and element not in above for kind, element in block.marks):
            plain += counted
        for _, element in block.marks:
            words[element] += block.words
            prose[element] += counted
    refuted = {
        element
        for block in blocks
        for kind, element in block.marks
        if element in above
        or (
            prose[element] > 4 * max(plain, 10) and not _is_surely_noise(element)
            if kind == "noise"
            else words[element] > _FEW_WORDS[kind]
        )
    }
    outermost: dict[_Element, None] = {}
    for block in blocks:
        for kind, element in block.marks:
            if element not in refuted:
                setattr(block, "caption" if kind == "picture" else kind, True)
                if kind in ("noise", "caption", "picture"):
                    outermost.setdefault(element)
    described = {" ".join((image.get("alt") or "").split()) for image in _images(blocks)}
    for block in blocks:
        if block is not headline and not block.heading and block.words <= _FEW_WORDS["picture"]:
            block.caption = block.caption or (block.words >= 2 and block.text in described) or _beside_image(block)
    forms = _forms(blocks, headline)
    for block in _inside(forms, blocks):
        block.noise = True
    cards = _cards(blocks, headline)
    for block in _inside(cards, blocks):
        block.card = block.noise = True
    return [*outermost, *forms, *cards]


def _inside(boxes: set[_Element], blocks: list[Block]) -> list[Block]:
    """The blocks in one of the boxes, some levels deep."""
    if not boxes:
        return []
    return [block for block in blocks if any(element in boxes for element in upward(block.element, _CARD_DEPTH))]


def _forms(blocks: list[Block], headline: Block | None) -> set[_Element]:
    """Small boxes with a field to fill in: subscriptions, searches, comments."""
    if not blocks:
        return set()
    fields = [
        field
        for field in blocks[0].element.getroottree().getroot().iter("input", "textarea")
        if (field.get("type") or "").lower() not in ("hidden", "checkbox", "radio", "button", "image")
    ]
    if not fields:
        return set()
    words: Counter[_Element] = Counter()
    for block in blocks:
        words[block.element] += block.words
    above = set() if headline is None else set(upward(headline.element))
    found: set[_Element] = set()
    for field in fields:
        for box in islice(field.iterancestors(), 3):
            if box in above or box.tag in ("body", "html", "main", "article"):
                break
            inside = 0
            for element in box.iter():
                inside += words.get(element, 0)
                if inside > _FEW_WORDS["form"]:
                    break
            if inside > _FEW_WORDS["form"]:
                break
            if inside:
                found.add(box)
    return found


def _images(blocks: list[Block]) -> list[_Element]:
    return [] if not blocks else list(blocks[0].element.getroottree().getroot().iter("img", "amp-img"))


def _beside_image(block: Block) -> bool:
    """Whether a line without an end stands in one small box with a picture."""
    if not 1 <= len(block.element) <= 3 or block.text.endswith((".", "!", "؟", "?", ":", "…")):
        return False
    return block.element.tag not in ("body", "article", "main", "td") and block.element.find(".//img") is not None


def _cards(blocks: list[Block], headline: Block | None) -> set[_Element]:
    """Boxes of one kind side by side, each with the linked headline of another page."""
    links = [block for block in blocks if block.words >= 4 and block.link_share > 0.75 and block is not headline]
    families: dict[tuple[_Element, str, str], set[_Element]] = defaultdict(set)
    paths: list[tuple[Block, list[tuple[_Element, tuple[_Element, str, str]]]]] = []
    for block in links:
        path = []
        element: _Element = block.element
        for _ in range(_CARD_DEPTH):
            parent = element.getparent()
            if parent is None or element.tag in ("body", "main", "html"):
                break
            family = (parent, str(element.tag), (element.get("class") or "").partition(" ")[0])
            families[family].add(element)
            path.append((element, family))
            element = parent
        paths.append((block, path))
    found: set[_Element] = set()
    for block, path in paths:
        least = 2 if block.heading else 3
        card = next((element for element, family in path if len(families[family]) >= least), None)
        if card is not None:
            found.add(card)
    if not found:
        return found
    above = set() if headline is None else set(upward(headline.element))
    prose: Counter[_Element] = Counter()
    for block in blocks:
        if block.is_prose:
            prose.update(upward(block.element, _CARD_DEPTH))
    return {card for card in found if card not in above and prose[card] <= _CARD_PROSE}


def _is_surely_noise(element: _Element) -> bool:
    names = f" {' '.join(CLASS_WORD.findall((element.get('class') or '') + ' ' + (element.get('id') or ''))).lower()} "
    return element.tag in ("nav", "footer") or bool(_SURELY_NOISE.search(names))
