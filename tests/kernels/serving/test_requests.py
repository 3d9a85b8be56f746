import pytest

# LLMCarbon's inference check, recalled: GPT-3 on 16 A100, batch 32, 128 tokens, 9.26 %
RUN = {
    "parameters": 175e9,
    "request_batch": 32,
    "request_tokens": 128,
    "inference_devices": 16,
    "peak_flops": 312e12,
}
RUN |= {"inference_efficiency": 0.0926, "inference_device_power": 400, "pue": 1.1, "carbon_intensity": 429}


def test_latency(evaluate):
    latency = evaluate("request_latency", **RUN)
    assert latency == pytest.approx(3.1013, abs=5e-5)
    assert latency / 3 - 1 == pytest.approx(0.03376, abs=5e-6)


def test_energy_and_carbon(evaluate):
    energy = evaluate("facility_energy_per_request", **RUN)
    assert energy == pytest.approx(3.1013 * 16 * 400 / 3600 * 1.1 / 32, rel=2e-5)
    assert evaluate("request_carbon", **RUN) == pytest.approx(energy * 0.429)
