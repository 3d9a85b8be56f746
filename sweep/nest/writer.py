"""What the nests of a sweep share: loops, tables, arguments, and conditions by the loop that decides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carbonsweep.nest.choices import all_nodes, choice_functions
from carbonsweep.nest.equation_source import function_source
from carbonsweep.nest.operations import Node
from carbonsweep.nest.region import Region
from carbonsweep.nest.schedule import Schedule
from carbonsweep.nest.statements import HEADER, INNER, Argument, Assign, Lines, Value, entry, needed_first
from carbonsweep.nest.tables import choose_tables
from carbonsweep.nest.traced_grid import TracedGrid
from carbonsweep.nest.tracing import called

COMMON: list[Argument] = [("sizes", "int64[::1]"), ("constants", "float64[::1]"), ("tables", "float64[::1]")]
"""Sizes of the axes by plan position, tile and tiles, offsets of the tabulated values; constants; tabulated values."""
MOST_NESTED = 12
"""Loops written inside each other; Python refuses more than twenty. Those outside of them become one."""


@dataclass(frozen=True)
class Body:
    """What a nest evaluates: assignments by loop, the text of each value wanted, and of each condition by its loop."""

    assignments: dict[int, list[Assign]]
    values: dict[Node, Value]
    conditions: dict[int, list[tuple[int, Value]]]

    def at(self, loop: int) -> list[Assign]:
        return self.assignments[loop]

    def checks(self, loop: int) -> list[str]:
        return [value.text for _, value in self.conditions[loop]]

    def split(self, loop: int) -> tuple[list[Assign], list[Assign]]:
        """The assignments that the conditions of a loop need, and the others."""
        return needed_first(self.at(loop), [name for _, value in self.conditions[loop] for name in value.uses])


class Writer:
    """Writes the nests of a traced grid and its tables.

    Parameters
    ----------
    traced
        The grid as operations.
    schedule
        Its loops.
    roots
        The nodes that the nest evaluates, beside the conditions.
    tabulate
        Whether values may be computed beforehand and looked up.
    """

    def __init__(self, traced: TracedGrid, schedule: Schedule, roots: Sequence[Node], tabulate: bool = True) -> None:
        self.traced = traced
        self.grid = traced.grid
        self.schedule = schedule
        self.operations = traced.operations
        self.roots = tuple(roots)
        wanted = [*self.roots, *traced.conditions] if tabulate else []
        self.tables = choose_tables(self.operations, schedule, wanted)
        self.position = {node: number for number, node in enumerate(n for table in self.tables for n in table.nodes)}
        self.table_of = {node: table for table in self.tables for node in table.nodes}

    @property
    def loops(self) -> int:
        return len(self.schedule.order)

    def index(self, loop: int) -> str:
        """The variable that counts a loop: it is called after the axis."""
        return f"i_{self.schedule.order[loop]}"

    def size(self, loop: int) -> str:
        return f"sizes[{self.schedule.order[loop]}]"

    def place(self, loops: Sequence[int]) -> str:
        """The position in an array over some loops, as an expression of their counters."""
        text = self.index(loops[0])
        for loop in loops[1:]:
            text = f"({text} * {self.size(loop)} + {self.index(loop)})"
        return text

    def lookup(self, node: Node) -> str:
        offset = len(self.grid.axes) + 2 + self.position[node]
        return f"tables[sizes[{offset}] + {self.place(self.table_of[node].loops)}]"

    def body(self) -> Body:
        """What the nest evaluates in its loops."""
        conditions = self.traced.conditions
        region = Region(self.operations, self.schedule.depth, {node: self.lookup(node) for node in self.position})
        assignments, values = region.statements([*self.roots, *conditions], self.loops)
        by_loop: dict[int, list[tuple[int, Value]]] = {loop: [] for loop in range(-1, self.loops)}
        for number, node in enumerate(conditions):
            by_loop[self.schedule.depth(self.operations.loops[node])].append((number, values[node]))
        return Body(assignments, values, by_loop)

    def axis_arguments(self) -> list[Argument]:
        """Values of the axes, and of the candidates that the plan's choice tries."""
        names = [f"x_{position}" for position in range(len(self.grid.axes))]
        return [(name, "float64[:,::1]") for name in [*names, *self.traced.candidates]]

    def functions(self) -> list[str]:
        """The compiled functions that operations call: those that loop, and choices."""
        needed = self.operations.needed([*self.roots, *self.traced.conditions])
        whole = all_nodes(self.operations, needed)
        functions = [INNER + function_source(f, f.__name__) + "\n" for f in called(self.operations, whole)]
        return [*functions, *choice_functions(self.operations, needed)]

    def preamble(self) -> list[str]:
        """The parts of every module before its own nest: header, functions, tables."""
        return [HEADER, *self.functions(), *(self._table(number) for number in range(len(self.tables)))]

    def _table(self, number: int) -> str:
        """The function that fills a table for a range of its outermost loop."""
        table = self.tables[number]
        own = set(table.nodes)
        known: Mapping[Node, str] = {node: self.lookup(node) for node in self.position if node not in own}
        inner = {loop: place for place, loop in enumerate(table.loops)}

        def depth(axes: int) -> int:
            loop = self.schedule.depth(axes)
            return inner[loop] if loop >= 0 else -1

        assignments, values = Region(self.operations, depth, known).statements(table.nodes, len(table.loops))
        lines = Lines()
        lines.add(*assignments[-1])
        for place, loop in enumerate(table.loops):
            span = "start, stop" if place == 0 else self.size(loop)
            lines.add(f"for {self.index(loop)} in range({span}):")
            lines.level += 1
            lines.add(*assignments[place])
        for node in table.nodes:
            lines.add(f"{self.lookup(node)} = {values[node]}")
        arguments = [("start", "int64"), ("stop", "int64"), *COMMON, *self.axis_arguments()]
        return entry(f"table_{number}", arguments, "void", lines)
