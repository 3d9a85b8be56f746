"""What all pictures of a run share: which axes differ, one colour for each name, units, and how values are said."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonsweep.foundation.scaled import said
from carbonsweep.kernels.statistics import statistic_of
from carbonsweep.pictures.aggregates import Arm, Strip, along, around, fronts, not_dominated
from carbonsweep.pictures.rows import Measure, RunRows, words

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c6d31", "#b03060")
"""Told apart by most people who see colours differently (after Okabe and Ito), and on paper."""
OTHERS = "#8a8a8a"
OTHER = "others"
COLOURED = ("accelerator", "server", "model", "engine", "region")
"""What is coloured: the first of these that differs within the run, else the first axis of names."""
QUALITY = ("test_loss",)
TIME = ("training_days", "ttft_quantile", "ttft", "tpot")
COST = ("total_cost", "request_cost", "rental_cost", "hardware_cost", "electricity_cost")
WATER = ("operational_water", "request_water", "site_water")
PARTNERS = (*QUALITY, *TIME, *COST, *WATER)
"""What the objective may be traded for: the first that differs within the run. Less of each is better."""
COUNTED = ("device", "year", "sequence", "unit")
"""Units that have a plural."""
PLACES = Path(__file__).parent / "coordinates.csv"


@dataclass(frozen=True)
class Colours:
    """One colour for each name of a column.

    Attributes
    ----------
    column
        The column.
    of
        Colour by name: names beyond the palette share the last.
    """

    column: str
    of: Mapping[str, str]

    def shown(self, name: Any) -> str:
        """What a name is called in a legend."""
        return str(name) if str(name) in self.of else OTHER


@dataclass(frozen=True)
class Scene:
    """A run about to be drawn."""

    rows: RunRows

    @functools.cached_property
    def axes(self) -> tuple[tuple[str, ...], ...]:
        """The axes along which the rows differ."""
        return tuple(axis for axis in self.rows.axes if len(self.strips(axis[0])) > 1)

    @functools.cached_property
    def _strips(self) -> dict[str, list[Strip]]:
        axes = {name for axis in self.rows.axes for name in axis}
        chosen = [name for name in self.rows.units if name in self.rows.texts and name not in axes]
        return along(self.rows, [*(axis[0] for axis in self.rows.axes), *chosen])

    def strips(self, column: str) -> list[Strip]:
        """The objective at each value of a column."""
        if column not in self._strips:
            self._strips.update(along(self.rows, [column]))
        return self._strips[column]

    @functools.cached_property
    def arms(self) -> list[Arm]:
        """The objective along each axis from the best point."""
        return around(self.rows)

    @functools.cached_property
    def names(self) -> list[str]:
        """The columns of names that differ: axes first, then what was chosen."""
        axes = [axis[0] for axis in self.axes if axis[0] in self.rows.texts]
        fixed = {name for axis in self.rows.axes for name in axis}
        chosen = [name for name in self.rows.units if name in self.rows.texts and name not in fixed]
        return axes + [name for name in chosen if name != "no_choice" and len(self.strips(name)) > 1]

    @functools.cached_property
    def colours(self) -> Colours | None:
        """The colours of all pictures; None where no names differ."""
        column = next((name for name in COLOURED if name in self.names), next(iter(self.names), None))
        if column is None:
            return None
        strips = self.strips(column)
        ranked = sorted(strips, key=lambda strip: -strip.high if self.rows.maximize else strip.low)
        of = {str(strip.value): colour for strip, colour in zip(ranked, COLOURS, strict=False)}
        if len(strips) > len(COLOURS):
            of[OTHER] = OTHERS
        return Colours(column, of)

    @functools.cached_property
    def partners(self) -> list[str]:
        """Quantities that the objective may be traded for."""
        return [name for name in self._known(PARTNERS) if name != self.rows.objective]

    def _known(self, names: tuple[str, ...]) -> list[str]:
        """Those of some quantities that differ within the run: themselves, or the statistic that the objective is."""
        statistic = statistic_of(self.rows.objective)
        ending = "" if statistic is None else self.rows.objective.removeprefix(statistic.quantity)
        both = dict.fromkeys(one for name in names for one in (name, f"{name}{ending}"))
        return [name for name in both if self.differs(name)]

    def differs(self, name: str) -> bool:
        """Whether a column has different values."""
        ends = self.rows.extent(name) if name in self.rows.numbers else None
        return ends is not None and ends[0] < ends[1]

    @functools.cached_property
    def trade(self) -> tuple[str, str] | None:
        """The two quantities of the first picture; None where there is nothing to trade."""
        return (self.partners[0], self.rows.objective) if self.partners else None

    @functools.cached_property
    def sides(self) -> list[tuple[str, str]]:
        """Pairs of carbon, time and cost, as far as the run has them."""
        time = next((name for name in self._known(TIME) if name in self.partners), None)
        cost = next((name for name in self._known(COST) if name in self.partners), None)
        aim = self.rows.objective
        pairs = [(time, aim) if time else None, (cost, aim) if cost else None, (time, cost) if time and cost else None]
        return [pair for pair in pairs if pair is not None and pair != self.trade]

    @functools.cached_property
    def _fronts(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        return self._found([*([self.trade] if self.trade else []), *self.sides])

    def _found(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
        keep = [*(name for axis in self.axes for name in axis), *self.names]
        by = self.colours.column if self.colours is not None and len(self.colours.of) <= len(COLOURS) else ""
        return fronts(self.rows, pairs, by, keep) if pairs else {}

    def front(self, x: str, y: str) -> list[dict[str, Any]]:
        """The points that are not dominated in two quantities: a front for each colour, if there are few."""
        if (x, y) not in self._fronts:
            self._fronts.update(self._found([(x, y)]))
        return self._fronts[x, y]

    def overall(self, x: str, y: str) -> list[dict[str, Any]]:
        """The points that no other point of any colour dominates, equal ones once."""
        return not_dominated(self.rows, list(self.front(x, y)), x, y)

    def measure(self, name: str) -> Measure:
        return self.rows.measure(name)

    def say(self, name: str, value: Any) -> str:
        """A value with its unit, as people say it."""
        if value is None:
            return "no value"
        if isinstance(value, str):
            return value
        unit = self.rows.units.get(name, "1")
        text = said(float(value), unit)
        return f"{text}s" if unit in COUNTED and float(value) != 1 else text

    def named(self, name: str, value: Any) -> str:
        """A value with what it is, said once: "64 devices", "lifetime 5 years", "region gcp/us-west1"."""
        text, name_words = self.say(name, value), words(name).split()
        if not isinstance(value, str) and text.split()[-1] == name_words[-1]:
            name_words.pop()
        return " ".join([*name_words, text])

    def point(self, row: Mapping[str, Any], *first: str) -> str:
        """A point in a few words: some quantities, then where it is on the axes."""
        names = dict.fromkeys([*first, *(name for axis in self.axes for name in axis), *self.names])
        return "; ".join(self.named(name, row[name]) for name in names if name in row)


@functools.cache
def coordinates() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the regions of the catalog whose place is known."""
    with PLACES.open(encoding="utf-8", newline="") as file:
        return {row["region"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)}
