"""Words that dates are made of, folded as `pipelines.arabic.fold` does: data alone, read by `pipelines.dates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pipelines.arabic import fold

Calendar = Literal["gregorian", "hijri", "solar"]


def folded(text: str) -> frozenset[str]:
    """The words of `text`, folded."""
    return frozenset(fold(text).text.split())


def _numbered(names: Iterable[str], first: int = 1) -> dict[str, int]:
    """Each line's words, alternatives for one number."""
    return {name: number for number, line in enumerate(names, first) for name in folded(line)}


# One line a month: Egypt and the Gulf, Levant and Iraq, Maghreb, English. كانون and تشرين are in MONTHS_OF_TWO_WORDS.
MONTHS: Mapping[str, int] = _numbered(
    (
        "يناير ينايير جانفي january jan",
        "فبراير شباط فيفري فبرايير february feb",
        "مارس آذار march mar",
        "أبريل إبريل نيسان أفريل april apr",
        "مايو أيار ماي may",
        "يونيو يونيه حزيران جوان june jun",
        "يوليو يوليه يوليوز تموز جويلية july jul",
        "أغسطس آب أوت غشت august aug",
        "سبتمبر أيلول شتنبر september sept sep",
        "أكتوبر october oct",
        "نوفمبر نونبر november nov",
        "ديسمبر دجنبر december dec",
    )
)
# Also other words (ماي، جوان: names; آب without its madda: father): only beside a day, a year or another name.
# Zero as well (فاز 5-صفر).
WEAK_HIJRI_MONTHS = folded("صفر")
WEAK_MONTHS = folded("ماي جوان أوت آب may march mar jan sep oct dec")
MONTHS_OF_TWO_WORDS: Mapping[str, Mapping[str, int]] = {
    "كانون": {"الاول": 12, "اول": 12, "الثاني": 1, "ثاني": 1, "الثان": 1},
    "تشرين": {"الاول": 10, "اول": 10, "الثاني": 11, "ثاني": 11},
}
HIJRI_MONTHS: Mapping[str, int] = _numbered(
    ("محرم المحرم", "صفر", "", "", "", "", "رجب", "شعبان", "رمضان", "شوال", "ذوالقعدة ذيالقعدة", "ذوالحجة ذيالحجة")
)
HIJRI_MONTHS_OF_TWO_WORDS: Mapping[str, Mapping[str, int]] = {
    "ربيع": {"الاول": 3, "اول": 3, "الاخر": 4, "الثاني": 4, "اخر": 4, "ثاني": 4, "ثان": 4},
    "جمادي": {"الاولي": 5, "الاول": 5, "الاخره": 6, "الاخر": 6, "الثانيه": 6, "الثاني": 6},
    "جماد": {"الاول": 5, "الاولي": 5, "الاخر": 6, "الاخره": 6, "الثاني": 6, "الثانيه": 6},
    "ذو": {"القعده": 11, "الحجه": 12},
    "ذي": {"القعده": 11, "الحجه": 12},
    "ذا": {"القعده": 11, "الحجه": 12},
}
SOLAR_MONTHS: Mapping[str, int] = _numbered(
    (
        "فروردين فروردينماه",
        "ارديبهشت ارديبهشتماه",
        "خرداد خردادماه",
        "تير تيرماه",
        "مرداد امرداد مردادماه",
        "شهريور شهريورماه",
        "مهر مهرماه",
        "آبان آبانماه",
        "آذر آذرماه",
        "دي ديماه",
        "بهمن بهمنماه",
        "اسفند إسفند اسفندماه",
    )
)

