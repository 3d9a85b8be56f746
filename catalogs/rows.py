"""A catalog row and the equation inputs that it supplies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from carbonsweep.catalogs.files import Cell
from carbonsweep.catalogs.schema import Column

_NODE_IN_ACT = {16.0: 14, 12.0: 14, 6.0: 7, 4.0: 5}
"""Nodes that ACT does not list, and the listed one that stands for each (the process it derives from)."""


@dataclass(frozen=True)
class Row:
    """One row of a catalog.

    Attributes
    ----------
    catalog, id
        The catalog's name and the row's id.
    values
        Typed cells by column, None where blank.
    inputs
        The equation inputs that the row supplies, in their units; NaN where the cell is blank.
    file, line
        Where it was read.
    """

    catalog: str
    id: str
    values: dict[str, Cell]
    inputs: dict[str, float]
    file: str
    line: int

    @property
    def source(self) -> str:
        return str(self.values.get("source") or f"user file {self.file}")


def column_inputs(values: dict[str, Cell], columns: dict[str, Column]) -> dict[str, float]:
    """The inputs that columns supply one to one."""
    inputs: dict[str, float] = {}
    for name, column in columns.items():
        if column.input:
            value = values[name]
            inputs[column.input] = math.nan if value is None else float(value) * column.scale / column.divide
    return inputs


def position_inputs(values: dict[str, Cell]) -> dict[str, float]:
    """What a model's kind of position encoding adds to its parameters; nothing if it is not known."""
    position = values["position"]
    if position is None:
        return {}
    return {
        "learned_positions": float(position == "learned"),
        "transformer_xl_positions": float(position == "relative_txl"),
    }


def embodied_inputs(values: dict[str, Cell], factor: Callable[[str], float | None]) -> dict[str, float]:
    """The factors of the `embodied` catalog that belong to an accelerator.

    ACT's fab energy, gases (95 % abated) and materials per area of its node, and the footprints of the device
    itself where a row is named.

    Parameters
    ----------
    values
        The accelerator's cells.
    factor
        Value of a row of the `embodied` catalog by id; None if there is no such row.
    """
    node = values["process_nm"]
    inputs = {}
    prefixes = (
        ("fab_energy_per_area", "epa"),
        ("fab_gas_per_area", "gpa95"),
        ("fab_material_per_area", "mpa"),
    )
    for name, prefix in prefixes:
        found = None
        if isinstance(node, int | float):
            found = factor(f"act-{prefix}-{_NODE_IN_ACT.get(float(node), node):g}")
        inputs[name] = math.nan if found is None else found
    for name, column in (
        ("product_footprint", "product_footprint_id"),
        ("boavizta_footprint", "boavizta_id"),
    ):
        link = values[column]
        found = factor(str(link)) if link is not None else None
        inputs[name] = math.nan if found is None else found
    return inputs
