from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.foundation.errors import PlanError

RUN = {"device_hours": 1e6, "tokens": 5e12, "device_power": 1000, "pue": 1.2, "carbon_intensity": 300}


def test_hours_and_what_they_cost(evaluate):
    """A tenth of the tokens is 1e5 hours of 1 kW: 1e5 kWh, 1.2e5 at the facility, 36 t; 1e5 / (8760 x 5) x 438 kg."""
    given = {**RUN, "stage_tokens": 5e11}
    assert evaluate("stage_device_hours", **given) == pytest.approx(1e5)
    assert evaluate("stage_device_hours", **RUN, stage_multiple=4.62) == pytest.approx(4.62e6)
    assert evaluate("stage_hardware_energy", **given) == pytest.approx(1e5)
    assert evaluate("stage_facility_energy", **given) == pytest.approx(1.2e5)
    assert evaluate("stage_operational_carbon", **given) == pytest.approx(36e3)
    assert evaluate("stage_embodied_carbon", **given, device_embodied=438, lifetime_years=5) == pytest.approx(1000)
    carbon = {"stage_operational_carbon": 36e3, "stage_embodied_carbon": 1000}
    assert evaluate("stage_total_carbon", **carbon) == pytest.approx(37e3)
    assert evaluate("stage_days", **given, stage_devices=1000) == pytest.approx(1e5 / 24e3)
    assert evaluate("stage_water", **given, wue=1, grid_water_intensity=2) == pytest.approx(1e5 + 2.4e5)


def _plan(path: Path, text: str) -> cs.Plan:
    path.write_text(text)
    return cs.Plan(
        catalogs={"training_stages": str(path)},
        axes={"training_stage": {"catalog": "training_stages", "names": ["middle", "tuning"]}},
        constants=RUN,
        output={"quantities": ["stage_operational_carbon"]},
    )


def test_stages_of_ones_own(tmp_path):
    rows = "id,kind,tokens\nmiddle,midtrain,5e11\ntuning,sft,5e10\n"
    found = cs.to_pandas(_plan(tmp_path / "stages.csv", rows))
    assert found["stage_operational_carbon"].tolist() == pytest.approx([36e3, 3.6e3])


def test_a_stage_without_tokens_is_refused(tmp_path):
    rows = "id,kind,tokens\nmiddle,midtrain,5e11\ntuning,sft,\n"
    with pytest.raises(PlanError, match="training_stage tuning has no stage_tokens"):
        cs.to_pandas(_plan(tmp_path / "stages.csv", rows))
