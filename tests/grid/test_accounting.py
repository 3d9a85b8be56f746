"""One kind of carbon intensity a plan: what it counts is said, and figures of two kinds are never ranked together."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.catalogs import HERE, load
from carbonsweep.configuration.estimate import evaluate_plan
from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import bind
from carbonsweep.kernels.footprint.grid import carbon_intensity_by_accounting, market_intensity
from carbonsweep.kernels.footprint.inputs import ACCOUNTING


def _plan(**changes: object) -> cs.Plan:
    data: dict[str, object] = {
        "axes": {"region": ["gcp/europe-west4", "France", "Iceland"]},
        "constants": {"hardware_energy": 1000, "pue": 1.1},
        "output": {"quantities": ["carbon_intensity", "operational_carbon"]},
    }
    return cs.Plan(**{**data, **changes})


def _intensity(region: str, **constants: object) -> float:
    plan = _plan(axes={}, constants={"hardware_energy": 1000, "pue": 1.1, "region": region, **constants})
    return float(evaluate_plan(plan).quantities["carbon_intensity"])


def _cloud_regions() -> list[dict[str, str]]:
    with (HERE / "regions.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == "cloud_region" and row["is_default"] == "True"]


@pytest.mark.parametrize("column", ["ci_location_lifecycle", "ci_location_direct", "ci_short_run_marginal"])
def test_all_cloud_regions_of_a_grid_zone_have_one_figure(column: str) -> None:
    by_zone: dict[str, set[str]] = {}
    for row in _cloud_regions():
        by_zone.setdefault(row["grid_zone"], set()).add(row[column])
    assert "" not in by_zone
    assert {zone: figures for zone, figures in by_zone.items() if len(figures) > 1} == {}


def test_every_cloud_region_has_a_life_cycle_figure_and_a_pue() -> None:
    rows = _cloud_regions()
    assert all(row["ci_location_lifecycle"] and row["pue"] and row["pue_kind"] for row in rows)
    assert sum(row["pue_kind"] == "site" for row in rows) == 84


@pytest.mark.parametrize(
    ("first", "second", "figure"),
    [
        ("gcp/europe-west9", "aws/eu-west-3", 44.2),
        ("gcp/europe-north2", "aws/eu-north-1", 35.9),
        ("azure/eastus", "aws/us-east-2", 362.7),
    ],
)
def test_one_grid_is_as_clean_at_every_provider(first: str, second: str, figure: float) -> None:
    assert _intensity(first) == _intensity(second) == figure


def test_a_zone_is_the_same_grid_as_the_regions_in_it() -> None:
    assert _intensity("zone/US-MIDA-PJM") == _intensity("us-ba/PJM") == _intensity("azure/eastus")
    assert load("regions").find("AU-NSW").row.id == "zone/AU-NSW"


def test_each_kind_is_another_column() -> None:
    figures = {kind: _intensity("azure/eastus", accounting=kind) for kind in ("location_lifecycle", "location_direct")}
    assert figures == {"location_lifecycle": 362.7, "location_direct": 323.1}
    assert _intensity("azure/eastus", accounting="short_run_marginal") == 615.6
    assert _intensity("azure/eastus", accounting="as_listed") == float(
        load("regions").get("azure/eastus").values["ci_g_per_kwh"] or 0
    )
    assert [carbon_intensity_by_accounting(float(i), 0, 1, 2, 3, 4, 5) for i in range(len(ACCOUNTING))] == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]


def test_contracts_are_taken_at_their_own_intensity_and_the_rest_at_the_residual_mix() -> None:
    assert market_intensity(0.75, 12.0, 400.0) == 0.75 * 12.0 + 0.25 * 400.0
    assert market_intensity(1.3, 12.0, 400.0) == 12.0
    assert market_intensity(1.0, 12.0, math.nan) == 12.0
    assert math.isnan(market_intensity(0.9, 12.0, math.nan))
    assert _intensity("France", accounting="market", contracted_share=1, contracted_intensity=11) == 11.0
    assert _intensity("France", accounting="market", contracted_share=0.5, residual_intensity=60) == 30.0
    with pytest.raises(PlanError, match=r"accounting = 'market': country/FRA without ci_residual; all of them have"):
        _intensity("France", accounting="market", contracted_share=0.5)


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        (["gcp/europe-west4", "France"], "carbon intensity: location_lifecycle"),
        (
            ["US-CA", "US-TX"],
            "carbon intensity: location_direct (us-state/CA, us-state/TX without ci_location_lifecycle)",
        ),
    ],
)
def test_the_first_kind_that_all_regions_have_is_taken_and_said(regions: list[str], said: str) -> None:
    assert said in bind(_plan(axes={"region": regions})).notes


def test_regions_without_a_kind_in_common_are_refused() -> None:
    with pytest.raises(PlanError) as refused:
        bind(_plan(axes={"region": ["US-CA", "France"]}))
    text = str(refused.value)
    assert "direct (us-state/CA); life cycle (country/FRA)" in text
    assert "allow_mixed = ['carbon_intensity']" in text
    grid = bind(_plan(axes={"region": ["US-CA", "France"]}, allow_mixed=["carbon_intensity"]))
    assert any("a ranking over them compares unlike figures" in note for note in grid.notes)
    unused = bind(_plan(axes={"region": ["US-CA", "France"]}, output={"quantities": ["facility_energy"]}))
    assert not any("accounting" in note for note in unused.notes)


def test_a_kind_that_a_region_lacks_is_refused_with_those_that_all_have() -> None:
    with pytest.raises(PlanError, match=r"'long_run_marginal': .* without ci_long_run_marginal; all of them have"):
        bind(_plan(constants={"hardware_energy": 1, "pue": 1.1, "accounting": "long_run_marginal"}))


def test_listed_figures_of_two_kinds_are_refused_too() -> None:
    constants = {"hardware_energy": 1, "pue": 1.1, "accounting": "as_listed"}
    with pytest.raises(PlanError, match=r"all of them have location_lifecycle: give accounting one of these"):
        bind(_plan(constants=constants))
    assert bind(_plan(constants=constants, allow_mixed=["carbon_intensity"])).points == 3
    assert bind(_plan(constants=constants, axes={"region": ["France", "Iceland"]})).points == 2


def test_llmcarbon_takes_what_is_listed() -> None:
    grid = bind(_plan(equations={"*": "llmcarbon"}))
    assert any("compares unlike figures" in note for note in grid.notes)
    listed = load("regions").get("gcp/europe-west9").values["ci_g_per_kwh"]
    plan = _plan(
        axes={}, constants={"hardware_energy": 1, "pue": 1, "region": "gcp/europe-west9"}, equations={"*": "llmcarbon"}
    )
    assert evaluate_plan(plan).quantities["carbon_intensity"] == listed == 16.3


def _own(folder: Path, basis: str) -> dict[str, object]:
    (folder / "own.csv").write_text(f"id,carbon_intensity,pue,ci_basis\nhere,210,1.2,{basis}\nthere,90,1.1,{basis}\n")
    return {"catalogs": {"regions": folder / "own.csv"}, "constants": {"hardware_energy": 1000}}


def test_a_row_of_ones_own_is_of_the_kind_that_it_says(tmp_path: Path) -> None:
    own = {**_own(tmp_path, "lifecycle"), "axes": {"region": ["here", "there"]}}
    assert "carbon intensity: location_lifecycle" in bind(_plan(**own)).notes
    asked = _plan(**{**own, "constants": {"hardware_energy": 1, "accounting": "location_direct"}})
    with pytest.raises(PlanError, match="accounting = 'location_direct': here, there without ci_location_direct"):
        bind(asked)


def test_a_row_that_says_no_kind_is_taken_as_those_beside_it(tmp_path: Path) -> None:
    own = _own(tmp_path, "")
    alone = bind(_plan(**{**own, "axes": {"region": ["here", "there"]}}))
    assert "carbon intensity: as_listed" in alone.notes
    beside = bind(_plan(**{**own, "axes": {"region": ["here", "gcp/europe-west9"]}}))
    assert "region here: ci_basis is blank; the carbon intensity is taken as location_lifecycle" in beside.notes
    plan = _plan(
        **{**own, "axes": {}, "constants": {"region": "here", "hardware_energy": 1000, "accounting": "location_direct"}}
    )
    assert evaluate_plan(plan).quantities["carbon_intensity"] == 210


def test_an_axis_of_kinds_has_one_optimum_each() -> None:
    plan = _plan(
        axes={"region": ["gcp/europe-west9", "azure/eastus"], "accounting": ["location_lifecycle", "location_direct"]},
        output={"quantities": ["operational_carbon"]},
    )
    with pytest.raises(PlanError, match="--by accounting"):
        cs.search(plan, minimize="operational_carbon")
    with pytest.raises(PlanError, match="--by accounting"):
        cs.pareto(plan, minimize=["operational_carbon", "carbon_intensity"])
    with pytest.raises(PlanError, match="--by accounting"):
        Sweep(plan.with_output(minimize="operational_carbon"))
    best = cs.search(plan, minimize="operational_carbon", by="accounting", top=1)
    assert best["accounting"].tolist() == ["location_lifecycle", "location_direct"]
    assert best["operational_carbon"].tolist() == pytest.approx([44.2 * 1.1, 16.3 * 1.1])
    with pytest.raises(PlanError, match="accounting is what figures count"):
        bind(_plan(choose={"minimize": "operational_carbon", "accounting": ["location_lifecycle", "location_direct"]}))


def test_a_pue_that_is_not_the_sites_is_said() -> None:
    fleet = _plan(axes={"region": ["gcp/europe-west9", "gcp/europe-west4"]}, constants={"hardware_energy": 1})
    (note,) = (note for note in bind(fleet).notes if note.startswith("pue"))
    assert note.startswith("pue: 1 of 2 regions publish none (gcp/europe-west9)")
    asked = {"output": {"quantities": ["pue", "pue_is_fallback"]}, "axes": {}}
    known = evaluate_plan(_plan(**asked, constants={"region": "gcp/europe-west9"})).quantities
    assert known == {"pue": 1.09, "pue_is_fallback": 1.0}
    given = evaluate_plan(_plan(**asked, constants={"region": "gcp/europe-west9", "pue": 1.2})).quantities
    assert given == {"pue": 1.2, "pue_is_fallback": 0.0}
    with pytest.raises(PlanError, match="gcp/europe-west9 has no pue in its catalog"):
        bind(fleet.model_copy(update={"constants": {"hardware_energy": 1, "pue_fallback": "refuse"}}))
