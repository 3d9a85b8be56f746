"""The compiled nest against its slow twin, and against itself in other chunks and orders."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.engine.sweep import Sweep
from carbonsweep.nest import fill
from carbonsweep.plan.plan import Plan
from carbonsweep.tabular.arrow import MEETS, collect
from tests import plans


def _frame(data: dict[str, Any], *, block_points: int | None = None, **output: Any) -> pd.DataFrame:
    data = copy.deepcopy(data)
    order = output.pop("order", "auto")
    data["output"].update(output)
    return collect(Sweep(Plan(**data, order=order), block_points=block_points))


def _sorted(frame: pd.DataFrame, axes: list[str]) -> pd.DataFrame:
    return frame.sort_values(axes, kind="stable").reset_index(drop=True)


def _same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Equal bit for bit, NaN where NaN."""
    pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("name", plans.ALL)
def test_equal_to_plain_python_on_random_points(name: str) -> None:
    """Every point is what the plain functions give, to 1e-12; constraints agree too."""
    data = copy.deepcopy(plans.ALL[name])
    data["output"]["infeasible"] = "flag"
    sweep = Sweep(Plan(**data))
    frame = collect(sweep)
    assert len(frame) == sweep.grid.points
    rows = np.random.default_rng(7).choice(len(frame), size=min(2000, len(frame)), replace=False)
    where = {axis.name: {value: i for i, value in enumerate(axis.values)} for axis in sweep.grid.axes}
    flags = MEETS in frame
    for row in frame.iloc[rows].to_dict("records"):
        values = dict(sweep.grid.constants)
        for axis in sweep.grid.axes:
            column = axis.matrix[:, where[axis.name][row[axis.name]]]
            values.update(zip(axis.fields, column, strict=True))
        expected = evaluate(sweep.grid.graph, values)
        for quantity in sweep.grid.outputs:
            assert row[quantity] == pytest.approx(expected[quantity], rel=1e-12, nan_ok=True), quantity
        if flags:
            assert row[MEETS] == all(c.condition.evaluate(expected) for c in sweep.grid.constraints)


@pytest.mark.parametrize(
    ("name", "infeasible"), [("catalog_models", "flag"), ("overridden", "drop"), ("overridden", "flag")]
)
def test_chunk_size_does_not_matter(name: str, infeasible: str) -> None:
    """One block a chunk, the default, and everything at once give the same rows in the same order."""
    data = plans.ALL[name]
    whole = _frame(data, infeasible=infeasible, chunk_points=1 << 40)
    _same(_frame(data, infeasible=infeasible), whole)
    _same(_frame(data, infeasible=infeasible, chunk_points=1, block_points=64), whole)
    _same(_frame(data, infeasible=infeasible, chunk_points=1, block_points=1), whole)


@pytest.mark.parametrize("name", plans.ALL)
def test_loop_order_does_not_matter(name: str) -> None:
    """The plan's order and the engine's give the same rows once sorted."""
    data = plans.ALL[name]
    axes = list(data["axes"])
    chosen, kept = Sweep(Plan(**data)), Sweep(Plan(**data, order="plan"))
    assert [axis.name for axis in kept.loops] == axes
    assert kept.schedule.order != chosen.schedule.order or name == "llama_class"
    _same(_sorted(collect(chosen), axes), _sorted(collect(kept), axes))


