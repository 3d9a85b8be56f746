"""What every reduction of a grid shares: the sorted grid with its nest, the threads, and the rows of the result."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from carbonsweep.configuration.survey import survey, surveyed_names
from carbonsweep.engine.points import Points
from carbonsweep.engine.workers import Progress, Workers
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.bind import bind
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.sampled import check_condition, is_quantity
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.statistics import with_columns
from carbonsweep.nest.program import Program
from carbonsweep.nest.schedule import plan_schedule
from carbonsweep.nest.writer import Writer
from carbonsweep.plan import expression
from carbonsweep.plan.plan import Plan
from carbonsweep.reductions.boxes import Bounds, sort_axes
from carbonsweep.reductions.branch_and_bound import Box
from carbonsweep.reductions.results import Found
from carbonsweep.tabular.arrow import quantity_column


class Reducer:
    """A grid with sorted axes, its loops ordered, and the nest that looks at boxes of it.

    Parameters
    ----------
    grid
        The bound plan with the outputs that the reduction looks at.
    write
        Gives the text of the nest.
    """

    def __init__(self, grid: Grid, write: Callable[[Writer], str]) -> None:
        ordered = sort_axes(grid)
        schedule = plan_schedule(ordered.grid, keep_order=False)
        self.order = schedule.order
        axes = tuple(ordered.grid.axes[axis] for axis in self.order)
        self.names = [axis.name for axis in axes]
        self.bounds = Bounds(replace(ordered.grid, axes=axes))
        self.sizes = np.array(schedule.sizes, dtype=np.int64)
        self.places = [ordered.places[axis] for axis in self.order]
        program = Program(ordered.grid, schedule, grid.outputs, write)
        program.prepare()
        self.module = program.module
        strides = _strides([len(axis) for axis in grid.axes])
        offsets = [place * strides[axis] for place, axis in zip(self.places, self.order, strict=True)]
        self.grid_arguments = program.arguments
        self.arguments = (*self.grid_arguments, *offsets)

    def first_of_ties(self, region: Box, count: int) -> Box:
        """The part of a region that holds the first `count` of any points that tie.

        Axes that nothing depends on make ties only, which come in the order of the plan: the last of these axes varies
        fastest, and those before it stay at their first value once it and its followers make `count` points.
        """
        low, high = region[0], region[1].copy()
        idle = [loop for loop, axis in enumerate(self.bounds.grid.axes) if not axis.fields]
        left = count
        for loop in sorted(idle, key=lambda loop: self.order[loop], reverse=True):
            size = int(high[loop] - low[loop])
            high[loop] = low[loop] + min(size, left)
            left = -(-left // size)
        return low, high

    def whole(self) -> Box:
        """The grid as one box."""
        return np.zeros_like(self.sizes), self.sizes.copy()


def _strides(sizes: list[int]) -> np.ndarray:
    """How far apart neighbours on each axis lie in the flattened grid of the plan, last axis fastest."""
    strides = np.ones(len(sizes), dtype=np.int64)
    for axis in reversed(range(len(sizes) - 1)):
        strides[axis] = strides[axis + 1] * sizes[axis + 1]
    return strides


def box_points(box: Box) -> int:
    """Points of a box, exactly."""
    return math.prod((box[1] - box[0]).tolist())


def check_groups(plan: Plan, by: Sequence[str]) -> None:
    """Refuse names to group by that are no axes of the plan, or are given twice.

    Raises
    ------
    PlanError
        At the first.
    """
    for name in by:
        if name not in plan.swept:
            raise PlanError(f"{plan.file}: by: {name!r} is no axis of the plan{suggestion(name, plan.swept)}")
        if list(by).count(name) > 1:
            raise PlanError(f"{plan.file}: by: {name!r} is given twice; remove one")


def regions(reducer: Reducer, by: Sequence[str]) -> Iterator[Box]:
    """The box of every group, in the order of the plan's values."""
    low, high = reducer.whole()
    loops = [reducer.names.index(name) for name in by]
    positions = [np.argsort(reducer.places[loop], kind="stable") for loop in loops]
    for combination in itertools.product(*positions):
        first, last = low.copy(), high.copy()
        for loop, position in zip(loops, combination, strict=True):
            first[loop], last[loop] = position, position + 1
        yield first, last


REMOTE_POINTS = 1 << 26
"""Points of a box that another process evaluates: a fraction of a second, against about a millisecond to send it."""


