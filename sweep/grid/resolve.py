"""From what is given and what is wanted to the equations that connect them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.chosen import Chosen, InnerAxis, Step
from carbonsweep.grid.sampled import Sampled, needed_steps
from carbonsweep.grid.samples import Samples
from carbonsweep.kernels import REGISTRY, Equation, Registry
from carbonsweep.kernels.choice import Choice, parameters
from carbonsweep.kernels.derived import CENTRAL, known_statistic
from carbonsweep.kernels.preferences import PRESETS
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.plan.expression import Expression

EVERYWHERE = "*"
"""The key of `[equations]` that picks a variant for every quantity that has one of that name."""


@dataclass(frozen=True)
class Graph:
    """The equations needed for some quantities, each after those that it depends on.

    Attributes
    ----------
    steps
        Equations and choices in order of evaluation.
    given
        Names used that the plan, an estimate or a catalog row gives, in order of first use.
    defaults
        Inputs used that nothing gives, with their default values.
    curves
        The curves that equations look up, a row each as `kernels.curves` has it.
    """

    steps: tuple[Step, ...]
    given: tuple[str, ...]
    defaults: dict[str, float]
    curves: np.ndarray | None = None

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations, without choices and what these evaluate for every candidate."""
        return tuple(step for step in self.steps if isinstance(step, Equation))


def pinned_variants(variants: Mapping[str, str], at: str, registry: Registry = REGISTRY) -> dict[str, str]:
    """Check the table of variants and expand its ``"*"`` key; a quantity named itself comes first."""
    pinned: dict[str, str] = {}
    every = variants.get(EVERYWHERE)
    if every is not None:
        pinned = {
            quantity: every
            for quantity, equations in registry.quantities.items()
            if any(equation.variant == every for equation in equations)
        }
        pinned |= {
            quantity: variant for quantity, variant in PRESETS.get(every, {}).items() if quantity in registry.quantities
        }
        if not pinned:
            known = {equation.variant for group in registry.quantities.values() for equation in group}
            raise PlanError(f"{at}: no quantity has a variant {every!r}{suggestion(every, known)}")
    for quantity, variant in variants.items():
        if quantity == EVERYWHERE:
            continue
        if quantity not in registry.quantities:
            raise PlanError(f"{at}: unknown quantity {quantity!r}{suggestion(quantity, registry.quantities)}")
        known = {equation.variant for equation in registry.quantities[quantity]}
        if variant not in known:
            hint = suggestion(variant, known) or f"; there are: {', '.join(sorted(known))}"
            raise PlanError(f"{at}: {quantity} has no variant {variant!r}{hint}")
        pinned[quantity] = variant
    return pinned


def variants_of(
    quantity: str, pinned: Mapping[str, str], given: Container[str], registry: Registry
) -> tuple[Equation, ...]:
    """The variants of a quantity that may be used: the one pinned, or those that apply to what is given."""
    equations = registry.quantities[quantity]
    if quantity in pinned and not registry.by_plan(quantity):
        return tuple(equation for equation in equations if equation.variant == pinned[quantity])

    def is_given(name: str) -> bool:
        central = name + CENTRAL
        return name in given or central in given or registry.by_plan(name) or registry.by_plan(central)

    return tuple(one for one in equations if not one.by_name and all(map(is_given, one.when_given)))


@functools.cache
def choice_needs(choice: Choice) -> tuple[str, ...]:
    """The names that a choice asks for: objective, conditions, and what its candidates depend on."""
    needed = dict.fromkeys([choice.objective] if choice.objective else [])
    needed.update(dict.fromkeys((*choice.where, *choice.at_least)))
    for candidates in choice.over.values():
        for function in candidates.functions:
            needed.update(dict.fromkeys(parameters(function)))
    for function in (choice.otherwise or {}).values():
        needed.update(dict.fromkeys(parameters(function)))
    return tuple(name for name in needed if name not in choice.over)


