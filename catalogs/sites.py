"""Several sites as one profile: work runs at the best of them in every hour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.profiles import hourly_values
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError

if TYPE_CHECKING:
    from carbonsweep.catalogs.catalog import Catalog

_SITE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/@-]*)(?:\s*\+\s*(\d+(?:\.\d*)?))?\Z")
_EXAMPLE = "'eia930/CISO, eia930/ERCO + 20'"


@dataclass(frozen=True)
class Sites(Row):
    """A row that is made of others.

    Attributes
    ----------
    parts
        The profile of each site, and what running there adds to every hour (gCO2e/kWh): data that are moved.
    """

    parts: tuple[tuple[Row, float], ...] = ()

    def hours(self) -> np.ndarray:
        """The best of the sites in every hour."""
        best: np.ndarray = np.min([hourly_values(row) + move for row, move in self.parts], axis=0)
        return best

    def said(self) -> str:
        """What following the best site brings, beside staying at the best one."""
        means = {row.id: float(hourly_values(row).mean()) + move for row, move in self.parts}
        stay = min(means, key=lambda one: means[one])
        return (
            f"sites {self.id}: {self.hours().mean():.1f} gCO2e/kWh at the best of every hour, {means[stay]:.1f} at "
            f"{stay} alone"
        )


def sites_row(catalog: Catalog, text: str, at: str) -> Sites:
    """The row that some sites make.

    Parameters
    ----------
    catalog
        The profiles.
    text
        Their ids with commas between them, each with what running there adds: ``eia930/CISO, eia930/ERCO + 20``.
    at
        Where it stands, for errors.

    Raises
    ------
    CatalogError
        If one is not known, or their hours do not compare.
    """
    parts: list[tuple[Row, float]] = []
    for one in text.split(","):
        match = _SITE.match(one.strip())
        if match is None:
            raise CatalogError(f"{at}{shown(one.strip())} is no site; write them as {_EXAMPLE}")
        parts.append((catalog.get(match[1], at), float(match[2] or 0.0)))
    if len({row.id for row, _ in parts}) < max(2, len(parts)):
        raise CatalogError(f"{at}{shown(text)}: give two sites or more, each once; a single one is a profile")
    first = parts[0][0]
    for name in ("kind", "year", "clock"):
        if odd := [row for row, _ in parts if row.values[name] != first.values[name]]:
            raise CatalogError(
                f"{at}hours of {first.id} ({first.values[name]}) and {odd[0].id} ({odd[0].values[name]}) do not "
                f"compare; give sites of one {name}"
            )
    shortest = max(float(row.values["shortest_window_h"] or 0.0) for row, _ in parts)
    values = {**first.values, "id": text, "shortest_window_h": shortest or None}
    return Sites("profiles", text, values, {"profile_curve": float("nan")}, "sites", 0, parts=tuple(parts))
