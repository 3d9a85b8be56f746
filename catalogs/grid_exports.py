"""Exports of grid data, told apart by the names of their columns: what each says of a profile.

Names of columns and units are as their publishers document them; nothing is told by its place.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs.catalog import load
from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.hourly import Hours, hourly_mean, year_of_hours
from carbonsweep.catalogs.profiles import check_values
from carbonsweep.foundation.errors import CatalogError, one_line, suggestion

if TYPE_CHECKING:
    import pandas as pd

POUND = 453.59237
"""Grams in a pound."""
RECALLED_FACTORS = {"oil": 650.0, "other": 230.0}
"""gCO2e/kWh over the life cycle of plants that the catalog has no row of, recalled."""
CARBON_FREE = ("solar", "wind", "hydropower", "nuclear")
EIA_FUELS = {
    "Coal": "coal",
    "Natural Gas": "gas",
    "Nuclear": "nuclear",
    "All Petroleum Products": "oil",
    "Hydropower and Pumped Storage": "hydropower",
    "Solar": "solar",
    "Wind": "wind",
    "Other Fuel Sources": "other",
}
ENTSOE_TYPES = (
    ("Fossil Hard coal", "coal"),
    ("Fossil Brown coal", "coal"),
    ("Fossil Peat", "coal"),
    ("Fossil Coal-derived gas", "coal"),
    ("Fossil Oil shale", "coal"),
    ("Fossil Gas", "gas"),
    ("Fossil Oil", "oil"),
    ("Hydro", "hydropower"),
    ("Nuclear", "nuclear"),
    ("Solar", "solar"),
    ("Wind", "wind"),
    ("Biomass", "biomass"),
    ("Geothermal", "geothermal"),
)
"""Beginnings of production types, the longer first, and the kind of plant; what is none of them is other."""
SMALL = 0.01
"""Share of the generation up to which a kind of plant without data in an hour is taken as zero there."""
AVERT_REGIONS = ["CA", "CENT", "FL", "MIDA", "MIDW", "NCSC", "NE", "NW", "NY", "RM", "SE", "SW", "TE", "TN"]
AVERT = "EPA AVERT"
MONTHS_BY_HOURS = "table of months and hours"
COARSE = (AVERT, MONTHS_BY_HOURS)
"""Exports that tell nothing of windows under a week."""
CAMBIUM = {"long_run_marginal": "lrmer_co2e", "short_run_marginal": "srmer_co2e", "location_direct": "aer_load_co2_c"}
EASTERN = np.timedelta64(5, "h")
"""What Eastern Standard Time, the clock of Cambium's `timestamp` as recalled, is behind UTC."""
HEADERS = 30
"""Lines at the beginning of a file in which names of columns are looked for."""
LARGEST = 2_000_000_000


@dataclass(frozen=True)
class Export:
    """One kind of file.

    Attributes
    ----------
    name
        Whose it is.
    has
        Columns by which it is known, as patterns; one of each.
    read
        Makes hours of it.
    """

    name: str
    has: tuple[str, ...]
    read: Callable[[_Table], Hours]


