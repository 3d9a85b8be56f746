import pytest

from carbonsweep.kernels.footprint import compute_carbon


def test_nvidias_way(evaluate):
    """1,312 kg / (8 x 1,979 TFLOP/s sparse x 4 years) = 0.6565 g/EFLOP, published 0.66; double at the dense peak."""
    assert compute_carbon.embodied_cci_nvidia(164.0, 989.5e12, 2.0) == pytest.approx(0.6565, abs=5e-5)
    assert compute_carbon.embodied_cci_nvidia(164.0, 989.5e12, 1.0) == pytest.approx(1.313, abs=5e-4)


def test_googles_way(evaluate):
    """A v5e of 402 kg and 103 g/EFLOP does 3,903 EFLOP in six years: 10.5 % of its 197 TFLOP/s."""
    share = 402e3 / 103 / (197e12 * 6 * 31_557_600 / 1e18)
    assert share == pytest.approx(0.105, abs=1e-3)
    work = {"achieved_flops": 197e12 * share / 0.5, "fleet_utilisation": 0.5, "lifetime_years": 6}
    assert evaluate("lifetime_utilised_flops", **work) == pytest.approx(402e3 / 103)
    assert evaluate("embodied_cci", device_embodied=402, **work) == pytest.approx(103)


def test_operation_and_sum(evaluate):
    """700 W x 1.2 x 300 g/kWh = 0.07 g/s over 4e14 FLOP/s = 4e-4 EFLOP/s: 175 g/EFLOP."""
    assert evaluate("achieved_flops", peak_flops=1e15, hardware_efficiency=0.5, goodput=0.8) == 4e14
    use = {"device_power": 700, "pue": 1.2, "carbon_intensity": 300, "achieved_flops": 4e14}
    assert evaluate("operational_cci", **use) == pytest.approx(175)
    assert evaluate("cci", embodied_cci=103, **use) == pytest.approx(278)


def test_of_one_training(evaluate):
    assert evaluate("training_cci", total_carbon=500e3, training_flops=1e25) == pytest.approx(50)
    assert evaluate("tcdp", total_carbon=500e3, training_days=30) == 15e6
