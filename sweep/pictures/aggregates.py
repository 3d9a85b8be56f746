"""What pictures are drawn of: a few thousand numbers made of millions of rows, each by a scan or two of the run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonsweep.pictures.rows import RunRows, as_float, quoted

BINS = 512
"""Bins of a quantity over its range, from which quartiles are read: within a five-hundredth of the range."""
FINE = (512, 320)
"""Cells of a density, across and up, before columns without a value between them are joined."""
QUANTILES = 200
"""The most columns of a density: as many hold equal shares of the points."""


@dataclass(frozen=True)
class Strip:
    """The objective at one value of an axis.

    Attributes
    ----------
    value
        The value.
    points
        Points of the run there.
    low, high
        Smallest and largest value of the objective: exact.
    quartiles
        A quarter, half and three quarters of the points are below: within a five-hundredth of the range in the run.
    """

    value: Any
    points: int
    low: float
    high: float
    quartiles: tuple[float, float, float]


@dataclass(frozen=True)
class Density:
    """How many points lie where, on scales that are logarithmic where `RunRows.is_log` says so.

    Attributes
    ----------
    x, y
        The quantities.
    counts
        Points in each cell of an even grid, float64, shape (up, across), the lowest row first.
    """

    x: str
    y: str
    counts: np.ndarray


@dataclass(frozen=True)
class Arm:
    """The objective along one axis from the best point, all other axes held.

    Attributes
    ----------
    axis
        The axis.
    values
        Its values that the run has there, with the objective, best first.
    """

    axis: str
    values: tuple[tuple[Any, float], ...]


def _bin(rows: RunRows, name: str, bins: int) -> str:
    """The bin of a column, in SQL; NULL where it has no finite value."""
    low, high = rows.extent(name) or (0.0, 0.0)
    value = as_float(name)
    place = value
    if rows.is_log(name):
        low, high, place = math.log(low), math.log(high), f"ln({value})"
    # A little less than the number of bins, so that the largest value is in the last of them.
    scale = (bins - 1e-6) / (high - low) if high > low else 0.0
    found = f"cast(floor(({place} - {low!r}) * {scale!r}) as integer)"
    return f"case when isfinite({value}) then {found} end" if rows.has_infinite(name) else found


def _value_at(rows: RunRows, name: str, place: float, bins: int) -> float:
    """The value at a place counted in bins."""
    low, high = rows.extent(name) or (0.0, 0.0)
    if rows.is_log(name):
        return math.exp(math.log(low) + (math.log(high) - math.log(low)) * place / bins)
    return low + (high - low) * place / bins


def along(rows: RunRows, columns: Sequence[str]) -> dict[str, list[Strip]]:
    """The objective at each value of some columns that have few, in the order of the values, by one scan."""
    if not columns:
        return {}
    aim = as_float(rows.objective)
    names = [quoted(name) for name in columns]
    inner = f"select {', '.join(names)}, {aim} as aim, {_bin(rows, rows.objective, BINS)} as bin from points"
    sets = ", ".join(f"({name}, bin)" for name in names)
    marks = ", ".join(f"grouping({name})" for name in names)
    found = rows.ask(
        f"select {marks}, {', '.join(names)}, bin, count(*), min(aim), max(aim) from ({inner}) "
        f"where bin is not null group by grouping sets ({sets}) order by bin"
    )
    cells: dict[str, dict[Any, list[tuple[Any, ...]]]] = {name: {} for name in columns}
    for row in found:
        place = row.index(0)
        value = row[len(columns) + place]
        if value is not None:
            cells[columns[place]].setdefault(value, []).append(row[-4:])
    return {
        name: [_strip(rows, value, here) for value, here in sorted(held.items(), key=lambda pair: pair[0])]
        for name, held in cells.items()
    }


def _strip(rows: RunRows, value: Any, cells: list[tuple[Any, ...]]) -> Strip:
    """The strip at a value, of its bins in order: bin, points, smallest, largest."""
    low, high = min(cell[2] for cell in cells), max(cell[3] for cell in cells)
    counts = np.array([cell[1] for cell in cells], dtype=float)
    below = np.cumsum(counts)
    quartiles = []
    for share in (0.25, 0.5, 0.75):
        at = int(np.searchsorted(below, share * below[-1]))
        within = float((share * below[-1] - (below[at] - counts[at])) / counts[at])
        quartiles.append(min(max(_value_at(rows, rows.objective, cells[at][0] + within, BINS), low), high))
    return Strip(value, int(below[-1]), low, high, (quartiles[0], quartiles[1], quartiles[2]))


def density(rows: RunRows, x: str, y: str) -> Density:
    """How the points of a run lie in the plane of two quantities.

    A quantity that takes few values would be seen as stripes: columns without a point are filled from their left, and
    the shade is that of columns joined until each holds about an equal share of the points.
    """
    # Of few points each cell would hold one, and the picture be of dust.
    share = min(1.0, math.sqrt(rows.manifest["rows"] / (8 * FINE[0] * FINE[1])))
    across, up = (max(round(share * cells), 40) for cells in FINE)
    counts = np.zeros((up, across))
    found = rows.ask(
        f"select {_bin(rows, x, across)} as across, {_bin(rows, y, up)} as up, count(*) from points group by all"
    )
    for right, above, count in found:
        if right is not None and above is not None:
            counts[above, right] = count
    seen = _filled(counts > 0)
    for left, right in itertools.pairwise(_edges(counts.sum(axis=0))):
        counts[:, left:right] = counts[:, left:right].mean(axis=1, keepdims=True)
    return Density(x, y, np.where(seen, np.maximum(counts, counts[counts > 0].min(initial=1.0)), 0.0))


def _filled(seen: np.ndarray) -> np.ndarray:
    """Where points are, with narrow gaps between columns filled."""
    filled = seen.copy()
    last, widest = 0, seen.shape[1] // 25
    for place in np.flatnonzero(seen.any(axis=0)):
        if place - last <= widest:
            filled[:, last + 1 : place] = seen[:, [last]]
        last = int(place)
    return filled


def _edges(totals: np.ndarray) -> list[int]:
    """Where joined columns begin, and the end: each has a 200th of the points or more."""
    share = totals.sum() / QUANTILES
    edges, held = [0], 0.0
    for place, total in enumerate(totals):
        if held and held + total > share:
            edges.append(place)
            held = 0.0
        held += float(total)
    return [*edges, len(totals)]


def fronts(
    rows: RunRows, pairs: Sequence[tuple[str, str]], by: str = "", keep: Iterable[str] = ()
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The Pareto fronts of pairs of quantities, exactly: smaller is better but for an objective that is maximized.

    Two scans for all pairs: how low each quantity goes at each level of the others leaves few points to look at.

    Parameters
    ----------
    pairs
        The quantities of each front.
    by
        A column of names: a front for each name.
    keep
        Further columns of the points.

    Returns
    -------
    dict
        For each pair the points of its fronts, front by front, by the first quantity; equal points once.
    """
    quantities = list(dict.fromkeys(name for pair in pairs for name in pair))
    names = list(dict.fromkeys([*quantities, *([by] if by else []), *keep]))
    group = f"coalesce({quoted(by)}, '')" if by else "''"
    bins = ", ".join(f"{_bin(rows, name, BINS)} as bin_{number}" for number, name in enumerate(quantities))
    worths = ", ".join(f"{_worth(rows, name)} as worth_{number}" for number, name in enumerate(quantities))
    inner = f"select *, {group} as of_name, {bins}, {worths} from points"
    lowest = _lowest(rows, inner, len(quantities))
    joins, ways = [], []
    for x, y in pairs:
        both = []
        for at, to in ((x, y), (y, x)):
            number, other = quantities.index(at), quantities.index(to)
            table = f"limits_{number}_{other}"
            _make_limits(rows, table, lowest[number, other], _is_maximized(rows, at))
            joins.append(f"left join {table} on p.of_name = {table}.name and p.bin_{number} = {table}.bin")
            both.append(f"worth_{other} < {table}.least")
        ways.append("(" + " and ".join(both) + ")")
    columns = ", ".join(map(quoted, names))
    found = rows.ask(
        f"select of_name, {', '.join(ways)}, {columns} from ({inner}) as p {' '.join(dict.fromkeys(joins))} "
        f"where {' or '.join(ways)}"
    )
    answer = {}
    for number, (x, y) in enumerate(pairs):
        points: dict[str, list[dict[str, Any]]] = {}
        for row in found:
            if row[1 + number]:
                points.setdefault(row[0], []).append(dict(zip(names, row[1 + len(pairs) :], strict=True)))
        each = [not_dominated(rows, points[name], x, y) for name in sorted(points)]
        answer[x, y] = list(itertools.chain.from_iterable(each))
    return answer


