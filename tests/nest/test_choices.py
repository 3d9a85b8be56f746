"""Choices inside the nest equal explicit sweeps of their candidates, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.tabular.arrow import collect
from tests.naive import best_of_each, points
from tests.random_plans import STRUCTURES, random_plan

HARDWARE = {
    "axes": {"carbon_intensity": [20.0, 400.0], "tokens": [1e11, 3e12]},
    "constants": {"model": "llama-2-13b", "pue": 1.1},
    "choose": {
        "minimize": "total_carbon",
        "accelerator": ["v100-sxm2-32gb", "a100-sxm4-80gb", "h100-sxm5"],
        "devices": {"powers_of_two": [32, 1024]},
    },
    "constraints": {"training_days": "<= 60"},
    "output": {"quantities": ["training_days", "tensor_parallel", "total_carbon"]},
    "order": "plan",
}
GIVEN = {
    **HARDWARE,
    "constants": {"parameters": 13e9, "pue": 1.1, "hardware_efficiency": 0.4},
    "output": {"quantities": ["training_days", "total_carbon"]},
}
"""The same with an efficiency that is given: a layout is a choice inside the choice, and takes long to compile."""


def chosen_and_explicit(
    structure: int, seed: int, inner_count: int, maximize: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random plan with some of its axes chosen, and the best points of the whole grid."""
    plan, objective = random_plan(structure, seed)
    data = plan.canonical()
    sense = "maximize" if maximize else "minimize"

    def choosing(inner: list[str]) -> cs.Plan:
        axes = {name: axis for name, axis in data["axes"].items() if name not in inner}
        choose = {sense: objective, **{name: data["axes"][name] for name in inner}}
        return cs.Plan(**{**data, "axes": axes, "choose": choose, "order": "plan"})

    def moves(name: str) -> bool:
        try:
            Sweep(choosing([name]))
        except cs.PlanError as error:
            if "is the same for every candidate" not in str(error):
                raise
            return False
        return True

    inner = [name for name in reversed(data["axes"]) if name != objective and moves(name)][:inner_count]
    return cs.to_pandas(choosing(inner)), best_of_each(data, inner, objective, maximize)


def same(found: pd.DataFrame, explicit: pd.DataFrame) -> None:
    """Equal values, blank where blank."""
    assert len(found) == len(explicit)
    for name in explicit.columns:
        left, right = ([None if pd.isna(one) else one for one in frame[name]] for frame in (found, explicit))
        assert left == right, name


@pytest.mark.slow
@pytest.mark.parametrize("structure", STRUCTURES)
def test_random_plans_equal_brute_force(structure: int) -> None:
    for seed in range(4):
        same(*chosen_and_explicit(structure, seed, 1 + structure % 2, maximize=seed % 3 == 2))


def test_a_plan_that_chooses_has_a_row_for_every_point() -> None:
    found = cs.to_pandas(cs.Plan(**GIVEN))
    quantities = GIVEN["output"]["quantities"]
    assert list(found.columns) == [*HARDWARE["axes"], "accelerator", "devices", *quantities, "no_choice"]
    explicit = best_of_each(
        {
            **{key: value for key, value in GIVEN.items() if key != "choose"},
            "axes": {
                **HARDWARE["axes"],
                "accelerator": HARDWARE["choose"]["accelerator"],
                "devices": [float(2**n) for n in range(5, 11)],
            },
        },
        ["accelerator", "devices"],
        "total_carbon",
        False,
    )
    same(found, explicit)


def test_where_nothing_is_possible_the_row_is_blank() -> None:
    data = {**GIVEN, "constraints": {"training_days": "<= 5"}}
    found = cs.to_pandas(cs.Plan(**data))
    blank = found[found["tokens"] == 3e12]
    assert len(blank) == 2
    assert blank[["accelerator", "devices", "training_days", "total_carbon"]].isna().all(axis=None)
    assert (blank["no_choice"] == "training_days <= 5").all()
    rest = found[found["tokens"] == 1e11]
    assert rest.drop(columns="no_choice").notna().all(axis=None)
    assert rest["no_choice"].isna().all()
    choose = {"minimize": "total_carbon", "accelerator": ["v100-sxm2-32gb"], "precision": ["fp8"], "devices": [1, 2]}
    without = cs.to_pandas(cs.Plan(**{**GIVEN, "choose": choose, "constraints": {}}))
    assert (without["no_choice"] == "no candidate has a value of total_carbon").all()


