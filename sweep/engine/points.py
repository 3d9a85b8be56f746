"""Any points of a grid, evaluated where they lie: by the same operations as everywhere, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from carbonsweep.grid.grid import Grid
from carbonsweep.nest.best_and_front import rows_source
from carbonsweep.nest.program import Program
from carbonsweep.nest.schedule import plan_schedule


class Points:
    """Quantities at points of a grid that are given by their positions on the axes.

    Parameters
    ----------
    grid
        The bound plan.
    names
        What is evaluated: outputs, or other names that the grid knows.
    """

    def __init__(self, grid: Grid, names: Iterable[str]) -> None:
        self.grid = grid
        self.names = tuple(dict.fromkeys(names))
        schedule = plan_schedule(grid, keep_order=True)
        self._program = Program(grid, schedule, self.names, rows_source, tabulate=False)

    def values(self, places: np.ndarray) -> np.ndarray:
        """The quantities at some places (int64, shape (points, axes)); float64, shape (names, points)."""
        out = np.empty((len(self.names), len(places)))
        self._program.module.rows(np.ascontiguousarray(places), *self._program.arguments, out)
        return out

    def places(self, indices: np.ndarray) -> np.ndarray:
        """The positions of points that are given by their indices in the plan's grid."""
        where = np.unravel_index(indices, [len(axis) for axis in self.grid.axes])
        return np.ascontiguousarray(np.stack(where, axis=1).astype(np.int64))