@dataclass(frozen=True)
class _Table:
    """A file with what is wanted of it."""

    frame: pd.DataFrame
    kind: str
    column: str | None
    zone: str | None
    year: int | None
    at: str

    def one(self, *patterns: str) -> str:
        """The column that matches a pattern, the first that any does.

        Raises
        ------
        CatalogError
            If there is none.
        """
        found = self.find(*patterns)
        if found is None:
            wanted = " or ".join(repr(_plain(one)) for one in patterns)
            raise CatalogError(f"{self.at}: no column {wanted}; there are {_listed(self.frame.columns)}")
        return found

    def find(self, *patterns: str) -> str | None:
        for pattern in patterns:
            for name in self.frame.columns:
                if re.fullmatch(pattern, name, re.IGNORECASE):
                    return str(name)
        return None

    def times(self, *patterns: str, otherwise: str = "ISO8601") -> np.ndarray:
        """A column of times, in UTC; without an offset they are taken as that. `otherwise` is another format."""
        import pandas as pd

        name = self.one(*patterns)
        column = self.frame[name]
        parsed = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")
        if parsed.isna().any():
            parsed = parsed.fillna(pd.to_datetime(column, utc=True, errors="coerce", format=otherwise))
        if (bad := parsed.isna()).any():
            value = shown(str(column[bad].iloc[0]))
            raise CatalogError(f"{self.at}: column {name!r}: {value} is no time; write it as 2023-01-31T13:00Z")
        found: np.ndarray = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[s]")
        return found

    def numbers(self, name: str) -> np.ndarray:
        import pandas as pd

        column = self.frame[name]
        if column.dtype == object or str(column.dtype).startswith("str"):
            column = column.astype("string").str.replace(",", "").str.strip().replace("", pd.NA)
        found = pd.to_numeric(column, errors="coerce")
        if (bad := found.isna() & column.notna()).any():
            raise CatalogError(f"{self.at}: column {name!r}: {shown(str(column[bad].iloc[0]))} is no number")
        values: np.ndarray = found.to_numpy(dtype=np.float64, na_value=np.nan)
        return values

    def in_zone(self, *patterns: str) -> _Table:
        """The rows of one zone.

        Raises
        ------
        CatalogError
            If there are several and none is named, or none of that name.
        """
        columns = [name for pattern in patterns if (name := self.find(pattern)) is not None]
        if not columns:
            return self
        zones = self.frame[columns[0]].astype(str)
        if self.zone is None:
            if zones.nunique() > 1:
                raise CatalogError(
                    f"{self.at}: {zones.nunique()} zones in column {columns[0]!r} ({_listed(zones.unique())}); choose "
                    "one with --zone"
                )
            return self
        for name in columns:
            rows = self.frame[self.frame[name].astype(str).str.casefold() == self.zone.casefold()]
            if len(rows):
                return _Table(rows, self.kind, self.column, self.zone, self.year, self.at)
        hint = suggestion(self.zone, zones.unique()) or f"; there are {_listed(zones.unique())}"
        raise CatalogError(f"{self.at}: no zone {shown(self.zone)}{hint}")

    def hours(self, times: np.ndarray, values: np.ndarray) -> Hours:
        return year_of_hours(*hourly_mean(times, values, self.at), self.year, self.at)

    def refuse_kind(self, *kinds: str) -> None:
        if self.kind not in kinds:
            raise CatalogError(f"{self.at}: --kind {self.kind} is not in this file; it has {', '.join(kinds)}")


def _plain(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern).replace(".*", "...")


def _listed(names: Iterable[Any]) -> str:
    names = [str(name) for name in names]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _own(table: _Table) -> Hours:
    names = ("cfe", "value") if table.kind == "cfe" else ("value",)
    name = table.column or table.one(*names)
    return table.hours(table.times("timestamp"), table.numbers(name))


def _electricity_maps(table: _Table) -> Hours:
    table.refuse_kind("location_lifecycle", "location_direct", "cfe")
    patterns = {
        "location_lifecycle": (r"Carbon Intensity .*\(life cycle.*\)", r"Carbon Intensity .*\(LCA\)"),
        "location_direct": (r"Carbon Intensity .*\(direct\)",),
        "cfe": (r"Carbon-free energy percentage.*", r"Low Carbon Percentage"),
    }
    table = table.in_zone(r"Zone Id", r"Zone Name")
    name = table.column or table.one(*patterns[table.kind])
    factor = 0.01 if table.kind == "cfe" else 1.0
    return table.hours(table.times(r"Datetime \(UTC\)"), table.numbers(name) * factor)


def _watttime(table: _Table) -> Hours:
    table.refuse_kind("short_run_marginal", "location_direct")
    return table.hours(table.times("point_time"), table.numbers(table.column or "value") * POUND / 1000.0)


def _neso(table: _Table) -> Hours:
    table.refuse_kind("location_direct")
    name = table.column or table.one("CARBON_INTENSITY")
    return table.hours(table.times("DATETIME"), table.numbers(name))


def _cambium(table: _Table) -> Hours:
    table.refuse_kind(*CAMBIUM)
    name = table.column or table.one(CAMBIUM[table.kind])
    return table.hours(table.times("timestamp") + EASTERN, table.numbers(name))


def _avert(table: _Table) -> Hours:
    table.refuse_kind("short_run_marginal")
    name = table.column or table.zone
    if name not in table.frame.columns:
        raise CatalogError(f"{table.at}: choose a region with --zone: {', '.join(AVERT_REGIONS)}")
    values = table.numbers(str(name))
    if len(values) != 8760 or np.isnan(values).any():
        raise CatalogError(f"{table.at}: {np.count_nonzero(~np.isnan(values)):,} hours; AVERT has 8,760 a region")
    if table.year is None:
        raise CatalogError(f"{table.at}: rows of AVERT have no times; say of which year they are with --year")
    return Hours(values * POUND, table.year, 0)


