"""A full replica: the equations against the model written straight down, limits and laws."""

from __future__ import annotations

import math

import pytest

from carbonsweep.catalogs import load
from carbonsweep.configuration.estimate import evaluate_configuration
from carbonsweep.kernels.serving.capacity import SERVING_REASONS
from carbonsweep.kernels.serving.constants import SERVING_CONSTANTS
from tests.kernels.serving.twin import full_replica

WORK = {
    "input_tokens": 1000,
    "output_tokens": 300,
    "serving_batch": 64,
    "serving_tensor_parallel": 4,
    "serving_pipeline_parallel": 1,
    "serving_data_parallel": 1,
    "engine": "vllm-2025",
}
LLAMA = {"model": "llama-3.1-70b", "accelerator": "h100-sxm5"}


def serve(*wanted: str, **values: float | str) -> list[float]:
    return list(evaluate_configuration({**WORK, **values}, wanted).quantities.values())


def one(wanted: str, **values: float | str) -> float:
    return serve(wanted, **values)[0]


def parts(model: str, accelerator: str, engine: str) -> tuple[dict[str, float], ...]:
    """What the twin takes, from the catalogs."""
    row, device, software = (
        load("models").get(model),
        load("accelerators").get(accelerator),
        load("engines").get(engine),
    )
    got = {name: value for name, value in row.inputs.items() if value == value}
    counted = evaluate_configuration({"model": model}, ["parameters", "routed_expert_parameters"]).quantities
    shape = {
        "parameters": counted["parameters"],
        "routed": counted["routed_expert_parameters"],
        "vocabulary": got["vocabulary_size"],
        "width": got["hidden_size"],
        "tied": got["tied_embeddings"],
        "layers": got["layers"],
        "mixtures": got.get("moe_layers", 0),
        "experts": got.get("experts", 0),
        "picked": got.get("experts_per_token", 0),
        "heads": got["attention_heads"],
        "kv_heads": got["kv_heads"],
        "head": got["head_size"],
        "latent": got.get("kv_lora_rank", 0),
        "rope": got.get("qk_rope_size", 0),
        "blocks": got["layers"],
        "local": got.get("local_layers", 0),
        "window": got.get("attention_window", 0) or got.get("attention_chunk", 0),
    }
    known = device.values
    machine = {
        "memory": known["mem_gb"] * 1e9,
        "bandwidth": known["mem_bw_gbs"] * 1e9,
        "link": known["interconnect_gbs"] * 0.5e9,
        "tdp": known["tdp_w"],
        **{name: (known[f"{name}_tflops"] or math.nan) * 1e12 for name in ("bf16", "fp8", "fp4")},
    }
    machine["int4"] = machine["bf16"]
    cells = software.values
    overhead = {
        "layer": cells["layer_time_us"] * 1e-6,
        "sequence": cells["sequence_time_us"] * 1e-6,
        "unfused": cells["unfused_layer_time_us"] * 1e-6,
    }
    value = {name: constant.value for name, constant in SERVING_CONSTANTS.items()}
    constants = {
        "16": value["serving_rate_16bit"],
        "8": value["serving_rate_8bit"],
        "4": value["serving_rate_4bit"],
        "expert": value["serving_expert_rate"],
        "weights": value["serving_weight_bandwidth"],
        "cache": value["serving_cache_bandwidth"],
        "latency": value["serving_collective_latency"],
        "activations": value["serving_activation_passes"],
        "static": value["static_power_share"],
        "compute": value["operation_energy"] * machine["bf16"] / machine["tdp"],
        "x": value["power_exponent"],
        "memory": value["memory_read_energy"] * machine["bandwidth"] / machine["tdp"],
    }
    return shape, machine, overhead, constants


