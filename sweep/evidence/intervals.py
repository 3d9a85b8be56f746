"""How wide predictions must be given so that published values lie inside: `validate --intervals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs.model_errors import model_errors
from carbonsweep.evidence import steps
from carbonsweep.evidence.accuracy import published_predictions, whole_predictions
from carbonsweep.evidence.power import power_ratios
from carbonsweep.foundation.results import Result

if TYPE_CHECKING:
    from rich.console import RenderableType

NINE_OF_TEN = 1.6449
"""Standard deviations between the median of a normal and its 95 % quantile."""
WANTED = (0.85, 0.95)
"""Share of published values that a 90 % interval should hold."""


@dataclass(frozen=True)
class Coverage:
    """How many published values lie in the 90 % interval of a quantity.

    Attributes
    ----------
    quantity
        The quantity.
    rows
        How many there are.
    sigma
        Of the logarithm, as shipped.
    covered
        The share inside; None where the published values are not shipped.
    against
        What the published values are.
    """

    quantity: str
    rows: int
    sigma: float
    covered: float | None
    against: str


class Coverages(list[Coverage], Result):
    """Coverage of every quantity that measured values judge."""

    def to_dict(self) -> list[dict[str, Any]]:
        return [
            {
                "quantity": one.quantity,
                "rows": one.rows,
                "sigma": one.sigma,
                "low": float(np.exp(-NINE_OF_TEN * one.sigma)),
                "high": float(np.exp(NINE_OF_TEN * one.sigma)),
                "covered": one.covered,
                "against": one.against,
            }
            for one in self
        ]

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table, stack

        numbers = ("rows", "sigma", "from", "to", "covered")
        table = new_table("90 % intervals of predictions", "quantity", *numbers, "against", right=numbers)
        for one in self:
            ends = (np.exp(sign * NINE_OF_TEN * one.sigma) for sign in (-1.0, 1.0))
            shown = [f"x {end:.2f}" for end in ends]
            share = "-" if one.covered is None else f"{100 * one.covered:.0f} %"
            table.add_row(one.quantity, f"{one.rows:,}", f"{one.sigma:.3f}", *shown, share, one.against)
        wanted = f"{100 * WANTED[0]:.0f} to {100 * WANTED[1]:.0f} %"
        wide = [one.quantity for one in self if one.covered is not None and one.covered > WANTED[1]]
        narrow = [one.quantity for one in self if one.covered is not None and one.covered < WANTED[0]]
        unknown = [one.quantity for one in self if one.covered is None]
        lines = [
            f"a 90 % interval should hold {wanted} of the published values",
            f"not recomputed, as not all measured rows may be given away: {', '.join(unknown)}; these intervals hold "
            "nine of ten rows of sources left out of the fit",
        ]
        if narrow:
            lines.append(f"too narrow: {', '.join(narrow)}")
        if wide:
            lines.append(
                f"wider than the rows that were fitted on want it, as sources left out of the fit do: {', '.join(wide)}"
            )
        return stack(table, *lines)


def judged() -> dict[str, tuple[np.ndarray, str]]:
    """The logarithm of published over predicted, of the quantities whose published values are shipped."""
    predictions = [one for one in (*published_predictions(), *whole_predictions()) if not one.reason]
    hours = -np.log([1.0 + one.error("analytic") for one in predictions])
    measured = steps.read_steps()
    predicted = steps.predict_steps(measured, ["step_time"])["step_time"].to_numpy(dtype=float)
    times = np.log(measured["step_time"].to_numpy() / predicted)
    return {
        "training_days": (hours, "whole trainings"),
        "step_time": (times, "measured steps with their layout"),
        "device_power": (power_ratios(), "measured servers, by their maximum"),
    }


def sigma_of(ratios: np.ndarray) -> float:
    """The standard deviation of a normal around zero whose 90 % interval holds nine of ten ratios."""
    return float(np.quantile(np.abs(ratios), 0.9)) / NINE_OF_TEN


def sigma_of_few(ratios: np.ndarray) -> float:
    """The same of so few rows that their own spread is uncertain: as wide as Student's t of a new one wants it."""
    from scipy.special import stdtrit

    return float(np.sqrt(np.mean(ratios**2)) * stdtrit(len(ratios), 0.95)) / NINE_OF_TEN


def covered(ratios: np.ndarray, sigma: float) -> float:
    """Share of the ratios within the 90 % interval."""
    return float(np.mean(np.abs(ratios) <= NINE_OF_TEN * sigma))


def coverages() -> Coverages:
    """Coverage of every quantity: recomputed where the published values are shipped."""
    ratios = judged()
    return Coverages(
        Coverage(
            quantity,
            error.rows,
            error.sigma,
            covered(ratios[quantity][0], error.sigma) if quantity in ratios else None,
            error.against,
        )
        for quantity, error in model_errors().items()
    )
