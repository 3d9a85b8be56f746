"""Choices inside a nest: loops over candidates that keep the best, as a function of what is known outside."""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from carbonsweep.grid.chosen import Chosen, InnerAxis, Step
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.choice import Function, parameters
from carbonsweep.nest.inner_functions import (
    CACHED,
    Inner,
    arrays_of,
    called_text,
    curves_of,
    functions_among,
    module_text,
)
from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.ranges import Ranges
from carbonsweep.nest.region import Region
from carbonsweep.nest.sample_loops import SAMPLES, trace_samples
from carbonsweep.nest.statements import Assign, Lines, Value, needed_first
from carbonsweep.nest.tracing import called, trace_call, trace_condition

MOST_UNROLLED = 8
"""Candidates of "the first that is possible" that are written one after the other instead of as a loop."""


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
        """Names the function by what it does: plans that choose alike share what is compiled."""
        return hashlib.sha256("\n".join([*self._called(), self._function("choose")]).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name of the function."""
        return f"choose_{self.choice}_{self.digest}"

    @property
    def module(self) -> str:
        """Name of the module that holds it."""
        return f"carbonsweep_{self.name}"

    def text(self) -> str:
        """The module: what it calls, and its function."""
        return module_text(self.inner(), self._called(), CACHED + self._function(self.name))

    def inner(self) -> list[Inner]:
        """The choices that are made, and the statistics that are taken, for every candidate."""
        return functions_among(self.operations, self.operations.in_order(self.roots, self.known.__contains__))

    def _called(self) -> list[str]:
        nodes = self.operations.in_order(self.roots, self.known.__contains__)
        return called_text(called(self.operations, nodes))

    def _function(self, name: str) -> str:
        place = {loop.bit: number for number, loop in enumerate(self.loops)}

        def depth(bits: int) -> int:
            return max((number for bit, number in place.items() if bits & bit), default=-1)

        names = {node: Value(f"a{number}") for number, node in enumerate(self.known)}
        region = Region(self.operations, depth, names, prefix="w")
        assignments, values = region.statements(self.roots, len(self.loops))
        checks: dict[int, list[tuple[Value, str]]] = {number: [] for number in range(-1, len(self.loops))}
        for node, reason in self.conditions:
            decided = depth(self.operations.loops[node])
            inside = [f"{one.variable}.shape[1]" for one in self.loops[decided + 1 :] if one.axis.candidates is None]
            count = f"r{reason} += {' * '.join(inside) or '1'}" if self.reasons else ""
            checks[decided].append((values[node], count))
        bounds: dict[int, list[Value]] = {number: [] for number in range(-1, len(self.loops))}
        for node in self.bounds:
            bounds[depth(self.operations.loops[node])].append(values[node])
        lines = Lines()
        lines.add("best = np.inf", *(f"o{number} = np.nan" for number in range(self.width)))
        lines.add(*(f"r{number} = 0" for number in range(self.reasons)))
        result = "return (" + "".join(f"o{number}, " for number in range(self.width)) + ")"
        lines.add(*assignments[-1])
        last = self.width - 1
        for (_, reason), (value, _) in zip(
            [one for one in self.conditions if depth(self.operations.loops[one[0]]) < 0], checks[-1], strict=True
        ):
            said = [f"    o{last} = {float(reason)}"] if self.reasons else []
            lines.add(f"if not {value}:", *said, f"    {result}")
        for number, loop in enumerate(self.loops):
            _open(lines, loop, values)
            _check(lines, assignments[number], checks[number], bounds[number])
        lines.add(f"if {values[self.objective]} < best:", f"    best = {values[self.objective]}")
        lines.add(*(f"    o{number} = {values[node]}" for number, node in enumerate(self.outputs)))
        if self.reasons:
            lines.add(f"elif not {values[self.objective]} < np.inf:", f"    r{self.reasons - 1} += 1")
        lines.level = 1
        if self.reasons:
            # The reason that excludes most candidates, if none was possible.
            lines.add(
                "if best == np.inf:", f"    o{last} = {float(self.reasons - 1)}", f"    most = r{self.reasons - 1}"
            )
            for number in range(self.reasons - 1):
                lines.add(
                    f"    if r{number} > most:", f"        most = r{number}", f"        o{last} = {float(number)}"
                )
        lines.add(result)
        return f"def {name}({', '.join([*map(str, names.values()), *self.arrays])}):\n{lines.text()}"


def _check(lines: Lines, assignments: list[Assign], checks: list[tuple[Value, str]], bounds: list[Value]) -> None:
    """Evaluate what each condition needs just before it, the condition that needs least first, then all the rest.

    A candidate whose bound is no better than the best so far is left before the rest.
    """
    left = list(assignments)
    pending = list(checks)
    while pending:
        check = min(pending, key=lambda one: sum(len(a.value) for a in needed_first(left, one[0].uses)[0]))
        pending.remove(check)
        value, count = check
        first, left = needed_first(left, value.uses)
        lines.add(*first, f"if not {value}:", *([f"    {count}"] if count else []), "    continue")
    for value in bounds:
        first, left = needed_first(left, value.uses)
        lines.add(*first, f"if {value} >= best:", "    continue")
    lines.add(*left)


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


Numbers = Mapping[ast.Constant, Node]


def trace_steps(
    ranges: Ranges,
    steps: Iterable[Step],
    nodes: dict[str, Node],
    bits: int,
    numbers: Numbers,
    holds: Callable[[str], bool] = lambda quantity: True,
) -> None:
    """Add the nodes of what steps give, held to the ranges that are declared for them.

    Parameters
    ----------
    ranges
        Of the graph that grows.
    steps
        Equations and choices, each after those that it depends on.
    nodes
        The node of every name that is known; those of the steps are added.
    bits
        The first bit that no loop has.
    numbers
        The nodes of the numbers in constraints.
    holds
        Which quantities are held to their range.
    """
    for step in steps:
        if isinstance(step, Chosen):
            nodes.update(_trace_choice(ranges, step, nodes, bits, numbers))
        elif isinstance(step, Sampled):
            nodes.update(_trace_sampled(ranges, step, nodes, bits, numbers))
        else:
            arguments = [nodes[name] for name in step.inputs]
            node = trace_call(ranges.operations, step.function, arguments)
            nodes[step.quantity] = ranges.held(node, step.valid) if holds(step.quantity) else node


def _trace_sampled(
    ranges: Ranges, step: Sampled, nodes: Mapping[str, Node], bits: int, numbers: Numbers
) -> dict[str, Node]:
    inside = dict(nodes)
    for row, field in enumerate(step.samples.fields):
        inside[field] = ranges.operations.load(f"row_at({SAMPLES}, {row}, k_{SAMPLES})", 1 << bits)
        ranges.declare(inside[field], REGISTRY.valid(field))
    trace_steps(ranges, step.steps, inside, bits + 1, numbers)
    return trace_samples(ranges, step, bits, inside)


def _trace_choice(
    ranges: Ranges, step: Chosen, nodes: Mapping[str, Node], bits: int, numbers: Numbers
) -> dict[str, Node]:
    operations = ranges.operations
    fixed = [axis.fixed for axis in step.axes]
    if not step.choice.objective and len(step.axes) == 1 and fixed[0] is not None and len(fixed[0]) <= MOST_UNROLLED:
        return _unrolled(ranges, step, nodes, fixed[0], bits, numbers)
    inside = dict(nodes)
    loops = []
    for number, axis in enumerate(step.axes):
        bit = 1 << (bits + number)
        variable = candidate_name(step, number)
        for row, field in enumerate(axis.fields):
            text = variable if axis.candidates is not None else f"row_at({variable}, {row}, k_{variable})"
            inside[field] = operations.load(text, bit)
            ranges.declare(inside[field], REGISTRY.valid(field))
        if axis.labels is not None:
            inside[axis.name] = operations.load(f"k_{variable}", bit)
        most = None
        if axis.candidates is not None:
            most = axis.candidates.most and _traced(operations, axis.candidates.most, inside)
        loops.append(Loop(axis, bit, variable, most))
    trace_steps(ranges, step.steps, inside, bits + len(step.axes), numbers, step.holds)
    conditions = _conditions(operations, step, inside, numbers)
    objective = inside[step.choice.objective] if step.choice.objective else operations.number(0.0)
    if step.choice.maximize:
        objective = operations.put("negative", objective)
    outputs = tuple(inside[name] for axis in step.axes for name in axis.bound)
    bounds = tuple(inside[name] for name in step.choice.at_least)
    own = sum(loop.bit for loop in loops)
    limits = [loop.most for loop in loops if loop.most is not None]
    roots = [objective, *(one for one, _ in conditions), *outputs, *limits, *bounds]
    outside = [
        node
        for node in operations.in_order(roots, lambda n: not operations.loops[n] & own)
        if not operations.loops[node] & own and operations.constant(node) is None
    ]
    function = ChoiceLoops(
        step.choice.name,
        operations,
        tuple(loops),
        tuple(outside),
        tuple(conditions),
        len(step.reasons),
        objective,
        outputs,
        bounds,
    )
    node = operations.choose(function, outside)
    picks = {one: operations.put("pick", node, number) for number, one in enumerate(step.outputs)}
    for one in picks:
        if REGISTRY.knows(one):
            ranges.declare(picks[one], REGISTRY.valid(one))
    otherwise = step.choice.otherwise or {}
    for one, function_ in otherwise.items():
        if one in picks:
            missing = operations.put("isnan", picks[one])
            picks[one] = operations.put("select", missing, _traced(operations, function_, nodes), picks[one])
    return picks


def _unrolled(
    ranges: Ranges,
    step: Chosen,
    nodes: Mapping[str, Node],
    candidates: Sequence[tuple[float, ...]],
    bits: int,
    numbers: Numbers,
) -> dict[str, Node]:
    """The first candidate that is possible, as one selection after the other."""
    operations = ranges.operations
    axis = step.axes[0]
    otherwise = step.choice.otherwise or {}
    found = {
        name: _traced(operations, otherwise[name], nodes) if name in otherwise else operations.number(float("nan"))
        for name in step.outputs
    }
    for values in reversed(candidates):
        inside = dict(nodes)
        inside.update({name: operations.number(value) for name, value in zip(axis.bound, values, strict=True)})
        trace_steps(ranges, step.steps, inside, bits, numbers, step.holds)
        test = operations.truth(True)
        for condition, _ in _conditions(operations, step, inside, numbers):
            test = operations.put("and", test, condition)
        found = {name: operations.put("select", test, inside[name], found[name]) for name in step.outputs}
    return found


def _conditions(
    operations: Operations, step: Chosen, inside: Mapping[str, Node], numbers: Numbers
) -> list[tuple[Node, int]]:
    """What candidates must meet, cut into parts that are known at different loops, and which condition each is of."""
    whole = [(operations.as_truth(inside[name]), 0) for name in step.choice.where]
    for axis in step.axes:
        if axis.candidates is not None and axis.candidates.where is not None:
            whole += [(operations.as_truth(_traced(operations, axis.candidates.where, inside)), 0)]
    whole += [
        (trace_condition(operations, condition.tree, inside, numbers), number)
        for number, condition in enumerate(step.conditions)
    ]
    parts: dict[Node, int] = {}
    for node, reason in whole:
        for part in operations.conjuncts(node):
            parts.setdefault(part, reason)
    return list(parts.items())


def candidate_name(step: Chosen, number: int) -> str:
    """The variable of a loop of a choice, and the argument that holds its candidates."""
    return f"{step.choice.name}_{number}"


def _traced(operations: Operations, function: Function, names: Mapping[str, Node]) -> Node:
    return trace_call(operations, function, [names[name] for name in parameters(function)])
