"""`estimate` of a plan of one point: what it chooses is what a sweep chooses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import carbonsweep as cs

PLAN = """
[constants]
parameters = 7e9
tokens = 1e12
hardware_efficiency = 0.4
pue = 1.1
carbon_intensity = 100

[choose]
minimize = "total_carbon"
accelerator = ["a100-sxm4-80gb", "h100-sxm5"]
devices = [64, 128, 256]

[constraints]
training_days = "<= DAYS"

[output]
quantities = ["training_days", "total_carbon"]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Callable[[int], Path]:
    def write(days: int) -> Path:
        path = tmp_path / "plan.toml"
        path.write_text(PLAN.replace("DAYS", str(days)), encoding="utf-8")
        return path

    return write


def test_equal_to_a_sweep(plan: Callable[[int], Path], command: Callable[..., tuple[int, str, str]]) -> None:
    path = plan(40)
    found = cs.estimate(path)
    data = cs.Plan.load(path).canonical()
    axes = {"carbon_intensity": [100, 200]}
    constants = {name: value for name, value in data["constants"].items() if name not in axes}
    row = cs.to_pandas(cs.Plan(**{**data, "axes": axes, "constants": constants})).iloc[0]
    assert found["accelerator"] == row["accelerator"]
    assert found["no_choice"] is None
    for name in ("devices", "training_days", "total_carbon"):
        assert found[name] == pytest.approx(row[name], rel=1e-12)
    code, out, _ = command("estimate", path, "--json")
    assert code == 0
    assert json.loads(out)["accelerator"] == found["accelerator"]
    assert "h100-sxm5" in command("estimate", path)[1]


def test_nothing_possible(plan: Callable[[int], Path]) -> None:
    found = cs.estimate(plan(1))
    assert found["accelerator"] is None
    assert found["no_choice"] == "no candidate is possible"
    assert found["total_carbon"] is None


def test_refused(plan: Callable[[int], Path], command: Callable[..., tuple[int, str, str]]) -> None:
    path = plan(40)
    with pytest.raises(cs.PlanError, match="a plan or values, not both"):
        cs.estimate(path, tokens=1e12)
    code, _, error = command("estimate", path, "tokens=1e12")
    assert code == 2
    assert error.count("\n") == 1
    many = cs.Plan(**{**cs.Plan.load(path).canonical(), "axes": {"lifetime_years": [3, 5]}})
    with pytest.raises(cs.PlanError, match="2 points; estimate and explain take a plan of one"):
        cs.estimate(many)


def test_what_is_chosen_is_explained(command: Callable[..., tuple[int, str, str]]) -> None:
    given = ("model=llama-2-7b", "accelerator=H100", "devices=64")
    code, out, error = command("explain", *given, "-q", "tensor_parallel")
    assert (code, error) == (0, "")
    assert "the best layout" in out
    assert "by sequence_time" in " ".join(out.split())
    assert command("explain", *given, "-q", "step_time")[0] == 0
    lost = command("estimate", "model=gpt3-175b", "accelerator=v100-sxm2-32gb", "devices=8", "-q", "step_time")[1]
    assert "no layout of the search is feasible" in " ".join(lost.split())


def test_explain_takes_a_plan_and_its_stages(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    path = tmp_path / "stages.toml"
    path.write_text(
        """
[constants]
parameters = 7e9
tokens = 1e12
accelerator = "H100"
devices = 64
hardware_efficiency = 0.4
region = "aws/us-east-1"
[[stages]]
kind = "sft"
tokens = 2e9
accelerator = "B200"
[output]
quantities = ["total_carbon"]
"""
    )
    tree = cs.explain(path, quantity="stage_total_carbon_sft", depth=1)
    assert [part.name for part in tree.parts] == ["stage_operational_carbon_sft", "stage_embodied_carbon_sft"]
    assert tree.value == pytest.approx(sum(part.value for part in tree.parts))
    code, out, _ = command("explain", path, "-q", "accelerator_unit_embodied_sft", "--json")
    assert (code, json.loads(out)["origin"].split(", ")[1]) == (0, "variant product_footprint")
    assert command("explain", path, "tokens=1e12", "-q", "total_carbon")[0] == 2
    assert "unknown quantity" in command("explain", path, "-q", "nonsense")[2]
