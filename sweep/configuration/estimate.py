"""`estimate`: one configuration, checked, bound to the catalogs and evaluated."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.catalogs.model_errors import model_errors
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.configuration.why import why_missing
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.grid.available import obtainable, pinned_variants
from carbonsweep.grid.bind import AT_BINDING, bind
from carbonsweep.grid.chosen import NO_CHOICE, Chosen, all_equations
from carbonsweep.grid.fallbacks import fallback_notes
from carbonsweep.grid.given import Binder, given_value, lacking, owners
from carbonsweep.grid.grid import Grid
from carbonsweep.grid.loss_notes import loss_notes
from carbonsweep.grid.methods import choose_methods, needs_system, with_boundary, with_servers
from carbonsweep.grid.missing import fewest_inputs, remedy
from carbonsweep.grid.prices import with_prices
from carbonsweep.grid.resolve import Graph, resolve
from carbonsweep.grid.sampled import Sampled
from carbonsweep.grid.serving_notes import BASIS, extrapolations, infeasible, is_served
from carbonsweep.grid.training_notes import training_notes
from carbonsweep.grid.years import settle_curves
from carbonsweep.kernels import REGISTRY, SUBJECT_OF, Equation
from carbonsweep.plan.axes import row_text
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.words import meant, suggested

if TYPE_CHECKING:
    from rich.console import RenderableType

    from carbonsweep.configuration.answer import Line

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
    asked
        Whether the quantities were asked for by name.
    needs
        What to give for quantities of the first answer that are not available, by quantity.
    """

    quantities: dict[str, float]
    values: dict[str, float]
    graph: Graph
    origins: dict[str, str]
    notes: tuple[str, ...]
    texts: dict[str, str | None] = field(default_factory=dict)
    asked: bool = True
    needs: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> Answer:
        return Answer(self, {**self.texts, **{name: plain(name, value) for name, value in self.quantities.items()}})

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import note_list, stack

        if not self.asked:
            return self._first()
        notes = list(self.notes)
        for name, value in self.quantities.items():
            if math.isnan(value) and len(notes) < 10:
                notes.append(f"{name}: {self.why_missing(name)}")
        return stack(self._table("", self.quantities, self.texts), *note_list(tuple(notes)))

    def _first(self) -> RenderableType:
        """The lines that matter most, what is missing, and how to see more."""
        from carbonsweep.foundation.terminal import fact_list, note_list, stack

        lines = self.lines()
        notes = list(self.notes)
        if math.isnan(self.quantities.get("training_days", 0.0)):
            notes.append(f"training_days: {self.why_missing('training_days')}")
        count = f"{len(self.quantities)} quantities are known: --all lists them, -q NAME gives one"
        return stack(fact_list(**{line.about: line.text for line in lines}), *note_list((*notes, count)))

    def lines(self) -> list[Line]:
        """The lines that matter most, how far the model is known to be off among them."""
        from carbonsweep.configuration.answer import first_answer

        errors = {name: f"{name} {error}" for name, error in model_errors().items() if self._is_modelled(name)}
        if any(isinstance(step, Sampled) for step in self.graph.steps):
            errors = {}  # that of a step says nothing of the statistics of what comes from it
        return first_answer(self.values, self.needs, errors)

    def _is_modelled(self, name: str) -> bool:
        """Whether a quantity comes from a layout that was searched, as where its errors were found."""
        equation_of = {e.quantity: e for e in self.graph.equations}
        searched = {n for step in self.graph.steps if isinstance(step, Chosen) for n in step.outputs}
        pending, seen = [name], {name}
        while pending:
            one = pending.pop()
            if one in searched:
                return True
            new = set(equation_of[one].inputs if one in equation_of else ()).difference(seen)
            seen |= new
            pending.extend(new)
        return False

    def everything(self) -> Grouped:
        """All quantities, grouped by subject."""
        return Grouped(self)

    def _table(self, title: str, names: Iterable[str], texts: Mapping[str, str | None]) -> RenderableType:
        """Quantities as a table: values in units that people say, and the equation of each."""
        from carbonsweep.foundation.scaled import scaled
        from carbonsweep.foundation.terminal import new_table, number

        table = new_table(title, "quantity", "value", "unit", "equation", right=("value",))
        equation_of = {e.quantity: e for e in self.graph.equations}
        chosen = {one for step in self.graph.steps if isinstance(step, Chosen) for one in step.outputs}
        for name, text in texts.items():
            table.add_row(name, text or "-", "", "chosen")
        for name in names:
            how = "chosen" if name in chosen else self.origins.get(name, "default")
            if name in equation_of:
                how = equation_of[name].variant
                if equation_of[name].provenance != "published":
                    how += f" ({equation_of[name].provenance})"
            value, unit = scaled(self.quantities[name], REGISTRY.unit(name))
            choice = plain(name, self.quantities[name])
            shown = choice if isinstance(choice, str) else number(value)
            table.add_row(name, shown, "" if unit == "1" else unit, how)
        return table

    def why_missing(self, name: str) -> str:
        """Why a quantity has no value."""
        return why_missing(self.graph, self.values, name)


