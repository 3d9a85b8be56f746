"""`search` by regret: how much worse a design is than the best of all designs in the same sample.

Two passes over all designs at every sample: the best of each sample, then what each design falls short of it. No bounds
help: what is the best in a sample may be any design.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.engine.points import Points
from carbonsweep.engine.workers import Progress, thread_count
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.optimum import check_optimum
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels.statistics import Statistic, parse_statistic
from carbonsweep.reductions.box_tasks import Rows, reduced_grid, refuse_empty
from carbonsweep.reductions.robust import COMPARED, compare, every_sample, with_robustness

if TYPE_CHECKING:
    from carbonsweep.plan.plan import Plan
    from carbonsweep.reductions.results import Found

LARGEST = 1 << 30
"""Designs times samples that are compared: some minutes."""
MOST_DESIGNS = 1 << 18
BLOCK = 1 << 21
"""Values that are evaluated in one piece: 16 MB."""
_REGRET = re.compile(r"(?P<of>mean|p[0-9]+(?:\.[0-9]+)?) *\( *regret\( *(?P<one>[a-z][a-z0-9_]*) *\) *\)\Z")
_MEDIAN = re.compile(r"regret\( *(?P<one>[a-z][a-z0-9_]*) *\)\Z")


def parse_regret(text: str) -> Statistic | None:
    """The statistic of a regret that an objective asks for, the median unless it says; None where it asks for none."""
    if match := _MEDIAN.match(text.strip()):
        return Statistic(match["one"], "quantile", 50.0)
    match = _REGRET.match(text.strip())
    return None if match is None else parse_statistic(match["of"], match["one"])


def search_by_regret(
    plan: Plan, of: Statistic, top: int, where: str | None, threads: int | None, progress: Progress | None
) -> Found:
    """The designs of least regret.

    Parameters
    ----------
    plan
        The plan; its constraints hold, and only what meets them is compared.
    of
        What is taken over the samples, of which quantity; the quantity is to be small.
    top, where, threads, progress
        As of `search`.

    Raises
    ------
    PlanError
        If nothing is uncertain, there are too many designs, or none meets the constraints.
    """
    grid = reduced_grid(plan, [of.column], where)
    check_optimum(grid, [of.column], (), plan.file)
    step = next((one for one in grid.graph.steps if isinstance(one, Sampled) and of.column in one.outputs), None)
    if step is None:
        raise PlanError(f"{plan.file}: {of.quantity} is the same in every sample, so that no design has a regret")
    if grid.points > MOST_DESIGNS or grid.points * step.samples.count > LARGEST:
        raise PlanError(
            f"{plan.file}: regret compares all designs with each other, {grid.points:,} of them in "
            f"{step.samples.count:,} samples; give fewer of either, or minimize mean({of.quantity}), whose order is "
            "that of the mean regret"
        )
    designs = _feasible(grid)
    if not len(designs):
        refuse_empty(plan, grid, [of.column])
    points = Rows(grid, [of.column])
    blocks = np.array_split(designs, max(1, -(-len(designs) * step.samples.count // BLOCK)))
    done = 0

    def costs(block: np.ndarray) -> np.ndarray:
        values = every_sample(grid, step, points.places(block), of.quantity)
        return np.where(np.isnan(values), np.inf, values)

    def over(function: Callable[[np.ndarray], np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal done
        with ThreadPoolExecutor(thread_count(threads)) as pool:
            for block, found in zip(blocks, pool.map(function, blocks), strict=True):
                done += len(block)
                if progress is not None:
                    progress(done // 2, len(designs))
                yield found

    best = np.full(step.samples.count, np.inf)
    for least in over(lambda block: costs(block).min(axis=0)):
        best = np.minimum(best, least)
    regrets = np.concatenate(list(over(lambda block: _taken(of, costs(block), best))))
    known = np.flatnonzero(~np.isnan(regrets))
    if not len(known):
        refuse_empty(plan, grid, [of.column])
    order = known[np.lexsort((designs[known], regrets[known]))]
    chosen = designs[order[:top]]
    found = points.found(chosen, grid.points, True)
    column = replace(of, quantity=f"{of.quantity}_regret").column
    found = replace(found, frame=found.frame.assign(**{column: regrets[order[:top]]}))
    inputs = dict(zip(step.samples.texts, step.samples.matrix, strict=True))
    compared = designs[order[: max(top, COMPARED)]]
    return with_robustness(found, compare(costs(compared), inputs, of.quantity, best))


def _feasible(grid: Grid) -> np.ndarray:
    """The designs that meet the constraints, by their place in the grid of the plan."""
    conditions = [one.condition for one in grid.constraints]
    names = list(dict.fromkeys(name for one in conditions for name in one.names))
    designs = np.arange(grid.points)
    if not names:
        return designs
    points = Points(grid, names)
    values = points.values(points.places(designs)).T
    met = [all(bool(one.evaluate(dict(zip(names, row, strict=True)))) for one in conditions) for row in values]
    return designs[np.array(met)]


def _taken(of: Statistic, costs: np.ndarray, best: np.ndarray) -> np.ndarray:
    """The statistic of the regret of designs; NaN where it is not finite."""
    with np.errstate(invalid="ignore"):
        above = np.nan_to_num(costs - best, nan=0.0, posinf=np.inf)
        if of.kind == "mean":
            found = above.mean(axis=1)
        else:
            count = above.shape[1]
            rank = -(-round(of.level * 1e4) * count // 1_000_000)
            found = np.partition(above, rank - 1, axis=1)[:, rank - 1]
    return np.where(np.isfinite(found), found, np.nan)
