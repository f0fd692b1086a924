"""Whole pages written for each layout and each trap, with what must come of them beside them (tests/golden).

`expected.json` names only what matters on its page: `title`, `body` (a list of lines), `authors`, `published` and
`modified` (UTC), `precision`, `offset`, `section`, `canonical`, `captions`; `not`: words that the body must not hold;
`entries` of a live blog; `rejected`: reasons of which any is right.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from config.schema import Entrance, Source
from pipelines.extract import extract
from pipelines.language import judge
from pipelines.records import Article, LiveBlog, Rejected
from pipelines.work import page_from_file

GOLDEN = Path(__file__).parent / "golden"
PAGES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())
HOME = "https://alnahrain.example/"
SOURCE = Source(
    id="alnahrain",
    name="صحيفة النهرين",
    home=HOME,
    entrance=(Entrance(kind="section", url=HOME),),
    timezone="Asia/Baghdad",
)
FETCHED = "2026-11-24T12:00:00+00:00"


def read(html: bytes, expected: dict[str, Any]) -> Article | LiveBlog | Rejected:
    page = page_from_file(html, expected["url"], SOURCE)
    headers = tuple((name.encode(), value.encode()) for name, value in expected.get("headers", {}).items())
    fetched = datetime.fromisoformat(expected.get("fetched", FETCHED))
    return extract(replace(page, response_headers=headers, fetched=fetched))


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _seen(article: Article, expected: dict[str, Any]) -> dict[str, Any]:
    """Of what is expected, what there is."""
    everything = {
        "title": article.title,
        "body": article.body.split("\n") if article.body else [],
        "authors": list(article.authors),
        "published": _utc(article.published),
        "modified": _utc(article.modified),
        "precision": article.published_precision,
        "offset": article.published_offset,
        "section": article.section,
        "canonical": article.url,
        "captions": list(article.captions),
        "not": [words for words in expected.get("not", ()) if words in article.body],
        "anchor": article.url.partition("#")[2],
    }
    return {name: value for name, value in everything.items() if name in expected}


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str) -> None:
    expected = json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))
    found = read((GOLDEN / name / "page.html").read_bytes(), expected)
    if "rejected" in expected:
        assert isinstance(found, Rejected), f"{found!r:.300}"
        assert found.reason in expected["rejected"]
        return
    if "entries" in expected:
        assert isinstance(found, LiveBlog), f"{found!r:.300}"
        entries = [_seen(entry, wanted) for entry, wanted in zip(found.articles, expected["entries"], strict=True)]
        assert sorted(entries, key=str) == sorted(expected["entries"], key=str)
        return
    assert isinstance(found, Article), f"{found!r:.300}"
    seen = _seen(found, expected)
    assert seen == {name: value for name, value in expected.items() if name in seen} | (
        {"not": []} if "not" in seen else {}
    )


FLASHES = (GOLDEN / "flashes.txt").read_text(encoding="utf-8").split("\n")[:-1]
SECOND = "وقال مراسلنا إن التفاصيل ستنشر حال ورودها."
MENU = '<nav><a href="/">الرئيسية</a><a href="/politics">سياسة</a><a href="/sport">رياضة</a></nav>'
LATEST = "".join(f'<li><a href="/news/{n}">{title}</a></li>' for n, title in enumerate(FLASHES[:6], 900))


def _head(title: str, more: str = "") -> str:
    return f'<meta charset="utf-8"><title>{escape(title)} - صحيفة النهرين</title>{more}'


def _flash(number: int, sentence: str) -> tuple[str, str]:
    """A page with one sentence in one of five layouts, and the text that it must have."""
    title = sentence.rstrip(".")
    time = f'<time datetime="2026-10-{number % 28 + 1:02}T14:30:00+03:00">{number % 28 + 1} أكتوبر 2026</time>'
    linked = json.dumps(
        {"@type": "NewsArticle", "headline": title, "datePublished": "2026-10-07T14:30:00+03:00"}, ensure_ascii=False
    )
    aside = f"<aside><h4>آخر الأخبار</h4><ul>{LATEST}</ul></aside><footer>جميع الحقوق محفوظة</footer>"
    site = f"<header>{MENU}</header>%s{aside}"
    short = " ".join(title.split()[:5])
    layouts = (
        (
            _head(title),
            site % f"<article><h1>{title}</h1>{time}<div class=entry><p>{sentence}</p></div></article>",
            sentence,
        ),
        (_head(title), site % f'<div class="breaking"><span>عاجل</span><h1>{title}</h1>{time}</div>', ""),
        (
            _head(title, f'<script type="application/ld+json">{linked}</script>'),
            site % f'<h1>{title}</h1><div class="text">{sentence}</div>',
            sentence,
        ),
        (_head(short), site % f"<article><h1>{short}</h1>{time}<p>{sentence}</p></article>", sentence),
        (
            _head(title),
            site % f"<div id=story><h1>{title}</h1>{time}<br>{sentence}<br>{SECOND}</div>",
            f"{sentence}\n{SECOND}",
        ),
    )
    head, body, text = layouts[number % len(layouts)]
    return f'<!DOCTYPE html><html lang="ar" dir="rtl"><head>{head}</head><body>{body}</body></html>', text


@pytest.mark.parametrize("number", range(len(FLASHES)))
def test_flash_of_one_sentence_is_kept(number: int) -> None:
    html, text = _flash(number, FLASHES[number])
    found = read(html.encode(), {"url": f"{HOME}news/{number + 5000}"})
    assert isinstance(found, Article), f"{found!r:.300}"
    assert found.title in (FLASHES[number].rstrip("."), " ".join(FLASHES[number].rstrip(".").split()[:5]))
    # A sentence that only repeats the headline may be left out of the body.
    repeats = FLASHES[number].rstrip(".") == found.title
    assert found.body == text or (repeats and found.body == text.removeprefix(FLASHES[number]).strip())
    assert judge(found.title, found.body).arabic


def test_there_are_fifty_flashes() -> None:
    assert len(set(FLASHES)) == 50
    assert all(6 <= len(sentence.split()) <= 25 for sentence in FLASHES)
