"""Measured serving: the shipped rows may come closer to the model, never further away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carbonsweep.evidence.serving import MEASURES, NOT_TYPICAL, MeasuredServing, engine_of, predict, read_rows
from carbonsweep.evidence.serving_fit import fit, fitted_on, parameters_for
from carbonsweep.foundation.errors import PlanError
from carbonsweep.kernels.serving.constants import SERVING_CONSTANTS

DATA = Path(__file__).parents[2] / "benchmarks" / "data" / "serving.csv"
REACHED = {
    ("throughput", "argonne-TensorRT-LLM"): (7.6, 31.5),
    ("throughput", "argonne-vLLM"): (11.9, 68.0),
    ("throughput", "inferencemax-deepseek-r1"): (3.6, 11.3),
    ("throughput", "inferencemax-gpt-oss-120b"): (9.0, 28.0),
    ("throughput", "trtllm-v1.0"): (14.5, 41.0),
    ("inter_token", "inferencemax-deepseek-r1"): (11.3, 19.0),
    ("inter_token", "inferencemax-gpt-oss-120b"): (11.1, 42.5),
    ("first_token", "inferencemax-deepseek-r1"): (31.8, 35.2),
    ("first_token", "inferencemax-gpt-oss-120b"): (13.0, 37.8),
}
"""Median and 90th percentile of absolute deviations in per cent, by measure and source: a ratchet."""


@pytest.fixture(scope="module")
def rows() -> list[MeasuredServing]:
    return read_rows(DATA)


def test_accuracy_on_the_shipped_rows(rows: list[MeasuredServing]) -> None:
    predicted = predict(rows)[0]
    groups = np.array([row.group for row in rows])
    nvidia = np.array([row.nvidia for row in rows])
    found = {}
    for place, measure in enumerate(MEASURES):
        measured = np.array([row.measured[measure] for row in rows])
        size = 100 * np.abs(predicted[:, place] / measured - 1)
        assert not np.isnan(size[~np.isnan(measured)]).any()  # every measured row has an answer
        for group in sorted(set(groups)):
            own = size[(groups == group) & ~np.isnan(measured)]
            if len(own):
                found[measure, group] = (float(np.median(own)), float(np.quantile(own, 0.9)))
        if measure == "throughput":
            assert np.median(size[nvidia]) < 16
            assert np.quantile(size[nvidia], 0.9) < 65
    assert found.keys() == REACHED.keys()
    for key, (median, high) in REACHED.items():
        assert found[key][0] <= median, key
        assert found[key][1] <= high, key
        assert found[key][0] > 0.9 * median, f"{key} is better now: lower its bar"


def test_rows_as_configurations(rows: list[MeasuredServing]) -> None:
    static = next(row for row in rows if row.group == "argonne-TensorRT-LLM" and row.values["model"] == "llama-2-70b")
    assert static.values["batching"] == "static"
    assert (static.values["serving_tensor_parallel"], static.values["engine"]) == (4, "trtllm-2024")
    spread = next(
        row for row in rows if row.group.endswith("gpt-oss-120b") and row.values["serving_data_parallel"] == 4
    )
    assert (spread.values["serving_tensor_parallel"], spread.values["accelerator"]) == (1, "b200")
    assert (spread.values["weight_format"], spread.values["expert_format"]) == ("bf16", "mxfp4")
    assert np.isnan(spread.measured["inter_token"])
    whole = next(row for row in rows if row.group == "trtllm-v1.0" and row.values["serving_data_parallel"] == 1)
    assert whole.values["serving_batch"] == 2048
    assert np.isnan(whole.batch)
    same = [row for row in rows if row.left_out == NOT_TYPICAL]
    assert len(same) == 30
    assert {row.values["model"] for row in same} == {"mixtral-8x7b"}


def test_software_has_a_date() -> None:
    assert engine_of("vLLM", "2024-10", "static") == "vllm-2024"
    assert engine_of("vLLM 0.5", "2024-09", "mean running (max 32)") == "vllm-2024-server"
    assert engine_of("trt", "2025-12/2026-01", "concurrency") == "trtllm-2025"
    assert engine_of("sglang", "2025-12", "concurrency") == "sglang-2025"
    with pytest.raises(PlanError, match="no engine is known for 'llama.cpp'"):
        engine_of("llama.cpp", "2025-01", "")


def test_constants_are_within_bounds_and_say_what_the_rows_taught() -> None:
    for name, one in SERVING_CONSTANTS.items():
        assert one.low < one.value < one.high, name
        assert one.learned == pytest.approx(1 - min((one.sd / one.prior_sd) ** 2, 1), abs=0.05), name
    assert min(one.learned for one in SERVING_CONSTANTS.values()) > 0.5


@pytest.mark.long
@pytest.mark.slow
def test_a_fit_finds_the_constants_that_made_the_rows(rows: list[MeasuredServing]) -> None:
    some = fitted_on(rows, "throughput")[::200]
    parameters = parameters_for(some, power=False)
    true = {one.label: one.prior.middle * 1.1 for one in parameters}
    made = []
    for row in some:
        constants = {one.name: true[one.label] for one in parameters if one.engine in ("", _family(row))}
        made.append((row, float(predict([row], [constants])[0, 0, 0])))
    exact = [
        MeasuredServing(**{**row.__dict__, "measured": {**row.measured, "throughput": value}}) for row, value in made
    ]
    found = fit(exact, parameters, "throughput")
    for one in parameters:
        if found.learned(one) > 0.9:
            assert found.values[one.label] == pytest.approx(true[one.label], rel=0.08), one.label


def _family(row: MeasuredServing) -> str:
    engine = str(row.values["engine"])
    return "vllm-2025" if engine == "sglang-2025" else engine
