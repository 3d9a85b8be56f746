"""Constants of the serving model: fitted on measured serving by `benchmarks/fit_serving.py`, with their priors."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "constants.csv"


@dataclass(frozen=True)
class ServingConstant:
    """One constant: value, unit, bounds, prior, and what the measured rows say of it.

    `prior_sd` and `sd` are standard deviations of the logarithm before and after the fit; `learned` is the share of the
    prior's variance that the rows took away: below 0.3 the prior rules.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    prior: float
    prior_sd: float
    sd: float
    learned: float
    description: str
    source: str
    date: str


def _read() -> dict[str, ServingConstant]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: ServingConstant(
            name=row["name"],
            value=float(row["value"]),
            unit=row["unit"],
            low=float(row["low"]),
            high=float(row["high"]),
            prior=float(row["prior"]),
            prior_sd=float(row["prior_sd"]),
            sd=float(row["sd"]),
            learned=float(row["learned"]),
            description=row["description"],
            source=row["source"],
            date=row["date"],
        )
        for row in rows
    }


SERVING_CONSTANTS = _read()
"""Every constant by name."""
