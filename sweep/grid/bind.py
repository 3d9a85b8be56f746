"""A plan bound to the catalogs: every axis as arrays of numbers, every name checked."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs import LINKS, RECORDS, Catalog, Row, load
from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.resolve import Graph, pinned_variants, resolve
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan import expression
from carbonsweep.plan.axes import Records

if TYPE_CHECKING:
    from carbonsweep.plan.axes import Range
    from carbonsweep.plan.expression import Expression
    from carbonsweep.plan.plan import Plan


@dataclass(frozen=True)
class GridAxis:
    """One axis of the grid.

    Attributes
    ----------
    name
        The axis as the plan names it.
    labels
        What the rows are called (catalog ids, or names of choices); None for a numeric axis.
    fields
        The names whose values this axis sets.
    matrix
        Their values, float64, shape (len(fields), number of values).
    """

    name: str
    labels: tuple[str, ...] | None
    fields: tuple[str, ...]
    matrix: np.ndarray

    def __len__(self) -> int:
        return int(self.matrix.shape[1]) if self.labels is None else len(self.labels)

    @property
    def values(self) -> np.ndarray:
        """The values of the axis as a user knows them: numbers, or labels."""
        return self.matrix[0] if self.labels is None else np.array(self.labels, dtype=object)


@dataclass(frozen=True)
class Constraint:
    """A condition that points must meet, and what it is called in reports."""

    name: str
    condition: Expression


@dataclass(frozen=True)
class Grid:
    """A plan ready to be scheduled.

    Attributes
    ----------
    axes
        In plan order.
    constants
        Values of the constant names that the graph uses.
    graph
        The equations for outputs and constraints.
    outputs
        Names of the quantity columns (those that are not axes).
    constraints
        In plan order.
    notes
        Things a user should know: inputs that nothing uses, defaults that stand in for blank cells.
    catalog_hashes
        Content hash of every catalog used, by name.
    """

    axes: tuple[GridAxis, ...]
    constants: dict[str, float]
    graph: Graph
    outputs: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    notes: tuple[str, ...]
    catalog_hashes: dict[str, str]

    @property
    def points(self) -> int:
        return math.prod(len(axis) for axis in self.axes)

    @property
    def thresholds(self) -> tuple[ast.Constant, ...]:
        """The numbers in the constraints."""
        return tuple(number for constraint in self.constraints for number in constraint.condition.numbers)

    @property
    def constant_names(self) -> tuple[str, ...]:
        """What the first values of `nest_constants` are."""
        return (*self.constants, *self.graph.defaults)

    @property
    def nest_constants(self) -> np.ndarray:
        """All numbers of a nest that are the same at every point: constants, defaults, thresholds; float64."""
        thresholds = [float(number.value) for number in self.thresholds]  # type: ignore[arg-type]
        return np.array([*self.constants.values(), *self.graph.defaults.values(), *thresholds], dtype=np.float64)


@dataclass(frozen=True)
class _Given:
    """The values one plan entry gives: `fields` by name, each an array over the entry's values."""

    labels: tuple[str, ...] | None
    fields: dict[str, np.ndarray]


