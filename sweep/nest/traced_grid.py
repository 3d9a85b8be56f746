"""The operations of a bound plan: its axes and constants as leaves, its equations and constraints traced."""

from __future__ import annotations

import numpy as np

from carbonsweep.grid.chosen import NO_CHOICE
from carbonsweep.grid.grid import Grid
from carbonsweep.kernels import REGISTRY
from carbonsweep.nest.choices import candidate_name, trace_steps
from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.ranges import Ranges
from carbonsweep.nest.sample_loops import SAMPLES
from carbonsweep.nest.tracing import trace_condition


def is_structural(name: str, value: float, by_default: bool) -> bool:
    """Whether a constant is written into a nest's text, so that the branches it excludes are not compiled.

    These are words (a format, a method) and defaults of 0 and 1, which mostly say that a model or a machine has no such
    part. All other constants are read, so that plans that differ in numbers share what is compiled.
    """
    return bool(REGISTRY.choices_of(name)) or (by_default and value in (0.0, 1.0))


class TracedGrid:
    """A grid as a graph of operations.

    Attributes
    ----------
    operations
        The graph; the loops of a node are axes of the plan, as bits. An axis of one value is no loop.
    nodes
        The node of every name that the grid knows.
    conditions
        The nodes of its constraints, in order.
    compared
        For each constraint the nodes of the quantities in it.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.operations = operations = Operations()
        self.nodes: dict[str, Node] = {}
        values = grid.nest_constants.tolist()
        for position, name in enumerate(grid.constant_names):
            structural = is_structural(name, values[position], name in grid.graph.defaults)
            read = operations.load(f"at(constants, {position})", 0)
            self.nodes[name] = operations.number(values[position]) if structural else read
        for position, axis in enumerate(grid.axes):
            loops = 1 << position if len(axis) > 1 else 0
            index = f"i_{position}" if loops else "0"
            for row, field in enumerate(axis.fields):
                self.nodes[field] = operations.load(f"row_at(x_{position}, {row}, {index})", loops)
        first = len(grid.constant_names)
        numbers = {
            number: operations.load(f"at(constants, {first + position})", 0)
            for position, number in enumerate(grid.thresholds)
        }
        ranges = Ranges(operations)
        for name, node in self.nodes.items():
            if REGISTRY.knows(name) and operations.constant(node) is None:
                ranges.declare(node, REGISTRY.valid(name))
        trace_steps(ranges, grid.graph.steps, self.nodes, len(grid.axes), numbers)
        self._blank_without_choice()
        self.conditions = [
            trace_condition(operations, constraint.condition.tree, self.nodes, numbers)
            for constraint in grid.constraints
        ]
        self.compared = [[self.nodes[name] for name in constraint.condition.names] for constraint in grid.constraints]

    def _blank_without_choice(self) -> None:
        """Outputs have no value where the choice of the plan finds nothing, those that it does not change included."""
        missing = self.nodes.get(NO_CHOICE)
        if missing is None:
            return
        operations = self.operations
        found = operations.put("isnan", missing)
        chosen = {name for step in self.grid.choices for name in step.outputs}
        for name in self.grid.outputs:
            if name not in chosen:
                blank = operations.number(float("nan"))
                self.nodes[name] = operations.put("select", found, self.nodes[name], blank)

    @property
    def candidates(self) -> dict[str, np.ndarray]:
        """The values that choices of the plan try, and joint samples, by the name that the nest has for them."""
        found = {
            candidate_name(step, number): axis.matrix
            for step in self.grid.choices
            for number, axis in enumerate(step.axes)
            if axis.matrix is not None
        }
        sampled = self.grid.samples
        return found if sampled is None else {**found, SAMPLES: sampled.matrix}

    @property
    def outputs(self) -> list[Node]:
        return [self.nodes[name] for name in self.grid.outputs]
