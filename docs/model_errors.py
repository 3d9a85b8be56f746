"""Write catalogs/model_errors.csv: how far predictions are off where published values are known."""

from __future__ import annotations

import csv

import numpy as np

from carbonsweep.catalogs.model_errors import FILE
from carbonsweep.evidence.accuracy import errors, published_predictions


def rows() -> list[list[str]]:
    """The table, header first."""
    hours = errors(published_predictions(), "analytic")
    median, p90, worst = np.median(hours), np.quantile(hours, 0.9), hours.max()
    return [
        ["quantity", "rows", "median", "p90", "worst", "against"],
        ["training_days", str(len(hours)), *(f"{value:.3f}" for value in (median, p90, worst)), "published trainings"],
    ]


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows())
