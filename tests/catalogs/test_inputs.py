"""What rows give to the equations: units, links to the embodied catalog, laws."""

import math

import pytest

from carbonsweep.catalogs import SCHEMAS, load
from carbonsweep.catalogs.laws import INPUTS
from carbonsweep.catalogs.links import ACT_NODE, PER_DEVICE
from carbonsweep.catalogs.schema import GENERATIONS, LINEAR_KINDS
from carbonsweep.foundation.errors import CatalogError
from carbonsweep.kernels import REGISTRY


def test_choices_that_columns_name_are_those_of_the_equations() -> None:
    """Catalogs and equations know nothing of each other: the lists stand in both."""
    assert REGISTRY.inputs["generation"].choices == ("other", *GENERATIONS)
    assert REGISTRY.inputs["linear_kind"].choices == ("none", *LINEAR_KINDS)


def given(catalog: str, row: str) -> dict[str, float]:
    return load(catalog).get(row).inputs


def test_accelerator_units() -> None:
    """NVIDIA H100 SXM5 data sheet: 814 mm2, 80 GB, 3350 GB/s, 989.4 TFLOP/s bf16, 700 W, NVLink 900 GB/s."""
    h100 = given("accelerators", "h100-sxm5")
    assert h100["die_area"] == 814.0 / 100.0
    assert h100["memory_bandwidth"] == 3350.0 * 1e9
    assert h100["peak_flops_bf16"] == 989.4 * 1e12
    assert h100["interconnect_bandwidth"] == 900.0 * 1e9
    assert (h100["device_memory"], h100["thermal_design_power"], h100["devices_per_node"]) == (80.0, 700.0, 8.0)
    assert h100["measured_device_power"] == 969.0  # Newkirk et al. 2025: 76 % of 10,200 W, over eight
    assert math.isnan(h100["listed_device_power"])
    assert given("accelerators", "v100-sxm2-32gb")["measured_device_power"] == 330.0
    idle = [row.inputs["idle_device_power"] for row in load("accelerators").rows]
    assert sorted(power for power in idle if power == power) == [28.0, 35.6, 53.7, 71.8, 84.0, 90.0]


def test_only_the_power_of_a_node_in_training_is_measured_power(user_file) -> None:
    """The 170 W of a TPU v4 are of the chip alone, the 146 W of a v5e a mean over years: neither is that power."""
    assert given("accelerators", "tpu-v4")["listed_device_power"] == 170.0
    assert given("accelerators", "tpu-v4")["measured_device_power"] == 378.5
    assert given("accelerators", "tpu-v3")["measured_device_power"] == 283.0
    assert math.isnan(given("accelerators", "tpu-v5e")["measured_device_power"])
    path = user_file("accelerators", "id,mean_power_w,power_basis\nmine,500,node_training\nchip,400,device_training\n")
    own = load("accelerators", path)
    assert own.get("mine").inputs["measured_device_power"] == 500.0
    assert math.isnan(own.get("chip").inputs["measured_device_power"])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("id,mean_power_w\nmine,500\n", "mean_power_w is given and power_basis is not"),
        ("id,power_id\nmine,tpu-v4i-fleet\n", "'tpu-v4i-fleet' is of basis fleet_mean; only node_training"),
        ("id,system_id\nmine,dgx-h10\n", "no row 'dgx-h10' in catalog nodes; did you mean 'dgx-h100'"),
    ],
)
def test_power_of_unknown_basis_and_unknown_servers_are_refused(user_file, rows: str, says: str) -> None:
    with pytest.raises(CatalogError) as error:
        load("accelerators", user_file("accelerators", rows))
    assert says in str(error.value)


def test_accelerators_bring_their_server(user_file) -> None:
    """DGX H100: 2 processors of 1,572 mm2, 2 TB, 30.72 TB, 10 adapters, 10.2 kW, 130 kg; others a generic one."""
    h100 = given("accelerators", "h100-sxm5")
    names = ("node_devices", "server_cpus", "cpu_area", "server_dram", "server_ssd", "nics", "node_max_power")
    assert [h100[name] for name in (*names, "node_mass")] == [8, 2, 15.72, 2048, 30.72, 10, 10200, 130]
    own = load("accelerators", user_file("accelerators", "id,node_max_power_w\nmine,9000\n")).get("mine").inputs
    assert [own[name] for name in names] == [8, 2, 10, 1024, 8, 8, 9000]
    assert given("accelerators", "gh200-144gb")["devices_per_node"] == 4


def test_llmcarbon_s_node_is_what_its_inputs_default_to() -> None:
    node = given("nodes", "llmcarbon-node")
    for name in ("server_cpus", "cpu_area", "server_dram", "server_ssd", "other_area", "devices_per_node"):
        assert node[name] == REGISTRY.inputs[name].default


