"""Which points of a grid have no value, and why: told apart from those that constraints exclude.

Every point is looked at where there are few; of many, a sample in which every value of each axis comes about equally
often. What a reduction or a run counts exactly, it counts itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.configuration.why import blanks_below, why_missing
from carbonsweep.engine.points import Points
from carbonsweep.grid.chosen import NO_CHOICE
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.missing import column_of
from carbonsweep.grid.sampled import thinned
from carbonsweep.kernels.layout.rules import REASONS

MOST = 2048
"""Points that are looked at."""
MOST_SAMPLES = 4
"""Joint samples at which a missing statistic is traced."""
MOST_TRACED = 32
"""Points whose missing value is traced to its cause by evaluating every equation."""


@dataclass(frozen=True)
class Survey:
    """What became of the points that were looked at.

    Attributes
    ----------
    points, tried
        Points of the grid, and how many of them were looked at.
    possible
        Those that meet all constraints and have a value.
    excluded
        Those that fail each constraint (and none before it).
    missing
        Those that cannot be evaluated, by reason.
    rows
        For each axis of names (rows of a catalog, choices) the values at which no point can be evaluated, with the
        most frequent reason.
    """

    points: int
    tried: int
    possible: int
    excluded: dict[str, int]
    missing: dict[str, int]
    rows: dict[str, dict[str, str]]

    @property
    def lost(self) -> int:
        """How many of the points looked at cannot be evaluated."""
        return sum(self.missing.values())

    def to_dict(self) -> dict[str, Any]:
        return {
            "tried": self.tried,
            "possible": self.possible,
            "excluded": self.excluded,
            "cannot_be_evaluated": self.missing,
            "never_evaluated": self.rows,
        }

    def notes(self) -> list[str]:
        """What a user should know; nothing where every point can be evaluated."""
        if not self.missing:
            return []
        whole = f"all {self.tried:,} points" if self.tried == self.points else f"{self.tried:,} points tried"
        reasons = sorted(self.missing.items(), key=lambda item: -item[1])
        shown = "; ".join(f"{reason} ({self._share(count)})" for reason, count in reasons[:4])
        shown += f"; and {len(reasons) - 4} other reasons" if len(reasons) > 4 else ""
        most = "most points have no value: " if self.lost > self.tried / 2 else ""
        lines = [f"{most}of {whole}, {self._share(self.lost)} cannot be evaluated: {shown}"]
        for axis, labels in self.rows.items():
            for label, reason in list(labels.items())[:5]:
                lines.append(f"{axis} {label}: no point can be evaluated ({reason})")
        return lines

    def _share(self, count: int) -> str:
        share = 100 * count / self.tried
        return f"{share:.0f} %" if share >= 1 or count == 0 else "under 1 %"


def surveyed_names(grid: Grid, wanted: Iterable[str]) -> list[str]:
    """The names whose values a survey needs: what is wanted, what constraints compare, and reasons."""
    names = [*wanted, *(name for constraint in grid.constraints for name in constraint.condition.names)]
    quantities = {equation.quantity for equation in grid.graph.equations}
    names += [name for name in ("infeasibility", NO_CHOICE) if name in quantities or name in grid.labelled]
    return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Sample:
    """Points that were evaluated.

    Attributes
    ----------
    places
        Their positions on the axes, int64, shape (points, axes).
    column
        Their quantities, by name.
    lacking
        The name for want of which each point cannot be evaluated, "" where it can.
    possible
        Whether each meets all constraints and has a value.
    excluded
        How many fail each constraint (and none before it).
    """

    places: np.ndarray
    column: dict[str, np.ndarray]
    lacking: np.ndarray
    possible: np.ndarray
    excluded: dict[str, int]

    @classmethod
    def of(cls, points: Points, places: np.ndarray, wanted: Sequence[str]) -> Sample:
        """Evaluate points of a grid at some places; `points` has at least the `surveyed_names`."""
        column = dict(zip(points.names, points.values(places), strict=True))
        undecided = np.ones(len(places), dtype=bool)
        excluded: dict[str, int] = {}
        lacking = np.full(len(places), "", dtype=object)
        for constraint in points.grid.constraints:
            names, evaluate_ = constraint.condition.names, constraint.condition.evaluate
            known = [column[name] for name in names]
            rows = zip(*known, strict=True) if names else [()] * len(places)
            holds = np.array([bool(evaluate_(dict(zip(names, row, strict=True)))) for row in rows], dtype=bool)
            for name, one in zip(names, known, strict=True):
                lacking[undecided & ~holds & np.isnan(one) & (lacking == "")] = name
            failed = undecided & ~holds & (lacking == "")
            excluded[constraint.name] = excluded.get(constraint.name, 0) + int(failed.sum())
            undecided &= holds
        for name in wanted:
            lacking[undecided & np.isnan(column[name]) & (lacking == "")] = name
        return cls(places, column, lacking, undecided & (lacking == ""), excluded)


def survey(points: Points, wanted: Sequence[str]) -> Survey:
    """Look at points of a grid.

    Parameters
    ----------
    points
        Evaluates at least the `surveyed_names`.
    wanted
        Quantities without which a point counts as missing.
    """
    return survey_of(points.grid, sample(points, wanted))


def sample(points: Points, wanted: Sequence[str]) -> Sample:
    """The points that a survey looks at, evaluated."""
    return Sample.of(points, _places(points.grid), wanted)


def survey_of(grid: Grid, seen: Sample) -> Survey:
    """What became of points that were evaluated."""
    missing = seen.lacking != ""
    reasons = _reasons(grid, seen.places, seen.column, seen.lacking)
    rows: dict[str, dict[str, str]] = {}
    for position, axis in enumerate(grid.axes):
        for number, label in enumerate(axis.labels or ()):
            here = seen.places[:, position] == number
            if here.any() and missing[here].all():
                most = Counter(reasons[int(row)] for row in np.flatnonzero(here)).most_common(1)[0][0]
                rows.setdefault(axis.name, {})[label] = most
    if all(len(rows.get(axis.name, ())) == len(axis) for axis in grid.axes if axis.labels):
        rows = {}  # nothing can be evaluated at all: no row is the cause
    counts = dict(Counter(reasons.values()))
    return Survey(grid.points, len(missing), int(seen.possible.sum()), seen.excluded, counts, rows)


def rows_without_figures(grid: Grid) -> list[str]:
    """Rows of catalogs that leave blank what the plan needs, found without compiling anything: a note for each kind.

    One point is tried for each combination of blanks: that row, with the middle of all other axes.
    """
    needed = [*grid.outputs, *(name for constraint in grid.constraints for name in constraint.condition.names)]
    needed = [name for name in dict.fromkeys(needed) if name not in grid.labelled]
    middle = np.array([len(axis) // 2 for axis in grid.axes])
    rows: dict[tuple[str, str], list[str]] = {}
    tried: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for position, axis in enumerate(grid.axes):
        for number, label in enumerate(axis.labels or ()):
            place = middle.copy()
            place[position] = number
            blank = tuple(f for f, values in zip(axis.fields, axis.matrix, strict=True) if np.isnan(values[number]))
            key = (axis.name, *blank)
            if not blank or (key not in tried and len(tried) >= MOST_TRACED):
                continue
            if key not in tried:
                values = evaluate(thinned(grid.graph, MOST_SAMPLES), _given(grid, place))
                lost = [name for name in needed if math.isnan(values.get(name, 0.0))]
                tried[key] = {name: blanks_below(grid.graph, values, name) for name in lost}
            for name, causes in tried[key].items():
                if causes:
                    rows.setdefault((axis.name, f"no {name}, {_named(grid, causes)}"), []).append(label)
                    break
    return [
        f"{axis} {', '.join(labels[:4])}{f' and {len(labels) - 4} more' if len(labels) > 4 else ''}: {text}"
        for (axis, text), labels in rows.items()
    ]


def _places(grid: Grid) -> np.ndarray:
    """Places of all points, or of some with every value of each axis about equally often; the same at every call."""
    sizes = [len(axis) for axis in grid.axes]
    if grid.points <= MOST:
        return np.ascontiguousarray(np.stack(np.unravel_index(np.arange(grid.points), sizes), axis=1).astype(np.int64))
    random = np.random.default_rng(0)
    columns = [
        random.permutation(np.arange(MOST) % size if size <= MOST else random.integers(0, size, MOST)) for size in sizes
    ]
    return np.ascontiguousarray(np.stack(columns, axis=1).astype(np.int64))


def _reasons(grid: Grid, places: np.ndarray, column: dict[str, np.ndarray], lacking: np.ndarray) -> dict[int, str]:
    """For each point without a value, why."""
    found: dict[int, str] = {}
    traced: dict[tuple[Any, ...], tuple[list[str], str]] = {}
    for row in map(int, np.flatnonzero(lacking != "")):
        name = str(lacking[row])
        codes = column.get("infeasibility")
        code = math.nan if codes is None else codes[row]
        if NO_CHOICE in column and not math.isnan(column[NO_CHOICE][row]):
            found[row] = grid.labelled[NO_CHOICE][int(column[NO_CHOICE][row])]
            continue
        if code > 1:
            found[row] = REASONS[int(code)]
            continue
        # Points at which the same figures are blank lack the value for the same cause: one of them is traced.
        key = (name, code == 1, *_blank(grid, places[row]))
        if key not in traced and len(traced) < MOST_TRACED:
            traced[key] = _cause(grid, places[row], name)
        blanks, text = traced.get(key, ([], ""))
        found[row] = _named(grid, blanks) or text or f"{name} has no value"
    return found


def _cause(grid: Grid, place: np.ndarray, name: str) -> tuple[list[str], str]:
    """What is not known at a point, and if all is known, why a quantity has no value."""
    values = evaluate(thinned(grid.graph, MOST_SAMPLES), _given(grid, place))
    blanks = blanks_below(grid.graph, values, name)
    return blanks, "" if blanks else why_missing(grid.graph, values, name)


def _blank(grid: Grid, place: np.ndarray) -> list[str]:
    """The names that the rows at a point leave blank."""
    return [
        field
        for axis, position in zip(grid.axes, place, strict=True)
        for field, values in zip(axis.fields, axis.matrix, strict=True)
        if np.isnan(values[position])
    ]


def _named(grid: Grid, blanks: Sequence[str]) -> str:
    """Names that are not known, with the columns of the catalogs that supply them."""
    if not blanks:
        return ""
    owner = {field: axis.name for axis in grid.axes if axis.labels is not None for field in axis.fields}
    return f"{', '.join(column_of(owner.get(name, ''), name) for name in blanks)} not known"


def _given(grid: Grid, place: np.ndarray) -> dict[str, float]:
    """The values that axes and constants give at a point."""
    values = dict(grid.constants)
    for axis, position in zip(grid.axes, place, strict=True):
        if axis.fields:
            values.update(zip(axis.fields, map(float, axis.matrix[:, position]), strict=True))
    return values
