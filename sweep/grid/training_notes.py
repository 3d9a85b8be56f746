"""What is to be said of a training step beside its time: where nothing was measured, and what memory leaves out."""

from __future__ import annotations

from collections.abc import Mapping

FITTED_RANGE: dict[str, tuple[float, float, str]] = {
    "parameters": (0.12e9, 1.01e12, "0.12e9 to 1.0e12"),
    "sequence_length": (512, 131072, "512 to 131,072"),
    "devices": (1, 10752, "up to 10,752"),
    "tensor_parallel": (1, 16, "up to 16"),
    "pipeline_parallel": (1, 64, "up to 64"),
    "context_parallel": (1, 8, "up to 8"),
    "expert_parallel": (1, 64, "up to 64"),
}
"""What the measured steps have, on which the step's constants are fitted."""


def training_notes(values: Mapping[str, float]) -> list[str]:
    """What is to be said of the step of one configuration, from all its values."""
    if "step_time" not in values:
        return []
    notes = [
        f"{name} = {values[name]:g} is outside the range of measured steps ({text})"
        for name, (low, high, text) in FITTED_RANGE.items()
        if name in values and (values[name] < low or values[name] > high)
    ]
    if values.get("generation", 1.0) == 0.0:
        notes.append("no step was measured on this generation of accelerators: its shares of the peak are assumed")
    if values.get("linear_layers", 0.0) > 0.0:
        notes.append("no measured step has layers without attention: the time of their scans is assumed")
    if values.get("recomputation_level", 0.0) >= 5.0 and "memory_per_device" in values:
        notes.append("memory_per_device is a lower bound: what is kept with this recomputation is not known")
    return notes
