"""How far a command has got: what is said, when, and of what nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carbonsweep.cli import progress

Command = Callable[..., tuple[int, str, str]]
PLAN = """
[axes]
hardware_energy = { linear = [1, 9, 50] }
carbon_intensity = [100, 500]
[constants]
pue = 1.1
[output]
quantities = ["operational_carbon"]
"""


def test_quiet_commands_say_nothing_but_what_was_asked_for(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.0)
    (tmp_path / "plan.toml").write_text(PLAN)
    code, out, error = command("run", tmp_path / "plan.toml", "--out", tmp_path / "loud")
    assert code == 0
    assert "100 of 100 points" in error
    assert "million/s" in error
    assert "rows" in out
    assert command("run", tmp_path / "plan.toml", "--out", tmp_path / "quiet", "--quiet") == (0, "", "")
    code, out, error = command("search", tmp_path / "plan.toml", "--minimize", "operational_carbon", "--quiet")
    assert (code, error) == (0, "")
    assert "hardware_energy" in out
    to = ("--out", tmp_path / "best.csv")
    assert command("search", tmp_path / "plan.toml", "--minimize", "operational_carbon", "--quiet", *to) == (0, "", "")
    to = ("--out", tmp_path / "groups.csv")
    found = command("marginals", tmp_path / "plan.toml", "--quantity", "operational_carbon", "--quiet", *to)
    assert found == (0, "", "")
    code, out, error = command("run", tmp_path / "quiet.toml", "--out", tmp_path / "none", "--quiet")
    assert (code, out) == (2, "")
    assert error.count("\n") == 1


def test_time_before_evaluating_is_in_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds of compiling, two of evaluating 200 points, five of filling tables: 100 points a second."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    clock = progress._Clock()
    for what, seconds in (("compiling", 10.0), ("evaluating", 1.0), ("filling tables", 5.0), ("evaluating", 1.0)):
        clock.stage(what)
        now[0] += seconds
    assert clock.rate(200) == pytest.approx(100)
