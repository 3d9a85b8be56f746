"""A model whose matrices are structured: parameters and operations from the structure."""

import math

import pytest

from tests.kernels.rows import row

DENSE, KRONECKER, MONARCH, BTT_MOE = 0, 2, 4, 7
GPT2 = {
    "layers": 6,
    "hidden_size": 1024,
    "attention_heads": 16,
    "vocabulary_size": 96,
    "sequence_length": 128,
    "tokens": 65536 * 100_000,
}  # the authors' GPT-2 of characters
LLAMA = row("models", "llama-3-70b")


def matrices(evaluate, name, **given):
    """Sum of one count over the six matrices of a plain layer, one by one."""
    sizes = [(1024, 1024)] * 4 + [(1024, 4096), (4096, 1024)]
    return 6 * sum(evaluate(name, linear_in=rows, linear_out=columns, **given) for rows, columns in sizes)


@pytest.mark.parametrize("name", [KRONECKER, MONARCH, BTT_MOE])
def test_parameters_and_operations_are_sums_over_matrices(evaluate, name):
    given = {"linear_structure": name, "btt_moe_experts": 8}
    embeddings = 96 * 1024
    parameters = matrices(evaluate, "linear_parameters", **given)
    operations = matrices(evaluate, "linear_operations", **given)
    assert evaluate("parameters", **GPT2, **given) == pytest.approx(parameters + embeddings)
    flops = evaluate("training_flops", **GPT2, **given)
    assert flops == pytest.approx(6 * (operations + embeddings) * GPT2["tokens"])
    forward = evaluate("attention_projection_flops_per_token", **GPT2, **given)
    forward += evaluate("ffn_flops_per_token", **GPT2, **given)
    assert forward == pytest.approx(2 * operations)
    assert evaluate("inference_flops", **GPT2, **given) == pytest.approx(flops / 3)


def test_experts_are_idle_in_btt_moe_alone(evaluate):
    given = {"linear_structure": BTT_MOE, "btt_moe_experts": 8}
    idle = evaluate("parameters", **GPT2, **given) - evaluate("active_parameters", **GPT2, **given)
    one = matrices(evaluate, "linear_parameters", linear_structure=MONARCH)
    assert idle == pytest.approx(6 * one)
    for name in (KRONECKER, MONARCH):
        assert evaluate("idle_structure_parameters", **GPT2, linear_structure=name) == 0


def test_dense_is_dense(evaluate):
    for name in ("parameters", "active_parameters", "training_flops", "forward_flops_per_token", "inference_flops"):
        plain = evaluate(name, **{**LLAMA, "tokens": 1e12})
        assert evaluate(name, **{**LLAMA, "tokens": 1e12}, linear_structure=DENSE) == plain
    assert evaluate("structure_time_factor", linear_structure=DENSE, kernel_efficiency=0.5) == 1
    assert evaluate("structure_time_factor", linear_structure=MONARCH, kernel_efficiency=0.5) == 2
    assert evaluate("structure_time_factor") == 1


def test_scope_and_grouped_queries(evaluate):
    ffn = {"linear_structure": MONARCH, "structure_scope": 0}
    assert evaluate("attention_parameters", **LLAMA, **ffn) == evaluate("attention_parameters", **LLAMA)
    h, f = LLAMA["hidden_size"], LLAMA["ffn_size"]
    one = evaluate("linear_parameters", linear_structure=MONARCH, linear_in=h, linear_out=f)
    other = evaluate("linear_parameters", linear_structure=MONARCH, linear_in=f, linear_out=h)
    assert evaluate("ffn_parameters", **LLAMA, **ffn) == pytest.approx(80 * (2 * one + other))
    narrow = evaluate("linear_parameters", linear_structure=MONARCH, linear_in=h, linear_out=1024)
    square = evaluate("linear_parameters", linear_structure=MONARCH, linear_in=h, linear_out=h)
    attention = evaluate("attention_parameters", **LLAMA, linear_structure=MONARCH)
    assert attention == pytest.approx(80 * (2 * square + 2 * narrow))


def test_experts_and_latent_attention_have_no_structure(evaluate):
    for name in ("mixtral-8x7b", "deepseek-v3"):
        assert math.isnan(evaluate("parameters", **row("models", name), linear_structure=MONARCH))


def test_standard_moe(evaluate):
    """GPT-2 with experts of 4 h: 8 d^2 E + d E parameters, 8 d^2 k + d E operations a layer."""
    given = {"linear_in": 1024, "btt_moe_experts": 8}
    assert evaluate("standard_moe_parameters", **given) == 8 * 1024**2 * 8 + 1024 * 8
    assert evaluate("standard_moe_operations", **given) == 8 * 1024**2 * 2 + 1024 * 8
