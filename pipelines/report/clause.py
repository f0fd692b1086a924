"""One sentence with its mentions: which of its words are deeds, and whether a deed is told, threatened or denied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.records import Mention, Part
from pipelines.report.cues import DEEDS
from pipelines.report.sentences import Word

Mood = Literal["told", "denied", "planned"]

ON = frozenset("علي نحو صوب باتجاه بإتجاه ضد تجاه فوق اتجاه".split())
ELSE = frozenset("فيما بينما لكن حيث وذلك وفيما وبينما ولكن بيد".split())
"""Words with which another clause begins."""
RELATIVE = frozenset("التي الذي اللذين اللتين اللذان اللتان الذين".split())
HEADING = ("متجه", "متوجه", "موجه")
"""Beginnings of words for what is on its way to a place."""
AIMED = ("المستهدف", "المقصود", "الهدف")
"""And of those for what it was to hit."""
_TIDINGS = frozenset("انباء الانباء تقارير التقارير معلومات المعلومات ما ادعاءات مزاعم شائعات الشائعات".split())
_USED_FOR = frozenset("التي الذي تستخدم يستخدم لاغراض بهدف في علي مهام مهمه برنامج مركز".split())
_DRILLED = frozenset("عن ضمن خلال الي اثناء انها انه سببها سببه نتيجه جراء بسبب مصدرها مصدره".split())
_FALSE = ("كذب", "كاذب", "عار", "غير", "مفبرك")
_IN_ORDER_TO = ("لمهاجمه", "لاستهداف", "لقصف", "لضرب", "لاقتحام")
LEFT = 24
"""Words before a mention in which its deed is looked for, and before a deed in which its mood is."""
FIRED = 12
"""Words after أطلق in which what was fired follows."""
GOVERNED = 9
"""Words that a threat, a denial of a deed or a figure of speech may lie before what it speaks of."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a mention does in a sentence."""

    part: Part
    deed: int | None = None
    """Place of the word that says so."""
    mood: Mood = "told"


SUM = 10
"""Attacks that are counted together and are no event: أكثر من 170 هجوما."""
_FIRED = ("مقذوف", "صاروخ", "صواريخ", "قذيف", "قذائف", "مسير", "شظايا", "قنبل", "قنابل", "رؤوس")
_NEAR = 4
"""Words between what was fired and where it came down."""


