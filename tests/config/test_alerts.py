from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.alerts import Alert, Channel, load_alerts

GOOD = '[channel.me]\nkind = "feed"\n[[alert]]\nid = "mine"\nquery = "هجوم"\nchannels = ["me"]\n'


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "alerts.toml").write_text(text, encoding="utf-8")
    return [f"{fault.file.name}: {fault.key}: {fault.why}" for fault in load_alerts(folder).faults]


def test_shipped_rules_and_channels_are_good_and_go_to_a_file_on_this_machine(tmp_path: Path) -> None:
    alerts = load_alerts(tmp_path)
    assert alerts.faults == ()
    assert "report:attack target:any" in [rule.query for rule in alerts.rules.values()]
    assert {channel.kind for channel in alerts.channels.values()} == {"feed"}


def test_an_operators_file_is_laid_over_the_shipped_one_key_by_key(tmp_path: Path) -> None:
    text = GOOD + '[[alert]]\nid = "attack"\nmin_origins = 3\n[[alert]]\nid = "threat"\nenabled = false\n'
    assert faults_of(tmp_path, text) == []
    rules = load_alerts(tmp_path).rules
    assert (rules["attack"].query, rules["attack"].min_origins) == ("report:attack target:any", 3)
    assert not rules["threat"].enabled
    assert rules["mine"].channels == ("me",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[alert]]\nquery = "x"\n', "alerts.toml: alert.0.id: is missing"),
        ('[[alert]]\nid = "a"\n', "alerts.toml: alert.a.query: is missing"),
        ('[[alert]]\nid = "a"\nquery = "x"\nsound = 1\n', "alerts.toml: alert.a.sound: no such key"),
        ('[[alert]]\nid = "a"\nquery = "x"\nchannels = ["no"]\n', "alerts.toml: alert.a.channels: no channel no"),
        (
            '[[alert]]\nid = "a"\nquery = "x"\nmode = "hourly"\n',
            'alerts.toml: alert.a.mode: write "now", "digest 30m" or "daily 07:00"',
        ),
        (
            '[[alert]]\nid = "a"\nquery = "x"\nmode = "digest 5s"\n',
            "alerts.toml: alert.a.mode: a digest comes between once a minute and once a day",
        ),
        (
            '[[alert]]\nid = "a"\nquery = "x"\nquiet = "23-6"\n',
            "alerts.toml: alert.a.quiet: '23-6' are no quiet hours: write 01:00-05:30",
        ),
        ('[[alert]]\nid = "a"\nquery = "x"\n' * 2, "alerts.toml: alert.a.id: is there twice"),
        ('[channel.me]\nkind = "apprise"\n', "alerts.toml: channel.me: needs one of url_env or url_file"),
        (
            '[channel.me]\nkind = "webhook"\nurl = "https://a.example/"\n',
            "alerts.toml: channel.me: needs secret_env or secret_file: receivers check the signature that is made with"
            " it",
        ),
        (
            '[channel.me]\nkind = "apprise"\nurl = "https://token@a.example/"\n',
            "alerts.toml: channel.me: a channel of kind apprise has no key url",
        ),
        ('[alerts]\nid = "a"\n', "alerts.toml: alerts: no such key: write [[alert]] and [channel.name]"),
    ],
)
def test_faults_name_file_key_and_reason_and_stop_nothing_else(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == [fault]
    assert "attack" in load_alerts(tmp_path).rules


def test_when_a_message_is_due() -> None:
    def due(mode: str, hour: int, quiet: str = "") -> str:
        rule = Alert(id="a", query="x", mode=mode, quiet=quiet)
        when = datetime(2026, 11, 24, hour, 10, tzinfo=ZoneInfo("Asia/Baghdad"))
        return f"{rule.due(when, 'Asia/Baghdad'):%dT%H:%M}"

    assert due("now", 9) == "24T06:10"
    assert due("digest 30m", 9) == "24T06:30"
    assert due("digest 1d", 9) == "24T21:00"
    assert due("daily 07:00", 9) == "25T04:00"
    assert due("daily 07:00", 5) == "24T04:00"
    assert due("now", 23, quiet="23:00-06:00") == "25T03:00"
    assert due("now", 2, quiet="23:00-06:00") == "24T03:00"
    assert due("daily 05:00", 2, quiet="23:00-06:00") == "24T03:00"


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel(kind="webhook", url_env="HOOK", secret_file=tmp_path / "key")
    with pytest.raises(ValueError, match="the environment has no HOOK"):
        channel.address()
    with pytest.raises(ValueError, match="cannot be read"):
        channel.key()
    monkeypatch.setenv("HOOK", "https://a.example/secret")
    (tmp_path / "key").write_text("hidden\n")
    assert (channel.address(), channel.key()) == ("https://a.example/secret", "hidden")
