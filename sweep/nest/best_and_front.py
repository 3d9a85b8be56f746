"""The text of nests that store no points: top-k and non-dominated candidates over a box of the grid.

A box is a range of positions on every axis. Loops, hoisting and tables are those of the filling nest; the body
of the innermost loop is another. The innermost loop runs twice: first it only counts points that could enter
the result, without branches, so that the compiler vectorizes it; only where there are any does it run again.
"""

from __future__ import annotations

from carbonsweep.grid.bind import Grid
from carbonsweep.nest.equation_source import function_source
from carbonsweep.nest.fill import COMMON, HEADER, Lines, Writer, entry, equation_functions
from carbonsweep.nest.schedule import Schedule


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


_BOX = [("low", "int64[::1]"), ("high", "int64[::1]"), *COMMON]


def _offsets(writer: Writer) -> list[tuple[str, str]]:
    """Arguments that give each position on a loop its share of the point's index in the plan's grid."""
    return [(f"g_{depth}", "int64[::1]") for depth in range(len(writer.axes))]


def _open_loops(lines: Lines, writer: Writer, by_loop: dict[int, list[str]], checks: dict[int, list[str]]) -> None:
    """Write all loops but the innermost, skipping what a constraint excludes as far out as it is decided."""
    lines.add(*by_loop[-1])
    for text in checks[-1]:
        lines.add(f"if not {text}:", "    return count")
    index = "0"
    for depth in range(len(writer.axes) - 1):
        lines.add(f"for i_{depth} in range(low[{depth}], high[{depth}]):")
        lines.level += 1
        lines.add(*by_loop[depth])
        for text in checks[depth]:
            lines.add(f"if not {text}:", "    continue")
        index = f"{index} + g_{depth}[i_{depth}]"
    lines.add(f"base = {index}")


def _checks(writer: Writer) -> dict[int, list[str]]:
    by_loop = writer.conditions_by_loop()
    return {loop: [text for _, text in conditions] for loop, conditions in by_loop.items()}


def top_source(grid: Grid, schedule: Schedule, objective: str, maximize: bool) -> str:
    """The nest ``top``: the k best points of a box, offered to a heap that may hold some already."""
    writer = Writer(grid, schedule)
    last = len(writer.axes) - 1
    by_loop = writer.evaluations(schedule.equations, [objective, *writer.constraint_names()])
    checks = _checks(writer)
    lines = Lines()
    lines.add("capacity = len(values)", "bound = values[0] if count == capacity else np.inf")
    _open_loops(lines, writer, by_loop, checks)
    value = f"v_{objective}" if not maximize else f"-v_{objective}"
    point = [*by_loop[last], f"value = {value}"]
    eligible = " & ".join(["(value <= bound)", *(f"({text})" for text in checks[last])])
    lines.add("hits = 0", f"for i_{last} in range(low[{last}], high[{last}]):")
    lines.add(*(f"    {line}" for line in [*point, f"hits += {eligible}"]))
    lines.add("if hits > 0:")
    lines.level += 1
    lines.add(f"for i_{last} in range(low[{last}], high[{last}]):")
    lines.level += 1
    lines.add(*point, f"if {eligible}:")
    lines.add(f"    count = push(values, indices, count, value, base + g_{last}[i_{last}])")
    lines.add("    if count == capacity:", "        bound = values[0]")
    lines.level = 1
    lines.add("return count")
    arguments = [*_BOX, *writer.axis_arguments(), *writer.table_arguments(), *_offsets(writer)]
    arguments += [("values", "float64[::1]"), ("indices", "int64[::1]"), ("count", "int64")]
    helper = "@njit\n" + function_source(push, "push") + "\n"
    return "\n\n".join([*writer.preamble(), helper, entry("top", arguments, "int64", lines)])


def candidates_source(grid: Grid, schedule: Schedule, objectives: list[tuple[str, bool]]) -> str:
    """The nest ``candidates``: the points of a box that no reference point dominates.

    Writes their objectives (negated where to be maximized) and grid indices; returns how many.
    """
    writer = Writer(grid, schedule)
    last = len(writer.axes) - 1
    names = [name for name, _ in objectives]
    by_loop = writer.evaluations(schedule.equations, [*names, *writer.constraint_names()])
    checks = _checks(writer)
    lines = Lines()
    lines.add("count = 0", "references = len(reference)")
    _open_loops(lines, writer, by_loop, checks)
    lines.add(f"for i_{last} in range(low[{last}], high[{last}]):")
    lines.level += 1
    lines.add(*by_loop[last])
    for number, (name, maximize) in enumerate(objectives):
        lines.add(f"f_{number} = {'-' if maximize else ''}v_{name}")
    known = " and ".join([f"f_{number} == f_{number}" for number in range(len(objectives))] + checks[last])
    lines.add(f"if not ({known}):", "    continue")
    _add_domination_test(lines, len(objectives))
    lines.add("if not dominated:")
    lines.add(*(f"    found[count, {number}] = f_{number}" for number in range(len(objectives))))
    lines.add(f"    indices[count] = base + g_{last}[i_{last}]", "    count += 1")
    lines.level = 1
    lines.add("return count")
    arguments = [*_BOX, *writer.axis_arguments(), *writer.table_arguments(), *_offsets(writer)]
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


def rows_source(grid: Grid) -> str:
    """The nest ``rows``: all outputs at given points, by the same compiled equations as everywhere.

    Points are rows of positions on the axes, in plan order; every equation is evaluated at each.
    """
    lines = Lines()
    lines.add(*(f"v_{name} = constants[{number}]" for number, name in enumerate(grid.constant_names)))
    lines.add("for r in range(len(places)):")
    lines.level += 1
    for number, axis in enumerate(grid.axes):
        lines.add(*(f"v_{field} = x_{number}[{row}, places[r, {number}]]" for row, field in enumerate(axis.fields)))
    for equation in grid.graph.equations:
        arguments = ", ".join(f"v_{name}" for name in equation.inputs)
        lines.add(f"v_{equation.quantity} = e_{equation.quantity}({arguments})")
    lines.add(*(f"out[{number}, r] = v_{name}" for number, name in enumerate(grid.outputs)))
    if not grid.outputs:
        lines.add("pass")
    arguments_ = [("places", "int64[:,::1]"), ("constants", "float64[::1]")]
    arguments_ += [(f"x_{number}", "float64[:,::1]") for number in range(len(grid.axes))]
    arguments_ += [("out", "float64[:,::1]")]
    functions = equation_functions(grid.graph.equations)
    return "\n\n".join([HEADER, *functions, entry("rows", arguments_, "void", lines)])