CASES = [
    ("llama-3.1-70b", "h100-sxm5", "vllm-2025", "bf16", "bf16", 64, 4, 1, 1, 0.0),
    ("llama-3.1-405b", "h200-sxm", "trtllm-2025", "fp8", "fp8", 300, 8, 2, 1, 0.5),
    ("deepseek-v3", "b200", "sglang-2025", "fp8", "bf16", 256, 1, 1, 8, 0.0),
    ("qwen3-235b-a22b", "b200", "trtllm-2025", "fp4", "fp8", 128, 4, 1, 2, 0.0),
    ("gemma-3-27b", "a100-sxm4-80gb", "vllm-2024", "int4", "bf16", 16, 1, 1, 1, 0.0),
    ("llama-4-scout", "h100-sxm5", "vllm-2025", "bf16", "bf16", 5000, 8, 1, 1, 0.2),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_equations_give_the_model_as_written_straight_down(case: tuple) -> None:
    model, accelerator, engine, weights, kv, batch, t, s, a, hit = case
    work = {"I": 2000, "O": 500, "B": batch, "t": t, "s": s, "a": a, "weights": weights, "experts": weights, "kv": kv}
    expected = full_replica(*parts(model, accelerator, engine), {**work, "prefix_hit": hit})
    assert expected["finite"]
    values = {
        "model": model,
        "accelerator": accelerator,
        "engine": engine,
        "input_tokens": 2000,
        "output_tokens": 500,
        "serving_batch": batch,
        "serving_tensor_parallel": t,
        "serving_pipeline_parallel": s,
        "serving_data_parallel": a,
        "weight_format": weights,
        "kv_format": kv,
        "prefix_hit": hit,
    }
    names = [name for name in expected if name not in ("static_throughput", "finite")]
    found = evaluate_configuration(values, names).quantities
    for name in names:
        assert found[name] == pytest.approx(expected[name], rel=1e-9), name
    if batch < expected["kv_capacity"] / 2:
        static = evaluate_configuration({**values, "batching": "static"}, ["replica_throughput"]).quantities
        assert static["replica_throughput"] == pytest.approx(expected["static_throughput"], rel=1e-9)


def test_bytes_of_a_cached_token() -> None:
    """DeepSeek-V3: 61 layers (512 + 64) numbers of 2 bytes; Llama-3.1-70B: 80 layers, 8 heads, 128, keys and values."""
    assert one("kv_bytes_per_token", model="deepseek-v3", accelerator="h100-sxm5") == 70272
    assert one("kv_bytes_per_token", **LLAMA) == 327680
    assert one("kv_bytes_per_token", **LLAMA, kv_format="fp8") == 163840
    assert one("kv_bytes_per_sequence", **LLAMA, serving_tensor_parallel=1) == 327680 * 1150
    assert one("kv_shards", model="deepseek-v3", accelerator="h100-sxm5") == 1
    assert one("kv_shards", **LLAMA, serving_tensor_parallel=16) == 8


def test_layers_without_attention_hold_a_state_that_does_not_grow() -> None:
    hybrid = {"model": "qwen3-next-80b-a3b", "accelerator": "h200-sxm", "serving_tensor_parallel": 1}
    short, long = (one("kv_bytes_per_sequence", **hybrid, input_tokens=tokens) for tokens in (1000, 100_000))
    state = one("state_bytes", **hybrid)
    assert state > 0
    assert (long - state) / (short - state) == pytest.approx(100_150 / 1150)


@pytest.mark.parametrize(
    ("model", "accelerator", "devices", "weights", "code"),
    [
        ("llama-3.1-70b", "h100-sxm5", 1, "bf16", 1),
        ("llama-3.1-405b", "h100-sxm5", 8, "bf16", 1),
        ("llama-3.1-405b", "h100-sxm5", 8, "fp8", 0),
        ("llama-3.1-70b", "h100-sxm5", 2, "bf16", 0),
        ("llama-3.1-8b", "h100-sxm5", 3, "bf16", 3),
        ("llama-3.1-70b", "a100-sxm4-80gb", 4, "fp8", 4),
        ("llama-3.1-70b", "h100-sxm5", 4, "fp4", 4),
    ],
)
def test_what_fits(model: str, accelerator: str, devices: int, weights: str, code: int) -> None:
    given = {"model": model, "accelerator": accelerator, "serving_tensor_parallel": devices, "weight_format": weights}
    found, fits, throughput = serve("serving_infeasibility", "serving_fits", "replica_throughput", **given)
    assert found == code
    assert fits == (code not in (1, 2))
    assert math.isnan(throughput) == (code != 0)


def test_a_long_request_does_not_fit_beside_the_weights() -> None:
    given = {**LLAMA, "serving_tensor_parallel": 2, "input_tokens": 200_000}
    assert one("serving_infeasibility", **given) == 2


def test_an_engine_that_does_not_run_on_the_device() -> None:
    given = {"model": "llama-3.1-70b", "accelerator": "mi300x", "engine": "trtllm-2025"}
    assert one("serving_infeasibility", **given) == 7
    assert one("serving_extrapolated", **given) == 1
    assert one("serving_extrapolated", **LLAMA) == 0


@pytest.mark.parametrize(
    "given",
    [{"model": "t5-11b"}, {"model": "bert-large"}, {"model": "llama-3.1-8b", "encoder_layers": 12}],
    ids=["encoder-decoder", "encoder", "by hand"],
)
def test_a_model_with_an_encoder_is_not_served(given: dict[str, object]) -> None:
    wanted = ["tpot", "prefill_time", "kv_bytes_per_token", "energy_per_request"]
    found = evaluate_configuration({**WORK, **LLAMA, **given}, [*wanted, "serving_infeasibility"])
    assert found.quantities.pop("serving_infeasibility") == 8
    assert all(math.isnan(value) for value in found.quantities.values())
    assert found.notes == (f"not possible: {SERVING_REASONS[8]}",)


def test_attention_data_parallelism_needs_experts() -> None:
    assert one("serving_infeasibility", **LLAMA, serving_data_parallel=2) == 3


@pytest.mark.parametrize(
    ("name", "factor", "wanted", "rises"),
    [
        ("memory_bandwidth", 1.5, "replica_throughput", True),
        ("peak_flops_bf16", 1.5, "replica_throughput", True),
        ("interconnect_bandwidth", 1.5, "replica_throughput", True),
        ("serving_batch", 1.5, "replica_throughput", True),
        ("device_memory", 1.5, "kv_capacity", True),
        ("thermal_design_power", 1.2, "energy_per_output_token", True),
        ("serving_batch", 1.5, "energy_per_output_token", False),
        ("input_tokens", 1.5, "replica_throughput", False),
        ("engine_layer_time", 1.5, "replica_throughput", False),
    ],
)
def test_monotone(name: str, factor: float, wanted: str, rises: bool) -> None:
    known = evaluate_configuration({**WORK, **LLAMA}, [wanted]).values
    changed = one(wanted, **{**LLAMA, name: known[name] * factor})
    assert (changed > known[wanted]) == rises
    assert changed != known[wanted]


def test_limits() -> None:
    mixture = {"model": "qwen3-235b-a22b", "accelerator": "h200-sxm", "serving_tensor_parallel": 8}
    assert one("experts_hit", **mixture, serving_batch=1) == pytest.approx(8 / 128)
    assert one("experts_hit", **mixture, serving_batch=1e4) == pytest.approx(1, abs=1e-6)
    assert one("prefill_time", **LLAMA, prefix_hit=1) == 0
    alone = {**LLAMA, "serving_batch": 1, "prefix_hit": 1}
    assert one("tpot", **alone) == one("lone_decode_time", **alone)
    assert one("tpot", **LLAMA, draft_tokens=0) == one("tpot", **LLAMA)
    all_right = {**LLAMA, "draft_tokens": 3, "acceptance": 1, "draft_cost": 0}
    assert one("tokens_per_step", **all_right) == 4
    assert one("tokens_per_step", **{**all_right, "acceptance": 0.5}) == pytest.approx(1.875)
    assert one("decode_step_time", **all_right) < one("decode_step_time", **LLAMA)
    assert one("decode_step_time", **{**all_right, "acceptance": 0}) > one("decode_step_time", **LLAMA)


def test_verifying_a_draft_is_a_pass_with_more_tokens() -> None:
    """Of B sequences with g + 1 tokens each: common products and experts as of (g + 1) B, cache and head as of B."""
    mixture = {"model": "qwen3-235b-a22b", "accelerator": "h200-sxm", "serving_tensor_parallel": 8, "draft_cost": 0}
    known = evaluate_configuration(
        {**WORK, **mixture, "draft_tokens": 2, "acceptance": 0.6}, ["decode_step_time"]
    ).values
    hit = 1 - (1 - 8 / 128) ** (3 * 64)
    whole = known["fixed_pass_time"] + 64 * (known["sequence_pass_time"] + 2 * known["draft_token_time"])
    whole += hit * known["expert_read_time"]
    assert known["decode_step_time"] == pytest.approx(whole / (1 + 0.6 + 0.36))


def test_skewed_routing_hits_fewer_experts() -> None:
    mixture = {"model": "mixtral-8x7b", "accelerator": "h100-sxm5", "serving_batch": 8}
    assert one("experts_hit", **mixture, routing_skew=8) == pytest.approx(0.25)
    assert one("decode_time", **mixture, routing_skew=8) < one("decode_time", **mixture)


def test_experts_have_a_format_of_their_own() -> None:
    given = {"model": "gpt-oss-120b", "accelerator": "h100-sxm5", "serving_tensor_parallel": 2}
    both = evaluate_configuration({**WORK, **given, "expert_format": "mxfp4"}, ["expert_bytes", "expert_peak_flops"])
    assert both.quantities == {"expert_bytes": 0.53, "expert_peak_flops": 989.4e12}
    blackwell = {**WORK, **given, "accelerator": "b200", "expert_format": "mxfp4"}
    assert evaluate_configuration(blackwell, ["expert_peak_flops"]).quantities["expert_peak_flops"] == 9e15


def test_groups_wider_than_a_fast_domain_use_the_network() -> None:
    assert one("serving_link_rate", **LLAMA) == 450e9
    assert one("serving_link_rate", **LLAMA, serving_tensor_parallel=16) == 50e9


def test_parts_of_energy_are_the_whole() -> None:
    names = ("energy_per_request", "prefill_energy_per_request", "decode_energy_per_request")
    whole, prompt, answer = serve(*names, **LLAMA)
    assert prompt > 0
    assert answer > prompt
    assert whole == pytest.approx(prompt + answer)
    assert one("energy_per_output_token", **LLAMA) == pytest.approx(whole * 3600 / 300)


def test_caps_and_clocks() -> None:
    capped = {**LLAMA, "power_cap_fraction": 0.6}
    assert one("serving_clock_fraction", **LLAMA) == 1
    assert 0.3 <= one("serving_clock_fraction", **capped) < 1
    assert one("busy_power", **capped) <= 0.6 * 700
    assert one("replica_throughput", **capped) < one("replica_throughput", **LLAMA)
    slow = {**LLAMA, "clock_fraction": 0.8}
    assert one("serving_power", **slow) < one("serving_power", **LLAMA)
    prompt, answer = (one(name, **slow) / one(name, **LLAMA) for name in ("prefill_time", "decode_time"))
    assert 1 < answer < prompt <= 1.25


def test_disaggregation_moves_prompts_away() -> None:
    apart = {**LLAMA, "disaggregated": 1, "request_rate": 20}
    assert one("tpot", **apart) < one("tpot", **LLAMA, request_rate=20)
    assert one("prefill_replicas", **apart) == math.ceil(20 * 1.5 * one("prefill_time", **LLAMA) / 0.7)
    assert one("prefill_replicas", **LLAMA, request_rate=20) == 0
    assert one("cache_transfer_time", **apart) == pytest.approx(1000 * 327680 / (50e9 * 4))
    assert one("prefill_pool_energy", **apart) > one("prefill_energy_per_request", **apart)
