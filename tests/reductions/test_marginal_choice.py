"""A choice by average intensities shows what it comes to by marginal ones."""

from __future__ import annotations

from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.reductions.best import search

RUN = {"training_days": 30, "facility_energy": 1e6}
AXES = {"region": ["zone/US-CAL-CISO", "zone/US-NW-BPAT"], "start_month": {"integers": [1, 12]}}


def _plan(**changes: Any) -> cs.Plan:
    data = {"axes": AXES, "constants": RUN, "output": {"quantities": ["operational_carbon"]}}
    return cs.Plan(**{**data, **changes})


def test_the_same_choice_by_marginal_intensities() -> None:
    found = search(_plan(), minimize="operational_carbon", by=["region"], top=1)
    assert found.frame.columns[-1] == "operational_carbon_marginal"
    for row in found.frame.to_dict("records"):
        start = {"region": row["region"], "start_month": int(row["start_month"])}
        other = cs.estimate(**RUN, **start, accounting="short_run_marginal", quantities=["operational_carbon"])
        assert row["operational_carbon_marginal"] == other["operational_carbon"]
    assert found.notes[-1].endswith("of the plants that follow the load (short_run_marginal of 2023, clock local)")
    clean = found.frame.set_index("region").loc["zone/US-NW-BPAT"]
    assert clean["operational_carbon_marginal"] > 20 * clean["operational_carbon"]


@pytest.mark.parametrize(
    "changes",
    [
        {"constants": {**RUN, "accounting": "short_run_marginal"}},
        {"axes": {"profile": ["eia930/CISO", "eia930/PJM"], "start_month": [1, 5]}},
        {"axes": {"region": AXES["region"], "devices": [1, 2]}},
    ],
)
def test_elsewhere_there_is_no_such_column(changes: dict[str, Any]) -> None:
    found = search(_plan(**changes), minimize="operational_carbon", top=1)
    assert "operational_carbon_marginal" not in found.frame
