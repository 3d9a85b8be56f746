"""Curves: windows, lowest hours and pauses of the shipped profiles, by the numbers of the specification and by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from carbonsweep.catalogs import load
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.kernels.curves import (
    HOURS,
    curve_at,
    curve_mean,
    curve_row,
    looking_up,
    lowest_mean,
    mean_below,
    mean_over_window,
    pauses,
    sum_up_to,
    threshold,
)

AREAS = ("CISO", "ERCO", "SOCO", "BPAT", "PJM")
HOURLY = {area: hourly_values(load("profiles").get(f"eia930/{area}")) for area in AREAS}
TABLE = np.stack([curve_row(hours) for hours in HOURLY.values()])


@pytest.fixture(autouse=True)
def table():
    with looking_up(TABLE):
        yield


def _starts(area: str, days: int) -> np.ndarray:
    """Means of all windows of some days, by prefix sums of NumPy."""
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([HOURLY[area]] * 2))])
    return (sums[24 * days : 24 * days + HOURS] - sums[:HOURS]) / (24 * days)


def test_windows_of_the_specification() -> None:
    assert mean_over_window(0, 0, 720) == pytest.approx(262.863, abs=5e-4)
    assert curve_mean(0) == pytest.approx(256.161, abs=5e-4)
    assert mean_over_window(0, 1234.5, 8760) == pytest.approx(256.161, abs=5e-4)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (30, [(3038, 171.042, -33.2), (1697, 266.871, -23.1), (1968, 391.129, -7.6), (2917, 25.016, -54.3)]),
        (30, [None, None, None, None, (6391, 324.803, -10.5)]),
        (90, [(1936, 195.489), (1491, 289.256), (1146, 404.681), (2672, 30.073), (6078, 335.725)]),
    ],
)
def test_best_starts(days: int, expected: list) -> None:
    for number, (area, best) in enumerate(zip(AREAS, expected, strict=False)):
        if best is None:
            continue
        means = _starts(area, days)
        assert int(np.argmin(means)) == best[0]
        assert mean_over_window(number, best[0], 24 * days) == pytest.approx(best[1], abs=5e-4)
        if len(best) > 2:
            assert 100 * (best[1] / curve_mean(number) - 1) == pytest.approx(best[2], abs=0.05)


def test_a_look_up_is_the_sum_of_hours() -> None:
    """Any start and length, parts of hours and several years included; sums of float32 fail this."""
    random = np.random.default_rng(3)
    hours = HOURLY["BPAT"]
    for start, length in zip(random.uniform(0, HOURS, 200), 10.0 ** random.uniform(-1, 4.7, 200), strict=True):
        first, last = int(np.floor(start)), int(np.floor(start + length))
        every = hours[np.arange(first, last + 1) % HOURS]
        weights = np.ones(len(every))
        weights[0] -= start - first
        weights[-1] -= last + 1 - (start + length)
        assert mean_over_window(3, start, length) == pytest.approx(float(weights @ every) / length, rel=1e-9)
    assert sum_up_to(3, 2.0 * HOURS) == pytest.approx(2 * hours.sum(), rel=1e-12)


def test_lowest_hours() -> None:
    for number, expected in enumerate((222.84, 316.80, 411.44, 45.75, 348.29)):
        assert lowest_mean(number, 0.75) == pytest.approx(expected, abs=5e-3)
        assert lowest_mean(number, 1.0) == pytest.approx(curve_mean(number), rel=1e-12)
    lowest = np.sort(HOURLY["CISO"])
    assert lowest_mean(0, 0.333) == pytest.approx((lowest[:2917].sum() + 0.08 * lowest[2917]) / 2917.08, rel=1e-9)
    assert threshold(0, 0.5) == lowest[4379]
    assert (threshold(0, 1.0), threshold(0, 1e-9)) == (lowest[-1], lowest[0])


def test_pauses_of_the_specification() -> None:
    """Crossings a year at three quarters of the hours; and counted from the hours themselves."""
    found = {area: pauses(number, 0.75) for number, area in enumerate(AREAS)}
    assert found == {"CISO": 238, "SOCO": 245, "PJM": 168, "ERCO": 246, "BPAT": 150}
    assert pauses(0, 1.0) == 0
    for share in (0.1, 0.5, 0.9):
        run = HOURLY["PJM"] <= threshold(4, share)
        assert pauses(4, share) == np.count_nonzero(run & ~np.roll(run, -1))


def test_what_lies_below_a_cap() -> None:
    for cap in (-1.0, 0.0, 12.3, 54.7, 1e4):
        assert mean_below(3, cap) == pytest.approx(np.minimum(HOURLY["BPAT"], cap).mean(), rel=1e-9, abs=1e-9)


def test_outside_of_the_table_there_is_nothing() -> None:
    assert np.isnan([curve_at(-1, 0), curve_at(5, 0), curve_at(0, 1e9), curve_at(np.nan, 0), curve_at(0, np.nan)]).all()
    with looking_up(np.stack([curve_row(HOURLY["CISO"], 168.0)])):
        assert np.isnan(mean_over_window(0, 0, 167))
        assert mean_over_window(0, 0, 168) > 0


MARGINAL, PAUSED = {"profile_scale": "none"}, {"carbon_intensity": "paused"}


def test_months_and_kinds(evaluate: Callable[..., float]) -> None:
    starts = [evaluate("start_hour", start_month=month) for month in range(1, 13)]
    assert starts == [0, 744, 1416, 2160, 2880, 3624, 4344, 5088, 5832, 6552, 7296, 8016]
    curves = {"average_curve": 2, "marginal_curve": 4}
    assert [evaluate("profile_curve", accounting=kind, **curves) for kind in (0, 3)] == [2, 4]
    assert np.isnan(evaluate("profile_curve", accounting=1, **curves))


def test_scaled_to_the_row(evaluate: Callable[..., float]) -> None:
    """The shape of the profile with the level of the region's row."""
    variants = {"carbon_intensity": "window", "profile_scale": "row", "row_intensity": "location_lifecycle"}
    given = {"profile_curve": 0, "start_hour": 3038, "training_days": 30, "lifecycle_intensity": 500}
    assert evaluate("carbon_intensity", variants, **given) == pytest.approx(500 * 171.042 / 256.161, rel=1e-5)
    assert evaluate("profile_scale", variants, **given) == pytest.approx(500 / 256.161, rel=1e-5)
    assert evaluate("profile_mean", variants, **given) == pytest.approx(500)


