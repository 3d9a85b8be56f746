"""Boxes of the grid: ranges of positions on every axis, and bounds of any quantity over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from carbonsweep.grid.chosen import Step
from carbonsweep.grid.grid import Grid, GridAxis
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels.curves import looking_up
from carbonsweep.reductions.interval import Interval, bound_condition, bound_steps, constant


@dataclass(frozen=True)
class SortedGrid:
    """A grid whose axes are put in order of value, so that a range of positions is a range of values.

    Attributes
    ----------
    grid
        The grid, its axes permuted.
    places
        For every axis the position in the plan of each of its values.
    """

    grid: Grid
    places: tuple[np.ndarray, ...]


def sort_axes(grid: Grid) -> SortedGrid:
    """Put every axis in order of the field that varies most; the rows of an axis stay together."""
    axes, places = [], []
    for axis in grid.axes:
        place = np.arange(len(axis), dtype=np.int64)
        if axis.fields:
            place = np.argsort(axis.matrix[_widest(axis.matrix)], kind="stable").astype(np.int64)
        labels = None if axis.labels is None else tuple(axis.labels[i] for i in place)
        matrix = np.ascontiguousarray(axis.matrix[:, place])
        axes.append(GridAxis(axis.name, labels, axis.fields, matrix))
        places.append(place)
    return SortedGrid(replace(grid, axes=tuple(axes)), tuple(places))


def _widest(matrix: np.ndarray) -> int:
    """The row with the largest ratio of largest to smallest value."""
    with np.errstate(all="ignore"):
        low, high = np.fmin.reduce(matrix, axis=1), np.fmax.reduce(matrix, axis=1)
        ratio = np.where(low > 0, high / low, np.where(high > low, np.inf, 1.0))
    return int(np.argmax(np.nan_to_num(ratio, nan=0.0, posinf=1e300)))


class _Ranges:
    """Smallest and largest value of one field over any range of positions, in constant time."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.nan = np.concatenate([[0], np.cumsum(np.isnan(values))])
        self.sorted = not np.isnan(values).any() and bool(np.all(values[:-1] <= values[1:]))
        self.lows = [np.where(np.isnan(values), np.inf, values)]
        self.highs = [np.where(np.isnan(values), -np.inf, values)]
        step = 1
        while not self.sorted and 2 * step <= len(values):
            low, high = self.lows[-1], self.highs[-1]
            self.lows.append(np.minimum(low[:-step], low[step:]))
            self.highs.append(np.maximum(high[:-step], high[step:]))
            step *= 2

    def over(self, low: np.ndarray, high: np.ndarray) -> Interval:
        nan = self.nan[high] > self.nan[low]
        if self.sorted:
            return Interval(self.values[low], self.values[high - 1], nan)
        level = np.frexp((high - low).astype(np.float64))[1] - 1
        smallest, largest = np.empty(len(low)), np.empty(len(low))
        for power in np.unique(level):
            at = level == power
            first, second = low[at], high[at] - (1 << int(power))
            smallest[at] = np.minimum(self.lows[power][first], self.lows[power][second])
            largest[at] = np.maximum(self.highs[power][first], self.highs[power][second])
        return Interval(smallest, largest, nan)


class Bounds:
    """Bounds of quantities over boxes of a sorted grid."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._ranges = {
            field: (position, _Ranges(axis.matrix[row]))
            for position, axis in enumerate(grid.axes)
            for row, field in enumerate(axis.fields)
        }

    def over(self, low: np.ndarray, high: np.ndarray) -> tuple[dict[str, Interval], np.ndarray]:
        """Bounds of everything the graph evaluates, and which boxes may hold a point that meets all constraints.

        Parameters
        ----------
        low, high
            First position, and the one after the last, on every axis; int64, shape (boxes, axes).
        """
        with looking_up(self.grid.graph.curves):
            return self._over(low, high)

    def _over(self, low: np.ndarray, high: np.ndarray) -> tuple[dict[str, Interval], np.ndarray]:
        boxes = len(low)
        values = {name: constant(value, boxes) for name, value in self._constants()}
        for field, (axis, ranges) in self._ranges.items():
            values[field] = ranges.over(low[:, axis], high[:, axis])
        bound_steps(self.grid.graph.steps, values, boxes)
        possible = np.ones(boxes, dtype=bool)
        for condition in self.grid.constraints:
            possible &= bound_condition(condition.condition.tree, values, boxes).true
        return values, possible

    def _constants(self) -> Iterable[tuple[str, float]]:
        yield from self.grid.constants.items()
        yield from self.grid.graph.defaults.items()


def points(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Points of each box; float64, exact up to 2**53."""
    result: np.ndarray = np.prod((high - low).astype(np.float64), axis=1)
    return result


def restrict(grid: Grid, outputs: Iterable[str]) -> Grid:
    """The same grid with other outputs and only the equations and columns that these and the constraints need."""
    outputs = tuple(outputs)
    needed = set(outputs) | {name for constraint in grid.constraints for name in constraint.condition.names}
    kept: list[Step] = []
    for step in reversed(grid.graph.steps):
        if needed.intersection(step.outputs):
            step = step.only(needed) if isinstance(step, Sampled) else step
            needed.update(step.inputs)
            kept.insert(0, step)
    axes = []
    for axis in grid.axes:
        rows = [row for row, name in enumerate(axis.fields) if name in needed]
        fields = tuple(axis.fields[row] for row in rows)
        axes.append(replace(axis, fields=fields, matrix=np.ascontiguousarray(axis.matrix[rows])))
    return replace(grid, axes=tuple(axes), outputs=outputs, graph=replace(grid.graph, steps=tuple(kept)))


def cut(sizes: Iterable[int], box_points: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The whole grid as boxes of about `box_points` points, in grid order: outer axes one value at a time."""
    sizes = list(sizes)
    inner = len(sizes) - 1
    inside = 1
    while inner > 0 and inside * sizes[inner] < box_points:
        inside *= sizes[inner]
        inner -= 1
    tile = max(1, min(sizes[inner], round(box_points / inside)))
    tiles = math.ceil(sizes[inner] / tile)
    outer = sizes[:inner]
    for block in range(math.prod(outer) * tiles):
        prefix, number = divmod(block, tiles)
        outside = np.array(np.unravel_index(prefix, outer) if outer else (), dtype=np.int64)
        rest = np.array(sizes[inner + 1 :], dtype=np.int64)
        low = np.concatenate([outside, [number * tile], np.zeros_like(rest)])
        high = np.concatenate([outside + 1, [min((number + 1) * tile, sizes[inner])], rest])
        yield low.astype(np.int64), high.astype(np.int64)
