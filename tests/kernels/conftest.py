"""A slow, obvious evaluator: follow the registry from a quantity to what is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from carbonsweep.configuration.evaluate import evaluate as evaluate_graph
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.available import pinned_variants
from carbonsweep.grid.resolve import resolve
from carbonsweep.kernels import REGISTRY


def _evaluate(wanted: str, variants: dict[str, str] | None = None, **given: float) -> float:
    """A quantity from what is given, in plain Python; inputs that may stay unknown are."""
    unknown = {name: np.nan for name, item in REGISTRY.inputs.items() if item.optional}
    values = {**unknown, **given}
    try:
        graph = resolve([wanted], values, pinned_variants(variants or {}, "test"))
    except PlanError as error:
        raise KeyError(str(error)) from None
    return evaluate_graph(graph, values)[wanted]


@pytest.fixture(scope="session")
def evaluate() -> Callable[..., float]:
    return _evaluate


@pytest.fixture(scope="session")
def golden() -> dict:
    """Outputs of the authors' code, executed (its source is named inside)."""
    path = Path(__file__).parents[1] / "golden" / "llmcarbon.json"
    return json.loads(path.read_text(encoding="utf-8"))
