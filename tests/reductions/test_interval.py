"""Bounds that never exclude a value: every equation over random boxes, and the ranges of axes."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.kernels.curves import looking_up
from carbonsweep.kernels.registry import Interval as Valid
from carbonsweep.plan.expression import parse
from carbonsweep.reductions.boxes import _Ranges, cut
from carbonsweep.reductions.interval import Interval, bound_condition, bound_equation
from tests.curves import TABLE

EQUATIONS = [equation for variants in REGISTRY.quantities.values() for equation in variants if not equation.choice]
BOXES, POINTS = 60, 25
HANDLES = {"profile_curve", "purchase_curve"}


def _draw(random: np.random.Generator, valid: Valid, integer: bool, optional: bool, size: int) -> np.ndarray:
    """Values of a name: small and large, ends of its range, and NaN where that may come."""
    low = max(valid.low, 1e-3 if valid.low >= 0 else -1e3)
    high = min(valid.high, 10.0 ** random.choice([1, 3, 12]))
    if low > 0:
        values = np.exp(random.uniform(np.log(low), np.log(max(high, low)), size))
    else:
        values = random.uniform(low, high, size)
    ends = [end for end in (valid.low, valid.high) if end in valid and math.isfinite(end)]
    for end in ends:
        values[random.random(size) < 0.1] = end
    if integer:
        values = np.clip(np.rint(values), valid.low, valid.high)
    if optional:
        values[random.random(size) < 0.2] = np.nan
    return values


def _about(name: str) -> tuple[Valid, bool, bool]:
    declared = REGISTRY.inputs.get(name)
    return REGISTRY.valid(name), declared is not None and declared.integer, declared is None or declared.optional


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda e: f"{e.quantity}-{e.variant}")
def test_every_equation(equation: Equation) -> None:
    """The computed value at any point of a box is within its bounds, or NaN (also for what is out of range) where they
    allow it."""
    random = np.random.default_rng(5)
    points = {name: _draw(random, *_about(name), BOXES * POINTS).reshape(BOXES, POINTS) for name in equation.inputs}
    for name in points:
        points[name][random.random(BOXES) < 0.4] = points[name][0, :1]  # inputs that are the same all over a box
    for name in HANDLES.intersection(points):
        points[name] = random.integers(0, len(TABLE), points[name].shape) + 0.0
        points[name][random.random(BOXES) < 0.7] = random.integers(0, len(TABLE))
    values = {}
    for name, at in points.items():
        known = np.where(np.isnan(at), np.inf, at).min(axis=1), np.where(np.isnan(at), -np.inf, at).max(axis=1)
        values[name] = Interval(*known, np.isnan(at).any(axis=1))
    with looking_up(TABLE):
        bounds = bound_equation(equation, values, BOXES)
    with np.errstate(all="ignore"), looking_up(TABLE):
        for box in range(BOXES):
            for point in range(POINTS):
                value = equation.function(*(np.float64(points[name][box, point]) for name in equation.inputs))
                if math.isnan(value) or float(value) not in equation.valid:
                    assert bounds.nan[box]
                else:
                    assert bounds.low[box] <= value <= bounds.high[box]


def test_bounds_are_tight_where_it_counts() -> None:
    """Products and sums of positive ranges are met exactly at their corners."""
    (equation,) = REGISTRY.quantities["total_carbon"]
    box = {
        name: Interval(np.array([low]), np.array([high]), np.array([False]))
        for name, low, high in (("operational_carbon", 1.0, 2.0), ("embodied_carbon", 10.0, 20.0))
    }
    bounds = bound_equation(equation, box, 1)
    assert (bounds.low[0], bounds.high[0], bounds.nan[0]) == (11, 22, False)


_number = st.floats(-50, 50).map(lambda x: f"{x!r}")
_sum = st.recursive(
    st.sampled_from(["a", "b"]) | _number,
    lambda part: st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part),
    max_leaves=5,
)
_condition = st.recursive(
    st.builds("{} {} {}".format, _sum, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _sum),
    lambda part: (
        st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part) | st.builds("(not {})".format, part)
    ),
    max_leaves=4,
)
_ends = st.tuples(st.integers(-20, 20), st.integers(0, 10))


@settings(deadline=None)
@given(_condition, _ends, _ends, st.booleans())
def test_conditions(text: str, a: tuple[int, int], b: tuple[int, int], missing: bool) -> None:
    """What may hold is not called impossible, what may fail not certain."""
    tree = parse(text, "test").tree
    ranges = {
        name: Interval(np.array([float(low)]), np.array([float(low + width)]), np.array([missing]))
        for name, (low, width) in (("a", a), ("b", b))
    }
    truth = bound_condition(tree, ranges, 1)
    code = compile(ast.Expression(tree), "test", "eval")
    choices = [[low, low + width / 2, low + width, *([math.nan] if missing else [])] for low, width in (a, b)]
    with np.errstate(all="ignore"):
        for x in choices[0]:
            for y in choices[1]:
                known = {"a": np.float64(x), "b": np.float64(y)}
                try:
                    holds = bool(eval(code, {"np": np}, known))  # noqa: S307  (hypothesis' own text)
                except ZeroDivisionError:  # of two literals, which the nest takes as IEEE does
                    continue
                assert truth.true[0] if holds else truth.false[0]


@given(st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=40), st.booleans(), st.data())
def test_ranges_of_an_axis(values: list[float], in_order: bool, data: st.DataObject) -> None:
    array = np.array(sorted(values, key=lambda v: (math.isnan(v), v)) if in_order else values)
    low = data.draw(st.integers(0, len(values) - 1))
    high = data.draw(st.integers(low + 1, len(values)))
    bounds = _Ranges(array).over(np.array([low]), np.array([high]))
    part = array[low:high]
    known = part[~np.isnan(part)]
    assert bounds.nan[0] == (len(known) < len(part))
    if len(known):
        assert (bounds.low[0], bounds.high[0]) == (known.min(), known.max())
    else:
        assert bounds.low[0] > bounds.high[0]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 200))
def test_boxes_cover_the_grid_once(sizes: list[int], box_points: int) -> None:
    seen = np.zeros(sizes, dtype=int)
    for low, high in cut(sizes, box_points):
        seen[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] += 1
    assert (seen == 1).all()


def test_what_is_not_understood_is_anything_valid() -> None:
    equation = Equation("q", "v", ("a",), "1", Valid.parse("[0, inf)"), "", "", "assumed", "", "", _strange)
    bounds = bound_equation(equation, {"a": Interval(np.ones(1), np.ones(1), np.zeros(1, dtype=bool))}, 1)
    assert (bounds.low[0], bounds.high[0], bounds.nan[0]) == (0.0, np.inf, True)


def _strange(a: float) -> float:
    total = 0.0
    for _ in range(3):
        total += a
    return total
