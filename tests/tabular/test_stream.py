"""Sweeps that are never written: scan, Dask partitions and SQL give the rows of a run."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import duckdb
import pandas as pd
import polars as pl
import pytest

import carbonsweep as cs
from tests import plans

Command = Callable[..., tuple[int, str, str]]


def _plan(**output: object) -> cs.Plan:
    data = copy.deepcopy(plans.LLAMA_CLASS)
    data["output"].update(output)
    return cs.Plan(**data)


@pytest.mark.parametrize("threads", [1, 3])
def test_scan_gives_the_rows_of_a_run_in_order(threads: int, tmp_path: Path) -> None:
    plan = _plan(chunk_points=1)
    cs.run(plan, tmp_path / "run")
    written = pd.read_parquet(tmp_path / "run")
    pd.testing.assert_frame_equal(cs.scan(plan, threads=threads).read_pandas(), written)


def test_scan_carries_units() -> None:
    assert cs.scan(_plan()).schema.field("total_carbon").metadata[b"unit"] == b"kgCO2e"


def test_engines_query_a_sweep_that_was_never_written() -> None:
    frame = cs.to_pandas(_plan())
    reader = cs.scan(_plan(chunk_points=1))  # noqa: F841  (DuckDB finds it by its name)
    best = duckdb.sql("select min(total_carbon), count(*) from reader").fetchall()
    assert best == [(frame["total_carbon"].min(), len(frame))]
    assert pl.from_arrow(cs.scan(_plan(chunk_points=1))).height == len(frame)


def test_an_abandoned_scan_stops() -> None:
    reader = cs.scan(_plan(chunk_points=1))
    assert reader.read_next_batch().num_rows > 0
    reader.close()


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Dask's own threads, whatever client another test of this process may have left behind."""
    with dask.config.set(scheduler="threads"):
        yield


def test_dask_partitions() -> None:
    plan = _plan(chunk_points=1)
    frame, lazy = cs.to_pandas(plan), cs.to_dask(plan)
    assert lazy.npartitions > 1
    assert list(lazy.columns) == list(frame.columns)
    assert len(lazy) == len(frame)
    with dask.config.set(scheduler="synchronous"):
        pd.testing.assert_frame_equal(lazy.compute().reset_index(drop=True), frame)


def test_a_dask_task_is_small_and_goes_anywhere() -> None:
    from carbonsweep.tabular.stream import _Partition

    task = _Partition(json.dumps(_plan(chunk_points=1).canonical()))
    assert len(pickle.dumps(task)) < 5000
    assert len(pickle.loads(pickle.dumps(task))(0)) > 0


def test_sql_command(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "plan.toml"
    axes = "[axes]\npue = [1, 2]\n[constants]\nhardware_energy = 5\n"
    path.write_text(axes + '[output]\nquantities = ["facility_energy"]')
    code, text, _ = command("sql", path, "select sum(facility_energy) as total from sweep", "--json")
    assert code == 0
    assert json.loads(text) == [{"total": 15}]
    code, _, error = command("sql", path, "select nothing from sweep")
    assert code == 2
    assert "sql: Binder Error" in error
    assert error.count("\n") == 1
    out = tmp_path / "out.parquet"
    assert command("sql", path, "select * from sweep order by pue desc", "--out", out)[0] == 0
    assert pd.read_parquet(out)["facility_energy"].tolist() == [10, 5]
