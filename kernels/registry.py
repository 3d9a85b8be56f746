"""The registry of equations and inputs: the one place that knows names, units, ranges and sources.

An equation is a pure scalar function whose name is the quantity it gives, whose parameter names are the
quantities or inputs it needs, and whose annotations are their units. Two equations may give one quantity: they are
*variants* of it, preferred as `preferences` says.

An input is a value that no equation gives: it comes from the plan, from a catalog row, or from its default.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from carbonsweep.kernels.derived import derived, plain_name
from carbonsweep.kernels.intervals import Interval
from carbonsweep.kernels.units import unit_of

Provenance = Literal["published", "recalled", "extension", "assumed"]
"""How far an equation or default can be trusted.

published: read in the source named, or in the authors' code; recalled: from memory of the source, not
re-read; extension: this project's own generalisation, explained in the docstring; assumed: a convention.
"""

Function = TypeVar("Function", bound=Callable[..., float])

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


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
    description
        First paragraph of the docstring: what the quantity is.
    notes
        The rest of it: when the equation holds, and what surprises.
    function
        The function itself.
    when_given
        Names that must be given by a plan for this variant to apply.
    by_name
        Whether this variant applies only where a plan names it: a method that leaves out what others count.
    choices
        What the values are called, for a quantity that is one of a few (the value is the index).
    whole
        Whether the result is always a whole number.
    choice
        The choice that gives the quantity, if no function does.
    of
        The equation that this one is under another name: with the values of a stage, or before what is uncertain
        changes it.
    made_by
        The function that makes it, with its arguments, if it is not registered.
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
    notes: str
    function: Callable[..., float]
    when_given: tuple[str, ...] = ()
    by_name: bool = False
    choices: tuple[str, ...] = ()
    whole: bool = False
    choice: str = ""
    of: Equation | None = None
    made_by: tuple[Callable[..., Equation], tuple[Any, ...]] | None = field(default=None, compare=False, repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The one name that it gives."""
        return (self.quantity,)

    @property
    def applies(self) -> str:
        """When the variant may be taken, "" if wherever its inputs are available."""
        if self.by_name:
            return "only where a plan names it"
        if not self.when_given:
            return ""
        return f"where {' and '.join(self.when_given)} {'are' if len(self.when_given) > 1 else 'is'} given"

    def __reduce__(self) -> Any:
        """Other processes have the registry too: an equation is sent as its name, or as what makes it."""
        if self.made_by is not None:
            return self.made_by
        if any(self is one for one in REGISTRY.quantities.get(self.quantity, ())):
            return _registered, (self.quantity, self.variant)
        return super().__reduce__()


def _registered(quantity: str, variant: str) -> Equation:
    return next(one for one in REGISTRY.quantities[quantity] if one.variant == variant)


@dataclass(frozen=True)
class Registry:
    """All inputs, quantities (with their equations in order of preference) and choices by name."""

    inputs: dict[str, Input]
    quantities: dict[str, tuple[Equation, ...]]
    choices: dict[str, Any] = field(default_factory=dict)

    def by_plan(self, name: str) -> bool:
        """Whether a plan computes a name by an expression of its own."""
        return any(one.variant == PLAN for one in self.quantities.get(name, ()))

    def unit(self, name: str) -> str:
        if name in self.quantities:
            return self.quantities[name][0].unit
        return self.inputs[name].unit if name in self.inputs else derived(name, self).unit

    def valid(self, name: str) -> Interval:
        if name in self.quantities:
            return self.quantities[name][0].valid
        return self.inputs[name].valid if name in self.inputs else derived(name, self).valid

    def description(self, name: str) -> str:
        if name in self.quantities:
            return self.quantities[name][0].description
        return self.inputs[name].description if name in self.inputs else derived(name, self).description

    def choices_of(self, name: str) -> tuple[str, ...]:
        """What the values of a name are called, if it is one of a few."""
        if name in self.inputs:
            return self.inputs[name].choices
        return self.quantities[name][0].choices if name in self.quantities else ()

    def counts(self, name: str) -> bool:
        """Whether a name is a number of something, so that a table of whole values is one of integers."""
        if name in self.inputs:
            return self.inputs[name].integer
        return any(one.whole for one in self.quantities.get(name, ()))

    def knows(self, name: str) -> bool:
        """Whether a name stands for a number: one that is declared, or its value in a stage."""
        return name in self.quantities or name in self.inputs or plain_name(name, self) != name

    def names(self) -> list[str]:
        """Every name that a plan may use for a number."""
        return [*self.quantities, *self.inputs]


REGISTRY = Registry({}, {})
PLAN = "plan"
"""The variant of a quantity or input that a plan computes by an expression of its own."""


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
) -> None:
    """Add an input to the registry; the default of a choice is given by its name."""
    check_name(name)
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
    )


