"""Intervals of an estimate: quantiles over joint samples of what is uncertain."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.configuration.estimate import Answer, Estimate, evaluate_configuration, evaluate_plan
from carbonsweep.configuration.evaluate import sampled_values
from carbonsweep.configuration.total_shares import total_shares
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.results import Result
from carbonsweep.grid.sampled import Sampled
from carbonsweep.grid.samples import bins
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, Statistic
from carbonsweep.plan.plan import Plan

if TYPE_CHECKING:
    from rich.console import RenderableType

QUANTILES = (5.0, 50.0, 95.0)
"""The quantiles that are given of every quantity."""
LEAST_SAID = 0.1
"""Share of a variance from which an input is named."""
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

    @functools.cached_property
    def variance_shares(self) -> dict[str, dict[str, float]]:
        """Of each quantity the share of its variance that each uncertain input alone explains: first-order indices.

        From means within bins of the input, without further evaluations: good to seven per cent with 1,024 samples.
        """
        shares: dict[str, dict[str, float]] = {}
        for step in self.estimate.graph.steps:
            if isinstance(step, Sampled):
                inputs = dict(zip(step.samples.texts, step.samples.matrix, strict=True))
                for name, values in sampled_values(step, self.estimate.values).items():
                    if np.isfinite(values).all():
                        shares[name] = {one: _explained(values, drawn) for one, drawn in inputs.items()}
        return shares

    @functools.cached_property
    def total_shares(self) -> dict[str, dict[str, float]]:
        """Of each quantity the share of its variance that each input takes part in: total indices.

        By Jansen's formula, with one more evaluation of all samples for each input: with 1,024 samples good to a tenth
        of themselves. Inputs from one table of draws have one index together. Beyond the share that an input explains
        alone are its interactions with others.
        """
        found: dict[str, dict[str, float]] = {}
        for step in self.estimate.graph.steps:
            if isinstance(step, Sampled):
                samples = step.samples
                values = sampled_values(step, self.estimate.values)
                names = list(samples.texts)

                def again(matrix: np.ndarray, step: Sampled = step) -> dict[str, np.ndarray]:
                    changed = replace(step, samples=replace(step.samples, matrix=matrix))
                    return sampled_values(changed, self.estimate.values)

                indices = total_shares(values, again, samples.matrix, samples.apart)
                for rows, of in zip(samples.apart, indices, strict=True):
                    for quantity, share in of.items():
                        found.setdefault(quantity, {}).update({names[row]: share for row in rows})
        return found

    def _said(self) -> list[str]:
        """By which inputs the last quantity varies most, alone and with others."""
        for name in reversed(self.quantities):
            alone = self.variance_shares.get(name, {})
            if not any(share >= LEAST_SAID for share in alone.values()):
                continue
            total = self.total_shares[name]
            named = sorted((one for one in alone if max(alone[one], total[one]) >= LEAST_SAID), key=lambda x: -alone[x])
            listed = ", ".join(
                f"{one} {100 * alone[one]:.0f} % ({100 * total[one]:.0f} % with others)" for one in named
            )
            return [f"of the variance of {name} come from: {listed}"]
        return []

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.scaled import scaled
        from carbonsweep.foundation.terminal import new_table, note_list, number, stack

        heads = [f"p{level:g}" for level in QUANTILES]
        table = new_table("", "quantity", *heads, "unit", right=tuple(heads))
        found = self.estimate.quantities
        for name in self.quantities:
            columns = [Statistic(name, "quantile", level).column for level in QUANTILES]
            values = [found[one] for one in columns if one in found] or [found[name]] * len(QUANTILES)
            middle, unit = scaled(values[1], REGISTRY.unit(name))
            factor = middle / values[1] if values[1] else 1.0
            table.add_row(name, *(number(value * factor) for value in values), "" if unit == "1" else unit)
        share = found.get(FEASIBLE_SHARE, 1.0)
        facts = [] if share == 1.0 else [f"{100 * (1 - share):.3g} % of the samples have no value"]
        return stack(table, *facts, *self._said(), *note_list(self.estimate.notes))


def _explained(values: np.ndarray, drawn: np.ndarray) -> float:
    """The share of a variance that lies between bins of an input, less what chance puts there."""
    whole = float(values.var())
    if whole == 0.0:
        return 0.0
    parts = np.array_split(values[np.argsort(drawn, kind="stable")], bins(len(values)))
    between = sum(len(part) * (part.mean() - values.mean()) ** 2 for part in parts) / len(values)
    chance = sum(float(part.var(ddof=1)) for part in parts) / len(values)
    return float(min(max((between - chance) / whole, 0.0), 1.0))


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
