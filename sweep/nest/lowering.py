"""Nests as instructions: the text of a generated function, given to Numba without its own analysis of Python.

Numba's front end takes some milliseconds for every operation: of the time that a nest of a thousand operations took to
compile, four fifths. What nests consist of is plain: numbers, truths, arrays, loops and branches, each variable of one
type, so that instructions follow from the text one by one. Numba still compiles, links, stores and calls the function.

A function of this kind is `lowered`. It may use

- assignments to names, to elements of arrays, and with `+=` and the like;
- `if`, `while`, `for` over a range or over a tuple of numbers, `continue`, `break`, `return`;
- arithmetic, comparisons, `and`, `or`, `not`, `&` and `|` of truths, conditional expressions, `len`, `.shape[...]`,
  `min` and `max` of two whole numbers, `int` of a number;
- intrinsics of Numba, functions and operators that Numba knows, compiled functions, and other functions of this kind.

Every operation is the same instruction as in Numba, so that results are the same bit for bit.
"""

from __future__ import annotations

import ast
import functools
import inspect
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.dispatcher import Dispatcher
from numba.core.extending import intrinsic
from numba.np.arrayobj import make_array

from carbonsweep.nest import intrinsics

_FLOAT, _INTEGER, _TRUTH = types.float64, types.int64, types.boolean
_RANK = {_TRUTH: 0, _INTEGER: 1, _FLOAT: 2}
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
class _Typed:
    """A value and its Numba type; the value of a tuple is the list of its members."""

    kind: Any
    value: Any


