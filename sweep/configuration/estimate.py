"""`estimate`: one configuration, checked, bound to the catalogs and evaluated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.grid.bind import bind
from carbonsweep.grid.chosen import NO_CHOICE, Chosen, all_equations
from carbonsweep.grid.fallbacks import fallback_notes
from carbonsweep.grid.given import Binder, given_value, lacking, owners
from carbonsweep.grid.resolve import Graph, obtainable, pinned_variants, resolve
from carbonsweep.kernels import REGISTRY, Equation
from carbonsweep.kernels.layout.rules import REASONS
from carbonsweep.plan.axes import row_text
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.words import meant, suggested

if TYPE_CHECKING:
    from rich.console import RenderableType

AT = "estimate"
"""The configuration's name in errors."""

Paths = Mapping[str, str | Path | Iterable[str | Path]]
"""User catalogs by name, each a path or several."""


@dataclass(frozen=True)
class Estimate(Result):
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
    texts
        What a plan chose that has a name: rows of catalogs, choices by name; None where nothing was chosen.
    """

    quantities: dict[str, float]
    values: dict[str, float]
    graph: Graph
    origins: dict[str, str]
    notes: tuple[str, ...]
    texts: dict[str, str | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {**self.texts, **self.quantities}

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table, note_list, number, stack

        table = new_table("", "quantity", "value", "unit", "equation", right=("value",))
        equation_of = {e.quantity: e for e in self.graph.equations}
        notes = list(self.notes)
        for name, text in self.texts.items():
            table.add_row(name, text or "-", "", "chosen")
        for name, value in self.quantities.items():
            how = self.origins.get(name, "default")
            if name in equation_of:
                how = equation_of[name].variant
                if equation_of[name].provenance != "published":
                    how += f" ({equation_of[name].provenance})"
            unit = REGISTRY.unit(name)
            table.add_row(name, number(value), "" if unit == "1" else unit, how)
            if math.isnan(value) and len(notes) < 10:
                notes.append(f"{name}: {self.why_missing(name)}")
        return stack(table, *note_list(tuple(notes)))

    def why_missing(self, name: str) -> str:
        """Why a quantity has no value: the first quantity without one whose inputs give no reason themselves."""
        equation_of = {e.quantity: e for e in self.graph.equations}
        chosen = {n for step in self.graph.steps if isinstance(step, Chosen) for n in step.outputs}
        while name in equation_of:
            missing = [n for n in equation_of[name].inputs if math.isnan(self.values[n])]
            unknown = [n for n in missing if n in equation_of or n in chosen]
            if not unknown:
                break
            name = unknown[0]
        if name in chosen:
            return f"{name} has no value: {REASONS[1]} (infeasibility = 1)"
        if name not in equation_of:
            return f"{name} is not known"
        code = self.values.get("infeasibility", 0.0)
        if code > 0.0 and "infeasibility" in equation_of[name].inputs:
            return f"{name} has no value: {REASONS[int(code)]} (infeasibility = {code:g})"
        inputs = ", ".join(f"{n} = {self.values[n]:.6g}" for n in equation_of[name].inputs)
        return f"{name} has no value for {inputs}"


def evaluate_configuration(
    values: Mapping[str, Any],
    quantities: Iterable[str] | None = None,
    equations: Mapping[str, str] | None = None,
    catalogs: Mapping[str, Sequence[Path]] | None = None,
    allow_implausible: bool = False,
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
    allow_implausible
        Whether values that make no sense are noted instead of refused.

    Raises
    ------
    PlanError
        If a name or value is wrong, or an input is missing.
    """
    binder = Binder(catalogs or {}, AT, allow_implausible)
    fixed = {}
    for word, value in values.items():
        name = meant(word)
        if name in fixed or (name != word and name in values):
            raise PlanError(f"{AT}: {word} means {name}, which is given too; remove one")
        if name != word:
            binder.notes.append(f"{word} is taken as {name}")
        fixed[name] = binder.constant(name, _scalar(name, value))
    owner = owners(fixed, AT)
    pinned = pinned_variants(equations or {}, AT)
    if quantities is None:
        reachable = obtainable(owner, pinned)
        wanted = [name for name in REGISTRY.quantities if name in reachable and _depends_on(owner, name, reachable)]
        if not wanted:
            raise PlanError(f"{AT}: nothing can be computed from {', '.join(values) or 'no values'}")
    else:
        wanted = [meant(word, asked=True) for word in quantities]
        for name in wanted:
            if name not in REGISTRY.names():
                raise PlanError(f"{AT}: unknown quantity {name!r}{suggested(name, REGISTRY.names())}")
    graph = resolve(wanted, owner, pinned, AT, lacking=lacking(fixed))
    notes = binder.notes
    notes += fallback_notes(all_equations(graph.steps), owner, pinned)
    used = {name: float(given_value(name, fixed[owner[name]], owner[name], AT, notes)[0]) for name in graph.given}
    known = evaluate(graph, used)
    origins = {
        name: "given" if owner[name] == name else f"{owner[name]} {(fixed[owner[name]].labels or ('',))[0]}"
        for name in graph.given
    }
    notes += [f"{name} changes nothing here" for name in fixed if name not in {owner[g] for g in graph.given}]
    return Estimate({name: known[name] for name in wanted}, known, graph, origins, tuple(notes))


