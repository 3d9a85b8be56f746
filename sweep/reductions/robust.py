"""How robust the best designs of a search are: regret, chance to be the best, and what knowing an input is worth.

All designs are compared at the same joint samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.engine.points import Points
from carbonsweep.grid.grid import Grid, GridAxis
from carbonsweep.grid.optimum import SAMPLE
from carbonsweep.grid.sampled import Sampled, needed_steps
from carbonsweep.grid.samples import bins
from carbonsweep.kernels import REGISTRY

if TYPE_CHECKING:
    from carbonsweep.reductions.results import Found

COMPARED = 1000
"""The best designs that are compared with each other."""
MOST_LISTED = 5
"""Inputs that are listed by what knowing them is worth."""


@dataclass(frozen=True)
class Robustness:
    """What the joint samples say of the best designs.

    Attributes
    ----------
    quantity
        What is compared.
    regret
        For each design the median, over the samples, of how much worse it is than the best of all in that sample.
    p_best
        For each design the share of samples in which it is the best; ties are split evenly.
    evpi
        Expected value of perfect information: how much better the mean of the best design would be if everything were
        known before choosing.
    evppi
        The same for each uncertain input alone, by its name.
    """

    quantity: str
    regret: np.ndarray
    p_best: np.ndarray
    evpi: float
    evppi: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The values of information as plain data; regret and chance are columns of the designs."""
        return {
            "quantity": self.quantity,
            "unit": REGISTRY.unit(self.quantity),
            "compared": len(self.regret),
            "evpi": self.evpi if math.isfinite(self.evpi) else None,
            "evppi": {name: value if math.isfinite(value) else None for name, value in self.evppi.items()},
        }

    def said(self) -> list[str]:
        """What a user should know."""
        if not math.isfinite(self.evpi):
            return [f"{self.quantity} has no value in some samples, so that knowing more has no stated worth"]
        unit = REGISTRY.unit(self.quantity)
        among = f"among the {len(self.regret):,} best designs"
        if self.evpi == 0.0:
            return [f"knowing more would not change the choice: one design is the best in every sample ({among})"]
        ranked = sorted(((name, value) for name, value in self.evppi.items() if value > 0.0), key=lambda one: -one[1])
        listed = ", ".join(f"{name} {value:,.4g}" for name, value in ranked[:MOST_LISTED])
        alone = f"knowing one input: {listed}" if listed else "no single input would change the choice"
        return [f"knowing everything before choosing is worth {self.evpi:,.4g} {unit} on average ({among}); {alone}"]


def compare(
    costs: np.ndarray, inputs: Mapping[str, np.ndarray], quantity: str, best: np.ndarray | None = None
) -> Robustness:
    """Compare designs at joint samples.

    Parameters
    ----------
    costs
        What is to be small, shape (designs, samples); infinite where there is no value.
    inputs
        The uncertain inputs, each of shape (samples,).
    quantity
        What the costs are of.
    best
        The least cost in each sample where further designs are compared with; without it that of these.
    """
    among = costs.min(axis=0)
    best = among if best is None else best
    with np.errstate(invalid="ignore"):
        above = np.nan_to_num(costs - best, nan=0.0, posinf=math.inf)
        first = costs == best
        regret = np.median(above, axis=1)
        p_best = (first / np.maximum(first.sum(axis=0), 1)).mean(axis=1)
        least = float(costs.mean(axis=1).min())
        evpi = _worth(least, float(among.mean()))
        evppi = {name: _worth(least, _known(costs, values)) for name, values in inputs.items()}
    return Robustness(quantity, regret, p_best, evpi, evppi)


def _worth(least: float, known: float) -> float:
    """How much lower a mean is, zero where the difference is only rounding."""
    return 0.0 if least - known < 1e-12 * abs(least) else least - known


def _known(costs: np.ndarray, values: np.ndarray) -> float:
    """The mean cost if the value of one input were known before choosing, by means within bins of it."""
    order = np.argsort(values, kind="stable")
    parts = np.array_split(order, bins(len(order)))
    return float(sum(len(part) * costs[:, part].mean(axis=1).min() for part in parts) / len(order))


def robustness(grid: Grid, places: np.ndarray, column: str, maximize: bool) -> Robustness | None:
    """Compare designs of a grid by the quantity of which a search took a statistic.

    Parameters
    ----------
    grid
        The bound plan.
    places
        Positions of the designs on every axis, int64, shape (designs, axes).
    column
        The statistic.
    maximize
        Whether it is to be large.
    """
    step = next((one for one in grid.graph.steps if isinstance(one, Sampled) and column in one.outputs), None)
    statistic = None if step is None else next((one for one in step.statistics if one.column == column), None)
    if step is None or statistic is None or not len(places):
        return None
    values = every_sample(grid, step, places, statistic.quantity)
    costs = np.where(np.isnan(values), math.inf, -values if maximize else values)
    inputs = dict(zip(step.samples.texts, step.samples.matrix, strict=True))
    return compare(costs, inputs, statistic.quantity)


def every_sample(grid: Grid, step: Sampled, places: np.ndarray, quantity: str) -> np.ndarray:
    """A quantity at every sample of some designs, shape (designs, samples).

    What no sample changes, such as a layout that is searched, is evaluated once for each design.
    """
    samples = step.samples
    known = Points(grid, step.inputs).values(places)
    axes = (GridAxis("design", None, step.inputs, known), GridAxis(SAMPLE, None, samples.fields, samples.matrix))
    steps = needed_steps(step.steps, {quantity})
    graph = replace(grid.graph, steps=steps, given=(*step.inputs, *samples.fields), defaults={})
    inner = replace(grid, axes=axes, constants={}, graph=graph, outputs=(quantity,), constraints=())
    count = samples.count
    every = np.column_stack([np.repeat(np.arange(len(places)), count), np.tile(np.arange(count), len(places))])
    return Points(inner, [quantity]).values(every)[0].reshape(len(places), count)


def with_robustness(found: Found, compared: Robustness | None) -> Found:
    """A result with the columns `regret` and `p_best` of its points, and what knowing more is worth."""
    if compared is None:
        return found
    rows = len(found.frame)
    frame = found.frame.assign(regret=compared.regret[:rows], p_best=compared.p_best[:rows])
    return replace(found, frame=frame, robustness=compared)
