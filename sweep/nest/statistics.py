"""Nests that sum a quantity up over groups of points: counts, sums, extremes, and histograms."""

from __future__ import annotations

from collections.abc import Sequence

from carbonsweep.nest.box_loops import BOX, flattened, open_loops
from carbonsweep.nest.operations import Node
from carbonsweep.nest.statements import Lines, entry
from carbonsweep.nest.writer import Writer

Group = tuple[int, ...]
"""Loops whose positions together name a group, outermost first."""


def moments_source(writer: Writer, quantity: Node, groups: Sequence[Group]) -> str:
    """The nest ``moments``: count, sum, extremes and sum of squares of a quantity for every group.

    The innermost loop fills the array `values`, which has room for its length, NaN where a condition fails; groups by
    its axis take them element by element, the others their sum, which each loop hands on to the one around it. The
    array of group g has a row each for count, sum, smallest, largest and sum of squares, over all combinations of its
    loops' positions.
    """
    last = writer.loops - 1
    index = writer.index(last)
    lines = Lines()
    body = writer.body()
    flat = flattened(writer)
    ending: dict[int, list[int]] = {loop: [] for loop in range(last + 1)}
    for number, group in enumerate(groups):
        ending[group[-1]].append(number)
    start = {
        loop: [f"k_{loop} = 0.0", f"s_{loop} = 0.0", f"l_{loop} = np.inf", f"h_{loop} = -np.inf", f"r_{loop} = 0.0"]
        for loop in range(max(flat - 1, 0), last)
    }
    lines.add(f"length = high[{last}] - low[{last}]")
    open_loops(lines, writer, body, last, "0", start)
    lines.add(f"for {index} in range(low[{last}], high[{last}]):")
    lines.add(*(f"    {one}" for one in body.at(last)), f"    value = {body.values[quantity]}")
    lines.add(*(f"    value = select({text}, value, np.nan)" for text in body.checks(last)))
    lines.add(f"    put(values, {index} - low[{last}], value)")
    for number in ending[last]:
        lines.add(f"{index} = low[{last}]", f"cell = {writer.place(groups[number])}")
        _add_elements(lines, f"m_{number}")
    if last:
        _add_sums(lines, last - 1)
    for depth in reversed(range(last)):
        at = max(depth, flat - 1)
        for number in ending[depth]:
            lines.add(f"cell = {writer.place(groups[number])}")
            for row, sum_ in enumerate((f"k_{at}", f"s_{at}")):
                lines.add(f"m_{number}[{row}, cell] += {sum_}")
            lines.add(f"m_{number}[2, cell] = minimum(m_{number}[2, cell], l_{at})")
            lines.add(f"m_{number}[3, cell] = maximum(m_{number}[3, cell], h_{at})")
            lines.add(f"m_{number}[4, cell] += r_{at}")
        if depth >= max(flat, 1):
            lines.add(f"k_{depth - 1} += k_{depth}", f"s_{depth - 1} += s_{depth}", f"r_{depth - 1} += r_{depth}")
            lines.add(f"l_{depth - 1} = minimum(l_{depth - 1}, l_{depth})")
            lines.add(f"h_{depth - 1} = maximum(h_{depth - 1}, h_{depth})")
            lines.level -= 1
    lines.level = 1
    lines.add("return 0")
    arguments = [*BOX, *writer.axis_arguments(), ("values", "float64[::1]")]
    arguments += [(f"m_{number}", "float64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("moments", arguments, "int64", lines)])


def _add_elements(lines: Lines, array: str) -> None:
    """Add every value to the group of its position, so that the compiler can take several at a time."""
    lines.add("for j in range(length):", "    v = at(values, j)", "    known = v == v")
    for row, more in ((0, "select(known, 1.0, 0.0)"), (1, "select(known, v, 0.0)"), (4, "select(known, v * v, 0.0)")):
        lines.add(f"    row_put({array}, {row}, cell + j, row_at({array}, {row}, cell + j) + {more})")
    for row, sign in ((2, "<"), (3, ">")):
        old = f"row_at({array}, {row}, cell + j)"
        lines.add(f"    row_put({array}, {row}, cell + j, select(v {sign} {old}, v, {old}))")


LANES = 4
"""Sums that go on beside each other: one addition need not wait for the other."""


def _add_sums(lines: Lines, to: int) -> None:
    """Add up the values for the loop around them."""
    for lane in range(LANES):
        lines.add(f"c{lane} = 0.0", f"t{lane} = 0.0", f"a{lane} = np.inf", f"b{lane} = -np.inf", f"e{lane} = 0.0")
    lines.add(f"whole = length - length % {LANES}", f"for j in range(0, whole, {LANES}):")
    for lane in range(LANES):
        lines.add(*(f"    {line}" for line in _summed(lane, f"j + {lane}")))
    lines.add("for j in range(whole, length):", *(f"    {line}" for line in _summed(0, "j")))
    for into, lanes in ((f"k_{to}", "c"), (f"s_{to}", "t"), (f"r_{to}", "e")):
        lines.add(f"{into} += {' + '.join(f'{lanes}{lane}' for lane in range(LANES))}")
    for lane in range(LANES):
        lines.add(f"l_{to} = minimum(l_{to}, a{lane})", f"h_{to} = maximum(h_{to}, b{lane})")


def _summed(lane: int, position: str) -> list[str]:
    return [
        f"v = at(values, {position})",
        "known = v == v",
        f"c{lane} += select(known, 1.0, 0.0)",
        f"t{lane} += select(known, v, 0.0)",
        f"a{lane} = select(v < a{lane}, v, a{lane})",
        f"b{lane} = select(v > b{lane}, v, b{lane})",
        f"e{lane} += select(known, v * v, 0.0)",
    ]


def histogram_source(writer: Writer, quantity: Node, groups: Sequence[Group]) -> str:
    """The nest ``histogram``: how many points of every group fall in each of steps of equal ratio.

    Step `zero` takes what is nearer to zero than e^start; the `reach` steps above it positive values and those below it
    negative ones, by the logarithm of their size.
    """
    lines = Lines()
    body = writer.body()
    open_loops(lines, writer, body, writer.loops, "0", {})
    lines.add(f"value = {body.values[quantity]}", "if not (value == value):", "    continue")
    lines.add("distance = select(value < 0.0, -value, value)")
    lines.add("size = int(minimum(maximum((np.log(distance) - start) * per_step, -1.0) + 1.0, reach))")
    lines.add("step = zero + size if value > 0.0 else zero - size")
    for number, group in enumerate(groups):
        lines.add(f"b_{number}[{writer.place(group)}, step] += 1")
    lines.level = 1
    lines.add("return 0")
    arguments = [*BOX, *writer.axis_arguments()]
    arguments += [("start", "float64"), ("per_step", "float64"), ("reach", "int64"), ("zero", "int64")]
    arguments += [(f"b_{number}", "int64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("histogram", arguments, "int64", lines)])
