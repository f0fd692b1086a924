"""Dates in Arabic text. Reckoned from Wednesday, 5 January 2022, 18:00 in Baghdad (2 Jumada II 1443, 15 Dey 1400)."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from floors import DATES
from hypothesis import given
from hypothesis import strategies as st
from measured import shared

from benchmarks import dates as measuring
from benchmarks.quality import labels
from pipelines.dates import FoundDate, find_dates, printed_date, printed_dates
from pipelines.dates.calendars import hijri_day, is_solar_leap, solar_day

BAGHDAD = ZoneInfo("Asia/Baghdad")
PUBLISHED = datetime(2022, 1, 5, 18, 0, tzinfo=BAGHDAD)


def found(text: str, published: datetime | date | None = PUBLISHED) -> tuple[FoundDate, ...]:
    return find_dates(text, published=published, timezone="Asia/Baghdad")


# In brackets what a reader would mark; after it its value. A line without brackets holds no date.
PHRASES = """
[5 يناير 2022] 2022-01-05
[5 كانون الثاني 2022] 2022-01-05
[5 كانون الثاني/يناير 2022] 2022-01-05
[5 يناير/كانون الثاني 2022] 2022-01-05
[5 كانون الثاني (يناير) 2022] 2022-01-05
[5 يناير - كانون الثاني 2022] 2022-01-05
[16 حزيران 2021] 2021-06-16
[16 يونيو/حزيران 2021] 2021-06-16
[12 آب / أغسطس 2013] 2013-08-12
[1 آذار 2019] 2019-03-01
[30 تموز 2020] 2020-07-30
[9 أيلول 2021] 2021-09-09
[4 تشرين الأول 2019] 2019-10-04
[4 تشرين الأول/ أكتوبر 2019] 2019-10-04
[25 تشرين الثاني 2020] 2020-11-25
[8 فيفري 2019] 2019-02-08
[8 جانفي 2018] 2018-01-08
[3 جوان 2020] 2020-06-03
[20 جويلية 2021] 2021-07-20
[5 أوت 2021] 2021-08-05
[8 ماي 2020] 2020-05-08
[14 غشت 2021] 2021-08-14
[11 شتنبر 2021] 2021-09-11
[18 نونبر 2021] 2021-11-18
[6 دجنبر 2021] 2021-12-06
[9 يوليوز 2021] 2021-07-09
[٥ كانون الثاني ٢٠٢٢] 2022-01-05
[۱۲ مارس ۲۰۲۱] 2021-03-12
[الخامس من يناير 2022] 2022-01-05
[الحادي والعشرين من آذار 2021] 2021-03-21
[الخامس والعشرين من شهر كانون الأول 2021] 2021-12-25
[الثاني عشر من أيلول عام 2021] 2021-09-12
[الثلاثين من نيسان/أبريل 2021] 2021-04-30
في [الـ18 من يناير 2021] 2021-01-18
[5 من كانون الثاني من العام 2022] 2022-01-05
[الأربعاء 5 كانون الثاني/يناير 2022 الساعة 14:30] 2022-01-05T14:30+03:00
[الأربعاء، 05 يناير 2022] 2022-01-05
[يوم الأربعاء الموافق 5 يناير 2022م] 2022-01-05
[الأربعاء 5/1/2022] 2022-01-05
[5/1/2022] 2022-01-05
[05-01-2022] 2022-01-05
[5.1.2022] 2022-01-05
[2022/01/05] 2022-01-05
[2022-01-05] 2022-01-05
[2022-01-05T14:30:00Z] 2022-01-05T17:30:00+03:00
[2022-01-05T14:30+03:00] 2022-01-05T14:30+03:00
[2022-01-05 14:30] 2022-01-05T14:30+03:00
[20 كانون الأول/ديسمبر] 2021-12-20
[3 يناير] 2022-01-03
[20 ديسمبر الماضي] 2021-12-20
[15 شباط المقبل] 2022-02-15
في [الثالث من الشهر الجاري] 2022-01-03
في [20 من الشهر الماضي] 2021-12-20
في [11 أيلول من العام الماضي] 2021-09-11
من المقرر أن تجرى الانتخابات في [8 شباط] 2022-02-08
خلال [آذار 2021] 2021-03
في [كانون الأول/ديسمبر 2021] 2021-12
في [تشرين الأول الماضي] 2021-10
منذ [أكتوبر] 2021-10
[أواخر شهر نيسان/أبريل الماضي] 2021-04
[منتصف أيار 2020] 2020-05
في [عام 2020] 2020
في [2020] 2020
منذ [2003] 2003
[عام 2014م] 2014
[مطلع عام 2021] 2021
[صيف 2014] 2014
في [العام الماضي] 2021
[الشهر الماضي] 2021-12
[الشهر الجاري] 2022-01
[الأسبوع الماضي] 2021-W52
[هذا العام] 2022
[الثالث من جمادى الآخرة 1443هـ] 2022-01-06
[2 جمادى الآخرة 1443 هـ] 2022-01-05
[1 محرم 1443] 2021-08-09
[17 رمضان 1442هـ] 2021-04-29
[العاشر من ذي الحجة 1442] 2021-07-20
[27 ربيع الأول 1443] 2021-11-02
[2/6/1443هـ] 2022-01-05
[5 يناير 2022 الموافق 2 جمادى الآخرة 1443] 2022-01-05
[الأربعاء 2 جمادى الآخرة 1443هـ الموافق 5 يناير 2022م] 2022-01-05
[الجمعة 4 جمادى الآخرة 1443] 2022-01-07
[15 دي 1404] 2026-01-05
[22 بهمن 1357] 1979-02-11
[29 اسفند 1399] 2021-03-19
[1 فروردين 1400] 2021-03-21
[15 خرداد 1342 شمسي] 1963-06-05
[منذ ساعتين] 2022-01-05T16:00+03:00
[قبل ساعة] 2022-01-05T17:00+03:00
[قبل 20 دقيقة] 2022-01-05T17:40+03:00
[منذ 3 ساعات] 2022-01-05T15:00+03:00
[قبل 3 أيام] 2022-01-02
[قبل ثلاثة أيام] 2022-01-02
[قبل يومين] 2022-01-03
[قبل أسبوعين] 2021-12-22
[قبل شهرين] 2021-11
[قبل عامين] 2020
[منذ عشر سنوات] 2012
[قبل خمسة عشر يوما] 2021-12-21
[أمس] 2022-01-04
[أمس الثلاثاء] 2022-01-04
[أول أمس] 2022-01-03
[أول من أمس] 2022-01-03
[أمس الأول] 2022-01-03
[مبارح] 2022-01-04
[البارحة] 2022-01-04
[اليوم] 2022-01-05
[اليوم الأربعاء] 2022-01-05
[غدا الخميس] 2022-01-06
[بعد غد] 2022-01-07
[يوم غد] 2022-01-06
[الأربعاء] 2022-01-05
[يوم الأحد] 2022-01-02
[الاثنين الماضي] 2022-01-03
[الأربعاء الماضي] 2021-12-29
[الجمعة المقبلة] 2022-01-07
[الأربعاء المقبل] 2022-01-12
[الأحد قبل الماضي] 2021-12-26
سيصل الوفد [الجمعة] 2022-01-07
[الجمعة] و[السبت الماضيين] 2021-12-31 2022-01-01
[الاثنين] و[الثلاثاء] 2022-01-03 2022-01-04
[فجر الأربعاء] 2022-01-05
[فجر اليوم] 2022-01-05
[صباح اليوم الأربعاء] 2022-01-05
[ظهر أمس الثلاثاء] 2022-01-04
[عصر يوم الاثنين] 2022-01-03
[مساء الاثنين الماضي] 2022-01-03
[الثلاثاء مساء] 2022-01-04
[ليلة أمس] 2022-01-04
[الليلة الماضية] 2022-01-04
[ليل الأحد-الاثنين] 2022-01-02
[ليل الأحد الاثنين] 2022-01-02
[ليلة السبت/الأحد] 2022-01-01
[ليلة الأحد على الاثنين] 2022-01-02
[بعد منتصف ليل الثلاثاء] 2022-01-04
بين [3] و[5 يناير] 2022-01-03 2022-01-05
من [3] إلى [5 يناير 2022] 2022-01-03 2022-01-05
من [28 أيار/مايو] إلى [12 آب/أغسطس 2013] 2013-05-28 2013-08-12
[2014]-[2017] 2014 2017
بين عامي [2014] و[2017] 2014 2017
من [2003] إلى [2011] 2003 2011
[الساعة 14:30 أمس] 2022-01-04T14:30+03:00
[الساعة الثالثة فجر الأربعاء] 2022-01-05T03:00+03:00
[الساعة الثالثة والنصف عصر أمس] 2022-01-04T15:30+03:00
[أمس الثلاثاء الساعة الثالثة إلا ربعا عصرا] 2022-01-04T14:45+03:00
[أمس عند الساعة 2 بعد منتصف الليل] 2022-01-04T02:00+03:00
اغتيل في مبنى السفارة عند [الساعة 2 بعد منتصف الليل] 2022-01-05T02:00+03:00
[الساعة 9:15 صباح الاثنين] 2022-01-03T09:15+03:00
[الثامنة والنصف مساء أمس] 2022-01-04T20:30+03:00
[الأربعاء 12:09 م] 2022-01-05T12:09+03:00
[5 يناير 2022 - 08:05 ص] 2022-01-05T08:05+03:00
[5 يناير 2022 الساعة 11:45 مساء] 2022-01-05T23:45+03:00
[الثلاثاء الساعة 20:45 بتوقيت غرينتش] 2022-01-04T23:45+03:00
[الثلاثاء الساعة الثامنة مساء بتوقيت القدس] 2022-01-04T21:00+03:00
[الثلاثاء 10:00 بتوقيت مكة المكرمة] 2022-01-04T10:00+03:00
[الثلاثاء 10:00 بتوقيت أبو ظبي] 2022-01-04T09:00+03:00
[الثلاثاء 22:30 غرينتش] 2022-01-05T01:30+03:00
[January 5, 2022] 2022-01-05
[يناير 5, 2022] 2022-01-05
[15 ديماه 1404] 2026-01-05
سيبدأ المؤتمر [الساعة 8 مساء بتوقيت مكة] 2022-01-05T20:00+03:00
[الأربعاء] الساعة 10 صباحا بالتوقيت المحلي للعاصمة الأميركية 2022-01-05
[الأربعاء الساعة 10 صباحا بتوقيت العاصمة واشنطن] 2022-01-05T18:00+03:00
في أعوام [2014] و[2015] و[2016] 2014 2015 2016
[الليلة قبل الماضية] 2022-01-03
[5-يناير-2022 02:30 مساء] 2022-01-05T14:30+03:00
[قبل ساعتين ونصف] 2022-01-05T15:30+03:00
مع ساعات الفجر الأولى ل[صباح يوم الاثنين 2022/1/3] 2022-01-03
وقع الانفجار عند [الثالثة والنصف عصرا] 2022-01-05T15:30+03:00
[الساعة الخامسة وعشر دقائق صباح اليوم] 2022-01-05T05:10+03:00
[الساعة السابعة إلا عشر دقائق مساء أمس] 2022-01-04T18:50+03:00
[أول كانون الثاني 2022] 2022-01-01
[غرة رمضان 1443هـ] 2022-04-02
[صباح غد] 2022-01-06
في [الأول من أمس] 2022-01-03
[الساعة 3.40 بعد ظهر أمس (1940 بتوقيت غرينتش)] 2022-01-04T22:40+03:00
[أمس الساعة 23:30 (04:30 بتوقيت غرينتش)] 2022-01-05T07:30+03:00
وبين [2017] و[2020] 2017 2020
[1404/10/15 هـ.ش] 2026-01-05
[السبت 8 / شباط / 2025] 2025-02-08
[5 Jan 2022 3:45 PM] 2022-01-05T15:45+03:00
"""
NEGATIVE = """
جسر 14 تموز
عبر جسر الجمهورية وساحة 17 تموز
ثورة 25 يناير
ثورة الـ25 من يناير
ميدان 17 تموز
شارع 14 رمضان
حي 7 نيسان
ساحة 8 آذار
صاروخ 9 دي
حرب تشرين
صحيفة تشرين
جامعة 6 أكتوبر
مدينة السادس من أكتوبر
حركة 14 آذار
قوى 8 آذار
جماعة 15 خرداد
منظومة 15 خرداد
كتيبة 20
مجموعة 5+1
فاز الفريق 2-1
بلغت النسبة 3/4
سعر البرميل 75.20 دولار
هاتف 05-01-2022-33
القراران 2231 و2216
31 نيسان 2021
30 فبراير 2022
29 فبراير 2021
32 يناير 2022
13/25/2022
2022-13-05
الساعة 25:70
30 اسفند 1400
31 مهر 1400
أحد القادة
لا أحد يعلم
قال جمعة خميس
1404/10/15
قتل جندي واحد عند الساعة 8 مساء
حدود الرابع من حزيران
خلال الأيام العشرة الأولى من رمضان
ولد في 19 ذي الحجة بمدينة الرياض عام 1293
قبل يومين فقط من الاغتيال
الثلاثاء 28 جمادى الأولى
الثلاثاء 3 يناير
فاز الفريق 5- صفر يوما
صحيفة عين اليوم
الواحد الأحد
صلاة الجمعة
سوق الثلاثاء
أيار بلا رقم
أب وأم وأولاد
نيسان تصنع السيارات
مارس ضغوطا على الحكومة
تيريزا ماي
دي مستورا
محمد صفر
رجب طيب أردوغان
رمضان قديروف
قبل الهجوم
قبل أيام
منذ سنوات
قبل 3 أيام من الموعد
قبل ساعة الصفر
خلال 3 أيام
في اليوم التالي
اليوم الأول
اليوم العالمي للصحافة
طوال اليوم
المصري اليوم
صحيفة اليوم السابع
5 صواريخ
2000 مقاتل
في 2000 موقع
عام جديد
1443 هـ
من العام نفسه
كأس العالم 2018
الطراز 2022/5
192.168.1.20
الثلاثاء 5 يناير 2022
15 كانون الثاني من العام نفسه
الأسبوع الأول
قمة الدورة 42
الساعة الثامنة
1/2
"""


def _expected(line: str) -> tuple[str, list[tuple[str, str]]]:
    """Text without brackets, and surface and value of each date."""
    values: list[str] = []
    while line.rpartition(" ")[2][:1].isdigit():
        line, _, value = line.rpartition(" ")
        values.insert(0, value)
        if len(values) == line.count("["):
            break
    surfaces = [piece.partition("]")[0] for piece in line.split("[")[1:]]
    return line.replace("[", "").replace("]", ""), list(zip(surfaces, values, strict=True))


TABLE = [_expected(line) for line in PHRASES.split("\n") if line]


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
def test_phrasings(text: str, expected: list[tuple[str, str]]) -> None:
    for sentence in (text, f"أعلن المتحدث، {text}، نتائج التحقيق."):
        dates = found(sentence)
        assert [(d.surface, d.value) for d in dates if d.surface in text] == expected
        for one in dates:
            assert sentence[one.start : one.end] == one.surface
            assert one.earliest < one.latest


@pytest.mark.parametrize("text", NEGATIVE.strip().split("\n"))
def test_what_is_no_date_or_cannot_be_one_is_left_out(text: str) -> None:
    assert [(d.surface, d.value) for d in found(text)] == []


@pytest.mark.parametrize(
    "text", "أمس|اليوم|5 يناير|الأربعاء|منذ ساعتين|العام الماضي|5 يناير الماضي|الساعة 14:30".split("|")
)
def test_nothing_leans_on_a_publication_that_nobody_says(text: str) -> None:
    assert found(text, published=None) == ()
    assert found(f"{text} و5 يناير 2020", published=None)[-1].value == "2020-01-05"


def test_hours_need_a_moment_of_publication() -> None:
    assert found("منذ ساعتين", published=date(2022, 1, 5)) == ()
    assert found("قبل يومين", published=date(2022, 1, 5))[0].value == "2022-01-03"


def test_a_part_of_a_day_bounds_what_a_day_stands_for() -> None:
    def bounds(text: str) -> tuple[str, str]:
        one = found(text)[0]
        return one.earliest.strftime("%d %H"), one.latest.strftime("%d %H")

    assert bounds("فجر الأربعاء") == ("05 02", "05 07")
    assert bounds("الأربعاء") == ("05 00", "06 00")
    assert bounds("ليل الأحد-الاثنين") == ("02 18", "03 06")
    assert bounds("ليلة أمس") == ("03 18", "05 06")
    assert bounds("الساعة 14:30 أمس") == ("04 14", "04 14")
    assert found("في عام 2020")[0].latest == datetime(2021, 1, 1, tzinfo=BAGHDAD)


def test_the_day_of_publication_is_that_of_the_time_zone() -> None:
    late = datetime(2022, 1, 5, 22, 30, tzinfo=UTC)
    assert find_dates("اليوم", published=late, timezone="Asia/Baghdad")[0].value == "2022-01-06"
    assert find_dates("اليوم", published=late, timezone="Europe/London")[0].value == "2022-01-05"
    with pytest.raises(ZoneInfoNotFoundError):
        find_dates("اليوم", published=late, timezone="Asia/Nowhere")


def test_a_weekday_beside_yesterday_is_the_day_meant() -> None:
    """Written before midnight, published after it; more than one day apart neither is believed."""
    assert found("أمس الاثنين")[0].value == "2022-01-03"
    assert found("أمس الأحد") == ()
    assert found("اليوم السبت 1-1-2022")[0].value == "2022-01-01"


def test_a_weekday_five_or_six_days_ago_needs_a_verb_of_the_past() -> None:
    assert found("قتل جنديان في الهجوم الخميس")[0].value == "2021-12-30"
    assert found("يلتقي الوزير نظيره على هامش القمة الخميس") == ()


def test_the_weekday_corrects_a_hijri_day_by_one() -> None:
    assert found("الخميس 2 جمادى الآخرة 1443")[0].value == "2022-01-06"
    assert found("الأحد 2 جمادى الآخرة 1443") == ()


NOISE = {
    "digits": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "Persian digits": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
    "hamza": str.maketrans("أإ", "اا"),
    "ta marbuta": str.maketrans("ةى", "هي"),
    "keheh and yeh": str.maketrans("كي", "کی"),
    "no-break space": str.maketrans(" ", "\u00a0"),
}


@pytest.mark.parametrize("noise", NOISE)
def test_spelling_changes_no_value(noise: str) -> None:
    for text, expected in TABLE:
        changed = text.translate(NOISE[noise])
        assert [(d.surface, d.value) for d in found(changed)] == [(s.translate(NOISE[noise]), v) for s, v in expected]


def test_tatweel_vowels_and_invisible_signs_change_no_value() -> None:
    chance = random.Random(1443)
    for text, expected in TABLE:
        noisy = "".join(
            letter + (chance.choice(("", "\u0640", "\u064e", "\u064f\u0651", "\u200f")) if "ء" <= letter <= "ي" else "")
            for letter in text
        )
        assert [d.value for d in found(noisy)] == [value for _, value in expected]


@given(st.data())
def test_anything_is_read_and_surfaces_are_exact(data: st.DataObject) -> None:
    words = [word for text, _ in TABLE for word in text.split()] + [
        "25:70",
        "99",
        "0",
        "\n",
        "٫",
        "T",
        "/",
        "و",
        "\u0660",
    ]
    pieces = data.draw(st.lists(st.sampled_from(words) | st.text(max_size=4), max_size=25))
    text = data.draw(st.sampled_from((" ", "", "-"))).join(pieces)
    end = 0
    for one in found(text):
        assert text[one.start : one.end] == one.surface
        assert one.start >= end
        assert one.earliest <= one.latest
        end = one.end
    printed_dates(text, timezone="Asia/Baghdad", now=PUBLISHED)


@given(st.dates(date(1925, 3, 21), date(2076, 1, 1)))
def test_calendars_run_on_day_by_day(day: date) -> None:
    year = day.year - 621 if (day.month, day.day) >= (3, 23) else day.year - 622
    days = [solar_day(year, month, 1) for month in range(1, 13)] + [solar_day(year + 1, 1, 1)]
    lengths = [(after - before).days for before, after in itertools.pairwise(days)]
    assert lengths == [31] * 6 + [30] * 5 + [30 if is_solar_leap(year) else 29]
    assert hijri_day(1443, 6, 2) == date(2022, 1, 5)


@pytest.mark.parametrize(
    ("solar", "gregorian"),
    [
        ((1342, 3, 15), date(1963, 6, 5)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1375, 1, 1), date(1996, 3, 20)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1404, 10, 15), date(2026, 1, 5)),
        ((1408, 12, 30), date(2030, 3, 20)),
    ],
)
def test_iranian_days(solar: tuple[int, int, int], gregorian: date) -> None:
    assert solar_day(*solar) == gregorian


BYLINES = [
    ("الأربعاء، 07 أكتوبر 2020 - 12:09 م", "2020-10-07 09:09 minute None"),
    ("الأحد، 04 آب/اغسطس 2013", "2013-08-04 00:00 day None"),
    ("الجمعة 8 فيفري 2019", "2019-02-08 00:00 day None"),
    ("2017/03/02 10:22", "2017-03-02 07:22 minute None"),
    ("متفرقات2017/03/02 10:22", "2017-03-02 07:22 minute None"),
    ("نشر: 14:30-5 يناير 2022 م ـ 2 جمادى الآخرة 1443 هـ", "2022-01-05 11:30 minute None"),
    ("5/1/202202:30 م (توقيت مكة)", "2022-01-05 11:30 minute 180"),
    ("الأربعاء-2022-01-05 02:30 pm", "2022-01-05 11:30 minute None"),
    ("1400/10/15", "2022-01-05 00:00 day None"),
    ("تاريخ النشر: 05.01.2022 | 14:30 GMT", "2022-01-05 14:30 minute 0"),
    ("07 تشرين الأول 2021، الخميس - 14:30", "2021-10-07 11:30 minute None"),
    ("05/01/2022 - 14:30", "2022-01-05 11:30 minute None"),
    ("14:30 | 5 يناير 2022", "2022-01-05 11:30 minute None"),
    ("5 يناير 2022 الساعة 12:30 صباحا", "2022-01-04 21:30 minute None"),
    ("5 يناير 2022 الساعة 12:30 مساء", "2022-01-05 09:30 minute None"),
    ("الثلاثاء 5 يناير 2022", "2022-01-05 00:00 day None"),
    ("منذ ساعتين", "2022-01-05 13:00 minute None"),
    ("أمس 22:15", "2022-01-04 19:15 minute None"),
    ("5/1/2022 الساعة 10:00 (بتوقيت غرينتش)", "2022-01-05 10:00 minute 0"),
    ("5/1/2022 10:00 بتوقيت مكة المكرمة", "2022-01-05 07:00 minute 180"),
    ("5/7/2021 10:00 بتوقيت القدس", "2021-07-05 07:00 minute 180"),
    ("الأربعاء 5 يناير 2022 - 10:00 بتوقيت أبوظبي", "2022-01-05 06:00 minute 240"),
    ("Wed, 05 Jan 2022 14:30:15 +0300", "2022-01-05 11:30 second 180"),
    ("January 5, 2022 3:45 PM", "2022-01-05 12:45 minute None"),
    ("2022-01-05T14:30:00-05:00", "2022-01-05 19:30 second -300"),
    ("20 ديسمبر", "2021-12-20 00:00 day None"),
    ("٥ كانون الثاني ٢٠٢٢، ٠٩:١٥ ص", "2022-01-05 06:15 minute None"),
    ("2 جمادى الآخرة 1443 هـ", "2022-01-05 00:00 day None"),
]


@pytest.mark.parametrize(("text", "expected"), BYLINES)
def test_bylines(text: str, expected: str) -> None:
    printed = printed_date(text, timezone="Asia/Baghdad", now=PUBLISHED)
    assert printed is not None
    assert f"{printed.moment:%Y-%m-%d %H:%M} {printed.precision} {printed.offset}" == expected
    assert printed.moment.utcoffset() == timedelta(0)


def test_an_update_is_told_from_a_publication() -> None:
    text = "آخر تحديث: 5 يناير 2022 الساعة 14:30 | نشر في 3 يناير 2022 الساعة 9:00"
    update, published = printed_dates(text, timezone="Asia/Baghdad", now=PUBLISHED)
    assert (update.updated, published.updated) == (True, False)
    assert printed_date(text, timezone="Asia/Baghdad", now=PUBLISHED) == published
    alone = printed_date("آخر تحديث: 5 يناير 2022", timezone="Asia/Baghdad", now=PUBLISHED)
    assert alone is not None
    assert alone.updated


@pytest.mark.parametrize(
    "text", ["", "عاجل", "الأربعاء", "الصباح اليوم", "1 يناير 1970", "عام 2020", "5 فبراير 2022 ميلا 30:70", "خبر قديم"]
)
def test_a_byline_without_a_date_has_none(text: str) -> None:
    printed = printed_date(text, timezone="Asia/Baghdad", now=datetime(2022, 1, 5, tzinfo=UTC))
    assert printed is None or text.startswith("5 فبراير")


def test_labelled_paragraphs() -> None:
    """Paragraphs of real articles, labelled before the finder was run on them; the floors are in floors.py."""
    shared("articles")
    result = measuring.score(labels(measuring.DATES))
    precision, recall = DATES
    assert result.precision >= precision, result.errors
    assert result.recall >= recall, result.errors
