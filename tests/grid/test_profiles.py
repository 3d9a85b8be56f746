"""Hourly profiles at binding: which curve a plan looks up, what is said of it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.catalogs import load
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.grid.bind import bind

DAYS = {"training_days": 30, "facility_energy": 1e6}


def _estimate(*wanted: str, **values: Any) -> Any:
    return evaluate_configuration({**DAYS, **values}, wanted or ["carbon_intensity"])


def _intensity(**values: Any) -> float:
    return _estimate(**values).quantities["carbon_intensity"]


def test_a_profile_is_its_mean_until_a_start_is_given() -> None:
    assert _intensity(profile="eia930/CISO") == pytest.approx(256.161, abs=5e-4)
    assert _intensity(profile="eia930/CISO", start_hour=0) == pytest.approx(262.863, abs=5e-4)
    assert _intensity(profile="eia930/CISO", start_hour=3038) == pytest.approx(171.042, abs=5e-4)
    assert _intensity(profile="eia930/CISO", run_fraction=0.75) == pytest.approx(222.84, abs=5e-3)


def test_pauses_of_a_run_with_a_start_go_by_its_own_hours() -> None:
    """The lowest 720 of the 960 hours from the first of May on, by sorting them; without a start those of the year."""
    hours = np.sort(hourly_values(load("profiles").get("eia930/CISO"))[2880:3840])
    pausing = {"profile": "eia930/CISO", "run_fraction": 0.75}
    found = _estimate("carbon_intensity", "run_threshold", "pause_count", **pausing, start_month=5)
    assert found.quantities["carbon_intensity"] == pytest.approx(hours[:720].mean(), rel=1e-9)
    assert found.quantities["run_threshold"] == hours[719]
    assert found.quantities["pause_count"] != _estimate("pause_count", **pausing).quantities["pause_count"]
    assert any("threshold of the hours from start to end" in note for note in found.notes)
    every = _intensity(profile="eia930/CISO", run_fraction=1.0, start_hour=3038)
    assert every == pytest.approx(_intensity(profile="eia930/CISO", start_hour=3038), rel=1e-12)


def test_a_region_brings_the_profile_of_what_is_counted() -> None:
    site = {"region": "gcp/us-west2", "start_month": 5}
    average = _intensity(**site, accounting="location_lifecycle")
    assert average == _intensity(profile="eia930/CISO", start_month=5)
    assert _intensity(**site) == average
    marginal = _intensity(**site, accounting="short_run_marginal")
    assert marginal == _intensity(profile="avert/CA", start_month=5)
    assert marginal > 2 * average
    assert _intensity(region="gcp/us-west2") == load("regions").get("gcp/us-west2").inputs["lifecycle_intensity"]


def test_a_region_of_ones_own_may_have_a_profile_and_no_yearly_figure(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("id,profile_average,pue\nmine,eia930/CISO,1.1\n")
    site = {"region": "mine", "accounting": "location_lifecycle", "start_hour": 3038}
    found = evaluate_configuration({**DAYS, **site}, ["carbon_intensity"], catalogs={"regions": (path,)})
    assert found.quantities["carbon_intensity"] == pytest.approx(171.042, abs=5e-4)
    path.write_text("id,profile_average,pue\nmine,avert/CA,1.1\n")
    with pytest.raises(cs.PlanError, match="profile_average avert/CA of a region is not location_lifecycle"):
        evaluate_configuration({**DAYS, **site}, ["carbon_intensity"], catalogs={"regions": (path,)})


def test_what_is_looked_up_is_said() -> None:
    notes = _estimate(profile="avert/NE", start_hour=0).notes
    assert "accounting is not given: short_run_marginal, as profile avert/NE" in notes
    assert "hourly profile avert/NE: short_run_marginal of 2023, clock local" in notes
    assert "windows under 168 h in avert/NE have no value: too noisy" in notes
    inference = {"inference_facility_energy": 1e6, "profile": "eia930/CISO", "start_hour": 0}
    notes = _estimate("inference_operational_carbon", **inference).notes
    assert "inference_operational_carbon: at the carbon intensity of the hours of training" in notes


def test_a_short_window_of_noisy_hours_has_no_value() -> None:
    run = {"profile": "avert/CA", "start_hour": 0, "devices": 8, "training_flops": 1e20, "peak_flops": 1e15}
    found = evaluate_configuration({**run, "hardware_efficiency": 0.5}, ["carbon_intensity", "training_days"])
    assert found.quantities["training_days"] < 7
    assert found.to_dict()["carbon_intensity"] is None


def test_scaled_to_the_row() -> None:
    site = {"region": "gcp/us-west2", "lifecycle_intensity": 512.32, "accounting": "location_lifecycle"}
    scaled = _intensity(**site, start_hour=3038, scale_profile_to="row")
    assert scaled == pytest.approx(2 * 171.042, rel=1e-4)
    assert _intensity(**site, start_hour=3038, scale_profile_to="none") == pytest.approx(171.042, abs=5e-4)


def test_the_best_of_two_sites_in_every_hour() -> None:
    """Following the sun between two average grids brings 3.6 %."""
    found = _estimate(sites="eia930/CISO, eia930/ERCO")
    assert found.quantities["carbon_intensity"] == pytest.approx(246.86, abs=5e-3)
    note = "sites eia930/CISO, eia930/ERCO: 246.9 gCO2e/kWh at the best of every hour, 256.2 at eia930/CISO alone"
    assert note in found.notes
    assert _intensity(sites="eia930/CISO, eia930/ERCO + 5000", start_hour=9) == _intensity(
        profile="eia930/CISO", start_hour=9
    )


def test_a_daily_pattern_of_power_weighs_the_hours() -> None:
    """Two thirds of the power at night, by hand; a flat pattern changes nothing."""
    hours = hourly_values(load("profiles").get("eia930/CISO"))
    pattern = np.where(np.arange(24) < 12, 2.0, 1.0)
    expected = (np.tile(pattern, 365) * hours).sum() / (365 * pattern.sum())
    text = ", ".join(f"{one:g}" for one in pattern)
    assert _intensity(profile="eia930/CISO", load_profile=text) == pytest.approx(expected, rel=1e-12)
    flat = ", ".join(["7"] * 24)
    assert _intensity(profile="eia930/CISO", start_hour=5, load_profile=flat) == _intensity(
        profile="eia930/CISO", start_hour=5
    )
    found = _estimate(region="gcp/us-west2", load_profile=text)
    assert found.quantities["carbon_intensity"] == pytest.approx(expected, rel=1e-12)
    assert not any("load_profile" in note for note in found.notes)
    axes = {"profile": ["eia930/CISO"], "load_profile": [text]}
    grid = bind(cs.Plan(axes=axes, constants=DAYS, output={"quantities": ["operational_carbon"]}))
    assert [len(axis) for axis in grid.axes] == [1, 1]


def test_contracts_by_the_hour() -> None:
    market = {"accounting": "market", "residual_intensity": 400, "contracted_share": 1, "contracted_intensity": 0}
    assert _intensity(**market) == 0
    found = _estimate("carbon_intensity", "matching_overclaim", **market, purchase_profile="eia930-cfe/CISO")
    assert found.quantities["carbon_intensity"] == pytest.approx(400 * 0.1597, rel=1e-3)
    assert found.quantities["matching_overclaim"] == pytest.approx(1e6 * 400 * 0.1597 / 1000, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"profile": "avert/CA", "accounting": "location_lifecycle"}, "avert/CA is short_run_marginal, accounting loc"),
        ({"profile": "eia930-cfe/CISO"}, "a share of carbon-free power, no carbon intensity"),
        ({"purchase_profile": "eia930/CISO"}, "purchase_profile eia930/CISO is a carbon intensity"),
        ({"profile": "avert/CA", "start_hour": 0, "training_days": 6}, "a window under 168 h says nothing in avert/CA"),
        ({"start_hour": 0}, "start_hour needs an hourly profile: give profile, or a region that has one"),
        ({"run_fraction": 0.5, "region": "gcp/europe-west1"}, "region gcp/europe-west1 without profile_average"),
        (
            {"start_hour": 0, "region": "gcp/us-west2", "accounting": "location_direct"},
            "regions have none of location_direct",
        ),
        ({"profile": "eia930/CISO", "start_hour": 0, "start_month": 2}, "both say when training starts; give one"),
        (
            {"profile": "eia930/CISO", "start_hour": 0, "start_month": 2, "run_fraction": 0.5},
            "both say when training starts; give one",
        ),
        ({"sites": "eia930/CISO"}, "give two sites or more, each once"),
        ({"sites": "eia930/CISO, avert/CA"}, "do not compare; give sites of one kind"),
        ({"sites": "eia930/CISO and eia930/PJM"}, "is no site; write them as 'eia930/CISO, eia930/ERCO + 20'"),
        ({"sites": "eia930/CISO, eia930/PJM", "profile": "eia930/CISO"}, "profile and sites are given"),
        ({"load_profile": ", ".join("1" * 24)}, "load_profile needs an hourly profile"),
        ({"profile": "eia930/CISO", "load_profile": "1, 2, 3"}, "3 numbers; give 24 from zero on"),
        ({"profile": "eia930/CISO", "load_profile": "much"}, "give 24 numbers with commas between them"),
        (
            {"profile": "eia930/CISO", "load_profile": ", ".join("1" * 24), "run_fraction": 0.5},
            "run_fraction takes the same power in every hour",
        ),
        (
            {"region": "gcp/us-west2", "load_profile": ", ".join("1" * 24), "scale_profile_to": "row"},
            "scaling takes the same power in every hour",
        ),
        ({"profile_curve": 0}, "profile_curve is a place in a table and no input; give profile"),
        ({"profile": "eia930/CISO", "scale_profile_to": "row"}, "needs the row: give region"),
        ({"scale_profile_to": "row"}, "scale_profile_to is given and no profile"),
        ({"profile": "eia930/CISO", "start_hour": 8760}, "8760 is outside [0, 8760)"),
        ({"profile": "eia930/NOWHERE"}, "no row 'eia930/NOWHERE' in catalog profiles"),
    ],
)
def test_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(cs.CarbonsweepError) as error:
        _estimate("operational_carbon", **values)
    assert said in str(error.value)


def test_other_refusals() -> None:
    with pytest.raises(cs.PlanError, match="takes no hourly profile, and start_hour is given; leave one out"):
        cs.estimate(**DAYS, start_hour=0, region="gcp/us-west2", equations={"*": "llmcarbon"})
    axes = {"profile": ["eia930/CISO", "avert/CA"]}
    with pytest.raises(cs.PlanError, match=r"cycle \(eia930/CISO\); short_run_marginal \(avert/CA\) do not"):
        bind(cs.Plan(axes=axes, constants=DAYS, output={"quantities": ["operational_carbon"]}))


def test_a_plan_without_profile_has_no_curves() -> None:
    plan = cs.Plan(constants={**DAYS, "region": "gcp/us-west2"}, output={"quantities": ["operational_carbon"]})
    grid = bind(plan)
    assert grid.graph.curves is None
    assert not any("profile" in note for note in grid.notes)
