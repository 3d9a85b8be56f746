import pytest
from hypothesis import given
from hypothesis import strategies as st

V100 = {"process_node": 12, "die_area": 8.15}


def test_table_5(evaluate, golden):
    table = golden["table5"]
    run = dict(devices=512, training_days=table["days"], **V100)
    names = {"CPU": "cpu", "DRAM": "dram", "SSD": "ssd", "V100": "accelerator", "others": "other"}
    rows = {row["hardware"]: row for row in table["rows"]}
    for hardware, name in names.items():
        kilograms = evaluate(f"{name}_unit_embodied", **run)
        assert kilograms == pytest.approx(rows[hardware]["kg_per_unit"], rel=1e-12)
        share = evaluate(f"{name}_embodied_carbon", **run)
        assert share == pytest.approx(rows[hardware]["tCO2eq"] * 1e3, rel=1e-12)
    assert evaluate("embodied_carbon", **run) == pytest.approx(table["total"] * 1e3, rel=1e-12)


@given(st.integers(1, 10**6), st.floats(1e-3, 2000), st.floats(1, 12), st.floats(0.1, 1))
def test_components_are_devices_with_their_share_of_a_server(evaluate, devices, days, years, utilisation):
    run = {
        "devices": devices,
        "training_days": days,
        "lifetime_years": years,
        "fleet_utilisation": utilisation,
    }
    total = evaluate("embodied_carbon", **run, **V100)
    whole = devices * evaluate("device_embodied", **V100)
    assert total == pytest.approx(whole * days / (365 * years * utilisation), rel=1e-12)
