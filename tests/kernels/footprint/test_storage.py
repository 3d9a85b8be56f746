import pytest

# LLMCarbon's storage check, recalled: 32.7 TB stored and 277.4 TB moved over 180 days (Noor)
NOOR = {"stored_data": 32.7, "transferred_data": 277.4, "pue": 1.1, "carbon_intensity": 400}


def test_noor(evaluate):
    stored = evaluate("storage_hardware_energy", **NOOR)
    moved = evaluate("transfer_hardware_energy", **NOOR)
    assert stored / 1e3 == pytest.approx(1.59628, abs=5e-6)
    assert moved / 1e3 == pytest.approx(1.77358, abs=5e-6)
    assert (stored + moved) / 3490 - 1 == pytest.approx(-0.0344, abs=5e-5)
    facility = evaluate("storage_facility_energy", **NOOR)
    assert facility == pytest.approx((stored + moved) * 1.1)
    embodied = evaluate("storage_embodied_carbon", **NOOR)
    assert embodied == pytest.approx(32.7 * 1024 * 0.018 * 180 / 1825)
    assert evaluate("storage_total_carbon", **NOOR) == pytest.approx(facility * 0.4 + embodied)


def test_nothing_unless_given(evaluate):
    assert evaluate("storage_total_carbon", pue=1.1, carbon_intensity=400) == 0
