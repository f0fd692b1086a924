"""The article's answer, made of its sentences: attack, denial, threat or none; targets, claims, casualties, sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from pipelines.records import Answer, Mention, Part, Report, Sentence
from pipelines.report.cues import Cues
from pipelines.report.groups import claims_unnamed
from pipelines.report.incidents import incidents_of
from pipelines.report.reading import Read, mention_place
from pipelines.sentences import Sentences

SIGNS = ' ،,.؛:…()"«»“”\n-'
"""What may stand around a word and is none of it."""
LONGEST = 120
"""Code points of what is told of casualties and sources."""
DENIED_WITHIN = 4
"""Sentences from the top in which the denial that there was an attack is the article's news."""


def answer_of(
    cues: Cues,
    title: str,
    body: str,
    mentions: tuple[Mention, ...],
    sentences: Sentences,
    read: Sequence[Read],
    published: datetime | None,
) -> Answer:
    """What the article tells, of its mentions and of its sentences as far as they were read."""
    changed = list(mentions)
    meant: list[int] = []
    for one in read:
        for word, role in one.roles.items():
            told = one.moments[word]
            part: Part = role.part
            if part == "target" and (role.mood == "denied" or told.when is None):
                part = "mention"
            place = mention_place(one, word)
            if one.words[word].refers:
                if part == "target" and told.when == "new":
                    meant.append(place)
                continue
            spoken = part not in ("mention", "scene", "origin") or role.mood == "planned"
            changed[place] = replace(changed[place], part=part, when=told.when if spoken else None)
    struck_by_name = {m.entity for m in changed if m.part == "target" and m.when == "new"}
    for place in meant:
        if changed[place].entity not in struck_by_name:
            changed[place] = replace(changed[place], part="target", when="new")
    kinds = {m.entity: m.kind for m in mentions}
    struck = [e for one in read for e in one.entities(part="target")]
    targets = tuple(dict.fromkeys(struck))
    # Of an army's bases the base is the target; of a group's, the group too.
    targets = tuple(e for e in targets if kinds[e] != "force") or targets
    if not any(kinds[e] == "base" for e in targets):
        # That a group was struck is the news only where it stands on top: wars are full of it.
        top = [e for one in read if one.place <= 1 for e in one.entities(part="target")]
        targets = tuple(e for e in targets if e in top)
    denied = _denied(read, targets)
    report: Report = "none"
    if denied:
        report, targets = "denial", ()
    elif targets:
        report = "attack"
    elif any(one.lead and _threatens(one) for one in read):
        report = "threat"
    kept = _kept(sentences, mentions)
    if report != "attack":
        if denied:
            changed = [replace(m, part="mention", when=None) if m.when == "new" else m for m in changed]
        cites = _cites(cues, title, body, read) if report != "none" else ()
        return Answer(mentions=tuple(changed), sentences=kept, report=report, cites=cites)
    hits = [one for one in read if set(one.entities(part="target")) & set(targets)]
    incidents = incidents_of(hits, published)
    claimed = _said(read, "claims") or _claimed_by_last(read)
    first = incidents[0]
    weapons = [m.entity for one in hits for m in mentions if m.kind == "weapon" and m.sentence == one.place]
    return Answer(
        mentions=tuple(changed),
        sentences=kept,
        report=report,
        targets=targets,
        claimed_by=claimed,
        # Who is quoted with a claim and beside somebody's denial claims.
        denied_by=tuple(group for group in _said(read, "denies") if group not in claimed),
        accused=_said(read, "accused"),
        weapons=tuple(dict.fromkeys(weapons)),
        casualties=_casualties(title, body, hits),
        event_from=first.start,
        event_to=first.end,
        event_precision=first.precision,
        incidents=incidents,
        cites=_cites(cues, title, body, read),
    )


