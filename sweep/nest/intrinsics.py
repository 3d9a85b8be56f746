"""Scalar functions for nests, as single instructions: NumPy's own take Numba many times as long to compile.

Each gives what NumPy's function of that name gives for float64.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import for_range_slice, get_or_insert_function
from numba.core.extending import intrinsic
from numba.np.arrayobj import make_array

_DOUBLE = types.float64


@intrinsic
def select(context: Any, test: Any, first: Any, second: Any) -> Any:
    """The first value where the test holds, else the second; both are evaluated."""
    kind = _DOUBLE if first != types.boolean or second != types.boolean else types.boolean

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return kind(types.boolean, kind, kind), generate


def _smaller_or_larger(comparison: str) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, second = arguments
        kept = builder.or_(builder.fcmp_ordered(comparison, first, second), builder.fcmp_unordered("uno", first, first))
        return builder.select(kept, first, second)

    return generate


@intrinsic
def minimum(context: Any, first: Any, second: Any) -> Any:
    """The smaller value; NaN if either is."""
    return _DOUBLE(_DOUBLE, _DOUBLE), _smaller_or_larger("<=")


@intrinsic
def maximum(context: Any, first: Any, second: Any) -> Any:
    """The larger value; NaN if either is."""
    return _DOUBLE(_DOUBLE, _DOUBLE), _smaller_or_larger(">=")


def _instruction(name: str) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function = builder.module.declare_intrinsic(name, [ir.DoubleType()])
        return builder.call(function, arguments)

    return generate


@intrinsic
def floor(context: Any, value: Any) -> Any:
    """The largest whole number that is not larger."""
    return _DOUBLE(_DOUBLE), _instruction("llvm.floor")


@intrinsic
def ceil(context: Any, value: Any) -> Any:
    """The smallest whole number that is not smaller."""
    return _DOUBLE(_DOUBLE), _instruction("llvm.ceil")


@intrinsic
def rint(context: Any, value: Any) -> Any:
    """The nearest whole number, the even one of two."""
    return _DOUBLE(_DOUBLE), _instruction("llvm.rint")


def _element(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    """The address of an element of an array whose elements lie one after the other."""
    return builder.gep(make_array(kind)(context, builder, array).data, [offset])


def _in_row(context: Any, builder: Any, kind: Any, array: Any, row: Any, position: Any) -> Any:
    """The offset of an element in an array of rows."""
    shape = make_array(kind)(context, builder, array).shape
    return builder.add(builder.mul(row, builder.extract_value(shape, 1)), position)


@intrinsic
def at(context: Any, array: Any, position: Any) -> Any:
    """An element of a contiguous array; the position is not checked, and never negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        return context.unpack_value(builder, kind.dtype, _element(context, builder, kind, *arguments))

    return array.dtype(array, types.int64), generate


@intrinsic
def row_at(context: Any, array: Any, row: Any, position: Any) -> Any:
    """An element of a row of a contiguous array; positions are not checked, and never negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        offset = _in_row(context, builder, kind, *arguments)
        return context.unpack_value(builder, kind.dtype, _element(context, builder, kind, arguments[0], offset))

    return array.dtype(array, types.int64, types.int64), generate


@intrinsic
def curve_at(context: Any, table: Any, row: Any, position: Any) -> Any:
    """An element of a contiguous table by numbers that are cut to whole ones; NaN where it has none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        shape = make_array(kind)(context, builder, arguments[0]).shape
        inside = ir.Constant(ir.IntType(1), 1)
        zero = ir.Constant(ir.DoubleType(), 0.0)
        for axis, number in enumerate(arguments[1:]):
            size = builder.sitofp(builder.extract_value(shape, axis), ir.DoubleType())
            inside = builder.and_(inside, builder.fcmp_ordered(">=", number, zero))
            inside = builder.and_(inside, builder.fcmp_ordered("<", number, size))
        places = [builder.fptosi(builder.select(inside, one, zero), ir.IntType(64)) for one in arguments[1:]]
        offset = _in_row(context, builder, kind, arguments[0], *places)
        found = context.unpack_value(builder, kind.dtype, _element(context, builder, kind, arguments[0], offset))
        return builder.select(inside, found, ir.Constant(ir.DoubleType(), float("nan")))

    return _DOUBLE(table, _DOUBLE, _DOUBLE), generate


@intrinsic
def put(context: Any, array: Any, position: Any, value: Any) -> Any:
    """Set an element of a contiguous array; the position is not checked, and never negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, _, given = signature.args
        cast = context.cast(builder, arguments[2], given, kind.dtype)
        context.pack_value(builder, kind.dtype, cast, _element(context, builder, kind, arguments[0], arguments[1]))
        return context.get_dummy_value()

    return types.void(array, types.int64, value), generate


def _run_writer(context: Any, module: Any, element: Any) -> Any:
    """The function of a module that sets elements from one position up to another."""
    whole = ir.IntType(64)
    kind = ir.FunctionType(ir.VoidType(), [element.as_pointer(), whole, whole, element])
    writer = get_or_insert_function(module, kind, f"carbonsweep_put_run_{element}")
    if writer.is_declaration:
        writer.linkage = "internal"
        writer.attributes.add("noinline")
        data, start, stop, value = writer.args
        builder = ir.IRBuilder(writer.append_basic_block())
        with for_range_slice(builder, start, stop, whole(1), whole) as (position, _):
            builder.store(value, builder.gep(data, [position]))
        builder.ret_void()
    return writer


@intrinsic
def put_run(context: Any, array: Any, start: Any, stop: Any, value: Any) -> Any:
    """Set the elements of a contiguous array from `start` up to `stop`; positions are not checked, and never negative.

    The loop is a function of its own, since it takes longer to compile at each place than to call.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, given = signature.args[0], signature.args[3]
        data = make_array(kind)(context, builder, arguments[0]).data
        cast = context.cast(builder, arguments[3], given, kind.dtype)
        writer = _run_writer(context, builder.module, data.type.pointee)
        builder.call(writer, [data, *arguments[1:3], cast])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, value), generate


@intrinsic
def row_put(context: Any, array: Any, row: Any, position: Any, value: Any) -> Any:
    """Set an element of a row of a contiguous array; positions are not checked, and never negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, given = signature.args[0], signature.args[3]
        cast = context.cast(builder, arguments[3], given, kind.dtype)
        offset = _in_row(context, builder, kind, *arguments[:3])
        context.pack_value(builder, kind.dtype, cast, _element(context, builder, kind, arguments[0], offset))
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, value), generate
