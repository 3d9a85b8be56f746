"""Figures of different kinds are not ranked together without a word."""

from __future__ import annotations

import csv

import pytest

import carbonsweep as cs
from carbonsweep.catalogs import HERE
from carbonsweep.grid.bind import bind
from carbonsweep.grid.given import intensity_kind
from carbonsweep.reductions.best import search


def _plan(**changes: object) -> cs.Plan:
    data: dict[str, object] = {
        "axes": {"region": ["gcp/europe-west4", "France", "Iceland"]},
        "constants": {"hardware_energy": 1000, "pue": 1.1},
        "output": {"quantities": ["operational_carbon"]},
    }
    return cs.Plan(**{**data, **changes})


def _said(plan: cs.Plan) -> list[str]:
    return [note for note in bind(plan).notes if "different kinds" in note]


def test_life_cycle_and_direct_intensities_are_told_apart() -> None:
    (note,) = _said(_plan())
    assert "direct (gcp/europe-west4)" in note
    assert "life cycle (country/FRA, country/ISL)" in note
    assert note in search(_plan(), minimize="operational_carbon").notes


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": {"region": ["France", "Iceland"]}},
        {"constants": {"hardware_energy": 1000, "pue": 1.1, "carbon_intensity": 100}},
        {"output": {"quantities": ["facility_energy"]}},
    ],
)
def test_nothing_is_said_where_no_kinds_mix(changes: dict[str, object]) -> None:
    assert _said(_plan(**changes)) == []


def test_a_choice_among_places_says_it_too() -> None:
    plan = cs.Plan(
        axes={"hardware_energy": [1000, 2000]},
        constants={"pue": 1.1},
        choose={"minimize": "operational_carbon", "region": ["gcp/europe-west4", "France"]},
        output={"quantities": ["operational_carbon"]},
    )
    assert len(_said(plan)) == 1


def test_most_rows_tell_their_kind() -> None:
    with (HERE / "regions.csv").open(encoding="utf-8", newline="") as file:
        kinds = [intensity_kind(row["ci_basis"]) for row in csv.DictReader(file) if row["ci_g_per_kwh"]]
    assert sum(map(bool, kinds)) / len(kinds) > 0.95
    assert set(kinds) == {"", "life cycle", "direct", "net of certificates", "consumption"}
