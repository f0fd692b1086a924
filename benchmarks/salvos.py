"""Written reports of made-up attacks: other words, another order, updates, wrong times, two salvos on one day.

Two hundred reports of forty attacks by fifteen outlets go through tagging and reading, and are laid together again.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.entities import Watchlist
from config.load import SHIPPED, load_watchlist
from pipelines.events import Told, gather, told_by
from pipelines.report import Reporter
from pipelines.store.document import report_fields
from pipelines.tag import Tagger

ZONE = ZoneInfo("Asia/Baghdad")
BASES = {
    "iq-ain-al-asad": ("قاعدة عين الأسد", "قاعدة عين الأسد الجوية"),
    "iq-harir": ("قاعدة حرير", "قاعدة حرير الجوية"),
    "iq-victoria": ("معسكر فكتوريا", "قاعدة فكتوريا"),
    "iq-taji": ("معسكر التاجي", "قاعدة التاجي"),
    "iq-balad": ("قاعدة بلد الجوية", "قاعدة بلد"),
    "sy-conoco": ("قاعدة كونيكو", "قاعدة حقل كونيكو للغاز"),
    "sy-omar": ("قاعدة حقل العمر", "القاعدة الأميركية في حقل العمر"),
    "sy-shaddadi": ("قاعدة الشدادي", "قاعدة الشدادي العسكرية"),
    "sy-rmelan": ("قاعدة خراب الجير", "مطار خراب الجير"),
    "sy-tanf": ("قاعدة التنف", "قاعدة التنف العسكرية"),
}
OUTLETS = tuple(f"outlet-{number}" for number in range(1, 16))
AGENCIES = ("رويترز", "فرانس برس", "الأناضول")
DAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
WEAPONS = {
    "drone": ("طائرة مسيرة", "طائرتين مسيرتين", "بطائرة مسيرة مفخخة"),
    "rocket": ("صواريخ كاتيوشا", "ثلاثة صواريخ", "برشقة صاروخية"),
}
PARTS = {3: "فجر", 8: "صباح", 14: "ظهر", 19: "مساء", 23: "ليل"}


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack as it was."""

    number: int
    bases: tuple[str, ...]
    when: datetime
    weapon: str
    second: bool = False
    """Whether it is the second on that base that day."""


@dataclass(slots=True)
class Made:
    """A written report and which attack it tells."""

    id: str
    attack: int
    source: str
    origin: str
    published: datetime
    title: str
    body: str


def attacks(chance: random.Random) -> list[Attack]:
    """Forty: two on one day at each of ten bases, and twenty others, some on two bases at once."""
    made: list[Attack] = []
    names = list(BASES)
    start = datetime(2026, 3, 1, tzinfo=ZONE)
    for place, base in enumerate(names):
        day = start + timedelta(days=4 * place)
        weapon, other = chance.sample(list(WEAPONS), 2)
        early, late = chance.choice(((3, 14), (8, 19), (3, 19), (8, 23)))
        made.append(Attack(len(made), (base,), day.replace(hour=early, minute=chance.randrange(60)), weapon))
        made.append(Attack(len(made), (base,), day.replace(hour=late, minute=chance.randrange(60)), other, True))
    for number in range(20):
        day = start + timedelta(days=60 + 3 * number)
        bases = (names[number % 10],) if number % 4 else (names[number % 10], names[(number + 3) % 10])
        hour = chance.choice(list(PARTS))
        moment = day.replace(hour=hour, minute=chance.randrange(60))
        made.append(Attack(len(made), bases, moment, chance.choice(list(WEAPONS))))
    return made


def _day_part(attack: Attack) -> str:
    return PARTS[attack.when.hour]


