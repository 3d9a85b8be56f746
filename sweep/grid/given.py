"""What the entries of a plan or an estimate give: names become numbers, one entry at a time."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carbonsweep.catalogs import ASSUMED_ROWS, LINKS, RECORDS, Catalog, Match, load, model_row_from_config
from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.hf_config import file_hash
from carbonsweep.catalogs.intensities import listed_kind
from carbonsweep.catalogs.links import ASSUMED_NODE
from carbonsweep.catalogs.loads import load_row
from carbonsweep.catalogs.sites import sites_row
from carbonsweep.catalogs.years import years_given
from carbonsweep.foundation.errors import PlanError, first_few, suggestion
from carbonsweep.foundation.measures import NotANumber, read_number
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.derived import plain_name
from carbonsweep.kernels.plausible import PLAUSIBLE
from carbonsweep.plan import expression
from carbonsweep.plan.axes import Records
from carbonsweep.plan.words import suggested

if TYPE_CHECKING:
    from carbonsweep.plan.axes import Range


@dataclass(frozen=True)
class Given:
    """The values one plan entry gives: `fields` by name, each an array over the entry's values."""

    labels: tuple[str, ...] | None
    fields: dict[str, np.ndarray]
    kinds: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """What each value counts, for names whose rows may count different things ("" where that is not known)."""
    about: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """What rows say of how some of their figures are known, for those who choose between methods."""


