import pytest

from carbonsweep.configuration.estimate import evaluate_configuration


def test_tokens_and_size_that_reach_a_loss(evaluate):
    """70e9 parameters tend to 1.81686 + 482.00572 / 70e9^0.34781 = 1.898334 (computed apart)."""
    assert evaluate("size_limited_loss", parameters=70e9) == pytest.approx(1.898334, abs=2e-6)
    assert evaluate("data_limited_loss", tokens=1.4e12) == pytest.approx(1.891942, abs=2e-6)
    tokens = evaluate("tokens", parameters=70e9, target_loss=1.95)
    assert tokens == pytest.approx((2085.4342 / (1.95 - 1.898334)) ** (1 / 0.36585), rel=1e-4)
    assert evaluate("test_loss", parameters=70e9, tokens=tokens) == pytest.approx(1.95, rel=1e-12)
    size = evaluate("parameters", tokens=1.4e12, target_loss=1.95)
    assert evaluate("test_loss", parameters=size, tokens=1.4e12) == pytest.approx(1.95, rel=1e-12)


def test_a_model_that_is_too_small_says_so():
    found = evaluate_configuration({"parameters": 1e9, "target_loss": 1.9}, ["tokens", "training_flops"])
    assert found.quantities["tokens"] != found.quantities["tokens"]
    assert "no number of tokens reaches it with this model" in found.why_missing("training_flops")


def test_tokens_that_are_given_come_first():
    found = evaluate_configuration({"parameters": 7e9, "tokens": 1e12, "target_loss": 2.0}, ["training_flops"])
    assert found.quantities["training_flops"] == 6 * 7e9 * 1e12
    assert "target_loss changes nothing here" in found.notes
