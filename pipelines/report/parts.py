"""The part of each base and group that a sentence names; of several bases in a row, which are one list."""

from __future__ import annotations

from pipelines.report.bases import base
from pipelines.report.clause import ELSE, Clause, Role
from pipelines.report.cues import DEEDS
from pipelines.report.groups import group
from pipelines.report.prepositions import BESIDE, IN


def roles(clause: Clause) -> dict[int, Role]:
    """Role of each mention of a base or a group, by its place among the words."""
    found: dict[int, Role] = {}
    last: int | None = None
    for place in range(len(clause.words)):
        mention = clause.mention(place)
        if mention is None:
            continue
        if mention.kind == "base":
            role = base(clause, place)
            if role.part == "target" and _says_where(clause, place, last, role, found):
                role = Role("scene")
            if role.part in ("scene", "mention") and _goes_on(clause, place, last):
                assert last is not None
                role = found[last]
            found[place] = role
            last = place
        elif mention.kind in ("militia", "force"):
            found[place] = group(clause, place)
    return found


def _goes_on(clause: Clause, place: int, last: int | None) -> bool:
    """Whether a base is one more of a list that an earlier one began (عين الأسد في الأنبار وقاعدة فكتوريا)."""
    if last is None or place - last > 9:
        return False
    between = range(last + 1, place)
    if any(clause.sorts[k] & (DEEDS | {"depart", "beside"}) or clause.words[k].text in ELSE for k in between):
        return False
    joined = clause.words[place].glued[:1] == "و" or clause.words[place].comma
    return joined or clause.words[place - 1].text in ("او", "و", "وكذلك", "ومطار", "وقاعده")


def _says_where(clause: Clause, place: int, last: int | None, role: Role, found: dict[int, Role]) -> bool:
    """Whether a base only says where the one before it lies (معسكر فكتوريا في محيط مطار بغداد)."""
    if last is None or place - last > 6 or found[last].part != "target" or found[last].deed != role.deed:
        return False
    if "و" in clause.words[place].glued or any(clause.words[k].comma for k in range(last + 1, place + 1)):
        return False
    between = clause.words[last + 1 : place]
    inside = clause.words[place].glued[-1:] == "ب" or any(
        word.text in IN or word.text.removeprefix("ب") in BESIDE for word in between
    )
    return inside and not any(word.text.startswith("و") and word.text != "وسط" for word in between)
