"""Equations that are not registered: other processes make the same ones."""

from __future__ import annotations

import pickle

import pytest

from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.kernels.equations_of_plans import by_row, central, changed, of_plan, of_stage, unchanged

REGISTERED = REGISTRY.quantities["embodied_carbon"][0]
WRITTEN = of_plan("pue", ("devices",), "1.0 + devices", "1 + devices")


@pytest.mark.parametrize(
    "equation",
    [
        WRITTEN,
        changed("pue", "times"),
        changed("pue", "plus"),
        by_row("pue"),
        unchanged("pue"),
        central(REGISTERED),
        central(WRITTEN),
        of_stage(REGISTERED, "embodied_carbon_sft", REGISTERED.inputs),
        of_stage(central(REGISTERED), "embodied_carbon_central_sft", REGISTERED.inputs),
    ],
    ids=lambda one: one.formula,
)
def test_other_processes_make_the_same_equation(equation: Equation) -> None:
    sent = pickle.loads(pickle.dumps(equation))
    assert vars(sent) | {"function": None, "of": None} == vars(equation) | {"function": None, "of": None}
    assert sent.function.__dict__.get("equation_text") == equation.function.__dict__.get("equation_text")
    assert sent.function.__name__ == equation.function.__name__
    assert sent.of == equation.of
