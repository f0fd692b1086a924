"""Arabic words, folded, that tell whether a name beside them is meant: head nouns, towns, given names, countries."""

from __future__ import annotations

from pipelines.arabic import fold, words


def _folded_words(text: str) -> frozenset[str]:
    return frozenset(words(fold(text).text))


HEADS = {
    # A city's name is its airport only right after that word.
    "airport": _folded_words("مطار"),
    "base": _folded_words("قاعدة القاعدة معسكر المعسكر مطار مهبط ثكنة مقر منشأة كامب"),
    "group": _folded_words(
        "حركة كتائب كتيبة لواء سرايا فصيل ميليشيا مليشيا ميلشيا مليشيات ميليشيات تنظيم منظمة جماعة عصائب قوات جيش هيئة"
        " مقاتلو مسلحو مقاتلي مسلحي عناصر مقر مقرات مقار مكتب مكاتب"
    ),
}
LIST_HEADS = {
    "airport": _folded_words("مطاري مطارا مطارات المطارين"),
    "base": _folded_words(
        "قاعدتي قاعدتا قواعد معسكري معسكرا معسكرات مطاري مطارا مطارات القاعدتين القاعدتان المعسكرين المطارين"
    ),
    "group": _folded_words("فصيلي فصيلا فصائل تنظيمي تنظيما حركتي حركتا كتيبتي مليشيتي ميليشيتي ميليشيات مليشيات"),
}
# These are followed by names of places, known or not: مطارات حماة والشعيرات.
PLACE_LISTS = _folded_words("قاعدتي قاعدتا معسكري معسكرا معسكرات مطاري مطارا مطارات")
# May stand between a head noun and the name: القاعدة الأميركية في الشدادي، قاعدة الشهيد محمد علاء، عناصر من النجباء.
_BETWEEN = _folded_words(
    "في الشهيد الأميركية الأمريكية الأميركي الأمريكي الجوية العسكرية العسكري الجوي التركية الروسية الإيرانية"
    " أميركية أمريكية عسكرية جوية تركية روسية إيرانية"
    " الاحتلال المقاومة الإسلامية الفلسطينية"
)
BETWEEN = {
    "airport": frozenset[str](),
    "base": _BETWEEN
    | _folded_words("التحالف الدولي للتحالف القوات قوات للقوات لقوات الأميركيتان الأميركيتين الروسيتان الروسيتين"),
    "group": _BETWEEN | {"من"},
}
# Whose base it is, where a name follows: معسكرات قوات الأسد is none of a place.
FORCES = _folded_words("قوات القوات لقوات للقوات")
# Of these a sentence may say where they lie: قاعدة أميركية في بلدة الشدادي، معسكر قرب التاجي.
SITES = _folded_words("قاعدة القاعدة القاعدتين القاعدتان قواعد القواعد معسكر معسكرات مطار مهبط")
PLURAL_SITES = _folded_words("قواعد القواعد قواعدها قواعده معسكرات المعسكرات مطارات المطارات")
LIES = _folded_words("في قرب داخل شمال جنوب شرق غرب شمالي جنوبي شرقي غربي وسط ضمن")
TAILS = _folded_words("الجوية العسكرية البرية البحرية الجوي العسكري")
# A name after one of these is a place where people live, not the base beside it.
TOWNS = _folded_words(
    "مدينة بلدة قرية ناحية قضاء منطقة حي محافظة ريف مدن بلدات قرى أحياء أهالي سكان شوارع طريق سوق جامعة مستشفى مشفى"
    # Villages belong to towns (قرية كذا التابعة للشدادي), soldiers to bases, with their head noun.
    " التابعة التابع شمال جنوب شرق غرب شمالي جنوبي شرقي غربي"
)
# Beside one of these a town's name means the base there; not القاعدة, which is also an organisation.
MILITARY = _folded_words(
    "صواريخ صاروخ صاروخين صاروخان كاتيوشا مسيرة مسيرات مسيرتين مسيرتان قاعدة قواعد القواعد معسكر المعسكر"
)
# Letters that tell that an article is about a country: for names that a word of violence alone would let count, and
# for a country's code in an entity's `setting`.
COUNTRIES = {
    "IQ": (
        *("عراق", "بغداد", "اربيل", "الانبار", "كركوك", "الموصل", "نينوي", "كردستان", "الحشد", "صلاح الدين", "ديالي"),
        *("تكريت", "سامراء", "الرمادي", "الفلوجه", "البصره", "النجف", "كربلاء", "بابل", "سنجار", "عين الاسد"),
        *("النجباء", "عصائب"),
    ),
    "SY": (
        *("سوري", "دمشق", "الحسكه", "دير الزور", "حلب", "حمص", "ادلب", "قسد", "البوكمال", "الرقه", "القامشلي"),
        *("عفرين", "اعزاز", "جرابلس", "منبج", "السويداء", "درعا", "اللاذقيه", "كوباني"),
    ),
    "KW": ("كويت",),
    "JO": ("اردن",),
    "BH": ("بحرين",),
    "QA": ("قطر", "الدوحه"),
    "YE": ("يمن", "صنعاء"),
    "LB": ("لبنان", "بيروت"),
}
# A surname after one of these is another man's.
GIVEN_NAMES = _folded_words(
    # Without علي: folded, it is the same as على.
    "محمد أحمد حسين حسن عباس جعفر كريم رحيم جواد صادق باقر موسى عمار ياسر حيدر ليث فاضل عادل خالد سعد عمر يوسف"
    " إبراهيم إسماعيل ماجد عدنان رائد فراس صلاح ناصر سلمان عامر هاشم نوري طارق مهدي رضا كاظم ستار جبار حميد مجيد"
)
