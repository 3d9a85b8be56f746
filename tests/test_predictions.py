"""Did this change move any prediction? Whether predictions are accurate is another question: `carbonsweep validate`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.predictions import FILE, sample


def test_no_prediction_moved() -> None:
    stored, computed = pd.read_csv(FILE), sample()
    assert stored[["plan", "row", "quantity"]].equals(computed[["plan", "row", "quantity"]].astype(stored.dtypes[:3]))
    old, new = stored["value"].to_numpy(), computed["value"].to_numpy()
    moved = ~np.isclose(old, new, rtol=1e-10, atol=0, equal_nan=True)
    names = sorted(set(stored["quantity"][moved]))
    assert not moved.any(), (
        f"{moved.sum()} of {len(old)} predictions moved, in {', '.join(names)}: if that is meant, say so in "
        "CHANGELOG.md and run python -m tests.predictions"
    )
