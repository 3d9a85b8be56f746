"""Carbon, water and cost of requests, a service over years, and a page of text by the serving model."""

from __future__ import annotations

import math

import pytest

SITE = {"pue": 1.2, "carbon_intensity": 500, "wue": 0.5, "grid_water_intensity": 3}
FLEET = {
    "serving_power": 500,
    "replica_devices": 4,
    "serving_replicas": 10,
    "request_rate": 50,
    "serving_devices": 40,
    "prefill_pool_energy": 0,
    "reserve_energy": 0,
    "host_power": 100,
    "device_embodied": 200,
    "lifetime_years": 5,
}
SECONDS = 365 * 86400


def test_a_request_by_hand(evaluate):
    # 40 devices of 500 W for 50 requests a second: 400 J, a ninth of a Wh; 100 W of host on top
    given = {**FLEET, **SITE}
    assert evaluate("energy_per_request", **given) == pytest.approx(400 / 3600)
    assert evaluate("energy_per_output_token", output_tokens=200, **given) == pytest.approx(2)
    assert evaluate("server_energy_per_request", **given) == pytest.approx(480 / 3600)
    facility = evaluate("facility_energy_per_request", **given)
    assert facility == pytest.approx(480 * 1.2 / 3600)
    assert evaluate("serving_facility_power", **given) == pytest.approx(40 * 600 * 1.2)
    assert evaluate("request_operational_carbon", **given) == pytest.approx(facility * 0.5)
    embodied = evaluate("request_embodied_carbon", **given)
    assert embodied == pytest.approx(200e3 * 40 / (5 * SECONDS * 50))
    assert evaluate("request_carbon", **given) == pytest.approx(facility * 0.5 + embodied)
    assert evaluate("request_water", **given) == pytest.approx(480 / 3.6e6 * (0.5 + 1.2 * 3))
    assert evaluate("served_rate", **given) == pytest.approx(50)
    rented = evaluate("request_cost", device_hour_price=3, **given)
    assert rented == pytest.approx(40 * 3 / (3600 * 50))
    owned = evaluate("request_cost", electricity_price=0.1, device_price=30e3, **given)
    assert owned == pytest.approx(facility / 1000 * 0.1 + 40 * 30e3 / (5 * SECONDS * 50))


def test_reserve_and_pools_by_hand(evaluate):
    reserve = {"serving_devices": 44, "reserve_share": 0.1, "serving_idle_power": 90, "served_rate": 50}
    assert evaluate("reserve_energy", **reserve) == pytest.approx(4 * 90 / 3600 / 50)
    pool = {"disaggregated": 1, "prefill_replicas": 8, "replica_devices": 4, "served_rate": 50, "prefill_time": 0.1}
    prompt = {"prompt_power": 600, "prefill_share_time": 0.05, "serving_idle_power": 90}
    energy = evaluate("prefill_pool_energy", **pool, **prompt)
    assert energy == pytest.approx((600 * 4 * 0.1 + 90 * 4 * (8 / 50 - 0.1)) / 3600)
    assert evaluate("prefill_energy_per_request", **{**pool, **prompt, "disaggregated": 0}) == pytest.approx(
        600 * 4 * 0.05 / 3600
    )
    assert evaluate("decode_energy_per_request", energy_per_request=3, prefill_energy_per_request=1) == 2


LIFE = {"served_rate": 50, "service_years": 6, "serving_devices": 40, "device_embodied": 200, "lifetime_years": 3}


def test_a_steady_service(evaluate):
    assert evaluate("service_requests", **LIFE) == pytest.approx(50 * 6 * SECONDS)
    assert evaluate("devices_bought", **LIFE) == 80
    assert evaluate("devices_bought", **{**LIFE, "service_years": 7}) == 120
    given = {**LIFE, "facility_energy_per_request": 0.2, "carbon_intensity": 500}
    parts = [evaluate(name, **given) for name in ("service_operational_carbon", "service_embodied_carbon")]
    assert parts == pytest.approx([50 * 6 * SECONDS * 0.2 * 0.5 / 1e3, 16000])
    assert evaluate("service_carbon", **given) == sum(parts)
    assert evaluate("training_carbon_per_request", total_carbon=1e6, **LIFE) == pytest.approx(1e9 / (300 * SECONDS))
    assert evaluate("inference_embodied_carbon", **given) == 16000
    hardware = evaluate("inference_hardware_energy", server_energy_per_request=0.1, **LIFE)
    assert hardware == pytest.approx(300 * SECONDS * 0.1 / 1000)


