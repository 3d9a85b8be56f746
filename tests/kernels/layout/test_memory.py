"""Memory of a device: the relations of Korthikanti et al. 2022 and ZeRO, by hand."""

import pytest

# Korthikanti et al. 2022, Table 3: the 22B model, microbatch 4, t = 8.
SHAPE = {"layers": 48, "hidden_size": 6144, "attention_heads": 64, "vocabulary_size": 51200, "sequence_length": 2048}
RUN = {**SHAPE, "microbatch": 4, "tensor_parallel": 8, "context_parallel": 1, "fused_attention": 0}
RUN |= {"software_date": 2021, "precision": 1}
SBH = 2048 * 4 * 6144


@pytest.mark.parametrize(
    ("recomputation", "sequence_parallel", "per_sbh"),
    [
        (0, 0, 10 + 24 / 8 + 5 * 64 * 2048 / (6144 * 8)),  # tensor parallel
        (0, 1, (34 + 5 * 64 * 2048 / 6144) / 8),  # and sequence parallel
        (1, 0, 10 + 24 / 8),  # selective recomputation
        (1, 1, 34 / 8),
        (4, 0, 2),  # full recomputation
        (4, 1, 2 / 8),  # inputs of layers are split over the sequence too
    ],
)
def test_activations_of_a_layer(evaluate, recomputation, sequence_parallel, per_sbh):
    given = {**RUN, "recomputation_level": recomputation, "sequence_parallel": sequence_parallel}
    assert evaluate("kept_activation_memory", **given) == pytest.approx(per_sbh * SBH, rel=1e-12)


def test_one_device_without_parallelism(evaluate):
    """s b h (34 + 5 a s / h): 2048 x 4 x 6144 x 140.667 bytes."""
    given = {**RUN, "tensor_parallel": 1, "recomputation_level": 0, "sequence_parallel": 0}
    assert evaluate("layer_activation_memory", **given) == pytest.approx(50331648 * (34 + 5 * 64 * 2048 / 6144))
    assert evaluate("layer_activation_memory", **{**given, "fused_attention": 1}) == pytest.approx(50331648 * 34)


@pytest.mark.parametrize(
    ("layers", "pipeline", "interleave", "count", "flexible", "in_layers"),
    [
        (48, 1, 1, 16, 0, 48),
        (48, 4, 1, 16, 0, 48),  # p microbatches of l/p layers
        (48, 4, 2, 16, 0, 48 * (1 + 3 / 8)),  # times 1 + (p - 1)/(p v)
        (48, 4, 2, 16, 1, 48),  # unless it warms up like 1F1B
        (48, 4, 1, 2, 0, 24),  # only two microbatches
        (61, 16, 1, 64, 0, 60),  # the first stage has 3 layers, those with 4 come later: max(3 x 16, 4 x 15)
    ],
)
def test_microbatches_in_flight(evaluate, layers, pipeline, interleave, count, flexible, in_layers):
    given = {"layers": layers, "pipeline_parallel": pipeline, "interleave": interleave, "microbatches": count}
    given |= {"flexible_schedule": flexible, "balanced_stages": 1}
    assert evaluate("layers_in_flight", **given) == pytest.approx(in_layers)
    whole = evaluate("activation_memory", **given, kept_activation_memory=10.0, layer_working_memory=3.0)
    assert whole == pytest.approx(10.0 * in_layers + 3.0)
    away = {"kept_activation_memory": 10.0, "layer_working_memory": 3.0, "activation_offload": 0.25}
    assert evaluate("activation_memory", **given, **away) == pytest.approx(7.5 * in_layers + 3.0)


def test_memory_of_first_and_last_stage(evaluate):
    given = {"state_memory": 10e9, "gathered_memory": 0, "activation_memory": 8e9, "logit_memory": 7e9}
    given |= {"microbatches": 16, "framework_memory": 4}
    assert evaluate("memory_per_device", **given, pipeline_parallel=1) == 29
    assert evaluate("memory_per_device", **given, pipeline_parallel=4) == 23  # 8/4 + 7 on the last stage
    assert evaluate("memory_per_device", **{**given, "microbatches": 2}, pipeline_parallel=4) == 25


def test_gathered_layers_and_logits(evaluate):
    """Two layers of 16 bits: 2 x 2 x (8e9 / 8 + 4e9 / (4 x 8)) / 10; logits of 100 tokens, 10 B each, later 6."""
    given = {"dense_layer_parameters": 8e9, "routed_expert_parameters": 4e9, "expert_parallel": 4, "layers": 10}
    given |= {"tensor_parallel": 8}
    assert evaluate("gathered_memory", **given, zero_stage=3) == pytest.approx(4 * (1e9 + 0.125e9) / 10)
    assert evaluate("gathered_memory", **given, zero_stage=2) == 0
    given = {"microbatch_tokens": 100, "vocabulary_size": 1000, "tensor_parallel": 4}
    assert evaluate("logit_memory", **given, software_date=2022) == 250_000
    assert evaluate("logit_memory", **given, software_date=2024) == 150_000
    long = {**given, "microbatch_tokens": 16384}
    assert evaluate("logit_memory", **long, software_date=2024) == 6 * 16384 * 250
    assert evaluate("logit_memory", **long, software_date=2025) == 6 * 8192 * 250  # the loss goes in chunks


