"""Bounds of the equations over boxes of the grid, by interval arithmetic on their text.

Every value is a range [low, high] that holds all results that are not NaN, and a mark whether NaN may occur.
Ranges are arrays, one element a box. The bounds hold for the *computed* numbers: +, -, *, / and rounding are
monotone in floating point too, so that the rounded ends bound every rounded result; powers, exponentials and
logarithms, whose last digits differ between libraries, are widened. An equation whose text is not understood (it
loops, or calls another that does not look up a curve) may give anything in its valid range.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from carbonsweep.grid.chosen import NO_CHOICE, Chosen, Step
from carbonsweep.grid.sampled import Sampled
from carbonsweep.kernels import Equation
from carbonsweep.kernels import Interval as Valid
from carbonsweep.kernels.choice import Function, parameters
from carbonsweep.kernels.statistics import FEASIBLE_SHARE
from carbonsweep.nest.equation_source import function_tree
from carbonsweep.reductions.curve_bounds import RULES

SLACK = 1e-12
"""Relative widening of powers, exponentials and logarithms; libraries agree to about 1e-15."""

Array = np.ndarray


@dataclass(frozen=True)
class Interval:
    """Ranges of a value over some boxes; low > high where the value is NaN for certain."""

    low: Array
    high: Array
    nan: Array


@dataclass(frozen=True)
class Truth:
    """Whether a condition may hold, and whether it may fail, over some boxes."""

    true: Array
    false: Array


class NotUnderstood(Exception):
    """The text uses something that has no interval rule."""


def constant(value: float, boxes: int) -> Interval:
    """The same number in every box."""
    if np.isnan(value):
        return _nothing(boxes)
    ends = np.full(boxes, value)
    return Interval(ends, ends, np.zeros(boxes, dtype=bool))


def _nothing(boxes: int) -> Interval:
    return Interval(np.full(boxes, np.inf), np.full(boxes, -np.inf), np.ones(boxes, dtype=bool))


def bound_equation(equation: Equation, values: Mapping[str, Interval], boxes: int) -> Interval:
    """Bounds of an equation's result.

    Parameters
    ----------
    equation
        The equation.
    values
        Bounds of its inputs.
    boxes
        Number of boxes.
    """
    scope = {name: values[name] for name in equation.inputs}
    valid = equation.valid
    try:
        with np.errstate(all="ignore"):
            return _held(_run(function_tree(equation.function).body, scope, boxes), valid)
    except NotUnderstood:
        return Interval(np.full(boxes, valid.low), np.full(boxes, valid.high), np.ones(boxes, dtype=bool))


def _held(found: Interval, valid: Valid) -> Interval:
    """Bounds of a value that is NaN outside its range."""
    low, high = np.maximum(found.low, valid.low), np.minimum(found.high, valid.high)
    outside = (found.low < valid.low) | (found.high > valid.high)
    outside |= valid.low_open & (found.low <= valid.low)
    outside |= valid.high_open & (found.high >= valid.high)
    empty = low > high
    return Interval(np.where(empty, np.inf, low), np.where(empty, -np.inf, high), found.nan | outside)


def bound_choice(step: Chosen, values: Mapping[str, Interval], boxes: int) -> dict[str, Interval]:
    """Bounds of what a choice gives: any of its candidates, or none."""
    found: dict[str, Interval] = {}
    for axis in step.axes:
        for row, name in enumerate(axis.bound):
            low, high = np.ones(boxes), np.ones(boxes)
            if axis.fixed is not None:
                column = np.array([value[row] for value in axis.fixed])
                low, high = low * np.fmin.reduce(column, initial=np.inf), high * np.fmax.reduce(column, initial=-np.inf)
            else:
                assert axis.candidates is not None
                assert axis.candidates.most is not None
                most = _bound_function(axis.candidates.most, {**values, **found}, boxes)
                high = np.maximum(np.where(np.isfinite(most.high), most.high, np.inf), 1.0)
            function = (step.choice.otherwise or {}).get(name)
            if function is not None:
                other = _bound_function(function, values, boxes)
                low, high = np.fmin(low, other.low), np.fmax(high, other.high)
            found[name] = Interval(low, high, np.ones(boxes, dtype=bool))
    if step.reasons:
        found[NO_CHOICE] = Interval(np.zeros(boxes), np.full(boxes, np.inf), np.ones(boxes, dtype=bool))
    return found


def bound_samples(step: Sampled, values: Mapping[str, Interval], boxes: int) -> dict[str, Interval]:
    """Bounds of statistics: of the bounds in each of some groups of samples.

    A statistic never falls where every sample rises, so that it lies between those of the lower and of the upper ends.
    """
    groups = step.samples.groups
    count, many = len(groups.sizes), len(groups.sizes) * boxes
    inside = {name: _repeated(values[name], count) for name in step.inputs}
    for field, low, high in zip(step.samples.fields, groups.low, groups.high, strict=True):
        inside[field] = Interval(np.repeat(low, boxes), np.repeat(high, boxes), np.zeros(many, dtype=bool))
    bound_steps(step.steps, inside, many)
    whole = float(groups.sizes.sum())
    found: dict[str, Interval] = {}
    for one in step.statistics:
        of = inside[one.quantity]
        low, high, nan = (part.reshape(count, boxes) for part in (of.low, of.high, of.nan))
        weights = groups.sizes[:, None]
        if one.is_share:
            at_most = one.kind == "at_most"
            certain = ~nan & (high <= one.level if at_most else low >= one.level)
            possible = (low <= one.level) if at_most else (high >= one.level)
            least, most = ((part * weights).sum(axis=0) / whole for part in (certain, possible))
            found[one.column] = Interval(least, most, np.zeros(boxes, dtype=bool))
            continue
        missing: Array = np.any(nan, axis=0)
        ends = low.min(axis=0), high.max(axis=0)
        if one.kind == "mean":
            with np.errstate(invalid="ignore"):
                sums = [(part * weights).sum(axis=0) / whole for part in (low, high)]
            least, most = np.fmax(_down(sums[0]), ends[0]), np.fmin(_up(sums[1]), ends[1])
        else:
            rank = -(-round(one.level * 1e4) * int(whole) // 1_000_000)
            least, most = _at_rank(low, groups.sizes, rank), _at_rank(high, groups.sizes, rank)
            if one.kind == "cvar":  # a mean of what lies above the quantile
                least, most = _down(least), _up(ends[1])
        # A sample without a value is pushed to one end: what then stands at the rank is any other.
        large = one.quantity in step.maximized
        least = np.where(missing & large, ends[0], least)
        most = np.where(missing & (not large), ends[1], most)
        found[one.column] = Interval(least, most, missing)
    found[FEASIBLE_SHARE] = Interval(np.zeros(boxes), np.ones(boxes), np.zeros(boxes, dtype=bool))
    return found


def _repeated(of: Interval, count: int) -> Interval:
    return Interval(np.tile(of.low, count), np.tile(of.high, count), np.tile(of.nan, count))


def _at_rank(values: Array, sizes: Array, rank: int) -> Array:
    """The value at a rank from 1, of values that stand for several samples each; shape (groups, boxes)."""
    order = np.argsort(values, axis=0, kind="stable")
    up_to = np.cumsum(sizes[order], axis=0)
    place = np.argmax(up_to >= rank, axis=0)
    found: Array = np.take_along_axis(values, np.take_along_axis(order, place[None], axis=0), axis=0)[0]
    return found


def bound_steps(steps: Iterable[Step], values: dict[str, Interval], boxes: int) -> None:
    """Add bounds of what steps give to the values known."""
    for step in steps:
        if isinstance(step, Chosen):
            values.update(bound_choice(step, values, boxes))
        elif isinstance(step, Sampled):
            values.update(bound_samples(step, values, boxes))
        else:
            values[step.quantity] = bound_equation(step, values, boxes)


def _bound_function(function: Function, values: Mapping[str, Interval], boxes: int) -> Interval:
    scope = {name: values[name] for name in parameters(function)}
    try:
        with np.errstate(all="ignore"):
            return _run(function_tree(function).body, scope, boxes)
    except NotUnderstood:
        return Interval(np.full(boxes, -np.inf), np.full(boxes, np.inf), np.ones(boxes, dtype=bool))


def bound_condition(tree: ast.expr, values: Mapping[str, Interval], boxes: int) -> Truth:
    """Whether a constraint may hold and may fail in each box."""
    try:
        with np.errstate(all="ignore"):
            return _truth(tree, values, boxes)
    except NotUnderstood:
        both = np.ones(boxes, dtype=bool)
        return Truth(both, both)


def _run(statements: list[ast.stmt], scope: Mapping[str, Interval], boxes: int) -> Interval:
    """Bounds of what a function's statements return; both ways of an undecided branch are followed."""
    for position, statement in enumerate(statements):
        if isinstance(statement, ast.Return) and statement.value is not None:
            return _value(statement.value, scope, boxes)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            scope = {**scope, statement.targets[0].id: _value(statement.value, scope, boxes)}
        elif isinstance(statement, ast.If):
            rest = statements[position + 1 :]
            test = _truth(statement.test, scope, boxes)
            return _either(
                test,
                _run([*statement.body, *rest], scope, boxes) if test.true.any() else _nothing(boxes),
                _run([*statement.orelse, *rest], scope, boxes) if test.false.any() else _nothing(boxes),
            )
        else:
            raise NotUnderstood
    raise NotUnderstood