def evaluate_plan(plan: Plan) -> Estimate:
    """Evaluate a plan of one point: without axes, or with one value on each; what it chooses is chosen.

    Raises
    ------
    PlanError
        If the plan is faulty, or has more points.
    """
    grid = bind(plan)
    if grid.points != 1:
        raise PlanError(
            f"{plan.file}: {grid.points:,} points; estimate takes a plan of one: "
            "leave one value on each axis, or use run"
        )
    values = dict(grid.constants)
    for axis in grid.axes:
        values.update(zip(axis.fields, map(float, axis.matrix[:, 0]), strict=True))
    known = evaluate(grid.graph, values)
    chosen = [name for step in grid.choices if step.reasons for name in step.outputs if name != NO_CHOICE]
    nothing = bool(chosen) and all(math.isnan(known[name]) for name in chosen)
    texts: dict[str, str | None] = {}
    quantities: dict[str, float] = {}
    for name in grid.outputs:
        labels = grid.labelled.get(name)
        if name == NO_CHOICE:
            texts[name] = "no candidate is possible" if nothing else None
        elif labels is not None:
            texts[name] = None if math.isnan(known[name]) else labels[int(known[name])]
        else:
            quantities[name] = math.nan if nothing else known[name]
    failed = [c.name for c in grid.constraints if not c.condition.evaluate(known)]
    notes = (*grid.notes, *(f"the constraint {name} is not met" for name in failed))
    origins = dict.fromkeys(grid.graph.given, "plan") | dict.fromkeys(chosen, "chosen")
    return Estimate(quantities, known, grid.graph, origins, notes, texts)


def estimate(
    plan: Plan | str | Path | None = None,
    /,
    *,
    quantities: Iterable[str] | None = None,
    equations: Mapping[str, str] | None = None,
    catalogs: Paths | None = None,
    allow_implausible: bool = False,
    **values: Any,
) -> dict[str, Any]:
    """Evaluate one configuration.

    Parameters
    ----------
    plan
        A plan of one point, or its file, instead of all that follows; what it chooses is in the result, by name.
    quantities
        Names to compute; by default every quantity that the values suffice for.
    equations
        Variants by quantity, e.g. ``{"training_flops": "per_layer"}``; ``{"*": "bug_compatible"}`` picks a
        variant wherever it exists.
    catalogs
        User catalogs by name, each a path or several.
    allow_implausible
        Whether values that make no sense pass; by default they are refused, with the likely mistake of unit.
    **values
        Inputs and quantities by name: numbers in their units, names of choices, ids of catalog rows.

    Returns
    -------
    dict
        The quantities by name, in their units (see `equations`); NaN where a quantity has no value.

    Raises
    ------
    PlanError
        If a name or value is wrong, or an input that a quantity needs is missing.

    Examples
    --------
    >>> estimate(parameters=175e9, tokens=300e9, quantities=["training_flops"])
    {'training_flops': 3.15e+23}
    """
    if plan is not None:
        if values or quantities is not None or equations or catalogs:
            raise PlanError(f"{AT}: a plan says everything itself; give a plan or values, not both")
        return evaluate_plan(plan if isinstance(plan, Plan) else Plan.load(plan)).to_dict()
    found = evaluate_configuration(values, quantities, equations, path_lists(catalogs), allow_implausible)
    return found.quantities


def path_lists(catalogs: Paths | None) -> dict[str, tuple[Path, ...]]:
    """The paths of each user catalog."""
    return {
        name: (Path(given),) if isinstance(given, str | Path) else tuple(Path(path) for path in given)
        for name, given in (catalogs or {}).items()
    }


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


def _scalar(name: str, value: Any) -> float | str:
    value = row_text(value)
    if isinstance(value, str):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise PlanError(f"{AT}: {name} = {value!r} is not one number or id; sweep several values with a Plan") from None
    return number
