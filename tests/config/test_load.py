"""Configuration: shipped files, an operator's overlay, and every fault at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.load import SHIPPED, ConfigError, load_sources, load_watchlist

GOOD = """
name = "صحيفة"
home = "https://paper.example/"
delay = 2
id = '/news/(\\d+)'
[[entrance]]
kind = "feed"
url = "https://paper.example/rss.xml"
"""


def write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def layers(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "shipped", tmp_path / "local"


def test_overlay_replaces_keys_and_keeps_the_others(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "sources/paper.toml", GOOD)
    write(local, "sources/paper.toml", "enabled = false\ndelay = 5\n")
    write(local, "sources/mine.toml", GOOD)
    sources = load_sources(local, shipped)
    assert sources.bad == {}
    assert set(sources.good) == {"paper", "mine"}
    assert (sources.good["paper"].enabled, sources.good["paper"].delay) == (False, 5)
    assert sources.good["paper"].id_pattern == r"/news/(\d+)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = \n", ["cannot be read"]),
        ('name = "x"\n', ["home: is missing", "entrance: is missing"]),
        (GOOD.replace("https://paper.example/rss", "rss"), ["entrance.0.url: must be a full http"]),
        (GOOD.replace("delay = 2", "delay = -1\ncolour = 1"), ["delay: ", "colour: no such key"]),
        (GOOD.replace("(\\d+)", "\\d+"), ["id: the pattern needs a group"]),
        (GOOD.replace("(\\d+)", "(\\d+"), ["id: not a regular expression"]),
        (GOOD.replace("delay", 'timezone = "Asia/Atlantis"\ndelay'), ["timezone: not an IANA time zone"]),
        (GOOD.replace("delay", 'id_pattern = "x"\ndelay'), ["id_pattern: no such key (write id)"]),
        (GOOD.replace("delay", 'hosts = ["https://x/"]\ndelay'), ["hosts.0: must be a bare host name"]),
    ],
)
def test_every_fault_is_told_with_its_file_and_stops_only_its_source(
    layers: tuple[Path, Path], text: str, told: list[str]
) -> None:
    shipped, local = layers
    write(shipped, "sources/good.toml", GOOD)
    write(local, "sources/bad.toml", text)
    sources = load_sources(local, shipped)
    assert set(sources.good) == {"good"}
    faults = "\n".join(str(fault) for fault in sources.bad["bad"])
    for why in told:
        assert f"{local}/sources/bad.toml: {why}" in faults


def test_a_fault_names_the_layer_that_wrote_the_key(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "sources/paper.toml", GOOD.replace("delay = 2", 'delay = "soon"'))
    write(local, "sources/paper.toml", "concurrency = 99\n")
    faults = "\n".join(str(fault) for fault in load_sources(local, shipped).bad["paper"])
    assert f"{shipped}/sources/paper.toml: delay" in faults
    assert f"{local}/sources/paper.toml: concurrency" in faults


BASE = '[iq-one]\nkind = "base"\nname = "قاعدة أولى"\nnames = ["قاعدة أولى"]\n'


def test_watchlist_overlay_changes_keys_and_adds_entities(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE)
    write(local, "watchlist/mine.toml", '[iq-one]\nen = "One"\n' + BASE.replace("iq-one", "iq-two"))
    one, two = load_watchlist(local, shipped).entities
    assert (one.id, one.en, one.names) == ("iq-one", "One", ("قاعدة أولى",))
    assert two.id == "iq-two"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BASE.replace('"base"', '"castle"'), "iq-one.kind: "),
        (BASE + 'colour = "red"\n', "iq-one.colour: no such key"),
        (BASE + 'parent = "nobody"\n', "iq-one.parent: no entity nobody"),
        (BASE + 'was = ["iq-two"]\n' + BASE.replace("iq-one", "iq-two"), "iq-one.was: iq-two belongs to another"),
        (BASE + "lat = 33.1\n", "iq-one: lat, lon: one without the other"),
        ('[iq-one]\nkind = "base"\nname = "x"\n', "iq-one: names: at least one name"),
        (BASE.replace("iq-one", "IQ One").replace("[IQ One]", '["IQ One"]'), "IQ One.id: "),
        ('loose = "x"\n', "loose: stands outside a table"),
        ("[broken\n", "cannot be read"),
    ],
)
def test_watchlist_faults(layers: tuple[Path, Path], text: str, told: str) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE.replace("iq-one", "iq-shipped"))
    write(local, "watchlist/bases.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_watchlist(local, shipped)
    assert f"{local}/watchlist/bases.toml: {told}" in str(caught.value)


def test_all_faults_of_all_files_come_together(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE)
    write(local, "watchlist/a.toml", BASE.replace("iq-one", "a").replace("base", "castle"))
    write(local, "watchlist/b.toml", "[b]\n")
    with pytest.raises(ConfigError) as caught:
        load_watchlist(local, shipped)
    assert {fault.file.name for fault in caught.value.faults} == {"a.toml", "b.toml"}
    assert len(caught.value.faults) >= 3


def test_the_shipped_files_have_no_faults() -> None:
    assert load_sources(SHIPPED / "local").bad == {}
    assert len(load_watchlist(SHIPPED / "local").entities) > 200


def test_parents_and_earlier_ids_across_layers(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE + 'was = ["iq-old"]\n')
    write(local, "watchlist/mine.toml", BASE.replace("iq-one", "iq-two") + 'parent = "iq-one"\nwas = ["iq-older"]\n')
    one, two = load_watchlist(local, shipped).entities
    assert (one.was, two.was, two.parent) == (("iq-old",), ("iq-older",), "iq-one")


def test_one_earlier_id_has_one_successor(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE + 'was = ["iq-old"]\n')
    write(local, "watchlist/mine.toml", BASE.replace("iq-one", "iq-two") + 'was = ["iq-old"]\n')
    with pytest.raises(ConfigError, match="was: iq-old belongs to another entity"):
        load_watchlist(local, shipped)


def test_an_entity_stands_in_one_file_of_a_layer(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(local, "watchlist/a.toml", BASE)
    write(local, "watchlist/b.toml", BASE)
    with pytest.raises(ConfigError) as caught:
        load_watchlist(local, shipped)
    (fault,) = caught.value.faults
    assert (fault.file, fault.key) == (local / "watchlist" / "b.toml", "iq-one")
    assert str(local / "watchlist" / "a.toml") in fault.why


def test_an_overlay_list_replaces_the_shipped_one(layers: tuple[Path, Path]) -> None:
    """Else no operator could take a name away."""
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE)
    write(local, "watchlist/bases.toml", '[iq-one]\nnames = ["ثكنة أولى"]\n')
    (one,) = load_watchlist(local, shipped).entities
    assert (one.names, one.name) == (("ثكنة أولى",), "قاعدة أولى")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (BASE.replace('["قاعدة أولى"]', '"قاعدة أولى"'), "iq-one.names"),
        (BASE.replace('["قاعدة أولى"]', "[3]"), "iq-one.names.0"),
        (BASE.replace('["قاعدة أولى"]', '[""]'), "iq-one.names.0"),
        (BASE + 'country = ["Iraq"]\n', "iq-one.country.0"),
        (BASE + "lat = 133.1\nlon = 1.0\n", "iq-one.lat"),
        (BASE + 'id = "iq-two"\n', "iq-one.id"),
        (BASE.replace("names =", "later ="), "iq-one"),
        (BASE + 'whose = ["أميركية"]\n', "iq-one"),
        (BASE + 'presence = [{ from = "2020" }]\n', "iq-one.presence.0.who"),
        (BASE + 'presence = [{ who = "US", from = "May 2020" }]\n', "iq-one.presence.0.from"),
        (BASE + 'presence = [{ who = "US", from = "2020-05", until = "2019" }]\n', "iq-one.presence.0"),
    ],
)
def test_a_watchlist_fault_names_its_key(layers: tuple[Path, Path], text: str, key: str) -> None:
    shipped, local = layers
    write(local, "watchlist/mine.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_watchlist(local, shipped)
    (fault,) = caught.value.faults
    assert (fault.file, fault.key) == (local / "watchlist" / "mine.toml", key)
    assert fault.why


def test_a_fault_in_a_shipped_key_names_the_shipped_file_and_the_overlay_s_key_the_overlay(
    layers: tuple[Path, Path],
) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE.replace('"base"', '"castle"'))
    write(local, "watchlist/mine.toml", '[iq-one]\nlat = "north"\nlon = 1\n')
    with pytest.raises(ConfigError) as caught:
        load_watchlist(local, shipped)
    assert {(fault.file, fault.key) for fault in caught.value.faults} == {
        (shipped / "watchlist" / "bases.toml", "iq-one.kind"),
        (local / "watchlist" / "mine.toml", "iq-one.lat"),
    }


def test_files_in_another_encoding_are_told(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "sources/good.toml", GOOD)
    write(shipped, "watchlist/bases.toml", BASE)
    for name in ("sources/old.toml", "watchlist/old.toml"):
        (local / name).parent.mkdir(parents=True)
        (local / name).write_bytes(GOOD.encode("cp1256"))
    sources = load_sources(local, shipped)
    assert set(sources.good) == {"good"}
    assert "cannot be read" in str(sources.bad["old"][0])
    with pytest.raises(ConfigError, match=r"old\.toml: cannot be read"):
        load_watchlist(local, shipped)


def test_a_source_that_the_operator_breaks_does_not_fall_back_to_the_shipped_one(layers: tuple[Path, Path]) -> None:
    """Half of what somebody asked for could be a crawl that they forbade."""
    shipped, local = layers
    write(shipped, "sources/paper.toml", GOOD)
    write(local, "sources/paper.toml", "enabled = flase\n")
    sources = load_sources(local, shipped)
    assert sources.good == {}
    assert set(sources.bad) == {"paper"}


def test_hosts_of_a_source(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(
        local,
        "sources/paper.toml",
        GOOD.replace("delay", 'hosts = ["m.paper.example"]\nlinks_to = ["b.example"]\ndelay'),
    )
    paper = load_sources(local, shipped).good["paper"]
    assert paper.own_hosts == {"paper.example", "m.paper.example"}
    assert paper.linked_hosts == {"paper.example", "m.paper.example", "b.example"}


def test_no_overlay_is_no_fault(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    write(shipped, "watchlist/bases.toml", BASE)
    assert [entity.id for entity in load_watchlist(local / "missing", shipped).entities] == ["iq-one"]


def test_an_entrance_of_the_day(layers: tuple[Path, Path]) -> None:
    shipped, local = layers
    daily = "https://paper.example/map.xml?yyyy={yyyy}&mm={mm}&dd={dd}"
    write(local, "sources/paper.toml", GOOD.replace("https://paper.example/rss.xml", daily))
    write(local, "sources/odd.toml", GOOD.replace("rss.xml", "{year}.xml"))
    sources = load_sources(local, shipped)
    assert "no other braces" in str(sources.bad["odd"][0])
    (entrance,) = sources.good["paper"].entrance
    assert entrance.urls(date(2026, 3, 1)) == (
        "https://paper.example/map.xml?yyyy=2026&mm=03&dd=01",
        "https://paper.example/map.xml?yyyy=2026&mm=02&dd=28",
    )
