"""Write catalogs/model_errors.csv: how far predictions are off where published values are known."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from carbonsweep.catalogs.model_errors import FILE
from carbonsweep.evidence.intervals import NINE_OF_TEN, judged, sigma_of, sigma_of_few
from carbonsweep.evidence.serving import MEASURES, QUANTITIES

AGAINST = "measured rows on NVIDIA devices"
FEW = 20
"""Rows below which their spread is itself uncertain."""
DATA = Path(__file__).parents[2] / "benchmarks" / "data"


def rows() -> list[list[str]]:
    """The table, header first."""
    found = []
    for quantity, (ratios, against) in judged().items():
        sizes = np.abs(np.expm1(-ratios))
        left_out = _left_out_steps() if quantity == "step_time" else 0.0
        sigma = max(sigma_of(ratios), math.log1p(left_out) / NINE_OF_TEN)
        if len(ratios) < FEW:
            sigma = max(sigma, sigma_of_few(ratios))
        numbers = (np.median(sizes), np.quantile(sizes, 0.9), sizes.max(), sigma)
        median, high, worst, shown = (f"{number:.3f}" for number in numbers)
        found.append([quantity, str(len(sizes)), median, high, worst, against, shown])
    header = ["quantity", "rows", "median", "p90", "worst", "against", "sigma"]
    return [header, *found, *_serving()]


def _left_out_steps() -> float:
    """The 90th percentile with the source left out, over groups by their rows."""
    with (DATA / "step_leave_one_out.csv").open(encoding="utf-8", newline="") as file:
        groups = [(float(row["number"]), float(row["p90_source_left_out"])) for row in csv.DictReader(file)]
    return sum(number * p90 for number, p90 in groups) / sum(number for number, _ in groups) / 100.0


def _serving() -> list[list[str]]:
    """Serving, as fit_serving.py found it: not all measured rows may be given away."""
    names = dict(zip(MEASURES, QUANTITIES, strict=True))
    found = []
    with (DATA / "serving_leave_one_out.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] == "all NVIDIA":
                median, high, left_out = (float(row[name]) / 100.0 for name in ("median", "p90", "left_out_p90"))
                sigma = math.log1p(max(high, left_out)) / NINE_OF_TEN
                numbers = [f"{median:.3f}", f"{high:.3f}", ""]
                found.append([names[row["measure"]], row["rows"], *numbers, AGAINST, f"{sigma:.3f}"])
    return found


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows())
