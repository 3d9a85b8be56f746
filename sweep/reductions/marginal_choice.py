"""What a choice of when and where to run, made by average carbon intensities, comes to by marginal ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carbonsweep.engine.points import Points
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.accounting import BY_HOURS
from carbonsweep.grid.chosen import Chosen, all_equations
from carbonsweep.grid.grid import Grid
from carbonsweep.plan.plan import Plan
from carbonsweep.reductions.box_tasks import reduced_grid
from carbonsweep.reductions.results import Found

AVERAGE, MARGINAL = "location_lifecycle", "short_run_marginal"
SUFFIX = "_marginal"


def with_marginal(found: Found, plan: Plan, grid: Grid, objective: str) -> Found:
    """The points with the objective by the marginal profiles of their regions, where these have them.

    Average intensities say what a footprint is; whether work at another time or place lowers emissions depends on the
    plants that follow the load. The two disagree by factors, so that both stand beside each other.

    Parameters
    ----------
    found
        The best points by average intensities.
    plan, grid
        The plan and the grid that it was bound to.
    objective
        What was optimised.
    """
    if plan.choose is not None or not _by_average(grid) or not _depends(grid, objective):
        return found
    axes = {name: axis for name, axis in plan.axes.items() if name != "accounting"}
    changed = {"axes": axes, "constants": {**plan.constants, "accounting": MARGINAL}}
    try:
        other = reduced_grid(plan.model_copy(update=changed), [objective], None)
    except PlanError as error:
        reason = str(error).removeprefix(f"{plan.file}: ")
        return replace(found, notes=(*found.notes, f"no marginal value of {objective}: {reason}"))
    kept = [number for number, axis in enumerate(grid.axes) if axis.name != "accounting"]
    values = Points(other, [objective]).values(np.ascontiguousarray(found.positions[:, kept]))[0]
    column = f"{objective}{SUFFIX}"
    data = sorted({f"of {one['year']}, clock {one['clock']}" for one in other.profiles})
    note = (
        f"{column}: of the same choice, at the hourly intensity of the plants that follow the load ({MARGINAL} "
        f"{' and '.join(data)})"
    )
    return replace(found, frame=found.frame.assign(**{column: values}), notes=(*found.notes, note))


def _by_average(grid: Grid) -> bool:
    """Whether hours of training are those of the average profiles of regions."""
    if grid.graph.curves is None or "average_curve" not in grid.graph.given:
        return False
    kinds = [axis.labels for axis in grid.axes if axis.name == "accounting"]
    if kinds:
        return kinds == [(AVERAGE,)]
    return grid.constants.get("accounting", 0.0) == 0.0


def _depends(grid: Grid, objective: str) -> bool:
    """Whether an objective depends on the carbon intensity of the hours of training."""
    if not any(
        one.quantity == "carbon_intensity" and one.variant in BY_HOURS for one in all_equations(grid.graph.steps)
    ):
        return False
    needed = {objective}
    for step in reversed(grid.graph.steps):
        if needed.intersection(step.outputs if isinstance(step, Chosen) else (step.quantity,)):
            needed.update(step.inputs)
    return "carbon_intensity" in needed
