"""Every part of the step time equals that of the model's numerical twin, for a row of each source and generation.

`tests/golden/training_steps.csv` has 34 published layouts and what a numpy program, written apart from these
equations, gives for them.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import carbonsweep as cs

FILE = Path(__file__).parents[2] / "golden" / "training_steps.csv"
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
WORDS = {
    "software_level",
    "launch",
    "accelerator_id",
    "precision",
    "recomputation",
    "stage_balance",
    "attention_kernel",
}
TWIN = {
    "matmul_fraction_tpu_v4": 0.8414,
    "matmul_fraction_tpu_v5e": 0.95,
    "matmul_fraction_tpu_v5p": 0.95,
    "matmul_fraction_tpu_v6e": 0.7769,
    "matmul_fraction_tpu_v7": 0.7624,
    "attention_share_tpu": 0.4659,
}
"""Constants of the twin that were fitted again since, with the links of TPUs in both directions."""
LEFT_OUT = {"id", "source_group", "model", "generation"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_row(row: dict[str, str]) -> None:
    given = {name: text if name in WORDS else float(text) for name, text in row.items() if name not in LEFT_OUT}
    expected = {name.removeprefix("expected_"): given.pop(name) for name in [*given] if name.startswith("expected_")}
    assert len(expected) == 20
    found = cs.estimate(**given, **TWIN, quantities=[*expected])
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=0), name


def test_rows_cover_what_the_equations_tell_apart() -> None:
    assert len(ROWS) == 34
    assert len({row["generation"] for row in ROWS}) >= 10
    for column, least in (("precision", 5), ("recomputation", 6), ("attention_kernel", 8), ("stage_balance", 3)):
        assert len({row[column] for row in ROWS}) >= least, column
    assert {row["zero_stage"] for row in ROWS} >= {"0", "1", "3"}
    assert sum(float(row["moe_layers"]) > 0 for row in ROWS) >= 5
