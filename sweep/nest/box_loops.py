"""Loops over a box of the grid: a range of positions on every loop."""

from __future__ import annotations

from carbonsweep.nest.statements import Argument, Assign, Lines, needed_first
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
    """One loop in place of the outermost ones."""
    add_kept(lines, body, flat)
    lines.add("blocks = 1", f"for loop in range({flat}):", "    blocks *= high[loop] - low[loop]")
    lines.add("for block in range(blocks):")
    lines.level += 1
    lines.add("rest = block")
    for loop in reversed(range(flat)):
        lines.add(f"{writer.index(loop)} = low[{loop}] + rest % (high[{loop}] - low[{loop}])")
        lines.add(f"rest //= high[{loop}] - low[{loop}]")
    for loop in range(flat):
        add_outer(lines, writer, body, loop)
        for text in body.checks(loop):
            lines.add(f"if not {text}:", "    continue")
        lines.add(*at.get(loop, []))


def kept_assignments(body: Body, loop: int) -> list[Assign]:
    """What a loop evaluates that costs much, and what lies between one such value and another."""
    assignments = body.at(loop)
    costly = [one for one in assignments if one.costly]
    if not costly:
        return []
    needed, _ = needed_first(assignments, [name for one in costly for name in one.uses])
    depends: set[str] = set()
    for one in assignments:
        if one.costly or depends & one.uses:
            depends.add(one.target)
    return [one for one in assignments if one.costly or (one in needed and one.target in depends)]


def add_kept(lines: Lines, body: Body, loops: int) -> None:
    """Before one loop in place of several: what is kept from one pass to the next has no value yet."""
    for loop in range(loops):
        if kept := kept_assignments(body, loop):
            lines.add(f"p_{loop} = -1", *(f"{one.target} = {one.empty}" for one in kept))


def add_outer(lines: Lines, writer: Writer, body: Body, loop: int) -> None:
    """What a loop evaluates that is one of several written as one: anew in every pass, but for what costs much.

    That is kept while the counters of this loop and those around it stay.
    """
    left = body.at(loop)
    if kept := kept_assignments(body, loop):
        number = writer.index(0)
        for one in range(1, loop + 1):
            number = f"({number} * {writer.size(one)} + {writer.index(one)})"
        before, left = needed_first([one for one in left if one not in kept], [n for one in kept for n in one.uses])
        lines.add(*before, f"if {number} != p_{loop}:", f"    p_{loop} = {number}", *(f"    {one}" for one in kept))
    lines.add(*left)
