"""What a name that a user writes means: the row, the number of devices in it, and how it was understood."""

from __future__ import annotations

from collections.abc import Sequence

from carbonsweep.catalogs.lookup import Alias, Index
from carbonsweep.catalogs.machines import Machines
from carbonsweep.catalogs.model_names import Models
from carbonsweep.catalogs.places import Places
from carbonsweep.catalogs.rows import Row


def index_of(catalog: str, rows: Sequence[Row], aliases: Sequence[Alias], instances: Index | None) -> Index:
    """The index of a catalog: by the rules of its subject for machines, models and places, plain for others.

    Parameters
    ----------
    catalog, rows, aliases
        Name, rows and aliases of the catalog.
    instances
        Index of the cloud instance types, for accelerators.
    """
    if catalog == "accelerators" and instances is not None:
        return Machines(rows, aliases, instances)
    if catalog == "models":
        return Models(catalog, rows, aliases)
    if catalog == "regions":
        return Places(rows, aliases)
    return Index(catalog, rows, aliases)
