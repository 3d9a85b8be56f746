"""What long work says it is at."""

from __future__ import annotations

import pytest

import carbonsweep as cs
from carbonsweep.cli import progress
from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.stages import listening
from carbonsweep.nest import program, tables


def test_compiling_and_tables_are_reported_before_evaluating(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "TABLE_PART", 8)
    monkeypatch.setattr(tables, "COMPILING", 0.0)
    axes = {
        "layers": {"integers": [8, 80]},
        "hidden_size": {"integers": [1024, 4096, 64]},
        "pue": {"linear": [1, 2, 40]},
    }
    plan = cs.Plan(
        axes={**axes, "carbon_intensity": {"linear": [10, 800, 60]}},
        constants={"attention_heads": 16, "vocabulary_size": 32000, "tokens": 1e12, "accelerator": "A100"}
        | {"hardware_efficiency": 0.4, "devices": 64},
        output={"quantities": ["total_carbon"]},
    )
    told: list[tuple[str, float]] = []
    with listening(lambda what, share: told.append((what, share))):
        sweep = Sweep(plan)
        sweep.prepare()
        sweep.prepare()
    stages = [what for what, _ in told]
    assert stages[0] == "compiling"
    assert stages[-1] == "evaluating"
    assert stages.count("compiling") == stages.count("evaluating") == 1
    shares = [share for what, share in told if what == "filling tables"]
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert shares[-1] <= 1.0


def test_rates_do_not_count_what_comes_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    with progress.progress() as advance:
        now = 100.0
        program.report("filling tables", 0.5)
        program.report("evaluating")
        now = 110.0
        advance(20_000_000, 40_000_000)
        # A second pass compiles again: the points of the first keep their time.
        program.report("compiling")
        now = 200.0
        program.report("evaluating")
        now = 205.0
        advance(30_000_000, 40_000_000)
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["filling tables, 50 %", "20,000,000 of 40,000,000 points, 2.0 million/s, 10 s left"]
    assert said[2:] == ["30,000,000 of 40,000,000 points, 2.0 million/s, 5 s left"]
