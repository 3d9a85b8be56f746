"""Statistics over joint samples, as a step of a grid: what is evaluated for every sample, and what is said of it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carbonsweep.grid.chosen import Step, all_equations
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.kernels.derived import known_statistic
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.plan import expression
from carbonsweep.plan.expression import Expression

if TYPE_CHECKING:
    from carbonsweep.grid.resolve import Graph
    from carbonsweep.grid.samples import Samples


@dataclass(frozen=True)
class Sampled:
    """Statistics that a grid takes at every point.

    Attributes
    ----------
    samples
        The joint samples.
    steps
        What is evaluated for every sample, each after those that it depends on.
    inputs
        Names known outside that the steps need.
    statistics
        What is taken.
    maximized
        Quantities of which the smallest values are the worst: a sample without a value counts as such.
    searched
        The column by which a search looks for the best point: what cannot be among the best is left early, and is
        infinitely bad.
    """

    samples: Samples
    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    statistics: tuple[Statistic, ...]
    maximized: frozenset[str] = frozenset()
    searched: str = ""
    quantity: str = "samples"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names whose values it gives."""
        return (*dict.fromkeys(one.column for one in self.statistics), FEASIBLE_SHARE)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities of which statistics are taken."""
        return tuple(dict.fromkeys(one.quantity for one in self.statistics))

    def equations(self) -> Iterator[Equation]:
        """All equations that it evaluates."""
        yield from all_equations(self.steps)

    def only(self, names: Container[str]) -> Sampled:
        """The same with no other statistics, and only the steps that they need."""
        if FEASIBLE_SHARE in names:
            return self
        statistics = tuple(one for one in self.statistics if one.column in names)
        steps = needed_steps(self.steps, {one.quantity for one in statistics})
        return replace(self, statistics=statistics, steps=steps)


def searched_by(graph: Graph, column: str) -> Graph:
    """The graph of a search by a statistic; others stay as they are."""
    steps = [
        replace(step, searched=column) if isinstance(step, Sampled) and column in step.outputs else step
        for step in graph.steps
    ]
    return replace(graph, steps=tuple(steps))


def thinned(graph: Graph, count: int) -> Graph:
    """The graph with no more than some samples, for those who ask why a point has no value."""
    return replace(graph, steps=tuple(_thinned(step, count) for step in graph.steps))


def _thinned(step: Step, count: int) -> Step:
    if isinstance(step, Equation):
        return step
    steps = tuple(_thinned(one, count) for one in step.steps)
    if isinstance(step, Sampled):
        return replace(step, steps=steps, samples=replace(step.samples, matrix=step.samples.matrix[:, :count]))
    return replace(step, steps=steps)


def needed_steps(steps: tuple[Step, ...], names: set[str]) -> tuple[Step, ...]:
    """The steps that give some names, or what these depend on."""
    needed, kept = set(names), list[Step]()
    for step in reversed(steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
            kept.insert(0, step)
    return tuple(kept)


def is_quantity(name: str) -> bool:
    """Whether a column can be asked for: a quantity or input, or a statistic of one."""
    return name == FEASIBLE_SHARE or REGISTRY.knows(name) or known_statistic(name, REGISTRY) is not None


def check_condition(condition: Expression, at: str) -> None:
    """Refuse a condition on names that are no quantities, or on text.

    Raises
    ------
    PlanError
        With the name.
    """
    statistics = [name for name in condition.names if is_quantity(name)]
    expression.check_names(condition, [*REGISTRY.names(), *statistics], at)
    expression.check_numeric(condition, at)
