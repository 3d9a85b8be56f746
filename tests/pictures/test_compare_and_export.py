"""What two runs differ in, and rows for spreadsheets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import carbonsweep as cs
from carbonsweep.pictures import export
from tests.pictures.conftest import FORMULA


def test_a_run_is_the_same_as_itself(runs: dict[str, str]) -> None:
    found = cs.compare(runs["one"], runs["one"])
    assert found.same
    assert {item.points for item in found.common} == {len(pd.read_parquet(runs["one"]))}


def test_one_constant_moves_every_point(runs: dict[str, str]) -> None:
    found = cs.compare(runs["one"], runs["other"])
    json.dumps(found.to_dict())
    assert not found.same
    kinds = {(one.kind, one.name): (one.one, one.other) for one in found.differences}
    assert kinds["constant", "tokens"] == ("2000000000000.0", "1900000000000.0")
    assert ("axis", "devices") not in kinds
    assert ("best point", "total_carbon") in kinds
    keys = ["accelerator", "region", "devices", "lifetime_years"]
    both = pd.read_parquet(runs["one"]).merge(pd.read_parquet(runs["other"]), on=keys)
    carbon = next(item for item in found.common if item.quantity == "total_carbon")
    assert (carbon.points, carbon.different) == (len(both), len(both))
    assert carbon.largest == pytest.approx(-0.05, rel=1e-6)
    assert set(carbon.at) == {*keys, "one", "other"}


def test_runs_of_other_axes_are_not_compared_point_by_point(runs: dict[str, str]) -> None:
    plan = cs.Plan(
        axes={"parameters": [1e9, 2e9]}, constants={"tokens": 1e9}, output={"quantities": ["training_flops"]}
    )
    assert cs.compare(runs["one"], plan).note == "points are not compared: the runs have different axes"


def test_rows_for_spreadsheets_have_no_formulas(runs: dict[str, str], tmp_path: Path) -> None:
    expected = pd.read_parquet(runs["one"])
    assert cs.export(runs["one"], tmp_path / "rows.csv") == len(expected)
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["total_carbon"]) for row in rows] == expected["total_carbon"].tolist()
    assert {row["accelerator"] for row in rows} >= {f"'{FORMULA}"}
    cs.export(runs["one"], tmp_path / "rows.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx")["rows"]
    head, *cells = sheet.iter_rows(values_only=True)
    assert head[-1] == "total_carbon (kgCO2e)"
    assert [row[-1] for row in cells] == pytest.approx(expected["total_carbon"].tolist(), rel=1e-15)
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_a_sheet_holds_no_more_than_a_sheet_can(
    runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "EXCEL_ROWS", 10)
    with pytest.raises(cs.StoreError, match=r"more than a sheet holds \(10\); write \.csv or \.parquet"):
        cs.export(runs["one"], tmp_path / "rows.xlsx")
    with pytest.raises(cs.StoreError, match=r"end the name in \.csv, \.xlsx or \.parquet"):
        cs.export(runs["one"], tmp_path / "rows.ods")
    assert not list(tmp_path.iterdir())
