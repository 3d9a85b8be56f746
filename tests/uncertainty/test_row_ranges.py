"""Values that are uncertain by row: each catalog row has its own low, central and high value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.errors import CarbonsweepError
from carbonsweep.tabular.arrow import collect

RANGES = {"h100-sxm5": (109.0, 165.0, 575.0), "b200": (208.0, 304.0, 1415.0)}
TABLE = "accelerator,low,central,high\n" + "".join(
    f"{name},{low},{mode},{high}\n" for name, (low, mode, high) in RANGES.items()
)
NAME = "accelerator_unit_embodied"


def quantile(share: np.ndarray, low: float, mode: float, high: float) -> np.ndarray:
    """The inverse of the triangular distribution function, as textbooks have it."""
    split = (mode - low) / (high - low)
    below = low + np.sqrt(share * (high - low) * (mode - low))
    return np.where(share < split, below, high - np.sqrt((1 - share) * (high - low) * (high - mode)))


def plan(folder: Path, table: str = TABLE, **changes: Any) -> cs.Plan:
    path = folder / "ranges.csv"
    path.write_text(table)
    data: dict[str, Any] = {
        "axes": {"accelerator": ["H100", "b200"], "lifetime_years": [3, 5]},
        "constants": {"parameters": 7e9, "tokens": 1e12, "hardware_efficiency": 0.4, "devices": 64}
        | {"pue": 1.1, "carbon_intensity": 50},
        "uncertainty": {
            "samples": 1024,
            NAME: {"table": str(path), "columns": ("low", "central", "high")},
            "goodput": {"uniform": [0.8, 0.9]},
        },
        "output": {"quantities": [NAME, "total_carbon"]},
    }
    return cs.Plan(**{**data, **changes})


def test_rows_are_drawn_between_their_own_ends_by_one_draw(tmp_path: Path) -> None:
    sweep = Sweep(plan(tmp_path))
    frame = collect(sweep)
    samples = sweep.grid.samples
    assert samples is not None
    assert samples.fields == (f"{NAME}_draw", "goodput")
    draws = samples.matrix[0]
    for name, ends in RANGES.items():
        of = frame[(frame["accelerator"].astype(str) == name) & (frame["lifetime_years"] == 3)].sort_values("sample")
        np.testing.assert_allclose(of[NAME], quantile(draws, *ends), rtol=1e-12)
        assert of[NAME].mean() == pytest.approx(np.mean(ends), rel=2e-3)
    assert not any("embodied method" in note for note in sweep.grid.notes)
    assert any("by accelerator: triangular" in note for note in sweep.grid.notes)


def test_a_search_finds_the_least_of_all(tmp_path: Path) -> None:
    given = plan(tmp_path)
    output = {"quantities": ["total_carbon"], "statistics": ["p95"]}
    every = cs.to_pandas(cs.Plan(**{**given.canonical(), "output": output}))
    least = every.loc[every["total_carbon_p95"].idxmin()]
    found = cs.search(given, minimize="p95(total_carbon)", top=1).iloc[0]
    assert found["total_carbon_p95"] == least["total_carbon_p95"]
    assert str(found["accelerator"]) == str(least["accelerator"])
    one = cs.estimate(
        cs.Plan(
            **{**given.canonical(), "axes": {}, "constants": {**given.constants, "accelerator": "b200"}}
            | {"output": {"quantities": [NAME, "total_carbon"], "statistics": ["p50"]}}
        )
    )
    assert one[f"{NAME}_p50"] == pytest.approx(quantile(np.array(0.5), *RANGES["b200"]).item(), rel=3e-3)


@pytest.mark.parametrize(
    ("table", "changes", "said"),
    [
        (TABLE.replace("b200", "mi300x"), {}, "no row of accelerator 'b200'"),
        (TABLE.replace("109", "169"), {}, "line 2: 169, 165, 575 of 'h100-sxm5' do not ascend"),
        (TABLE.replace("109", "-1"), {}, "line 2: -1 is outside"),
        (TABLE.replace("109.0", ""), {}, "line 2"),
        (TABLE.replace("low", "least"), {}, "no column 'low'"),
        (TABLE.replace("accelerator", "device"), {}, "one column must name the rows"),
        (TABLE + "b200,1,2,3\n", {}, "'b200' is in line 3 too"),
        (TABLE.replace("accelerator", "region"), {}, "has values by region; make region an axis"),
    ],
)
def test_refused(table: str, changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(CarbonsweepError, match=said) as caught:
        Sweep(plan(tmp_path, table, **changes))
    assert "\n" not in str(caught.value)


def test_refused_in_the_plan(tmp_path: Path) -> None:
    for more, said in (
        ({"column": "low"}, "columns give low, central and high"),
        ({"times": True}, "columns give low, central and high"),
    ):
        table = {"table": "a.csv", "columns": ("low", "central", "high"), **more}
        with pytest.raises(cs.PlanError, match=said):
            plan(tmp_path, uncertainty={NAME: table})
    with pytest.raises(cs.PlanError, match="columns belong to a table"):
        plan(tmp_path, uncertainty={"pue": {"uniform": [1.0, 1.2], "columns": ("low", "central", "high")}})
