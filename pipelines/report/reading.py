"""One sentence as far as it was read: its words, what is mentioned in it, with which part and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.records import Mention, Part, When
from pipelines.report.clause import Clause, Role
from pipelines.report.moments import Dated, Moment
from pipelines.report.sentences import Words


@dataclass(slots=True)
class Read:
    """One sentence as far as it was read."""

    place: int
    words: Words
    clause: Clause
    dates: list[Dated]
    lead: bool
    """Whether it is the title or one of the first sentences."""
    roles: dict[int, Role] = field(default_factory=dict)
    moments: dict[int, Moment] = field(default_factory=dict)

    def entities(self, *, part: Part, when: When | None = "new") -> list[str]:
        """Whatever has this part in an attack of that time."""
        return [m.entity for word, role, m in self.told() if role.part == part and self.moments[word].when == when]

    def told(self) -> Iterator[tuple[int, Role, Mention]]:
        """Each mention that has a role, with its word."""
        for word, role in self.roles.items():
            mention = self.clause.mention(word)
            assert mention is not None
            yield word, role, mention


def mention_place(one: Read, word: int) -> int:
    """Place of a word's mention among the article's."""
    place = one.words[word].mention
    assert place is not None
    return place
