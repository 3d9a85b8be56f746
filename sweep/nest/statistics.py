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

    Each loop sums up what the loops inside it found and hands it on, so that a point costs one addition. The array
    of group g has a row for every combination of its loops' positions: count, sum, smallest, largest, sum of squares.
    """
    loops = writer.loops
    lines = Lines()
    body = writer.body()
    flat = flattened(writer)
    ending: dict[int, list[int]] = {loop: [] for loop in range(loops)}
    for number, group in enumerate(groups):
        ending[group[-1]].append(number)
    start = {
        loop: [f"k_{loop} = 0.0", f"s_{loop} = 0.0", f"l_{loop} = np.inf", f"h_{loop} = -np.inf", f"r_{loop} = 0.0"]
        for loop in range(max(flat - 1, 0), loops - 1)
    }
    open_loops(lines, writer, body, loops, "0", start)
    last = loops - 1
    lines.add(f"value = {body.values[quantity]}", "if not (value == value):", "    continue")
    names = {depth: (f"k_{depth}", f"s_{depth}", f"l_{depth}", f"h_{depth}", f"r_{depth}") for depth in range(loops)}
    names[last] = ("1.0", "value", "value", "value", "value * value")
    for depth in range(flat):
        names[depth] = names[flat - 1]
    for depth in reversed(range(loops)):
        count, total, low, high, squares = names[depth]
        for number in ending[depth]:
            lines.add(f"cell = {writer.place(groups[number])}")
            lines.add(f"m_{number}[cell, 0] += {count}", f"m_{number}[cell, 1] += {total}")
            lines.add(f"m_{number}[cell, 2] = min(m_{number}[cell, 2], {low})")
            lines.add(f"m_{number}[cell, 3] = max(m_{number}[cell, 3], {high})")
            lines.add(f"m_{number}[cell, 4] += {squares}")
        if depth >= max(flat, 1):
            lines.add(f"k_{depth - 1} += {count}", f"s_{depth - 1} += {total}", f"r_{depth - 1} += {squares}")
            lines.add(f"l_{depth - 1} = min(l_{depth - 1}, {low})", f"h_{depth - 1} = max(h_{depth - 1}, {high})")
            lines.level -= 1
    lines.level = 1
    lines.add("return 0")
    arguments = [*BOX, *writer.axis_arguments()]
    arguments += [(f"m_{number}", "float64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("moments", arguments, "int64", lines)])


def histogram_source(writer: Writer, quantity: Node, groups: Sequence[Group], logarithmic: bool) -> str:
    """The nest ``histogram``: how many points of every group fall in each of equal steps from `start`.

    Steps are equal in the logarithm of the value if `logarithmic`; the ends are clipped into the outer steps.
    """
    lines = Lines()
    body = writer.body()
    open_loops(lines, writer, body, writer.loops, "0", {})
    lines.add(f"value = {body.values[quantity]}", "if not (value == value):", "    continue")
    scaled = "np.log(value)" if logarithmic else "value"
    lines.add(f"step = min(max(int(({scaled} - start) * per_step), 0), steps - 1)")
    for number, group in enumerate(groups):
        lines.add(f"b_{number}[{writer.place(group)}, step] += 1")
    lines.level = 1
    lines.add("return 0")
    arguments = [*BOX, *writer.axis_arguments()]
    arguments += [("start", "float64"), ("per_step", "float64"), ("steps", "int64")]
    arguments += [(f"b_{number}", "int64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("histogram", arguments, "int64", lines)])
