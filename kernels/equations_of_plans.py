"""Equations that no one registers: those that a plan writes, and those that its uncertainty and its stages call for."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

from carbonsweep.kernels.derived import CENTRAL, DRAW, FACTOR, HIGH, LOW, SHIFT
from carbonsweep.kernels.registry import PLAN, REGISTRY, Equation, check_name, written


def of_stage(equation: Equation, quantity: str, inputs: tuple[str, ...]) -> Equation:
    """An equation under another name, with the values of a stage of a plan for its inputs."""
    made_by = (of_stage, (equation, quantity, inputs))
    return replace(
        equation, quantity=quantity, inputs=inputs, when_given=(), by_name=False, of=equation, made_by=made_by
    )


def central(equation: Equation) -> Equation:
    """An equation as what gives its quantity before an uncertain factor changes it."""
    return replace(equation, quantity=equation.quantity + CENTRAL, of=equation, made_by=(central, (equation,)))


@functools.lru_cache(maxsize=1024)
def of_plan(name: str, inputs: tuple[str, ...], arithmetic: str, text: str) -> Equation:
    """What a plan gives for a name as an equation, not registered: NaN where the value is none that the name may have.

    Parameters
    ----------
    name
        The quantity or input.
    inputs
        Names in the expression, each known to the registry.
    arithmetic
        Source of the expression, written from its checked tree.
    text
        The expression as the plan has it.
    """
    for one in (name, *inputs):
        check_name(one)
        REGISTRY.unit(one)
    valid = REGISTRY.valid(name)
    declared = REGISTRY.inputs.get(name)
    tests = [f"_value {'>' if valid.low_open else '>='} {valid.low!r}"] if valid.low > -math.inf else []
    tests += [f"_value {'<' if valid.high_open else '<='} {valid.high!r}"] if valid.high < math.inf else []
    tests += ["_value < np.inf"] if valid.high == math.inf else []
    tests += ["_value == np.floor(_value)"] if declared is not None and declared.integer else []
    lines = [
        f"def {name}({', '.join(inputs)}):",
        f"    _value = {arithmetic}",
        f"    return _value if {' and '.join(tests)} else np.nan",
    ]
    return Equation(
        quantity=name,
        variant=PLAN,
        inputs=inputs,
        unit=REGISTRY.unit(name),
        valid=valid,
        formula=f"{name} = {text}",
        source=f"{name} = {text}",
        provenance="published",
        description=REGISTRY.description(name),
        notes="",
        function=written(name, "\n".join(lines)),
        made_by=(of_plan, (name, inputs, arithmetic, text)),
    )


CHANGED = "uncertain"
"""The variant of a quantity or input that an uncertain factor or amount changes."""


@functools.lru_cache(maxsize=1024)
def changed(name: str, how: str) -> Equation:
    """A value times an uncertain factor, or plus an uncertain amount, as an equation."""
    part = name + (FACTOR if how == "times" else SHIFT)
    sign = "*" if how == "times" else "+"
    valid = REGISTRY.valid(name)
    function = written(name, f"def {name}({name}{CENTRAL}, {part}):\n    return {name}{CENTRAL} {sign} {part}")
    return Equation(
        quantity=name,
        variant=CHANGED,
        inputs=(name + CENTRAL, part),
        unit=REGISTRY.unit(name),
        valid=valid,
        formula=f"{name} = {name}{CENTRAL} {sign} {part}",
        source="[uncertainty] of the plan",
        provenance="published",
        description=REGISTRY.description(name),
        notes="",
        function=function,
        made_by=(changed, (name, how)),
    )


@functools.lru_cache(maxsize=256)
def by_row(name: str) -> Equation:
    """A value of triangular distribution between ends that each catalog row has, as an equation."""
    low, mode, high, draw = (name + part for part in (LOW, CENTRAL, HIGH, DRAW))
    lines = [
        f"def {name}({low}, {mode}, {high}, {draw}):",
        f"    span = {high} - {low}",
        f"    if {draw} * span < {mode} - {low}:",
        f"        return {low} + np.sqrt({draw} * span * ({mode} - {low}))",
        f"    return {high} - np.sqrt((1.0 - {draw}) * span * ({high} - {mode}))",
    ]
    return replace(
        changed(name, "times"),
        inputs=(low, mode, high, draw),
        formula=f"{name} = triangular quantile of {low}, {mode}, {high}",
        function=written(name, "\n".join(lines)),
        made_by=(by_row, (name,)),
    )


UNCHANGED = "central"
"""The variant of such a quantity or input for those who decide before anything uncertain is known."""


@functools.lru_cache(maxsize=1024)
def unchanged(name: str) -> Equation:
    """A value that an uncertain factor or amount changes elsewhere, as it is without it."""
    function = written(name, f"def {name}({name}{CENTRAL}):\n    return 1.0 * {name}{CENTRAL}")
    text = f"{name} = {name}{CENTRAL}"
    return replace(
        changed(name, "times"),
        variant=UNCHANGED,
        inputs=(name + CENTRAL,),
        formula=text,
        function=function,
        made_by=(unchanged, (name,)),
    )
