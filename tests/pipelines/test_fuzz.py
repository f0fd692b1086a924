"""What has to hold for every text, however odd; `make soak` goes on for an hour with texts that nobody has seen."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import Fuzz

FUZZ = Fuzz()


@pytest.mark.parametrize("start", range(0, 12_000, 1_000))
def test_mutated_and_random_unicode(start: int) -> None:
    for seed in range(start, start + 1_000):
        try:
            FUZZ.check(seed)
        except Exception as error:
            error.add_note(f"seed {seed}: {FUZZ.text(seed)!r}")
            raise
