"""Catalog rows as the equations get them."""

from __future__ import annotations

from carbonsweep.catalogs import load


def row(catalog: str, name: str) -> dict[str, float]:
    """What a row supplies, without its blank cells, for which defaults stand in."""
    return {field: value for field, value in load(catalog).get(name).inputs.items() if value == value}