def _entsoe(table: _Table) -> Hours:
    table = table.in_zone("AreaMapCode", "MapCode", "AreaDisplayName", "AreaName", "AreaCode")
    level = table.find("AreaTypeCode")
    if level is not None:
        levels = [one for one in ("CTY", "BZN", "CTA") if (table.frame[level] == one).any()]
        if levels:
            rows = table.frame[table.frame[level] == levels[0]]
            table = _Table(rows, table.kind, table.column, table.zone, table.year, table.at)
    times = table.times(r"DateTime ?\(UTC\)", "DateTime")
    made = table.numbers(table.one(r"ActualGenerationOutput(\[MW\])?"))
    types = table.frame[table.one("ProductionType")].astype(str).to_numpy()
    parts = [(_plant(one), times[types == one], made[types == one]) for one in np.unique(types)]
    return _by_plant(table, parts)


def _plant(name: str) -> str:
    return next((plant for start, plant in ENTSOE_TYPES if name.startswith(start)), "other")


def _eia(table: _Table) -> Hours:
    table = table.in_zone("Balancing Authority")
    times = table.times("UTC Time at End of Hour", otherwise="%m/%d/%Y %I:%M:%S %p") - np.timedelta64(1, "h")
    parts = []
    for fuel, plant in EIA_FUELS.items():
        plain = rf"Net Generation \(MW\) from {re.escape(fuel)}"
        name = table.find(rf"{plain} \(Adjusted\)", plain)
        if name is not None:
            parts.append((plant, times, table.numbers(name)))
    if not parts:
        table.one(r"Net Generation \(MW\) from Coal")
    return _by_plant(table, parts)


def _months_by_hours(table: _Table) -> Hours:
    """A mean for each hour of the day in each month, spread over the year; days of the week do not count."""
    name = table.column or table.one("value")
    months, hours = table.numbers(table.one("month")), table.numbers(table.one("hour"))
    known = dict(zip(zip(months.tolist(), hours.tolist(), strict=True), table.numbers(name).tolist(), strict=True))
    wanted = {(month, hour) for month in range(1, 13) for hour in range(24)}
    if set(known) != wanted or len(months) != len(wanted) or not np.isfinite(list(known.values())).all():
        raise CatalogError(
            f"{table.at}: {len(months)} rows; give one for each month from 1 to 12 and hour from 0 to 23"
        )
    if table.year is None:
        raise CatalogError(f"{table.at}: a table of months and hours has no year; say which with --year")
    times = np.arange("2023-01-01", "2024-01-01", dtype="datetime64[h]")
    month = times.astype("datetime64[M]").astype(int) % 12 + 1
    values = np.array([known[one] for one in zip(month.tolist(), (np.arange(8760) % 24).tolist(), strict=True)])
    return Hours(values, table.year, 0)


def _by_plant(table: _Table, parts: list[tuple[str, np.ndarray, np.ndarray]]) -> Hours:
    """The mean over plants, or their carbon-free share, from what each kind makes."""
    table.refuse_kind("location_lifecycle", "cfe")
    made: dict[str, np.ndarray] = {}
    hourly = [(plant, *hourly_mean(times, values, table.at)) for plant, times, values in parts if len(times) > 1]
    if not hourly:
        raise CatalogError(f"{table.at}: no generation by kind of plant; give another --zone")
    begin = min(int(hours[0]) for _, hours, _ in hourly)
    length = max(int(hours[-1]) for _, hours, _ in hourly) + 1 - begin
    known = np.zeros(length, dtype=bool)
    whole = sum(float(np.maximum(values, 0.0).sum()) for *_, values in hourly)
    missing = np.zeros(length, dtype=bool)
    for plant, hours, values in hourly:
        there = np.zeros(length, dtype=bool)
        there[hours - begin] = True
        known |= there
        if np.maximum(values, 0.0).sum() > SMALL * whole:
            missing |= ~there
        series = made.setdefault(plant, np.zeros(length))
        series[hours - begin] += np.maximum(values, 0.0)  # pumped storage takes power where it is below zero
    total = np.sum(list(made.values()), axis=0)
    factors = _factors()
    weights = {plant: float(plant in CARBON_FREE) if table.kind == "cfe" else factors[plant] for plant in made}
    usable = known & ~missing & (total > 0.0)
    mean = np.sum([weights[plant] * made[plant] for plant in made], axis=0)[usable] / total[usable]
    return year_of_hours(begin + np.flatnonzero(usable), mean, table.year, table.at)


def _factors() -> dict[str, float]:
    """gCO2e/kWh over the life cycle, by kind of plant."""
    regions = load("regions")
    names = ("coal", "gas", "biomass", "solar", "geothermal", "hydropower", "nuclear", "wind")
    found = {name: regions.get(f"source/{name}").inputs["listed_intensity"] for name in names}
    return {**found, **RECALLED_FACTORS}