def _paused(evaluate: Callable[..., float], quantity: str, **given: float) -> float:
    run = {
        "profile_curve": 0,
        "run_fraction": 0.75,
        "training_days": 219,
        "facility_energy": 1e6,
        "pue": 1.2,
        "idle_power_per_device": 300,
        "device_power": 1000,
        "devices": 1000,
        "checkpoint_time": 30,
        "restart_time": 570,
        "lifetime_years": 4,
        "fleet_utilisation": 1,
    }
    return evaluate(quantity, PAUSED, **{**run, **given})


def test_a_paused_run_by_hand(evaluate: Callable[..., float]) -> None:
    """A run of 219 days in 292: 238 pauses a year, 0.3 of the power while it waits, 10 minutes to start again."""
    lowest, mean = lowest_mean(0, 0.75), curve_mean(0)
    above = (mean - 0.75 * lowest) / 0.25
    assert _paused(evaluate, "calendar_days") == 292
    assert _paused(evaluate, "pause_count") == pytest.approx(238 * 292 / 365)
    assert _paused(evaluate, "idle_power_ratio") == 0.3
    assert _paused(evaluate, "restart_energy") == pytest.approx(1000 * 1000 * 600 / 3.6e6)
    assert _paused(evaluate, "paused_intensity") == pytest.approx(above)
    assert _paused(evaluate, "paused_energy") == pytest.approx(1e5)
    assert _paused(evaluate, "run_threshold") == threshold(0, 0.75)
    restarts = 238 * 0.8 * 1e6 / 6e3 * 1.2 * mean
    expected = (1e6 * lowest + 1e5 * above + restarts) / 1000
    assert _paused(evaluate, "operational_carbon") == pytest.approx(expected)


