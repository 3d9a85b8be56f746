import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.configuration.evaluate import evaluate as evaluate_graph
from carbonsweep.grid.bind import bind
from carbonsweep.kernels.curves import looking_up
from carbonsweep.kernels.years import mean_of_years, sum_until, year_value, years_row

FLEET = {"devices": 10, "device_embodied": 500, "device_power": 1000, "pue": 1.0, "carbon_intensity": 300}


def test_six_years_of_a_falling_grid(evaluate):
    """1 kW, 8,760 h a year, 300 g/kWh that fall by 5 % a year: 2,628 kg (1 + 0.95 + ... + 0.95^5) = 13,923.57 kg."""
    use = {"device_power": 1000, "pue": 1, "carbon_intensity": 300, "grid_decline_rate": 0.05, "horizon_years": 6}
    by_year = sum(8760 * 0.3 * 0.95**year for year in range(6))
    assert by_year == pytest.approx(13_923.57, abs=5e-3)
    assert evaluate("horizon_operational_carbon", **use) == pytest.approx(by_year, rel=1e-12)


def test_a_change_that_is_hardly_one(evaluate):
    """1 - growth of 1e-9: the difference of two powers near one had lost nine digits."""
    for change in (1e-9, -3e-8, 9e-7, 2e-6):
        fleet = {**FLEET, "horizon_years": 4, "replacement_years": 4, "demand_growth": 1 - change, "sold_on": 0}
        work = sum(10 * (1 - change) ** year * 8760 * 0.3 for year in range(4))
        bought = 10 * max(1, (1 - change) ** 3) * 500
        assert evaluate("refresh_carbon", **fleet) == pytest.approx(work + bought, rel=1e-9)


def test_intensity(evaluate):
    steady = {"carbon_intensity": 300, "horizon_years": 7.5}
    assert evaluate("horizon_intensity", **steady) == 300
    assert evaluate("horizon_intensity", **steady, grid_decline_rate=1e-7) == pytest.approx(300, rel=1e-5)
    later = evaluate("horizon_intensity", **steady, grid_decline_rate=0.1, start_year_offset=2)
    assert later == pytest.approx(0.81 * evaluate("horizon_intensity", **steady, grid_decline_rate=0.1))


@given(
    st.integers(1, 12), st.integers(1, 13), st.floats(0, 0.3), st.floats(0, 0.5), st.floats(0.8, 1.5), st.integers(0, 1)
)
def test_generations_year_by_year(evaluate, horizon, kept, decline, gain, growth, sold_on):
    """Against a plain count of the years."""
    total = 0.0
    for year in range(horizon):
        first = year - year % kept
        rate = (1 + gain) ** first
        if year == first:
            years = min(kept, horizon - first)
            share = min(years / 4, 1) if sold_on else 1
            largest = max(growth**other for other in range(first, first + years))
            total += 10 * largest / rate * 500 * share
        total += 10 * growth**year / rate * 8760 * 0.3 * (1 - decline) ** year
    calendar = {"horizon_years": horizon, "replacement_years": kept, "grid_decline_rate": decline}
    calendar |= {"generation_gain": gain, "demand_growth": growth, "sold_on": sold_on, "lifetime_years": 4}
    assert evaluate("refresh_carbon", **FLEET, **calendar) == pytest.approx(total, rel=1e-9)


def test_keep_on_a_clean_grid_and_replace_on_a_dirty_one(evaluate):
    """Half as much again a year: what little electricity costs in carbon decides how often it pays to buy anew."""

    def best(intensity: float) -> float:
        calendar = {"horizon_years": 12, "generation_gain": 0.5}
        fleet = {**FLEET, "carbon_intensity": intensity}
        return min(
            (1, 2, 3, 4, 6, 12), key=lambda k: evaluate("refresh_carbon", **fleet, **calendar, replacement_years=k)
        )

    assert best(0.1) > best(30) > best(1000)
    assert math.isfinite(best(1000))


USE = {"device_power": 1000, "pue": 1, "carbon_intensity": 300, "horizon_years": 6}
FALLING = ", ".join(f"{2026 + year}: {300 * 0.95**year!r}" for year in range(20))


def test_a_curve_over_years():
    with looking_up(years_row(np.array([2026, 2030, 2050]), np.array([400.0, 200.0, 50.0]))[None]):
        assert [year_value(0, year) for year in (1990, 2026, 2028.9, 2040, 2310, 2500)] == [400, 400, 300, 125, 50, 50]
        assert mean_of_years(0, 2026, 4) == pytest.approx((400 + 350 + 300 + 250) / 4)
        assert mean_of_years(0, 2027.5, 1) == pytest.approx((350 + 300) / 2)
        assert sum_until(0, 1990) == 0


def test_a_falling_curve_is_a_steady_decline():
    """2,628 kg (1 + 0.95 + ... + 0.95^5) = 13,923.57 kg again, the curve written out; its level does not count."""
    found = evaluate_configuration({**USE, "grid_by_year": FALLING, "base_year": 2026}, ["horizon_operational_carbon"])
    assert found.quantities["horizon_operational_carbon"] == pytest.approx(13_923.57, abs=5e-3)
    assert any("grid_by_year: 300 in 2026 to 113.2" in note for note in found.notes)
    fleet = {**FLEET, "horizon_years": 6, "demand_growth": 1.2, "generation_gain": 0.3, "replacement_years": 2}
    steady = evaluate_configuration({**fleet, "grid_decline_rate": 0.05}, ["refresh_carbon"])
    curve = evaluate_configuration({**fleet, "grid_by_year": FALLING, "base_year": 2026}, ["refresh_carbon"])
    assert curve.quantities["refresh_carbon"] == pytest.approx(steady.quantities["refresh_carbon"], rel=1e-12)


