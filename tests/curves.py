"""A table of curves for tests: a grid, one with hours below zero and no windows under a week, and a share."""

from __future__ import annotations

import numba
import numpy as np

from carbonsweep.catalogs import load
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.kernels.curves import curve_row

NAMES = ("eia930/CISO", "avert/NE", "eia930-cfe/BPAT")
HOURLY = [hourly_values(load("profiles").get(name)) for name in NAMES]
TABLE = np.stack([curve_row(HOURLY[0]), curve_row(HOURLY[1], 168.0), curve_row(HOURLY[2])])


@numba.njit(error_model="numpy")
def curve_at(curve, position):
    """The look-up as Numba has it, for equations that are compiled alone."""
    if not (0.0 <= curve < TABLE.shape[0] and 0.0 <= position < TABLE.shape[1]):
        return np.nan
    return TABLE[int(curve), int(position)]
