"""Tables of a user's own that say how far a figure of each catalog row may be off: its low, central and high value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carbonsweep.catalogs.files import column_names, parse_rows, read_bytes, shown
from carbonsweep.catalogs.schema import RECORDS, Column
from carbonsweep.foundation.errors import CatalogError, suggestion


@dataclass(frozen=True, eq=False)
class RowRanges:
    """Low, central and high values by row.

    Attributes
    ----------
    file
        The file.
    of
        What its rows are of: "accelerator", "region", ...
    values
        The three values by the id of the row.
    lines
        Where each row stands in the file.
    sha256
        Of the file.
    """

    file: str
    of: str
    values: dict[str, np.ndarray]
    lines: dict[str, int]
    sha256: str


def read_row_ranges(path: Path, columns: Sequence[str]) -> RowRanges:
    """Read three columns of a CSV file whose rows are those of a catalog, named in a column such as ``accelerator``.

    Raises
    ------
    CatalogError
        If a column is missing, no column or several name rows, a row is there twice, a cell is blank or no number, or
        the three do not ascend.
    """
    if path.suffix == ".parquet":
        raise CatalogError(f"{path}: values by row are read from a CSV file; give one")
    data = read_bytes(path)
    header = column_names(data, path)
    for name in columns:
        if name not in header:
            hint = suggestion(name, header) or f"; the file has {', '.join(map(shown, header[:8]))}"
            raise CatalogError(f"{path}: no column {shown(name)}{hint}; columns = [low, central, high] names three")
    naming = [(name, of) for of in RECORDS for name in (of, f"{of}_id") if name in header]
    if len(naming) != 1:
        found = " and ".join(shown(name) for name, _ in naming) or "none"
        raise CatalogError(f"{path}: one column must name the rows, such as 'accelerator' or 'region'; found {found}")
    ((key, of),) = naming
    number, other = Column("number", "", required=True), Column("text", "")
    kinds = {name: number if name in columns else other for name in header}
    kinds[key] = Column("text", "", required=True)
    values: dict[str, np.ndarray] = {}
    lines: dict[str, int] = {}
    for line, row in parse_rows(data, path, kinds):
        name = str(row[key])
        if name in values:
            raise CatalogError(f"{path}: line {line}: {shown(name)} is in line {lines[name]} too; leave one out")
        three = np.array([row[column] for column in columns], dtype=np.float64)
        if not three[0] <= three[1] <= three[2]:
            raise CatalogError(
                f"{path}: line {line}: {', '.join(f'{value:g}' for value in three)} of {shown(name)} do not ascend; "
                "give low, central and high"
            )
        values[name], lines[name] = three, line
    return RowRanges(str(path), of, values, lines, hashlib.sha256(data).hexdigest())
