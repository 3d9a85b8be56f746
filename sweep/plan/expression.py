"""The small language of `where` filters and constraints: names, numbers, strings, arithmetic, comparisons,
and / or / not.

Python's own parser reads the text into a syntax tree; nothing is ever evaluated by Python. Any node outside
the grammar (a call, an attribute, an index, a lambda, ...) is refused, so an expression can neither run code
nor reach anything but the names it is given.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from carbonsweep.foundation.errors import PlanError, suggestion

LONGEST = 100_000
"""Characters an expression may have: thousands of terms; one that is nested too deeply is refused by itself."""
DEEPEST = 100
"""Operations that may stand in each other where an expression is compiled."""

_ARITHMETIC: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
}
_COMPARISON: dict[type, tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}
_COMPARISON_SIGNS = tuple(sorted((sign for sign, _ in _COMPARISON.values()), key=len, reverse=True))


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Attributes
    ----------
    text
        The expression as written.
    names
        The names it mentions, in order of first mention.
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Value of the expression for one row; a comparison with an unknown (None or NaN) is false."""
        return _evaluate(self.tree, values)

    @property
    def numbers(self) -> tuple[ast.Constant, ...]:
        """The numbers it mentions, as nodes of its tree."""
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))


def parse(text: str, at: str) -> Expression:
    """Check an expression against the grammar.

    Parameters
    ----------
    text
        The expression, for example ``family == 'llama' and training_tokens_b > 1000``.
    at
        Where it stands, for errors (a file and key).

    Raises
    ------
    PlanError
        If it is not a sentence of the grammar.
    """
    if len(text) > LONGEST:
        raise PlanError(f"{at}: expression of {len(text)} characters; the limit is {LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "too deeply nested or not text"
        raise PlanError(f"{at}: cannot read expression {_shown(text)}: {reason}") from None
    names: dict[str, None] = {}
    try:
        _check(tree, names, text, at)
    except RecursionError:
        raise PlanError(f"{at}: expression {text[:40]!r}... is too deeply nested") from None
    return Expression(text.strip(), tuple(names), tree)


def _shown(text: str) -> str:
    """An expression as errors quote it: not too long."""
    return repr(text if len(text) <= 200 else text[:197] + "...")


def is_arithmetic(text: str, known: Container[str]) -> bool:
    """Whether a text given for a number is meant as an expression: a known name, or anything with an operator or call.

    Numbers with or without a unit, and single words, are not: `70B`, `60 days`, `1,024`, `seventy`.
    """
    if len(text) > LONGEST:
        return False
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return node.id in known if isinstance(node, ast.Name) else not isinstance(node, ast.Constant | ast.Tuple)


def parse_arithmetic(text: str, at: str) -> Expression:
    """Check an expression whose value is a number: names, numbers, + - * / and brackets.

    Raises
    ------
    PlanError
        If it is not a sentence of this part of the grammar, or its parts are nested too deeply for a compiler.
    """
    found = parse(text, at)
    for node in ast.walk(found.tree):
        number = isinstance(node, ast.Constant) and not isinstance(node.value, str | bool)
        sign = isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not)
        if isinstance(node, ast.expr) and not (number or sign or isinstance(node, ast.Name | ast.BinOp)):
            raise PlanError(f"{at}: {_shown(text)} is not a number; use names, numbers, + - * / and brackets")
    if _depth(found.tree) > DEEPEST:
        raise PlanError(f"{at}: expression {text[:40]!r}... has more than {DEEPEST} operations in each other")
    return found


