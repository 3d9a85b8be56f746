"""The nest alone, on one thread, without writing: ``python fill.py ARRAYS POINTS``. Prints one line of JSON.

``fresh``: `Sweep.evaluate` chunk by chunk, which makes new arrays for each chunk. ``reused``: the same into one set of
arrays of a row group's size, as `run` does.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from common_grid import LARGE, plan_data

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep


def sweep_of(points: float) -> Sweep:
    """The large grid with as many token counts as give about `points` points."""
    each = Sweep(cs.Plan(**plan_data(LARGE, tokens=2))).grid.points // 2
    return Sweep(cs.Plan(**plan_data(LARGE, tokens=max(2, round(points / each)))))


def fill_fresh(sweep: Sweep) -> int:
    """Evaluate every chunk; returns the number of rows."""
    return sum(sweep.evaluate(*sweep.chunk_bounds(index)).rows for index in range(sweep.chunks))


def fill_reused(sweep: Sweep) -> int:
    """Evaluate every piece of a row group's size into the same arrays, as `run` does; returns the number of rows."""
    blocks = max(1, sweep.plan.output.row_group_points // sweep.schedule.block_points)
    buffers = sweep.buffers(blocks)
    total = sweep.schedule.blocks
    starts = range(0, total, blocks)
    return sum(sweep.evaluate(start, min(start + blocks, total), buffers).rows for start in starts)


def measure(arrays: str, points: float) -> dict[str, Any]:
    """Points a second after a first pass, and the peak memory of the process."""
    sweep = sweep_of(points)
    sweep.prepare()
    fill = fill_reused if arrays == "reused" else fill_fresh
    if points <= 1e7:
        fill(sweep)
    began = time.perf_counter()
    rows = fill(sweep)
    seconds = time.perf_counter() - began
    if rows != sweep.grid.points:
        raise SystemExit(f"fill: {rows} rows of {sweep.grid.points} points")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"points": rows, "rate": rows / seconds, "memory": memory}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arrays", choices=("fresh", "reused"))
    parser.add_argument("points", type=float)
    given = parser.parse_args()
    print(json.dumps(measure(given.arrays, given.points)))
