"""Constants and axes that a plan gives as expressions over others: `moe_layers = "layers - 3"`."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

import numpy as np

from carbonsweep.catalogs import RECORDS
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.given import Binder, Given
from carbonsweep.kernels import REGISTRY, Registry
from carbonsweep.kernels.equations_of_plans import of_plan
from carbonsweep.plan import expression
from carbonsweep.plan.expression import Expression
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.words import meant

MOST_TRIED = 10_000
"""Combinations of values up to which an expression is tried before anything runs."""


def read_formulas(plan: Plan) -> dict[str, Expression]:
    """The constants that are expressions, each after those that it depends on.

    Raises
    ------
    PlanError
        If one is no arithmetic of known numbers, or depends on itself.
    """
    found: dict[str, Expression] = {}
    known = REGISTRY.names()
    for name, text in plan.constants.items():
        if not isinstance(text, str) or not is_formula(name, text):
            continue
        at = f"{plan.file}: constants.{name}"
        parsed = expression.parse_arithmetic(text, at)
        for one in parsed.names:
            if one in RECORDS or (one in REGISTRY.inputs and REGISTRY.inputs[one].choices):
                raise PlanError(f"{at}: {one} in {text!r} is no number; use the numbers that it stands for")
            if one not in known and (name_of := meant(one, asked=True)) in known:
                raise PlanError(f"{at}: {one!r} in {text!r} is called {name_of!r} here; write that")
        expression.check_names(parsed, known, at)
        if name in plan.equations:
            raise PlanError(f"{at}: {name} is computed by {text!r}; remove equations.{name}")
        found[name] = parsed
    order = TopologicalSorter({name: [n for n in one.names if n in found] for name, one in found.items()})
    try:
        return {name: found[name] for name in order.static_order()}
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise PlanError(f"{plan.file}: constants: {circle} is a circle; give one of them as a number") from None


def is_formula(name: str, text: str) -> bool:
    """Whether a text given for a name is an expression."""
    declared = REGISTRY.inputs.get(name)
    if name not in REGISTRY.names() or (declared is not None and declared.choices):
        return False
    return expression.is_arithmetic(text, REGISTRY.names())


def fold(
    formulas: Mapping[str, Expression], fixed: dict[str, Given], owner: dict[str, str], binder: Binder
) -> dict[str, Expression]:
    """Evaluate the expressions that are the same at every point, as further constants; the others are returned.

    Raises
    ------
    PlanError
        If the value of one is not among those that the name may have.
    """
    left: dict[str, Expression] = {}
    for name, formula in formulas.items():
        if any(owner.get(one) not in fixed for one in formula.names):
            left[name] = formula
            continue
        at = f"{binder.at}: constants.{name}: {formula.text!r}"
        value = formula.evaluate({one: float(fixed[owner[one]].fields[one][0]) for one in formula.names})
        if value is None or not math.isfinite(value):
            raise PlanError(f"{at} has no value; it divides by zero, or a catalog row lacks a number in it")
        fixed[name] = binder.number(name, float(value), at)
        owner[name] = name
    return left


def with_formulas(formulas: Mapping[str, Expression]) -> Registry:
    """The registry in which the expressions of a plan stand in place of what else would give their names."""
    if not formulas:
        return REGISTRY
    quantities = dict(REGISTRY.quantities)
    for name, formula in formulas.items():
        quantities[name] = (of_plan(name, formula.names, expression.arithmetic_source(formula), formula.text),)
    inputs = {name: one for name, one in REGISTRY.inputs.items() if name not in formulas}
    return replace(REGISTRY, inputs=inputs, quantities=quantities)


def check_formulas(
    formulas: Mapping[str, Expression],
    registry: Registry,
    tables: Mapping[str, Mapping[str, Given]],
    fixed: Mapping[str, Given],
    owner: Mapping[str, str],
    binder: Binder,
) -> None:
    """Try the expressions that depend on axes and constants alone, and note where they have no value.

    Raises
    ------
    PlanError
        If one has no value anywhere, or values that make no sense.
    """
    axis_of = {entry: axis for axis, table in tables.items() for entry in table}
    for name, formula in formulas.items():
        at = f"{binder.at}: constants.{name}: {formula.text!r}"
        axes = list(dict.fromkeys(axis_of[owner[n]] for n in formula.names if owner.get(n) in axis_of))
        simple = all(owner.get(n) in axis_of or owner.get(n) in fixed for n in formula.names)
        rule = f"outside {REGISTRY.valid(name).text}"
        if name in REGISTRY.inputs and REGISTRY.inputs[name].integer:
            rule += " or not whole"
        sizes = [len(next(iter(tables[axis][axis].fields.values()))) for axis in axes]
        if not simple or math.prod(sizes) > MOST_TRIED:
            if _may_leave(name, formula):
                binder.notes.append(f"{name} = {formula.text} has no value where it is {rule}")
            continue
        function = registry.quantities[name][0].function
        points = _points(formula, axes, sizes, tables, fixed, owner, axis_of)
        with np.errstate(all="ignore"):
            values = np.array([function(*map(np.float64, point)) for point in points])
        missing = int(np.isnan(values).sum())
        if missing == len(values):
            raise PlanError(f"{at} is {rule} at all values of {' and '.join(axes)}; change it, or the axes")
        binder.check_plausible(name, values[~np.isnan(values)], at)
        if missing:
            text = f"at {missing} of {len(values)} values of {' x '.join(axes)}"
            binder.notes.append(f"{name} = {formula.text} has no value {text}: {rule}")


def _may_leave(name: str, formula: Expression) -> bool:
    """Whether a value may be outside the range of its name: sums, products and shares of amounts are amounts."""
    valid, declared = REGISTRY.valid(name), REGISTRY.inputs.get(name)
    whole = declared is not None and declared.integer
    negative = any(isinstance(node, ast.Sub | ast.USub) for node in ast.walk(formula.tree))
    amounts = all(REGISTRY.valid(one).low >= 0.0 for one in formula.names)
    return whole or negative or not amounts or valid.low > 0.0 or valid.high < math.inf


def _points(
    formula: Expression,
    axes: list[str],
    sizes: list[int],
    tables: Mapping[str, Mapping[str, Given]],
    fixed: Mapping[str, Given],
    owner: Mapping[str, str],
    axis_of: Mapping[str, str],
) -> Iterator[list[float]]:
    """The values of an expression's names at every combination of the axes that they stand on."""
    for place in itertools.product(*map(range, sizes)):
        point = []
        for name in formula.names:
            entry = owner[name]
            given = fixed[entry] if entry in fixed else tables[axis_of[entry]][entry]
            point.append(float(given.fields[name][0 if entry in fixed else place[axes.index(axis_of[entry])]]))
        yield point