def _denied(read: Sequence[Read], targets: Sequence[str]) -> bool:
    """Whether the article's news is that there was no attack."""
    deniers = [
        one
        for one in read
        if one.place < DENIED_WITHIN
        and (
            (one.clause.first("deny") is not None and one.clause.first("crash") is not None)
            or (
                any(role.mood == "denied" for role in one.roles.values())
                and any(mention.kind == "base" for _, _, mention in one.told())
            )
        )
    ]
    top = read[0].clause if read and read[0].place == 0 else None
    named_on_top = any(mention.kind in ("base", "militia") for _, _, mention in read[0].told()) if read else False
    if top is not None and top.deeds and not named_on_top and all(top.mood(deed) == "denied" for deed in top.deeds):
        # دمشق تسحب تقارير عن الهجوم: whatever was told first is told below.
        return True
    if not deniers:
        return False
    if not targets:
        return True
    first = deniers[0]
    named = {mention.entity for _, _, mention in first.told() if mention.kind == "base"}
    if first.place == 0 and (named & set(targets) or first.clause.first("crash") is not None):
        return True
    # Only a noise was heard, and somebody says what it was.
    for one in read:
        for word, role in one.roles.items():
            struck = role.part == "target" and one.moments[word].when == "new"
            if struck and role.deed is not None and not one.clause.has("impact", role.deed - 3, role.deed + 4):
                return False
    return any(one.clause.first("crash") is not None for one in deniers)


def _said(read: Sequence[Read], part: Part) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            mention.entity
            for one in read
            for word, role, mention in one.told()
            if role.part == part and one.moments[word].when != "background"
        )
    )


def _claimed_by_last(read: Sequence[Read]) -> tuple[str, ...]:
    """أعلن التنظيم مسؤوليته: the armed group that was named last."""
    last: str | None = None
    for one in read:
        if last is not None and claims_unnamed(one.clause) is not None:
            return (last,)
        for word in range(len(one.words)):
            mention = one.clause.mention(word)
            if mention is not None and mention.kind == "militia":
                last = mention.entity
    return ()


def _casualties(title: str, body: str, hits: Sequence[Read]) -> str:
    """From the first word on the dead, the wounded or the damage to the next sign, as printed."""
    for one in sorted(hits, key=lambda one: one.place == 0):
        first = one.clause.first("killed")
        if first is None:
            continue
        field_text = title if one.place == 0 else body
        if first and one.words[first - 1].text in ("دون", "بدون", "وقوع", "اي"):
            first -= 1
        if first and one.words[first - 1].text in ("دون", "بدون"):
            first -= 1
        stop = next(
            (k for k in range(first + 2, len(one.words)) if one.words[k].comma or one.words[k].hard), len(one.words)
        )
        text = field_text[one.words.place(first) : one.words.place(stop)]
        return text.strip(SIGNS)[:LONGEST]
    return ""


def _cites(cues: Cues, title: str, body: str, read: Sequence[Read]) -> tuple[str, ...]:
    """Outlets that are named in the lead or in a sentence on the attack, as printed."""
    found = []
    for one in read:
        if not one.lead and not one.entities(part="target"):
            continue
        field_text = title if one.place == 0 else body
        sorts = one.clause.sorts
        for place, here in enumerate(sorts):
            if "outlet" not in here:
                continue
            if not any(one.clause.has(sort, place - 4, place + 3) for sort in ("cite", "outlet-head", "announce")):
                continue
            longest = cues.length(one.words, place, "outlet")
            text = field_text[one.words.place(place) : one.words.place(place + longest)]
            found.append(text.strip(SIGNS)[:LONGEST])
    return tuple(dict.fromkeys(filter(None, found)))


def _kept(sentences: Sentences, mentions: Iterable[Mention]) -> tuple[Sentence, ...]:
    """Those that mentions are in."""
    return tuple(sentences.sentence(number) for number in sorted({mention.sentence for mention in mentions}))


def _threatens(one: Read) -> bool:
    if any(role.mood == "planned" for role in one.roles.values()):
        return True
    return bool(one.roles) and any(one.clause.mood(deed) == "planned" for deed in one.clause.deeds)
