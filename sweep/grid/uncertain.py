"""`[uncertainty]` of a plan, bound: which names differ between samples, and what changes them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.catalogs.model_errors import model_errors
from carbonsweep.catalogs.uncertainty import usual_distributions
from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.chosen import all_equations
from carbonsweep.grid.given import Binder, Given
from carbonsweep.grid.optimum import SAMPLE
from carbonsweep.grid.resolve import Graph, PlanSamples
from carbonsweep.grid.sampled import Sampled
from carbonsweep.grid.samples import Samples, draw
from carbonsweep.kernels import REGISTRY, Equation, Registry
from carbonsweep.kernels.derived import CENTRAL, DRAW, FACTOR, HIGH, LOW, SHIFT, derived, known_statistic
from carbonsweep.kernels.equations_of_plans import by_row, central, changed
from carbonsweep.kernels.registry import Input
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic, parse_statistic
from carbonsweep.plan.uncertainty import Distribution

if TYPE_CHECKING:
    from carbonsweep.grid.chosen import Step
    from carbonsweep.plan.plan import Plan

MODEL_ERROR = "model_error"
"""The entry that asks for the errors that `validate` finds."""
POWER, OF_POWER = "device_power", "training_nameplate_fraction"
"""A quantity whose error by one of its variants was found, and the constant that this variant takes: the error of the
one is that of the other."""
PARTS = {"times": (FACTOR,), "plus": (SHIFT,), "by_row": (LOW, HIGH, DRAW)}
"""What an uncertain value needs beside its central value, by how it is changed."""
BY_DEFAULT = ("p5", "p50", "p95")
"""The statistics that are written of a quantity where a plan asks for others only in its objective or constraints."""


def samples_of(
    plan: Plan, binder: Binder, axes: Container[str], used: Callable[[list[str]], Graph], outputs: Iterable[str]
) -> Samples | None:
    """The joint samples of a plan; None where nothing is uncertain.

    Parameters
    ----------
    plan
        The plan.
    binder
        Checks the values.
    axes
        Names that are axes, or chosen.
    used
        Gives the equations of some names as if nothing were uncertain.
    outputs
        The columns asked for.

    Raises
    ------
    PlanError
        If the table is faulty.
    """
    uncertainty = plan.uncertainty
    if uncertainty is None:
        asked = [*(plan.output.statistics or ()), *(one.text for one in _named(plan))]
        if asked:
            raise PlanError(
                f"{plan.file}: {asked[0]} is a statistic over samples, and nothing is uncertain; "
                "add a table [uncertainty], or ask for the quantity itself"
            )
        return None
    inputs = dict(uncertainty.inputs)
    shipped = inputs.pop(MODEL_ERROR, None)
    if shipped is not None and shipped.kind != "shipped":
        raise PlanError(f"{plan.file}: uncertainty.{MODEL_ERROR}: write {MODEL_ERROR} = {{ shipped = true }}")
    for name in inputs:
        if name in axes:
            raise PlanError(
                f"{plan.file}: uncertainty.{name}: {name} is an axis, which is certain at every point; "
                "make it a constant, or let something else be uncertain"
            )
    if shipped is not None or uncertainty.defaults:
        asked = [one.quantity if (one := _statistic(name)) is not None else name for name in outputs]
        graph = used([name for name in dict.fromkeys(asked) if name != FEASIBLE_SHARE])
        evaluated = {equation.quantity for equation in all_equations(graph.steps)}
        usual = _usual(graph, evaluated) if uncertainty.defaults else {}
        errors = _errors(graph, evaluated, set(asked), inputs)
        if POWER in errors:
            usual.pop(OF_POWER, None)
        added = {**usual, **errors}
        if not {**added, **inputs}:
            raise PlanError(
                f"{plan.file}: uncertainty: no shipped distribution is of anything in this plan; name inputs"
            )
        inputs = {**{name: one for name, one in added.items() if name not in axes}, **inputs}
    return draw(uncertainty, inputs, binder, plan.constants)


def _usual(graph: Graph, evaluated: Container[str]) -> dict[str, Distribution]:
    """The shipped distributions of what a plan leaves at its default, and of quantities that it evaluates."""
    found = {}
    for one in usual_distributions():
        if one.name in (evaluated if one.times else graph.defaults):
            found[one.name] = Distribution.model_validate({one.kind: one.parameters, "times": one.times})
    return found


def _errors(
    graph: Graph, evaluated: Container[str], asked: Container[str], given: Container[str]
) -> dict[str, Distribution]:
    """The errors of the equations themselves, as factors.

    That of a quantity includes those of what it comes from, which are left out unless they are asked for. That of whole
    trainings was found where the step model predicts them: an efficiency which is given has none. That of power was
    found for a share of the server's maximum, and a share that is given uncertain has its own.
    """
    errors = {name: error for name, error in model_errors().items() if name in evaluated}
    if "step_time" not in evaluated or "step_time" in asked:
        errors.pop("training_days", None)
    variants = {one.variant for one in all_equations(graph.steps) if one.quantity == POWER}
    if variants != {"nameplate"} or OF_POWER in given:
        errors.pop(POWER, None)
    inside = {name for name in errors for other in errors if other != name and name in _below(graph, other)}
    kept = [name for name in errors if name in asked or name not in inside]
    return {name: Distribution(lognormal=(1.0, errors[name].sigma), times=True) for name in kept}


def _below(graph: Graph, name: str) -> set[str]:
    """What a quantity comes from."""
    needed = {name}
    for step in reversed(graph.steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
    return needed - {name}


def take_over(samples: Samples, owner: dict[str, str], *tables: dict[str, Given]) -> None:
    """Let the samples set what they do; what else gives the same names gives their central values."""
    owner_of = dict(owner)
    owner.update(dict.fromkeys(samples.fields, SAMPLE))
    for name in samples.texts:
        if name in samples.changed:
            owner.pop(name, None)
        entry = owner_of.get(name)
        if entry is None:
            continue
        owner[name + CENTRAL] = entry
        for table in tables:
            if entry in table and name in table[entry].fields:
                fields = {name + CENTRAL if one == name else one: of for one, of in table[entry].fields.items()}
                table[entry] = replace(table[entry], fields=fields)


def give_rows(samples: Samples, owner: dict[str, str], binder: Binder, *tables: dict[str, Given]) -> None:
    """Let rows bring the low, central and high values that a table has for them.

    Raises
    ------
    PlanError
        If the plan has no such rows, or one that the table lacks.
    """
    for name, ranges in samples.ranges.items():
        at, of = f"{binder.at}: uncertainty.{name}", ranges.of
        where = [table for table in tables if of in table]
        if not where:
            raise PlanError(f"{at}: {ranges.file} has values by {of}; make {of} an axis or a constant of the plan")
        for table in where:
            labels = table[of].labels or ()
            for label in labels:
                if label not in ranges.values:
                    raise PlanError(f"{at}: {ranges.file} has no row of {of} {label!r}; add it, or leave it out here")
            three = np.array([ranges.values[label] for label in labels]).T
            binder.check_plausible(name, three.ravel(), f"{at}: {ranges.file}")
            fields = dict(zip((name + LOW, name + CENTRAL, name + HIGH), three, strict=True))
            table[of] = replace(table[of], fields={**table[of].fields, **fields})
            owner.update(dict.fromkeys(fields, of))


def with_uncertain(registry: Registry, samples: Samples, at: str) -> Registry:
    """The registry in which uncertain factors and amounts change what equations, rows and defaults give.

    Raises
    ------
    PlanError
        If a name is chosen, and so no draw can change it.
    """
    quantities, inputs = dict(registry.quantities), dict(registry.inputs)
    for name in samples.texts:
        if name in inputs and name not in samples.changed:
            inputs[name + CENTRAL] = replace(inputs[name], name=name + CENTRAL)
    for name, how in samples.changed.items():
        if name in quantities:
            if any(one.choice for one in quantities[name]):
                raise PlanError(f"{at}: uncertainty.{name}: {name} is chosen for every point, and certain")
            quantities[name + CENTRAL] = tuple(map(central, quantities[name]))
        else:
            inputs[name + CENTRAL] = replace(inputs.pop(name), name=name + CENTRAL)
        quantities[name] = (by_row(name) if how == "by_row" else changed(name, how),)
        for suffix in PARTS[how]:
            part = derived(name + suffix, REGISTRY)
            inputs[name + suffix] = Input(name + suffix, part.unit, part.description, part.valid)
    return replace(registry, inputs=inputs, quantities=quantities)


def plan_samples(
    plan: Plan, samples: Samples, outputs: Iterable[str], compared: Iterable[str], maximized: Iterable[str] = ()
) -> PlanSamples | None:
    """What statistics a plan takes; None where it writes every sample.

    Parameters
    ----------
    plan
        The plan.
    samples
        Its joint samples.
    outputs
        The columns asked for.
    compared
        The names in its constraints, and what else is compared between points.
    maximized
        Objectives beside those of the plan that are maximized.
    """
    objectives = [plan.output.objective or ""]
    maximized = {plan.output.maximize or "", *maximized}
    if plan.choose is not None:
        objectives.append(plan.choose.objective)
        maximized.add(plan.choose.maximize or "")
    compared = list(compared)
    named = [*objectives, *outputs, *compared]
    if not plan.output.statistics and not any(name == FEASIBLE_SHARE or _statistic(name) for name in named):
        return None
    taken = plan.output.statistics or BY_DEFAULT

    def statistics(quantity: str) -> tuple[Statistic, ...]:
        return tuple(one for text in taken if (one := parse_statistic(text, quantity)) is not None)

    worst = frozenset(one.quantity for name in maximized if (one := _statistic(name)) is not None)
    for name in maximized:
        one = _statistic(name)
        if one is not None and one.kind == "cvar":
            raise PlanError(
                f"{plan.file}: {one.text} is a mean of the largest values; to maximize, ask for a low quantile such as "
                f"p{100 - one.level:g}({one.quantity})"
            )
    certain = tuple(dict.fromkeys([*compared, *(name for name in objectives[:1] if name)]))
    return PlanSamples(samples, statistics, worst, certain)


def _named(plan: Plan) -> list[Statistic]:
    """The statistics that a plan names."""
    names = [*plan.output.quantities, plan.output.objective or ""]
    for key, value in plan.constraints.items():
        names += [key] if key != "where" else [str(one) for one in (value if isinstance(value, tuple) else (value,))]
    names += [plan.choose.objective] if plan.choose is not None else []
    return [one for name in names if (one := _statistic(name)) is not None]


def _statistic(name: str) -> Statistic | None:
    return known_statistic(name, REGISTRY)


def every_sample(samples: Samples) -> Given:
    """The axis of a run that writes every sample."""
    numbers = np.arange(samples.count, dtype=np.float64)
    return Given(None, {SAMPLE: numbers, **dict(zip(samples.fields, samples.matrix, strict=True))})


def by_statistics(outputs: Iterable[str], graph: Graph, taken: PlanSamples) -> tuple[str, ...]:
    """The columns, quantities that differ between samples replaced by their statistics."""
    known = {*graph.given, *graph.defaults, *(name for step in graph.steps for name in step.outputs)}
    sampled = [step for step in graph.steps if isinstance(step, Sampled)]
    columns: dict[str, None] = {}
    for name in outputs:
        found = [one.column for one in taken.statistics(name)] if sampled and name not in known else [name]
        columns.update(dict.fromkeys(found))
    if sampled:
        columns[FEASIBLE_SHARE] = None
    return tuple(columns)


def refuse_idle(samples: Samples, graph: Graph, at: str) -> None:
    """Refuse an uncertain input that changes nothing.

    Raises
    ------
    PlanError
        With its name.
    """
    used = set(graph.given)
    pending: list[Step] = [*graph.steps]
    while pending:
        step = pending.pop()
        used.update(step.inputs)
        if not isinstance(step, Equation):
            pending.extend(step.steps)
    for name, field in zip(samples.texts, samples.fields, strict=True):
        if field not in used:
            raise PlanError(f"{at}: uncertainty.{name}: {name} changes no quantity of this plan; remove it")


def plain_equations(equations: Iterable[Equation]) -> list[Equation]:
    """Equations by the quantities that they give in the registry, whether or not an uncertain factor changes these, or
    they are repeated for a stage."""
    return [one.of or one for one in equations]


def with_central(pinned: Mapping[str, str], samples: Samples) -> dict[str, str]:
    """Variants that were asked for, those of changed quantities as of their central values."""
    return {name + CENTRAL if name in samples.changed else name: variant for name, variant in pinned.items()}