@pytest.mark.parametrize("growth", [0.8, 1.0 + 1e-12, 1.5])
def test_growing_demand_against_sums_over_years(evaluate, growth):
    years, life = 7.0, 3.0
    given = {**LIFE, "demand_growth": growth, "service_years": years, "lifetime_years": life}
    slices = 70_000
    requests = sum(growth ** (years * (k + 0.5) / slices) for k in range(slices)) * years / slices * 50 * SECONDS
    assert evaluate("service_requests", **given) == pytest.approx(requests, rel=1e-6)
    bought = 0.0
    for span in range(3):
        ends = (span * life, min((span + 1) * life, years))
        bought += 40 * max(growth**end for end in ends)
    assert evaluate("devices_bought", **given) == pytest.approx(bought)


def test_keep_or_replace(evaluate):
    given = {**LIFE, "facility_energy_per_request": 0.1, "kept_energy_per_request": 0.3, "carbon_intensity": 400}
    # 8,000 kg against 0.2 Wh x 0.4 g x 50 requests a second
    assert evaluate("refresh_years", **given) == pytest.approx(8000e3 / (0.2 * 0.4 * 50 * SECONDS))
    assert math.isnan(evaluate("refresh_years", **{**given, "kept_energy_per_request": 0.1}))


def test_a_page_is_an_answer_of_the_service(evaluate):
    given = {**FLEET, **SITE, "tokens_per_page": 600, "output_tokens": 300}
    assert evaluate("page_hardware_energy", **given) == pytest.approx(2 * 480 / 3.6e6)
    assert evaluate("page_carbon", **given) == pytest.approx(2 * evaluate("request_carbon", **given))
    assert evaluate("page_cost", device_hour_price=3, **given) == pytest.approx(2 * 40 * 3 / (3600 * 50))


def test_power_by_hand(evaluate):
    shares = {"static_power_share": 0.1, "memory_power_share": 0.6, "compute_power_share": 0.5, "power_exponent": 0.5}
    work = {"serving_memory_share": 0.25, "serving_compute_share": 0.16, "thermal_design_power": 1000}
    assert evaluate("busy_power", **shares, **work) == pytest.approx(1000 * (0.1 + 0.3 + 0.2))
    prompt = {"prompt_memory_share": 0.01, "prompt_compute_share": 0.49, "thermal_design_power": 1000}
    assert evaluate("prompt_power", **shares, **prompt) == pytest.approx(1000 * (0.1 + 0.06 + 0.35))
    assert evaluate("serving_idle_power", thermal_design_power=1000) == 120
    assert evaluate("serving_idle_power", thermal_design_power=1000, idle_device_power=70) == 70
    rest = {"serving_idle_power": 100, "busy_power": 600, "busy_share": 0.2}
    assert evaluate("serving_power", **rest) == pytest.approx(200)


def test_power_of_a_byte_and_of_an_operation(evaluate):
    """4 TB/s at 100 pJ draw 400 W, 1 PFLOP/s at 0.5 pJ 500 W; nothing else of a device counts."""
    device = {"thermal_design_power": 800, "memory_bandwidth": 4e12, "peak_flops_16bit": 1e15}
    constants = {"memory_read_energy": 1e-10, "operation_energy": 5e-13}
    assert evaluate("memory_power_share", **device, **constants) == pytest.approx(0.5)
    assert evaluate("compute_power_share", **device, **constants) == pytest.approx(0.625)
    work = {"serving_memory_share": 1, "serving_compute_share": 0, "static_power_share": 0.1}
    assert evaluate("busy_power", **device, **constants, **work) == pytest.approx(480)
    assert evaluate("busy_power", **device, **constants, **work | {"serving_compute_share": 1}) == 800
