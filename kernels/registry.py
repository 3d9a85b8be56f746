"""The registry of equations and inputs: the one place that knows names, units, ranges and sources.

An equation is a pure scalar function whose name is the quantity it gives and whose parameter names are
the quantities or inputs it needs. Two equations may give one quantity; they are *variants* of it, and the
first one registered whose inputs can be had is used unless a plan names another.

An input is a value that no equation gives: it comes from the plan, from a catalog row, or from its default.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

Provenance = Literal["published", "recalled", "extension", "assumed"]
"""How far an equation or default can be trusted.

published: read in the source named, or in the authors' code; recalled: from memory of the source, not
re-read; extension: this project's own generalisation, explained in the docstring; assumed: a convention.
"""

Function = TypeVar("Function", bound=Callable[..., float])

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_INTERVAL = re.compile(r"([\[(])\s*(\S+?)\s*,\s*(\S+?)\s*([\])])\Z")


@dataclass(frozen=True)
class Interval:
    """The values a name may take, written as in mathematics: ``(0, 1]``, ``[0, inf)``."""

    text: str
    low: float
    high: float
    low_open: bool
    high_open: bool

    @classmethod
    def parse(cls, text: str) -> Interval:
        match = _INTERVAL.match(text)
        if match is None:
            raise ValueError(f"not an interval: {text!r}")
        return cls(text, float(match[2]), float(match[3]), match[1] == "(", match[4] == ")")

    def __contains__(self, value: float) -> bool:
        if math.isnan(value):
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


@dataclass(frozen=True)
class Input:
    """A value that comes from outside the equations.

    Attributes
    ----------
    name, unit, description
        The name used in plans and equations, its unit, and one sentence on its meaning.
    valid
        The values it may take.
    default
        The value used when nothing gives one; None means that it must be given.
    source
        Where the default comes from ("" without a default).
    provenance
        How far the default can be trusted.
    integer
        Whether only whole numbers make sense.
    choices
        Names of the values, for an input that is one of a few (a choice is handed to equations as its index).
    optional
        Whether equations accept NaN ("not known") for it.
    mirrors
        The quantity whose value it repeats where that is given; with its default it says "not given".
    """

    name: str
    unit: str
    description: str
    valid: Interval
    default: float | None = None
    source: str = ""
    provenance: Provenance = "published"
    integer: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    mirrors: str = ""


@dataclass(frozen=True)
class Equation:
    """One equation: a pure scalar function with what is known about it.

    Attributes
    ----------
    quantity, variant
        The quantity it gives and the name of this way of computing it.
    inputs
        Names of the quantities and inputs it needs, in the order of the function's parameters.
    unit, valid
        Unit and possible values of the result.
    formula
        One line of mathematics.
    source, provenance
        Where the equation comes from and how far that can be trusted.
    description, documentation
        First sentence and whole text of the docstring.
    function
        The function itself.
    """

    quantity: str
    variant: str
    inputs: tuple[str, ...]
    unit: str
    valid: Interval
    formula: str
    source: str
    provenance: Provenance
    description: str
    documentation: str
    function: Callable[..., float]


@dataclass(frozen=True)
class Registry:
    """All inputs by name, and all quantities by name with their equations in order of preference."""

    inputs: dict[str, Input]
    quantities: dict[str, tuple[Equation, ...]]

    def unit(self, name: str) -> str:
        return self.quantities[name][0].unit if name in self.quantities else self.inputs[name].unit

    def valid(self, name: str) -> Interval:
        return self.quantities[name][0].valid if name in self.quantities else self.inputs[name].valid

    def description(self, name: str) -> str:
        return self.quantities[name][0].description if name in self.quantities else self.inputs[name].description

    def names(self) -> list[str]:
        """Every name that a plan may use for a number."""
        return [*self.quantities, *self.inputs]


REGISTRY = Registry({}, {})


def declare(
    name: str,
    unit: str,
    description: str,
    *,
    valid: str = "[0, inf)",
    default: float | str | None = None,
    source: str = "",
    provenance: Provenance = "published",
    integer: bool = False,
    choices: tuple[str, ...] = (),
    optional: bool = False,
    mirrors: str = "",
) -> None:
    """Add an input to the registry; the default of a choice is given by its name."""
    _check_name(name)
    if name in REGISTRY.inputs:
        raise ValueError(f"input {name} is declared twice")
    if choices:
        valid = f"[0, {len(choices) - 1}]"
        default = choices.index(default) if isinstance(default, str) else default
    if default is not None and not source:
        raise ValueError(f"the default of {name} needs a source")
    value = None if default is None else float(default)
    interval = Interval.parse(valid)
    if value is not None and value not in interval:
        raise ValueError(f"the default of {name} is outside {valid}")
    REGISTRY.inputs[name] = Input(
        name,
        unit,
        description,
        interval,
        value,
        source,
        provenance,
        integer or bool(choices),
        choices,
        optional,
        mirrors,
    )


def equation(
    *,
    unit: str,
    source: str,
    formula: str,
    valid: str = "[0, inf)",
    quantity: str | None = None,
    variant: str = "standard",
    provenance: Provenance = "published",
) -> Callable[[Function], Function]:
    """Register the decorated function as an equation and return it unchanged.

    ``quantity`` defaults to the function's name; a further variant of a quantity is a function of another
    name with ``quantity`` and ``variant`` given.
    """

    def register(function: Function) -> Function:
        name = quantity or function.__name__
        _check_name(name)
        documentation = inspect.cleandoc(function.__doc__ or "")
        if not documentation:
            raise ValueError(f"equation {function.__name__} has no docstring")
        new = Equation(
            quantity=name,
            variant=variant,
            inputs=tuple(inspect.signature(function).parameters),
            unit=unit,
            valid=Interval.parse(valid),
            formula=formula,
            source=source,
            provenance=provenance,
            description=documentation.split("\n\n")[0].replace("\n", " "),
            documentation=documentation,
            function=function,
        )
        known = REGISTRY.quantities.get(name, ())
        if any(other.variant == variant for other in known):
            raise ValueError(f"{name} has two variants named {variant}")
        if known and (known[0].unit, known[0].valid) != (new.unit, new.valid):
            raise ValueError(f"variants of {name} differ in unit or range")
        REGISTRY.quantities[name] = (*known, new)
        return function

    return register


def _check_name(name: str) -> None:
    if not NAME.match(name):
        raise ValueError(f"{name!r} is not a lower-case name")
