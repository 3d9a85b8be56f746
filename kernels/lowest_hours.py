"""The lowest hours of a window of a curve: what pausing by a threshold of the window itself meets.

The hours of a year have ranks 0..8759 by their value. In the table of a plan the row of a curve goes on, behind what
`curves` says, with two *wavelet matrices*: of the ranks, and for each hour of the higher of its own and the next rank.
Level by level, from the highest bit of a rank to the lowest, all with a zero there are put before all with a one; what
is kept is how many zeros the first hours have, so that any window is followed into one half or the other by a few
look-ups.

    36000 + 9000 level   zeros among the first 0..8760 ranks, in the order of the level
    162000 + 9000 level  sums of the first 0..8760 values, in the order after the level
    288000 + 9000 level  as the first, of the higher rank of two hours
    414000               the last rank of the same value as each
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.curves import HOURS, SORTED, WIDTH, curve_at

ZEROS, VALUES, CHANGES, TIED = 36000, 162000, 288000, 414000
STRIDE, LEVELS = 9000, 14
LONG_WIDTH = TIED + HOURS


def with_ranks(row: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The row of a curve with what the lowest hours of its windows are found by."""
    long = np.zeros(LONG_WIDTH)
    long[:WIDTH] = row
    rank = np.empty(HOURS, dtype=np.int64)
    rank[np.argsort(hours, kind="stable")] = np.arange(HOURS)
    _matrix(long, rank, ZEROS, hours)
    _matrix(long, np.maximum(rank, np.roll(rank, -1)), CHANGES)
    ordered = row[SORTED : SORTED + HOURS]
    long[TIED:] = np.searchsorted(ordered, ordered, side="right") - 1.0
    return long


def _matrix(row: np.ndarray, numbers: np.ndarray, place: int, values: np.ndarray | None = None) -> None:
    for level in range(LEVELS):
        zero = (numbers >> (LEVELS - 1 - level)) & 1 == 0
        start = place + STRIDE * level
        row[start + 1 : start + HOURS + 1] = np.cumsum(zero)
        order = np.argsort(~zero, kind="stable")
        numbers = numbers[order]
        if values is not None:
            values = values[order]
            start = VALUES + STRIDE * level
            row[start + 1 : start + HOURS + 1] = np.cumsum(values)


def up_to(curve, place, hours):
    """A count or sum of the first hours: linear within one."""
    whole = np.minimum(np.floor(hours), 8759.0)
    below = curve_at(curve, place + whole)
    return below + (curve_at(curve, place + 1.0 + whole) - below) * (hours - whole)


def lowest_hours(curve, start, length, share, ranked):
    """Mean over the share of a window in which a curve is lowest or, if asked for, the rank of the last of these hours.

    The window may go on through several years. Hours at its ends count by the part of them inside. NaN where the
    window is shorter than the data tell anything of, and where the row has no ranks.
    """
    known = curve_at(curve, 422759.0)
    if length < curve_at(curve, 2.0) or known != known:
        return np.nan
    years = np.floor((start + length) / 8760.0)
    low, high, first, last = 0.0, 8760.0, start + 0.0, start + length - 8760.0 * years
    wanted = share * length
    left, total, rank, level, step = wanted + 0.0, 0.0, 0.0, 0.0, 8192.0
    while step >= 1.0:
        zeros = 36000.0 + 9000.0 * level
        low_0, high_0 = curve_at(curve, zeros + low), curve_at(curve, zeros + high)
        first_0, last_0 = up_to(curve, zeros, first), up_to(curve, zeros, last)
        here = years * (high_0 - low_0) + last_0 - first_0
        if left <= here + 1e-9 or years * (high - low) + last - first <= here + 1e-9:
            low, high, first, last = low_0, high_0, first_0, last_0
        else:
            sums = zeros + 126000.0
            whole = curve_at(curve, sums + high_0) - curve_at(curve, sums + low_0)
            total = total + years * whole + up_to(curve, sums, last_0) - up_to(curve, sums, first_0)
            left = left - here
            rank = rank + step
            ones = curve_at(curve, zeros + 8760.0)
            low, high = ones + low - low_0, ones + high - high_0
            first, last = ones + first - first_0, ones + last - last_0
        level, step = level + 1.0, step / 2.0
    if ranked > 0.0:
        return rank
    return (total + left * curve_at(curve, 18000.0 + rank)) / wanted


def hours_below(curve, place, start, length, bound):
    """Hours of a window whose number in one of the matrices is below a bound."""
    years = np.floor((start + length) / 8760.0)
    low, high, first, last = 0.0, 8760.0, start + 0.0, start + length - 8760.0 * years
    left, found, level, step = bound + 0.0, 0.0, 0.0, 8192.0
    while step >= 1.0:
        zeros = place + 9000.0 * level
        ones = curve_at(curve, zeros + 8760.0)
        low_0, high_0 = curve_at(curve, zeros + low), curve_at(curve, zeros + high)
        first_0, last_0 = up_to(curve, zeros, first), up_to(curve, zeros, last)
        if left < step:
            low, high, first, last = low_0, high_0, first_0, last_0
        else:
            found = found + years * (high_0 - low_0) + last_0 - first_0
            left = left - step
            low, high, first, last = (
                ones + low - low_0,
                ones + high - high_0,
                ones + first - first_0,
                ones + last - last_0,
            )
        level, step = level + 1.0, step / 2.0
    return found


def lowest_of_window(curve, start, length, share):
    """Mean of a curve over the share of a window in which it is lowest."""
    return lowest_hours(curve, start, length, share, 0.0)


def window_threshold(curve, start, length, share):
    """The value below which a curve lies for a share of a window: that of the last of these hours."""
    return curve_at(curve, 18000.0 + lowest_hours(curve, start, length, share, 1.0))


def window_pauses(curve, start, length, share):
    """How often a run over the lowest share of the hours of a window is interrupted; hours at the threshold run."""
    rank = lowest_hours(curve, start, length, share, 1.0)
    if length <= 1.0 or rank != rank:
        return 0.0 * rank
    running = curve_at(curve, 414000.0 + rank) + 1.0
    among = hours_below(curve, 36000.0, start, length - 1.0, running)
    return np.maximum(among - hours_below(curve, 288000.0, start, length - 1.0, running), 0.0)
