"""Power of a node by its maximum, by parts and by work, against sums done by hand and measured nodes."""

import csv
from pathlib import Path

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.catalogs import load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.kernels.hardware import power
from carbonsweep.kernels.training import stages

SYSTEMS = Path(__file__).parents[1] / "footprint" / "data" / "systems.csv"


def test_by_hand(evaluate):
    """1.38 x (8 x 750 + 2 x 320 + 0.392 x 1,536 + 25 x 8) = 10,270 W: eight MI300X."""
    parts = (750.0, 8.0, 2.0, 320.0, 1536.0, 0.392, 8.0, 1.38)
    assert power.node_power_from_parts(*parts, 0.0) == pytest.approx(10270.11, abs=0.01)
    assert power.node_power_from_parts(*parts, 1.0) == 6000  # the design power is that of the whole
    assert power.node_maximum_power(10200.0, 9000.0) == 10200
    assert power.node_maximum_power(np.nan, 9000.0) == 9000
    assert power.node_overhead_per_device(10200.0, 8.0, 700.0, 0.0) == 575
    assert power.node_overhead_per_device(10200.0, 8.0, 700.0, 1.0) == 0
    assert power.node_overhead_per_device(4000.0, 8.0, 700.0, 0.0) == 0
    assert power.node_overhead_power(0.6, 575.0) == pytest.approx(345)
    assert power.waiting_power(700.0, 0.3) == pytest.approx(210)
    assert power.accelerator_power(0.8, 600.0, 210.0) == pytest.approx(522)
    assert power.device_power_work(522.0, 345.0, 0.05) == pytest.approx(867 * 1.05)
    assert power.device_power_nameplate(0.76, 10200.0, 8.0, 0.0) == pytest.approx(969)
    # half of the peak and a quarter of the bandwidth at exponent 0.5: 0.1 + 0.6 x 0.5 + 0.7 x 0.7071
    assert power.training_busy_power(1000.0, 0.1, 0.6, 0.7, 0.5, 0.25, 0.5, 1.0, 1.0) == pytest.approx(
        894.975, abs=1e-3
    )
    assert power.training_busy_power(1000.0, 0.1, 0.6, 0.7, 0.5, 1.0, 1.0, 1.0, 1.0) == 1000
    # 1 GFLOP a token forward, 3 + 1/3 passes, 4,096 tokens, half the layers on one of two ranks, 0.01 s at 1 PFLOP/s
    share = power.training_compute_share(1e9, 1 / 3, 4096.0, 0.5, 2.0, 0.01, 1e15)
    assert share == pytest.approx(1e9 * 10 / 3 * 4096 / 4 / 1e13)
    # 1 + 2 + 3 GB forward, all of four passes, in 1 s at 100 GB/s
    assert power.training_memory_share(6e9, 1.0, 1.0, 1.0, 1e11) == pytest.approx(0.24)
    assert power.training_memory_share(1e12, 1.0, 1.0, 1.0, 1e11) == 1
    idle = {"thermal_design_power": 400, "idle_device_power": 53.7, "node_overhead_per_device": 412}
    assert evaluate("idle_power_per_device", **idle) == pytest.approx(53.7 + 0.35 * 412)  # BLOOM measured 237 W
    assert evaluate("idle_power_per_device", **{**idle, "idle_device_power": np.nan}) == pytest.approx(60 + 144.2)
    assert evaluate("server_devices", node_devices=8, devices_per_node=1) == 8


def test_a_superchip_s_host_is_in_its_design_power():
    by = {"device_power": "components"}
    found = cs.estimate(accelerator="GH200", quantities=["device_power", "host_power"], equations=by)
    assert (found["host_power"], found["device_power"]) == (0, 1000)
    h100 = cs.estimate(accelerator="H100", quantities=["host_power"])["host_power"]
    assert h100 == pytest.approx((2 * 200 + 2048 * 0.392 + 30.72 * 1.2) / 8)


def rows() -> list[dict[str, str]]:
    with SYSTEMS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["training_power_w_per_device"]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_share_of_the_maximum_of_each_server(row):
    given = {"accelerator": row["accelerator_id"], "network_power_fraction": 0}
    found = cs.estimate(**given, quantities=["device_power"])["device_power"]
    assert found == pytest.approx(float(row["training_power_w_per_device"]), abs=0.8)