class Binder:
    """Turns the entries of a plan or an estimate into numbers, one entry at a time.

    Parameters
    ----------
    catalogs
        Paths of user catalogs by catalog name.
    at
        What errors call the plan.
    allow_implausible
        Whether values outside what makes sense are noted instead of refused.
    """

    def __init__(self, catalogs: Mapping[str, Sequence[Path]], at: str, allow_implausible: bool = False) -> None:
        self.at = at
        self.allow_implausible = allow_implausible
        self.hashes: dict[str, str] = {}
        self.notes: list[str] = []
        known = (
            set(RECORDS.values())
            | {other for linked in LINKS.values() for other in linked}
            | {"published_runs", "prices"}
        )
        for name in catalogs:
            if name not in known:
                raise PlanError(f"{at}: catalogs: unknown catalog {name!r}{suggestion(name, known)}")
        self._paths = catalogs

    def catalog(self, name: str) -> Catalog:
        linked = {other: tuple(self._paths.get(other, ())) for other in LINKS.get(name, ())}
        catalog = load(name, tuple(self._paths.get(name, ())), linked, at=f"{self.at}: ")
        self.hashes[name] = catalog.content_hash
        return catalog

    def constant(self, name: str, value: float | str, key: str = "") -> Given:
        """One value: a number, the name of a choice, or the id of a catalog row; `key` is where the plan gives it."""
        return self._values(name, (value,), f"{self.at}: {key or f'constants.{name}'}")

    def axis(self, name: str, given: Range | Records, table: str = "axes", key: str = "") -> Given:
        """The values of one axis; at least one, none twice."""
        at = f"{self.at}: {key or f'{table}.{name}'}"
        self._known(name, at)
        if isinstance(given, Records):
            return self._records(name, self._select(name, given, at), at)
        listed = given.given()
        if listed is not None:
            if not listed:
                raise PlanError(f"{at}: the axis is empty; give it at least one value, or leave it out")
            return self._values(name, listed, at)
        numbers = given.numbers()
        if not len(numbers):
            raise PlanError(f"{at}: the range holds no value; check its ends and step")
        return self._numbers(name, numbers, at)

    def assumed_rows(self, names: Iterable[str], needs_system: bool = False) -> dict[str, Given]:
        """Rows that are taken where those names are given and the row is not, and a server where one is needed."""
        given = set(names)
        rows = {entry: row for entry, (row, by) in ASSUMED_ROWS.items() if by in given and entry not in given}
        if needs_system:
            rows["system"] = ASSUMED_NODE
        return {entry: self.constant(entry, row) for entry, row in rows.items()}

    def say_assumed(self, assumed: Mapping[str, Given], used: Container[str]) -> None:
        """Note the rows that were taken unasked and that something asked for depends on."""
        for entry, given in assumed.items():
            if entry in used:
                self.say(f"{entry} is not given: {(given.labels or ('',))[0]} is taken")

    def number(self, name: str, value: float, at: str) -> Given:
        """One number, held to what the name may be."""
        return self._numbers(name, np.array([value]), at)

    def _known(self, name: str, at: str) -> None:
        if name not in RECORDS and name not in REGISTRY.inputs and name not in REGISTRY.quantities:
            raise PlanError(f"{at}: unknown input {name!r}{suggested(name, [*RECORDS, *REGISTRY.names()])}")

    def _values(self, name: str, values: Sequence[float | str], at: str) -> Given:
        self._known(name, at)
        if name in RECORDS:
            return self._records(name, [self._match(name, str(value), f"{at}: ") for value in values], at)
        declared = REGISTRY.inputs.get(name)
        if declared is not None and declared.choices:
            return self._choices(name, values, declared.choices, at)
        return self._numbers(name, np.array([_read(name, value, at) for value in values], dtype=np.float64), at)

    def _numbers(self, name: str, numbers: np.ndarray, at: str) -> Given:
        valid = REGISTRY.valid(name)
        for value in numbers:
            if float(value) not in valid:
                raise PlanError(
                    f"{at}: {value:g} is outside {valid.text}, the valid range of {name} ({REGISTRY.unit(name)})"
                )
        self.check_plausible(name, numbers, at)
        usual = PLAUSIBLE.get(name)
        # Degrees of a layout that are not whole break a rule of layouts, which is the answer.
        layout = any(name in choice.over for choice in REGISTRY.choices.values())
        whole = REGISTRY.counts(name) and not layout and not (usual is not None and usual.whole)
        if whole and (fractional := numbers[numbers != np.floor(numbers)]).size:
            raise PlanError(f"{at}: {fractional[0]:g} is not a whole number; {name} must be one")
        order = np.sort(numbers)
        repeated = order[1:][order[1:] == order[:-1]]
        if repeated.size:
            raise PlanError(f"{at}: value {repeated[0]:g} is given twice; remove one")
        return Given(None, {name: numbers})

    def check_plausible(self, name: str, numbers: np.ndarray, at: str) -> None:
        """Refuse what no one would give, or note it where the plan allows it."""
        usual = PLAUSIBLE.get(name)
        odd = [float(value) for value in numbers if usual is not None and not usual.holds(float(value))]
        if usual is None or not odd:
            return
        unit = REGISTRY.unit(name)
        what = f"{name} = {odd[0]:.10g}{'' if unit == '1' else f' {unit}'} is implausible: {usual.mistake}"
        if not self.allow_implausible:
            raise PlanError(f"{at}: {what}; --allow-implausible (allow_implausible = true) lets it pass")
        self.say(f"implausible: {what}")

    def _choices(self, name: str, values: Sequence[float | str], choices: tuple[str, ...], at: str) -> Given:
        for value in values:
            if value not in choices:
                hint = suggestion(str(value), choices) or f"; choose from {', '.join(choices)}"
                raise PlanError(f"{at}: {name} has no choice {value!r}{hint}")
        labels = tuple(str(value) for value in values)
        self._no_repeats(labels, at)
        return Given(labels, {name: np.array([choices.index(v) for v in labels], dtype=np.float64)})

    def _match(self, name: str, text: str, at: str) -> Match:
        """What a name means, said where it is not the id itself; a model may be the path of a config.json."""
        if name == "model" and text.endswith(".json"):
            row = model_row_from_config(text, at)
            self.hashes[f"model {row.file}"] = file_hash(text)
            found = Match(row, "configuration of Hugging Face")
        elif name == "sites":
            return Match(sites_row(self.catalog("profiles"), text, at), "sites")
        elif name == "load_profile":
            return Match(load_row(text, at), "load_profile")
        elif RECORDS[name] == "profiles" and name.endswith("_by_year"):
            return Match(years_given(text, at), name)
        else:
            found = self.catalog(RECORDS[name]).find(text, at)
        note = f"{name} {text!r} is {found.row.id}"
        if found.devices is not None:
            note += f", {found.devices} devices"
        if text != found.row.id:
            self.say(f"{note} ({found.how})")
        return found

    def say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _select(self, name: str, given: Records, at: str) -> list[Match]:
        if name not in RECORDS:
            raise PlanError(f"{at}: {name} is a number, not a catalog row; rows are: {', '.join(RECORDS)}")
        if given.catalog != RECORDS[name]:
            raise PlanError(f"{at}: {name} takes rows of catalog {RECORDS[name]!r}, not {given.catalog!r}")
        catalog = self.catalog(given.catalog)
        rows = [Match(row, "id") for row in catalog.rows]
        if given.names is not None:
            if not given.names:
                raise PlanError(f"{at}.names: the list is empty; name at least one row, or leave it out")
            rows = [self._match(name, entry, f"{at}.names: ") for entry in given.names]
        left_out: list[Match] = []
        if given.names is None and given.default_rows == "only" and "is_default" in catalog.columns:
            left_out = [one for one in rows if one.row.values["is_default"] is not True]
            rows = [one for one in rows if one.row.values["is_default"] is True]
        if given.where is not None:
            condition = expression.parse(given.where, f"{at}.where")
            expression.check_names(condition, list(catalog.columns), f"{at}.where")
            try:
                rows = [one for one in rows if condition.evaluate(one.row.values)]
                left_out = [one for one in left_out if condition.evaluate(one.row.values)]
            except TypeError:
                raise PlanError(
                    f"{at}.where: {given.where!r} mixes text with numbers; "
                    f"`carbonsweep catalog {given.catalog}` shows the columns"
                ) from None
        if left_out:
            self.notes.append(
                f"{name}: {len(left_out)} rows of other years or sources left out; default_rows = 'all' takes them"
            )
        if not rows:
            raise PlanError(f"{at}: no row of catalog {given.catalog} meets the filter; loosen `where`")
        return rows

    def _records(self, name: str, found: Sequence[Match], at: str) -> Given:
        labels = tuple(one.label for one in found)
        self._no_repeats(labels, at)
        for one in found:
            if one.row.assumed:
                self.say(f"{name} {one.row.id} leaves unsaid, taken: {'; '.join(one.row.assumed)}")
            if sold_as := one.row.values.get("sold_as"):
                self.say(f"{name} {one.row.id}: {sold_as}")
        supplied = [one.inputs for one in found]
        fields = sorted({field for inputs in supplied for field in inputs})
        if not fields:
            raise PlanError(f"{at}: {labels[0]!r} supplies no input to the equations; choose another row")
        known = [field for field in fields if field in REGISTRY.inputs or field in REGISTRY.quantities]
        given = {f: np.array([inputs.get(f, math.nan) for inputs in supplied]) for f in known}
        for field in PLAUSIBLE.keys() & given.keys():
            for label, value in zip(labels, given[field], strict=True):
                self.check_plausible(field, np.array([value] if value == value else []), f"{at}: {label}")
        counts = [one.devices for one in found]
        if any(count is not None for count in counts):
            if any(count is None for count in counts):
                raise PlanError(f"{at}: some names carry a number of devices and some do not; write all in one way")
            given["devices"] = np.array(counts, dtype=np.float64)
        kinds = {"carbon_intensity": tuple(listed_kind(one.row.values) for one in found)} if name == "region" else {}
        return Given(labels, given, kinds, self._about(name, found))

    def _about(self, name: str, found: Sequence[Match]) -> dict[str, tuple[str, ...]]:
        """What rows say of how their figures are known."""
        rows = [one.row for one in found]
        if name == "system":
            return {"node_max_power": tuple(str(row.values["node_max_basis"] or "") for row in rows)}
        if name != "accelerator":
            return {}
        ids = [str(row.values["system_id"] or ASSUMED_NODE) for row in rows]
        nodes = {row.id: row for row in self.catalog("nodes").rows}
        maxima = [
            "published" if row.values["node_max_power_w"] is not None else str(nodes[node].values["node_max_basis"])
            for row, node in zip(rows, ids, strict=True)
        ]
        assumed = ["die_area_assumed_mm2" if row.values["die_area_mm2"] is None else "" for row in rows]
        return {
            "node_max_power": tuple(maxima),
            "server_cpus": tuple(ids),
            "logic_area": tuple(assumed),
            "thermal_design_power": tuple(str(row.values["tdp_basis"] or "") for row in rows),
            "product_footprint": tuple(str(row.values["product_footprint_basis"] or "") for row in rows),
        }

    @staticmethod
    def _no_repeats(labels: Sequence[str], at: str) -> None:
        seen: set[str] = set()
        for label in labels:
            if label in seen:
                raise PlanError(f"{at}: {label!r} is given twice; remove one")
            seen.add(label)


