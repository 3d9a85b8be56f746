"""One configuration: the equations evaluated in plain Python, one value at a time.

This is the slow, obvious twin of the compiled nest, and what `estimate` and `explain` use.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from carbonsweep.grid.chosen import Chosen, InnerAxis, Step
from carbonsweep.grid.resolve import Graph
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import Equation
from carbonsweep.kernels.choice import Function, parameters
from carbonsweep.kernels.curves import looking_up
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic

Values = dict[str, np.float64]


def evaluate(graph: Graph, values: Mapping[str, float]) -> dict[str, float]:
    """Evaluate a graph at one point.

    Parameters
    ----------
    graph
        What to evaluate.
    values
        A value for every name in ``graph.given``.

    Returns
    -------
    dict
        Every given value, default and quantity of the graph, in that order. NaN where an equation has no
        answer; division by zero follows IEEE arithmetic, as in the nest.
    """
    known = {name: np.float64(values[name]) for name in graph.given}
    known.update({name: np.float64(value) for name, value in graph.defaults.items()})
    with np.errstate(all="ignore"), looking_up(graph.curves):
        for step in graph.steps:
            _evaluate(step, known)
    return {name: float(value) for name, value in known.items()}


def _evaluate(step: Step, known: Values, inside: Chosen | None = None) -> None:
    """Add what a step gives to the known values, NaN where it is outside its range; `inside` is the choice around."""
    if isinstance(step, Chosen):
        known.update(choose(step, known))
        return
    if isinstance(step, Sampled):
        known.update(sample(step, known))
        return
    value = np.float64(step.function(*(known[name] for name in step.inputs)))
    held = inside is None or inside.holds(step.quantity)
    known[step.quantity] = value if not held or float(value) in step.valid else np.float64(math.nan)


def sampled_values(step: Sampled, known: Mapping[str, np.float64] | Mapping[str, float]) -> dict[str, np.ndarray]:
    """The quantities at every joint sample, NaN where they have no value."""
    drawn: dict[str, list[float]] = {name: [] for name in step.quantities}
    outside = {name: np.float64(value) for name, value in known.items()}
    with np.errstate(all="ignore"):
        for values in step.samples.matrix.T:
            inside = {**outside, **dict(zip(step.samples.fields, map(np.float64, values), strict=True))}
            for one in step.steps:
                _evaluate(one, inside)
            for name, of in drawn.items():
                of.append(float(inside[name]))
    return {name: np.array(of) for name, of in drawn.items()}


def sample(step: Sampled, known: Mapping[str, np.float64]) -> Values:
    """The statistics of quantities over the joint samples."""
    table = sampled_values(step, known)
    missing = np.isnan(list(table.values()))
    for name, column in table.items():
        column[np.isnan(column)] = -math.inf if name in step.maximized else math.inf
    found = {one.column: np.float64(statistic(one, np.sort(table[one.quantity]))) for one in step.statistics}
    return {**found, FEASIBLE_SHARE: np.float64(1.0 - missing.any(axis=0).mean())}


def statistic(one: Statistic, ordered: np.ndarray) -> float:
    """A statistic of samples in ascending order, infinite where they have no value; NaN where it is not finite."""
    count = len(ordered)
    if one.kind == "at_most":
        return float((ordered <= one.level).mean())
    if one.kind == "at_least":
        return float((ordered >= one.level).mean())
    rank = -(-round(one.level * 1e4) * count // 1_000_000)  # the smallest that a share of all does not exceed
    if one.kind == "quantile":
        value = ordered[rank - 1]
    else:
        part = ordered if one.kind == "mean" else ordered[min(rank, count - 1) :]
        value = part.mean() if np.isfinite(part).all() else math.nan
    return float(value) if math.isfinite(value) else math.nan


def choose(step: Chosen, known: Mapping[str, np.float64]) -> Values:
    """The values that a choice gives: those of the best candidate, or NaN."""
    found: Values = {}
    best = math.inf
    objective = step.choice.objective
    for values in _candidates(step, dict(known), _by_axis(step), 0):
        worth = float(values[objective]) if objective else 0.0
        worth = -worth if step.choice.maximize else worth
        if worth < best:
            best = worth
            found = {name: values.get(name, np.float64(math.nan)) for name in step.outputs}
            if not objective:
                break
    if found:
        return found
    # Which condition excludes most candidates is said by the nest alone.
    otherwise = step.choice.otherwise or {}
    return {name: _call(otherwise[name], known) if name in otherwise else np.float64(math.nan) for name in step.outputs}


def _by_axis(step: Chosen) -> list[list[Step]]:
    """The steps by the number of loops that must be open before them."""
    depth = {field: number + 1 for number, axis in enumerate(step.axes) for field in axis.bound}
    groups: list[list[Step]] = [[] for _ in range(len(step.axes) + 1)]
    for one in step.steps:
        at = max((depth.get(name, 0) for name in one.inputs), default=0)
        depth.update(dict.fromkeys(one.outputs, at))
        groups[at].append(one)
    return groups


def _candidates(
    step: Chosen, known: Values, groups: list[list[Step]], number: int, asked: tuple[Function, ...] = ()
) -> Iterator[Values]:
    """Candidates that meet the conditions, in order, with all that is evaluated for them.

    `asked` are conditions of loops around that need what is known further inside.
    """
    undecided = _undecided(asked, known)
    if undecided is None:
        return
    for one in _in_need(groups[number], step.choice.where):
        _evaluate(one, known, step)
        if not isinstance(one, Equation) or one.quantity not in step.choice.where:
            continue
        if known[one.quantity] == 0.0 or math.isnan(known[one.quantity]):
            return
    undecided = _undecided(undecided, known)
    if undecided is None:
        return
    if number == len(step.axes):
        if all(bool(condition.evaluate(known)) for condition in step.conditions):
            yield known
        return
    axis = step.axes[number]
    for values in axis_values(axis, known):
        inside = {**known, **dict(zip(axis.bound, map(np.float64, values), strict=True))}
        where = axis.candidates.where if axis.candidates is not None else None
        yield from _candidates(step, inside, groups, number + 1, undecided if where is None else (*undecided, where))


def _undecided(asked: tuple[Function, ...], known: Values) -> tuple[Function, ...] | None:
    """The conditions of which something is not known yet; None if one of the others fails."""
    ready = [one for one in asked if all(name in known for name in parameters(one))]
    if any(_call(one, known) == 0.0 for one in ready):
        return None
    return tuple(one for one in asked if one not in ready)


def _in_need(steps: list[Step], first: tuple[str, ...]) -> list[Step]:
    """The steps in an order in which conditions come as early as what they depend on allows."""
    by_name = {name: one for one in steps for name in one.outputs}
    order: dict[int, Step] = {}

    def visit(one: Step) -> None:
        if id(one) in order:
            return
        for name in one.inputs:
            if name in by_name and by_name[name] is not one:
                visit(by_name[name])
        order[id(one)] = one

    for name in first:
        if name in by_name:
            visit(by_name[name])
    for one in steps:
        visit(one)
    return list(order.values())


def axis_values(axis: InnerAxis, known: Mapping[str, np.float64]) -> Iterator[tuple[float, ...]]:
    """The values that a loop of a choice tries, in order."""
    if axis.fixed is not None:
        yield from axis.fixed
        return
    candidates = axis.candidates
    assert candidates is not None
    assert candidates.most is not None
    most = float(_call(candidates.most, known))
    value = 1.0
    while value <= max(most, 1.0):
        yield (value,)
        value = 2.0 * value if candidates.kind == "powers_of_two" else value + 1.0


def _call(function: Function, known: Mapping[str, np.float64]) -> np.float64:
    return np.float64(function(*(known[name] for name in parameters(function))))
