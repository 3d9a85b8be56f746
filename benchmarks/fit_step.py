"""Fit of the constants of the training step: ``python benchmarks/fit_step.py ROWS.csv [--leave-out] [--only ...]``.

Robust least squares on the logarithm of predicted over measured step time, with the priors of kernels/constants.csv;
each source and generation weighs by the root of its rows. The model is the product's: rows and trial constants are two
zip tables of one plan. Prints every constant with its interval and how much the rows say of it (below 0.3 the prior
rules); with --leave-out also the errors on each source, and on each mixture of experts, by constants fitted on all
others. --only PREFIX ... fits the constants whose names begin so, and keeps all others as they are stored. --write puts
the values into kernels/constants.csv.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.engine.sweep import Sweep
from carbonsweep.evidence.steps import FILE, different, fitted, given_columns, groups, read_steps
from carbonsweep.kernels import constants
from carbonsweep.kernels.constants import CONSTANTS
from carbonsweep.plan.plan import Plan
from carbonsweep.tabular.arrow import collect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SIGMA = 0.10
"""Error of a step, relative, beyond which a row counts less and less."""
PRIORS = 1.5
"""Weight of the priors' standard deviations."""
STEP = 1e-4
"""Change of the logarithm of a constant with which slopes are taken."""


@dataclass(frozen=True)
class Fit:
    """Constants with the standard deviation of their logarithm and how much of the prior's variance is gone."""

    values: dict[str, float]
    spread: dict[str, float]
    learned: dict[str, float]


