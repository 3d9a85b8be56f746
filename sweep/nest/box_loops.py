"""Loops over a box of the grid: a range of positions on every loop."""

from __future__ import annotations

from carbonsweep.nest.statements import Argument, Lines
from carbonsweep.nest.writer import COMMON, MOST_NESTED, Body, Writer

BOX: list[Argument] = [("low", "int64[::1]"), ("high", "int64[::1]"), *COMMON]
"""First position, and the one after the last, on every loop; what all nests get."""


def flattened(writer: Writer) -> int:
    """How many of the outermost loops are written as one."""
    return max(0, writer.loops - MOST_NESTED)


def open_loops(lines: Lines, writer: Writer, body: Body, loops: int, result: str, at: dict[int, list[str]]) -> None:
    """Write the outer loops, skipping what a constraint excludes as far out as it is decided.

    Parameters
    ----------
    lines
        Where to write; afterwards the next line is inside the loops.
    writer, body
        What is evaluated.
    loops
        How many loops to open.
    result
        What the function returns where a condition fails before all loops.
    at
        More lines at the start of a loop, after its conditions.
    """
    lines.add(*body.at(-1))
    for text in body.checks(-1):
        lines.add(f"if not {text}:", f"    return {result}")
    flat = flattened(writer)
    if flat:
        _open_flat(lines, writer, body, flat, at)
    for loop in range(flat, loops):
        lines.add(f"for {writer.index(loop)} in range(low[{loop}], high[{loop}]):")
        lines.level += 1
        first, rest = body.split(loop)
        lines.add(*first)
        for text in body.checks(loop):
            lines.add(f"if not {text}:", "    continue")
        lines.add(*rest, *at.get(loop, []))


def _open_flat(lines: Lines, writer: Writer, body: Body, flat: int, at: dict[int, list[str]]) -> None:
    """One loop in place of the outermost ones: what a loop evaluates is evaluated when its counter has changed."""
    for loop in range(flat):
        lines.add(f"p_{loop} = -1", *(f"{one.target} = {one.empty}" for one in body.at(loop)))
    lines.add("blocks = 1", f"for loop in range({flat}):", "    blocks *= high[loop] - low[loop]")
    lines.add("for block in range(blocks):")
    lines.level += 1
    lines.add("rest = block")
    for loop in reversed(range(flat)):
        lines.add(f"{writer.index(loop)} = low[{loop}] + rest % (high[{loop}] - low[{loop}])")
        lines.add(f"rest //= high[{loop}] - low[{loop}]")
    for loop in range(flat):
        # What is inside of a loop is evaluated anew after it, even if a condition skipped it the last time.
        inner = [f"p_{loop + 1} = -1"] if loop + 1 < flat else []
        lines.add(f"if {writer.index(loop)} != p_{loop}:")
        lines.level += 1
        lines.add(f"p_{loop} = {writer.index(loop)}", *inner, *body.at(loop))
        lines.level -= 1
        for text in body.checks(loop):
            lines.add(f"if not {text}:", "    continue")
        lines.add(*at.get(loop, []))
