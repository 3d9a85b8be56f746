"""`pareto`: the exact non-dominated points of a grid of any size, storing no dominated one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.engine.workers import Progress, connect
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.optimum import check_optimum
from carbonsweep.kernels.statistics import with_columns
from carbonsweep.nest.best_and_front import candidates_source
from carbonsweep.nest.writer import Writer
from carbonsweep.plan.plan import Plan
from carbonsweep.reductions.box_tasks import (
    REMOTE_POINTS,
    BoxTask,
    Rows,
    box_points,
    check_groups,
    evaluate_boxes,
    reduced_grid,
    refuse_empty,
    regions,
)
from carbonsweep.reductions.boxes import Bounds, restrict
from carbonsweep.reductions.branch_and_bound import SAMPLED_SHARE, Box, branch, exhaustive
from carbonsweep.reductions.lower_hull import on_lower_hull
from carbonsweep.reductions.results import Found

if TYPE_CHECKING:
    import distributed

BOX_POINTS = 1 << 18
"""Points of a box: the candidates of one box are held in memory."""
LIFE = "lifetime_years"
"""The name by which embodied carbon is weighed against operational carbon."""
REFERENCES = 64
"""Points of the front against which the nest tests, with three objectives or more; the rest is left to the merge."""


class _FrontTask(BoxTask):
    """Finds the points of a box that may be in the front."""

    def __init__(self, grid: Grid, objectives: list[tuple[str, bool]]) -> None:
        self.grid, self.objectives = grid, objectives

    def write(self, writer: Writer) -> str:
        nodes = writer.traced.nodes
        return candidates_source(writer, [(nodes[name], maximize) for name, maximize in self.objectives])

    def compute(self, item: tuple[Box, Any]) -> tuple[np.ndarray, np.ndarray]:
        box, reference = item
        reducer = self.reducer
        local = _Front(self.objectives)
        for part in exhaustive(*box, BOX_POINTS):
            values = np.empty((box_points(part), len(self.objectives)))
            indices = np.empty(len(values), dtype=np.int64)
            count = reducer.module.candidates(*part, *reducer.arguments, reference, values, indices)
            local.add((values[:count], indices[:count]))
        return local.values, local.indices


class _Front:
    """The non-dominated points so far, shared by threads, and what they say of boxes."""

    def __init__(self, objectives: Sequence[tuple[str, bool]]) -> None:
        self.objectives = objectives
        self.values = np.empty((0, len(objectives)))
        self.indices = np.empty(0, dtype=np.int64)
        self.reference = self.values
        self._lock = threading.Lock()

    def add(self, found: tuple[np.ndarray, np.ndarray]) -> None:
        from moocore import is_nondominated

        values, indices = found
        if not len(values):
            return
        mine = is_nondominated(values, keep_weakly=True)
        values, indices = values[mine], indices[mine]
        with self._lock:
            values, indices = np.concatenate([self.values, values]), np.concatenate([self.indices, indices])
            keep = is_nondominated(values, keep_weakly=True)
            self.values, self.indices = values[keep], indices[keep]
            self.reference = self._references()

    def known(self) -> np.ndarray:
        """What a box is told of the front so far."""
        return self.reference

    def _references(self) -> np.ndarray:
        """What the nest tests against: with two objectives the whole front in order, else a sample."""
        distinct = np.unique(self.values, axis=0)
        if distinct.shape[1] > 2 and len(distinct) > REFERENCES:
            scale = np.maximum(np.abs(distinct).max(axis=0), 1e-300)
            central = np.argsort((distinct / scale).sum(axis=1), kind="stable")
            spread = central[np.linspace(0, len(central) - 1, REFERENCES).astype(int)]
            distinct = distinct[spread]
        return np.ascontiguousarray(distinct)

    def marks(self, bounds: Bounds, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        values, possible = bounds.over(low, high)
        marks = []
        for name, maximize in self.objectives:
            objective = values[name]
            possible &= objective.low <= objective.high
            marks.append(-objective.high if maximize else objective.low)
        stacked = np.stack(marks, axis=1)
        stacked[~possible] = np.nan
        return stacked

    def keep(self, marks: np.ndarray) -> np.ndarray:
        """A box stays unless a point of the front is better than the best it may hold, in every respect together."""
        keep: np.ndarray = ~np.isnan(marks).any(axis=1)
        for point in self.reference:
            keep &= ~((point <= marks).all(axis=1) & (point < marks).any(axis=1))
        return keep

    def promise(self, marks: np.ndarray) -> np.ndarray:
        scale = np.ones(marks.shape[1])
        if len(self.values):
            middle = np.abs(np.median(self.values, axis=0))
            scale = np.where(middle > 1e-100, middle, 1.0)
        promise: np.ndarray = np.clip(np.nan_to_num(marks, nan=np.inf), -1e150, 1e150).dot(1 / scale)
        return promise


def pareto(
    plan: Plan | str | Path,
    *,
    minimize: str | Sequence[str] = (),
    maximize: str | Sequence[str] = (),
    by: str | Sequence[str] = (),
    where: str | None = None,
    for_some: str | None = None,
    prune: bool = True,
    threads: int | None = None,
    scheduler: str = "threads",
    client: distributed.Client | None = None,
    progress: Progress | None = None,
) -> Found:
    """Find the points of a plan's grid that no other point is better than in every objective together.

    Parameters
    ----------
    plan
        The plan, or its file; its constraints hold.
    minimize, maximize
        The objectives, two to four in all.
    by
        Axes: one front for each combination of their values, instead of one for the grid.
    where
        A further condition on any quantities, such as ``test_loss <= 2 and training_days < 60``.
    for_some
        `lifetime_years`: of the front of an embodied objective, which falls with the life of the hardware, and an
        operational one, which does not, only what is best for some life. Both are to be minimized.
    prune
        Whether to skip boxes whose bounds exclude them; the result is the same.
    threads
        Threads to use (or processes, with ``scheduler="processes"``); None takes every processor this process may use.
        The result is the same.
    scheduler, client
        Where to evaluate, as for `search`. The result is the same.
    progress
        Called with points decided and points in all.

    Returns
    -------
    Found
        The points in the order of the plan's grid (of each group in turn). Points with equal objectives are all
        kept; a point equal in one objective and worse in another is dominated. A point without a value never
        counts. In this release `carbonsweep.pareto` returns its `frame`.

    Raises
    ------
    PlanError
        If the plan or an objective is faulty, or no point meets the constraints.
    """
    plan = Plan.of(plan)
    small, large, axes = ((one,) if isinstance(one, str) else tuple(one) for one in (minimize, maximize, by))
    small, large = (tuple(with_columns(name) for name in names) for names in (small, large))
    objectives = [*((name, False) for name in small), *((name, True) for name in large)]
    names = [name for name, _ in objectives]
    if not 2 <= len(objectives) <= 4:
        raise PlanError(f"{plan.file}: a Pareto front needs two to four objectives, got {len(objectives)}")
    for name in names:
        if names.count(name) > 1:
            raise PlanError(f"{plan.file}: objective {name!r} is given twice; remove one")
    check_groups(plan, axes)
    grid = reduced_grid(plan, names, where, large)
    if for_some is not None:
        _check_for_some(plan, grid, for_some, small, large)
    task = _FrontTask(restrict(grid, names), objectives)
    check_optimum(grid, names, axes, plan.file)
    rows = Rows(grid, names)
    indices = []
    evaluated, complete = 0, True
    with connect(scheduler, client, threads) as workers:
        size = REMOTE_POINTS if workers.remote else BOX_POINTS
        size = size if grid.samples is None else size // SAMPLED_SHARE
        for region in regions(task.reducer, axes):
            front = _Front(objectives)
            if prune:
                boxes = branch(task.reducer.bounds, region, front, size)
            else:
                boxes = ((box, float(box_points(box))) for box in exhaustive(*region, size))
            more, complete = evaluate_boxes(boxes, task, front.known, front.add, workers, progress)
            evaluated += more
            kept = front.indices if for_some is None else front.indices[on_lower_hull(front.values)]
            indices.append(np.sort(kept))
            if not complete:
                break
    chosen = np.concatenate(indices)
    if complete and not len(chosen):
        refuse_empty(plan, grid, names)
    return rows.found(chosen, evaluated, complete)


def _check_for_some(plan: Plan, grid: Grid, name: str, small: Sequence[str], large: Sequence[str]) -> None:
    """Refuse what is not a trade of embodied against operational carbon over a life that is left open."""
    at = f"{plan.file}: for_some"
    if name != LIFE:
        raise PlanError(f"{at}: {name!r} is not {LIFE!r}, the only name that it takes")
    if len(small) != 2 or large:
        raise PlanError(f"{at}: needs two objectives to minimize, an embodied and an operational one")
    if any(LIFE in axis.fields for axis in grid.axes):
        raise PlanError(f"{at}: {LIFE} is an axis; leave it out or give one value, every life is looked at")
    changed = {LIFE}
    for step in grid.graph.steps:
        if changed.intersection(step.inputs):
            changed.update(step.outputs)
    if len(changed.intersection(small)) != 1:
        raise PlanError(
            f"{at}: one objective must fall with {LIFE} and the other not, such as embodied_cci and operational_cci"
        )