# Monday is 0, as in Python. Without the article they are other words (أحد: one of; جمعة، خميس: men's names).
WEEKDAYS: Mapping[str, int] = _numbered(
    (
        "الاثنين الأثنين الإثنين الاتنين monday mon",
        "الثلاثاء الثلاثا التلاتاء الثلثاء tuesday tue",
        "الأربعاء الأربعا الاربعاء wednesday wed",
        "الخميس thursday thu",
        "الجمعة friday fri",
        "السبت saturday sat",
        "الأحد sunday sun",
    ),
    first=0,
)
# After one of these, weekdays are something else: God, a prayer, a market, both of them, every week.
NOT_BEFORE_A_WEEKDAY = folded(
    "الواحد صلاة خطبة خطيب إمام خطب مسجد سوق كل ايام أيام بين كلا كلي هذين هذان الرجلين الطرفين أحد احد إحدى"
    " مدينة بلدة حي شارع ال أبو أبي آل بن دير"
)
NOT_AFTER_A_WEEKDAY = folded(
    "الدامي الأسود السوداء العظيمة البيضاء الحمراء الحزينة الكبير الأبيض التالي اللاحق التالية معا بينهما"
)
NIGHT_PARTS = folded("ليل ليلة")

LAST = folded("الماضي الماضية الفائت الفائتة المنصرم المنصرمة الماضيين الماضيان السالف الأخير")
NEXT = folded("المقبل المقبلة القادم القادمة المقبلين القادمين")
THIS = folded("الجاري الجارية الحالي الحالية")

UNITS: Mapping[str, tuple[str, int]] = {
    word: (unit, count)
    for unit, line in {
        "second": "ثانية|ثانيتين|ثوان ثواني",
        "minute": "دقيقة|دقيقتين|دقائق",
        "hour": "ساعة|ساعتين|ساعات",
        "day": "يوم يوما|يومين|أيام ايام",
        "week": "أسبوع أسبوعا|أسبوعين|أسابيع",
        "month": "شهر شهرا|شهرين|أشهر شهور",
        "year": "سنة عام عاما|سنتين عامين|سنوات أعوام سنين",
    }.items()
    for count, words in zip((1, 2, 0), line.split("|"), strict=True)
    for word in folded(words)
}
"""What is counted: unit, and how many the word says by itself (0: a number stands before it)."""

_UNITS_OF_NUMBERS = (
    "واحد واحدة",
    "اثنان اثنين اثنا اثني اثنتان اثنتين اثنتا اثنتي",
    "ثلاث ثلاثة",
    "أربع أربعة",
    "خمس خمسة",
    "ست ستة",
    "سبع سبعة",
    "ثمان ثماني ثمانية",
    "تسع تسعة",
)
COUNTS: Mapping[str, int] = _numbered((*_UNITS_OF_NUMBERS, "عشر عشرة"))
TENS: Mapping[str, int] = {
    word: 10 * number
    for word, number in _numbered(("عشرين عشرون", "ثلاثين ثلاثون", "أربعين أربعون", "خمسين خمسون"), 2).items()
}
ORDINALS: Mapping[str, int] = _numbered(
    (
        "الأول الأولى الحادي الحادية الواحد الواحدة",
        "الثاني الثانية",
        "الثالث الثالثة",
        "الرابع الرابعة",
        "الخامس الخامسة",
        "السادس السادسة",
        "السابع السابعة",
        "الثامن الثامنة",
        "التاسع التاسعة",
        "العاشر العاشرة",
    )
)
"""With the article: الثالث من يناير، الساعة الثالثة. Followed by عشر or عشرة: ten more."""


def is_feminine(ordinal: str) -> bool:
    """Of hours (الساعة الثالثة) and of what else is counted (الأيام العشرة الأولى من رمضان), never of days."""
    return ordinal.endswith("ه") or ordinal == "الاولي"


ORDINAL_TENS: Mapping[str, int] = {
    word: 10 * number
    for word, number in _numbered(("العشرين العشرون", "الثلاثين الثلاثون", "الأربعين", "الخمسين"), 2).items()
}

