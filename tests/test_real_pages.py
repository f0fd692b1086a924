"""Real pages through `marsad inspect`: articles come out in Arabic with a body, everything else is turned away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from floors import EXTRACTION
from measured import shared

from benchmarks.extraction import our_row

MARSAD = Path(sys.executable).parent / "marsad"


def inspect(folder: Path, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What comes of each page of a folder, by file name."""
    files = sorted(folder.glob("*.htm*"))
    environment = os.environ | {"MARSAD_CONFIG": str(tmp_path)}
    command = [str(MARSAD), "inspect", "--json", *[str(file) for file in files]]
    answer = subprocess.run(command, env=environment, capture_output=True, check=True)
    lines = answer.stdout.splitlines()
    assert len(lines) == len(files) > 0
    return {file.name: json.loads(line) for file, line in zip(files, lines, strict=True)}


def test_every_arabic_article_page_is_an_article(tmp_path: Path) -> None:
    for name, result in inspect(shared("pages") / "arabic", tmp_path).items():
        assert result["rejected"] is None, name
        assert result["article"]["language"] == "ar", name
        assert len(result["article"]["body"].split()) >= 20, name
        assert result["article"]["title"], name


@pytest.mark.parametrize("folder", ["dari", "persian", "english"])
def test_other_languages_are_turned_away_as_such(folder: str, tmp_path: Path) -> None:
    for name, result in inspect(shared("pages") / folder, tmp_path).items():
        assert result["rejected"] == "not_arabic", name


def test_listings_are_turned_away_whatever_their_address(tmp_path: Path) -> None:
    for name, result in inspect(shared("pages") / "listing", tmp_path).items():
        assert result["rejected"] in ("not_article", "not_arabic", "empty"), name


def test_what_is_read_from_pages_with_gold() -> None:
    """The floors are in floors.py."""
    shared("pages")
    figures = our_row()
    for name, floor in EXTRACTION.items():
        assert getattr(figures, name) >= floor, name
    assert figures.articles_refused == 0