def _read(name: str, value: float | str, at: str) -> float:
    """A number, or a text that means one in the unit of that name or another of its dimension."""
    if not isinstance(value, str):
        return value
    unit = REGISTRY.unit(name)
    try:
        return read_number(value, unit)
    except NotANumber as error:
        example = {"1": "1.5", "token": "300e9 or 300B", "parameter": "70e9 or 70B"}.get(unit, f"10 {unit}")
        raise PlanError(f"{at}: {shown(value)} {error}; {name} is a number ({unit}), for example {example}") from None


def is_given(field: str, values: np.ndarray) -> bool:
    """Whether a catalog column counts as given: it has a value, or equations accept that it has none."""
    declared = REGISTRY.inputs.get(plain_name(field, REGISTRY))
    return (declared is not None and declared.optional) or not bool(np.isnan(values).all())


def owners(entries: Mapping[str, Given], at: str) -> dict[str, str]:
    """Which entry sets each name: one given by itself comes before one that a catalog row supplies."""
    owner: dict[str, str] = {}
    for entry, given in entries.items():
        if entry in RECORDS and "devices" in given.fields and "devices" in entries:
            if not entries["devices"].fields:
                raise PlanError(f"{at}: {entry} carries a number of devices, and devices is an expression; give one")
            named, by_itself = given.fields["devices"], entries["devices"].fields["devices"]
            if set(named) != set(by_itself) or len(set(named)) > 1:
                label = (given.labels or ("",))[0]
                raise PlanError(
                    f"{at}: {entry} {label!r} is {named[0]:g} devices, devices is {by_itself[0]:g}; "
                    "give the number once"
                )
        for field, values in given.fields.items():
            if field != entry and (field in entries or not is_given(field, values)):
                continue
            if field in owner:
                raise PlanError(f"{at}: both {owner[field]} and {entry} set {field}; give it by itself")
            owner[field] = entry
    return owner


