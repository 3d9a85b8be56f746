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


Spans = Mapping[str, tuple[float, float]]
"""The smallest and the largest value of each name that has any."""


def training_notes(spans: Spans) -> list[str]:
    """What is to be said of the step of one configuration or of a grid.

    Parameters
    ----------
    spans
        Of the names whose values are known: all in one configuration, those that a plan gives in a grid.
    """
    notes = []
    for name, (low, high, text) in FITTED_RANGE.items():
        values = spans.get(name, (low, high))
        outside = [f"{value:g}" for value in dict.fromkeys(values) if not low <= value <= high and value == value]
        if outside:
            notes.append(f"{name} = {' to '.join(outside)} is outside the range of measured steps ({text})")
    oldest, newest = spans.get("generation", (1.0, 1.0))
    if oldest == 0.0:
        which = "the generation of some of these" if newest > 0.0 else "this generation of"
        notes.append(f"no step was measured on {which} accelerators: shares of the peak are assumed")
    if spans.get("linear_layers", (0.0, 0.0))[1] > 0.0:
        notes.append("no measured step has layers without attention: the time of their scans is assumed")
    if min(spans.get(name, (1.0, 1.0))[0] for name in ("trainable_fraction", "backward_reach")) < 1.0:
        notes.append("no measured step has frozen weights: what they spare follows from the operations alone")
    if "shard_group" in spans or spans.get("zero_stage", (0.0, 0.0))[1] >= 4.0:
        notes.append("no measured step shards in groups: their exchange follows from bandwidth alone")
    if spans.get("recomputation_level", (0.0, 0.0))[1] >= 5.0 and "memory_per_device" in spans:
        notes.append("memory_per_device is a lower bound: what is kept with this recomputation is not known")
    return notes
