import pytest

from carbonsweep.configuration.estimate import evaluate_configuration

RL = {"rl_steps": 1000, "rl_prompts_per_step": 64, "rl_samples_per_prompt": 8, "rl_response_tokens": 10_000}
SERVED = {
    "decode_energy_per_request": 1.8,
    "prefill_energy_per_request": 0.2,
    "energy_per_request": 2.0,
    "server_energy_per_request": 3.0,
    "output_tokens": 5000,
}


def test_rollouts_cost_what_serving_costs(evaluate):
    """512,000 answers of 10,000 tokens: 5.12e9 tokens at 1.8 / 5000 Wh and 0.2 Wh a prompt, x 1.5 of the server."""
    assert evaluate("rl_rollouts", **RL) == 512_000
    assert evaluate("rl_rollout_tokens", **RL) == 5.12e9
    expected = (5.12e9 * 1.8 / 5000 + 512_000 * 0.2) * 1.5 / 1000
    assert evaluate("rl_rollout_energy", **RL, **SERVED) == pytest.approx(expected)
    assert evaluate("rl_rollout_device_hours", **RL, serving_devices=8, served_rate=0.1) == pytest.approx(
        512_000 * 8 / 360
    )


def test_learning(evaluate):
    """6 N D of what is trained and 2 N D for the reference: 8 x 32e9 x 5.12e9 FLOP; a fifth of the time is waiting."""
    flops = 8 * 32e9 * 5.12e9
    assert evaluate("rl_training_flops", **RL, active_parameters=32e9) == pytest.approx(flops)
    half = {**RL, "active_parameters": 32e9, "rl_trained_fraction": 0.5, "reference_models": 0}
    assert evaluate("rl_training_flops", **half) == pytest.approx(flops * 3 / 8)
    hours = evaluate("rl_training_device_hours", rl_training_flops=flops, achieved_flops=4e14)
    assert hours == pytest.approx(flops / 4e14 / 0.8 / 3600)


def test_sums(evaluate):
    """(100 + 1000 h x 700 W) + 300 kWh x 1.1 x 400 g."""
    parts = {"rl_steps": 1, "rl_rollout_energy": 100, "rl_training_device_hours": 1000, "device_power": 700}
    assert evaluate("rl_hardware_energy", **parts) == 800
    given = {**parts, "synthetic_data_energy": 300, "pue": 1.1, "carbon_intensity": 400}
    assert evaluate("post_training_hardware_energy", **given) == 1100
    assert evaluate("post_training_facility_energy", **given) == pytest.approx(1210)
    assert evaluate("post_training_operational_carbon", **given) == pytest.approx(484)
    hours = {"rl_steps": 1, "rl_rollout_device_hours": 7760, "rl_training_device_hours": 1000, "device_embodied": 500}
    assert evaluate("post_training_embodied_carbon", **hours, lifetime_years=5) == pytest.approx(100)


def test_synthetic_data(evaluate):
    """1e9 tokens at 3 Wh for 5000."""
    assert evaluate("synthetic_data_energy", synthetic_tokens=1e9, **SERVED) == pytest.approx(600)
    assert evaluate("synthetic_data_energy", **SERVED) == 0


def test_steps_that_cannot_be_counted_are_said():
    found = evaluate_configuration({"rl_steps": 1000, "pue": 1.1}, ["post_training_facility_energy"])
    assert found.quantities["post_training_facility_energy"] == 0
    assert any(note.startswith("rl_hardware_energy: none is used; counted") for note in found.notes)
