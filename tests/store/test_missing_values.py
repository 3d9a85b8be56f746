"""Runs with values that do not exist: to every reader they are null, and filters and aggregates leave them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.dataframe
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import carbonsweep as cs
from tests.store import spark

# Dask calls what pandas has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

CONDITIONS = ("training_days <= 1000", "training_days > 800", "training_days >= 0")
"""What rows are filtered by: NaN would be above everything to DuckDB and Spark."""

Answers = dict[str, Any]


def _plan(**output: Any) -> cs.Plan:
    return cs.Plan(
        axes={
            "model": ["llama-3-8b", "llama-3-70b", "llama-3.1-405b"],
            "accelerator": ["A100", "H100"],
            "devices": [8, 64, 512, 4096],
        },
        constants={"tokens": 1e12, "pue": 1.1, "carbon_intensity": 400},
        output={
            "quantities": ["training_days", "tensor_parallel", "infeasibility", "total_carbon"],
            "infeasible": "flag",
            **output,
        },
    )


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """The rows from `to_pandas`, where missing is what pandas calls missing."""
    frame = cs.to_pandas(_plan())
    assert 0 < frame["training_days"].isna().sum() < len(frame)
    return frame


@pytest.fixture(scope="module", params=["one file", "many files", "partitions"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output: dict[str, Any] = {"one file": {}, "many files": {"chunk_points": 1}}.get(
        request.param, {"partition_by": ["model", "devices"]}
    )
    out = tmp_path_factory.mktemp("runs") / "run"
    cs.run(_plan(**output), out)
    return out


def _expected(frame: pd.DataFrame) -> Answers:
    days = frame["training_days"]
    known = days.dropna()
    counts = [(known <= 1000).sum(), (known > 800).sum(), (known >= 0).sum()]
    return {
        "rows": [int(count) for count in counts],
        "missing": int(days.isna().sum()),
        "extremes": [float(known.min()), float(known.max())],
        "mean": float(known.mean()),
        "most_devices": int(frame.loc[days <= 1000, "devices"].max()),
        "most_tensor_parallel": int(frame["tensor_parallel"].max()),
    }


def _sql(ask: Callable[[str], Any]) -> Answers:
    """Answers of an SQL engine; `ask` gives one value of the table `run`."""
    return {
        "rows": [ask(f"select count(*) from run where {one}") for one in CONDITIONS],
        "missing": ask("select count(*) from run where training_days is null"),
        "extremes": [ask(f"select {one}(training_days) from run") for one in ("min", "max")],
        "mean": ask("select avg(training_days) from run"),
        "most_devices": ask("select max(devices) from run where training_days <= 1000"),
        "most_tensor_parallel": ask("select max(tensor_parallel) from run"),
    }


def _duckdb(run: Path) -> Answers:
    """`select ... from 'RUN/**/*.parquet'`; partitions are numbers without more."""
    connection = duckdb.connect()
    connection.execute(f"create view run as select * from '{run}/**/*.parquet'")

    def ask(text: str) -> Any:
        return connection.execute(text).fetchall()[0][0]

    assert ask("select count(*) from run where isnan(training_days)") == 0
    assert ask("select count(*) from run where not isnan(training_days)") == ask("select count(training_days) from run")
    return _sql(ask)


def _polars(run: Path) -> Answers:
    """`pl.read_parquet(RUN)`: the whole folder, manifest and all."""
    frame = pl.read_parquet(run)
    days = pl.col("training_days")
    return {
        "rows": [frame.filter(one).height for one in (days <= 1000, days > 800, days >= 0)],
        "missing": frame["training_days"].null_count(),
        "extremes": [frame["training_days"].min(), frame["training_days"].max()],
        "mean": frame["training_days"].mean(),
        "most_devices": frame.filter(days <= 1000)["devices"].max(),
        "most_tensor_parallel": frame["tensor_parallel"].max(),
    }


def _pyarrow(run: Path) -> Answers:
    """`pyarrow.dataset.dataset(RUN, partitioning="hive")`, filters pushed down to the files."""
    data = pyarrow.dataset.dataset(run, partitioning="hive")
    days = pc.field("training_days")
    column = data.to_table()["training_days"]
    extremes = pc.min_max(column).as_py()
    few = data.to_table(filter=days <= 1000)
    return {
        "rows": [data.count_rows(filter=one) for one in (days <= 1000, days > 800, days >= 0)],
        "missing": column.null_count,
        "extremes": [extremes["min"], extremes["max"]],
        "mean": pc.mean(column).as_py(),
        "most_devices": pc.max(few["devices"]).as_py(),
        "most_tensor_parallel": pc.max(data.to_table()["tensor_parallel"]).as_py(),
    }


def _frame(frame: pd.DataFrame) -> Answers:
    return _expected(frame)


def _pandas(run: Path) -> Answers:
    """`pd.read_parquet(RUN, partitioning=pyarrow.dataset.partitioning(flavor="hive"))`: numbers, not categories."""
    hive = pyarrow.dataset.partitioning(flavor="hive")
    filtered = pd.read_parquet(run, partitioning=hive, filters=[("training_days", "<=", 1000)])
    frame = pd.read_parquet(run, partitioning=hive)
    assert len(filtered) == (frame["training_days"] <= 1000).sum()
    assert pd.api.types.is_integer_dtype(frame["devices"])
    return _frame(frame)


def _dask(run: Path) -> Answers:
    """`dask.dataframe.read_parquet(RUN, dataset={"partitioning": {"flavor": "hive", "schema": ...}})`."""
    types = {"model": pyarrow.string(), "devices": pyarrow.int64()}
    keys = [part.partition("=")[0] for part in next(run.rglob("part-*")).relative_to(run).parts[:-1]]
    schema = pyarrow.schema([(key, types[key]) for key in keys])
    dataset = {"dataset": {"partitioning": {"flavor": "hive", "schema": schema}}} if keys else {}
    return _frame(dask.dataframe.read_parquet(run, **dataset).compute())


def _spark(run: Path) -> Answers:
    """`spark.read.parquet(RUN)`."""
    asked: list[str] = []
    _sql(lambda text: asked.append(text))
    answers = iter(spark.ask(run, asked)["answers"])
    return _sql(lambda _: next(answers))


READERS = {
    "duckdb": _duckdb,
    "polars": _polars,
    "pyarrow": _pyarrow,
    "pandas": _pandas,
    "dask": _dask,
    "spark": _spark,
}


@pytest.mark.parametrize(
    "reader", [pytest.param(name, marks=pytest.mark.long) if name == "spark" else name for name in READERS]
)
def test_filters_and_aggregates_equal_brute_force(reader: str, stored: Path, truth: pd.DataFrame) -> None:
    seen, expected = READERS[reader](stored), _expected(truth)
    for name, value in expected.items():
        assert seen[name] == pytest.approx(value, rel=1e-12), name


def test_statistics_of_files_count_what_is_missing(stored: Path, truth: pd.DataFrame) -> None:
    """Readers skip row groups by them: NaN as the largest value would skip none, or wrong ones."""
    missing = 0
    for file in stored.rglob("part-*.parquet"):
        data = pq.ParquetFile(file)
        column = data.schema_arrow.names.index("training_days")
        for group in range(data.metadata.num_row_groups):
            about = data.metadata.row_group(group).column(column).statistics
            missing += about.null_count
            assert not about.has_min_max or not np.isnan([about.min, about.max]).any()
    assert missing == truth["training_days"].isna().sum()


def test_reasons_and_choices_are_text(truth: pd.DataFrame) -> None:
    reasons = truth["infeasibility"].astype(str)
    assert set(reasons[truth["training_days"].notna()]) == {"feasible"}
    assert all("layout" in one for one in reasons[truth["training_days"].isna()])
    plan = _plan(quantities=["training_days", "recomputation"])
    assert set(cs.to_pandas(plan)["recomputation"].dropna()) <= set(cs.kernels.REGISTRY.choices_of("recomputation"))


def test_counts_that_are_not_whole_stay_as_they_are() -> None:
    """13.4 devices make no sense, and are let pass by name: they must not become 13."""
    given = {"tokens": 1e12, "hardware_efficiency": 0.4, "parameters": 7e9, "accelerator": "H100"}
    output = {"quantities": ["device_hours"]}
    chosen = cs.Plan(
        axes={"pue": [1.1, 1.2]},
        constants=given,
        choose={"minimize": "device_hours", "devices": [13.4, 20]},
        output=output,
        allow_implausible=True,
    )
    swept = cs.Plan(axes={"devices": [13.4, 20]}, constants=given, output=output, allow_implausible=True)
    assert 13.4 in cs.to_pandas(swept)["devices"].tolist()
    assert cs.scan(swept).read_all()["devices"].to_pylist() == [13.4, 20.0]
    assert set(cs.to_pandas(chosen)["devices"]) <= {13.4, 20.0}
    assert cs.scan(chosen).schema.field("devices").type == "double"


def test_what_a_scan_hands_over_is_null(truth: pd.DataFrame) -> None:
    table = cs.scan(_plan()).read_all()
    assert table["training_days"].null_count == truth["training_days"].isna().sum()
    assert table["tensor_parallel"].type == "int64"
    assert not pc.any(pc.is_nan(table["training_days"])).as_py()
    found = cs.sql(_plan(), "select count(*) as n from sweep where training_days > 1e9")
    assert found["n"].tolist() == [0]
