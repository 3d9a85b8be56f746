"""The nest gives what the functions of the equations give one by one, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.grid.bind import bind
from carbonsweep.kernels import REGISTRY
from carbonsweep.nest import tables
from carbonsweep.tabular.arrow import collect
from tests.naive import points
from tests.random_plans import STRUCTURES, random_plan

ALIKE = ("best_site", "frontier_layouts", "gpt3_sites")
"""Plans whose equations are those of others: of place_70b and best_hardware."""
EXAMPLES = [
    path
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
    if path.stem not in ALIKE and "[uncertainty]" not in path.read_text(encoding="utf-8")
]
"""Statistics over samples have their twin in tests/uncertainty."""
TWINNED = ("best_hardware", "pausing", "serve_70b", "slope_sites", "stages", "train_and_serve", "when_to_train")
"""What they have, choices, curves and sums of stages, is twinned elsewhere at less cost."""


def thinned(plan: cs.Plan, most: int) -> cs.Plan:
    """The plan with at most some values on each axis, and every point kept."""
    data = plan.canonical()
    for axis in bind(plan).axes:
        if len(axis) > most:
            picked = [axis.values[i] for i in np.unique(np.linspace(0, len(axis) - 1, most).astype(int))]
            given: Any = [one if isinstance(one, str) else float(one) for one in picked]
            if isinstance(data["axes"][axis.name], dict) and "catalog" in data["axes"][axis.name]:
                given = {"catalog": data["axes"][axis.name]["catalog"], "names": given, "default_rows": "all"}
            data["axes"][axis.name] = given
    data["output"] = {**data["output"], "infeasible": "flag", "partition_by": []}
    return cs.Plan(**data)


def same_as_functions(plan: cs.Plan, count: int, with_choices: int) -> None:
    sweep = Sweep(plan)
    frame = collect(sweep)
    # The twin of a choice tries every candidate in Python, which takes a second.
    count = min(with_choices if sweep.grid.choices else count, len(frame))
    rows = np.random.default_rng(11).choice(len(frame), size=count, replace=False)
    for row, expected in zip(rows, points(sweep, frame, rows), strict=True):
        for name in sweep.grid.outputs:
            if name in sweep.grid.labelled:
                continue
            one, other = np.float64(frame[name].iloc[row]), np.float64(expected[name])
            assert one.tobytes() == other.tobytes() or (np.isnan(one) and np.isnan(other)), (name, one, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.long) if path.stem in TWINNED else path for path in EXAMPLES],
    ids=lambda path: path.stem,
)
def test_example_plans(path: Path) -> None:
    plan = cs.Plan.load(path)
    # Plans that search a layout at every point are thinned more.
    same_as_functions(thinned(plan, 2 if Sweep(plan).grid.choices else 3), 12, 1)


@pytest.mark.slow
@pytest.mark.parametrize("structure", STRUCTURES)
def test_random_plans(structure: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all tables that save anything: as small as these plans are, none would be worth its text."""
    monkeypatch.setattr(tables, "COMPILING", 0.0)
    for seed in range(8):
        plan, _ = random_plan(structure, seed)
        same_as_functions(
            cs.Plan(**{**plan.canonical(), "output": {**plan.canonical()["output"], "infeasible": "flag"}}), 6, 1
        )


def test_axes_of_one_value_are_no_loops_of_a_block() -> None:
    """A small plan is one block, whose loops Python would nest."""
    usual = {
        name: [float(item.default)]
        for name, item in REGISTRY.inputs.items()
        if item.default is not None and not item.choices and not item.integer and name.startswith("s")
    }
    axes = {"hardware_energy": [1.0, 2.0], "pue": [1.1, 1.5], **dict(list(usual.items())[:25])}
    frame = cs.to_pandas(cs.Plan(axes=axes, output={"quantities": ["facility_energy"]}, order="plan"))
    assert len(frame.columns) == 28
    assert frame["facility_energy"].tolist() == [1.1, 1.5, 2.2, 3.0]


@pytest.mark.long
def test_sixty_axes_and_a_sum_of_thousands_of_terms() -> None:
    """Python nests at most twenty loops; Numba and Python refuse text that is nested too deeply."""
    axes: dict[str, Any] = {"hardware_energy": [1.0, 2.0], "pue": [1.0, 1.5], "carbon_intensity": [10.0, 20.0]}
    for name, item in REGISTRY.inputs.items():
        if len(axes) == 60:
            break
        if item.default is not None and not item.choices and not item.integer and name not in axes:
            low = max(item.valid.low, 0.5)
            axes[name] = [low, low + 0.25] if low + 0.25 in item.valid else [item.valid.high / 2, item.valid.high]
    terms = " + ".join(["operational_carbon"] * 150)
    plan = cs.Plan(
        axes=axes,
        constraints={"where": [f"{terms} >= -{number}" for number in range(10)]},
        output={"quantities": ["operational_carbon"]},
        allow_implausible=True,
    )
    assert len(plan.axes) == 60
    sweep = Sweep(plan)
    chunk = sweep.evaluate(*sweep.chunk_bounds(sweep.chunks // 3))
    assert chunk.rows > 1000
    by_name = dict(zip(plan.axes, chunk.axes, strict=True))
    expected = by_name["hardware_energy"] * by_name["pue"] * by_name["carbon_intensity"] / 1000.0
    np.testing.assert_array_equal(chunk.columns["operational_carbon"], expected)
    best = cs.search(plan, minimize="operational_carbon", top=3)
    np.testing.assert_array_equal(best["operational_carbon"], [0.01, 0.01, 0.01])
