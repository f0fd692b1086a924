"""Whether an attack that a sentence tells is new, background or still to come, and when it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pipelines.records import EventPrecision, When
from pipelines.report.clause import AIMED, HEADING, RELATIVE, Clause, Role

NEW = timedelta(hours=36)
"""What ended longer ago, counted from publication, is background."""
AHEAD = timedelta(hours=18)
"""A day's name goes on after publication; what only begins later is to come."""
BESIDE = 7
"""Words between a deed and what says that many are meant."""
REACTION = 5
SAME = 12
"""Words in which a verb still belongs to the relative clause before it."""
AFTER = frozenset("بعد عقب بعيد منذ".split())
LONGEST = timedelta(days=3)
"""A longer time is no event's: هجمات الأسبوع الماضي, منذ مطلع الشهر."""
_THAT = frozenset("ان بان انه انها انهم بانها بانه".split())
_DAYS = frozenset("الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد".split())
_THAT_TIME = frozenset("نفس تلك ذلك ذات".split())
_SAME_TIME = frozenset("نفسها نفسه ذاتها ذاته يومها حينها ليلتها".split())
_TIMES = frozenset("الليله ليله اليوم يوم الوقت وقت التوقيت الفتره الشهر الاسبوع العام السنه".split())
_NTH = ("الاول", "اول", "الثان", "ثان", "الثالث", "ثالث", "الرابع", "رابع", "الخامس", "خامس", "للمره", "المره", "مره")
_AGO = frozenset("الماضي الماضيه الفائت المنصرم المقبل".split())
_LAST = frozenset("اخرها اخره احدثها".split())
_ASKING = frozenset("هل لماذا كيف ماذا متي حقيقه".split())


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a sentence: bounds, and the word that it stands at."""

    word: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """Where in its article a sentence stands."""

    published: datetime | None
    lead: bool
    """The title or one of the first sentences."""
    news: bool
    """The title or the first sentences tell a new attack, on whatever."""
    dated: bool
    """The first sentences tell a new attack with its date."""
    asked: bool = False
    """The title is a question."""
    before: When | None = None
    """When the attack was that the sentence before tells."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a sentence says of when a deed was, and the word that says so."""

    when: When | None
    word: int | None = None
    date: Dated | None = None


def fresh(date: Dated, published: datetime) -> bool:
    """Whether a date may be that of news."""
    within = date.latest > published - NEW and date.earliest <= published + AHEAD
    return within and date.latest - date.earliest <= LONGEST


