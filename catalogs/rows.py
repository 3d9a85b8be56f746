"""A catalog row and the equation inputs that its own cells supply."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carbonsweep.catalogs.files import Cell
from carbonsweep.catalogs.schema import Column


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
    assumed
        What was blank and is taken by a rule, as sentences; empty for rows that are complete.
    """

    catalog: str
    id: str
    values: dict[str, Cell]
    inputs: dict[str, float]
    file: str
    line: int
    assumed: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where the row comes from."""
        return self._said("source")

    @property
    def licence(self) -> str:
        """Licence of the source; empty if a user's file does not say."""
        return self._said("licence")

    @property
    def confidence(self) -> str:
        """high, medium or low; empty if a user's file does not say."""
        return self._said("confidence")

    def _said(self, column: str) -> str:
        value = self.values.get(column)
        return "" if value is None else str(value)


def column_inputs(values: dict[str, Cell], columns: dict[str, Column]) -> dict[str, float]:
    """The inputs that columns supply one to one; of texts the position, after a choice that means none of them."""
    inputs: dict[str, float] = {}
    for name, column in columns.items():
        if column.input:
            value = values[name]
            if value is None:
                inputs[column.input] = math.nan
            elif column.kind == "text":
                inputs[column.input] = column.choices.index(str(value)) + 1.0
            else:
                inputs[column.input] = float(value) * column.scale / column.divide
    return inputs
