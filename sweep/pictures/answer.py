"""The best point of a run evaluated once more, equation by equation: its first answer, as `estimate` gives it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonsweep.configuration.answer import Line
from carbonsweep.configuration.estimate import Estimate, evaluate_at
from carbonsweep.grid.chosen import Chosen, InnerAxis
from carbonsweep.grid.grid import Grid, GridAxis
from carbonsweep.pictures.rows import RunRows

AGREES = 1e-6
"""The relative difference below which a value of the run and one evaluated now are the same: files may be float32."""


@dataclass(frozen=True)
class BestPoint:
    """What there is to say of the best point.

    Attributes
    ----------
    lines
        The first answer.
    warnings
        What keeps it from being that of the run.
    """

    lines: tuple[Line, ...]
    warnings: tuple[str, ...]

    @property
    def known_error(self) -> str:
        """How far the model is known to be off, "" if that is not known."""
        return next((line.text for line in self.lines if line.about == "known error"), "")


def best_point(rows: RunRows, grid: Grid | str) -> BestPoint:
    """Evaluate the best point of a run again, on the plan's grid (or say why there is none)."""
    best = rows.best[0]
    if isinstance(grid, str):
        return BestPoint((), ())
    found = estimate_of(grid, best)
    if found is None:
        return BestPoint((), ("The best point is not on the grid of the plan as the catalogs are now.",))
    stored, now = float(best[rows.objective]), found.values.get(rows.objective, math.nan)
    warnings = []
    if not math.isclose(stored, now, rel_tol=AGREES):
        warnings.append(
            f"The run has {rows.objective} = {stored:g}, this version of carbonsweep and of the catalogs {now:g}: "
            "the lines above are of now, everything else is of the run."
        )
    return BestPoint(tuple(found.lines()), tuple(warnings))


def estimate_of(grid: Grid, row: dict[str, Any]) -> Estimate | None:
    """A row of a run evaluated again; None if it is not on the grid."""
    places = [_place(grid, axis, row) for axis in grid.axes]
    if None in places:
        return None
    return evaluate_at(_with_chosen(grid, row), [place for place in places if place is not None])


def _place(grid: Grid, axis: GridAxis, row: dict[str, Any]) -> int | None:
    """Where a row is on an axis; None if its values are not there."""
    same = axis.values == row[axis.name]
    for name in grid.zipped_with(axis):
        values = axis.matrix[axis.fields.index(name)]
        labels = grid.labelled.get(name)
        same &= values == (labels.index(row[name]) if labels is not None else row[name])
    found = np.flatnonzero(same)
    return int(found[0]) if len(found) else None


def _with_chosen(grid: Grid, row: dict[str, Any]) -> Grid:
    """The grid whose own choice has the one candidate that a row names: to try all would take plain Python long."""
    labelled = dict(grid.labelled)

    def narrowed(axis: InnerAxis) -> InnerAxis:
        if axis.matrix is None or axis.name not in row:
            return axis
        values = axis.matrix[0] if axis.labels is None else np.array(axis.labels, dtype=object)
        here = np.flatnonzero(values == row[axis.name])[:1]
        if axis.labels is None:
            return dataclasses.replace(axis, matrix=axis.matrix[:, here])
        labels = tuple(axis.labels[int(place)] for place in here)
        labelled[axis.name] = labels
        return dataclasses.replace(axis, matrix=axis.matrix[:, here], labels=labels)

    steps = tuple(
        dataclasses.replace(step, axes=tuple(map(narrowed, step.axes)))
        if isinstance(step, Chosen) and step.reasons
        else step
        for step in grid.graph.steps
    )
    return dataclasses.replace(grid, graph=dataclasses.replace(grid.graph, steps=steps), labelled=labelled)
