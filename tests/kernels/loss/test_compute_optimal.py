import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("budget", "parameters", "tokens", "loss"),
    [  # Hoffmann constants as LLMCarbon uses them, computed apart
        (1e23, 1.4598e10, 1.1417e12, 2.00501),
        (1e24, 4.1297e10, 4.0358e12, 1.91120),
        (1e25, 1.1682e11, 1.4267e13, 1.84532),
    ],
)
def test_goldens(evaluate, budget, parameters, tokens, loss):
    assert evaluate("compute_optimal_parameters", compute_budget=budget) == pytest.approx(parameters, rel=5e-5)
    assert evaluate("compute_optimal_tokens", compute_budget=budget) == pytest.approx(tokens, rel=5e-5)
    assert evaluate("compute_optimal_loss", compute_budget=budget) == pytest.approx(loss, abs=1e-5)


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
