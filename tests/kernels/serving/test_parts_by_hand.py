"""Parts of the serving model, each beside the same sum done by hand with round numbers."""

from __future__ import annotations

import math

import pytest

from carbonsweep.kernels import REGISTRY

# A model of 10 layers, width 100, vocabulary 1000, 4 heads of 25, 2 of keys and values; t 2, s 1, a 1.
BY_HAND = [
    ("output_head_parameters", {"vocabulary_size": 1000, "hidden_size": 100}, 1e5),
    (
        "common_parameters",
        {
            "parameters": 1e6,
            "routed_expert_parameters": 3e5,
            "output_head_parameters": 1e5,
            "tied_embeddings": 0,
            "has_encoder": 0,
        },
        5e5,
    ),
    ("routed_share", {"experts": 8, "experts_per_token": 2, "zero_experts": 0}, 0.25),
    ("routed_share", {"experts": 8, "experts_per_token": 3, "zero_experts": 4}, 0.25),
    ("weight_bytes", {"weight_format": 4}, 0.5625),
    ("cache_bytes", {"kv_format": 1}, 1),
    ("current_step_time", {"lone_step_time": 0.01, "step_slope": 0.001, "busy_batch": 11, "busy_share": 0.5}, 0.01),
    ("peak_flops_16bit", {"precision": 0, "peak_flops_bf16": math.nan, "peak_flops_fp16": 125e12}, 125e12),
    (
        "weight_rate",
        {
            "weight_peak_flops": 1e15,
            "weight_format": 1,
            "peak_flops_fp4": math.nan,
            "serving_clock_fraction": 0.5,
            "serving_rate_16bit": 0.6,
            "serving_rate_8bit": 0.4,
            "serving_rate_4bit": 0.3,
        },
        2e14,
    ),
    ("score_rate", {"peak_flops_16bit": 1e15, "serving_clock_fraction": 0.5, "serving_rate_16bit": 0.6}, 3e14),
    (
        "full_cache_bytes",
        {
            "attention_blocks": 10,
            "local_layers": 4,
            "kv_heads": 2,
            "head_size": 25,
            "value_head_size": 0,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "keys_as_values": 0,
            "o_lora_rank": 0,
            "cache_bytes": 2,
            "has_encoder": 0,
        },
        6 * 2 * 50 * 2,
    ),
    (
        "full_cache_bytes",
        {
            "attention_blocks": 10,
            "local_layers": 0,
            "kv_heads": 1,
            "head_size": 128,
            "value_head_size": 0,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "keys_as_values": 0,
            "o_lora_rank": 64,
            "cache_bytes": 2,
            "has_encoder": 0,
        },
        5 * 64 + 5 * 2,
    ),
    (
        "local_cache_bytes",
        {
            "local_layers": 4,
            "local_kv_heads": 1,
            "kv_heads": 2,
            "local_head_size": 0,
            "head_size": 25,
            "value_head_size": 0,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "cache_bytes": 2,
        },
        4 * 50 * 2,
    ),
    ("local_window", {"attention_window": 0, "attention_chunk": 512}, 512),
    ("held_context", {"input_tokens": 100, "output_tokens": 50, "batching": 1}, 150),
    ("decode_context", {"input_tokens": 100, "output_tokens": 50}, 125),
    (
        "cache_read_bytes",
        {
            "full_cache_bytes": 1200,
            "local_cache_bytes": 400,
            "local_window": 64,
            "index_topk": 100,
            "decode_context": 125,
            "kv_shards": 2,
            "state_bytes": 1000,
            "serving_tensor_parallel": 2,
        },
        (1200 * 100 + 400 * 64) / 2 + 1000,
    ),
    (
        "cache_memory",
        {"device_memory": 80, "memory_fraction": 0.9, "memory_reserve": 2, "weight_bytes_per_device": 50e9},
        20e9,
    ),
    (
        "degrees_divide",
        {
            "serving_tensor_parallel": 3,
            "serving_pipeline_parallel": 1,
            "serving_data_parallel": 1,
            "attention_heads": 4,
            "layers": 10,
            "experts": 0,
        },
        0,
    ),
    ("rank_batch", {"running_batch": 64, "serving_data_parallel": 4, "serving_pipeline_parallel": 2}, 8),
    ("rank_batch", {"running_batch": 4, "serving_data_parallel": 4, "serving_pipeline_parallel": 2}, 1),
    ("busy_rank_batch", {"busy_batch": 64, "serving_data_parallel": 4, "serving_pipeline_parallel": 2}, 8),
    ("stack_time_factor", {"software_stack": 0, "rocm_time_factor": math.nan, "peak_flops_fp4": math.nan}, 1),
    ("stack_time_factor", {"software_stack": 1, "rocm_time_factor": 2, "peak_flops_fp4": math.nan}, 2),
    ("stack_time_factor", {"software_stack": 1, "rocm_time_factor": 2, "peak_flops_fp4": 9e15}, 1),
    ("stack_time_factor", {"software_stack": 1, "rocm_time_factor": math.nan, "peak_flops_fp4": 9e15}, math.nan),
    (
        "weight_read_time",
        {
            "common_parameters": 9e9,
            "output_head_parameters": 1e9,
            "weight_bytes": 2,
            "serving_tensor_parallel": 2,
            "memory_bandwidth": 2e12,
            "serving_weight_bandwidth": 0.5,
        },
        0.01,
    ),
    (
        "token_product_time",
        {
            "common_parameters": 4e9,
            "routed_expert_parameters": 8e9,
            "routed_share": 0.25,
            "weight_rate": 4e14,
            "expert_rate": 1e14,
            "serving_tensor_parallel": 2,
        },
        3e-5,
    ),
    (
        "sequence_extra_time",
        {
            "output_head_parameters": 1e9,
            "weight_rate": 1e15,
            "serving_tensor_parallel": 2,
            "serving_pipeline_parallel": 4,
            "engine_sequence_time": 1e-6,
        },
        5e-6,
    ),
    (
        "token_link_time",
        {
            "layers": 10,
            "hidden_size": 100,
            "moe_layers": 5,
            "experts_per_token": 2,
            "serving_tensor_parallel": 2,
            "serving_data_parallel": 4,
            "serving_link_rate": 1e6,
        },
        (20 + 15) * 200 / 1e6,
    ),
    (
        "collective_time",
        {
            "layers": 10,
            "moe_layers": 5,
            "serving_tensor_parallel": 2,
            "serving_data_parallel": 4,
            "serving_collective_latency": 1e-5,
        },
        3e-4,
    ),
    (
        "engine_pass_time",
        {
            "layers": 10,
            "moe_layers": 5,
            "experts_per_token": 2,
            "expert_format": 6,
            "weight_format": 1,
            "engine_layer_time": 1e-5,
            "unfused_layer_time": 1e-4,
        },
        6e-4,
    ),
    (
        "token_activation_time",
        {
            "hidden_size": 100,
            "layers": 10,
            "moe_layers": 5,
            "experts_per_token": 2,
            "serving_activation_passes": 8,
            "memory_bandwidth": 2e6,
            "serving_weight_bandwidth": 0.5,
        },
        8 * 200 * (10 + 5 * 2) / 1e6,
    ),
    (
        "token_pass_time",
        {"token_product_time": 2, "token_link_time": 1, "token_activation_time": 4, "stack_time_factor": 2},
        14,
    ),
    (
        "cache_read_time",
        {
            "cache_read_bytes": 1e9,
            "memory_bandwidth": 2e12,
            "serving_cache_bandwidth": 0.5,
            "stack_time_factor": 2,
        },
        2e-3,
    ),
    (
        "key_score_time",
        {
            "score_width": 200,
            "attention_heads": 4,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "full_blocks": 6,
            "serving_tensor_parallel": 2,
            "score_rate": 1e6,
            "stack_time_factor": 1,
        },
        1.2e-3,
    ),
    (
        "local_key_score_time",
        {
            "local_score_width": 0,
            "attention_heads": 4,
            "kv_lora_rank": 50,
            "qk_rope_size": 10,
            "local_layers": 4,
            "serving_tensor_parallel": 2,
            "score_rate": 1e6,
            "stack_time_factor": 1,
        },
        4 * 440 / 1e6,
    ),
    ("full_blocks", {"attention_blocks": 10, "local_layers": 4}, 6),
    ("computed_prompt", {"input_tokens": 1000, "prefix_hit": 0.25}, 750),
    (
        "prompt_pass_time",
        {
            "computed_prompt": 100,
            "input_tokens": 150,
            "token_pass_time": 1,
            "sequence_extra_time": 5,
            "stack_time_factor": 2,
            "key_score_time": 0.01,
            "local_key_score_time": 0.1,
            "local_window": 20,
            "index_topk": 0,
        },
        100 * (1 + 1 + 2) + 10,
    ),
    (
        "prompts_per_pass",
        {
            "computed_prompt": 1024,
            "running_batch": 100,
            "serving_data_parallel": 2,
            "serving_pipeline_parallel": 1,
        },
        16,
    ),
    (
        "all_experts_time",
        {
            "computed_prompt": 1,
            "prompts_per_pass": 2,
            "routed_share": 0.5,
            "routing_skew": 1,
            "serving_pipeline_parallel": 1,
            "expert_read_time": 4,
            "stack_time_factor": 2,
        },
        6,
    ),
    (
        "static_prefill_time",
        {
            "computed_prompt": 10,
            "fixed_pass_time": 1,
            "rank_batch": 8,
            "prompt_pass_time": 2,
            "all_experts_time": 3,
        },
        20,
    ),
    (
        "full_throughput",
        {
            "running_batch": 8,
            "full_tpot": 0.1,
            "batching": 1,
            "output_tokens": 50,
            "static_prefill_time": 3,
            "disaggregated": 0,
        },
        50,
    ),
    (
        "draft_step_time",
        {
            "draft_tokens": 3,
            "rank_batch": 8,
            "draft_token_time": 0.1,
            "draft_cost": 0.05,
            "decode_time": 2,
            "further_experts_time": 0.5,
        },
        3.2,
    ),
    (
        "further_experts_time",
        {"draft_tokens": 1, "experts_hit": 0.5, "expert_read_time": 4, "stack_time_factor": 1},
        1,
    ),
    (
        "lone_draft_experts_time",
        {
            "draft_tokens": 1,
            "routed_share": 0.5,
            "routing_skew": 1,
            "expert_read_time": 4,
            "stack_time_factor": 1,
        },
        1,
    ),
    ("interfering_prefill_time", {"prefill_share_time": 2, "disaggregated": 1}, 0),
    (
        "common_read_bytes",
        {
            "common_parameters": 9,
            "output_head_parameters": 1,
            "weight_bytes": 2,
            "serving_tensor_parallel": 4,
        },
        5,
    ),
    (
        "routed_read_bytes",
        {
            "routed_expert_parameters": 16,
            "expert_bytes": 2,
            "serving_tensor_parallel": 4,
            "serving_data_parallel": 2,
        },
        4,
    ),
    (
        "decode_pass_bytes",
        {
            "common_read_bytes": 5,
            "routed_read_bytes": 4,
            "routed_share": 0.5,
            "routing_skew": 1,
            "busy_rank_batch": 2,
            "serving_data_parallel": 1,
            "cache_read_bytes": 10,
        },
        28,
    ),
    (
        "token_flops_per_device",
        {
            "common_parameters": 6,
            "routed_expert_parameters": 8,
            "routed_share": 0.25,
            "serving_tensor_parallel": 2,
        },
        8,
    ),
    (
        "decode_flops_per_device",
        {
            "token_flops_per_device": 8,
            "output_head_parameters": 1,
            "score_width": 2,
            "attention_heads": 1,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "keys_met": 10,
            "serving_tensor_parallel": 2,
        },
        29,
    ),
    (
        "keys_met",
        {"full_blocks": 6, "local_layers": 4, "decode_context": 100, "index_topk": 0, "local_window": 10},
        640,
    ),
    (
        "prompt_keys_met",
        {
            "full_blocks": 6,
            "local_layers": 4,
            "input_tokens": 100,
            "computed_prompt": 100,
            "index_topk": 0,
            "local_window": 10,
        },
        340,
    ),
    (
        "prompt_flops_per_device",
        {
            "computed_prompt": 10,
            "token_flops_per_device": 8,
            "score_width": 2,
            "attention_heads": 1,
            "kv_lora_rank": 0,
            "qk_rope_size": 0,
            "prompt_keys_met": 5,
            "serving_tensor_parallel": 2,
        },
        180,
    ),
    (
        "prompt_bytes_per_step",
        {
            "computed_prompt": 10,
            "busy_batch": 50,
            "output_tokens": 100,
            "prompts_per_pass": 4,
            "common_read_bytes": 5,
            "routed_read_bytes": 3,
            "disaggregated": 0,
        },
        1,
    ),
    (
        "prompt_flops_per_step",
        {
            "busy_rank_batch": 50,
            "output_tokens": 100,
            "prompt_flops_per_device": 8,
            "disaggregated": 0,
        },
        4,
    ),
    (
        "busy_step_time",
        {
            "tpot": 1,
            "batching": 1,
            "static_prefill_time": 50,
            "output_tokens": 100,
            "disaggregated": 0,
        },
        1.5,
    ),
]


