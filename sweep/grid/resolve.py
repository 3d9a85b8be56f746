"""Which equations lead from what is given to what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.kernels import REGISTRY, Equation, Registry

EVERYWHERE = "*"
"""The key of `[equations]` that picks a variant for every quantity that has one of that name."""


@dataclass(frozen=True)
class Graph:
    """The equations needed for some quantities, each after those that it depends on.

    Attributes
    ----------
    equations
        In order of evaluation.
    given
        Names used that the plan, an estimate or a catalog row gives, in order of first use.
    defaults
        Inputs used that nothing gives, with their default values.
    """

    equations: tuple[Equation, ...]
    given: tuple[str, ...]
    defaults: dict[str, float]


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


def _variants(quantity: str, pinned: Mapping[str, str], registry: Registry) -> tuple[Equation, ...]:
    equations = registry.quantities[quantity]
    if quantity in pinned:
        return tuple(equation for equation in equations if equation.variant == pinned[quantity])
    return equations


def obtainable(
    given: Iterable[str], pinned: Mapping[str, str] | None = None, registry: Registry = REGISTRY
) -> dict[str, Equation | None]:
    """Every name that is available, with the equation that computes it (None: given, or a default).

    Of several variants the pinned one is used, else the first whose inputs are all available.
    """
    pinned = pinned or {}
    found: dict[str, Equation | None] = dict.fromkeys(given)
    found.update({name: None for name, item in registry.inputs.items() if item.default is not None})
    rank = dict.fromkeys(found, 0)
    stage = 0
    while True:
        stage += 1
        new = [
            quantity
            for quantity in registry.quantities
            if quantity not in rank
            and any(all(n in rank for n in e.inputs) for e in _variants(quantity, pinned, registry))
        ]
        if not new:
            break
        rank.update(dict.fromkeys(new, stage))
    # A variant has no cycle through its quantity if it is available without it: try them in order.
    for quantity, level in rank.items():
        if level == 0:
            continue
        options = [e for e in _variants(quantity, pinned, registry) if all(n in rank for n in e.inputs)]
        found[quantity] = next(
            (e for e in options if not _reaches(e, quantity, rank, found, pinned, registry)), options[-1]
        )
    return found


def _reaches(
    start: Equation,
    quantity: str,
    rank: Mapping[str, int],
    chosen: Mapping[str, Equation | None],
    pinned: Mapping[str, str],
    registry: Registry,
) -> bool:
    """Whether a variant depends on its own quantity, through the variants chosen or to be chosen first."""
    pending, seen = list(start.inputs), set()
    while pending:
        name = pending.pop()
        if name == quantity:
            return True
        if name in seen or rank.get(name, 0) == 0:
            continue
        seen.add(name)
        equation = chosen.get(name)
        if equation is None:
            options = _variants(name, pinned, registry)
            equation = next(e for e in options if all(n in rank for n in e.inputs))
        pending.extend(equation.inputs)
    return False


def resolve(
    wanted: Iterable[str],
    given: Iterable[str],
    pinned: Mapping[str, str] | None = None,
    at: str = "plan",
    registry: Registry = REGISTRY,
    lacking: Mapping[str, str] | None = None,
) -> Graph:
    """Choose the equations for `wanted` and put them in order of evaluation.

    `lacking` says of names that a chosen catalog row could supply but does not which row that is, for errors.

    Raises
    ------
    PlanError
        If a name is unknown, an input is missing, or the variants chosen depend on each other in a circle.
    """
    pinned = pinned or {}
    given = tuple(given)
    found = obtainable(given, pinned, registry)
    equations: dict[str, Equation] = {}
    used: dict[str, None] = {}
    defaults: dict[str, float] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in equations or name in used or name in defaults:
            return
        if name not in registry.quantities and name not in registry.inputs:
            raise PlanError(f"{at}: unknown quantity {name!r}{suggestion(name, registry.names())}")
        if name not in found:
            raise PlanError(f"{at}: {_explain_missing(name, found, pinned, registry, lacking or {})}")
        equation = found[name]
        if equation is None:
            if name in given:
                used[name] = None
            else:
                default = registry.inputs[name].default
                assert default is not None
                defaults[name] = default
            return
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise PlanError(f"{at}: cyclic dependency {circle}; give one of them or pick another variant")
        path.append(name)
        for needed in equation.inputs:
            visit(needed)
        path.pop()
        equations[name] = equation

    for name in wanted:
        visit(name)
    return Graph(tuple(equations.values()), tuple(used), defaults)


def _explain_missing(
    name: str,
    found: Mapping[str, Equation | None],
    pinned: Mapping[str, str],
    registry: Registry,
    lacking: Mapping[str, str],
) -> str:
    """Which inputs must still be given, following the variant that would be used first."""
    missing: dict[str, str] = {}
    path: list[str] = []
    circle: list[str] = []

    def visit(needed: str, by: str) -> None:
        if needed in found or circle:
            return
        if needed in path:
            circle.extend([*path[path.index(needed) :], needed])
            return
        if needed not in registry.quantities:
            missing.setdefault(needed, by)
            return
        path.append(needed)
        options = _variants(needed, pinned, registry)
        fewest = min(options, key=lambda e: sum(n not in found for n in e.inputs))
        for input_name in fewest.inputs:
            visit(input_name, needed)
        path.pop()

    visit(name, name)
    if circle and not missing:
        text = " -> ".join(circle)
        return f"cyclic dependency {text}; give one of them as an input, or pick another variant"
    rows = {lacking[n] for n in missing if n in lacking}
    if rows:
        return (
            f"{name} needs {', '.join(missing)}, which the catalog does not know for {' and '.join(sorted(rows))}; "
            "give it as a constant or an axis, or choose another row"
        )
    parts = ", ".join(f"{n} ({registry.unit(n)})" if registry.unit(n) != "1" else n for n in missing)
    if list(missing) == [name]:
        return f"{name} is not given; give it as a constant or an axis"
    return f"{name} needs {parts}; give it as a constant or an axis, or name a catalog row that has it"
