"""What is to be said of a service: power that no measurement backs, and why it is not possible as asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carbonsweep.kernels.serving.capacity import SERVING_REASONS

BASIS = ("serving_infeasibility", "serving_extrapolated")
"""Quantities that tell what is to be said."""
_BEYOND = {
    1.0: "power on AMD devices is extrapolated (serving_extrapolated = 1): it was measured on NVIDIA's alone",
    2.0: "speed and power on this accelerator are extrapolated (serving_extrapolated = 2): its stack is unmeasured",
}


def is_served(quantities: Iterable[str]) -> bool:
    """Whether quantities come from the serving model."""
    return "running_batch" in quantities


def extrapolations(stacks: Iterable[float], power: bool) -> list[str]:
    """What goes beyond the measured rows, by the software stacks of the accelerators and whether power is asked for."""
    return [_BEYOND[stack] for stack in sorted(set(stacks)) if stack == 2.0 or (stack == 1.0 and power)]


def service_notes(values: Mapping[str, float], power: bool) -> list[str]:
    """What is to be said of one service, from the values of `BASIS`."""
    code = values["serving_infeasibility"]
    notes = extrapolations([values["serving_extrapolated"]], power)
    if code == code and code > 0.0:
        notes.append(f"not possible: {SERVING_REASONS[int(code)]}")
    return notes
