import numpy as np
import pytest

from carbonsweep.kernels import REGISTRY, hardware

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


def test_device_power(evaluate):
    host = (200 + 256 * 0.392 + 32 * 1.2) / 8
    assert evaluate("host_power") == pytest.approx(host)
    assert evaluate("device_power", thermal_design_power=300) == pytest.approx(300 + host)
    assert evaluate("device_power", thermal_design_power=300, power_fraction=0.7) == pytest.approx(210 + host)
    assert evaluate("device_power", thermal_design_power=300, measured_device_power=330) == 330
    assert evaluate("device_power", measured_device_power=146) == 146  # design power not published
    assert np.isnan(evaluate("device_power"))
    assert hardware.device_power_tdp(300.0) == 300
    assert hardware.device_power_measured(330.0) == 330
    assert hardware.device_power_components(342.0) == 342