def _either(test: Truth, yes: Interval, no: Interval) -> Interval:
    low = np.minimum(np.where(test.true, yes.low, np.inf), np.where(test.false, no.low, np.inf))
    high = np.maximum(np.where(test.true, yes.high, -np.inf), np.where(test.false, no.high, -np.inf))
    return Interval(low, high, (test.true & yes.nan) | (test.false & no.nan))


def _value(node: ast.expr, scope: Mapping[str, Interval], boxes: int) -> Interval:
    if isinstance(node, ast.Name):
        if node.id not in scope:
            raise NotUnderstood
        return scope[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return constant(float(node.value), boxes)
    if isinstance(node, ast.Attribute) and node.attr in ("nan", "inf"):
        return constant(getattr(np, node.attr), boxes)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, scope, boxes)
        return Interval(-inner.high, -inner.low, inner.nan)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
        return _value(node.operand, scope, boxes)
    if isinstance(node, ast.IfExp):
        test = _truth(node.test, scope, boxes)
        return _either(test, _value(node.body, scope, boxes), _value(node.orelse, scope, boxes))
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, scope, boxes), _value(node.right, scope, boxes)
        for kind, rule in _OPERATIONS.items():
            if isinstance(node.op, kind):
                return _settle(rule(left, right), left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FUNCTIONS:
        arguments = [_value(argument, scope, boxes) for argument in node.args]
        return _settle(_FUNCTIONS[node.func.attr](*arguments), *arguments)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RULES:
        arguments = [_value(argument, scope, boxes) for argument in node.args]
        none = np.logical_or.reduce([one.low > one.high for one in arguments])
        # A box without values may not be looked up; `_settle` says what it is.
        ends = [(np.where(none, 0.0, one.low), np.where(none, 0.0, one.high)) for one in arguments]
        return _settle(Interval(*RULES[node.func.id](*ends)), *arguments)
    raise NotUnderstood


def _settle(result: Interval, *arguments: Interval) -> Interval:
    """The result where every argument has values, NaN for certain where one has none."""
    empty = np.zeros_like(result.nan)
    nan = result.nan
    for argument in arguments:
        empty = empty | (argument.low > argument.high)
        nan = nan | argument.nan
    low = np.where(np.isnan(result.low), -np.inf, result.low)
    high = np.where(np.isnan(result.high), np.inf, result.high)
    return Interval(np.where(empty, np.inf, low), np.where(empty, -np.inf, high), nan | empty)


def _add(a: Interval, b: Interval) -> Interval:
    opposite = (np.isposinf(a.high) & np.isneginf(b.low)) | (np.isneginf(a.low) & np.isposinf(b.high))
    return Interval(a.low + b.low, a.high + b.high, opposite)


def _subtract(a: Interval, b: Interval) -> Interval:
    return _add(a, Interval(-b.high, -b.low, b.nan))


def _multiply(a: Interval, b: Interval) -> Interval:
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    # 0 * inf at a corner stands for products that are 0 or NaN.
    corners = [np.where(np.isnan(corner), 0.0, corner) for corner in corners]
    infinite = ~(np.isfinite(a.low) & np.isfinite(a.high) & np.isfinite(b.low) & np.isfinite(b.high))
    return Interval(np.minimum.reduce(corners), np.maximum.reduce(corners), infinite)


def _divide(a: Interval, b: Interval) -> Interval:
    corners = [x / y for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = np.fmin.reduce(corners), np.fmax.reduce(corners)
    through_zero = (b.low <= 0) & (b.high >= 0)
    infinite = ~(np.isfinite(a.low) & np.isfinite(a.high) & np.isfinite(b.low) & np.isfinite(b.high))
    # inf / inf may also be approached from either side.
    unclear = through_zero | (infinite & np.isnan(low + high)) | (np.isnan(corners).any(axis=0))
    low, high = np.where(unclear, -np.inf, low), np.where(unclear, np.inf, high)
    return Interval(low, high, through_zero | infinite)


def _power(a: Interval, b: Interval) -> Interval:
    corners = [np.power(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = np.fmin.reduce(corners), np.fmax.reduce(corners)
    # Monotone in each argument while the base is above zero; at zero only for a positive exponent.
    clear = (a.low > 0) | ((a.low == 0) & (b.low > 0))
    positive = (a.low >= 0) & ~clear
    low = np.where(clear, _down(low), np.where(positive, 0.0, -np.inf))
    high = np.where(clear, _up(high), np.inf)
    infinite = ~(np.isfinite(a.low) & np.isfinite(a.high) & np.isfinite(b.low) & np.isfinite(b.high))
    return Interval(low, high, ~clear | infinite)


def _down(values: Array) -> Array:
    return values - np.abs(values) * SLACK


def _up(values: Array) -> Array:
    return values + np.abs(values) * SLACK


def _exp(a: Interval) -> Interval:
    return Interval(_down(np.exp(a.low)), _up(np.exp(a.high)), np.zeros_like(a.nan))


def _log(a: Interval) -> Interval:
    return _logarithm(a, np.log)


def _log2(a: Interval) -> Interval:
    return _logarithm(a, np.log2)


def _logarithm(a: Interval, function: Callable[[Array], Array]) -> Interval:
    low = np.where(a.low > 0, function(a.low), -np.inf)
    high = np.where(a.high > 0, function(a.high), -np.inf)
    margin = SLACK * np.maximum(1.0, np.where(np.isfinite(low), np.abs(low), 0.0))
    upper = SLACK * np.maximum(1.0, np.where(np.isfinite(high), np.abs(high), 0.0))
    return Interval(low - margin, high + upper, a.low < 0)


def _sqrt(a: Interval) -> Interval:
    low, high = np.sqrt(np.maximum(a.low, 0.0)), np.sqrt(np.maximum(a.high, 0.0))
    return Interval(low, high, a.low < 0)


def _minimum(a: Interval, b: Interval) -> Interval:
    return Interval(np.minimum(a.low, b.low), np.minimum(a.high, b.high), np.zeros_like(a.nan))


def _maximum(a: Interval, b: Interval) -> Interval:
    return Interval(np.maximum(a.low, b.low), np.maximum(a.high, b.high), np.zeros_like(a.nan))


def _ceil(a: Interval) -> Interval:
    return Interval(np.ceil(a.low), np.ceil(a.high), np.zeros_like(a.nan))


def _floor(a: Interval) -> Interval:
    return Interval(np.floor(a.low), np.floor(a.high), np.zeros_like(a.nan))


def _rint(a: Interval) -> Interval:
    return Interval(np.rint(a.low), np.rint(a.high), np.zeros_like(a.nan))


_OPERATIONS: dict[type[ast.operator], Callable[[Interval, Interval], Interval]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.Pow: _power,
}
_FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "exp": _exp,
    "log": _log,
    "log2": _log2,
    "sqrt": _sqrt,
    "minimum": _minimum,
    "maximum": _maximum,
    "ceil": _ceil,
    "floor": _floor,
    "rint": _rint,
}


def _truth(node: ast.expr, scope: Mapping[str, Interval], boxes: int) -> Truth:
    if isinstance(node, ast.BoolOp):
        parts = [_truth(part, scope, boxes) for part in node.values]
        trues, falses = [part.true for part in parts], [part.false for part in parts]
        if isinstance(node.op, ast.And):
            return Truth(np.logical_and.reduce(trues), np.logical_or.reduce(falses))
        return Truth(np.logical_or.reduce(trues), np.logical_and.reduce(falses))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _truth(node.operand, scope, boxes)
        return Truth(inner.false, inner.true)
    if isinstance(node, ast.Compare):
        values = [_value(part, scope, boxes) for part in (node.left, *node.comparators)]
        parts = [_compare(op, a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        true = np.logical_and.reduce([part.true for part in parts])
        return Truth(true, np.logical_or.reduce([part.false for part in parts]))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "isnan":
        inner_value = _value(node.args[0], scope, boxes)
        return Truth(inner_value.nan, inner_value.low <= inner_value.high)
    value = _value(node, scope, boxes)
    return _compare(ast.NotEq(), value, constant(0.0, boxes))


def _compare(op: ast.cmpop, a: Interval, b: Interval) -> Truth:
    """A comparison with NaN is false, but for !=, which is then true."""
    nan = a.nan | b.nan
    some = (a.low <= a.high) & (b.low <= b.high)
    if isinstance(op, ast.Lt):
        return Truth(some & (a.low < b.high), (some & (a.high >= b.low)) | nan)
    if isinstance(op, ast.LtE):
        return Truth(some & (a.low <= b.high), (some & (a.high > b.low)) | nan)
    if isinstance(op, ast.Gt):
        return _compare(ast.Lt(), b, a)
    if isinstance(op, ast.GtE):
        return _compare(ast.LtE(), b, a)
    overlap = some & (a.low <= b.high) & (b.low <= a.high)
    single = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
    if isinstance(op, ast.Eq):
        return Truth(overlap, (some & ~single) | nan)
    if isinstance(op, ast.NotEq):
        return Truth((some & ~single) | nan, overlap)
    raise NotUnderstood
