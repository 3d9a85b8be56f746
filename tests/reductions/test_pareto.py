"""Pareto fronts against moocore and a naive filter on the stored points."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from moocore import is_nondominated

import carbonsweep as cs
from carbonsweep.reductions import branch_and_bound as branching
from carbonsweep.reductions import pareto as front
from carbonsweep.reductions.pareto import pareto
from tests.random_plans import SECOND, STRUCTURES, random_plan

SEEDS = 20


@pytest.fixture(autouse=True)
def _small_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BOX_POINTS", 1024)


def _naive(values: np.ndarray) -> np.ndarray:
    """Every point against every other, in the plainest way."""
    keep = []
    for point in values:
        no_worse = (values <= point).all(axis=1)
        better = (values < point).any(axis=1)
        keep.append(not (no_worse & better).any())
    return np.array(keep, dtype=bool)


def _stored_front(frame: pd.DataFrame, low: list[str], high: list[str]) -> pd.DataFrame:
    values = np.column_stack([frame[low].to_numpy(), -frame[high].to_numpy()])
    known = ~np.isnan(values).any(axis=1)
    frame, values = frame[known], values[known]
    keep = is_nondominated(values, keep_weakly=True)
    if len(values) <= 600:
        np.testing.assert_array_equal(keep, _naive(values))
    return frame[keep]


def _frame(plan: cs.Plan) -> pd.DataFrame:
    frame = cs.to_pandas(plan)
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].astype(object)
    return frame


@pytest.mark.parametrize("structure", STRUCTURES)
def test_equal_to_filtering_the_stored_points(structure: int) -> None:
    """200 random plans, each with and without bounds, on one thread and on three."""
    for seed in range(SEEDS):
        plan, objective = random_plan(structure, seed)
        names = [objective, SECOND[structure]]
        low, high = (names, []) if structure % 2 else (names[:1], names[1:])
        expected = _stored_front(_frame(plan), low, high).reset_index(drop=True)
        if expected.empty:
            with pytest.raises(cs.PlanError):
                pareto(plan, minimize=low, maximize=high)
            continue
        for prune, threads in ((True, 1), (False, 3)):
            found = pareto(plan, minimize=low, maximize=high, prune=prune, threads=threads)
            pd.testing.assert_frame_equal(found.frame, expected, check_exact=True, check_dtype=False)


@pytest.mark.parametrize("count", [pytest.param(3, marks=pytest.mark.slow), 4])
def test_three_and_four_objectives(count: int) -> None:
    plan, _ = random_plan(1, 4)
    names = ["total_carbon", "test_loss", "training_days", "devices"][:count]
    expected = _stored_front(_frame(plan), names[:-1], names[-1:]).reset_index(drop=True)
    for prune in (True, False):
        found = pareto(plan, minimize=names[:-1], maximize=names[-1:], prune=prune)
        pd.testing.assert_frame_equal(found.frame, expected, check_exact=True, check_dtype=False)


def test_a_front_for_each_group() -> None:
    plan, _ = random_plan(1, 2)
    frame = _frame(plan)
    for by in (["accelerator"], ["devices", "accelerator"]):
        found = pareto(plan, minimize=["total_carbon", "test_loss"], by=by).frame
        values = [frame[name].unique() for name in by]
        parts = [
            _stored_front(frame[(frame[by] == list(group)).all(axis=1)], ["total_carbon", "test_loss"], [])
            for group in itertools.product(*values)
        ]
        expected = pd.concat(parts)
        axes = list(plan.axes)
        pd.testing.assert_frame_equal(
            found.sort_values(axes, ignore_index=True),
            expected.sort_values(axes, ignore_index=True),
            check_exact=True,
            check_dtype=False,
        )


def test_dominated_ties_are_left_out_and_equal_points_kept() -> None:
    """Equal in one objective and worse in another is dominated; equal in all is not."""
    plan = cs.Plan(
        axes={"pue": [1, 2], "carbon_intensity": [100, 200], "lifetime_years": [3, 4]},
        constants={"hardware_energy": 5, "embodied_carbon": 1},
        output={"quantities": ["total_carbon", "facility_energy"]},
    )
    frame = cs.pareto(plan, minimize=["facility_energy", "total_carbon"])
    assert frame[["pue", "carbon_intensity", "lifetime_years"]].to_numpy().tolist() == [[1, 100, 3], [1, 100, 4]]


def test_bounds_exclude_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branching, "BATCH", 8)
    monkeypatch.setattr(front, "BOX_POINTS", 32)
    plan, _ = random_plan(0, 3)
    # One thread is never more than two boxes behind, so that the first results exclude some of the 280 others.
    found = pareto(plan, minimize=["total_carbon", "pue"], threads=1)
    assert found.evaluated < found.points


def test_command(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        "[axes]\npue = [1, 2]\nlifetime_years = [3, 4]\n[constants]\nhardware_energy = 5\n"
        '[output]\nquantities = ["facility_energy"]'
    )
    both = ["--minimize", "facility_energy", "--maximize", "lifetime_years"]
    code, text, _ = command("pareto", path, *both, "--json")
    assert code == 0
    assert [row["lifetime_years"] for row in json.loads(text)["rows"]] == [4]
    code, text, _ = command("pareto", path, *both, "--by", "pue")
    assert code == 0
    assert "2 points of 4" in text
    for words, message in (
        (["--minimize", "facility_energy"], "a Pareto front needs two to four objectives, got 1"),
        ([*both, *both, "--minimize", "pue"], "a Pareto front needs two to four objectives, got 5"),
        (["--minimize", "pue", "--maximize", "pue"], "objective 'pue' is given twice; remove one"),
        ([*both, "--by", "pu"], "by: 'pu' is no axis of the plan; did you mean 'pue'?"),
        ([*both, "--where", "pue > 5"], "none of 4 points meets the constraints"),
    ):
        code, _, error = command("pareto", path, *words)
        assert code == 2
        assert message in error
