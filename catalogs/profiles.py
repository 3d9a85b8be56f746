"""Hourly profiles: the arrays beside the catalog's rows, and the files that `carbonsweep grid add` writes."""

from __future__ import annotations

import functools
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from carbonsweep.catalogs.files import Cell, read_bytes, shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.catalogs.schema import PROFILE_KINDS, PROFILES
from carbonsweep.foundation.errors import CatalogError, one_line

ARRAYS = Path(__file__).with_name("profiles.npz")
"""The hourly values of the built-in rows, float32, by id with two underscores for the slash."""
HOURS = 8760
NOISY_WINDOW = 168
"""Hours of the shortest window that noisy hours, as those of AVERT, tell anything of."""
KEY = b"carbonsweep_profile"
"""Where a file has what it says of its profile, as JSON, among its metadata."""
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@-]{0,99}\Z")
LARGEST = 5000.0
"""gCO2e/kWh of an hour above which a profile is taken for one in another unit: coal gives 1,000."""
REMEDY = "give a file that `carbonsweep grid add` has written"


def hourly_values(row: Row) -> np.ndarray:
    """The hourly values of a row, read when they are needed; float64."""
    if row.file == "profiles.csv":
        return _built_in()[row.id]
    file = Path(row.file)
    return profile_values(file, read_bytes(file))


@functools.cache
def _built_in() -> dict[str, np.ndarray]:
    with np.load(ARRAYS, allow_pickle=False) as arrays:
        return {name.replace("__", "/"): arrays[name].astype(np.float64) for name in arrays.files}


def profile_file(values: np.ndarray, about: dict[str, Any]) -> bytes:
    """The file of a profile: its values as one column, and what is said of them in the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"value": pa.array(values.astype(np.float32))})
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(about).encode()}), buffer, compression="zstd")
    return buffer.getvalue()


def profile_row(path: Path, data: bytes) -> Row:
    """The row of a user's profile.

    Raises
    ------
    CatalogError
        If the file is none of `carbonsweep grid add`.
    """
    about = _about(path, data)
    values: dict[str, Cell] = dict.fromkeys(PROFILES)
    for name, column in PROFILES.items():
        cell = about.get(name)
        if cell is None:
            continue
        number = isinstance(cell, int | float) and not isinstance(cell, bool) and np.isfinite(cell)
        if not (isinstance(cell, str) if column.kind == "text" else number):
            raise CatalogError(f"{path}: {name} = {shown(str(cell))} is no {column.kind}; {REMEDY}")
        values[name] = cell
    if not ID.match(str(values["id"])):
        raise CatalogError(f"{path}: id {shown(str(values['id']))} is not letters, digits and ._/@-; {REMEDY}")
    if values["kind"] not in PROFILE_KINDS:
        raise CatalogError(f"{path}: kind {shown(str(values['kind']))} is none of {', '.join(PROFILE_KINDS)}; {REMEDY}")
    profile_values(path, data)
    return Row("profiles", str(values["id"]), values, {"profile_curve": float("nan")}, str(path.absolute()), 1)


def profile_values(path: Path, data: bytes) -> np.ndarray:
    """The hourly values in a user's file; float64.

    Raises
    ------
    CatalogError
        If they are not those of a year.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = _about(path, data)
    try:
        column = pq.read_table(pa.BufferReader(data), columns=["value"])["value"]
        values = column.to_numpy().astype(np.float64)
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise CatalogError(f"{path}: {one_line(error)[:200]}; {REMEDY}") from None
    if len(values) != HOURS or not np.isfinite(values).all():
        raise CatalogError(f"{path}: {len(values):,} values, some of them missing or not {HOURS:,}; {REMEDY}")
    check_values(values, str(about.get("kind")), str(path))
    return values


def check_values(values: np.ndarray, kind: str, at: str) -> None:
    """Refuse values that are in another unit than their kind has.

    Raises
    ------
    CatalogError
        If they are.
    """
    low, high = float(values.min()), float(values.max())
    if kind == "cfe":
        if low < 0.0 or high > 1.0:
            raise CatalogError(f"{at}: carbon-free shares from {low:g} to {high:g}; give shares from 0 to 1")
    elif high > LARGEST or values.mean() < 0.0:
        raise CatalogError(f"{at}: values from {low:g} to {high:g} are no gCO2e/kWh; give the file in that unit")
    elif 0.0 < high < 2.0:
        raise CatalogError(f"{at}: values up to {high:g} look like kgCO2e/kWh; give the file in gCO2e/kWh")


def _about(path: Path, data: bytes) -> dict[str, Any]:
    """What a file says of its profile."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(pa.BufferReader(data)).metadata or {}
        about = json.loads(metadata[KEY])
    except (pa.ArrowException, KeyError, ValueError, OSError, RecursionError):
        raise CatalogError(f"{path}: not a profile; {REMEDY}") from None
    if not isinstance(about, dict):
        raise CatalogError(f"{path}: not a profile; {REMEDY}")
    return about
