"""How far predictions were off where published values are known: what `validate` found when this version was made."""

from __future__ import annotations

import csv
import functools
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
        Half of the errors are below the median, nine tenths below p90.
    against
        What the published values are.
    """

    quantity: str
    rows: int
    median: float
    p90: float
    worst: float
    against: str

    def __str__(self) -> str:
        return (
            f"within {100 * self.median:.0f} % in half of {self.rows} {self.against}, "
            f"within {100 * self.p90:.0f} % in nine of ten (worst {100 * self.worst:.0f} %)"
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
                float(row["worst"]),
                row["against"],
            )
            for row in csv.DictReader(file)
        ]
    return {row.quantity: row for row in rows}