def lacking(entries: Mapping[str, Given]) -> dict[str, str]:
    """Names that the catalog rows chosen could supply but do not, and of which rows that is said."""
    found: dict[str, str] = {}
    for entry, given in entries.items():
        for field, values in given.fields.items():
            if given.labels is not None and not is_given(field, values):
                found[field] = f"{entry} {given.labels[0]}" if len(given.labels) == 1 else f"any {entry} chosen"
    return found


def given_value(field: str, given: Given, entry: str, at: str, notes: list[str]) -> np.ndarray:
    """The values of one name, blanks of a catalog filled by the input's default where it has one."""
    values = given.fields[field]
    blank = np.isnan(values)
    declared = REGISTRY.inputs.get(plain_name(field, REGISTRY))
    if not blank.any() or (declared is not None and declared.optional):
        return values
    assert given.labels is not None
    rows = [label for label, missing in zip(given.labels, blank, strict=True) if missing]
    few = first_few(rows)
    if declared is not None and declared.default is not None:
        if declared.default != 0.0:
            notes.append(f"{field} = {declared.default:g} (default) for {entry} {few}")
        return np.where(blank, declared.default, values)
    raise PlanError(
        f"{at}: {entry} {few} has no {field} in its catalog; give {field} as a constant or an axis, "
        "leave the row out (names or where), or add the value in a catalog of your own"
    )
