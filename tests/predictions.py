"""A stored sample of predictions: several thousand points of the test plans, by the compiled nest.

`python -m tests.predictions` writes it anew; a change that needs that moves predictions and has a line in CHANGELOG.md.
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pandas as pd

FILE = Path(__file__).parent / "golden" / "predictions.csv"
ROWS = 1000
"""Points of each plan."""


def sample() -> pd.DataFrame:
    """The sample, computed now: one row a point and quantity."""
    import carbonsweep as cs
    from tests import plans

    frames = []
    for name, given in {**plans.ALL, "analytic": plans.ANALYTIC}.items():
        data = copy.deepcopy(given)
        data["output"]["infeasible"] = "flag"
        plan = cs.Plan(**data, order="plan")
        frame = cs.to_pandas(plan)[list(plan.output.quantities)]
        rows = np.unique(np.linspace(0, len(frame) - 1, ROWS).astype(int))
        for column in frame.columns[frame.dtypes == "category"]:  # a text is stored as its position among the choices
            frame[column] = frame[column].cat.codes.astype(float)
        picked = frame.iloc[rows].assign(plan=name, row=rows)
        frames.append(picked.melt(["plan", "row"], var_name="quantity", value_name="value"))
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    sample().to_csv(FILE, index=False, float_format="%.12g")
