"""The text of nests that sum a quantity up over groups of points: counts, sums, extremes, and histograms."""

from __future__ import annotations

from collections.abc import Sequence

from carbonsweep.grid.bind import Grid
from carbonsweep.nest.fill import COMMON, Lines, Writer, entry
from carbonsweep.nest.schedule import Schedule

Group = tuple[int, ...]
"""Loops whose positions together name a group, outermost first."""

_BOX = [("low", "int64[::1]"), ("high", "int64[::1]"), *COMMON]


def _loops(lines: Lines, writer: Writer, quantity: str) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """What every loop evaluates and checks first."""
    by_loop = writer.evaluations(writer.schedule.equations, [quantity, *writer.constraint_names()])
    conditions = writer.conditions_by_loop()
    checks = {loop: [text for _, text in found] for loop, found in conditions.items()}
    lines.add(*by_loop[-1])
    for text in checks[-1]:
        lines.add(f"if not {text}:", "    return 0")
    return by_loop, checks


def moments_source(grid: Grid, schedule: Schedule, quantity: str, groups: Sequence[Group]) -> str:
    """The nest ``moments``: count, sum, extremes and sum of squares of a quantity for every group.

    Each loop sums up what the loops inside it found and hands it on, so that a point costs one addition. The array
    of group g has a row for every combination of its loops' positions: count, sum, smallest, largest, sum of squares.
    """
    writer = Writer(grid, schedule)
    loops = len(writer.axes)
    lines = Lines()
    by_loop, checks = _loops(lines, writer, quantity)
    ending: dict[int, list[int]] = {depth: [] for depth in range(loops)}
    for number, group in enumerate(groups):
        ending[group[-1]].append(number)
    for depth in range(loops):
        lines.add(f"for i_{depth} in range(low[{depth}], high[{depth}]):")
        lines.level += 1
        lines.add(*by_loop[depth])
        for text in checks[depth]:
            lines.add(f"if not {text}:", "    continue")
        if depth < loops - 1:
            lines.add(f"n_{depth} = 0.0", f"s_{depth} = 0.0", f"l_{depth} = np.inf", f"h_{depth} = -np.inf")
            lines.add(f"q_{depth} = 0.0")
    last = loops - 1
    lines.add(f"value = v_{quantity}", "if not (value == value):", "    continue")
    names = {depth: (f"n_{depth}", f"s_{depth}", f"l_{depth}", f"h_{depth}", f"q_{depth}") for depth in range(loops)}
    names[last] = ("1.0", "value", "value", "value", "value * value")
    for depth in reversed(range(loops)):
        count, total, low, high, squares = names[depth]
        for number in ending[depth]:
            lines.add(f"cell = {writer.offset(groups[number])}")
            lines.add(f"m_{number}[cell, 0] += {count}", f"m_{number}[cell, 1] += {total}")
            lines.add(f"m_{number}[cell, 2] = min(m_{number}[cell, 2], {low})")
            lines.add(f"m_{number}[cell, 3] = max(m_{number}[cell, 3], {high})")
            lines.add(f"m_{number}[cell, 4] += {squares}")
        if depth:
            lines.add(f"n_{depth - 1} += {count}", f"s_{depth - 1} += {total}", f"q_{depth - 1} += {squares}")
            lines.add(f"l_{depth - 1} = min(l_{depth - 1}, {low})", f"h_{depth - 1} = max(h_{depth - 1}, {high})")
        lines.level -= 1
    lines.add("return 0")
    arguments = [*_BOX, *writer.axis_arguments(), *writer.table_arguments()]
    arguments += [(f"m_{number}", "float64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("moments", arguments, "int64", lines)])


def histogram_source(grid: Grid, schedule: Schedule, quantity: str, groups: Sequence[Group], logarithmic: bool) -> str:
    """The nest ``histogram``: how many points of every group fall in each of equal steps from `start`.

    Steps are equal in the logarithm of the value if `logarithmic`; the ends are clipped into the outer steps.
    """
    writer = Writer(grid, schedule)
    lines = Lines()
    by_loop, checks = _loops(lines, writer, quantity)
    for depth in range(len(writer.axes)):
        lines.add(f"for i_{depth} in range(low[{depth}], high[{depth}]):")
        lines.level += 1
        lines.add(*by_loop[depth])
        for text in checks[depth]:
            lines.add(f"if not {text}:", "    continue")
    lines.add(f"value = v_{quantity}", "if not (value == value):", "    continue")
    scaled = "np.log(value)" if logarithmic else "value"
    lines.add(f"step = min(max(int(({scaled} - start) * per_step), 0), steps - 1)")
    for number, group in enumerate(groups):
        lines.add(f"b_{number}[{writer.offset(group)}, step] += 1")
    lines.level = 1
    lines.add("return 0")
    arguments = [*_BOX, *writer.axis_arguments(), *writer.table_arguments()]
    arguments += [("start", "float64"), ("per_step", "float64"), ("steps", "int64")]
    arguments += [(f"b_{number}", "int64[:,::1]") for number in range(len(groups))]
    return "\n\n".join([*writer.preamble(), entry("histogram", arguments, "int64", lines)])
