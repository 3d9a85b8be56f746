"""How far predictions were off where published values are known: what `validate` found when this version was made."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "model_errors.csv"


@dataclass(frozen=True)
class ModelError:
    """The errors of one quantity, relative and without sign.

    Attributes
    ----------
    quantity
        What was predicted.
    rows
        How many published values it was compared with.
    median, p90, worst
        Half of the errors are below the median, nine tenths below p90; the worst may not be known.
    against
        What the published values are.
    sigma
        Standard deviation of the logarithm of measured over predicted, of a normal whose 90 % interval holds nine of
        ten rows; of rows whose source was left out of the fit where that is known.
    """

    quantity: str
    rows: int
    median: float
    p90: float
    worst: float
    against: str
    sigma: float

    def __str__(self) -> str:
        worst = "" if math.isnan(self.worst) else f" (worst {100 * self.worst:.0f} %)"
        return (
            f"within {100 * self.median:.0f} % in half of {self.rows} {self.against}, "
            f"within {100 * self.p90:.0f} % in nine of ten{worst}"
        )


@functools.cache
def model_errors() -> dict[str, ModelError]:
    """The errors that are known, by quantity."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            ModelError(
                row["quantity"],
                int(row["rows"]),
                float(row["median"]),
                float(row["p90"]),
                float(row["worst"] or math.nan),
                row["against"],
                float(row["sigma"]),
            )
            for row in csv.DictReader(file)
        ]
    return {row.quantity: row for row in rows}