class Model:
    """Step times of rows at trial constants."""

    def __init__(self, rows: pd.DataFrame, only: Sequence[str] = ("",)) -> None:
        self.names = [name for name in fitted() if name.startswith(tuple(only))]
        self.measured = rows["step_time"].to_numpy()
        self.table, self.place = different(given_columns(rows))
        key = rows["source_group"].astype(str) + "|" + rows["generation"].astype(str)
        weight = 1.0 / np.sqrt(key.map(key.value_counts()).to_numpy(dtype=float))
        self.root = np.sqrt(weight / weight.mean())
        self.mean = np.log([CONSTANTS[name].prior for name in self.names])
        self.sd = np.array([CONSTANTS[name].prior_sd for name in self.names]) / PRIORS
        self.low = np.log([CONSTANTS[name].low for name in self.names])
        self.high = np.log([CONSTANTS[name].high for name in self.names])

    def errors(self, points: np.ndarray) -> np.ndarray:
        """Logarithm of predicted over measured, a row of the result for each row of logarithms of constants."""
        values = {name: np.exp(points[:, i]).tolist() for i, name in enumerate(self.names)}
        trial, at = different(values)
        plan = Plan(axes={}, zip=[self.table, trial], output={"quantities": ["step_time"]}, order="plan")
        found = collect(Sweep(plan))["step_time"].to_numpy().reshape(max(self.place) + 1, max(at) + 1)
        return np.log(found[np.ix_(self.place, at)].T / self.measured)

    def residuals(self, points: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """What is squared and summed: errors, large ones held down, then distances from the priors."""
        scaled = self.errors(points)[:, rows] / SIGMA
        held = np.sign(scaled) * np.sqrt(2.0 * (np.sqrt(1.0 + scaled**2) - 1.0)) * self.root[rows]
        return np.hstack([held, (points - self.mean) / self.sd])

    def fit(self, rows: np.ndarray, start: np.ndarray | None = None) -> Fit:
        """Constants for the rows that a mask selects, by Levenberg-Marquardt between bounds."""
        point = np.clip(self.mean if start is None else start, self.low, self.high)
        now, slope = self._slopes(point, rows)
        damping = 1e-2
        for _ in range(40):
            gradient, square = slope.T @ now, slope.T @ slope
            free = ~(((point <= self.low) & (gradient > 0)) | ((point >= self.high) & (gradient < 0)))
            trials = []
            for factor in (damping / 4, damping, damping * 16):
                matrix = (square + factor * np.diag(np.diag(square)))[np.ix_(free, free)]
                change = np.zeros_like(point)
                change[free] = -np.linalg.solve(matrix, gradient[free])
                trials.append(np.clip(point + change, self.low, self.high))
            costs = (self.residuals(np.array(trials), rows) ** 2).sum(axis=1)
            best = int(np.argmin(costs))
            gain = now @ now - costs[best]
            if gain <= 0:
                damping *= 64
                if damping > 1e6:
                    break
                continue
            point, damping = trials[best], damping * (0.25, 1.0, 16.0)[best]
            now, slope = self._slopes(point, rows)
            if gain < 1e-7 * (now @ now):
                break
        data = slope[: int(rows.sum())]
        spread = np.sqrt(np.diag(np.linalg.inv(data.T @ data + np.diag(self.sd**-2.0))))
        learned = 1.0 - (spread / self.sd) ** 2
        return Fit(
            dict(zip(self.names, np.exp(point).tolist(), strict=True)),
            dict(zip(self.names, spread.tolist(), strict=True)),
            dict(zip(self.names, learned.tolist(), strict=True)),
        )

    def _slopes(self, point: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = self.residuals(np.vstack([point, point + STEP * np.eye(len(point))]), rows)
        return found[0], (found[1:] - found[0]).T / STEP

    def relative(self, fit: Fit) -> np.ndarray:
        """Predicted over measured, less one."""
        point = np.log([fit.values[name] for name in self.names])
        return np.exp(self.errors(point[None])[0]) - 1.0


def left_out(model: Model, labels: np.ndarray, which: np.ndarray, whole: Fit) -> np.ndarray:
    """Errors on the rows of each label by constants fitted on all other rows; NaN where `which` is false."""
    found = np.full(len(labels), np.nan)
    start = np.log([whole.values[name] for name in model.names])
    for label in sorted(set(labels[which])):
        mask = (labels == label) & which
        found[mask] = model.relative(model.fit(~(labels == label), start))[mask]
    return found


def table(rows: pd.DataFrame, columns: dict[str, np.ndarray]) -> None:
    """Median and 90th percentile of absolute errors of every group, in per cent."""
    print("\n| rows | number | " + " | ".join(columns) + " |\n| --- | ---: |" + " ---: |" * len(columns))
    for name, mask in groups(rows).items():
        cells = []
        for values in columns.values():
            size = 100 * np.abs(values[mask & ~np.isnan(values)])
            cells.append(f"{np.median(size):.1f} / {np.quantile(size, 0.9):.1f}" if len(size) else "")
        print(f"| {name} | {mask.sum()} | " + " | ".join(cells) + " |")


def write(fit: Fit) -> None:
    """Put values, intervals and identifiability into kernels/constants.csv."""
    path = Path(constants.FILE)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["name"] in fit.values:
            name = row["name"]
            row |= {"value": f"{fit.values[name]:.4g}", "sd": f"{fit.spread[name]:.3f}"}
            row["learned"] = f"{fit.learned[name]:.2f}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", default=str(FILE), help="measured steps (CSV)")
    parser.add_argument("--leave-out", action="store_true", help="errors on sources and models left out, too")
    parser.add_argument("--only", nargs="+", default=[""], metavar="PREFIX", help="constants that are fitted")
    parser.add_argument("--write", action="store_true", help="write kernels/constants.csv")
    asked = parser.parse_args()
    rows = read_steps(asked.rows)
    model = Model(rows, asked.only)
    every = np.ones(len(rows), dtype=bool)
    fit = model.fit(every)
    print("| constant | stored | fitted | prior | sd of log | learned |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, value in fit.values.items():
        c = CONSTANTS[name]
        known = f"{fit.spread[name]:.3f} | {fit.learned[name]:.2f}"
        print(f"| {name} | {c.value:.4g} | {value:.4g} | {c.prior:.4g} | {known} |")
    columns = {"fitted": model.relative(fit)}
    if asked.leave_out:
        sources = rows["source_group"].str.replace(r"^vtrain-.*", "vtrain", regex=True).to_numpy()
        columns["its source left out"] = left_out(model, sources, every, fit)
        experts = (rows["moe_layers"] > 0).to_numpy()
        columns["its model left out"] = left_out(model, rows["model"].str.lower().to_numpy(), experts, fit)
    table(rows, columns)
    if asked.write:
        write(fit)


if __name__ == "__main__":
    main()
