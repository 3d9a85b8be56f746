"""What is to be said of a service: power that no measurement backs, and why it is not possible as asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from carbonsweep.catalogs import load
from carbonsweep.foundation.errors import first_few
from carbonsweep.grid.given import Given
from carbonsweep.kernels.serving.capacity import SERVING_REASONS
from carbonsweep.kernels.serving.power import serving_extrapolated

BASIS = ("serving_infeasibility",)
"""Quantities that tell what is to be said."""
STACK_UNMEASURED = 2.0
"""The value of `serving_extrapolated` that concerns speed, too."""


def is_served(quantities: Iterable[str]) -> bool:
    """Whether quantities come from the serving model."""
    return "running_batch" in quantities


def extrapolations(entries: Sequence[Given], power: bool) -> list[str]:
    """What goes beyond the measured rows, for the accelerators and engines of a plan.

    Parameters
    ----------
    entries
        What a plan or an estimate gives.
    power
        Whether power is asked for.
    """
    engines = {code for given in entries for code in _codes(given, "power_engine")} or {0.0}
    devices: dict[float, list[str]] = {}
    for given in entries:
        stacks, measured = _codes(given, "software_stack"), _codes(given, "power_measured_with")
        for label, stack, one in zip(given.labels or (), stacks, measured, strict=False):
            for code in {serving_extrapolated(stack, one, engine) for engine in engines}:
                devices.setdefault(code, []).append(label)
    if not devices:
        devices = {1.0: ["an accelerator that is no row of the catalog"]}
    beyond = [(code, first_few(labels)) for code, labels in sorted(devices.items()) if code > 0.0]
    return [_said(code, names) for code, names in beyond if power or code == STACK_UNMEASURED]


def _codes(given: Given, name: str) -> list[float]:
    """The values of an input that catalog rows bring, 0 where a row leaves it blank."""
    return np.nan_to_num(given.fields.get(name, np.empty(0))).tolist()


def _said(code: float, devices: str) -> str:
    """The sentence on a value of `serving_extrapolated` above 0."""
    if code == STACK_UNMEASURED:
        return f"speed and power on {devices} are extrapolated (serving_extrapolated = 2): the stack is unmeasured"
    measured = [(row.id, row.values["power_measured_with"]) for row in load("accelerators").rows]
    known = ", ".join(f"{name} with {engine}" for name, engine in measured if engine)
    why = f"(serving_extrapolated = {code:g}): measured were {known}"
    return f"power on {devices}{' with such an engine' if code == 3.0 else ''} is extrapolated {why}"


def infeasible(code: float) -> list[str]:
    """Why one service is not possible, from `serving_infeasibility`."""
    return [f"not possible: {SERVING_REASONS[int(code)]}"] if code > 0.0 else []
