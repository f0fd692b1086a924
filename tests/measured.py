"""Real material for measuring, which lies beside the project and never inside it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared(name: str) -> Path:
    """A folder of the shared data; the test is skipped where it is missing."""
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"measures on real data, and {folder} is not here")
    return folder
