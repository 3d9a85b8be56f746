"""Curves over calendar years: what a price or a grid is to be, a value for each year from 1990 on.

In the table of a plan the row of such a curve holds:

    16    sums of the values from 1990 up to the start of each year
    400   the values
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.curves import curve_at

FIRST, COUNT = 1990, 321
SUMS, VALUES = 16, 400
YEARS_WIDTH = VALUES + COUNT


def years_row(years: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The row of a curve that is known in some years: straight lines between them, its ends held."""
    every = np.interp(np.arange(FIRST, FIRST + COUNT), years, values)
    row = np.zeros(YEARS_WIDTH)
    row[SUMS + 1 : SUMS + COUNT + 1] = np.cumsum(every)
    row[VALUES:] = every
    return row


def year_value(curve, year):
    """The value of a calendar year."""
    return curve_at(curve, 400.0 + np.minimum(np.maximum(np.floor(year) - 1990.0, 0.0), 320.0))


def sum_until(curve, year):
    """Sum of the values from 1990 to a time; all of a year has the same."""
    passed = np.minimum(np.maximum(year - 1990.0, 0.0), 321.0)
    whole = np.minimum(np.floor(passed), 320.0)
    below = curve_at(curve, 16.0 + whole)
    return below + (curve_at(curve, 17.0 + whole) - below) * (passed - whole)


def mean_of_years(curve, first, years):
    """Mean over some years from a time."""
    return (sum_until(curve, first + years) - sum_until(curve, first)) / years
