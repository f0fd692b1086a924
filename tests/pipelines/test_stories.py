"""Copies of one text are one story, with another headline, a paragraph more or less; templates are not."""

from __future__ import annotations

import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import DETAIL, LEAD, MORE
from hypothesis import given
from hypothesis import strategies as st

from pipelines.arabic import fold, words
from pipelines.dedupe import BANDS, PAIRS, marks
from pipelines.stories import Document, same, stories_of, text_of

DAWN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BODY = f"{LEAD}\n{DETAIL}\n{MORE}"


def text(title: str, body: str, name: str = "a", hours: float = 0, **changes: Any) -> Document:
    folded = " ".join(words(fold(f"{title}\n{body}").text))
    made = {"_id": name, "time": DAWN + timedelta(hours=hours), "targets": [], "event_from": None, "event_to": None}
    return made | marks(title, folded)._asdict() | changes


WIRE = text("ثلاث مسيرات تهاجم قاعدة عين الأسد", BODY)


@pytest.mark.parametrize(
    "copy",
    [
        text("إسقاط طائرتين مسيرتين فوق عين الأسد", BODY),
        text("هجوم بالمسيرات", f"{BODY}\nوقال محافظ الأنبار إن الوضع تحت السيطرة وإن المدارس فتحت أبوابها كالمعتاد."),
        text("هجوم بالمسيرات", f"{LEAD}\n{DETAIL}"),
        text("هجوم", f"{MORE}\n{LEAD}\n{DETAIL}"),
        text("الأنبار", BODY.replace("قال مصدر أمني", "أفاد مصدر عسكري").replace("وأضاف المصدر", "وأوضح")),
        text("مسيرات", f"بغداد (رويترز) - {BODY}"),
    ],
)
def test_a_copy_is_the_same_story(copy: Document) -> None:
    assert same(WIRE, copy)
    assert same(copy, WIRE)


@pytest.mark.parametrize(
    "other",
    [
        text("قصف على أربيل", "سمع سكان أربيل دوي انفجارين مساء أمس ولم تعرف أسبابهما حتى الآن بحسب شهود."),
        # News of its own, and the whole old text below it.
        text(
            "البرلمان يستدعي القادة الأمنيين",
            "قرر مجلس النواب خلال جلسة طارئة مساءلة كبار الضباط المسؤولين عن حماية المنشآت ومطالبتهم بتقرير مفصل عن"
            " أوجه التقصير خلال أسبوع واحد.\nوقال رئيس الجلسة إن التقرير سيعرض على اللجان المختصة يوم الأحد المقبل وإن"
            f" الكتل السياسية اتفقت على موعد التصويت.\n{BODY}",
        ),
    ],
)
def test_other_news_is_another_story(other: Document) -> None:
    assert not same(WIRE, other)


def test_a_template_with_another_name_is_another_story() -> None:
    def cable(country: str) -> Document:
        return text(
            f"برقية تهنئة إلى رئيس {country}",
            f"بعث رئيس الجمهورية برقية تهنئة إلى رئيس جمهورية {country} بمناسبة ذكرى استقلال بلاده، أعرب فيها عن أصدق"
            f" التهاني وأطيب التمنيات بالصحة والسعادة لفخامته، ولحكومة وشعب {country} الصديق اطراد التقدم والازدهار.",
        )

    assert not same(cable("بوليفيا"), cable("المالديف"))
    assert same(cable("بوليفيا"), cable("بوليفيا"))


def test_a_flash_and_its_first_paragraph_more_are_one() -> None:
    flash = "سقطت ثلاثة صواريخ كاتيوشا مساء اليوم قرب قاعدة التاجي شمال بغداد دون وقوع إصابات، بحسب مصدر أمني."
    more = "وهرعت سيارات الإسعاف إلى المكان وأغلقت الشرطة الطرق المؤدية إليه حتى إشعار آخر."
    assert same(text("صواريخ قرب التاجي", flash), text("قصف محيط معسكر التاجي", f"{flash}\n{more}"))


def test_two_attacks_on_one_base_in_the_same_words_are_two() -> None:
    def told(day: int) -> Document:
        when = DAWN + timedelta(days=day)
        return text("مسيرات تهاجم عين الأسد", BODY, str(day), 24 * day) | {
            "targets": ["iq-ain-al-asad"],
            "event_from": when,
            "event_to": when + timedelta(hours=4),
        }

    assert not same(told(0), told(1))
    assert same(told(0), told(0) | {"_id": "copy"})
    assert same(told(0), told(1) | {"event_from": None, "event_to": None})
    assert not same(told(0), told(0) | {"targets": ["iq-harir"]})


def test_stories_do_not_depend_on_the_order_of_arrival() -> None:
    articles = [
        WIRE | {"_id": "wire"},
        text("هجوم", f"{LEAD}\n{DETAIL}", "short", 3),
        text("عنوان", BODY, "late", 60),
        text("قصف على أربيل", "سمع سكان أربيل دوي انفجارين مساء أمس ولم تعرف أسبابهما حتى الآن.", "other", 1),
        text("عنوان", BODY, "next week", 24 * 7),
    ]
    wanted = {"wire": "wire", "short": "wire", "late": "wire", "other": "other", "next week": "next week"}
    for seed in range(6):
        random.Random(seed).shuffle(articles)
        assert stories_of(articles) == wanted


def test_texts_without_a_time_are_held_against_all() -> None:
    articles = [WIRE | {"_id": "dated"}, WIRE | {"_id": "undated", "time": None}]
    assert set(stories_of(articles).values()) == {"undated"}


def test_texts_without_words_are_no_copies_of_each_other() -> None:
    assert stories_of([text("", "…", "a"), text("", "!", "b")]) == {"a": "a", "b": "b"}


def test_marks_are_for_ever() -> None:
    """Written down once: others would stop recognising every text that is stored."""
    made = marks("سقوط صاروخ", "سقوط صاروخ قرب قاعده عين الاسد فجر اليوم")
    assert made.bands == BANDS_OF_THAT
    assert made.signature == SIGNATURE_OF_THAT


def test_a_signature_is_small() -> None:
    long = " ".join(f"كلمه{number}" for number in range(20_000))
    made = marks("", long)
    assert len(made.signature) < 2_000
    assert len(made.bands) == BANDS
    assert len(text_of(made.signature).pairs) == PAIRS


@pytest.mark.parametrize("bad", ["", "x", "AAAA", b64encode(b"1234567").decode(), "AAAAAAAAAAAAAAAA"])
def test_what_is_no_signature_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no signature of a text"):
        text_of(bad)


@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=200))
def test_every_text_is_a_copy_of_itself(title: str, body: str) -> None:
    folded = " ".join(words(fold(f"{title}\n{body}").text))
    made = marks(title, folded)
    if not made.signature:
        assert made == ("", "", ())
        return
    assert made.bands
    text_of(made.signature)


BANDS_OF_THAT = (440088553, 1366560074, 1394566290, 1887360198, 2134976404)
SIGNATURE_OF_THAT = "AAAIAAcAAQD7nGVgKm6sc4JlrRYZjD67NjTuX5WMNaixvFm+sv8="
