"""What a run will need before it begins: bytes, seconds, and whether the disk has room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import default_threads
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.sizes import size_text
from carbonsweep.store.filesystem import Folder

BYTES_PER_NUMBER = {"float64": 6.0, "float32": 3.2}
"""Bytes a quantity takes in a compressed part file, measured on the example plans; an estimate only."""
BYTES_PER_AXIS = 0.2
SECONDS_PER_NUMBER = 1.3e-8
"""Time to evaluate, encode and write one number on one thread, from benchmarks/; an estimate only."""
SECONDS_TO_START = 3.0
"""Time to start and to compile a nest that is not in the cache."""


def estimated_bytes(sweep: Sweep) -> float:
    """Expected size of the part files if no point is excluded."""
    per_row = len(sweep.grid.outputs) * BYTES_PER_NUMBER[sweep.plan.output.float_type]
    return sweep.grid.points * (per_row + len(sweep.grid.axes) * BYTES_PER_AXIS)


def free_bytes(out: Folder) -> float | None:
    """Space where a run would be written; None if that cannot be known."""
    if not out.local:
        return None
    path = out.path
    while not os.path.exists(path):  # unlike Path.exists, false for what may not be looked at
        path = path.parent
    return float(shutil.disk_usage(path).free)


def check_space(sweeps: Sequence[Sweep], out: Folder, have: float) -> None:
    """Refuse a run that the disk cannot hold.

    Parameters
    ----------
    sweeps
        What is to be written.
    out
        Where.
    have
        Bytes of it that are there already.

    Raises
    ------
    PlanError
        With the size it would need and what to do.
    """
    free = free_bytes(out)
    need = sum(estimated_bytes(sweep) for sweep in sweeps) - have
    if free is not None and need > 0.95 * free:
        points = sum(sweep.grid.points for sweep in sweeps)
        raise PlanError(
            f"{sweeps[0].plan.file}: {points:.3g} points would need about {size_text(need)} "
            f"and {out} has {size_text(free)} free; shorten axes, add constraints that exclude points, ask for "
            "fewer quantities, or write elsewhere"
        )


def estimated_seconds(sweep: Sweep) -> float:
    """Expected time of a run on this machine if no point is excluded."""
    numbers = sweep.grid.points * (len(sweep.grid.outputs) + len(sweep.grid.axes))
    return SECONDS_TO_START + numbers * SECONDS_PER_NUMBER / default_threads()
