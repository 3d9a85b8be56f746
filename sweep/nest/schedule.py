"""Where in the loop nest every equation is evaluated.

Each equation depends on a set of axes. In a nest it can stand no further out than the innermost loop of that
set; the order of the loops therefore decides how often each equation runs. The order here is the one with
the least work, found exactly by dynamic programming over sets of axes. An equation whose axes do not form
the outer loops of that order is evaluated beforehand over its own small sub-grid, a *table*, and looked up.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from carbonsweep.grid.bind import Grid
from carbonsweep.kernels import Equation
from carbonsweep.nest.equation_source import function_tree

LOOKUP = 2.0
"""Work of one table look-up, in additions."""
LARGEST_TABLE = 1 << 20
"""Elements one table may have: 8 MB of float64."""
TABLE_GAIN = 4
"""A table is made only if it saves this factor of evaluations."""
MOST_AXES_ORDERED = 14
"""More axes than this keep the order of the plan (the search doubles with every axis)."""
BLOCK_POINTS = 1 << 14
"""A block, the smallest part of a chunk, has about this many points."""

PASSES = 10.0
"""Passes assumed of a loop."""

_WORK = {ast.Div: 4.0, ast.Pow: 30.0, ast.Call: 4.0}
_SLOW_CALLS = {"exp": 30.0, "log": 30.0, "sqrt": 6.0}


@dataclass(frozen=True)
class Table:
    """Equations evaluated beforehand over some of the axes.

    Attributes
    ----------
    axes
        Positions in loop order, ascending.
    equations
        In order of evaluation.
    stored
        Quantities looked up by the nest or by a later table.
    """

    axes: tuple[int, ...]
    equations: tuple[Equation, ...]
    stored: tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    """The nest of a grid, without values.

    Attributes
    ----------
    order
        Plan positions of the axes, outermost loop first.
    sizes
        Lengths of the loops.
    depth
        For every name the loop (0 = outermost) at which it is known; -1 if before all loops.
    equations
        Those evaluated in the nest, in order of evaluation.
    tables
        Those evaluated beforehand, in order.
    outer
        How many loops are flattened into the index of a block; the others run inside a block.
    tile
        Values of loop `outer` that one block covers (all of them, unless a block would be too long).
    partitions
        How many equal ranges of blocks there are, one for each combination of the leading axes.
    """

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    depth: dict[str, int]
    equations: tuple[Equation, ...]
    tables: tuple[Table, ...]
    outer: int
    tile: int
    partitions: int = 1

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


@functools.cache
def work(equation: Equation) -> float:
    """Rough cost of one evaluation, in additions, from the operations in the function's text."""
    return _work(equation.function)


