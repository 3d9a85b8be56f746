"""The nest alone, on one thread, without writing: ``python fill.py ARRAYS POINTS``. Prints one line of JSON.

``fresh``: `Sweep.evaluate` chunk by chunk, which makes new arrays for each chunk. ``reused``: the compiled nest
called block by block with the same arrays, the rate of the equations and the stores by themselves.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np
from common_grid import LARGE, plan_data

import carbonsweep as cs
from carbonsweep.compiled import load_nest
from carbonsweep.engine import Sweep


def sweep_of(points: float) -> Sweep:
    """The large grid with as many token counts as give about `points` points."""
    each = Sweep(cs.Plan(**plan_data(LARGE, tokens=2))).grid.points // 2
    return Sweep(cs.Plan(**plan_data(LARGE, tokens=max(2, round(points / each)))))


def fill_fresh(sweep: Sweep) -> int:
    """Evaluate every chunk; returns the number of rows."""
    return sum(sweep.evaluate(*sweep.chunk_bounds(index)).rows for index in range(sweep.chunks))


class Reused:
    """The nest of a sweep with one set of arrays, a few blocks long."""

    BLOCKS = 2

    def __init__(self, sweep: Sweep) -> None:
        module = load_nest(sweep.source.text)
        self.fill, self.arguments = module.fill, sweep._prepared[1]
        self.blocks = sweep.schedule.blocks
        length = self.BLOCKS * sweep.schedule.block_points
        # The nest's own signature says what it fills: positions or values of the axes, then the quantities.
        types = self.fill.signatures[0][2 + len(self.arguments) : -2]
        self.arrays = [np.empty(length, dtype=str(kind.dtype)) for kind in types]
        self.meets, self.excluded = np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.int64)

    def __call__(self) -> int:
        rows = 0
        for start in range(0, self.blocks, self.BLOCKS):
            stop = min(start + self.BLOCKS, self.blocks)
            rows += self.fill(start, stop, *self.arguments, *self.arrays, self.meets, self.excluded)
        return rows


def measure(arrays: str, points: float) -> dict[str, Any]:
    """Points a second after a first pass, and the peak memory of the process."""
    sweep = sweep_of(points)
    sweep.prepare()
    call = Reused(sweep) if arrays == "reused" else lambda: fill_fresh(sweep)
    if points <= 1e7:
        call()
    began = time.perf_counter()
    rows = call()
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