def _when(attack: Attack, published: datetime, chance: random.Random) -> str:
    """The time as an outlet would print it."""
    days = (published.date() - attack.when.date()).days
    part, weekday = _day_part(attack), DAYS[attack.when.weekday()]
    if chance.random() < 0.2:
        day = "اليوم" if days == 0 else "أمس"
        return f"عند الساعة {attack.when:%H:%M} {chance.choice((day, f'من {day}', f'يوم {weekday}'))}"
    if part == "ليل" and chance.random() < 0.5:
        return f"ليل {weekday}-{DAYS[(attack.when.weekday() + 1) % 7]}"
    if days == 0:
        return chance.choice((f"{part} اليوم {weekday}", f"{part} اليوم", f"{part} {weekday}"))
    return chance.choice((f"{part} أمس {weekday}", f"{part} {weekday}", f"{part} أمس"))


def _bases(attack: Attack, chance: random.Random) -> str:
    return " و".join(chance.choice(BASES[base]) for base in attack.bases)


def _background(attack: Attack, chance: random.Random) -> str:
    name = BASES[attack.bases[0]][0]
    return chance.choice(
        (
            f"وكانت {name} قد تعرضت لهجمات مماثلة خلال العام الماضي.",
            f"يذكر أن {name} استهدفت مرات عدة منذ عام 2023.",
            f"وسبق أن سقطت صواريخ قرب {name} قبل أشهر.",
            "وتتهم واشنطن فصائل مسلحة موالية لإيران بالوقوف وراء مثل هذه الهجمات.",
            "",
        )
    )


Style = Callable[[Attack, datetime, str, random.Random], tuple[str, str]]


