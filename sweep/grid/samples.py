"""Joint samples of what is uncertain: the same for every point, chunk and process.

The points are a scrambled Sobol set, mapped by the inverse distribution functions.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.catalogs.draws import Draws, read_draws
from carbonsweep.catalogs.row_ranges import RowRanges, read_row_ranges
from carbonsweep.foundation.errors import PlanError
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.derived import DRAW, FACTOR, SHIFT
from carbonsweep.plan.words import suggested

if TYPE_CHECKING:
    from carbonsweep.grid.given import Binder
    from carbonsweep.plan.uncertainty import Distribution, Uncertainty

LARGEST_CUT = 1e-3
"""Share of a normal or lognormal distribution that may lie outside the range of its name: it is cut."""


MOST_GROUPS = 16
"""Groups into which samples are cut for bounds."""


FEW = 1024
"""Samples below which two of many inputs may be far from independent: some projections of Sobol points are poor."""
MANY = 8
"""Inputs up to which it was not seen with 256 samples; with fewer it was from six on."""


def bins(count: int) -> int:
    """Parts into which samples may be cut by one input, so that those of another are even in each: 8 of 1,024.

    With 32 parts of 1,024 points in 22 dimensions one input seemed to explain 63 % of the variance of another.
    """
    return min(max(math.isqrt(count) // 4, 2), 32)


@dataclass(frozen=True, eq=False)
class Groups:
    """Samples in groups: smallest and largest value of every field in each, shape (fields, groups), and their sizes."""

    low: np.ndarray
    high: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True, eq=False)
class Samples:
    """Joint samples of the uncertain inputs.

    Attributes
    ----------
    fields
        The names whose values a sample sets: inputs and quantities, and the factors and shifts on others.
    matrix
        Their values, float64, shape (fields, samples).
    changed
        Names that a factor ("times") or a shift ("plus") changes, or that have other values in each row ("by_row").
    texts
        The distribution of each name, in words.
    seed
        Of the point set.
    tables
        Names whose values come from a table of draws, and its file: those of one file come from the same rows.
    ranges
        Low, central and high values of the rows, for names that differ by row.
    """

    fields: tuple[str, ...]
    matrix: np.ndarray
    changed: dict[str, str]
    texts: dict[str, str]
    seed: int
    tables: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, RowRanges] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return int(self.matrix.shape[1])

    @property
    def apart(self) -> list[list[int]]:
        """Rows of the matrix in sets that are drawn apart from each other."""
        sets: dict[str, list[int]] = {}
        for number, name in enumerate(self.texts):
            sets.setdefault(self.tables.get(name, name), []).append(number)
        return list(sets.values())

    @property
    def digest(self) -> str:
        """SHA-256 of the values."""
        return hashlib.sha256(np.ascontiguousarray(self.matrix).tobytes()).hexdigest()

    @functools.cached_property
    def groups(self) -> Groups:
        """The samples in groups of neighbours, for bounds."""
        whole = np.arange(self.count)
        groups = [whole]
        while len(groups) < MOST_GROUPS and len(groups[0]) > 1:
            groups = [half for group in groups for half in self._halves(group)]
        low, high = (
            np.stack([end(self.matrix[:, group], axis=1) for group in groups], axis=1) for end in (np.min, np.max)
        )
        return Groups(low, high, np.array([len(group) for group in groups]))

    def _halves(self, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A group cut at the median of the field that varies most in it."""
        part = self.matrix[:, group]
        spread = (part.max(axis=1) - part.min(axis=1)) / np.maximum(np.abs(part).mean(axis=1), 1e-300)
        order = np.argsort(part[int(np.argmax(spread))], kind="stable")
        return group[order[: len(order) // 2]], group[order[len(order) // 2 :]]

    def said(self) -> str:
        """What is uncertain, in one line."""
        listed = ", ".join(f"{name} {text}" for name, text in self.texts.items())
        text = f"uncertain: {listed}; {self.count:,} joint samples, seed {self.seed}"
        apart = len(self.apart)
        if self.count < FEW and apart > (MANY if self.count >= FEW // 4 else MANY // 2):
            text += f"; {apart} inputs are not independent in so few, take {FEW:,} or more"
        return text

    def to_dict(self) -> dict[str, Any]:
        """What the manifest records."""
        return {
            "samples": self.count,
            "seed": self.seed,
            "dimensions": len(self.apart),
            "distributions": self.texts,
            "sha256": self.digest,
        }


def draw(
    given: Uncertainty, distributions: Mapping[str, Distribution], binder: Binder, taken: Container[str]
) -> Samples:
    """Joint samples of some names.

    Parameters
    ----------
    given
        How many, and the seed.
    distributions
        By name, in the order of the dimensions.
    binder
        Checks the values.
    taken
        Names that the plan gives otherwise, by themselves.

    Raises
    ------
    PlanError
        If a name cannot be uncertain, or a distribution leaves its range.
    """
    from scipy.stats import qmc

    for name in distributions:
        _refuse(name, distributions[name], f"{binder.at}: uncertainty.{name}", taken)
    tables = _tables(distributions, binder)
    ranges = _row_ranges(distributions, binder)
    drawn_by = {name: (one.table if name not in ranges else None) or name for name, one in distributions.items()}
    drawn = list(dict.fromkeys(drawn_by.values()))
    points = qmc.Sobol(len(drawn), scramble=True, rng=given.seed).random_base2(given.count.bit_length() - 1)
    # A point of the scrambled set may be 0, where many distributions have no value.
    columns = dict(zip(drawn, np.clip(points.T, 2.0**-53, 1.0 - 2.0**-53), strict=True))
    _say_rows_left_out(tables, columns, binder)
    fields, rows, changed, texts = [], [], {}, {}
    for name, one in distributions.items():
        at = f"{binder.at}: uncertainty.{name}"
        column = columns[drawn_by[name]]
        if name in ranges:
            changed[name] = "by_row"
            fields.append(name + DRAW)
            rows.append(column)
            file, of = ranges[name].file, ranges[name].of
            texts[name] = f"by {of}: triangular [{file}: {', '.join(one.columns or ())}]"
            continue
        table = tables.get(one.table or "")
        text = describe(one) if table is None else _from_table(name, one, table, binder)
        if table is not None:
            values = table.columns[one.column or name][table.rows(column)]
        else:
            values = _mapped(name, one, column, at)
        if one.times or one.plus:
            changed[name] = "times" if one.times else "plus"
            fields.append(name + (FACTOR if one.times else SHIFT))
        else:
            if table is None:
                binder.check_plausible(name, np.array([values.min(), values.max()]), at)
            fields.append(name)
        rows.append(values)
        texts[name] = text
    of_file = {name: one.table for name, one in distributions.items() if one.table is not None and name not in ranges}
    return Samples(tuple(fields), np.ascontiguousarray(rows), changed, texts, given.seed, of_file, ranges)


def _tables(distributions: Mapping[str, Distribution], binder: Binder) -> dict[str, Draws]:
    """The tables of draws that distributions name, each read once."""
    asked: dict[str, list[str]] = {}
    for name, one in distributions.items():
        if one.table is not None and one.columns is None:
            asked.setdefault(one.table, []).append(one.column or name)
    found = {}
    for file, columns in asked.items():
        found[file] = read_draws(Path(file), columns)
        binder.hashes[f"draws {file}"] = found[file].sha256
    return found


def _row_ranges(distributions: Mapping[str, Distribution], binder: Binder) -> dict[str, RowRanges]:
    """The low, central and high values of rows, for each name that has them."""
    found = {}
    for name, one in distributions.items():
        if one.table is None or one.columns is None:
            continue
        ranges = found[name] = read_row_ranges(Path(one.table), one.columns)
        binder.hashes[f"ranges {one.table}"] = ranges.sha256
        valid = REGISTRY.valid(name)
        for row, values in ranges.values.items():
            bad = [float(value) for value in values if float(value) not in valid]
            if bad:
                raise PlanError(
                    f"{ranges.file}: line {ranges.lines[row]}: {bad[0]:g} is outside {valid.text}, the valid range of "
                    f"{name}; correct it"
                )
    return found


def _say_rows_left_out(tables: Mapping[str, Draws], columns: Mapping[str, np.ndarray], binder: Binder) -> None:
    for file, table in tables.items():
        drawn = len(np.unique(table.rows(columns[file])))
        possible = int(np.count_nonzero(table.weights))
        if drawn < possible:
            binder.notes.append(f"{file}: {drawn:,} of {possible:,} rows are drawn; more samples draw more of them")


def _from_table(name: str, one: Distribution, table: Draws, binder: Binder) -> str:
    """What a column of draws is, in words, after a look at each of its values."""
    column = one.column or name
    values = table.columns[column]
    low, high, text = _range(name, one)
    inside = (values >= low) & (values <= high)
    if not (one.times or one.plus):
        valid = REGISTRY.valid(name)
        inside &= np.array([float(value) in valid for value in values])
        if REGISTRY.counts(name):
            inside &= values == np.floor(values)
            text += ", whole numbers"
    if not inside.all():
        row = int(np.argmin(inside))
        what = f"the factor on {name}" if one.times else name
        raise PlanError(
            f"{table.where(row)}: column {column!r}: {values[row]:g} is outside {text}, the valid range of {what}; "
            "correct it, or leave the row out"
        )
    if not (one.times or one.plus):
        for row in (int(np.argmin(values)), int(np.argmax(values))):
            binder.check_plausible(name, values[row : row + 1], f"{table.where(row)}: column {column!r}")
    how = "times " if one.times else "plus " if one.plus else ""
    weighted = ", weighted" if len(np.unique(table.weights)) > 1 else ""
    return f"{how}table [{table.file}: {column}, {table.count:,} rows{weighted}]"


def _range(name: str, one: Distribution) -> tuple[float, float, str]:
    """What the draws of a distribution must lie between, and how it is written."""
    if one.times:
        return 0.0, math.inf, "[0, inf)"
    if one.plus:
        return -math.inf, math.inf, "(-inf, inf)"
    valid = REGISTRY.valid(name)
    return valid.low, valid.high, valid.text


def describe(one: Distribution) -> str:
    """A distribution in words."""
    how = {True: "times "}.get(one.times, "plus " if one.plus else "")
    if one.kind == "quantiles":
        shown = ", ".join(f"{x:g} at {p:g}" for p, x in one.quantiles or ())
    elif one.kind == "values":
        shown = ", ".join(f"{x:g}" for x in one.values or ())
    else:
        shown = ", ".join(f"{x:g}" for x in getattr(one, one.kind))
    return f"{how}{one.kind} [{shown}]"


def _refuse(name: str, one: Distribution, at: str, taken: Container[str]) -> None:
    known = REGISTRY.names()
    if name not in known:
        raise PlanError(f"{at}: unknown input or quantity {name!r}{suggested(name, known)}")
    if REGISTRY.choices_of(name):
        raise PlanError(f"{at}: {name} is one of {', '.join(REGISTRY.choices_of(name))}; make it an axis instead")
    if one.shipped:
        raise PlanError(f"{at}: shipped errors are of model_error alone; give a distribution")
    if name in taken and not (one.times or one.plus):
        raise PlanError(
            f"{at}: {name} is given otherwise too; remove one, or let the distribution multiply (times = true)"
        )
    listed = one.kind == "values" and all(x == math.floor(x) for x in one.values or ())
    whole = listed or (one.kind == "table" and one.columns is None)
    if REGISTRY.counts(name) and not whole:
        raise PlanError(f"{at}: {name} is a whole number; give its values and weights")


def _mapped(name: str, one: Distribution, points: np.ndarray, at: str) -> np.ndarray:
    """The values of a distribution at probabilities, held to the range of what it is for."""
    low, high, rule = _range(name, one)
    if one.kind in ("normal", "lognormal"):
        points = _cut(name, one, points, low, high, at)
    values = np.asarray(_inverse(one)(points), dtype=np.float64)
    bad = [float(x) for x in (values.min(), values.max()) if not low <= x <= high]
    if not (one.times or one.plus):
        bad += [float(x) for x in (values.min(), values.max()) if float(x) not in REGISTRY.valid(name)]
    if bad or not np.isfinite(values).all():
        what = f"the factor on {name}" if one.times else name
        value = bad[0] if bad else math.inf
        raise PlanError(
            f"{at}: {describe(one)} reaches {value:g}, outside {rule}, the valid range of {what}; "
            "give other parameters, or another distribution"
        )
    return values


def _cut(name: str, one: Distribution, points: np.ndarray, low: float, high: float, at: str) -> np.ndarray:
    """Probabilities of the part of a normal or lognormal distribution that lies within a range."""
    from scipy.special import ndtr

    def share(x: float) -> float:
        if one.normal is not None:
            return float(ndtr((x - one.normal[0]) / one.normal[1]))
        assert one.lognormal is not None
        return 0.0 if x <= 0.0 else float(ndtr((math.log(x) - math.log(one.lognormal[0])) / one.lognormal[1]))

    below, above = share(low) if low > -math.inf else 0.0, share(high) if high < math.inf else 1.0
    outside = 1.0 - (above - below)
    if outside > LARGEST_CUT:
        raise PlanError(
            f"{at}: {100 * outside:.3g} % of {describe(one)} lie outside {REGISTRY.valid(name).text}, the valid range "
            f"of {name}; give a narrower one, or another distribution"
        )
    return below + (above - below) * points


def _inverse(one: Distribution) -> Callable[[np.ndarray], np.ndarray]:
    """The inverse distribution function."""
    from scipy import special

    if one.uniform is not None:
        low, high = one.uniform
        return lambda p: low + (high - low) * p
    if one.triangular is not None:
        low, mode, high = one.triangular
        split = (mode - low) / (high - low)
        return lambda p: np.where(
            p < split,
            low + np.sqrt(p * (high - low) * (mode - low)),
            high - np.sqrt((1.0 - p) * (high - low) * (high - mode)),
        )
    if one.normal is not None:
        mean, deviation = one.normal
        return lambda p: mean + deviation * special.ndtri(p)
    if one.lognormal is not None:
        median, sigma = one.lognormal
        return lambda p: median * np.exp(sigma * special.ndtri(p))
    if one.beta is not None:
        a, b, *ends = one.beta
        low, high = ends or (0.0, 1.0)
        return lambda p: low + (high - low) * special.betaincinv(a, b, p)
    if one.quantiles is not None:
        from scipy.interpolate import PchipInterpolator

        probabilities, points = np.array(one.quantiles).T
        between = PchipInterpolator(probabilities, points)
        return lambda p: between(np.clip(p, probabilities[0], probabilities[-1]))
    values = np.array(one.values)
    weights = np.ones(len(values)) if one.weights is None else np.array(one.weights)
    edges = np.cumsum(weights) / weights.sum()
    return lambda p: values[np.minimum(np.searchsorted(edges, p, side="right"), len(values) - 1)]
