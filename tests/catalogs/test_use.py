"""Every catalog row works in the equations, as far as its own data allow."""

import csv
import math
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.catalogs import SCHEMAS, load
from carbonsweep.foundation.errors import PlanError
from carbonsweep.kernels import REGISTRY

TRAINING = {"parameters": 7e9, "tokens": 1e12, "devices": 512, "hardware_efficiency": 0.4}


def finite(**values) -> bool:
    (value,) = cs.estimate(**values).values()
    return value is not None and math.isfinite(value)


def test_supplied_inputs_are_declared() -> None:
    supplied = {name for catalog in SCHEMAS for row in load(catalog).rows for name in row.inputs}
    assert supplied <= set(REGISTRY.names())


def _counts() -> list[dict[str, str]]:
    """Counts of another's counter: of weights alone, or with norms and biases as the checkpoints have them."""
    path = Path(__file__).parent / "data" / "model_counts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_models_have_the_parameters_of_an_independent_count() -> None:
    counts = _counts()
    assert [count["id"] for count in counts] == load("models").ids
    names = ("parameters", "active_parameters", "non_embedding_parameters", "mtp_parameters")
    for count in counts:
        found = cs.estimate(model=count["id"], quantities=list(names))
        total, active, inner, further = (found[name] / 1e9 for name in names)
        near = {"abs": 5.001e-4} if count["counts"] == "weights" else {"rel": 2e-3}
        assert total == pytest.approx(float(count["total_b"]), **near), count["id"]
        assert active == pytest.approx(float(count["active_b"]), **near), count["id"]
        assert active <= total
        if count["counts"] == "norms":
            assert inner == pytest.approx(float(count["active_without_embeddings_b"]), rel=2e-3), count["id"]
        if count["mtp_b"]:
            assert further == pytest.approx(float(count["mtp_b"]), rel=0.011), count["id"]


def test_models_have_their_published_parameters() -> None:
    """Known faults of the published counts, towers for images and sound, and sizes that are names only."""
    far = []
    for row in load("models").rows:
        total = cs.estimate(model=row.id, quantities=["parameters"])["parameters"] / 1e9
        if row.values["params_total_b"] is not None and abs(total / row.values["params_total_b"] - 1) > 0.021:
            far.append(row.id)
    assert far == [
        *("gpt3-1.3b", "megatron-1.7b", "gshard-600b", "qwen1.5-0.5b", "falcon-7b"),
        *(
            "qwen3.5-4b",
            "kimi-k2.5",
            "kimi-linear-48b-a3b",
            "gemma-4-e2b",
            "gemma-4-e4b",
            "gemma-3n-e4b",
            "gemma-3n-e2b",
        ),
        *("mistral-large-4", "granite-4.0-h-1b"),
    ]


def test_models_give_loss_and_operations() -> None:
    for row in load("models").rows:
        values = cs.estimate(model=row.id, tokens=1e12, quantities=["test_loss", "training_flops"])
        assert 1.69 < values["test_loss"] < 4, row.id
        assert values["training_flops"] > 0, row.id
        assert finite(
            model=row.id, tokens=1e12, equations={"training_flops": "per_layer"}, quantities=["training_flops"]
        )


def test_accelerators_give_carbon_where_their_data_suffice() -> None:
    for row in load("accelerators").rows:
        cell = row.values
        site = {"accelerator": row.id, **TRAINING, "pue": 1.1, "carbon_intensity": 400}
        rate = cell["bf16_tflops"] is not None or cell["fp16_tflops"] is not None
        power = cell["tdp_w"] is not None or cell["node_max_power_w"] is not None
        if rate:
            assert finite(**site, quantities=["operational_carbon"]) == power, row.id
        silicon = cell["die_area_mm2"] is not None and cell["process_nm"] is not None
        for variant, known in {
            "die": silicon,
            "product_footprint": cell["product_footprint_id"] is not None,
            "boavizta": cell["boavizta_id"] is not None,
        }.items():
            if known:
                given = {"quantities": ["accelerator_unit_embodied"]}
                given["equations"] = {"accelerator_unit_embodied": variant}
                assert finite(accelerator=row.id, **given), (row.id, variant)
        if silicon and power:
            equations = {"*": "llmcarbon", "carbon_per_area": "act"}
            assert finite(accelerator=row.id, quantities=["device_embodied"], equations=equations), row.id


def test_accelerators_without_the_data_are_refused() -> None:
    """TPU v5e publishes neither die area nor node: the error says so instead of giving a number."""
    with pytest.raises(cs.PlanError, match="device_embodied needs process_node"):
        cs.estimate(accelerator="tpu-v5e", equations={"*": "llmcarbon"}, quantities=["device_embodied"])


def test_regions_give_carbon_where_their_intensity_is_known() -> None:
    for row in load("regions").rows:
        given = {"region": row.id, "hardware_energy": 1000.0, "pue": 1.25, "quantities": ["operational_carbon"]}
        known = (row.inputs[f"{kind}_intensity"] for kind in ("lifecycle", "direct", "listed"))
        intensity = next((one for one in known if not math.isnan(one)), None)
        if intensity is None:
            with pytest.raises(cs.PlanError, match="without ci_g_per_kwh"):
                cs.estimate(**given)
        else:
            assert cs.estimate(**given)["operational_carbon"] == pytest.approx(1.25 * intensity), row.id


def test_regions_give_their_own_pue() -> None:
    site = load("regions").get("gcp/us-central1")
    energy = cs.estimate(region=site.id, hardware_energy=100.0, quantities=["facility_energy"])["facility_energy"]
    assert energy == 100.0 * site.values["pue"]


def test_laws_give_a_loss_or_say_that_they_cannot() -> None:
    for law in load("scaling_laws").rows:
        given = {"scaling_law": law.id, "parameters": 70e9, "tokens": 1.4e12, "quantities": ["test_loss"]}
        if law.inputs:
            assert 1.3 < cs.estimate(**given)["test_loss"] < 2.2, law.id
        else:
            with pytest.raises(cs.PlanError, match="supplies no input to the equations; choose another row"):
                cs.estimate(**given)


def test_units_round_trip() -> None:
    """An input divided by its column's factor is the cell again, for every row and column."""
    for catalog, columns in SCHEMAS.items():
        for row in load(catalog).rows:
            for name, column in columns.items():
                if column.input and row.values[name] is not None:
                    cell = row.inputs[column.input] / column.scale * column.divide
                    given = row.values[name]
                    known = column.choices.index(given) + 1 if isinstance(given, str) else float(given)
                    assert cell == pytest.approx(known, rel=1e-15), (row.id, name)


def test_instances_of_one_s_own_name_accelerators(tmp_path) -> None:
    file = tmp_path / "instances.csv"
    file.write_text("id,accelerator,devices,network_gbps\nours.8x,h100-sxm5,8,400\n")
    found = cs.estimate(
        accelerator="ours.8x", quantities=["devices", "scale_out_bandwidth"], catalogs={"instances": file}
    )
    assert found["devices"] == 8
    assert found["scale_out_bandwidth"] == 400e9 / 8 / 8
    with pytest.raises(PlanError, match="ours.8x"):
        cs.estimate(accelerator="ours.8x", quantities=["devices"])
    file.write_text("id,accelerator,devices,network_gbps\nours.8x,h100-sxm9,8,400\n")
    with pytest.raises(PlanError, match="h100-sxm9"):
        cs.estimate(accelerator="ours.8x", quantities=["devices"], catalogs={"instances": file})
