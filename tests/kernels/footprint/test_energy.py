import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.footprint import energy

positive = st.floats(1e-3, 1e9)


@given(positive, positive, st.floats(1, 3))
def test_facility_is_hardware_times_pue(hours, power, pue):
    hardware = energy.hardware_energy(hours, power, 1.0, 0.0, 1.0)
    assert hardware == pytest.approx(hours * power * 1e-3)
    assert energy.facility_energy(hardware, pue) == hardware * pue
    assert energy.facility_energy(hardware, 1.0) == hardware


@given(positive, st.integers(1, 1000))
def test_linear_in_devices(days, devices):
    one, many = (energy.hardware_energy(n * days * 24, 400.0, 1.0, 0.0, 1.0) for n in (1, devices))
    assert many == pytest.approx(devices * one, rel=1e-12)


def test_idle_hardware_and_lost_time(evaluate):
    """1,000 h at 500 W are 500 kWh; a tenth more for idle hardware; 20 % of the time lost at half the power: 0.9."""
    run = {"device_hours": 1000, "device_power": 500, "power_factor": 1}
    assert evaluate("hardware_energy", **run) == 500
    assert evaluate("hardware_energy", **run, idle_energy_ratio=0.1) == pytest.approx(550)
    lost = {"goodput": 0.8, "downtime_power_fraction": 0.5}
    assert evaluate("downtime_energy_factor", **lost) == pytest.approx(0.9)
    assert evaluate("hardware_energy", **run, **lost) == pytest.approx(450)
