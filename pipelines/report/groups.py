"""What a group or force does in one sentence: does it claim, deny, threaten, is it accused, was it struck."""

from __future__ import annotations

import re

from pipelines.report.clause import ELSE, ON, RELATIVE, Clause, Role

_ITS_PEOPLE = (
    "مجاهد",
    "مقاتل",
    "رجال",
    "قوات",
    "قواتها",
    "قواته",
    "عناصره",
    "عناصرها",
    "طيرانه",
    "سلاح",
    "وحدات",
    "صواريخه",
    "مسيراته",
    "الموجه",
    "العمليه",
)
_PLACES = frozenset("القاعده المطار المعسكر الحقل السفاره القنصليه".split())
"""A base that an earlier sentence named."""
_ITS_WORDS = frozenset("بيانه بيانها وقال وقالت واعلن واعلنت مؤكدا مؤكده".split())
FAR = 6
"""Words around a group in which what was done to it stands."""
_DEAD = frozenset("شهداء قتلي جرحي ضحايا".split())
_UNNAMED = frozenset("التنظيم الحركه الكتائب الجماعه العصائب السرايا الفصيل الميليشيا".split())


# As printed, so that a sentence that names nothing is read where it may claim.
CLAIMED = re.compile(
    "(?:تبن[ىّيت]|مسؤوليت)[^.\n]{0,40}?(?:التنظيم|الحركة|الجماعة|الفصيل|السرايا)|(?:التنظيم|الحركة|الجماعة|الفصيل|السرايا)[^.\n]{0,40}?(?:تبن[ىّيت]|مسؤوليت)"
)


def group(clause: Clause, place: int) -> Role:
    """The part of the group or force that the word at `place` names."""
    for judge in (_denies, _claims, _accused, _struck, _lost, _vows):
        role = judge(clause, place)
        if role is not None:
            return role
    return Role("mention")


def _near(clause: Clause, sort: str, place: int, before: int, after: int) -> int | None:
    """The nearest word of a sort around a mention, within its clause."""
    for here in range(place - 1, max(-1, place - before - 1), -1):
        if (clause.words[here + 1].hard and not clause.title) or clause.words[here].text in ELSE:
            break
        if sort in clause.sorts[here]:
            return here
    for here in range(place + 1, min(len(clause.words), place + after + 1)):
        if (clause.words[here].hard and not clause.title) or clause.words[here].text in ELSE:
            break
        if sort in clause.sorts[here]:
            return here
    return None


def _others_between(clause: Clause, one: int, other: int) -> bool:
    low, high = min(one, other), max(one, other)
    return any(clause.kind(k) in ("militia", "force") for k in range(low + 1, high))


def _denies(clause: Clause, place: int) -> Role | None:
    said = _near(clause, "deny", place, 4, 3)
    if said is None:
        # أكدت العصائب أنها لا علاقة لها، لسنا طرفا
        free = _near(clause, "authorship", place, 0, 7)
        if free is not None and (
            clause.words[free].text in ("لا", "لم")
            or clause.words[free - 1].text in ("لا", "لسنا", "ليست", "اي", "الا")
        ):
            return Role("denies", free)
        return None
    if _others_between(clause, said, place):
        return None
    owned = clause.first("authorship", said + 1, said + 14)
    return Role("denies", owned) if owned is not None and clause.words[place].glued in ("", "و", "ف") else None


def _claims(clause: Clause, place: int) -> Role | None:
    if clause.words[place].glued[-1:] in ("ل", "ب", "ك"):
        return None
    if place and clause.words[place - 1].text in ("وكاله", "عبر", "قناه", "منصه"):
        return None
    fired = _says_it_fired(clause, place)
    if fired is not None:
        return Role("claims", fired)
    said = _near(clause, "claim", place, 5, 7)
    if said is not None and not _others_between(clause, said, place):
        # نفت مسؤوليتها عن
        silent = clause.has("nobody", said - 3, said + 1) or clause.has("deny", said - 14, said)
        silent |= any(clause.words[k].text in ("لم", "ولم", "لا") for k in range(max(0, said - 2), said))
        return None if silent else Role("claims", said)
    called = place and clause.words[place - 1].text in ("نفسها", "نفسه", "اسم", "باسم")
    announced = _near(clause, "announce", place, 7 if called else 3, 2)
    for owned in range(place + 1, min(len(clause.words), place + 3)) if announced is not None else ():
        # أعلنت الحركة مسؤوليتها
        if "authorship" in clause.sorts[owned] and clause.words[owned].text.startswith("مس"):
            silent = any(word.text in ("لم", "ولم", "لا") for word in clause.words[max(0, place - 3) : place])
            return None if silent or clause.has("deny", place - 4, place) else Role("claims", owned)
    return None if announced is None else _claims_by_telling(clause, max(place, announced), place)


