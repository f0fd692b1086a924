"""Who wrote it: which of the names that a page gives are persons, and the byline that readers see. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from urllib.parse import unquote

from pipelines.extract.blocks import Block
from pipelines.extract.headline import Headline, words_of
from pipelines.extract.metadata import Metadata

_LABEL = re.compile(
    r"^\W*(?:كتبت?(?:ه|ها)?|بقلم|بقلم الكاتبة?|تحرير|[إا]عداد(?: وتحرير)?|حوار|[أا]جر[ىت] الحوار|حاور(?:ه|ها|ته|تها)"
    r"|تقرير|تحقيق|مراسلة?|الكاتبة?|المؤلفة?|الصحفية?|نشر بواسطة|بواسطة|المحررة?|written by|posted by|by|authors?)"
    r"(?:\s*[:/,،\-–|]\s*|\s+)",
    re.IGNORECASE,
)
_LABELLED = re.compile(_LABEL.pattern.removeprefix(r"^\W*"), re.IGNORECASE)
_CUT = re.compile(r"\s+[-–—|/\\]+\s*|\s*[-–—|/\\]+\s+|\s*[(\[@]|\s*[،,:؛;]\s*|\s+\d|\s*\|\s*")
_NAME = re.compile(r"[\u0621-\u064a\u064b-\u0652\u0670\u0640\u067e\u0686\u06a4\u06af\u06a9\u06cc.'’]+|[A-Za-zÀ-ÿ.'’-]+")
# What no person is called: outlets, agencies, desks, and the labels of a page.
_NOBODY = frozenset(
    "وكالة وكالات الوكالات صحيفة جريدة قناة موقع شبكة مركز المركز مؤسسة هيئة هيئه التحرير تحرير فريق قسم"
    " غرفة الأخبار اخبار أخبار نيوز برس بوست تايمز news agency agencies desk staff team press tv post"
    " times media online network editor editors editorial admin administrator webmaster user author writer"
    " information article follow share role reuters afp ap رويترز الأناضول فرانس ألمانية بي سبوتنيك سانا"
    " بترا كونا واس وام واع شينخوا تاس أسوشيتد أسوشييتد متابعات متابعة خاص ترجمة ترجمات المصدر المصادر"
    " مصادر مصدر محرر المحرر محررو مراسل مراسلو مراسلون مدير الموقع رئيس تلفزيون إذاعة راديو radio العربية"
    " الجزيرة المكتب الإعلامي مكتب إعلام وزارة وزاره منوعات رياضة اقتصاد سياسة ثقافة دولية محليات عاجل"
    " قراءة دقائق دقيقة مشاهدة مشاهدات تعليق تعليقات يوم ساعة تاريخ نشر آخر تحديث اليوم أمس منذ قبل مواضيع"
    " موضوعات مقالات مقال قصص روابط ذات صلة متعلقة اقرأ إقرأ اقرا شارك شاركها تابع تابعنا تابعونا اترك أضف"
    " اضف ردا المزيد الأكثر الاكثر أيضا أيضاً ايضا قد يعجبك يهمك مشاركة المشاركة طباعة تحميل عالية إعلان"
    " اعلان كلمات الكلمات مفتاحية انتهى النهاية يتبع صور فيديو بالصور بالفيديو مختارات اخترنا لكم أخرى"
    " السابق التالي جميع الحقوق محفوظة من على الى إلى في عن صباحا مساء الاثنين الإثنين الثلاثاء الأربعاء"
    " الخميس الجمعة السبت الأحد الرئيس وزير الوزير النائب المتحدث المسؤول الناشط السفير القائد المحلل"
    " الخبير مراسلنا مراسلتنا موفدنا كاتب".split()
)
_PAPERS = frozenset(
    "المراقب العراقي الصباح الزمان المدى النهار الشرق الأوسط الوطن العرب العربي الحرة الحياة البيان الرأي"
    " الدستور الغد الاتحاد الخليج عكاظ المشرق البينة المستقبل الميادين المنار الديار اللواء الثورة تشرين"
    " البعث القبس الأنباء الراي السياسة الأهرام".split()
)
"""Outlets are called so in full; of a person only a surname is."""
_WEEKDAYS = frozenset("الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد اليوم أمس".split())
_PLACES = frozenset(
    "بغداد البصرة الموصل أربيل اربيل السليمانية كركوك النجف كربلاء الأنبار الرمادي دمشق حلب حمص إدلب ادلب"
    " الحسكة القامشلي بيروت صيدا طرابلس عمان عمّان القدس رام غزة نابلس الرياض جدة الدمام مكة الدوحة أبوظبي"
    " دبي الشارقة المنامة الكويت مسقط صنعاء عدن تعز القاهرة الإسكندرية الخرطوم تونس الجزائر الرباط الدار"
    " نواكشوط مقديشو طهران أنقرة إسطنبول اسطنبول لندن باريس واشنطن نيويورك موسكو برلين بروكسل جنيف فيينا"
    " روما مدريد بكين طوكيو نيودلهي إسلام كابل أثينا".split()
)
_AUTHOR_PAGE = re.compile(r"author|writer|editor|journalist|reporter|columnist|profile|كاتب|كتاب|صحفي", re.IGNORECASE)
_WINDOW = 6
"""Blocks above the headline in which a byline may stand."""


def find_authors(
    metadata: Metadata, blocks: Sequence[Block], headline: Headline, text: Sequence[Block], signatures: Sequence[str]
) -> tuple[tuple[str, ...], str]:
    """Persons who signed, and the signal: the page's own data first, then what is printed around headline and text."""
    sites = _site_words(metadata, headline)
    persons = _persons(metadata.authors, sites, least=1)
    if persons:
        return persons, metadata.authors_signal
    near = _near(blocks, headline, text)
    inside = set(text)
    for block in near:
        name = _labelled_name(block.text, sites)
        # "كتب ترامب على منصته:" is news.
        if name and not (block in inside and (block.words > 6 or block.text.endswith((":", ".")))):
            return (name,), "byline"
    for block in near:
        if block.byline and block.words <= 16:
            persons = _persons([_LABEL.sub("", part) for part in re.split("[،,;|]", block.text)], sites, least=2)
            if persons:
                return persons, "byline"
    for block in near:
        if block in inside or block.words > 8:
            continue
        if not block.linked and (name := _placed_name(block.text, sites)):
            return (name,), "byline"
        if block.link_share > 0.9 and _leads_to_author(block) and (persons := _persons([block.text], sites, least=2)):
            return persons, "byline"
    for line in signatures[:1]:
        labelled = _labelled_name(line, sites)
        if labelled:
            return (labelled,), "signature"
        if re.fullmatch(r"[\u0621-\u0652\u0670\u0640 ]+", line) and (persons := _persons([line], sites, least=2)):
            return persons, "signature"
    return (), ""


