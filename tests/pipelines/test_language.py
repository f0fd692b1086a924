"""Arabic, and what only looks like it."""

from __future__ import annotations

from gzip import open as gzip_open

import pytest
from floors import LANGUAGE_ARABIC_ACCEPTED, LANGUAGE_OTHERS_ACCEPTED
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import shared

from pipelines.language import judge, warm_up

warm_up()


@pytest.mark.parametrize(
    "text",
    [
        "أعلنت وزارة الدفاع أن القوات المسلحة نفذت عملية في المنطقة الغربية من البلاد.",
        "عاجل: سقوط صاروخ قرب قاعدة بلد الجوية",
        "اعلنت وزاره الدفاع ان القوات نفذت عمليه فی المنطقه الغربیه",
        "أَعْلَنَتْ وِزَارَةُ الدِّفَاعِ أَنَّ القُوَّاتِ نَفَّذَتْ عَمَلِيَّةً فِي المِنْطَقَةِ.",
        "قال المتحدث إن شركة Microsoft Corporation وشركة Google ستفتتحان مقرا في العاصمة خلال العام المقبل.",
        "وزارة الدفاع",
        "عاجل | غارات عنيفة تهز العاصمة",
        "والله ما عرفت شو صار مبارح بالليل بس سمعنا صوت قوي كتير ومش عارفين من وين إجا.",
        "القبض على ۳ متهمين بمنطقة الچادرية وپاسپورتاتهم مزورة كما قالت الشرطة في البيان.",
        "شنو صار اليوم بالسوق؟ الناس هواية زعلانة على الكهرباء اللي انقطعت من الصبح للعصر.",
    ],
)
def test_arabic(text: str) -> None:
    verdict = judge("", text)
    assert verdict.arabic, verdict
    assert verdict.language == "ar"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("وزارت دفاع اعلام کرد که نیروهای مسلح عملیاتی را در منطقه غربی کشور انجام دادند.", "fa"),
        ("وەزارەتی بەرگری ڕایگەیاند کە هێزە چەکدارەکان ئۆپەراسیۆنێکیان لە ناوچەکە ئەنجامدا.", None),
        ("وزارت دفاع نے اعلان کیا ہے کہ مسلح افواج نے ملک کے مغربی علاقے میں کارروائی کی ہے۔", "ur"),
        ("The ministry of defence said that its forces had carried out an operation.", "en"),
        ("The ministry said (قالت الوزارة) that its forces had carried out an operation in the west.", "en"),
        ("دۆلەت مۇداپىئە مىنىستىرلىقى قوراللىق كۈچلەرنىڭ ھەرىكەت ئېلىپ بارغانلىقىنى ئېلان قىلدى.", None),
        ("د دفاع وزارت وویل چې امنیتي ځواکونو په لوېدیځ کې عملیات پیل کړل او ګڼ کسان یې ونیول.", None),
        ("دفاع جي وزارت چيو ته هٿياربند فوجن ملڪ جي اولهه واري علائقي ۾ ڪارروائي ڪئي آهي.", None),
        ("وزارت دفاع امنیت ملی ایران", "fa"),
        ("12345 !!! 2026", "und"),
        ("", "und"),
    ],
)
def test_not_arabic(text: str, language: str | None) -> None:
    verdict = judge("", text)
    assert not verdict.arabic
    assert verdict.language != "ar"
    assert verdict.reason
    if language is not None:
        assert verdict.language == language


ARABIC = "أعلنت وزارة الدفاع أن القوات نفذت عملية في المنطقة الغربية من البلاد. "
ENGLISH = "All rights reserved. Terms of use and privacy policy apply. "


def test_a_footer_in_another_language_does_not_make_an_article_foreign() -> None:
    assert judge("خبر", ARABIC * 5 + ENGLISH * 2).arabic
    assert not judge("News", ENGLISH * 10 + ARABIC).arabic


def test_a_quotation_in_arabic_does_not_make_a_persian_article_arabic() -> None:
    persian = "وزارت دفاع اعلام کرد که نیروهای مسلح عملیاتی را در منطقه غربی کشور انجام دادند. "
    assert not judge("خبر", persian * 5 + ARABIC).arabic


def test_a_flash_without_a_body_is_judged_by_its_headline() -> None:
    assert judge("عاجل: سقوط صاروخ على القاعدة", "").arabic


@given(st.text(st.characters(), max_size=60), st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_is_too_odd(title: str, body: str) -> None:
    verdict = judge(title, body)
    assert verdict.arabic == (verdict.language == "ar")
    assert verdict.reason


def test_the_answer_is_the_same_every_time() -> None:
    text = "كتائب في قاعدة"
    assert len({judge(text, "") for _ in range(30)}) == 1


ARABIC_VARIETIES = {"arb_Arab", "ar", "Arabic_arb"} | {f"{x}_Arab" for x in "arz ary ars apc ajp aeb acq acm".split()}


def test_sentences_and_paragraphs_in_languages_of_arabic_script() -> None:
    sentences: dict[str, list[str]] = {}
    with gzip_open(shared("language") / "arabic_script.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            _, lang, _, _, text = line.rstrip("\n").split("\t", 4)
            if sum(map(str.isalpha, text)) >= 40:
                sentences.setdefault(lang, []).append(text)
    accepted, looked_at = {True: 0, False: 0}, {True: 0, False: 0}
    wrong = []
    for lang, texts in sentences.items():
        expected = lang in ARABIC_VARIETIES
        for start in range(0, min(len(texts), 300), 5):
            five = texts[start : start + 5]
            accepted[expected] += sum(judge("", text).arabic for text in five)
            looked_at[expected] += len(five)
            paragraph = judge("", "\n".join(five))
            if paragraph.arabic != expected:
                wrong.append((lang, paragraph, five))
    assert accepted[True] / looked_at[True] >= LANGUAGE_ARABIC_ACCEPTED
    assert accepted[False] / looked_at[False] <= LANGUAGE_OTHERS_ACCEPTED
    assert not wrong