def _says_it_fired(clause: Clause, place: int) -> int | None:
    """قصف جيش الإسلام المطار، وقال إنه رد; أطلق الحزب صواريخ صوب القاعدة، وفق بيان له."""
    verb = place - 1
    if (
        clause.kind(place) != "militia"
        or verb not in clause.deeds
        or not clause.sorts[verb] & {"strike", "raid"}
        or clause.words[place].glued
    ):
        return None
    if verb and not clause.words[verb].hard and not clause.words[verb].comma:
        return None
    said = None
    for here in range(place + 1, len(clause.words)):
        its = clause.words[here].text == "بيان" and any(
            w.text in ("له", "لها") for w in clause.words[here + 1 : here + 2]
        )
        if its or clause.words[here].text in _ITS_WORDS:
            said = here
            break
    hit = said is not None and any(clause.kind(k) == "base" for k in range(place + 1, said))
    return verb if hit and clause.mood(verb) == "told" else None


def _claims_by_telling(clause: Clause, start: int, place: int) -> Role | None:
    """أعلنت الكتائب استهداف القاعدة، أنها هاجمت القاعدة: the deed is its own, and not what it says of others."""
    own = any(
        word.text.lstrip("وفلب")[:4] in ("اعلن", "يعلن", "تعلن", "علان", "اعلا", "بيان", "يان")
        for word in clause.words[max(0, place - 3) : start + 3]
    )
    for here in range(start + 1, min(len(clause.words), start + 12)):
        text = clause.words[here].text
        sorts = clause.sorts[here]
        if text in RELATIVE or text in ELSE or sorts & {"intercept", "suffer", "deny", "threat", "reaction", "about"}:
            return None
        if text in ("ان", "بان"):
            own = any(word.text.startswith(_ITS_PEOPLE) for word in clause.words[here + 1 : here + 2])
        elif text in ("انها", "انه", "انهم", "بانها", "بانه", "تبنيها", "توثق", "يوثق", "فقد"):
            own = True
        elif "killed" in sorts:
            # أعلنت الكتائب مقتل خمسة بغارات على معقلها
            own = False
        if text in ("نفذ", "نفذت", "يقف", "تقف") and clause.words[here - 1].text in ("من", "وراء", "انها", "انه"):
            # أنها من نفذ الهجوم
            return Role("claims", here) if clause.deeds and here < clause.deeds[-1] else None
        if here in clause.deeds and sorts & {"strike", "raid"}:
            own |= text.endswith(("ها", "هم"))
            if not own or text.lstrip("وف").startswith("ال") or clause.mood(here) != "told":
                return None
            if here + 1 < len(clause.words) and clause.kind(here + 1) in ("militia", "force"):
                one, other = clause.mention(place), clause.mention(here + 1)
                if one is None or other is None or one.entity != other.entity:
                    return None
            # أغارت على أهداف منها: what is counted up may be long.
            counted = any(word.text == "منها" for word in clause.words[here + 1 : here + 7])
            struck = range(here + 1, len(clause.words) if counted else min(len(clause.words), here + 14))
            hit = any(clause.words[k].text in _PLACES or clause.kind(k) == "base" for k in struck)
            return Role("claims", here) if hit else None
    return None


def _accused(clause: Clause, place: int) -> Role | None:
    said = _near(clause, "accuse", place, 12, 0)
    if said is None:
        return None
    for here in range(place + 1, min(len(clause.words), place + 6)):
        if clause.kind(here) not in ("", "base"):
            return None
        if clause.words[here].text[:1] == "ب" and clause.sorts[here] & {"authorship", "strike", "raid"}:
            return Role("accused", said)
    return None