def _security(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    weapon = WEAPONS[attack.weapon][0]
    title = chance.choice((f"هجوم ب{weapon} على {bases}", f"مصدر أمني: {weapon} تستهدف {bases}"))
    return title, f"أفاد مصدر أمني{quoted} بأن {weapon} استهدفت {bases}، {when}، دون وقوع إصابات.\n"


def _passive(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    verb = "تعرضت" if not bases.startswith("م") else "تعرض"
    title = f"قصف يطال {bases}"
    return title, f"{verb} {bases}، {when}، لهجوم {chance.choice(('جديد', 'بالقذائف والصواريخ', 'صاروخي'))}{quoted}.\n"


def _claim(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    title = f"المقاومة الإسلامية في العراق تتبنى استهداف {bases}"
    why = chance.choice(("نصرة لغزة", "ردا على الانتهاكات الأميركية"))
    return title, f"أعلنت المقاومة الإسلامية في العراق في بيان{quoted} استهدافها {bases} {when}، {why}.\n"


def _foiled(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    what = "مسيرة" if attack.weapon == "drone" else "صواريخ"
    title = f"إسقاط {what} قرب {bases}"
    return title, f"قال مسؤول عسكري{quoted} إن الدفاعات الجوية أسقطت {what} كانت متجهة إلى {bases} {when}.\n"


def _explosions(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    title = f"دوي انفجارات في محيط {bases}"
    return title, f"هزت انفجارات عنيفة محيط {bases} {when}{quoted}، وقال سكان إن صفارات الإنذار أطلقت.\n"


def _update(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    count = chance.choice(("جنديين", "ثلاثة جنود", "متعاقد مدني"))
    title = f"إصابة {count} في الهجوم على {bases}"
    return title, f"أعلنت السلطات{quoted} إصابة {count} في الهجوم الذي استهدف {bases} {when}.\n"


def _bulletin(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    """Without the hour: what just happened, or what happened today or yesterday."""
    bases = _bases(attack, chance)
    days = (published.date() - attack.when.date()).days
    day = ("اليوم " if days == 0 else "أمس ") + DAYS[attack.when.weekday()]
    return f"عاجل.. استهداف {bases}", f"استهدف هجوم {bases}، {day}{quoted}.\n"


def _second(attack: Attack, published: datetime, quoted: str, chance: random.Random) -> tuple[str, str]:
    bases, when = _bases(attack, chance), _when(attack, published, chance)
    title = f"هجوم ثان على {bases} خلال ساعات"
    return title, f"شهدت {bases}، {when}، هجوما ثانيا بعد ساعات من هجوم مماثل{quoted}.\n"


STYLES: tuple[Style, ...] = (_security, _passive, _claim, _foiled, _explosions, _update, _bulletin)


def reports(seed: int = 4) -> tuple[list[Attack], list[Made]]:
    """Five reports of each attack, by five outlets."""
    chance = random.Random(seed)
    made: list[Made] = []
    true = attacks(chance)
    for attack in true:
        styles = chance.sample(STYLES, 5)
        if attack.second:
            styles[0] = _second
        for style, outlet in zip(styles, chance.sample(OUTLETS, 5), strict=True):
            # News within hours, updates until the next noon; of a first salvo mostly before the second.
            late = timedelta(hours=chance.choice((1, 1, 2, 3) if style is not _update else (4, 8, 13)))
            published = attack.when + late + timedelta(minutes=chance.randrange(5, 50))
            quoted, origin = "", outlet
            if chance.random() < 0.3:
                origin = chance.choice(AGENCIES)
                quoted = f" نقلا عن وكالة {origin}"
            told = attack
            if chance.random() < 0.05 and style not in (_bulletin, _second):
                # An outlet that is wrong by some hours.
                near = [h for h in PARTS if 0 < abs(h - attack.when.hour) <= 6 and h <= published.hour]
                if near:
                    told = Attack(
                        attack.number, attack.bases, attack.when.replace(hour=chance.choice(near)), attack.weapon
                    )
            title, lead = style(told, published, quoted, chance)
            body = lead + _background(attack, chance)
            made.append(Made(f"r{len(made)}", attack.number, outlet, origin, published, title, body.strip()))
    return true, made


@dataclass(slots=True)
class Result:
    """What came of the reports."""

    attacks: int
    told: int
    """Events that were made."""
    missed: list[int] = field(default_factory=list)
    """Attacks that no event tells."""
    merged: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Reports that were not read as an attack."""


def gathered(watchlist: Watchlist, seed: int = 4) -> Result:
    """Tag, read and lay together."""
    true, made = reports(seed)
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    by_id = {one.id: one for one in made}
    told: list[Told] = []
    result = Result(len(true), 0)
    for one in made:
        mentions = tagger.mentions(one.title, one.body)
        answer = reporter.answer(one.title, one.body, mentions, published=one.published, timezone=ZONE.key)
        article = {"_id": one.id, "source": one.source, "published": one.published, **report_fields(answer)}
        mine = told_by(article, one.origin)
        if not mine:
            result.unread.append(f"{one.title} | {one.body} [{answer.report} {answer.targets}]")
        told += mine
    groups = gather(told)
    result.told = len(groups)
    seen: dict[int, int] = defaultdict(int)
    for group in groups:
        attacks_here = {by_id[member.article].attack for member in group}
        # One report with a wrong hour may lie with the other salvo of the day; two are a merger.
        count = Counter(by_id[member.article].attack for member in group)
        seen[count.most_common(1)[0][0]] += 1
        if len(count) > 1 and sorted(count.values())[-2] > 1:
            lines = [
                f"    {m.start:%d %H:%M}-{m.end:%H:%M} {by_id[m.article].attack} {by_id[m.article].body[:90]}"
                for m in group
            ]
            result.merged.append(f"{sorted(attacks_here)}\n" + "\n".join(lines))
    result.missed = [attack.number for attack in true if not seen[attack.number]]
    result.split = [f"{number}: {count} events" for number, count in seen.items() if count > 1]
    return result


def main() -> int:
    """Print what came of it; 1 where a bar is missed."""
    result = gathered(load_watchlist(SHIPPED / "local"))
    ratio = result.told / result.attacks
    met = ratio <= 1.1 and not result.missed and not result.merged
    print(
        f"events: {result.told} told of {result.attacks} attacks, {ratio:.3f} for each (bar 1.1), "
        f"{len(result.missed)} missed, {len(result.merged)} merged: {'met' if met else 'MISSED'}"
    )
    for line in (*result.merged, *result.split, *(f"not read: {text}" for text in result.unread)):
        print(f"  {line}", file=sys.stderr)
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
