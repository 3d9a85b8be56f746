"""The grid that every contestant evaluates, and the numbers about it that the peers are given.

The peers get plain numbers (axis values, a few figures of each accelerator, the carbon intensity of each
region), read here from carbonsweep's catalogs, so that nobody is timed while reading a catalog but carbonsweep.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

QUANTITIES = (
    "parameters",
    "test_loss",
    "training_flops",
    "training_days",
    "hardware_energy",
    "operational_carbon",
    "embodied_carbon",
    "total_carbon",
)
"""The eight quantity columns, in order."""

CODEC = os.environ.get("CODEC", "lz4")
"""Compression of every contestant: lz4, carbonsweep's default and the fastest of all of them, or zstd of level 1."""

LARGE = {"layers": [16, 80, 8], "tokens": 25, "lifetime_years": [3, 4, 5, 6, 7]}
"""7.1 million points."""
MIDDLE = {**LARGE, "tokens": 70}
"""20 million points."""
HUGE = {**LARGE, "tokens": 352}
"""100.4 million points."""
SMALL = {"layers": [16, 80, 32], "tokens": 3, "lifetime_years": [3, 5]}
"""0.1 million points."""
SLICE = {"layers": [16, 80, 64], "tokens": 1, "lifetime_years": [3]}
"""Part of either grid, for the row-by-row loop: 13 thousand points."""

CONSTANTS: dict[str, float] = {
    "attention_heads": 32,
    "kv_heads": 8,
    "gated_ffn": 1,
    "tied_embeddings": 0,
    "vocabulary_size": 128256,
    "sequence_length": 8192,
    "pue": 1.1,
}


def plan_data(size: dict[str, Any], tokens: int | None = None) -> dict[str, Any]:
    """The plan of a grid: the demo's axes without its constraint, so that every point is a row.

    Parameters
    ----------
    size
        `HUGE`, `LARGE`, `SMALL` or `SLICE`.
    tokens
        Number of token counts instead of the size's own, to make a grid of a wanted length.
    """
    count = size["tokens"] if tokens is None else tokens
    return {
        "title": "Benchmark: Llama-class design space",
        "equations": {"*": "llmcarbon"},
        "axes": {
            "hidden_size": [2048, 3072, 4096, 5120, 6144, 8192],
            "layers": {"integers": size["layers"]},
            "tokens": {"geom": [1e11, 2e13, count]},
            "accelerator": {"catalog": "accelerators", "names": ["A100-80GB", "H100", "B200"]},
            "devices": {"powers_of_two": [64, 8192]},
            "region": {"catalog": "regions", "where": "provider == 'gcp' and ci_g_per_kwh >= 0"},
            "lifetime_years": size["lifetime_years"],
        },
        "constants": CONSTANTS,
        "output": {"quantities": list(QUANTITIES), "compression": CODEC},
    }


@dataclass(frozen=True)
class Peers:
    """What a peer is given: lists of equal length for each axis, and constants.

    Attributes
    ----------
    hidden_size, layers, tokens, devices, lifetime_years
        Axis values.
    accelerators
        Columns of the accelerator table: id, memory (GB), node (devices of a server), peak (FLOP/s),
        power (W), unit_embodied (kgCO2e).
    regions
        Columns of the region table: id, intensity (gCO2e/kWh).
    constants
        Inputs that are the same everywhere.
    """

    hidden_size: list[float]
    layers: list[float]
    tokens: list[float]
    devices: list[float]
    lifetime_years: list[float]
    accelerators: dict[str, list[Any]]
    regions: dict[str, list[Any]]
    constants: dict[str, float]

    @property
    def points(self) -> int:
        axes = (self.hidden_size, self.layers, self.tokens, self.devices, self.lifetime_years)
        return math.prod(map(len, axes)) * len(self.accelerators["id"]) * len(self.regions["id"])


def peer_inputs(size: dict[str, Any]) -> Peers:
    """Numbers of a grid for the peers, from carbonsweep's plan, catalogs and equations."""
    import carbonsweep as cs
    from carbonsweep.engine.sweep import Sweep

    grid = Sweep(cs.Plan(**plan_data(size))).grid
    axes = {axis.name: axis for axis in grid.axes}
    values = {name: axis.values.tolist() for name, axis in axes.items()}
    host = ["cpu_unit_embodied", "dram_unit_embodied", "ssd_unit_embodied", "other_unit_embodied"]
    wanted = ["device_memory", "devices_per_node", "peak_flops", "device_power", "accelerator_unit_embodied"]
    rows = [
        {
            **dict(zip(axes["accelerator"].fields, axes["accelerator"].matrix[:, i].tolist(), strict=True)),
            **cs.estimate(accelerator=row, quantities=[*wanted[2:], *host], equations={"*": "llmcarbon"}),
        }
        for i, row in enumerate(values["accelerator"])
    ]
    names = ["memory", "node", "peak", "power", "unit_embodied"]
    accelerators = {name: [float(row[key]) for row in rows] for name, key in zip(names, wanted, strict=True)}
    of_equations = {one.quantity: one.function() for one in grid.graph.equations if not one.inputs}
    constants = {
        **CONSTANTS,
        **grid.graph.defaults,
        **of_equations,
        "host_embodied": sum(rows[0][name] for name in host),
    }
    return Peers(
        **{name: values[name] for name in ("hidden_size", "layers", "tokens", "devices", "lifetime_years")},
        accelerators={"id": values["accelerator"], **accelerators},
        regions={"id": values["region"], "intensity": axes["region"].matrix[0].tolist()},
        constants=constants,
    )
