"""Which reports tell of one attack: by what was struck and when, never by how alike the words are.

Pure: reports of articles in, events out. All reports that could belong together are laid together anew each time, so a
later report that knows more corrects what earlier ones made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from pipelines.report.moments import precision

Document = dict[str, Any]

APART = timedelta(hours=6)
"""So far the hour that a single outlet prints may be from the one that several do, and still be wrong."""
CLOSE = timedelta(hours=1)
"""A time to the minute may lie so far beside a part of the day (3:20, dawn) or another one."""
SHARP = timedelta(hours=13)
"""A report that leaves no more time open knows the hour; one that leaves more knows the day."""
REACH = timedelta(hours=48)
"""How far from a report others may lie that could tell of the same attack."""
LATE = timedelta(minutes=30)
"""Clocks differ: an attack may be told so long before it happened."""


@dataclass(frozen=True, slots=True)
class Told:
    """One attack as one article tells it."""

    article: str
    number: int
    """Which of the article's attacks."""
    source: str
    origin: str
    """Whose words they are: the outlet's owner, or the agency that it quotes."""
    published: datetime
    targets: tuple[str, ...]
    start: datetime
    end: datetime
    again: bool
    """Whether the text calls it another attack than one before."""
    weapons: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    accused: tuple[str, ...] = ()
    casualties: str = ""
    gone: bool = False
    """Whether the outlet took the article down."""

    @property
    def sharp(self) -> bool:
        """Whether it knows the hour."""
        return self.end - self.start <= SHARP

    @property
    def middle(self) -> datetime:
        """Between its two ends."""
        return self.start + (self.end - self.start) / 2


def told_by(article: Document, origin: str) -> list[Told]:
    """The attacks that a stored article tells of; none where it reports none."""
    if article["report"] != "attack":
        return []
    published = article["published"] or article["first_seen"]
    found = []
    for number, incident in enumerate(article["incidents"]):
        start = incident["from"] or published - timedelta(hours=24)
        end = incident["to"] or published
        # What was said belongs to the first attack that is told.
        said = {name: tuple(article[name]) for name in ("weapons", "claimed_by", "denied_by", "accused")}
        found.append(
            Told(
                article=article["_id"],
                number=number,
                source=article["source"],
                origin=origin,
                published=published,
                targets=tuple(incident["targets"]),
                start=start,
                end=max(start, end),
                again=incident["again"],
                casualties=article["casualties"] if number == 0 else "",
                gone=article.get("state") == "gone",
                **(said if number == 0 else {}),
            )
        )
    return found


def told_in(event: Document) -> list[Told]:
    """The reports that an event was made of."""
    return [
        Told(
            article=member["article"],
            number=member["number"],
            source=member["source"],
            origin=member["origin"],
            published=member["published"],
            targets=tuple(member["targets"]),
            start=member["from"],
            end=member["to"],
            again=member["again"],
            casualties=member["casualties"],
            gone=member.get("gone", False),
            **{name: tuple(member[name]) for name in ("weapons", "claimed_by", "denied_by", "accused")},
        )
        for member in event["members"]
    ]


class _Group:
    """Reports that tell of one attack."""

    def __init__(self, members: Iterable[Told]) -> None:
        self.members = list(members)

    @property
    def targets(self) -> set[str]:
        return {target for member in self.members for target in member.targets}

    def bounds(self) -> tuple[datetime, datetime]:
        """When it was: what most of those say who know the hour, else the narrowest of the days."""
        sharp = [member for member in self.members if member.sharp]
        if not sharp:
            narrow = min(self.members, key=lambda m: (m.end - m.start, m.published))
            return narrow.start, narrow.end
        # One that is wrong by hours is outvoted; of equals the latest report knows most.
        votes = Counter(
            {id(m): sum(_gap(m.start, m.end, other.start, other.end) < timedelta(0) for other in sharp) for m in sharp}
        )
        best = max(sharp, key=lambda m: (votes[id(m)], -(m.end - m.start), m.published))
        return best.start, best.end

    def fits(self, told: Told) -> bool:
        """Whether a report may tell of this attack."""
        if not self.targets & set(told.targets):
            return False
        if any(m.article == told.article and set(m.targets) & set(told.targets) for m in self.members):
            # One article tells no attack twice: it says that there were two.
            return False
        start, end = self.bounds()
        sharp = [member for member in self.members if member.sharp]
        if told.sharp and sharp:
            disjoint = _gap(start, end, told.start, told.end) >= timedelta(0)
            if disjoint and (told.again or any(member.again for member in sharp)):
                return False
            return _near(start, end, told.start, told.end)
        return start <= told.end + LATE and told.start <= end + LATE and start <= told.published + LATE