def test_every_sink_takes_such_plans(tmp_path) -> None:
    plan = cs.Plan(**GIVEN)
    frame = cs.to_pandas(plan)
    cs.run(plan, tmp_path / "run")
    stored = pd.read_parquet(next((tmp_path / "run").glob("part-*.parquet")))
    same(stored, frame)
    best = cs.search(plan, minimize="total_carbon", top=2)
    same(best.reset_index(drop=True), frame.sort_values("total_carbon").head(2).reset_index(drop=True))
    front = cs.pareto(plan, minimize=["total_carbon", "training_days"])
    assert len(front) >= 1
    table = cs.marginals(plan, quantity="total_carbon", by="tokens").table
    np.testing.assert_allclose(table["mean"], frame.groupby("tokens")["total_carbon"].mean(), rtol=1e-12)
    same(cs.scan(plan).read_all().to_pandas(), frame)


@pytest.mark.long
def test_equal_to_the_function_level_twin() -> None:
    sweep = Sweep(cs.Plan(**HARDWARE))
    frame = collect(sweep)
    for row, expected in enumerate(points(sweep, frame, np.arange(min(len(frame), 4)))):
        for name in ("devices", "training_days", "tensor_parallel", "total_carbon"):
            assert frame[name][row] == expected[name] or np.isnan(frame[name][row])


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        ({"minimize": "total_carbon", "devises": [8, 16]}, "choose.devises: unknown input 'devises'; did you mean"),
        ({"minimize": "total_carbon", "tokens": [1e11]}, "'tokens' is both chosen and an axis; remove one"),
        ({"minimize": "total_carbon", "pue": [1.1, 1.2]}, "'pue' is both chosen and a constant; remove one"),
        ({"minimize": "total_carbon", "devices": []}, "choose.devices: the axis is empty"),
        ({"minimize": "parameters", "devices": [8, 16]}, "choose: parameters is the same for every candidate"),
        ({"minimize": "carbon", "devices": [8, 16]}, "choose: unknown quantity 'carbon'"),
        ({"devices": [8, 16]}, "choose: give one objective"),
        ({"minimize": "total_carbon", "maximize": "devices", "devices": [8]}, "choose: give one objective"),
        ({"minimize": "total_carbon"}, "choose.over"),
        ({"minimize": "rental_cost", "devices": [8, 16]}, "rental_cost needs device_hour_price"),
    ],
)
def test_bad_choices_are_refused(choose: dict[str, Any], message: str) -> None:
    axes = {"tokens": [1e11, 1e12]}
    constants = {"model": "llama-2-7b", "accelerator": "h100-sxm5", "pue": 1.1, "carbon_intensity": 10}
    output = {"quantities": ["total_carbon"]}
    with pytest.raises(cs.PlanError) as error:
        cs.to_pandas(cs.Plan(axes=axes, constants=constants, choose=choose, output=output))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_run_is_not_extended_by_another_choice(tmp_path) -> None:
    def plan(tokens: list[float], devices: list[int]) -> cs.Plan:
        axes = {**GIVEN["axes"], "tokens": tokens}
        return cs.Plan(**{**GIVEN, "axes": axes, "choose": {**GIVEN["choose"], "devices": devices}})

    cs.run(plan([1e11], [64, 128]), tmp_path / "run")
    with pytest.raises(cs.PlanError, match="choose differs from the plan of the run"):
        cs.run(plan([1e11, 2e11], [256]), tmp_path / "run", extend=True)
    cs.run(plan([1e11, 2e11], [64, 128]), tmp_path / "run", extend=True)
    assert len(pd.concat(map(pd.read_parquet, (tmp_path / "run").rglob("part-*.parquet")))) == 4