class Lowered:
    """A function of a nest; see `lowered`."""

    def __init__(self, result: Any, text: str, names: dict[str, Any]) -> None:
        self.result = result
        self.text = text
        self.names = names

    @functools.cached_property
    def tree(self) -> ast.FunctionDef:
        """Its definition; what is read from a cache needs none."""
        tree = ast.parse(self.text).body[0]
        assert isinstance(tree, ast.FunctionDef)
        return tree

    @property
    def signature(self) -> tuple[str, list[str]]:
        """Its name and those of its arguments."""
        name, rest = self.text.removeprefix("def ").split("(", 1)
        return name, [one.strip() for one in rest.split(")", 1)[0].split(",")]

    def definition(self, typing: Any, *kinds: Any) -> Any:
        """What an intrinsic is defined by: its signature, and what makes its instructions."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            given = [_Typed(kind, value) for kind, value in zip(signature.args, arguments, strict=True)]
            found = _Function(context, builder, self).inline(given)
            if isinstance(self.result, types.UniTuple):
                return context.make_tuple(builder, self.result, found)
            return context.get_dummy_value() if self.result == types.void else found

        return self.result(*map(types.unliteral, kinds)), generate

    @functools.cached_property
    def calls_compiled(self) -> bool:
        """Whether it calls functions that went through the whole of Numba: their errors end the function of Numba."""
        calls = [one.func for one in ast.walk(self.tree) if isinstance(one, ast.Call)]
        functions = [self.names.get(one.id) for one in calls if isinstance(one, ast.Name)]
        inner = [one.lowered for one in functions if one is not None and hasattr(one, "lowered")]
        return any(isinstance(one, Dispatcher) for one in functions) or any(one.calls_compiled for one in inner)

    def call(self, context: Any, builder: Any, arguments: Sequence[_Typed]) -> Any:
        """Call it as a function of the module that is built, where it is made if need be."""
        if self.calls_compiled:
            return _Function(context, builder, self).inline(arguments)
        kinds = [context.get_value_type(one.kind) for one in arguments]
        name = f"{self.tree.name}.{'.'.join(str(one.kind) for one in arguments)}"
        function = builder.module.globals.get(name)
        if function is None:
            tuple_ = isinstance(self.result, types.UniTuple)
            whole = ir.LiteralStructType([ir.DoubleType()] * len(self.result)) if tuple_ else ir.DoubleType()
            function = ir.Function(builder.module, ir.FunctionType(whole, kinds), name)
            function.linkage = "internal"
            inside = ir.IRBuilder(function.append_basic_block("entry"))
            given = [_Typed(one.kind, value) for one, value in zip(arguments, function.args, strict=True)]
            found = _Function(context, inside, self).inline(given)
            if tuple_:
                found = _packed(inside, whole, found)
            inside.ret(found)
        result = builder.call(function, [one.value for one in arguments])
        if isinstance(self.result, types.UniTuple):
            return [builder.extract_value(result, number) for number in range(len(self.result))]
        return result


def _packed(builder: Any, kind: Any, values: Sequence[Any]) -> Any:
    whole = ir.Constant(kind, ir.Undefined)
    for number, value in enumerate(values):
        whole = builder.insert_value(whole, value, number)
    return whole


def lowered(result: Any, text: str, names: dict[str, Any]) -> Any:
    """A function that compiled code can call, from its text.

    Parameters
    ----------
    result
        Numba type of what it returns: a scalar, `void`, or how many float64 a tuple has.
    text
        Its definition, in the part of Python that this module knows.
    names
        The globals of its module.
    """
    kind = types.UniTuple(_FLOAT, result) if isinstance(result, int) else result
    function = Lowered(kind, text, names)

    def definition(typing: Any, *kinds: Any) -> Any:
        return function.definition(typing, *kinds)

    name, arguments = function.signature
    kinds = [inspect.Parameter(one, inspect.Parameter.POSITIONAL_OR_KEYWORD) for one in ("typing", *arguments)]
    definition.__name__ = definition.__qualname__ = name
    definition.__signature__ = inspect.Signature(kinds)  # type: ignore[attr-defined]
    made: Any = intrinsic(definition)
    made.lowered = function
    return made


class _Function:
    """Makes the instructions of one function."""

    def __init__(self, context: Any, builder: Any, function: Lowered) -> None:
        self.context = context
        self.builder = builder
        self.function = function
        self.variables: dict[str, _Typed] = {}
        self.loops: list[tuple[Any, Any]] = []

    def inline(self, arguments: Sequence[_Typed]) -> Any:
        """Make the instructions where the builder stands; it then stands behind them, and has what they return."""
        builder = self.builder
        for name, one in zip(self.function.signature[1], arguments, strict=True):
            if isinstance(one.kind, types.Array):
                self.variables[name] = one
            else:
                self.assign(name, one)
        result = self.function.result
        self.end = builder.append_basic_block("returned")
        if isinstance(result, types.UniTuple):
            self.returned = [self._room(_FLOAT) for _ in range(len(result))]
        else:
            self.returned = [] if result == types.void else [self._room(result)]
        self.block(self.function.tree.body)
        if not builder.block.is_terminated:
            builder.branch(self.end)
        builder.position_at_end(self.end)
        values = [builder.load(one) for one in self.returned]
        return values if isinstance(result, types.UniTuple) else (values[0] if values else None)

    def _room(self, kind: Any) -> Any:
        return cgutils.alloca_once(self.builder, self.context.get_value_type(kind))

    # --- statements --------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for one in statements:
            if self.builder.block.is_terminated:
                return
            self._maker(one)(one)

    def _maker(self, one: ast.AST) -> Callable[[Any], Any]:
        """What makes the instructions of a statement or an expression."""
        found: Callable[[Any], Any] | None = getattr(self, f"_{type(one).__name__.lower()}", None)
        if found is None:
            raise TypeError(f"{self.function.tree.name}: nests have no instructions for {ast.unparse(one)!r}")
        return found

    def assign(self, name: str, given: _Typed) -> None:
        """Set a variable; its first value decides its type."""
        known = self.variables.get(name)
        if isinstance(given.kind, types.UniTuple):
            if known is None:
                rooms = [self._room(_FLOAT) for _ in given.value]
                known = self.variables[name] = _Typed(given.kind, rooms)
            for room, value in zip(known.value, given.value, strict=True):
                self.builder.store(value, room)
            return
        if known is None:
            known = self.variables[name] = _Typed(given.kind, self._room(given.kind))
        self.builder.store(self.cast(given, known.kind), known.value)

    def _assign(self, one: ast.Assign) -> None:
        target = one.targets[0]
        value = self.value(one.value)
        if isinstance(target, ast.Subscript):
            self._put(target, value)
        elif isinstance(target, ast.Tuple):
            assert isinstance(one.value, ast.Tuple)
            for name, member in zip(target.elts, [self.value(part) for part in one.value.elts], strict=True):
                assert isinstance(name, ast.Name)
                self.assign(name.id, member)
        else:
            assert isinstance(target, ast.Name)
            self.assign(target.id, value)

    def _augassign(self, one: ast.AugAssign) -> None:
        target = one.target
        old = self.value(target)
        value = self._combined(one.op, old, self.value(one.value))
        if isinstance(target, ast.Subscript):
            self._put(target, value)
        else:
            assert isinstance(target, ast.Name)
            self.assign(target.id, value)

    def _put(self, target: ast.Subscript, value: _Typed) -> None:
        array, *places = self._element(target)
        self._intrinsic(intrinsics.put if len(places) == 1 else intrinsics.row_put, [array, *places, value])

    def _element(self, one: ast.Subscript) -> list[_Typed]:
        array = self.value(one.value)
        places = one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice]
        return [array, *(self._as(self.value(place), _INTEGER) for place in places)]

    def _expr(self, one: ast.Expr) -> None:
        self.value(one.value)

    def _if(self, one: ast.If) -> None:
        builder = self.builder
        then, beyond = builder.append_basic_block("then"), builder.append_basic_block("beyond")
        other = builder.append_basic_block("else") if one.orelse else beyond
        builder.cbranch(self.truth(one.test), then, other)
        for block, body in ((then, one.body), (other, one.orelse)):
            if body:
                builder.position_at_end(block)
                self.block(body)
                if not builder.block.is_terminated:
                    builder.branch(beyond)
        builder.position_at_end(beyond)

    @contextmanager
    def _loop(self, step: Any, beyond: Any) -> Iterator[None]:
        self.loops.append((step, beyond))
        yield
        self.loops.pop()
        if not self.builder.block.is_terminated:
            self.builder.branch(step)

    def _while(self, one: ast.While) -> None:
        builder = self.builder
        test, body, beyond = (builder.append_basic_block(name) for name in ("while", "do", "done"))
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(self.truth(one.test), body, beyond)
        builder.position_at_end(body)
        with self._loop(test, beyond):
            self.block(one.body)
        builder.position_at_end(beyond)

    def _for(self, one: ast.For) -> None:
        builder = self.builder
        assert isinstance(one.target, ast.Name)
        listed = isinstance(one.iter, ast.Tuple)
        if listed:
            numbers = [float(ast.literal_eval(member)) for member in one.iter.elts]  # type: ignore[attr-defined]
            table = cgutils.global_constant(
                builder, "candidates", ir.Constant(ir.ArrayType(ir.DoubleType(), len(numbers)), numbers)
            )
            first, last, stride = (self._integer(n) for n in (0, len(numbers), 1))
        else:
            assert isinstance(one.iter, ast.Call)
            given = [self._as(self.value(argument), _INTEGER).value for argument in one.iter.args]
            first, last = given[:2] if len(given) > 1 else (self._integer(0), given[0])
            stride = given[2] if len(given) > 2 else self._integer(1)
        counter = self._room(_INTEGER)
        builder.store(first, counter)
        test, body, step, beyond = (builder.append_basic_block(name) for name in ("for", "do", "step", "done"))
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(builder.icmp_signed("<", builder.load(counter), last), body, beyond)
        builder.position_at_end(body)
        place = builder.load(counter)
        if listed:
            element = builder.load(builder.gep(table, [self._integer(0), place]))
            self.assign(one.target.id, _Typed(_FLOAT, element))
        else:
            self.assign(one.target.id, _Typed(_INTEGER, place))
        with self._loop(step, beyond):
            self.block(one.body)
        builder.position_at_end(step)
        builder.store(builder.add(builder.load(counter), stride, flags=["nsw"]), counter)
        builder.branch(test)
        builder.position_at_end(beyond)

    def _continue(self, one: ast.Continue) -> None:
        self.builder.branch(self.loops[-1][0])

    def _break(self, one: ast.Break) -> None:
        self.builder.branch(self.loops[-1][1])

    def _return(self, one: ast.Return) -> None:
        if one.value is not None:
            found = self.value(one.value)
            kind = self.function.result
            values = found.value if isinstance(kind, types.UniTuple) else [self.cast(found, kind)]
            for room, value in zip(self.returned, values, strict=True):
                self.builder.store(value, room)
        self.builder.branch(self.end)

    # --- expressions -------------------------------------------------------------------------------------------

    def value(self, one: ast.expr) -> _Typed:
        found: _Typed = self._maker(one)(one)
        return found

    def truth(self, one: ast.expr) -> Any:
        return self.cast(self.value(one), _TRUTH)

    def _integer(self, value: int) -> Any:
        return ir.Constant(ir.IntType(64), value)

    def cast(self, given: _Typed, kind: Any) -> Any:
        """The value as another type: a truth as 0 or 1, a number as true where it is not zero."""
        builder, value = self.builder, given.value
        if given.kind == kind:
            return value
        if kind == _TRUTH:
            zero = ir.Constant(value.type, 0)
            return (
                builder.icmp_signed("!=", value, zero)
                if given.kind == _INTEGER
                else builder.fcmp_unordered("!=", value, zero)
            )
        if _RANK[given.kind] > _RANK[kind]:
            raise TypeError(f"{self.function.tree.name}: a variable of type {kind} cannot hold {given.kind}")
        if given.kind == _TRUTH:
            return builder.uitofp(value, ir.DoubleType()) if kind == _FLOAT else builder.zext(value, ir.IntType(64))
        return builder.sitofp(value, ir.DoubleType())

    def _as(self, given: _Typed, kind: Any) -> _Typed:
        return _Typed(kind, self.cast(given, kind))

    def _constant(self, one: ast.Constant) -> _Typed:
        if isinstance(one.value, bool):
            return _Typed(_TRUTH, ir.Constant(ir.IntType(1), int(one.value)))
        if isinstance(one.value, int):
            return _Typed(_INTEGER, self._integer(one.value))
        assert isinstance(one.value, float)
        return _Typed(_FLOAT, ir.Constant(ir.DoubleType(), one.value))

    def _name(self, one: ast.Name) -> _Typed:
        known = self.variables[one.id]
        if isinstance(known.kind, types.Array):
            return known
        if isinstance(known.kind, types.UniTuple):
            return _Typed(known.kind, [self.builder.load(room) for room in known.value])
        return _Typed(known.kind, self.builder.load(known.value))

    def _tuple(self, one: ast.Tuple) -> _Typed:
        members = [self._as(self.value(member), _FLOAT).value for member in one.elts]
        return _Typed(types.UniTuple(_FLOAT, len(members)), members)

    def _attribute(self, one: ast.Attribute) -> _Typed:
        value = getattr(np, one.attr)
        return _Typed(_FLOAT, ir.Constant(ir.DoubleType(), float(value)))

    def _subscript(self, one: ast.Subscript) -> _Typed:
        if isinstance(one.value, ast.Attribute) and one.value.attr == "shape":
            assert isinstance(one.slice, ast.Constant)
            assert isinstance(one.slice.value, int)
            return self._size(self.value(one.value.value), one.slice.value)
        if isinstance(one.value, ast.Name) and isinstance(self.variables[one.value.id].kind, types.UniTuple):
            assert isinstance(one.slice, ast.Constant)
            assert isinstance(one.slice.value, int)
            room = self.variables[one.value.id].value[one.slice.value]
            return _Typed(_FLOAT, self.builder.load(room))
        element = self._element(one)
        return self._intrinsic(intrinsics.at if len(element) == 2 else intrinsics.row_at, element)

    def _size(self, array: _Typed, axis: int) -> _Typed:
        shape = make_array(array.kind)(self.context, self.builder, array.value).shape
        return _Typed(_INTEGER, self.builder.extract_value(shape, axis))

    def _binop(self, one: ast.BinOp) -> _Typed:
        return self._combined(one.op, self.value(one.left), self.value(one.right))

    def _combined(self, sign: ast.operator, first: _Typed, second: _Typed) -> _Typed:
        builder = self.builder
        if isinstance(sign, ast.BitAnd | ast.BitOr) and first.kind == second.kind == _TRUTH:
            make = builder.and_ if isinstance(sign, ast.BitAnd) else builder.or_
            return _Typed(_TRUTH, make(first.value, second.value))
        if isinstance(sign, ast.Div):
            return _Typed(_FLOAT, builder.fdiv(self.cast(first, _FLOAT), self.cast(second, _FLOAT)))
        kind = max(first.kind, second.kind, _INTEGER, key=_RANK.__getitem__)
        if type(sign) in _ARITHMETIC:
            make = getattr(builder, _ARITHMETIC[type(sign)][kind == _INTEGER])
            return _Typed(kind, make(self.cast(first, kind), self.cast(second, kind)))
        return self._known_to_numba(_OPERATORS[type(sign)], [self._as(first, kind), self._as(second, kind)])

    def _unaryop(self, one: ast.UnaryOp) -> _Typed:
        if isinstance(one.op, ast.Not):
            return _Typed(_TRUTH, self.builder.not_(self.truth(one.operand)))
        assert isinstance(one.op, ast.USub)
        value = self.value(one.operand)
        if value.kind == _FLOAT:
            return _Typed(_FLOAT, self.builder.fneg(value.value))
        return _Typed(_INTEGER, self.builder.neg(self.cast(value, _INTEGER)))

    def _compare(self, one: ast.Compare) -> _Typed:
        builder = self.builder
        values = [self.value(one.left), *map(self.value, one.comparators)]
        found = None
        for sign, first, second in zip(one.ops, values[:-1], values[1:], strict=True):
            kind = max(first.kind, second.kind, _INTEGER, key=_RANK.__getitem__)
            left, right, text = self.cast(first, kind), self.cast(second, kind), _COMPARISONS[type(sign)]
            if kind == _INTEGER:
                holds = builder.icmp_signed(text, left, right)
            elif text == "!=":
                holds = builder.fcmp_unordered(text, left, right)
            else:
                holds = builder.fcmp_ordered(text, left, right)
            found = holds if found is None else builder.and_(found, holds)
        return _Typed(_TRUTH, found)

    def _boolop(self, one: ast.BoolOp) -> _Typed:
        """The first operand that decides; those after it are not evaluated."""
        builder = self.builder
        result = self._room(_TRUTH)
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
        return _Typed(_TRUTH, builder.load(result))

    def _ifexp(self, one: ast.IfExp) -> _Typed:
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
        return _Typed(kind, builder.load(result))

    # --- calls -------------------------------------------------------------------------------------------------

    def _call(self, one: ast.Call) -> _Typed:
        if isinstance(one.func, ast.Attribute):
            return self._of_numpy(one.func.attr, [self.value(argument) for argument in one.args])
        assert isinstance(one.func, ast.Name)
        name = one.func.id
        arguments = [self.value(argument) for argument in one.args]
        if name == "len":
            return self._size(arguments[0], 0)
        if name in _OF_INTEGERS:
            first, second = (self._as(argument, _INTEGER).value for argument in arguments)
            first_is = self.builder.icmp_signed(_OF_INTEGERS[name], first, second)
            return _Typed(_INTEGER, self.builder.select(first_is, first, second))
        if name == "int":
            return _Typed(_INTEGER, self.builder.fptosi(self.cast(arguments[0], _FLOAT), ir.IntType(64)))
        function = self.function.names[name]
        inner = getattr(function, "lowered", None)
        if inner is not None:
            return _Typed(inner.result, inner.call(self.context, self.builder, arguments))
        if hasattr(function, "_defn"):
            return self._intrinsic(function, arguments)
        return self._known_to_numba(function, arguments)

    def _of_numpy(self, name: str, arguments: list[_Typed]) -> _Typed:
        if name == "isnan":
            value = self.cast(arguments[0], _FLOAT)
            return _Typed(_TRUTH, self.builder.fcmp_unordered("uno", value, value))
        known = getattr(intrinsics, name, None)
        if known is not None and hasattr(known, "_defn"):
            return self._intrinsic(known, arguments)
        return self._known_to_numba(getattr(np, name), arguments)

    def _intrinsic(self, function: Any, arguments: list[_Typed]) -> _Typed:
        signature, generate = function._defn(self.context.typing_context, *(one.kind for one in arguments))
        values = [
            one.value if one.kind == kind else self.cast(one, kind)
            for one, kind in zip(arguments, signature.args, strict=True)
        ]
        return _Typed(signature.return_type, generate(self.context, self.builder, signature, values))

    def _known_to_numba(self, function: Any, arguments: list[_Typed]) -> _Typed:
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

    def _unpacked(self, kind: Any, value: Any) -> _Typed:
        if isinstance(kind, types.UniTuple):
            return _Typed(kind, [self.builder.extract_value(value, number) for number in range(len(kind))])
        return _Typed(kind, value)
