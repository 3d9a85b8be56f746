"""From a plan to a grid: axes as arrays, equations chosen, constraints checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs import RECORDS
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.available import pinned_variants
from carbonsweep.grid.chosen import NO_CHOICE, Chosen, all_equations
from carbonsweep.grid.fallbacks import fallback_notes
from carbonsweep.grid.formulas import check_formulas, fold, read_formulas, with_formulas
from carbonsweep.grid.given import Binder, Given, given_value, is_given, lacking, owners
from carbonsweep.grid.grid import Constraint, Grid, GridAxis
from carbonsweep.grid.loss_notes import loss_notes
from carbonsweep.grid.methods import choose_methods, needs_system, with_boundary, with_servers
from carbonsweep.grid.optimum import SAMPLE
from carbonsweep.grid.prices import with_prices
from carbonsweep.grid.resolve import Graph, PlanChoice, resolve
from carbonsweep.grid.sampled import check_condition, is_quantity
from carbonsweep.grid.serving_notes import extrapolations, is_served
from carbonsweep.grid.stages import Stages
from carbonsweep.grid.training_notes import training_notes
from carbonsweep.grid.uncertain import (
    by_statistics,
    every_sample,
    give_rows,
    plain_equations,
    plan_samples,
    refuse_idle,
    samples_of,
    take_over,
    with_central,
    with_uncertain,
)
from carbonsweep.grid.years import settle_curves
from carbonsweep.grid.zipped import bind_zipped, labels_of, with_columns
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.choice import Choice
from carbonsweep.kernels.derived import known_statistic
from carbonsweep.kernels.equations_of_plans import CHANGED
from carbonsweep.plan import expression
from carbonsweep.plan.axes import Zipped
from carbonsweep.plan.words import suggested

if TYPE_CHECKING:
    from carbonsweep.plan.expression import Expression
    from carbonsweep.plan.plan import Plan


AT_BINDING = {
    "accounting": "carbon_intensity",
    "embodied_boundary": "device_embodied",
    "scale_profile_to": "profile_scale",
    "load_profile": "carbon_intensity",
}
"""Inputs that are settled when a plan is bound, and the quantity for which they are."""


def bind(plan: Plan, objectives: Iterable[str] = (), maximized: Iterable[str] = ()) -> Grid:
    """Check a plan against equations and catalogs and turn its axes into arrays.

    Parameters
    ----------
    plan
        The plan.
    objectives
        What is optimised, beside the objectives of the plan itself.
    maximized
        Those of them that are worst where they are small.

    Raises
    ------
    PlanError
        At the first fault, naming file, key, value and remedy.
    """
    at = plan.file
    binder = Binder(plan.catalogs, at, bool(plan.allow_implausible))
    inner = plan.choose.over if plan.choose is not None else {}
    _refuse_twice(plan)
    entries: dict[str, Given] = {}
    tables: dict[str, dict[str, Given]] = {}
    for name, axis in plan.axes.items():
        tables[name] = bind_zipped(binder, name, axis) if isinstance(axis, Zipped) else {name: binder.axis(name, axis)}
        entries.update(tables[name])
    formulas = read_formulas(plan)
    fixed = {name: binder.constant(name, value) for name, value in plan.constants.items() if name not in formulas}
    chosen = {name: binder.axis(name, axis, "choose") for name, axis in inner.items()}
    asked = with_boundary(pinned_variants(plan.equations, f"{at}: equations"), {**entries, **fixed, **chosen}, at)
    assumed = binder.assumed_rows(
        [*entries, *fixed, *formulas, *chosen], needs_system([*entries, *fixed, *chosen], asked)
    )
    fixed.update(assumed)
    if "accounting" in chosen:
        raise PlanError(f"{at}: choose: accounting is what figures count, and no choice; make it a constant or an axis")
    expressions = dict.fromkeys(formulas, Given(None, {}))
    stages = Stages.bound(plan, binder)
    stages.check({*entries, *fixed, *chosen, *formulas}, asked)
    asked = stages.pinned(asked)
    priced, asked = with_prices({**entries, **fixed, **chosen}, asked, binder)
    for one in (entries, fixed, chosen, *tables.values()):
        one.update({name: priced[name] for name in one})
    before = {**entries, **fixed, **chosen, **expressions}
    places = settle_curves(stages.joined(before), asked, binder, plan.allow_mixed or ())
    regions = places.regions
    asked = regions.pinned
    settled, stages = stages.parted(regions.entries, before)
    for one in (entries, fixed, chosen, *tables.values()):
        one.update({name: settled[name] for name in one})
    fixed |= {name: settled[name] for name in regions.added}
    before = {**entries, **fixed, **chosen}
    hardware = with_servers(stages.joined(before), asked)
    together, stages = stages.parted(hardware, before)
    entries, fixed, chosen = ({name: together[name] for name in one} for one in (entries, fixed, chosen))
    tables = {name: {one: together.get(one, given) for one, given in table.items()} for name, table in tables.items()}
    owner = owners({**together, **expressions}, at)
    formulas = fold(formulas, fixed, owner, binder)
    registry = with_formulas(formulas)
    check_formulas(formulas, registry, tables, fixed, owner, binder)
    of_stages = stages.renamed(owner)
    entries |= {name: given for name, given in of_stages.items() if name in stages.axes}
    tables |= {name: {name: of_stages[name]} for name in stages.axes}
    fixed |= {name: given for name, given in of_stages.items() if name not in stages.axes}

    outputs, constraints = _wanted(plan, [*entries, *(name for name, one in chosen.items() if one.labels is not None)])
    choice = _plan_choice(plan, chosen, owner, constraints)
    if choice is not None:
        inside, constraints = constraints, ()
        outputs = (*(name for name in chosen if name not in outputs), *outputs, NO_CHOICE)
    own = {NO_CHOICE, *(name for name, one in chosen.items() if one.labels is not None)}
    named = dict.fromkeys(name for name in outputs if name not in own)
    named.update(dict.fromkeys(name for constraint in constraints for name in constraint.condition.names))
    methods = choose_methods(hardware, owner, asked, at, formulas)
    pinned = methods.pinned
    plain_registry, plain_owner = registry, dict(owner)
    registry = stages.registry(registry, owner, pinned)
    for name, given in of_stages.items():
        owner |= {field: name for field, values in given.fields.items() if is_given(field, values)}
    absent = lacking({**entries, **fixed, **chosen})

    def certain(names: list[str]) -> Graph:
        return resolve(names, owner, pinned, at, registry, absent)

    samples = samples_of(plan, binder, [*entries, *chosen], certain, outputs)
    taken = None
    if samples is not None:
        compared = [*objectives, *(name for one in constraints for name in one.condition.names)]
        taken = plan_samples(plan, samples, outputs, compared, maximized)
        if taken is None:
            tables[SAMPLE] = {SAMPLE: every_sample(samples)}
        take_over(samples, owner, entries, fixed, *tables.values())
        give_rows(samples, owner, binder, entries, fixed, *tables.values())
        owner |= {SAMPLE: SAMPLE} if taken is None else {}
        stages.refuse_uncertain(samples.texts, registry)
        registry = with_uncertain(registry, samples, at)
    graph = resolve(
        named,
        owner,
        pinned if samples is None else with_central(pinned, samples),
        at,
        registry,
        absent,
        choice,
        taken,
    )
    graph = replace(graph, curves=places.curves)
    if samples is not None:
        refuse_idle(samples, graph, at)
    if taken is not None:
        outputs = by_statistics(outputs, graph, taken)

    notes = binder.notes
    notes += [] if samples is None else [samples.said()]
    equations = plain_equations(all_equations(graph.steps))
    notes += fallback_notes(equations, plain_owner, pinned, plain_registry)
    notes += methods.said(equation.quantity for equation in equations if equation.variant != CHANGED)
    constants = {
        field: float(given_value(field, fixed[entry], entry, at, notes)[0])
        for field in graph.given
        if (entry := owner[field]) in fixed
    }
    axes, labelled = [], {n: labels_of(n, one.labels) for n, one in chosen.items() if one.labels is not None}
    for name, table in tables.items():
        fields = tuple(f for f in graph.given if owner[f] in table)
        if REGISTRY.knows(name) and table[name].labels is None:
            fields = (name, *(field for field in fields if field != name))
        columns = [given_value(field, table[owner[field]], owner[field], at, notes) for field in fields]
        length = len(next(iter(table[name].fields.values())))
        matrix = np.array(columns, dtype=np.float64).reshape(len(fields), length)
        whole, labels = with_columns(GridAxis(name, table[name].labels, fields, matrix), table)
        axes.append(whole)
        labelled.update(labels)
    outputs = (*(name for name in entries if name not in tables), *outputs)
    if choice is not None:
        graph = _with_candidates(graph, chosen, at, notes)
    quantities = {equation.quantity for equation in equations}
    notes += regions.said(quantities, graph.given, owner, at)
    notes += stages.said({step.quantity for step in graph.steps})
    used = {owner[name] for name in graph.given} | {
        axis.name for step in graph.steps if isinstance(step, Chosen) for axis in step.axes if axis.fields
    }
    used.update(quantity for quantity in quantities if quantity in formulas)
    binder.say_assumed(assumed, used)
    for name in [*entries, *fixed, *formulas, *chosen]:
        if name not in {*used, *assumed, *regions.added} and AT_BINDING.get(name) not in quantities:
            kind = "axis" if name in entries else "chosen" if name in chosen else "constant"
            notes.append(f"{kind} {name} changes no requested quantity")
    if "infeasibility" in quantities and "infeasibility" not in outputs:
        notes.append("points whose layout cannot train have no value; add infeasibility to quantities to see why")
    if "step_time" in quantities:
        spans = {name: (value, value) for name, value in constants.items()}
        for whole in axes:
            rows = zip(whole.fields, whole.matrix, strict=True)
            known = [(field, values[~np.isnan(values)]) for field, values in rows]
            spans.update({field: (float(values.min()), float(values.max())) for field, values in known if len(values)})
        notes += training_notes(spans)
    if is_served(quantities):
        notes += extrapolations([*entries.values(), *fixed.values(), *chosen.values()], "busy_power" in quantities)
    mixture = any(_has_experts(given) for one in (entries, fixed, chosen) for given in one.values())
    notes += loss_notes(equations, graph.given, owner, {**entries, **fixed, **chosen}, None if mixture else False)
    if choice is not None:
        labelled[NO_CHOICE] = choice.reasons
    for name in outputs:
        if name not in labelled and REGISTRY.choices_of(name):
            labelled[name] = REGISTRY.choices_of(name)
    return Grid(
        tuple(axes),
        constants,
        graph,
        outputs,
        constraints,
        tuple(notes),
        dict(binder.hashes),
        inside if choice is not None else (),
        labelled,
        samples,
        places.said(),
    )


def _has_experts(given: Given) -> bool:
    """Whether an entry may bring a mixture of experts."""
    found = given.fields.get("experts", np.empty(0))
    return bool((found > 0.0).any()) or "active_parameters" in given.fields


def _refuse_twice(plan: Plan) -> None:
    """Refuse a name that two tables of a plan set."""
    sets: list[tuple[str, Iterable[str]]] = [("chosen", plan.choose.over if plan.choose is not None else ())]
    for name, axis in plan.axes.items():
        sets.append(("zipped", axis.zip) if isinstance(axis, Zipped) else ("an axis", (name,)))
    kinds: dict[str, str] = {}
    if any(SAMPLE in names for _, names in (*sets, ("a constant", plan.constants))):
        raise PlanError(
            f"{plan.file}: {SAMPLE!r} numbers the joint samples of [uncertainty] and is not given; remove it"
        )
    for kind, names in (*sets, ("a constant", plan.constants)):
        for name in names:
            if name in kinds:
                twice = "in two zip tables" if kinds[name] == kind else f"both {kinds[name]} and {kind}"
                raise PlanError(f"{plan.file}: {name!r} is {twice}; remove one")
            kinds[name] = kind


def _plan_choice(
    plan: Plan, chosen: Mapping[str, Given], owner: Mapping[str, str], constraints: tuple[Constraint, ...]
) -> PlanChoice | None:
    """The choice that a plan makes, if it makes one."""
    if plan.choose is None:
        return None
    objective = plan.choose.objective
    if not is_quantity(objective):
        raise PlanError(f"{plan.file}: choose: unknown quantity {objective!r}{suggestion(objective, REGISTRY.names())}")
    fields = {name: tuple(f for f in one.fields if owner.get(f) == name) for name, one in chosen.items()}
    labelled = {name for name, one in chosen.items() if one.labels is not None and name not in REGISTRY.names()}
    choice = Choice("choose", {}, plan.choose.minimize or "", plan.choose.maximize or "")
    reasons = (*(one.name for one in constraints), f"no candidate has a value of {objective}")
    return PlanChoice(choice, fields, labelled, tuple(one.condition for one in constraints), reasons)


def _with_candidates(graph: Graph, chosen: Mapping[str, Given], at: str, notes: list[str]) -> Graph:
    """The graph with the values of the candidates in the choice of its plan."""
    steps = []
    for step in graph.steps:
        if isinstance(step, Chosen) and step.choice.name == "choose":
            axes = []
            for axis in step.axes:
                given = chosen[axis.name]
                columns = [given_value(name, given, axis.name, at, notes) for name in axis.fields]
                length = len(next(iter(given.fields.values())))
                matrix = np.ascontiguousarray(np.array(columns, dtype=np.float64).reshape(len(columns), length))
                labels = given.labels if axis.labels is not None else None
                axes.append(replace(axis, matrix=matrix, labels=labels))
            step = replace(step, axes=tuple(axes))
        steps.append(step)
    return replace(graph, steps=tuple(steps))


def _wanted(plan: Plan, axes: list[str]) -> tuple[tuple[str, ...], tuple[Constraint, ...]]:
    """The quantity columns and the constraints, with every name in them known."""
    at = plan.file
    known = REGISTRY.names()
    for key, name in [
        *((f"output.quantities[{i}]", name) for i, name in enumerate(plan.output.quantities)),
        *((f"output.{key}", value) for key in ("minimize", "maximize") if (value := getattr(plan.output, key))),
    ]:
        if not is_quantity(name):
            if "regret" in name:
                raise PlanError(f"{at}: {key}: regret compares all designs: give it to search (--minimize {name!r})")
            label = " is a catalog row, not a number" if name in RECORDS else ""
            raise PlanError(f"{at}: {key}: unknown quantity {name!r}{label}{suggested(name, known)}")
    objective = plan.output.objective
    written = (*plan.output.quantities, *axes)
    columns = tuple(name for name in plan.output.quantities if name not in axes)
    if objective is not None and objective not in written:
        statistic = known_statistic(objective, REGISTRY)
        if statistic is None or statistic.quantity not in written:
            raise PlanError(f"{at}: output.{objective} is optimised but not written; add it to quantities")
        columns = (*columns, objective)
    constraints = []
    for name, value in plan.constraints.items():
        key = f"{at}: constraints.{name}"
        if name == "where":
            texts = value if isinstance(value, tuple) else (value,)
            parsed = [expression.parse(str(text), key) for text in texts]
        elif not is_quantity(name):
            raise PlanError(f"{at}: constraints: unknown quantity {name!r}{suggested(name, known)}")
        else:
            parsed = [_condition(name, part, key) for part in (value if isinstance(value, tuple) else (value,))]
        for condition in parsed:
            check_condition(condition, key)
            constraints.append(Constraint(condition.text, condition))
    return columns, tuple(constraints)


def _condition(name: str, value: Any, at: str) -> Expression:
    if isinstance(value, bool):
        return expression.parse(f"{name} {'!=' if value else '=='} 0", at)
    if isinstance(value, str):
        return expression.parse_condition(name, value, at)
    return expression.parse(f"{name} == {value!r}", at)
