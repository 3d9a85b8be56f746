"""Fit of the analytic model's constants on Megatron-LM Table 1, and its leave-one-out error."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonsweep.catalogs import HERE
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.grid.given import Binder, given_value, owners
from carbonsweep.grid.resolve import Graph, resolve
from carbonsweep.kernels.constants import CONSTANTS

FITTED = tuple(name for name, constant in CONSTANTS.items() if constant.fitted and name != "typical_goodput")
"""Constants fitted on the table; the typical goodput is the median of the published runs."""


@dataclass(frozen=True)
class ThroughputRow:
    """One row of the table, ready to be evaluated with other constants."""

    model: str
    tflops: float
    graph: Graph
    values: dict[str, float]

    def predict(self, constants: dict[str, float]) -> float:
        """TFLOP/s that each device carries out, recomputation included, as the table counts."""
        known = evaluate(self.graph, {**self.values, **constants})
        tokens = known["global_batch"] * known["sequence_length"]
        flops = 3.0 * known["forward_flops_per_token"] + known["recomputation_flops_per_token"]
        seconds = known["step_time"] if known["infeasibility"] == 0.0 else np.nan
        return flops * tokens / (seconds * known["devices"]) / 1e12


def throughput_rows() -> list[ThroughputRow]:
    """The ten rows, with the layouts that the table gives."""
    data = json.loads((HERE / "megatron_lm.json").read_text(encoding="utf-8"))
    wanted = ("step_time", "infeasibility", "forward_flops_per_token", "recomputation_flops_per_token")
    rows = []
    for cells in data["rows"]:
        row: dict[str, Any] = dict(zip(data["columns"], cells, strict=True))
        tflops = float(row.pop("tflops"))
        binder = Binder({}, "megatron_lm.json")
        fixed = {name: binder.constant(name, value) for name, value in {**row, **data["constants"]}.items()}
        fixed.update({name: binder.constant(name, CONSTANTS[name].value) for name in FITTED})
        owner = owners(fixed, "megatron_lm.json")
        graph = resolve([*wanted, "global_batch", "sequence_length", "devices"], owner)
        values = {n: float(given_value(n, fixed[owner[n]], owner[n], "", [])[0]) for n in graph.given}
        rows.append(ThroughputRow(str(row["model"]), tflops, graph, values))
    return rows


def deviations(rows: Sequence[ThroughputRow], constants: dict[str, float]) -> np.ndarray:
    """Predicted over published throughput, less one."""
    return np.array([row.predict(constants) / row.tflops - 1.0 for row in rows])


def fit(rows: Sequence[ThroughputRow]) -> dict[str, float]:
    """Constants of least squared deviations within their bounds."""
    low = np.log([CONSTANTS[name].low for name in FITTED])
    high = np.log([CONSTANTS[name].high for name in FITTED])

    def residuals(point: np.ndarray) -> np.ndarray:
        return deviations(rows, dict(zip(FITTED, np.exp(point).tolist(), strict=True)))

    start = np.log([CONSTANTS[name].value for name in FITTED])
    best = _least_squares(residuals, start, low, high)
    return dict(zip(FITTED, np.exp(best).tolist(), strict=True))


def leave_one_out(rows: Sequence[ThroughputRow]) -> np.ndarray:
    """Deviation of every row predicted with constants fitted on the other rows."""
    return np.array([deviations([row], fit([other for other in rows if other is not row]))[0] for row in rows])


def _least_squares(
    residuals: Callable[[np.ndarray], np.ndarray], point: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Levenberg-Marquardt between bounds; a constant at its bound moves only inwards."""
    step, damping = 1e-5, 1e-2
    point = np.clip(point, low, high)
    now = residuals(point)
    for _ in range(60):
        moved = [residuals(point + step * unit) for unit in np.eye(len(point))]
        slope = np.array([(value - now) / step for value in moved]).T
        gradient = slope.T @ now
        free = ~(((point <= low) & (gradient > 0)) | ((point >= high) & (gradient < 0)))
        square = slope.T @ slope
        gain = 0.0
        while damping < 1e8:
            matrix = (square + damping * np.diag(np.diag(square) + 1e-12))[np.ix_(free, free)]
            change = np.zeros_like(point)
            change[free] = -np.linalg.solve(matrix, gradient[free])
            trial = np.clip(point + change, low, high)
            after = residuals(trial)
            gain = float(now @ now - after @ after)
            if gain > 0:
                point, now, damping = trial, after, max(damping / 3, 1e-9)
                break
            damping *= 4
        if gain <= 1e-10 * float(now @ now):
            break
    return point
