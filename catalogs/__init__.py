"""The catalogs: real hardware, models, places, carbon factors, laws and runs, each row with its source."""

from __future__ import annotations

from carbonsweep.catalogs.catalog import HERE, Catalog, load
from carbonsweep.catalogs.hf_config import model_row_from_config
from carbonsweep.catalogs.lookup import Match
from carbonsweep.catalogs.rows import Row
from carbonsweep.catalogs.schema import FILES, LINKS, RECORDS, SCHEMAS, Column

__all__ = [
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
    "model_row_from_config",
]
