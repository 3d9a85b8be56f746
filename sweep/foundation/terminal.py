"""Tables and lists by which results show themselves on a terminal and in a notebook."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK = 140
"""Columns of text in a notebook."""


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
    """Names and what there is to say about each."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in facts.items():
        table.add_row(name, text)
    return table


def note_list(notes: tuple[str, ...]) -> list[RenderableType]:
    """Notes, a line each; nothing if there are none."""
    return [Text("\n".join(f"note: {note}" for note in notes))] if notes else []


def stack(*parts: RenderableType) -> RenderableType:
    """Parts one below the other; a string stands as it is written."""
    return Group(*(Padding(Text(part) if isinstance(part, str) else part, (0, 0, 1, 0)) for part in parts))


def row_table(title: str, rows: list[dict[str, float | str]], names: list[str]) -> Table:
    """Rows as a table, only the columns named."""
    table = new_table(title, *names)
    for row in rows:
        table.add_row(*(v if isinstance(v := row[name], str) else number(v) for name in names))
    return table


def frame_table(title: str, frame: pd.DataFrame) -> Table:
    """A frame as a table: numbers in at most six digits, anything else as it is."""
    table = new_table(title, *(str(name) for name in frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*(number(float(v)) if isinstance(v, int | float) else str(v) for v in row))
    return table


@dataclass(frozen=True)
class Fitting:
    """A table, or a narrower one where there is no room for it."""

    wide: Table
    narrow: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if console.measure(self.wide).maximum <= options.max_width else self.narrow


def html(what: RenderableType) -> str:
    """Anything that Rich renders, as HTML for a notebook."""
    screen = Console(file=io.StringIO(), width=NOTEBOOK, record=True, highlight=False, markup=False, emoji=False)
    screen.print(what)
    return screen.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
