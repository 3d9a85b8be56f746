"""What the carbon intensity of a region counts, and its figures by kind."""

from __future__ import annotations

import math
from collections.abc import Mapping

from carbonsweep.catalogs.files import Cell

KINDS = {
    "life cycle": ("lifecycle",),
    "direct": ("operational", "direct", "CO2 only"),
    "net of certificates": ("net", "claimed"),
    "consumption": ("consumption",),
}
"""Kinds of the figures that catalogs list, and how the texts in `ci_basis` begin that mean them."""

UNSAID = "unsaid"
"""The kind of a figure whose row says nothing of it."""


def listed_kind(values: Mapping[str, Cell]) -> str:
    """What the figure in `ci_g_per_kwh` counts: a kind, `UNSAID`, or "" for a text that means none.

    Parameters
    ----------
    values
        The region's cells.
    """
    basis = values["ci_basis"]
    if basis is None:
        return "" if values["ci_g_per_kwh"] is None else UNSAID
    return next((kind for kind, beginnings in KINDS.items() if str(basis).startswith(beginnings)), "")


def intensity_inputs(values: Mapping[str, Cell], inputs: Mapping[str, float]) -> dict[str, float]:
    """Inputs that follow from what the listed figure counts, and whether the PUE is the site's own.

    Parameters
    ----------
    values
        The region's cells.
    inputs
        What the cells supply one to one.
    """
    kind = listed_kind(values)
    found = {
        "pue_is_fallback": math.nan if values["pue"] is None else float(values["pue_kind"] in ("fleet", "assumed"))
    }
    for name, means in (("lifecycle_intensity", "life cycle"), ("direct_intensity", "direct")):
        if math.isnan(inputs[name]) and kind == means:
            found[name] = inputs["listed_intensity"]
    return found
