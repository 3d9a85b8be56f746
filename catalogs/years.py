"""A curve over calendar years that a plan writes out: ``2026: 390, 2030: 250, 2050: 40``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonsweep.catalogs.files import Cell, shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError
from carbonsweep.foundation.measures import NotANumber, read_number

EARLIEST, LATEST, MOST = 1990, 2300, 100
EXAMPLE = "give years and values such as '2026: 390, 2030: 250, 2050: 40'"


@dataclass(frozen=True)
class Years(Row):
    """A row that is a curve over years.

    Attributes
    ----------
    points
        Years, ascending, and their values.
    """

    points: tuple[tuple[int, float], ...] = ()

    def columns(self) -> tuple[np.ndarray, np.ndarray]:
        """The years and the values."""
        years, values = zip(*self.points, strict=True)
        return np.array(years, dtype=np.float64), np.array(values)

    def said(self) -> str:
        """The curve in words."""
        (first, at_first), (last, at_last) = self.points[0], self.points[-1]
        return f"{at_first:g} in {first} to {at_last:g} in {last}, held before and after"


def years_given(text: str, at: str) -> Years:
    """The row of a curve that a plan writes out.

    Raises
    ------
    CatalogError
        If it is not 2 to 100 ascending years with a value from zero on each.
    """
    points: list[tuple[int, float]] = []
    for one in text.split(","):
        year, colon, value = (part.strip() for part in one.partition(":"))
        if not (colon and len(year) == 4 and year.isascii() and year.isdigit()):
            raise CatalogError(f"{at}{shown(one.strip())} is no year and value; {EXAMPLE}")
        try:
            number = float(read_number(value, "1"))
        except NotANumber as error:
            raise CatalogError(f"{at}{shown(value)} {error}; {EXAMPLE}") from None
        if not EARLIEST <= int(year) <= LATEST:
            raise CatalogError(f"{at}{year} is outside {EARLIEST} to {LATEST}; {EXAMPLE}")
        if not 0.0 <= number < np.inf:
            raise CatalogError(f"{at}{shown(value)} in {year} is below zero or not finite; {EXAMPLE}")
        if points and int(year) <= points[-1][0]:
            raise CatalogError(f"{at}{year} stands behind {points[-1][0]}; give years in ascending order, each once")
        points.append((int(year), number))
    if not 2 <= len(points) <= MOST:
        raise CatalogError(f"{at}{len(points)} year{'s' * (len(points) != 1)}; give 2 to {MOST}")
    values: dict[str, Cell] = {"id": text, "kind": "years", "year": None, "clock": None}
    return Years("profiles", text, values, {"profile_curve": float("nan")}, "years", 0, points=tuple(points))
