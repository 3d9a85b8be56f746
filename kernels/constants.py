"""Fitted and sourced constants of the analytic model, read from one file with units, bounds, sources and dates."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "constants.csv"


@dataclass(frozen=True)
class Constant:
    """One constant: value, unit, the bounds within which it is fitted or may be set, and where it comes from."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    fitted: bool
    description: str
    source: str
    date: str


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
            row["description"],
            row["source"],
            row["date"],
        )
        for row in rows
    }


CONSTANTS = _read()
"""Every constant by name."""