@functools.cache
def _work(function: Callable[..., float]) -> float:
    total = 1.0
    for node in ast.walk(function_tree(function)):
        if isinstance(node, ast.While):
            total += PASSES * sum(1.0 for _ in ast.walk(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            total += _work(function.__globals__[node.func.id])
        if isinstance(node, ast.BinOp):
            total += _WORK.get(type(node.op), 1.0)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            total += _SLOW_CALLS.get(node.func.attr, _WORK[ast.Call])
        elif isinstance(node, ast.Compare | ast.IfExp):
            total += 1.0
    return total


def plan_schedule(
    grid: Grid, keep_order: bool, block_points: int = BLOCK_POINTS, leading: tuple[str, ...] = ()
) -> Schedule:
    """Choose loop order, tables and block size for a grid.

    Parameters
    ----------
    grid
        The bound plan.
    keep_order
        Whether the loops must stand in the plan's order.
    block_points
        Points a block should have at least, where the grid allows.
    leading
        Axes that must be the outermost loops, in this order; at least one other axis remains.
    """
    sizes = [len(axis) for axis in grid.axes]
    masks = _masks(grid)
    names = [axis.name for axis in grid.axes]
    first = tuple(names.index(name) for name in leading)
    order = tuple(range(len(sizes)))
    if not keep_order and len(sizes) <= MOST_AXES_ORDERED:
        order = _best_order(grid, sizes, masks, first)
    order = (*first, *(axis for axis in order if axis not in first))
    place = {axis: position for position, axis in enumerate(order)}
    loops = tuple(sizes[axis] for axis in order)

    def in_loop_order(mask: int) -> tuple[int, ...]:
        return tuple(sorted(place[axis] for axis in range(len(sizes)) if mask >> axis & 1))

    spots = {name: in_loop_order(mask) for name, mask in masks.items()}
    depth = {name: positions[-1] if positions else -1 for name, positions in spots.items()}
    tabulated = {
        equation.quantity: spots[equation.quantity]
        for equation in grid.graph.equations
        if _worth_table(equation, spots[equation.quantity], loops)
    }
    direct, tables = _split(grid, tabulated, spots)
    outer, tile = _blocks(loops[len(first) :], block_points)
    partitions = math.prod(loops[: len(first)])
    return Schedule(order, loops, depth, direct, tables, outer + len(first), tile, partitions)


def _masks(grid: Grid) -> dict[str, int]:
    """For every name the set of axes that it depends on, as bits in plan order."""
    masks: dict[str, int] = dict.fromkeys([*grid.constants, *grid.graph.defaults], 0)
    for position, axis in enumerate(grid.axes):
        masks.update(dict.fromkeys(axis.fields, 1 << position))
    for equation in grid.graph.equations:
        masks[equation.quantity] = functools.reduce(lambda a, n: a | masks[n], equation.inputs, 0)
    return masks


def _best_order(grid: Grid, sizes: list[int], masks: dict[str, int], first: tuple[int, ...]) -> tuple[int, ...]:
    """The loop order with the least work if the axes `first` are outermost; of equals, the nearest to the plan's."""
    count = len(sizes)
    leading = sum(1 << axis for axis in first)
    cost: dict[int, float] = {}
    for equation in grid.graph.equations:
        mask = masks[equation.quantity]
        table = math.prod(sizes[a] for a in range(count) if mask >> a & 1) <= LARGEST_TABLE
        each = min(work(equation), LOOKUP) if table else work(equation)
        cost[mask] = cost.get(mask, 0.0) + each
    points = [math.prod(sizes[a] for a in range(count) if subset >> a & 1) for subset in range(1 << count)]
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * (1 << count)
    for subset in range(1, 1 << count):
        options = []
        for last in range(count):
            if not subset >> last & 1 or (not leading >> last & 1 and leading & ~subset):
                continue
            before, order = best[subset & ~(1 << last)]
            at_last = sum(c for mask, c in cost.items() if mask & ~subset == 0 and mask >> last & 1)
            options.append((before + at_last * points[subset], (*order, last)))
        best[subset] = min(options, default=(math.inf, ()))
    return best[-1][1]


def _worth_table(equation: Equation, spots: tuple[int, ...], loops: tuple[int, ...]) -> bool:
    if not spots:
        return False
    own = math.prod(loops[spot] for spot in spots)
    inline = math.prod(loops[: spots[-1] + 1])
    return own <= LARGEST_TABLE and inline >= TABLE_GAIN * own and work(equation) > LOOKUP


def _split(
    grid: Grid, tabulated: dict[str, tuple[int, ...]], spots: dict[str, tuple[int, ...]]
) -> tuple[tuple[Equation, ...], tuple[Table, ...]]:
    """Equations of the nest itself, and the tables with what they store."""
    equation_of = {equation.quantity: equation for equation in grid.graph.equations}
    wanted = [*grid.outputs, *(n for c in grid.constraints for n in c.condition.names)]

    def closure(roots: list[str], own: tuple[int, ...] | None) -> tuple[list[str], list[str]]:
        """Equations needed for `roots`, up to quantities in tables other than the one over `own`; those too."""
        inside: dict[str, None] = {}
        edge: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in equation_of or name in inside or name in edge:
                return
            if tabulated.get(name, own) != own:
                edge[name] = None
                return
            for needed in equation_of[name].inputs:
                visit(needed)
            inside[name] = None

        for root in roots:
            visit(root)
        return list(inside), list(edge)

    direct, pending = closure(wanted, None)
    stored: dict[tuple[int, ...], dict[str, None]] = {}
    while pending:
        name = pending.pop()
        group = stored.setdefault(tabulated[name], {})
        if name in group:
            continue
        group[name] = None
        _, edge = closure([name], tabulated[name])
        pending.extend(edge)
    tables = []
    for axes in sorted(stored, key=lambda axes: (len(axes), axes)):
        names = sorted(stored[axes], key=list(equation_of).index)
        inside, _ = closure(names, axes)
        tables.append(Table(axes, tuple(equation_of[n] for n in inside), tuple(names)))
    return tuple(equation_of[name] for name in direct), tuple(tables)


def _blocks(loops: tuple[int, ...], block_points: int) -> tuple[int, int]:
    """How many outer loops make up the block index, and how much of the next loop a block covers."""
    outer, inside = len(loops) - 1, 1
    while outer > 0 and inside * loops[outer] < block_points:
        inside *= loops[outer]
        outer -= 1
    if inside * loops[outer] <= 4 * block_points:
        return outer, loops[outer]
    return outer, max(1, math.ceil(block_points / inside))
