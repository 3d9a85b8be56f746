"""Parts of a training step, each beside the same sum done by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from carbonsweep.kernels import REGISTRY

GENERATIONS = REGISTRY.inputs["generation"].choices
KERNELS = REGISTRY.inputs["attention_kernel"].choices
PRECISIONS = REGISTRY.inputs["precision"].choices
NETWORK = {"sustained_scale_up": 150e9, "sustained_scale_out": 20e9, "scale_up_devices": 8, "call_latency": 1e-5}


def of(name: str) -> float:
    return float(GENERATIONS.index(name))


def calculate(quantity: str, variant: str = "standard", **given: Any) -> float:
    """One equation alone; inputs that are not given have their default."""
    (equation,) = (e for e in REGISTRY.quantities[quantity] if e.variant == variant)
    values = []
    for name in equation.inputs:
        value = given[name] if name in given else REGISTRY.inputs[name].default
        assert value is not None, name
        values.append(float(value))
    return equation.function(*values)


# ---------------------------------------------------------------- software


def test_what_software_does_by_its_date() -> None:
    assert calculate("training_date", model_year=2019, accelerator_year=2020) == 2026.9
    assert calculate("software_date", training_date=2020) == 2020
    for name, before, since in (("gradient_overlap", 0, 1), ("dropout", 1, 0)):
        assert calculate(name, software_date=2021.5) == before
        assert calculate(name, software_date=2023.0) == since
    assert [calculate("dropless", moe_layers=m, software_date=y) for m, y in ((4, 2024), (0, 2024), (4, 2022))] == [
        1,
        0,
        0,
    ]
    assert [calculate("is_tpu", generation=of(one)) for one in ("H100", "TPUv4", "TPU", "CDNA3")] == [0, 1, 1, 0]
    assert [
        calculate("balanced_stages", stage_balance=b, software_level=t) for b, t in ((0, 0), (0, 1), (1, 1), (3, 0))
    ] == [
        1,
        2,
        0,
        2,
    ]


# ---------------------------------------------------------------- rates


def test_share_of_large_products_by_generation() -> None:
    nvidia = [calculate("nvidia_matmul_fraction", generation=of(one)) for one in ("V100", "A100", "H100", "B200")]
    assert nvidia == [REGISTRY.inputs[f"matmul_fraction_{g}"].default for g in ("v100", "a100", "h100", "b200")]
    b300 = calculate("nvidia_matmul_fraction", generation=of("B300"), matmul_fraction_b200=0.5, b300_matmul_gain=1.2)
    assert b300 == pytest.approx(0.6)
    assert math.isnan(calculate("nvidia_matmul_fraction", generation=of("TPUv4")))
    assert calculate("tpu_matmul_fraction", generation=of("TPUv5p"), matmul_fraction_tpu_v5p=0.9) == 0.9
    assert math.isnan(calculate("tpu_matmul_fraction", generation=of("TPU")))
    unknown = {"nvidia_matmul_fraction": math.nan, "tpu_matmul_fraction": math.nan}
    share = {"generation": of("CDNA3"), **unknown}
    assert calculate("matmul_fraction", **share, isolated_matmul_fraction=0.6) == pytest.approx(0.51)
    assert calculate("matmul_fraction", **share, isolated_matmul_fraction=math.nan) == 0.65
    tpu = {**share, "tpu_matmul_fraction": 0.9, "isolated_matmul_fraction": math.nan}
    assert calculate("matmul_fraction", **tpu) == 0.9


def test_peaks_by_precision() -> None:
    peaks = {"peak_flops_bf16": 10, "peak_flops_fp16": 8, "peak_flops_fp8": 20, "peak_flops_int8": 18}
    for word, full, eight in (("half", 10, 20), ("fp16", 8, 20), ("fp8", 10, 20), ("int8", 10, 18), ("nvfp4", 10, 20)):
        precision = PRECISIONS.index(word)
        assert calculate("peak_flops_16bit", precision=precision, **peaks) == full
        assert calculate("peak_flops_8bit", precision=precision, **peaks) == eight
    assert calculate("peak_flops_4bit", peak_flops_fp4=40) == 40
    old = {"peak_flops_bf16": math.nan, "peak_flops_fp16": 8}
    assert calculate("peak_flops_16bit", precision=0, **old) == 8
    assert math.isnan(calculate("peak_flops_16bit", precision=1, **old))
    others = {"peak_flops_16bit": 10, "peak_flops_tf32": 5, "peak_flops_fp32": 1}
    full = [
        calculate("unquantised_peak_flops", precision=PRECISIONS.index(w), **others) for w in ("tf32", "fp32", "fp8")
    ]
    assert full == [5, 1, 10]
    widths = [
        calculate("operand_bits", precision=PRECISIONS.index(w)) for w in ("tf32", "bf16", "int8", "mxfp8", "nvfp4")
    ]
    assert widths == [32, 16, 8, 8, 4]


def test_rates_of_products() -> None:
    whole = {"unquantised_peak_flops": 100, "matmul_fraction": 0.6, "hidden_size": 4096, "unaligned_slowdown": 1.5}
    assert calculate("matrix_rate_16", **whole, tensor_parallel=8) == 60
    assert calculate("matrix_rate_16", **{**whole, "hidden_size": 4100}, tensor_parallel=8) == pytest.approx(40)
    given = {"matrix_rate_16": 60, "unquantised_peak_flops": 100, "peak_flops": 200}
    given |= {"matmul_gain_8bit": 1.1, "matmul_gain_4bit": 0.9}
    assert [calculate("matrix_rate", **given, operand_bits=b) for b in (16, 8, 4)] == pytest.approx([60, 132, 108])
    narrow = {"matrix_rate": 60, "expert_ffn_size": 1536, "hidden_size": 4096, "tensor_parallel": 2}
    narrow["half_rate_expert_width"] = 768
    assert calculate("grouped_rate", **narrow, expert_gain=1) == pytest.approx(30)
    assert calculate("grouped_rate", **narrow, expert_gain=3) == 60  # never above dense products
    padded = calculate("grouped_rate", **{**narrow, "expert_ffn_size": 1400}, expert_gain=1)
    assert padded == pytest.approx(60 * 700 / 1468 * 700 / 768)
    new = {"moe_layers": 1, "software_level": 1, "generation": of("B200"), "software_date": 2026.5}
    assert calculate("expert_gain", **new, expert_gain_2026=1.9) == 1.9
    for change in ({"moe_layers": 0}, {"software_level": 0}, {"generation": of("H100")}, {"software_date": 2026.3}):
        assert calculate("expert_gain", **{**new, **change}) == 1
    assert calculate("sustained_scale_up", scale_up_bandwidth=100, scale_up_efficiency=0.5) == 50
    assert calculate("sustained_scale_out", scale_out_bandwidth=100, scale_out_efficiency=0.8) == 80


@pytest.mark.parametrize(
    ("generation", "date", "kernel"),
    [
        ("V100", 2024, "unfused"),
        ("A100", 2022.5, "unfused"),
        ("A100", 2023, "A100"),
        ("H100", 2022.5, "unfused"),
        ("H100", 2023.2, "H100_first"),
        ("H100", 2024, "H100_fa2"),
        ("H100", 2025, "H100_own"),
        ("B200", 2025, "B200_own"),
        ("B300", 2026, "B300_own"),
        ("TPUv4", 2021, "TPU"),
        ("CDNA3", 2024, "CDNA"),
        ("other", 2025, "A100"),
    ],
)
def test_attention_kernel_of_the_time(generation: str, date: float, kernel: str) -> None:
    given = {"generation": of(generation), "software_date": date, "fused_attention_kernel": 1}
    found = calculate("attention_class", **given)
    assert KERNELS[int(found)] == kernel
    assert calculate("fused_attention", attention_class=found) == (kernel != "unfused")
    assert calculate("attention_class", **given, attention_kernel=KERNELS.index("H100_own")) == KERNELS.index(
        "H100_own"
    )
    if generation == "other":
        assert calculate("attention_class", **{**given, "fused_attention_kernel": 0}) == KERNELS.index("unfused")


def test_rate_of_attention() -> None:
    def share(kernel: str) -> float:
        found = KERNELS.index(kernel)
        hopper = calculate("hopper_attention_share", attention_class=found)
        return calculate("fused_attention_efficiency", attention_class=found, hopper_attention_share=hopper)

    assert share("H100_fa2") == 0.36
    for kernel in ("A100", "H100_first", "H100_own", "B200_own", "TPU", "CDNA"):
        assert share(kernel) == REGISTRY.inputs[f"attention_share_{kernel.lower()}"].default
    assert share("B300_own") == 1.25 * share("B200_own")
    given = {"unquantised_peak_flops": 100, "fused_attention_efficiency": 0.4, "matrix_rate_16": 60}
    assert [calculate("attention_rate", **given, fused_attention=f) for f in (0, 1)] == [60, 40]


# ---------------------------------------------------------------- work of a microbatch


def test_products_and_traffic_of_a_microbatch() -> None:
    """1,000 tokens, 4 blocks of width 10 on two ranks: D = 6,000, A = 2,000, R = 8,000 parameters."""
    assert calculate("microbatch_tokens", sequence_length=2000, microbatch=2, context_parallel=4) == 1000
    assert calculate("layer_blocks", attention_blocks=10, linear_layers=3, ffn_blocks=12) == 25
    on = {"tensor_parallel": 2}
    assert calculate("linear_token_time", **on, dense_layer_parameters=6000, matrix_rate=1e6) == 0.006
    given = {"active_expert_parameters": 2000, "expert_imbalance": 1.5, "grouped_rate": 1e6}
    assert calculate("grouped_token_time", **on, **given) == 0.003
    shape = {"dense_layer_parameters": 6000, "active_expert_parameters": 2000, "hidden_size": 10}
    width = calculate("matrix_width", **shape, tensor_parallel=2)
    assert width == 400
    assert calculate("stream_width", hidden_size=10, layer_blocks=4) == 80
    assert calculate("device_layer_weights", dense_layer_parameters=6000, tensor_parallel=2) == 3000
    held = {"routed_expert_parameters": 8000, "expert_parallel": 4, "tensor_parallel": 2}
    assert calculate("device_expert_weights", **held) == 1000
    each = {"element_bytes": 2, "matrix_traffic": 1.5}
    assert calculate("operand_token_traffic", stream_width=80, matrix_width=400, **each) == 2 * 1.5 * 880
    weights = {"device_layer_weights": 3000, "device_expert_weights": 1000}
    assert calculate("weight_traffic", **weights, **each) == 2 * (1.5 * 3000 + 1000)
    assert [calculate("sequence_split", sequence_parallel=p, tensor_parallel=2) for p in (0, 1)] == [1, 2]
    rest = {"hidden_size": 10, "layer_blocks": 4, "sequence_split": 2}
    assert calculate("elementwise_token_traffic", **rest, element_bytes=2, elementwise_bytes=9) == 9 * 10 * 2 / 2
    narrow = {"matrix_width": 400, "quantise_bytes": 2}
    assert [calculate("quantise_token_traffic", **narrow, operand_bits=b) for b in (16, 8)] == [0, 800]
    copies = {**on, "hidden_size": 10, "experts_per_token": 8, "moe_layers": 2, "permutation_bytes": 40}
    assert calculate("permutation_token_traffic", **copies, expert_gain=2) == 20 * 10 * 8 * 2 / 2
    traffic = {"operand_token_traffic": 10, "elementwise_token_traffic": 20, "permutation_token_traffic": 40}
    moved = calculate("layers_traffic", microbatch_tokens=100, weight_traffic=500, **traffic)
    assert moved == 7500
    times = {"linear_token_time": 6, "grouped_token_time": 3, "scan_token_time": 1, "memory_bandwidth": 100}
    assert calculate("layers_token_time", **times, **traffic, quantise_token_traffic=30) == 11
    whole = {"microbatch_tokens": 100, "weight_traffic": 500, "memory_bandwidth": 100}
    assert calculate("layers_forward_time", **whole, layers_token_time=11) == 1105


def test_scans_of_layers_without_attention() -> None:
    given = {"hidden_size": 10, "tensor_parallel": 2, "memory_bandwidth": 1e6}
    given |= {"unquantised_peak_flops": 1e6, "elementwise_bytes": 9, "scan_flops_per_token": 500}
    each = calculate("scan_token_time", **given, linear_layers=4)
    assert each == pytest.approx(500 / (0.1 * 2 * 1e6) + 3 * 9 * 10 * 4 / 2 / 1e6)
    assert calculate("scan_token_time", **given, linear_layers=0) == 0


def test_scores_and_head() -> None:
    scores = {"attention_heads": 4, "attention_blocks": 3, "sequence_length": 50}
    scores |= {"tensor_parallel": 2, "score_bytes": 12}
    assert calculate("score_token_traffic", **scores, fused_attention=0) == 12 * 4 * 3 * 50 / 2
    assert calculate("score_token_traffic", **scores, fused_attention=1) == 0
    given = {"executed_score_flops_per_token": 40, "tensor_parallel": 2, "attention_rate": 50}
    assert calculate("scores_token_time", **given, score_token_traffic=600, memory_bandwidth=100) == 6.4
    assert calculate("scores_forward_time", microbatch_tokens=100, scores_token_time=6.4) == 640
    head = {"tensor_parallel": 2, "hidden_size": 10, "vocabulary_size": 40}
    head |= {
        "element_bytes": 2,
        "matrix_traffic": 1.5,
        "memory_bandwidth": 100,
        "backward_passes": 2,
    }
    each = 3 * (2 * 10 * 20 / 1000 + (3 * 30 + 12 * 20) / 100)
    assert calculate("logits_token_time", **head, matrix_rate_16=1000) == pytest.approx(each)
    assert calculate("head_weights_time", **head) == pytest.approx(3 * 3 * 10 * 20 / 100)
    assert calculate("logits_time", microbatch_tokens=100, logits_token_time=5, head_weights_time=18) == 518


def test_modules_that_predict_further_tokens() -> None:
    """Two modules: a tenth of 600 FLOP, 4 x 10^2 and 2 x 10 x 50 each."""
    given = {"layers": 10, "hidden_size": 10, "vocabulary_size": 50, "attention_projection_flops_per_token": 100}
    given |= {"causal_score_flops_per_token": 200, "ffn_flops_per_token": 300}
    assert calculate("mtp_flops_per_token", **given, mtp_layers=2) == 2 * (60 + 400 + 1000)
    assert calculate("mtp_flops_per_token", **given, mtp_layers=0) == 0
    on = {"tensor_parallel": 2, "matrix_rate_16": 1000}
    assert calculate("mtp_token_time", **on, mtp_flops_per_token=40, backward_passes=2) == 0.06
    assert calculate("ends_time", microbatch_tokens=100, logits_time=5, mtp_token_time=0.06) == 11
    flops = {"forward_flops_per_token": 100, "mtp_flops_per_token": 10, "tokens": 2, "backward_passes": 2}
    assert calculate("training_flops", "per_layer", **flops) == 660


def test_what_is_computed_again() -> None:
    again = [calculate("repeated_share", "by_level", recomputation_level=level) for level in range(5)]
    assert again == [0, 0, 0.1, REGISTRY.inputs["repeated_share_operators"].default, 1]
    assert calculate("repeated_share", "given", recomputed_share=0.3) == 0.3
    scores = [calculate("repeated_scores", recomputation_level=level, repeated_share=0.3) for level in range(7)]
    assert scores == [0, 1, 0, 1, 1, 0.3, 0.3]
    given = {"layers_forward_time": 10, "scores_forward_time": 2, "repeated_share": 1, "repeated_scores": 1}
    given |= {"backward_passes": 2, "backward_reach": 1}
    assert calculate("layers_time", **given, fused_attention=1) == 10 * 4 + 2 * 4.5
    assert calculate("layers_time", **given, fused_attention=0) == 10 * 4 + 2 * 4
    flops = {"attention_score_flops_per_token": 3, "forward_flops_per_token": 10, "logit_flops_per_token": 2}
    flops |= {"backward_reach": 1}
    for share, of_scores, known in ((0, 0, 0), (0, 1, 3), (1, 1, 8), (0.4, 1, 5)):
        found = calculate("recomputation_flops_per_token", **flops, repeated_share=share, repeated_scores=of_scores)
        assert found == pytest.approx(known)


# ---------------------------------------------------------------- stages


def test_work_of_the_slowest_stage() -> None:
    given = {"layers_time": 80, "ends_time": 8}
    one = calculate("stage_work_time", **given, stage_share=1, pipeline_parallel=1, balanced_stages=1)
    assert one == 88
    four = {**given, "stage_share": 0.25, "pipeline_parallel": 4}
    assert calculate("stage_work_time", **four, balanced_stages=0) == 28  # the head stands on top of the last stage
    assert calculate("stage_work_time", **four, balanced_stages=1) == 22  # or is shared out
    uneven = {**given, "stage_share": 0.3, "pipeline_parallel": 4}
    assert (
        calculate("stage_work_time", **uneven, balanced_stages=0) == 24
    )  # three of 0.3; the last has 0.1 and the head


def test_host_and_stage() -> None:
    given = {"moe_layers": 0, "dropless": 0, "launch": 0, "expert_gain": 1}
    given |= {"launch_time_2022": 1e-3, "launch_time_now": 2e-4, "launch_time_experts": 2e-3}
    assert calculate("launch_time", **given, software_date=2022) == 1e-3
    assert calculate("launch_time", **given, software_date=2025) == 2e-4
    moe = {**given, "moe_layers": 4, "dropless": 1, "software_date": 2025}
    assert calculate("launch_time", **moe) == 2e-3
    assert calculate("launch_time", **{**moe, "launch": 2}) == pytest.approx(2e-4)
    assert calculate("launch_time", **{**moe, "expert_gain": 1.9}) == pytest.approx(2e-4)
    assert calculate("host_floor", launch_time=1e-3, layers=40, stage_share=0.25, repeated_share=1) == pytest.approx(
        0.04
    )
    parts = {
        "stage_work_time": 1,
        "tensor_parallel_time": 0.5,
        "expert_parallel_time": 0.3,
        "context_parallel_time": 0.2,
    }
    both = calculate("stage_time", **parts, host_floor=2, pipeline_transfer_time=0.1)
    assert both == pytest.approx(2 * 2**0.25 + 0.1)
    assert calculate("stage_time", **parts, host_floor=0, pipeline_transfer_time=0.1) == 2.1


# ---------------------------------------------------------------- messages


def test_tensor_parallel() -> None:
    """A message of 2 x 1,000 x 50 bytes, 2 (t - 1)/t of it, a fifth exposed, over the links of a node."""
    near = calculate("tensor_bandwidth", tensor_parallel=8, **NETWORK)
    assert near == 150e9
    # 16 ranks over two nodes: each node's eight adapters carry the ring
    assert calculate("tensor_bandwidth", tensor_parallel=16, **NETWORK) == 150e9
    assert calculate("tensor_bandwidth", tensor_parallel=16, **{**NETWORK, "scale_up_devices": 4}) == 80e9
    assert [calculate("exposed_tensor_share", software_level=s, is_tpu=t) for s, t in ((0, 0), (1, 0), (0, 1))] == [
        1,
        *[REGISTRY.inputs["exposed_tensor_traffic"].default] * 2,
    ]
    given = {"microbatch_tokens": 1000, "hidden_size": 50, "element_bytes": 2, "exposed_tensor_share": 0.2}
    given |= {"tensor_bandwidth": 150e9, "call_latency": 1e-5}
    seconds = calculate("tensor_collective_time", **given, tensor_parallel=8)
    assert seconds == pytest.approx(0.2 * 2 * 7 / 8 * 1e5 / 150e9 + 3e-5)
    assert calculate("tensor_collective_time", **given, tensor_parallel=1) == 0
    time = calculate(
        "tensor_parallel_time", layer_blocks=96, stage_share=0.5, repeated_share=1, tensor_collective_time=2
    )
    assert time == 3 * 48 * 2


def test_expert_parallel() -> None:
    """32 ranks, 8 a node: 4 nodes; of 8 experts a token reaches 4 (1 - (3/4)^8) nodes, 3/4 of them others."""
    near = calculate("near_experts", expert_parallel=32, tensor_parallel=1, context_parallel=1, scale_up_devices=8)
    assert near == 8
    across = {"expert_parallel": 32, "near_experts": 8, "experts_per_token": 8}
    crossed = calculate("crossings_per_token", **across, routing_node_limit=0)
    assert crossed == pytest.approx(3 * (1 - 0.75**8))
    assert calculate("crossings_per_token", **across, routing_node_limit=2) == 1.5
    copy = {"microbatch_tokens": 1000, "hidden_size": 50, "tensor_parallel": 2, "element_bytes": 2}
    assert calculate("token_copy_bytes", **copy) == 50_000
    given = {**NETWORK, "token_copy_bytes": 50_000, "exposed_expert_traffic": 0.3, "crossings_per_token": crossed}
    given |= {"near_experts": 8, "experts_per_token": 8}
    seconds = calculate("expert_exchange_time", **given, expert_parallel=32)
    assert seconds == pytest.approx(0.3 * 50_000 * (7 / 150e9 + crossed / 20e9) + 5e-5)
    assert calculate("expert_exchange_time", **given, expert_parallel=1) == 0
    whole = calculate("expert_parallel_time", moe_layers=10, stage_share=0.5, repeated_share=1, expert_exchange_time=2)
    assert whole == 6 * 5 * 2


def test_context_parallel() -> None:
    assert calculate("context_bandwidth", context_parallel=4, tensor_parallel=2, **NETWORK) == 150e9
    assert calculate("context_bandwidth", context_parallel=4, tensor_parallel=8, **NETWORK) == 20e9
    heads = {"kv_heads": 8, "head_size": 128, "qk_rope_size": 64}
    assert calculate("exchanged_key_width", **heads, kv_lora_rank=0) == 1024
    assert calculate("exchanged_key_width", **heads, kv_lora_rank=512) == 288
    given = {"microbatch_tokens": 1000, "tensor_parallel": 2, "exchanged_key_width": 1024, "attention_blocks": 10}
    given |= {"element_bytes": 2, "context_bandwidth": 20e9, "call_latency": 1e-5}
    exchange = calculate("context_exchange_time", **given, context_parallel=4)
    assert exchange == pytest.approx(3 * 10 * 3 * (4 * 1000 * 1024 / 2 / 20e9 + 1e-5))
    assert calculate("context_exchange_time", **given, context_parallel=1) == 0
    half = {"stage_share": 0.5, "context_exchange_time": 8}
    assert calculate("context_parallel_time", **half, scores_forward_time=1) == pytest.approx(0.5 * (5 + 0.8))
    assert calculate("context_parallel_time", **half, scores_forward_time=9) == pytest.approx(0.4)


def test_pipeline_transfer() -> None:
    given = {**NETWORK, "token_copy_bytes": 50_000, "scale_up_bandwidth": 300e9, "scale_out_efficiency": 0.8}
    given["exposed_pipeline_traffic"] = 0.3
    assert calculate("stage_handover_time", **given, devices=8) == pytest.approx(0.3 * 50_000 / 150e9 + 1e-5)
    assert calculate("stage_handover_time", **given, devices=16) == pytest.approx(0.3 * 50_000 / 20e9 + 1e-5)
    assert calculate("pipeline_transfer_time", pipeline_parallel=4, interleave=3, stage_handover_time=2) == 12
    assert calculate("pipeline_transfer_time", pipeline_parallel=1, interleave=1, stage_handover_time=2) == 0


def test_exchange_between_replicas() -> None:
    """16 replicas of t = 4 in nodes of 8: two near, eight far."""
    replicas = {"data_parallel": 8, "context_parallel": 2}
    assert [calculate("sharded_in_groups", "by_stage", zero_stage=z) for z in (1, 3, 4)] == [0, 0, 1]
    assert [calculate("group_shards", "domain", **replicas, scale_up_devices=z) for z in (1, 8, 72)] == [1, 8, 16]
    assert [calculate("group_shards", "given", **replicas, shard_group=g) for g in (4, 32)] == [4, 16]
    of_four = {"group_shards": 4, **replicas}
    assert [calculate("dense_shard_share", **of_four, sharded_in_groups=g) for g in (0, 1)] == [1 / 16, 1 / 4]
    assert [calculate("expert_group_shards", group_shards=8, expert_parallel=e) for e in (4, 16)] == [2, 1]
    experts = {"expert_replicas": 4, "expert_group_shards": 2}
    assert [calculate("expert_shard_share", **experts, sharded_in_groups=g) for g in (0, 1)] == [1 / 4, 1 / 2]
    dense = {"tensor_parallel": 4, **NETWORK}
    whole, group = 1 / 2 / 150e9 + 7 / 8 / (2 * 20e9), 1 / 2 / 150e9 + 1 / 2 / (2 * 20e9)
    assert calculate("whole_dense_ring_time", **dense, **replicas) == pytest.approx(whole)
    assert calculate("group_dense_ring_time", **dense, group_shards=4) == pytest.approx(group)
    assert calculate("group_dense_ring_time", **dense, group_shards=1) == 0
    times = {"whole_dense_ring_time": 7, "group_dense_ring_time": 1}
    assert [calculate("dense_ring_time", **times, sharded_in_groups=g) for g in (0, 1)] == [7, 1]
    assert calculate("expert_replicas", data_parallel=16, context_parallel=2, expert_parallel=4) == 8
    assert calculate("expert_replicas", data_parallel=16, context_parallel=1, expert_parallel=32) == 1
    ring = {"tensor_parallel": 1, "expert_parallel": 8, **NETWORK}
    assert calculate("whole_expert_ring_time", **ring, expert_replicas=4) == pytest.approx(3 / 4 / 20e9)
    assert calculate("group_expert_ring_time", **ring, expert_group_shards=2) == pytest.approx(1 / 2 / 20e9)
    times = {"whole_expert_ring_time": 7, "group_expert_ring_time": 1}
    assert [calculate("expert_ring_time", **times, sharded_in_groups=g) for g in (0, 1)] == [7, 1]
    assert [calculate("groups_divide", **replicas, group_shards=3, sharded_in_groups=g) for g in (0, 1)] == [1, 0]
    assert calculate("groups_divide", **of_four, sharded_in_groups=1) == 1
    assert calculate("infeasibility", broken_rule=0, groups_divide=0, fits_in_memory=0) == 11
    ends = {"stage_share": 0.5, "dense_layer_parameters": 800, "vocabulary_size": 20, "hidden_size": 10}
    for pipeline, known in ((1, 350), (2, 300)):
        assert calculate("exchanged_dense_parameters", **ends, pipeline_parallel=pipeline, tensor_parallel=2) == known
    sent = {"microbatches": 4, "gradient_bytes": 4, "element_bytes": 2, "trained_share": 1}
    assert [calculate("exchanged_bytes", **sent, zero_stage=z) for z in (0, 1, 3)] == [6, 6, 18]
    assert calculate("layer_hop_latency", hop_latency=1, is_tpu=0) == 1
    assert calculate("layer_hop_latency", hop_latency=1, is_tpu=1) == 0.05
    far = {"tensor_parallel": 4, "scale_up_devices": 8}
    assert calculate("whole_exchange_hops", **far, **replicas) == 7
    assert calculate("group_exchange_hops", **far, group_shards=4) == 1
    counts = {"whole_exchange_hops": 7, "group_exchange_hops": 1}
    assert [calculate("exchange_hops", **counts, sharded_in_groups=g) for g in (0, 1)] == [7, 1]
    hops = {"exchange_hops": 7, "microbatches": 4, "stage_layers": 10, "layer_hop_latency": 1e-6}
    assert calculate("exchange_hops_time", **hops, zero_stage=1) == pytest.approx(2 * 10 * 7 * 1e-6)
    assert calculate("exchange_hops_time", **hops, zero_stage=3) == pytest.approx(9 * 10 * 7 * 1e-6)
    parts = {"exchanged_bytes": 6, "exchanged_dense_parameters": 100, "dense_ring_time": 2}
    parts |= {"device_expert_parameters": 10, "expert_ring_time": 3, "exchange_hops_time": 5}
    assert calculate("gradient_exchange_time", **parts, group_exchange_time=7) == 6 * 230 + 5 + 7


def test_what_of_the_exchange_shows() -> None:
    shares = {"exposed_gathers": 0.2, "exposed_gradients": 0.6}
    found = [
        calculate("exposed_exchange_share", **shares, zero_stage=z, gradient_overlap=o)
        for z, o in ((3, 1), (1, 1), (1, 0))
    ]
    assert found == [0.2, 0.6, 1]
    given = {"stage_work_time": 10, "microbatches": 4, "exposed_exchange_share": 0.5}
    assert calculate("exposed_exchange_time", **given, gradient_exchange_time=4, zero_stage=1) == 2
    assert calculate("exposed_exchange_time", **given, gradient_exchange_time=9, zero_stage=1) == 3 + 3
    assert calculate("exposed_exchange_time", **given, gradient_exchange_time=40, zero_stage=3) == 18 + 4


# ---------------------------------------------------------------- the step


def test_the_step() -> None:
    """Narayanan et al. 2021: the bubble is (p - 1)/(v m) of the work."""
    assert calculate("microbatches", global_batch=64, data_parallel=4, microbatch=2) == 8
    given = {
        "stage_time": 2,
        "exposed_exchange_time": 3,
        "optimizer_time": 1,
        "pipeline_parallel": 8,
        "microbatches": 16,
    }
    assert calculate("step_time", **given, interleave=1, straggler_factor=1) == pytest.approx(32 * (1 + 7 / 16) + 4)
    assert calculate("step_time", **given, interleave=2, straggler_factor=1.1) == pytest.approx(1.1 * (39 + 4))
    assert calculate("straggler_factor", devices=4, straggler_loss=0.003) == 1
    assert calculate("straggler_factor", devices=16384, straggler_loss=0.003) == pytest.approx(1.033)
    held = {
        "exchanged_dense_parameters": 100,
        "device_expert_parameters": 40,
        "dense_shard_share": 1 / 10,
        "expert_shard_share": 1 / 4,
    }
    for trained, known in ((1, [140, 20]), (0.5, [70, 10])):
        found = [calculate("updated_parameters", **held, zero_stage=z, trained_share=trained) for z in (0, 1)]
        assert found == known
    assert calculate("held_weight_bytes", element_bytes=2, frozen_bytes=0.5, trained_share=0.25) == 0.875
    assert calculate("trained_gradient_bytes", gradient_bytes=4, trained_share=0.25) == 1
    assert calculate("trained_optimizer_bytes", optimizer_bytes=12, trained_share=0.25) == 3
    assert calculate("optimizer_time", updated_parameters=1e9, optimizer_bytes=12, memory_bandwidth=1e12) == 0.03


def test_activation_parts() -> None:
    """Korthikanti et al. 2022 with dropout: 10 s b h outside, 24 inside, 5 a s of scores."""
    stream = {"microbatch_tokens": 1000, "hidden_size": 64, "layers": 4, "moe_layers": 0, "experts_per_token": 0}
    stream |= {"dropout": 1, "sequence_split": 2, "element_bytes": 2}
    assert calculate("stream_activation_memory", **stream) == 10 * 1000 * 64 / 2
    inside = {"microbatch_tokens": 1000, "matrix_width": 4 * 12 * 64 / 8, "layers": 4, "element_bytes": 2}
    assert calculate("inner_activation_memory", **inside) == 24 * 1000 * 64 / 8
    assert calculate("attention_blocks_per_layer", attention_blocks=3, layers=4) == 0.75
    scores = {"microbatch_tokens": 1000, "attention_heads": 8, "attention_blocks_per_layer": 1, "sequence_length": 100}
    scores |= {"tensor_parallel": 8, "dropout": 1, "element_bytes": 2}
    assert calculate("score_activation_memory", **scores, fused_attention=0) == 5 * 1000 * 100
    assert calculate("score_activation_memory", **scores, fused_attention=1) == 0


# ---------------------------------------------------------------- what a sequence takes at least


def test_bounds_of_a_sequence() -> None:
    """4 stages of 3 layers, 2 replicas; work alone is 3 x 2 + 3.5 x 4 + 5 + 1 a token, at most 8 microbatches."""
    assert calculate("score_passes", fused_attention=1, backward_reach=1) == 3.5
    assert calculate("score_passes", fused_attention=0, backward_reach=0.5) == 2
    most = calculate("most_microbatches", "target", batch_tokens=7000, sequence_length=500, data_parallel=2)
    assert most == 8
    assert calculate("most_microbatches", "given", global_batch=16, data_parallel=2) == 8
    layout = {"pipeline_parallel": 4, "data_parallel": 2, "layers": 12}
    times = {"layers_token_time": 2, "scores_token_time": 4, "logits_token_time": 5, "mtp_token_time": 1}
    loss = {"straggler_factor": 1.5, "backward_passes": 2, "score_passes": 3.5}
    split = {"sequence_length": 500, "context_parallel": 5}
    bare = calculate("bare_sequence_time", **times, **layout, **loss, **split, most_microbatches=most)
    assert bare == pytest.approx(1.5 * 26 * 100 / 8 * (1 + 3 / (3 * 8)), rel=1e-8)
    microbatch = {"layers_forward_time": 250, "scores_forward_time": 400, "ends_time": 600}
    collectives = {"tensor_collective_time": 3, "expert_exchange_time": 2, "layer_blocks": 24, "moe_layers": 10}
    given = {"pipeline_parallel": 4, "data_parallel": 2, "microbatch": 2}
    least = calculate("least_sequence_time", **microbatch, **collectives, **loss, **given)
    assert least == pytest.approx(1.5 * (750 + 1400 + 600 + 144 + 80) / 16, rel=1e-8)
    paced = {"least_sequence_time": 100, "pipeline_parallel": 4, "microbatches": 6}
    assert calculate("piped_sequence_time", **paced, layers=12) == pytest.approx(100 * (1 + 3 / 18))
    assert calculate("paced_sequence_time", **paced, interleave=2) == pytest.approx(100 * (1 + 3 / 12))
    memory = {"state_memory": 70e9, "usable_memory": 80}
    assert [calculate("states_fit", **memory, framework_memory=f) for f in (9, 11)] == [1, 0]
