"""The rows of a run as pictures see them: axes, quantities and one objective, in a DuckDB view of the part files."""

from __future__ import annotations

import functools
import math
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbonsweep.engine.workers import Progress
from carbonsweep.foundation.errors import PlanError, StoreError, one_line, suggestion
from carbonsweep.foundation.scaled import scaled
from carbonsweep.kernels import REGISTRY
from carbonsweep.pictures.libraries import library
from carbonsweep.plan.axes import Zipped
from carbonsweep.plan.plan import Plan
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.manifest import read_manifest
from carbonsweep.tabular.arrow import MEETS

AIMS = ("total_carbon", "request_carbon", "operational_carbon", "embodied_carbon")
"""What is minimized where a plan has no objective: the first of these that a run has, else its first quantity."""


@dataclass(frozen=True)
class Measure:
    """A unit that suits the values of a quantity: they are divided by `factor`."""

    factor: float
    label: str


@dataclass(frozen=True)
class RunRows:
    """The rows of a finished run that meet its constraints, in the view ``points``.

    Attributes
    ----------
    place
        The folder of the run, or the file of the plan that was evaluated for the pictures.
    manifest
        The manifest of the run.
    plan
        Its plan.
    axes
        The columns of each axis; several where they move together.
    units
        Unit of each column, in the order of the table.
    texts
        The columns of names.
    objective, maximize
        The quantity that makes one point better than another, and its sense.
    files
        The part files, or copies of those that are not on this machine.
    """

    place: str
    manifest: dict[str, Any]
    plan: Plan
    axes: tuple[tuple[str, ...], ...]
    units: dict[str, str]
    texts: frozenset[str]
    objective: str
    maximize: bool
    connection: Any
    files: tuple[str, ...] = ()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The answer to a query over ``points``."""
        duckdb = library("duckdb")
        try:
            rows: list[tuple[Any, ...]] = self.connection.execute(query, list(values) or None).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"{self.place}: cannot read the run: {one_line(error)}") from None
        return rows

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers."""
        return [name for name in self.units if name not in self.texts and name != MEETS]

    @functools.cached_property
    def _extents(self) -> dict[str, tuple[float, float] | None]:
        return {}

    @functools.cached_property
    def _infinite(self) -> set[str]:
        return set()

    def extent(self, name: str) -> tuple[float, float] | None:
        """Smallest and largest finite value of a column; None where it has none."""
        if name not in self._extents:
            value = as_float(name)
            query = f"select min({value}), max({value}) from points"
            ((low, high),) = self.ask(query)
            if low is not None and not math.isfinite(high - low):
                self._infinite.add(name)
                ((low, high),) = self.ask(f"{query} where isfinite({value})")
            self._extents[name] = None if low is None else (low, high)
        return self._extents[name]

    def has_infinite(self, name: str) -> bool:
        """Whether some value of a column is not finite: to ask for it in every query would cost time."""
        self.extent(name)
        return name in self._infinite

    def is_log(self, name: str) -> bool:
        """Whether values of a column are better told apart on a scale of logarithms."""
        low, high = self.extent(name) or (0.0, 0.0)
        return low > 0 and high / low >= 20

    def measure(self, name: str) -> Measure:
        """The unit in which a column is drawn, by the middle of its values."""
        unit = self.units[name]
        low, high = self.extent(name) or (1.0, 1.0)
        typical = math.sqrt(low * high) if low > 0 else max(abs(low), abs(high))
        value, label = scaled(typical, unit)
        shown = "" if label in ("1", "", *words(name).split()) else f" ({label})"
        return Measure(typical / value if value else 1.0, f"{words(name)}{shown}")

    @functools.cached_property
    def best(self) -> list[dict[str, Any]]:
        """The best rows, at most twenty, by the objective, then by the axes; without columns that are empty."""
        sense = "desc" if self.maximize else "asc"
        order = ", ".join([f"{quoted(self.objective)} {sense}", *(quoted(name) for axis in self.axes for name in axis)])
        names = [name for name in self.units if name != MEETS]
        rows = self.ask(
            f"select {', '.join(map(quoted, names))} from points where isfinite({as_float(self.objective)}) "
            f"order by {order} limit 20"
        )
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{name: row[name] for name in names if any(one[name] is not None for one in found)} for row in found]

    def check_number(self, name: str) -> str:
        """The name of a column of numbers, refused if there is none of that name."""
        if name not in self.numbers:
            near = suggestion(name, self.numbers) or f"; it has {', '.join(self.numbers)}"
            raise PlanError(f"{self.place}: the run has no quantity {name!r}{near}")
        return name


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def as_pattern(place: str) -> str:
    """The name of a file as DuckDB reads names: as a pattern, which fits this file alone."""
    return re.sub(r"([*?\[])", r"[\1]", place)


