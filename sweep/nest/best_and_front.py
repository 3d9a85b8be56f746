"""Nests that store no points: top-k and non-dominated candidates over a box of the grid, and chosen points.

The innermost loop of top-k runs twice: first it only counts points that could enter the result, without branches, so
that the compiler vectorizes it; only where there are any does it run again.
"""

from __future__ import annotations

from collections.abc import Sequence

from carbonsweep.nest.box_loops import BOX, open_loops
from carbonsweep.nest.equation_source import function_source
from carbonsweep.nest.operations import Node
from carbonsweep.nest.region import Region
from carbonsweep.nest.statements import HEADER, Argument, Lines, entry
from carbonsweep.nest.writer import COMMON, Writer


def push(values, indices, count, value, index):  # type: ignore[no-untyped-def]
    """Offer a point to a heap of the best ones.

    Parameters
    ----------
    values, indices
        The heap: objective and grid index of the points kept, the worst of them (largest objective, then
        largest index) first.
    count
        How many are kept now.
    value, index
        The point offered.

    Returns
    -------
    int
        How many are kept afterwards, at most the length of the heap.
    """
    capacity = len(values)
    if count < capacity:
        child = count
        while child > 0:
            parent = (child - 1) // 2
            if values[parent] > value or (values[parent] == value and indices[parent] > index):
                break
            values[child] = values[parent]
            indices[child] = indices[parent]
            child = parent
        values[child] = value
        indices[child] = index
        return count + 1
    if value > values[0] or (value == values[0] and index > indices[0]):
        return count
    place = 0
    while True:
        child = 2 * place + 1
        if child >= capacity:
            break
        other = child + 1
        if other < capacity and (
            values[other] > values[child] or (values[other] == values[child] and indices[other] > indices[child])
        ):
            child = other
        if value > values[child] or (value == values[child] and index > indices[child]):
            break
        values[place] = values[child]
        indices[place] = indices[child]
        place = child
    values[place] = value
    indices[place] = index
    return count


def _offsets(writer: Writer) -> list[Argument]:
    """Arguments that give each position on a loop its share of the point's index in the plan's grid."""
    return [(f"g_{loop}", "int64[::1]") for loop in range(writer.loops)]


def _base(writer: Writer) -> str:
    terms = [f"at(g_{loop}, {writer.index(loop)})" for loop in range(writer.loops - 1)]
    return "base = " + (" + ".join(terms) or "0")


def top_source(writer: Writer, objective: Node, maximize: bool) -> str:
    """The nest ``top``: the k best points of a box, offered to a heap that may hold some already."""
    last = writer.loops - 1
    body = writer.body()
    index = writer.index(last)
    lines = Lines()
    lines.add("capacity = len(values)", "bound = values[0] if count == capacity else np.inf")
    open_loops(lines, writer, body, last, "count", {})
    lines.add(_base(writer))
    value = body.values[objective]
    point = [*map(str, body.at(last)), f"value = {value}" if not maximize else f"value = -{value}"]
    eligible = " & ".join(["(value <= bound)", *body.checks(last)])
    lines.add("hits = 0", f"for {index} in range(low[{last}], high[{last}]):")
    lines.add(*(f"    {line}" for line in [*point, f"hits += {eligible}"]))
    lines.add("if hits > 0:")
    lines.level += 1
    lines.add(f"for {index} in range(low[{last}], high[{last}]):")
    lines.level += 1
    lines.add(*point, f"if {eligible}:")
    lines.add(f"    count = push(values, indices, count, value, base + at(g_{last}, {index}))")
    lines.add("    if count == capacity:", "        bound = values[0]")
    lines.level = 1
    lines.add("return count")
    arguments = [*BOX, *writer.axis_arguments(), *_offsets(writer)]
    arguments += [("values", "float64[::1]"), ("indices", "int64[::1]"), ("count", "int64")]
    helper = "@njit\n" + function_source(push, "push") + "\n"
    return "\n\n".join([*writer.preamble(), helper, entry("top", arguments, "int64", lines)])


def candidates_source(writer: Writer, objectives: Sequence[tuple[Node, bool]]) -> str:
    """The nest ``candidates``: the points of a box that no reference point dominates.

    Writes their objectives (negated where to be maximized) and grid indices; returns how many.
    """
    last = writer.loops - 1
    body = writer.body()
    lines = Lines()
    lines.add("count = 0", "references = len(reference)")
    open_loops(lines, writer, body, last, "count", {})
    lines.add(_base(writer))
    lines.add(f"for {writer.index(last)} in range(low[{last}], high[{last}]):")
    lines.level += 1
    lines.add(*body.at(last))
    for number, (node, maximize) in enumerate(objectives):
        lines.add(f"f_{number} = {'-' if maximize else ''}{body.values[node]}")
    known = " and ".join([f"f_{number} == f_{number}" for number in range(len(objectives))] + body.checks(last))
    lines.add(f"if not ({known}):", "    continue")
    _add_domination_test(lines, len(objectives))
    lines.add("if not dominated:")
    lines.add(*(f"    found[count, {number}] = f_{number}" for number in range(len(objectives))))
    lines.add(f"    indices[count] = base + at(g_{last}, {writer.index(last)})", "    count += 1")
    lines.level = 1
    lines.add("return count")
    arguments = [*BOX, *writer.axis_arguments(), *_offsets(writer)]
    arguments += [("reference", "float64[:,::1]"), ("found", "float64[:,::1]"), ("indices", "int64[::1]")]
    return "\n\n".join([*writer.preamble(), entry("candidates", arguments, "int64", lines)])


def _add_domination_test(lines: Lines, objectives: int) -> None:
    """Set `dominated`: whether a reference point is no worse in all objectives and better in one."""
    lines.add("dominated = False")
    if objectives == 2:
        # The reference is a front in order of the first objective, so that its second objective falls: among the
        # points no worse in the first, the last is the best in the second.
        lines.add("first = 0", "beyond = references", "while first < beyond:")
        lines.add("    middle = (first + beyond) // 2", "    if reference[middle, 0] <= f_0:")
        lines.add("        first = middle + 1", "    else:", "        beyond = middle", "if first > 0:")
        lines.add("    second = reference[first - 1, 1]")
        lines.add("    dominated = second < f_1 or (second == f_1 and reference[first - 1, 0] < f_0)")
        return
    no_worse = " and ".join(f"reference[r, {n}] <= f_{n}" for n in range(objectives))
    better = " or ".join(f"reference[r, {n}] < f_{n}" for n in range(objectives))
    lines.add("for r in range(references):", f"    if {no_worse} and ({better}):")
    lines.add("        dominated = True", "        break")


def rows_source(writer: Writer) -> str:
    """The nest ``rows``: all outputs at given points, by the same operations as everywhere.

    Points are rows of positions on the axes, in plan order; everything that depends on an axis is evaluated at each.
    """
    region = Region(writer.operations, lambda axes: 0 if axes else -1)
    assignments, values = region.statements(writer.roots, 1)
    lines = Lines()
    lines.add(*assignments[-1], "for r in range(len(places)):")
    lines.level += 1
    lines.add(*(f"i_{position} = places[r, {position}]" for position in range(len(writer.grid.axes))))
    lines.add(*assignments[0])
    lines.add(*(f"out[{number}, r] = {values[root]}" for number, root in enumerate(writer.roots)))
    arguments: list[Argument] = [("places", "int64[:,::1]"), *COMMON, *writer.axis_arguments()]
    arguments += [("out", "float64[:,::1]")]
    return "\n\n".join([HEADER, *writer.functions(), entry("rows", arguments, "void", lines)])
