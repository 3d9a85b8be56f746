"""Bounds of what is looked up in curves, over boxes: the same functions as in `kernels.curves`, on ranges.

Ranges are arrays, one element a box, as in `interval`. Sums of a curve are rounded, so that bounds are widened by what
that may come to.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carbonsweep.kernels.curves import HOURS, PAUSES, SORTED, SORTED_SUMS, SUMS, current_table
from carbonsweep.reductions.lowest_hours import LowestHours

Array = np.ndarray
Ends = tuple[Array, Array]
"""The lowest and the highest value in each box."""
Found = tuple[Array, Array, Array]
"""The same of a result, low above high where there is none, and whether it may be NaN."""

ROUNDING = 64 * np.finfo(np.float64).eps
"""What may be lost in a difference of sums, relative to the sums."""
SORTED_ROUNDING = 1e-11
"""The same of a mean over sorted hours, relative to the highest: 8,760 roundings."""


class _Extremes:
    """The lowest and the highest of some consecutive values, in constant time."""

    def __init__(self, values: Array) -> None:
        self.lows, self.highs = [values], [values]
        step = 1
        while 2 * step <= len(values):
            low, high = self.lows[-1], self.highs[-1]
            self.lows.append(np.minimum(low[:-step], low[step:]))
            self.highs.append(np.maximum(high[:-step], high[step:]))
            step *= 2

    def over(self, first: Array, stop: Array) -> Ends:
        level = np.frexp((stop - first).astype(np.float64))[1] - 1
        low, high = np.empty(len(first)), np.empty(len(first))
        for power in np.unique(level):
            at = level == power
            begin, end = first[at], stop[at] - (1 << int(power))
            low[at] = np.minimum(self.lows[power][begin], self.lows[power][end])
            high[at] = np.maximum(self.highs[power][begin], self.highs[power][end])
        return low, high


class _Curve:
    """One row of a table of curves, prepared for bounds."""

    def __init__(self, row: Array) -> None:
        self.mean, self.shortest = float(row[1]), float(row[2])
        self.sums = row[SUMS : SUMS + HOURS + 1]
        self.sorted_sums = row[SORTED_SUMS : SORTED_SUMS + HOURS + 1]
        self.sorted = row[SORTED : SORTED + HOURS]
        self.pauses = _Extremes(row[PAUSES : PAUSES + HOURS + 1])
        self.low, self.high = float(self.sorted[0]), float(self.sorted[-1])
        self.largest = max(abs(self.low), abs(self.high))
        hours = np.diff(self.sums)
        self.hours = _Extremes(np.concatenate([hours, hours, hours]))
        self.lowest = LowestHours(row)

    def sum_up_to(self, hours: Array) -> Array:
        periods = np.floor(hours / HOURS)
        found: Array = periods * self.sums[HOURS] + np.interp(hours - HOURS * periods, np.arange(HOURS + 1), self.sums)
        return found

    def lowest_mean(self, share: Array) -> Array:
        found: Array = np.interp(HOURS * share, np.arange(HOURS + 1), self.sorted_sums) / (HOURS * share)
        return found

    def mean_below(self, cap: Array) -> Array:
        under = np.searchsorted(self.sorted, cap, side="right")
        found: Array = (self.sorted_sums[under] + np.where(under < HOURS, cap, 0.0) * (HOURS - under)) / HOURS
        return found


_prepared: tuple[Array | None, dict[int, _Curve]] = (None, {})


def _curves(table: Array) -> dict[int, _Curve]:
    """The curves of a table that were prepared; kept for the table that was asked for last."""
    global _prepared
    if _prepared[0] is not table:
        _prepared = (table, {})
    return _prepared[1]


def _each(curve: Ends, rule: Callable[[_Curve, Array], Found]) -> Found:
    """Bounds over all the curves that each box has."""
    boxes = len(curve[0])
    low, high = np.full(boxes, np.inf), np.full(boxes, -np.inf)
    table = current_table()
    if table is None:
        return low, high, np.ones(boxes, dtype=bool)
    nan = (curve[0] < 0.0) | (curve[1] >= len(table))
    prepared = _curves(table)
    first, last = np.floor(curve[0]), np.floor(curve[1])
    for number in range(len(table)):
        at = np.flatnonzero((first <= number) & (number <= last))
        if at.size:
            if number not in prepared:
                prepared[number] = _Curve(table[number])
            found = rule(prepared[number], at)
            low[at], high[at] = np.minimum(low[at], found[0]), np.maximum(high[at], found[1])
            nan[at] |= found[2]
    return low, high, nan


def _never(at: Array) -> Array:
    return np.zeros(len(at), dtype=bool)


def bound_mean(curve: Ends) -> Found:
    """Bounds of `curve_mean`."""

    def rule(one: _Curve, at: Array) -> Found:
        mean = np.full(len(at), one.mean)
        return mean, mean, _never(at)

    return _each(curve, rule)


def bound_window(curve: Ends, start: Ends, length: Ends) -> Found:
    """Bounds of `mean_over_window`: the extremes of hours in reach, and quotients of the least and most they sum to."""

    def rule(one: _Curve, at: Array) -> Found:
        first, last = start[0][at], start[1][at]
        short, long = length[0][at], length[1][at]
        nan = (short < one.shortest) | (short <= 0.0) | ~np.isfinite(last) | ~np.isfinite(long) | (first < 0.0)
        short = np.maximum(short, one.shortest)
        none = long < one.shortest
        reach = np.where(nan & ~np.isfinite(last + long), HOURS, last + long - first)
        whole = (reach >= HOURS) | ~np.isfinite(first)
        begin = np.where(whole, 0.0, np.floor(np.where(whole, 0.0, first) % HOURS)).astype(np.int64)
        hours = np.where(whole, HOURS, np.ceil(reach) + 1.0).astype(np.int64)
        low, high = one.hours.over(begin, begin + hours)
        low, high = np.where(whole, one.low, low), np.where(whole, one.high, high)
        if one.low >= 0.0:
            fewest = one.sum_up_to(first + short) - one.sum_up_to(last)
            most = one.sum_up_to(last + long) - one.sum_up_to(first)
            low = np.fmax(low, fewest / long)
            high = np.fmin(high, most / short)
        slack = ROUNDING * (one.largest * (HOURS + last + long)) / short + ROUNDING * one.largest
        low, high = low - np.where(np.isnan(slack), np.inf, slack), high + np.where(np.isnan(slack), np.inf, slack)
        return np.where(none, np.inf, low), np.where(none, -np.inf, high), nan

    return _each(curve, rule)


def bound_lowest(curve: Ends, share: Ends) -> Found:
    """Bounds of `lowest_mean`, which rises with the share."""

    def rule(one: _Curve, at: Array) -> Found:
        ends = [one.lowest_mean(np.minimum(end[at], 1.0)) for end in share]
        slack = SORTED_ROUNDING * one.largest
        odd = (share[0][at] <= 0.0) | (share[1][at] > 1.0)
        return np.where(odd, -np.inf, ends[0] - slack), np.where(odd, np.inf, ends[1] + slack), odd

    return _each(curve, rule)


def bound_threshold(curve: Ends, share: Ends) -> Found:
    """Bounds of `threshold`, which rises with the share."""

    def rule(one: _Curve, at: Array) -> Found:
        places = [np.clip(np.ceil(HOURS * end[at] - 1e-6) - 1.0, 0.0, HOURS - 1.0).astype(np.int64) for end in share]
        odd = (share[0][at] < 0.0) | (share[1][at] > 1.0)
        low, high = (one.sorted[place] for place in places)
        return np.where(odd, -np.inf, low), np.where(odd, np.inf, high), odd

    return _each(curve, rule)


def bound_pauses(curve: Ends, share: Ends) -> Found:
    """Bounds of `pauses`."""

    def rule(one: _Curve, at: Array) -> Found:
        first, last = (np.clip(np.rint(HOURS * end[at]), 0, HOURS).astype(np.int64) for end in share)
        odd = (share[0][at] < 0.0) | (share[1][at] > 1.0)
        low, high = one.pauses.over(first, last + 1)
        return np.where(odd, -np.inf, low), np.where(odd, np.inf, high), odd

    return _each(curve, rule)


def bound_below(curve: Ends, cap: Ends) -> Found:
    """Bounds of `mean_below`, which rises with the cap."""

    def rule(one: _Curve, at: Array) -> Found:
        low, high = (one.mean_below(end[at]) for end in cap)
        slack = SORTED_ROUNDING * np.maximum(one.largest, np.where(np.isfinite(low), np.abs(low), 0.0))
        infinite = ~np.isfinite(cap[0][at]) | ~np.isfinite(cap[1][at])
        return low - slack, high + slack, infinite

    return _each(curve, rule)


NEAR = 1e-8
"""Hours by which a share of a window is taken for less and for more, so that no rounding puts it at another hour."""


class _Windows:
    """The lowest hours of the windows in boxes: the fewest of the widest window, and the most of the narrowest.

    The more hours are taken the higher their mean and the last of them; the wider the window they are taken from, the
    lower.
    """

    def __init__(self, one: _Curve, at: Array, start: Ends, length: Ends, share: Ends) -> None:
        first, last = start[0][at], start[1][at]
        short, long = length[0][at], length[1][at]
        fewest, most = share[0][at], share[1][at]
        self.none = long < one.shortest
        odd = (
            ~np.isfinite(last + long)
            | (first < 0.0)
            | (last >= HOURS)
            | (fewest <= 0.0)
            | (most > 1.0)
            | (short <= 0.0)
        )
        self.odd = odd | ~np.isfinite(first + short) | ~np.isfinite(fewest + most) | (not one.lowest.known)
        self.nan = self.odd | (short < one.shortest)
        short = np.maximum(short, one.shortest)
        unused = self.odd | self.none
        first, last, fewest, most = (np.where(unused, 0.5, end) for end in (first, last, fewest, most))
        short, long = (np.where(unused, HOURS, end) for end in (short, long))
        self.least = fewest * short
        self.low = (first, last + long - first, np.maximum(self.least - NEAR, 0.5 * self.least))
        narrow = first + short - last
        self.covered = most * long + NEAR <= narrow
        self.whole = self.covered | ((most == 1.0) & (long <= narrow + NEAR))
        narrow = np.where(self.whole, narrow, 1.0)
        self.high = (last, narrow, np.where(self.covered, most * long + NEAR, narrow))
        self.single = (first == last) & (short == long) & (fewest == most) & ~unused
        self.exact = (first, short, fewest * short)

    def result(self, low: Array, high: Array) -> Found:
        """Bounds, none where no window is long enough, and anything where something is out of its range."""
        low, high = np.where(self.odd, -np.inf, low), np.where(self.odd, np.inf, high)
        return np.where(self.none, np.inf, low), np.where(self.none, -np.inf, high), self.nan


def bound_lowest_of_window(curve: Ends, start: Ends, length: Ends, share: Ends) -> Found:
    """Bounds of `lowest_of_window`."""

    def rule(one: _Curve, at: Array) -> Found:
        boxes = _Windows(one, at, start, length, share)
        if not one.lowest.known:
            return boxes.result(np.full(len(at), -np.inf), np.full(len(at), np.inf))
        low, _ = one.lowest.lowest(*boxes.low)
        high, _ = one.lowest.lowest(*boxes.high)
        slack = one.largest * (ROUNDING * (HOURS + boxes.low[0] + boxes.low[1]) + 3.0 * NEAR) / boxes.least
        return boxes.result(low - slack, np.where(boxes.whole, high, one.high) + slack)

    return _each(curve, rule)


def bound_window_threshold(curve: Ends, start: Ends, length: Ends, share: Ends) -> Found:
    """Bounds of `window_threshold`."""

    def rule(one: _Curve, at: Array) -> Found:
        boxes = _Windows(one, at, start, length, share)
        if not one.lowest.known:
            return boxes.result(np.full(len(at), -np.inf), np.full(len(at), np.inf))
        low, high = (one.lowest.threshold(one.lowest.lowest(*ends)[1]) for ends in (boxes.low, boxes.high))
        return boxes.result(low, np.where(boxes.covered, high, one.high))

    return _each(curve, rule)


def bound_window_pauses(curve: Ends, start: Ends, length: Ends, share: Ends) -> Found:
    """Bounds of `window_pauses`: every other hour at most, and the number itself where there is one window."""

    def rule(one: _Curve, at: Array) -> Found:
        boxes = _Windows(one, at, start, length, share)
        most = 0.5 * length[1][at] + 1.0
        low, high = np.zeros(len(at)), np.where(np.isnan(most), np.inf, most)
        if one.lowest.known:
            _, rank = one.lowest.lowest(*boxes.exact)
            exact = one.lowest.pauses(*boxes.exact[:2], rank)
            low, high = np.where(boxes.single, exact, low), np.where(boxes.single, exact, high)
        return boxes.result(low, high)

    return _each(curve, rule)


RULES: dict[str, Callable[..., Found]] = {
    "curve_mean": bound_mean,
    "mean_over_window": bound_window,
    "lowest_mean": bound_lowest,
    "threshold": bound_threshold,
    "pauses": bound_pauses,
    "mean_below": bound_below,
    "lowest_of_window": bound_lowest_of_window,
    "window_threshold": bound_window_threshold,
    "window_pauses": bound_window_pauses,
}
"""The functions of `kernels.curves` and `kernels.lowest_hours` that equations call, and their bounds."""
