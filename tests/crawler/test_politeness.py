"""A source file cannot make a crawl rude to a host that is not this machine."""

from __future__ import annotations

import pytest

from config.schema import Source
from crawler.politeness import LEAST_DELAY, settings_of


def source(home: str, **keys: object) -> Source:
    table: dict[str, object] = {
        "id": "paper",
        "name": "Paper",
        "home": home,
        "entrance": [{"kind": "feed", "url": f"{home}rss.xml"}],
        "delay": 0,
        "concurrency": 8,
    }
    return Source.model_validate(table | keys)


@pytest.mark.parametrize("home", ["https://paper.example/", "http://10.0.0.1/", "http://localhost.example/"])
def test_a_second_and_one_connection_are_the_least_for_other_hosts(home: str) -> None:
    settings = settings_of(source(home))
    assert settings["DOWNLOAD_DELAY"] == 1
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert settings["AUTOTHROTTLE_ENABLED"]
    assert settings["DOWNLOAD_SLOTS"] == {}


@pytest.mark.parametrize("home", ["http://127.0.0.1:8462/", "http://localhost/", "http://[::1]/"])
def test_loopback_may_be_read_at_full_speed(home: str) -> None:
    settings = settings_of(source(home))
    (slot,) = settings["DOWNLOAD_SLOTS"].values()
    assert (slot["delay"], slot["concurrency"]) == (LEAST_DELAY, 8)


def test_other_hosts_of_a_loopback_source_are_still_spared() -> None:
    settings = settings_of(source("http://127.0.0.1/", links_to=["paper.example"]))
    assert list(settings["DOWNLOAD_SLOTS"]) == ["127.0.0.1"]
    assert settings["DOWNLOAD_DELAY"] == 1
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
