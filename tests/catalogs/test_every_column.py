"""Every column that a file may have acts on a prediction or is one that only describes; every input acts."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from carbonsweep.catalogs import HERE, RECORDS, SCHEMAS, Column, load
from carbonsweep.catalogs.schema import OWN
from carbonsweep.foundation.errors import CatalogError
from carbonsweep.grid.available import choice_needs
from carbonsweep.kernels import REGISTRY

DESCRIBE = {
    "accelerators": {"mem_stacks", "node_overhead_w_per_device"},
    "nodes": {"nic_gbit_s"},
    "regions": {"year", "is_default", "cfe_frac", "pue_year", "wue_year"}
    | {"ci_location_lifecycle_year", "ci_location_direct_year"},
    "servers": {"year", "count", "cores", "threads"},
    "training_stages": {"max_tokens", "batch", "devices", "steps"},
}
"""Numbers that say of a row what it is, and that no equation takes."""
AT_BINDING = {"pue_is_fallback", "pue_fallback", "embodied_boundary", "scale_profile_to"}
"""Inputs that decide or describe which other one is taken."""
SAMPLE = {"sample"}
"""The axis of joint samples, which is a column alone: a plan that gives it is refused."""


def test_every_input_is_taken_by_an_equation_or_a_choice() -> None:
    taken = {name for group in REGISTRY.quantities.values() for one in group for name in one.inputs}
    for choice in REGISTRY.choices.values():
        taken.update(choice_needs(choice), choice.over)
    assert set(REGISTRY.inputs) - taken == AT_BINDING | SAMPLE


COLUMNS = [
    pytest.param(catalog, name, id=f"{catalog}.{name}")
    for catalog in dict.fromkeys(RECORDS.values())
    if catalog != "scaling_laws"
    for name, column in SCHEMAS[catalog].items()
    if column.kind != "text" or column.input
]


def _changed(column: Column, cell: str) -> str:
    """Another value that the cell may have."""
    if column.kind == "flag":
        return "False" if cell == "True" else "True"
    if column.kind == "text":
        return next(choice for choice in column.choices if choice != cell)
    if not cell:
        return f"{max(column.low, 1.0):g}" if math.isfinite(column.low) else "1"
    value = float(cell)
    larger = value + 1 if column.kind == "integer" else value * 1.5 + (value == 0) * 0.5
    return f"{larger:.12g}" if larger <= column.high else f"{value * 0.5:.12g}"


def _rows(catalog: str) -> list[dict[str, str]]:
    with (HERE / f"{catalog}.csv").open(encoding="utf-8", newline="") as file:
        return [
            row | {name: row.get(name, "") for name in OWN if name in SCHEMAS[catalog]} for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize(("catalog", "name"), COLUMNS)
def test_every_column_acts_describes_or_is_refused(catalog: str, name: str, tmp_path: Path) -> None:
    """Another number in a cell gives the row another input, or the file is refused with the reason."""
    column = SCHEMAS[catalog][name]
    acted = refused = False
    rows = sorted(_rows(catalog), key=lambda row: not row[name])
    for row in rows[:12]:
        path = tmp_path / "own.csv"
        cells = {**row, name: _changed(column, row[name])}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(cells))
            writer.writeheader()
            writer.writerow(cells)
        before = load(catalog).get(row["id"]).inputs
        try:
            after = load(catalog, path).get(row["id"]).inputs
        except CatalogError as error:
            refused = str(error).startswith(str(path))
            continue
        acted |= any(
            after[one] != value and not (after[one] != after[one] and value != value) for one, value in before.items()
        )
        if acted:
            break
    if name in DESCRIBE.get(catalog, ()):
        assert not acted
    else:
        assert acted or refused
