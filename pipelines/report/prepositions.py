"""How a base hangs on the words before it: on it, in it, from it, to it, beside it."""

from __future__ import annotations

from pipelines.report.clause import ON, Clause
from pipelines.report.cues import DEEDS
from pipelines.vocabulary import LIST_HEADS

IN = frozenset("في داخل قرب لدي عند وسط حول قباله محيط بمحيط قربها بقرب بجوار جوار بداخل".split())
BESIDE = frozenset(
    "قلب عمق حدود ساحه ساحات "
    "محيط اطراف سور جوار حرم باحه اجواء سماء مدرج مدرجات مدارج بوابه مدخل اسوار منطقه مبني مقر مجمع ناحيه".split()
)
_HEADS = frozenset(
    "قاعده معسكر مطار حقل مقر سفاره قنصليه محطه منشاه قواعد قاعدتي معسكري سجن مخيم ميناء سد اسطول "
    "رادار رادارات حظائر حظيره مرابض مستودع مستودعات مخازن مخزن مهاجع ثكنات منشات مرافق مهبط برج بوابات".split()
)
CLOSE = frozenset(
    "بالقرب القرب مقربه قرب اقتراب اقترابها اقترابه اقترابهما اقترابهم الاقتراب اقتربت اقترب قريبه قريبا قريب".split()
)
_AROUND = BESIDE | CLOSE
_TOWARD = frozenset("موجهه موجه متجهه متجه متجهين متجهتين متوجهه متوجه وجهت وجه اطلقتا اطلقت اطلق وصلت".split())
_WAYS = frozenset("شمال شمالي جنوب جنوبي شرق شرقي غرب غربي".split())
_ITS_BASE = frozenset("قاعدته قاعدتها قاعدتهم معسكره معسكرها معسكرهم".split())
_GREATEST = frozenset("اكبر اهم احدي احد اضخم اشهر معظم اغلب كامل كل".split())
_SHARES = frozenset("الجزء جزء القسم قسم الجانب الجناح الطرف الجهه جهه".split())


def preposition(clause: Clause, place: int) -> tuple[int, str]:
    """Place from which deeds are looked for to the left, and how the mention hangs on them."""
    glued = clause.words[place].glued
    if "ب" in glued[-1:]:
        return place, "in"
    # عند المدخل الغربي لقاعدة، على سيطرة تابعة لقاعدة
    owned = glued[-1:] == "ل"
    if owned and not (place and clause.words[place - 1].text.startswith(("ال", "تابع"))):
        return place, "for"
    here = place - 1
    if here > 0 and clause.words[here].text in ("وهي", "هي"):
        # على أربعة مواقع، وهي الشدادي والتنف
        on = next((k for k in range(here - 1, max(-1, here - 6), -1) if clause.words[k].text in ON), None)
        if on is not None:
            return on, "on"
    if glued == "و":
        # على مطاري تدمر والتيفور: whatever holds for the first of a list.
        here = next(
            (k - 1 for k in range(place - 1, max(-1, place - 4), -1) if clause.words[k].text in LIST_HEADS["base"]),
            here,
        )
    for _ in range(4):
        if here < 0 or clause.words[here].mention is not None:
            return here + 1, ""
        text = clause.words[here].text
        if "beside" in clause.sorts[here]:
            return here, "beside"
        if text == "من" or text.startswith("انطلاقا"):
            before = [word.text for word in clause.words[max(0, here - 2) : here]]
            near = before[-1:] and (before[-1] in CLOSE or before[-1].startswith(("اقتراب", "بالقرب")))
            # في الجزء العسكري من المطار, على الجزء الذي يشغله الأميركيون من المعسكر
            share = next((k for k in range(here - 1, max(-1, here - 6), -1) if clause.words[k].text in _SHARES), None)
            if share is not None and share and clause.words[share - 1].text in ON:
                return share - 1, "on"
            return here, "in" if near or (share is not None and here - share <= 2) else "from"
        if text == "عن":
            return here, "beside"
        if text == "الي":
            toward = any(word.text in _TOWARD for word in clause.words[max(0, here - 2) : here])
            return here, "on" if toward else "to"
        if text in ON:
            return here, "on"
        if text in IN or text.removeprefix("ب") in _AROUND:
            if here and text == "في" and clause.words[here - 1].text in _ITS_BASE:
                # قاعدته في التنف هوجمت
                return here - 1, ""
            if text.removeprefix("ب") in BESIDE:
                # على أطراف القاعدة، من محيط القاعدة: the preposition stands before it.
                if here and clause.words[here - 1].text in _WAYS:
                    here -= 1
                further = clause.words[here - 1].text if here else ""
                if further == "من" and here > 3 and _SHARES & {w.text for w in clause.words[here - 4 : here - 1]}:
                    # على الجهة الشرقية من مدارج المطار
                    return here - 1, "in"
                if further == "من" and not (here > 1 and clause.words[here - 2].text in CLOSE):
                    return here, "from"
                if further in ON:
                    return here - 1, "on"
            return here, "in"
        if owned and clause.sorts[here] & DEEDS:
            return place, "for"
        if clause.sorts[here] & DEEDS or not (owned or text.startswith("ال") or text in _HEADS or text in _GREATEST):
            return here + 1, ""
        here -= 1
    return place, "for" if owned else ""
