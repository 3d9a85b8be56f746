"""Embodied carbon by parts and of servers, against the figures that were worked out with the specification."""

import csv
from pathlib import Path

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.evidence.embodied import embodied_by_parts
from carbonsweep.kernels.footprint import parts, server

HERE = Path(__file__).parent / "data"
PARTS = ("die", "memory", "package", "module", "baseboard")
BY_PARTS = {"accelerator_unit_embodied": "component"}


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", read("embodied_devices.csv"), ids=lambda row: row["accelerator_id"])
def test_parts_of_a_device(row):
    wanted = [*(f"{part}_carbon" for part in PARTS), "accelerator_unit_embodied"]
    found = cs.estimate(accelerator=row["accelerator_id"], quantities=wanted, equations=BY_PARTS)
    for part in PARTS:
        assert found[f"{part}_carbon"] == pytest.approx(float(row[f"{part}_kg"]), abs=0.06), part
    assert found["accelerator_unit_embodied"] == pytest.approx(float(row["component_kg"]), abs=0.51)


def test_parts_are_near_the_makers_footprints():
    """ADEME's figure of the A100 PCIe has another boundary and method: 123 by parts, said beside it."""
    near = {row.item.partition(":")[0]: row.deviation for row in embodied_by_parts()}
    assert abs(near.pop("a100-pcie-40gb") + 0.32) < 0.005
    assert set(near) == {"h100-sxm5", "b200", "a100-sxm4-40gb"}
    assert max(map(abs, near.values())) <= 0.08


@pytest.mark.parametrize("row", read("systems.csv"), ids=lambda row: row["id"])
def test_a_server(row):
    """Central values of the specification; those of TPU hosts have another rule for their supplies."""
    if row["id"] == "llmcarbon-node":
        pytest.skip("by LLMCarbon's rule: see test_manufacturing")
    wanted = ["cpu_unit_embodied", "dram_unit_embodied", "ssd_unit_embodied", "nic_embodied", "chassis_embodied"]
    wanted += ["server_unit_embodied", "transport_and_end_embodied"]
    found = cs.estimate(accelerator=row["accelerator_id"], quantities=wanted)
    assert found["cpu_unit_embodied"] == pytest.approx(float(row["cpu_kg"]), abs=0.06)
    assert found["dram_unit_embodied"] == pytest.approx(float(row["dram_kg"]), abs=0.06)
    assert found["ssd_unit_embodied"] == pytest.approx(float(row["ssd_kg"]), abs=0.06)
    assert found["nic_embodied"] == float(row["nic_kg"])
    assert found["transport_and_end_embodied"] == pytest.approx(float(row["transport_eol_kg_per_device"]), abs=0.06)
    if not row["accelerator_id"].startswith("tpu"):
        assert found["server_unit_embodied"] == pytest.approx(float(row["server_embodied_kg"]), rel=1e-3)


def test_what_a_boundary_holds():
    """H100: 164 kg, 2,212 / 8 of the server, 25 of the network, 130 / 8 x 1.77 of transport and end of life."""
    hardware = 164 + 2211.977 / 8 + 25 + 130 / 8 * 1.77

    def embodied(boundary, **given):
        equations = {"device_embodied": boundary}
        return cs.estimate(
            accelerator="H100", device_power=969, quantities=["device_embodied"], equations=equations, **given
        )["device_embodied"]

    assert embodied("device") == 164
    assert embodied("hardware") == pytest.approx(hardware, rel=1e-5)
    assert embodied("facility", storage_per_device=10) == pytest.approx(hardware + 180 + 0.4 * 969 * 5 / 6, rel=1e-5)
    assert embodied("llmcarbon") == pytest.approx((8 * 8.14 * 1.8 + 1.47 + 102.4 + 589.824 + 133.92) / 8)


def test_by_hand():
    """Half of 0.1 defects a cm2 on 8 cm2 leave exp(-0.4); 2 kWh at 500 g, 0.3 and 0.5 kg are 1.8 kg/cm2."""
    assert parts.die_yield(8.0, 1.0, 0.1, 0.5) == pytest.approx(np.exp(-0.4))
    assert parts.die_yield(8.0, 2.0, 0.1, 0.5) == pytest.approx(np.exp(-0.2))
    assert parts.die_carbon(8.0, 500.0, 2.0, 0.3, 0.5, 0.9) == pytest.approx(1.8 * 8 / 0.9)
    densities = (1.9, 1.1, 0.86, 0.45, 0.4)
    found = [parts.memory_carbon_density(float(kind), *densities) for kind in range(7)]
    assert found == pytest.approx([0.86, 1.9, 1.1, 0.86, 0.45, 0.3, 0.0])
    assert parts.memory_carbon(80.0, 0.86) == pytest.approx(68.8)
    assert parts.package_carbon(12.0, 0.15, 1.0) == pytest.approx(2.8)
    assert parts.module_carbon(700.0, 7.4, 0.042) == pytest.approx(36.8)
    assert parts.baseboard_carbon(1.0, 27.5) == 27.5
    assert server.chassis_embodied(10200.0, 223.0, 33.0) == pytest.approx(559.6)
    assert server.nic_embodied(10.0, 20.0) == 200
    assert server.other_unit_embodied_server(559.6, 200.0) == pytest.approx(759.6)
    assert server.storage_embodied_per_device(10.0, 0.018) == pytest.approx(180)
    assert server.building_embodied_per_device(0.4, 969.0, 5.0, 6.0) == pytest.approx(323)
    assert server.transport_and_end_embodied(130.0, 8.0, 0.26, 1.51) == pytest.approx(28.7625)


def test_an_area_given_by_hand_comes_before_the_catalog_s():
    """Twice the area of an H100 alone: the dies, a little more than twice."""
    one, two = (
        cs.estimate(accelerator="H100", quantities=["die_carbon"], **given)["die_carbon"]
        for given in ({}, {"die_area": 16.28})
    )
    assert 2 * one < two < 3 * one
    assert cs.estimate(die_area=8.14, quantities=["logic_area"])["logic_area"] == 8.14
    assert cs.estimate(device_memory=80, quantities=["physical_memory"])["physical_memory"] == 80
