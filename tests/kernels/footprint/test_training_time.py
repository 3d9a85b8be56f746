import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.footprint import training_time


@pytest.mark.parametrize(
    ("devices", "tflops", "hours"),
    # LLMCarbon CO2EQ notebook: GPT-3 on its optimal A100-80GB and V100-32GB
    [(1520, 147.62553591618752, 390), (3680, 45.42804976960171, 523)],
)
def test_notebook(devices, tflops, hours):
    days = training_time.training_days(6 * 175e9 * 300e9, devices, tflops * 1e12, 1.0, 1.0, 1.0)
    assert round(days * 24) == hours


@given(st.integers(1, 10**6), st.floats(0.01, 1))
def test_device_hours_do_not_depend_on_devices(devices, efficiency):
    days = training_time.training_days(1e23, devices, 1e15, efficiency, 1.0, 1.0)
    assert training_time.device_hours(devices, days) == pytest.approx(1e23 / (1e15 * efficiency) / 3600, rel=1e-12)
