import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

FLEET = {"devices": 10, "device_embodied": 500, "device_power": 1000, "pue": 1.0, "carbon_intensity": 300}


def test_six_years_of_a_falling_grid(evaluate):
    """1 kW, 8,760 h a year, 300 g/kWh that fall by 5 % a year: 2,628 kg (1 + 0.95 + ... + 0.95^5) = 13,923.57 kg."""
    use = {"device_power": 1000, "pue": 1, "carbon_intensity": 300, "grid_decline_rate": 0.05, "horizon_years": 6}
    by_year = sum(8760 * 0.3 * 0.95**year for year in range(6))
    assert by_year == pytest.approx(13_923.57, abs=5e-3)
    assert evaluate("horizon_operational_carbon", **use) == pytest.approx(by_year, rel=1e-12)


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
