"""What a base is in one sentence: was it struck, did rockets come from there, does it say only where."""

from __future__ import annotations

from pipelines.report.clause import AIMED, ELSE, HEADING, LEFT, ON, RELATIVE, Clause, Role
from pipelines.report.prepositions import CLOSE, preposition

_STATIONED = ("المتمركز", "متمركز", "المنتشر", "المتواجد", "المرابط")
_HOW = frozenset("تقريبا بالكامل كليا تماما بكثافه بشده بعنف مجددا ليلا فجرا مساء صباحا للمره مرارا معا".split())
_MADE_ONE = frozenset("هدفا عرضه مسرحا".split())
_HEADING = (*HEADING, "تتجه", "يتجه")
_IS = frozenset("كان كانت هي هو".split())
_WHEN = frozenset("قبل بعد دون بدون منذ مجرد قبيل بعيد".split())
_TO_IT = frozenset(
    "اليها عليها نحوها باتجاهها صوبها فيها داخلها قربها اليه عليه نحوه باتجاهه صوبه فيه داخله قربه".split()
)
_DEFENCES = ("الدفاع", "دفاع", "منظوم", "المنظوم", "المضاد", "مضاد")
_THEN = frozenset("مساء صباح فجر ليل ليله ظهر عصر امس اليوم يوم دون ما لا لم وفق بحسب حسب في من مفخخه".split())
RIGHT = 12
"""Words after a mention in which its deed is looked for."""


def base(clause: Clause, place: int) -> Role:
    """The part of the base that the word at `place` names."""
    before, how = preposition(clause, place)
    after = clause.first("reaction", place + 1, place + 7)
    if after is not None and (cause := _cause(clause, after)) is not None and how in ("from", ""):
        return Role("target", cause, clause.mood(cause))
    if how == "from":
        return Role("origin" if clause.has("depart", place - 8, place) or clause.deeds else "mention")
    if place <= 1 and not clause.title and (told := _told_of_item(clause, place)) is not None:
        return Role("target", told, clause.mood(told))
    if how == "beside":
        return Role("scene" if clause.deeds else "mention")
    stationed = any(word.text.startswith(_STATIONED) for word in clause.words[max(0, place - 3) : place])
    if how == "in" and stationed:
        # قصف من القوات المتمركزة في المعسكر
        hit = next((k for k in clause.deeds if 0 < k - place <= 2 and _hit_by(clause, k)), None)
        return Role("origin" if clause.deeds else "mention") if hit is None else Role("target", hit, clause.mood(hit))
    deed = _deed_before(clause, place, before, how)
    if deed is None:
        deed = _deed_after(clause, place, how)
    if deed is None and how in ("on", "to"):
        deed = _on_its_way(clause, place, before)
    if deed is None:
        deed = _aimed(clause, place)
    if deed is None and clause.title:
        deed = _fire_in_title(clause, place, before, how)
    if deed is None:
        return Role("scene" if clause.deeds and how == "in" else "mention")
    return Role("target", deed, clause.mood(deed))


def _fire_in_title(clause: Clause, place: int, before: int, how: str) -> int | None:
    """صواريخ على القاعدة، ثلاثة صواريخ على الجناح الأميركي بالمعسكر."""
    if how == "in":
        before = next((k for k in range(place - 1, max(-1, place - 5), -1) if clause.words[k].text in ON), -1)
    return clause.first("object", max(0, before - 3), before) if how in ("on", "in") and before > 0 else None


def _on_its_way(clause: Clause, place: int, before: int) -> int | None:
    """المسيّرات كانت متجهة إلى القاعدة; الأولى كانت متجهة إلى القاعدة وأسقطت: told as what was done to it."""
    way = next((k for k in range(max(0, before - 2), before) if clause.words[k].text.startswith(_HEADING)), None)
    if way is None:
        return None
    if clause.has("object", way - 5, way) and not clause.has("depart", way - 5, way):
        return way
    return next((k for k in clause.deeds if 0 < k - place <= 2 * RIGHT and "intercept" in clause.sorts[k]), None)


