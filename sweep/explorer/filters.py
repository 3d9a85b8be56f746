"""What is selected on the page, as plain data that is checked: in SQL, as constraints of a plan, and as Python."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbonsweep.foundation.errors import PlanError
from carbonsweep.pictures.rows import RunRows, quoted

MOST_VALUES = 1000


@dataclass(frozen=True)
class Filter:
    """A condition on one column.

    Attributes
    ----------
    name
        The column.
    low, high
        The ends of a range, both in it; of a column of numbers.
    values
        The values that are selected instead of a range.
    """

    name: str
    low: float = -math.inf
    high: float = math.inf
    values: tuple[Any, ...] = ()

    def sql(self) -> str:
        """The condition in SQL."""
        if self.values:
            return f"{quoted(self.name)} in ({', '.join(map(_literal, self.values))})"
        return f"{quoted(self.name)} between {_literal(self.low)} and {_literal(self.high)}"


def filters_of(rows: RunRows, given: Any) -> list[Filter]:
    """Filters of what a page sent.

    Raises
    ------
    PlanError
        If it is anything but conditions on columns of the run.
    """
    if not isinstance(given, list) or len(given) > 100:
        raise PlanError("filters: expected a list of at most 100")
    return [_filter(rows, one) for one in given]


def _filter(rows: RunRows, given: Any) -> Filter:
    if not isinstance(given, Mapping) or str(given.get("name")) not in rows.units:
        raise PlanError(f"filters: {json.dumps(given)[:80]} names no column of the run")
    name = str(given["name"])
    if "values" in given:
        values = given["values"]
        kind: Any = str if name in rows.texts else int | float
        fits = isinstance(values, list) and 0 < len(values) <= MOST_VALUES
        if not fits or not all(isinstance(one, kind) for one in values):
            raise PlanError(f"filters: {name}: expected values of the column")
        return Filter(name, values=tuple(values))
    low, high = given.get("low"), given.get("high")
    if name in rows.texts or not all(isinstance(one, int | float) and math.isfinite(one) for one in (low, high)):
        raise PlanError(f"filters: {name}: expected values, or two ends of a range of numbers")
    return Filter(name, float(low or 0.0), float(high or 0.0))


def _literal(value: Any) -> str:
    """A value in SQL; a number with a point would be a decimal, which rounds."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    number = float(value)
    return repr(int(number)) if number.is_integer() and abs(number) < 1e15 else f"cast('{number!r}' as double)"


def where(filters: Sequence[Filter]) -> str:
    """All conditions in SQL."""
    return " and ".join(one.sql() for one in filters) or "true"


def copies(rows: RunRows, filters: Sequence[Filter]) -> dict[str, str]:
    """The selection to be pasted elsewhere: a query, a part of a plan, lines of Python."""
    folder = "." if rows.place.endswith(".toml") else rows.place
    place = f"{folder}/part-*.parquet" if "://" not in folder else folder
    sense = "desc" if rows.maximize else "asc"
    query = (
        f"select * from read_parquet({_literal(place)})\nwhere {where(filters)}\n"
        f"order by {quoted(rows.objective)} {sense}"
    )
    return {"sql": query, "where": where(filters), "toml": _toml(filters), "python": _python(folder, filters)}


def _toml(filters: Sequence[Filter]) -> str:
    """Values become those of axes, ranges become constraints; both are tables that the plan has already."""
    axes = [f"{_key(one.name)} = {json.dumps(list(map(_plain, one.values)))}" for one in filters if one.values]
    ranges: dict[str, list[str]] = {}
    for one in filters:
        if not one.values:
            ranges.setdefault(one.name, []).extend((f">= {one.low!r}", f"<= {one.high!r}"))
    lines = ["[axes]", *axes, ""] if axes else []
    lines += (
        ["[constraints]", *(f"{_key(name)} = {json.dumps(ends)}" for name, ends in ranges.items())] if ranges else []
    )
    return "\n".join(lines).rstrip() or "# nothing is selected"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _python(folder: str, filters: Sequence[Filter]) -> str:
    conditions: list[tuple[str, str, Any]] = []
    for one in filters:
        if one.values:
            conditions.append((one.name, "in", list(one.values)))
        else:
            conditions += [(one.name, ">=", one.low), (one.name, "<=", one.high)]
    given = f", filters={conditions!r}" if conditions else ""
    return f"import pandas as pd\n\nrows = pd.read_parquet({folder!r}{given})"