def _depth(tree: ast.expr) -> int:
    level, depth = [tree], 0
    while level:
        level = [part for node in level for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        depth += 1
    return depth


def parse_condition(name: str, text: str, at: str) -> Expression:
    """Check a constraint on `name`: a comparison that begins with its sign, such as ``"<= 90"``."""
    stripped = text.strip()
    if not stripped.startswith(_COMPARISON_SIGNS):
        raise PlanError(
            f"{at}: constraint {_shown(text)} must begin with a comparison sign, for example {name} = '<= 90'"
        )
    return parse(f"{name} {stripped}", at)


def _check(node: ast.AST, names: dict[str, None], text: str, at: str) -> None:
    if isinstance(node, ast.Name):
        names[node.id] = None
    elif isinstance(node, ast.Constant):
        finite = isinstance(node.value, int | float) and math.isfinite(_float(node.value, text, at))
        if not (isinstance(node.value, str) or finite):
            raise PlanError(f"{at}: {node.value!r} is not a finite number or text, in {_shown(text)}")
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            _check(part, names, text, at)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.UAdd):
        _check(node.operand, names, text, at)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        _check(node.left, names, text, at)
        _check(node.right, names, text, at)
    elif isinstance(node, ast.Compare) and all(type(sign) in _COMPARISON for sign in node.ops):
        for part in (node.left, *node.comparators):
            _check(part, names, text, at)
    else:
        raise PlanError(
            f"{at}: {_describe(node)} is not allowed in {_shown(text)}; "
            "use names, numbers, quoted text, + - * /, comparisons, and, or, not"
        )


def _float(value: float, text: str, at: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise PlanError(f"{at}: a number in {_shown(text)} is too large") from None


def _describe(node: ast.AST) -> str:
    known = {ast.Call: "a call", ast.Attribute: "attribute access", ast.Subscript: "indexing"}
    if isinstance(node, ast.BinOp):
        return "an operator other than + - * /"
    return known.get(type(node), f"{type(node).__name__.lower()} syntax")


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        parts = (bool(_evaluate(part, values)) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp):
        value = _evaluate(node.operand, values)
        if isinstance(node.op, ast.Not):
            return not value
        return None if value is None else (-value if isinstance(node.op, ast.USub) else value)
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, values), _evaluate(node.right, values)
        if left is None or right is None:
            return None
        try:
            return _ARITHMETIC[type(node.op)][1](left, right)
        except ZeroDivisionError:
            return None
    assert isinstance(node, ast.Compare)
    left = _evaluate(node.left, values)
    for sign, part in zip(node.ops, node.comparators, strict=True):
        right = _evaluate(part, values)
        if left is None or right is None or not _COMPARISON[type(sign)][1](left, right):
            return False
        left = right
    return True


def _source(node: ast.expr, names: Mapping[str, str], numbers: Mapping[ast.Constant, str]) -> str:
    """Checked arithmetic as source, its names and numbers replaced."""
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.Constant):
        return numbers[node]
    if isinstance(node, ast.UnaryOp):
        return f"({'-' if isinstance(node.op, ast.USub) else '+'}{_source(node.operand, names, numbers)})"
    assert isinstance(node, ast.BinOp)
    sign = _ARITHMETIC[type(node.op)][0]
    return f"({_source(node.left, names, numbers)} {sign} {_source(node.right, names, numbers)})"


def arithmetic_source(expression: Expression) -> str:
    """A checked expression of numbers as source, written anew from its tree: known names, numbers, signs, brackets."""
    numbers = {number: repr(float(number.value)) for number in expression.numbers}  # type: ignore[arg-type]
    return _source(expression.tree, {name: name for name in expression.names}, numbers)


def check_names(expression: Expression, known: Mapping[str, Any] | list[str], at: str) -> None:
    """Refuse an expression that mentions a name outside `known`."""
    for name in expression.names:
        if name not in known:
            raise PlanError(f"{at}: unknown name {name!r} in {_shown(expression.text)}{suggestion(name, known)}")


def check_numeric(expression: Expression, at: str) -> None:
    """Refuse text in an expression that the nest evaluates, where everything is a number."""
    for node in ast.walk(expression.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            raise PlanError(
                f"{at}: text {node.value!r} in {_shown(expression.text)}; "
                "constraints compare numbers, filter catalog rows with where = ... on the axis"
            )
