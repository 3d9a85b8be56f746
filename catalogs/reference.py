"""The columns of a catalog as a Markdown table, for the catalogs' README."""

from __future__ import annotations

import math
from collections.abc import Mapping

from carbonsweep.catalogs.links import FAB, FOOTPRINTS
from carbonsweep.catalogs.schema import Column

_SAID = {
    "position": ("learned_positions", "transformer_xl_positions"),
    "position_rows": ("position_rows",),
    "linear_kind": ("linear_kind",),
    "attention_gate": ("attention_gate",),
    "other_active_m": ("other_idle_parameters",),
    "network_gbps": ("scale_out_bandwidth",),
}
"""Inputs that come from a column by more than a factor."""


def column_table(columns: Mapping[str, Column]) -> str:
    """One line a column: name, type and range, unit, meaning, and the input that it supplies."""
    lines = ["| column | cells | unit | meaning | input |", "| --- | --- | --- | --- | --- |"]
    for name, column in columns.items():
        cells = f"{_cells(column)}, required" if column.required else _cells(column)
        lines.append(f"| `{name}` | {cells} | {column.unit} | {column.description} | {_input(name, column)} |")
    return "\n".join(lines)


def _cells(column: Column) -> str:
    if column.choices:
        return " / ".join(column.choices)
    if column.positive:
        return f"{column.kind} > 0"
    low = "" if math.isinf(column.low) else f" >= {column.low:g}"
    high = "" if math.isinf(column.high) else f" <= {column.high:g}"
    return column.kind + low + (" and" if low and high else "") + high


def _input(name: str, column: Column) -> str:
    linked = [f"`{given}`" for given, link in FOOTPRINTS.items() if link == name]
    if name == "process_nm" and column.input:
        linked = [f"`{given}`" for given in FAB]
    linked += [f"`{given}`" for given in _SAID.get(name, ())]
    factor = "" if column.scale == 1 else f" = cell x {column.scale:g}"
    factor = factor if column.divide == 1 else f" = cell / {column.divide:g}"
    own = [f"`{column.input}`{factor}"] if column.input else []
    return ", ".join(own + linked)
