"""The `marsad` command as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MARSAD = Path(sys.executable).parent / "marsad"


class Marsad:
    """The command with a store and configuration of its own, called from another directory than the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.environment = os.environ | {
            "MARSAD_DATA": str(folder / "data"),
            "MARSAD_CONFIG": str(self.config),
            "MONGO_URI": "",
            "MARSAD_CONTACT": "",
        }

    def __call__(self, *arguments: str, code: int = 0, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        answer = self.run(*arguments, stdin=stdin)
        assert answer.returncode == code, (answer.stdout + answer.stderr).decode()
        assert b"Traceback" not in answer.stderr
        return answer

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Whatever the exit code."""
        return subprocess.run(
            [MARSAD, *arguments], cwd=self.folder, env=self.environment, input=stdin, capture_output=True, timeout=120
        )

    def lines(self, *arguments: str, code: int = 0, stdin: bytes = b"") -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*arguments, code=code, stdin=stdin).stdout.splitlines()]
