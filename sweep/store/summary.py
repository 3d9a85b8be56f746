"""What a run reports: counts, ranges and the best rows, gathered chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from carbonsweep.engine.sweep import Chunk, Sweep
from carbonsweep.kernels.layout.rules import REASONS

BEST_ROWS = 10


@dataclass(slots=True)
class ColumnSummary:
    """Smallest and largest value of a column (NaN if it has none), and how many values are NaN."""

    minimum: float = np.nan
    maximum: float = np.nan
    missing: int = 0

    def add(self, other: ColumnSummary) -> None:
        self.minimum = float(np.fmin(self.minimum, other.minimum))
        self.maximum = float(np.fmax(self.maximum, other.maximum))
        self.missing += other.missing


@dataclass(slots=True)
class Summary:
    """Counts, ranges and best rows of some chunks of a sweep.

    Attributes
    ----------
    rows
        Rows written.
    excluded
        Points that fail each constraint, counted for the first one they fail in loop order.
    unknown
        Points at which each constraint cannot be evaluated, since a quantity in it has no value.
    columns
        Range and count of missing values by quantity.
    infeasible
        Rows without a feasible layout by reason, if infeasibility is among the quantities.
    best
        The best rows for the plan's objective: (objective, chunk, row, values by column), best first.
    """

    rows: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    columns: dict[str, ColumnSummary] = field(default_factory=dict)
    infeasible: dict[str, int] = field(default_factory=dict)
    best: list[tuple[float, int, int, dict[str, Any]]] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)

    def add(self, other: Summary) -> None:
        """Take in the summary of other chunks."""
        self.rows += other.rows
        for name, count in other.excluded.items():
            self.excluded[name] = self.excluded.get(name, 0) + count
        for name, count in other.unknown.items():
            self.unknown[name] = self.unknown.get(name, 0) + count
        for reason, count in other.infeasible.items():
            self.infeasible[reason] = self.infeasible.get(reason, 0) + count
        for name, column in other.columns.items():
            self.columns.setdefault(name, ColumnSummary()).add(column)
        self.best = sorted([*self.best, *other.best], key=lambda row: row[:3])[:BEST_ROWS]

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON (Python's, which knows NaN and infinity)."""
        columns = {name: [c.minimum, c.maximum, c.missing] for name, c in self.columns.items()}
        return {
            "rows": self.rows,
            "excluded": self.excluded,
            "unknown": self.unknown,
            "columns": columns,
            "infeasible": self.infeasible,
            "best": self.best,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Summary:
        """The summary that `as_dict` made this of.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is not the work of `as_dict`.
        """
        columns = {str(n): ColumnSummary(float(c[0]), float(c[1]), int(c[2])) for n, c in data["columns"].items()}
        excluded = {str(name): int(count) for name, count in data["excluded"].items()}
        best = [(float(key), int(chunk), int(row), dict(values)) for key, chunk, row, values in data["best"]]
        unknown = {str(name): int(count) for name, count in data["unknown"].items()}
        infeasible = {str(reason): int(count) for reason, count in data.get("infeasible", {}).items()}
        return cls(int(data["rows"]), excluded, columns, infeasible, best, unknown)


def summarize(sweep: Sweep, chunk: Chunk, index: int, first_row: int = 0) -> Summary:
    """Summary of some rows of a chunk: `index` is the chunk's number, `first_row` where these rows begin."""
    columns = {}
    for name, values in chunk.columns.items():
        if name in sweep.grid.labelled:
            continue
        # min and max give NaN if there is any: only then is it counted.
        low, high, missing = np.nan, np.nan, 0
        if len(values):
            low, high = float(values.min()), float(values.max())
        if np.isnan(low) and len(values):
            missing = int(np.isnan(values).sum())
            if missing < len(values):
                low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
        columns[name] = ColumnSummary(low, high, missing)
    excluded: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for constraint, fails, lacks in zip(sweep.grid.constraints, chunk.excluded, chunk.unknown, strict=True):
        excluded[constraint.name] = excluded.get(constraint.name, 0) + int(fails)
        unknown[constraint.name] = unknown.get(constraint.name, 0) + int(lacks)
    infeasible = _infeasible(chunk.columns.get("infeasibility"))
    best = _best(sweep, chunk, index, first_row)
    return Summary(chunk.rows, excluded, columns, infeasible, best, unknown)


def _infeasible(codes: np.ndarray | None) -> dict[str, int]:
    """Rows by reason, feasible ones left out."""
    if codes is None:
        return {}
    found, counts = np.unique(codes[codes > 0], return_counts=True)
    return {REASONS[int(code)]: int(count) for code, count in zip(found, counts, strict=True)}


def _best(sweep: Sweep, chunk: Chunk, index: int, first_row: int) -> list[tuple[float, int, int, dict[str, Any]]]:
    name = sweep.plan.output.objective
    if name is None or not chunk.rows:
        return []
    values = point_columns(sweep, chunk, name)
    keys = -values if sweep.plan.output.maximize else values
    eligible = ~np.isnan(keys) if chunk.meets is None else ~np.isnan(keys) & chunk.meets
    rows = np.flatnonzero(eligible)
    if len(rows) > BEST_ROWS:
        # Ties at the border all stay, so that the earliest rows win whatever the partition does.
        border = np.partition(keys[rows], BEST_ROWS - 1)[BEST_ROWS - 1]
        rows = rows[keys[rows] <= border]
    rows = rows[np.argsort(keys[rows], kind="stable")][:BEST_ROWS]
    return [(float(keys[row]), index, first_row + int(row), row_values(sweep, chunk, int(row))) for row in rows]


def point_columns(sweep: Sweep, chunk: Chunk, name: str) -> np.ndarray:
    """A column of a chunk by name, whether a quantity or a numeric axis."""
    if name in chunk.columns:
        return chunk.columns[name]
    position = next(i for i, axis in enumerate(sweep.grid.axes) if axis.name == name)
    return chunk.axes[position]


def row_values(sweep: Sweep, chunk: Chunk, row: int) -> dict[str, Any]:
    """One row of a chunk as a user knows it: axis values (ids for catalog rows), then quantities; None for no value."""
    grid = sweep.grid
    values: dict[str, Any] = {}
    for axis, column in zip(grid.axes, chunk.axes, strict=True):
        values[axis.name] = axis.labels[int(column[row])] if axis.labels else grid.shown(axis.name, float(column[row]))
    for name, column in chunk.columns.items():
        values[name] = grid.shown(name, float(column[row]))
    return values
