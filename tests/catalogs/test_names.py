"""Names that users write: every name of the gathered list, and rules that the list shows only by example."""

import csv
from pathlib import Path

import pytest

from carbonsweep.catalogs import load
from carbonsweep.foundation.errors import CatalogError

NAMES = Path(__file__).parent / "data" / "names.csv"
"""Names of accelerators, models and places, and the row (and number of devices) each means; no id: to be refused."""


def _listed(catalog: str) -> list[dict[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["catalog"] == catalog]


@pytest.mark.parametrize("catalog", ["accelerators", "models", "regions"])
def test_every_listed_name_means_its_row(catalog: str) -> None:
    wrong = []
    for listed in _listed(catalog):
        try:
            found = load(catalog).find(listed["name"])
            meant = (found.row.id, found.devices)
        except CatalogError as error:
            meant = ("", None) if not listed["id"] else (str(error), None)
        if meant != (listed["id"], int(listed["devices"]) if listed["devices"] else None):
            wrong.append((listed["name"], listed["id"], meant))
    assert not wrong


@pytest.mark.parametrize(
    ("name", "row", "devices"),
    [
        ("NVIDIA H100 80GB HBM3 x 16", "h100-sxm5", 16),
        ("A100:8", "a100-sxm4-80gb", 8),
        ("1024 H100 GPUs", "h100-sxm5", 1024),
        ("8 H100s", "h100-sxm5", 8),
        ("4x DGX H100", "h100-sxm5", 32),
        ("2x p5.48xlarge", "h100-sxm5", 16),
        ("ml.p4d.24xlarge", "a100-sxm4-40gb", 8),
        ("v4 4x4x8", "tpu-v4", 128),
        ("cloud-tpu-v4-8", "tpu-v4", 4),
        ("tpu7x-16", "tpu-v7", 8),
        ("256 TPU v4 chips", "tpu-v4", 256),
        ("Tesla V100-SXM3-32GB", "v100-sxm2-32gb", None),
        ("H100 94GB", "h100-nvl", None),
        ("A100 PCIE 80G", "a100-pcie-80gb", None),
        ("Intel(R) Data Center GPU Max 1550", "max-1550", None),
        ("GB300 NVL72", "gb300", None),
        ("GB300 NVL72 rack", "gb300", 72),
        ("L40 48GB", "l40", None),
    ],
)
def test_rules_of_machines(name: str, row: str, devices: int | None) -> None:
    found = load("accelerators").find(name)
    assert (found.row.id, found.devices) == (row, devices)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("v5p-7", "counts TensorCores, 2 a chip, so it must be even"),
        ("4x HGX H100", "could be 4 or 32 devices"),
        ("DGX GH200", "does not come in boxes of eight"),
        ("0xH100", "names no device"),
        ("g5", "could be several instances: g5.xlarge"),
        ("A100 60GB", "no row 'A100 60GB'"),
    ],
)
def test_machines_that_are_refused(name: str, says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        load("accelerators").find(name)


def test_a_row_alone_cannot_hold_a_number_of_devices() -> None:
    with pytest.raises(CatalogError, match="'8xH100' names 8 devices .*; give 'h100-sxm5' and devices = 8"):
        load("accelerators").get("8xH100")
    assert load("accelerators").get("H100").id == "h100-sxm5"


def test_an_instance_brings_its_own_node_and_network() -> None:
    """p4d.24xlarge: eight A100 of 40 GB and 400 Gbit/s, so 6.25 GB/s for each; p5.4xlarge: one H100."""
    node = load("accelerators").find("p4d.24xlarge")
    assert node.instance is not None
    assert node.inputs["scale_out_bandwidth"] == 400e9 / 8 / 8
    assert node.inputs["peak_flops_bf16"] == node.row.inputs["peak_flops_bf16"]
    one = load("accelerators").find("p5.4xlarge")
    assert (one.devices, one.inputs["devices_per_node"], one.inputs["scale_up_devices"]) == (1, 1, 1)
    tray = load("accelerators").find("p6e-gb200.36xlarge")
    assert (tray.inputs["devices_per_node"], tray.inputs["scale_up_devices"]) == (4, 72)
    assert load("accelerators").find("H100").inputs is load("accelerators").get("H100").inputs


def test_instances_carry_rows_of_accelerators() -> None:
    accelerators = load("accelerators")
    for instance in load("instances").rows:
        found = accelerators.find(instance.id)
        assert found.row.id == instance.values["accelerator"]
        assert found.devices == instance.values["devices"]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Ontario, Canada", "ca-prov/ON"),
        ("Paris, France", "country/FRA"),
        ("Portland, ME", "us-state/ME"),
        ("Springfield, Illinois", "us-state/IL"),
        ("San Antonio, TX, USA", "us-state/TX"),
        ("State of Texas", "us-state/TX"),
        ("Eemshaven", "country/NLD"),
        ("AWS us-west-2", "aws/us-west-2"),
        ("us-gov-west-1a", "aws/us-gov-west-1"),
        ("AU-NSW", "zone/AU-NSW"),
        ("NM", "us-state/NM"),
        ("Vietnam", "country/VNM"),
        ("us-east-1", "aws/us-east-1"),
        ("us-east1", "gcp/us-east1"),
    ],
)
def test_rules_of_places(name: str, row: str) -> None:
    assert load("regions").find(name).row.id == row


