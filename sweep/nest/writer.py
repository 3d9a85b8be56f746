"""What the nests of a sweep share: loops, tables, arguments, and conditions by the loop that decides them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carbonsweep.nest.inner_functions import Inner, arrays_of, called_text, curves_of, functions_among, with_inner
from carbonsweep.nest.operations import Node
from carbonsweep.nest.region import Region
from carbonsweep.nest.sample_loops import BOUND
from carbonsweep.nest.schedule import Schedule
from carbonsweep.nest.statements import (
    CURVES,
    HEADER,
    Argument,
    Assign,
    Lines,
    Value,
    entry,
    needed_first,
)
from carbonsweep.nest.tables import Table, choose_tables
from carbonsweep.nest.traced_grid import TracedGrid
from carbonsweep.nest.tracing import called

COMMON: list[Argument] = [("sizes", "int64[::1]"), ("constants", "float64[::1]")]
"""Sizes of the axes by plan position, then tile and tiles; constants."""
MOST_NESTED = 12
"""Loops written inside each other; Python refuses more than twenty. Those outside of them become one."""


@dataclass(frozen=True)
class Body:
    """What a nest evaluates: assignments by loop, the text of each value wanted, and of each condition by its loop.

    `unknown` holds for each condition the text that says whether it fails for want of a value.
    """

    assignments: dict[int, list[Assign]]
    values: dict[Node, Value]
    conditions: dict[int, list[tuple[int, Value]]]
    unknown: tuple[Value, ...] = ()

    def at(self, loop: int) -> list[Assign]:
        return self.assignments[loop]

    def checks(self, loop: int) -> list[str]:
        return [value.text for _, value in self.conditions[loop]]

    def split(self, loop: int) -> tuple[list[Assign], list[Assign]]:
        """The assignments that the conditions of a loop need, and the others."""
        values = [value for _, value in self.conditions[loop]]
        values += [self.unknown[position] for position, _ in self.conditions[loop] if self.unknown]
        return needed_first(self.at(loop), [name for value in values for name in value.uses])


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
        self.table_of = {node: table for table in self.tables for node in table.nodes}

    @property
    def loops(self) -> int:
        return len(self.schedule.order)

    def index(self, loop: int) -> str:
        """The variable that counts a loop: it is called after the axis."""
        return f"i_{self.schedule.order[loop]}"

    def size(self, loop: int) -> str:
        return f"n_{self.schedule.order[loop]}"

    def sizes(self) -> list[Assign]:
        """Variables for the sizes of the axes."""
        return [Assign(f"n_{position}", f"at(sizes, {position})") for position in range(len(self.grid.axes))]

    def place(self, loops: Sequence[int]) -> str:
        """The position in an array over some loops, as an expression of their counters."""
        text = self.index(loops[0])
        for loop in loops[1:]:
            text = f"({text} * {self.size(loop)} + {self.index(loop)})"
        return text

    def lookup(self, node: Node) -> tuple[str, str]:
        """Array and row of a tabulated value, and the variable of its place."""
        table = self.table_of[node]
        number = self.tables.index(table)
        place = self.index(table.loops[0]) if len(table.loops) == 1 else f"q_{number}"
        return f"t_{number}, {table.nodes.index(node)}", place

    def places(self, tables: Iterable[Table]) -> dict[int, list[Assign]]:
        """Assignments of places in tables, by the loop at which they are known."""
        by_loop: dict[int, list[Assign]] = {}
        for table in tables:
            if len(table.loops) > 1:
                one = Assign(f"q_{self.tables.index(table)}", self.place(table.loops), empty="0")
                by_loop.setdefault(table.loops[-1], []).append(one)
        return by_loop

    def known(self, nodes: Iterable[Node]) -> dict[Node, Value]:
        """How tabulated values are read."""
        found = {}
        for node in nodes:
            array, place = self.lookup(node)
            found[node] = Value(f"row_at({array}, {place})", frozenset([place] if place.startswith("q_") else []))
        return found

    def body(self, reasons: bool = False) -> Body:
        """What the nest evaluates in its loops; with `reasons` it can tell conditions that have no value."""
        conditions = self.traced.conditions
        compared = self.traced.compared if reasons else []
        region = Region(self.operations, self.schedule.depth, self.known(self.table_of))
        roots = [*self.roots, *conditions, *(node for nodes in compared for node in nodes)]
        assignments, values = region.statements(roots, self.loops)
        assignments[-1] = [*self.sizes(), *assignments[-1]]
        for loop, places in self.places(self.tables).items():
            assignments[loop] = [*places, *assignments[loop]]
        by_loop: dict[int, list[tuple[int, Value]]] = {loop: [] for loop in range(-1, self.loops)}
        for number, node in enumerate(conditions):
            by_loop[self.schedule.depth(self.operations.loops[node])].append((number, values[node]))
        unknown = tuple(
            Value(
                " or ".join(f"{values[node].text} != {values[node].text}" for node in nodes),
                frozenset().union(*(values[node].uses for node in nodes)),
            )
            for nodes in compared
        )
        return Body(assignments, values, by_loop, unknown)

    def axis_arguments(self) -> list[Argument]:
        """Tabulated values, values of the axes, of the candidates that the plan's choice tries, and curves."""
        names = [f"t_{number}" for number in range(len(self.tables))]
        names += [f"x_{position}" for position in range(len(self.grid.axes))]
        names += [*self.traced.candidates, *([CURVES] if self.looks_up else [])]
        return [(name, "float64[:,::1]") for name in names]

    @functools.cached_property
    def looks_up(self) -> bool:
        """Whether anything that the nest evaluates is looked up in a curve."""
        needed = self.operations.needed([*self.roots, *self.traced.conditions])
        return bool(curves_of(self.operations, needed)) or CURVES in arrays_of(self.inner)

    @property
    def inner(self) -> list[Inner]:
        """The choices and statistics among the operations, inner ones first."""
        needed = self.operations.needed([*self.roots, *self.traced.conditions])
        return with_inner(functions_among(self.operations, needed))

    def functions(self) -> list[str]:
        """The texts of what the nest calls: choices and statistics, and equations that loop; each once."""
        needed = self.operations.needed([*self.roots, *self.traced.conditions])
        texts = [text for one in self.inner for text in one.texts()]
        return list(dict.fromkeys([*texts, *called_text(called(self.operations, needed))]))

    def preamble(self) -> list[str]:
        """The parts of every module before its own nest: header, functions, tables."""
        return [HEADER, *self.functions(), *([self._fill_tables()] if self.tables else [])]

    def _fill_tables(self) -> str:
        """The function that fills one of the tables for a range of its outermost loop."""
        lines = Lines()
        lines.add(*self.sizes(), *([f"{BOUND} = np.inf"] if BOUND in arrays_of(self.inner) else []))
        for number, table in enumerate(self.tables):
            lines.add(f"if which == {number}:")
            lines.level = 2
            self._fill_table(lines, table, f"u{number}_")
            lines.level = 1
        arguments = [("which", "int64"), ("start", "int64"), ("stop", "int64"), *COMMON, *self.axis_arguments()]
        return entry("fill_table", arguments, "void", lines)

    def _fill_table(self, lines: Lines, table: Table, prefix: str) -> None:
        others = [node for node in self.table_of if node not in table.nodes]
        inner = {loop: place for place, loop in enumerate(table.loops)}

        def depth(axes: int) -> int:
            loop = self.schedule.depth(axes)
            return inner[loop] if loop >= 0 else -1

        region = Region(self.operations, depth, self.known(others), prefix)
        assignments, values = region.statements(table.nodes, len(table.loops))
        used = {name for group in assignments.values() for one in group for name in one.uses}
        places = self.places([table])
        for loop, group in self.places(one for one in self.tables if one is not table).items():
            places.setdefault(loop, []).extend(one for one in group if one.target in used)
        lines.add(*assignments[-1])
        for place, loop in enumerate(table.loops):
            span = "start, stop" if place == 0 else self.size(loop)
            lines.add(f"for {self.index(loop)} in range({span}):")
            lines.level += 1
            lines.add(*places.get(loop, []), *assignments[place])
        for node in table.nodes:
            array, place_ = self.lookup(node)
            lines.add(f"row_put({array}, {place_}, {values[node]})")
