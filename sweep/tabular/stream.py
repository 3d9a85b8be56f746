"""A sweep that is never written: record batches as they are read, Dask partitions, SQL."""

from __future__ import annotations

import functools
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import thread_count
from carbonsweep.foundation.errors import PlanError, one_line
from carbonsweep.plan.plan import Plan
from carbonsweep.tabular.arrow import arrow_table, chunks_frame, collect, schema

if TYPE_CHECKING:
    import dask.dataframe
    import pandas as pd


def to_pandas(plan: Plan | str | Path) -> pd.DataFrame:
    """Evaluate a plan into a pandas DataFrame: one row per point, catalog ids as categories.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or would not fit in memory.
    """
    return collect(Sweep(Plan.of(plan)))


def scan(plan: Plan | str | Path, *, threads: int | None = None) -> pa.RecordBatchReader:
    """Read a sweep as record batches, evaluated chunk by chunk as they are taken.

    Parameters
    ----------
    plan
        The plan, or its file.
    threads
        Threads that evaluate chunks ahead of the reader; None takes every processor this process may use.

    Returns
    -------
    pyarrow.RecordBatchReader
        The rows a run would write, in the same order. It can be read once. DuckDB, Polars, pandas and pyarrow read
        it: ``duckdb.sql("select ... from reader")``, ``polars.from_arrow(reader)``, ``reader.read_pandas()``.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated.
    """
    workers = thread_count(threads)
    sweep = Sweep(Plan.of(plan))
    sweep.prepare()
    of = schema(sweep)
    return pa.RecordBatchReader.from_batches(of, _batches(sweep, of, workers))


def _batches(sweep: Sweep, of: pa.Schema, workers: int) -> Iterator[pa.RecordBatch]:
    """Batches in order, a few chunks ahead of the reader; stops when the reader does."""

    def table(index: int) -> pa.Table:
        return arrow_table(sweep, sweep.evaluate(*sweep.chunk_bounds(index)), of)

    pool = ThreadPoolExecutor(workers)
    ahead: deque[Future[pa.Table]] = deque()
    try:
        for index in range(sweep.chunks):
            ahead.append(pool.submit(table, index))
            if len(ahead) > workers:
                yield from ahead.popleft().result().to_batches()
        while ahead:
            yield from ahead.popleft().result().to_batches()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@functools.lru_cache(maxsize=4)
def _prepared(plan: str) -> Sweep:
    """The sweep of a plan given as JSON, kept by the process that evaluates its chunks."""
    sweep = Sweep(Plan(**json.loads(plan)))
    sweep.prepare()
    return sweep


@dataclass(frozen=True)
class _Partition:
    """Makes one partition anywhere: a worker builds or loads the nest once and keeps it."""

    plan: str

    def __call__(self, index: int) -> pd.DataFrame:
        sweep = _prepared(self.plan)
        return chunks_frame(sweep, [sweep.evaluate(*sweep.chunk_bounds(index))])


def to_dask(plan: Plan | str | Path) -> dask.dataframe.DataFrame:
    """A sweep as a Dask DataFrame, a partition for every chunk, evaluated when Dask computes it.

    Works with any Dask scheduler: a task is the plan and the number of a chunk.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated.
    """
    import dask.dataframe as dd

    plan = Plan.of(plan)
    sweep = Sweep(plan)
    return dd.from_map(_Partition(json.dumps(plan.canonical())), range(sweep.chunks), meta=chunks_frame(sweep, []))


def sql(plan: Plan | str | Path, query: str, *, threads: int | None = None) -> pd.DataFrame:
    """Run an SQL query with DuckDB over a sweep that is never written; the table is called ``sweep``.

    Parameters
    ----------
    plan
        The plan, or its file.
    query
        One select statement that reads ``sweep`` once (the rows stream through; a second look would find none).
    threads
        Threads of carbonsweep and of DuckDB.

    Raises
    ------
    PlanError
        If DuckDB is not installed or refuses the query.
    """
    try:
        import duckdb
    except ImportError:
        raise PlanError("sql needs DuckDB: pip install 'carbonsweep[sql]'") from None
    workers = thread_count(threads)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {int(workers)}")
        connection.register("sweep", scan(plan, threads=workers))
        try:
            result: Any = connection.execute(query)
            return result.df()
        except duckdb.Error as error:
            raise PlanError(f"sql: {one_line(error)}") from None
