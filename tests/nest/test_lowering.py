"""Functions given to Numba as instructions give what Numba itself, and plain Python, make of the same text."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit, types

from carbonsweep.kernels import REGISTRY
from carbonsweep.nest import intrinsics
from carbonsweep.nest.equation_source import called_functions, looks_up
from carbonsweep.nest.inner_functions import called_text
from carbonsweep.nest.lowering import lowered
from carbonsweep.nest.statements import HEADER
from carbonsweep.nest.tracing import loops_inside

NAMES = {
    name: getattr(intrinsics, name)
    for name in ("at", "ceil", "floor", "maximum", "minimum", "put", "rint", "row_at", "row_put", "select")
}


def both(text: str, result: str, *kinds: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function as instructions, and by the whole of Numba."""
    name = text.removeprefix("def ").split("(", 1)[0]
    names: dict[str, Any] = {"np": np, **NAMES}
    exec(text, names)  # noqa: S102
    signature = f"{result}({', '.join(kinds)})"
    plain = njit(signature, error_model="numpy")(names[name])
    names["made"] = lowered(getattr(types, result, None) or int(result), text, names)
    arguments = text.split("(", 1)[1].split(")", 1)[0]
    exec(f"def call({arguments}):\n    return made({arguments})\n", names)  # noqa: S102
    return njit(signature, error_model="numpy")(names["call"]), plain


ATOMS = ["a", "b", "c", "1.5", "-2.0", "0.0", "np.inf", "np.nan"]


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(ATOMS)
    one, two = expression(rng, depth - 1), expression(rng, rng.randrange(depth))
    kind = rng.randrange(9)
    if kind < 4:
        return f"({one} {rng.choice(['+', '-', '*', '/'])} {two})"
    if kind == 4:
        return f"select({truth(rng, depth - 1)}, {one}, {two})"
    if kind == 5:
        return f"{rng.choice(['minimum', 'maximum'])}({one}, {two})"
    if kind == 6:
        return f"{rng.choice(['floor', 'ceil', 'rint', 'np.sqrt', 'np.log2', 'np.exp', 'np.floor', '-'])}({one})"
    if kind == 7:
        return f"({one} if {truth(rng, depth - 1)} else {two})"
    return f"({one} ** {two})"


def truth(rng: random.Random, depth: int) -> str:
    one, two = expression(rng, depth), expression(rng, 0)
    compared = f"({one} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {two})"
    if depth == 0:
        return rng.choice([compared, f"np.isnan({one})"])
    other = truth(rng, depth - 1)
    return rng.choice([compared, f"(not {other})", f"({compared} & {other})", f"({compared} or {other})"])


@pytest.mark.parametrize("seed", range(12))
def test_random_expressions(seed: int) -> None:
    rng = random.Random(seed)
    text = f"def f(a, b, c):\n    x = {expression(rng, 4)}\n    return x + {expression(rng, 3)} * {truth(rng, 2)}\n"
    mine, plain = both(text, "float64", "float64", "float64", "float64")
    values = [0.0, -0.0, 1.0, -1.0, 0.3, -7.5, 1e300, -1e-310, math.inf, -math.inf, math.nan]
    for _ in range(300):
        given = [rng.choice(values) if rng.random() < 0.5 else rng.uniform(-9, 9) for _ in range(3)]
        assert np.float64(mine(*given)).tobytes() == np.float64(plain(*given)).tobytes() or (
            math.isnan(mine(*given)) and math.isnan(plain(*given))
        ), (text, given)


LOOPS = """def f(x, y, n):
    count = 0
    total = 0.0
    flag = False
    for i in range(len(x)):
        if x[i] < 0.0 and not flag:
            flag = x[i] < -5.0
            continue
        j = n
        while True:
            j -= 1
            if j < 0 or x[i] > 8.0:
                break
            for k in (1.0, 2.5, 4.0,):
                if k * j > 6.0:
                    continue
                total += k * x[i] ** 2.0
                count += (k > 1.0) & flag
        else_ = i // 2 if i % 3 == 1 else max(i - 4, min(i, 2))
        y[i % y.shape[0], else_] += total
        put(x, i, row_at(y, 0, else_) / (1 + else_))
    for i in range(1, n, 3):
        total += i
    if count > 12:
        total = -total
    elif count == 0:
        return 1.0
    return total + count + int(total / 1e6)
"""


def test_loops_and_arrays() -> None:
    mine, plain = both(LOOPS, "float64", "float64[::1]", "float64[:, ::1]", "int64")
    rng = np.random.default_rng(3)
    for size in (0, 1, 7, 40):
        x, y = rng.uniform(-9, 9, size), np.zeros((3, 64))
        others = x.copy(), y.copy()
        assert mine(x, y, 5) == plain(*others, 5)
        assert x.tobytes() == others[0].tobytes()
        assert y.tobytes() == others[1].tobytes()


def test_functions_that_call_each_other() -> None:
    """One of two results, called by another from a loop and by compiled code, which it calls in turn."""
    names: dict[str, Any] = {"np": np, **NAMES, "helper": njit(lambda x: x + 1.0)}
    names["pair"] = lowered(2, "def pair(a, b):\n    return (a + b, helper(a) * b)\n", names)
    text = "def f(a, n):\n    t = (0.0, 0.0)\n    s = 0.0\n    for i in range(n):\n        if i > 1:\n"
    text += "            t = pair(a, i)\n        s += t[0] * t[1]\n    return s\n"
    names["f"] = lowered(types.float64, text, names)
    exec("def call(a, n):\n    return f(a, n)\n", names)  # noqa: S102
    found = njit("float64(float64, int64)", error_model="numpy")(names["call"])(2.0, 5)
    assert found == sum((2 + i) * (3 * i) for i in (2, 3, 4))


def test_a_variable_keeps_its_type() -> None:
    with pytest.raises(Exception, match="a variable of type int64 cannot hold float64"):
        both("def f(a):\n    x = 0\n    for i in range(3):\n        x = a\n    return 1.0 * x\n", "float64", "float64")


def looping() -> list[Callable[..., float]]:
    """The functions of the model that repeat something until it is done: nests call them."""
    equations = [one for several in REGISTRY.quantities.values() for one in several if not one.choice]
    functions = [called for one in equations for called in (*called_functions(one.function), one.function)]
    return [one for one in dict.fromkeys(functions) if loops_inside(one)]


@pytest.mark.parametrize("function", looping(), ids=lambda one: one.__name__)
def test_functions_that_loop(function: Callable[..., float]) -> None:
    """On whole numbers, of which every one of these loops comes to an end."""
    names: dict[str, Any] = {}
    exec("\n".join([HEADER, *called_text([*called_functions(function), function])]), names)  # noqa: S102
    count = len(inspect.signature(function).parameters)
    given = [f"a{number}" for number in range(count)]
    curves = ["curves"] if looks_up(function) else []
    arguments = ", ".join([*curves, *given])
    exec(f"def call({arguments}):\n    return {function.__name__}({arguments})\n", names)  # noqa: S102
    kinds = ["float64[:,::1]"] * len(curves) + ["float64"] * count
    made = njit(f"float64({', '.join(kinds)})", error_model="numpy")(names["call"])
    if curves:
        return
    rng = random.Random(7)
    for _ in range(20):
        values = [float(rng.randint(1, 6)) for _ in range(count)]
        with np.errstate(all="ignore"):
            assert made(*values) == pytest.approx(function(*map(np.float64, values)), rel=1e-12, nan_ok=True)
