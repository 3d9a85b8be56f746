"""Random plans with profiles, starts, pauses and sites: nests equal plain Python, and bounds leave out no optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from tests.naive import points

RUN = {
    "peak_flops": 1e15,
    "hardware_efficiency": 0.5,
    "device_power": 1000,
    "pue": 1.1,
    "device_embodied": 1500,
    "idle_power_per_device": 300,
    "checkpoint_time": 30,
    "restart_time": 600,
}
PLACES, STARTS = ("profile", "sites", "region"), ("none", "hour", "month")
CHECKED = 12
"""Points of a plan that plain Python evaluates."""


def _some(random: np.random.Generator, names: list[str], most: int) -> list[str]:
    return [str(one) for one in random.choice(names, random.integers(1, most + 1), replace=False)]


def _place(random: np.random.Generator, place: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Axes and constants that say where training runs."""
    rows = cs.catalog("profiles")
    names = rows.index[rows["kind"] == "location_lifecycle"].tolist()
    if place == "profile":
        marginal = rows.index[rows["kind"] == "short_run_marginal"].tolist()
        return {"profile": _some(random, names if random.random() < 0.7 else marginal, 4)}, {}
    if place == "sites":
        pairs = [random.choice(names, 2, replace=False) for _ in range(2)]
        return {"sites": list({f"{one}, {two} + {random.integers(0, 60)}": 0 for one, two in pairs})}, {}
    regions = cs.catalog("regions")
    known = regions.index[regions["profile_average"].notna() & regions["profile_marginal"].notna()].tolist()
    kind = random.choice(["location_lifecycle", "short_run_marginal"])
    return {"region": _some(random, known, 4)}, {"accounting": str(kind)}


def random_plan(random: np.random.Generator, place: str, start: str, pausing: bool, mixed: bool = False) -> cs.Plan:
    """A plan of some hundred points to some thousand; its axes are `mixed` seldom, as other orders are other nests."""
    axes, constants = _place(random, place)
    constants |= {**RUN, "training_flops": float(10 ** random.uniform(23.3, 25))}
    if start == "hour":
        hours = np.unique(np.round(random.uniform(0, 8759, random.integers(2, 60)), random.integers(0, 3)))
        axes["start_hour"] = hours.tolist()
    elif start == "month":
        axes["start_month"] = sorted(random.choice(np.arange(1, 13), random.integers(2, 12), replace=False).tolist())
    if pausing:
        axes["run_fraction"] = sorted({*np.round(random.uniform(0.05, 1.0, 6), 3).tolist(), 1.0})
        constants["pausing_hardware"] = str(random.choice(["held", "released"]))
    elif random.random() < 0.3:
        constants["load_profile"] = ", ".join(f"{one:.3f}" for one in random.uniform(0.2, 2.0, 24))
    axes["devices"] = sorted(random.choice(np.arange(300, 40000), random.integers(3, 12), replace=False).tolist())
    days = "calendar_days" if pausing else "training_days"
    return cs.Plan(
        axes={name: axes[name] for name in random.permutation(list(axes))} if mixed else axes,
        constants=constants,
        constraints={days: f"<= {random.uniform(20, 900):.0f}"},
        output={"quantities": ["carbon_intensity", "total_carbon"]},
        order="plan",
    )


def check(plan: cs.Plan, random: np.random.Generator) -> None:
    """Points by a nest and by plain Python, and the best by bounds, without them and by sorting."""
    sweep = Sweep(plan)
    frame = cs.to_pandas(plan)
    if len(frame):
        rows = random.choice(len(frame), min(CHECKED, len(frame)), replace=False)
        for row, values in zip(frame.iloc[rows].to_dict("records"), points(sweep, frame, rows), strict=True):
            for name in ("carbon_intensity", "total_carbon"):
                if pd.isna(row[name]):
                    assert np.isnan(values[name])
                else:
                    assert row[name] == pytest.approx(values[name], rel=1e-12)
    known = frame.dropna(subset=["total_carbon"]).sort_values("total_carbon", kind="stable")
    if not len(known):
        with pytest.raises(cs.PlanError):
            cs.search(plan, minimize="total_carbon", top=4)
        return
    found = [cs.search(plan, minimize="total_carbon", top=4, prune=prune) for prune in (True, False)]
    assert found[0].equals(found[1])
    names = [*plan.axes, "total_carbon"]
    assert found[0][names].astype(object).to_numpy().tolist() == known[names].head(4).astype(object).to_numpy().tolist()


@pytest.mark.parametrize(("place", "start", "pausing"), [("profile", "hour", True), ("region", "month", False)])
def test_random_plans(place: str, start: str, pausing: bool) -> None:
    """A dozen of two kinds; `make test-long` has 200 of all."""
    random = np.random.default_rng(2026)
    for _ in range(6):
        other = "sites" if place == "profile" and random.random() < 0.3 else place
        check(random_plan(random, other, start, pausing), random)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_two_hundred_random_plans(seed: int) -> None:
    random = np.random.default_rng(seed)
    place, start, pausing = PLACES[seed % 3], STARTS[seed // 3 % 3], seed // 9 % 2 == 0
    check(random_plan(random, place, start, pausing, mixed=seed % 20 == 0), random)
