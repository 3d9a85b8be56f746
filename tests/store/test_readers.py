"""The files of a run read by others: rows, types, and units where a reader shows them."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import dask
import dask.dataframe
import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

import carbonsweep as cs
from tests import plans
from tests.store import spark


class Seen(NamedTuple):
    """What a reader finds: rows, sum of total_carbon, type and unit (None where it shows none) of every column."""

    rows: int
    total: float
    types: dict[str, str]
    units: dict[str, str] | None


def _pandas(run: Path) -> Seen:
    frame = pd.read_parquet(run)
    return Seen(
        len(frame), frame["total_carbon"].astype(float).sum(), frame.dtypes.astype(str).to_dict(), frame.attrs["units"]
    )


def _pyarrow(run: Path) -> Seen:
    dataset = pyarrow.dataset.dataset(run, partitioning="hive")
    total = dataset.to_table(["total_carbon"])["total_carbon"].to_numpy().sum(dtype=float)
    types = {field.name: str(field.type) for field in dataset.schema}
    units = {field.name: field.metadata[b"unit"].decode() for field in dataset.schema if field.metadata}
    return Seen(dataset.count_rows(), total, types, units)


def _polars(run: Path) -> Seen:
    frame = pl.scan_parquet(run)
    rows, total = frame.select(pl.len(), pl.col("total_carbon").cast(pl.Float64).sum().alias("total")).collect().row(0)
    types = {name: str(kind) for name, kind in frame.collect_schema().items()}
    about = pl.read_parquet_metadata(min(run.rglob("part-*.parquet")))
    return Seen(rows, total, types, json.loads(about["PANDAS_ATTRS"])["units"])


def _duckdb(run: Path) -> Seen:
    files = f"'{run}/**/*.parquet'"
    rows, total = duckdb.sql(f"select count(*), sum(total_carbon::double) from {files}").fetchall()[0]
    types = {row[0]: row[1] for row in duckdb.sql(f"describe select * from {files}").fetchall()}
    query = f"select decode(value) from parquet_kv_metadata({files}) where decode(key) = 'PANDAS_ATTRS' limit 1"
    return Seen(rows, total, types, json.loads(duckdb.sql(query).fetchall()[0][0])["units"])


def _dask(run: Path) -> Seen:
    frame = dask.dataframe.read_parquet(run)
    total = sum(part["total_carbon"].astype(float).sum() for part in dask.compute(*frame.to_delayed()))
    return Seen(len(frame), total, frame.dtypes.astype(str).to_dict(), None)


def _spark(run: Path) -> Seen:
    found = spark.ask(run, ["select count(*) from run", "select sum(total_carbon) from run"])
    types = {name: kind for name, (kind, _) in found["columns"].items()}
    units = {name: about["unit"] for name, (_, about) in found["columns"].items() if about}
    return Seen(*found["answers"], types, units)


# Dask calls what pandas has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

READERS: dict[str, tuple[Callable[[Path], Seen], dict[str, str]]] = {
    "pandas": (_pandas, {"text": "category", "number": "float64", "whole": "int64", "half": "float32", "mark": "bool"}),
    "pyarrow": (
        _pyarrow,
        {
            "text": "dictionary<values=string, indices=int32, ordered=0>",
            "number": "double",
            "whole": "int64",
            "half": "float",
            "mark": "bool",
        },
    ),
    "polars": (
        _polars,
        {"text": "Categorical", "number": "Float64", "whole": "Int64", "half": "Float32", "mark": "Boolean"},
    ),
    "duckdb": (_duckdb, {"text": "VARCHAR", "number": "DOUBLE", "whole": "BIGINT", "half": "FLOAT", "mark": "BOOLEAN"}),
    "dask": (_dask, {"text": "category", "number": "float64", "whole": "int64", "half": "float32", "mark": "bool"}),
    "spark": (_spark, {"text": "string", "number": "double", "whole": "bigint", "half": "float", "mark": "boolean"}),
}


def _plan(**output: Any) -> cs.Plan:
    data = copy.deepcopy(plans.LLAMA_CLASS)
    data["output"].update(output, chunk_points=1)
    return cs.Plan(**data)


def _kind(name: str) -> str:
    whole = ("hidden_size", "layers", "devices")
    return "text" if name == "accelerator" else "whole" if name in whole else "number"


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several part files in one folder."""
    out = tmp_path_factory.mktemp("runs") / "flat"
    cs.run(_plan(), out)
    return out


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders by accelerator, quantities of single precision, a mark of feasible points."""
    out = tmp_path_factory.mktemp("runs") / "parted"
    cs.run(_plan(partition_by=["accelerator"], float_type="float32", infeasible="flag"), out)
    return out


@pytest.mark.parametrize(
    "reader", [pytest.param(name, marks=pytest.mark.slow) if name == "spark" else name for name in READERS]
)
def test_rows_types_and_units(reader: str, flat: Path) -> None:
    """The one-liners of the README."""
    read, kinds = READERS[reader]
    seen = read(flat)
    expected = cs.to_pandas(_plan())
    assert seen.rows == len(expected) > 1000
    assert math.isclose(seen.total, expected["total_carbon"].sum(), rel_tol=1e-12)
    assert seen.types == {name: kinds[_kind(name)] for name in expected}
    if seen.units is not None:
        assert seen.units == {column["name"]: column["unit"] for column in cs.info(flat)["columns"]}
        assert seen.units["total_carbon"] == "kgCO2e"


@pytest.mark.parametrize(
    "reader", [pytest.param(name, marks=pytest.mark.slow) if name == "spark" else name for name in READERS]
)
def test_partitions_flags_and_single_precision(reader: str, parted: Path) -> None:
    """The axis in the names of folders is a column to all of them."""
    read, kinds = READERS[reader]
    seen = read(parted)
    plan = _plan(float_type="float32", infeasible="flag")
    expected = cs.to_pandas(plan)
    assert seen.rows == len(expected)
    assert math.isclose(seen.total, expected["total_carbon"].astype(float).sum(), rel_tol=1e-9)
    assert set(seen.types) == set(expected)
    for name in set(expected) - {"accelerator"}:
        kind = "mark" if name == "meets_constraints" else "half" if name in plan.output.quantities else _kind(name)
        assert seen.types[name] == kinds[kind], name
    if seen.units is not None:
        assert seen.units["training_days"] == "day"
