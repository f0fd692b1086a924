from __future__ import annotations

from datetime import UTC, datetime, timedelta

from desk.alert_health import alert_health, latest_rings
from pipelines.records import utc_ms
from pipelines.store.base import Store
from pipelines.store.outbox import a_delivery

NOW = utc_ms(datetime(2026, 11, 24, 12, tzinfo=UTC))


def rang(store: Store, rule: str, *days: float, channel: str = "desk", **fields: object) -> None:
    store.outbox.put(
        [
            a_delivery(
                f"{rule}/{n}/{channel}",
                NOW - timedelta(days=ago),
                rule=rule,
                channel=channel,
                event=f"{n}",
                state="sent",
            )
            | fields
            for n, ago in enumerate(days)
        ]
    )


def test_rules_are_held_against_their_own_past(store: Store) -> None:
    rang(store, "daily", *range(30))
    rang(store, "stopped", *range(20, 60))
    rang(store, "rare", 5, 40, 70)
    rang(store, "weekly", *range(6, 80, 7))
    rang(store, "flood", *(n / 30 for n in range(20)), *range(2, 30))
    rang(store, "busy", *(n / 30 for n in range(900)))
    # On two channels it rings once.
    rang(store, "twice", *(n / 9 for n in range(8)), channel="desk")
    rang(store, "twice", *(n / 9 for n in range(8)), channel="mail")
    found = {one.alert: one.problems for one in alert_health(store, NOW)}
    assert found == {
        "stopped": (("silent", "has not rung for 20.0 days; the longest before was 1.0 days"),),
        "flood": (("flood", "rang 20 times in 24 h; on the busiest day before 1 times"),),
    }
    assert latest_rings(store)["twice"]["rings"] == 8


def test_a_channel_whose_messages_are_given_up_is_named(store: Store) -> None:
    rang(store, "rule", 1, state="failed", why="answers 410")
    (one,) = alert_health(store, NOW)
    assert one.alert == "desk"
    assert one.problems[0][1].startswith("1 messages given up, the latest: answers 410")