def obtainable(
    given: Iterable[str], pinned: Mapping[str, str] | None = None, registry: Registry = REGISTRY
) -> dict[str, Equation | None]:
    """Every name that is available, with the equation that computes it (None: given, or a default).

    Of several variants the pinned one is used, else the first whose inputs are all available.
    """
    key = (tuple(dict.fromkeys(given)), tuple(sorted((pinned or {}).items())))
    return dict(_obtainable_by_name(*key) if registry is REGISTRY else _obtainable(*key, registry))


@functools.lru_cache(maxsize=256)
def _obtainable_by_name(given: tuple[str, ...], pinned: tuple[tuple[str, str], ...]) -> dict[str, Equation | None]:
    return _obtainable(given, pinned, REGISTRY)


def _obtainable(
    given: tuple[str, ...], pinned: tuple[tuple[str, str], ...], registry: Registry
) -> dict[str, Equation | None]:
    found: dict[str, Equation | None] = dict.fromkeys(given)
    found.update({name: None for name, item in registry.inputs.items() if item.default is not None})
    is_given = set(given)
    variants = dict(pinned)
    options = {
        quantity: variants_of(quantity, variants, is_given, registry)
        for quantity in registry.quantities
        if quantity not in found
    }
    known = _Known(found, options)
    rank = dict.fromkeys(found, 0)
    ready: set[str] = set()
    new = known.possible
    stage = 0
    while True:
        stage += 1
        if not new:
            # A choice needs what its candidates lead to: look at it when nothing else is left.
            more = {c.name for c in registry.choices.values() if c.name not in ready and known.can_choose(c)}
            if not more:
                break
            ready |= more
            new = {q for q, some in options.items() if q not in rank and any(one.choice in more for one in some)}
            continue
        rank.update(dict.fromkeys((q for q in options if q in new), stage))
        new = known.add(new)

    def possible(one: Equation) -> bool:
        return one.choice in ready if one.choice else all(name in rank for name in one.inputs)

    # A variant has no cycle through its quantity if it is available without it: try them in order.
    for quantity, level in rank.items():
        if level == 0:
            continue
        usable = [e for e in options[quantity] if possible(e)]
        found[quantity] = (
            usable[-1]
            if len(usable) == 1
            else next((e for e in usable if not _reaches(e, quantity, rank, found, options, registry)), usable[-1])
        )
    return found


class _Known:
    """The names that are available so far, and how many inputs each variant still lacks.

    Attributes
    ----------
    possible
        The quantities that are available from what is known at the start.
    """

    def __init__(self, names: Iterable[str], options: Mapping[str, tuple[Equation, ...]]) -> None:
        self._names = set(names)
        self._lacks: dict[tuple[str, str], int] = {}
        self._users: dict[str, list[tuple[str, str]]] = {}
        self.possible: set[str] = set()
        for quantity, variants in options.items():
            for one in variants:
                if one.choice:
                    continue
                lacking = {name for name in one.inputs if name not in self._names}
                self._lacks[quantity, one.variant] = len(lacking)
                for name in lacking:
                    self._users.setdefault(name, []).append((quantity, one.variant))
                if not lacking:
                    self.possible.add(quantity)

    def add(self, names: Iterable[str]) -> set[str]:
        """Make names available; the quantities that are possible by them and were not before."""
        self._names.update(names)
        return self._complete(names, self._lacks) - self._names

    def can_choose(self, choice: Choice) -> bool:
        """Whether all that a choice asks for is available once its candidates are."""
        inside = set(choice.over)
        new = inside - self._names
        lacks = dict(self._lacks)
        while new:
            new = self._complete(new, lacks) - self._names - inside
            inside |= new
        return all(name in inside or name in self._names for name in choice_needs(choice))

    def _complete(self, names: Iterable[str], lacks: dict[tuple[str, str], int]) -> set[str]:
        """The quantities of which a variant lacks nothing any more once some further names are there."""
        complete: set[str] = set()
        for name in names:
            for user in self._users.get(name, ()):
                lacks[user] -= 1
                if lacks[user] == 0:
                    complete.add(user[0])
        return complete


