"""From what is available and what is wanted to the equations that connect them, in order of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.available import choice_needs, inside, obtainable, variants_of
from carbonsweep.grid.chosen import Chosen, InnerAxis, Step
from carbonsweep.grid.sampled import Sampled, needed_steps
from carbonsweep.grid.samples import Samples
from carbonsweep.kernels import REGISTRY, Equation, Registry
from carbonsweep.kernels.choice import Choice
from carbonsweep.kernels.derived import CENTRAL, known_statistic
from carbonsweep.kernels.equations_of_plans import CHANGED, unchanged
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.plan.expression import Expression


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
    """Steps in order of evaluation, at the points of a grid, the candidates of a choice, or joint samples.

    Attributes
    ----------
    decides
        Whether it is of a choice of the equations, which is made before anything uncertain is known.
    varied
        Names that differ between samples.
    unchanged
        Names as they are without what is uncertain, for this choice alone.
    """

    def __init__(
        self,
        around: _Scope | None,
        bound: Iterable[str],
        choice: Choice | None = None,
        *,
        decides: bool = False,
        samples: bool = False,
    ) -> None:
        self.around = around
        self.choice = choice
        self.decides = decides
        self.bound = set(bound)
        self.varied = set(self.bound) if samples else set[str]()
        self.steps: dict[str, Step] = {}
        self.unchanged: set[str] = set()
        self.known: set[str] = set(self.bound)
        self.path: list[str] = []

    def knows(self, name: str) -> bool:
        return name in self.known or (self.around is not None and self.around.knows(name))

    def varies(self, name: str) -> bool:
        """Whether a name differs between the samples around."""
        return name in self.varied or (self.around is not None and self.around.varies(name))

    def add(self, step: Step) -> None:
        if self.varied.intersection(step.inputs):
            self.varied.update(step.outputs)
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
        if scope.decides and name not in scope.known and scope.varies(name) and self.visit_unchanged(name, scope):
            return
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
        if equation.variant == CHANGED and scope.decides:
            scope.unchanged.add(name)
            equation = unchanged(name)
        if equation.choice:
            choice = self.registry.choices[equation.choice]
            at = scope
            while at.around is not None and not inside(choice, at.choice, self.registry):
                at = at.around
            self.choose(choice, at)
        else:
            for needed in equation.inputs:
                self.visit(needed, scope)
            scope.add(equation)
        scope.path.pop()

    def visit_unchanged(self, name: str, scope: _Scope) -> bool:
        """Add a name as it is without what is uncertain; False where it has no such value."""
        equation = self.found[name]
        if equation is None or equation.variant == CHANGED:
            if name + CENTRAL not in self.found:
                return False
            equation = unchanged(name)
        if equation.choice:
            return False
        scope.unchanged.add(name)
        for needed in equation.inputs:
            self.visit(needed, scope)
        scope.add(equation)
        return True

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
        inner = _Scope(scope, plan.samples.fields, samples=True)
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
        inner = _Scope(scope, self.sampled.samples.fields, samples=True)
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
        inner = _Scope(scope, [axis.name for axis in axes], choice, decides=True)
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
    """The steps that depend on the candidates, and those that do not, which stand outside.

    A value without its uncertain factor is for the choice alone: it stays inside, with all that depends on it.
    """
    depend = inner.bound | inner.unchanged
    steps: list[Step] = []
    free: list[Step] = []
    for step in inner.steps.values():
        if depend.intersection((*step.inputs, *step.outputs)):
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
