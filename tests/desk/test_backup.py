"""docs/operating.md, tried: an SQLite store is backed up while it is written to, lost, and restored."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from builders import an_article
from marsad_process import MARSAD, Marsad

from pipelines.store import open_store
from pipelines.store.query import EVERYTHING

PAGE = Path(__file__).parent.parent.parent / "docs" / "operating.md"


def commands(heading: str) -> list[str]:
    """The indented commands under a heading of the page."""
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#)", PAGE.read_text("utf-8"), re.S | re.M)
    assert section is not None, heading
    return [line.strip() for line in section[1].splitlines() if line.startswith("    ")]


def test_backup_and_restore_of_the_embedded_store_as_the_page_says(marsad: Marsad) -> None:
    if shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 command on this machine")
    data = Path(marsad.environment["MARSAD_DATA"])
    store = open_store(str(data / "marsad.sqlite"))
    store.save([an_article(n) for n in range(20)])
    environment = marsad.environment | {"PATH": f"{MARSAD.parent}:{marsad.environment['PATH']}"}

    def call(command: str) -> None:
        subprocess.run(command, shell=True, cwd=marsad.folder, env=environment, check=True, timeout=60)

    for command in commands("Back up the embedded store"):
        call(command)
    store.save([an_article(n) for n in range(20, 30)])  # after the backup: lost with the disk
    store.close()
    for file in data.glob("marsad.sqlite*"):
        file.unlink()
    for command in commands("Restore the embedded store"):
        call(command)
    restored = open_store(str(data / "marsad.sqlite"))
    assert restored.count(EVERYTHING) == 20
    restored.close()
    assert marsad.lines("store", "info", "--json")[0]["collections"]["articles"][0] == 20
