"""What an article reports: a new attack, on what, by whom, when; by the words around what is watched.

Sentences are split and their words looked up (`sentences`, `cues`), each mention is given its part (`parts`) and its
time (`moments`); of all that the article's answer is made (`answer`). What is unsure is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from config.entities import Watchlist
from pipelines.arabic import FOLDING
from pipelines.dates import find_dates
from pipelines.records import Answer, Article, Mention, Part, When
from pipelines.report.anaphora import REACH, Anaphora
from pipelines.report.answer import SIGNS, answer_of
from pipelines.report.clause import Clause, Role
from pipelines.report.cues import Cues
from pipelines.report.groups import CLAIMED
from pipelines.report.moments import Dated, Moment, Setting, asks, moment
from pipelines.report.parts import roles
from pipelines.report.reading import Read, mention_place
from pipelines.report.sentences import Words, headlines
from pipelines.sentences import Sentences

REPORTS = 2
"""Version of the rules; part of the digest."""
LEAD = 2
"""Sentences of the body that belong to the lead."""
SHORTEST = 25
"""Code points of a line that may be the first sentence of a text."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a mention has its part: the words that decided."""

    entity: str
    sentence: int
    part: Part
    when: When | None
    words: str


class Reporter:
    """The compiled words of reports. Raises ValueError where the watchlist lacks a table of them."""

    def __init__(self, watchlist: Watchlist) -> None:
        self.cues = Cues(watchlist)
        self._anaphora = Anaphora(watchlist)
        names = sorted((entity.id, entity.names) for entity in watchlist.entities if entity.kind == "cue")
        text = json.dumps([FOLDING, REPORTS, names], ensure_ascii=False)
        self.digest: str = sha256(text.encode()).hexdigest()
        """Of everything beside the mentions that decides what an article reports."""

    def report(self, article: Article, timezone: str) -> Article:
        """`article`, which is tagged, with what it reports. `timezone` (IANA) is that of its source."""
        answer = self.answer(
            article.title,
            article.body,
            article.mentions,
            published=article.published or article.fetched,
            day_only=article.published_precision == "day",
            timezone=timezone,
        )
        provenance = replace(article.provenance, reports=self.digest)
        return replace(article, **{name: getattr(answer, name) for name in FIELDS}, provenance=provenance)

    def answer(
        self,
        title: str,
        body: str,
        mentions: Sequence[Mention],
        *,
        published: datetime | None,
        timezone: str,
        day_only: bool = False,
    ) -> Answer:
        """What a text reports. Without `published` only words such as اليوم tell what is new."""
        return self._read(title, body, mentions, published, timezone, day_only)[0]

    def explained(
        self,
        title: str,
        body: str,
        mentions: Sequence[Mention],
        *,
        published: datetime | None,
        timezone: str,
        day_only: bool = False,
    ) -> tuple[Answer, tuple[Because, ...]]:
        """The answer, and for each mention of a base or a group the words that decided."""
        answer, read = self._read(title, body, mentions, published, timezone, day_only)
        because = []
        for one in read:
            for word, role, mention in one.told():
                told = one.moments[word]
                deciding = sorted({place for place in (role.deed, told.word) if place is not None})
                field_text = title if one.place == 0 else body
                shown = " … ".join(
                    field_text[one.words.place(place) : one.words.place(place + 1)].strip(SIGNS) for place in deciding
                )
                part = answer.mentions[mention_place(one, word)].part
                because.append(Because(mention.entity, one.place, part, told.when, shown))
        return answer, tuple(because)

    # ------------------------------------------------------------------
    def _read(
        self,
        title: str,
        body: str,
        mentions: Sequence[Mention],
        published: datetime | None,
        timezone: str,
        day_only: bool,
    ) -> tuple[Answer, list[Read]]:
        mentions = tuple(mentions)
        if not mentions:
            return Answer(mentions=()), []
        sentences = Sentences(title, body)
        mentions = tuple(m if m.field == "title" else _in_body(m, sentences) for m in mentions)
        # A page that prints only a day may have come at its end.
        now = published + timedelta(hours=24) if published is not None and day_only else published
        read: list[Read] = []
        of_groups = not any(m.kind == "base" for m in mentions)
        for wanted in (self._top, self._rest):
            for number, lead in wanted(body, sentences, mentions, read):
                # A title may tell without a verb: صواريخ على القاعدة.
                short = number == 0 and not of_groups and mentions[0].field == "title"
                if short or self.cues.tells(sentences.text(number), of_groups=of_groups and lead):
                    read.append(self._sentence(sentences, number, mentions, lead=lead))
        for one in read:
            if any(role.deed is not None for role in one.roles.values()) or (one.lead and one.clause.deeds):
                one.dates = _dates(one, sentences, published, timezone)
        self._when(title, read, now)
        _take_back(read)
        return answer_of(self.cues, title, body, mentions, sentences, read, published), read

    def _top(
        self, body: str, sentences: Sentences, mentions: Sequence[Mention], read: Sequence[Read]
    ) -> list[tuple[int, bool]]:
        """Sentences to be read first, and whether they are of the lead: all that name something where a base is named,
        else the title and the first one. That a group was struck is the news only where it stands there."""
        named = {m.sentence for m in mentions if m.kind in ("base", "militia", "force")}
        if any(m.kind == "base" for m in mentions):
            others = headlines(body, sentences)
            lead = [
                0,
                *islice((n for n in range(1, len(sentences)) if n not in others and self._speaks(sentences, n)), LEAD),
            ]
            after = {
                number
                for m in mentions
                if m.kind == "base"
                for number in range(m.sentence + 1, min(len(sentences), m.sentence + 1 + REACH))
                if number not in named and self._anaphora.may_stand(sentences.text(number))
            }
            if any(m.kind == "militia" for m in mentions):
                # تبنى التنظيم العملية: who is named in an earlier sentence
                after |= {sentences.at("body", claim.start()) for claim in CLAIMED.finditer(body)}
            return [(number, number in lead) for number in sorted((named | after | set(lead)) - others)]
        return [(number, True) for number in (0, 1) if number in named]

    @staticmethod
    def _speaks(sentences: Sentences, number: int) -> bool:
        """Whether a sentence tells anything: it is no line of a date and does not repeat the title."""
        text = sentences.text(number).strip()
        return len(text) >= SHORTEST and text not in sentences.text(0)

    @staticmethod
    def _rest(
        body: str, sentences: Sentences, mentions: Sequence[Mention], read: Sequence[Read]
    ) -> list[tuple[int, bool]]:
        """What is read after that: of an article on an attack on a group, who claims it."""
        if any(m.kind == "base" for m in mentions) or not any(
            role.part == "target" for one in read for role in one.roles.values()
        ):
            return []
        others = headlines(body, sentences)
        named = {m.sentence for m in mentions if m.kind in ("militia", "force")} - {0, 1} - others
        return [(number, False) for number in sorted(named)]

    def _sentence(self, sentences: Sentences, number: int, mentions: tuple[Mention, ...], *, lead: bool) -> Read:
        # A weapon's name is a word like others, by which an attack is told.
        inside = [(n, m) for n, m in enumerate(mentions) if m.sentence == number and m.kind != "weapon"]
        words = Words(sentences.text(number), sentences.sentence(number).start, inside)
        if number and not any(m.kind == "base" for _, m in inside):
            self._anaphora.resolved(words, number, mentions)
        sorts = self.cues.of(words)
        if number and sorts and "see-also" in sorts[0]:
            # A line that names another article.
            words, sorts = Words("", 0, ()), []
        clause = Clause(words, sorts, mentions, title=number == 0)
        return Read(number, words, clause, [], lead, roles(clause))

    def _when(self, title: str, read: Sequence[Read], published: datetime | None) -> None:
        if not read:
            return
        asked = read[0].place == 0 and asks(title, [word.text for word in read[0].words[:1]])
        plain = Setting(published, lead=True, news=False, dated=False, asked=asked)
        # حصاد اليوم: one short report after the other, each of them news.
        news = self.cues.is_bulletin(title)
        dated = False
        first = next((one.place for one in read if one.lead and one.place), 0)
        for one in read:
            if one.place > first:
                break
            for deed in one.clause.deeds:
                told = moment(one.clause, Role("target", deed, one.clause.mood(deed)), one.dates, plain)
                if told.when == "new":
                    news = True
                    dated |= told.date is not None or (told.word is not None and told.word != deed)
        before: tuple[int, When | None] = (-1, None)
        for one in read:
            last = before[1] if before[0] in (one.place - 1, one.place) else None
            setting = Setting(published, lead=one.lead, news=news, dated=dated, asked=asked, before=last)
            for word, role in one.roles.items():
                one.moments[word] = Moment(None) if role.deed is None else moment(one.clause, role, one.dates, setting)
                if role.part == "target":
                    before = one.place, one.moments[word].when