def _reaches(
    start: Equation,
    quantity: str,
    rank: Mapping[str, int],
    chosen: Mapping[str, Equation | None],
    options: Mapping[str, tuple[Equation, ...]],
    registry: Registry,
) -> bool:
    """Whether a variant depends on its own quantity, through the variants chosen or to be chosen first."""

    def equation_of(name: str) -> Equation | None:
        if rank.get(name, 0) == 0:
            return None
        return chosen.get(name) or next(e for e in options[name] if e.choice or all(n in rank for n in e.inputs))

    outside: dict[str, set[str]] = {}

    def inputs(one: Equation) -> Iterable[str]:
        if one.choice and one.choice not in outside:
            outside[one.choice] = _outside(registry.choices[one.choice], equation_of, registry)
        return outside[one.choice] if one.choice else one.inputs

    pending, seen = list(inputs(start)), set()
    while pending:
        name = pending.pop()
        if name == quantity:
            return True
        if name in seen:
            continue
        seen.add(name)
        equation = equation_of(name)
        if equation is not None:
            pending.extend(inputs(equation))
    return False


def _inside(one: Choice, other: Choice | None, registry: Registry) -> bool:
    """Whether a choice is made for every candidate of another: those declared later are, others stand outside."""
    order = [*registry.choices]
    return other is None or other.name not in order or order.index(one.name) > order.index(other.name)


def _outside(choice: Choice, equation_of: Callable[[str], Equation | None], registry: Registry) -> set[str]:
    """The names that a choice takes from outside: what its needs come down to that no candidate changes."""
    depends: dict[str, bool] = dict.fromkeys(choice.over, True)
    edges: dict[str, Iterable[str]] = {}

    def visit(name: str) -> bool:
        if name not in depends:
            depends[name] = False  # also while it is looked at: a circle is found elsewhere
            equation = equation_of(name)
            if equation is not None:
                inner = registry.choices[equation.choice] if equation.choice else None
                if inner is not None and not _inside(inner, choice, registry):
                    return False
                edges[name] = equation.inputs if inner is None else _outside(inner, equation_of, registry)
                found = [visit(needed) for needed in edges[name]]  # all of them, not up to the first
                depends[name] = any(found)
        return depends[name]

    needed = set(choice_needs(choice))
    for name in needed:
        visit(name)
    for name, inputs in edges.items():
        if depends[name]:
            needed.update(inputs)
    return {name for name in needed if not depends[name]}


def resolve(
    wanted: Iterable[str],
    given: Iterable[str],
    pinned: Mapping[str, str] | None = None,
    at: str = "plan",
    registry: Registry = REGISTRY,
    lacking: Mapping[str, str] | None = None,
    choose: PlanChoice | None = None,
    sampled: PlanSamples | None = None,
) -> Graph:
    """Choose the equations for `wanted` and put them in order of evaluation.

    `lacking` says of names that a chosen catalog row could supply but does not which row that is, for errors;
    `choose` is a choice that the plan itself makes, and `sampled` what it takes statistics of, whose names are among
    those given. Quantities of which statistics are taken stand in the graph as these.

    Raises
    ------
    PlanError
        If a name is unknown, an input is missing, or the variants chosen depend on each other in a circle.
    """
    resolver = _Resolver(dict.fromkeys(given), pinned or {}, at, registry, lacking or {}, sampled)
    scope = _Scope(None, ())
    if choose is not None:
        resolver.choose_first(choose, scope)
    if sampled is not None:
        resolver.refuse_bare(sampled.certain, scope)
        wanted = resolver.sample(wanted, scope)
    for name in wanted:
        resolver.visit(name, scope)
    if choose is not None:
        _keep_used(choose, scope, wanted)
    return Graph(tuple(scope.steps.values()), tuple(resolver.used), resolver.defaults)