def test_model_units() -> None:
    """Brown et al. 2020, Table 2.1."""
    gpt3 = given("models", "gpt3-175b")
    assert (gpt3["layers"], gpt3["hidden_size"], gpt3["attention_heads"], gpt3["head_size"]) == (96, 12288, 96, 128)
    assert gpt3["published_parameters"] == 174.6 * 1e9
    assert gpt3["published_tokens"] == 300.0 * 1e9
    assert (gpt3["gated_ffn"], gpt3["learned_positions"], gpt3["transformer_xl_positions"]) == (0.0, 1.0, 0.0)
    assert math.isnan(gpt3["experts"])
    assert math.isnan(gpt3["encoder_layers"])
    mla = given("models", "deepseek-v3")
    assert [mla[k] for k in ("kv_lora_rank", "qk_nope_size", "qk_rope_size", "value_head_size")] == [512, 128, 64, 128]
    assert (mla["experts"], mla["experts_per_token"], mla["gated_experts"], mla["learned_positions"]) == (256, 8, 1, 0)


def test_region_units() -> None:
    site = given("regions", "gcp/us-central1")
    cell = load("regions").get("gcp/us-central1").values
    assert (site["listed_intensity"], site["pue"]) == (cell["ci_g_per_kwh"], cell["pue"])
    assert given("regions", "azure/eastus")["wue"] == load("regions").get("azure/eastus").values["wue_site_l_per_kwh"]
    assert any(not math.isnan(row.inputs["grid_water_intensity"]) for row in load("regions").rows)


def test_plain_catalogs_give_nothing() -> None:
    assert not any(row.inputs for name in ("embodied", "published_runs") for row in load(name).rows)


@pytest.mark.parametrize(
    ("accelerator", "node"),
    [("h100-sxm5", 5), ("a100-sxm4-80gb", 7), ("v100-sxm2-32gb", 14), ("p100-sxm2", 14), ("mi250x", 7), ("a10", 8)],
)
def test_fab_factors_are_those_of_the_node(accelerator: str, node: int) -> None:
    factors = load("embodied")
    inputs = given("accelerators", accelerator)
    for name, row in (("energy", "epa"), ("gas", "gpa95"), ("material", "mpa")):
        assert inputs[f"fab_{name}_per_area"] == factors.get(f"act-{row}-{node}").values["value"]


def test_every_known_node_is_linked_and_no_other() -> None:
    for row in load("accelerators").rows:
        node = row.values["process_nm"] or row.values["process_assumed_nm"]
        assert math.isnan(row.inputs["fab_energy_per_area"]) == (node is None or node < 3), row.id  # ACT ends at 3 nm
    listed = {row.values["process_nm"] for row in load("embodied").rows if row.values["category"] == "logic_epa"}
    assert set(ACT_NODE.values()) <= listed
    assert not set(ACT_NODE) & listed


def test_footprints_are_of_one_device() -> None:
    """NVIDIA's product carbon footprint of HGX H100, 1312 kg for eight; Falk et al. 2025; Schneider et al. 2025."""
    for name, kg in {"h100-sxm5": 164.0, "a100-sxm4-40gb": 127.6, "tpu-v6e": 323.0, "b200": 2286.0 / 8}.items():
        assert given("accelerators", name)["product_footprint"] == kg
    assert math.isnan(given("accelerators", "v100-sxm2-32gb")["product_footprint"])
    assert given("accelerators", "v100-sxm2-32gb")["boavizta_footprint"] == 290.0
    factors = load("embodied")
    for row in load("accelerators").rows:
        for column in ("product_footprint_id", "boavizta_id"):
            if (link := row.values[column]) is not None:
                assert factors.get(link).values["unit"] in PER_DEVICE


def test_laws() -> None:
    """Hoffmann et al. 2022 printed and unrounded; Besiroglu et al. 2024 unrounded; Krajewski et al. 2024 Table 1;
    Ludziejewski et al. 2025 Table 4, whose exponents are printed with their sign."""
    expected = {
        "hoffmann-2022-a3": (1.69, 406.4, 410.7, 0.34, 0.28),
        "hoffmann-2022-a3-exact": (1.69337368, 406.4, 410.7, 0.33917084, 0.2849083),
        "besiroglu-2024": (1.81686, 482.00572, 2085.4342, 0.34781, 0.36585),
        "krajewski-2024-dense": (0.47, 16.3, 26.7, 0.126, 0.127),
        "ludziejewski-2025-E1": (1.3637, 30.364, 53.9838, 0.1817, 0.1965),
        "ludziejewski-2025-E16": (1.3637, 19.0159, 167.5073, 0.1617, 0.2494),
    }
    for law, constants in expected.items():
        assert tuple(given("scaling_laws", law)[name] for name in INPUTS) == constants
    swept = {row.id for row in load("scaling_laws").rows if row.inputs}
    assert swept == {*expected, *(f"ludziejewski-2025-E{n}" for n in (2, 4, 8, 32))}


