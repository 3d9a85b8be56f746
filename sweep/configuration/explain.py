"""`explain`: how a number comes about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.configuration.estimate import (
    Estimate,
    Paths,
    evaluate_configuration,
    evaluate_plan,
    path_lists,
    plain,
)
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.grid.chosen import Chosen
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.words import meant, suggested

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

ABOVE = "derived above"
"""The origin of a value that enters once more."""


@dataclass(frozen=True)
class Derivation(Result):
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
        shown = plain(self.name, self.value)
        value = shown if isinstance(shown, str) else "no value" if shown is None else f"{shown:.6g}"
        return f"{self.name} = {value}{'' if isinstance(shown, str) else unit}  {how}"

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

    def cut(self, depth: int) -> Derivation:
        """The tree down to some depth below its root; what lies deeper is counted, not shown.

        A value whose derivation is hidden where it enters first is derived where it enters next.
        """
        derivations = {node.name: node for node in (self, *self._below()) if node.origin != ABOVE}
        shown: set[str] = set()

        def walk(node: Derivation, left: int) -> Derivation:
            if node.origin == ABOVE and node.name not in shown:
                node = derivations.get(node.name, node)
            if left == 0 and node.parts:
                hidden = sum(1 for _ in node._below())
                return replace(node, parts=(), source=f"{node.source}; {hidden} values below")
            if node.formula:
                if node.name in shown:
                    return replace(node, origin=ABOVE, formula="", source="", parts=())
                shown.add(node.name)
            return replace(node, parts=tuple(walk(part, left - 1) for part in node.parts))

        return walk(self, depth)

    def _below(self) -> Iterator[Derivation]:
        for part in self.parts:
            yield part
            yield from part._below()

    def to_dict(self) -> dict[str, Any]:
        """The tree as plain data, NaN as None."""
        return {
            "name": self.name,
            "value": plain(self.name, self.value),
            "unit": self.unit,
            "origin": self.origin,
            "formula": self.formula,
            "source": self.source,
            "parts": [part.to_dict() for part in self.parts],
        }

    def __rich__(self) -> RenderableType:
        return self._branch(None)

    def _branch(self, of: Tree | None) -> Tree:
        from rich.text import Text
        from rich.tree import Tree

        text = Text(self.headline(), style="bold" if self.formula else "")
        if self.formula:
            text.append(f"\n{self.origin}; {self.source}", style="dim not bold")
        branch = Tree(text) if of is None else of.add(text)
        for part in self.parts:
            part._branch(branch)
        return branch


def derive(result: Estimate, quantity: str) -> Derivation:
    """The derivation tree of one quantity of an estimate; what enters several times is derived the first time."""
    equation_of: dict[str, Equation] = {e.quantity: e for e in result.graph.equations}
    quantity = meant(quantity, asked=True)
    choice_of = {name: step for step in result.graph.steps if isinstance(step, Chosen) for name in step.outputs}
    derived: set[str] = set()

    def node(name: str) -> Derivation:
        value, unit = result.values[name], REGISTRY.unit(name)
        equation = equation_of.get(name)
        if name in derived:
            return Derivation(name, value, unit, ABOVE, "", "", ())
        if equation is not None:
            derived.add(name)
            label = f"equation {name}, variant {equation.variant}, {equation.provenance}"
            parts = tuple(node(needed) for needed in equation.inputs)
            return Derivation(name, value, unit, label, equation.formula, equation.source, parts)
        if name in choice_of:
            choice = choice_of[name]
            how = f"the best {choice.quantity}" if choice.choice.objective else f"the first {choice.quantity} possible"
            label = f"choice {choice.quantity} of {', '.join(choice.described())}"
            parts = () if choice.quantity in derived else tuple(node(needed) for needed in choice.inputs)
            derived.update((choice.quantity, name))
            return Derivation(name, value, unit, label, how, f"by {choice.choice.objective or 'order'}", parts)
        if name in result.origins:
            return Derivation(name, value, unit, result.origins[name], "", "", ())
        declared = REGISTRY.inputs[name]
        origin = f"default, {declared.provenance}: {declared.source}"
        return Derivation(name, value, unit, origin, "", declared.source, ())

    return node(quantity)


def explain(
    plan: Plan | str | Path | None = None,
    /,
    *,
    quantity: str,
    depth: int | None = None,
    equations: Mapping[str, str] | None = None,
    catalogs: Paths | None = None,
    allow_implausible: bool = False,
    **values: Any,
) -> Derivation:
    """The derivation tree of one quantity: every value, unit, equation and source; print it to read it.

    Parameters and errors are those of `estimate`, with the one `quantity` to explain and how many levels of the tree
    to show; None shows all.
    """
    if plan is not None:
        if values or equations or catalogs:
            raise PlanError("explain: a plan says everything itself; give a plan or values, not both")
        tree = explain_plan(Plan.of(plan, allow_implausible), quantity)
    else:
        found = evaluate_configuration(values, [quantity], equations, path_lists(catalogs), allow_implausible)
        tree = derive(found, quantity)
    return tree if depth is None else tree.cut(depth)


def explain_plan(plan: Plan, quantity: str) -> Derivation:
    """How a quantity comes about in a plan of one point, those of its stages included.

    Raises
    ------
    PlanError
        If the plan is faulty, has more points or is uncertain, or the quantity is none that it can give.
    """
    if plan.uncertainty is not None:
        raise PlanError(f"{plan.file}: explain takes one value for everything: leave [uncertainty] out")
    name = meant(quantity, asked=True)
    if not REGISTRY.knows(name):
        raise PlanError(f"explain: unknown quantity {quantity!r}{suggested(quantity, REGISTRY.names())}")
    output = plan.output.model_copy(update={"quantities": (*plan.output.quantities, name)})
    return derive(evaluate_plan(plan.model_copy(update={"output": output})), name)
