import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.serving import inference

RUN = {
    "parameters": 175e9,
    "tokens": 300e9,
    "peak_flops": 312e12,
    "hardware_efficiency": 0.4,
    "device_power": 400,
}
RUN |= {"pue": 1.1, "carbon_intensity": 429, "process_node": 7, "die_area": 8.26, "thermal_design_power": 400}


def test_follows_training_unless_given(evaluate):
    # 2PD on as many tokens as 6PD
    for name in ("days", "hardware_energy", "facility_energy", "operational_carbon", "embodied_carbon"):
        training = evaluate(name if name != "days" else "training_days", **RUN, devices=1024)
        assert evaluate(f"inference_{name}", **RUN, devices=1024) == pytest.approx(training / 3, rel=1e-12)
    parts = [evaluate(f"inference_{p}_carbon", **RUN, devices=1024) for p in ("operational", "embodied")]
    assert evaluate("inference_total_carbon", **RUN, devices=1024) == sum(parts)


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_proportion_is_of_device_hours(evaluate, devices, serving_devices):
    # Wu et al. 2022: experimentation : training : inference = 10 : 20 : 70
    run = RUN | {"devices": devices, "inference_devices": serving_devices}
    hours = evaluate("inference_device_hours", {"inference_days": "proportion"}, **run)
    assert hours == pytest.approx(3.5 * evaluate("device_hours", **run), rel=1e-12)


def test_off_the_optimum():
    efficiency = inference.inference_efficiency_llmcarbon(16.0, 1520.0, 0.4731588, 18.592, 0.6882656, 0.1474998)
    assert efficiency == pytest.approx(0.0926, abs=2e-6)
