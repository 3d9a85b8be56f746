"""Instructions for the expressions of a function of a nest."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.dispatcher import Dispatcher
from numba.np.arrayobj import make_array

from carbonsweep.nest import intrinsics

FLOAT, INTEGER, TRUTH = types.float64, types.int64, types.boolean
_RANK = {TRUTH: 0, INTEGER: 1, FLOAT: 2}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("fadd", "add"),
    ast.Sub: ("fsub", "sub"),
    ast.Mult: ("fmul", "mul"),
}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Pow: operator.pow,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.RShift: operator.rshift,
}
_OF_INTEGERS = {"min": "<", "max": ">"}


@dataclass(frozen=True)
class Typed:
    """A value and its Numba type; the value of a tuple is the list of its members."""

    kind: Any
    value: Any


class Expressions:
    """Makes the instructions of expressions where a builder stands.

    Parameters
    ----------
    context, builder
        Those of Numba.
    title
        What errors call the function.
    names
        The globals of its module.
    """

    def __init__(self, context: Any, builder: Any, title: str, names: dict[str, Any]) -> None:
        self.context = context
        self.builder = builder
        self.title = title
        self.names = names
        self.variables: dict[str, Typed] = {}
        self.arrays: dict[Any, str] = {}

    def _maker(self, one: ast.AST) -> Callable[[Any], Any]:
        """What makes the instructions of a statement or an expression."""
        found: Callable[[Any], Any] | None = getattr(self, f"_{type(one).__name__.lower()}", None)
        if found is None:
            raise TypeError(f"{self.title}: nests have no instructions for {ast.unparse(one)!r}")
        return found

    def _room(self, kind: Any) -> Any:
        return cgutils.alloca_once(self.builder, self.context.get_value_type(kind))

    def value(self, one: ast.expr) -> Typed:
        found: Typed = self._maker(one)(one)
        return found

    def truth(self, one: ast.expr) -> Any:
        return self.cast(self.value(one), TRUTH)

    def _integer(self, value: int) -> Any:
        return ir.Constant(ir.IntType(64), value)

    def cast(self, given: Typed, kind: Any) -> Any:
        """The value as another type: a truth as 0 or 1, a number as true where it is not zero."""
        builder, value = self.builder, given.value
        if given.kind == kind:
            return value
        if kind == TRUTH:
            zero = ir.Constant(value.type, 0)
            return (
                builder.icmp_signed("!=", value, zero)
                if given.kind == INTEGER
                else builder.fcmp_unordered("!=", value, zero)
            )
        if _RANK[given.kind] > _RANK[kind]:
            raise TypeError(f"{self.title}: a variable of type {kind} cannot hold {given.kind}")
        if given.kind == TRUTH:
            return builder.uitofp(value, ir.DoubleType()) if kind == FLOAT else builder.zext(value, ir.IntType(64))
        return builder.sitofp(value, ir.DoubleType())

    def _as(self, given: Typed, kind: Any) -> Typed:
        return Typed(kind, self.cast(given, kind))

    def _constant(self, one: ast.Constant) -> Typed:
        if isinstance(one.value, bool):
            return Typed(TRUTH, ir.Constant(ir.IntType(1), int(one.value)))
        if isinstance(one.value, int):
            return Typed(INTEGER, self._integer(one.value))
        assert isinstance(one.value, float)
        return Typed(FLOAT, ir.Constant(ir.DoubleType(), one.value))

    def _name(self, one: ast.Name) -> Typed:
        known = self.variables[one.id]
        if isinstance(known.kind, types.Array):
            return known
        if isinstance(known.kind, types.UniTuple):
            return Typed(known.kind, [self.builder.load(room) for room in known.value])
        return Typed(known.kind, self.builder.load(known.value))

    def _tuple(self, one: ast.Tuple) -> Typed:
        members = [self._as(self.value(member), FLOAT).value for member in one.elts]
        return Typed(types.UniTuple(FLOAT, len(members)), members)

    def _attribute(self, one: ast.Attribute) -> Typed:
        value = getattr(np, one.attr)
        return Typed(FLOAT, ir.Constant(ir.DoubleType(), float(value)))

    def _subscript(self, one: ast.Subscript) -> Typed:
        if isinstance(one.value, ast.Attribute) and one.value.attr == "shape":
            assert isinstance(one.slice, ast.Constant)
            assert isinstance(one.slice.value, int)
            return self._size(self.value(one.value.value), one.slice.value)
        if isinstance(one.value, ast.Name) and isinstance(self.variables[one.value.id].kind, types.UniTuple):
            assert isinstance(one.slice, ast.Constant)
            assert isinstance(one.slice.value, int)
            room = self.variables[one.value.id].value[one.slice.value]
            return Typed(FLOAT, self.builder.load(room))
        element = self._element(one)
        return self._intrinsic(intrinsics.at if len(element) == 2 else intrinsics.row_at, element)

    def _element(self, one: ast.Subscript) -> list[Typed]:
        array = self.value(one.value)
        places = one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice]
        return [array, *(self._as(self.value(place), INTEGER) for place in places)]

    def _size(self, array: Typed, axis: int) -> Typed:
        shape = make_array(array.kind)(self.context, self.builder, array.value).shape
        return Typed(INTEGER, self.builder.extract_value(shape, axis))

    def _binop(self, one: ast.BinOp) -> Typed:
        return self._combined(one.op, self.value(one.left), self.value(one.right))

    def _combined(self, sign: ast.operator, first: Typed, second: Typed) -> Typed:
        builder = self.builder
        if isinstance(sign, ast.BitAnd | ast.BitOr) and first.kind == second.kind == TRUTH:
            make = builder.and_ if isinstance(sign, ast.BitAnd) else builder.or_
            return Typed(TRUTH, make(first.value, second.value))
        if isinstance(sign, ast.Div):
            return Typed(FLOAT, builder.fdiv(self.cast(first, FLOAT), self.cast(second, FLOAT)))
        kind = max(first.kind, second.kind, INTEGER, key=_RANK.__getitem__)
        if type(sign) in _ARITHMETIC:
            make = getattr(builder, _ARITHMETIC[type(sign)][kind == INTEGER])
            return Typed(kind, make(self.cast(first, kind), self.cast(second, kind)))
        return self._known_to_numba(_OPERATORS[type(sign)], [self._as(first, kind), self._as(second, kind)])

    def _unaryop(self, one: ast.UnaryOp) -> Typed:
        if isinstance(one.op, ast.Not):
            return Typed(TRUTH, self.builder.not_(self.truth(one.operand)))
        assert isinstance(one.op, ast.USub)
        value = self.value(one.operand)
        if value.kind == FLOAT:
            return Typed(FLOAT, self.builder.fneg(value.value))
        return Typed(INTEGER, self.builder.neg(self.cast(value, INTEGER)))

    def _compare(self, one: ast.Compare) -> Typed:
        builder = self.builder
        values = [self.value(one.left), *map(self.value, one.comparators)]
        found = None
        for sign, first, second in zip(one.ops, values[:-1], values[1:], strict=True):
            kind = max(first.kind, second.kind, INTEGER, key=_RANK.__getitem__)
            left, right, text = self.cast(first, kind), self.cast(second, kind), _COMPARISONS[type(sign)]
            if kind == INTEGER:
                holds = builder.icmp_signed(text, left, right)
            elif text == "!=":
                holds = builder.fcmp_unordered(text, left, right)
            else:
                holds = builder.fcmp_ordered(text, left, right)
            found = holds if found is None else builder.and_(found, holds)
        return Typed(TRUTH, found)

    def _boolop(self, one: ast.BoolOp) -> Typed:
        """The first operand that decides; those after it are not evaluated."""
        builder = self.builder
        result = self._room(TRUTH)
        decided = builder.append_basic_block("decided")
        for number, part in enumerate(one.values):
            value = self.truth(part)
            builder.store(value, result)
            if number == len(one.values) - 1:
                builder.branch(decided)
                break
            further = builder.append_basic_block("further")
            branches = (further, decided) if isinstance(one.op, ast.And) else (decided, further)
            builder.cbranch(value, *branches)
            builder.position_at_end(further)
        builder.position_at_end(decided)
        return Typed(TRUTH, builder.load(result))

    def _ifexp(self, one: ast.IfExp) -> Typed:
        builder = self.builder
        blocks = [builder.append_basic_block(name) for name in ("then", "else")]
        beyond = builder.append_basic_block("beyond")
        builder.cbranch(self.truth(one.test), *blocks)
        found = []
        for block, part in zip(blocks, (one.body, one.orelse), strict=True):
            builder.position_at_end(block)
            found.append((self.value(part), builder.block))
        kind = max((value.kind for value, _ in found), key=_RANK.__getitem__)
        result = self._room(kind)
        for value, block in found:
            builder.position_at_end(block)
            builder.store(self.cast(value, kind), result)
            builder.branch(beyond)
        builder.position_at_end(beyond)
        return Typed(kind, builder.load(result))

    # --- calls -------------------------------------------------------------------------------------------------

    def _call(self, one: ast.Call) -> Typed:
        if isinstance(one.func, ast.Attribute):
            return self._of_numpy(one.func.attr, [self.value(argument) for argument in one.args])
        assert isinstance(one.func, ast.Name)
        name = one.func.id
        arguments = [self.value(argument) for argument in one.args]
        if name == "len":
            return self._size(arguments[0], 0)
        if name in _OF_INTEGERS:
            first, second = (self._as(argument, INTEGER).value for argument in arguments)
            first_is = self.builder.icmp_signed(_OF_INTEGERS[name], first, second)
            return Typed(INTEGER, self.builder.select(first_is, first, second))
        if name == "int":
            return Typed(INTEGER, self.builder.fptosi(self.cast(arguments[0], FLOAT), ir.IntType(64)))
        function = self.names[name]
        inner = getattr(function, "lowered", None)
        if inner is not None:
            return Typed(inner.result, inner.call(self.context, self.builder, arguments))
        if hasattr(function, "_defn"):
            return self._intrinsic(function, arguments)
        return self._known_to_numba(function, arguments)

    def _of_numpy(self, name: str, arguments: list[Typed]) -> Typed:
        if name == "isnan":
            value = self.cast(arguments[0], FLOAT)
            return Typed(TRUTH, self.builder.fcmp_unordered("uno", value, value))
        known = getattr(intrinsics, name, None)
        if known is not None and hasattr(known, "_defn"):
            return self._intrinsic(known, arguments)
        return self._known_to_numba(getattr(np, name), arguments)

    def _intrinsic(self, function: Any, arguments: list[Typed]) -> Typed:
        signature, generate = function._defn(self.context.typing_context, *(one.kind for one in arguments))
        values = [
            one.value if one.kind == kind else self.cast(one, kind)
            for one, kind in zip(arguments, signature.args, strict=True)
        ]
        block, before = self.builder.block, len(self.builder.block.instructions)
        found = Typed(signature.return_type, generate(self.context, self.builder, signature, values))
        if values and values[0] in self.arrays:
            self._apart(self.arrays[values[0]], block.instructions[before:])
        return found

    def _apart(self, array: str, instructions: Sequence[Any]) -> None:
        """Say of the access to an array that it is none to any other: arrays of a nest never overlap."""
        access = [one for one in instructions if isinstance(one, ir.LoadInstr | ir.StoreInstr)][-1]
        own, others = self.scopes[array]
        access.set_metadata("alias.scope", own)
        access.set_metadata("noalias", others)

    @functools.cached_property
    def scopes(self) -> dict[str, tuple[Any, Any]]:
        """For every array what LLVM knows it by, and all others."""
        module = self.builder.module
        prefix = f"{self.builder.function.name}.{len(self.builder.function.blocks)}"
        domain = module.add_metadata([ir.MetaDataString(module, prefix)])
        each = {
            name: module.add_metadata([ir.MetaDataString(module, f"{prefix}.{name}"), domain])
            for name in self.arrays.values()
        }
        return {
            name: (module.add_metadata([own]), module.add_metadata([one for one in each.values() if one is not own]))
            for name, own in each.items()
        }

    def _known_to_numba(self, function: Any, arguments: list[Typed]) -> Typed:
        typing = self.context.typing_context
        kind = typing.resolve_value_type(function)
        signature = typing.resolve_function_type(kind, tuple(one.kind for one in arguments), {})
        if isinstance(function, Dispatcher):
            typing.refresh()
        compiled = self.context.get_function(kind, signature)
        values = [
            one.value if one.kind == wanted else self.cast(one, wanted)
            for one, wanted in zip(arguments, signature.args, strict=True)
        ]
        found = compiled(self.builder, values)
        self.context.add_linking_libs(getattr(compiled, "libs", ()))
        return self._unpacked(signature.return_type, found)

    def _unpacked(self, kind: Any, value: Any) -> Typed:
        if isinstance(kind, types.UniTuple):
            return Typed(kind, [self.builder.extract_value(value, number) for number in range(len(kind))])
        return Typed(kind, value)