@pytest.mark.parametrize(("infeasible", "float_type"), [("drop", "float64"), ("flag", "float32")])
def test_rows_written_at_once_are_those_written_one_by_one(
    infeasible: str, float_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the shortest run, also where constraints leave rows out in the middle of one."""
    data = copy.deepcopy(plans.OVERRIDDEN)
    data["axes"]["region"] = {"catalog": "regions", "where": "provider == 'gcp' and ci_g_per_kwh < 100"}
    del data["axes"]["carbon_intensity"]
    data["constraints"] = {
        "training_days": "<= 900",
        "embodied_carbon": "<= 1e5",
        "where": "operational_carbon > 5e4 or pue > 1.1",
    }
    frames = {}
    for shortest in (fill.SHORTEST_RUN, 1, 1 << 62):
        monkeypatch.setattr(fill, "SHORTEST_RUN", shortest)
        plan = Plan(**{**data, "output": {**data["output"], "infeasible": infeasible, "float_type": float_type}})
        sweep = Sweep(plan, block_points=300)
        assert ("put_run(a" in sweep.program.text) == (shortest <= sweep.schedule.block_points)
        frames[shortest] = collect(sweep)
    default, always, never = frames.values()
    assert 0 < len(never) <= sweep.grid.points
    assert (len(never) < sweep.grid.points) == (infeasible == "drop")
    _same(default, never)
    _same(always, never)


def test_plan_order_is_the_order_of_rows() -> None:
    frame = _frame(plans.OVERRIDDEN, order="plan")
    axes = list(plans.OVERRIDDEN["axes"])
    _same(frame, _sorted(frame, axes))


def test_excluded_points_are_counted() -> None:
    sweep = Sweep(Plan(**plans.LLAMA_CLASS))
    chunk = sweep.evaluate(0, sweep.schedule.blocks)
    assert 0 < chunk.rows < sweep.grid.points
    assert chunk.rows + chunk.excluded.sum() == sweep.grid.points
    assert (chunk.excluded > 0).all()
    assert (chunk.unknown == 0).all()


def test_points_that_cannot_be_evaluated_are_not_counted_as_excluded() -> None:
    """A model that fits nowhere has no training time: that is not longer than any deadline (case N1)."""
    data = {
        "axes": {"model": ["llama-3-8b", "llama-3-70b", "llama-3.1-405b"], "devices": [8, 64, 512, 4096]},
        "constants": {"accelerator": "A100", "tokens": 1e12},
        "constraints": {"training_days": "<= 60"},
        "output": {"quantities": ["training_days"]},
    }
    flagged = {**data, "output": {**data["output"], "infeasible": "flag"}}
    days = cs.to_pandas(cs.Plan(**flagged))["training_days"]
    assert days.isna().sum() > 0
    for one in (data, flagged):
        excluded, unknown = Sweep(cs.Plan(**one)).count_excluded()
        assert excluded == {"training_days <= 60": (days > 60).sum()}
        assert unknown == {"training_days <= 60": days.isna().sum()}


def test_float32_is_the_rounded_float64() -> None:
    wide, narrow = _frame(plans.OVERRIDDEN), _frame(plans.OVERRIDDEN, float_type="float32")
    assert narrow["total_carbon"].dtype == np.float32
    np.testing.assert_array_equal(wide["total_carbon"].to_numpy().astype(np.float32), narrow["total_carbon"])


def test_an_axis_longer_than_a_block_is_tiled() -> None:
    data = {
        "axes": {"parameters": {"geom": [1e9, 1e12, 1000]}, "tokens": {"geom": [1e9, 1e13, 301]}},
        "output": {"quantities": ["test_loss", "training_flops"]},
    }
    small = Sweep(Plan(**data), block_points=64)
    assert small.schedule.tiles > 1
    _same(collect(small), collect(Sweep(Plan(**data))))


def test_only_needed_equations_are_evaluated() -> None:
    sweep = Sweep(
        Plan(axes={"parameters": [1e9, 2e9]}, constants={"tokens": 1e9}, output={"quantities": ["test_loss"]})
    )
    used = {equation.quantity for equation in sweep.grid.graph.equations}
    assert "total_carbon" not in used
    assert "training_days" not in used


def test_a_quantity_on_an_axis_overrides_its_equation() -> None:
    frame = _frame(
        {
            "axes": {"training_flops": [1e21, 2e21]},
            "constants": {"devices": 1, "peak_flops": 1e15, "hardware_efficiency": 0.5},
            "output": {"quantities": ["training_days", "training_flops"]},
        }
    )
    assert list(frame.columns) == ["training_flops", "training_days"]
    expected = np.array([1e21, 2e21]) / (1e15 * 0.5) / 86400
    np.testing.assert_allclose(frame["training_days"], expected, rtol=1e-14)


def test_tables_hold_what_does_not_follow_the_loops() -> None:
    """test_loss depends on the first and last axis only: with the order kept its powers are looked up."""
    data = {
        "axes": {
            "parameters": {"geom": [1e9, 1e12, 20]},
            "devices": {"integers": [1, 50]},
            "pue": {"linear": [1, 2, 50]},
            "tokens": {"geom": [1e9, 1e13, 20]},
        },
        "constants": {"peak_flops": 1e15, "hardware_efficiency": 0.4, "device_power": 700},
        "output": {"quantities": ["test_loss", "facility_energy"]},
    }
    sweep = Sweep(Plan(**data, order="plan"))
    tables = sweep.program.writer.tables
    assert (3,) in {table.loops for table in tables}
    assert "**" not in sweep.program.text.partition("def fill(")[2].rpartition("for i_")[2]
    axes = list(data["axes"])
    _same(_sorted(collect(sweep), axes), _sorted(collect(Sweep(Plan(**data))), axes))


def test_a_small_plan_compiles_no_tables() -> None:
    """What they would save is less than what their text costs."""
    data = {
        "axes": {"parameters": [1e9, 1e10], "devices": {"integers": [1, 50]}, "tokens": {"geom": [1e9, 1e13, 20]}},
        "constants": {"peak_flops": 1e15, "hardware_efficiency": 0.4, "device_power": 700, "pue": 1.1},
        "output": {"quantities": ["test_loss", "facility_energy"]},
    }
    assert not Sweep(Plan(**data, order="plan")).program.writer.tables


def test_nest_text_does_not_depend_on_values() -> None:
    """One compiled nest serves all plans of a structure."""
    one, other = copy.deepcopy(plans.OVERRIDDEN), copy.deepcopy(plans.OVERRIDDEN)
    other["constants"]["tokens"] = 2e12
    other["axes"]["pue"] = [1.2, 1.3, 1.4]
    assert Sweep(Plan(**one)).program.text == Sweep(Plan(**other)).program.text


def test_division_by_zero_is_ieee() -> None:
    frame = _frame(
        {
            "axes": {"carbon_intensity": [0, 1]},
            "constants": {"facility_energy": 0, "embodied_carbon": 0},
            "output": {"quantities": ["total_carbon"]},
        }
    )
    assert frame["total_carbon"].tolist() == [0.0, 0.0]
    assert not math.isnan(frame["total_carbon"].sum())
