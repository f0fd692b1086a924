"""What something watched does in one sentence: was it struck, did rockets come from there, who says that he did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.cues import DEEDS
from pipelines.records import Mention, Part
from pipelines.sentences import Word

Mood = Literal["told", "denied", "planned"]

_ON = frozenset("علي نحو صوب باتجاه بإتجاه ضد تجاه فوق اتجاه".split())
_IN = frozenset("في داخل قرب لدي عند وسط حول قباله محيط بمحيط قربها بقرب بجوار جوار بداخل".split())
_BESIDE = frozenset(
    "محيط اطراف جوار حرم باحه اجواء سماء مدرج مدرجات مدارج بوابه مدخل اسوار منطقه مبني مقر مجمع ناحيه".split()
)
_HEADS = frozenset(
    "قاعده معسكر مطار حقل مقر سفاره قنصليه محطه منشاه قواعد قاعدتي معسكري سجن مخيم ميناء سد اسطول".split()
)
_CLOSE = frozenset("بالقرب القرب مقربه قرب اقتراب اقترابها اقترابه اقترابهما اقترابهم الاقتراب اقتربت اقترب".split())
_ELSE = frozenset("فيما بينما لكن حيث وذلك وفيما وبينما ولكن بيد".split())
"""Words with which another clause begins."""
_AROUND = _BESIDE | _CLOSE
RELATIVE = frozenset("التي الذي اللذين اللتين اللذان اللتان الذين".split())
_TIDINGS = frozenset("انباء الانباء تقارير التقارير معلومات المعلومات ما ادعاءات مزاعم شائعات الشائعات".split())
_TOWARD = frozenset("موجهه موجه متجهه متجه متوجهه اطلقتا اطلقت وصلت".split())
_ITS_PEOPLE = ("مجاهد", "مقاتل", "قواتها", "قواته", "عناصره", "عناصرها", "طيرانه", "سلاح", "وحدات")
_USED_FOR = frozenset("التي الذي تستخدم يستخدم لاغراض بهدف في علي مهام مهمه برنامج مركز".split())
_PLACES = frozenset("القاعده المطار المعسكر الحقل السفاره القنصليه".split())
"""A base that an earlier sentence named."""
_UNNAMED = frozenset("التنظيم الحركه الكتائب الجماعه العصائب السرايا الفصيل الميليشيا".split())
LEFT, RIGHT = 24, 12
"""Words before and after a mention in which its deed is looked for."""
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


def _with_sums(words: Sequence[Word], sorts: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """A number of attacks is a word of the sort `counted`."""
    found = list(sorts)
    for place, word in enumerate(words[:-1]):
        if word.text.isdecimal() and int(word.text) >= SUM and "raid" in sorts[place + 1]:
            found[place] |= {"counted"}
    return found


class Clause:
    """One sentence with its mentions."""

    def __init__(
        self, words: Sequence[Word], sorts: Sequence[frozenset[str]], mentions: Sequence[Mention], *, title: bool
    ) -> None:
        self.words = words
        self.sorts = _with_sums(words, sorts)
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

    def _kind(self, place: int) -> str:
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
        if "raid" in self.sorts[place] and any(letters in text for letters in ("طلق", "طلاق", "فتح", "ضرم", "شعل")):
            # إطلاق what? A campaign, a prisoner, a rocket. فتح what? A door, fire.
            for here in range(place + 1, min(len(self.words), place + 6)):
                if self.words[here].hard or "object" in self.sorts[here]:
                    return not self.words[here].hard
            return False
        return True

    def _is_drill(self, drill: int, deed: int) -> bool:
        """تمرين تضمن قصف أهداف, انفجارات ناجمة عن تدريبات; but not the base where soldiers are trained."""
        if 0 < deed - drill <= GOVERNED:
            return self.words[drill - 1].text not in _USED_FOR or drill == 0
        return 0 < drill - deed <= GOVERNED and any(
            self.words[k].text in ("عن", "ضمن", "خلال", "الي", "اثناء") for k in range(drill - 2, drill)
        )

    def has(self, sort: str, start: int, stop: int) -> bool:
        """Whether a word of a sort stands in a stretch."""
        return any(sort in found for found in self.sorts[max(0, start) : max(0, stop)])

    # ------------------------------------------------------------------ bases
    def roles(self) -> dict[int, Role]:
        """Role of each mention of a base or a group, by its place among the words."""
        found: dict[int, Role] = {}
        last: int | None = None
        for place in range(len(self.words)):
            mention = self.mention(place)
            if mention is None:
                continue
            if mention.kind == "base":
                role = self._base(place)
                if role.part == "target" and self._says_where(place, last, role, found):
                    role = Role("scene")
                if role.part in ("scene", "mention") and self._goes_on(place, last):
                    assert last is not None
                    role = found[last]
                found[place] = role
                last = place
            elif mention.kind in ("militia", "force"):
                found[place] = self._group(place)
        return found

    def _goes_on(self, place: int, last: int | None) -> bool:
        """Whether a base is one more of a list that an earlier one began (عين الأسد في الأنبار وقاعدة فكتوريا)."""
        if last is None or place - last > 9:
            return False
        between = range(last + 1, place)
        if any(self.sorts[k] & (DEEDS | {"depart", "beside"}) or self.words[k].text in _ELSE for k in between):
            return False
        joined = self.words[place].glued[:1] == "و" or self.words[place].comma
        return joined or self.words[place - 1].text in ("او", "و", "وكذلك", "ومطار", "وقاعده")

    def _says_where(self, place: int, last: int | None, role: Role, found: dict[int, Role]) -> bool:
        """Whether a base only says where the one before it lies (معسكر فكتوريا في محيط مطار بغداد)."""
        if last is None or place - last > 6 or found[last].part != "target" or found[last].deed != role.deed:
            return False
        if "و" in self.words[place].glued or any(self.words[k].comma for k in range(last + 1, place + 1)):
            return False
        between = self.words[last + 1 : place]
        inside = self.words[place].glued[-1:] == "ب" or any(
            word.text in _IN or word.text.removeprefix("ب") in _BESIDE for word in between
        )
        return inside and not any(word.text.startswith("و") and word.text != "وسط" for word in between)

    def _base(self, place: int) -> Role:
        before, how = self._preposition(place)
        after = self.first("reaction", place + 1, place + 7)
        if after is not None and (cause := self._cause(after)) is not None and how in ("from", ""):
            return Role("target", cause, self.mood(cause))
        if how == "from":
            return Role("origin" if self.has("depart", place - 8, place) or self.deeds else "mention")
        if how == "beside":
            return Role("scene" if self.deeds else "mention")
        deed = self._deed_before(place, before, how)
        if deed is None:
            deed = self._deed_after(place, how)
        if deed is None:
            return Role("scene" if self.deeds and how == "in" else "mention")
        mood = self.mood(deed)
        return Role("target", deed, mood)

    def _preposition(self, place: int) -> tuple[int, str]:
        """Place from which deeds are looked for to the left, and how the mention hangs on them."""
        glued = self.words[place].glued
        if "ب" in glued[-1:]:
            return place, "in"
        if glued[-1:] == "ل":
            return place, "for"
        here = place - 1
        for _ in range(4):
            if here < 0 or self.words[here].mention is not None:
                return here + 1, ""
            text = self.words[here].text
            if "beside" in self.sorts[here]:
                return here, "beside"
            if text == "من" or text.startswith("انطلاقا"):
                near = here > 0 and (
                    self.words[here - 1].text in _CLOSE or self.words[here - 1].text.startswith(("اقتراب", "بالقرب"))
                )
                return here, "in" if near else "from"
            if text == "عن":
                return here, "beside"
            if text == "الي":
                toward = any(word.text in _TOWARD for word in self.words[max(0, here - 2) : here])
                return here, "on" if toward else "to"
            if text in _ON:
                return here, "on"
            if text in _IN or text.removeprefix("ب") in _AROUND:
                if text.removeprefix("ب") in _BESIDE:
                    # على أطراف القاعدة، من محيط القاعدة: the preposition stands before it.
                    further = self.words[here - 1].text if here else ""
                    if further == "من" and not (here > 1 and self.words[here - 2].text in _CLOSE):
                        return here, "from"
                    if further in _ON:
                        return here - 1, "on"
                return here, "in"
            if self.sorts[here] & DEEDS or not (text.startswith("ال") or text in _HEADS):
                return here + 1, ""
            here -= 1
        return place, ""

    def _deed_before(self, place: int, start: int, how: str) -> int | None:
        for here in range(start - 1, max(-1, place - LEFT - 1), -1):
            if self.words[here + 1].hard and here + 1 <= place and not self.title:
                return None
            word = self.words[here]
            if word.text in _ELSE or (word.text in ("غير", "الا") and self.words[here + 1].text == "ان"):
                return None
            sorts = self.sorts[here]
            if "beside" in sorts and place - here <= (2 if word.text == "بين" else 4):
                return None
            if here in self.deeds and self._reaches(here, place, how, sorts):
                # استهدف الهجوم القاعدة: the verb tells.
                told = here - 1 in self.deeds and "strike" in self.sorts[here - 1] and word.text.startswith("ال")
                return here - 1 if told else here
            if "depart" in sorts and how == "to":
                return None
        return None

    def _reaches(self, deed: int, place: int, how: str, sorts: frozenset[str]) -> bool:
        """Whether a deed before a base is done to it."""
        if how == "to":
            return "raid" in sorts and self.has("object", deed, place) and not self.has("depart", deed, place)
        if how == "for":
            return "suffer" not in sorts and bool(sorts & {"strike", "raid"}) and place - deed <= 2
        toward = any(self.words[k].text in ("نحو", "باتجاه", "صوب") for k in range(max(0, place - 3), place))
        if toward and self.has("depart", deed, place):
            return False
        if "suffer" in sorts:
            return any(
                self.sorts[k] & {"strike", "raid", "impact"} for k in range(place + 1, min(len(self.words), place + 11))
            )
        if "strike" in sorts:
            return True
        if "raid" in sorts:
            return how in ("on", "in") or place - deed == 1
        if "impact" in sorts:
            return how in ("on", "in")
        # What was intercepted: the base's own defences may be meant (from), or where it was.
        return self.has("object", deed, place) or any(
            self.sorts[k] & {"raid", "strike"} for k in range(deed + 1, place)
        )

    def _deed_after(self, place: int, how: str) -> int | None:
        for here in range(place + 1, min(len(self.words), place + RIGHT + 1)):
            word = self.words[here]
            if (word.hard and not self.title) or word.text in _ELSE:
                return None
            sorts = self.sorts[here]
            if "reaction" in sorts and how in ("", "in", "on") and here - place <= 6:
                return self._cause(here)
            if here not in self.deeds:
                continue
            ahead = range(here + 1, min(len(self.words), here + 8))
            if "suffer" in sorts and any(self.sorts[k] & {"strike", "raid", "impact"} for k in ahead):
                return here
            if "strike" in sorts:
                if word.text.endswith(("ها", "ته", "وه")) and "استهداف" not in word.text:
                    return here
                if how in ("", "on") and self._passive(here):
                    return here
                return None
            if "intercept" in sorts:
                # دخلت مسيرة أجواء القاعدة وأسقطتها الدفاعات: what it was stands before.
                before = word.text.endswith(("ها", "هما", "ته")) and self.has("object", place - 8, place)
                if before or any(self.sorts[k] & {"object", "raid"} for k in ahead):
                    return here
        return None

    def _cause(self, after: int) -> int | None:
        """The deed after which something happened here (حريق في الحقل إثر سقوط مسيرة), unless it has its own place."""
        for deed in range(after + 1, min(len(self.words), after + 3)):
            if deed in self.deeds and self.sorts[deed] & {"raid", "impact", "strike"}:
                if self.words[deed].text.endswith(("ها", "فه", "صفه")):
                    return deed
                ahead = range(deed + 1, min(len(self.words), deed + 8))
                placed = any(self.words[k].text in _ON or self.words[k].text in ("في", "قرب", "داخل") for k in ahead)
                return None if placed else deed
        return None

    def _passive(self, deed: int) -> bool:
        """استُهدفت بصواريخ، قصفت من قبل، استهدفت أمس: the verb's own subject is the place, no object follows."""
        following = self.words[deed + 1 : deed + 8]
        if not following:
            return True
        for place, word in enumerate(following):
            if word.mention is not None:
                return word.glued == "ب"
            sorts = self.sorts[deed + 1 + place]
            if word.text[:1] == "ب" and sorts & {"object", "raid"}:
                return True
            if word.text in ("من", "مرتين", "مرات", "اكثر", "باكثر", "بعده", "بعدد"):
                return True
            if "object" in sorts:
                return False
        return "fresh" in self.sorts[deed + 1]

    # ------------------------------------------------------------------ mood
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
            if "threat" in sorts and deed - here <= GOVERNED:
                if self.words[here].text in ("اي", "لاي", "باي") and self.has("whether", here - 7, here):
                    return "denied"
                if any(self.words[k].text in RELATIVE for k in range(here + 1, deed)):
                    continue
                return "planned"
        if deed and "whether" in self.sorts[deed - 1] and self.words[deed - 1].text not in ("دون", "بدون", "غير"):
            return "denied"
        if "threat" in self.sorts[deed] or (
            deed and self.words[deed - 1].text == "من" and self.words[deed].text[0] == "ي"
        ):
            # من يقصف: whoever does.
            return "planned"
        return "told"

    # ------------------------------------------------------------------ groups
    def _group(self, place: int) -> Role:
        for judge in (self._denies, self._claims, self._accused, self._struck, self._vows):
            role = judge(place)
            if role is not None:
                return role
        return Role("mention")

    def _near(self, sort: str, place: int, before: int, after: int) -> int | None:
        """The nearest word of a sort around a mention, within its clause."""
        for here in range(place - 1, max(-1, place - before - 1), -1):
            if (self.words[here + 1].hard and not self.title) or self.words[here].text in _ELSE:
                break
            if sort in self.sorts[here]:
                return here
        for here in range(place + 1, min(len(self.words), place + after + 1)):
            if (self.words[here].hard and not self.title) or self.words[here].text in _ELSE:
                break
            if sort in self.sorts[here]:
                return here
        return None

    def _others_between(self, one: int, other: int) -> bool:
        low, high = min(one, other), max(one, other)
        return any(self._kind(k) in ("militia", "force") for k in range(low + 1, high))

    def _denies(self, place: int) -> Role | None:
        said = self._near("deny", place, 4, 3)
        if said is None:
            # أكدت العصائب أنها لا علاقة لها، لسنا طرفا
            free = self._near("authorship", place, 0, 7)
            if free is not None and (
                self.words[free].text == "لا" or self.words[free - 1].text in ("لا", "لسنا", "ليست", "اي", "الا")
            ):
                return Role("denies", free)
            return None
        if self._others_between(said, place):
            return None
        owned = self.first("authorship", said + 1, said + 14)
        return Role("denies", owned) if owned is not None and self.words[place].glued in ("", "و", "ف") else None

    def _claims(self, place: int) -> Role | None:
        if self.words[place].glued[-1:] in ("ل", "ب", "ك"):
            return None
        if place and self.words[place - 1].text in ("وكاله", "عبر", "قناه", "منصه"):
            return None
        said = self._near("claim", place, 5, 7)
        if said is not None and not self._others_between(said, place):
            silent = self.has("nobody", said - 3, said + 1) or any(
                self.words[k].text in ("لم", "ولم", "لا") for k in range(max(0, said - 2), said)
            )
            return None if silent else Role("claims", said)
        announced = self._near("announce", place, 2, 2)
        return None if announced is None else self._claims_by_telling(max(place, announced), place)

    def _claims_by_telling(self, start: int, place: int) -> Role | None:
        """أعلنت الكتائب استهداف القاعدة، أنها هاجمت القاعدة: the deed is its own, and not what it says of others."""
        own = any(
            word.text.lstrip("وف")[:4] in ("اعلن", "يعلن", "تعلن", "اعلا", "بيان")
            for word in self.words[max(0, place - 2) : start + 3]
        )
        for here in range(start + 1, min(len(self.words), start + 12)):
            text = self.words[here].text
            sorts = self.sorts[here]
            if (
                text in RELATIVE
                or text in _ELSE
                or sorts & {"intercept", "suffer", "deny", "threat", "reaction", "about"}
            ):
                return None
            if text in ("ان", "بان"):
                own = any(word.text.startswith(_ITS_PEOPLE) for word in self.words[here + 1 : here + 2])
            elif text in ("انها", "انه", "انهم", "بانها", "بانه", "تبنيها"):
                own = True
            if here in self.deeds and sorts & {"strike", "raid"}:
                own |= text.endswith(("ها", "هم"))
                if not own or text.lstrip("وف").startswith("ال") or self.mood(here) != "told":
                    return None
                if here + 1 < len(self.words) and self._kind(here + 1) in ("militia", "force"):
                    return None
                struck = range(here + 1, min(len(self.words), here + 14))
                hit = any(self.words[k].text in _PLACES or self._kind(k) == "base" for k in struck)
                return Role("claims", here) if hit else None
        return None

    def _accused(self, place: int) -> Role | None:
        said = self._near("accuse", place, 12, 0)
        if said is None:
            return None
        for here in range(place + 1, min(len(self.words), place + 6)):
            if self._kind(here) not in ("", "base"):
                return None
            if self.words[here].text[:1] == "ب" and self.sorts[here] & {"authorship", "strike", "raid"}:
                return Role("accused", said)
        return None

    def _struck(self, place: int) -> Role | None:
        """Only by what is clear: a place or people of the group's after the deed, or على, ضد before it."""
        word = self.words[place]
        direct = word.glued[-1:] != "ل" and place > 0 and self.words[place - 1].text in _ON
        site = people = None
        for here in range(place - 1, max(-1, place - 6), -1):
            if self.words[here + 1].hard or self.words[here].text in _ELSE | RELATIVE:
                break
            if self.sorts[here] & {"site", "people"}:
                site, people = here, "people" in self.sorts[here]
                break
            if self.words[here].mention is not None:
                break
        if site is None and not direct:
            return self._struck_later(place)
        start = site if site is not None else place - 1
        for here in range(start - 1, max(-1, start - 12), -1):
            if self.words[here + 1].hard or self.words[here].text in _ELSE:
                return None
            sorts = self.sorts[here]
            if here in self.deeds and sorts & {"strike", "raid"}:
                on = direct or any(self.words[k].text in _ON for k in range(here + 1, start + 1))
                # هاجم قيادي في الحركة: people after a verb are those who did it.
                done = "strike" in sorts and (
                    not people or self.words[here].text.lstrip("وفبل").startswith(("استهداف", "تحييد"))
                )
                if (on or done) and not self._others_between(here, start):
                    return Role("target", here, self.mood(here))
                return None
            if "killed" in sorts and site is not None and self.deeds:
                return Role("target", self.deeds[0], self.mood(self.deeds[0]))
        return None

    def _vows(self, place: int) -> Role | None:
        """A threat: the group says it, or its words follow (أعلنت الحركة إنهاء الهدنة)."""
        if self._kind(place) != "militia" or self.words[place].glued[-1:] in ("ل", "ب"):
            return None
        vow = self._near("vow", place, 3, 24)
        if vow is None:
            return None
        if vow > place and any(self._kind(k) == "militia" for k in range(max(0, place - 12), place)):
            # الحركة، المنضوية في الهيئة: the first one says it.
            return None
        if vow > place + 3:
            said = self._near("announce", place, 4, 3)
            if said is None or self._others_between(said, place):
                return None
        return None if self._others_between(vow, place) and vow < place else Role("mention", vow, "planned")

    def _struck_later(self, place: int) -> Role | None:
        """أكدت الهيئة أن القصف الذي طال مقرا تابعا لها."""
        for here in range(place + 1, min(len(self.words), place + 16)):
            text = self.words[here].text
            if text in ("لها", "له", "لهم") and self.words[here - 1].text.startswith(("تابع", "التابع")):
                deeds = [deed for deed in self.deeds if place < deed < here and "strike" in self.sorts[deed]]
                if deeds and self.has("site", deeds[-1], here):
                    return Role("target", deeds[-1], self.mood(deeds[-1]))
        return None

    def claims_unnamed(self) -> int | None:
        """Where the sentence says that التنظيم, الكتائب … claim, which an earlier sentence named."""
        for here, word in enumerate(self.words):
            said = self.has("claim", here - 3, here + 6)
            if word.text in _UNNAMED and said and not self.has("nobody", 0, here):
                return here
        return None
