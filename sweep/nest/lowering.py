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

Every operation is the same instruction as in Numba, so that results are the same bit for bit. The arrays that a
function gets must not overlap: LLVM is told so, and then takes several elements of a loop at a time.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.dispatcher import Dispatcher
from numba.core.extending import intrinsic

from carbonsweep.nest import intrinsics
from carbonsweep.nest.lowered_expressions import FLOAT, INTEGER, Expressions, Typed


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
            given = [Typed(kind, value) for kind, value in zip(signature.args, arguments, strict=True)]
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

    def call(self, context: Any, builder: Any, arguments: Sequence[Typed]) -> Any:
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
            given = [Typed(one.kind, value) for one, value in zip(arguments, function.args, strict=True)]
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
    kind = types.UniTuple(FLOAT, result) if isinstance(result, int) else result
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


class _Function(Expressions):
    """Makes the instructions of one function."""

    def __init__(self, context: Any, builder: Any, function: Lowered) -> None:
        super().__init__(context, builder, function.tree.name, function.names)
        self.function = function
        self.loops: list[tuple[Any, Any]] = []

    def inline(self, arguments: Sequence[Typed]) -> Any:
        """Make the instructions where the builder stands; it then stands behind them, and has what they return."""
        builder = self.builder
        for name, one in zip(self.function.signature[1], arguments, strict=True):
            if isinstance(one.kind, types.Array):
                self.variables[name] = one
                self.arrays[one.value] = name
            else:
                self.assign(name, one)
        result = self.function.result
        self.end = builder.append_basic_block("returned")
        if isinstance(result, types.UniTuple):
            self.returned = [self._room(FLOAT) for _ in range(len(result))]
        else:
            self.returned = [] if result == types.void else [self._room(result)]
        self.block(self.function.tree.body)
        if not builder.block.is_terminated:
            builder.branch(self.end)
        builder.position_at_end(self.end)
        values = [builder.load(one) for one in self.returned]
        return values if isinstance(result, types.UniTuple) else (values[0] if values else None)

    # --- statements --------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for one in statements:
            if self.builder.block.is_terminated:
                return
            self._maker(one)(one)

    def assign(self, name: str, given: Typed) -> None:
        """Set a variable; its first value decides its type."""
        known = self.variables.get(name)
        if isinstance(given.kind, types.UniTuple):
            if known is None:
                rooms = [self._room(FLOAT) for _ in given.value]
                known = self.variables[name] = Typed(given.kind, rooms)
            for room, value in zip(known.value, given.value, strict=True):
                self.builder.store(value, room)
            return
        if known is None:
            known = self.variables[name] = Typed(given.kind, self._room(given.kind))
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

    def _put(self, target: ast.Subscript, value: Typed) -> None:
        array, *places = self._element(target)
        self._intrinsic(intrinsics.put if len(places) == 1 else intrinsics.row_put, [array, *places, value])

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
            given = [self._as(self.value(argument), INTEGER).value for argument in one.iter.args]
            first, last = given[:2] if len(given) > 1 else (self._integer(0), given[0])
            stride = given[2] if len(given) > 2 else self._integer(1)
        counter = self._room(INTEGER)
        builder.store(first, counter)
        test, body, step, beyond = (builder.append_basic_block(name) for name in ("for", "do", "step", "done"))
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(builder.icmp_signed("<", builder.load(counter), last), body, beyond)
        builder.position_at_end(body)
        place = builder.load(counter)
        if listed:
            element = builder.load(builder.gep(table, [self._integer(0), place]))
            self.assign(one.target.id, Typed(FLOAT, element))
        else:
            self.assign(one.target.id, Typed(INTEGER, place))
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
