"""The equations: one quantity, one pure scalar function, registered with its unit and source.

In every docstring the slot that numpydoc gives to a parameter's type holds its *unit* ("1" is a pure
number); what a name means is said once, where it is declared or computed. The order of the imports is the
order of the reference page and, among variants of one quantity, the order of preference.
"""

# ruff: noqa: I001

from __future__ import annotations

from carbonsweep.kernels import inputs, system_inputs
from carbonsweep.kernels import architecture, blocks, parameters
from carbonsweep.kernels import forward, flops, loss, compute_optimal
from carbonsweep.kernels import hardware, parallelism, scale, efficiency
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
    "carbon",
    "composition",
    "compute_optimal",
    "cost",
    "efficiency",
    "embodied",
    "energy",
    "experimentation",
    "flops",
    "forward",
    "hardware",
    "inputs",
    "lifecycle",
    "loss",
    "manufacturing",
    "multimodal",
    "page",
    "parallelism",
    "parameters",
    "requests",
    "scale",
    "serving",
    "sparse_memory",
    "sparse_speed",
    "sparsity",
    "storage",
    "structure",
    "structured_matrices",
    "structured_operations",
    "system_inputs",
    "time",
    "upcycling",
    "water",
]