@dataclass(frozen=True)
class PlanSamples:
    """What a plan takes statistics of: the joint samples, which statistics are taken of a quantity where none is named,
    quantities of which small values are bad, and names that must be the same in every sample."""

    samples: Samples
    statistics: Callable[[str], tuple[Statistic, ...]]
    maximized: frozenset[str] = frozenset()
    certain: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanChoice:
    """A choice of a plan: what is compared, the names that each inner axis sets, what candidates must meet, and what to
    say where none does."""

    choice: Choice
    fields: Mapping[str, tuple[str, ...]]
    labelled: Container[str]
    conditions: tuple[Expression, ...]
    reasons: tuple[str, ...]


class _Scope:
    """Steps in order of evaluation, at the points of a grid or at the candidates of a choice."""

    def __init__(self, around: _Scope | None, bound: Iterable[str], choice: Choice | None = None) -> None:
        self.around = around
        self.choice = choice
        self.bound = set(bound)
        self.steps: dict[str, Step] = {}
        self.known: set[str] = set(self.bound)
        self.path: list[str] = []

    def knows(self, name: str) -> bool:
        return name in self.known or (self.around is not None and self.around.knows(name))

    def add(self, step: Step) -> None:
        self.steps[step.quantity] = step
        self.known.update(step.outputs)


