"""Names that no one declares: statistics over joint samples, the parts of an uncertain value, and values of stages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from carbonsweep.kernels.intervals import Interval
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic, statistic_of

if TYPE_CHECKING:
    from carbonsweep.kernels.registry import Registry

CENTRAL, FACTOR, SHIFT = "_central", "_factor", "_shift"
"""What the names end in of an uncertain value before it is changed, and of what changes it."""
LOW, HIGH, DRAW = "_lowest", "_highest", "_draw"
"""The same of the ends of a value that differs by row, and of the probability at which it is taken."""
StageKind = Literal[
    "pretrain", "midtrain", "sft", "preference", "rl", "distill", "synthetic_data", "evaluation", "experiments"
]
"""What a stage of a model's life besides the final run may be; its values are called after it: `stage_tokens_sft`."""
_OF_STAGE = re.compile(rf"(.+)_((?:{'|'.join(get_args(StageKind))})(?:_[1-9][0-9]*)?)\Z")
_SHARE = Interval.parse("[0, 1]")


class Derived(NamedTuple):
    """Unit, range and description of a name."""

    unit: str
    valid: Interval
    description: str


def derived(name: str, registry: Registry) -> Derived:
    """What a name stands for that comes from uncertain inputs or from a stage.

    Raises
    ------
    KeyError
        If it does not.
    """
    if name == FEASIBLE_SHARE:
        return Derived("1", _SHARE, "Share of the joint samples in which every quantity has a value.")
    statistic = known_statistic(name, registry)
    if statistic is not None:
        of = statistic.quantity
        unit, valid = ("1", _SHARE) if statistic.is_share else (registry.unit(of), registry.valid(of))
        return Derived(unit, valid, statistic.description)
    for suffix in (CENTRAL, FACTOR, SHIFT, LOW, HIGH, DRAW):
        of = name.removesuffix(suffix)
        if of != name and _is_declared(of, registry):
            if suffix == CENTRAL:
                text = f"{of} as the plan and its equations give it, before what is uncertain changes it."
                return Derived(registry.unit(of), registry.valid(of), text)
            if suffix in (LOW, HIGH):
                text = f"{suffix[1:].capitalize()} value of {of} that a table gives for the row."
                return Derived(registry.unit(of), registry.valid(of), text)
            if suffix == DRAW:
                return Derived("1", _SHARE, f"Probability at which {of} is taken, the same for all rows.")
            if suffix == FACTOR:
                return Derived("1", Interval.parse("[0, inf)"), f"Uncertain factor on {of}.")
            return Derived(registry.unit(of), Interval.parse("(-inf, inf)"), f"Uncertain amount added to {of}.")
    of = plain_name(name, registry)
    if of != name:
        text = f"Of the stage {name.removeprefix(of)[1:]}: {registry.description(of)}"
        return Derived(registry.unit(of), registry.valid(of), text)
    raise KeyError(name)


def plain_name(name: str, registry: Registry) -> str:
    """The declared name of which another is the value of a stage; any other name as it is."""
    found = None if _is_declared(name, registry) else _OF_STAGE.fullmatch(name)
    return found.group(1) if found is not None and _is_declared(found.group(1), registry) else name


def known_statistic(name: str, registry: Registry) -> Statistic | None:
    """The statistic over joint samples that a column is called after, if it is of a name that is known."""
    if _is_declared(name, registry):
        return None
    found = statistic_of(name)
    return found if found is not None and registry.knows(found.quantity) else None


def _is_declared(name: str, registry: Registry) -> bool:
    return name in registry.quantities or name in registry.inputs
