"""Choosing equations: variants, overrides, missing inputs and circles."""

from __future__ import annotations

import pytest

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.available import obtainable, pinned_variants
from carbonsweep.grid.chosen import Chosen
from carbonsweep.grid.resolve import resolve
from carbonsweep.kernels import REGISTRY, Equation, Input, Interval, Registry


def _equation(quantity: str, variant: str, *inputs: str) -> Equation:
    anything = Interval.parse("(-inf, inf)")
    return Equation(quantity, variant, inputs, "1", anything, "", "test", "assumed", "", "", lambda *_: 1.0)


def _registry(*equations: Equation, **defaults: float | None) -> Registry:
    anything = Interval.parse("(-inf, inf)")
    groups: dict[str, tuple[Equation, ...]] = {}
    for equation in equations:
        groups[equation.quantity] = (*groups.get(equation.quantity, ()), equation)
    return Registry({n: Input(n, "1", n, anything, d) for n, d in defaults.items()}, groups)


def test_order_of_evaluation() -> None:
    graph = resolve(["total_carbon"], ["operational_carbon", "embodied_carbon"])
    assert [e.quantity for e in graph.equations] == ["total_carbon"]
    assert graph.given == ("operational_carbon", "embodied_carbon")
    for equations in REGISTRY.quantities.values():
        done: set[str] = set()
        inputs = list(REGISTRY.inputs)
        for step in resolve([equations[0].quantity], inputs).steps:
            known = done | set(inputs)
            assert set(step.inputs) <= known
            done.update(step.outputs if isinstance(step, Chosen) else (step.quantity,))


def test_the_first_variant_that_can_be_had_is_used() -> None:
    registry = _registry(_equation("q", "fine", "a"), _equation("q", "coarse", "b"), a=None, b=None)
    assert resolve(["q"], ["a", "b"], registry=registry).equations[0].variant == "fine"
    assert resolve(["q"], ["b"], registry=registry).equations[0].variant == "coarse"
    assert resolve(["q"], ["a", "b"], {"q": "coarse"}, registry=registry).equations[0].variant == "coarse"


def test_a_pinned_variant_is_never_replaced() -> None:
    registry = _registry(_equation("q", "fine", "a"), _equation("q", "coarse", "b"), a=None, b=None)
    with pytest.raises(PlanError, match="q needs a"):
        resolve(["q"], ["b"], {"q": "fine"}, registry=registry)


def test_missing_inputs_are_named_together() -> None:
    with pytest.raises(PlanError, match=r"operational_carbon needs .*pue.*carbon_intensity"):
        resolve(["operational_carbon"], ["hardware_energy"])


def test_unknown_name_has_a_suggestion() -> None:
    with pytest.raises(PlanError, match="unknown quantity 'total_carbn'; did you mean 'total_carbon'"):
        resolve(["total_carbn"], [])


def test_circle_is_named() -> None:
    registry = _registry(_equation("p", "only", "q"), _equation("q", "only", "p"))
    with pytest.raises(PlanError, match="cyclic dependency (p -> q -> p|q -> p -> q)"):
        resolve(["p"], [], registry=registry)


def test_circle_of_pinned_variants_of_the_project() -> None:
    """The compute-optimal size for the FLOPs of a training of that size."""
    with pytest.raises(PlanError, match="cyclic dependency .*compute_budget"):
        resolve(["parameters"], ["tokens"], {"parameters": "compute_optimal"})


def test_a_circle_is_avoided_by_another_variant() -> None:
    registry = _registry(
        _equation("p", "round", "q"), _equation("p", "straight", "a"), _equation("q", "only", "p"), a=None
    )
    found = obtainable(["a"], registry=registry)
    assert found["p"] is not None
    assert found["p"].variant == "straight"


def test_everywhere_picks_a_variant_where_it_exists() -> None:
    pinned = pinned_variants({"*": "bug_compatible", "optimal_batch": "first_generation"}, "plan")
    assert pinned["optimal_devices"] == "bug_compatible"
    assert pinned["optimal_batch"] == "first_generation"
    assert "training_flops" not in pinned


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        (
            {"hardware_eficiency": "llmcarbon"},
            "unknown quantity 'hardware_eficiency'; did you mean 'hardware_eff",
        ),
        ({"training_flops": "kaplen"}, "training_flops has no variant 'kaplen'; did you mean 'kaplan'"),
        (
            {"*": "bug_compatable"},
            "no quantity has a variant 'bug_compatable'; did you mean 'bug_compatible'",
        ),
    ],
)
def test_unknown_variants(variants: dict[str, str], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        pinned_variants(variants, "plan")
