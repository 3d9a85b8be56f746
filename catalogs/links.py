"""What rows take from other catalogs: accelerators their embodied factors, models the speed of their sparse kernels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from carbonsweep.catalogs.files import Cell, shown
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError, suggestion

ACT_NODE = {16.0: 14.0, 12.0: 14.0, 6.0: 7.0, 4.0: 5.0}
"""Nodes that ACT does not list, and the listed one that stands for each (the process it derives from)."""

FAB = {
    "fab_energy_per_area": "act-epa",
    "fab_gas_per_area": "act-gpa95",
    "fab_material_per_area": "act-mpa",
}
"""Input and the beginning of the id of ACT's row for it (gases with 95 % abatement)."""

FOOTPRINTS = {"product_footprint": "product_footprint_id", "boavizta_footprint": "boavizta_id"}
"""Input and the accelerators' column that names its row."""

PER_DEVICE = ("kgCO2e/unit", "kgCO2e/chip")


def embodied_inputs(values: Mapping[str, Cell], embodied: Mapping[str, Row], where: str) -> dict[str, float]:
    """The factors of the `embodied` catalog that belong to an accelerator.

    Parameters
    ----------
    values
        The accelerator's cells.
    embodied
        Rows of the `embodied` catalog by id.
    where
        File and line of the accelerator, for errors.

    Returns
    -------
    dict
        Fab energy (kWh/cm2), gases and materials (kgCO2e/cm2) of its node, and the footprints (kgCO2e) of one
        device; NaN where the node is unknown to ACT or no footprint is named.

    Raises
    ------
    CatalogError
        If a footprint is named that is not there, or is not one of a single device.
    """
    inputs: dict[str, float] = {}
    node = values["process_nm"]
    for name, prefix in FAB.items():
        row = None
        if isinstance(node, int | float):
            row = embodied.get(f"{prefix}-{ACT_NODE.get(float(node), float(node)):g}")
        inputs[name] = math.nan if row is None else _value(row)
    for name, column in FOOTPRINTS.items():
        link = values[column]
        inputs[name] = math.nan if link is None else _footprint(str(link), embodied, f"{where}: column {column!r}")
    return inputs


def _footprint(link: str, embodied: Mapping[str, Row], where: str) -> float:
    row = embodied.get(link)
    if row is None:
        hint = suggestion(link, embodied) or "; give an id of that catalog, or leave the cell blank"
        raise CatalogError(f"{where}: no row {shown(link)} in catalog embodied{hint}")
    if row.values["unit"] not in PER_DEVICE:
        units = " or ".join(PER_DEVICE)
        raise CatalogError(f"{where}: {shown(link)} is in {row.values['unit']}; give a row in {units}")
    return _value(row)


def _value(row: Row) -> float:
    return float(row.values["value"] or 0.0)


def sparse_inputs(model: str, measured: Mapping[str, Row], names: Iterable[str]) -> dict[str, float]:
    """What was measured of a model's N:M-sparse kernels, by input; NaN for a model that was not measured.

    Parameters
    ----------
    model
        Id of the model.
    measured
        Rows of the catalog `sparse_speedups` by id.
    names
        The inputs that the catalog supplies.
    """
    row = measured.get(model)
    return dict.fromkeys(names, math.nan) if row is None else dict(row.inputs)


def network_inputs(values: Mapping[str, Cell]) -> dict[str, float]:
    """The share of an instance's network that each of its devices has; NaN where the network is not published.

    Parameters
    ----------
    values
        The instance's cells.
    """
    network, devices = values["network_gbps"], values["devices"]
    if not isinstance(network, int | float) or not isinstance(devices, int | float):
        return {"scale_out_bandwidth": math.nan}
    return {"scale_out_bandwidth": network * 1e9 / 8 / devices}


STACKS = {"NVIDIA": 0.0, "AMD": 1.0}
"""Makers whose serving software was measured, and the position of its stack among the choices of `software_stack`."""


def stack_inputs(values: Mapping[str, Cell]) -> dict[str, float]:
    """The software stack that serves models on an accelerator: CUDA, ROCm, or another one.

    Parameters
    ----------
    values
        The accelerator's cells.
    """
    vendor = values["vendor"]
    return {"software_stack": math.nan if vendor is None else STACKS.get(str(vendor), 2.0)}
