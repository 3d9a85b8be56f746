"""What an estimate says of a training step that no measurement covers."""

from __future__ import annotations

from typing import Any

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind

RATES: dict[str, Any] = {"parameters": 7e9, "tokens": 1e12, "accelerator": "A100", "hardware_efficiency": 0.4}
GIVEN: dict[str, Any] = {"model": "llama-2-7b", "accelerator": "a100-sxm4-80gb", "tokens": 1e12}


def notes(**values: Any) -> str:
    wanted = ["step_time", "memory_per_device", "device_hours"]
    return "; ".join(evaluate_configuration({**GIVEN, **values}, wanted).notes)


def test_what_lies_outside_the_measured_range_is_said() -> None:
    usual = notes(devices=64)
    assert "outside" not in usual
    assert "assumed" not in usual
    assert "devices = 20000 is outside the range of measured steps (up to 10,752)" in notes(devices=20000)
    assert "sequence_length = 262144 is outside" in notes(devices=1024, sequence_length=262144, model="llama-3-8b")
    assert "on this generation of accelerators" in notes(devices=64, accelerator="l40s")
    assert "outside" not in "; ".join(evaluate_configuration({"devices": 1e6, **RATES}, ["device_hours"]).notes)


def test_plans_say_it_of_what_they_give() -> None:
    axes = {"devices": [64, 20000, 40000], "accelerator": ["A100", "l40s"]}
    plan = cs.Plan(axes=axes, constants={"model": "llama-2-7b"}, output={"quantities": ["training_days"]})
    said = "; ".join(bind(plan).notes)
    assert "devices = 40000 is outside the range of measured steps (up to 10,752)" in said
    assert "on the generation of some of these accelerators" in said
    known = {"model": "llama-2-7b", "hardware_efficiency": 0.4}
    given = cs.Plan(axes=axes, constants=known, output={"quantities": ["training_days"]})
    assert "measured steps" not in "; ".join(bind(given).notes)


def test_memory_of_a_policy_that_is_not_known_is_a_lower_bound() -> None:
    assert "lower bound" in notes(devices=64, recomputation="custom")
    assert "lower bound" in notes(devices=64, recomputed_share=0.3)
    assert "lower bound" not in notes(devices=64, recomputation="full")


def test_devices_that_are_not_given_are_said() -> None:
    assert "devices is not given" in notes()
    assert "devices is not given" not in notes(devices=64)
