"""The order of a grid's loops, and how they are cut into blocks.

An operation can stand no further out than the innermost loop that it depends on; the order of the loops therefore
decides how often each is evaluated. The order here is the one with the least work by the cost of whole equations: found
exactly by dynamic programming over sets of axes, or greedily from the innermost loop where the axes are many.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from carbonsweep.grid.chosen import Chosen, Step
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import Equation
from carbonsweep.nest.equation_source import function_tree
from carbonsweep.nest.operations import CHOICE_COST

SAMPLE_COST = 4.0
"""Cost of keeping one sample and of what is taken of it, in additions."""
LOOKUP = 2.0
"""Cost of one table look-up, in additions."""
LARGEST_TABLE = 1 << 20
"""Elements of a table that the order of loops counts on."""
MOST_AXES_EXACT = 12
"""More axes than this are ordered greedily (the exact search doubles with every axis)."""
BLOCK_POINTS = 1 << 14
"""A block, the smallest part of a chunk, has about this many points."""

PASSES = 10.0
"""Passes assumed of a loop."""

_COST = {ast.Div: 4.0, ast.Pow: 30.0, ast.Call: 4.0}
_SLOW_CALLS = {"exp": 30.0, "log": 30.0, "sqrt": 6.0}


@dataclass(frozen=True)
class Schedule:
    """The loops of a grid.

    Attributes
    ----------
    order
        Plan positions of the axes, outermost loop first.
    sizes
        Lengths of the loops.
    outer
        How many loops are flattened into the index of a block; the others run inside a block.
    tile
        Values of loop `outer` that one block covers (all of them, unless a block would be too long).
    partitions
        How many equal ranges of blocks there are, one for each combination of the leading axes.
    """

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    outer: int
    tile: int
    partitions: int = 1

    @functools.cached_property
    def loop_of(self) -> dict[int, int]:
        """The loop of each axis, by its position in the plan."""
        return {axis: loop for loop, axis in enumerate(self.order)}

    def depth(self, axes: int) -> int:
        """The innermost loop among some axes, given as bits of their plan positions; -1 if there are none."""
        return max((loop for loop, axis in enumerate(self.order) if axes >> axis & 1), default=-1)

    @property
    def tiles(self) -> int:
        return math.ceil(self.sizes[self.outer] / self.tile)

    @property
    def blocks(self) -> int:
        return math.prod(self.sizes[: self.outer]) * self.tiles

    @property
    def block_points(self) -> int:
        """Points in a block (the last tile of a loop may have fewer)."""
        return self.tile * math.prod(self.sizes[self.outer + 1 :])

    def rows_inside(self, loop: int) -> int:
        """Points of a block for which the counters of a loop and of those around it stay."""
        return self.block_points if loop < self.outer else math.prod(self.sizes[loop + 1 :])


@functools.cache
def cost(equation: Equation) -> float:
    """Rough cost of one evaluation, in additions, from the operations in the function's text."""
    return _cost(equation.function)


