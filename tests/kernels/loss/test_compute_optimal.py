import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("variants", "budget", "parameters", "tokens", "loss"),
    [  # computed apart
        ({}, 5.76e23, 72.35e9, 1.3268e12, 1.97397),
        ({}, 3.8e25, 619.6e9, 10.221e12, 1.89130),
        # Hoffmann's printed constants, as LLMCarbon uses them
        ({"*": "llmcarbon"}, 5.76e23, 32.19e9, 2.9823e12, 1.93075),
        ({"*": "llmcarbon"}, 1e23, 1.4598e10, 1.1417e12, 2.00501),
        ({"*": "llmcarbon"}, 1e24, 4.1297e10, 4.0358e12, 1.91120),
        ({"*": "llmcarbon"}, 1e25, 1.1682e11, 1.4267e13, 1.84532),
    ],
)
def test_goldens(evaluate, variants, budget, parameters, tokens, loss):
    found = [
        evaluate(f"compute_optimal_{name}", variants, compute_budget=budget)
        for name in ("parameters", "tokens", "loss")
    ]
    assert found[:2] == pytest.approx([parameters, tokens], rel=1e-4)
    assert found[2] == pytest.approx(loss, abs=1e-5)


@given(st.floats(19, 27), st.floats(0.2, 5))
def test_spends_the_budget_and_is_least(evaluate, exponent, factor):
    budget = 10**exponent
    parameters = evaluate("compute_optimal_parameters", compute_budget=budget)
    tokens = evaluate("compute_optimal_tokens", compute_budget=budget)
    assert 6 * parameters * tokens == pytest.approx(budget, rel=1e-12)
    other = evaluate("test_loss", parameters=parameters * factor, tokens=tokens / factor)
    assert evaluate("compute_optimal_loss", compute_budget=budget) <= other * (1 + 1e-12)


def test_budget_is_the_models_own(evaluate):
    assert evaluate("compute_budget", parameters=1e9, tokens=1e11) == 6e20