class Binder:
    """Turns the entries of a plan or an estimate into numbers, one entry at a time.

    Parameters
    ----------
    catalogs
        Paths of user catalogs by catalog name.
    where
        What errors call the plan.
    """

    def __init__(self, catalogs: Mapping[str, Sequence[Path]], where: str) -> None:
        self.where = where
        self.hashes: dict[str, str] = {}
        self.notes: list[str] = []
        known = set(RECORDS.values()) | set(LINKS.values()) | {"published_runs"}
        for name in catalogs:
            if name not in known:
                raise PlanError(f"{where}: catalogs: unknown catalog {name!r}{suggestion(name, known)}")
        self._paths = catalogs

    def catalog(self, name: str) -> Catalog:
        own, linked = (tuple(self._paths.get(key, ())) for key in (name, LINKS.get(name, "")))
        catalog = load(name, own, linked, at=f"{self.where}: ")
        self.hashes[name] = catalog.content_hash
        return catalog

    def constant(self, name: str, value: float | str) -> _Given:
        """One value: a number, the name of a choice, or the id of a catalog row."""
        return self._values(name, (value,), f"{self.where}: constants.{name}")

    def axis(self, name: str, given: Range | Records) -> _Given:
        """The values of one axis; at least one, none twice."""
        where = f"{self.where}: axes.{name}"
        self._known(name, where)
        if isinstance(given, Records):
            return self._records(name, self._select(name, given, where), where)
        listed = given.given()
        if listed is not None:
            if not listed:
                raise PlanError(f"{where}: the axis is empty; give it at least one value, or leave it out")
            return self._values(name, listed, where)
        numbers = given.numbers()
        if not len(numbers):
            raise PlanError(f"{where}: the range holds no value; check its ends and step")
        return self._numbers(name, numbers, where)

    def _known(self, name: str, where: str) -> None:
        if name not in RECORDS and name not in REGISTRY.inputs and name not in REGISTRY.quantities:
            raise PlanError(f"{where}: unknown input {name!r}{suggestion(name, [*RECORDS, *REGISTRY.names()])}")

    def _values(self, name: str, values: Sequence[float | str], where: str) -> _Given:
        self._known(name, where)
        if name in RECORDS:
            catalog = self.catalog(RECORDS[name])
            return self._records(name, [catalog.get(str(value), f"{where}: ") for value in values], where)
        declared = REGISTRY.inputs.get(name)
        if declared is not None and declared.choices:
            return self._choices(name, values, declared.choices, where)
        for value in values:
            if isinstance(value, str):
                raise PlanError(
                    f"{where}: {value!r} is text; {name} is a number ({REGISTRY.unit(name)}), written without quotes"
                )
        return self._numbers(name, np.array(values, dtype=np.float64), where)

    def _numbers(self, name: str, numbers: np.ndarray, where: str) -> _Given:
        valid = REGISTRY.valid(name)
        for value in numbers:
            if float(value) not in valid:
                raise PlanError(
                    f"{where}: {value:g} is outside {valid.text}, the valid range of {name} ({REGISTRY.unit(name)})"
                )
        declared = REGISTRY.inputs.get(name)
        if declared is not None and declared.integer and (fractional := numbers[numbers != np.floor(numbers)]).size:
            raise PlanError(f"{where}: {fractional[0]:g} is not a whole number; {name} must be one")
        order = np.sort(numbers)
        repeated = order[1:][order[1:] == order[:-1]]
        if repeated.size:
            raise PlanError(f"{where}: value {repeated[0]:g} is given twice; remove one")
        return _Given(None, _mirrored(name, numbers))

    def _choices(self, name: str, values: Sequence[float | str], choices: tuple[str, ...], where: str) -> _Given:
        for value in values:
            if value not in choices:
                hint = suggestion(str(value), choices) or f"; choose from {', '.join(choices)}"
                raise PlanError(f"{where}: {name} has no choice {value!r}{hint}")
        labels = tuple(str(value) for value in values)
        self._no_repeats(labels, where)
        return _Given(labels, _mirrored(name, np.array([choices.index(v) for v in labels], dtype=np.float64)))

    def _select(self, name: str, given: Records, where: str) -> list[Row]:
        if name not in RECORDS:
            raise PlanError(f"{where}: {name} is a number, not a catalog row; rows are: {', '.join(RECORDS)}")
        if given.catalog != RECORDS[name]:
            raise PlanError(f"{where}: {name} takes rows of catalog {RECORDS[name]!r}, not {given.catalog!r}")
        catalog = self.catalog(given.catalog)
        rows = list(catalog.rows)
        if given.names is not None:
            if not given.names:
                raise PlanError(f"{where}.names: the list is empty; name at least one row, or leave it out")
            rows = [catalog.get(entry, f"{where}.names: ") for entry in given.names]
        left_out: list[Row] = []
        if given.names is None and given.default_rows == "only" and "is_default" in catalog.columns:
            left_out = [row for row in rows if row.values["is_default"] is not True]
            rows = [row for row in rows if row.values["is_default"] is True]
        if given.where is not None:
            condition = expression.parse(given.where, f"{where}.where")
            expression.check_names(condition, list(catalog.columns), f"{where}.where")
            try:
                rows = [row for row in rows if condition.evaluate(row.values)]
                left_out = [row for row in left_out if condition.evaluate(row.values)]
            except TypeError:
                raise PlanError(
                    f"{where}.where: {given.where!r} mixes text with numbers; "
                    f"`carbonsweep catalog {given.catalog}` shows the columns"
                ) from None
        if left_out:
            self.notes.append(
                f"{name}: {len(left_out)} rows of other years or sources left out; default_rows = 'all' takes them"
            )
        if not rows:
            raise PlanError(f"{where}: no row of catalog {given.catalog} meets the filter; loosen `where`")
        return rows

    def _records(self, name: str, rows: Sequence[Row], where: str) -> _Given:
        labels = tuple(row.id for row in rows)
        self._no_repeats(labels, where)
        fields = sorted({field for row in rows for field in row.inputs})
        if not fields:
            raise PlanError(f"{where}: {labels[0]!r} supplies no input to the equations; choose another row")
        known = [field for field in fields if field in REGISTRY.inputs or field in REGISTRY.quantities]
        return _Given(labels, {f: np.array([row.inputs.get(f, math.nan) for row in rows]) for f in known})

    @staticmethod
    def _no_repeats(labels: Sequence[str], where: str) -> None:
        seen: set[str] = set()
        for label in labels:
            if label in seen:
                raise PlanError(f"{where}: {label!r} is given twice; remove one")
            seen.add(label)


