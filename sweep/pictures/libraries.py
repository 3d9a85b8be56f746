"""The libraries that pictures need, which not every installation has."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from carbonsweep.foundation.errors import StoreError

NEEDED = {"altair": "Altair", "vl_convert": "vl-convert", "duckdb": "DuckDB"}


def library(name: str) -> Any:
    """Import a library of the extra `plot`.

    Raises
    ------
    StoreError
        If it is not installed; the message says how to install it.
    """
    try:
        return import_module(name)
    except ImportError:
        raise StoreError(f"pictures need {NEEDED[name]}: pip install 'carbonsweep[plot]'") from None


def check_libraries(*names: str) -> None:
    """Refuse before any work is done if one of some libraries is missing."""
    for name in names:
        library(name)