def _aimed(clause: Clause, place: int) -> int | None:
    """القاعدة كانت هي المستهدفة، القنصلية هي المقصودة; هدف الصواريخ كان القاعدة."""
    for here in range(place + 1, min(len(clause.words), place + 5)):
        text = clause.words[here].text
        if text.removesuffix("ه") in AIMED:
            return here
        if text not in _IS:
            break
    for here in range(place - 1, max(-1, place - 5), -1):
        if clause.words[here].text.startswith("هدف") and clause.has("object", here + 1, place):
            return here
    return None


def _told_of_item(clause: Clause, place: int) -> int | None:
    """معسكر فيكتوريا قرب مطار بغداد: مسيّرتان، أُسقطت واحدة. What an item says that a base begins."""
    colon = next((k for k in range(place + 1, min(len(clause.words), place + 7)) if clause.words[k].hard), None)
    if colon is None:
        return None
    ahead = range(colon, min(len(clause.words), colon + 6))
    told = next((k for k in ahead if k in clause.deeds or "object" in clause.sorts[k]), None)
    # أخليت بعد أن سقطت قذائف بجوارها
    return None if told is None or clause.has("reaction", told - 2, told) else told


def _deed_before(clause: Clause, place: int, start: int, how: str) -> int | None:
    for here in range(start - 1, max(-1, place - LEFT - 1), -1):
        if clause.words[here + 1].hard and here + 1 <= place and not clause.title:
            return None
        word = clause.words[here]
        if word.text in ELSE or (word.text in ("غير", "الا") and clause.words[here + 1].text == "ان"):
            return None
        if how == "in" and word.text == "من" and "site" in clause.sorts[here + 1]:
            # قصف على القرية من مواقع بالمعسكر
            return None
        if word.text.lstrip("ال").startswith(("صفار", "صافر")):
            # انفجار قرب المطار، وصافرات في القنصلية
            return None
        if word.text in ("ان", "بان") and not _is_aside(clause, here, place):
            # أظهرت الضربة أن من في القاعدة جنود
            return None
        sorts = clause.sorts[here]
        if "beside" in sorts and place - here <= (2 if word.text == "بين" else 4):
            return None
        if here in clause.deeds and _reaches(clause, here, place, how, sorts):
            # استهدف الهجوم القاعدة: the verb tells.
            told = here - 1 in clause.deeds and "strike" in clause.sorts[here - 1] and word.text.startswith("ال")
            return here - 1 if told else here
        if "depart" in sorts and how == "to":
            # تصدت لمسيرتين حاولتا الوصول إلى القاعدة
            if here > 1 and clause.words[here - 1].text == "قبل" and "intercept" in clause.sorts[here - 3]:
                # أسقطت اثنتان قبل وصولهما إلى القاعدة
                return here - 3
            stopped = [k for k in range(max(0, here - 8), here) if k in clause.deeds and "intercept" in clause.sorts[k]]
            return stopped[-1] if stopped and clause.has("object", stopped[-1], here) else None
    return None


def _is_aside(clause: Clause, that: int, place: int) -> bool:
    """قبل أن تصل; أصابت صواريخ، يرجح أنها إسرائيلية، القاعدة: what follows أن does not begin another clause."""
    if clause.words[max(0, that - 1)].text in _WHEN:
        return True
    opened = any(word.comma for word in clause.words[max(0, that - 1) : that + 1])
    return opened and any(word.comma for word in clause.words[that + 1 : place + 1])


