"""Reading one catalog file: typed cells, or an error that names file, line, column, value and remedy.

Catalog files of users are data from outside: nothing in them is ever executed, and their size, the length of
their cells and their characters are limited.
"""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

from carbonsweep.catalogs.schema import RETIRED, Column
from carbonsweep.foundation.errors import CatalogError, suggestion

Cell = float | int | bool | str | None
LONGEST_CELL = 10_000
LARGEST_FILE = 50_000_000
"""Bytes of a catalog file: far more than any catalog, little enough to be read at once."""
LARGEST_INTEGER = 2**53
"""Above it a float cannot tell whole numbers apart."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)\Z", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?\Z", re.ASCII)
_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def shown(text: str) -> str:
    """A value as errors quote it: on one line and not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def read_bytes(path: Path) -> bytes:
    """The content of a catalog file."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise CatalogError(f"{path}: not an ordinary file; give a CSV file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CatalogError(f"{path}: cannot read the catalog: {error.strerror}; give a CSV file") from None
    if len(data) > LARGEST_FILE:
        raise CatalogError(f"{path}: larger than {LARGEST_FILE:,} bytes; leave out rows that no plan uses")
    return data


def column_names(data: bytes, path: Path) -> list[str]:
    """The names in the first line of a CSV file that has any."""
    text = decoded(data, path)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter_of(text))
        return [cell.strip() for cell in next((cells for cells in reader if any(map(str.strip, cells))), [])]
    except csv.Error as error:
        raise CatalogError(f"{path}: line 1: not valid CSV: {error}") from None


def parse_rows(data: bytes, path: Path, columns: dict[str, Column]) -> list[tuple[int, dict[str, Cell]]]:
    """The rows of a catalog file with their line numbers; columns the file leaves out are blank.

    Raises
    ------
    CatalogError
        At the first fault, naming file, line, column, value and remedy.
    """
    text = decoded(data, path)
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    header: list[tuple[str, float]] | None = None
    rows: list[tuple[int, dict[str, Cell]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if header is None:
                    header = _header(cells, f"{path}: line {line}", columns)
                else:
                    rows.append((line, _row(cells, header, columns, f"{path}: line {line}", delimiter)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CatalogError(
            f"{path}: line {reader.line_num}: not valid CSV: {error}; look for a quote that is not closed"
        ) from None
    if header is None:
        raise CatalogError(f"{path}: line 1: the file is empty; its first line must name the columns")
    if not rows:
        raise CatalogError(f"{path}: line {line}: no rows below the column names; add one, or leave the file out")
    return rows


def decoded(data: bytes, path: Path) -> str:
    """The text of a file: UTF-8 without control characters."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path}: line {line}: not UTF-8 text; save the file as UTF-8") from None
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise CatalogError(f"{path}: line {line}: control character {control[0]!r}; remove it")
    return text


def delimiter_of(text: str) -> str:
    """What separates the cells: a comma, or what spreadsheets write where the comma is the decimal mark."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return "," if "," in first else next((mark for mark in (";", "\t") if mark in first), ",")


def _header(cells: list[str], where: str, columns: dict[str, Column]) -> list[tuple[str, float]]:
    """The columns that the first line names, with the factor to their unit where they have another name there."""
    others = {name: (column, factor) for column in columns for name, factor in columns[column].other_names().items()}
    names: list[tuple[str, float]] = []
    for name in (cell.strip() for cell in cells):
        column, factor = (name, 1.0) if name in columns else others.get(name, ("", 1.0))
        if not column:
            if name in RETIRED and set(RETIRED[name][0]) <= set(columns):
                raise CatalogError(f"{where}: unknown column {name!r}; {RETIRED[name][1]}")
            hint = suggestion(name, [*columns, *others]) or "; remove it"
            raise CatalogError(f"{where}: unknown column {shown(name)}{hint}")
        if column in [known for known, _ in names]:
            also = "" if column == name else f" ({name!r} is another name of it)"
            raise CatalogError(f"{where}: column {column!r} is there twice{also}; remove one")
        names.append((column, factor))
    for name, spec in columns.items():
        if spec.required and name not in [known for known, _ in names]:
            raise CatalogError(f"{where}: missing column {name!r}; add it")
    return names


def _row(
    cells: list[str], header: list[tuple[str, float]], columns: dict[str, Column], where: str, delimiter: str
) -> dict[str, Cell]:
    if len(cells) < len(header):
        missing, _ = header[len(cells)]
        raise CatalogError(
            f"{where}: {len(cells)} cells, {len(header)} columns: column {missing!r} is missing; leave it blank as ,,"
        )
    if len(cells) > len(header):
        raise CatalogError(f"{where}: {len(cells)} cells, {len(header)} columns; put text with commas in double quotes")
    row: dict[str, Cell] = dict.fromkeys(columns)
    for (name, factor), text in zip(header, cells, strict=True):
        row[name] = _cell(text.strip(), columns[name], where, name, factor, delimiter)
    return row


def _cell(text: str, column: Column, where: str, name: str, factor: float, delimiter: str) -> Cell:
    if text == "":
        if column.required:
            raise CatalogError(f"{where}: column {name!r}: the cell is blank; it needs a value")
        return None
    fault = ""
    if len(text) > LONGEST_CELL:
        fault = f"{len(text):,} characters; the limit is {LONGEST_CELL:,}"
    elif column.kind == "text":
        if not column.choices or text in column.choices:
            return text
        hint = suggestion(text, column.choices) or f"; choose from {', '.join(column.choices)}"
        fault = f"{shown(text)} is not allowed{hint}"
    elif column.kind == "flag":
        if text.lower() in _FLAGS:
            return _FLAGS[text.lower()]
        fault = f"{shown(text)} is not True or False"
    else:
        plain = text.replace(",", "") if delimiter == "," and _THOUSANDS.match(text) else text
        value = float(plain) * factor if _NUMBER.match(plain) else math.nan
        fault = _number_fault(text, value, column)
        if not fault:
            return int(value) if column.kind == "integer" else value
    raise CatalogError(f"{where}: column {name!r}: {fault}")


def _number_fault(text: str, value: float, column: Column) -> str:
    """What is wrong with a number, with the remedy; empty if nothing is."""
    if not math.isfinite(value):
        unit = f" ({column.unit})" if column.unit else ""
        if "," in text and _NUMBER.match(text.replace(",", ".")):
            return f"{shown(text)} is not a number{unit}; write the decimal mark as a point, and no mark of thousands"
        kind = "a finite number" if _NOT_FINITE.match(text) or _NUMBER.match(text) else "a number"
        return f"{shown(text)} is not {kind}{unit}; leave an unknown cell blank"
    if column.positive and value <= 0:
        return f"{text} must be above zero; leave an unknown cell blank"
    if not column.low <= value <= column.high:
        limits = f"at least {column.low:g}" if math.isinf(column.high) else f"{column.low:g} to {column.high:g}"
        return f"{text} is out of range; it must be {limits}"
    if column.kind == "integer" and (value != math.floor(value) or abs(value) > LARGEST_INTEGER):
        return f"{text} is not a whole number up to 2^53"
    return ""
