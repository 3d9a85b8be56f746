"""The equations: one quantity, one pure scalar function, registered with its unit and source.

In every docstring the slot that numpydoc gives to a parameter's type holds its *unit* ("1" is a pure
number); what a name means is said once, where it is declared or computed. The order of the imports is the
order of the reference page and, among variants of one quantity, the order of preference.
"""

# ruff: noqa: I001

from __future__ import annotations

from carbonsweep.kernels import constants, inputs, layout_inputs, system_inputs
from carbonsweep.kernels import architecture, blocks, parameters
from carbonsweep.kernels import forward, flops, loss, compute_optimal
from carbonsweep.kernels import (
    hardware,
    machine,
    layer,
    degrees,
    layout,
    memory,
    communication,
    step,
    candidate,
    search,
)
from carbonsweep.kernels import parallelism, scale, efficiency
from carbonsweep.kernels import time, energy, manufacturing, embodied, carbon
from carbonsweep.kernels import serving, requests, experimentation, storage, lifecycle
from carbonsweep.kernels import water, cost, page, accounting
from carbonsweep.kernels import sparsity, sparse_speed, sparse_memory
from carbonsweep.kernels import structure, structured_matrices, structured_operations, composition
from carbonsweep.kernels import multimodal, upcycling
from carbonsweep.kernels.registry import REGISTRY, Equation, Input, Interval, Registry

__all__ = [
    "REGISTRY",
    "Equation",
    "Input",
    "Interval",
    "Registry",
    "accounting",
    "architecture",
    "blocks",
    "candidate",
    "carbon",
    "communication",
    "composition",
    "compute_optimal",
    "constants",
    "cost",
    "degrees",
    "efficiency",
    "embodied",
    "energy",
    "experimentation",
    "flops",
    "forward",
    "hardware",
    "inputs",
    "layer",
    "layout",
    "layout_inputs",
    "lifecycle",
    "loss",
    "machine",
    "manufacturing",
    "memory",
    "multimodal",
    "page",
    "parallelism",
    "parameters",
    "requests",
    "scale",
    "search",
    "serving",
    "sparse_memory",
    "sparse_speed",
    "sparsity",
    "step",
    "storage",
    "structure",
    "structured_matrices",
    "structured_operations",
    "system_inputs",
    "time",
    "upcycling",
    "water",
]
