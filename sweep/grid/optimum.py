"""Points that have no optimum in common."""

from __future__ import annotations

from collections.abc import Container, Iterable

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.grid import Grid

SAMPLE = "sample"
"""The axis of joint samples, in runs that write every one of them."""


def check_optimum(grid: Grid, objectives: Iterable[str], by: Container[str], at: str) -> None:
    """Refuse one optimum over several kinds of carbon intensity, or over samples of what is uncertain.

    Parameters
    ----------
    grid
        The bound plan.
    objectives
        What is optimised.
    by
        Axes for each value of which there is an optimum.
    at
        What errors call the plan.

    Raises
    ------
    PlanError
        If an objective depends on an axis that holds such values, and optima are not found for each.
    """
    objectives = list(objectives)
    axes = {field: axis for axis in grid.axes if len(axis) > 1 for field in axis.fields}
    needed = _needed(grid, objectives)
    if "accounting" in axes and "accounting" not in by and "accounting" in needed:
        raise PlanError(
            f"{at}: accounting is an axis, and figures of different kinds have no optimum in common; "
            "ask for one of each kind: --by accounting (by='accounting')"
        )
    if SAMPLE in axes and SAMPLE not in by and needed.intersection(axes[SAMPLE].fields):
        raise PlanError(
            f"{at}: {objectives[0]} differs between samples, and the best point of all samples is only the luckiest; "
            f"say which statistic: p95({objectives[0]}), mean({objectives[0]})"
        )


def _needed(grid: Grid, names: Iterable[str]) -> set[str]:
    """Names, and all that they depend on."""
    needed = set(names)
    for step in reversed(grid.graph.steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
    return needed
