"""The article's own words: in order, all of them, and nothing of what stands around them, layout by layout."""

from __future__ import annotations

import json

import pytest
from pages import BODY, CARDS, OTHER, PARAGRAPHS, TEASER, TEXT, TITLE, article, document, linked, meta

H1 = f"<h1>{TITLE}</h1>"
RELATED = f'<h3>مواضيع ذات صلة</h3><p><a href="/1">{OTHER}</a></p><p>{TEASER}</p>'
INLINE_BOX = (
    f'<div class="more-on"><h2>اقرأ أيضا</h2><span class="screen-reader-text">list of 2 items</span>'
    f'<ul><li><a href="/1">{OTHER}</a></li><li><a href="/2">{OTHER} مجددا</a></li></ul></div>'
)
INLINE = "".join(f'<div><a href="/{n}">{OTHER} {n}</a></div>' for n in range(3))
FIRST, REST = f"<p>{TEXT[0]}</p>", "".join(f"<p>{paragraph}</p>" for paragraph in TEXT[1:])

LAYOUTS = {
    "a wide magazine": document(
        f'<main><header class="article-header">{H1}</header><figure><img src="a.jpg"><figcaption>قاعدة عين الأسد الجوية'
        '</figcaption></figure><div class="dates"><span class="screen-reader-text">Published On 15 Nov</span></div>'
        f'<div class="article__social-share">شارك</div><div class="wysiwyg">{FIRST}{INLINE_BOX}{REST}</div>'
        f'<div class="article-source">المصدر: وكالات</div></main><aside><h2>الأكثر قراءة</h2>{CARDS}</aside>'
    ),
    "a WordPress theme": document(
        '<article class="post type-post category-security tag-bases"><header><h1 class="entry-title">'
        f'{TITLE}</h1><div class="post-meta">بواسطة <a href="/author/x">سلمى الجبوري</a> 15 نوفمبر 2026</div></header>'
        f'<div class="sharedaddy"><a>فيسبوك</a> <a>تويتر</a></div><div class="entry-content">{FIRST}'
        f'<div class="related_posts_inline"><h4>مقالات ذات صلة</h4><h3><a href="/n">{OTHER}</a></h3></div>{REST}</div>'
        '<footer><ul class="tags"><li>الوسوم</li><li><a href="/t">عين الأسد</a></li></ul></footer></article>'
        '<div id="comments"><ol><li><p>خبر متأخر كالعادة، وأين أنتم من معسكر التاجي الذي قصف أمس؟</p></li></ol></div>'
        f'<div class="main-sidebar">{CARDS}</div>'
    ),
    "lines parted by <br> alone": document(
        f'{H1}<div class="date">الأحد 15 تشرين الثاني 2026</div><div id="newsbody">{"<br><br>".join(TEXT)}</div>'
    ),
    "one <br> a line": document(f'{H1}<div class="txt">{"<br>".join(TEXT)}</div>'),
    "a div a paragraph": document(
        f'<div class="b">{H1}</div><div class="c">{"".join(f"<div>{t}</div>" for t in TEXT)}</div><div>{CARDS}</div>'
    ),
    "tables and fonts": (
        f'<html><head><meta charset="utf-8"><title>النهر - {TITLE}</title></head><body><table><tr><td><a href="/">'
        f"الرئيسية</a></td></tr></table><table><tr><td><font size=5><b>{TITLE}</b></font><br><p>15/11/2026</p>"
        f'{"<br><br>".join(TEXT)}</td><td><a href="/1">{OTHER}</a></td></tr></table>'
    ),
    "a form around everything": f"<html><title>{TITLE}</title><form id=f>{H1}<div>{PARAGRAPHS}</div></form></html>",
    "spans in every paragraph": document(
        H1
        + "".join(
            f'<p dir="RTL"><span lang="AR-IQ"><font face="Arial">{t[:20]}</font></span><span>{t[20:]}</span></p>'
            "<p>&nbsp;</p>"
            for t in TEXT
        )
    ),
    "references to letters": document(
        H1 + "".join("<p>" + "".join(f"&#x{ord(c):x};" if ord(c) > 127 else c for c in t) + "</p>" for t in TEXT)
    ),
    "AMP": (
        f"<html amp><head><title>{TITLE}</title>{linked()}</head><body><amp-sidebar><li>الرئيسية</li></amp-sidebar>"
        f'<article><h1 class="amp-wp-title">{TITLE}</h1><div class="amp-wp-byline">سلمى الجبوري</div>'
        f'<amp-img src="x"></amp-img><div class="amp-wp-article-content">{PARAGRAPHS}</div></article></body></html>'
    ),
    "another article below": document(
        f"<article>{H1}{PARAGRAPHS}</article><article><h1>{OTHER}</h1><p>{TEASER}</p><p>{TEASER}</p></article>"
    ),
    "related stories without a class": document(f"<main>{H1}{PARAGRAPHS}{RELATED}</main>"),
    "comments without a class": document(
        f"{H1}<div>{PARAGRAPHS}</div><div><h3>التعليقات (2)</h3><b>أبو أحمد</b><p>خبر متأخر كالعادة، وأين أنتم من معسكر"
        " التاجي؟</p><b>سعد</b><p>نسأل الله السلامة للجميع.</p></div><p>الآراء الواردة لا تعبر عن رأي الموقع.</p>"
    ),
    "invitations between paragraphs": document(
        f"{H1}{FIRST}<p><strong>اقرأ أيضا: <a href='/1'>{OTHER}</a></strong></p><p><a href='/2'>{OTHER} من جديد</a></p>"
        f"{REST}<p>تابعوا أخبار النهر عبر قناة تلغرام</p><p>اشترك في قناتنا ليصلك كل جديد</p>"
    ),
    "two boxes with an advertisement between": document(
        f'{H1}<div class="text">{FIRST}</div><div class="ad"><img></div><div class="text">{REST}</div>'
    ),
    "a newsletter under the text": document(
        f"{H1}<div>{PARAGRAPHS}</div><div><h4>النشرة البريدية</h4><p>كن أول من يعلم بأهم التطورات في العالم كل صباح."
        "</p><input type=email></div>"
    ),
    "a box of links without a class": document(f"{H1}{FIRST}<div><span>للمتابعة</span>{INLINE}</div>{REST}"),
    "a longer text in a window over the page": document(
        f'<div class="a"><div>{H1}</div><div>{PARAGRAPHS}</div></div><div><div>{f"<p>{TEASER}</p>" * 5}</div></div>'
    ),
    "signed and sourced": document(
        f'{H1}<p><b>بغداد - النهر</b></p>{PARAGRAPHS}<p>انتهى</p><p>م.ع/ 25</p><div class="x">المصدر: وكالات</div>'
    ),
    "data that a script draws from": document(
        '<div id="__next">جار التحميل</div><script id="__NEXT_DATA__" type="application/json">'
        + json.dumps(
            {
                "props": {
                    "article": {"title": TITLE, "content": PARAGRAPHS},
                    "more": [{"title": OTHER, "content": TEASER * 9}],
                }
            }
        )
        + "</script>",
        head=meta("og:title", TITLE),
    ),
    "blocks in a window's state": document(
        '<div id="root"></div><script>window.__STATE__ = '
        + json.dumps({"post": {"headline": TITLE, "blocks": [{"type": "p", "text": t} for t in TEXT]}})
        + ";window.other = {};</script>",
        head=meta("og:title", TITLE),
    ),
    "JSON-LD alone": document('<div id="root"></div>', head=linked(articleBody=BODY)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_words_of_the_article_and_no_others(layout: str) -> None:
    found = article(LAYOUTS[layout])
    assert found.body.splitlines() == list(TEXT)
    assert found.title == TITLE


def test_body_says_where_it_comes_from() -> None:
    signals = {name: article(LAYOUTS[name]).provenance.signals["body"] for name in LAYOUTS}
    assert signals["AMP"] == "trafilatura"
    assert signals["data that a script draws from"] == signals["blocks in a window's state"] == "data script"
    assert signals["JSON-LD alone"] == "json-ld"


def test_standfirst_and_lead_belong_to_the_text() -> None:
    standfirst, lead = "الدفاعات الجوية تسقط إحدى الطائرتين", f"{TEASER} وهذا مدخل الخبر."
    above = f'<h2 class="subtitle">{standfirst}</h2><div class="b-lead"><p>{lead}</p></div>'
    found = article(document(f"{H1}{above}<div>{PARAGRAPHS}</div>"))
    assert found.body.splitlines() == [standfirst, lead, *TEXT]


def test_quotes_and_lists_and_subheadings_are_kept_in_order() -> None:
    inner = (
        f"{FIRST}<blockquote><p>{TEXT[1]}</p></blockquote><h3>تفاصيل الهجوم</h3><ul>"
        "<li>أولا: إسقاط طائرة قرب القاعدة.</li>"
        f"<li>ثانيا: إغلاق الطريق الدولي السريع.</li></ul><p>{TEXT[3]}</p>"
    )
    assert article(document(f"{H1}{inner}")).body.splitlines() == [
        TEXT[0],
        TEXT[1],
        "تفاصيل الهجوم",
        "أولا: إسقاط طائرة قرب القاعدة.",
        "ثانيا: إغلاق الطريق الدولي السريع.",
        TEXT[3],
    ]


def test_a_short_line_may_stand_twice() -> None:
    line = "الساعة الثانية والنصف بعد ظهر اليوم نفسه:"
    inner = f"{FIRST}<p>{line}</p><p>{TEXT[1]}</p><p>{line}</p><p>{TEXT[3]}</p>"
    assert article(document(f"{H1}{inner}")).body.splitlines() == [TEXT[0], line, TEXT[1], line, TEXT[3]]


@pytest.mark.parametrize(
    "picture",
    [
        "<figure><img src=a><figcaption>جنود في معسكر التاجي</figcaption></figure>",
        '<div class="wp-caption"><img src=a><p class="wp-caption-text">جنود في معسكر التاجي</p></div>',
        '<div class="img"><img src=a><span>جنود في معسكر التاجي</span></div>',
        '<div><img src=a alt="جنود في معسكر التاجي"></div><p>جنود في معسكر التاجي</p>',
    ],
)
def test_captions_are_kept_apart(picture: str) -> None:
    found = article(document(f"{H1}{FIRST}{picture}{REST}"))
    assert found.body == BODY
    assert found.captions == ("جنود في معسكر التاجي",)


@pytest.mark.parametrize(
    "sentence",
    [
        "شارك المئات في تشييع ضحايا الهجوم وسط إجراءات أمنية مشددة في المدينة.",
        "لمتابعة تنفيذ الاتفاق شكلت الحكومة لجنة من ثلاث وزارات.",
        "تابع الرئيس سير العمليات من غرفة القيادة.",
        "تقارير أخرى تحدثت عن سقوط ثلاث طائرات.",
    ],
)
def test_news_that_begins_like_an_invitation_is_news(sentence: str) -> None:
    assert sentence in article(document(f"{H1}{FIRST}<p>{sentence}</p>{REST}")).body


def test_a_short_item_is_not_swapped_for_the_long_teasers_beside_it() -> None:
    found = article(
        document(f'<article>{H1}<p>{TEXT[2]}</p></article><div class="latest"><h3>آخر الأخبار</h3>{CARDS}</div>')
    )
    assert found.body == TEXT[2]


def test_a_name_of_a_class_does_not_hide_the_whole_article() -> None:
    for name in ("sidebar-right", "has-comments share", "author-page", "post-image", "widget promo", "related"):
        found = article(document(f'<div class="{name}">{H1}<div>{PARAGRAPHS}</div></div>'))
        assert found.body == BODY, name