def _reaches(clause: Clause, deed: int, place: int, how: str, sorts: frozenset[str]) -> bool:
    """Whether a deed before a base is done to it."""
    if how == "to":
        if "intercept" in sorts and clause.has("object", deed, place):
            # تصدت لمسيرتين حاولتا الوصول إلى القاعدة
            return True
        if {"arrive", "impact"} <= sorts:
            # وصل الصاروخان إلى القاعدة
            return place - deed <= 6
        return "raid" in sorts and clause.has("object", deed, place) and not clause.has("depart", deed, place)
    if how == "for":
        if "suffer" in sorts or not sorts & {"strike", "raid"}:
            return False
        # الضربات التي يعتقد أنها إسرائيلية، لقواعد
        between = clause.words[deed + 1 : place]
        apart = len(between) <= 7 and between[:1] and between[0].text in RELATIVE
        return place - deed <= 2 or (bool(apart) and not between[-1].text.lstrip("ال").startswith("تابع"))
    toward = any(clause.words[k].text in ("نحو", "باتجاه", "صوب") for k in range(max(0, place - 3), place))
    if toward and clause.has("depart", deed, place):
        return False
    if "suffer" in sorts:
        # هجوم شهدته القاعدة, قصف تعرضت له القاعدة
        of_it = clause.words[deed].text.endswith("ته") or clause.words[deed + 1].text in ("له", "لها")
        if of_it and clause.first("raid", max(0, deed - 3), deed) is not None:
            return True
        return any(_suffered(clause, deed, k) for k in range(place + 1, min(len(clause.words), place + 11)))
    if "strike" in sorts:
        return True
    if "raid" in sorts and any(word.text.startswith("شمل") for word in clause.words[deed + 1 : place]):
        # غارات على مواقع، شملت المطار
        return how == ""
    if "raid" in sorts:
        return (how == "on" or place - deed == 1) or (how == "in" and not _near_another(clause, deed, place))
    if "impact" in sorts:
        # صاروخان بلغا القاعدة
        return how in ("on", "in") or ("arrive" in sorts and how == "" and place - deed <= 2)
    # What was intercepted: the base's own defences may be meant (from), or where it was (أسقطت قرب المطار).
    shot_down = how == "in" and place - deed <= 4 and clause.has("object", deed - 4, deed)
    return (
        (how == "in" and place - deed <= 2)
        or shot_down
        or _by_its_defences(clause, deed, place)
        or clause.has("object", deed, place)
        or any(clause.sorts[k] & {"raid", "strike"} for k in range(deed + 1, place))
    )


def _by_its_defences(clause: Clause, deed: int, place: int) -> bool:
    """تصدت الدفاعات الجوية في القاعدة لمسيّرة."""
    by = any(word.text.startswith(_DEFENCES) for word in clause.words[deed + 1 : min(place + 1, deed + 3)])
    return by and clause.has("object", place + 1, place + 5)


def _near_another(clause: Clause, deed: int, place: int) -> bool:
    """غارات على مستودع للحزب قرب المطار: the base says where it lies."""
    near = next((k for k in range(place - 1, max(deed, place - 5), -1) if clause.words[k].text in CLOSE), None)
    if near is None:
        return False
    on = next((k for k in range(deed + 1, near) if clause.words[k].text in ON), None)
    return on is not None and clause.has("site", on + 1, on + 3)


def _deed_after(clause: Clause, place: int, how: str) -> int | None:
    for here in range(place + 1, min(len(clause.words), place + RIGHT + 1)):
        word = clause.words[here]
        if (word.hard and not clause.title) or (word.text in ELSE and not clause.has("fresh", here + 1, here + 2)):
            return None
        sorts = clause.sorts[here]
        if "reaction" in sorts and how in ("", "in", "on") and here - place <= 6:
            return _cause(clause, here)
        if word.text in _MADE_ONE and any(
            _suffered(clause, here, k) for k in range(here + 1, min(len(clause.words), here + 4))
        ):
            # كانت القاعدة هدفا لهجومين
            return here
        if here not in clause.deeds:
            continue
        ahead = range(here + 1, min(len(clause.words), here + 8))
        if "suffer" in sorts and any(
            _suffered(clause, here, k) for k in range(here + 1, ahead.stop + 3) if k < len(clause.words)
        ):
            return here
        if sorts & {"raid", "impact"} and any(word.text in _TO_IT for word in clause.words[here + 1 : here + 4]):
            # القاعدة، وقد سقطت عليها صواريخ
            return here
        if how == "in" and sorts & {"raid", "strike"} and _harmed_by(clause, place, here):
            return here
        if "strike" in sorts:
            if word.text.endswith(("ها", "ته", "وه")) and "استهداف" not in word.text:
                return here
            if word.text.endswith("امه") and "fresh" in clause.sorts[here - 1]:
                # المطار، غداة اقتحامه
                return here
            if how in ("", "on") and _passive(clause, here):
                return here
            if how == "in" and here - place <= 2 and _hit_by(clause, here):
                return here
            return None
        if "intercept" in sorts:
            # دخلت مسيرة أجواء القاعدة وأسقطتها الدفاعات: what it was stands before.
            before = word.text.endswith(("ها", "هما", "ته")) and clause.has("object", place - 8, place)
            if before or any(clause.sorts[k] & {"object", "raid"} for k in ahead):
                return here
    return None


