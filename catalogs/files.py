"""Reading one catalog file: typed cells, or an error that names file, line and column."""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Iterable
from pathlib import Path

from carbonsweep.catalogs.schema import Column

Cell = float | int | bool | str | None
LONGEST_CELL = 10_000
LARGEST_FILE = 200_000_000
"""Bytes of a catalog file: far more than any catalog, little enough to be read at once."""


class CatalogError(ValueError):
    """A faulty catalog file, or a name that is in no catalog."""


def suggest(unknown: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known names, or an empty string."""
    lowered = {name.lower(): name for name in known}
    near = difflib.get_close_matches(unknown.lower(), lowered, n=3, cutoff=0.6)
    return "; did you mean " + " or ".join(repr(lowered[name]) for name in near) + "?" if near else ""


def read_bytes(path: Path) -> bytes:
    """The content of a catalog file."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CatalogError(f"{path}: larger than {LARGEST_FILE} bytes; this is no catalog")
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"{path}: cannot read the catalog: {error.strerror}") from None


def parse_rows(data: bytes, path: Path, columns: dict[str, Column]) -> list[tuple[int, dict[str, Cell]]]:
    """The rows of a catalog file with their line numbers; columns the file leaves out are blank.

    Raises
    ------
    CatalogError
        At the first fault, naming file, line, column, value and remedy.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path}: line {line}: not UTF-8 text; save the file as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[tuple[int, dict[str, Cell]]] = []
    line = 1
    try:
        for cells in reader:
            if header is None:
                header = _header(cells, path, columns)
            elif cells:
                rows.append((line, _row(cells, header, columns, f"{path}: line {line}")))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CatalogError(f"{path}: line {reader.line_num}: not valid CSV: {error}") from None
    if header is None:
        raise CatalogError(f"{path}: the file is empty; its first line must name the columns")
    return rows


def _header(cells: list[str], path: Path, columns: dict[str, Column]) -> list[str]:
    for name in cells:
        if name not in columns:
            raise CatalogError(f"{path}: line 1: unknown column {name!r}{suggest(name, columns)}")
        if cells.count(name) > 1:
            raise CatalogError(f"{path}: line 1: column {name!r} is there twice; remove one")
    for name, column in columns.items():
        if column.required and name not in cells:
            raise CatalogError(f"{path}: line 1: missing column {name!r}; add it")
    return cells


def _row(cells: list[str], header: list[str], columns: dict[str, Column], where: str) -> dict[str, Cell]:
    if len(cells) < len(header):
        missing = header[len(cells)]
        raise CatalogError(
            f"{where}: {len(cells)} cells, {len(header)} columns: column {missing!r} is missing; leave it blank as ,,"
        )
    if len(cells) > len(header):
        raise CatalogError(f"{where}: {len(cells)} cells, {len(header)} columns; put text with commas in double quotes")
    row: dict[str, Cell] = dict.fromkeys(columns)
    for name, text in zip(header, cells, strict=True):
        row[name] = _cell(text.strip(), columns[name], f"{where}: column {name!r}")
    return row


def _cell(text: str, column: Column, where: str) -> Cell:
    if text == "":
        if column.required:
            raise CatalogError(f"{where}: a value is required")
        return None
    if len(text) > LONGEST_CELL:
        raise CatalogError(f"{where}: {len(text)} characters; the limit is {LONGEST_CELL}")
    if column.kind == "text":
        if column.choices and text not in column.choices:
            hint = suggest(text, column.choices) or f"; choose from {', '.join(column.choices)}"
            raise CatalogError(f"{where}: {text!r} is not allowed{hint}")
        return text
    if column.kind == "flag":
        flags = {"true": True, "false": False, "1": True, "0": False}
        if text.lower() not in flags:
            raise CatalogError(f"{where}: {text!r} is not True or False")
        return flags[text.lower()]
    try:
        value = float(text)
    except ValueError:
        raise CatalogError(f"{where}: {text!r} is not a number ({column.unit or 'no unit'})") from None
    if not math.isfinite(value):
        raise CatalogError(f"{where}: {text!r} is not a finite number; leave an unknown cell blank")
    if column.positive and value <= 0:
        raise CatalogError(f"{where}: {text} must be above zero; leave an unknown cell blank")
    if not column.low <= value <= column.high:
        raise CatalogError(f"{where}: {text} is outside {column.low:g} to {column.high:g}")
    if column.kind == "integer":
        if value != int(value):
            raise CatalogError(f"{where}: {text} is not a whole number")
        return int(value)
    return value
