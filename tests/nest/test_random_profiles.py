"""Random plans with profiles, starts, pauses and sites: nests equal plain Python, and bounds leave out no optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
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
QUANTITIES = {False: ("carbon_intensity", "total_carbon"), True: ("run_threshold", "pause_count", "total_carbon")}
"""What is compared, without pauses and with them."""
CHECKED = 12
"""Points of a plan that plain Python evaluates."""


def _some(random: np.random.Generator, names: list[str], count: int) -> list[str]:
    return [str(one) for one in random.choice(names, count, replace=False)]


def _place(random: np.random.Generator, place: str, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Axes and constants that say where training runs."""
    rows = cs.catalog("profiles")
    names = rows.index[rows["kind"] == "location_lifecycle"].tolist()
    if place == "profile":
        marginal = rows.index[rows["kind"] == "short_run_marginal"].tolist()
        return {"profile": _some(random, names if random.random() < 0.7 else marginal, count)}, {}
    if place == "sites":
        pairs = [random.choice(names, 2, replace=False) for _ in range(count)]
        return {"sites": [f"{one}, {two} + {10 * i + random.integers(10)}" for i, (one, two) in enumerate(pairs)]}, {}
    regions = cs.catalog("regions")
    known = regions.index[regions["profile_average"].notna() & regions["profile_marginal"].notna()].tolist()
    kind = random.choice(["location_lifecycle", "short_run_marginal"])
    return {"region": _some(random, known, count)}, {"accounting": str(kind)}


def random_plan(random: np.random.Generator, place: str, start: str, pausing: bool, alike: bool) -> cs.Plan:
    """A plan of some hundred points to some thousand; those that are alike differ by values only, and share a nest."""

    def count(least: int, most: int) -> int:
        return (least + most) // 2 if alike else int(random.integers(least, most + 1))

    axes, constants = _place(random, place, count(1, 3))
    constants |= {**RUN, "training_flops": float(10 ** random.uniform(23.3, 25))}
    if start == "hour":
        hours = random.choice(87590, count(2, 60), replace=False) / 10.0
        axes["start_hour"] = np.sort(hours if alike or random.random() < 0.5 else np.unique(np.floor(hours))).tolist()
    elif start == "month":
        axes["start_month"] = np.sort(random.choice(np.arange(1, 13), count(2, 11), replace=False)).tolist()
    if pausing:
        axes["run_fraction"] = [*np.sort(random.choice(np.arange(50, 1000), 6, replace=False) / 1000).tolist(), 1.0]
        constants["pausing_hardware"] = str(random.choice(["held", "released"]))
    elif random.random() < 0.3:
        constants["load_profile"] = ", ".join(f"{one:.3f}" for one in random.uniform(0.2, 2.0, 24))
    axes["devices"] = np.sort(random.choice(np.arange(300, 40000), count(3, 11), replace=False)).tolist()
    names = list(axes) if alike or random.random() < 0.9 else random.permutation(list(axes)).tolist()
    return cs.Plan(
        axes={name: axes[name] for name in names},
        constants=constants,
        constraints={"calendar_days" if pausing else "training_days": f"<= {random.uniform(20, 900):.0f}"},
        output={"quantities": list(QUANTITIES[pausing])},
        order="plan",
    )


def check(plan: cs.Plan, random: np.random.Generator) -> None:
    """All points by a nest in the order of the objective, some of them by plain Python; and the best by bounds."""
    sweep = Sweep(plan)
    search = {"minimize": "total_carbon"}
    try:
        frame = cs.search(plan, **search, top=sweep.grid.points, prune=False)
    except cs.PlanError:
        with pytest.raises(cs.PlanError):
            cs.search(plan, **search, top=4)
        return
    assert frame["total_carbon"].is_monotonic_increasing
    assert not frame["total_carbon"].isna().any()
    rows = random.choice(len(frame), min(CHECKED, len(frame)), replace=False)
    for row, values in zip(frame.iloc[rows].to_dict("records"), points(sweep, frame, rows), strict=True):
        for name in plan.output.quantities:
            assert row[name] == pytest.approx(values[name], rel=1e-12)
    assert cs.search(plan, **search, top=4).equals(frame.head(4))


def test_a_dozen_random_plans() -> None:
    """Of one kind, which is compiled once: pauses with a start, at single sites or the best of two."""
    random = np.random.default_rng(2026)
    for number in range(12):
        check(random_plan(random, ("profile", "sites")[number % 3 == 2], "hour", pausing=True, alike=True), random)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_two_hundred_random_plans(seed: int) -> None:
    random = np.random.default_rng(seed)
    place, start, pausing = PLACES[seed % 3], STARTS[seed // 3 % 3], seed // 9 % 2 == 0
    check(random_plan(random, place, start, pausing, alike=seed % 2 == 0), random)
