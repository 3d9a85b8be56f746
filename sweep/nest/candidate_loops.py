"""The text of a choice: loops over candidates that keep the best, as a function of what is known outside.

Most candidates are left early, by a condition or because a bound says that they cannot be the best. Every operation
therefore stands where it is first needed, and at most once in each pass of the loop that it depends on.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonsweep.grid.chosen import InnerAxis
from carbonsweep.nest.inner_functions import (
    Inner,
    arrays_of,
    called_text,
    curves_of,
    functions_among,
)
from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.region import Region
from carbonsweep.nest.statements import Assign, Lines, Value, lowered_function, needed_first
from carbonsweep.nest.tracing import called

CHEAP = 40
"""Characters of operations that are evaluated again rather than kept for the rest of a loop around."""


@dataclass(frozen=True, eq=False)
class Loop:
    """One loop of a choice: its bit, its variable, and how it runs."""

    axis: InnerAxis
    bit: int
    variable: str
    most: Node | None


@dataclass(frozen=True, eq=False)
class ChoiceLoops:
    """A choice as a function of the nest.

    Attributes
    ----------
    choice
        What is chosen.
    loops
        Outermost first.
    known
        The nodes that are its arguments.
    conditions
        Nodes that must hold, with the reason that each gives where none does.
    reasons
        How many reasons there are; the last one is that the objective has no value. 0 where none is asked for.
    objective
        The node to be small.
    outputs
        What it returns of the best candidate.
    bounds
        Nodes that the objective never falls below.
    """

    choice: str
    operations: Operations
    loops: tuple[Loop, ...]
    known: tuple[Node, ...]
    conditions: tuple[tuple[Node, int], ...]
    reasons: int
    objective: Node
    outputs: tuple[Node, ...]
    bounds: tuple[Node, ...] = ()

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the arrays that hold its candidates, of the curves, and of those that inner functions take."""
        own = [loop.variable for loop in self.loops if loop.axis.candidates is None]
        nodes = self.operations.in_order(self.roots, self.known.__contains__)
        curves = curves_of(self.operations, [node for node in nodes if node not in self.known])
        return tuple(dict.fromkeys([*own, *curves, *arrays_of(self.inner())]))

    @property
    def width(self) -> int:
        return len(self.outputs) + (self.reasons > 0)

    @property
    def roots(self) -> list[Node]:
        limits = [loop.most for loop in self.loops if loop.most is not None]
        return [self.objective, *(node for node, _ in self.conditions), *self.outputs, *limits, *self.bounds]

    @functools.cached_property
    def digest(self) -> str:
        """Names the function by what it does: plans that choose alike name it alike."""
        return hashlib.sha256("\n".join([*self._called(), self._function("choose")]).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name of the function."""
        return f"choose_{self.choice}_{self.digest}"

    def texts(self) -> list[str]:
        """The texts of the equations that it calls, and its own."""
        return [*self._called(), lowered_function(str(self.width), self.name, self._function(self.name))]

    def inner(self) -> list[Inner]:
        """The choices that are made, and the statistics that are taken, for every candidate."""
        return functions_among(self.operations, self.operations.in_order(self.roots, self.known.__contains__))

    def _called(self) -> list[str]:
        nodes = self.operations.in_order(self.roots, self.known.__contains__)
        return called_text(called(self.operations, nodes))

    def _depth(self, bits: int) -> int:
        """The innermost of its loops that bits name; -1 for none."""
        return max((number for number, loop in enumerate(self.loops) if bits & loop.bit), default=-1)

    def _function(self, name: str) -> str:
        names = {node: Value(f"a{number}") for number, node in enumerate(self.known)}
        region = Region(self.operations, self._depth, names, prefix="w")
        assignments, values = region.statements(self.roots, len(self.loops))
        lines = Lines()
        lines.add("best = np.inf", *(f"o{number} = np.nan" for number in range(self.width)))
        lines.add(*(f"r{number} = 0" for number in range(self.reasons)))
        result = "return (" + "".join(f"o{number}, " for number in range(self.width)) + ")"
        lines.add(*assignments.pop(-1))
        for node, reason in self._decided(-1):
            said = [f"    o{self.width - 1} = {float(reason)}"] if self.reasons else []
            lines.add(f"if not {values[node]}:", *said, f"    {result}")
        body = _Body(lines, assignments)
        for number, loop in enumerate(self.loops):
            points = self._points(number, values)
            first = body.cheapest(points)
            limits = [values[loop.most]] if loop.most is not None else []
            body.need(number - 1, *limits, *([first.value] if first else [self._end(values)]))
            _open(lines, loop, values)
            body.opened()
            while points:
                point = body.cheapest(points)
                assert point is not None
                points.remove(point)
                body.need(number, point.value)
                lines.add(f"if {point.text}:", *([f"    {point.count}"] if point.count else []), "    continue")
        body.need(len(self.loops) - 1, self._end(values))
        lines.add(f"if {values[self.objective]} < best:", f"    best = {values[self.objective]}")
        lines.add(*(f"    o{number} = {values[node]}" for number, node in enumerate(self.outputs)))
        if self.reasons:
            lines.add(f"elif not {values[self.objective]} < np.inf:", f"    r{self.reasons - 1} += 1")
        body.finish()
        lines.level = 1
        self._add_reason(lines)
        lines.add(result)
        return f"def {name}({', '.join([*map(str, names.values()), *self.arrays])}):\n{lines.text()}"

    def _decided(self, loop: int) -> list[tuple[Node, int]]:
        """The conditions that a loop decides."""
        return [one for one in self.conditions if self._depth(self.operations.loops[one[0]]) == loop]

    def _points(self, loop: int, values: Mapping[Node, Value]) -> list[_Point]:
        """Where the pass of a loop may end early: conditions, then bounds."""
        found = []
        inside = [f"{one.variable}.shape[1]" for one in self.loops[loop + 1 :] if one.axis.candidates is None]
        for node, reason in self._decided(loop):
            count = f"r{reason} += {' * '.join(inside) or '1'}" if self.reasons else ""
            found.append(_Point(f"not {values[node]}", values[node], count))
        bounds = [node for node in self.bounds if self._depth(self.operations.loops[node]) == loop]
        return [*found, *(_Point(f"{values[node]} >= best", values[node]) for node in bounds)]

    def _end(self, values: Mapping[Node, Value]) -> Value:
        """What the objective and the outputs need."""
        wanted = [values[self.objective], *(values[node] for node in self.outputs)]
        return Value("", frozenset().union(*(one.uses for one in wanted)))

    def _add_reason(self, lines: Lines) -> None:
        """The reason that excludes most candidates, if none was possible."""
        if not self.reasons:
            return
        last, none = self.width - 1, self.reasons - 1
        lines.add("if best == np.inf:", f"    o{last} = {float(none)}", f"    most = r{none}")
        for number in range(none):
            lines.add(f"    if r{number} > most:", f"        most = r{number}", f"        o{last} = {float(number)}")


@dataclass(frozen=True)
class _Point:
    """Where candidates are left: the text of the test, the value that it needs, and what is counted."""

    text: str
    value: Value
    count: str = ""


class _Body:
    """The statements of nested loops, each written where it is first needed."""

    def __init__(self, lines: Lines, assignments: dict[int, list[Assign]]) -> None:
        self.lines = lines
        self.left = assignments
        self.heads: list[int] = []
        self.kept: dict[int, list[str]] = {loop: [] for loop in assignments}

    def opened(self) -> None:
        """A loop has been opened."""
        self.heads.append(len(self.lines.lines))

    def cheapest(self, points: list[_Point]) -> _Point | None:
        """The point that needs least that is not written yet; of equals the first."""

        def cost(point: _Point) -> int:
            groups = self._wanted(len(self.left) - 1, point.value.uses)
            return sum(len(one.value) for group in groups.values() for one in group)

        return min(points, key=cost, default=None)

    def _wanted(self, loop: int, names: Iterable[str]) -> dict[int, list[Assign]]:
        """What is not written yet of the statements that names need, by loop, outermost first."""
        needed = set(names)
        groups = {}
        for one in range(loop, -1, -1):
            groups[one], _ = needed_first(self.left[one], needed)
            needed = needed.union(*(statement.uses for statement in groups[one]))
        return dict(reversed(groups.items()))

    def need(self, loop: int, *values: Value) -> None:
        """Write, inside a loop, what values need: of loops around it once in each of their passes."""
        for one, group in self._wanted(loop, frozenset().union(*(value.uses for value in values))).items():
            self.left[one] = [statement for statement in self.left[one] if statement not in group]
            if one == loop or sum(len(statement.value) for statement in group) < CHEAP:
                self.lines.add(*group)
                continue
            flag = f"d{one}_{len(self.kept[one])}"
            self.kept[one].append(flag)
            self.lines.add(f"if {flag}:", f"    {flag} = False", *(f"    {statement}" for statement in group))

    def finish(self) -> None:
        """Say at the start of every loop's pass that nothing of it is known yet."""
        for loop in reversed(range(len(self.heads))):
            indent = "    " * (loop + 2)
            self.lines.lines[self.heads[loop] : self.heads[loop]] = [f"{indent}{one} = True" for one in self.kept[loop]]


def _open(lines: Lines, loop: Loop, values: Mapping[Node, Value]) -> None:
    """Open the loop over one name's candidates; its body may `continue`."""
    name, axis = loop.variable, loop.axis
    if axis.candidates is None:
        lines.add(f"for k_{name} in range({name}.shape[1]):")
        lines.level += 1
        return
    if axis.candidates.kind == "values":
        lines.add(f"for {name} in ({', '.join(repr(value) for value in axis.candidates.values)},):")
        lines.level += 1
        return
    assert loop.most is not None
    most = values[loop.most]
    if axis.candidates.kind == "powers_of_two":
        lines.add(f"{name} = 0.5", f"while {name} < 1.0 or {name} + {name} <= {most}:", f"    {name} = {name} + {name}")
        lines.level += 1
        return
    lines.add(f"{name} = 0.0", f"while {name} < 1.0 or {name} + 1.0 <= {most}:")
    lines.level += 1
    lines.add(f"{name} = {name} + 1.0")