def test_lean_activations_keep_operands_in_their_own_width(evaluate):
    """2 x 2 T h and, in 8 bits, T h k of the copies for experts and two thirds of what is inside a layer."""
    given = {"microbatch_tokens": 10, "hidden_size": 64, "sequence_split": 2, "experts_per_token": 2, "moe_layers": 4}
    given |= {"layers": 4, "matrix_width": 1200, "operand_bits": 8}
    assert evaluate("checkpoint_memory", **given) == 2 * 10 * 64 / 2
    known = 2 * 2 * 10 * 64 / 2 + 10 * (64 * 2 + 2 / 3 * 300)
    assert evaluate("lean_activation_memory", **given) == pytest.approx(known)
    kept = {"layer_activation_memory": 1e4, "score_activation_memory": 0, "lean_activation_memory": 5e3}
    kept |= {"checkpoint_memory": 1e3}
    assert evaluate("kept_activation_memory", **kept, recomputation_level=2) == 5e3
    assert evaluate("kept_activation_memory", **kept, recomputation_level=3, repeated_share=0.5) == 5500
    # What a policy of its own keeps is made to fit; of one that is not stated what must be kept is counted.
    assert evaluate("kept_activation_memory", **kept, recomputation_level=5) == 0
    assert evaluate("kept_activation_memory", **kept, recomputation_level=6) == 1e3


@pytest.mark.parametrize(
    ("stage", "per_parameter"),
    [(0, 16), (1, 4 + 12 / 64), (2, 2 + 14 / 64), (3, 16 / 64)],
)
def test_states_by_zero_stage(evaluate, stage, per_parameter):
    """Rajbhandari et al. 2020, Figure 1: 7.5 billion parameters on 64 ranks: 120, 31.4, 16.6, 1.9 GB."""
    given = {"device_dense_parameters": 7.5e9, "device_expert_parameters": 0, "data_parallel": 64, "zero_stage": stage}
    given |= {"context_parallel": 1, "expert_parallel": 1, "gradient_bytes": 2}
    figure = {0: 120, 1: 31.4, 2: 16.6, 3: 1.9}[stage]
    memory = evaluate("state_memory", **given)
    assert memory == pytest.approx(7.5e9 * per_parameter, rel=1e-12)
    assert memory / 1e9 == pytest.approx(figure, abs=0.05)


def test_experts_shard_over_their_own_replicas(evaluate):
    """8 experts ranks of 64 replicas: 8 replicas of each expert; 10 expert parameters, no dense ones."""
    given = {"device_dense_parameters": 0, "device_expert_parameters": 10, "data_parallel": 64, "zero_stage": 1}
    given |= {"context_parallel": 1, "expert_parallel": 8, "gradient_bytes": 4}
    assert evaluate("state_memory", **given) == pytest.approx(10 * (2 + 4 + 12 / 8))


def test_parameters_of_a_device(evaluate):
    """GPT-3 over t = 8, p = 16: 96/16 layers of 12 h^2 and one embedding of V h, an eighth of each."""
    h = 12288
    given = {"layers": 96, "hidden_size": h, "attention_heads": 96, "vocabulary_size": 50257, "sequence_length": 2048}
    given |= {"tensor_parallel": 8, "pipeline_parallel": 16, "interleave": 1}
    assert evaluate("device_dense_parameters", **given) == pytest.approx((6 * 12 * h * h + 50257 * h) / 8, rel=1e-12)


def test_uneven_stages_count_the_fullest(evaluate):
    for balance in (0, 1):
        given = {"interleave": 1, "balanced_stages": balance}
        assert evaluate("stage_share", layers=61, pipeline_parallel=16, **given) == pytest.approx(4 / 61)
        given["interleave"] = 3
        assert evaluate("stage_share", layers=48, pipeline_parallel=4, **given) == pytest.approx(1 / 4)
        assert evaluate("stage_layers", layers=48, pipeline_parallel=4, **given) == pytest.approx(12)
    # 126 layers in 4 chunks on 16 stages: equal chunks have 2 layers, fitted ones 2 or 1
    assert evaluate("stage_share", layers=126, pipeline_parallel=16, interleave=4, balanced_stages=0) == 8 / 126
    assert evaluate("stage_share", layers=126, pipeline_parallel=16, interleave=6, balanced_stages=0) == 12 / 126
    assert evaluate("stage_share", layers=126, pipeline_parallel=16, interleave=6, balanced_stages=1) == 8 / 126
    assert evaluate("stage_share", layers=126, pipeline_parallel=16, interleave=6, balanced_stages=2) == 1 / 16


def test_full_recomputation_keeps_one_layer_at_work(evaluate):
    given = {**RUN, "sequence_parallel": 1}
    assert evaluate("layer_working_memory", **given, recomputation_level=1) == 0
    assert evaluate("layer_working_memory", **given, recomputation_level=4) == evaluate(
        "layer_activation_memory", **given
    )
