"""What a plan may give as the values of an axis, and the values that it means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from carbonsweep.catalogs import Row

LONGEST = 100_000_000
"""Values one axis may have: 800 MB of float64. A longer axis is a mistake."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class Range(BaseModel):
    """A range of numbers or a list of them: exactly one of the keys.

    Attributes
    ----------
    values
        A list.
    linear
        [first, last, count]: equal steps.
    geom
        [first, last, count]: equal factors.
    powers_of_two
        [first, last]: all powers of two from the first to the last.
    integers
        [first, last] or [first, last, step]: whole numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[Number | str, ...] | None = None
    linear: tuple[Number, Number, int] | None = None
    geom: tuple[Number, Number, int] | None = None
    powers_of_two: tuple[Number, Number] | None = None
    integers: tuple[int, int] | tuple[int, int, int] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Range:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of values, linear, geom, powers_of_two, integers; got {given}")
        for name in ("linear", "geom"):
            form = getattr(self, name)
            if form is None:
                continue
            low, high, count = form
            if not 1 <= count <= LONGEST:
                raise ValueError(f"{name} = [first, last, count]: count must be 1 to {LONGEST}, got {count}")
            if count > 1 and low == high:
                raise ValueError(f"{name} from {low:g} to {high:g} repeats one value {count} times")
            if name == "geom" and not (low > 0 and high > 0):
                raise ValueError(f"geom needs first and last above zero, got {low:g} and {high:g}")
        if self.powers_of_two is not None:
            low, high = self.powers_of_two
            if not 0 < low <= high:
                raise ValueError(f"powers_of_two = [first, last] needs 0 < first <= last, got {low:g}, {high:g}")
            if math.frexp(low)[0] != 0.5:
                raise ValueError(f"powers_of_two must begin at a power of two, got {low:g}")
        if self.integers is not None:
            step = self.integers[2] if len(self.integers) == 3 else 1
            if step == 0:
                raise ValueError("integers = [first, last, step]: step must not be zero")
            if abs(self.integers[1] - self.integers[0]) // abs(step) >= LONGEST:
                raise ValueError(f"integers has more than {LONGEST} values")
        return self

    def numbers(self) -> np.ndarray:
        """The values of a numeric range, in order, as float64. The ends of a range are included."""
        if self.linear is not None:
            return np.linspace(*self.linear)
        if self.geom is not None:
            return np.geomspace(*self.geom)
        if self.powers_of_two is not None:
            low, high = (math.log2(end) for end in self.powers_of_two)
            return 2.0 ** np.arange(low, math.floor(high) + 1)
        if self.integers is not None:
            first, last, *step = self.integers
            by = step[0] if step else 1
            return np.arange(first, last + (1 if by > 0 else -1), by, dtype=np.float64)
        return np.array(self.values, dtype=np.float64)

    def given(self) -> tuple[float | str, ...] | None:
        """The list as written, or None for a computed range."""
        return self.values


class Records(BaseModel):
    """Rows of a catalog: by name, by a filter, or both (then the rows named that pass the filter).

    Attributes
    ----------
    catalog
        Its name.
    names
        Ids of rows, or what people call them.
    where
        A condition on columns of the catalog.
    default_rows
        For a filter over regions: only the row marked default of each place (one vintage), or all rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    catalog: str
    names: tuple[str, ...] | None = None
    where: str | None = None
    default_rows: Literal["only", "all"] = "only"


def row_text(value: Any) -> Any:
    """What stands for a row in a plan: `{ config = "path" }` and a row read from such a file are the path."""
    if isinstance(value, dict) and set(value) == {"config"}:
        return str(value["config"])
    if isinstance(value, Row):
        return value.file if value.file.endswith(".json") else value.id
    return value


def as_values(value: Any) -> Any:
    """Accept a bare list or array for `values`, and tell the two tables apart by the key `catalog`."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, range):
        value = list(value)
    if isinstance(value, dict | Row) and isinstance(row_text(value), str):
        value = [value]
    if isinstance(value, list | tuple):
        value = [row_text(item) for item in value]
        if any(isinstance(item, bool) for item in value):
            value = [int(item) if isinstance(item, bool) else item for item in value]
        return Range(values=tuple(value))
    if isinstance(value, Range | Records):
        return value
    if isinstance(value, dict):
        records = "catalog" in value or "where" in value or "names" in value
        return Records.model_validate(value) if records else Range.model_validate(value)
    raise ValueError(
        "an axis is a list, or a table such as { geom = [1e9, 1e12, 20] } or { catalog = 'models', where = '...' }"
    )


Values = Annotated[Range | Records, BeforeValidator(as_values)]
"""Values of one name."""


class Zipped(BaseModel):
    """Several names that move together: one axis whose values are the rows of a table.

    Attributes
    ----------
    zip
        The columns of the table by name, all of the same length.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zip: dict[str, Values] = Field(min_length=2)


def zipped_name(columns: Mapping[str, Any]) -> str:
    """The column that names the axis of a zip table: the first that tells all rows apart, else the first of numbers."""

    def listed(value: Any) -> list[Any] | None:
        value = value.get("values") if isinstance(value, dict) else value
        return [repr(row_text(one)) for one in value] if isinstance(value, list | tuple) else None

    lists = {name: listed(value) for name, value in columns.items()}
    for name, values in lists.items():
        if values is None or len(set(values)) == len(values):
            return name
    numbers = (name for name, values in lists.items() if values and not any(one[0] in "'\"" for one in values))
    return next(numbers, next(iter(columns)))


def _as_axis(value: Any) -> Any:
    """Tell a zip table from the values of one name."""
    if isinstance(value, Zipped):
        return value
    return Zipped.model_validate(value) if isinstance(value, dict) and "zip" in value else as_values(value)


Axis = Annotated[Range | Records | Zipped, BeforeValidator(_as_axis)]
"""The values of an axis: of one name, or of several that move together."""
