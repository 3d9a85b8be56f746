"""Values held to their ranges: which tests a nest needs so that no quantity leaves the range that is declared for it.

The range of most operations follows from those of their operands: a product of numbers above zero is above zero. Only
where it does not is the value tested, and replaced by NaN outside. Ranges are those that the names have, never the
values of a plan, so that the text of a nest stays that of its structure; overflow is not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from carbonsweep.kernels import Interval
from carbonsweep.nest.operations import Node, Operations


@dataclass(frozen=True)
class Range:
    """The values of a node that are not NaN: the ends, and whether each is left out."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def above_zero(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def not_below_zero(self) -> bool:
        return self.low >= 0

    @property
    def finite(self) -> bool:
        return (self.high < math.inf or self.high_open) and (self.low > -math.inf or self.low_open)


ANY = Range(-math.inf, math.inf)
NONE = Range(math.inf, -math.inf)
"""The range of what is never a number."""


def declared(valid: Interval) -> Range:
    """The range of a name."""
    return Range(valid.low, valid.high, valid.low_open, valid.high_open)


class Ranges:
    """The ranges of a graph's nodes."""

    def __init__(self, operations: Operations) -> None:
        self.operations = operations
        self._known: dict[Node, Range] = {}

    def declare(self, node: Node, valid: Interval) -> None:
        """Say what a node may be that comes from outside."""
        self._known[node] = declared(valid)

    def held(self, node: Node, valid: Interval) -> Node:
        """The node, tested where it is not certain to be in a range."""
        operations = self.operations
        constant = operations.constant(node)
        if constant is not None:
            return node if math.isnan(constant) or float(constant) in valid else operations.number(math.nan)
        found, tests = self.of(node), []
        if not (found.low > valid.low or (found.low == valid.low and (found.low_open or not valid.low_open))):
            tests.append(operations.put(">" if valid.low_open else ">=", node, operations.number(valid.low)))
        if not (found.high < valid.high or (found.high == valid.high and (found.high_open or not valid.high_open))):
            tests.append(operations.put("<" if valid.high_open else "<=", node, operations.number(valid.high)))
        if not tests:
            return node
        test = tests[0] if len(tests) == 1 else operations.put("and", *tests)
        result = operations.put("select", test, node, operations.number(math.nan))
        self._known[result] = declared(valid)
        return result

    def of(self, node: Node) -> Range:
        """The range of a node."""
        for one in self.operations.in_order([node], self._known.__contains__):
            if one not in self._known:
                self._known[one] = self._found(self.operations.nodes[one])
        return self._known[node]

    def _found(self, node: tuple[Any, ...]) -> Range:
        operator, *rest = node
        if operator == "number":
            value = float(rest[0])
            return NONE if math.isnan(value) else Range(value, value)
        if self.operations.is_truth(self.operations._known[node]):
            return Range(0.0, 1.0)
        if operator in ("load", "call", "choose", "pick"):
            return ANY
        if operator == "select":
            return _union(self._known[rest[1]], self._known[rest[2]])
        rule = _RULES.get(operator)
        if rule is None:
            return ANY
        found = [self._known[operand] for operand in rest]
        if any(one.low > one.high for one in found):
            return NONE
        result: Range = rule(*found)
        return result


def _union(a: Range, b: Range) -> Range:
    if a.low > a.high or b.low > b.high:
        return b if a.low > a.high else a
    low, high = min(a.low, b.low), max(a.high, b.high)
    low_open = all(one.low_open for one in (a, b) if one.low == low)
    high_open = all(one.high_open for one in (a, b) if one.high == high)
    return Range(low, high, low_open, high_open)


def _sum(a: Range, b: Range) -> Range:
    low, high = a.low + b.low, a.high + b.high
    return Range(
        -math.inf if math.isnan(low) else low,
        math.inf if math.isnan(high) else high,
        _open_sum(a.low, a.low_open, b.low, b.low_open),
        _open_sum(a.high, a.high_open, b.high, b.high_open),
    )


def _open_sum(a: float, a_open: bool, b: float, b_open: bool) -> bool:
    """An end is reached only where both are; an infinite one already where either is."""
    if math.isinf(a) or math.isinf(b):
        return (a_open or not math.isinf(a)) and (b_open or not math.isinf(b))
    return a_open or b_open


