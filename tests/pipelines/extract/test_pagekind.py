"""What is no article, and why: by what a page shows, never by whose it is."""

from __future__ import annotations

import pytest
from pages import ADDRESS, BODY, CARDS, FOOTER, OTHER, PARAGRAPHS, SITE, TEASER, TEXT, TITLE, article, document, linked

from pages import meta, refusal  # isort: skip

FLASHES = (
    "عاجل: سقوط صاروخ قرب مطار بغداد الدولي",
    "عاجل | انفجار قرب السفارة الأميركية في بغداد",
    "مصدر أمني: إسقاط طائرة مسيرة فوق قاعدة حرير",
    "سماع دوي انفجارات في محيط دير الزور",
)
CHALLENGE = (
    '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div class="main-content"><noscript>'
    "Enable JavaScript and cookies to continue</noscript></div><script>window._cf_chl_opt={};</script></body></html>"
)
SECTION = "أخبار الأمن والدفاع في العراق"
LINKS = "".join(f'<li><a href="/n/{n}">{OTHER} {n}</a></li>' for n in range(12))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (document(f'<h1 class="sr-only">{SITE}</h1>{CARDS * 4}', title=f"{SITE} | أخبار العراق"), "not_article"),
        (document(f"<main><h1>{SECTION}</h1>{CARDS * 2}</main>", title=f"{SECTION} | {SITE}"), "not_article"),
        (document(f"<main><h1>{SECTION}</h1><ul>{LINKS}</ul></main>", title=f"{SECTION} | {SITE}"), "not_article"),
        (document(f"<h1>{SECTION}</h1><p>آخر الأخبار على مدار الساعة</p>{CARDS}", title=SECTION), "not_article"),
        (document(f"<h1>نتائج البحث عن: عين الأسد</h1>{CARDS}", title="نتائج البحث عن عين الأسد"), "not_article"),
        (document(f"<h1>الوسم: قاعدة عين الأسد</h1>{CARDS}", title=f"قاعدة عين الأسد | {SITE}"), "not_article"),
        (document(f"<h1>{SECTION}</h1>{PARAGRAPHS}{CARDS}", head='<script type="application/ld+json">{"@type":'
                  '"CollectionPage"}</script>', title=SECTION), "not_article"),
        (document(CARDS, head=linked(headline=OTHER, url="/n/1") + linked(headline="خبر", url="/n/2")), "not_article"),
        (document(f'<h1>{TITLE}</h1><iframe src="https://www.youtube.com/embed/x"></iframe>'), "video"),
        (document(f"<h1>{TITLE}</h1><p>{TEXT[2]}</p>", head=meta("og:type", "video.other")), "video"),
        (document(f"<h1>{TITLE}</h1><p>{TEXT[0]}</p><div>هذا المحتوى للمشتركين فقط</div>"), "paywall"),
        (document(f"<h1>{TITLE}</h1><p>{TEXT[0]}</p>", head=linked(isAccessibleForFree=False)), "paywall"),
        (document("<h1>قبل المتابعة إلى صحيفة النهر</h1><p>نستخدم ملفات تعريف الارتباط لقياس تفاعل الجمهور وللإعلانات."
                  "</p><form><button>قبول الكل</button></form>", title="قبل المتابعة"), "consent"),
        (CHALLENGE, "bot_wall"),
        (document("<p>جار التحقق من المتصفح</p>", title="لحظة من فضلك"), "bot_wall"),
        (document("<h1>عذرا، الصفحة غير موجودة</h1><p>ربما تم نقلها.</p>", title="خطأ"), "soft_404"),
        (document("<h1>صحيفة النهر</h1><p>لم يتم العثور على الخبر المطلوب.</p>", title=SITE), "soft_404"),
        (f"<html><body>{FOOTER}</body></html>", "empty"),
        ("<html><body><div id=root></div></body></html>", "empty"),
    ],
)  # fmt: skip
def test_pages_that_are_no_articles(body: str, reason: str) -> None:
    assert refusal(body) == reason


def test_a_challenge_is_one_whatever_its_status() -> None:
    assert [refusal(CHALLENGE, status=status) for status in (200, 403, 429, 503)] == ["bot_wall"] * 4
    assert refusal(document(f"<h1>{TITLE}</h1>{PARAGRAPHS}"), status=403) == "http_error"


def test_scripts_of_a_guard_on_an_ordinary_page_are_no_challenge() -> None:
    guard = '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'
    assert article(document(f"<h1>{TITLE}</h1>{PARAGRAPHS}{guard}")).body == BODY


@pytest.mark.parametrize("flash", FLASHES)
@pytest.mark.parametrize("beside", ["", f'<div class="more">{CARDS}</div>'])
@pytest.mark.parametrize("text", ["", "<p>مصدر أمني: سقوط صاروخ من دون إصابات.</p>"])
def test_a_flash_is_an_article_with_and_without_a_text(flash: str, beside: str, text: str) -> None:
    date = '<div class="date">2026-11-15 09:30</div>'
    for head, below in ((linked(headline=flash), ""), ("", date)):
        found = article(document(f"<article><h1>{flash}</h1>{below}{text}</article>{beside}", head=head, title=flash))
        assert found.title == flash
        assert TEASER not in found.body


def test_an_article_with_a_cookie_notice_a_player_and_many_links_is_an_article() -> None:
    found = article(
        document(
            f'<div class="notice"><p>نستخدم ملفات تعريف الارتباط.</p></div><h1>{TITLE}</h1><video src="v.mp4"></video>'
            f"{PARAGRAPHS}{CARDS * 3}"
        )
    )
    assert found.body == BODY


def test_a_whole_text_behind_a_paid_label_is_read() -> None:
    assert article(document(f"<h1>{TITLE}</h1>", head=linked(isAccessibleForFree="False", articleBody=BODY * 3))).body


def test_the_site_s_name_above_the_menu_is_no_headline() -> None:
    banner = "منظمة النهر للتنمية والإغاثة"
    menu = "".join(f'<li><a href="/{n}">قسم {n}</a></li>' for n in range(4))
    about = f"<h1>{banner}</h1><ul>{menu}</ul><h2>من نحن</h2>{PARAGRAPHS}"
    page = f"<html><head><title>{banner}</title></head><body>{about}</body></html>"
    assert refusal(page) == "not_article"
    assert article(page.replace("<h2>", "<p>15/11/2026</p><h2>"), url=ADDRESS).title == banner
