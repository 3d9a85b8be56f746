"""What is available from what is given: every name that some equation can give, and the variant that is taken."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Mapping

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.kernels import REGISTRY, Equation, Registry
from carbonsweep.kernels.choice import Choice, parameters
from carbonsweep.kernels.derived import CENTRAL
from carbonsweep.kernels.preferences import PRESETS

EVERYWHERE = "*"
"""The key of `[equations]` that picks a variant for every quantity that has one of that name."""


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


def inside(one: Choice, other: Choice | None, registry: Registry) -> bool:
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
                if inner is not None and not inside(inner, choice, registry):
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