def test_what_starts_later_meets_later_years():
    curve = {"grid_by_year": "2026: 2, 2028: 1, 2030: 1", "base_year": 2026}
    later = evaluate_configuration({**USE, **curve, "start_year_offset": 2}, ["horizon_intensity"])
    assert later.quantities["horizon_intensity"] == pytest.approx(150)
    now = evaluate_configuration({**USE, **curve, "horizon_years": 2}, ["horizon_intensity"])
    assert now.quantities["horizon_intensity"] == pytest.approx(300 * (1 + 0.75) / 2)


@given(st.integers(1, 12), st.integers(1, 13), st.floats(0, 0.5), st.floats(0.8, 1.5), st.integers(0, 1))
def test_generations_at_changing_prices_year_by_year(evaluate, horizon, kept, gain, growth, sold_on):
    electricity, device = np.linspace(1.0, 2.0, 13), np.linspace(1.0, 0.4, 13)
    years = np.arange(2026.0, 2039.0)
    total = 0.0
    for year in range(horizon):
        first = year - year % kept
        rate = (1 + gain) ** first
        if year == first:
            ahead = min(kept, horizon - first)
            share = min(ahead / 4, 1) if sold_on else 1
            largest = max(growth**other for other in range(first, first + ahead))
            total += 10 * largest / rate * 30_000 * device[first] * share
        total += 10 * growth**year / rate * 8760 * 0.1 * electricity[year]
    fleet = {**FLEET, "device_price": 30_000, "electricity_price": 0.1, "horizon_years": horizon, "sold_on": sold_on}
    fleet |= {"replacement_years": kept, "generation_gain": gain, "demand_growth": growth, "lifetime_years": 4}
    with looking_up(np.stack([years_row(years, electricity), years_row(years, device)])):
        places = {"base_year": 2026, "electricity_price_years": 0, "device_price_years": 1}
        assert evaluate("refresh_cost", **fleet, **places) == pytest.approx(total, rel=1e-9)


def test_one_price_may_change_and_the_other_stay():
    fleet = {**FLEET, "device_price": 30_000, "electricity_price": 0.1, "horizon_years": 4, "replacement_years": 2}
    steady = evaluate_configuration(fleet, ["refresh_cost"]).quantities["refresh_cost"]
    assert steady == pytest.approx(10 * (2 * 30_000 + 4 * 8760 * 0.1))
    half = {"device_price_by_year": "2026: 2, 2028: 1", "base_year": 2026}
    found = evaluate_configuration({**fleet, **half}, ["refresh_cost"])
    assert found.quantities["refresh_cost"] == pytest.approx(steady - 10 * 15_000)
    assert not any("2000" in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"grid_by_year": "2026: 1, 2030: 0.5"}, "grid_by_year needs base_year"),
        ({"grid_by_year": "2026: 1, 2030: 0.5", "grid_decline_rate": 0.1}, "both say how the grid changes; give one"),
        ({"grid_by_year": "2026: 1"}, "1 year; give 2 to 100"),
        ({"grid_by_year": "2030: 1, 2026: 2"}, "2026 stands behind 2030; give years in ascending order"),
        ({"grid_by_year": "2026: 1, 2030: -2"}, "'-2' in 2030 is below zero"),
        ({"grid_by_year": "2026: 1, 2030: much"}, "'much' is text; give years and values"),
        ({"grid_by_year": "1926: 1, 2030: 2"}, "1926 is outside 1990 to 2300"),
        ({"grid_by_year": "400, 200"}, "'400' is no year and value; give years and values such as"),
        ({"grid_by_year": "2026: 0, 2030: 1"}, "the value of base_year 2026 is zero"),
        ({"grid_years": 0}, "grid_years is a place in a table and no input; give grid_by_year"),
    ],
)
def test_refused_curves_over_years(values, said):
    base = {} if "needs base_year" in said else {"base_year": 2026}
    with pytest.raises(cs.PlanError) as error:
        evaluate_configuration({**USE, **base, **values}, ["horizon_operational_carbon"])
    assert said in str(error.value)


def test_scenarios_of_a_grid_are_an_axis():
    """Beside hourly profiles too, whose curves come first in the table: each point is what it is alone."""
    scenarios = ["2026: 1, 2050: 1", "2026: 1, 2036: 0.1"]
    axes = {"grid_by_year": scenarios, "profile": ["eia930/CISO", "eia930/ERCO"]}
    constants = {**FLEET, "horizon_years": 6, "base_year": 2026, "generation_gain": 0.2, "replacement_years": 3}
    del constants["carbon_intensity"]
    grid = bind(cs.Plan(axes=axes, constants=constants, output={"quantities": ["refresh_carbon"]}))
    found = {}
    for one, scenario in enumerate(scenarios):
        for two, profile in enumerate(axes["profile"]):
            given = dict(grid.constants)
            for axis, place in zip(grid.axes, (one, two), strict=True):
                given.update(zip(axis.fields, axis.matrix[:, place], strict=True))
            found[one, two] = evaluate_graph(grid.graph, given)["refresh_carbon"]
            alone = {**constants, "grid_by_year": scenario, "profile": profile}
            expected = evaluate_configuration(alone, ["refresh_carbon"]).quantities["refresh_carbon"]
            assert found[one, two] == pytest.approx(expected, rel=1e-13)
    assert found[1, 0] < found[0, 0] < found[0, 1]
