"""What a run will need before it begins: bytes, seconds, and whether the disk has room."""

from __future__ import annotations

import os
import shutil
import statistics
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
SAMPLE_BLOCKS = 64
"""Blocks in which it is counted how many points the constraints leave, where all would not fit."""
SECONDS_TO_START = 3.0
"""Time to start and to compile a nest that is not in the cache."""


def estimated_bytes(sweep: Sweep) -> float:
    """Expected size of the part files if no point is excluded."""
    per_row = len(sweep.grid.outputs) * BYTES_PER_NUMBER[sweep.plan.output.float_type]
    return sweep.grid.points * (per_row + len(sweep.grid.axes) * BYTES_PER_AXIS)


def most_kept(sweep: Sweep) -> float:
    """Share of the points that the constraints leave, rather too high than too low.

    Counted in blocks spread over the grid, and three standard errors more; what lies in a few blocks alone may be
    missed, and then a full disk ends the run.
    """
    if not sweep.grid.constraints or sweep.plan.output.infeasible == "flag":
        return 1.0
    count = min(SAMPLE_BLOCKS, sweep.schedule.blocks)
    points = sweep.schedule.block_points
    # Steps of the golden ratio, so that no axis is met at the same place again and again.
    starts = sorted({int((number * 0.6180339887498949) % 1.0 * sweep.schedule.blocks) for number in range(count)})
    into = sweep.buffers(1)
    shares = [sweep.evaluate(start, start + 1, into).rows / points for start in starts]
    spread = statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0.0
    return min(1.0, statistics.fmean(shares) + 3 * spread + 3 / (points * len(shares)))


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
        With the size it would need and what to do. Points that constraints exclude are estimated from a sample.
    """
    free = free_bytes(out)
    need = sum(estimated_bytes(sweep) for sweep in sweeps) - have
    if free is None or need <= 0.95 * free:
        return
    shares = [most_kept(sweep) for sweep in sweeps]
    need = sum(share * estimated_bytes(sweep) for share, sweep in zip(shares, sweeps, strict=True)) - have
    if need > 0.95 * free:
        points = sum(share * sweep.grid.points for share, sweep in zip(shares, sweeps, strict=True))
        kept = " that the constraints leave in a sample" if min(shares) < 1.0 else ""
        raise PlanError(
            f"{sweeps[0].plan.file}: {points:.3g} points{kept} would need about {size_text(need)} "
            f"and {out} has {size_text(free)} free; shorten axes, add constraints that exclude points, ask for "
            "fewer quantities, write elsewhere, or let it try (--ignore-space, ignore_space=True)"
        )


def estimated_seconds(sweep: Sweep) -> float:
    """Expected time of a run on this machine if no point is excluded."""
    numbers = sweep.grid.points * (len(sweep.grid.outputs) + len(sweep.grid.axes))
    return SECONDS_TO_START + numbers * SECONDS_PER_NUMBER / default_threads()