def moment(clause: Clause, role: Role, dates: Sequence[Dated], setting: Setting) -> Moment:
    """When the deed of `role` was."""
    deed = role.deed
    assert deed is not None
    if role.mood == "planned":
        return Moment("planned", deed)
    if role.mood == "denied":
        return Moment(None, deed)
    if (latest := _latest(clause, deed, dates, setting.published)) is not None:
        return latest
    many = clause.first("counted", max(0, deed - BESIDE), deed + BESIDE + 1)
    many = many if many is not None else _before(clause, "ongoing", deed, 3)
    if many is not None:
        return Moment("background", many)
    said = _saying(clause, deed)
    marks = [
        mark
        for mark in _marks(clause, dates, setting.published)
        # استهدفت القاعدة ردا على قصف المدينة قبل أيام: that is when the other one was.
        if (mark[0] < deed or not clause.has("reaction", deed + 1, mark[0]))
        and not (clause.title and mark[1] == "background" and _apart(clause, deed, mark[0]))
    ]
    # جراء قصف أصاب المدرج: the cause is before the first of two deeds.
    first = min((k for k in clause.deeds if 0 <= deed - k <= 3), default=deed)
    after = _before(clause, "reaction", first, 2)
    because = after is not None and clause.words[after].text.lstrip("وف") not in AFTER and not _hurts(clause, after)
    if after is not None and (because or not setting.lead):
        # أعلن الثلاثاء … بعد قصف القاعدة, سلمت الأربعاء رسالة ردا على قصفها: the day of the words.
        marks = [mark for mark in marks if mark[0] > after]
    refers = _refers(clause, deed, said)
    if marks:
        # What stands nearest says when; of two, the later one: قصفت الثلاثاء مقرا تعرض ... العام الماضي.
        word, when, date = min(marks, key=lambda mark: (abs(mark[0] - deed), -mark[0]))
        mourned = clause.first("anniversary")
        if when == "new" and mourned is not None and mourned < deed and word < deed:
            return Moment("background", mourned)
        spoken = _before(clause, "about", deed, 2 * REACTION)
        if when == "new" and refers and any(place is not None and word < place for place in (spoken, said)):
            # كرر الجمعة الاتهامات بقصف القاعدة, أضاف الأربعاء أن الهجمات الأخيرة: the day of the words.
            return Moment("new" if setting.dated else None, deed)
        return Moment(when, word, date)
    mourned = _before(clause, "anniversary", deed, 2 * REACTION)
    if mourned is not None:
        return Moment("background", mourned)
    if setting.before == "background" and _of_that_time(clause):
        # كما ضُربت القاعدة في الليلة نفسها
        return Moment("background", deed)
    past = clause.first("past")
    following = "" if past is None or past + 1 == len(clause.words) else clause.words[past + 1].text
    if following in ("بين", "ضمن"):
        # كانوا بين القتلى
        past = None
    if (
        past is not None
        and past == deed - 1
        and (any(k < past for k in clause.deeds) or (setting.news and clause.has("object", past - 3, past)))
    ):
        # اعترضت صواريخ كانت تستهدف القاعدة
        past = None
    if _goes_on(following):
        # المسيّرة كانت متجهة إلى القاعدة, كانتا تقصدان القاعدة: of what is told, and not before it
        past = None
    if past is not None and past < deed:
        if setting.news and clause.words[deed].text.startswith((*AIMED, *HEADING)):
            # القاعدة كانت المستهدفة
            return Moment("new", deed)
        told = clause.first("announce", past + 1, past + 5)
        if told is not None and told < deed and setting.news and not setting.asked:
            # كان الجيش قد أعلن سقوط صواريخ
            return Moment("new", deed)
        if said is not None and past < said and setting.news and not setting.asked:
            return Moment("new", deed)
        return Moment("background", past)
    cause = next(
        (c for sort in ("reaction", "about") if (c := _before(clause, sort, deed, REACTION)) is not None), None
    )
    if cause is not None and clause.words[cause].text.startswith(("رد", "ورد")) and deed - cause > 2:
        # ردا على المجازر هاجمنا القاعدة: that is what came before.
        cause = None
    # خرج المطار عن الخدمة إثر غارات: what it did is the news.
    hurt = cause is not None and (_hurts(clause, cause) or clause.has("killed", deed + 1, deed + 4))
    if cause is not None and not (hurt and setting.lead) and not clause.has("announce", cause, deed):
        return Moment("new" if setting.lead and setting.dated else None, cause)
    if setting.asked and clause.title:
        return Moment(None, deed)
    # قضوا في الهجوم على الحقل
    hurt |= clause.has("killed", deed - 8, deed)
    if refers and not setting.dated and not (hurt and setting.lead):
        return Moment(None, deed)
    if setting.lead or (setting.news and not refers):
        return Moment("new", deed)
    return Moment(None, deed)


def _goes_on(text: str) -> bool:
    return text.startswith(HEADING) or (text.startswith(("ت", "ي")) and "قصد" in text)


def _apart(clause: Clause, one: int, other: int) -> bool:
    """Whether a sign between a deed and another word says that another deed is told behind it."""
    low, high = min(one, other), max(one, other)
    hard = [k for k in range(low + 1, high + 1) if clause.words[k].hard]
    return bool(hard) and any(hard[0] <= deed < other for deed in clause.deeds if deed != one)


def _of_that_time(clause: Clause) -> bool:
    """في الليلة نفسها, في ذلك اليوم."""
    return any(
        not _TIMES.isdisjoint(two) and not (_THAT_TIME | _SAME_TIME).isdisjoint(two)
        for two in pairwise(word.text for word in clause.words)
    )


def _hurts(clause: Clause, cause: int) -> bool:
    """Whether the words before a cause tell what it did to people or to the place."""
    return clause.has("killed", cause - 8, cause) or clause.has("harm", cause - 8, cause)


def _latest(clause: Clause, deed: int, dates: Sequence[Dated], published: datetime | None) -> Moment | None:
    """هجمات عدة، آخرها فجر اليوم: of many attacks the last one, which has its date, where it is new."""
    last = next((k for k in range(deed + 1, len(clause.words)) if clause.words[k].text in _LAST), None)
    if last is None or published is None:
        return None
    date = next((date for date in dates if date.word > last), None)
    return None if date is None or not fresh(date, published) else Moment("new", date.word, date)


