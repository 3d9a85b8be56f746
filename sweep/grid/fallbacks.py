"""Equations that were taken because an input of a better one is missing: said, never silent."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from carbonsweep.grid.available import choice_needs, obtainable, variants_of
from carbonsweep.kernels import REGISTRY, Equation, Registry
from carbonsweep.kernels.preferences import NOTED, SAID


def fallback_notes(
    used: Iterable[Equation], given: Iterable[str], pinned: Mapping[str, str], registry: Registry = REGISTRY
) -> list[str]:
    """What is to be said of the equations used: for each that stands in for a better one, what that one lacks.

    A better variant is missed only where something that it alone needs is given: a model of which nothing but the
    number of parameters is known has no shape to be counted, and 6 N D is what there is to say of it.

    Parameters
    ----------
    used
        The equations of a grid or an estimate.
    given
        The names that are given, by hand or by a row of a catalog.
    pinned
        Variants that were asked for.
    registry
        The equations to choose from.
    """
    given = set(given)
    found = obtainable(given, pinned, registry)
    notes = []
    for equation in used:
        name = equation.quantity
        if name not in pinned and (name, equation.variant) in NOTED:
            notes.append(NOTED[name, equation.variant])
        if name not in SAID or name in pinned:
            continue
        preferred = variants_of(name, pinned, given, registry)[0]
        absent = [one for one in preferred.inputs if one not in found]
        if preferred.variant == equation.variant or not absent:
            continue
        missing, known = _below(absent, given, found, pinned, registry)
        if known.intersection(SAID[name]) if SAID[name] else known:
            lacks = ", ".join(missing)
            notes.append(f"{name}: {equation.variant} is used; {preferred.variant}, which is preferred, needs {lacks}")
    return notes


def _below(
    absent: Iterable[str],
    given: set[str],
    found: Container[str],
    pinned: Mapping[str, str],
    registry: Registry,
) -> tuple[list[str], set[str]]:
    """What is missing for names that are not available, and what is given for them."""
    missing: dict[str, None] = {}
    known: set[str] = set()
    seen: set[str] = set()
    pending = list(absent)
    while pending:
        name = pending.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in given or registry.by_plan(name):
            known.add(name)
        elif name in found:
            continue
        elif name not in registry.quantities:
            missing[name] = None
        else:
            options = [
                choice_needs(registry.choices[one.choice]) if one.choice else one.inputs
                for one in variants_of(name, pinned, given, registry)
            ]
            pending += min(options, key=lambda needs: sum(one not in found for one in needs))
    return list(missing), known
