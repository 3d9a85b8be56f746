"""The lowest hours of windows of one curve, for many windows at once: `kernels.lowest_hours` on arrays."""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.curves import HOURS, SORTED
from carbonsweep.kernels.lowest_hours import CHANGES, LEVELS, LONG_WIDTH, STRIDE, TIED, VALUES, ZEROS

Array = np.ndarray
ROUNDING = 1e-9
"""Hours that a share of a window may be off by rounding."""


class LowestHours:
    """One row of a table of curves.

    Attributes
    ----------
    known
        Whether the row has the ranks of its hours.
    """

    def __init__(self, row: Array) -> None:
        self._row = row
        self.known = len(row) >= LONG_WIDTH

    def _up_to(self, place: int, hours: Array) -> Array:
        whole = np.clip(np.floor(hours), 0.0, HOURS - 1.0)
        at = place + whole.astype(np.int64)
        found: Array = self._row[at] + (self._row[at + 1] - self._row[at]) * (hours - whole)
        return found

    def _windows(self, start: Array, length: Array) -> tuple[Array, Array]:
        years = np.floor((start + length) / HOURS)
        zero = np.zeros(len(start))
        return years, np.stack([zero, zero + HOURS, start, start + length - HOURS * years])

    @staticmethod
    def _within(years: Array, ends: Array) -> Array:
        found: Array = years * (ends[1] - ends[0]) + ends[3] - ends[2]
        return found

    def lowest(self, start: Array, length: Array, wanted: Array) -> tuple[Array, Array]:
        """Mean of the lowest hours of windows, so many of each, and the rank of the last of them."""
        years, ends = self._windows(start, length)
        left, total, rank = wanted.copy(), np.zeros(len(start)), np.zeros(len(start))
        for level in range(LEVELS):
            zeros = ZEROS + STRIDE * level
            below = self._up_to(zeros, ends)
            here = self._within(years, below)
            first = (left <= here + ROUNDING) | (self._within(years, ends) <= here + ROUNDING)
            sums = self._up_to(VALUES + STRIDE * level, below)
            total = np.where(first, total, total + self._within(years, sums))
            left = np.where(first, left, left - here)
            rank = np.where(first, rank, rank + float(1 << (LEVELS - 1 - level)))
            ends = np.where(first, below, self._row[zeros + HOURS] + ends - below)
        return (total + left * self.threshold(rank)) / wanted, rank

    def threshold(self, rank: Array) -> Array:
        """The value of the hour of a rank."""
        found: Array = self._row[SORTED + np.minimum(rank, HOURS - 1.0).astype(np.int64)]
        return found

    def pauses(self, start: Array, length: Array, rank: Array) -> Array:
        """How often runs over the hours up to a rank, and what equals it, are interrupted within windows."""
        running = self._row[TIED + np.minimum(rank, HOURS - 1.0).astype(np.int64)] + 1.0
        inner = np.maximum(length - 1.0, 0.0)
        counts = [self._below(place, start, inner, running) for place in (ZEROS, CHANGES)]
        found: Array = np.where(length <= 1.0, 0.0, np.maximum(counts[0] - counts[1], 0.0))
        return found

    def _below(self, place: int, start: Array, length: Array, bound: Array) -> Array:
        years, ends = self._windows(start, length)
        left, found = bound.copy(), np.zeros(len(start))
        for level in range(LEVELS):
            zeros, step = place + STRIDE * level, float(1 << (LEVELS - 1 - level))
            below = self._up_to(zeros, ends)
            first = left < step
            found = np.where(first, found, found + self._within(years, below))
            left = np.where(first, left, left - step)
            ends = np.where(first, below, self._row[zeros + HOURS] + ends - below)
        return found