def _struck(clause: Clause, place: int) -> Role | None:
    """Only by what is clear: a place or people of the group's after the deed, or على, ضد before it."""
    word = clause.words[place]
    direct = word.glued[-1:] != "ل" and place > 0 and clause.words[place - 1].text in ON
    site = people = None
    for here in range(place - 1, max(-1, place - 6), -1):
        if clause.words[here + 1].hard or clause.words[here].text in ELSE | RELATIVE:
            break
        if clause.sorts[here] & {"site", "people"}:
            site, people = here, "people" in clause.sorts[here]
            break
        if clause.words[here].mention is not None:
            break
    if site is None and not direct:
        if place and clause.words[place - 1].text in _DEAD and clause.deeds and not word.glued:
            # شهداء الحشد في قصف
            return Role("target", clause.deeds[0], clause.mood(clause.deeds[0]))
        return _struck_later(clause, place)
    start = site if site is not None else place - 1
    for here in range(start - 1, max(-1, start - 12), -1):
        if clause.words[here + 1].hard or clause.words[here].text in ELSE:
            return None
        sorts = clause.sorts[here]
        if here in clause.deeds and sorts & {"strike", "raid"}:
            on = direct or any(clause.words[k].text in ON for k in range(here + 1, start + 1))
            # هاجم قيادي في الحركة: people after a verb are those who did it.
            done = "strike" in sorts and (
                not people or clause.words[here].text.lstrip("وفبل").startswith(("استهداف", "تحييد"))
            )
            # أودت غارة بأربعة من مقاتلي الحشد
            leader = clause.words[start].text.lstrip("ال").startswith("قياد")
            died = people and not leader and clause.has("killed", here - 2, start)
            # استهدفت القيادي في الحركة: whoever she is, he is not
            done |= "strike" in sorts and leader and clause.words[here].text.endswith("ت") and here == start - 1
            if (on or done or died) and not _others_between(clause, here, start):
                return Role("target", here, clause.mood(here))
            return None
        if "suffer" in sorts and site is not None and any(0 < deed - place <= 2 * FAR for deed in clause.deeds):
            # تعرضت مقار للحشد لهجمات
            return Role("target", here, clause.mood(here))
        if "killed" in sorts and site is not None and clause.deeds:
            return Role("target", clause.deeds[0], clause.mood(clause.deeds[0]))
    if people and clause.has("killed", place + 1, place + 3) and clause.deeds:
        # مقاتلان في الحزب لقيا مصرعهما حين استهدفت
        return Role("target", clause.deeds[0], clause.mood(clause.deeds[0]))
    return None


def _lost(clause: Clause, place: int) -> Role | None:
    """قضى ستة من الحشد في ضربة; نعت الحركة أربعة قضوا بغارات; مركبة للحزب ضُربت."""
    struck = [k for k in clause.deeds if k > place and clause.sorts[k] & {"raid", "strike"}]
    of_them = clause.words[place - 1].text == "من" or "people" in clause.sorts[place - 1]
    if place > 1 and of_them:
        for here in range(place - 1, max(-1, place - FAR - 1), -1):
            if clause.words[here + 1].hard or clause.words[here].text in ELSE | RELATIVE:
                break
            if "killed" in clause.sorts[here] or clause.words[here].text.lstrip("و").startswith("سقط"):
                return _by(clause, struck)
    mourned = clause.first("mourn", max(0, place - 2), place + 3)
    if mourned is not None and clause.has("killed", place + 1, place + 2 * FAR):
        return _by(clause, struck)
    theirs = place and "site" in clause.sorts[place - 1] and (clause.words[place].glued[-1:] == "ل" or place == 1)
    if theirs and place + 1 in clause.deeds and "strike" in clause.sorts[place + 1]:
        return Role("target", place + 1, clause.mood(place + 1))
    return None


def _by(clause: Clause, deeds: list[int]) -> Role | None:
    """Struck by the first of these, unless it is what they did themselves (قتلوا في هجوم على القاعدة)."""
    if not deeds or any(clause.kind(k) == "base" for k in range(deeds[0] + 1, min(len(clause.words), deeds[0] + 4))):
        return None
    return Role("target", deeds[0], clause.mood(deeds[0]))


def _vows(clause: Clause, place: int) -> Role | None:
    """A threat: the group says it, or its words follow (أعلنت الحركة إنهاء الهدنة)."""
    if clause.kind(place) != "militia" or clause.words[place].glued[-1:] in ("ل", "ب"):
        return None
    vow = _near(clause, "vow", place, 3, 24)
    if vow is None:
        return None
    if vow > place and any(clause.kind(k) == "militia" for k in range(max(0, place - 12), place)):
        # الحركة، المنضوية في الهيئة: the first one says it.
        return None
    if vow > place + 3:
        said = _near(clause, "announce", place, 4, 3)
        if said is None or _others_between(clause, said, place):
            return None
    return None if _others_between(clause, vow, place) and vow < place else Role("mention", vow, "planned")


def _struck_later(clause: Clause, place: int) -> Role | None:
    """أكدت الهيئة أن القصف الذي طال مقرا تابعا لها."""
    for here in range(place + 1, min(len(clause.words), place + 16)):
        text = clause.words[here].text
        if text in ("لها", "له", "لهم") and clause.words[here - 1].text.startswith(("تابع", "التابع")):
            deeds = [deed for deed in clause.deeds if place < deed < here and "strike" in clause.sorts[deed]]
            if deeds and clause.has("site", deeds[-1], here):
                return Role("target", deeds[-1], clause.mood(deeds[-1]))
    return None


def claims_unnamed(clause: Clause) -> int | None:
    """Where the sentence says that التنظيم, الكتائب … claim, which an earlier sentence named."""
    for here, word in enumerate(clause.words):
        said = clause.has("claim", here - 3, here + 6)
        if word.text in _UNNAMED and said and not clause.has("nobody", 0, here):
            return here
    return None
