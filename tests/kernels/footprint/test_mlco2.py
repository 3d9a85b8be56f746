import pytest

import carbonsweep as cs
from carbonsweep.foundation.errors import PlanError

GPT3 = {"accelerator": "v100-sxm2-32gb", "device_hours": 10_000 * 14.8 * 24, "carbon_intensity": 429}


def test_design_power_hours_and_intensity_alone():
    """3,552,000 h x 300 W = 1,065.6 MWh, x 0.429 = 457.1 t: neither PUE nor hardware counts."""
    names = ["facility_energy", "operational_carbon", "embodied_carbon", "total_carbon"]
    found = cs.estimate(**GPT3, pue=1.1, quantities=names, equations={"*": "mlco2"})
    assert found["facility_energy"] == pytest.approx(1_065_600)
    assert found["operational_carbon"] == pytest.approx(457_142.4)
    assert found["embodied_carbon"] == 0
    assert found["total_carbon"] == found["operational_carbon"]


@pytest.mark.parametrize("quantity", ["facility_energy", "total_carbon"])
def test_it_never_stands_in_for_what_counts_more(quantity):
    with pytest.raises(PlanError, match="pue"):
        cs.estimate(**GPT3, quantities=[quantity])
    for variant in ("facility_energy", "embodied_carbon", "device_power"):
        (pinned_only,) = [one for one in cs.kernels.REGISTRY.quantities[variant] if one.variant == "mlco2"]
        assert pinned_only.by_name
