import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.kernels import REGISTRY

A100 = {"peak_flops_bf16": 312e12, "peak_flops_fp16": 311e12, "peak_flops_tf32": 156e12}
A100 |= {"peak_flops_fp32": 19.5e12, "peak_flops_int8": 624e12}


@pytest.mark.parametrize(
    ("precision", "rate"),
    [
        ("half", 312),
        ("bf16", 312),
        ("fp16", 311),
        ("tf32", 156),
        ("fp32", 19.5),
        ("fp8", np.nan),
        ("int8", 624),
    ],
)
def test_peak_flops(evaluate, precision, rate):
    index = REGISTRY.inputs["precision"].choices.index(precision)
    assert evaluate("peak_flops", **A100, precision=index) == pytest.approx(rate * 1e12, nan_ok=True)


def test_half_is_fp16_without_bf16(evaluate):
    assert evaluate("peak_flops", peak_flops_fp16=125e12) == 125e12
    assert np.isnan(evaluate("peak_flops", peak_flops_fp32=15.7e12))


def test_device_power_of_llmcarbon(evaluate):
    host = (200 + 256 * 0.392 + 32 * 1.2) / 8
    by = {"*": "llmcarbon"}
    assert evaluate("host_power", by) == pytest.approx(host)
    assert evaluate("device_power", by, thermal_design_power=300) == pytest.approx(300 + host)
    assert evaluate("device_power", by, thermal_design_power=300, power_fraction=0.7) == pytest.approx(210 + host)
    assert evaluate("device_power", by, thermal_design_power=300, listed_device_power=330) == 330
    assert evaluate("device_power", by, listed_device_power=146) == 146  # design power not published
    assert np.isnan(evaluate("device_power", by))
    variants = {one.variant: one.function for one in REGISTRY.quantities["device_power"]}
    assert variants["tdp"](300.0) == 300
    assert variants["measured"](330.0) == 330
    assert variants["components"](342.0) == 342


def test_power_from_utilisation(evaluate):
    """Between idle and design power by 2 u - u^1.4 (Fan et al. 2007): u = 0.5 gives 0.62107."""
    given = {"thermal_design_power": 400, "idle_device_power": 50, "host_power": 30}
    by = {"device_power": "utilisation"}
    assert evaluate("device_power", by, **given, device_utilisation=0) == pytest.approx(80)
    assert evaluate("device_power", by, **given, device_utilisation=1) == pytest.approx(430)
    assert evaluate("device_power", by, **given, device_utilisation=0.5) == pytest.approx(80 + 350 * 0.621071, rel=1e-6)
    unknown = {**given, "idle_device_power": float("nan")}
    assert evaluate("device_power", by, **unknown, device_utilisation=0) == pytest.approx(0.15 * 400 + 30)


@pytest.mark.parametrize(
    ("model", "devices", "watts"),
    [("gpt3-175b", 10000, 330), ("xlm-r-large", 512, 342)],  # Patterson et al. 2021; Wu et al. 2022
)
def test_power_from_utilisation_is_below_the_measured(model, devices, watts):
    """A device that waits for messages draws more than the curve says: GPT-3 reached a fifth of the peak at 330 W."""
    given = {"model": model, "accelerator": "v100-sxm2-32gb", "devices": devices}
    found = cs.estimate(**given, quantities=["device_power"], equations={"device_power": "utilisation"})
    assert 0.6 * watts < found["device_power"] < watts
