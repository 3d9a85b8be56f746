"""One configuration: `estimate` gives its quantities, `explain` the derivation of one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.bind import Binder, given_value, lacking, owners
from carbonsweep.grid.resolve import Graph, obtainable, pinned_variants, resolve
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.kernels.layout.rules import REASONS

WHERE = "estimate"


@dataclass(frozen=True)
class Estimate:
    """One configuration evaluated.

    Attributes
    ----------
    quantities
        The quantities asked for, by name, in order; NaN where a quantity has no value.
    values
        Every value that went into them: given, default and intermediate.
    graph
        The equations used.
    origins
        For every given name where its value comes from ("given", or the catalog row).
    notes
        Things a user should know.
    """

    quantities: dict[str, float]
    values: dict[str, float]
    graph: Graph
    origins: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Derivation:
    """How one value comes about: a tree of values, units, equations and sources."""

    name: str
    value: float
    unit: str
    origin: str
    formula: str
    source: str
    parts: tuple[Derivation, ...]

    def headline(self) -> str:
        """Name, value, unit and formula or origin in one line."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        how = f"by {self.formula}" if self.formula else f"({self.origin})"
        return f"{self.name} = {self.value:.6g}{unit}  {how}"

    def __str__(self) -> str:
        lines: list[str] = []

        def walk(node: Derivation, indent: str) -> None:
            lines.append(indent + node.headline())
            if node.formula:
                lines.append(f"{indent}    [{node.origin}; {node.source}]")
            for part in node.parts:
                walk(part, indent + "    ")

        walk(self, "")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain data, NaN as None."""
        return {
            "name": self.name,
            "value": None if math.isnan(self.value) else self.value,
            "unit": self.unit,
            "origin": self.origin,
            "formula": self.formula,
            "source": self.source,
            "parts": [part.as_dict() for part in self.parts],
        }


def evaluate_configuration(
    values: Mapping[str, Any],
    quantities: Iterable[str] | None = None,
    equations: Mapping[str, str] | None = None,
    catalogs: Mapping[str, Sequence[Path]] | None = None,
) -> Estimate:
    """Evaluate one configuration.

    Parameters
    ----------
    values
        Inputs, quantities and catalog rows by name.
    quantities
        What to compute; None computes every quantity that the values suffice for and that depends on any of them.
    equations
        Variants by quantity.
    catalogs
        Paths of user catalogs by catalog name.

    Raises
    ------
    PlanError
        If a name or value is wrong, or an input is missing.
    """
    binder = Binder(catalogs or {}, WHERE)
    fixed = {name: binder.constant(name, _scalar(name, value)) for name, value in values.items()}
    owner = owners(fixed, WHERE)
    pinned = pinned_variants(equations or {}, WHERE)
    if quantities is None:
        reachable = obtainable(owner, pinned)
        wanted = [name for name in REGISTRY.quantities if name in reachable and _depends_on(owner, name, reachable)]
        if not wanted:
            raise PlanError(f"{WHERE}: nothing can be computed from {', '.join(values) or 'no values'}")
    else:
        wanted = list(quantities)
        for name in wanted:
            if name not in REGISTRY.names():
                raise PlanError(f"{WHERE}: unknown quantity {name!r}{suggestion(name, REGISTRY.names())}")
    graph = resolve(wanted, owner, pinned, WHERE, lacking=lacking(fixed))
    notes: list[str] = []
    used = {name: float(given_value(name, fixed[owner[name]], owner[name], WHERE, notes)[0]) for name in graph.given}
    known = evaluate(graph, used)
    origins = {
        name: "given" if owner[name] == name else f"{owner[name]} {(fixed[owner[name]].labels or ('',))[0]}"
        for name in graph.given
    }
    notes += [f"{name} changes nothing here" for name in fixed if name not in {owner[g] for g in graph.given}]
    return Estimate({name: known[name] for name in wanted}, known, graph, origins, tuple(notes))


def _depends_on(given: Mapping[str, str], name: str, found: Mapping[str, Equation | None]) -> bool:
    """Whether a quantity depends on anything given: others are the same for every configuration."""
    pending, seen = [name], set()
    while pending:
        one = pending.pop()
        if one in given:
            return True
        equation = found[one]
        if one not in seen and equation is not None:
            pending.extend(equation.inputs)
        seen.add(one)
    return False


def derive(result: Estimate, quantity: str) -> Derivation:
    """The derivation tree of one quantity of an estimate; what enters several times is derived the first time."""
    equation_of: dict[str, Equation] = {e.quantity: e for e in result.graph.equations}
    derived: set[str] = set()

    def node(name: str) -> Derivation:
        value, unit = result.values[name], REGISTRY.unit(name)
        equation = equation_of.get(name)
        if name in derived:
            return Derivation(name, value, unit, "derived above", "", "", ())
        if equation is not None:
            derived.add(name)
            label = f"equation {name}, variant {equation.variant}, {equation.provenance}"
            parts = tuple(node(needed) for needed in equation.inputs)
            return Derivation(name, value, unit, label, equation.formula, equation.source, parts)
        if name in result.origins:
            return Derivation(name, value, unit, result.origins[name], "", "", ())
        declared = REGISTRY.inputs[name]
        origin = f"default, {declared.provenance}: {declared.source}"
        return Derivation(name, value, unit, origin, "", declared.source, ())

    return node(quantity)


def why_missing(result: Estimate, name: str) -> str:
    """Why a quantity has no value: the first quantity without one whose inputs give no reason themselves."""
    equation_of = {e.quantity: e for e in result.graph.equations}
    while name in equation_of:
        unknown = [n for n in equation_of[name].inputs if math.isnan(result.values[n]) and n in equation_of]
        if not unknown:
            break
        name = unknown[0]
    if name not in equation_of:
        return f"{name} is not known"
    code = 1.0 if name == "layout" else result.values.get("infeasibility", 0.0)
    if name == "layout" or (code > 0.0 and "infeasibility" in equation_of[name].inputs):
        return f"{name} has no value: {REASONS[int(code)]} (infeasibility = {code:g})"
    inputs = ", ".join(f"{n} = {result.values[n]:.6g}" for n in equation_of[name].inputs)
    return f"{name} has no value for {inputs}"


def _scalar(name: str, value: Any) -> float | str:
    if isinstance(value, str):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise PlanError(
            f"{WHERE}: {name} = {value!r} is not one number or id; sweep several values with a Plan"
        ) from None
    return number
