"""When an address is fetched, and when it is fetched again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.memory import FIRST_WAIT, LONGEST_WAIT, is_due, next_check, next_look
from pipelines.records import REJECTIONS
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


@pytest.mark.parametrize("outcome", sorted(REJECTIONS))
def test_every_rejection_ends_some_day_and_holds_for_a_while(outcome: str) -> None:
    again = next_check(outcome, NOW, None)
    assert again is not None
    assert FIRST_WAIT <= again - NOW <= 30 * DAY
    known = seen(outcome, again, checked=NOW)
    assert not is_due(known, None, again - timedelta(seconds=1))
    assert is_due(known, None, again)


def test_an_article_after_errors_starts_anew() -> None:
    broken = seen("http_error", NOW + 4 * DAY, checked=NOW)
    assert next_check("article", NOW + 4 * DAY, broken) is None
    assert next_check("http_error", NOW + 4 * DAY, seen("article", None)) == NOW + 4 * DAY + FIRST_WAIT


def test_a_page_that_is_rejected_again_for_what_it_is_does_not_wait_longer_and_longer() -> None:
    listing = seen("not_article", NOW, checked=NOW - 7 * DAY)
    assert next_check("not_article", NOW, listing) == NOW + 7 * DAY


def test_an_entrance_that_says_now_is_believed_once() -> None:
    """Not on every crawl: the time is older than the look at the page that followed."""
    assert is_due(seen("article", None, checked=NOW - HOUR), NOW, NOW)
    assert not is_due(seen("article", None, checked=NOW), NOW, NOW)


def test_a_live_blog_is_looked_at_again_soon_until_it_has_ended() -> None:
    again = next_look(NOW, ended=False)
    assert again is not None
    assert timedelta(minutes=5) <= again - NOW <= HOUR
    assert next_look(NOW, ended=True) is None
