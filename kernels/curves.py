"""Curves: arrays over time that equations look up, such as the carbon intensity of every hour of a year.

An equation gets a *handle*, the row of its curve in the table of a plan, and looks it up by the functions below. All of
them come down to `curve_at`, one element of a row, which nests, plain evaluation and bounds know by themselves. A row
holds, at the places that the functions name:

    0       hours of a period: 8760
    1       mean
    2       the shortest window that the data tell anything of, in hours
    16      sums of the first 0..8760 hours
    9000    the same of the hours in order of value, the lowest first
    18000   the hours in order of value
    27000   how often a run below the threshold of the lowest 0..8760 hours is interrupted in a period
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

HOURS = 8760
SUMS, SORTED_SUMS, SORTED, PAUSES = 16, 9000, 18000, 27000
WIDTH = PAUSES + HOURS + 1

_table: ContextVar[np.ndarray | None] = ContextVar("curves", default=None)


@contextmanager
def looking_up(table: np.ndarray | None) -> Iterator[None]:
    """Evaluate in plain Python with a plan's table of curves; None leaves the one that is there."""
    if table is None:
        yield
        return
    token = _table.set(table)
    try:
        yield
    finally:
        _table.reset(token)


def current_table() -> np.ndarray | None:
    """The table that is looked up now."""
    return _table.get()


def curve_at(curve, position):
    """An element of the row of a curve; NaN where there is none. Nests have their own instruction for it."""
    table = _table.get()
    if table is None or not (0.0 <= curve < table.shape[0] and 0.0 <= position < table.shape[1]):
        return np.float64(np.nan)
    return table[np.int64(curve), np.int64(position)]


curve_at.__dict__["instruction"] = True


def curve_row(values: np.ndarray, shortest: float = 0.0) -> np.ndarray:
    """The row of a curve of hourly values.

    Parameters
    ----------
    values
        One for each hour of a year of 365 days.
    shortest
        The shortest window that they tell anything of, in hours.
    """
    hours = np.asarray(values, dtype=np.float64)
    order = np.argsort(hours, kind="stable")
    row = np.zeros(WIDTH)
    row[:3] = HOURS, hours.mean(), shortest
    row[SUMS + 1 : SUMS + HOURS + 1] = np.cumsum(hours)
    row[SORTED_SUMS + 1 : SORTED_SUMS + HOURS + 1] = np.cumsum(hours[order])
    row[SORTED : SORTED + HOURS] = hours[order]
    # A run over the k lowest hours pauses after an hour of rank below k that one of rank k or above follows.
    rank = np.empty(HOURS, dtype=np.int64)
    rank[order] = np.arange(HOURS)
    after = np.roll(rank, -1)
    change = np.zeros(HOURS + 2)
    np.add.at(change, rank[rank < after] + 1, 1.0)
    np.add.at(change, after[rank < after] + 1, -1.0)
    # Hours at the threshold itself run: as many as are not above that of the last.
    within = np.searchsorted(row[SORTED : SORTED + HOURS], row[SORTED : SORTED + HOURS], side="right")
    row[PAUSES + 1 : PAUSES + HOURS + 1] = np.cumsum(change)[within]
    return row


def curve_mean(curve):
    """Mean of a curve over its period."""
    return curve_at(curve, 1.0)


def sum_up_to(curve, hours):
    """Sum of a curve from the start of its period over some hours: periodic, linear within an hour."""
    periods = np.floor(hours / 8760.0)
    inside = hours - 8760.0 * periods
    whole = np.minimum(np.floor(inside), 8759.0)
    below = curve_at(curve, 16.0 + whole)
    above = curve_at(curve, 17.0 + whole)
    return periods * curve_at(curve, 8776.0) + below + (above - below) * (inside - whole)


def mean_over_window(curve, start, length):
    """Mean of a curve over a window; NaN where that is shorter than the data tell anything of."""
    if length < curve_at(curve, 2.0):
        return np.nan
    return (sum_up_to(curve, start + length) - sum_up_to(curve, start)) / length


def lowest_mean(curve, share):
    """Mean of a curve over the share of its hours in which it is lowest."""
    hours = 8760.0 * share
    whole = np.minimum(np.floor(hours), 8759.0)
    below = curve_at(curve, 9000.0 + whole)
    above = curve_at(curve, 9001.0 + whole)
    return (below + (above - below) * (hours - whole)) / hours


def threshold(curve, share):
    """The value below which a curve lies for a share of its hours: that of the last of them."""
    return curve_at(curve, 18000.0 + np.maximum(np.ceil(8760.0 * share - 1e-6) - 1.0, 0.0))


def pauses(curve, share):
    """How often a run over the lowest share of the hours is interrupted in a period."""
    return curve_at(curve, 27000.0 + np.rint(8760.0 * share))


def lower_half(curve, bound, position, step):
    """One step of a binary search: the position after it if the hour there is not above a bound."""
    if curve_at(curve, 17999.0 + position + step) <= bound and position + step <= 8760.0:
        return position + step
    return position


def mean_below(curve, cap):
    """Mean of a curve with all above a cap cut off."""
    under = lower_half(curve, cap, 0.0, 8192.0)
    under = lower_half(curve, cap, under, 4096.0)
    under = lower_half(curve, cap, under, 2048.0)
    under = lower_half(curve, cap, under, 1024.0)
    under = lower_half(curve, cap, under, 512.0)
    under = lower_half(curve, cap, under, 256.0)
    under = lower_half(curve, cap, under, 128.0)
    under = lower_half(curve, cap, under, 64.0)
    under = lower_half(curve, cap, under, 32.0)
    under = lower_half(curve, cap, under, 16.0)
    under = lower_half(curve, cap, under, 8.0)
    under = lower_half(curve, cap, under, 4.0)
    under = lower_half(curve, cap, under, 2.0)
    under = lower_half(curve, cap, under, 1.0)
    return (curve_at(curve, 9000.0 + under) + cap * (8760.0 - under)) / 8760.0
