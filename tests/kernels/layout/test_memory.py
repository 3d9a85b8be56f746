"""Memory of a device: the relations of Korthikanti et al. 2022 and ZeRO, by hand."""

import pytest

# Korthikanti et al. 2022, Table 3: the 22B model, microbatch 4, t = 8.
SHAPE = {"layers": 48, "hidden_size": 6144, "attention_heads": 64, "vocabulary_size": 51200, "sequence_length": 2048}
RUN = {**SHAPE, "microbatch": 4, "tensor_parallel": 8, "context_parallel": 1, "fused_attention": 0}
SBH = 2048 * 4 * 6144


@pytest.mark.parametrize(
    ("recomputation", "sequence_parallel", "per_sbh"),
    [
        (0, 0, 10 + 24 / 8 + 5 * 64 * 2048 / (6144 * 8)),  # tensor parallel
        (0, 1, (34 + 5 * 64 * 2048 / 6144) / 8),  # and sequence parallel
        (1, 0, 10 + 24 / 8),  # selective recomputation
        (1, 1, 34 / 8),
        (2, 0, 2),  # full recomputation
        (2, 1, 2),
    ],
)
def test_activations_of_a_layer(evaluate, recomputation, sequence_parallel, per_sbh):
    given = {**RUN, "recomputation_level": recomputation, "sequence_parallel": sequence_parallel}
    assert evaluate("layer_activation_memory", **given) == pytest.approx(per_sbh * SBH, rel=1e-12)


def test_one_device_without_parallelism(evaluate):
    """s b h (34 + 5 a s / h): 2048 x 4 x 6144 x 140.667 bytes."""
    given = {**RUN, "tensor_parallel": 1, "recomputation_level": 0, "sequence_parallel": 0}
    assert evaluate("layer_activation_memory", **given) == pytest.approx(50331648 * (34 + 5 * 64 * 2048 / 6144))
    assert evaluate("layer_activation_memory", **{**given, "fused_attention": 1}) == pytest.approx(50331648 * 34)


@pytest.mark.parametrize(
    ("pipeline", "interleave", "count", "in_layers"),
    [
        (1, 1, 16, 48),
        (4, 1, 16, 48),  # p microbatches of l/p layers
        (4, 2, 16, 48 * (1 + 3 / 8)),  # times 1 + (p - 1)/(p v)
        (4, 1, 2, 24),  # only two microbatches
    ],
)
def test_microbatches_in_flight(evaluate, pipeline, interleave, count, in_layers):
    given = {"layers": 48, "pipeline_parallel": pipeline, "interleave": interleave, "microbatches": count}
    assert evaluate("activation_memory", **given, layer_activation_memory=10.0) == pytest.approx(10.0 * in_layers)


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
    assert evaluate("stage_share", layers=61, pipeline_parallel=16, interleave=1) == pytest.approx(4 / 61)
    assert evaluate("stage_share", layers=48, pipeline_parallel=4, interleave=3) == pytest.approx(1 / 4)


def test_full_recomputation_keeps_one_layer_at_work(evaluate):
    given = {**RUN, "sequence_parallel": 1}
    assert evaluate("layer_working_memory", **given, recomputation_level=1) == 0
    assert evaluate("layer_working_memory", **given, recomputation_level=2) == evaluate(
        "layer_activation_memory", **given, recomputation_level=0
    )
