"""A replica under a request rate: Little's law and waiting against a simulation event by event, replicas, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carbonsweep.configuration.estimate import evaluate_configuration
from tests.kernels.serving.simulation import replica

WORK = {
    "model": "llama-3.1-70b",
    "accelerator": "h100-sxm5",
    "input_tokens": 1000,
    "output_tokens": 300,
    "serving_batch": 64,
    "serving_tensor_parallel": 4,
    "serving_pipeline_parallel": 1,
    "serving_data_parallel": 1,
    "engine": "vllm-2025",
}
MIXTURE = {**WORK, "model": "qwen3-235b-a22b", "accelerator": "h200-sxm", "serving_tensor_parallel": 8}
LOADS = (0.2, 0.5, 0.7, 0.85, 0.95)
SPECIFIED = {
    "lone_step_time": 0.01109,
    "step_slope": 0.00009,
    "prefill_time": 0.06,
    "prefill_share_time": 0.06,
    "output_tokens": 300,
    "running_batch": 64,
    "serving_replicas": 1,
}
"""A replica of round figures whose simulated values are known."""


def serve(*wanted: str, **values: float | str) -> list[float]:
    return list(evaluate_configuration(values, wanted).quantities.values())


@pytest.mark.parametrize(
    ("load", "sequences", "first_token"),
    [(0.2, 5.5, 0.068), (0.5, 17.4, 0.074), (0.7, 29.9, 0.080), (0.85, 43.6, 0.122), (0.95, 55.3, 0.645)],
)
def test_figures_that_others_simulated(load: float, sequences: float, first_token: float) -> None:
    capacity = 64 / ((0.011 + 0.00009 * 64 + 64 / 300 * 0.06) * 300)
    given = {**SPECIFIED, "replica_capacity": capacity, "request_rate": load * capacity, "cache_transfer_time": 0}
    given |= {"server_overhead": 0}
    found, first = serve("mean_batch", "ttft", disaggregated=0, prefill_replicas=0, **given)
    assert found == pytest.approx(sequences, rel=0.04)
    assert first == pytest.approx(first_token, rel=0.1 if load <= 0.7 else 0.3)


@pytest.mark.parametrize("work", [WORK, MIXTURE], ids=["dense", "mixture"])
def test_littles_law_and_waiting_against_a_simulation(work: dict) -> None:
    known = evaluate_configuration({**work, "serving_replicas": 1}, ["replica_capacity", "prefill_time"]).values
    known |= evaluate_configuration({**work}, ["step_slope", "lone_step_time"]).values
    prompt, lone, slope = known["prefill_time"], known["lone_step_time"], known["step_slope"]
    capacity = 64 / ((lone + slope * 63 + 64 / 300 * prompt) * 300)
    for load in LOADS:
        runs = [replica(load * capacity, 300.0, lone, slope, prompt, 64.0, 40_000, seed) for seed in range(4)]
        sequences, waited, busy = np.mean(runs, axis=0)
        given = {**work, "serving_replicas": 1, "request_rate": load * capacity, "prefill_share_time": prompt}
        given |= {"server_overhead": 0}
        wanted = ("mean_batch", "ttft", "busy_share", "tpot", "request_latency")
        found, first, share, between, whole = serve(*wanted, **given)
        assert found == pytest.approx(sequences, rel=0.04), load
        assert first == pytest.approx(waited, rel=0.1 if load <= 0.7 else 0.35), load
        assert share == pytest.approx(busy, abs=0.01), load
        assert whole == pytest.approx(first + 299 * between)


def test_replicas_and_devices() -> None:
    given = {**WORK, "request_rate": 50, "peak_over_mean": 2}
    names = ("serving_replicas", "replica_capacity", "serving_devices", "replica_load", "replica_throughput", "tpot")
    replicas, capacity, devices, load, throughput, between = serve(*names, **given)
    assert replicas == math.ceil(50 * 2 / (0.9 * capacity))
    assert devices == 4 * replicas
    assert load == pytest.approx(50 / replicas / capacity)
    assert throughput == pytest.approx(50 / replicas * 300)
    assert between < serve("full_tpot", **WORK)[0]
    assert serve("serving_devices", **given, reserve_share=0.1)[0] == pytest.approx(1.1 * devices)


def test_an_almost_idle_replica() -> None:
    """As the rate goes to nothing a request finds nobody, and devices draw idle power."""
    given = {**WORK, "request_rate": 1e-6, "serving_replicas": 1}
    names = ("mean_batch", "busy_share", "tpot", "ttft", "serving_power", "serving_idle_power", "lone_step_time")
    sequences, busy, between, first, power, idle, lone = serve(*names, **given)
    alone, prompt = serve("decode_time", "prefill_time", **{**WORK, "serving_batch": 1})
    assert sequences == pytest.approx(1e-6 * (prompt + 300 * lone), rel=1e-4)
    assert busy == pytest.approx(sequences, rel=1e-4)
    assert between == pytest.approx(alone + serve("prefill_share_time", **WORK)[0] / 300)
    assert first == pytest.approx(prompt + 0.02, rel=1e-3)
    assert power == pytest.approx(idle, rel=1e-3)


def test_a_full_replica_has_no_queue() -> None:
    names = (
        "serving_replicas",
        "replica_rate",
        "replica_capacity",
        "mean_batch",
        "busy_batch",
        "busy_share",
        "slot_wait",
    )
    replicas, rate, capacity, mean, batch, busy, wait = serve(*names, **WORK)
    assert (replicas, mean, batch, busy, wait) == (1, 64, 64, 1, 0)
    assert rate == capacity


def test_prompts_wait_for_those_of_other_clients() -> None:
    """Four requests a second of 0.1 s each: M/D/1 at a load of 0.4 x 3 / 4, so 0.1 x 0.3 / (2 x 0.7)."""
    given = {"replica_capacity": 4, "running_batch": 4, "prefill_time": 0.1, "prefill_share_time": 0.1}
    given |= {"prefill_replicas": 0, "static_prefill_time": 0.35, "batching": "continuous"}
    (wait,) = serve("prompt_wait", **given)
    assert wait == pytest.approx(0.1 * 0.3 / 1.4)
    assert serve("prompt_wait", **{**given, "running_batch": 1}) == [0]
    assert serve("prompt_wait", **{**given, "batching": "static"}) == pytest.approx([0.25])
    pool = {"prefill_replicas": 2, "prefill_share_time": 0.01}  # two devices compute prompts alone
    assert serve("prompt_wait", **{**given, **pool}) == pytest.approx([0.1 * 0.15 / 1.7])


def test_overload_and_limits() -> None:
    capacity = serve("replica_capacity", **WORK)[0]
    over = {**WORK, "serving_replicas": 1, "request_rate": 1.2 * capacity}
    assert serve("serving_infeasibility", "serving_possible", **over) == [5, 0]
    assert serve("serving_infeasibility", **{**over, "request_rate": 0.8 * capacity}) == [0]
    slow = {**WORK, "tpot_limit": 0.001}
    assert serve("serving_infeasibility", "slo_met", **slow) == [6, 0]
    assert serve("slo_met", **WORK, tpot_limit=1, ttft_limit=1) == [1]


def test_a_server_takes_time_of_its_own() -> None:
    names = ("ttft", "ttft_quantile")
    for without, given in zip(serve(*names, **WORK, server_overhead=0), serve(*names, **WORK), strict=True):
        assert given == pytest.approx(without + 0.02)


def test_a_higher_quantile_waits_longer() -> None:
    given = {**WORK, "request_rate": 4, "serving_replicas": 1}
    half, most = (serve("ttft_quantile", **given, latency_quantile=q)[0] for q in (0.5, 0.999))
    assert half < most
    steady, varied = (serve("slot_wait", **given, output_variation=v)[0] for v in (0, 1))
    assert varied == pytest.approx(2 * steady)
