"""What the page must know of a run before it draws: its columns with units and ranges, its counts and its best row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from carbonsweep.explorer.database import MOST_ROWS, Database
from carbonsweep.foundation.scaled import scaled, steps_of
from carbonsweep.pictures.rows import RunRows, as_float, description, quoted, words
from carbonsweep.pictures.scene import COUNTED, PARTNERS, Scene
from carbonsweep.plan.axes import Range
from carbonsweep.tabular.arrow import MEETS

FEW = 40
"""Values up to which an axis is drawn as bars."""
NAMES = 100
"""Names that are drawn as bars: the most frequent."""
LOGARITHMIC = ("token", "kgCO2e", "gCO2e", "kWh", "Wh", "FLOP", "parameter", "device-hour", "USD")
"""Units whose quantities are drawn on scales of logarithms, though they differ by less than the usual factor of 20."""


def facts(database: Database) -> dict[str, Any]:
    """All of it as plain data."""
    rows = database.rows
    ranges = extents(rows)
    columns = [_column(rows, name, ranges.get(name), database.second) for name in rows.units if name != MEETS]
    x, y = _pair(rows, columns)
    best = rows.best[0]
    scene = Scene(rows)
    of_second = extents(database.second) if database.second is not None else {}
    for column in columns:
        if column["low"] is not None and (ends := of_second.get(column["name"])) is not None:
            column["low"], column["high"] = min(column["low"], ends[0]), max(column["high"], ends[1])
            column["log"] = column["log"] and column["low"] > 0
    return {
        "title": rows.plan.title or rows.place,
        "place": rows.place,
        "rows": int(rows.manifest["rows"]),
        "points": int(rows.manifest["points"]),
        "shown": database.shown,
        "sampled": f"a sample of {database.shown:,} rows: the run has more than {MOST_ROWS:,}"
        if database.sampled
        else "",
        "objective": rows.objective,
        "maximize": rows.maximize,
        "best": best,
        "best_said": scene.say(rows.objective, best[rows.objective]),
        "columns": columns,
        "x": x,
        "y": y,
        "second": database.second.place if database.second is not None else "",
        "second_columns": [*database.second.units] if database.second is not None else [],
    }


def extents(rows: RunRows) -> dict[str, tuple[float, float]]:
    """Smallest and largest finite value of the columns of numbers, from the footers of the part files if they say."""
    found: dict[str, tuple[float, float]] = {}
    unknown = set(rows.numbers)
    if MEETS not in rows.units:  # else the files have rows that are not of the run
        lows: dict[str, list[float]] = {}
        for file in rows.files:
            footer = pq.read_metadata(file)
            for group in range(footer.num_row_groups):
                for place in range(footer.num_columns):
                    column = footer.row_group(group).column(place)
                    numbers = column.statistics
                    if numbers is not None and numbers.has_min_max and column.path_in_schema in unknown:
                        lows.setdefault(column.path_in_schema, []).extend((numbers.min, numbers.max))
        found = {name: (float(min(ends)), float(max(ends))) for name, ends in lows.items()}
        found = {name: ends for name, ends in found.items() if all(map(math.isfinite, ends))}
        unknown -= set(found)
    asked = sorted(unknown)
    if asked:
        finite = (
            f"min({_v}) filter (isfinite({_v})), max({_v}) filter (isfinite({_v}))" for _v in map(as_float, asked)
        )
        (ends,) = rows.ask(f"select {', '.join(finite)} from points")
        found |= {name: (ends[2 * n], ends[2 * n + 1]) for n, name in enumerate(asked) if ends[2 * n] is not None}
    return found


def _column(rows: RunRows, name: str, ends: tuple[float, float] | None, second: RunRows | None) -> dict[str, Any]:
    unit = rows.units[name]
    axis = name in {one for axis in rows.axes for one in axis}
    low, high = ends or (None, None)
    positive = low is not None and high is not None and low > 0 and high > low
    log = positive and low is not None and high is not None and (high / low >= 20 or unit in LOGARITHMIC)
    text = name in rows.texts
    values, more = _values(rows, name) if text or axis else ([], True)
    if second is not None and name in second.units and values and not more:
        values = sorted({*values, *_values(second, name)[0]})
    typical = math.sqrt(low * high) if positive and low and high else max(abs(low or 0.0), abs(high or 0.0))
    value, label = scaled(typical, unit)
    said = words(name).split()
    return {
        "name": name,
        "words": words(name),
        "unit": "" if label in ("1", *said, *(f"{one}s" for one in said)) or f"{label}s" in said else label,
        "units": [(factor, f"{one}s" if one in COUNTED else one) for factor, one in steps_of(unit)],
        "factor": typical / value if value else 1.0,
        "text": text,
        "axis": axis,
        "bars": text or not more,
        "values": values if text or not more else [],
        "more": more,
        "low": low,
        "high": high,
        "log": bool(log),
        "about": description(name),
    }


def _values(rows: RunRows, name: str) -> tuple[list[Any], bool]:
    """The values of an axis or of names in order, as far as there are bars for them, and whether there are more.

    Those of an axis of numbers are in the plan; else the most frequent are taken.
    """
    axis = rows.plan.swept.get(name)
    if isinstance(axis, Range) and name not in rows.texts:
        values = np.unique(axis.numbers())
        return values[: FEW + 1].tolist(), len(values) > FEW
    counted = f"select {quoted(name)}, count(*) from points where {quoted(name)} is not null group by 1"
    most = NAMES if name in rows.texts else FEW
    found = rows.ask(f"{counted} order by 2 desc, 1 limit {most + 1}")
    return sorted(row[0] for row in found[:most]), len(found) > most


def _pair(rows: RunRows, columns: list[dict[str, Any]]) -> tuple[str, str]:
    """What the density shows first: what the objective is traded for, and the objective."""
    differ = [one["name"] for one in columns if not one["text"] and one["low"] is not None and one["low"] < one["high"]]
    others = [name for name in differ if name != rows.objective]
    partner = next((name for name in PARTNERS if name in others), None)
    made = [one["name"] for one in columns if not one["axis"] and one["name"] in others]
    return (partner or next(iter([*made, *others]), rows.objective), rows.objective)
