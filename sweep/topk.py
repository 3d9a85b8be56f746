"""`search`: the exact k best points of a grid of any size, storing none of the others."""

from __future__ import annotations

import math
import threading

import numpy as np

from carbonsweep.boxes import Bounds, restrict
from carbonsweep.branching import Box, branch, exhaustive
from carbonsweep.errors import PlanError
from carbonsweep.execution import Progress
from carbonsweep.plan import Plan
from carbonsweep.reducer import Found, Reducer, Rows, box_points, evaluate_boxes, reduced_grid, refuse_empty
from carbonsweep.reduction import top_source

LARGEST_TOP = 1_000_000


class _Best:
    """The best points so far, shared by threads, and what they say of boxes."""

    def __init__(self, objective: str, maximize: bool, top: int) -> None:
        self.objective, self.maximize, self.top = objective, maximize, top
        self.values = np.empty(0)
        self.indices = np.empty(0, dtype=np.int64)
        self._lock = threading.Lock()

    def heap(self) -> tuple[np.ndarray, np.ndarray, int]:
        """A copy as a heap with room for `top` points, worst first (descending order is a heap)."""
        values, indices = np.empty(self.top), np.empty(self.top, dtype=np.int64)
        with self._lock:
            count = len(self.values)
            values[:count], indices[:count] = self.values[::-1], self.indices[::-1]
        return values, indices, count

    def add(self, values: np.ndarray, indices: np.ndarray) -> None:
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
    plan: Plan,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    top: int = 10,
    where: str | None = None,
    prune: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Found:
    """Find the k best points of a plan's grid, exactly, without storing the others.

    Parameters
    ----------
    plan
        The plan; its constraints hold. Without `minimize` or `maximize`, its own objective counts.
    minimize, maximize
        The quantity to optimise: one of the two.
    top
        How many points to find.
    where
        A further condition on any quantities, such as ``test_loss <= 2 and training_days < 60``.
    prune
        Whether to skip boxes whose bounds exclude them; the result is the same.
    threads
        Threads to use; None takes every processor this process may use. The result is the same.
    progress
        Called with points decided and points in all.

    Returns
    -------
    Found
        The points, best first, ties in the order of the plan's grid (last axis fastest). NaN never wins.

    Raises
    ------
    PlanError
        If the plan or objective is faulty, or no point meets the constraints (saying which excludes how many).
    """
    if minimize is None and maximize is None:
        minimize, maximize = plan.output.minimize, plan.output.maximize
    objective = minimize or maximize
    if objective is None or (minimize is not None and maximize is not None):
        raise PlanError(f"{plan.source}: give one objective: a quantity to minimize or to maximize")
    if not 1 <= top <= LARGEST_TOP:
        raise PlanError(f"top must be 1 to {LARGEST_TOP:,}, got {top}")
    grid = reduced_grid(plan, [objective], where, threads)
    best = _Best(objective, maximize is not None, top)
    reducer = Reducer(restrict(grid, [objective]), lambda g, s: top_source(g, s, objective, best.maximize))

    rows = Rows(grid)

    def evaluate(box: Box) -> None:
        values, indices, count = best.heap()
        count = reducer.module.top(*box, *reducer.arguments, values, indices, count)
        best.add(values[:count], indices[:count])

    if prune:
        boxes = branch(reducer.bounds, reducer.whole(), best)
    else:
        boxes = ((box, float(box_points(box))) for box in exhaustive(*reducer.whole()))
    evaluated, complete = evaluate_boxes(boxes, evaluate, grid.points, threads, progress)
    if complete and not len(best.indices):
        refuse_empty(plan, grid, [objective])
    return rows.found(best.indices, evaluated, complete)