def test_laws_of_other_shapes_are_there_without_inputs() -> None:
    law = load("scaling_laws").get("kaplan-2020-ND")
    assert law.inputs == {}
    assert "alphaN = 0.076" in law.values["constants"]
    assert law.values["rounding"] == "printed"
    assert load("scaling_laws").get("Besiroglu").values["rounding"] == "unrounded"


def test_inputs_are_supplied_by_one_column_each() -> None:
    for columns in SCHEMAS.values():
        inputs = [column.input for column in columns.values() if column.input]
        assert len(inputs) == len(set(inputs))


def test_a_user_s_accelerator_is_linked_too(user_file) -> None:
    path = user_file("accelerators", "id,process_nm,boavizta_id\nmine,4,boavizta-run-nvidia-l4\nold,90,\n")
    catalog = load("accelerators", path)
    assert (
        catalog.get("mine").inputs["fab_energy_per_area"] == given("accelerators", "h100-sxm5")["fab_energy_per_area"]
    )
    assert catalog.get("mine").inputs["boavizta_footprint"] == 123.5
    assert math.isnan(catalog.get("old").inputs["fab_energy_per_area"])
    assert math.isnan(catalog.get("old").inputs["product_footprint"])


def test_factors_of_one_s_own_reach_the_accelerators(user_file) -> None:
    rows = "id,category,value,unit\nmy-pcf,product_pcf,500,kgCO2e/unit\nact-epa-5,logic_epa,3.5,kWh/cm2\n"
    factors = user_file("embodied", rows)
    catalog = load(
        "accelerators", user_file("accelerators", "id,product_footprint_id\nmine,my-pcf\n"), {"embodied": factors}
    )
    assert catalog.get("mine").inputs["product_footprint"] == 500
    assert catalog.get("H100").inputs["fab_energy_per_area"] == 3.5
    assert given("accelerators", "H100")["fab_energy_per_area"] == 2.75  # ACT v2, 5 nm
    assert load("accelerators", linked={"embodied": factors}).content_hash != load("accelerators").content_hash


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("nvidia-h100-pfc", "no row 'nvidia-h100-pfc' in catalog embodied; did you mean 'nvidia-h100-pcf'"),
        ("falk-a100-chip-share", "'falk-a100-chip-share' is in fraction; give a row in kgCO2e/unit or kgCO2e/chip"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(user_file, link: str, says: str) -> None:
    path = user_file("accelerators", f"id,product_footprint_id\nmine,{link}\n")
    with pytest.raises(CatalogError) as error:
        load("accelerators", path)
    assert str(error.value).startswith(f"{path}: line 2: column 'product_footprint_id': {says}")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("x,F,E,1.7\nx,F,A,400\nx,F,B,400\nx,F,alpha,0.3\n", "line 2: column 'symbol': the law needs a row for 'beta'"),
        ("x,F,E,1.7\nx,F,E,1.8\n", "line 3: column 'symbol': 'E' of law 'x' is there twice"),
        ("x,F,E,1.7\nx,other,A,1.8\n", "line 3: column 'form': law 'x' has another form on line 2"),
        ("x,F,E,1.7\nx,F,A,-4\n", "line 3: column 'value': A = -4 must be above zero"),
        ("x,G,c,1.7\nx,G,m,4\nx,G,n,4\nx,G,mu,0.2\n", "line 5: column 'value': mu = 0.2 must be below zero"),
    ],
)
def test_a_law_that_cannot_hold_is_named(user_file, rows: str, says: str) -> None:
    rows = rows.replace(",F,", ',"L(N,D) = E + A/N^alpha + B/D^beta",').replace(",G,", ",L = m*N^mu + n*D^nu + c,")
    path = user_file("scaling_laws", "law_id,form,symbol,value\n" + rows)
    with pytest.raises(CatalogError) as error:
        load("scaling_laws", path)
    assert str(error.value).startswith(f"{path}: {says}")


def test_measured_sparse_speeds_reach_their_models(user_file) -> None:
    """SLoPe's table by the model's id; a user's own measurements join too, and other models have none."""
    assert given("models", "opt-13b")["measured_sparse_training_speedup"] == 1.25
    assert given("models", "opt-13b")["measured_sparse_peak"] == 312e12
    assert math.isnan(given("models", "gpt3-175b")["measured_sparse_training_speedup"])
    mine = user_file("sparse_speedups", "id,training,peak_tflops\ngpt3-175b,1.3,989\n")
    measured = load("models", linked={"sparse_speedups": mine}).get("gpt3-175b").inputs
    assert measured["measured_sparse_training_speedup"] == 1.3
    assert math.isnan(measured["measured_sparse_speedup"])
    assert load("models", linked={"sparse_speedups": mine}).content_hash != load("models").content_hash


def test_measured_sparse_models_are_in_the_catalogs() -> None:
    for row in load("sparse_speedups").rows:
        assert row.id in load("models").ids
        peak = given("accelerators", str(row.values["accelerator_id"]))["peak_flops_bf16"]
        assert row.inputs["measured_sparse_peak"] == pytest.approx(peak, rel=1e-3)
