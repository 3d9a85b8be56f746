"""The lowest hours of windows against sorting them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from carbonsweep.catalogs import load
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.kernels.curves import HOURS, curve_row, looking_up, lowest_mean, mean_over_window, threshold
from carbonsweep.kernels.lowest_hours import lowest_of_window, window_pauses, window_threshold, with_ranks

CISO = hourly_values(load("profiles").get("eia930/CISO"))
TIES = np.tile(np.repeat([5.0, 9.0, 7.0], 4), 730)  # as a table of 12 x 24 has them
TABLE = np.stack([with_ranks(curve_row(hours), hours) for hours in (CISO, TIES)])


@pytest.fixture(autouse=True)
def table():
    with looking_up(TABLE):
        yield


def _window(hours: np.ndarray, start: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    """The hours of a window and how much of each is inside."""
    first, last = int(np.floor(start)), int(np.ceil(start + length))
    edges = np.arange(first, last + 1.0)
    weights = np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start)
    return hours[np.arange(first, last) % HOURS], weights


def _lowest(hours: np.ndarray, start: float, length: float, share: float) -> tuple[float, float]:
    values, weights = _window(hours, start, length)
    order = np.argsort(values, kind="stable")
    taken = np.minimum(np.cumsum(weights[order]), share * length)
    parts = np.diff(taken, prepend=0.0)
    return float(parts @ values[order]) / (share * length), float(values[order][parts > 1e-9][-1])


@pytest.mark.parametrize("curve", [0, 1])
def test_lowest_hours_are_those_of_sorting(curve: int) -> None:
    """Parts of hours, windows over the end of the year and of several years included."""
    random = np.random.default_rng(4)
    hours = (CISO, TIES)[curve]
    starts, lengths = random.uniform(0, HOURS, 60), 10.0 ** random.uniform(0.5, 4.5, 60)
    for start, length, share in zip(starts, lengths, random.uniform(0.02, 1.0, 60), strict=True):
        mean, last = _lowest(hours, start, length, share)
        assert lowest_of_window(curve, start, length, share) == pytest.approx(mean, rel=1e-9)
        assert window_threshold(curve, start, length, share) == last


def test_pauses_are_counted_from_the_hours() -> None:
    random = np.random.default_rng(5)
    for _ in range(40):
        start, length = float(random.integers(0, HOURS)), float(random.integers(2, 20000))
        share = random.uniform(0.05, 1.0)
        for curve, hours in enumerate((CISO, TIES)):
            values, _ = _window(hours, start, length)
            runs = values <= window_threshold(curve, start, length, share)
            expected = np.count_nonzero(runs[:-1] & ~runs[1:])
            assert window_pauses(curve, start, length, share) == pytest.approx(expected, abs=1e-6)


def test_a_window_of_a_year_is_the_year_and_all_of_a_window_its_mean() -> None:
    for share in (0.25, 0.75, 1.0):
        assert lowest_of_window(0, 1234.0, 8760.0, share) == pytest.approx(lowest_mean(0, share), rel=1e-12)
        assert window_threshold(0, 1234.0, 8760.0, share) == threshold(0, share)
    assert lowest_of_window(0, 8700.25, 719.5, 1.0) == pytest.approx(mean_over_window(0, 8700.25, 719.5), rel=1e-12)
    assert window_pauses(0, 8700.25, 719.5, 1.0) == 0
    assert lowest_of_window(0, 0.0, 8760.0, 0.75) == pytest.approx(222.84, abs=5e-3)


def test_too_short_windows_and_rows_without_ranks_have_no_value() -> None:
    noisy = with_ranks(curve_row(CISO, 168.0), CISO)
    with looking_up(noisy[None]):
        assert np.isnan(
            [lowest_of_window(0, 0, 167, 0.5), window_threshold(0, 0, 167, 0.5), window_pauses(0, 0, 167, 0.5)]
        ).all()
        assert lowest_of_window(0, 0, 168, 0.5) > 0
    with looking_up(curve_row(CISO)[None]):
        assert np.isnan(lowest_of_window(0, 0, 720, 0.5))


WINDOW = {
    "carbon_intensity": "paused_window",
    "run_threshold": "window",
    "calendar_intensity": "window",
    "pause_count": "window",
}


def test_a_paused_run_with_a_start_by_hand(evaluate: Callable[..., float]) -> None:
    """30 days of work in 40, from hour 3000 on: the lowest 720 of its own 960 hours, found by sorting them."""
    given = {
        "profile_curve": 0,
        "run_fraction": 0.75,
        "training_days": 30,
        "start_hour": 3000,
        "facility_energy": 1e6,
        "pue": 1.2,
        "idle_power_per_device": 300,
        "device_power": 1000,
        "devices": 1000,
        "checkpoint_time": 30,
        "restart_time": 570,
    }
    hours = CISO[3000:3960]
    lowest, last = np.sort(hours)[:720].mean(), np.sort(hours)[719]
    runs = hours <= last
    pauses = np.count_nonzero(runs[:-1] & ~runs[1:])
    assert evaluate("carbon_intensity", WINDOW, **given) == pytest.approx(lowest, rel=1e-12)
    assert evaluate("run_threshold", WINDOW, **given) == last
    assert evaluate("calendar_intensity", WINDOW, **given) == pytest.approx(hours.mean(), rel=1e-12)
    assert evaluate("pause_count", WINDOW, **given) == pytest.approx(pauses)
    above = (hours.mean() - 0.75 * lowest) / 0.25
    assert evaluate("paused_intensity", WINDOW, **given) == pytest.approx(above)
    expected = (1e6 * lowest + 1e5 * above + pauses * 1e6 / 6e3 * 1.2 * hours.mean()) / 1000
    assert evaluate("operational_carbon", WINDOW, **given) == pytest.approx(expected)