def _lowest(rows: RunRows, inner: str, count: int) -> dict[tuple[int, int], list[tuple[str, int, float]]]:
    """For each two quantities the least of the second in each bin of the first, for each name: by one scan."""
    sets = ", ".join(f"(of_name, bin_{number})" for number in range(count))
    marks = ", ".join(f"grouping(bin_{number}), bin_{number}" for number in range(count))
    finite = ", ".join(f"min(worth_{n}) filter (isfinite(worth_{n}))" for n in range(count))
    found = rows.ask(f"select of_name, {marks}, {finite} from ({inner}) group by grouping sets ({sets})")
    lowest: dict[tuple[int, int], list[tuple[str, int, float]]] = {}
    for name, *rest in found:
        number = next(one for one in range(count) if rest[2 * one] == 0)
        place = rest[2 * number + 1]
        for other in range(count):
            least = rest[2 * count + other]
            if place is not None and least is not None:
                lowest.setdefault((number, other), []).append((name, place, least))
    return lowest


def _make_limits(rows: RunRows, table: str, lowest: list[tuple[str, int, float]], largest_first: bool) -> None:
    """A table of how low a quantity goes in better bins of another: a point that is not lower is on no front."""
    import pyarrow as pa

    limits = []
    for name, cells in itertools.groupby(sorted(lowest), key=lambda cell: cell[0]):
        limit = math.inf
        for _, place, least in sorted(cells, reverse=largest_first):
            limits.append((name, place, limit))
            limit = min(limit, least)
    columns = list(zip(*limits, strict=True))
    types = (pa.string(), pa.int64(), pa.float64())
    arrays = [pa.array(column, type=kind) for column, kind in zip(columns, types, strict=True)]
    rows.connection.register(table, pa.table(arrays, names=["name", "bin", "least"]))