class BoxTask:
    """What a reduction does with a box, in whatever process; see `carbonsweep.engine.workers.Task`.

    A subclass sets `grid`, which is sent to other processes with its other public attributes, and gives `write` and
    `compute`.
    """

    waits = False
    grid: Grid

    def write(self, writer: Writer) -> str:
        """The text of the nest."""
        raise NotImplementedError

    @property
    def reducer(self) -> Reducer:
        """The nest and what it needs, made once in each process."""
        with _making:
            if "_reducer" not in self.__dict__:
                self._reducer = Reducer(self.grid, self.write)
            return self._reducer

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_reducer"}

    def compute(self, item: tuple[Box, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Objectives and grid indices of the points of a box that may be in the result, given what is known so far."""
        raise NotImplementedError

    def finish(self, computed: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Nothing is left to do."""
        return computed

    def stop(self) -> None:
        """A box is evaluated in a moment."""


_making = threading.Lock()


def evaluate_boxes(
    boxes: Iterable[tuple[Box | None, float]],
    task: BoxTask,
    known: Callable[[], Any],
    add: Callable[[Any], None],
    workers: Workers,
    progress: Progress | None,
) -> tuple[int, bool]:
    """Evaluate boxes as they come; Ctrl-C ends it early.

    Parameters
    ----------
    boxes
        Boxes to evaluate with their points, or None and points decided without.
    task
        What to do with a box.
    known
        What a box is told of the result so far.
    add
        Takes what a box may add to the result.
    workers
        Who does it.
    progress
        Called with points decided and points in all.

    Returns
    -------
    (points, complete)
        Points evaluated, and whether all boxes were.
    """
    evaluated = 0
    total = task.grid.points

    def items() -> Iterator[tuple[Box, Any]]:
        nonlocal evaluated
        decided = 0.0
        for box, size in boxes:
            decided += size
            if box is not None:
                evaluated += box_points(box)
                yield box, known()
            if progress is not None:
                progress(min(round(decided), total), total)

    try:
        workers.map(task, items(), add)
    except KeyboardInterrupt:
        return evaluated, False
    return evaluated, True


def reduced_grid(plan: Plan, objectives: list[str], where: str | None, maximized: Iterable[str] = ()) -> Grid:
    """The bound plan with objectives among its outputs and `where` among its constraints.

    Objectives are columns; those that are `maximized` are worst where they are small.

    Raises
    ------
    PlanError
        If an objective is no quantity, or an expression is faulty.
    """
    if not plan.swept:
        raise PlanError(f"{plan.file}: the plan has no axes; add one, or use `estimate` for one point")
    for name in objectives:
        if not is_quantity(name):
            text = "is a catalog row, not a number" if name in plan.swept else "is no quantity"
            raise PlanError(f"{plan.file}: objective {name!r} {text}{suggestion(name, REGISTRY.names())}")
    quantities = tuple(dict.fromkeys([*plan.output.quantities, *(n for n in objectives if n not in plan.swept)]))
    changes: dict[str, Any] = {"output": plan.output.model_copy(update={"quantities": quantities})}
    if where is not None:
        where = with_columns(where)
        condition = expression.parse(where, "where")
        check_condition(condition, "where")
        given = plan.constraints.get("where", ())
        texts = given if isinstance(given, tuple) else (str(given),)
        changes["constraints"] = {**plan.constraints, "where": (*texts, where)}
    return bind(plan.model_copy(update=changes), objectives, maximized)


class Rows(Points):
    """Any points of a grid with every axis value and quantity, and what a survey of the grid looks at.

    Parameters
    ----------
    grid
        The bound plan.
    wanted
        The objectives, without which a point counts as missing.
    """

    def __init__(self, grid: Grid, wanted: Sequence[str] = ()) -> None:
        super().__init__(grid, [*grid.outputs, *(surveyed_names(grid, wanted) if wanted else ())])
        self._wanted = wanted

    def found(self, indices: np.ndarray, evaluated: int, complete: bool) -> Found:
        """The points of given indices in the plan's grid."""
        import pandas as pd

        grid = self.grid
        places = self.places(indices)
        columns: dict[str, Any] = {}
        for number, axis in enumerate(grid.axes):
            column = axis.values[places[:, number]]
            columns[axis.name] = column.astype(np.int64) if grid.whole(axis.name) else column
        for name, values in zip(grid.outputs, self.values(places), strict=False):
            labels = grid.labelled.get(name)
            columns[name] = quantity_column(grid, name, values) if labels is None else _named(values, labels)
        return Found(
            pd.DataFrame(columns), places, grid.points, evaluated, complete, survey(self, self._wanted), grid.notes
        )


def _named(positions: np.ndarray, labels: tuple[str, ...]) -> np.ndarray:
    """Labels by position, None where there is none."""
    return np.array([None if np.isnan(one) else labels[int(one)] for one in positions], dtype=object)


def refuse_empty(plan: Plan, grid: Grid, objectives: list[str]) -> None:
    """Say why no point was found: which constraint excludes how many points, or that none has a value.

    Raises
    ------
    PlanError
        Always.
    """
    from carbonsweep.engine.sweep import Sweep

    source, names = plan.file, " and ".join(objectives)
    why = "; ".join(survey(Points(grid, surveyed_names(grid, objectives)), objectives).notes())
    why = why.removeprefix("most points have no value: ")
    if not grid.constraints:
        raise PlanError(f"{source}: no point has a value of {names}: {why}")
    limit = 1 << 33
    if grid.points > limit:
        text = "; ".join(constraint.name for constraint in grid.constraints)
        raise PlanError(f"{source}: no point meets the constraints ({text}); loosen one")
    excluded, unknown = Sweep(plan, replace(grid, outputs=())).count_excluded()
    shown = ", ".join(f"{name} excludes {count:,}" for name, count in excluded.items() if count)
    lacks = ", ".join(f"{name} cannot be evaluated at {count:,}" for name, count in unknown.items() if count)
    if not shown:
        raise PlanError(f"{source}: no point has a value of {names}: {why}")
    shown = f"{shown}, {lacks}" if lacks else shown
    why = f" ({why})" if lacks else ""
    raise PlanError(f"{source}: none of {grid.points:,} points meets the constraints: {shown}{why}; loosen one")
