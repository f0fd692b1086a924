"""Prints the demo newspaper: articles in one of three layouts, section pages, feeds and sitemaps, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from xml.sax.saxutils import escape as xml

from desk.demo.content import LAYOUTS, SECTIONS, DemoArticle, OtherPage

NAME = "صحيفة المرفأ"
_FOLDER = Path(__file__).parent / "layouts"
_DAYS = ("الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_MONTHS = (
    "كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيو",
    "تموز/يوليو", "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر",
)  # fmt: skip

Page = DemoArticle | OtherPage


def render_article(article: DemoArticle, layout: str) -> str:
    """The page of `article` as HTML. Raises ValueError for a layout that is none of LAYOUTS."""
    if layout not in LAYOUTS:
        raise ValueError(f"no layout {layout!r}; there are {', '.join(LAYOUTS)}")
    summary = article.paragraphs[0][:160] if article.paragraphs else ""
    authors = "، ".join(article.authors)
    published = _iso(article.published, article.precision)
    modified = _iso(article.modified, "second") if article.modified else published
    linked_data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": summary,
        "inLanguage": article.language,
        "articleSection": SECTIONS[article.section],
        "datePublished": published,
        "dateModified": modified,
        "mainEntityOfPage": article.path,
        "author": [{"@type": "Person", "name": name} for name in article.authors]
        or {"@type": "Organization", "name": NAME},
        "publisher": {"@type": "Organization", "name": NAME, "logo": {"@type": "ImageObject", "url": "/logo.svg"}},
    }
    return _template(layout).substitute(
        lang=article.language,
        dir="ltr" if article.language == "en" else "rtl",
        charset=article.charset,
        name=NAME,
        title=escape(article.title),
        path=article.path,
        number=article.number,
        section=SECTIONS[article.section],
        section_path=_section_path(article.section),
        menu=_menu(),
        summary=escape(summary),
        published=published,
        # The plain layout prints no offset, as many sites do: Baghdad's is to be assumed.
        local=published.removesuffix("+03:00"),
        modified=modified,
        date=_arabic_date(article.published, article.precision),
        updated=f"آخر تحديث: {_arabic_date(article.modified, 'minute')}" if article.modified else "",
        authors=escape(authors),
        author_meta=f'<meta name="author" content="{escape(authors)}">' if authors else "",
        author_line=_author_line(layout, article),
        linked_data=json.dumps(linked_data, ensure_ascii=False).replace("</", "<\\/"),
        first_paragraphs=_paragraphs(article.paragraphs[:2]),
        other_paragraphs=_paragraphs(article.paragraphs[2:]),
    )


def render_listing(title: str, path: str, pages: Sequence[Page]) -> str:
    """A page of links: the home page, a section, a file."""
    cards = "\n".join(
        f'<li class="card"><h2><a href="{p.path}">{escape(p.title)}</a></h2>'
        f'<span class="when">{_arabic_date(p.published, "day")}</span></li>'
        for p in pages
    )
    return _template("listing").substitute(name=NAME, title=escape(title), path=path, menu=_menu(), cards=cards)


def render_notice(title: str, text: str) -> str:
    """A page that only says something, such as that there is no such page."""
    return _template("notice").substitute(name=NAME, title=escape(title), text=escape(text), menu=_menu())


def render_robots(home: str) -> str:
    """robots.txt. `home` ends in a slash."""
    return f"User-agent: *\nDisallow: /private/\n\nSitemap: {home}sitemap.xml\n"


def render_rss(home: str, pages: Sequence[Page]) -> str:
    """An RSS 2.0 feed of `pages`, in their order."""
    items = "".join(
        f"<item><title>{xml(p.title)}</title><link>{_address(home, p)}</link>"
        f'<guid isPermaLink="false">{p.number}</guid><category>{SECTIONS[p.section]}</category>'
        f"<pubDate>{format_datetime(p.published)}</pubDate><description>{xml(_teaser(p))}</description></item>\n"
        for p in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>\n'
        f"<title>{NAME}</title><link>{home}</link><description>آخر الأخبار</description><language>ar</language>\n"
        f'<atom:link href="{home}rss.xml" rel="self" type="application/rss+xml"/>\n'
        f"<lastBuildDate>{format_datetime(_latest(pages))}</lastBuildDate>\n{items}</channel></rss>\n"
    )


def render_atom(home: str, pages: Sequence[Page]) -> str:
    """An Atom feed of `pages`, in their order; its links carry tracking parameters, as many feeds' do."""
    entries = "".join(
        f"<entry><title>{xml(p.title)}</title><id>tag:marfa.example,2026:{p.number}</id>"
        f'<link rel="alternate" type="text/html" href="{_address(home, p)}?utm_source=atom&amp;utm_medium=feed"/>'
        f"<published>{p.published.isoformat()}</published><updated>{p.changed.isoformat()}</updated>"
        f"<summary>{xml(_teaser(p))}</summary></entry>\n"
        for p in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar">\n'
        f"<title>{NAME}: أمن</title><id>tag:marfa.example,2026:security</id><author><name>{NAME}</name></author>\n"
        f'<link rel="self" href="{home}atom.xml"/><updated>{_latest(pages).isoformat()}</updated>\n{entries}</feed>\n'
    )


def render_sitemap(home: str, pages: Sequence[Page]) -> str:
    """A sitemap of `pages`."""
    urls = "".join(f"<url><loc>{_address(home, p)}</loc><lastmod>{_lastmod(p)}</lastmod></url>\n" for p in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )


def render_sitemap_index(home: str, sitemaps: Mapping[str, Sequence[Page]]) -> str:
    """The index of sitemaps, given as file name → pages."""
    rows = "".join(
        f"<sitemap><loc>{home}{name}</loc><lastmod>{_latest(pages).isoformat()}</lastmod></sitemap>\n"
        for name, pages in sitemaps.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    )


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.html").read_text(encoding="utf-8"))


def _section_path(section: str) -> str:
    return f"/section/{section}/"


def _menu() -> str:
    return "".join(f'<li><a href="{_section_path(key)}">{name}</a></li>' for key, name in SECTIONS.items())


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "\n".join(
        f"<h2>{escape(p[3:])}</h2>" if p.startswith("## ") else f"<p>{escape(p, quote=False)}</p>" for p in paragraphs
    )


def _author_line(layout: str, article: DemoArticle) -> str:
    names = [escape(name) for name in article.authors]
    if not names:
        return ""
    if layout == "microdata":
        people = (
            f'<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
            f'<span itemprop="name">{name}</span></span>'
            for name in names
        )
        return f'<div class="byline">{" ".join(people)}</div>'
    return f'<div class="byline author">{"بقلم: " if layout == "plain" else ""}{"، ".join(names)}</div>'


def _iso(moment: datetime, precision: str) -> str:
    if precision == "day":
        return moment.date().isoformat()
    return moment.isoformat(timespec="minutes" if precision == "minute" else "seconds")


def _arabic_date(moment: datetime, precision: str) -> str:
    day = f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return day if precision == "day" else f"{day} - {moment:%H:%M}"


def _lastmod(page: Page) -> str:
    return _iso(page.changed, "second" if page.changed != page.published else getattr(page, "precision", "second"))


def _latest(pages: Sequence[Page]) -> datetime:
    return max(page.changed for page in pages)


def _address(home: str, page: Page) -> str:
    return home + page.path.removeprefix("/")


def _teaser(page: Page) -> str:
    return page.paragraphs[0][:160] if isinstance(page, DemoArticle) else page.title
