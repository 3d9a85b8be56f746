"""Scalar functions for nests, as single instructions: NumPy's own take Numba many times as long to compile.

Each gives what NumPy's function of that name gives for float64.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.extending import intrinsic

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


NAMES = ("ceil", "floor", "maximum", "minimum", "rint", "select")
"""What nests use of this module."""
