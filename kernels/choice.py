"""Choices: names whose values are those of the best candidate, instead of a formula's.

A choice tries candidates for one or several names, evaluates the equations that depend on them, leaves out candidates
that fail a condition, and keeps the one with the smallest objective; of equals the first, in the order in which names
and candidates are declared. A name that a plan gives is not tried.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from carbonsweep.kernels.registry import REGISTRY, Equation, Interval, register
from carbonsweep.kernels.units import unit_of

Function = Callable[..., float]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The values that a choice tries for one name, in order; the smallest is always tried.

    Attributes
    ----------
    kind
        How they are made: the listed `values`; powers of two from 1; or whole numbers from 1.
    values
        The values of a list.
    most
        A function of other names: the largest value.
    where
        A function of other names and those tried further out: whether a value is tried.
    """

    kind: Literal["values", "powers_of_two", "whole_numbers"]
    values: tuple[float, ...] = ()
    most: Function | None = None
    where: Function | None = None

    @property
    def functions(self) -> tuple[Function, ...]:
        return tuple(one for one in (self.most, self.where) if one is not None)


@dataclass(frozen=True, eq=False)
class Choice:
    """A choice as it is declared.

    Attributes
    ----------
    name
        What it is called.
    over
        Candidates by name, the outermost loop first.
    minimize, maximize
        The quantity to be small or large; "" takes the first candidate that meets the conditions.
    where
        Quantities that must not be zero.
    otherwise
        Functions that give the value of a name where no candidate meets the conditions; NaN without one.
    at_least
        Quantities that the one to be small never falls below: known early, they spare the loops further in.
    """

    name: str
    over: Mapping[str, Candidates]
    minimize: str = ""
    maximize: str = ""
    where: tuple[str, ...] = ()
    otherwise: Mapping[str, Function] | None = None
    at_least: tuple[str, ...] = ()

    @property
    def objective(self) -> str:
        return self.minimize or self.maximize

    def __reduce__(self) -> Any:
        """Other processes have the registry too: a choice of it is sent as its name."""
        if REGISTRY.choices.get(self.name) is self:
            return declared, (self.name,)
        whole = (self.name, dict(self.over), self.minimize, self.maximize, self.where, self.otherwise, self.at_least)
        return Choice, whole


def declared(name: str) -> Choice:
    """A choice by its name."""
    found: Choice = REGISTRY.choices[name]
    return found


@functools.cache
def parameters(function: Function) -> tuple[str, ...]:
    """The names that a function of names needs."""
    return tuple(inspect.signature(function).parameters)


@dataclass(frozen=True)
class _Bound:
    """Candidates with what the registry says of the name that they are tried for."""

    candidates: Candidates
    unit: Any
    description: str
    valid: str
    source: str


def powers_of_two(
    unit: Any, description: str, *, most: Function, source: str, where: Function | None = None, valid: str = "[1, inf)"
) -> _Bound:
    """1, 2, 4, ... up to a limit."""
    return _Bound(Candidates("powers_of_two", most=most, where=where), unit, description, valid, source)


def whole_numbers(
    unit: Any, description: str, *, most: Function, source: str, where: Function | None = None, valid: str = "[1, inf)"
) -> _Bound:
    """1, 2, 3, ... up to a limit."""
    return _Bound(Candidates("whole_numbers", most=most, where=where), unit, description, valid, source)


def listed(
    unit: Any, description: str, *values: float, source: str, where: Function | None = None, valid: str = "[0, inf)"
) -> _Bound:
    """The values of a list."""
    return _Bound(Candidates("values", values=values, where=where), unit, description, valid, source)


def chosen(
    name: str,
    *,
    over: Mapping[str, _Bound],
    minimize: str = "",
    where: tuple[str, ...] = (),
    otherwise: Mapping[str, Function] | None = None,
    at_least: tuple[str, ...] = (),
    variant: str = "auto",
) -> None:
    """Declare a choice, and register each of its names as a quantity that the choice gives."""
    if name in REGISTRY.choices:
        raise ValueError(f"choice {name} is declared twice")
    candidates = {one: bound.candidates for one, bound in over.items()}
    REGISTRY.choices[name] = Choice(name, candidates, minimize, "", where, otherwise, at_least)
    for one, bound in over.items():
        register(
            Equation(
                quantity=one,
                variant=variant,
                inputs=(),
                unit=unit_of(bound.unit),
                valid=Interval.parse(bound.valid),
                formula=f"its value in the best {name}" if minimize else f"the first {name} that is possible",
                source=bound.source,
                provenance="extension",
                description=bound.description,
                notes="As chosen, unless given. NaN where no candidate is possible.",
                function=_not_a_formula,
                whole=all(value == int(value) for value in bound.candidates.values),
                choice=name,
            )
        )


def _not_a_formula() -> float:
    raise TypeError("a choice has no formula; evaluate it through a graph")
