"""A chunk as an Arrow table: column names, order, types and metadata follow from the plan alone."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from carbonsweep.engine.sweep import Chunk, Sweep
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.sizes import size_text
from carbonsweep.foundation.version import __version__
from carbonsweep.grid.chosen import NO_CHOICE
from carbonsweep.grid.grid import Grid
from carbonsweep.kernels import REGISTRY, Equation

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
"""Raised when names, order or types of columns change for the same plan."""
MEETS = "meets_constraints"
"""The column that marks feasible points when infeasible ones are kept."""


def _metadata(name: str, source: str) -> dict[str, str]:
    return {"unit": REGISTRY.unit(name), "description": REGISTRY.description(name), "source": source}


def schema(sweep: Sweep) -> pa.Schema:
    """The Arrow schema of a sweep: the axes in plan order, the mark, the quantities in plan order.

    Every field carries ``unit``, ``description`` and ``source`` as metadata; the schema carries the plan.
    """
    fields = []
    for axis in sweep.grid.axes:
        kind = pa.int64() if sweep.grid.whole(axis.name) else pa.float64()
        kind = kind if axis.labels is None else pa.dictionary(pa.int32(), pa.string())
        if REGISTRY.knows(axis.name):
            metadata = _metadata(axis.name, "plan")
        else:
            metadata = {"unit": "1", "description": f"Catalog id of the {axis.name}.", "source": "catalog"}
        fields.append(pa.field(axis.name, kind, nullable=False, metadata=metadata))
    if sweep.flags:
        text = "Whether the point meets every constraint of the plan."
        fields.append(
            pa.field(
                MEETS,
                pa.bool_(),
                nullable=False,
                metadata={"unit": "1", "description": text, "source": "plan"},
            )
        )
    chosen = {equation.quantity: equation for equation in sweep.grid.graph.equations}
    zipped = {field for axis in sweep.grid.axes for field in axis.fields}
    width = pa.from_numpy_dtype(np.dtype(sweep.plan.output.float_type))
    for name in sweep.grid.outputs:
        if name in sweep.grid.labelled:
            text = f"Catalog id of the {name}." if name in zipped else f"Catalog id of the {name} chosen."
            if name == NO_CHOICE:
                text = "Why nothing was chosen: the constraint that excludes most candidates."
            metadata = {"unit": "1", "description": text, "source": "catalog" if name in zipped else "choice"}
            if name in REGISTRY.names():
                metadata = _metadata(name, _origin(name, chosen, zipped))
            fields.append(pa.field(name, pa.dictionary(pa.int32(), pa.string()), metadata=metadata))
            continue
        source = f"{chosen[name].variant}: {chosen[name].source}" if name in chosen else "plan or catalog"
        kind = pa.int64() if sweep.grid.whole(name) else width
        fields.append(pa.field(name, kind, metadata=_metadata(name, source)))
    about = {
        "carbonsweep": json.dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "version": __version__,
                "plan_hash": sweep.plan.content_hash,
                "plan": sweep.plan.canonical(),
            }
        ),
        # Where pandas looks for the `attrs` of its frame.
        "PANDAS_ATTRS": json.dumps({"units": {item.name: item.metadata[b"unit"].decode() for item in fields}}),
    }
    return pa.schema(fields, metadata=about)


def _origin(name: str, equations: Mapping[str, Equation], zipped: Container[str]) -> str:
    """Where the value of one of a few comes from."""
    if name in equations:
        return f"{equations[name].variant}: {equations[name].source}"
    return "plan" if name in zipped else "choice"


_SPARK_TYPES = {"double": "double", "float": "float", "bool": "boolean", "int64": "long"}


def spark_metadata(of: pa.Schema) -> dict[str, str]:
    """File metadata that Spark takes as the schema: units and descriptions of columns where it looks for them."""
    fields = [
        {
            "name": item.name,
            "type": _SPARK_TYPES.get(str(item.type), "string"),
            "nullable": item.nullable,
            "metadata": {
                "unit": item.metadata[b"unit"].decode(),
                "comment": item.metadata[b"description"].decode(),
            },
        }
        for item in of
    ]
    return {"org.apache.spark.sql.parquet.row.metadata": json.dumps({"type": "struct", "fields": fields})}


def arrow_table(sweep: Sweep, chunk: Chunk, of: pa.Schema, missing: Container[str] | None = None) -> pa.Table:
    """The rows of a chunk as an Arrow table with the columns of a schema; catalog ids are dictionary-encoded.

    Parameters
    ----------
    sweep
        The sweep.
    chunk
        Rows of it.
    of
        The schema, or what is left of it without partitions.
    missing
        The quantities of which some rows have no value; without it every value is looked at.
    """
    arrays: list[pa.Array] = []
    for axis, values in zip(sweep.grid.axes, chunk.axes, strict=True):
        if axis.name not in of.names:
            continue
        array = _as_arrow(values.astype(np.int64) if of.field(axis.name).type == pa.int64() else values)
        if axis.labels is not None:
            # Unsafe only in that positions are not checked against the labels: they come from the nest.
            array = pa.DictionaryArray.from_arrays(array, _texts(axis.labels), safe=False)
        arrays.append(array)
    if chunk.meets is not None:
        arrays.append(pa.array(chunk.meets))
    for name, values in chunk.columns.items():
        labels = sweep.grid.labelled.get(name)
        if labels is not None:
            arrays.append(_labels(values, labels))
        else:
            # The smallest is NaN if any is: a look at every number only where some are missing.
            lacks = (len(values) > 0 and np.isnan(values.min())) if missing is None else name in missing
            arrays.append(_numbers(values, of.field(name).type, lacks))
    return pa.Table.from_arrays(arrays, schema=of)


def _numbers(values: np.ndarray, kind: pa.DataType, lacks: bool) -> pa.Array:
    """Numbers as an Arrow array: whole ones as integers, null where there is none, if it lacks some."""
    missing = np.isnan(values) if lacks else None
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    if kind == pa.int64():
        values = (values if missing is None else np.where(missing, 0.0, values)).astype(np.int64)
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def _labels(positions: np.ndarray, labels: Sequence[str]) -> pa.DictionaryArray:
    """Labels by position, null where there is none."""
    missing = np.isnan(positions)
    codes = pa.array(np.where(missing, 0.0, positions).astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(codes, _texts(labels))


def _texts(labels: Sequence[str]) -> pa.StringArray:
    """Texts as an Arrow array; `pyarrow.array` would import pandas to see whether they are its own."""
    encoded = [label.encode() for label in labels]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def _as_arrow(values: np.ndarray) -> pa.Array:
    """Numbers as an Arrow array over the same memory; `pyarrow.array` would look at every one of them."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def collect(sweep: Sweep) -> pd.DataFrame:
    """The whole sweep as a pandas DataFrame: catalog ids as categories, everything else as numbers.

    Raises
    ------
    PlanError
        If the frame would not fit in the memory of the machine.
    """
    # Twice the columns: chunks and frame exist together for a moment.
    need = 16.0 * sweep.grid.points * (len(sweep.grid.axes) + len(sweep.grid.outputs))
    have = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if need > have:
        raise PlanError(
            f"{sweep.plan.file}: {sweep.grid.points:.3g} points would need about {size_text(need)} of memory; "
            "use run, which writes them chunk by chunk"
        )
    return chunks_frame(sweep, [sweep.evaluate(*sweep.chunk_bounds(index)) for index in range(sweep.chunks)])


