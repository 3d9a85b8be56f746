"""Ranges of the constants, with sources: what `uncertainty = "defaults"` takes."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "uncertainty.csv"


@dataclass(frozen=True)
class UsualDistribution:
    """How an input that a plan does not give is distributed.

    Attributes
    ----------
    name
        The input, or the quantity that a factor changes.
    kind, parameters
        The distribution.
    times
        Whether it is of a factor.
    source, how_known
        Where the range comes from.
    """

    name: str
    kind: str
    parameters: tuple[float, ...]
    times: bool
    source: str
    how_known: str


@functools.cache
def usual_distributions() -> tuple[UsualDistribution, ...]:
    """All of them, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            UsualDistribution(
                row["name"],
                row["distribution"],
                tuple(float(row[column]) for column in ("p1", "p2", "p3") if row[column]),
                row["times"] == "yes",
                row["source"],
                row["how_known"],
            )
            for row in csv.DictReader(file)
        )
