"""No quantity leaves its range: what the nest tests, and what it need not test."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.kernels import REGISTRY, Interval
from carbonsweep.nest.operations import Operations
from carbonsweep.nest.ranges import Ranges
from tests.random_plans import STRUCTURES, random_plan

NAMES = ("(0, inf)", "[0, inf)", "(0, 1]", "[0, 1]", "[1, inf)", "(-inf, inf)", "[2, 5]")
UNARY: dict[str, Callable[[float], float]] = {
    "negative": lambda a: -a,
    "ceil": math.ceil,
    "floor": math.floor,
    "rint": lambda a: float(np.rint(a)),
    "sqrt": lambda a: float(np.sqrt(a)),
    "exp": lambda a: float(np.exp(a)),
    "log": lambda a: float(np.log(a)),
}
BINARY: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: float(np.float64(a) / np.float64(b)),
    "**": lambda a, b: float(np.float64(a) ** np.float64(b)),
    "minimum": min,
    "maximum": max,
}


def _values(text: str) -> list[float]:
    valid = Interval.parse(text)
    return [
        one for one in (-1e9, -2.5, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.5, 2.0, 3.7, 5.0, 1e9) if float(one) in valid
    ]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*UNARY, *BINARY]), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([*UNARY]))
def test_ranges_hold_what_operations_give(operator: str, first: str, second: str, then: str) -> None:
    operations = Operations()
    ranges = Ranges(operations)
    a, b = operations.load("a", 1), operations.load("b", 2)
    ranges.declare(a, Interval.parse(first))
    ranges.declare(b, Interval.parse(second))
    node = operations.put(operator, a) if operator in UNARY else operations.put(operator, a, b)
    range_, after = ranges.of(node), ranges.of(operations.put(then, node))
    with np.errstate(all="ignore"):
        for x in _values(first):
            for y in _values(second):
                value = float(UNARY[operator](x) if operator in UNARY else BINARY[operator](x, y))
                results = [(range_, value)]
                # Overflow and underflow are not looked at, nor what follows from them.
                if math.isfinite(value) and not (value == 0.0 and range_.above_zero):
                    results.append((after, float(UNARY[then](value))))
                for found, one in results:
                    if math.isnan(one) or abs(one) < 1e-300:
                        continue
                    above = one > found.low if found.low_open else one >= found.low
                    below = one < found.high if found.high_open else one <= found.high
                    overflow = math.isinf(one) and max(abs(x), abs(y), abs(value)) > 700
                    assert above or overflow, (operator, first, second, x, y, one, found)
                    assert below or overflow, (operator, first, second, x, y, one, found)


def test_what_follows_from_the_operands_is_not_tested() -> None:
    operations = Operations()
    ranges = Ranges(operations)
    a, b = operations.load("a", 1), operations.load("b", 2)
    ranges.declare(a, Interval.parse("(0, inf)"))
    ranges.declare(b, Interval.parse("(0, inf)"))
    positive = Interval.parse("(0, inf)")
    for operator in ("+", "*", "/", "minimum", "maximum"):
        node = operations.put(operator, a, b)
        assert ranges.held(node, positive) == node
    assert ranges.held(operations.put("-", a, b), positive) != operations.put("-", a, b)
    assert ranges.held(operations.put("/", a, b), Interval.parse("[0, 1]")) != operations.put("/", a, b)


def _outside(plan: cs.Plan) -> pd.DataFrame:
    """What leaves its range, by quantity."""
    frame = cs.to_pandas(plan)
    lost = {}
    for name in plan.output.quantities:
        if name in frame and not REGISTRY.choices_of(name):
            values = pd.to_numeric(frame[name]).dropna()
            bad = [float(one) for one in values if float(one) not in REGISTRY.valid(name)]
            if bad:
                lost[name] = bad[0]
    return pd.DataFrame([lost] if lost else [])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_quantities_stay_in_range_in_random_plans(structure: int) -> None:
    for seed in range(3):
        plan, _ = random_plan(structure, seed)
        assert _outside(plan).empty


@pytest.mark.long
@pytest.mark.parametrize("model", ["llama-3-8b", "deepseek-v3"])
def test_quantities_stay_in_range_whatever_the_machine(model: str) -> None:
    """Every quantity that can be had, over machines and numbers of devices."""
    names = [*cs.estimate(model=model, accelerator="H100", devices=64, tokens=1e12, pue=1.1, carbon_intensity=400)]
    plan = cs.Plan(
        axes={"accelerator": ["V100", "A100", "H100", "B200"], "devices": [1, 7, 64, 1000, 16384]},
        constants={"model": model, "tokens": 1e12, "pue": 1.1, "carbon_intensity": 400},
        output={"quantities": [name for name in names if name != "devices"]},
    )
    assert _outside(plan).empty


def test_a_value_outside_its_range_is_null_in_the_nest_and_in_estimate() -> None:
    """More attention layers than layers: no number of any sign comes out, and the reason is said."""
    values = {"layers": 32, "hidden_size": 4096, "attention_heads": 32, "vocabulary_size": 32000, "moe_layers": 40}
    values |= {"experts": 8, "experts_per_token": 2, "expert_ffn_size": 4096}
    found = cs.estimate(**values, quantities=["ffn_parameters", "parameters"])
    frame = cs.to_pandas(
        cs.Plan(
            axes={"sequence_length": [1024, 2048]},
            constants=values,
            output={"quantities": ["ffn_parameters", "parameters"]},
        )
    )
    for name, value in found.items():
        assert (value is None) == frame[name].isna().all()
    assert found["ffn_parameters"] is None


def test_bounds_know_that_values_are_held() -> None:
    sweep = Sweep(
        cs.Plan(
            axes={"layers": [8, 16], "moe_layers": [4, 12]},
            constants={"hidden_size": 1024, "attention_heads": 8, "vocabulary_size": 32000, "experts": 8}
            | {"experts_per_token": 2, "expert_ffn_size": 1024},
            output={"quantities": ["ffn_parameters"]},
        )
    )
    assert cs.search(sweep.plan, minimize="ffn_parameters", top=4)["ffn_parameters"].min() >= 0
