"""What reductions find: points of a grid, and a quantity along its axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carbonsweep.configuration.survey import Survey
from carbonsweep.foundation.results import Result, records
from carbonsweep.kernels import REGISTRY

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from rich.console import RenderableType

    from carbonsweep.reductions.robust import Robustness


@dataclass(frozen=True)
class Found(Result):
    """Points of a grid that a reduction found.

    Attributes
    ----------
    frame
        The points as a DataFrame: axes, then quantities.
    positions
        Their positions on every axis, plan order, int64, shape (found, axes).
    points, evaluated
        Points of the grid, and how many of them were evaluated; bounds excluded the others.
    complete
        Whether the whole grid was looked at; False after an interruption.
    survey
        Which points have no value, and why.
    notes
        Things a user should know, as in `check`.
    robustness
        How the best designs compare over the samples of what is uncertain; None where nothing is.
    """

    frame: pd.DataFrame
    positions: np.ndarray
    points: int
    evaluated: int
    complete: bool
    survey: Survey
    notes: tuple[str, ...] = ()
    robustness: Robustness | None = None

    def to_dict(self) -> dict[str, Any]:
        known = {"value_of_information": self.robustness.to_dict()} if self.robustness is not None else {}
        return {
            "complete": self.complete,
            "points": self.points,
            "evaluated": self.evaluated,
            "rows": records(self.frame),
            "survey": self.survey.to_dict(),
            **known,
            "notes": [*self.notes, *self.survey.notes()],
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import frame_table, note_list, stack

        share = 100 * self.evaluated / self.points
        facts = f"{len(self.frame):,} points of {self.points:,}; {self.evaluated:,} evaluated ({share:.3g} %)"
        table = frame_table("" if self.complete else "Incomplete", self.frame)
        said = self.robustness.said() if self.robustness is not None else []
        return stack(table, facts, *said, *note_list((*self.notes, *self.survey.notes())))


@dataclass(frozen=True)
class Marginals(Result):
    """A quantity along the axes of a grid.

    Attributes
    ----------
    quantity
        The quantity.
    table
        A row for every group: the axis or axes, their values, points, mean, smallest, largest, quantiles.
    quantile_error
        The largest relative error of a quantile.
    sensitivity
        A row for every axis: its first-order and total index with the standard error of the latter; empty where points
        are excluded or have no value, since the variance then does not split over the axes.
    local_sensitivity
        A row for every axis: the quantity along it with all others held at a typical point, as `local_sensitivity` has
        it; also where points are excluded.
    mean, variance, points
        Of the quantity over all points that count, and how many these are.
    survey
        Which of the other points have no value, and why; None where all count.
    notes
        Things a user should know.
    """

    quantity: str
    table: pd.DataFrame
    quantile_error: float
    sensitivity: pd.DataFrame
    local_sensitivity: pd.DataFrame
    mean: float
    variance: float
    points: int
    survey: Survey | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "quantity": self.quantity,
            "unit": REGISTRY.unit(self.quantity),
            "points": self.points,
            "mean": self.mean,
            "variance": self.variance,
            "quantile_error": self.quantile_error,
            "groups": records(self.table),
            "sensitivity": records(self.sensitivity),
            "local_sensitivity": records(self.local_sensitivity),
            "survey": self.survey.to_dict() if self.survey is not None else None,
            "notes": list(self.notes),
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import frame_table, note_list, number, stack

        unit = REGISTRY.unit(self.quantity)
        facts = f"{self.points:,} points, mean {number(self.mean)} {unit}"
        if not math.isnan(self.quantile_error):
            facts += f"; quantiles within {100 * self.quantile_error:.2g} %"
        parts: list[RenderableType] = []
        if len(self.sensitivity):
            parts.append(frame_table("Share of the variance by axis", self.sensitivity))
        else:
            parts.append("no shares of the variance: points are excluded or without a value, or all values are equal")
        if len(self.local_sensitivity):
            parts.append(frame_table("Around a typical point, one axis at a time", self.local_sensitivity))
        table = frame_table(f"{self.quantity} ({unit})", self.table)
        return stack(table, facts, *parts, *note_list(self.notes))