def _mirrored(name: str, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The values under their name, and under the inputs that tell equations that it is given."""
    mirrors = [item.name for item in REGISTRY.inputs.values() if item.mirrors == name]
    return dict.fromkeys([name, *mirrors], numbers)


def _is_given(field: str, values: np.ndarray) -> bool:
    """Whether a catalog column counts as given: it has a value, or equations accept that it has none."""
    declared = REGISTRY.inputs.get(field)
    return (declared is not None and declared.optional) or not bool(np.isnan(values).all())


def bind(plan: Plan) -> Grid:
    """Check a plan against equations and catalogs and turn its axes into arrays.

    Raises
    ------
    PlanError
        At the first fault, naming file, key, value and remedy.
    """
    where = plan.source
    binder = Binder(plan.catalogs, where)
    both = [name for name in plan.axes if name in plan.constants]
    if both:
        raise PlanError(f"{where}: {both[0]!r} is both an axis and a constant; remove one")

    entries: dict[str, _Given] = {n: binder.axis(n, axis) for n, axis in plan.axes.items()}
    fixed = {name: binder.constant(name, value) for name, value in plan.constants.items()}
    owner = owners({**entries, **fixed}, where)

    outputs, constraints = _wanted(plan, list(entries))
    named = dict.fromkeys([*outputs, *(name for constraint in constraints for name in constraint.condition.names)])
    graph = resolve(
        named,
        owner,
        pinned_variants(plan.equations, f"{where}: equations"),
        where,
        lacking=lacking({**entries, **fixed}),
    )

    notes = binder.notes
    constants = {
        field: float(given_value(field, fixed[entry], entry, where, notes)[0])
        for field in graph.given
        if (entry := owner[field]) in fixed
    }
    axes = []
    for name, given in entries.items():
        fields = tuple(f for f in graph.given if owner[f] == name)
        if not fields and name in REGISTRY.names() and given.labels is None:
            fields = (name,)
        columns = [given_value(field, given, name, where, notes) for field in fields]
        length = len(next(iter(given.fields.values())))
        matrix = np.array(columns, dtype=np.float64).reshape(len(fields), length)
        axes.append(GridAxis(name, given.labels, fields, np.ascontiguousarray(matrix)))
    for name in [*entries, *fixed]:
        used = any(owner[field] == name for field in graph.given)
        if not used:
            kind = "axis" if name in entries else "constant"
            notes.append(f"{kind} {name} changes no requested quantity")
    if any(equation.quantity == "infeasibility" for equation in graph.equations) and "infeasibility" not in outputs:
        notes.append("points whose layout cannot train have no value; add infeasibility to quantities to see why")
    return Grid(tuple(axes), constants, graph, outputs, constraints, tuple(notes), dict(binder.hashes))


def owners(entries: Mapping[str, _Given], where: str) -> dict[str, str]:
    """Which entry sets each name: one given by itself comes before one that a catalog row supplies."""
    owner: dict[str, str] = {}
    for entry, given in entries.items():
        for field, values in given.fields.items():
            if field != entry and (field in entries or not _is_given(field, values)):
                continue
            if field in owner:
                raise PlanError(f"{where}: both {owner[field]} and {entry} set {field}; give it by itself")
            owner[field] = entry
    return owner


def lacking(entries: Mapping[str, _Given]) -> dict[str, str]:
    """Names that the catalog rows chosen could supply but do not, and of which rows that is said."""
    found: dict[str, str] = {}
    for entry, given in entries.items():
        for field, values in given.fields.items():
            if given.labels is not None and not _is_given(field, values):
                found[field] = f"{entry} {given.labels[0]}" if len(given.labels) == 1 else f"any {entry} chosen"
    return found


def given_value(field: str, given: _Given, entry: str, where: str, notes: list[str]) -> np.ndarray:
    """The values of one name, blanks of a catalog filled by the input's default where it has one."""
    values = given.fields[field]
    blank = np.isnan(values)
    declared = REGISTRY.inputs.get(field)
    if not blank.any() or (declared is not None and declared.optional):
        return values
    assert given.labels is not None
    rows = [label for label, missing in zip(given.labels, blank, strict=True) if missing]
    shown = ", ".join(rows[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
    if declared is not None and declared.default is not None:
        if declared.default != 0.0:
            notes.append(f"{field} = {declared.default:g} (default) for {entry} {shown}")
        return np.where(blank, declared.default, values)
    raise PlanError(
        f"{where}: {entry} {shown} has no {field} in its catalog; give {field} as a constant or an axis, "
        "leave the row out (names or where), or add the value in a catalog of your own"
    )


def _wanted(plan: Plan, axes: list[str]) -> tuple[tuple[str, ...], tuple[Constraint, ...]]:
    """The quantity columns and the constraints, with every name in them known."""
    where = plan.source
    known = REGISTRY.names()
    for key, name in [
        *((f"output.quantities[{i}]", name) for i, name in enumerate(plan.output.quantities)),
        *((f"output.{key}", value) for key in ("minimize", "maximize") if (value := getattr(plan.output, key))),
    ]:
        if name not in known:
            label = " is a catalog row, not a number;" if name in RECORDS else ""
            raise PlanError(f"{where}: {key}: unknown quantity {name!r}{label}{suggestion(name, known)}")
    objective = plan.output.objective
    if objective is not None and objective not in plan.output.quantities and objective not in axes:
        raise PlanError(f"{where}: output.{objective} is optimised but not written; add it to quantities")
    constraints = []
    for name, value in plan.constraints.items():
        key = f"{where}: constraints.{name}"
        if name == "where":
            texts = value if isinstance(value, tuple) else (value,)
            parsed = [expression.parse(str(text), key) for text in texts]
        elif name not in known:
            raise PlanError(f"{where}: constraints: unknown quantity {name!r}{suggestion(name, known)}")
        else:
            parsed = [_condition(name, part, key) for part in (value if isinstance(value, tuple) else (value,))]
        for condition in parsed:
            expression.check_names(condition, known, key)
            expression.check_numeric(condition, key)
            constraints.append(Constraint(condition.text, condition))
    columns = tuple(name for name in plan.output.quantities if name not in axes)
    return columns, tuple(constraints)


def _condition(name: str, value: Any, where: str) -> Expression:
    if isinstance(value, bool):
        return expression.parse(f"{name} {'!=' if value else '=='} 0", where)
    if isinstance(value, str):
        return expression.parse_condition(name, value, where)
    return expression.parse(f"{name} == {value!r}", where)
