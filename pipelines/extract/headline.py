"""Which words are the article's headline: what the page shows, checked against what it says of itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from pipelines.extract.blocks import Block
from pipelines.extract.metadata import Metadata

MIN_LENGTH = 15
"""Code points of an h1 that tells an article from a listing, with half its words in <title>."""
_MARKS = re.compile("[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BETWEEN = re.compile(r"[\W_]+")
_SEPARATOR = re.compile(r"\s+(?:[|\-–—»«:•·/]|::)\s+|\s*\|\s*")
_SURE_SEPARATOR = re.compile(r"\s*[|»•·]\s*")
_OUTLET = re.compile(
    r"(?:موقع|وكالة|صحيفة|جريدة|قناة|شبكة|بوابة|تلفزيون|إذاعة|مجلة|نيوز|news|tv|online)\b", re.IGNORECASE
)


class Headline(NamedTuple):
    """The title, the signal that it comes from, and the block that shows it."""

    text: str
    signal: str
    block: Block | None
    shown: bool
    """It is a visible heading that the page's own claims confirm: what listings do not have."""


def words_of(text: str) -> list[str]:
    """Words in a form in which spellings with other quotation marks, vowels or spaces are equal."""
    return _BETWEEN.sub(" ", _MARKS.sub("", text)).lower().split()


def find_headline(blocks: list[Block], metadata: Metadata) -> Headline:
    """The headline of the page.

    First an h1 half of whose words stand in <title> or og:title (right on 21 of 21 Arabic article pages; 64 of 66
    listings have none), then another visible heading that says just what the page claims, then the claims alone.
    """
    claims = [claim for claim in (metadata.headline, metadata.social_title, metadata.page_title) if claim]
    said = [words_of(claim) for claim in claims]
    claimed = {word for words in said for word in words}
    whole = {_letters(claim) for claim in (*claims, *(without_site(c, metadata) for c in claims))}
    # An unknown site's name cannot be taken off, but what is left of it may be recognised.
    whole |= {_letters(part) for part in _SEPARATOR.split(metadata.page_title) if len(words_of(part)) >= 4}
    whole -= {""}
    sites = [words_of(name) for name in metadata.site_names if name]
    best: tuple[float, Block] | None = None
    for block in blocks:
        if block.heading != 1:
            continue
        words = words_of(block.text)
        if not words or words in sites:
            continue
        shared = sum(word in claimed for word in words) / len(words)
        long = len(block.text) >= MIN_LENGTH or (metadata.says_article and "".join(words) in whole)
        if shared >= 0.5 and long and (best is None or shared > best[0]):
            best = (shared, block)
    if best is not None:
        return Headline(_tidy(_without_kicker(best[1], whole)), "h1", best[1], True)
    for block in blocks:
        words = words_of(block.text)
        if len(words) < 3 or words in sites or block.link_share >= 0.5:
            continue
        if "".join(words) in whole:
            if block.heading:
                return Headline(_tidy(block.text), f"h{block.heading}", block, True)
            if len(words) >= 4:
                # Old layouts have no headings: bold words that are the page's title.
                return Headline(_tidy(block.text), "shown title", block, len(words) >= 5)
        if block.heading in (2, 3) and len(words) >= 5 and any(_same_words(words, claim) for claim in said):
            return Headline(_tidy(block.text), f"h{block.heading}", block, True)
    alone = [block for block in blocks if block.heading == 1 and block.words >= 4 and block.link_share < 0.5]
    if len(alone) == 1 and not metadata.headline and words_of(alone[0].text) not in sites:
        # Some outlets have one <title> for all pages.
        return Headline(_tidy(alone[0].text), "h1 alone", alone[0], False)
    if metadata.headline:
        return Headline(without_site(metadata.headline, metadata), metadata.headline_signal, None, False)
    if metadata.social_title:
        return Headline(without_site(metadata.social_title, metadata), "og:title", None, False)
    return Headline(without_site(metadata.page_title, metadata), "title", None, False)


def _letters(text: str) -> str:
    """`text` without what spellings of a headline differ in: quotation marks, spaces, vowels."""
    return "".join(words_of(text))


def _same_words(some: list[str], others: list[str]) -> bool:
    """Whether two headlines say the same in another order."""
    common = len(set(some) & set(others))
    return common >= 0.8 * len(set(some)) and common >= 0.6 * len(set(others))


def without_site(title: str, metadata: Metadata) -> str:
    """`title` without the names of site and section before or after it."""
    sites = [words_of(name) for name in (*metadata.site_names, metadata.section or "") if name]
    social = words_of(metadata.social_title)
    while True:
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            return title.strip()
        last, first = cuts[-1], cuts[0]
        tail, head = title[last.end() :].strip(), title[: first.start()].strip()
        before, after = title[: last.start()].strip(), title[first.end() :].strip()
        if (before and _names_site(tail, before, last.group(), sites)) or (before and words_of(before) == social):
            title = before
        elif after and (words_of(head) in sites or words_of(after) == social):
            title = after
        else:
            return title.strip()


def _names_site(part: str, before: str, separator: str, sites: Iterable[list[str]]) -> bool:
    words = words_of(part)
    if any(words == site or (len(site) >= 2 and words[: len(site)] == site) for site in sites):
        return True
    if len(words) > 5 or len(words_of(before)) < max(3, len(words)):
        return False
    return bool(_SURE_SEPARATOR.fullmatch(separator)) or bool(_OUTLET.search(part))


def _tidy(text: str) -> str:
    return text.strip("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\ufeff ")


def _without_kicker(block: Block, whole: set[str]) -> str:
    """The text of an h1 without the label in an element of its own before it (عاجل, a section)."""
    label = next((" ".join("".join(child.itertext()).split()) for child in block.element), "")
    rest = block.text.removeprefix(label).strip(" :|-") if label and label.count(" ") < 2 else block.text
    return rest if _letters(rest) in whole and _letters(block.text) not in whole else block.text