def is_byline(block: Block) -> bool:
    """Whether a block says who wrote the article and nothing else."""
    return block.words <= 8 and bool(_labelled_name(block.text, []))


def _near(blocks: Sequence[Block], headline: Headline, text: Sequence[Block]) -> list[Block]:
    """Blocks around the headline and the first lines of the text, and whatever under it calls itself a byline."""
    place = {block: number for number, block in enumerate(blocks)}
    start = place[headline.block] if headline.block is not None else (place[text[0]] if text else 0)
    first = place[text[0]] if text else start + 12
    last = place[text[-1]] if text else first
    near = [block for block in blocks[max(0, start - _WINDOW) : first + 4] if not (block.noise and block.heading)]
    return near + [block for block in blocks[last + 1 : last + 6] if block.byline and not block.noise]


def _labelled_name(text: str, sites: list[list[str]]) -> str:
    """The name behind بقلم and the like, where the block is no more than that (and a date)."""
    if len(text) > 120:
        return ""
    label = _LABELLED.search(text)
    if label is None or (label.start() and text[label.start() - 1].isalpha()) or label.start() > 40:
        return ""
    rest = _CUT.split(text[label.end() :].lstrip(" |"), maxsplit=1)[0].strip(" .:")
    name = " ".join(takewhile(lambda word: word not in _WEEKDAYS, rest.split()))
    if label.group().strip().lower() in ("by", "تقرير", "تحقيق", "حوار", "تحرير", "إعداد", "اعداد") and label.start():
        return ""
    persons = _persons([name], sites, least=2)
    return persons[0] if persons else ""


def _leads_to_author(block: Block) -> bool:
    links = (block.element, *block.element.iterancestors("a"), *block.element.iterfind(".//a"))
    return any(_AUTHOR_PAGE.search(unquote(link.get("href") or "")) for link in links)


def _placed_name(text: str, sites: list[list[str]]) -> str:
    """The name in "بغداد - سلمى الجبوري" or "سلمى الجبوري / بغداد"."""
    parts = [part.strip(" ()[]:") for part in re.split(r"\s*[-–—/|،]\s*", text)]
    if len(parts) != 2 or not any(part in _PLACES for part in parts):
        return ""
    persons = _persons([part for part in parts if part not in _PLACES], sites, least=2)
    return persons[0] if persons else ""


def _persons(names: Iterable[str], sites: list[list[str]], *, least: int) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for name in names:
        for person in _person(name, sites, least):
            kept.setdefault(person)
    return tuple(kept)


def _person(name: str, sites: list[list[str]], least: int) -> list[str]:
    """`name` without label, place and role, where that is what a person can be called."""
    name = _LABEL.sub("", " ".join(name.split())).strip(" -–—|/()[]:.")
    if "://" in name or "@" in name or len(name) > 80:
        return []
    parts = [
        part.strip() for part in re.split(r"\s*[-–—|/\\،,;]+\s+|\s+[-–—|/\\]+\s*|\s*[(\[)\]]\s*", name) if part.strip()
    ]
    if any(words_of(part) in sites for part in parts):
        # "أبوظبي - البيان" says where from, not who.
        return []
    if len(parts) > 1 and not re.search(r"\s[-–—|/\\(]|[-–—|/\\(]\s", name):
        return [person for part in parts for person in _person(part, sites, least)]
    for part in parts:
        words = part.split()
        if (
            least <= len(words) <= 6
            and all(_NAME.fullmatch(word) for word in words)
            and not any(word.lower() in _NOBODY or word.removeprefix("و") in _NOBODY for word in words)
            and words[0] not in _PLACES
            and not all(word in _PAPERS for word in words)
            and (len(words) > 1 or len(part) > 2)
        ):
            return [part]
    return []


def _site_words(metadata: Metadata, headline: Headline) -> list[list[str]]:
    """What the outlet is called, also as the part of <title> that is not the headline."""
    names = [*metadata.site_names]
    if headline.text and headline.text in metadata.page_title:
        names += re.split(r"\s+[-–—|»«]\s+", metadata.page_title.replace(headline.text, " - "))
    return [words for name in names if (words := words_of(name))]
