"""What is evaluated beforehand: operations over some of the axes, looked up in the loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from carbonsweep.nest.operations import Node, Operations
from carbonsweep.nest.schedule import Schedule

_LOOKUPS = ((1 << 15, 2.0), (1 << 20, 4.0), (1 << 25, 10.0))
"""Elements up to which a table stays in a cache, and the cost of a look-up there, in additions."""
LARGEST_TABLES = 1 << 25
"""Elements that all tables together may have: 256 MB of float64."""
COMPILING = 5e6
"""What one more operation must save, in additions, to stand in a table: its text is compiled too, in the tables' nest.

That is five milliseconds, several times what an operation takes to compile. With 1e6 a nest of layouts took 3.1 s to
compile instead of 1.7 and was 15 % faster; one of LLMCarbon's chain was no faster.
"""


@dataclass(frozen=True)
class Table:
    """Operations over the same axes, evaluated beforehand.

    Attributes
    ----------
    loops
        Loops of the nest that the table runs over, outermost first.
    nodes
        What it holds.
    size
        Elements for each of the nodes.
    """

    loops: tuple[int, ...]
    nodes: tuple[Node, ...]
    size: int


def choose_tables(operations: Operations, schedule: Schedule, roots: Sequence[Node]) -> tuple[Table, ...]:
    """The tables that save work, in an order in which each needs only those before it.

    Parameters
    ----------
    operations
        The graph; its loops are bits of plan positions.
    schedule
        The loops.
    roots
        What the nest evaluates in its innermost loop or tests on the way.
    """
    worth = _worth(operations, schedule, roots)
    chosen: dict[Node, None] = {}
    pending = [node for node in operations.needed(roots, worth.__contains__) if node in worth]
    while pending:
        node = pending.pop()
        if node in chosen:
            continue
        chosen[node] = None
        pending += _looked_up(operations, node, worth)
    groups: dict[int, list[Node]] = {}
    for node in sorted(chosen):
        groups.setdefault(operations.loops[node], []).append(node)
    tables = []
    for axes, nodes in groups.items():
        loops = tuple(loop for loop, axis in enumerate(schedule.order) if axes >> axis & 1)
        tables.append(Table(loops, tuple(nodes), math.prod(schedule.sizes[loop] for loop in loops)))
    return tuple(sorted(tables, key=lambda table: (len(table.loops), table.loops)))


def _worth(operations: Operations, schedule: Schedule, roots: Sequence[Node]) -> set[Node]:
    """Nodes whose evaluation beforehand and looking up costs less than evaluating them in the loops, best first."""
    rooted = set(roots)
    needed = operations.needed(roots)
    used_elsewhere: set[Node] = set(rooted)
    for node in needed:
        for operand in operations.operands(operations.nodes[node]):
            if operations.loops[operand] != operations.loops[node]:
                used_elsewhere.add(operand)
    gains: list[tuple[float, Node, int]] = []
    for node in needed:
        axes = operations.loops[node]
        if not axes or node not in used_elsewhere or operations.nodes[node][0] in ("load", "number", "truth", "choose"):
            continue
        loops = [loop for loop, axis in enumerate(schedule.order) if axes >> axis & 1]
        own = math.prod(schedule.sizes[loop] for loop in loops)
        inline = math.prod(schedule.sizes[: loops[-1] + 1])
        lookup = next((price for most, price in _LOOKUPS if own <= most), math.inf)
        if inline <= own or operations.is_truth(node):
            continue
        inside = _inside(operations, node)
        work = sum(operations.cost(one) for one in inside)
        gain = inline * (work - lookup) - own * (work + 1.0) - COMPILING * len(inside)
        if gain > 0.0:
            gains.append((gain, node, own))
    worth: set[Node] = set()
    room = LARGEST_TABLES
    for _, node, own in sorted(gains, key=lambda one: (-one[0], one[1])):
        if own <= room:
            worth.add(node)
            room -= own
    return worth


def _looked_up(operations: Operations, node: Node, worth: set[Node]) -> list[Node]:
    """The nodes over fewer axes that a table of a node looks up."""
    axes = operations.loops[node]
    edge = {n for n in worth if operations.loops[n] != axes}
    return [n for n in operations.needed([node], edge.__contains__) if n in edge]


def _inside(operations: Operations, node: Node) -> list[Node]:
    """A node and all over the same axes that it depends on."""
    axes = operations.loops[node]
    inside = operations.needed([node], lambda n: operations.loops[n] != axes)
    return [n for n in inside if operations.loops[n] == axes]