def _suffered(clause: Clause, verb: int, place: int) -> bool:
    """تعرضت لقصف، لصاروخين؛ كان هدفا لثلاثة صواريخ؛ تلقت ثلاثة صواريخ."""
    if clause.sorts[place] & {"strike", "raid", "impact"}:
        return True
    if "object" not in clause.sorts[place]:
        return False
    received = "تلق" in clause.words[verb].text
    return received or any(word.text.startswith("ل") for word in clause.words[max(0, place - 1) : place + 1])


def _cause(clause: Clause, after: int) -> int | None:
    """The deed after which something happened here (حريق في الحقل إثر سقوط مسيرة), unless it has its own place."""
    for deed in range(after + 1, min(len(clause.words), after + 3)):
        if deed in clause.deeds and clause.sorts[deed] & {"raid", "impact", "strike"}:
            if clause.words[deed].text.endswith(("ها", "فه", "صفه")):
                return deed
            ahead = range(deed + 1, min(len(clause.words), deed + 8))
            placed = any(clause.words[k].text in ON or clause.words[k].text in ("في", "قرب", "داخل") for k in ahead)
            # صفارات في القنصلية بعد استهداف المطار
            placed |= any(clause.kind(k) == "base" for k in ahead)
            return None if placed else deed
    return None


def _harmed_by(clause: Clause, place: int, deed: int) -> bool:
    """خسر الجيش رادارا في القاعدة، في هجوم بمسيّرات; أصيب جندي في القاعدة بقصف."""
    text = clause.words[deed].text
    by = text.startswith("ب") or (clause.words[deed - 1].text == "في" and not text.startswith("ال"))
    hurt = clause.has("killed", place - 2 * RIGHT, place) or clause.has("harm", place - 2 * RIGHT, place)
    return by and hurt and not any(clause.kind(k) == "base" for k in range(deed + 1, min(len(clause.words), deed + 6)))


def _hit_by(clause: Clause, deed: int) -> bool:
    """القوات الموجودة في القاعدة استُهدفت بمسيّرة مساء الجمعة: by what, and nothing after it that those forces struck."""
    following = clause.words[deed + 1 : deed + 6]
    if not following or following[0].text[:1] != "ب" or not clause.sorts[deed + 1] & {"object", "raid"}:
        return False
    rest = [word for word in following[1:] if not word.text.startswith("ال") and not word.text.isdecimal()]
    return not rest or rest[0].hard or rest[0].comma or rest[0].text.lstrip("و") in _THEN


def _passive(clause: Clause, deed: int) -> bool:
    """استُهدفت بصواريخ، قصفت من قبل، استهدفت أمس: the verb's own subject is the place, no object follows."""
    if clause.words[deed].text.lstrip("وف").startswith("هوجم"):
        return True
    following = clause.words[deed + 1 : deed + 8]
    if not following:
        return True
    if following[0].text in _HOW and deed and clause.words[deed - 1].mention is not None:
        # مطارا حماة والتيفور قُصفا بكثافة
        return True
    for place, word in enumerate(following):
        if word.mention is not None:
            return word.glued == "ب"
        sorts = clause.sorts[deed + 1 + place]
        if word.text[:1] == "ب" and sorts & {"object", "raid"}:
            return True
        if word.text in ("من", "مرتين", "مرات", "اكثر", "باكثر", "بعده", "بعدد"):
            return True
        if "object" in sorts:
            return False
    return "fresh" in clause.sorts[deed + 1]
