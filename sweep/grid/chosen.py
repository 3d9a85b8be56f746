"""A choice as a plan makes it: candidates, what is evaluated for each, and what is known before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from carbonsweep.kernels import Equation
from carbonsweep.kernels.choice import Candidates, Choice
from carbonsweep.plan.expression import Expression

if TYPE_CHECKING:
    from carbonsweep.grid.sampled import Sampled

NO_CHOICE = "no_choice"
"""The column that says why a plan's choice found nothing."""

_KINDS = {
    "powers_of_two": "powers of two",
    "whole_numbers": "whole numbers",
}


@dataclass(frozen=True)
class InnerAxis:
    """One loop of a choice.

    Attributes
    ----------
    name
        What it is called.
    fields
        Names whose values it sets.
    candidates
        How its values are made; None for the columns of `matrix`.
    matrix
        Values of the fields, float64, shape (fields, candidates).
    labels
        What the candidates are called, for rows of a catalog and choices by name.
    """

    name: str
    fields: tuple[str, ...]
    candidates: Candidates | None = None
    matrix: np.ndarray | None = None
    labels: tuple[str, ...] | None = None

    def described(self) -> str:
        """How many candidates there are, or how they are made."""
        fixed = self.fixed
        if fixed is not None:
            return f"{len(fixed)} candidates"
        assert self.candidates is not None
        return _KINDS[self.candidates.kind]

    @property
    def bound(self) -> tuple[str, ...]:
        """Names that the loop sets: its fields, and for labelled candidates the position of the label."""
        return self.fields if self.labels is None else (*self.fields, self.name)

    @property
    def fixed(self) -> tuple[tuple[float, ...], ...] | None:
        """The values that each candidate sets, where they are known beforehand."""
        if self.candidates is not None:
            return tuple((value,) for value in self.candidates.values) if self.candidates.kind == "values" else None
        assert self.matrix is not None
        columns = (tuple(float(value) for value in column) for column in self.matrix.T)
        if self.labels is None:
            return tuple(columns)
        return tuple((*column, float(number)) for number, column in enumerate(columns))


@dataclass(frozen=True)
class Chosen:
    """A choice that a grid makes at every point.

    Attributes
    ----------
    choice
        As it is declared.
    axes
        Its loops, outermost first: what the plan gives is none of them.
    steps
        What is evaluated for every candidate, each after those that it depends on.
    inputs
        Names known outside that the steps, candidates and conditions need.
    conditions
        Further conditions, of a plan.
    reasons
        What the choice of a plan says where no candidate is possible: the condition that excludes most, as the position
        of a text among these; without texts it says nothing.
    """

    choice: Choice
    axes: tuple[InnerAxis, ...]
    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    conditions: tuple[Expression, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def quantity(self) -> str:
        """What the choice is called among quantities."""
        return self.choice.name

    def holds(self, quantity: str) -> bool:
        """Whether a quantity is held to its range for every candidate.

        A choice of the equations compares millions of candidates: its objective decides, and what is computed of the
        winner is held outside. A choice of a plan evaluates everything for each candidate.
        """
        return bool(self.reasons) or quantity == self.choice.objective

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names whose values it gives."""
        bound = tuple(field for axis in self.axes for field in axis.bound)
        return (*bound, NO_CHOICE) if self.reasons else bound

    def described(self) -> dict[str, str]:
        """What is tried for each name, in words."""
        return {axis.name: axis.described() for axis in self.axes}

    def equations(self) -> Iterator[Equation]:
        """All equations that it evaluates, those of choices inside included."""
        yield from all_equations(self.steps)


Step: TypeAlias = "Equation | Chosen | Sampled"


def all_equations(steps: Iterable[Step]) -> Iterator[Equation]:
    """The equations of steps, and of what is evaluated inside them."""
    for step in steps:
        if isinstance(step, Equation):
            yield step
        else:
            yield from step.equations()