@pytest.mark.parametrize("name", ["Georgia", "useast1", "Springfield, USA", "Kiel, DE", "US-NW-XXXX", "coal", "fleet"])
def test_places_that_are_refused(name: str) -> None:
    with pytest.raises(CatalogError):
        load("regions").find(name)


def test_a_zone_without_a_row_says_that_its_country_stands_for_it() -> None:
    assert load("regions").find("JP-CB").how == "no row of zone JP-CB: its country stands for it"


def test_no_bare_name_means_a_fab_a_source_a_past_run_or_a_fleet() -> None:
    for row in load("regions").rows:
        if row.values["kind"] in ("fab_grid_act", "energy_source", "historical_run_site", "provider_fleet"):
            for name in (row.values["code"], row.values["name"]):
                try:
                    found = load("regions").find(str(name)).row
                except CatalogError:
                    continue
                assert found.values["kind"] != row.values["kind"], (name, found.id)


def test_parts_of_a_country_have_its_grid_water() -> None:
    regions = load("regions")
    water = {
        row.values["country_iso3"]: row.inputs["grid_water_intensity"]
        for row in regions.rows
        if row.values["kind"] == "country" and row.values["wue_grid_l_per_kwh"] is not None
    }
    for row in regions.rows:
        if row.values["kind"] in ("us_state", "ca_province", "cn_province", "balancing_area", "bidding_zone"):
            assert row.inputs["grid_water_intensity"] == water[row.values["country_iso3"]], row.id


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("gpt2", "gpt2-124m"),
        ("openai-community/gpt2-medium", "gpt2-355m"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.1-70b"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "qwen2.5-32b"),
        ("unsloth/Llama-3.1-8B-Instruct-GGUF", "llama-3.1-8b"),
        ("Qwen/Qwen2.5-72B-Instruct-AWQ", "qwen2.5-72b"),
        ("RedHatAI/Mixtral-8x7B-Instruct-v0.1-FP8", "mixtral-8x7b"),
        ("deepseek-ai/DeepSeek-V3.1-Base", "deepseek-v3.1"),
        ("zai-org/GLM-4.5-Air-FP8", "glm-4.5-air"),
        ("Qwen/Qwen3-Next-80B-A3B-Thinking", "qwen3-next-80b-a3b"),
        ("llama 3.1 70b instruct", "llama-3.1-70b"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "nemotron-3-nano-30b-a3b"),
    ],
)
def test_rules_of_models(name: str, row: str) -> None:
    assert load("models").find(name).row.id == row


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("openai/gpt-5-mini", "closed model, whose architecture is not published; give a file of your own"),
        ("anthropic/claude-opus-4", "closed model"),
        ("state-spaces/mamba2-1.3b", "pure state-space model"),
        ("deepseek-ai/DeepSeek-V9.5", "no row"),
        ("meta-llama/Llama-9-70B", "no row"),
    ],
)
def test_models_that_are_refused(name: str, says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        load("models").find(name)


def test_what_was_left_out_of_a_name_is_said() -> None:
    found = load("models").find("Qwen/Qwen3-235B-A22B-Instruct-2507")
    assert found.how == "id; Instruct-2507 does not change the shape"
    assert load("models").find("GPT-2").how == "alias: largest of the family"
