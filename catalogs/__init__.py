"""The catalogs: real hardware, models, places, carbon factors, laws and runs, each row with its source."""

from __future__ import annotations

from pathlib import Path

from carbonsweep.catalogs.catalog import HERE, Catalog, load
from carbonsweep.catalogs.hf_config import model_row_from_config
from carbonsweep.catalogs.lookup import Match
from carbonsweep.catalogs.rows import Row
from carbonsweep.catalogs.schema import ASSUMED_ROWS, FILES, LINKS, RECORDS, SCHEMAS, Column

__all__ = [
    "ASSUMED_ROWS",
    "FILES",
    "HERE",
    "LINKS",
    "RECORDS",
    "SCHEMAS",
    "Catalog",
    "Column",
    "Match",
    "Row",
    "load",
    "model_from_config",
    "model_row_from_config",
]


def model_from_config(path: str | Path) -> Row:
    """A model from its config.json of Hugging Face, to be given as `model` of an estimate or a plan.

    Raises
    ------
    PlanError
        If the file is no configuration, its model type is unknown, or a field that matters is not understood.
    """
    return model_row_from_config(path)