def _saying(clause: Clause, deed: int) -> int | None:
    """The أن after a verb of saying, where the deed is part of what is said."""
    for place in range(deed - 1, -1, -1):
        if clause.words[place].text in _THAT and any(
            clause.sorts[k] & {"announce", "cite", "accuse", "threat", "about"}
            for k in range(max(0, place - 12), place)
        ):
            return place
    return None


def _refers(clause: Clause, deed: int, said: int | None) -> bool:
    """Whether a deed is one that is known: الهجوم, التي استهدفت, الاتهامات بقصف, اعترف أن … قصف."""
    text = clause.words[deed].text.lstrip("وفبك")
    if text.startswith("ال") or text.startswith("لل"):
        following = clause.words[deed + 1 : deed + 2]
        # الغارات وقعت على القاعدة: told anew
        hit = bool(following) and clause.sorts[deed + 1] & {"arrive", "strike"} and following[0].text[:2] != "ال"
        return not hit
    if any(clause.words[k].text in RELATIVE for k in range(max(0, deed - 2), deed)):
        return True
    for place in range(max(0, deed - SAME), deed - 1):
        # الغارة التي قال عنها إنها إسرائيلية واستهدفت القاعدة
        known = clause.words[place].text.startswith("ال") and place in clause.deeds
        if known and clause.words[place + 1].text in RELATIVE and clause.words[deed].text.startswith("و"):
            return True
    if said is not None and _before(clause, "about", said, 2 * REACTION) is not None:
        return True
    about = _before(clause, "about", deed, REACTION)
    if about is None and (about := _before(clause, "about", deed, 2 * REACTION)) is not None:
        # الاتهامات التي وجهتها دمشق لإسرائيل بقصف القاعدة
        about = about if clause.words[about + 1].text in RELATIVE else None
    return about is not None and not clause.has("announce", about, deed)


def _before(clause: Clause, sort: str, deed: int, reach: int) -> int | None:
    """The nearest word of a sort before a deed."""
    for place in range(deed - 1, max(-1, deed - reach - 1), -1):
        if sort in clause.sorts[place]:
            # تعرضت القرى لقصف: told, and not spoken of.
            told = sort == "about" and place in clause.deeds and clause.has("suffer", place - 2 * REACTION, place)
            return None if told else place
    return None


def _marks(clause: Clause, dates: Sequence[Dated], published: datetime | None) -> list[tuple[int, When, Dated | None]]:
    """Everything in a sentence that says when."""
    found: list[tuple[int, When, Dated | None]] = []
    for date in dates:
        if date.word and (
            clause.words[date.word - 1].text in _THAT_TIME
            or any(word.text in _SAME_TIME for word in clause.words[date.word + 1 : date.word + 2])
        ):
            # في نفس الليلة: of what was spoken of before.
            continue
        when: When = "background"
        if published is not None and fresh(date, published):
            when = "new"
        elif published is not None and date.earliest > published:
            when = "planned"
        if when == "background" and _counts_on(clause, date.word):
            continue
        found.append((date.word, when, date))
    for place, sorts in enumerate(clause.sorts):
        if "earlier" in sorts:
            if _counts_on(clause, place):
                continue
            found.append((place, "background", None))
        elif "fresh" in sorts and (published is None or not dates):
            found.append((place, "new", None))
        elif published is None and "month" in sorts:
            found.append((place, "background", None))
        elif published is None and clause.words[place].text.lstrip("وف") in _DAYS:
            ago = place + 1 < len(clause.words) and clause.words[place + 1].text in _AGO
            found.append((place, "background" if ago else "new", None))
    return found


def _counts_on(clause: Clause, mark: int) -> bool:
    """للمرة الثالثة هذا العام، وهو الثاني خلال أسبوع: how many there were until then, and not when this one was."""
    return any(word.text.lstrip("و").startswith(_NTH) for word in clause.words[max(0, mark - 3) : mark])


def asks(title: str, words: Sequence[str]) -> bool:
    """Whether a title asks instead of telling."""
    return "؟" in title or "?" in title or bool(words and words[0] in _ASKING)


def precision(start: datetime, end: datetime) -> EventPrecision:
    """In words, how much time lies between two moments."""
    length = end - start
    if length <= timedelta(minutes=1):
        return "minute"
    if length < timedelta(hours=20):
        return "hours"
    return "day" if length <= timedelta(hours=25) else "days"
