"""The grid row by row in ordinary Python: what the compiled nest replaces.

For each row the equations of the chain are called one after the other as the plain Python functions that they
are (only those that the quantities need, in an order fixed beforehand), nothing is kept from the row before,
and the rows become a DataFrame and a Parquet file. This is how scripts around the authors' code sweep.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
from common_grid import CODEC, QUANTITIES

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep


def write(plan: dict[str, Any], out: Path) -> None:
    """Evaluate every point of a plan and write the rows as one file."""
    grid = Sweep(cs.Plan(**plan)).grid
    calls = [(equation.quantity, equation.function, equation.inputs) for equation in grid.graph.equations]
    fixed = {**grid.constants, **grid.graph.defaults}
    axes = [
        [
            (label, dict(zip(axis.fields, numbers, strict=True)))
            for label, numbers in zip(axis.values.tolist(), axis.matrix.T.tolist(), strict=True)
        ]
        for axis in grid.axes
    ]
    rows = []
    for point in itertools.product(*axes):
        values = dict(fixed)
        for _, fields in point:
            values.update(fields)
        for quantity, function, inputs in calls:
            values[quantity] = function(*[values[name] for name in inputs])
        rows.append((*(label for label, _ in point), *(values[name] for name in QUANTITIES)))
    names = [*(axis.name for axis in grid.axes), *QUANTITIES]
    frame = pd.DataFrame(rows, columns=names)
    frame.to_parquet(out / "part.parquet", index=False, compression=CODEC)
