"""Names in plans and estimates: numbers of devices, instances, configurations, and that what was taken is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind

Command = Callable[..., tuple[int, str, str]]
CONFIG = Path(__file__).parents[1] / "catalogs" / "hf_config" / "mixtral-8x7b.json"
RUN = {"parameters": 7e9, "tokens": 1e12, "hardware_efficiency": 0.4}


def test_a_number_in_a_name_sets_devices_and_is_said() -> None:
    result = evaluate_configuration({"accelerator": "8xH100", **RUN}, ["devices", "training_days"])
    assert result.quantities["devices"] == 8
    alone = cs.estimate(accelerator="H100", devices=8, **RUN, quantities=["training_days"])
    assert result.quantities["training_days"] == alone["training_days"]
    assert "accelerator '8xH100' is h100-sxm5, 8 devices (alias: SXM5 board with 80 GB)" in result.notes


def test_a_number_that_contradicts_is_refused() -> None:
    assert cs.estimate(accelerator="8xH100", devices=8, **RUN, quantities=["devices"]) == {"devices": 8}
    with pytest.raises(cs.PlanError, match="'8 x h100-sxm5' is 8 devices, devices is 16; give the number once"):
        cs.estimate(accelerator="8xH100", devices=16, **RUN, quantities=["devices"])
    with pytest.raises(cs.PlanError, match="some names carry a number of devices and some do not"):
        bind(cs.Plan(axes={"accelerator": ["8xH100", "A100"]}, constants=RUN, output={"quantities": ["training_days"]}))


def test_an_axis_of_boxes_has_its_own_numbers() -> None:
    plan = cs.Plan(
        axes={"accelerator": ["8xH100", "16xH100", "p4d.24xlarge", "v3-8"]},
        constants=RUN,
        output={"quantities": ["devices", "training_days"]},
    )
    frame = cs.to_pandas(plan)
    assert frame["devices"].tolist() == [8, 16, 8, 4]
    assert frame["accelerator"].tolist() == ["8 x h100-sxm5", "16 x h100-sxm5", "p4d.24xlarge", "4 x tpu-v3"]
    assert frame["training_days"][0] == 2 * frame["training_days"][1]


def test_an_instance_brings_its_network() -> None:
    asked = ["scale_out_bandwidth", "devices_per_node", "devices"]
    found = cs.estimate(accelerator="p4d.24xlarge", quantities=asked)
    assert found == {"scale_out_bandwidth": 6.25e9, "devices_per_node": 8, "devices": 8}


def test_the_row_that_was_taken_is_said_unless_it_was_named_by_its_id() -> None:
    result = evaluate_configuration({"region": "JP-CB", "hardware_energy": 1, "pue": 1}, ["operational_carbon"])
    assert "region 'JP-CB' is country/JPN (no row of zone JP-CB: its country stands for it)" in result.notes
    result = evaluate_configuration({"region": "country/JPN", "hardware_energy": 1, "pue": 1}, ["operational_carbon"])
    assert result.notes == ("carbon intensity: location_lifecycle",)


def test_a_country_is_never_the_grid_of_its_chip_fabs() -> None:
    """gCO2e/kWh of the catalog's country rows."""
    for name, known in {"India": 708.96, "Japan": 483.73, "Australia": 553.76, "Iceland": 28.33}.items():
        assert cs.estimate(region=name, quantities=["carbon_intensity"]) == {"carbon_intensity": known}


def test_a_model_from_its_configuration(tmp_path: Path) -> None:
    asked = ["parameters", "active_parameters"]
    known = cs.estimate(model="mixtral-8x7b", quantities=asked)
    assert cs.estimate(model=str(CONFIG), quantities=asked) == known
    assert cs.estimate(model={"config": str(CONFIG)}, quantities=asked) == known
    assert cs.estimate(model=cs.model_from_config(CONFIG), quantities=asked) == known
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text(CONFIG.read_text())
    output = '[output]\nquantities = ["parameters"]\n'
    for text in (
        '[constants]\nmodel = { config = "mine/config.json" }\n[axes]\nexperts = [8, 16]\n',
        '[axes]\nmodel = [{ config = "mine/config.json" }, "mixtral-8x7b"]\n',
        '[axes]\nmodel = ["mine/config.json"]\n',
    ):
        (tmp_path / "plan.toml").write_text(text + output)
        grid = bind(cs.Plan.load(tmp_path / "plan.toml"))
        (axis,) = grid.axes
        widths = np.array([grid.constants.get("hidden_size", 0.0)])
        if "hidden_size" in axis.fields:
            widths = axis.matrix[axis.fields.index("hidden_size")]
        assert set(widths) == {4096}
        assert any(name.startswith("model ") for name in grid.catalog_hashes)
    plan = cs.Plan(axes={"model": [cs.model_from_config(CONFIG)]}, output={"quantities": ["parameters"]})
    assert bind(plan).axes[0].labels == ("mixtral-8x7b",)


def test_what_a_configuration_leaves_unsaid_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "llama", "num_hidden_layers": 4}))
    result = evaluate_configuration({"model": str(path)}, ["parameters"])
    assert any("hidden_size = 4096 (default of llama in transformers)" in note for note in result.notes)
    path.write_text(json.dumps({"model_type": "lama"}))
    with pytest.raises(cs.PlanError, match=r"estimate: constants.model: .*model_type 'lama' is not known"):
        cs.estimate(model=str(path), quantities=["parameters"])


def test_catalog_resolves_names_as_a_plan_does(command: Command) -> None:
    for catalog, name, row, devices in (
        ("accelerators", "v3-8", "tpu-v3", 4),
        ("accelerators", "NVIDIA A100-PCIE-40GB", "a100-pcie-40gb", None),
        ("regions", "us-central1-b", "gcp/us-central1", None),
        ("models", "Qwen/Qwen3-235B-A22B", "qwen3-235b-a22b", None),
        ("models", str(CONFIG), "mixtral-8x7b", None),
        ("instances", "p5", "p5.48xlarge", None),
    ):
        code, out, _ = command("catalog", catalog, name, "--json")
        found = json.loads(out)
        assert (code, found["id"], found["devices_in_name"]) == (0, row, devices), name
    code, out, _ = command("catalog", "accelerators", "8xH100")
    assert "taken: h100-sxm5, 8 devices (alias: SXM5 board with 80 GB)" in out
    code, _, error = command("catalog", "models", "gpt-5")
    assert code == 2
    assert "closed model" in error


def test_a_choice_by_name_that_is_chosen_is_shown_by_its_name() -> None:
    constants = {"parameters": 8e9, "accelerator": "H100", "devices": 8, "hardware_efficiency": 0.4}
    frame = cs.to_pandas(
        cs.Plan(
            axes={"tokens": [1e11]},
            choose={"minimize": "training_days", "precision": ["fp8", "bf16"]},
            constants=constants,
            output={"quantities": ["training_days"]},
        )
    )
    days = {
        name: cs.estimate(**constants, tokens=1e11, precision=name, quantities=["training_days"])["training_days"]
        for name in ("fp8", "bf16")
    }
    assert frame["precision"].tolist() == [min(days, key=days.__getitem__)]
    assert frame["training_days"].tolist() == [min(days.values())]