def equation(
    *,
    source: str,
    formula: str,
    valid: str = "[0, inf)",
    quantity: str | None = None,
    variant: str = "standard",
    provenance: Provenance = "published",
    when_given: tuple[str, ...] = (),
    by_name: bool = False,
    choices: tuple[str, ...] = (),
    whole: bool = False,
) -> Callable[[Function], Function]:
    """Register the decorated function as an equation and return it unchanged.

    ``quantity`` defaults to the function's name; a further variant of a quantity is a function of another
    name with ``quantity`` and ``variant`` given. A variant with ``when_given`` applies only where a plan gives
    these names by value, one that is ``by_name`` only where a plan names it. A result that is one of a few has
    ``choices``, one that is a count is ``whole``: so are the columns of tables.
    """

    def decorate(function: Function) -> Function:
        name = quantity or function.__name__
        description, _, notes = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
        if not description:
            raise ValueError(f"equation {function.__name__} has no docstring")
        register(
            Equation(
                quantity=name,
                variant=variant,
                inputs=tuple(inspect.signature(function).parameters),
                unit=unit_of(function.__annotations__["return"]),
                valid=Interval.parse(valid),
                formula=formula,
                source=source,
                provenance=provenance,
                description=description.replace("\n", " "),
                notes=notes,
                function=function,
                when_given=when_given,
                by_name=by_name,
                choices=choices,
                whole=whole,
            )
        )
        return function

    return decorate


def default(
    quantity: str,
    value: float,
    unit: Any,
    description: str,
    *,
    source: str,
    formula: str = "",
    valid: str = "[0, inf)",
    variant: str = "none",
    provenance: Provenance = "published",
    when_given: tuple[str, ...] = (),
    by_name: bool = False,
    choices: tuple[str, ...] = (),
) -> Callable[..., float]:
    """Register a constant as the variant of a quantity that needs no input."""
    text = f"def {quantity}():\n    return {'np.nan' if math.isnan(value) else repr(value)}"
    new = Equation(
        quantity=quantity,
        variant=variant,
        inputs=(),
        unit=unit_of(unit),
        valid=Interval.parse(valid),
        formula=formula or ("NaN" if math.isnan(value) else f"{value:g}"),
        source=source,
        provenance=provenance,
        description=description,
        notes="",
        function=written(quantity, text),
        when_given=when_given,
        by_name=by_name,
        choices=choices,
    )
    register(new)
    return new.function


def equals(
    quantity: str,
    other: str,
    unit: Any,
    description: str,
    *,
    source: str,
    formula: str = "",
    valid: str = "[0, inf)",
    variant: str = "standard",
    provenance: Provenance = "published",
    notes: str = "",
    when_given: tuple[str, ...] = (),
    by_name: bool = False,
) -> Callable[..., float]:
    """Register another quantity or input of the same unit as what a quantity is taken to be."""
    text = f"def {quantity}({other}):\n    return 1.0 * {other}"
    new = Equation(
        quantity=quantity,
        variant=variant,
        inputs=(other,),
        unit=unit_of(unit),
        valid=Interval.parse(valid),
        formula=formula or f"{quantity} = {other}",
        source=source,
        provenance=provenance,
        description=description,
        notes=notes,
        function=written(quantity, text),
        when_given=when_given,
        by_name=by_name,
    )
    register(new)
    return new.function


def written(name: str, text: str) -> Callable[..., float]:
    """A function of given text, which it carries along for those who compile equations."""
    check_name(name)
    scope: dict[str, Any] = {"np": np}
    exec(text, scope)  # noqa: S102  (made of checked names, numbers and signs, by those who call it)
    function: Callable[..., float] = scope[name]
    function.__dict__["equation_text"] = text
    function.__module__ = __name__
    return function


def register(new: Equation) -> None:
    """Add an equation to the registry."""
    check_name(new.quantity)
    known = REGISTRY.quantities.get(new.quantity, ())
    if any(other.variant == new.variant for other in known):
        raise ValueError(f"{new.quantity} has two variants named {new.variant}")
    if known and (known[0].unit, known[0].valid) != (new.unit, new.valid):
        raise ValueError(f"variants of {new.quantity} differ in unit or range")
    REGISTRY.quantities[new.quantity] = (*known, new)


def check_units() -> None:
    """Compare every annotation of every equation with the unit of that name.

    Raises
    ------
    ValueError
        At the first parameter that is unknown, or whose unit is another.
    """
    for group in REGISTRY.quantities.values():
        for one in group:
            for name, annotation in one.function.__annotations__.items():
                if name != "return" and unit_of(annotation) != REGISTRY.unit(name):
                    unit = REGISTRY.unit(name)
                    raise ValueError(f"{one.function.__name__}: {name} is in {unit}, not {unit_of(annotation)}")


def prefer(preferences: dict[str, tuple[str, ...]]) -> None:
    """Put the variants of every quantity in order of preference.

    Raises
    ------
    ValueError
        If a quantity with several variants is not in the table, or the table names one that does not exist.
    """
    several = {name for name, group in REGISTRY.quantities.items() if len(group) > 1}
    if several != set(preferences):
        raise ValueError(f"preferences and equations disagree on {sorted(several ^ set(preferences))}")
    for name, order in preferences.items():
        by_variant = {one.variant: one for one in REGISTRY.quantities[name]}
        if set(order) != set(by_variant):
            raise ValueError(f"preferences: {name} has the variants {', '.join(by_variant)}")
        REGISTRY.quantities[name] = tuple(by_variant[variant] for variant in order)


def check_name(name: str) -> None:
    if not NAME.match(name):
        raise ValueError(f"{name!r} is not a lower-case name")