def test_default_power_is_near_the_measured_nodes():
    """V100 330 and 342 W, H100 969 and 843 W: within 10 % in the mean, none over 15 %."""
    measured = [
        row.values
        for row in load("power").rows
        if row.values["power_basis"] == "node_training" and row.values["confidence"] == "high"
    ]
    measured = [cells for cells in measured if not cells["accelerator_id"].startswith("tpu")]
    errors = []
    for cells in measured:
        given = {"accelerator": cells["accelerator_id"], "network_power_fraction": 0}
        found = cs.estimate(**given, quantities=["device_power"])["device_power"]
        errors.append(abs(found / cells["power_w"] - 1))
    assert len(errors) == 4
    assert np.mean(errors) < 0.10
    assert max(errors) < 0.151


def test_power_by_work_falls_with_the_load():
    """A layout that waits much draws less than one that computes, and both less than the server's maximum."""
    by = {"device_power": "work"}
    given = {"accelerator": "H100", "model": "llama-2-13b", "quantities": ["device_power", "device_utilisation"]}
    few, many = (cs.estimate(**given, devices=n, equations=by) for n in (8, 4096))
    assert few["device_utilisation"] > many["device_utilisation"]
    assert 500 < many["device_power"] < few["device_power"] < 1275 * 1.05


LAW = (0.1, 0.6, 0.7, 0.5)
"""Static, memory's and products' shares of power, and the exponent."""


def test_clock_under_a_cap():
    """0.1 + 0.6 x 0.25^0.5 = 0.4 does not give way; 0.4 is left of 0.7 x 0.5^0.5 = 0.49497: 0.80812^(1/2.4)."""
    clock = power.training_clock_fraction(1.0, 0.8, *LAW, 0.25, 0.5)
    assert clock == pytest.approx(0.91506, abs=1e-5)
    assert power.training_busy_power(1000.0, *LAW, 0.25, 0.5, clock, 0.8) == pytest.approx(800)
    assert power.training_clock_fraction(0.7, 0.8, *LAW, 0.25, 0.5) == 0.7
    assert power.training_clock_fraction(1.0, 0.3, *LAW, 0.25, 0.5) == 0.4
    assert power.training_clock_fraction(1.0, 0.9, *LAW, 0.25, 0.5) == 1
    assert power.training_clock_fraction(1.0, 1.0, *LAW, 1.0, 1.0) == 1  # what design power leaves is measured
    assert stages.stage_work_time_capped(10.0, 0.2, 0.5) == pytest.approx(18)
    assert stages.stage_work_time_at_clock(10.0, 0.2, 1.0) == 10


LAYOUT = {"model": "llama-3-8b", "tokens": 1e12, "accelerator": "H100", "devices": 64, "global_batch": 512}
LAYOUT |= {"tensor_parallel": 1, "pipeline_parallel": 1, "data_parallel": 64, "context_parallel": 1, "microbatch": 1}
LAYOUT |= {"recomputation": "none"}


def step(**given):
    wanted = ["step_time", "device_power", "full_clock_work_time", "training_clock_fraction"]
    return evaluate_configuration({**LAYOUT, **given}, wanted)


def test_a_cap_slows_the_step_and_lowers_its_power():
    """An H100 at 600 of 700 W: its maker says 10 to 15 % of speed, this law a tenth; 100 W a device come off."""
    free, full = step(), step(power_cap_fraction=1)
    capped, slow = step(power_cap_fraction=6 / 7), step(clock_fraction=0.8)
    assert full.quantities["step_time"] == free.quantities["step_time"]
    assert "power basis: work (power_cap_fraction is given)" in full.notes
    speed = free.quantities["step_time"] / capped.quantities["step_time"]
    assert 0.85 < speed < 0.92
    assert 80 < full.quantities["device_power"] - capped.quantities["device_power"] < 105
    assert slow.quantities["training_clock_fraction"] == 0.8
    assert free.quantities["step_time"] < slow.quantities["step_time"] < free.quantities["step_time"] / 0.8


@pytest.mark.parametrize(
    ("given", "equations", "what"),
    [
        ({"device_power": 900}, None, "device_power, which is given,"),
        ({}, {"device_power": "nameplate"}, "power by nameplate"),
        ({"accelerator": "tpu-v5e"}, None, "power by components"),
    ],
)
def test_power_that_a_cap_does_not_lower_is_said(given, equations, what):
    found = evaluate_configuration(
        {**LAYOUT, "power_cap_fraction": 0.8, **given}, ["step_time", "device_power"], equations
    )
    said = f"power_cap_fraction slows training, and {what} does not fall with it; equations.device_power = 'work' does"
    assert said in found.notes
