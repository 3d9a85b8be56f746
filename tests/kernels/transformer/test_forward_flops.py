import pytest


@pytest.mark.parametrize(("layers", "hidden", "heads"), [(24, 2304, 24), (96, 12288, 96), (128, 25600, 160)])
def test_narayanan_with_full_recomputation(evaluate, layers, hidden, heads):
    # Narayanan et al. 2021: 96 B s l h^2 (1 + s/(6 h) + V/(16 l h)) for a batch of B sequences
    shape = {"layers": layers, "hidden_size": hidden, "attention_heads": heads, "vocabulary_size": 51200}
    total = evaluate("hardware_training_flops", **shape, sequence_length=2048, recomputation_level=4, tokens=2048)
    known = 96 * 2048 * layers * hidden**2 * (1 + 2048 / (6 * hidden) + 51200 / (16 * layers * hidden))
    assert total == pytest.approx(known, rel=1e-12)


def test_is_two_operations_per_parameter_but_for_scores(evaluate):
    moe = {
        "layers": 4,
        "hidden_size": 64,
        "attention_heads": 8,
        "kv_heads": 2,
        "vocabulary_size": 1000,
        "experts": 8,
    }
    moe |= {"experts_per_token": 2, "moe_layers": 3, "expert_ffn_size": 32, "shared_expert_ffn_size": 16}
    moe |= {"sequence_length": 128, "gated_ffn": 1, "gated_experts": 1}
    operations = evaluate("forward_flops_per_token", **moe)
    scores = evaluate("attention_score_flops_per_token", **moe)
    assert scores == 4 * 4 * 128 * 64
    assert operations - scores == 2 * evaluate("active_parameters", **moe)
