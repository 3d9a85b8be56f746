"""Curves in compiled nests: the same numbers as in plain Python, and the same optima with bounds as without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.engine.sweep import Sweep
from carbonsweep.grid.bind import bind
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.manifest import read_manifest
from tests.naive import best_of_each, points

RUN = {
    "training_flops": 1e24,
    "peak_flops": 1e15,
    "hardware_efficiency": 0.5,
    "device_power": 1000,
    "pue": 1.1,
    "device_embodied": 1500,
}
AVERAGE = {"catalog": "profiles", "where": "kind == 'location_lifecycle'"}
WINDOWS = {
    "axes": {"profile": AVERAGE, "start_hour": [0, 700.5, 3038, 8759], "devices": [1000, 3000, 100000]},
    "constants": RUN,
    "output": {"quantities": ["training_days", "carbon_intensity", "operational_carbon", "total_carbon"]},
}


def test_a_nest_looks_up_what_plain_python_does() -> None:
    sweep = Sweep(cs.Plan(**WINDOWS))
    frame = cs.to_pandas(sweep.plan)
    rows = np.arange(len(frame))
    for row, values in zip(frame.to_dict("records"), points(sweep, frame, rows), strict=True):
        for name in sweep.plan.output.quantities:
            assert row[name] == values[name]


def test_marginal_windows_under_a_week_are_null() -> None:
    axes = {**WINDOWS["axes"], "profile": ["avert/CA", "avert/NY"]}
    frame = cs.to_pandas(cs.Plan(**{**WINDOWS, "axes": axes}))
    assert frame["carbon_intensity"].isna().tolist() == (frame["training_days"] < 7).tolist()


def test_the_manifest_says_which_profiles(tmp_path: Path) -> None:
    axes = {**WINDOWS["axes"], "profile": ["eia930/PJM", "eia930/CISO"]}
    cs.run(cs.Plan(**{**WINDOWS, "axes": axes}), tmp_path / "run")
    profiles = read_manifest(Folder(str(tmp_path / "run")))["profiles"]
    assert [one["id"] for one in profiles] == ["eia930/PJM", "eia930/CISO"]
    assert {(one["kind"], one["year"], one["clock"]) for one in profiles} == {("location_lifecycle", 2022, "UTC")}


def test_bounds_leave_out_no_optimum_of_paused_runs() -> None:
    run = {**RUN, "idle_power_per_device": 300, "checkpoint_time": 30, "restart_time": 600}
    axes = {"profile": AVERAGE, "run_fraction": {"linear": [0.05, 1.0, 96]}, "devices": {"integers": [100, 20000, 500]}}
    plan = cs.Plan(axes=axes, constants=run, output={"quantities": ["total_carbon", "calendar_days"]})
    found = [cs.search(plan, minimize="total_carbon", top=5, by=["profile"], prune=prune) for prune in (True, False)]
    assert found[0].equals(found[1])
    assert (found[0]["run_fraction"] < 1).any()


def test_a_start_may_be_chosen() -> None:
    """The best start and number of devices for each grid, by a frame of all of them."""
    data = {**WINDOWS, "output": {"quantities": ["total_carbon"]}}
    axes = {"profile": ["eia930/CISO", "eia930/BPAT"]}
    over = {"start_hour": [0, 2000, 3038, 6000], "devices": [1000, 3000]}
    frame = cs.to_pandas(cs.Plan(**{**data, "axes": axes, "choose": {"minimize": "total_carbon", **over}}))
    every = {**data, "axes": {**axes, **over}, "output": {"quantities": ["total_carbon"]}}
    expected = best_of_each(every, ["start_hour", "devices"], "total_carbon", maximize=False)
    assert frame["start_hour"].tolist() == expected["start_hour"].tolist()
    assert frame["total_carbon"].tolist() == expected["total_carbon"].tolist()


def test_windows_of_uncertain_length_and_an_uncertain_forecast() -> None:
    """Curves are looked up inside the loop over samples too: statistics are those of plain Python."""
    uncertainty = {
        "samples": 16,
        "hardware_efficiency": {"uniform": [0.3, 0.6]},
        "carbon_intensity": {"lognormal": [1.0, 0.1], "times": True},
    }
    axes = {"profile": ["eia930/CISO", "eia930/PJM"], "start_hour": [0, 3000.5], "devices": [1000]}
    constants = {name: value for name, value in RUN.items() if name != "hardware_efficiency"}
    output = {"quantities": ["operational_carbon"], "statistics": ["p50", "p95"]}
    sweep = Sweep(cs.Plan(axes=axes, constants=constants, uncertainty=uncertainty, output=output))
    frame = cs.to_pandas(sweep.plan)
    for number, row in enumerate(frame.to_dict("records")):
        given = dict(sweep.grid.constants)
        for axis, place in zip(sweep.grid.axes, np.unravel_index(number, (2, 2, 1)), strict=True):
            given.update(zip(axis.fields, axis.matrix[:, place], strict=True))
        values = evaluate(sweep.grid.graph, given)
        for name in ("operational_carbon_p50", "operational_carbon_p95"):
            assert row[name] == pytest.approx(values[name], rel=1e-14)
    assert (frame["operational_carbon_p95"] > 1.05 * frame["operational_carbon_p50"]).all()


def test_average_and_marginal_side_by_side() -> None:
    regions = ["zone/US-CAL-CISO", "zone/US-TEX-ERCO"]
    axes = {"accounting": ["location_lifecycle", "short_run_marginal"], "region": regions, "start_month": [1, 6]}
    plan = cs.Plan(**{**WINDOWS, "axes": axes, "constants": {**RUN, "devices": 1000}})
    grid = bind(plan)
    frame = cs.to_pandas(plan)
    for row in frame.to_dict("records"):
        profile = load_profile(row["accounting"], row["region"])
        one = cs.estimate(
            **RUN, devices=1000, profile=profile, start_month=int(row["start_month"]), quantities=["total_carbon"]
        )
        assert row["total_carbon"] == one["total_carbon"]
    assert grid.graph.curves is not None
    assert len(grid.graph.curves) == 4


def load_profile(accounting: str, region: str) -> str:
    column = {"location_lifecycle": "profile_average", "short_run_marginal": "profile_marginal"}[accounting]
    return str(cs.catalog("regions").loc[region, column])


def test_the_text_of_a_nest_holds_no_data() -> None:
    """Plans with other profiles share machine code, and one without a profile has none of it."""
    texts = []
    for profile in ("eia930/CISO", "eia930/PJM"):
        sweep = Sweep(cs.Plan(**{**WINDOWS, "axes": {**WINDOWS["axes"], "profile": [profile]}}))
        texts.append(sweep.program.text)
    assert texts[0] == texts[1]
    assert "curve_at(curves, " in texts[0]
    without = {**WINDOWS, "axes": {"devices": [1, 2]}, "constants": {**RUN, "carbon_intensity": 100}}
    sweep = Sweep(cs.Plan(**without))
    assert "curves" not in sweep.program.text


def test_estimate_of_a_plan_looks_up_too() -> None:
    grid = bind(cs.Plan(**{**WINDOWS, "axes": {}, "constants": {**RUN, "devices": 1000, "profile": "eia930/CISO"}}))
    assert evaluate(grid.graph, grid.constants)["carbon_intensity"] == pytest.approx(256.161, abs=5e-4)
