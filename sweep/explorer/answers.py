"""What the page asks for beside counts: fronts, the best rows, places, what drives a point, and how it comes about."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from carbonsweep.configuration.explain import derive
from carbonsweep.explorer.database import Database
from carbonsweep.explorer.facts import facts
from carbonsweep.explorer.filters import Filter, copies, filters_of
from carbonsweep.foundation.errors import CarbonsweepError, PlanError
from carbonsweep.grid.bind import bind
from carbonsweep.grid.grid import Grid
from carbonsweep.kernels.statistics import FEASIBLE_SHARE, statistic_of
from carbonsweep.pictures.aggregates import around, fronts
from carbonsweep.pictures.answer import estimate_of
from carbonsweep.pictures.compare import compare
from carbonsweep.pictures.rows import RunRows, as_float, quoted
from carbonsweep.pictures.scene import coordinates
from carbonsweep.pictures.style import thinned
from carbonsweep.tabular.arrow import MEETS

MOST_LINES = 2000
"""Points of a front that are drawn."""
DEPTH = 12


@dataclass(frozen=True)
class Answers:
    """The questions by name; each takes and gives plain data."""

    database: Database

    def answer(self, question: str, given: Mapping[str, Any]) -> Any:
        """The answer to a question.

        Raises
        ------
        PlanError
            If there is no such question, or what is given does not fit it.
        """
        known: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "facts": lambda _: self.facts,
            "front": self._front,
            "near": self._near,
            "top": self._top,
            "map": self._map,
            "tornado": self._tornado,
            "explain": self._explain,
            "copy": lambda given: copies(self.database.rows, self._filters(given)),
            "compare": lambda _: self._comparison,
            "sql": lambda given: self.database.sql(str(given.get("sql", ""))),
        }
        if question not in known:
            raise PlanError(f"there is no question {question!r}")
        return known[question](given)

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        return facts(self.database)

    @functools.cached_property
    def _grid(self) -> Grid | str:
        try:
            return bind(self.database.rows.plan)
        except CarbonsweepError as error:
            return str(error)

    @functools.cached_property
    def _comparison(self) -> dict[str, Any]:
        second = self.database.second
        if second is None:
            raise PlanError("there is no second run; carbonsweep explore RUN --compare RUN2")
        return compare(_source(self.database.rows), _source(second)).to_dict()

    def _filters(self, given: Mapping[str, Any]) -> list[Filter]:
        return filters_of(self.database.rows, given.get("filters", []))

    def _number(self, given: Mapping[str, Any], key: str) -> str:
        return self.database.rows.check_number(str(given.get(key, "")))

    def _point(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A row that the page has pinned, by its axes."""
        rows = self.database.rows
        axes = [name for axis in rows.axes for name in axis]
        point = given.get("point")
        if not isinstance(point, Mapping) or not all(isinstance(point.get(name), int | float | str) for name in axes):
            raise PlanError("point: expected a value of each axis")
        return {name: point[name] for name in axes}

    def _front(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The front of what is selected, its exact count and best value; the front of all of the second run."""
        x, y = self._number(given, "x"), self._number(given, "y")
        aim, best = self.database.rows.objective, "max" if self.database.rows.maximize else "min"
        with self.database.selected(self._filters(given)) as rows:
            finite = f"filter (isfinite({as_float(aim)}))"
            ((count, value),) = rows.ask(f"select count(*), {best}({quoted(aim)}) {finite} from points")
            found = _front_of(rows, x, y) if count and x != y else []
        second = self._second_front(x, y) if x != y else []
        return {"rows": count, "best": value, "points": thinned(found, MOST_LINES), "of": len(found), "second": second}

    @functools.cached_property
    def _second_fronts(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        return {}

    def _second_front(self, x: str, y: str) -> list[dict[str, Any]]:
        if (x, y) not in self._second_fronts:
            with self.database.rows_of_second() as second:
                has = second is not None and x in second.numbers and y in second.numbers
                found = thinned(_front_of(second, x, y), MOST_LINES) if has and second is not None else []
            self._second_fronts[x, y] = found
        return self._second_fronts[x, y]

    def _near(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row next to a place in the density, on its scales, among those that are selected."""
        terms = []
        for axis in ("x", "y"):
            name, at = self._number(given, axis), given.get(f"at_{axis}")
            low, high = given.get(f"low_{axis}"), given.get(f"high_{axis}")
            if not all(isinstance(one, int | float) and math.isfinite(one) for one in (at, low, high)):
                raise PlanError(f"near: expected a place on the axis of {name}")
            value = as_float(name)
            place, ends = float(at or 0.0), (float(low or 0.0), float(high or 0.0))
            if given.get(f"log_{axis}") and min(place, *ends) > 0:
                value, place, ends = f"ln({value})", math.log(place), (math.log(ends[0]), math.log(ends[1]))
            terms.append(f"power(({value} - {place!r}) / {(ends[1] - ends[0]) or 1.0!r}, 2)")
        with self.database.selected(self._filters(given)) as rows:
            names = _named(rows)
            found = rows.ask(f"select {', '.join(map(quoted, names))} from points order by {' + '.join(terms)} limit 1")
        return dict(zip(names, found[0], strict=True)) if found else None

    def _top(self, given: Mapping[str, Any]) -> dict[str, Any]:
        with self.database.selected(self._filters(given)) as rows:
            return {"rows": [dict(row) for row in rows.best]}

    def _map(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The best value of the objective in each region of what is selected."""
        rows = self.database.rows
        if "region" not in rows.texts:
            return {"places": [], "why": "the run has no column of regions"}
        known = coordinates()
        best = "max" if rows.maximize else "min"
        with self.database.selected(self._filters(given)) as chosen:
            found = chosen.ask(
                f"select region, {best}({quoted(rows.objective)}), count(*) from points "
                f"where isfinite({as_float(rows.objective)}) group by region order by 2"
            )
        places = [
            {"region": region, "value": value, "points": count, "latitude": at[0], "longitude": at[1]}
            for region, value, count in found
            if (at := known.get(region)) is not None
        ]
        unknown = [region for region, *_ in found if region not in known]
        why = f"{len(unknown)} regions have no known place: {', '.join(map(str, unknown[:5]))}" if unknown else ""
        return {"places": places, "why": why}

    def _tornado(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The objective when one axis at a time leaves the pinned point, read from the run."""
        point, rows = self._point(given), self.database.rows
        with self.database.selected([]) as every:
            source = every
            if self.database.sampled:  # of a sample most neighbours are missing
                every.connection.execute("create temp view points as select * from memory.main.all_points")
            arms = around(source, point)
        return {
            "value": self._value_at(point),
            "arms": [{"axis": arm.axis, "values": [list(pair) for pair in arm.values]} for arm in arms],
            "objective": rows.objective,
        }

    def _value_at(self, point: Mapping[str, Any]) -> float | None:
        rows = self.database.rows
        held = " and ".join(f"{quoted(name)} is not distinct from ?" for name in point) or "true"
        source = "all_points" if self.database.sampled else "points"
        with self.database.selected([]) as every:
            found = every.ask(f"select {quoted(rows.objective)} from {source} where {held} limit 1", *point.values())
        return float(found[0][0]) if found and found[0][0] is not None else None

    def _explain(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """How a quantity comes about at the pinned point, evaluated again."""
        quantity, point = self._number(given, "quantity"), given.get("point")
        self._point(given)
        if statistic_of(quantity) is not None or quantity == FEASIBLE_SHARE:
            raise PlanError(
                f"{quantity} is taken over samples of uncertain inputs: no single derivation leads to it; carbonsweep "
                "explain derives a quantity from values that you give"
            )
        if isinstance(self._grid, str):
            raise PlanError(f"the plan of the run cannot be evaluated here: {self._grid}")
        found = estimate_of(self._grid, dict(point)) if isinstance(point, Mapping) else None
        if found is None:
            raise PlanError("the point is not on the grid of the plan as the catalogs are now")
        return {"tree": derive(found, quantity).cut(DEPTH).to_dict()}


def _source(rows: RunRows) -> Any:
    """What `compare` can open again: the plan, or the folder of the run."""
    return rows.plan if rows.place.endswith(".toml") or rows.place == "plan" else rows.place


def _named(rows: RunRows) -> list[str]:
    return [name for name in rows.units if name != MEETS]


def _front_of(rows: RunRows, x: str, y: str) -> list[dict[str, Any]]:
    """The points that are not dominated in two quantities, with their axes and the objective."""
    keep = [rows.objective, *(name for axis in rows.axes for name in axis)]
    return fronts(rows, [(x, y)], "", [name for name in dict.fromkeys(keep) if name not in (x, y)])[x, y]
