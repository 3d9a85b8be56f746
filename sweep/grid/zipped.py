"""Zip tables: several names that move together on one axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.given import Binder, Given
from carbonsweep.grid.grid import GridAxis
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.axes import Range, Records, Zipped


def bind_zipped(binder: Binder, name: str, table: Zipped) -> dict[str, Given]:
    """The values of every column of a zip table, the one that names the axis first.

    Raises
    ------
    PlanError
        If the columns are not equally long, two rows are the same, or no column tells rows of catalogs apart.
    """
    names = [name, *(other for other in table.zip if other != name)]
    columns = {one: _column(binder, one, table.zip[one]) for one in names}
    lengths = {one: _length(given) for one, given in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{one} has {length}" for one, length in lengths.items())
        raise PlanError(f"{binder.at}: zip: the columns of a table must be equally long; {found}")
    labels = columns[name].labels
    if labels is not None and len(set(labels)) < len(labels):
        raise PlanError(f"{binder.at}: zip: {name} repeats, as do all others; add a column of numbers, such as devices")
    seen: dict[tuple[float | str, ...], None] = {}
    for row in zip(*(_shown(one, given) for one, given in columns.items()), strict=True):
        if row in seen:
            text = ", ".join(value if isinstance(value, str) else f"{value:g}" for value in row)
            raise PlanError(f"{binder.at}: zip: the row {text} ({', '.join(names)}) is given twice; remove one")
        seen[row] = None
    return columns


def _column(binder: Binder, name: str, given: Range | Records) -> Given:
    """The values of a column, which may repeat."""
    listed = given.given() if isinstance(given, Range) else None
    if listed is None:
        return binder.axis(name, given, "zip")
    different = list(dict.fromkeys(listed))
    bound = binder.axis(name, Range(values=tuple(different)), "zip")
    place = [different.index(value) for value in listed]
    labels = None if bound.labels is None else tuple(bound.labels[one] for one in place)
    kinds, about = (
        {name: tuple(of[one] for one in place) for name, of in texts.items()} for texts in (bound.kinds, bound.about)
    )
    return Given(labels, {field: values[place] for field, values in bound.fields.items()}, kinds, about)


def _length(given: Given) -> int:
    return len(next(iter(given.fields.values())))


def _shown(name: str, given: Given) -> list[float | str]:
    return [*given.labels] if given.labels is not None else given.fields[name].tolist()


def with_columns(axis: GridAxis, columns: Mapping[str, Given]) -> tuple[GridAxis, dict[str, tuple[str, ...]]]:
    """The axis of a zip table with every other column among its fields, and the labels of those that have them.

    A number stands as it is; a row of a catalog, or a choice by name, as its position among the labels.
    """
    fields, matrix = [*axis.fields], [*axis.matrix]
    labelled: dict[str, tuple[str, ...]] = {}
    for name, given in columns.items():
        if name == axis.name:
            continue
        values = given.fields.get(name, np.full(len(axis), math.nan))
        if given.labels is not None:
            labels = labelled[name] = labels_of(name, given.labels)
            values = np.array([labels.index(label) for label in given.labels], dtype=np.float64)
        if name not in fields:
            fields.append(name)
            matrix.append(values)
    whole = np.ascontiguousarray(np.array(matrix, dtype=np.float64).reshape(len(fields), len(axis)))
    return GridAxis(axis.name, axis.labels, tuple(fields), whole), labelled


def labels_of(name: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The texts that the values of a column are positions among: all that an input may be, or the rows given."""
    declared = REGISTRY.inputs.get(name)
    return declared.choices if declared is not None else tuple(dict.fromkeys(labels))
