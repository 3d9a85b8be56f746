import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.transformer import attention_scores
from tests.kernels.rows import row


def keys_by_hand(length, window, causal, chunk=0):
    """Mean number of keys, counted query by query."""
    total = 0
    for query in range(length):
        first = query - query % chunk if chunk else max(0, query - window + 1)
        last = query if causal else min(length, first + (chunk or window)) - 1
        total += last - first + 1
    return total / length


@given(st.integers(1, 200), st.integers(1, 1 << 20), st.integers(1, 128))
def test_causal_attention_is_half_the_square(layers, length, heads):
    width = attention_scores.score_width(heads, 128.0, 0.0, 0.0, 0.0, 0.0)
    square, causal = (
        attention_scores.attention_score_flops_per_token(
            width,
            width,
            1.0 * layers,
            0.0,
            0.0,
            attention_scores.keys_per_query(1.0 * length, 0.0, 0.0, 0.0, flag),
            0.0,
            1.0 * length,
            0.0,
            flag,
        )
        for flag in (0.0, 1.0)
    )
    assert square == 2 * length * layers * heads * 256
    assert causal == 0.5 * square


def test_scores_of_other_stacks():
    # encoder-decoder: only the decoder's self attention, 2 of 6 blocks, is masked
    unmasked = attention_scores.unmasked_blocks(6.0, 4.0, 2.0)
    assert unmasked == 4
    both = [
        attention_scores.attention_score_flops_per_token(16, 16, 6.0, 0, unmasked, keys, 0, 10, 0, flag)
        for flag, keys in ((0, 10), (1, 5))
    ]
    assert both[1] / both[0] == pytest.approx(5 / 6)
    assert attention_scores.score_width(2, 192, 512, 128, 64, 128) == 2 * (192 + 128)
    assert attention_scores.score_width(2, 192, 0, 0, 0, 128) == 2 * (192 + 128)
    assert np.isnan(attention_scores.attention_score_flops_per_token(16, 16, 2.0, 3.0, 0, 10, 5, 10, 0, 0))


@pytest.mark.parametrize(("length", "window"), [(4096, 128), (4096, 4096), (1000, 5000), (4096, 1)])
def test_keys_in_a_window_are_those_counted_one_by_one(length, window):
    found = attention_scores.local_keys_per_query(length, window, 0, 1.0)
    assert found == pytest.approx(
        keys_by_hand(length, window, True), abs=1
    )  # the formula leaves out the diagonal's half
    assert attention_scores.local_keys_per_query(length, window, 0, 0.0) == min(length, window)


@pytest.mark.parametrize(("length", "chunk"), [(4096, 512), (512, 8192)])
def test_keys_in_chunks(length, chunk):
    found = attention_scores.local_keys_per_query(length, 0, chunk, 1.0)
    assert found == pytest.approx(keys_by_hand(length, 0, True, chunk), abs=1)
    assert attention_scores.local_keys_per_query(length, 0, chunk, 0.0) == min(length, chunk)


def test_operations_of_gpt_oss_at_8192_tokens(evaluate):
    """torchtitan's table of model FLOPs a token: 34.53e9, causal, forward and backward; half of the layers see 128."""
    given = {**row("models", "gpt-oss-120b"), "sequence_length": 8192, "causal_attention": 1.0}
    assert 3 * evaluate("forward_flops_per_token", **given) == pytest.approx(34.53e9, rel=0.005)


def test_work_of_a_hybrid_grows_with_its_attention_blocks(evaluate):
    shape = {"layers": 32, "hidden_size": 4096, "attention_heads": 32, "kv_heads": 8, "vocabulary_size": 65536}
    scores = [
        evaluate(
            "attention_score_flops_per_token", **shape, sequence_length=262144, causal_attention=1, attention_blocks=n
        )
        for n in (2, 4, 32)
    ]
    assert scores == [n * 2 * 262144 * 8192 / 2 for n in (2, 4, 32)]


def test_what_a_kernel_executes():
    causal = attention_scores.causal_score_flops_per_token
    executed = attention_scores.executed_score_flops_per_token
    least = causal(16.0, 16.0, 4.0, 2.0, 0.0, 1000.0, 0.0, 0.0, 100.0, 0.0, 0.0)
    assert least == pytest.approx(2 * 16 * (2 * 500 + 2 * 100 * 0.95))
    assert executed(least, 16.0, 16.0, 4.0, 2.0, 1000.0, 1.0, 0.0) == least
    assert executed(least, 16.0, 16.0, 4.0, 2.0, 1000.0, 0.0, 0.0) == 2 * 16 * 4 * 1000


def test_sparse_attention_meets_the_keys_that_its_indexer_picks(evaluate):
    """DeepSeek-V3.2 at 128 k: 2,048 keys a query, and an indexer of 64 heads of 128 that scores all of them."""
    given = {**row("models", "deepseek-v3.2"), "sequence_length": 131072}
    scores = 61 * 2048 * 128 * (192 + 128) + 61 * 131072 * 64 * 128
    assert evaluate("attention_score_flops_per_token", **given) == 2 * scores
