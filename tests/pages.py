"""Pages in the style of today's Arabic news sites, made up, and what is around an article on them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

from config.schema import Source
from pipelines.extract import extract
from pipelines.records import Article, LiveBlog, Page, Rejected

ADDRESS = "https://www.paper.example/news/17-words"
FETCHED = datetime(2026, 11, 15, 12, tzinfo=UTC)
SITE = "صحيفة النهر"
TITLE = "هجوم بطائرتين مسيرتين على قاعدة عين الأسد غرب العراق"
TEXT = (
    "قال مصدر أمني عراقي، اليوم الأحد، إن طائرتين مسيرتين استهدفتا قاعدة عين الأسد في محافظة الأنبار دون إصابات.",
    "وأضاف المصدر الذي طلب عدم الكشف عن اسمه أن الدفاعات الجوية أسقطت إحدى الطائرتين قبل وصولها إلى هدفها.",
    "ولم تعلن أي جهة مسؤوليتها عن الهجوم حتى الآن.",
    "وكانت القاعدة قد تعرضت خلال الشهر الماضي لهجمات مماثلة، تبنتها فصائل تطالب بخروج القوات الأجنبية من البلاد.",
    "وتضم القاعدة مستشارين من التحالف الدولي يعملون على تدريب القوات العراقية.",
)
BODY = "\n".join(TEXT)
OTHER = "الرئيس يستقبل وفدا من المحافظات الجنوبية لبحث ملف المياه"
TEASER = "قال مسؤول في الحكومة المحلية إن المشروع سيبدأ العام المقبل بعد إقرار الموازنة العامة."
PARAGRAPHS = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
MENU = (
    "<header><nav><ul>"
    + "".join(f'<li><a href="/s/{name}">{name}</a></li>' for name in "الرئيسية أخبار سياسة أمن اقتصاد رياضة".split())
    + "</ul></nav></header>"
)
FOOTER = f'<footer><p>جميع الحقوق محفوظة © 2026 {SITE}</p><ul><li><a href="/about">من نحن</a></li></ul></footer>'
CARDS = "".join(
    f'<div class="card"><a href="/n/{number}"><h3>{OTHER} {number}</h3></a><p>{TEASER}</p><time>14 نوفمبر 2026</time>'
    "</div>"
    for number in range(5)
)


def source(**keys: object) -> Source:
    """A source whose pages print Baghdad's time."""
    table: dict[str, object] = {
        "id": "paper",
        "name": "Paper",
        "home": "https://www.paper.example/",
        "timezone": "Asia/Baghdad",
        "entrance": [{"kind": "section", "url": "https://www.paper.example/news"}],
    }
    return Source.model_validate(table | keys)


def page(
    body: str | bytes, *, url: str = ADDRESS, status: int = 200, encoding: str | None = None, **headers: str
) -> Page:
    """A page as fetched on 15 November 2026 at noon UTC."""
    wire = body if isinstance(body, bytes) else body.encode()
    return Page(
        source=source(),
        url=url,
        requested=url,
        redirects=(),
        status=status,
        fetched=FETCHED,
        request_headers=(),
        response_headers=tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
        wire=wire,
        body=wire,
        encoding=encoding,
    )


def document(body: str, *, head: str = "", title: str = f"{TITLE} | {SITE}") -> str:
    """A page with menu and footer."""
    return (
        f'<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{MENU}{body}{FOOTER}</body></html>"
    )


def linked(**facts: object) -> str:
    """JSON-LD of an article."""
    data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE} | facts
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def meta(name: str, content: str) -> str:
    """A meta element."""
    return f'<meta property="{name}" content="{escape(content)}">'


def article(body: str | bytes, **keys: Any) -> Article:
    """The article on a page that is one."""
    found = extract(page(body, **keys))
    assert isinstance(found, Article), found
    return found


def refusal(body: str | bytes, *, status: int = 200, url: str = ADDRESS) -> str:
    """Why a page is none."""
    found = extract(page(body, status=status, url=url))
    assert isinstance(found, Rejected), found
    assert found.detail
    return found.reason


def live_blog(body: str | bytes, **keys: Any) -> LiveBlog:
    """The entries of a page that is a live blog."""
    found = extract(page(body, **keys))
    assert isinstance(found, LiveBlog), found
    return found
