"""Mutated inputs of every parser for a bounded time; `python -m tests.fuzz SECONDS` goes on for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.targets import TARGETS

SECONDS = 1.5
MOST_SECONDS_EACH = 5.0
"""No input of a few kilobytes may keep a parser busy for longer."""


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_inputs_are_taken_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    found = fuzz(name, SECONDS, seed=20261127, folder=tmp_path)
    assert found.tried > 5
    assert found.refused > 0
    assert found.longest < MOST_SECONDS_EACH
    assert found.faults == {}
