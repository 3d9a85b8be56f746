"""One configuration: what it gives, how it is explained, and that it equals a row of a sweep."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.configuration.explain import Derivation, derive
from carbonsweep.kernels import REGISTRY

Command = Callable[..., tuple[int, str, str]]

GPT3 = {
    "model": "gpt3-175b",
    "accelerator": "v100-sxm2-32gb",
    "devices": 10000,
    "hardware_efficiency": 0.197,
    "tokens": 300e9,
    "pue": 1.1,
    "carbon_intensity": 429,
}
MEASURED = {"device_power": "measured"}


def test_every_quantity_that_can_be_had() -> None:
    values = cs.estimate(**GPT3, equations=MEASURED)
    names = {"parameters", "active_parameters", "test_loss", "training_flops", "training_days", "device_hours"}
    names |= {"hardware_energy", "facility_energy", "operational_carbon", "embodied_carbon", "total_carbon"}
    assert names <= set(values)
    assert set(values) <= set(REGISTRY.quantities)
    # LLMCarbon Table 4: 553.3 t with 175e9 parameters; the architecture counts 174.6e9.
    assert values["operational_carbon"] == pytest.approx(553.3e3, rel=5e-3)


def test_a_given_quantity_overrides_its_equation() -> None:
    sizes = {"parameters": 175e9, "active_parameters": 175e9}
    values = cs.estimate(**GPT3, **sizes, equations=MEASURED, quantities=["operational_carbon"])
    assert values["operational_carbon"] == pytest.approx(553.3446700507615e3, rel=1e-12)


def test_only_needed_inputs_are_needed() -> None:
    assert cs.estimate(parameters=175e9, tokens=300e9, quantities=["training_flops"]) == {"training_flops": 3.15e23}
    assert cs.estimate(hardware_energy=100.0, pue=1.5)["facility_energy"] == 150.0


def test_aliases_and_choices() -> None:
    by_id = cs.estimate(accelerator="a100-sxm4-80gb", quantities=["peak_flops"])
    assert cs.estimate(accelerator="A100-80GB", quantities=["peak_flops"]) == by_id == {"peak_flops": 312e12}
    assert cs.estimate(accelerator="H100", precision="fp8", quantities=["peak_flops"])["peak_flops"] > 1.9e15


def test_user_catalog(tmp_path: Path, command: Command) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("id,bf16_tflops,tdp_w,mem_gb\nmy-chip,1000,500,96\n")
    assert cs.estimate(accelerator="my-chip", catalogs={"accelerators": mine})["peak_flops"] == 1e15
    code, out, _ = command(
        "estimate", "accelerator=my-chip", "-c", f"accelerators={mine}", "-q", "peak_flops", "--json"
    )
    assert code == 0
    assert json.loads(out) == {"peak_flops": 1e15}


def test_unknown_value_is_explained() -> None:
    result = evaluate_configuration(
        {"accelerator": "v100-sxm2-32gb", "precision": "fp8", "tokens": 1e9}, ["peak_flops"]
    )
    assert math.isnan(result.quantities["peak_flops"])
    assert result.why_missing("peak_flops").startswith("peak_flops_8bit has no value for precision = 5")


@pytest.mark.parametrize("values", [{"tokens": [1e9, 2e9]}, {"tokens": None}, {"tokens": 10**400}])
def test_one_value_each(values: dict[str, object]) -> None:
    with pytest.raises(cs.PlanError, match="is not one number or id; sweep several values with a Plan"):
        cs.estimate(**values)


def test_explain_reaches_every_leaf() -> None:
    result = evaluate_configuration(GPT3, ["total_carbon"], MEASURED)
    tree = derive(result, "total_carbon")
    leaves: set[str] = set()
    begun: set[str] = set()
    derived: list[str] = []

    def walk(node: object) -> None:
        assert node.value == pytest.approx(result.values[node.name], rel=0, abs=0, nan_ok=True)
        assert node.unit == REGISTRY.unit(node.name)
        if node.formula:
            begun.add(node.name)
            assert node.source
            for part in node.parts:
                walk(part)
            derived.append(node.name)
        elif node.origin == "derived above":
            assert node.name in begun  # its own derivation stands further up, and is not repeated
        else:
            leaves.add(node.name)

    walk(tree)
    assert len(derived) == len(set(derived))
    assert leaves == set(result.graph.given) | set(result.graph.defaults)
    text = str(tree)
    assert "carbon_intensity = 429 gCO2e/kWh  (given)" in text
    assert "measured_device_power = 330 W  (accelerator v100-sxm2-32gb)" in text
    assert "LLMCarbon Eq" in text


@pytest.mark.parametrize("depth", range(9))
def test_what_a_cut_hides_is_not_said_to_stand_above(depth: int) -> None:
    whole = derive(evaluate_configuration(GPT3, ["total_carbon"], MEASURED), "total_carbon")
    derived: set[str] = set()

    def walk(node: Derivation, level: int) -> None:
        assert level <= depth
        if node.origin == "derived above":
            assert node.name in derived
        elif node.source.endswith("values below"):
            assert level == depth
        elif node.formula:
            assert node.name not in derived
            derived.add(node.name)
        for part in node.parts:
            walk(part, level + 1)

    walk(whole.cut(depth), 0)
    assert whole.cut(100).to_dict() == whole.to_dict()


def test_explain_in_python_and_on_the_command_line(command: Command) -> None:
    tree = cs.explain(parameters=70e9, tokens=1.4e12, quantity="test_loss")
    assert tree.value == pytest.approx(1.97342, abs=1e-5)  # Besiroglu et al. 2024, computed apart
    code, out, _ = command("explain", "parameters=70e9", "tokens=1.4e12", "--quantity", "test_loss", "--json")
    assert code == 0
    assert json.loads(out) == tree.to_dict()
    code, out, _ = command("explain", "parameters=70e9", "tokens=1.4e12", "-q", "test_loss")
    assert "Hoffmann et al. 2022" in out


def test_estimate_command(command: Command) -> None:
    words = [f"{name}={value}" for name, value in GPT3.items()]
    code, out, _ = command("estimate", *words, "--json")
    assert code == 0
    assert json.loads(out) == cs.estimate(**GPT3)
    code, out, _ = command("estimate", *words, "-q", "total_carbon,test_loss")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["total_carbon", "test_loss"]


def test_json_has_null_for_unknown(command: Command) -> None:
    code, out, _ = command("estimate", "accelerator=V100", "precision=fp8", "-q", "peak_flops", "--json")
    assert code == 0
    assert json.loads(out) == {"peak_flops": None}


def test_variants_on_the_command_line(command: Command) -> None:
    words = ["sizing_parameters=175e9", "device_memory=80", "-e", "*=bug_compatible", "-q", "optimal_devices", "--json"]
    assert json.loads(command("estimate", *words)[1]) == {"optimal_devices": 1520}


def test_scalar_call_is_a_sweep_row() -> None:
    """A law that peers break: the estimate of a configuration and its row in a sweep are the same number."""
    fixed = {k: v for k, v in GPT3.items() if k not in ("devices", "carbon_intensity")}
    plan = cs.Plan(
        axes={"devices": [100, 10000], "carbon_intensity": [20, 429]},
        constants=fixed,
        output={"quantities": ["total_carbon", "test_loss", "training_days"]},
    )
    for row in cs.to_pandas(plan).to_dict("records"):
        point = {**fixed, "devices": row["devices"], "carbon_intensity": row["carbon_intensity"]}
        for name, value in cs.estimate(**point, quantities=list(plan.output.quantities)).items():
            assert row[name] == pytest.approx(value, rel=1e-14)


def test_what_depends_on_nothing_given_is_left_out() -> None:
    """Factors that are 1 and sums that are 0 for every configuration are no answers; asked for, they are given."""
    found = evaluate_configuration({"parameters": 7e9, "tokens": 1e12}).quantities
    assert "training_flops" in found
    assert not {"training_time_factor", "structure_reuse", "power_factor", "storage_hardware_energy"} & set(found)
    asked = evaluate_configuration({"parameters": 7e9}, ["training_time_factor"]).quantities
    assert asked == {"training_time_factor": 1}
