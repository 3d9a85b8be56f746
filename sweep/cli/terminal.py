"""The tables and lists that every report is made of."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

    from carbonsweep.plan.plan import Plan

WIDE = 400
"""Columns of text when standard output is not a terminal."""


def console() -> Console:
    """Standard output; tables are not cut to a width when it is not a terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def show(what: RenderableType) -> None:
    """Print to standard output, without trailing blanks when it is not a terminal."""
    screen = console()
    if sys.stdout.isatty():
        screen.print(what)
        return
    with screen.capture() as capture:
        screen.print(what)
    print("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")))


def number(value: float) -> str:
    """A number in at most six digits, thousands grouped."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return f"{value}"
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    return f"{value:.6g}" if not 1e3 <= abs(value) < 1e7 else f"{value:,.6g}"


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h" if seconds < 172_800 else f"{seconds / 86_400:.3g} days"


def new_table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with its columns; those in `right` are aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def fact_list(**facts: str) -> Table:
    """Names with what is said of each."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in facts.items():
        table.add_row(name, escape(text))
    return table


def note_list(notes: tuple[str, ...]) -> list[RenderableType]:
    """Notes, a line each; nothing if there are none."""
    return [Text("\n".join(f"note: {note}" for note in notes))] if notes else []


def stack(*parts: RenderableType) -> RenderableType:
    """Parts one below the other."""
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def row_table(title: str, rows: list[dict[str, float | str]], names: list[str]) -> Table:
    """Rows as a table, only the columns named."""
    table = new_table(title, *names)
    for row in rows:
        table.add_row(*(v if isinstance(v := row[name], str) else number(v) for name in names))
    return table


def telling(plan: Plan, row: dict[str, float | str]) -> list[str]:
    """The axes and the objective: the columns to show where there is no room for all."""
    return [name for name in row if name in plan.axes or name == plan.output.objective]


def frame_table(title: str, frame: pd.DataFrame) -> Table:
    """A frame as a table: numbers in at most six digits, anything else as it is."""
    table = new_table(title, *(str(name) for name in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(number(float(v)) if isinstance(v, int | float) else escape(str(v)) for v in row))
    return table