# Hours that each part of a day spans: of a day's own midnight; above 24 into the next day.
DAY_PARTS: Mapping[str, tuple[str, int, int]] = {
    word: (part, start, end)
    for line, part, start, end in (
        ("فجر فجرا", "dawn", 2, 7),
        ("صباح صباحا ص am", "morning", 4, 13),
        ("ضحى", "morning", 7, 12),
        ("ظهر ظهرا ظهيرة الظهيرة", "noon", 10, 16),
        ("عصر عصرا", "afternoon", 13, 20),
        ("مساء مساءا م pm", "evening", 12, 24),
        ("ليل ليلا", "night", 18, 30),
        ("ليلة", "night", -6, 30),
        ("سحر سحرا", "dawn", 1, 6),
    )
    for word in folded(line)
}

# A zone as IANA name. Several words stand together in two-word names.
ZONES: Mapping[str, str] = {
    fold(name).text: zone
    for names, zone in (
        ("غرينتش|غرينيتش|غرينتج|جرينتش|جرينيتش|كرينتش|غرينويتش|gmt|utc|ت غ|العالمي|المنسق", "UTC"),
        ("القدس|القدس المحتلة|فلسطين|إسرائيل|تل أبيب|غزة|رام الله", "Asia/Jerusalem"),
        ("مكة|مكة المكرمة|السعودية|الرياض|المملكة|ksa", "Asia/Riyadh"),
        ("بغداد|العراق|أربيل", "Asia/Baghdad"),
        ("دمشق|سوريا|سورية", "Asia/Damascus"),
        ("بيروت|لبنان", "Asia/Beirut"),
        ("عمان|الأردن", "Asia/Amman"),
        ("أبو ظبي|أبوظبي|ابو ظبي|دبي|الإمارات|uae", "Asia/Dubai"),
        ("مسقط|سلطنة عمان", "Asia/Muscat"),
        ("الدوحة|قطر", "Asia/Qatar"),
        ("الكويت", "Asia/Kuwait"),
        ("المنامة|البحرين", "Asia/Bahrain"),
        ("صنعاء|عدن|اليمن", "Asia/Aden"),
        ("القاهرة|مصر", "Africa/Cairo"),
        ("الخرطوم|السودان", "Africa/Khartoum"),
        ("طرابلس|ليبيا", "Africa/Tripoli"),
        ("تونس", "Africa/Tunis"),
        ("الجزائر", "Africa/Algiers"),
        ("الرباط|المغرب", "Africa/Casablanca"),
        ("طهران|إيران", "Asia/Tehran"),
        ("أنقرة|إسطنبول|اسطنبول|تركيا", "Europe/Istanbul"),
        ("موسكو", "Europe/Moscow"),
        ("كييف", "Europe/Kyiv"),
        ("لندن", "Europe/London"),
        ("باريس|فرنسا", "Europe/Paris"),
        ("برلين|ألمانيا", "Europe/Berlin"),
        ("جنيف", "Europe/Zurich"),
        ("بكين", "Asia/Shanghai"),
        ("كابول|كابل|أفغانستان", "Asia/Kabul"),
        ("إسلام آباد|باكستان", "Asia/Karachi"),
        ("واشنطن|نيويورك|شرق الولايات المتحدة", "America/New_York"),
    )
    for name in names.split("|")
}

