"""Statistics inside a nest: a loop over joint samples, as a function of what is known outside."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.nest import order_statistics
from carbonsweep.nest.equation_source import function_source
from carbonsweep.nest.inner_functions import (
    Inner,
    arrays_of,
    called_text,
    curves_of,
    functions_among,
)
from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.ranges import Ranges
from carbonsweep.nest.region import Region
from carbonsweep.nest.statements import Lines, Value, lowered_function
from carbonsweep.nest.tracing import called

SAMPLES = "samples"
"""The array of the joint samples, in every function that needs it."""
_COMPILED = '@njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)\n'
BOUND = "bound"
"""The worst objective that is kept so far, in a nest that searches; negated where it is to be large."""
BLOCK = 64
"""Samples between two looks at whether a point can still be among the best; a scrambled net by itself."""
_HELPERS: tuple[Callable[..., float], ...] = (
    order_statistics.selected,
    order_statistics.order_statistic,
    order_statistics.finite,
    order_statistics.quantile,
    order_statistics.mean,
    order_statistics.tail_mean,
    order_statistics.share_at_most,
    order_statistics.share_at_least,
)


@dataclass(frozen=True, eq=False)
class SampleLoop:
    """Statistics as a function of the nest.

    Attributes
    ----------
    known
        The nodes that are its arguments.
    quantities
        The node of each quantity that is sampled, in order.
    missing
        What a sample without a value of it counts as: infinitely large, or infinitely small.
    statistics
        Position of the quantity, and what is taken of it.
    searched
        Position of the quantile by which the best point is searched, and whether it is to be large; None where all
        statistics are wanted whatever they are.
    """

    operations: Operations
    bit: int
    known: tuple[Node, ...]
    quantities: tuple[Node, ...]
    missing: tuple[float, ...]
    statistics: tuple[tuple[int, Statistic], ...]
    searched: tuple[int, bool] | None = None

    @property
    def width(self) -> int:
        return len(self.statistics) + 1

    @property
    def roots(self) -> list[Node]:
        return list(self.quantities)

    @functools.cached_property
    def digest(self) -> str:
        """Names the function by what it does."""
        return hashlib.sha256("\n".join([*self._called(), self._function("sample")]).encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"sample_{self.digest}"

    @property
    def arrays(self) -> tuple[str, ...]:
        own = [SAMPLES] if self.searched is None else [SAMPLES, BOUND]
        nodes = self.operations.in_order(self.roots, self.known.__contains__)
        own += curves_of(self.operations, [node for node in nodes if node not in self.known])
        return tuple(dict.fromkeys([*own, *arrays_of(self.inner())]))

    def inner(self) -> list[Inner]:
        """The choices that are made for every sample."""
        return functions_among(self.operations, self.operations.in_order(self.roots, self.known.__contains__))

    def texts(self) -> list[str]:
        """The texts of the equations and statistics that it calls, and its own."""
        return [*self._called(), self._function(self.name)]

    def _called(self) -> list[str]:
        nodes = self.operations.in_order(self.roots, self.known.__contains__)
        helpers = [_COMPILED + function_source(one, one.__name__) + "\n" for one in _HELPERS]
        return [*called_text(called(self.operations, nodes)), *helpers]

    def _function(self, name: str) -> str:
        """The quantities at one sample, and the function that goes through the samples and takes statistics."""
        names = {node: Value(f"a{number}") for number, node in enumerate(self.known)}
        region = Region(self.operations, lambda bits: 0 if bits & self.bit else -1, names, prefix="w")
        assignments, values = region.statements(self.roots, 1)
        arguments = ", ".join([*map(str, names.values()), *self.arrays])
        lines = Lines()
        lines.add(*assignments[-1], *assignments[0])
        lines.add(f"return ({', '.join(values[node].text for node in self.quantities)},)")
        one = f"one_{name}"
        definition = f"def {one}(k_{SAMPLES}, {arguments}):\n{lines.text()}"
        at_one = lowered_function(str(len(self.quantities)), one, definition)
        lines = Lines()
        lines.add(f"count = {SAMPLES}.shape[1]", "work = np.empty(count)", "feasible = 0")
        lines.add(*(f"x{number} = np.empty(count)" for number in range(len(self.quantities))))
        if self.searched is None:
            lines.add(f"for k_{SAMPLES} in range(count):")
        else:
            lines.add(*self._opened())
            lines.level += 1
        lines.level += 1
        lines.add(f"found = {one}(k_{SAMPLES}, {arguments})")
        known = []
        for number, missing in enumerate(self.missing):
            lines.add(f"y{number} = found[{number}]", f"known{number} = y{number} == y{number}")
            infinite = "np.inf" if missing > 0.0 else "-np.inf"
            lines.add(f"x{number}[k_{SAMPLES}] = select(known{number}, y{number}, {infinite})")
            known.append(f"known{number}")
        lines.add(f"feasible += {' & '.join(known)}")
        if self.searched is not None:
            lines.add(f"worse += {self._worse()}")
            lines.level -= 1
            bad = "-np.inf" if self.searched[1] else "np.inf"
            results = [bad if number == self.searched[0] else "np.nan" for number in range(self.width)]
            lines.add("if worse >= most:", f"    return ({', '.join(results)},)")
        lines.level = 1
        results = [_taken(f"x{number}", one) for number, one in self.statistics]
        lines.add(f"return ({', '.join([*results, 'feasible / count'])},)")
        return f"{at_one}\n\n{_COMPILED}def {name}({arguments}):\n{lines.text()}"

    def _opened(self) -> list[str]:
        """The loop over samples in blocks: after each, a point is left if it cannot be among the best any more."""
        assert self.searched is not None
        number, large = self.searched
        millionths = round(self.statistics[number][1].level * 1e4)
        rank = f"({millionths} * count + 999999) // 1000000"
        return [
            "worse = 0",
            f"most = {rank if large else f'count - {rank} + 1'}",
            f"for first in range(0, count, {BLOCK}):",
            f"    for k_{SAMPLES} in range(first, min(first + {BLOCK}, count)):",
        ]

    def _worse(self) -> str:
        """Whether a sample is on the wrong side of the worst point that is kept so far."""
        assert self.searched is not None
        number, large = self.searched
        value = f"x{self.statistics[number][0]}[k_{SAMPLES}]"
        return f"{value} < -{BOUND}" if large else f"{value} > {BOUND}"


def _taken(values: str, one: Statistic) -> str:
    """The call that takes a statistic of an array of samples."""
    if one.kind == "mean":
        return f"mean({values})"
    if one.is_share:
        return f"share_{one.kind}({values}, {one.level!r})"
    function = "quantile" if one.kind == "quantile" else "tail_mean"
    return f"{function}({values}, work, {round(one.level * 1e4)})"


def trace_samples(ranges: Ranges, step: Sampled, bits: int, inside: Mapping[str, Node]) -> dict[str, Node]:
    """Add the nodes of statistics.

    Parameters
    ----------
    ranges
        Of the graph that grows.
    step
        The statistics.
    bits
        The bit of the loop over samples.
    inside
        The nodes of the quantities for one sample.
    """
    operations = ranges.operations
    quantities = tuple(inside[name] for name in step.quantities)
    missing = tuple(float("-inf") if name in step.maximized else float("inf") for name in step.quantities)
    bit = 1 << bits
    outside = [
        node
        for node in operations.in_order(list(quantities), lambda n: not operations.loops[n] & bit)
        if not operations.loops[node] & bit and operations.constant(node) is None
    ]
    place = {name: number for number, name in enumerate(step.quantities)}
    taken = {one.column: (place[one.quantity], one) for one in step.statistics}
    searched = None
    if step.searched and taken[step.searched][1].kind == "quantile":
        searched = (list(taken).index(step.searched), taken[step.searched][1].quantity in step.maximized)
    function = SampleLoop(operations, bit, tuple(outside), quantities, missing, tuple(taken.values()), searched)
    node = operations.choose(function, outside)
    picks = {name: operations.put("pick", node, number) for number, name in enumerate([*taken, FEASIBLE_SHARE])}
    for name, pick in picks.items():
        ranges.declare(pick, REGISTRY.valid(name))
    return picks
