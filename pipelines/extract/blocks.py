"""A page's tree -> its blocks of text in order, each with what its surroundings say about it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
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
_LETTER = re.compile(r"\w")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# The words of class names and ids: "articleShare-box_2" has article, share, box.
CLASS_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u0621-\u064a]+")


def phrases(text: str) -> re.Pattern[str]:
    """Finds any of the comma-separated phrases in words of class names joined by single spaces."""
    return re.compile(f" (?:{'|'.join(text.split(','))}) ")


_NOISE = phrases(
    "nav,navigation,navbar,menu,submenu,breadcrumbs?,crumbs?,footer,sidebar,related,relatednews,relatedposts,recommend,"
    "recommended,recommendations?,share,shares,sharing,social,socials,addtoany,sharethis,sharedaddy,comments?,respond,"
    "disqus,advert,advertisement,advertising,ads?,adsbygoogle,promo,promotion,sponsored?,taboola,outbrain,mgid,"
    "newsletter,subscribe,subscription,cookies?,consent,gdpr,popup,modal,toolbar,tools,pagination,pager,tags,tagcloud,"
    "taglist,readmore,alsoread,readalso,seealso,morenews,mostread,trending,ticker,copyright,poll,vote,survey,weather,"
    "login,signup,rating,jetpack,also read,read also,read more,see also,most read,most viewed,most popular,up next,"
    "may like,more news,more stories,next post,prev post,previous post,author box,author bio,google news,same topic,"
    "inline news,sr only,screen reader,visually hidden,skip link,top bar,follow us,more from"
)
_CAPTION = phrases(
    "captions?,figcaption,imgcaption,credits?,legend,photographer,copyright holder,image desc(?:ription)?"
)
_PICTURE = phrases("img,image,images,imgs,photo,photos,picture,pic,featured image")
_BYLINE = phrases("authors?,byline,writer,journalist,reporter,editor,كاتب,الكاتب")
_META = phrases(
    "meta,date,dates,datetime,time,timestamp,published?,publish,posted,(?:post|entry|article|news|story) (?:meta|info)"
)
_CONTAINER = phrases(
    "article body,post content,entry content,article content,story body,main,wrapper,container,layout,page"
)
_NOISE_ROLES = frozenset(
    "region navigation complementary contentinfo banner search menu menubar dialog alertdialog".split()
)

Kind = Literal["", "noise", "caption", "picture", "byline", "meta"]


class Block:
    """A run of text with no break in it."""

    __slots__ = (
        "byline",
        "caption",
        "card",
        "element",
        "heading",
        "linked",
        "listed",
        "marks",
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
        self.marks = around.marks
        self.noise = self.caption = self.byline = self.meta = self.card = False
        """In a menu, a box of other stories, comments …; a caption; a byline; a line with dates; in one of several
        boxes that each lead to another page (which is noise too). Set by `surroundings.judge`."""

    @property
    def link_share(self) -> float:
        """How much of it is links: 0 to 1."""
        return min(1.0, self.linked / len(self.text))

    @property
    def is_prose(self) -> bool:
        """Reads like a sentence of an article, not like a menu, a headline of another story or a caption."""
        return self.words >= 8 and not self.heading and self.linked < 0.4 * len(self.text) and not self.caption


def prose_words(blocks: Iterable[Block]) -> int:
    """Words of a page that read like an article and stand in no menu."""
    return sum(block.words for block in blocks if block.is_prose and not block.noise)


def upward(element: _Element, levels: int | None = None) -> Iterator[_Element]:
    """The element and those around it: so many in all, or up to the root."""
    return islice(chain((element,), element.iterancestors()), levels)


class _Around(NamedTuple):
    """What the elements around a piece of text say."""

    element: _Element
    heading: int = 0
    marks: tuple[tuple[Kind, _Element], ...] = ()
    listed: bool = False
    quoted: bool = False


def read_blocks(tree: _Element) -> list[Block]:
    """The text of a page in the order of the source; what is hidden or no text is left out."""
    body = tree.find("body")
    reader = _Reader()
    top = tree if body is None else body
    reader.walk(top, _Around(top), False, 0)
    reader.flush(_Around(top))
    return reader.blocks


class _Reader:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        """What was read of the next block; begins with no space."""
        self._linked = 0

    def flush(self, around: _Around) -> None:
        if self._parts:
            text = " ".join("".join(self._parts).split())
            if _LETTER.search(text):
                self.blocks.append(Block(text, self._linked, around))
            self._parts.clear()
            self._linked = 0

    # Half of the time of a page's reading was spent here: what is short is written out, not called.
    def walk(self, element: _Element, around: _Around, in_link: bool, depth: int) -> None:
        """Take in the content of `element`, which is itself accounted for in `around`."""
        parts = self._parts
        text = element.text
        if text and (parts or not text.isspace()):
            parts.append(text)
            if in_link:
                self._linked += len(text.strip())
        for child in element:
            tag = child.tag
            if tag == "br" or tag == "hr":
                if tag == "br" and around.heading:
                    if parts:
                        parts.append(" ")
                elif parts:
                    self.flush(around)
            elif tag in _INLINE:
                if depth < MAX_DEPTH:
                    self._inline(child, tag, around, in_link, depth)
            elif tag not in _SILENT and isinstance(tag, str) and depth < MAX_DEPTH:
                attributes = dict(child.items())
                if not attributes or not _is_hidden(attributes):
                    if parts:
                        self.flush(around)
                    inside = _inside(child, tag, attributes, around)
                    self.walk(child, inside, in_link, depth + 1)
                    if parts:
                        self.flush(inside)
            text = child.tail
            if text and (parts or not text.isspace()):
                parts.append(text)
                if in_link:
                    self._linked += len(text.strip())

    def _inline(self, child: _Element, tag: str, around: _Around, in_link: bool, depth: int) -> None:
        parts = self._parts
        if around.marks and tag in ("span", "small", "a", "time"):
            # Side by side there, only style sheets part a name from an office, a date from another.
            apart = {"meta": " ", "byline": " | "}.get(around.marks[-1][0], "")
            if parts or apart == " | ":
                parts.append(apart)
        attributes = dict(child.items())
        link = in_link or (tag == "a" and _leads_away(attributes))
        inside = self._named(child, tag, attributes, around) if attributes else around
        if inside is not around:
            self.flush(around)
            self.walk(child, inside, link, depth + 1)
            self.flush(inside)
        elif not attributes or not _is_hidden(attributes):
            self.walk(child, around, link, depth + 1)

    def _named(self, element: _Element, tag: str, attributes: dict[str, str], around: _Around) -> _Around:
        """An inline element that calls itself author, date or caption is a block of its own, but not in a sentence."""
        if self._parts and around.element.tag == "p":
            return around
        kind = _kind(attributes)
        if attributes.get("itemprop") == "author" or attributes.get("rel") == "author":
            kind = "byline"
        elif not kind and tag == "time":
            kind = "meta"
        return around if kind in ("", "noise") else around._replace(marks=(*around.marks, (kind, element)))


def _inside(element: _Element, tag: str, attributes: dict[str, str], around: _Around) -> _Around:
    """The surroundings inside a block-level element."""
    _, heading, marks, listed, quoted = around
    kind: Kind = _kind(attributes) if attributes else ""
    if tag in _CAPTION_TAGS:
        kind = "caption"
    elif tag in _NOISE_TAGS:
        kind = "noise"
    elif kind == "noise" and tag in _NEVER_NOISE:
        kind = ""
    if kind:
        marks = (*marks, (kind, element))
    return _Around(element, _HEADINGS.get(tag, heading), marks, listed or tag in _LISTS, quoted or tag == "blockquote")


def _kind(attributes: dict[str, str]) -> Kind:
    if attributes.get("role") in _NOISE_ROLES:
        return "noise"
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    return _kind_of_names(names) if len(names) > 1 else ""


@lru_cache(maxsize=8192)
def _kind_of_names(names: str) -> Kind:
    """What a class and an id say. Words that only place a box on the page outweigh others: "content with-sidebar"."""
    words = f" {' '.join(word.lower() for word in CLASS_WORD.findall(names[:400]))} "
    if _BYLINE.search(words) and not _NOISE.search(words):
        return "byline"
    if _CAPTION.search(words):
        return "caption"
    if _NOISE.search(words):
        return "" if _CONTAINER.search(words) else "noise"
    if _PICTURE.search(words):
        return "picture"
    return "meta" if _META.search(words) else ""


def _leads_away(link: dict[str, str]) -> bool:
    """Whether a link leaves its place: one to an anchor of the same page is a heading with an address."""
    href = link.get("href", "")
    return not href.startswith("#") or len(href) == 1


def _is_hidden(attributes: dict[str, str]) -> bool:
    style = attributes.get("style")
    return "hidden" in attributes or (style is not None and _HIDDEN.search(style) is not None)
