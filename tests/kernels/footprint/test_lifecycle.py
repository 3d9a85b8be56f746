import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(8, 11.9), st.integers(1, 10**5), st.floats(0, 1000), st.floats(1, 2))
def test_sum_of_processes(evaluate, size, devices, stored, pue):
    run = {
        "parameters": 10**size,
        "tokens": 3e11,
        "peak_flops": 312e12,
        "hardware_efficiency": 0.4,
        "pue": pue,
    }
    run |= {
        "devices": devices,
        "device_power": 400,
        "carbon_intensity": 429,
        "process_node": 7,
        "die_area": 8.26,
        "thermal_design_power": 400,
    }
    run |= {"stored_data": stored, "transferred_data": 2 * stored}
    processes = [
        evaluate(f"{process}_carbon", **run)
        for process in ("total", "inference_total", "experimentation_total", "storage_total")
    ]
    total = evaluate("lifecycle_total_carbon", **run)
    assert total == pytest.approx(sum(processes), rel=1e-12)
    parts = [evaluate(f"lifecycle_{part}_carbon", **run) for part in ("operational", "embodied")]
    assert total == sum(parts)
    facility = evaluate("lifecycle_facility_energy", **run)
    assert facility == pytest.approx(evaluate("lifecycle_hardware_energy", **run) * pue, rel=1e-12)
    assert parts[0] == pytest.approx(facility * 0.429, rel=1e-12)
