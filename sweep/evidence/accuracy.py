"""How close predictions come to whole trainings: the step model, LLMCarbon's regression, and 6 N D at 40 % MFU.

A run is predicted from model, tokens, accelerator, year and device count alone, the layout chosen by the search.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carbonsweep.catalogs import HERE, Row, load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.errors import PlanError

NAIVE_EFFICIENCY = 0.4
"""Model FLOPs utilisation of the naive baseline."""
LLMCARBON = {"*": "llmcarbon"}
WHOLE_RUNS = HERE / "whole_runs.csv"
"""Whole trainings beside those of the catalog of published runs."""
INTERVAL = (0.71, 1.30)
"""Predicted over published hours lie between these in four of five runs."""
OLD = ("v100-sxm2-32gb", "v100-sxm2-16gb", "tpu-v2", "tpu-v3")
"""Accelerators of published runs whose hours are derived from measured steps: no whole trainings."""
_SHAPE = {
    "layers": "layers",
    "hidden": "hidden_size",
    "ffn": "ffn_size",
    "gated": "gated_ffn",
    "heads": "attention_heads",
    "kv_heads": "kv_heads",
    "vocab": "vocabulary_size",
    "seq": "sequence_length",
}


@dataclass(frozen=True)
class Prediction:
    """One published run and its predictions.

    Attributes
    ----------
    id, measure, unit
        The run, and what is compared: device-hours, or MFU where hours are not published.
    published
        The published value.
    analytic, llmcarbon, naive
        Predictions of that value; NaN where there is none.
    reason
        Why the run does not count ("" if it does).
    source
        Of the published value.
    """

    id: str
    measure: str
    unit: str
    published: float
    analytic: float
    llmcarbon: float
    naive: float
    reason: str
    source: str

    def error(self, which: str) -> float:
        """Deviation in time of a prediction, relative: a lower MFU is a longer time."""
        predicted = float(getattr(self, which))
        if self.measure == "MFU":
            return self.published / predicted - 1.0
        return predicted / self.published - 1.0


def why_not(row: Row) -> str:
    """The rule that takes a published run out of the comparison, "" if none does."""
    cell = row.values
    if cell["phase"] != "pretrain":
        return f"no single training ({cell['phase']})"
    if cell["hours_eff"] is None and cell["mfu"] is None:
        return "neither device-hours nor MFU published"
    if cell["accelerator_id"] in OLD:
        return "accelerator of before 2020: hours derived from the throughput of steps, or software of its own"
    if "distilled" in str(cell["note"]):
        return "distillation: the teacher's work is not in the model's operations"
    if cell["model_id"] is None:
        return "architecture not in the catalog of models"
    model = load("models").get(str(cell["model_id"])).values
    if model["arch"] == "encoder-decoder":
        return "encoder-decoder: a token passes one stack, published tokens count both"
    if cell["tokens_b"] is None and model["training_tokens_b"] is None:
        return "training tokens undisclosed"
    return ""


@functools.cache
def published_predictions() -> list[Prediction]:
    """Every run of the catalog that states device-hours or MFU, predicted unless a rule takes it out."""
    found = []
    for row in load("published_runs").rows:
        cell = row.values
        hours, mfu = cell["hours_eff"], cell["mfu"]
        if cell["phase"] != "pretrain" or (hours is None and mfu is None):
            continue
        reason = why_not(row)
        measure = "MFU" if hours is None else "device-hours"
        published = float(mfu or 0.0) if hours is None else float(hours)
        unit = "1" if hours is None else "device-hour"
        values = (math.nan, math.nan, math.nan) if reason else _predict(described_run(cell), measure)
        found.append(Prediction(row.id, measure, unit, published, *values, reason, row.source))
    return found


@functools.cache
def whole_predictions(path: str | Path = WHOLE_RUNS) -> list[Prediction]:
    """Every whole training of a file that states device-hours, predicted unless the file says why not."""
    found = []
    with Path(path).open(encoding="utf-8", newline="") as file:
        for cell in csv.DictReader(file):
            reason = cell.get("left_out") or ""
            values = (math.nan, math.nan, math.nan) if reason else _predict(_described(cell), "device-hours")
            hours = float(cell["device_hours"])
            found.append(Prediction(cell["id"], "device-hours", "device-hour", hours, *values, reason, cell["source"]))
    return found


def described_run(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A run of the catalog of published runs as an estimate takes it."""
    model = load("models").get(str(cell["model_id"])).values
    tokens = float(cell["tokens_b"] or model["training_tokens_b"] or math.nan) * 1e9
    run: dict[str, Any] = {"model": cell["model_id"], "accelerator": cell["accelerator_id"], "tokens": tokens}
    if cell["n_devices"] is not None:
        run["devices"] = float(cell["n_devices"])
    if cell["year"] is not None:
        run["training_date"] = float(cell["year"])
    return run


def _described(cell: Mapping[str, str]) -> dict[str, Any]:
    """A run of a file as an estimate takes it: a row of the catalog of models, or the shape that the file gives."""
    run: dict[str, Any] = {"accelerator": cell["accelerator_id"], "tokens": float(cell["tokens_b"]) * 1e9}
    run["training_date"] = float(cell["year"])
    if cell["model_id"]:
        run["model"] = cell["model_id"]
    else:
        run |= {name: float(cell[column]) for column, name in _SHAPE.items() if cell[column]}
    if cell["n_devices"]:
        run["devices"] = float(cell["n_devices"])
    return run


def _predict(run: dict[str, Any], measure: str) -> tuple[float, float, float]:
    naive = {**run, "hardware_efficiency": NAIVE_EFFICIENCY}
    if measure == "MFU":
        analytic = evaluate_configuration(run, ["model_flops_utilisation", "layout_practice"]).quantities
        regression = evaluate_configuration(run, ["hardware_efficiency"], LLMCARBON).quantities
        used = analytic["model_flops_utilisation"] * analytic["layout_practice"]
        return used, regression["hardware_efficiency"], NAIVE_EFFICIENCY
    hours = []
    for values, equations in ((run, None), (run, LLMCARBON), (naive, None)):
        try:
            hours.append(evaluate_configuration(values, ["device_hours"], equations).quantities["device_hours"])
        except PlanError:
            hours.append(math.nan)
    return hours[0], hours[1], hours[2]


def errors(predictions: Iterable[Prediction], which: str) -> np.ndarray:
    """Absolute errors of the runs that count; a missing prediction counts as infinite."""
    values = np.array([abs(p.error(which)) for p in predictions if not p.reason])
    return np.where(np.isnan(values), np.inf, values)


def covered(predictions: Iterable[Prediction]) -> float:
    """Share of the runs that count whose time lies in the interval that is stated for it."""
    ratios = np.array([1.0 + p.error("analytic") for p in predictions if not p.reason])
    return float(np.mean((ratios >= INTERVAL[0]) & (ratios <= INTERVAL[1])))