def _is_maximized(rows: RunRows, name: str) -> bool:
    return rows.maximize and name == rows.objective


def _worth(rows: RunRows, name: str) -> str:
    return f"-{as_float(name)}" if _is_maximized(rows, name) else as_float(name)


def not_dominated(rows: RunRows, points: list[dict[str, Any]], x: str, y: str) -> list[dict[str, Any]]:
    """The points that no other dominates, by x; of points equal in both the first."""
    sign = [-1.0 if _is_maximized(rows, name) else 1.0 for name in (x, y)]
    points.sort(key=lambda point: (sign[0] * point[x], sign[1] * point[y]))
    best, front = math.inf, []
    for point in points:
        if sign[1] * point[y] < best:
            best = sign[1] * point[y]
            front.append(point)
    return front


def around(rows: RunRows, point: Mapping[str, Any] | None = None) -> list[Arm]:
    """How the objective changes when one axis at a time leaves a point, the best one if none is given: exact.

    Points that constraints exclude are missing, since the run has none of them.
    """
    best, aim = rows.best[0] if point is None else point, quoted(rows.objective)
    held = [" and ".join(f"{quoted(name)} is not distinct from ?" for name in axis) for axis in rows.axes]
    if not held:
        return []
    given = [best[name] for axis in rows.axes for name in axis]
    agrees = " + ".join(f"cast({one} as integer)" for one in held)
    names = [axis[0] for axis in rows.axes]
    found = rows.ask(
        f"select {', '.join(map(quoted, names))}, {aim} from points "
        f"where {agrees} >= {len(held) - 1} and isfinite({as_float(rows.objective)})",
        *given,
    )
    arms = []
    for place, axis in enumerate(rows.axes):
        others = [other for other in range(len(names)) if other != place]
        along_axis = {row[place]: row[-1] for row in found if all(row[o] == best[names[o]] for o in others)}
        values = sorted(along_axis.items(), key=lambda pair: -pair[1] if rows.maximize else pair[1])
        if len(values) > 1:
            arms.append(Arm(axis[0], tuple(values)))
    return sorted(arms, key=lambda arm: -abs(arm.values[-1][1] - arm.values[0][1]))
