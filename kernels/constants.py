"""Fitted and sourced constants of the training step, read from one file with units, bounds, priors and sources."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "constants.csv"


@dataclass(frozen=True)
class Constant:
    """One constant: value, unit, the bounds within which it may be set, and where it comes from.

    A fitted one has the mean of its prior and the standard deviation of its logarithm, that deviation after the fit,
    and how much of the prior's variance the rows took away: below 0.3 the prior rules.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    fitted: bool
    prior: float
    prior_sd: float
    sd: float
    learned: float
    description: str
    source: str
    date: str


def _number(cell: str) -> float:
    return float(cell or "nan")


def _read() -> dict[str, Constant]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: Constant(
            row["name"],
            float(row["value"]),
            row["unit"],
            float(row["low"]),
            float(row["high"]),
            row["fitted"] == "yes",
            _number(row["prior"]),
            _number(row["prior_sd"]),
            _number(row["sd"]),
            _number(row["learned"]),
            row["description"],
            row["source"],
            row["date"],
        )
        for row in rows
    }


CONSTANTS = _read()
"""Every constant by name."""