def label_categories(positions: np.ndarray, labels: Sequence[str]) -> pd.Categorical:
    """Labels by position as categories, missing where there is none."""
    import pandas as pd

    return pd.Categorical.from_codes(np.nan_to_num(positions, nan=-1.0).astype(np.int32), categories=list(labels))


def quantity_column(grid: Grid, name: str, values: np.ndarray) -> Any:
    """The values of a quantity as a column of pandas: texts as categories, whole numbers as integers."""
    import pandas as pd

    labels = grid.labelled.get(name)
    if labels is not None:
        return label_categories(values, labels)
    if not grid.whole(name):
        return values
    missing = np.isnan(values)
    if any(name in axis.fields for axis in grid.axes) and not missing.any():
        return values.astype(np.int64)
    return pd.arrays.IntegerArray(np.where(missing, 0.0, values).astype(np.int64), missing)


def chunks_frame(sweep: Sweep, chunks: Sequence[Chunk]) -> pd.DataFrame:
    """The rows of some chunks as a DataFrame; without chunks an empty frame of the same types."""
    import pandas as pd

    columns: dict[str, object] = {}
    for position, axis in enumerate(sweep.grid.axes):
        kind = np.float64 if axis.labels is None else np.int32
        values = np.concatenate([np.empty(0, dtype=kind), *(chunk.axes[position] for chunk in chunks)])
        labels = axis.labels
        values = values.astype(np.int64) if sweep.grid.whole(axis.name) else values
        columns[axis.name] = values if labels is None else pd.Categorical.from_codes(values, categories=list(labels))
    if sweep.flags:
        marks = (chunk.meets for chunk in chunks if chunk.meets is not None)
        columns[MEETS] = np.concatenate([np.empty(0, dtype=np.bool_), *marks])
    empty = np.empty(0, dtype=sweep.plan.output.float_type)
    for name in sweep.grid.outputs:
        values = np.concatenate([empty, *(chunk.columns[name] for chunk in chunks)])
        columns[name] = quantity_column(sweep.grid, name, values)
    return pd.DataFrame(columns)
