import pytest

from carbonsweep.kernels.transformer import flops


def test_equations_4_and_5(golden):
    sizes = {"T5": (11e9, 600e9), "GPT3": (175e9, 300e9), "Gshard": (2.3e9, 1e12)}
    sizes |= {"Switch": (7.41e9, 2e12), "XLM": (0.55e9, 7e12)}
    for row in golden["table4"]:
        assert flops.training_flops(*sizes[row["name"]], 0.0, 2.0) == pytest.approx(row["total_FLOPs"], rel=1e-12)
    assert flops.inference_flops(175e9, 32 * 128.0, 0.0) == pytest.approx(1.4336e15)  # LLMCarbon inference check


def test_per_layer():
    assert flops.training_flops_per_layer(10.0, 2.0, 7.0, 2.0) == 252
    assert flops.inference_flops_per_layer(10.0, 7.0) == 70
    assert flops.hardware_training_flops(10.0, 2.0, 4.0, 7.0, 2.0) == 280


def test_tokens(evaluate):
    assert evaluate("tokens", published_tokens=3e11) == 3e11
    assert evaluate("inference_tokens", tokens=3e11) == 3e11
    assert evaluate("tokens", {"tokens": "compute_optimal"}, compute_budget=1e23) == pytest.approx(5.6522e11, rel=5e-5)