def _negative(a: Range) -> Range:
    return Range(-a.high, -a.low, a.high_open, a.low_open)


def _difference(a: Range, b: Range) -> Range:
    return _sum(a, _negative(b))


def _product(a: Range, b: Range) -> Range:
    if a.not_below_zero and b.not_below_zero:
        low, high = a.low * b.low, a.high * b.high
        above = a.above_zero and b.above_zero
        return Range(
            0.0 if math.isnan(low) else low,
            math.inf if math.isnan(high) else high,
            above if low == 0 or math.isnan(low) else False,
            a.finite and b.finite and not high < math.inf,
        )
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    if any(math.isnan(corner) or math.isinf(corner) for corner in corners):
        open_ = a.finite and b.finite
        return Range(-math.inf, math.inf, open_, open_)
    return Range(min(corners), max(corners))


def _quotient(a: Range, b: Range) -> Range:
    if b.not_below_zero and a.not_below_zero:
        low = 0.0 if math.isinf(b.high) or math.isinf(a.low) else a.low / b.high if b.high > 0 else math.inf
        high = a.high / b.low if b.low > 0 and not (math.isinf(a.high) and math.isinf(b.low)) else math.inf
        return Range(
            low, high, a.above_zero and b.finite and low == 0.0, a.finite and b.above_zero and math.isinf(high)
        )
    if b.above_zero:
        open_ = a.finite
        if b.low > 0 and math.isfinite(a.low) and math.isfinite(a.high):
            return Range(min(a.low / b.low, a.low / b.high, 0.0), max(a.high / b.low, a.high / b.high, 0.0))
        return Range(-math.inf, math.inf, open_, open_)
    return ANY


def _power(a: Range, b: Range) -> Range:
    if not a.not_below_zero:
        return ANY
    finite = a.finite and b.finite and (a.above_zero or b.not_below_zero)
    if b.not_below_zero and a.low >= 1:
        return Range(1.0, math.inf, False, finite)
    if b.not_below_zero and a.high <= 1:
        return Range(0.0, 1.0, a.above_zero and b.finite)
    return Range(0.0, math.inf, a.above_zero and b.finite, finite)


def _smaller(a: Range, b: Range) -> Range:
    high = min(a.high, b.high)
    low = min(a.low, b.low)
    return Range(
        low,
        high,
        all(one.low_open for one in (a, b) if one.low == low),
        any(one.high_open for one in (a, b) if one.high == high),
    )


def _larger(a: Range, b: Range) -> Range:
    return _negative(_smaller(_negative(a), _negative(b)))


def _rounded(function: Any) -> Any:
    def rule(a: Range) -> Range:
        low = a.low if math.isinf(a.low) else float(function(a.low))
        high = a.high if math.isinf(a.high) else float(function(a.high))
        return Range(low, high, a.low_open and math.isinf(low), a.high_open and math.isinf(high))

    return rule


def _ceiling(a: Range) -> Range:
    """Above zero it is one at least."""
    low = a.low if math.isinf(a.low) else float(math.ceil(a.low))
    high = a.high if math.isinf(a.high) else float(math.ceil(a.high))
    if a.low_open and a.low == low:
        low += 1.0
    return Range(low, high, a.low_open and math.isinf(low), a.high_open and math.isinf(high))


def _root(a: Range) -> Range:
    low = math.sqrt(max(a.low, 0.0))
    return Range(low, math.sqrt(max(a.high, 0.0)), a.above_zero and low == 0.0, a.finite and math.isinf(a.high))


def _exponential(a: Range) -> Range:
    high = math.inf if a.high > 700 else math.exp(a.high)
    low = 0.0 if a.low < -700 else math.exp(a.low) * (1 - 1e-9)
    return Range(low, high * (1 + 1e-9), a.finite and low == 0.0, a.finite and math.isinf(high))


def _logarithm(a: Range) -> Range:
    return Range(-math.inf, math.inf, a.above_zero, a.finite)


_RULES: dict[str, Any] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "**": _power,
    "negative": _negative,
    "minimum": _smaller,
    "maximum": _larger,
    "ceil": _ceiling,
    "floor": _rounded(math.floor),
    "rint": _rounded(round),
    "sqrt": _root,
    "exp": _exponential,
    "log": _logarithm,
    "log2": _logarithm,
}
