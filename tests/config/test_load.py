"""Configuration: shipped files, an operator's overlay, and every fault at once."""

from __future__ import annotations

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
