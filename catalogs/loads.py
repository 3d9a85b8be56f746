"""A daily pattern of power, by which the hours of a profile are weighed."""

from __future__ import annotations

import numpy as np

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError
from carbonsweep.foundation.measures import NotANumber, read_number

DAY = 24


def load_row(text: str, at: str) -> Row:
    """The row of a pattern that a plan gives as 24 numbers with commas between them.

    Raises
    ------
    CatalogError
        If these are not 24 numbers from zero on.
    """
    weights(text, at)
    return Row("profiles", text, {}, {"profile_curve": float("nan")}, "load_profile", 0)


def weights(text: str, at: str = "") -> np.ndarray:
    """Power of each hour of a day over its mean."""
    try:
        load = np.array([read_number(one.strip(), "1") for one in text.split(",")], dtype=np.float64)
    except NotANumber as error:
        raise CatalogError(f"{at}{shown(text)}: {error}; give 24 numbers with commas between them") from None
    if len(load) != DAY or (load < 0.0).any() or not load.sum() > 0.0:
        raise CatalogError(f"{at}{shown(text)}: {len(load)} numbers; give 24 from zero on, one for each hour of a day")
    found: np.ndarray = load / load.mean()
    return found
