"""Write catalogs/model_errors.csv: how far predictions are off where published values are known."""

from __future__ import annotations

import csv

import numpy as np

from carbonsweep.catalogs.model_errors import FILE
from carbonsweep.evidence import steps
from carbonsweep.evidence.accuracy import errors, published_predictions, whole_predictions


def rows() -> list[list[str]]:
    """The table, header first."""
    hours = errors([*published_predictions(), *whole_predictions()], "analytic")
    measured = steps.read_steps()
    times = np.abs(steps.errors(measured, steps.predict_steps(measured)))
    return [
        ["quantity", "rows", "median", "p90", "worst", "against"],
        _row("training_days", hours, "whole trainings"),
        _row("step_time", times, "measured steps with their layout"),
    ]


def _row(quantity: str, sizes: np.ndarray, against: str) -> list[str]:
    median, high, worst = np.median(sizes), np.quantile(sizes, 0.9), sizes.max()
    return [quantity, str(len(sizes)), f"{median:.3f}", f"{high:.3f}", f"{worst:.3f}", against]


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows())
