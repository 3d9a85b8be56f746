"""Intervals of an estimate: quantiles over joint samples of what is uncertain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.configuration.estimate import Answer, Estimate, evaluate_configuration, evaluate_plan
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.plan.plan import Plan

if TYPE_CHECKING:
    from rich.console import RenderableType

QUANTILES = (5.0, 50.0, 95.0)
"""The quantiles that are given of every quantity."""
USUAL = (
    "training_days",
    "device_hours",
    "facility_energy",
    "operational_carbon",
    "embodied_carbon",
    "total_carbon",
    "replica_throughput",
    "energy_per_output_token",
)
"""What is asked for where nothing is named, as far as it is available."""


@dataclass(frozen=True)
class Intervals(Result):
    """Quantiles of an estimate.

    Attributes
    ----------
    estimate
        The statistics as quantities.
    quantities
        What they are of.
    """

    estimate: Estimate
    quantities: tuple[str, ...]

    def to_dict(self) -> Answer:
        return self.estimate.to_dict()

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.scaled import scaled
        from carbonsweep.foundation.terminal import new_table, note_list, number, stack

        heads = [f"p{level:g}" for level in QUANTILES]
        table = new_table("", "quantity", *heads, "unit", right=tuple(heads))
        found = self.estimate.quantities
        for name in self.quantities:
            columns = [Statistic(name, "quantile", level).column for level in QUANTILES]
            values = [found[one] for one in columns if one in found] or [found[name]] * len(QUANTILES)
            _, unit = scaled(values[1], REGISTRY.unit(name))
            per = [scaled(value, REGISTRY.unit(name)) for value in values]
            shown = [number(value) if own == unit else f"{number(value)} {own}" for value, own in per]
            table.add_row(name, *shown, "" if unit == "1" else unit)
        share = found.get(FEASIBLE_SHARE, 1.0)
        facts = [] if share == 1.0 else [f"{100 * (1 - share):.3g} % of the samples have no value"]
        return stack(table, *facts, *note_list(self.estimate.notes))


def intervals(
    values: Mapping[str, Any],
    quantities: Iterable[str] | None = None,
    uncertainty: Any = "defaults",
    equations: Mapping[str, str] | None = None,
    catalogs: Mapping[str, Sequence[Path]] | None = None,
    allow_implausible: bool = False,
) -> Intervals:
    """Quantiles of one configuration.

    Parameters
    ----------
    values, quantities, equations, catalogs, allow_implausible
        As of `evaluate_configuration`; without `quantities` time, energy and carbon.
    uncertainty
        What is uncertain: the table of a plan, or "defaults" for the shipped distributions.

    Raises
    ------
    PlanError
        If a value is wrong, or nothing asked for is uncertain.
    """
    names = tuple(quantities) if quantities is not None else ()
    if not names:
        known = evaluate_configuration(values, None, equations, catalogs, allow_implausible).quantities
        names = tuple(name for name in USUAL if name in known)
    if not names:
        raise PlanError("estimate: neither time, energy nor carbon can be computed from these values; name quantities")
    plan = Plan(
        constants=dict(values),
        equations=dict(equations or {}),
        catalogs=dict(catalogs or {}),
        uncertainty=uncertainty,
        output={"quantities": list(names), "statistics": [f"p{level:g}" for level in QUANTILES]},
        allow_implausible=allow_implausible or None,
        file="estimate",
    )
    return Intervals(evaluate_plan(plan), names)
