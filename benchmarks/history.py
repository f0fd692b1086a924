"""Past figures: one line each in history.jsonl, with date, commit, machine and how busy that was (its load average)."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

HISTORY = Path(__file__).parent / "history.jsonl"


def record(figures: Mapping[str, float]) -> None:
    """Add a line."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=HISTORY.parent, capture_output=True, text=True, check=False).stdout.strip()
    today, load = f"{datetime.now(UTC):%Y-%m-%d}", round(os.getloadavg()[1], 1)
    line = {"date": today, "commit": commit, "machine": machine, "load": load, **figures}
    with HISTORY.open("a", encoding="utf-8") as history:
        history.write(json.dumps(line, ensure_ascii=False) + "\n")