def _near(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> bool:
    """Whether two times may be one: mostly the same stretch, or hardly apart."""
    shorter = min(end - start, other_end - other_start)
    return _gap(start, end, other_start, other_end) <= max(-shorter / 2, -timedelta(hours=3)) + CLOSE * (
        shorter < CLOSE
    )


def _gap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> timedelta:
    """Time between two stretches; negative where they overlap."""
    return max(start, other_start) - min(end, other_end)


def gather(told: Iterable[Told]) -> list[list[Told]]:
    """Reports laid together into attacks, each report in one; the same for whatever order they came in."""
    ordered = sorted(set(told), key=lambda t: (not t.sharp, t.end - t.start, t.published, t.article, t.number))
    groups: list[_Group] = []
    for one in ordered:
        fitting = [group for group in groups if group.fits(one)]
        if not fitting:
            groups.append(_Group([one]))
            continue
        best = min(fitting, key=lambda group: _distance(group, one))
        best.members.append(one)
        if one.sharp and len(one.targets) > 1:
            # A salvo on several targets: what was told of each alone is one attack.
            for other in fitting:
                if other is not best and not best.targets & (other.targets - set(one.targets)):
                    best.members += other.members
                    groups.remove(other)
    return [group.members for group in _without_mistakes(groups)]


def _without_mistakes(groups: list[_Group]) -> list[_Group]:
    """An hour that one outlet alone has is wrong where others tell of an attack some hours before or after it."""
    kept = list(groups)
    for group in groups:
        if len({m.source for m in group.members}) > 1 or any(m.again for m in group.members):
            continue
        middle = _middle(group)
        others = [
            other
            for other in kept
            if other is not group
            and not any(m.again for m in other.members)
            and other.targets & group.targets
            and not {m.article for m in other.members} & {m.article for m in group.members}
            and abs(_middle(other) - middle) <= APART
        ]
        if others:
            min(others, key=lambda other: abs(_middle(other) - middle)).members += group.members
            kept.remove(group)
    return kept


def _middle(group: _Group) -> datetime:
    start, end = group.bounds()
    return start + (end - start) / 2


def _distance(group: _Group, told: Told) -> tuple[bool, timedelta]:
    """How well a report fits: one without the hour mostly tells of the last attack before it was published."""
    middle = _middle(group)
    if told.sharp:
        return False, abs(middle - told.middle)
    return middle > told.published, abs(told.published - middle)


def event_of(
    members: Sequence[Told],
    denials: Sequence[str],
    earlier: Sequence[Document],
    taken: Callable[[str], bool] = lambda _: False,
) -> Document:
    """The stored event that reports make; it keeps the id of the one of `earlier` that most of them were in.

    `denials` are articles that say that there was no attack; `taken` tells of an id whether another event has it.
    Whose article is gone stays a member, because it was told, but counts no more, and says no more than the others as
    long as one of them stands.
    """
    by_time = sorted(members, key=lambda m: (m.published, m.article, m.number))
    reports, standing = by_time, [member for member in by_time if not member.gone]
    by_time = standing or reports
    start, end = _Group(by_time).bounds()
    origins = {member.origin for member in standing}
    claimed = _joined(member.claimed_by for member in by_time)
    state = "reported"
    if len(origins) > 1:
        state = "confirmed"
    elif denials:
        state = "denied"
    elif claimed:
        state = "claimed"
    if not standing:
        state = "withdrawn"
    targets = Counter(target for member in by_time for target in member.targets)
    return {
        "_id": _id_of(reports, earlier, taken),
        "targets": [target for target, _ in targets.most_common()],
        "from": start.astimezone(UTC),
        "to": end.astimezone(UTC),
        "precision": precision(start, end),
        "weapons": list(_joined(member.weapons for member in by_time)),
        "claimed_by": list(claimed),
        "denied_by": list(_joined(member.denied_by for member in by_time)),
        "accused": list(_joined(member.accused for member in by_time)),
        "casualties": next((m.casualties for m in reversed(by_time) if m.casualties), ""),
        "state": state,
        "denials": list(denials),
        "article": by_time[0].article,
        "first_published": reports[0].published,
        "last_published": reports[-1].published,
        "articles": len({member.article for member in standing}),
        "outlets": len({member.source for member in standing}),
        "origins": len(origins),
        "members": [
            {
                "article": member.article,
                "number": member.number,
                "source": member.source,
                "origin": member.origin,
                "published": member.published,
                "targets": list(member.targets),
                "from": member.start,
                "to": member.end,
                "again": member.again,
                "weapons": list(member.weapons),
                "claimed_by": list(member.claimed_by),
                "denied_by": list(member.denied_by),
                "accused": list(member.accused),
                "casualties": member.casualties,
                "gone": member.gone,
            }
            for member in reports
        ],
    }


def _joined(of_each: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in of_each for name in names))


def _id_of(by_time: Sequence[Told], earlier: Sequence[Document], taken: Callable[[str], bool]) -> str:
    here = {(member.article, member.number) for member in by_time}
    shared = [(len(here & {(m["article"], m["number"]) for m in event["members"]}), event["_id"]) for event in earlier]
    known = max(shared, default=(0, ""))
    if known[0]:
        return known[1]
    # The first report may have made an event that went on without it, when it was revised or others knew better.
    first = " ".join((by_time[0].article, str(by_time[0].number)))
    ids = (sha256(f"{first} {n}".encode() if n else first.encode()).hexdigest()[:32] for n in count())
    return next(id_ for id_ in ids if not taken(id_))