class _Resolver:
    def __init__(
        self,
        given: dict[str, None],
        pinned: Mapping[str, str],
        at: str,
        registry: Registry,
        lacking: Mapping[str, str],
        sampled: PlanSamples | None = None,
    ) -> None:
        self.given, self.pinned, self.at = given, pinned, at
        self.registry, self.lacking = registry, lacking
        self.sampled = sampled
        self.found = obtainable(given, pinned, registry)
        self.used: dict[str, None] = {}
        self.defaults: dict[str, float] = {}

    def visit(self, name: str, scope: _Scope) -> None:
        """Add what gives a name, after all that it depends on."""
        if scope.knows(name) or name in self.used or name in self.defaults:
            return
        if name not in self.registry.quantities and name not in self.registry.inputs:
            raise PlanError(f"{self.at}: unknown quantity {name!r}{suggestion(name, self.registry.names())}")
        if name not in self.found:
            raise PlanError(f"{self.at}: {self._explain_missing(name)}")
        equation = self.found[name]
        if equation is None:
            if name in self.given:
                self.used[name] = None
            else:
                default = self.registry.inputs[name].default
                assert default is not None
                self.defaults[name] = default
            return
        if name in scope.path:
            circle = " -> ".join([*scope.path[scope.path.index(name) :], name])
            raise PlanError(f"{self.at}: cyclic dependency {circle}; give one of them or pick another variant")
        scope.path.append(name)
        if equation.choice:
            choice = self.registry.choices[equation.choice]
            at = scope
            while at.around is not None and not _inside(choice, at.choice, self.registry):
                at = at.around
            self.choose(choice, at)
        else:
            for needed in equation.inputs:
                self.visit(needed, scope)
            scope.add(equation)
        scope.path.pop()

    def choose_first(self, plan: PlanChoice, scope: _Scope) -> None:
        """Add the choice of the plan, around everything else; its axes get their values later."""
        axes = [
            InnerAxis(name, fields, labels=() if name in plan.labelled else None)
            for name, fields in plan.fields.items()
        ]
        inner = _Scope(scope, [name for axis in axes for name in axis.bound], plan.choice)
        needed = [plan.choice.objective, *(name for one in plan.conditions for name in one.names)]
        if self.sampled is not None:
            self.refuse_bare(needed, inner)
            self.sample(needed, inner)
        for name in needed:
            self.visit(name, inner)
        steps, free = _split(inner)
        for step in free:
            scope.add(step)
        moved = {name for step in steps for name in step.outputs}
        if plan.choice.objective not in moved | inner.bound:
            raise PlanError(
                f"{self.at}: choose: {plan.choice.objective} is the same for every candidate; "
                "choose by a quantity that they change, or make them axes"
            )
        inputs = _needed_outside(steps, needed, inner)
        scope.add(Chosen(plan.choice, tuple(axes), steps, inputs, plan.conditions, plan.reasons))

    def sample(self, wanted: Iterable[str], scope: _Scope) -> list[str]:
        """Add the statistics that names ask for; a quantity that differs between samples stands for its statistics.

        Returns
        -------
        list of str
            The names, such quantities replaced by the columns of their statistics.
        """
        assert self.sampled is not None
        plan = self.sampled
        asked = {name: known_statistic(name, self.registry) for name in wanted}
        inner = _Scope(scope, plan.samples.fields)
        for name, one in asked.items():
            if name != FEASIBLE_SHARE:
                self.visit(name if one is None else one.quantity, inner)
        steps, free = _split(inner)
        for step in free:
            scope.add(step)
        moved = inner.bound.union(*(step.outputs for step in steps))
        found: dict[str, Statistic] = {}
        names: list[str] = []
        for name, one in asked.items():
            if one is None and name not in moved:
                names.append(name)
                continue
            if one is not None and one.quantity not in moved:
                raise PlanError(
                    f"{self.at}: {one.text}: {one.quantity} is the same in every sample; "
                    f"ask for {one.quantity}, or make an input uncertain that it depends on"
                )
            taken = plan.statistics(name) if one is None else (one,)
            found.update({statistic.column: statistic for statistic in taken})
            names += [statistic.column for statistic in taken]
        names = list(dict.fromkeys(names))
        if not found:
            return names
        kept = needed_steps(steps, {one.quantity for one in found.values()})
        inputs = _needed_outside(kept, (), inner)
        scope.add(Sampled(plan.samples, kept, inputs, tuple(found.values()), plan.maximized))
        return names

    def refuse_bare(self, names: Iterable[str], scope: _Scope) -> None:
        """Refuse quantities that differ between samples, where one number is needed."""
        assert self.sampled is not None
        names = [name for name in names if known_statistic(name, self.registry) is None and name != FEASIBLE_SHARE]
        inner = _Scope(scope, self.sampled.samples.fields)
        for name in names:
            self.visit(name, inner)
        steps, _ = _split(inner)
        moved = inner.bound.union(*(step.outputs for step in steps))
        for name in names:
            if name in moved:
                raise PlanError(f"{self.at}: {name} differs between samples; say which statistic: p95({name})")

    def choose(self, choice: Choice, scope: _Scope) -> None:
        """Add a choice over the names that are not given."""
        axes = [
            InnerAxis(name, (name,), candidates)
            for name, candidates in choice.over.items()
            if name not in self.given and not scope.knows(name) and not self.registry.by_plan(name)
        ]
        inner = _Scope(scope, [axis.name for axis in axes], choice)
        needed = choice_needs(choice)
        computed = tuple(name for name in choice.over if self.registry.by_plan(name))
        for name in (*computed, *needed):
            self.visit(name, inner)
        steps, free = _split(inner)
        if moved := [step.quantity for step in steps if step.quantity in computed]:
            raise PlanError(
                f"{self.at}: the expression of {moved[0]} depends on what is chosen with it; "
                f"give what {moved[0]} depends on, or give {moved[0]} as a constant or an axis"
            )
        for step in free:
            scope.add(step)
        scope.add(Chosen(choice, tuple(axes), steps, _needed_outside(steps, needed, inner)))

    def _explain_missing(self, name: str) -> str:
        """Which inputs must still be given: the fewest that suffice."""
        from carbonsweep.grid.missing import column_of, fewest_inputs, remedy

        if circle := self._circle(name):
            return f"cyclic dependency {circle}; give one of them as an input, or pick another variant"
        missing = fewest_inputs(self.given, self.found, self.pinned, self.registry).get(name, frozenset((name,)))
        names = sorted(missing, key=self.registry.names().index)
        parts = ", ".join(f"{n} ({self.registry.unit(n)})" if self.registry.unit(n) != "1" else n for n in names)
        rows = {self.lacking[n] for n in names if n in self.lacking}
        if rows:
            parts = ", ".join(
                column_of(self.lacking.get(n, "").removeprefix("any ").partition(" ")[0], n) for n in names
            )
            return (
                f"{name} needs {parts}, which the catalog does not know for {' and '.join(sorted(rows))}; "
                "give it as a constant or an axis, or choose another row"
            )
        if names == [name]:
            return f"{name} is not given; give it as a constant or an axis, or name a catalog row that has it"
        return f"{name} needs {parts}; give {remedy(names)}" if len(names) <= 3 else f"{name} needs {remedy(names)}"

    def _circle(self, name: str) -> str:
        """Quantities that depend on each other, each on the next, if nothing else is missing; else ""."""
        path: list[str] = []
        circle: list[str] = []
        bound: set[str] = set()
        missing = False

        def needs(one: Equation) -> tuple[str, ...]:
            return choice_needs(self.registry.choices[one.choice]) if one.choice else one.inputs

        def visit(needed: str) -> None:
            nonlocal missing
            if needed in self.found or needed in bound or circle:
                return
            if needed in path:
                circle.extend([*path[path.index(needed) :], needed])
                return
            if needed not in self.registry.quantities:
                missing = True
                return
            path.append(needed)
            options = variants_of(needed, self.pinned, self.given, self.registry)
            fewest = min(options, key=lambda one: sum(n not in self.found for n in needs(one)))
            if fewest.choice:
                bound.update(self.registry.choices[fewest.choice].over)
            for one in needs(fewest):
                visit(one)
            path.pop()

        visit(name)
        return "" if missing else " -> ".join(circle)


