"""The nest that fills columns: a range of blocks, every point or every point that meets the constraints."""

from __future__ import annotations

from carbonsweep.nest.box_loops import add_kept, add_outer
from carbonsweep.nest.statements import Argument, Lines, entry
from carbonsweep.nest.writer import COMMON, Body, Writer

SHORTEST_RUN = 8
"""Fewer rows are written one by one: writing a column at once, at its own loop, does not pay for them."""


def fill_source(writer: Writer, *, flag: bool, float_type: str) -> str:
    """The module with the function ``fill``.

    Parameters
    ----------
    writer
        Of the grid's outputs.
    flag
        Whether points that fail a constraint are kept and marked, instead of left out.
    float_type
        Type of the quantity columns, ``float64`` or ``float32``.
    """
    return "\n\n".join([*writer.preamble(), _fill(writer, flag, float_type)])


def _fill(writer: Writer, flag: bool, float_type: str) -> str:
    grid, schedule, loops = writer.grid, writer.schedule, writer.loops
    body = writer.body(reasons=True)
    checked = [loop for loop in range(-1, loops) if body.conditions[loop]]
    outer = schedule.outer
    tile = len(grid.axes)

    lines = Lines()
    lines.add("row = 0", *body.at(-1))
    _add_checks(lines, body, checked, -1)
    add_kept(lines, body, outer)
    for loop in range(outer, loops):
        lines.add(f"m_{loop} = {writer.size(loop)}")
    inside = " * ".join([f"m_{loop}" for loop in range(outer + 1, loops)]) or "1"
    lines.add(f"tile_length = at(sizes, {tile})", f"tiles = at(sizes, {tile + 1})", f"inside = {inside}")

    lines.add("for block in range(start, stop):")
    lines.level += 1
    lines.add("rest = block // tiles", "first = (block - rest * tiles) * tile_length")
    for loop in reversed(range(outer)):
        lines.add(f"{writer.index(loop)} = rest % {writer.size(loop)}", f"rest //= {writer.size(loop)}")
    lines.add(f"last = min(first + tile_length, m_{outer})")
    for loop in range(outer):
        add_outer(lines, writer, body, loop)
        _add_checks(lines, body, checked, loop)
    runs = _columns(writer, body)
    rows = runs.pop(loops - 1, [])
    last_checked = _last(checked, outer - 1)
    if last_checked is not None and not flag:
        lines.add(f"if {_flag(last_checked)} >= 0:")
        lines.add(f"    excluded[{_flag(last_checked)}] += (last - first) * inside", "    continue")
    _begin_runs(lines, runs, outer - 1)
    for loop in range(outer, loops):
        span = "first, last" if loop == outer else f"m_{loop}"
        lines.add(f"for {writer.index(loop)} in range({span}):")
        lines.level += 1
        first, rest = body.split(loop)
        lines.add(*first)
        _add_checks(lines, body, checked, loop)
        if loop in checked and not flag:
            points = " * ".join(f"m_{inner}" for inner in range(loop + 1, loops)) or "1"
            lines.add(f"if b_{loop} >= 0:", f"    excluded[b_{loop}] += {points}", "    continue")
        lines.add(*rest)
        _begin_runs(lines, runs, loop)
    lines.add(*(f"put({array}, row, {value})" for array, value in rows))
    if flag:
        final = _last(checked, loops - 1)
        if final is None:
            lines.add("meets[row] = True")
        else:
            lines.add(f"meets[row] = {_flag(final)} < 0")
            lines.add(f"if {_flag(final)} >= 0:", f"    excluded[{_flag(final)}] += 1")
    lines.add("row += 1")
    for loop in reversed(range(outer - 1, loops - 1)):
        lines.level -= 1
        lines.add(*(f"put_run({array}, r_{loop + 1}, row, {value})" for array, value in runs.get(loop, [])))
    lines.level = 1
    lines.add("return row")

    arguments: list[Argument] = [("start", "int64"), ("stop", "int64"), *COMMON, *writer.axis_arguments()]
    for position, axis in enumerate(grid.axes):
        arguments.append((f"a_{position}", "float64[::1]" if axis.labels is None else "int32[::1]"))
    arguments += [(f"o_{name}", f"{float_type}[::1]") for name in grid.outputs]
    arguments += [("meets", "boolean[::1]"), ("excluded", "int64[::1]")]
    return entry("fill", arguments, "int64", lines)


def _columns(writer: Writer, body: Body) -> dict[int, list[tuple[str, str]]]:
    """Array and value of every column, by the loop at which it is written.

    That is the loop at which its value is known, and all rows that the loops inside have kept are written at once;
    where they are few, or the value differs in each, it is the innermost loop.
    """
    grid, schedule = writer.grid, writer.schedule
    columns: dict[int, list[tuple[str, str]]] = {}

    def add(array: str, value: str, axes: int) -> None:
        loop = max(schedule.depth(axes), schedule.outer - 1)
        if schedule.rows_inside(loop) < SHORTEST_RUN:
            loop = writer.loops - 1
        columns.setdefault(loop, []).append((array, value))

    for position, axis in enumerate(grid.axes):
        value = f"row_at(x_{position}, 0, i_{position})" if axis.labels is None else f"i_{position}"
        add(f"a_{position}", value, 1 << position)
    for name in grid.outputs:
        node = writer.traced.nodes[name]
        add(f"o_{name}", str(body.values[node]), writer.operations.loops[node])
    return columns


def _begin_runs(lines: Lines, runs: dict[int, list[tuple[str, str]]], loop: int) -> None:
    """Keep the first row of a loop at which columns are written."""
    if loop in runs:
        lines.add(f"r_{loop + 1} = row")


def _flag(loop: int) -> str:
    """The variable that holds the first constraint failed up to a loop, or -1."""
    return "b_before" if loop < 0 else f"b_{loop}"


def _last(checked: list[int], loop: int) -> int | None:
    """The innermost loop up to `loop` at which a constraint is decided."""
    return max((one for one in checked if one <= loop), default=None)


def _add_checks(lines: Lines, body: Body, checked: list[int], loop: int) -> None:
    """Set the flag of a loop: the first constraint failed by this loop and those around it, or -1.

    A constraint that fails because something in it has no value counts as one after all others.
    """
    if loop not in checked:
        return
    flag, around = _flag(loop), _last(checked, loop - 1)
    lines.add(f"{flag} = {-1 if around is None else _flag(around)}")
    for position, text in body.conditions[loop]:
        lines.add(f"if {flag} < 0 and not {text}:", f"    {flag} = {position}")
        if body.unknown[position].text:
            lines.add(f"    if {body.unknown[position]}:", f"        {flag} = {position + len(body.unknown)}")
