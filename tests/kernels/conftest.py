"""A slow, obvious evaluator: follow the registry from a quantity to what is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carbonsweep.kernels import REGISTRY


def _evaluate(wanted: str, variants: dict[str, str] | None = None, **given: float) -> float:
    known = {name: np.float64(value) for name, value in given.items()}
    variants = variants or {}
    hopeful = _hopeful(set(known))

    def value(name: str, path: tuple[str, ...] = ()) -> np.float64 | None:
        """The value of a name, or None where it cannot be had."""
        if name in known or name in path:
            return known.get(name)
        if name in REGISTRY.inputs:
            item = REGISTRY.inputs[name]
            if item.default is not None:
                known[name] = np.float64(item.default)
            elif item.optional:
                known[name] = np.float64(np.nan)
            return known.get(name)
        equations = REGISTRY.quantities[name]
        equations = tuple(one for one in equations if all(needed in given for needed in one.when_given))
        pinned = variants.get(name, variants.get("*"))
        if any(equation.variant == pinned for equation in equations):
            equations = tuple(equation for equation in equations if equation.variant == pinned)
        for equation in equations:
            if not hopeful.issuperset(equation.inputs):
                continue
            arguments = [value(needed, (*path, name)) for needed in equation.inputs]
            if all(argument is not None for argument in arguments):
                known[name] = equation.function(*arguments)
                return known[name]
        return None

    result = value(wanted)
    if result is None:
        raise KeyError(f"{wanted} cannot be had from {sorted(given)}")
    return float(result)


def _hopeful(names: set[str]) -> set[str]:
    """The names given, and all that follow from them by any variant: there is no use in looking at others."""
    names |= {name for name, item in REGISTRY.inputs.items() if item.default is not None or item.optional}
    before = 0
    while len(names) > before:
        before = len(names)
        names |= {
            quantity
            for quantity, variants in REGISTRY.quantities.items()
            if any(names.issuperset(equation.inputs) for equation in variants)
        }
    return names


@pytest.fixture(scope="session")
def evaluate() -> Callable[..., float]:
    return _evaluate


@pytest.fixture(scope="session")
def golden() -> dict:
    """Outputs of the authors' code, executed (its source is named inside)."""
    path = Path(__file__).parents[1] / "golden" / "llmcarbon.json"
    return json.loads(path.read_text(encoding="utf-8"))