def _keep_used(plan: PlanChoice, scope: _Scope, wanted: Iterable[str]) -> None:
    """Leave out of the plan's choice the columns of its candidates that nothing needs."""
    whole = scope.steps[plan.choice.name]
    assert isinstance(whole, Chosen)
    used = {*wanted, plan.choice.objective, *(name for one in plan.conditions for name in one.names)}
    pending: list[Step] = [*scope.steps.values()]
    while pending:
        step = pending.pop()
        used.update(step.inputs)
        if isinstance(step, Chosen):
            used.update(choice_needs(step.choice) if step is not whole else ())
        if not isinstance(step, Equation):
            pending.extend(step.steps)
    axes = tuple(replace(axis, fields=tuple(name for name in axis.fields if name in used)) for axis in whole.axes)
    scope.steps[plan.choice.name] = replace(whole, axes=axes)


def _split(inner: _Scope) -> tuple[tuple[Step, ...], list[Step]]:
    """The steps that depend on the candidates, and those that do not, which stand outside."""
    depend = set(inner.bound)
    steps: list[Step] = []
    free: list[Step] = []
    for step in inner.steps.values():
        if depend.intersection(step.inputs):
            depend.update(step.outputs)
            steps.append(step)
        else:
            free.append(step)
    return tuple(steps), free


def _needed_outside(steps: Iterable[Step], needed: Iterable[str], inner: _Scope) -> tuple[str, ...]:
    """The names that steps and a choice's own needs take from outside."""
    inside = set(inner.bound)
    names: dict[str, None] = {}
    for step in steps:
        inside.update(step.outputs)
        names.update(dict.fromkeys(step.inputs))
    names.update(dict.fromkeys(needed))
    return tuple(name for name in names if name not in inside)
