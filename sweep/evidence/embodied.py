"""Embodied carbon of devices as others count it, beside the sum over their parts."""

from __future__ import annotations

from collections.abc import Iterator

from carbonsweep.catalogs import load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.evidence.comparison import Comparison

SECTION = "Embodied carbon of a device, by parts"
COUNTED = {
    "nvidia-h100-pcf": ("h100-sxm5", "share of the baseboard"),
    "nvidia-b200-pcf": ("b200", "share of the baseboard, derived from a ratio"),
    "falk-a100-sxm-40": ("a100-sxm4-40gb", "module alone"),
    "ademe-a100-pcie-40": ("a100-pcie-40gb", "transport and end of life too, by another method"),
}
"""Rows of the catalog of embodied carbon: the accelerator that each is of, and what it counts."""


def embodied_by_parts() -> Iterator[Comparison]:
    """Published footprints from cradle to gate, and one with more in it."""
    wanted = ["accelerator_unit_embodied", "baseboard_carbon"]
    for row in load("embodied").rows:
        if row.id not in COUNTED:
            continue
        accelerator, counted = COUNTED[row.id]
        found = evaluate_configuration(
            {"accelerator": accelerator}, wanted, {"accelerator_unit_embodied": "component"}
        ).quantities
        computed = found["accelerator_unit_embodied"]
        if counted == "module alone":
            computed -= found["baseboard_carbon"]
        published, source = float(row.values["value"] or 0.0), str(row.values["source"])
        yield Comparison(SECTION, f"{accelerator}: {counted}", published, computed, "kgCO2e", source)
