"""A page's tree -> its blocks of text in order, each with what its surroundings say about it. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import Literal, NamedTuple

from lxml.etree import _Element

MAX_DEPTH = 400
"""Elements below are passed over: a page of ours has 40 levels, and Python itself bears a thousand."""

# Text in these is no reader's; <noscript> repeats pictures or says that scripts are missing.
_SILENT = frozenset(
    "script style noscript template svg math iframe object embed video audio canvas map select option datalist textarea"
    " button input head title meta link base applet frame frameset progress meter amp-ad amp-sidebar amp-analytics"
    " amp-social-share".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr picture q rb rp rt ruby"
    " s samp small source span strike strong sub sup time tt u var wbr amp-img".split()
)
_NOISE_TAGS = frozenset("nav footer aside form menu dialog".split())
_CAPTION_TAGS = frozenset("figcaption caption figure".split())
_LISTS = frozenset("ul ol dl".split())
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_NEVER_NOISE = frozenset("html body main article".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# The words of class names and ids: "articleShare-box_2" has article, share, box.
_CLASS_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u0621-\u064a]+")


def _phrases(text: str) -> re.Pattern[str]:
    return re.compile(f" (?:{'|'.join(text.split(','))}) ")


_NOISE = _phrases(
    "nav,navigation,navbar,menu,submenu,breadcrumbs?,crumbs?,footer,sidebar,related,relatednews,relatedposts,recommend,"
    "recommended,recommendations?,share,shares,sharing,social,socials,addtoany,sharethis,sharedaddy,comments?,respond,"
    "disqus,advert,advertisement,advertising,ads?,adsbygoogle,promo,promotion,sponsored?,taboola,outbrain,mgid,"
    "newsletter,subscribe,subscription,cookies?,consent,gdpr,popup,modal,toolbar,tools,pagination,pager,tags,tagcloud,"
    "taglist,readmore,alsoread,readalso,seealso,morenews,mostread,trending,ticker,copyright,poll,vote,survey,weather,"
    "login,signup,rating,jetpack,also read,read also,read more,see also,most read,most viewed,most popular,up next,"
    "may like,more news,more stories,next post,prev post,previous post,author box,author bio,google news,same topic,"
    "inline news,sr only,screen reader,visually hidden,skip link,top bar,follow us,more from"
)
_SURELY_NOISE = _phrases(
    "nav,navigation,navbar,menu,footer,related,relatednews,relatedposts,comments?,respond,disqus,modal,popup,cookies?,"
    "consent,gdpr,newsletter,mostread,most read,most viewed,trending,ticker,also read,read also,see also"
)
_CAPTION = _phrases(
    "captions?,figcaption,imgcaption,credits?,legend,photographer,copyright holder,image desc(?:ription)?"
)
_PICTURE = _phrases("img,image,images,imgs,photo,photos,picture,pic,featured image,media")
_BYLINE = _phrases("authors?,byline,writer,journalist,reporter,editor,كاتب,الكاتب")
_META = _phrases(
    "date,dates,datetime,time,timestamp,published?,publish,posted,(?:post|entry|article|news|story) (?:meta|info)"
)
_CONTAINER = _phrases(
    "article body,post content,entry content,article content,story body,main,wrapper,container,layout,page"
)
_NOISE_ROLES = frozenset(
    "region navigation complementary contentinfo banner search menu menubar dialog alertdialog".split()
)

Kind = Literal["", "noise", "caption", "picture", "byline", "meta"]
_CARD_DEPTH = 6
"""Levels between the headline in a card and the box that is the card."""
_CARD_PROSE = 2
"""Paragraphs of a card at most."""
_FEW_WORDS = {"byline": 40, "meta": 40, "caption": 150, "picture": 30}
"""Words beyond which a box is not what it calls itself: templates name whole articles "author-page" or "has-date"."""


class Block:
    """A run of text with no break in it."""

    __slots__ = (
        "_marks",
        "byline",
        "caption",
        "card",
        "element",
        "heading",
        "linked",
        "listed",
        "meta",
        "noise",
        "quoted",
        "text",
        "words",
    )

    def __init__(self, text: str, linked: int, around: _Around) -> None:
        self.text = text
        self.words = text.count(" ") + 1
        self.linked = linked
        """Characters of it that stand in links."""
        self.element: _Element = around.element
        """Innermost block-level element around it."""
        self.heading = around.heading
        """1 to 6 in h1 to h6, else 0."""
        self.listed = around.listed
        self.quoted = around.quoted
        self._marks = around.marks
        self.noise = self.caption = self.byline = self.meta = self.card = False
        """In a menu, a box of other stories, comments …; a caption; a byline; a line with dates; in one of several
        boxes that each lead to another page (which is noise too). Set by `judge`."""

    @property
    def link_share(self) -> float:
        """How much of it is links: 0 to 1."""
        return min(1.0, self.linked / len(self.text))

    @property
    def is_prose(self) -> bool:
        """Reads like a sentence of an article, not like a menu, a headline of another story or a caption."""
        return self.words >= 8 and not self.heading and self.linked < 0.4 * len(self.text) and not self.caption

    def is_in(self, element: _Element) -> bool:
        """Whether it stands in an element that calls itself something."""
        return any(marked is element for _, marked in self._marks)


class _Around(NamedTuple):
    """What the elements around a piece of text say."""

    element: _Element
    heading: int = 0
    marks: tuple[tuple[Kind, _Element], ...] = ()
    listed: bool = False
    quoted: bool = False


def judge(blocks: list[Block], headline: Block | None) -> list[_Element]:
    """Set what each block is, and answer the outermost elements that are no part of the article's text.

    What the headline or nearly all of the page's prose stands in is no menu, whatever it is called, and no box of
    many words is a byline.
    """
    words: Counter[_Element] = Counter()
    prose: Counter[_Element] = Counter()
    above = {element for _, element in headline._marks} if headline is not None else set()
    plain = 0
    below = headline is None
    for block in blocks:
        below = below or block is headline
        counted = block.words if below and block.is_prose else 0
        if not any(kind == "noise" and element not in above for kind, element in block._marks):
            plain += counted
        for _, element in block._marks:
            words[element] += block.words
            prose[element] += counted
    refuted = {
        element
        for block in blocks
        for kind, element in block._marks
        if element in above
        or (
            prose[element] > 4 * max(plain, 10) and not _is_surely_noise(element)
            if kind == "noise"
            else words[element] > _FEW_WORDS[kind]
        )
    }
    outermost: dict[_Element, None] = {}
    for block in blocks:
        for kind, element in block._marks:
            if element not in refuted:
                setattr(block, "caption" if kind == "picture" else kind, True)
                if kind in ("noise", "caption", "picture"):
                    outermost.setdefault(element)
    described = {" ".join((image.get("alt") or "").split()) for image in _images(blocks)}
    for block in blocks:
        if block is not headline and not block.heading and block.words <= _FEW_WORDS["picture"]:
            block.caption = block.caption or (block.words >= 2 and block.text in described) or _beside_image(block)
    cards = _cards(blocks, headline)
    for block in blocks:
        element: _Element | None = block.element
        for _ in range(_CARD_DEPTH):
            if element is None:
                break
            if element in cards:
                block.card = block.noise = True
                break
            element = element.getparent()
    return [*outermost, *cards]


def _images(blocks: list[Block]) -> list[_Element]:
    return [] if not blocks else list(blocks[0].element.getroottree().getroot().iter("img", "amp-img"))


def _beside_image(block: Block) -> bool:
    """Whether a line without an end stands in one small box with a picture."""
    if block.element.tag in ("body", "article", "main", "td") or block.text.endswith((".", "!", "؟", "?", ":", "…")):
        return False
    return block.element.find(".//img") is not None and len(block.element) <= 3


def _cards(blocks: list[Block], headline: Block | None) -> set[_Element]:
    """Boxes of one kind side by side, each with the linked headline of another page."""
    links = [block for block in blocks if block.words >= 4 and block.link_share > 0.75 and block is not headline]
    families: dict[tuple[_Element, str, str], set[_Element]] = defaultdict(set)
    chains: list[tuple[Block, list[tuple[_Element, tuple[_Element, str, str]]]]] = []
    for block in links:
        chain = []
        element: _Element = block.element
        for _ in range(_CARD_DEPTH):
            parent = element.getparent()
            if parent is None or element.tag in ("body", "main", "html"):
                break
            family = (parent, str(element.tag), (element.get("class") or "").partition(" ")[0])
            families[family].add(element)
            chain.append((element, family))
            element = parent
        chains.append((block, chain))
    found: set[_Element] = set()
    for block, chain in chains:
        least = 2 if block.heading else 3
        card = next((element for element, family in chain if len(families[family]) >= least), None)
        if card is not None:
            found.add(card)
    above = set() if headline is None else {headline.element, *headline.element.iterancestors()}
    prose: Counter[_Element] = Counter()
    for block in blocks:
        if block.is_prose:
            element = block.element
            for _ in range(_CARD_DEPTH):
                if element is None:
                    break
                prose[element] += 1
                element = element.getparent()
    return {card for card in found if card not in above and prose[card] <= _CARD_PROSE}


def read_blocks(tree: _Element) -> list[Block]:
    """The text of a page in the order of the source; what is hidden or no text is left out."""
    body = tree.find("body")
    reader = _Reader()
    top = tree if body is None else body
    reader.walk(top, _Around(top), in_link=False, depth=0)
    reader.flush(_Around(top))
    return reader.blocks


class _Reader:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0

    def flush(self, around: _Around) -> None:
        if self._parts:
            text = " ".join("".join(self._parts).split())
            if text:
                self.blocks.append(Block(text, self._linked, around))
            self._parts.clear()
            self._linked = 0

    def walk(self, element: _Element, around: _Around, *, in_link: bool, depth: int) -> None:
        """Take in the content of `element`, which is itself accounted for in `around`."""
        parts = self._parts
        if element.text:
            parts.append(element.text)
            if in_link:
                self._linked += len(element.text.strip())
        for child in element:
            tag = child.tag
            if tag == "br" or tag == "hr":
                self.flush(around)
            elif isinstance(tag, str) and tag not in _SILENT and depth < MAX_DEPTH:
                if tag in _INLINE:
                    if tag == "span" and around.marks and around.marks[-1][0] in ("meta", "byline"):
                        # Side by side there, only style sheets part them.
                        parts.append(" ")
                    link = in_link or (tag == "a" and _leads_away(child))
                    inside = self._inline(child, around) if child.attrib else around
                    if inside is not around:
                        self.flush(around)
                        self.walk(child, inside, in_link=link, depth=depth + 1)
                        self.flush(inside)
                    elif not _is_hidden(child):
                        self.walk(child, around, in_link=link, depth=depth + 1)
                elif not _is_hidden(child):
                    self.flush(around)
                    inside = _inside(child, tag, around)
                    self.walk(child, inside, in_link=in_link, depth=depth + 1)
                    self.flush(inside)
            if child.tail:
                parts.append(child.tail)
                if in_link:
                    self._linked += len(child.tail.strip())

    def _inline(self, element: _Element, around: _Around) -> _Around:
        """An inline element that calls itself author, date or caption is a block of its own, but not in a sentence."""
        if around.element.tag == "p" and any(part.strip() for part in self._parts):
            return around
        kind = _kind(element)
        if element.get("itemprop") == "author" or element.get("rel") == "author":
            kind = "byline"
        elif not kind and element.tag == "time":
            kind = "meta"
        return around if kind in ("", "noise") else around._replace(marks=(*around.marks, (kind, element)))


def _inside(element: _Element, tag: str, around: _Around) -> _Around:
    """The surroundings inside a block-level element."""
    _, heading, marks, listed, quoted = around
    kind: Kind = _kind(element) if element.attrib else ""
    if tag in _CAPTION_TAGS:
        kind = "caption"
    elif tag in _NOISE_TAGS:
        kind = "noise"
    elif kind == "noise" and tag in _NEVER_NOISE:
        kind = ""
    if kind:
        marks = (*marks, (kind, element))
    return _Around(element, _HEADINGS.get(tag, heading), marks, listed or tag in _LISTS, quoted or tag == "blockquote")


def _kind(element: _Element) -> Kind:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if element.get("role") in _NOISE_ROLES:
        return "noise"
    return _kind_of_names(names) if len(names) > 1 else ""


@lru_cache(maxsize=8192)
def _kind_of_names(names: str) -> Kind:
    """What a class and an id say. Words that only place a box on the page outweigh others: "content with-sidebar"."""
    words = f" {' '.join(word.lower() for word in _CLASS_WORD.findall(names[:400]))} "
    if _BYLINE.search(words) and not _NOISE.search(words):
        return "byline"
    if _CAPTION.search(words):
        return "caption"
    if _NOISE.search(words):
        return "" if _CONTAINER.search(words) else "noise"
    if _PICTURE.search(words):
        return "picture"
    return "meta" if _META.search(words) else ""


def _is_surely_noise(element: _Element) -> bool:
    names = f" {' '.join(_CLASS_WORD.findall((element.get('class') or '') + ' ' + (element.get('id') or ''))).lower()} "
    return element.tag in ("nav", "footer") or bool(_SURELY_NOISE.search(names))


def _leads_away(link: _Element) -> bool:
    """Whether a link leaves its place: one to an anchor of the same page is a heading with an address."""
    href: str = link.get("href") or ""
    return not href.startswith("#") or len(href) == 1


def _is_hidden(element: _Element) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    style = element.get("style")
    return "hidden" in attributes or (style is not None and _HIDDEN.search(style) is not None)
