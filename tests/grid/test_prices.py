"""Prices of a market that a plan names: which are taken, what is said, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import bind

HOURS = {"device_hours": 1000.0}


def cost(accelerator: str, market: str, **more: Any) -> float:
    given = {**HOURS, "accelerator": accelerator, "price_market": market, **more}
    return evaluate_configuration(given, ["total_cost"]).quantities["total_cost"]


def test_rent_is_between_the_lowest_and_the_highest_price_seen() -> None:
    """An H100 at a hyperscaler 3.5 to 5 USD an hour, at a specialised cloud 2.5 to 3.5."""
    assert cost("h100-sxm5", "hyperscaler") == pytest.approx(4250)
    assert cost("h100-sxm5", "specialised", price_position=0) == pytest.approx(2500)
    assert cost("h100-sxm5", "specialised", price_position=1) == pytest.approx(3500)
    assert cost("h100-sxm5", "hyperscaler", device_hour_price=2) == pytest.approx(2000)


def test_what_is_bought_costs_by_its_life() -> None:
    """A share of 25,000 USD in a node, 64 devices for a fifth of a year of five years; electricity at 0.1 USD/kWh."""
    given = {"training_days": 73, "devices": 64, "facility_energy": 1000, "electricity_price": 0.1}
    found = evaluate_configuration({**given, "accelerator": "h100-sxm5", "price_market": "purchase"}, ["total_cost"])
    assert found.quantities["total_cost"] == pytest.approx(64 * 25000 / 25 + 100)
    assert any("below the price of the bare device above" in note for note in found.notes)


def test_markets_are_an_axis_and_what_has_no_price_has_no_cost() -> None:
    plan = cs.Plan(
        axes={"accelerator": ["h100-sxm5", "b200"], "price_market": ["specialised", "marketplace"]},
        constants=HOURS,
        output={"quantities": ["device_hour_price", "total_cost"]},
    )
    assert "price_market marketplace: no price of b200 is known" in bind(plan).notes
    found = cs.to_pandas(plan).set_index(["accelerator", "price_market"])["total_cost"]
    assert found["h100-sxm5", "marketplace"] == pytest.approx(1985)
    assert found["b200", "specialised"] == pytest.approx(4675)
    assert found.isna().sum() == 1


def test_prices_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("id,accelerator_id,market,usd_low,usd_high,unit\nours,b200,specialised,3,3,USD/device-hour\n")
    given = {**HOURS, "accelerator": "8 x b200", "price_market": "specialised"}
    found = evaluate_configuration(given, ["total_cost"], catalogs={"prices": [path]})
    assert found.quantities["total_cost"] == pytest.approx(3000)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"accelerator": "mi300x", "price_market": "hyperscaler"},
            "no price of mi300x on hyperscaler is in the catalog",
        ),
        ({"price_market": "hyperscaler"}, "prices are of accelerators of the catalog; name one"),
        ({"accelerator": "h100-sxm5", "price_market": "spot"}, "price_market has no choice 'spot'"),
        ({"accelerator": "h100-sxm5"}, "total_cost needs .*device_hour_price"),
    ],
)
def test_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        evaluate_configuration({**HOURS, **given}, ["total_cost"])


def test_bought_and_rented_are_not_one_axis() -> None:
    plan = cs.Plan(
        axes={"price_market": ["purchase", "specialised"]},
        constants={**HOURS, "accelerator": "h100-sxm5"},
        output={"quantities": ["total_cost"]},
    )
    with pytest.raises(PlanError, match="compare them in two plans"):
        bind(plan)
