"""Whose words an article prints: the agency in its byline, its dateline or its last line, by one name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.arabic import fold

HEAD, END = 90, 60
"""Characters of a text where an agency stands that wrote it: "بغداد (رويترز) -", "/ أ ف ب"."""
AGENCIES = {
    "رويترز": ("رويترز", "Reuters"),
    "فرانس برس": ("فرانس برس", "وكالة الصحافة الفرنسية", "الفرنسية", "أ ف ب", "أ.ف.ب", "اف ب", "AFP"),
    "أسوشيتد برس": ("أسوشيتد برس", "أسوشيتدبرس", "أسوشييتد برس", "أسوشيتد برٍس", "أ ب", "أ.ب", "AP"),
    "الألمانية": ("وكالة الأنباء الألمانية", "الألمانية", "د ب أ", "د.ب.أ", "dpa"),
    "شينخوا": ("شينخوا", "Xinhua"),
    "تاس": ("تاس", "TASS"),
    "نوفوستي": ("نوفوستي", "ريا نوفوستي"),
    "سبوتنيك": ("سبوتنيك",),
    "إنترفاكس": ("إنترفاكس",),
    "الأناضول": ("الأناضول", "وكالة الأناضول"),
    "سانا": ("سانا",),
    "واع": ("واع", "وكالة الأنباء العراقية"),
    "واس": ("واس", "وكالة الأنباء السعودية"),
    "وام": ("وام", "وكالة أنباء الإمارات"),
    "بترا": ("بترا",),
    "كونا": ("كونا",),
    "قنا": ("قنا", "وكالة الأنباء القطرية"),
    "إرنا": ("إرنا",),
    "إسنا": ("إسنا",),
    "تسنيم": ("تسنيم",),
    "فارس": ("وكالة فارس",),
}
"""Name of an agency to what is printed for it. Of general knowledge; "وكالات" alone is none."""


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text).text).split())


_BY_NAME = {_key(form): _key(name) for name, forms in AGENCIES.items() for form in forms}
_SIGNS = r"()\[\]\-–—/:،,.|"
# A name between brackets, dashes or slashes, or alone in its place: in running text it is quoted, which `cites` knows.
_PLACE = re.compile(rf"(?:^|[{_SIGNS}])\s*([^{_SIGNS}\n]{{2,30}}?)\s*(?=$|[{_SIGNS}\n])")
_DOTTED = re.compile(r"(?<=\w)\.\s?(?=\w(?:\W|$))")


def agency(printed: str) -> str:
    """The one name of an agency, folded, however it is printed; empty for what is none."""
    return _BY_NAME.get(_key(printed), "")


def agency_of(authors: Iterable[str], body: str) -> str:
    """The agency that signed an article, by its one name, folded; empty where none did."""
    first = next((line for line in body.split("\n") if line.strip()), "")
    last = body.rstrip()[-END:].rpartition("\n")[2]
    for text in (*authors, first[:HEAD], last):
        whole = _DOTTED.sub(" ", text)
        for name in (whole, *(match[1] for match in _PLACE.finditer(whole))):
            if found := agency(name.removeprefix("وكالة ")) or agency(name):
                return found
    return ""