FIELDS = tuple(field.name for field in fields(Answer))


def _in_body(mention: Mention, sentences: Sentences) -> Mention:
    # In full: a third of the time that `replace` takes, and there are many.
    m = mention
    return Mention(
        m.entity, m.kind, m.surface, m.field, m.start, m.end, m.rule, sentences.at(m.field, m.start), m.part, m.when
    )


def _take_back(read: Sequence[Read]) -> None:
    """An attack without a date is the one of which the article says elsewhere that it was long ago.

    Of a title (فيلم عن قصف القاعدة) the first sentence says so, of what stands below the lead any sentence before it.
    """
    dated: set[str] = set()
    old_ones: set[str] = set()
    for one in read:
        for word, role, mention in one.told():
            told = one.moments[word]
            if role.part != "target":
                continue
            if told.when == "new" and not one.lead and told.date is None and mention.entity in old_ones - dated:
                one.moments[word] = Moment("background", told.word)
            elif told.when == "new":
                dated.add(mention.entity)
            elif told.when == "background" and told.date is not None:
                old_ones.add(mention.entity)
    if not read or read[0].place != 0:
        return
    first = next((one for one in read[1:] if one.lead), None)
    old = set(first.entities(part="target", when="background")) if first else set()
    fresh = {entity for one in read[1:] for entity in one.entities(part="target")}
    for word, _, mention in read[0].told():
        told = read[0].moments[word]
        if told.when == "new" and told.date is None and mention.entity in old - fresh:
            read[0].moments[word] = Moment("background", told.word)


def _dates(one: Read, sentences: Sentences, published: datetime | None, timezone: str) -> list[Dated]:
    text, offset = sentences.text(one.place), sentences.sentence(one.place).start
    found = find_dates(text, published=published, timezone=timezone)
    if not found:
        return []
    starts = [one.words.place(word) for word in range(len(one.words))]
    dated = []
    for date in found:
        word = sum(start <= offset + date.start for start in starts) - 1
        dated.append(Dated(max(0, word), date.earliest, date.latest))
    return dated
