"""`search`: the exact k best points of a grid of any size, storing none of the others."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.engine.workers import Progress, connect
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.optimum import check_optimum
from carbonsweep.grid.sampled import searched_by
from carbonsweep.kernels.statistics import with_columns
from carbonsweep.nest.best_and_front import top_source
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
from carbonsweep.reductions.branch_and_bound import BOX_POINTS, LEAF_POINTS, SAMPLED_SHARE, Box, branch, exhaustive
from carbonsweep.reductions.marginal_choice import with_marginal
from carbonsweep.reductions.regret import parse_regret, search_by_regret
from carbonsweep.reductions.results import Found
from carbonsweep.reductions.robust import COMPARED, robustness, with_robustness

if TYPE_CHECKING:
    import distributed

LARGEST_TOP = 1_000_000


LARGEST_SENT = 10_000
"""Points of the result so far that are sent with a box; with more of them the box is told nothing."""


class _TopTask(BoxTask):
    """Finds the best points of a box."""

    def __init__(self, grid: Grid, objective: str, maximize: bool) -> None:
        self.grid, self.objective, self.maximize = grid, objective, maximize

    def write(self, writer: Writer) -> str:
        return top_source(writer, writer.traced.nodes[self.objective], self.maximize)

    def compute(self, item: tuple[Box, Any]) -> tuple[np.ndarray, np.ndarray]:
        box, (values, indices, top) = item
        count = len(values)
        heap, places = np.empty(top), np.empty(top, dtype=np.int64)
        heap[:count], places[:count] = values, indices
        reducer = self.reducer
        count = reducer.module.top(*box, *reducer.arguments, heap, places, count)
        return heap[:count], places[:count]


class _Best:
    """The best points so far, shared by threads, and what they say of boxes."""

    def __init__(self, objective: str, maximize: bool, top: int) -> None:
        self.objective, self.maximize, self.top = objective, maximize, top
        self.values = np.empty(0)
        self.indices = np.empty(0, dtype=np.int64)
        self._lock = threading.Lock()

    def known(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Values and indices of the points so far as a heap, worst first (descending order is one), and its room."""
        with self._lock:
            if len(self.values) > LARGEST_SENT:
                return np.empty(0), np.empty(0, dtype=np.int64), self.top
            return self.values[::-1], self.indices[::-1], self.top

    def add(self, found: tuple[np.ndarray, np.ndarray]) -> None:
        values, indices = found
        with self._lock:
            values, indices = np.concatenate([self.values, values]), np.concatenate([self.indices, indices])
            indices, first = np.unique(indices, return_index=True)
            values = values[first]
            order = np.lexsort((indices, values))[: self.top]
            self.values, self.indices = values[order], indices[order]

    def marks(self, bounds: Bounds, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        values, possible = bounds.over(low, high)
        objective = values[self.objective]
        smallest = -objective.high if self.maximize else objective.low
        return np.where(possible & (objective.low <= objective.high), smallest, np.nan)[:, None]

    def keep(self, marks: np.ndarray) -> np.ndarray:
        """A box whose mark equals the bound stays: a tie is won by the earlier point. NaN compares false."""
        bound = float(self.values[-1]) if len(self.values) == self.top else math.inf
        keep: np.ndarray = marks[:, 0] <= bound
        return keep

    def promise(self, marks: np.ndarray) -> np.ndarray:
        return marks[:, 0]


def search(
    plan: Plan | str | Path,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    top: int = 10,
    by: Sequence[str] = (),
    where: str | None = None,
    prune: bool = True,
    threads: int | None = None,
    scheduler: str = "threads",
    client: distributed.Client | None = None,
    progress: Progress | None = None,
) -> Found:
    """Find the k best points of a plan's grid, exactly, without storing the others.

    Parameters
    ----------
    plan
        The plan, or its file; its constraints hold. Without `minimize` or `maximize`, its own objective counts.
    minimize, maximize
        The quantity to optimise: one of the two. ``regret(total_carbon)``, ``mean(regret(...))`` or
        ``p95(regret(...))`` compares every design with the best of all in the same sample.
    top
        How many points to find.
    by
        Axes: the best points for each combination of their values, instead of for the grid.
    where
        A further condition on any quantities, such as ``test_loss <= 2 and training_days < 60``.
    prune
        Whether to skip boxes whose bounds exclude them; the result is the same.
    threads
        Threads to use (or processes, with ``scheduler="processes"``); None takes every processor this process may use.
        The result is the same.
    scheduler, client
        ``threads``, ``processes``, the address of a Dask scheduler or its scheduler file (``*.json``); or a
        `distributed.Client`. The result is the same.
    progress
        Called with points decided and points in all.

    Returns
    -------
    Found
        The points, best first (of each group in turn), ties in the order of the plan's grid (last axis fastest); a
        point without a value never wins. Where start or pauses are chosen by average intensities, a last column has the
        objective by marginal ones. In this release `carbonsweep.search` returns its `frame`.

    Raises
    ------
    PlanError
        If the plan or objective is faulty, or no point meets the constraints (saying which excludes how many).
    """
    plan = Plan.of(plan)
    if minimize is None and maximize is None:
        minimize, maximize = plan.output.minimize, plan.output.maximize
    if not 1 <= top <= LARGEST_TOP:
        raise PlanError(f"top must be 1 to {LARGEST_TOP:,}, got {top}")
    by = (by,) if isinstance(by, str) else tuple(by)
    if regret := parse_regret(minimize or maximize or ""):
        if maximize is not None or by or client is not None or scheduler != "threads":
            raise PlanError(
                f"{plan.file}: regret is of all designs and to be small: give it as minimize, without by, and with the "
                "scheduler threads"
            )
        return search_by_regret(plan, regret, top, where, threads, progress)
    objective = with_columns(minimize or maximize or "")
    if not objective or (minimize is not None and maximize is not None):
        raise PlanError(f"{plan.file}: give one objective: a quantity to minimize or to maximize")
    check_groups(plan, by)
    grid = reduced_grid(plan, [objective], where, [objective] if maximize is not None else ())
    narrow = restrict(grid, [objective])
    task = _TopTask(replace(narrow, graph=searched_by(narrow.graph, objective)), objective, maximize is not None)
    check_optimum(grid, [objective], by, plan.file)
    uncertain = grid.samples is not None and not by
    wanted = max(top, COMPARED) if uncertain else top
    indices: list[np.ndarray] = []
    evaluated, complete = 0, True
    with connect(scheduler, client, threads) as workers:
        reducer = task.reducer
        rows = Rows(grid, [objective])
        size = (REMOTE_POINTS, REMOTE_POINTS) if workers.remote else (LEAF_POINTS, BOX_POINTS)
        if grid.samples is not None:
            size = (size[0] // SAMPLED_SHARE, size[1] // SAMPLED_SHARE)
        for region in regions(reducer, by):
            best = _Best(objective, task.maximize, wanted)
            if prune:
                boxes = branch(reducer.bounds, reducer.first_of_ties(region, wanted), best, size[0])
            else:
                boxes = ((box, float(box_points(box))) for box in exhaustive(*region, size[1]))
            more, complete = evaluate_boxes(boxes, task, best.known, best.add, workers, progress)
            evaluated += more
            indices.append(best.indices)
            if not complete:
                break
    chosen = np.concatenate(indices)
    if complete and not len(chosen):
        refuse_empty(plan, grid, [objective])
    if not uncertain:
        return with_marginal(rows.found(chosen, evaluated, complete), plan, grid, objective)
    compared = robustness(grid, rows.places(chosen), objective, task.maximize)
    return with_robustness(rows.found(chosen[:top], evaluated, complete), compared)
