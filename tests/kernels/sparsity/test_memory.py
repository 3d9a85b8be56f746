import pytest

from tests.kernels.rows import row

TWO_FOUR = 2
OPT66 = row("models", "opt-66b")
GPT3 = row("models", "gpt3-175b")


def test_bits_of_a_group(evaluate):
    """Thesis, chapter 4: 262 of 384 bits in training (68 %), 35 of 64 in inference (54 %)."""
    training = evaluate("sparse_training_memory_ratio", nm_sparsity=TWO_FOUR)
    inference = evaluate("sparse_memory_ratio", nm_sparsity=TWO_FOUR)
    assert training == pytest.approx(262 / 384, rel=1e-12)
    assert inference == pytest.approx(35 / 64, rel=1e-12)
    assert training == pytest.approx(0.68, abs=0.005)
    assert inference == pytest.approx(0.54, abs=0.007)


def test_dense_is_one(evaluate):
    for name in ("sparse_training_memory_ratio", "sparse_memory_ratio", "model_memory_ratio"):
        assert evaluate(name, nm_sparsity=0, **GPT3) == pytest.approx(1)


def test_whole_model(evaluate):
    """OPT-66B without adapters: 0.550 by the bits of its weights, 0.63 measured."""
    given = {"nm_sparsity": TWO_FOUR, **OPT66}
    assert evaluate("model_memory_ratio", {"model_memory_ratio": "computed"}, **given) == pytest.approx(0.550, abs=1e-3)
    assert evaluate("model_memory_ratio", **given) == 0.63
    assert evaluate("model_memory_ratio", **given, adapter_rank_ratio=0.0625) == 0.70
    assert evaluate("model_training_memory_ratio", **given) == 0.67
    assert evaluate("model_training_memory_ratio", nm_sparsity=TWO_FOUR, **GPT3) == pytest.approx(0.68, abs=0.01)


def test_adapters_take_memory(evaluate):
    """16 (d_in + d_out) r bits over the 16 bits of every dense parameter."""
    given = {"nm_sparsity": TWO_FOUR, **GPT3}
    plain = evaluate("model_memory_ratio", **given)
    adapted = evaluate("model_memory_ratio", **given, adapter_rank_ratio=0.01)
    share = evaluate("adapter_parameters", **given, adapter_rank_ratio=0.01) / evaluate("parameters", **GPT3)
    assert adapted - plain == pytest.approx(share)