@pytest.mark.parametrize(("quantity", "values", "expected"), BY_HAND, ids=[row[0] for row in BY_HAND])
def test_by_hand(quantity: str, values: dict[str, float], expected: float) -> None:
    (equation,) = REGISTRY.quantities[quantity]
    assert set(values) == set(equation.inputs)
    found = equation.function(*(float(values[name]) for name in equation.inputs))
    assert found == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"degrees_divide": 0}, 3),
        ({"weight_peak_flops": math.nan}, 4),
        ({"expert_peak_flops": math.nan}, 0),
        ({"expert_peak_flops": math.nan, "experts": 8}, 4),
        ({"stack_time_factor": math.nan}, 7),
        ({"cache_memory": -1, "serving_fits": 0}, 1),
        ({"serving_fits": 0}, 2),
        ({"has_encoder": 1}, 8),
    ],
)
def test_why_a_replica_cannot_work(change: dict[str, float], code: int) -> None:
    (equation,) = REGISTRY.quantities["replica_infeasibility"]
    good = {
        "serving_fits": 1,
        "cache_memory": 1e9,
        "degrees_divide": 1,
        "weight_peak_flops": 1e15,
        "expert_peak_flops": 1e15,
        "experts": 0,
        "stack_time_factor": 1,
        "has_encoder": 0,
    }
    given = {**good, **change}
    assert equation.function(*(float(given[name]) for name in equation.inputs)) == code