# A day and month after one of these is a name: جسر 14 تموز، ثورة 25 يناير، حركة 14 آذار.
NAMED_AFTER_A_DAY = folded(
    "حدود خط خطوط جسر جسور ثورة ثوره ثوار الثورة ميدان ساحة شارع شوارع حي مدينة مدن ضاحية جامعة كلية معهد مدرسة"
    " حركة حزب لواء ألوية كتيبة كتائب فرقة فوج تحالف قوى ائتلاف تيار فريق انتفاضة نفق مستشفى ملعب استاد ستاد مطار"
    " قاعدة معسكر مجموعة تنظيم جماعة منظمة جبهة طريق محطة نادي قناة صحيفة جريدة مجلة إذاعة مركز حرب حروب هجمات"
    " أحداث انقلاب اتفاق اتفاقية مجزرة تفجير تفجيرات ذكرى زلزال مؤسسة شركة مصنع معمل مسجد جامع حديقة متنزه قصر برج"
    " سد نصر صاروخ صواريخ منظومة طائرة مسيرة سرايا قوات جيش عدوان شهداء متظاهري ثوار محور دوار تقاطع كوبري جزيرة"
    " بلدة قرية حقل مخيم دار مطبعة منتخب كأس بطولة دورة عملية معركة نكسة بيان إعلان قانون دستور احتجاجات مظاهرات"
    " تظاهرات حراك انتخابات ليلة"
)
# After these a month or a year without a day is one.
BEFORE_A_MONTH = folded(
    "في منذ خلال شهر أواخر أوائل مطلع منتصف نهاية بداية بحلول حتى اواسط أواسط مستهل ختام طوال until since in during"
)
BEFORE_A_YEAR = folded(
    "في منذ خلال أواخر أوائل مطلع منتصف نهاية بداية بحلول حتى أواسط قبل بعد صيف شتاء ربيع خريف سنة عام العام"
    " السنة in since until by"
)
YEAR_WORDS = folded("عام العام سنة السنة")
PHASES = folded("أواخر أوائل مطلع منتصف نهاية بداية أواسط مستهل صيف شتاء خريف ربيع")
# A number before one of these counts things and is no year.
COUNTED = folded(
    "شخص شخصا دولار دولارا ريال جنيه كم متر مترا كيلومتر كيلومترا قتيل قتيلا موقع موقعا مواطن مواطنا مقاتل مقاتلا"
    " جندي جنديا عنصر عنصرا وحدة طن طنا ليرة نقطة منزل منزلا سيارة حالة لاجئ لاجئا مدرسة شركة عائلة أسرة امرأة طفل"
    " طفلا رجل ساعة يوم يوما عام عاما سنة صفحة دينار دينارا درهم يورو مليون مليار ألف بالمئة بالمائة جريح جريحا"
    " مصاب إصابة مستوطن صاروخ صاروخا قذيفة ميل ميلا هكتار هكتارا برميل برميلا ضابط ضابطا معتقل معتقلا أسير أسيرا"
    " شهيد شهيدا مدني مدنيا غرام لتر ميغاوات شاحنة خيمة فدان قرار مشروع مشروعا وظيفة شقة غارة"
)
# اليوم after one of these is in a name or means the day's length; before one of these it is a day of something.
NOT_BEFORE_TODAY = folded(
    "عين المصري روسيا العراق سوريا اليمن أخبار العربي السودان رأي مصر ليبيا لبنان تونس الجزائر طوال طيلة مدار ذلك"
    " ساعات معظم نصف ربع ثلث بقية باقي نهاية منتصف قوت طول خلال إسرائيل القدس فلسطين الخليج الإمارات عمان الوطن"
    " سبوتنيك خبز هذه"
)
NOT_AFTER_TODAY = folded(
    "التالي نفسه ذاته العالمي الوطني الدولي الموالي السابق الأخير المفتوح الدراسي الذي الواحد اللاحق الموعود"
    " الأكبر العاشر عشر العشرين الثلاثين الأربعين الكامل كاملا المقبل القادم الختامي الأسود العلمي الافتتاحي"
    " المشؤوم الثقافي الحادي"
)
# A verb of time to come before a weekday or a day: the next one is meant.
FUTURE = folded(
    "سوف المقرر مقرر المقررة مقررة المتوقع متوقع المتوقعة متوقعة المرتقب مرتقب المرتقبة مرتقبة المزمع المزمعة"
    " يعتزم تعتزم المنتظر ينتظر لن يتوقع تستعد يستعد"
)
NOT_FUTURE_STEMS = tuple(
    fold(stem).text
    for stem in "سياس سيار سياق سياح سياد سياج سيد سينا سيطر سيف سيل سير سيول سين سيمفون سيما سيتي سيئ سيبري"
    " ستة ستين ستون ستار ستوك ستراتيج ستاد ستان ستي ستو سنة سنوات سنين سنوي سني سند سنح سنجار سنت سنغ سنا".split()
)
# A verb of what has happened: beside it a weekday is a past one.
PAST = folded(
    "قال قالت أعلن أعلنت أكد أكدت قتل قتلت قتلوا أصيب أصيبت استهدف استهدفت استهدفوا شن شنت نفذ نفذت هاجم هاجمت"
    " انفجر انفجرت سقط سقطت سقطوا وقع وقعت أفاد أفادت ذكر ذكرت كان كانت تعرض تعرضت أسقط أسقطت دمر دمرت أطلق أطلقت"
    " اعتقل اعتقلت اعتقلوا توفي توفيت استشهد لقي جرح اندلع اندلعت ضرب ضربت قصف قصفت أغار أغارت تبنى تبنت جرى جرت"
    " تم تمت عقد عقدت زار زارت وصل وصلت بدأ بدأت التقى التقت بحث أجرى أجرت أقر وافق وافقت رفض رفضت دعا دعت فاز"
    " فازت خسر تغلب تغلبت نشر نشرت أصدر أصدرت كشف كشفت اغتيل اغتالت قضى أحبط أحبطت ضبط ضبطت سيطر سيطرت انسحب"
    " انسحبت حلق حلقت رصد رصدت اعترض اعترضت سمع دوى انتهى عثر شهد شهدت"
)
# What a byline says of the date after it.
SAYS_UPDATED = folded("تحديث التحديث تعديل التعديل حدث حدثت تحديثه محدث updated update modified edited")
SAYS_PUBLISHED = folded("نشر النشر نشرت نشره منشور published posted created")

