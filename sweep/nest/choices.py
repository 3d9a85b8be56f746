"""The nodes of choices: candidates, conditions and the objective, as operations of the graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from carbonsweep.grid.chosen import Chosen, Step
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.choice import Function, parameters
from carbonsweep.nest.candidate_loops import ChoiceLoops, Loop
from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.ranges import Ranges
from carbonsweep.nest.sample_loops import SAMPLES, trace_samples
from carbonsweep.nest.tracing import trace_call, trace_condition

MOST_UNROLLED = 8
"""Candidates of "the first that is possible" that are written one after the other instead of as a loop."""


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
