"""Writing a small table to a file that the user names: Parquet or CSV, by its ending."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from carbonsweep.foundation.errors import StoreError

if TYPE_CHECKING:
    import pandas as pd


FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How texts begin that spreadsheets evaluate."""


def check_destination(path: Path) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises
    ------
    StoreError
        If its ending is unknown, it exists, or its folder does not.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise StoreError(f"{path}: cannot tell the format; end the name in .parquet or .csv")
    if path.exists():
        raise StoreError(f"{path}: already exists; choose another name")
    if not path.absolute().parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.absolute().parent}; create it first")


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before texts that spreadsheets would take for formulas."""
    changed = frame.copy()
    for name in frame.select_dtypes(["object", "category", "string"]):
        changed[name] = [f"'{one}" if str(one).startswith(FORMULAS) else one for one in frame[name]]
    return changed


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as the text of a CSV file."""
    written: str = _as_text(frame).to_csv(index=False)
    return written


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame to a new file, whole or not at all."""
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".carbonsweep-") as folder:
            temporary = Path(folder) / path.name
            if path.suffix == ".csv":
                _as_text(frame).to_csv(temporary, index=False)
            else:
                frame.to_parquet(temporary, index=False)
            temporary.rename(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror}") from None
