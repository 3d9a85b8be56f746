"""Bounds of looked-up curves hold over boxes of any shape, and close in on a point."""

from __future__ import annotations

import numpy as np
import pytest

from carbonsweep.kernels import curves, lowest_hours
from carbonsweep.kernels.curves import looking_up
from carbonsweep.kernels.lowest_hours import with_ranks
from carbonsweep.reductions.curve_bounds import RULES
from tests.curves import HOURLY, TABLE

RANKED = np.stack([with_ranks(row, hours) for row, hours in zip(TABLE, HOURLY, strict=True)])

BOXES, POINTS = 400, 12
WINDOWS = ("lowest_of_window", "window_threshold", "window_pauses")
"""Slow in plain Python: fewer boxes are looked at."""


def _span(random: np.random.Generator, low: float, high: float, widest: float) -> np.ndarray:
    """Points of boxes, narrow and wide ones, some of them a single value."""
    start = random.uniform(low, high, (BOXES, 1))
    width = (high - low) * widest * random.choice([0.0, 1e-6, 1e-2, 1.0], (BOXES, 1)) * random.random((BOXES, POINTS))
    return np.minimum(start + width, high)


def _points(name: str, random: np.random.Generator) -> list[np.ndarray]:
    handles = np.repeat(random.integers(0, 3, (BOXES, 1)), POINTS, axis=1)
    mixed = random.random(BOXES) < 0.2
    handles[mixed] = random.integers(0, 3, (int(mixed.sum()), POINTS))
    others = {
        "curve_mean": [],
        "mean_over_window": [_span(random, 0.0, 8759.9, 0.2), np.exp(_span(random, np.log(0.5), np.log(3e4), 0.3))],
        "lowest_mean": [_span(random, 1e-4, 1.0, 0.4)],
        "threshold": [_span(random, 1e-4, 1.0, 0.4)],
        "pauses": [_span(random, 1e-4, 1.0, 0.4)],
        "mean_below": [_span(random, -50.0, 900.0, 0.3)],
    }
    window = [_span(random, 0.0, 8759.9, 0.05), np.exp(_span(random, np.log(30.0), np.log(2e4), 0.1))]
    window.append(_span(random, 0.05, 0.999, 0.2))
    others |= dict.fromkeys(WINDOWS, window)
    points = [handles + 0.0, *others[name]]
    for one in points:
        one[:15] = one[:15, :1]  # a single point
    return [one[:70, :4] for one in points] if name in WINDOWS else points


@pytest.mark.parametrize("name", RULES)
def test_bounds_hold_and_close_in(name: str) -> None:
    random = np.random.default_rng(11)
    points = _points(name, random)
    boxes, width = points[0].shape
    function = getattr(curves, name, None) or getattr(lowest_hours, name)
    with looking_up(RANKED), np.errstate(all="ignore"):
        low, high, nan = RULES[name](*((one.min(axis=1), one.max(axis=1)) for one in points))
        values = np.array(
            [[function(*(one[box, point] for one in points)) for point in range(width)] for box in range(boxes)]
        )
    missing = np.isnan(values)
    assert nan[missing.any(axis=1)].all()
    assert (missing | ((low[:, None] <= values) & (values <= high[:, None]))).all()
    single = np.logical_and.reduce([np.ptp(one, axis=1) == 0 for one in points]) & ~missing.any(axis=1)
    assert single.sum() > 10
    assert (high - low)[single] == pytest.approx(0, abs=1e-5 if name in WINDOWS else 1e-6)


def test_a_month_of_starts_is_bounded_by_its_windows_not_by_its_hours() -> None:
    """Sums bound a long window far better than the lowest and the highest hour in reach."""
    start, length = (np.array([2900.0]), np.array([2950.0])), (np.array([2160.0]), np.array([2160.0]))
    with looking_up(TABLE):
        low, high, nan = RULES["mean_over_window"]((np.zeros(1), np.zeros(1)), start, length)
        mean = curves.mean_over_window(0, 2925.0, 2160.0)
    assert not nan[0]
    assert 0.95 * mean < low[0] <= mean <= high[0] < 1.05 * mean


def test_pausing_in_a_window_is_bounded_by_its_lowest_hours() -> None:
    """Starts of a few hours and one length: within a few per cent."""
    ends = [(np.array([low]), np.array([high])) for low, high in ((2900.0, 2910.0), (2160.0, 2160.0), (0.7, 0.75))]
    with looking_up(RANKED):
        low, high, nan = RULES["lowest_of_window"]((np.zeros(1), np.zeros(1)), *ends)
        inside = lowest_hours.lowest_of_window(0, 2905.0, 2160.0, 0.72)
    assert not nan[0]
    assert 0.95 * inside < low[0] <= inside <= high[0] < 1.05 * inside


def test_a_table_without_ranks_bounds_nothing_of_windows() -> None:
    ends = [(np.array([one]), np.array([one])) for one in (0.0, 100.0, 720.0, 0.5)]
    with looking_up(TABLE):
        for name in WINDOWS:
            _, _, nan = RULES[name](*ends)
            assert nan[0]
