"""What cannot be evaluated is told apart from what constraints exclude, with the reason, per row of a catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.configuration.survey import MOST, survey, surveyed_names
from carbonsweep.engine.points import Points
from carbonsweep.grid.bind import bind
from carbonsweep.reductions.best import search
from carbonsweep.reductions.pareto import pareto

Command = Callable[..., tuple[int, str, str]]

PLAN = """\
[catalogs]
accelerators = "our_asics.csv"
[axes]
accelerator = ["our-asic", "H100"]
devices = [64, 128, 256]
[constants]
model = "llama-3-8b"
tokens = 1e12
pue = 1.1
carbon_intensity = 300
[constraints]
training_days = "<= 20"
[output]
quantities = ["training_days", "total_carbon"]
minimize = "total_carbon"
"""
ASIC = """\
id,vendor,process_nm,die_area_mm2,mem_gb,bf16_tflops,tdp_w,devices_per_node,source
our-asic,us,5,620,96,900,550,8,internal data sheet v3
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "our_asics.csv").write_text(ASIC)
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return path


@pytest.mark.long
def test_commands_name_the_row_and_the_column(plan: Path, command: Command) -> None:
    """An accelerator without memory bandwidth cannot be timed: that is not "excluded by training_days" (case N1)."""
    for words in (("check", plan), ("search", plan)):
        code, out, error = command(*words)
        assert code == 0, error
        (line,) = [one for one in out.splitlines() if one.startswith("note: accelerator our-asic:")]
        assert "memory_bandwidth (mem_bw_gbs) not known" in line


@pytest.mark.long
def test_counts_are_exact_where_every_point_is_seen(plan: Path, tmp_path: Path, command: Command) -> None:
    summary = cs.run(plan, tmp_path / "run").summary
    assert summary.unknown == {"training_days <= 20": 3}
    assert summary.excluded == {"training_days <= 20": 1}
    seen = json.loads(command("search", plan, "--json")[1])["survey"]
    assert seen == {
        "tried": 6,
        "possible": 2,
        "excluded": {"training_days <= 20": 1},
        "cannot_be_evaluated": {"memory_bandwidth (mem_bw_gbs) not known": 3},
        "never_evaluated": {"accelerator": {"our-asic": "memory_bandwidth (mem_bw_gbs) not known"}},
    }
    front = pareto(cs.Plan.load(plan), minimize=["total_carbon", "training_days"])
    assert front.survey.to_dict() == seen
    of_run = json.loads(command("run", plan, "--out", tmp_path / "again", "--json")[1])["survey"]
    assert of_run["cannot_be_evaluated"] == seen["cannot_be_evaluated"]


def _plan(**changes: Any) -> cs.Plan:
    data: dict[str, Any] = {
        "axes": {"model": ["llama-3-8b", "llama-3.1-405b"], "devices": [8, 64, 512]},
        "constants": {"accelerator": "A100", "tokens": 1e12, "pue": 1.1, "carbon_intensity": 300},
        "output": {"quantities": ["training_days", "total_carbon"]},
    }
    return cs.Plan(**{**data, **changes})


@pytest.mark.long
def test_most_points_without_a_value_are_said_first() -> None:
    found = search(_plan(axes={"model": ["llama-3.1-405b"], "devices": [8, 16, 64, 1024]}), minimize="total_carbon")
    assert found.survey.lost == 3
    assert found.survey.notes()[0].startswith("most points have no value: of all 4 points, 75 %")
    assert "no layout" in found.survey.notes()[0]


def test_a_grid_without_gaps_has_nothing_to_say() -> None:
    given = {"parameters": 8e9, "accelerator": "A100", "tokens": 1e12, "pue": 1.1, "carbon_intensity": 300}
    plan = _plan(axes={"devices": [64, 512]}, constants={**given, "hardware_efficiency": 0.4})
    found = search(plan, minimize="total_carbon")
    assert found.survey.notes() == []
    assert found.survey.possible == found.survey.tried == 2


def test_a_sample_sees_every_row_of_a_large_grid() -> None:
    years = {"linear": [1, 9, 4000]}
    plan = _plan(axes={"model": ["llama-3-8b", "llama-3.1-405b"], "devices": [8, 512], "lifetime_years": years})
    grid = bind(plan)
    wanted = ["total_carbon"]
    seen = survey(Points(grid, surveyed_names(grid, wanted)), wanted)
    assert seen.tried == MOST < seen.points == 16000
    frame = cs.to_pandas(plan)
    assert seen.lost / seen.tried == pytest.approx(frame["total_carbon"].isna().mean(), abs=0.05)


def test_values_outside_their_range_are_a_reason() -> None:
    shape = {"layers": 32, "hidden_size": 4096, "attention_heads": 32, "vocabulary_size": 32000}
    experts = {"experts": 8, "experts_per_token": 2, "expert_ffn_size": 4096}
    plan = cs.Plan(axes={"moe_layers": [16, 40]}, constants={**shape, **experts}, output={"quantities": ["parameters"]})
    notes = search(plan, minimize="parameters").survey.notes()
    assert "ffn_parameters has no value for" in notes[0]
    assert "moe_layers = 40" in notes[0]


def test_what_a_plan_chooses_says_its_own_reason() -> None:
    plan = cs.Plan(
        axes={"parameters": [8e9, 405e9]},
        constants={
            "accelerator": "H100",
            "tokens": 1e11,
            "pue": 1.1,
            "carbon_intensity": 300,
            "hardware_efficiency": 0.4,
        },
        choose={"minimize": "total_carbon", "devices": [8, 16]},
        constraints={"training_days": "<= 300"},
        output={"quantities": ["total_carbon"]},
    )
    assert search(plan, minimize="total_carbon").survey.missing == {"training_days <= 300": 1}


def test_where_nothing_is_found_the_reason_is_in_the_error() -> None:
    plan = _plan(axes={"model": ["llama-3.1-405b"], "devices": [8, 16]})
    with pytest.raises(cs.PlanError, match="no point has a value of total_carbon: .*no layout of the search"):
        search(plan, minimize="total_carbon")
