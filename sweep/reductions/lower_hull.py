"""Of a front of two objectives, what is best for some weight of the one against the other: the lower convex hull."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def on_lower_hull(values: np.ndarray) -> np.ndarray:
    """Which points minimise x + t y for some t > 0, exactly; points between two others on an edge do as well.

    Parameters
    ----------
    values
        Non-dominated points of two objectives that are both to be small, one a row; equal points are all kept.
    """
    distinct, place = np.unique(values, axis=0, return_inverse=True)
    points = [(Fraction(float(x)), Fraction(float(y))) for x, y in distinct]
    hull: list[int] = []
    for new, (x, y) in enumerate(points):
        while len(hull) > 1:
            (x0, y0), (x1, y1) = points[hull[-2]], points[hull[-1]]
            if (x1 - x0) * (y - y0) >= (y1 - y0) * (x - x0):
                break
            hull.pop()
        hull.append(new)
    kept: np.ndarray = np.isin(place.reshape(-1), hull)
    return kept