@functools.cache
def _cost(function: Callable[..., float]) -> float:
    total = 1.0
    for node in ast.walk(function_tree(function)):
        if isinstance(node, ast.While):
            total += PASSES * sum(1.0 for _ in ast.walk(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            total += _cost(function.__globals__[node.func.id])
        if isinstance(node, ast.BinOp):
            total += _COST.get(type(node.op), 1.0)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            total += _SLOW_CALLS.get(node.func.attr, _COST[ast.Call])
        elif isinstance(node, ast.Compare | ast.IfExp):
            total += 1.0
    return total


def plan_schedule(
    grid: Grid, keep_order: bool, block_points: int = BLOCK_POINTS, leading: tuple[str, ...] = ()
) -> Schedule:
    """Choose the order of a grid's loops and the size of its blocks.

    Parameters
    ----------
    grid
        The bound plan.
    keep_order
        Whether the points must come in the plan's order.
    block_points
        Points a block should have at least, where the grid allows.
    leading
        Axes that must be the outermost loops, in this order; at least one other axis remains.
    """
    sizes = [len(axis) for axis in grid.axes]
    names = [axis.name for axis in grid.axes]
    first = tuple(names.index(name) for name in leading)
    order = tuple(range(len(sizes)))
    if not keep_order:
        order = _best_order(grid, sizes, first)
    rest = [axis for axis in order if axis not in first]
    # An axis of one value is no loop: it changes the place of no point, and costs time inside.
    order = (*first, *(axis for axis in rest if sizes[axis] == 1), *(axis for axis in rest if sizes[axis] > 1))
    loops = tuple(sizes[axis] for axis in order)
    outer, tile = _blocks(loops[len(first) :], block_points)
    return Schedule(order, loops, outer + len(first), tile, math.prod(loops[: len(first)]))


def step_cost(step: Step) -> float:
    """What a step costs at a point, in additions."""
    if isinstance(step, Chosen):
        return CHOICE_COST
    if isinstance(step, Sampled):
        return step.samples.count * (SAMPLE_COST + sum(map(step_cost, step.steps)))
    return cost(step)


def _masks(grid: Grid) -> dict[str, int]:
    """For every name the set of axes that it depends on, as bits in plan order."""
    masks: dict[str, int] = dict.fromkeys([*grid.constants, *grid.graph.defaults], 0)
    for position, axis in enumerate(grid.axes):
        masks.update(dict.fromkeys(axis.fields, 1 << position))
    for step in grid.graph.steps:
        mask = functools.reduce(lambda a, n: a | masks[n], step.inputs, 0)
        masks[step.quantity] = mask
        masks.update(dict.fromkeys(step.outputs, mask))
    return masks


def _costs(grid: Grid, sizes: list[int]) -> dict[int, float]:
    """What the equations of each set of axes cost, look-ups counted where a table can hold them."""
    masks = _masks(grid)
    costs: dict[int, float] = {}
    for step in grid.graph.steps:
        mask = masks[step.quantity]
        table = math.prod(sizes[axis] for axis in range(len(sizes)) if mask >> axis & 1) <= LARGEST_TABLE
        each = step_cost(step)
        each = min(each, LOOKUP) if table else each
        costs[mask] = costs.get(mask, 0.0) + each
    return costs


def _best_order(grid: Grid, sizes: list[int], first: tuple[int, ...]) -> tuple[int, ...]:
    """The loop order with the least work if the axes `first` are outermost; of equals, the nearest to the plan's."""
    costs = _costs(grid, sizes)
    if sum(size > 1 for size in sizes) > MOST_AXES_EXACT or len(sizes) > MOST_AXES_EXACT + 2:
        return _greedy_order(costs, sizes, first)
    count = len(sizes)
    leading = sum(1 << axis for axis in first)
    points = [math.prod(sizes[a] for a in range(count) if subset >> a & 1) for subset in range(1 << count)]
    inside = [sum(c for mask, c in costs.items() if mask & ~subset == 0) for subset in range(1 << count)]
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * (1 << count)
    for subset in range(1, 1 << count):
        options = []
        for last in range(count):
            if not subset >> last & 1 or (not leading >> last & 1 and leading & ~subset):
                continue
            before, order = best[subset & ~(1 << last)]
            at_last = inside[subset] - inside[subset & ~(1 << last)]
            options.append((before + at_last * points[subset], (*order, last)))
        best[subset] = min(options, default=(math.inf, ()))
    return best[-1][1]


def _greedy_order(costs: dict[int, float], sizes: list[int], first: tuple[int, ...]) -> tuple[int, ...]:
    """From the innermost loop outwards the axis on which the least work depends, of equals the longest."""
    left = [axis for axis in range(len(sizes)) if axis not in first]
    order: list[int] = []
    costs = dict(costs)
    while left:
        at = {axis: sum(c for mask, c in costs.items() if mask >> axis & 1) for axis in left}
        inner = min(left, key=lambda axis: (at[axis], -sizes[axis], -axis))
        left.remove(inner)
        order.insert(0, inner)
        costs = {mask: c for mask, c in costs.items() if not mask >> inner & 1}
    return (*first, *order)


def _blocks(loops: tuple[int, ...], block_points: int) -> tuple[int, int]:
    """How many outer loops make up the block index, and how much of the next loop a block covers.

    Loops of one value stay outside: any number of them may be there, and Python nests at most twenty.
    """
    outer, inside = len(loops) - 1, 1
    while outer > 0 and loops[outer - 1] > 1 and inside * loops[outer] < block_points:
        inside *= loops[outer]
        outer -= 1
    if inside * loops[outer] <= 4 * block_points:
        return outer, loops[outer]
    return outer, max(1, math.ceil(block_points / inside))
