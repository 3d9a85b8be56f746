"""SLoPe (Mozaffari et al. 2025): terms as in the first author's thesis; totals derived here from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.kernels.sparsity import patterns
from tests.kernels.rows import row

DENSE, ONE_TWO, TWO_FOUR, TWO_EIGHT = range(4)
OPT = row("models", "opt-66b")


@pytest.mark.parametrize(("pattern", "percent"), [(ONE_TWO, 12.5), (TWO_FOUR, 9.375), (TWO_EIGHT, 5.84), (DENSE, 0)])
def test_zeros_of_double_pruning(evaluate, pattern, percent):
    """1:2 and 2:4 as printed; for 2:8 the formula gives 5.84 %, where the text prints 3.39 %."""
    assert 100 * evaluate("double_pruning_zeros", nm_sparsity=pattern) == pytest.approx(percent, abs=5e-3)


@pytest.mark.parametrize(("pattern", "bits"), [(DENSE, 0), (ONE_TWO, 1), (TWO_FOUR, 3), (TWO_EIGHT, 5)])
def test_index_bits(evaluate, pattern, bits):
    assert evaluate("sparse_index_bits", nm_sparsity=pattern) == bits


def test_operations_of_one_matrix(evaluate):
    """Derived here: two of three products at half: 2/3 in training."""
    assert evaluate("sparse_linear_training_factor", nm_sparsity=TWO_FOUR) == pytest.approx(2 / 3)
    assert evaluate("kept_fraction", nm_sparsity=TWO_EIGHT) == 0.25


def test_operations_of_a_model(evaluate):
    """All of it sparse where only a count is known; by layers where the model is."""
    flops = {"training_flops": 3e20, "tokens": 1e9, "adapter_parameters": 0, "sparse_flops_share": 1}
    assert evaluate("sparse_training_flops", nm_sparsity=TWO_FOUR, **flops) == pytest.approx(2e20)
    sparse = {"nm_sparsity": TWO_FOUR, **OPT}
    share = evaluate("sparse_flops_share", **sparse)
    assert 0.95 < share < 1
    assert evaluate("sparse_flops_share", **sparse, sparse_scope=1) == pytest.approx(share * 2 / 3, rel=1e-9)
    assert evaluate("sparse_flops_share", **sparse, sparse_scope=0) == 0
    assert evaluate("sparse_flops_share", **OPT, nm_sparsity=DENSE) == 0


def test_adapters(evaluate):
    """(d_in + d_out) r for each matrix: four of h x h, two of h x 4h, r = rho h."""
    h, layers = OPT["hidden_size"], OPT["layers"]
    rank = 0.0625 * h
    expected = layers * rank * (4 * 2 * h + 2 * 5 * h)
    sparse = {"nm_sparsity": TWO_FOUR, **OPT}
    assert evaluate("adapter_parameters", **sparse, adapter_rank_ratio=0.0625) == pytest.approx(expected)
    assert evaluate("adapter_parameters", **sparse) == 0
    assert evaluate("adapter_parameters", **OPT, nm_sparsity=DENSE, adapter_rank_ratio=0.0625) == 0
    given = {"nm_sparsity": TWO_FOUR, "adapter_rank_ratio": 0.0625, "tokens": 1e9, **OPT}
    without = {**given, "adapter_rank_ratio": 0}
    difference = evaluate("sparse_training_flops", **given) - evaluate("sparse_training_flops", **without)
    assert difference == pytest.approx(0.01 * 6 * expected * 1e9, rel=1e-6)
    serving = evaluate("sparse_inference_flops", **given, inference_tokens=1e6)
    serving -= evaluate("sparse_inference_flops", **without, inference_tokens=1e6)
    assert serving == pytest.approx(2 * expected * 1e6, rel=1e-6)


@given(st.floats(0.01, 1), st.floats(0, 1))
def test_dense_is_the_limit(kept, share):
    assert patterns.sparse_linear_training_factor(1.0) == 1
    assert patterns.sparse_training_flops(6e20, share, 1.0, 0.01, 0.0, 1e9) == pytest.approx(6e20)
    sparse = patterns.sparse_training_flops(6e20, share, patterns.sparse_linear_training_factor(kept), 0.01, 0.0, 1e9)
    assert sparse <= 6e20 * (1 + 1e-12)
