import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.llmcarbon import efficiency

GPT3 = {"optimal_devices": 1520.0, "optimal_efficiency": 0.4731588}


def test_calibration_points(evaluate):
    # GPT-3: 16 A100 at 9.26 %, 10,000 V100 at 19.7 % (Patterson et al. 2021)
    for variant in ("llmcarbon", "power_law"):
        pin = {"hardware_efficiency": variant}
        assert evaluate("hardware_efficiency", pin, devices=16, **GPT3) == pytest.approx(0.0926, abs=2e-6)
        assert evaluate("hardware_efficiency", pin, devices=10000, **GPT3) == pytest.approx(0.197, abs=1e-6)
        assert evaluate("hardware_efficiency", pin, devices=1520, **GPT3) == 0.4731588


@given(st.floats(1, 1e6), st.floats(1, 1e4), st.floats(0.01, 1))
def test_never_above_the_optimum(devices, optimal, best):
    gammas = (18.592, 0.6882656, 0.1474998)
    assert 0 < efficiency.hardware_efficiency_llmcarbon(devices, optimal, best, *gammas) <= best
    assert 0 < efficiency.hardware_efficiency_power_law(devices, optimal, best, *gammas[1:]) <= best


def test_v100_and_experts():
    a100 = efficiency.optimal_efficiency(175e9, 10.0, 1.0, 0.0, 0.8)
    assert a100 == pytest.approx(0.47315877, abs=5e-9)
    v100 = efficiency.optimal_efficiency(175e9, 23.0, 1 - 7.76 / 33.46, 0.0, 0.8)
    assert v100 == pytest.approx(0.36342440, abs=5e-9)
    assert efficiency.optimal_efficiency(175e9, 10.0, 1.0, 64.0, 0.8) == pytest.approx(0.8 * a100, rel=1e-15)
    assert np.isnan(efficiency.optimal_efficiency(175e9, 10.0, 3.0, 0.0, 0.8))
    assert efficiency.optimal_throughput(0.5, 312e12) == 156e12


@pytest.mark.parametrize("billions", [20, 30, 43, 60])
def test_small_fit_stops_at_20_billion(billions):
    assert efficiency.optimal_efficiency(billions * 1e9, 1.0, 1.0, 0.0, 0.8) == pytest.approx(0.44, abs=0.01)
