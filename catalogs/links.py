"""What rows take from other catalogs: accelerators embodied factors, server and power, models their sparse kernels."""

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

COLUMN_OF = {
    **dict.fromkeys((*FAB, "defect_density"), "process_nm"),
    **FOOTPRINTS,
    "logic_area": "die_area_mm2",
    "physical_memory": "mem_gb",
    "memory_kind": "mem_type",
}
"""The column of accelerators that an input comes from by more than a factor."""

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
    for name, prefix in FAB.items():
        inputs[name] = _of_process(values, embodied, prefix, ACT_NODE)
    for name, column in FOOTPRINTS.items():
        link = values[column]
        inputs[name] = math.nan if link is None else _footprint(str(link), embodied, f"{where}: column {column!r}")
    return inputs


DEFECTS_NODE = {14.0: 16.0, 12.0: 16.0, 8.0: 10.0, 6.0: 7.0, 4.0: 5.0, 3.0: 5.0}
"""Nodes of which no defect density is known, and the one that stands for each."""

MEMORY_KINDS = (("HBM2E", 2.0), ("HBM2", 1.0), ("HBM", 3.0), ("GDDR", 4.0), ("LPDDR", 5.0), ("DDR", 5.0), ("SRAM", 6.0))
"""Beginnings of kinds of memory, the longest first, and the position among the choices of `memory_kind`."""


def component_inputs(values: Mapping[str, Cell], embodied: Mapping[str, Row]) -> dict[str, float]:
    """What the parts of an accelerator are made of, by input; NaN where that is not known.

    Parameters
    ----------
    values
        The accelerator's cells.
    embodied
        Rows of the `embodied` catalog by id.
    """
    memory = values["physical_mem_gb"] or values["mem_gb"]
    area = values["die_area_mm2"] or values["die_area_assumed_mm2"]
    kind = str(values["mem_type"] or "").upper()
    return {
        "logic_area": float(area) / 100.0 if isinstance(area, int | float) else math.nan,
        "defect_density": _of_process(values, embodied, "d0", DEFECTS_NODE),
        "physical_memory": float(memory) if isinstance(memory, int | float) else math.nan,
        "memory_kind": next((code for start, code in MEMORY_KINDS if kind.startswith(start)), math.nan),
    }


def _of_process(
    values: Mapping[str, Cell], embodied: Mapping[str, Row], prefix: str, near: Mapping[float, float]
) -> float:
    """A factor of the process of an accelerator, or of the node that stands for it; NaN where there is none."""
    node = values["process_nm"] or values["process_assumed_nm"]
    if not isinstance(node, int | float):
        return math.nan
    row = embodied.get(f"{prefix}-{near.get(float(node), float(node)):g}")
    return math.nan if row is None else _value(row)


LPDDR_FACTOR = 0.75
"""Manufacturing carbon of a gigabyte of LPDDR over that of DDR; assumed."""


def dram_factor(values: Mapping[str, Cell]) -> float:
    """Manufacturing carbon of a gigabyte of a server's memory over that of DDR."""
    return LPDDR_FACTOR if str(values["dram_type"] or "").startswith("LPDDR") else 1.0


ASSUMED_NODE = "generic-8"
"""The server of an accelerator that names none."""


def node_inputs(
    values: Mapping[str, Cell], own: Mapping[str, float], nodes: Mapping[str, Row], where: str
) -> dict[str, float]:
    """What an accelerator takes from the row of its server; its own cells come first.

    Parameters
    ----------
    values, own
        The accelerator's cells, and the inputs that they supply.
    nodes
        Rows of the catalog `nodes` by id.
    where
        File and line of the accelerator, for errors.
    """
    link = str(values["system_id"] or ASSUMED_NODE)
    row = nodes.get(link)
    if row is None:
        hint = suggestion(link, nodes) or "; give an id of that catalog, or leave the cell blank"
        raise CatalogError(f"{where}: column 'system_id': no row {shown(link)} in catalog nodes{hint}")
    kept = {name: own[name] for name in row.inputs if own.get(name, math.nan) == own.get(name)}
    return {name: value for name, value in {**row.inputs, **kept}.items() if name != "other_area"}


def power_inputs(values: Mapping[str, Cell], power: Mapping[str, Row], where: str) -> dict[str, float]:
    """The measured power of a node while training, for each device; NaN where none is named.

    Parameters
    ----------
    values
        The accelerator's cells.
    power
        Rows of the catalog `power` by id.
    where
        File and line of the accelerator, for errors.
    """
    if values["mean_power_w"] is not None and values["power_basis"] is None:
        raise CatalogError(
            f"{where}: mean_power_w is given and power_basis is not; say what it is the power of: node_training if of "
            "the whole server for each device while training, device_training if of the device alone"
        )
    if values["power_id"] is not None:
        link = str(values["power_id"])
        row = power.get(link)
        if row is None:
            hint = suggestion(link, power) or "; give an id of that catalog, or leave the cell blank"
            raise CatalogError(f"{where}: column 'power_id': no row {shown(link)} in catalog power{hint}")
        if row.values["power_basis"] != "node_training":
            raise CatalogError(
                f"{where}: column 'power_id': {shown(link)} is of basis {row.values['power_basis']}; only "
                "node_training is the power of a node while training"
            )
        return {"measured_device_power": float(row.values["power_w"] or math.nan)}
    if values["power_basis"] == "node_training":
        return {"measured_device_power": float(values["mean_power_w"] or math.nan)}
    return {"measured_device_power": math.nan}


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
