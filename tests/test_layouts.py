"""Layouts in the compiled nest: chosen by the search, infeasible ones counted with their reason."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.kernels.layout.rules import REASONS
from carbonsweep.store.summary import Summary

PLAN = cs.Plan(
    axes={
        "accelerator": ["v100-sxm2-32gb", "a100-sxm4-80gb", "h100-sxm5"],
        "devices": [8, 64, 100, 1024],
        "carbon_intensity": [20, 400],
    },
    constants={"model": "llama-2-70b", "tokens": 2e12, "pue": 1.1},
    output={
        "quantities": ["hardware_efficiency", "infeasibility", "tensor_parallel", "data_parallel", "total_carbon"],
        "minimize": "total_carbon",
    },
    # Each accelerator alone may have a footprint of its maker, which they do not have in common.
    equations={"accelerator_unit_embodied": "component"},
    order="plan",
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return cs.to_pandas(PLAN)


def test_nest_agrees_with_plain_python(frame: pd.DataFrame) -> None:
    names = [name for name in PLAN.output.quantities if name != "infeasibility"]
    for row in range(0, len(frame), 2):
        point = frame.iloc[row]
        found = cs.estimate(
            model="llama-2-70b", tokens=2e12, pue=1.1, accelerator=str(point["accelerator"]),
            devices=float(point["devices"]), carbon_intensity=float(point["carbon_intensity"]),
            quantities=[*names, "infeasibility"], equations=PLAN.equations,
        )  # fmt: skip
        assert found["infeasibility"] == point["infeasibility"]
        values = [math.nan if found[n] is None else found[n] for n in names]
        np.testing.assert_allclose(values, pd.to_numeric(point[names]).to_numpy(float), rtol=1e-10)


def test_infeasible_points_have_no_value_and_are_counted(frame: pd.DataFrame, tmp_path: Path) -> None:
    lost = frame[frame["infeasibility"] != REASONS[0]]
    assert set(lost["devices"]) == {8.0}  # 1.2 TB of weights, gradients and states in 640 GB at most
    assert lost["total_carbon"].isna().all()
    assert lost["hardware_efficiency"].isna().all()
    assert (frame[frame["infeasibility"] == REASONS[0]]["total_carbon"] > 0).all()
    summary = cs.run(PLAN, tmp_path / "run").summary
    assert summary.infeasible == {REASONS[1]: len(lost)}
    assert Summary.from_dict(summary.as_dict()).infeasible == summary.infeasible


def test_search_takes_the_best_of_the_stored_points(frame: pd.DataFrame) -> None:
    found = cs.search(PLAN, top=3)
    best = frame.sort_values("total_carbon", kind="stable").head(3)
    np.testing.assert_allclose(found["total_carbon"], best["total_carbon"], rtol=1e-12)


def test_a_note_tells_of_the_reasons() -> None:
    data = {"axes": {"devices": [64, 128]}, "constants": {"model": "gpt3-175b", "accelerator": "A100-80GB"}}
    sweep = Sweep(cs.Plan(**data, output={"quantities": ["hardware_efficiency"]}))
    assert any("infeasibility" in note for note in sweep.grid.notes)