TODAY = {"اليوم": 0}
RELATIVE = {"امس": -1, "الامس": -1, "البارحه": -1, "امبارح": -1, "مبارح": -1, "غدا": 1, "غد": 1}
TWO_DAYS_AGO = (
    ("اول", "امس"),
    ("الاول", "من", "امس"),
    ("اول", "من", "امس"),
    ("اول", "امبارح"),
    ("اول", "البارحه"),
    ("قبل", "امس"),
)
AGO = frozenset(("قبل", "منذ"))
BEFORE_AN_HOUR = frozenset(("عند", "في", "حوالي", "تمام", "قرابه", "بحلول"))
FRACTIONS = {"النصف": 30, "نصف": 30, "الربع": 15, "ربع": 15, "ربعا": 15, "الثلث": 20, "ثلث": 20, "ثلثا": 20}
HOUR_WORDS = frozenset(("الساعه", "ساعه"))
NIGHT_JOIN = frozenset(("-", "–", "—", "/", "علي", "الي"))
PERIODS = {
    "الاسبوع": "week",
    "الشهر": "month",
    "العام": "year",
    "السنه": "year",
}
SEPARATORS = frozenset(
    (
        "،",
        ",",
        "-",
        "–",
        "—",
        "|",
        "/",
        ":",
        "في",
        "من",
        "الموافق",
        "المصادف",
        "عند",
        "تمام",
        "حوالي",
        "بتاريخ",
        "هذا",
        "•",
        "·",
        "at",
        "on",
    )
)
BEFORE_YEARS = frozenset(("من", "بين", "منذ", "في", "خلال", "الفتره", "فتره", "للفتره", "مابين"))
BEFORE_NUMBERS = frozenset(("القرار", "القرارين", "القرارات", "رقم", "هاتف", "قرار", "قراري", "-", "/", ".", ":", "+"))
JOINTS = frozenset(("و", "-", "–", "—", "الي", "حتي", "او"))
