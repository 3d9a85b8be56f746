"""A plan bound to the catalogs: every axis as arrays of numbers, every name checked."""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.grid.chosen import Chosen, all_equations
from carbonsweep.grid.resolve import Graph
from carbonsweep.grid.samples import Samples
from carbonsweep.kernels import REGISTRY

if TYPE_CHECKING:
    from carbonsweep.plan.expression import Expression


@dataclass(frozen=True)
class GridAxis:
    """One axis of the grid.

    Attributes
    ----------
    name
        The axis as the plan names it.
    labels
        What the rows are called (catalog ids, or names of choices); None for a numeric axis.
    fields
        The names whose values this axis sets.
    matrix
        Their values, float64, shape (len(fields), number of values).
    """

    name: str
    labels: tuple[str, ...] | None
    fields: tuple[str, ...]
    matrix: np.ndarray

    def __len__(self) -> int:
        return int(self.matrix.shape[1]) if self.labels is None else len(self.labels)

    @property
    def values(self) -> np.ndarray:
        """The values of the axis as a user knows them: numbers, or labels."""
        return self.matrix[0] if self.labels is None else np.array(self.labels, dtype=object)


@dataclass(frozen=True)
class Constraint:
    """A condition that points must meet, and what it is called in reports."""

    name: str
    condition: Expression


@dataclass(frozen=True)
class Grid:
    """A plan ready to be scheduled.

    Attributes
    ----------
    axes
        In plan order.
    constants
        Values of the constant names that the graph uses.
    graph
        The equations for outputs and constraints.
    outputs
        Names of the quantity columns (those that are not axes).
    constraints
        In plan order; those of a plan that chooses hold inside its choice.
    choice_constraints
        The constraints that hold inside the choice.
    labelled
        Labels of the quantity columns that hold positions among them: rows that were chosen, choices, reasons.
    samples
        Joint samples of what is uncertain, if anything is.
    notes
        Things a user should know: inputs that nothing uses, defaults that stand in for blank cells.
    catalog_hashes
        Content hash of every catalog used, by name.
    profiles
        What the hourly profiles are that equations look up: id, kind, year and clock.
    """

    axes: tuple[GridAxis, ...]
    constants: dict[str, float]
    graph: Graph
    outputs: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    notes: tuple[str, ...]
    catalog_hashes: dict[str, str]
    choice_constraints: tuple[Constraint, ...] = ()
    labelled: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    samples: Samples | None = None
    profiles: tuple[dict[str, Any], ...] = ()

    @property
    def choices(self) -> tuple[Chosen, ...]:
        """The choices that are made at every point."""
        return tuple(step for step in self.graph.steps if isinstance(step, Chosen))

    @property
    def points(self) -> int:
        return math.prod(len(axis) for axis in self.axes)

    def zipped_with(self, axis: GridAxis) -> tuple[str, ...]:
        """The columns that move together with an axis."""
        return tuple(name for name in self.outputs if name in axis.fields and name != axis.name)

    def whole(self, name: str) -> bool:
        """Whether all values of a column are whole numbers (or missing), so that it is one of integers."""
        if name in self.labelled or any(axis.name == name and axis.labels is not None for axis in self.axes):
            return False
        if not REGISTRY.counts(name):
            return False
        given = [axis.matrix[axis.fields.index(name)] for axis in self.axes if name in axis.fields]
        for axis in (axis for step in self.choices for axis in step.axes if name in axis.fields):
            if axis.matrix is None:
                return True  # made by the equations' own choice, which tries whole numbers
            given.append(axis.matrix[axis.fields.index(name)])
        given += [np.array([values[name]]) for values in (self.constants, self.graph.defaults) if name in values]
        if given:
            return all(bool(np.all((values == np.floor(values)) | np.isnan(values))) for values in given)
        made = [equation for equation in all_equations(self.graph.steps) if equation.quantity == name]
        return bool(made) and all(one.whole for one in made)

    def shown(self, name: str, value: float) -> Any:
        """A value of a column as a user knows it: a text, an integer or a float; None if there is none."""
        if math.isnan(value):
            return None
        if name in self.labelled:
            return self.labelled[name][int(value)]
        return int(value) if self.whole(name) else value

    @property
    def thresholds(self) -> tuple[ast.Constant, ...]:
        """The numbers in the constraints."""
        return tuple(
            number for one in (*self.constraints, *self.choice_constraints) for number in one.condition.numbers
        )

    @property
    def constant_names(self) -> tuple[str, ...]:
        """What the first values of `nest_constants` are."""
        return (*self.constants, *self.graph.defaults)

    @property
    def nest_constants(self) -> np.ndarray:
        """All numbers of a nest that are the same at every point: constants, defaults, thresholds; float64."""
        thresholds = [float(number.value) for number in self.thresholds]  # type: ignore[arg-type]
        return np.array([*self.constants.values(), *self.graph.defaults.values(), *thresholds], dtype=np.float64)
