"""Tables of joint draws that a user brings: a row is one possible state of all that its columns name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carbonsweep.catalogs.files import column_names, parse_rows, read_bytes, shown
from carbonsweep.catalogs.schema import Column
from carbonsweep.foundation.errors import CatalogError, one_line, suggestion

WEIGHT = "weight"
"""The column that says how often a row occurs; rows are equally likely where there is none."""
LARGEST = 1 << 16
"""Rows of a table: as many as the joint samples of a plan may be."""


@dataclass(frozen=True, eq=False)
class Draws:
    """The columns of a table that are asked for.

    Attributes
    ----------
    file
        The file.
    columns
        Values by column, float64.
    lines
        Where each row stands in the file.
    weights
        How often each row occurs, not scaled.
    sha256
        Of the file.
    """

    file: str
    columns: dict[str, np.ndarray]
    lines: np.ndarray
    weights: np.ndarray
    sha256: str

    @property
    def count(self) -> int:
        return len(self.lines)

    def rows(self, probabilities: np.ndarray) -> np.ndarray:
        """The row at each probability, rows in the order of the file and as wide as they are likely."""
        edges = np.cumsum(self.weights) / self.weights.sum()
        last = int(np.flatnonzero(self.weights)[-1])
        found: np.ndarray = np.minimum(np.searchsorted(edges, probabilities, side="right"), last)
        return found

    def where(self, row: int) -> str:
        """A row as errors name it."""
        return f"{self.file}: {'row' if self.file.endswith('.parquet') else 'line'} {self.lines[row]}"


def read_draws(path: Path, names: Iterable[str]) -> Draws:
    """Read columns of a CSV or Parquet file of draws; others are left alone.

    Raises
    ------
    CatalogError
        If a column is missing, a cell of it is blank or no number, weights are not those of anything, or there are
        fewer rows than two or more than 65,536.
    """
    wanted = list(dict.fromkeys(names))
    if WEIGHT in wanted:
        raise CatalogError(f"{path}: column {WEIGHT!r} says how often a row occurs; give another column")
    data = read_bytes(path)
    read = _parquet if path.suffix == ".parquet" else _csv
    columns, lines = read(path, data, wanted)
    count = len(lines)
    if not 2 <= count <= LARGEST:
        remedy = "a single one is a constant" if count < 2 else "leave some out, or give fewer with weights"
        raise CatalogError(f"{path}: {count:,} row{'s' * (count != 1)}; give 2 to {LARGEST:,}: {remedy}")
    weights = columns.pop(WEIGHT, np.ones(count))
    found = Draws(str(path), columns, lines, weights, hashlib.sha256(data).hexdigest())
    if (weights < 0.0).any():
        worst = int(np.argmin(weights))
        raise CatalogError(
            f"{found.where(worst)}: column {WEIGHT!r}: {weights[worst]:g} is below zero; give zero or more"
        )
    if not 0.0 < weights.sum() < np.inf:
        raise CatalogError(f"{path}: column {WEIGHT!r}: no row occurs; give weights above zero")
    return found


def _csv(path: Path, data: bytes, wanted: list[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    header = column_names(data, path)
    _refuse_missing(path, wanted, header)
    numbers = [*wanted, *([WEIGHT] if WEIGHT in header else [])]
    number, other = Column("number", "", required=True), Column("text", "")
    rows = parse_rows(data, path, {name: number if name in numbers else other for name in header})
    columns = {name: np.array([row[name] for _, row in rows], dtype=np.float64) for name in numbers}
    return columns, np.array([line for line, _ in rows])


def _parquet(path: Path, data: bytes, wanted: list[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        header = file.schema_arrow.names
        _refuse_missing(path, wanted, header)
        if file.metadata.num_rows > LARGEST:
            return {}, np.arange(file.metadata.num_rows)
        table = file.read(columns=[*wanted, *([WEIGHT] if WEIGHT in header else [])])
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(f"{path}: {one_line(error)[:200]}; give a CSV or Parquet file") from None
    columns = {}
    for name in table.column_names:
        kind = table[name].type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise CatalogError(f"{path}: column {name!r} is {kind}; give numbers")
        values = table[name].to_numpy().astype(np.float64)
        if (missing := np.flatnonzero(~np.isfinite(values))).size:
            raise CatalogError(
                f"{path}: row {missing[0] + 1}: column {name!r} is blank or not finite; give a number, or leave it out"
            )
        columns[name] = values
    return columns, np.arange(1, table.num_rows + 1)


def _refuse_missing(path: Path, wanted: list[str], header: list[str]) -> None:
    for name in wanted:
        if name not in header:
            hint = suggestion(name, header) or f"; the file has {', '.join(map(shown, header[:8]))}"
            raise CatalogError(f'{path}: no column {shown(name)}{hint}; say which with column = "..."')
