"""Degrees and batch that are not given are those of least carbon, or of least energy where the site is not known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import carbonsweep as cs
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.foundation.errors import PlanError

SERVICE = {
    "model": "llama-3.1-70b",
    "accelerator": "h100-sxm5",
    "input_tokens": 1000,
    "output_tokens": 300,
    "engine": "vllm-2025",
}
SITE = {"request_rate": 50, "carbon_intensity": 400, "pue": 1.1, "ttft_limit": 1, "tpot_limit": 0.05}
DEGREES = ("serving_tensor_parallel", "serving_pipeline_parallel", "serving_data_parallel", "serving_batch")


def test_no_candidate_is_better() -> None:
    wanted = ("request_carbon", *DEGREES, "slo_met", "serving_burden")
    best = evaluate_configuration({**SERVICE, **SITE}, wanted).quantities
    assert best["slo_met"] == 1
    assert best["serving_burden"] == best["request_carbon"]
    found = math.inf
    for t, s, batch in itertools.product((1, 2, 4, 8), (1, 2, 4), 2.0 ** np.arange(13)):
        given = dict(zip(DEGREES, (t, s, 1, batch), strict=True))
        one = evaluate_configuration(
            {**SERVICE, **SITE, **given}, ["request_carbon", "serving_infeasibility"]
        ).quantities
        if one["serving_infeasibility"] == 0:
            found = min(found, one["request_carbon"])
    assert best["request_carbon"] == found


def test_where_no_site_is_given_energy_decides() -> None:
    best = evaluate_configuration(SERVICE, ["serving_burden", "energy_per_output_token", *DEGREES]).quantities
    assert best["serving_burden"] == best["energy_per_output_token"]
    other = {**SERVICE, **dict(zip(DEGREES, (8, 1, 1, 16), strict=True))}
    assert (
        evaluate_configuration(other, ["energy_per_output_token"]).quantities["energy_per_output_token"]
        > (best["energy_per_output_token"])
    )


def test_what_is_given_is_not_chosen() -> None:
    best = evaluate_configuration({**SERVICE, **SITE, "serving_tensor_parallel": 8}, DEGREES).quantities
    assert best["serving_tensor_parallel"] == 8


def test_a_model_too_large_for_a_fast_domain_takes_a_pipeline() -> None:
    large = {**SERVICE, "model": "llama-3.1-405b", "accelerator": "h100-sxm5"}
    best = evaluate_configuration(large, [*DEGREES, "serving_infeasibility", "replica_devices"]).quantities
    assert best["serving_infeasibility"] == 0
    assert best["replica_devices"] > 8


def test_limits_that_cannot_be_met_show_the_nearest() -> None:
    wanted = ["serving_infeasibility", "slo_met", "tpot", *DEGREES]
    found = evaluate_configuration({**SERVICE, "tpot_limit": 0.001}, wanted)
    assert found.quantities["serving_infeasibility"] == 6
    assert found.quantities["slo_met"] == 0
    assert 0.001 < found.quantities["tpot"] < 0.05
    assert found.quantities["serving_batch"] == 1
    assert found.quantities["serving_tensor_parallel"] == 8
    assert any("limits of latency" in note for note in found.notes)


def test_a_model_without_a_layout_for_training_is_served() -> None:
    """A small model on one device: it cannot be trained there, and no training input is given."""
    given = {**SERVICE, "model": "llama-3.1-8b", "serving_batch": 16, **dict.fromkeys(DEGREES[:3], 1)}
    (throughput,) = evaluate_configuration(given, ["replica_throughput"]).quantities.values()
    assert throughput > 500


@pytest.mark.long
def test_choices_of_a_plan_stand_beside_it() -> None:
    plan = cs.Plan(
        axes={"request_rate": [5, 50]},
        constants={**SERVICE, "carbon_intensity": 400, "pue": 1.1} | {"accelerator": "h100-sxm5"},
        output={"quantities": ["request_carbon", *DEGREES]},
        equations={"accelerator_unit_embodied": "component"},  # the basis that both devices have
    )
    plain = cs.to_pandas(plan)
    data = plan.canonical()
    del data["constants"]["accelerator"]
    data["choose"] = {"minimize": "request_carbon", "accelerator": ["h100-sxm5", "h200-sxm"]}
    data["output"] = {"quantities": ["request_carbon"]}
    both = cs.to_pandas(cs.Plan(**data))
    assert (both["request_carbon"] <= plain["request_carbon"]).all()
    assert set(both["accelerator"]) <= {"h100-sxm5", "h200-sxm"}


def test_the_engine_that_is_taken_is_said() -> None:
    given = {name: value for name, value in SERVICE.items() if name != "engine"}
    found = evaluate_configuration({**given, "serving_batch": 8}, ["tpot"])
    assert "engine is not given: vllm-2025 is taken" in found.notes
    assert not any("engine" in note for note in evaluate_configuration(SERVICE, ["tpot"]).notes)


@pytest.mark.parametrize(
    ("accelerator", "engine", "code", "said"),
    [
        ("h100-sxm5", "vllm-2025", 0, ""),
        ("a100-sxm4-40gb", "vllm-2024-server", 0, ""),
        ("h100-sxm5", "trtllm-2025", 3, "power on h100-sxm5 with such an engine is extrapolated"),
        ("a100-sxm4-40gb", "vllm-2025", 3, "a100-sxm4-40gb with vllm-2024-server, h100-sxm5 with vllm-2025, b200"),
        ("h200-sxm", "vllm-2025", 1, "power on h200-sxm is extrapolated"),
        ("mi300x", "vllm-2025", 1, "power on mi300x is extrapolated"),
        ("gaudi2", "vllm-2025", 2, "speed and power on gaudi2 are extrapolated"),
    ],
)
def test_power_of_a_device_or_engine_that_no_row_measured_is_said(
    accelerator: str, engine: str, code: float, said: str
) -> None:
    given = {
        **SERVICE,
        "accelerator": accelerator,
        "engine": engine,
        "serving_batch": 8,
        **dict.fromkeys(DEGREES[:3], 1),
    }
    found = evaluate_configuration({**given, "model": "llama-3.1-8b"}, ["energy_per_request", "serving_extrapolated"])
    assert found.quantities["serving_extrapolated"] == code
    notes = [note for note in found.notes if "extrapolated" in note]
    assert len(notes) == (code > 0)
    assert said in "".join(notes)
    speed = evaluate_configuration({**given, "model": "llama-3.1-8b"}, ["replica_throughput"])
    assert any("extrapolated" in note for note in speed.notes) == (code == 2)


def test_a_search_repeats_what_is_not_calibrated() -> None:
    from carbonsweep.reductions.best import search

    plan = cs.Plan(
        axes={"accelerator": ["h100-sxm5", "mi300x"]},
        constants={**{k: v for k, v in SERVICE.items() if k != "accelerator"}, "serving_batch": 8}
        | dict.fromkeys(DEGREES[1:3], 1)
        | {"serving_tensor_parallel": 4},
        output={"quantities": ["energy_per_request"], "minimize": "energy_per_request"},
    )
    found = search(plan, top=1)
    (note,) = [note for note in found.notes if "extrapolated" in note]
    assert note.startswith("power on mi300x is extrapolated (serving_extrapolated = 1)")


def test_words_of_the_trade() -> None:
    words = {"isl": 1000, "osl": 300, "qps": 50, "concurrency": 64, "model": "llama-3.1-8b", "accelerator": "h100-sxm5"}
    given = {**words, **dict.fromkeys(DEGREES[:3], 1)}
    found = evaluate_configuration(given, ["itl", "time_to_first_token"]).quantities
    assert set(found) == {"tpot", "ttft"}
    with pytest.raises(PlanError, match="implausible: in s: 50 ms are 0.05"):
        evaluate_configuration({**given, "tpot_limit": 50}, ["tpot"])