class Answer(dict[str, Any]):
    """Quantities by name in their units, texts for what is one of a few, None where there is no value."""

    def __init__(self, estimate: Estimate, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._estimate = estimate

    def _repr_html_(self) -> str:
        return self._estimate._repr_html_()


@dataclass(frozen=True)
class Grouped(Result):
    """All quantities of an estimate, grouped by subject."""

    estimate: Estimate

    def to_dict(self) -> Answer:
        return self.estimate.to_dict()

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import note_list, stack

        groups: dict[str, list[str]] = {}
        for name in self.estimate.quantities:
            groups.setdefault(SUBJECT_OF[name][0].capitalize(), []).append(name)
        tables = [self.estimate._table(subject, names, {}) for subject, names in groups.items()]
        if self.estimate.texts:
            tables.insert(0, self.estimate._table("Chosen", (), self.estimate.texts))
        return stack(*tables, *note_list(self.estimate.notes))


def plain(name: str, value: float) -> Any:
    """A value as plain data: a text for what is one of a few, a whole number for a count, None if there is none."""
    if math.isnan(value):
        return None
    choices = REGISTRY.choices_of(name)
    if choices:
        return choices[int(value)]
    return int(value) if REGISTRY.counts(name) and value == int(value) else value


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
    asked = with_boundary(pinned_variants(equations or {}, AT), fixed, AT)
    assumed = binder.assumed_rows(fixed, needs_system(fixed, asked))
    fixed.update(assumed)
    fixed, asked = with_prices(fixed, asked, binder)
    places = settle_curves(fixed, asked, binder)
    regions = places.regions
    asked = regions.pinned
    fixed = with_servers(regions.entries, asked)
    owner = owners(fixed, AT)
    methods = choose_methods(fixed, owner, asked, AT)
    pinned = methods.pinned
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
    needs = _needs(owner, pinned, wanted) if quantities is None else {}
    served = is_served(_names_of(graph))
    if served:
        graph = resolve([*wanted, *BASIS], owner, pinned, AT, lacking=lacking(fixed))
    notes = binder.notes
    notes += fallback_notes(all_equations(graph.steps), owner, pinned)
    notes += methods.said(equation.quantity for equation in all_equations(graph.steps))
    used = {name: float(given_value(name, fixed[owner[name]], owner[name], AT, notes)[0]) for name in graph.given}
    notes += regions.said(_names_of(graph), graph.given, owner, AT)
    graph = replace(graph, curves=places.curves)
    known = evaluate(graph, used)
    if served:
        notes += extrapolations(list(fixed.values()), "busy_power" in known)
        notes += infeasible(known["serving_infeasibility"])
    if "step_time" in known:
        notes += training_notes({name: (value, value) for name, value in known.items()})
    below = known.get("loss_parameters", 0.0) < known.get("active_parameters", 0.0)
    notes += loss_notes(all_equations(graph.steps), graph.given, owner, fixed, below)
    origins = {
        name: "given" if owner[name] == name else f"{owner[name]} {(fixed[owner[name]].labels or ('',))[0]}"
        for name in graph.given
    }
    owning = {owner[name] for name in graph.given}
    binder.say_assumed(assumed, owning)
    notes += [
        f"{name} changes nothing here"
        for name in fixed
        if name not in {*owning, *assumed, *regions.added} and AT_BINDING.get(name) not in _names_of(graph)
    ]
    found = {name: known[name] for name in wanted}
    return Estimate(found, known, graph, origins, tuple(notes), asked=quantities is not None, needs=needs)


def _needs(given: Mapping[str, str], pinned: Mapping[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """What to give for the quantities of a first answer that are not available."""
    absent = {"operational_carbon", "embodied_carbon", "training_days"}.difference(wanted, given)
    if not absent:
        return {}
    sets = _fewest_inputs(tuple(given), tuple(pinned.items()))
    return {name: remedy(sorted(sets[name], key=REGISTRY.names().index)) for name in absent if name in sets}


@functools.lru_cache(maxsize=64)
def _fewest_inputs(given: tuple[str, ...], pinned: tuple[tuple[str, str], ...]) -> Mapping[str, frozenset[str]]:
    return fewest_inputs(given, obtainable(given, dict(pinned)), dict(pinned))


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
            f"{plan.file}: {grid.points:,} points; estimate and explain take a plan of one: "
            "leave one value on each axis, or use run"
        )
    return evaluate_at(grid, [0] * len(grid.axes))


def evaluate_at(grid: Grid, places: Sequence[int]) -> Estimate:
    """Evaluate one point of a grid, by its position on every axis: methods are those of the whole plan.

    Raises
    ------
    PlanError
        If a layout would be chosen in every sample, which takes hours here.
    """
    for step in grid.graph.steps:
        if isinstance(step, Sampled) and any(isinstance(one, Chosen) for one in step.steps):
            raise PlanError(
                f"{AT}: what is uncertain decides which layout is the best, and has no central value, so that one is "
                "chosen in every sample; here that takes hours: give the layout, or run the plan, which is compiled"
            )
    values = dict(grid.constants)
    for axis, place in zip(grid.axes, places, strict=True):
        values.update(zip(axis.fields, map(float, axis.matrix[:, place]), strict=True))
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
    uncertainty: Any = None,
    **values: Any,
) -> Answer:
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
    uncertainty
        What is uncertain: the table of a plan, or "defaults" for the shipped distributions and the errors that
        `validate` finds. Each quantity then comes as its quantiles: ``total_carbon_p5``, ``_p50``, ``_p95``.
    **values
        Inputs and quantities by name: numbers in their units, names of choices, ids of catalog rows.

    Returns
    -------
    Answer
        A dictionary of the quantities by name, in their units (see `equations`): texts for what is one of a few (the
        reason why a layout is not feasible), None where a quantity has no value.

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
        if values or quantities is not None or equations or catalogs or uncertainty is not None:
            raise PlanError(f"{AT}: a plan says everything itself; give a plan or values, not both")
        return evaluate_plan(Plan.of(plan, allow_implausible)).to_dict()
    paths = path_lists(catalogs)
    if uncertainty is not None:
        from carbonsweep.configuration.intervals import intervals

        return intervals(values, quantities, uncertainty, equations, paths, allow_implausible).to_dict()
    return evaluate_configuration(values, quantities, equations, paths, allow_implausible).to_dict()


def path_lists(catalogs: Paths | None) -> dict[str, tuple[Path, ...]]:
    """The paths of each user catalog."""
    return {
        name: (Path(given),) if isinstance(given, str | Path) else tuple(Path(path) for path in given)
        for name, given in (catalogs or {}).items()
    }


def _names_of(graph: Graph) -> set[str]:
    """Quantities that a graph evaluates, those of candidates included."""
    return {equation.quantity for equation in all_equations(graph.steps)}


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
