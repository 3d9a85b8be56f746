"""Laws of a training step over models of every kind, machines and precisions, with the layout searched or given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbonsweep as cs

HYBRID = {"layers": 32, "hidden_size": 4096, "attention_heads": 32, "vocabulary_size": 65536, "sequence_length": 8192}
HYBRID |= {"kv_heads": 8, "linear_heads": 128, "linear_head_size": 64, "linear_state_size": 128, "linear_groups": 8}
HYBRID |= {"linear_convolution": 4}
MODELS = ["llama-3-8b", "gpt3-13b", "mixtral-8x7b", "deepseek-v2", "qwen3-next-80b-a3b", "gpt-oss-120b", "gemma-3-27b"]
MACHINES = [
    "v100-sxm2-32gb",
    "a100-sxm4-80gb",
    "h100-sxm5",
    "gb200",
    "b300",
    "tpu-v5p",
    "tpu-v7",
    "mi300x",
    "mi355x",
    "l40s",
]
PARTS = [
    "stage_work_time", "tensor_parallel_time", "expert_parallel_time", "context_parallel_time", "host_floor",
    "pipeline_transfer_time", "gradient_exchange_time", "exposed_exchange_time", "optimizer_time", "memory_per_device",
    "scores_forward_time", "linear_token_time",
]  # fmt: skip
WANTED = ["step_time", "model_flops_utilisation", "hardware_efficiency", "feasible", *PARTS]


def step(**values: Any) -> dict[str, Any]:
    return cs.estimate(**values, tokens=1e12, quantities=WANTED)


@pytest.mark.slow
@settings(max_examples=8)
@given(
    model=st.sampled_from(MODELS),
    accelerator=st.sampled_from(MACHINES),
    devices=st.sampled_from([64, 512, 4096]),
    tuned=st.sampled_from(["typical", "tuned"]),
    date=st.sampled_from([2022.0, 2023.2, 2024.0, 2026.5]),
    eight=st.booleans(),
)
def test_nothing_is_negative_and_utilisation_is_a_share(
    model: str, accelerator: str, devices: int, tuned: str, date: float, eight: bool
) -> None:
    values: dict[str, Any] = {"model": model, "accelerator": accelerator, "devices": devices}
    values |= {"software_level": tuned, "training_date": date}
    if eight and accelerator in ("h100-sxm5", "gb200", "b300", "mi300x"):
        values["precision"] = "fp8"
    found = step(**values)
    if found["feasible"] != 1:
        return
    assert all(found[part] >= 0 for part in PARTS)
    assert 0 < found["model_flops_utilisation"] <= 1
    assert 0 < found["hardware_efficiency"] <= 1


@pytest.mark.parametrize("precision", ["bf16", "fp8", "mxfp8", "nvfp4"])
def test_low_precision_is_faster_but_not_by_more_than_its_peak(precision: str) -> None:
    given = {"model": "llama-3-70b", "accelerator": "gb200", "devices": 256, "software_level": "tuned"}
    half, low = step(**given), step(**given, precision=precision)
    assert 0 < low["model_flops_utilisation"] <= 1
    gain = {"bf16": 1, "fp8": 2, "mxfp8": 2, "nvfp4": 4}[precision]
    assert half["hardware_efficiency"] / gain <= low["hardware_efficiency"] <= half["hardware_efficiency"] * 1.1


@settings(max_examples=10)
@given(
    kind=st.sampled_from(["mamba2", "gated_delta", "lightning"]),
    linear=st.integers(0, 32),
    tensor=st.sampled_from([1, 2, 8]),
)
def test_hybrids(kind: str, linear: int, tensor: int) -> None:
    """Work is positive whatever share of the layers has attention, and every block has its collectives."""
    values: dict[str, Any] = {**HYBRID, "accelerator": "h100-sxm5", "linear_layers": linear}
    values |= {"linear_key_heads": 16, "linear_key_head_size": 128} if kind == "gated_delta" else {}
    if linear:
        values["linear_kind"] = kind
    values |= {"devices": 8, "tensor_parallel": tensor, "pipeline_parallel": 1, "context_parallel": 1}
    values |= {"expert_parallel": 1, "microbatch": 1, "interleave": 1, "zero_stage": 3, "recomputation": "full"}
    wanted = [*WANTED, "layer_blocks", "attention_score_flops_per_token", "scan_token_time", "tensor_collective_time"]
    found = cs.estimate(**values, tokens=1e12, quantities=wanted)
    assert all(found[part] >= 0 for part in PARTS)
    assert found["layer_blocks"] == 64
    assert found["tensor_parallel_time"] == pytest.approx(64 * 3 * found["tensor_collective_time"])
    assert (found["attention_score_flops_per_token"] > 0) == (linear < 32)
    assert (found["scan_token_time"] > 0) == (linear > 0)
    assert found["feasible"] == 0 or 0 < found["model_flops_utilisation"] <= 1


@pytest.mark.parametrize("model", ["llama-3-70b", "mixtral-8x7b"])
@pytest.mark.parametrize("better", ["memory_bandwidth", "scale_out_bandwidth", "device_memory", "peak_flops_16bit"])
def test_a_better_machine_is_never_slower(model: str, better: str) -> None:
    """The best layout of the better machine is at least as good as that of the other."""
    given = {"model": model, "accelerator": "a100-sxm4-80gb", "devices": 256, "global_batch": 1024}
    now = {"memory_bandwidth": 2.039e12, "scale_out_bandwidth": 25e9, "device_memory": 80, "peak_flops_16bit": 312e12}
    assert step(**given, **{better: 2 * now[better]})["step_time"] <= step(**given, **now)["step_time"] * (1 + 1e-12)
