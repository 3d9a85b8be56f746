import pytest
from hypothesis import given
from hypothesis import strategies as st

V100 = {"process_node": 12, "die_area": 8.15}
LLMCARBON = {"*": "llmcarbon"}


def test_table_5(evaluate, golden):
    table = golden["table5"]
    run = dict(devices=512, training_days=table["days"], **V100)
    names = {"CPU": "cpu", "DRAM": "dram", "SSD": "ssd", "V100": "accelerator", "others": "other"}
    rows = {row["hardware"]: row for row in table["rows"]}
    for hardware, name in names.items():
        kilograms = evaluate(f"{name}_unit_embodied", LLMCARBON, **run)
        assert kilograms == pytest.approx(rows[hardware]["kg_per_unit"], rel=1e-12)
        share = evaluate(f"{name}_embodied_carbon", LLMCARBON, **run)
        assert share == pytest.approx(rows[hardware]["tCO2eq"] * 1e3, rel=1e-12)
    assert evaluate("embodied_carbon", LLMCARBON, **run) == pytest.approx(table["total"] * 1e3, rel=1e-12)


@given(st.integers(1, 10**6), st.floats(1e-3, 2000), st.floats(1, 12), st.floats(0.1, 1))
def test_components_are_devices_with_their_share_of_a_server(evaluate, devices, days, years, utilisation):
    run = {
        "devices": devices,
        "training_days": days,
        "lifetime_years": years,
        "fleet_utilisation": utilisation,
    }
    for variants in (LLMCARBON, {}):
        of_device = {**V100, "thermal_design_power": 300}
        total = evaluate("embodied_carbon", variants, **run, **of_device)
        whole = devices * evaluate("device_embodied", variants, **of_device)
        assert total == pytest.approx(whole * days / (365 * years * utilisation), rel=1e-12)


def test_spares_and_replaced_parts_count(evaluate):
    """100 devices of 500 kg for a tenth of their life are 5,000 kg; 3 % spares, 2 % replaced in each of five years."""
    run = {"devices": 100, "lifetime_share": 0.1}
    assert evaluate("embodied_carbon", **run, device_embodied=500) == 5000
    assert evaluate("embodied_carbon", **run, device_embodied=500, spare_fraction=0.03) == pytest.approx(5150)
    hours = {"device_hours": 43800, "lifetime_years": 5, "device_embodied": 500}
    assert evaluate("embodied_carbon", **hours, spare_fraction=0.03) == pytest.approx(515)
    device = {"accelerator_unit_embodied": 500, "replacement_rate": 0.02, "lifetime_years": 5}
    assert evaluate("device_embodied", {"device_embodied": "device"}, **device) == pytest.approx(550)
