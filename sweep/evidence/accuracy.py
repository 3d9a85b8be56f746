"""How close predictions come to published runs: the analytic model, LLMCarbon's regression, and 6 N D at 40 % MFU.

A run is predicted from model, tokens, accelerator and device count alone, the layout chosen by the search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonsweep.catalogs import Row, load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.errors import PlanError

NAIVE_EFFICIENCY = 0.4
"""Model FLOPs utilisation of the naive baseline."""
LLMCARBON = {"*": "llmcarbon"}


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


def published_predictions() -> list[Prediction]:
    """Every published run that states device-hours or MFU, predicted unless a rule takes it out."""
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
        values = (math.nan, math.nan, math.nan) if reason else _predict(cell, measure)
        found.append(Prediction(row.id, measure, unit, published, *values, reason, row.source))
    return found


def _predict(cell: Any, measure: str) -> tuple[float, float, float]:
    model = load("models").get(str(cell["model_id"])).values
    tokens = float(cell["tokens_b"] or model["training_tokens_b"] or math.nan) * 1e9
    run: dict[str, Any] = {"model": cell["model_id"], "accelerator": cell["accelerator_id"], "tokens": tokens}
    if cell["n_devices"] is not None:
        run["devices"] = float(cell["n_devices"])
    naive = {**run, "hardware_efficiency": NAIVE_EFFICIENCY}
    if measure == "MFU":
        analytic = evaluate_configuration(run, ["model_flops_utilisation"]).quantities
        regression = evaluate_configuration(run, ["hardware_efficiency"], LLMCARBON).quantities
        return analytic["model_flops_utilisation"], regression["hardware_efficiency"], NAIVE_EFFICIENCY
    hours = []
    for values, equations in ((run, None), (run, LLMCARBON), (naive, None)):
        try:
            hours.append(evaluate_configuration(values, ["device_hours"], equations).quantities["device_hours"])
        except PlanError:
            hours.append(math.nan)
    return hours[0], hours[1], hours[2]


def errors(predictions: list[Prediction], which: str) -> np.ndarray:
    """Absolute errors of the runs that count; a missing prediction counts as infinite."""
    values = np.array([abs(p.error(which)) for p in predictions if not p.reason])
    return np.where(np.isnan(values), np.inf, values)


def fitted_goodput(predictions: list[Prediction], assumed: float) -> float:
    """The goodput with which the median run with known device-hours is predicted exactly."""
    return assumed * float(
        np.median([p.analytic / p.published for p in predictions if not p.reason and p.measure == "device-hours"])
    )
