"""Measured serving beside the model: rows of benchmarks as configurations, and what the model says of them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carbonsweep.catalogs import load
from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.errors import PlanError
from carbonsweep.plan.plan import Plan
from carbonsweep.tabular.arrow import collect

MEASURES = ("throughput", "energy", "inter_token", "first_token")
"""What rows measure: tokens a second and system, J a token at the accelerators, s between tokens and to the first."""
QUANTITIES = ("replica_throughput", "energy_per_output_token", "decode_time", "ttft")
"""The quantity that predicts each: the median time between tokens is that of a pass without prompts."""
LARGEST_BATCH = 2048.0
"""Sequences of a rank that a benchmark of "the maximum that fits" allows: the default of TensorRT-LLM."""
PROMPTS = {"chat": 250.0, "code": 300.0, "gpqa": 1500.0, "reason": 1500.0}
"""Tokens of prompts that are assumed where a benchmark publishes none, by a word in its group."""
NOT_TYPICAL = "identical prompts: every sequence picks the same experts"


@dataclass(frozen=True)
class MeasuredServing:
    """One measured row.

    Attributes
    ----------
    id, group
        The row and the family of runs that it belongs to.
    values
        The configuration, as an estimate takes it.
    measured
        By measure; NaN where the row has none.
    nvidia, kind, batch
        Whether the accelerator is NVIDIA's, "dense" or "mixture", and the sequences in flight (NaN: as many as fit).
    left_out
        Why the row is not fitted on; "" if it is.
    """

    id: str
    group: str
    values: dict[str, Any]
    measured: dict[str, float]
    nvidia: bool
    kind: str
    batch: float
    left_out: str


def engine_of(framework: str, date: str, batch_kind: str) -> str:
    """The row of `engines` that stands for the software of a measured row.

    Raises
    ------
    PlanError
        If no engine of that kind was measured.
    """
    name, recent = framework.lower(), date >= "2025"
    if "trt" in name or "tensorrt" in name:
        return "trtllm-2025" if recent else "trtllm-2024"
    if "sglang" in name:
        return "sglang-2025"
    if "vllm" in name:
        if recent:
            return "vllm-2025"
        return "vllm-2024-server" if batch_kind.startswith("mean running") else "vllm-2024"
    raise PlanError(f"measured serving: no engine is known for {framework!r} of {date}")


def read_rows(path: Path) -> list[MeasuredServing]:
    """The rows of a CSV file with the columns of `benchmarks/data/serving.csv`, see `benchmarks/data/DATA.md`."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(cells) for cells in csv.DictReader(file)]


def _number(cell: str | None, otherwise: float = math.nan) -> float:
    return float(cell) if cell else otherwise


def _row(cells: Mapping[str, str]) -> MeasuredServing:
    model, accelerator = load("models").get(cells["model_id"]), load("accelerators").get(cells["accelerator_id"])
    experts = float(model.values["n_experts"] or 0)
    devices, stages = _number(cells["devices"], 1.0), _number(cells["pp"], 1.0)
    ranks = _number(cells["dp"], 1.0)
    if "attention data par" in cells["note"] and experts:
        ranks = devices / stages
    static = cells["batch_kind"] == "static"
    batch = _number(cells["batch"])
    four_bit = cells["weights"] in ("fp4", "mxfp4") and "gpt-oss" in cells["model_id"]
    prompt = next((tokens for word, tokens in PROMPTS.items() if word in cells["group"]), 250.0)
    engine = engine_of(cells["framework"], cells["date"], cells["batch_kind"])
    values = {
        "model": model.id,
        "accelerator": accelerator.id,
        "engine": engine,
        "input_tokens": _number(cells["input_tokens"], prompt),
        "output_tokens": max(_number(cells["output_tokens"]), 1.0),
        "serving_batch": LARGEST_BATCH * ranks if math.isnan(batch) else max(batch, 1.0),
        "serving_tensor_parallel": devices / (stages * ranks),
        "serving_pipeline_parallel": stages,
        "serving_data_parallel": ranks,
        "weight_format": "bf16" if four_bit else cells["weights"] or "bf16",
        "expert_format": "mxfp4" if four_bit else "as_weights",
        "kv_format": cells["kv"] or "bf16",
        "batching": "static" if static else "continuous",
    }
    frame = cells["framework"].lower()
    between = _number(cells["itl_median_s"])
    if "trt" in frame:  # tokens are sent several at a time: the time between messages is not that between tokens
        between = math.nan
    accelerators_alone = cells["energy_scope"].startswith("GPU")
    measured = {
        "throughput": _number(cells["output_tokens_per_s_system"]),
        "energy": _number(cells["energy_per_output_token_J"]) if accelerators_alone else math.nan,
        "inter_token": between,
        "first_token": _number(cells["ttft_s"]),
    }
    same = static and "TensorRT" in cells["framework"] and experts > 0 and batch > 1
    return MeasuredServing(
        cells["id"],
        cells["group"],
        values,
        measured,
        accelerator.values["vendor"] == "NVIDIA",
        "mixture" if experts else "dense",
        batch,
        NOT_TYPICAL if same else "",
    )


def predict(rows: Sequence[MeasuredServing], constants: Sequence[Mapping[str, float]] = ({},)) -> np.ndarray:
    """What the model says of the rows, for each set of constants in the place of those it has.

    Returns
    -------
    array
        By set of constants, row and measure; NaN where the model gives no value.
    """
    found = np.full((len(constants), len(rows), len(MEASURES)), np.nan)
    columns = list(rows[0].values)
    table = {name: [row.values[name] for row in rows] for name in columns}
    table["tokens_per_page"] = [float(number + 1) for number in range(len(rows))]  # tells equal rows apart
    names = list(constants[0])
    axes: dict[str, Any] = {"tokens_per_page": {"zip": table}}
    if len(names) > 1:
        axes[names[0]] = {"zip": {name: [one[name] for one in constants] for name in names}}
    plan = Plan(axes=axes, output={"quantities": list(QUANTITIES), "infeasible": "flag"}, order="plan")
    frame = collect(Sweep(plan))
    shape = (len(rows), len(constants))
    for place, quantity in enumerate(QUANTITIES):
        found[:, :, place] = frame[quantity].to_numpy(dtype=np.float64).reshape(shape).T
    return found