def _in_their_place(words: Sequence[Word], sorts: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """What words are only beside others: a sum, an impact, a strike."""
    found = list(sorts)
    for place, word in enumerate(words[:-1]):
        # لـ86 هجوما
        number = word.text.removeprefix("ل")
        if number.isdecimal() and int(number) >= SUM and "raid" in sorts[place + 1]:
            found[place] |= {"counted"}
        elif word.text == "مرتين" and place and word.mention is None and not _struck_or_named(words, sorts, place - 1):
            # مسيّرة حامت مرتين
            found[place] -= {"counted"}
        elif "arrive" in sorts[place] and _fired_beside(words, place):
            found[place] |= {"strike" if "قصد" in word.text else "impact"}
        elif "handle" in sorts[place] and any(
            (words[k].text == "مع" or "واجه" in word.text) and any("object" in found for found in sorts[k + 1 : k + 4])
            for k in range(place + 1, min(len(words), place + 7))
        ):
            found[place] |= {"intercept"}
        elif "wound" in sorts[place] and any(
            words[k].text.startswith("ب") and "object" in sorts[k]
            for k in range(place + 2, min(len(words), place + GOVERNED))
        ):
            found[place] |= {"strike"}
    return found


def _fired_beside(words: Sequence[Word], place: int) -> bool:
    """Whether what arrives is a rocket, a shell or a drone, in the same part of the sentence."""
    before, after = words[max(0, place - _NEAR) : place], words[place + 1 : place + 1 + _NEAR // 2]
    cut = [k for k, word in enumerate(before, 1) if word.hard or word.mention is not None or word.text in ON]
    before = before[cut[-1] - 1 :] if cut else before
    return any(word.text.removeprefix("و").removeprefix("ال").startswith(_FIRED) for word in (*before, *after))


def _struck_or_named(words: Sequence[Word], sorts: Sequence[frozenset[str]], place: int) -> bool:
    return words[place].mention is not None or not sorts[place].isdisjoint(DEEDS)


class Clause:
    """One sentence with its mentions."""

    def __init__(
        self, words: Sequence[Word], sorts: Sequence[frozenset[str]], mentions: Sequence[Mention], *, title: bool
    ) -> None:
        self.words = words
        self.sorts = _in_their_place(words, sorts)
        self.title = title
        self._mentions = mentions
        self._figures = [place for place, found in enumerate(sorts) if "figure" in found]
        self._drills = [place for place, found in enumerate(sorts) if "drill" in found]
        self._accidents = [place for place, found in enumerate(sorts) if "crash" in found]
        self.deeds = [place for place in range(len(words)) if self._is_deed(place)]

    def mention(self, place: int) -> Mention | None:
        """The mention that a word is."""
        which = self.words[place].mention
        return None if which is None else self._mentions[which]

    def kind(self, place: int) -> str:
        """The kind of the mention that a word is; empty where it is none."""
        mention = self.mention(place)
        return "" if mention is None else mention.kind

    def first(self, sort: str, start: int = 0, stop: int | None = None) -> int | None:
        """Place of the first word of a sort, of those in a stretch where one is given."""
        return next((place for place, found in enumerate(self.sorts[start:stop], start) if sort in found), None)

    def _is_deed(self, place: int) -> bool:
        if not self.sorts[place] & DEEDS:
            return False
        if any(-3 <= figure - place <= 4 for figure in self._figures):
            return False
        if any(self._is_drill(drill, place) for drill in self._drills):
            return False
        if any(abs(accident - place) <= LEFT for accident in self._accidents):
            return False
        text = self.words[place].text
        if "سيطر" in text and not self._is_seizure(place):
            return False
        became = place and self.words[place - 1].text.startswith(("بات", "اصبح", "صار"))
        if not self.title and not became and text.lstrip("وف").startswith(("تسيطر", "يسيطر")):
            # الفصائل التي تسيطر على القاعدة: so it is, and did not just happen
            return False
        if "impact" in self.sorts[place] and any(
            word.text.lstrip("ال").startswith(("صفار", "صافر")) for word in self.words[max(0, place - 2) : place + 2]
        ):
            # دوت صفارات الإنذار, صافرات الإنذار دوت: it was feared.
            return False
        if "raid" in self.sorts[place] and any(letters in text for letters in ("طلق", "طلاق", "فتح", "ضرم", "شعل")):
            # إطلاق what? A campaign, a prisoner, a rocket. فتح what? A door, fire.
            for here in range(place + 1, min(len(self.words), place + (FIRED if "طلق" in text else 6))):
                if self.words[here].hard or "object" in self.sorts[here]:
                    return not self.words[here].hard
            # ستة صواريخ أُطلقت على المطار
            return "طلق" in text and not self.words[place].hard and _fired_beside(self.words[:place], place)
        return True

    def _is_seizure(self, place: int) -> bool:
        """سيطرة الفصائل على المطار, and not مناطق سيطرة, تحت سيطرتهم."""
        before = self.words[place - 1].text if place else ""
        held = before.startswith(("تحت", "منطقه", "مناطق", "ضمن", "خارج", "في", "من", "نقاط", "خطوط"))
        return not held and any(word.text == "علي" for word in self.words[place + 1 : place + 11])

    def _is_drill(self, drill: int, deed: int) -> bool:
        """تمرين تضمن قصف أهداف, انفجارات ناجمة عن تدريبات; but not the base where soldiers are trained."""
        if 0 < deed - drill <= GOVERNED:
            return self.words[drill - 1].text not in _USED_FOR or drill == 0
        return 0 < drill - deed <= GOVERNED and any(self.words[k].text in _DRILLED for k in range(drill - 2, drill))

    def has(self, sort: str, start: int, stop: int) -> bool:
        """Whether a word of a sort stands in a stretch."""
        return any(sort in found for found in self.sorts[max(0, start) : max(0, stop)])

    def mood(self, deed: int) -> Mood:
        """Whether a deed is told, threatened, or denied."""
        before = range(deed - 1, max(-1, deed - LEFT), -1)
        for here in before:
            if self.words[here + 1].hard:
                break
            sorts = self.sorts[here]
            if "deny" in sorts:
                between = range(here + 1, deed)
                if any(self.sorts[k] & {"authorship", "reaction"} for k in between):
                    break
                told_of = any(self.words[k].text in _TIDINGS for k in between)
                if not told_of and self.has("about", here + 1, deed):
                    # نفى وجود تواصل بشأن الهجوم
                    break
                related = [k for k in between if self.words[k].text in RELATIVE]
                if related and not any(self.words[k].text in _TIDINGS for k in range(here + 1, related[0])):
                    break
                return "denied"
            if "reaction" in sorts and deed - here <= 3:
                break
            if (
                "unreal" in sorts
                and deed - here <= 5
                and not any(self.words[k].comma for k in range(here + 1, deed + 1))
            ):
                return "planned"
            # توعد في خطابه … : whatever the sentence goes on to tell.
            if "threat" in sorts and (deed - here <= GOVERNED or here == 0):
                if self.words[here].text in ("اي", "لاي", "باي") and self.has("whether", here - 7, here):
                    return "denied"
                if any(self.words[k].text in RELATIVE for k in range(here + 1, deed)):
                    continue
                return "planned"
        if self._is_called_false(deed):
            return "denied"
        text = self.words[deed].text
        if deed and self.words[deed - 1].text == "قد" and text[:1] in ("ت", "ي") and text[-1:] != "ت":
            # صواريخ قد تضرب القاعدة
            return "planned"
        tried = deed and self.words[deed - 1].text.startswith(("محاوله", "محاولات"))
        if text.startswith(_IN_ORDER_TO) and not tried and not self.has("suffer", deed - LEFT, deed):
            return "planned"
        if deed and "whether" in self.sorts[deed - 1] and self.words[deed - 1].text not in ("دون", "بدون", "غير"):
            return "denied"
        if "threat" in self.sorts[deed] or (
            deed and self.words[deed - 1].text == "من" and self.words[deed].text[0] == "ي"
        ):
            # من يقصف: whoever does.
            return "planned"
        return "told"

    def _is_called_false(self, deed: int) -> bool:
        """ما تروجه صفحات عن اقتحام القاعدة كذب صريح."""
        for here in range(deed + 1, min(len(self.words), deed + GOVERNED + 1)):
            if self.words[here].hard:
                return False
            if "deny" in self.sorts[here] and self.words[here].text.startswith(_FALSE):
                return True
        return False