def test_hardware_that_is_held_ages_while_it_waits(evaluate: Callable[..., float]) -> None:
    assert _paused(evaluate, "lifetime_share") == pytest.approx(219 / 1460 / 0.75)
    assert _paused(evaluate, "lifetime_share", pausing_hardware=1) == pytest.approx(219 / 1460)
    assert _paused(evaluate, "paused_energy", pausing_hardware=1) == 0
    hours = {"device_hours": 8760, "device_embodied": 100, "spare_fraction": 0}
    assert _paused(evaluate, "embodied_carbon", **hours) == pytest.approx(100 / 4 / 0.75)
    assert _paused(evaluate, "embodied_carbon", pausing_hardware=1, **hours) == pytest.approx(25)


def test_a_run_that_never_pauses_is_one_at_the_mean(evaluate: Callable[..., float]) -> None:
    expected = evaluate("operational_carbon", facility_energy=1e6, carbon_intensity=curve_mean(0))
    assert _paused(evaluate, "operational_carbon", run_fraction=1.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("area", "limit"), [("SOCO", 0.077), ("PJM", 0.107), ("ERCO", 0.208), ("CISO", 0.281), ("BPAT", 0.330)]
)
def test_when_pausing_stops_paying(evaluate: Callable[..., float], area: str, limit: float) -> None:
    """Up to this share of embodied carbon running three quarters of the hours is better, without idle power."""
    number = AREAS.index(area)
    operation = curve_mean(number) * 1e6 / 1000
    for share, pays in ((limit - 6e-4, True), (limit + 6e-4, False)):
        embodied = operation * share / (1 - share)
        given = {"profile_curve": number, "idle_power_per_device": 0, "checkpoint_time": 0, "restart_time": 0}
        total = _paused(evaluate, "operational_carbon", **given) + embodied / 0.75
        assert (total < operation + embodied) == pays


def test_matching_by_the_hour(evaluate: Callable[..., float]) -> None:
    """Unmatched where a year's purchases equal a year's load, 0 by the year; half a load's worth is matched in full."""
    areas = ("CISO", "ERCO", "BPAT")
    hourly = [hourly_values(load("profiles").get(f"eia930-cfe/{area}")) for area in areas]
    with looking_up(np.stack([curve_row(hours) for hours in hourly])):
        for number, unmatched in enumerate((0.1597, 0.1517, 0.0208)):
            purchase = {"purchase_curve": number, "contracted_share": 1}
            assert 1 - evaluate("matched_share", **purchase) == pytest.approx(unmatched, abs=5e-5)
            half = evaluate("matched_share", purchase_curve=number, contracted_share=0.5)
            assert half == pytest.approx(np.minimum(1, 0.5 * hourly[number] / hourly[number].mean()).mean(), rel=1e-9)
            assert half == pytest.approx(0.5, abs=5e-4)
        assert evaluate("matched_share", purchase_curve=0, contracted_share=0) == 0
        market = {"purchase_curve": 0, "contracted_share": 1, "residual_intensity": 400, "contracted_intensity": 10}
        matched = evaluate("matched_share", **market)
        assert evaluate("market_intensity", **market) == pytest.approx(10 * matched + 400 * (1 - matched))
        over = evaluate("matching_overclaim", facility_energy=1e6, **market)
        assert over == pytest.approx(1e6 * 400 * 0.1597 / 1000, rel=1e-3)