EXPORTS = (
    Export("Electricity Maps", (r"Datetime \(UTC\)", r"Carbon Intensity .*"), _electricity_maps),
    Export("WattTime", ("point_time", "value"), _watttime),
    Export("ENTSO-E 16.1.B&C", ("ProductionType", r"ActualGenerationOutput(\[MW\])?"), _entsoe),
    Export("EIA-930 BALANCE", ("Balancing Authority", "UTC Time at End of Hour"), _eia),
    Export("NESO", ("DATETIME", "CARBON_INTENSITY"), _neso),
    Export("Cambium", ("timestamp", r"(lrmer|srmer|aer)_.*"), _cambium),
    Export(AVERT, ("CENT", "MIDW", "NCSC"), _avert),
    Export(MONTHS_BY_HOURS, ("month", "hour", "value"), _months_by_hours),
    Export("own file", ("timestamp", "value|cfe"), _own),
)
"""The files that are known, the first that fits is taken."""


@dataclass(frozen=True)
class Imported:
    """The hours of a file, and whose file it is."""

    hours: Hours
    export: str


def read_export(path: Path, kind: str, column: str | None, zone: str | None, year: int | None) -> Imported:
    """The hours of a year from a file of grid data.

    Parameters
    ----------
    path
        CSV, tab-separated, Parquet, or the JSON of WattTime.
    kind
        What the values count, one of `PROFILE_KINDS`.
    column, zone, year
        Which of several the file may have; None where it has one.

    Raises
    ------
    CatalogError
        If the file is none that is known, or its values do not make a year.
    """
    at = str(path)
    frame = _frame(path, column)
    if column is not None and column not in frame.columns:
        hint = suggestion(column, map(str, frame.columns)) or f"; there are {_listed(frame.columns)}"
        raise CatalogError(f"{at}: no column {shown(column)}{hint}")
    table = _Table(frame, kind, column, zone, year, at)
    export = next((one for one in EXPORTS if all(table.find(pattern) for pattern in one.has)), None)
    if export is None and column is not None and table.find("timestamp"):
        export = EXPORTS[-1]
    if export is None:
        known = "; ".join(f"{one.name}: {', '.join(map(_plain, one.has))}" for one in EXPORTS)
        raise CatalogError(
            f"{at}: the columns {_listed(frame.columns)} are of no file that is known ({known}); name them "
            "timestamp and value"
        )
    found = export.read(table)
    check_values(found.values, kind, at)
    return Imported(found, export.name)


def _frame(path: Path, column: str | None) -> pd.DataFrame:
    """The file as a frame of texts and numbers; lines above the names of columns are left out."""
    import pandas as pd

    try:
        if path.stat().st_size > LARGEST:
            raise CatalogError(f"{path}: larger than {LARGEST:,} bytes; leave out other years and zones")
        if path.suffix.lower() == ".parquet":
            frame = pd.read_parquet(path)
        elif path.suffix.lower() == ".json":
            data = json.loads(path.read_text(encoding="utf-8-sig"))
            frame = pd.DataFrame(data["data"] if isinstance(data, dict) else data)
        else:
            line, separator = _header(path, column)
            frame = pd.read_csv(path, sep=separator, skiprows=line, encoding="utf-8-sig", low_memory=False)
    except OSError as error:
        raise CatalogError(
            f"{path}: cannot read the file: {error.strerror or error}; give a CSV or Parquet file"
        ) from None
    except UnicodeDecodeError:
        raise CatalogError(f"{path}: not UTF-8 text; save the file as UTF-8") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        text = one_line(error)[:200]
        raise CatalogError(f"{path}: not a table: {text}; give a CSV or Parquet file with names of columns") from None
    frame = frame.reset_index() if frame.index.name else frame
    frame.columns = [str(name).strip() for name in frame.columns]
    if not len(frame):
        raise CatalogError(f"{path}: no rows; give the hours of a year")
    return frame


def _header(path: Path, column: str | None) -> tuple[int, str]:
    """The line that names the columns, and what separates them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(itertools.islice(file, HEADERS))
    for number, line in enumerate(lines):
        for separator in (",", "\t", ";"):
            names = [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
            for export in EXPORTS:
                if all(any(re.fullmatch(one, name, re.IGNORECASE) for name in names) for one in export.has):
                    return number, separator
            if column is not None and column in names:
                return number, separator
    first = lines[0] if lines else ""
    return 0, next((one for one in (",", "\t", ";") if one in first), ",")
