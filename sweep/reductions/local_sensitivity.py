"""What each axis does to a quantity around one point: it needs no independence, and so works under constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.configuration.survey import Sample
from carbonsweep.engine.points import Points

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 500
"""Values of an axis that are tried, evenly spread over it."""


def local_sensitivity(points: Points, sample: Sample, quantity: str, wanted: Sequence[str]) -> pd.DataFrame:
    """The quantity along each axis with all others held at a typical point.

    Parameters
    ----------
    points
        Evaluates at least the `surveyed_names`.
    sample
        Points that were looked at; of the possible ones that with the median of the quantity is the typical point.
    quantity
        The quantity.
    wanted
        Quantities without which a point counts as missing.

    Returns
    -------
    pandas.DataFrame
        A row for each axis, the one that moves the quantity most first: where it stands, the points along it that are
        possible, the smallest and largest quantity there, their ratio to the quantity at the typical point, and for
        numbers the elasticity (relative change of the quantity for a relative change of the axis) to the next values.
    """
    import pandas as pd

    grid = points.grid
    known = np.flatnonzero(sample.possible)
    values = sample.column[quantity][known]
    typical = known[np.argsort(values, kind="stable")[len(known) // 2]]
    base, place = float(sample.column[quantity][typical]), sample.places[typical]
    rows: list[dict[str, Any]] = []
    for position, axis in enumerate(grid.axes):
        tried = np.unique(
            np.append(np.linspace(0, len(axis) - 1, min(len(axis), MOST_VALUES)).astype(int), place[position])
        )
        places = np.repeat(place[None, :], len(tried), axis=0)
        places[:, position] = tried
        along = Sample.of(points, places, wanted)
        possible = along.possible
        found = along.column[quantity][possible]
        here = axis.values[place[position]]
        rows.append(
            {
                "axis": axis.name,
                "at": here if isinstance(here, str) else float(here),
                "possible": int(possible.sum()),
                "lowest": float(found.min()),
                "highest": float(found.max()),
                "lowest_ratio": float(found.min()) / base if base else np.nan,
                "highest_ratio": float(found.max()) / base if base else np.nan,
                "elasticity": np.nan
                if axis.labels is not None
                else _elasticity(axis.matrix[0][tried[possible]], found, float(here), base),
            }
        )
    frame = pd.DataFrame(rows)
    order = np.argsort(-(frame["highest"] - frame["lowest"]).to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _elasticity(axis: np.ndarray, values: np.ndarray, at: float, base: float) -> float:
    """Slope of the logarithms over the possible values next to a point; NaN where there is none, or at zero."""
    order = np.argsort(axis)
    axis, values = axis[order], values[order]
    middle = int(np.searchsorted(axis, at))
    low, high = max(middle - 1, 0), min(middle + 1, len(axis) - 1)
    if low == high or base <= 0 or min(axis[low], values[low], values[high]) <= 0:
        return float("nan")
    return float(np.log(values[high] / values[low]) / np.log(axis[high] / axis[low]))
