import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.footprint import water
from carbonsweep.kernels.serving import requests

SITE = {"pue": 1.25, "wue": 0.5, "grid_water_intensity": 3.0}


def test_training_water_by_hand(evaluate):
    # 1000 kWh of hardware: 500 l at the site; 1250 kWh at the meter: 3750 l at power plants
    energy = {"hardware_energy": 1000, **SITE}
    assert evaluate("site_water", **energy) == 500
    assert evaluate("grid_water", **energy) == 3750
    assert evaluate("operational_water", **energy) == 4250


@given(st.floats(1, 3))
def test_pue_never_enters_site_water(pue):
    """A fault of peers: WUE is litres per kWh of the hardware."""
    request = requests.request_water(2000.0 * pue, pue, 0.5, 0.0)
    assert request == pytest.approx(1.0)
    assert water.inference_operational_water(2.0, 2.0 * pue, 0.5, 0.0) == 1.0


def test_life_cycle_is_the_sum_of_its_parts(evaluate):
    given = {
        "hardware_energy": 1000,
        "inference_hardware_energy": 400,
        "experimentation_hardware_energy": 500,
        "experimentation_facility_energy": 625,
        "stored_data": 10,
        **SITE,
    }
    storage = evaluate("storage_hardware_energy", **given)
    expected = (1900 + storage) * (0.5 + 1.25 * 3.0)
    assert evaluate("lifecycle_operational_water", **given) == pytest.approx(expected)
    assert evaluate("inference_operational_water", **given) == 400 * (0.5 + 1.25 * 3.0)
