"""`compare`: what two runs differ in, from their plans down to the points that both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.foundation.results import Result
from carbonsweep.pictures.rows import RunRows, quoted, rows_of
from carbonsweep.plan.plan import Plan
from carbonsweep.plan.text import value_text

if TYPE_CHECKING:
    from rich.console import RenderableType

ABSENT = "-"


@dataclass(frozen=True)
class Difference:
    """One thing that two runs have otherwise.

    Attributes
    ----------
    kind
        What it belongs to: an axis, constant, equation, catalog, version, count, ...
    name
        Which.
    one, other
        What the runs have, as text.
    """

    kind: str
    name: str
    one: str
    other: str


@dataclass(frozen=True)
class Common:
    """How far a quantity is apart at the points that both runs have.

    Attributes
    ----------
    quantity
        The quantity.
    points
        Points of both runs with a value in both.
    different
        How many of them differ by more than rounding.
    largest
        The largest difference of the second run from the first, relative to the larger of the two values.
    at
        The point of it, by axis, with both values.
    """

    quantity: str
    points: int
    different: int
    largest: float
    at: dict[str, Any]


@dataclass(frozen=True)
class Comparison(Result):
    """What two runs differ in.

    Attributes
    ----------
    one, other
        The runs.
    objective
        The quantity of which the best points are compared.
    differences
        What they have otherwise, from the plans to the best points.
    common
        How far quantities are apart at the points that both have.
    note
        Why points were not compared, "" if they were.
    """

    one: str
    other: str
    objective: str
    differences: tuple[Difference, ...]
    common: tuple[Common, ...]
    note: str = ""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and not any(one.different for one in self.common) and not self.note

    def to_dict(self) -> dict[str, Any]:
        return {
            "one": self.one,
            "other": self.other,
            "same": self.same,
            "objective": self.objective,
            "differences": [vars(one) for one in self.differences],
            "common": [vars(one) for one in self.common],
            "note": self.note,
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import new_table, stack

        if self.same:
            return stack(f"{self.one} and {self.other} are the same: plans, equations, catalogs and all common points")
        parts: list[RenderableType] = []
        if self.differences:
            table = new_table("Differences", "what", "name", self.one, self.other)
            for one in self.differences:
                table.add_row(one.kind, one.name, _cut(one.one), _cut(one.other))
            parts.append(table)
        if self.common:
            names = ("quantity", "common points", "different", "largest difference", "where")
            table = new_table("At the points of both", *names, right=names[1:4])
            for item in self.common:
                where = (
                    "; ".join(f"{name} {_short(value)}" for name, value in item.at.items()) if item.different else ""
                )
                largest = f"{100 * item.largest:+.3g} %" if item.different else "none"
                table.add_row(item.quantity, f"{item.points:,}", f"{item.different:,}", largest, where)
            parts.append(table)
        if self.note:
            parts.append(self.note)
        return stack(*parts)


def _cut(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def compare(one: str | Path | Plan, other: str | Path | Plan) -> Comparison:
    """Compare two runs (or plans, which are evaluated for it).

    Parameters
    ----------
    one, other
        Folders of runs, plans, or files of plans.

    Raises
    ------
    StoreError
        If one of them cannot be read or has no rows.
    """
    with rows_of(one) as first, rows_of(other) as second:
        differences = [*_of_plans(first, second), *_of_making(first, second), *_of_answers(first, second)]
        common, note = _of_points(first, second)
        return Comparison(first.place, second.place, first.objective, tuple(differences), tuple(common), note)


def _tables(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Difference]:
    """What two tables have otherwise."""
    names = [*one, *(name for name in other if name not in one)]
    return [
        Difference(kind, name, _text(one, name), _text(other, name))
        for name in names
        if one.get(name) != other.get(name)
    ]


def _text(table: Mapping[str, Any], name: str) -> str:
    return value_text(table[name]) if name in table else ABSENT


def _of_plans(one: RunRows, other: RunRows) -> list[Difference]:
    first, second = one.manifest["plan"], other.manifest["plan"]
    found = []
    for table, kind in (
        ("axes", "axis"), ("constants", "constant"), ("choose", "choice"), ("equations", "equation asked for"),
        ("constraints", "constraint"), ("catalogs", "catalog file"), ("output", "output"),
    ):  # fmt: skip
        found += _tables(kind, first.get(table) or {}, second.get(table) or {})
    return found + _tables("plan", _plain(first), _plain(second))


def _plain(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if not isinstance(value, dict)}


def _of_making(one: RunRows, other: RunRows) -> list[Difference]:
    """Versions, catalogs, defaults and equations."""
    first, second = one.manifest, other.manifest
    found = _tables("carbonsweep", {"version": first["version"]}, {"version": second["version"]})
    found += _tables("catalog (SHA-256)", first.get("catalogs", {}), second.get("catalogs", {}))
    found += _tables("default", first.get("defaults", {}), second.get("defaults", {}))
    for name in {**first["equations"], **second["equations"]}:
        was, now = (of["equations"].get(name, {}) for of in (first, second))
        if was.get("variant") != now.get("variant"):
            found.append(Difference("equation", name, was.get("variant", ABSENT), now.get("variant", ABSENT)))
        elif was.get("sha256") != now.get("sha256"):
            texts = (f"{of['variant']}, text {of.get('sha256', '')[:8]}" for of in (was, now))
            found.append(Difference("equation", name, *texts))
    return found


def _of_answers(one: RunRows, other: RunRows) -> list[Difference]:
    """Counts, and the best points by the objective of the first run."""
    found = []
    for name in ("points", "rows"):
        if one.manifest[name] != other.manifest[name]:
            texts = (f"{of.manifest[name]:,}" for of in (one, other))
            found.append(Difference("count", name, *texts))
    for key, kind in (("excluded", "excluded by"), ("cannot_be_evaluated", "cannot be evaluated")):
        found += _tables(kind, one.manifest.get(key, {}), other.manifest.get(key, {}))
    best, also = one.best[0], other.best[0]
    if one.objective != other.objective:
        found.append(Difference("objective", "", one.objective, other.objective))
    names = [one.objective, *(name for axis in one.axes for name in axis)]
    for name in names:
        if name in also and not _close(best[name], also[name], _rounding(one, other)):
            found.append(Difference("best point", name, _short(best[name]), _short(also[name])))
    return found


def _rounding(*runs: RunRows) -> float:
    """The relative difference up to which two values are the same: that of the narrower numbers in the files."""
    return 2e-7 if any(run.plan.output.float_type == "float32" for run in runs) else 1e-9


def _close(one: Any, other: Any, rounding: float) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= rounding * max(abs(one), abs(other))
    return bool(one == other)


def _of_points(one: RunRows, other: RunRows) -> tuple[list[Common], str]:
    """The quantities that both runs have, at the points that both have."""
    axes = [name for axis in one.axes for name in axis]
    if set(axes) != {name for axis in other.axes for name in axis}:
        return [], "points are not compared: the runs have different axes"
    numbers = [name for name in one.numbers if name in other.numbers and name not in axes]
    if not numbers:
        return [], "points are not compared: the runs have no quantity in common"
    one.connection.execute("attach ':memory:' as second")
    listed = other.ask("select sql from duckdb_views() where view_name = 'points'")[0][0]
    one.connection.execute(listed.replace("VIEW points", "VIEW second.points", 1))
    # Axes hold the same numbers bit by bit where two plans give the same values.
    on = " and ".join(f"a.{quoted(name)} is not distinct from b.{quoted(name)}" for name in axes) or "true"
    packed = ", ".join(f"{quoted(axis)} := a.{quoted(axis)}" for axis in axes)
    asked = []
    for name in numbers:
        left, right = (f"cast({side}.{quoted(name)} as double)" for side in "ab")
        apart = f"case when {left} = {right} then 0 else ({right} - {left}) / greatest(abs({left}), abs({right})) end"
        point = f"struct_pack({packed}{', ' if packed else ''}one := {left}, other := {right})"
        asked += [
            f"count({apart})",
            f"count(*) filter (abs({apart}) > {_rounding(one, other)!r})",
            f"arg_max({apart}, abs({apart}))",
            f"arg_max({point}, abs({apart}))",
        ]
    (found,) = one.ask(f"select {', '.join(asked)} from points as a join second.points as b on {on}")
    common = [
        Common(name, points, different, float(largest or 0.0), dict(at or {}) if different else {})
        for name, points, different, largest, at in zip(numbers, *(found[place::4] for place in range(4)), strict=True)
    ]
    if not any(item.points for item in common):
        return [], "points are not compared: the runs have no point in common"
    return common, ""