def as_float(name: str) -> str:
    """A column as double precision, in SQL."""
    return f"cast({quoted(name)} as double)"


def words(name: str) -> str:
    """A name as people read it."""
    return name.replace("_", " ")


@contextmanager
def rows_of(
    what: str | Path | Plan,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    progress: Progress | None = None,
) -> Iterator[RunRows]:
    """Open a finished run, or evaluate a plan into a folder that is removed afterwards.

    Parameters
    ----------
    what
        The folder of a run, or a plan (an object, or a file that ends in ``.toml``).
    minimize, maximize
        The objective, instead of the plan's.
    progress
        Called while a plan is evaluated.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or the objective is no quantity of the run.
    StoreError
        If the run cannot be read, or has no rows.
    """
    if minimize is not None and maximize is not None:
        raise PlanError("give minimize or maximize, not both")
    duckdb = library("duckdb")
    with tempfile.TemporaryDirectory(prefix="carbonsweep-") as temporary, duckdb.connect() as connection:
        name, folder = str(getattr(what, "file", what)), Folder(str(what))
        if isinstance(what, Plan) or name.endswith(".toml"):
            from carbonsweep.store.run import run

            folder = Folder(f"{temporary}/run")
            run(what if isinstance(what, Plan) else Path(what), folder.url, progress=progress)
        yield _opened(name, folder, connection, temporary, minimize, maximize)


def _opened(
    name: str, folder: Folder, connection: Any, temporary: str, minimize: str | None, maximize: str | None
) -> RunRows:
    manifest = read_manifest(folder)
    if not manifest["rows"]:
        raise StoreError(f"{name}: the run has no rows, so there is nothing to draw; see carbonsweep info")
    plan = Plan(**manifest["plan"], file=name)
    units = {column["name"]: column["unit"] for column in manifest["columns"]}
    texts = frozenset(c["name"] for c in manifest["columns"] if "dictionary" in c["type"] or c["type"] == "string")
    files = _make_view(folder, manifest, connection, temporary, units, texts)
    axes = tuple(_columns_of(one, axis, units) for one, axis in plan.swept.items())
    opened = RunRows(name, manifest, plan, axes, units, texts, "", False, connection)
    opened.ask("select 1 from points limit 1")
    wanted = minimize or maximize or plan.output.objective
    if wanted is None:
        made = [one for one in opened.numbers if one not in {name for axis in axes for name in axis}]
        wanted = next((one for one in AIMS if one in made), made[0] if made else None)
    if wanted is None:
        raise PlanError(f"{name}: the run has no quantity of numbers to draw")
    largest = maximize is not None or (minimize is None and plan.output.maximize is not None)
    opened.check_number(wanted)
    found = RunRows(name, manifest, plan, axes, units, texts, wanted, largest, connection, files)
    if not found.best:
        raise StoreError(f"{name}: {wanted} has no value at any point that meets the constraints: nothing to draw")
    return found


def _columns_of(name: str, axis: Any, units: dict[str, str]) -> tuple[str, ...]:
    """The columns of an axis, the one that names it first."""
    if isinstance(axis, Zipped):
        return (name, *(one for one in axis.zip if one != name and one in units))
    return (name,)


def _make_view(
    folder: Folder,
    manifest: dict[str, Any],
    connection: Any,
    temporary: str,
    units: dict[str, str],
    texts: frozenset[str],
) -> tuple[str, ...]:
    """Make the view ``points``: the rows of the listed part files that meet the constraints. The files."""
    files = [part["file"] for part in manifest["parts"]]
    partitions = list(dict.fromkeys(step.partition("=")[0] for step in files[0].split("/")[:-1]))
    if folder.local:
        places = [str(folder.path / file) for file in files]
    else:
        places = []
        for number, file in enumerate(files):  # read once, so that each query does not fetch them again
            copy = Path(temporary, *file.split("/")[:-1], f"{number}.parquet")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(folder.read(file))
            places.append(str(copy))
    options = "hive_partitioning = false"
    if partitions:
        types = ", ".join(f"{quoted(name)}: {'varchar' if name in texts else 'double'}" for name in partitions)
        options = f"hive_partitioning = true, hive_types = {{{types}}}"
    listed = ", ".join("'" + as_pattern(place).replace("'", "''") + "'" for place in places)
    meets = f" where {MEETS}" if MEETS in units else ""
    duckdb = library("duckdb")
    try:
        connection.execute(f"create view points as select * from read_parquet([{listed}], {options}){meets}")
    except duckdb.Error as error:
        raise StoreError(f"{folder}: cannot read the part files: {one_line(error)}") from None
    return tuple(places)


def description(name: str) -> str:
    """What a column means, "" where the registry does not know it."""
    return REGISTRY.description(name) if REGISTRY.knows(name) else ""
