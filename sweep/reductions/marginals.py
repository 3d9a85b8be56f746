"""`marginals`: what a quantity is along each axis, and which axes it depends on, storing no points."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.configuration.survey import sample, survey_of, surveyed_names
from carbonsweep.engine.points import Points
from carbonsweep.engine.workers import Progress, thread_count
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.grid import Grid, GridAxis
from carbonsweep.kernels.statistics import with_columns
from carbonsweep.nest.statistics import Group, histogram_source, moments_source
from carbonsweep.nest.writer import Writer
from carbonsweep.plan.plan import Plan
from carbonsweep.reductions.box_tasks import Reducer, reduced_grid, refuse_empty
from carbonsweep.reductions.boxes import restrict
from carbonsweep.reductions.branch_and_bound import BOX_POINTS, Box, exhaustive
from carbonsweep.reductions.local_sensitivity import local_sensitivity
from carbonsweep.reductions.results import Marginals

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
STEPS = 2048
"""Steps of the histograms from which quantiles are read."""
SMALLEST_SHARE = 1e-18
"""Where some values are zero or negative: what is smaller than this share of the largest size counts as zero."""
LARGEST_GROUPS = 1 << 22
"""Groups times steps that histograms may have: 32 MB."""
PAIRS = 1 << 16
"""Random pairs of points from which each total index is estimated."""


def marginals(
    plan: Plan | str | Path,
    *,
    quantity: str,
    by: str | Sequence[str | Sequence[str]] = (),
    where: str | None = None,
    quantiles: bool = True,
    sensitivity: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Marginals:
    """Count, mean, extremes and quantiles of a quantity along axes, and its sensitivity to each axis.

    Parameters
    ----------
    plan
        The plan, or its file; its constraints hold.
    quantity
        The quantity.
    by
        An axis, or several axes and pairs of axes; every axis by itself by default.
    where
        A further condition on any quantities, such as ``test_loss <= 2 and training_days < 60``.
    quantiles, sensitivity
        Whether to look for them; without quantiles one pass over the grid is enough. Without sensitivity nothing is
        said of points without a value either.
    threads
        Threads to use; None takes every processor this process may use. The result does not depend on it.
    progress
        Called with points evaluated and points in all (of two passes).

    Returns
    -------
    Marginals
        With the DataFrames `table`, `sensitivity` (empty where points are excluded or have no value) and
        `local_sensitivity`, and the error of the quantiles.

    Raises
    ------
    PlanError
        If the plan, quantity or axes are faulty, or no point meets the constraints.

    Notes
    -----
    Counts, means and extremes are exact, and with them the first-order indices Var(E[Y | x]) / Var(Y). Quantiles are
    read from histograms of about 2048 steps of equal ratio, so that their error is relative; where some values are zero
    or negative, what is smaller than 1e-18 of the largest size counts as zero. Total indices
    E[Var(Y | all but x)] / Var(Y) are estimated by Jansen's formula from 65,536 random pairs of points that differ in
    one axis, with a fixed seed.
    """
    plan = Plan.of(plan)
    import pandas as pd

    workers = thread_count(threads)
    groups = (by,) if isinstance(by, str) else by
    quantity = with_columns(quantity)
    grid = reduced_grid(plan, [quantity], where)
    chosen = [(one,) if isinstance(one, str) else tuple(one) for one in groups] or [(name,) for name in plan.swept]
    for names in chosen:
        for name in names:
            if name not in plan.swept:
                raise PlanError(f"{plan.file}: by: {name!r} is no axis of the plan{suggestion(name, plan.swept)}")
        if len(names) > 2 or len(set(names)) < len(names):
            raise PlanError(f"{plan.file}: by: {','.join(names)}: give one axis or a pair of two")
    single = [(name,) for name in plan.swept]
    wanted = list(dict.fromkeys([*chosen, *single] if sensitivity else chosen))
    narrow = restrict(grid, [quantity])
    first = _Pass(
        narrow,
        wanted,
        lambda writer, groups: moments_source(writer, writer.traced.nodes[quantity], groups),
        workers,
        progress,
    )
    cells = dict(zip(wanted, first.moments(), strict=True))
    over_first = cells[wanted[0]]
    count, total, squares = (float(over_first[:, column].sum()) for column in (0, 1, 4))
    if count == 0:
        refuse_empty(plan, grid, [quantity])
    low, high = float(over_first[:, 2].min()), float(over_first[:, 3].max())

    def histogram(writer: Writer, groups: list[Group]) -> str:
        return histogram_source(writer, writer.traced.nodes[quantity], groups)

    shares: list[np.ndarray] = []
    error = math.nan
    if quantiles:
        shares, error = _Pass(narrow, chosen, histogram, workers, progress).quantiles(low, high)
    mean = total / count
    variance = max(squares / count - mean * mean, 0.0)
    whole = sensitivity and int(count) == grid.points
    split = _sensitivity(narrow, cells, mean, variance, whole)
    table = _table(grid, chosen, [cells[names] for names in chosen], shares)
    seen, local, notes = None, pd.DataFrame(), grid.notes
    if sensitivity:
        points = Points(grid, surveyed_names(grid, [quantity]))
        looked_at = sample(points, [quantity])
        seen = survey_of(grid, looked_at)
        notes = (*notes, *seen.notes())
        if looked_at.possible.any():
            local = local_sensitivity(points, looked_at, quantity, [quantity])
    return Marginals(quantity, table, error, split, local, mean, variance, int(count), seen, notes)


class _Pass:
    """One look at every point of a grid, summed up for groups."""

    def __init__(
        self,
        grid: Grid,
        wanted: Sequence[tuple[str, ...]],
        write: Callable[[Writer, list[Group]], str],
        threads: int,
        progress: Progress | None,
    ) -> None:
        self.groups: list[Group] = []

        def text(writer: Writer) -> str:
            names = [writer.grid.axes[axis].name for axis in writer.schedule.order]
            self.groups = [tuple(sorted(names.index(name) for name in group)) for group in wanted]
            return write(writer, self.groups)

        self.wanted = wanted
        self.reducer = Reducer(grid, text)
        self.threads, self.progress = threads, progress
        self.total = grid.points

    def _cells(self, group: Group) -> int:
        return math.prod(int(self.reducer.sizes[loop]) for loop in group)

    def _run(self, evaluate: Callable[[Box], list[np.ndarray]], add: Callable[[list[np.ndarray]], None]) -> None:
        """Evaluate all boxes with threads and add their results in the order of boxes, whatever the threads."""
        from concurrent.futures import ThreadPoolExecutor

        workers = self.threads
        boxes = exhaustive(*self.reducer.whole(), BOX_POINTS)
        done = 0
        with ThreadPoolExecutor(workers) as pool:
            while window := list(itertools.islice(boxes, 4 * workers)):
                for box, result in zip(window, pool.map(evaluate, window), strict=True):
                    add(result)
                    done += math.prod((box[1] - box[0]).tolist())
                    if self.progress is not None:
                        self.progress(done, self.total)

    def moments(self) -> list[np.ndarray]:
        """Count, sum, smallest, largest, sum of squares for every group, rows in the order of the plan's values."""

        def fresh() -> list[np.ndarray]:
            return [
                np.tile([[0.0], [0.0], [np.inf], [-np.inf], [0.0]], (1, self._cells(group))) for group in self.groups
            ]

        totals = fresh()

        def evaluate(box: Box) -> list[np.ndarray]:
            arrays = fresh()
            room = np.empty(int(box[1][-1] - box[0][-1]))
            self.reducer.module.moments(*box, *self.reducer.grid_arguments, room, *arrays)
            return arrays

        def add(arrays: list[np.ndarray]) -> None:
            for into, more in zip(totals, arrays, strict=True):
                into[[0, 1, 4]] += more[[0, 1, 4]]
                into[2] = np.minimum(into[2], more[2])
                into[3] = np.maximum(into[3], more[3])

        self._run(evaluate, add)
        return [self._in_plan_order(number, array.T) for number, array in enumerate(totals)]

    def quantiles(self, low: float, high: float) -> tuple[list[np.ndarray], float]:
        """Quantiles for every group, and their largest relative error."""
        cells = sum(self._cells(group) for group in self.groups)
        steps = max(16, min(STEPS, LARGEST_GROUPS // cells))
        signs = (low < 0) + (high > 0)
        reach = (steps - 1) // max(signs, 1)
        zero = reach if low < 0 else 0
        largest = min(max(abs(low), abs(high)), sys.float_info.max)
        end = math.log(largest) if largest > 0 else 0.0
        smallest = low if low > 0 else -high if high < 0 else largest * SMALLEST_SHARE
        # A hair below the smallest, which would otherwise be taken for zero.
        start = math.log(smallest) - 1e-9 if smallest > 0 else end - 1.0
        width = (end - start) / reach
        steps = zero + (reach if high > 0 else 0) + 1
        totals = [np.zeros((self._cells(group), steps), dtype=np.int64) for group in self.groups]

        def evaluate(box: Box) -> list[np.ndarray]:
            arrays = [np.zeros_like(array) for array in totals]
            self.reducer.module.histogram(*box, *self.reducer.grid_arguments, start, 1 / width, reach, zero, *arrays)
            return arrays

        def add(arrays: list[np.ndarray]) -> None:
            for into, more in zip(totals, arrays, strict=True):
                into += more

        self._run(evaluate, add)
        places = np.arange(steps) - zero
        middles = np.where(places == 0, 0.0, np.sign(places) * np.exp(start + (np.abs(places) - 0.5) * width))
        results = []
        for number, counts in enumerate(totals):
            below = np.cumsum(counts, axis=1)
            table = np.full((len(counts), len(QUANTILES)), np.nan)
            filled = below[:, -1] > 0
            for column, share in enumerate(QUANTILES):
                rank = np.maximum(np.ceil(share * below[:, -1:]), 1)
                table[:, column] = np.where(filled, middles[np.argmax(below >= rank, axis=1)], np.nan)
            results.append(self._in_plan_order(number, table))
        return results, math.expm1(width / 2)

    def _in_plan_order(self, number: int, array: np.ndarray) -> np.ndarray:
        """Rows of a group's array from sorted positions in loop order to the plan's values in the order asked for."""
        group = self.groups[number]
        shape = [int(self.reducer.sizes[loop]) for loop in group]
        cube = array.reshape(*shape, array.shape[1])
        for axis, loop in enumerate(group):
            cube = np.take(cube, np.argsort(self.reducer.places[loop]), axis=axis)
        asked = [self.reducer.names.index(name) for name in self.wanted[number]]
        cube = np.transpose(cube, [*(group.index(loop) for loop in asked), len(group)])
        return cube.reshape(-1, array.shape[1])


def _table(
    grid: Grid, chosen: Sequence[tuple[str, ...]], cells: Sequence[np.ndarray], quantiles: Sequence[np.ndarray]
) -> pd.DataFrame:
    import pandas as pd

    axis_of = {axis.name: axis for axis in grid.axes}
    frames = []
    for number, names in enumerate(chosen):
        values = [_row_names(grid, axis_of[name]) for name in names]
        data = cells[number]
        count = data[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            frame: dict[str, Any] = {
                "axis": ", ".join(names),
                "value": [", ".join(parts) for parts in itertools.product(*values)],
                "points": count.astype(np.int64),
                "mean": np.where(count > 0, data[:, 1] / count, np.nan),
                "minimum": np.where(count > 0, data[:, 2], np.nan),
                "maximum": np.where(count > 0, data[:, 3], np.nan),
            }
        for column, share in enumerate(QUANTILES if quantiles else ()):
            # A histogram's middle may lie outside what the group holds.
            inside = np.clip(quantiles[number][:, column], frame["minimum"], frame["maximum"])
            frame[f"q{round(100 * share):02d}"] = inside
        frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)


def _row_names(grid: Grid, axis: GridAxis) -> list[str]:
    """What the values of an axis are called; where those of a zip table repeat, by all its columns."""
    names = [_shown(value) for value in axis.values]
    if len(set(names)) == len(names):
        return names
    for name in grid.zipped_with(axis):
        labels = grid.labelled.get(name)
        column = axis.matrix[axis.fields.index(name)]
        names = [
            f"{one}, {_shown(v) if labels is None else labels[int(v)]}" for one, v in zip(names, column, strict=True)
        ]
    return names


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{float(value):.10g}"


def _sensitivity(
    grid: Grid, cells: Mapping[tuple[str, ...], np.ndarray], mean: float, variance: float, whole: bool
) -> pd.DataFrame:
    """How the variance splits over the axes; empty unless every point counts and the quantity varies."""
    import pandas as pd

    rows = []
    if whole and variance > 0:
        sizes = [len(axis) for axis in grid.axes]
        generator = np.random.default_rng(0)
        points = Points(grid, grid.outputs)

        def evaluate(places: np.ndarray) -> np.ndarray:
            return points.values(places)[0]

        base = np.stack([generator.integers(0, size, PAIRS) for size in sizes], axis=1)
        values = evaluate(base)
        for number, axis in enumerate(grid.axes):
            cell = cells[(axis.name,)]
            between = float(np.mean((cell[:, 1] / cell[:, 0] - mean) ** 2))
            other = base.copy()
            other[:, number] = generator.integers(0, sizes[number], PAIRS)
            half = 0.5 * (evaluate(other) - values) ** 2 / variance
            error = float(half.std()) / math.sqrt(PAIRS)
            rows.append((axis.name, between / variance, float(half.mean()), error))
    frame = pd.DataFrame(rows, columns=["axis", "first_order", "total", "total_error"])
    return frame.sort_values("total", ascending=False, ignore_index=True)
