"""When an address is fetched, and when it is fetched again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.memory import FIRST_WAIT, LONGEST_WAIT, is_due, next_check
from pipelines.store.base import Seen

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def seen(outcome: str, again: datetime | None, checked: datetime = NOW - DAY) -> Seen:
    return Seen("https://paper.example/1", outcome, None, None, None, checked, again)


@pytest.mark.parametrize(
    ("known", "modified", "due"),
    [
        (None, None, True),
        (seen("article", None), None, False),
        (seen("article", None), NOW - 2 * DAY, False),
        (seen("article", None), NOW - HOUR, True),
        (seen("article", None), NOW + HOUR, False),
        (seen("not_arabic", NOW + DAY), None, False),
        (seen("not_arabic", NOW - HOUR), None, True),
        (seen("not_arabic", NOW + DAY), NOW - HOUR, True),
    ],
)
def test_due(known: Seen | None, modified: datetime | None, due: bool) -> None:
    assert is_due(known, modified, NOW) is due


@pytest.mark.parametrize(("outcome", "after"), [("not_arabic", 30 * DAY), ("not_article", 7 * DAY), ("article", None)])
def test_how_long_an_outcome_holds(outcome: str, after: timedelta | None) -> None:
    assert next_check(outcome, NOW, None) == (NOW + after if after else None)


def test_errors_wait_twice_as_long_each_time() -> None:
    known, now, waits = None, NOW, []
    for _ in range(15):
        again = next_check("unreachable", now, known)
        assert again is not None
        waits.append(again - now)
        known, now = seen("unreachable", again, checked=now), again
    assert waits[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert next_check("http_error", now, known) == now + FIRST_WAIT
