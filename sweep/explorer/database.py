"""The database behind the page: views of part files in a DuckDB that can read these files and nothing else."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import Progress
from carbonsweep.explorer.filters import Filter, where
from carbonsweep.foundation.errors import PlanError, StoreError, one_line
from carbonsweep.foundation.sizes import size_text
from carbonsweep.pictures.libraries import library
from carbonsweep.pictures.rows import RunRows, as_pattern, rows_of
from carbonsweep.plan.plan import Plan
from carbonsweep.store.forecast import estimated_bytes

MOST_POINTS = 100_000_000
"""Points of a plan that are evaluated for the page; a larger plan is run first."""
MOST_ROWS = 20_000_000
"""Rows that pictures are drawn of; of more a sample is taken."""
SAMPLED_ROWS = 5_000_000
SQL_SECONDS = 20.0
SQL_ROWS = 1000
QUERY_SECONDS = 120.0
PREAGGREGATE = re.compile(r"CREATE TABLE IF NOT EXISTS mosaic\.preagg_[0-9a-f]{1,16} AS (?=\S)")
SCHEMA = "CREATE SCHEMA IF NOT EXISTS mosaic"


class Cursors:
    """Connections to one database, each for a question: a connection that two threads ask refuses one of them."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._changed = threading.Condition()
        self._until: dict[Any, float] = {}
        self._closed = False
        # One for all: to start a thread for each question takes as long as to answer it.
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def one(self, seconds: float) -> Iterator[Any]:
        """A connection that is interrupted after some time."""
        with self._changed:
            if self._closed:
                raise StoreError("the page is closed")
            cursor = self._connection.cursor()
            self._until[cursor] = time.monotonic() + seconds
        try:
            yield cursor
        finally:
            with self._changed:
                cursor.close()
                del self._until[cursor]
                self._changed.notify_all()

    def _watch(self) -> None:
        while not self._closed:
            time.sleep(0.1)
            with self._changed:
                for cursor, until in self._until.items():
                    if time.monotonic() > until:
                        cursor.interrupt()

    def close(self) -> None:
        """Break off what is being asked, and wait until it has ended."""
        with self._changed:
            self._closed = True
            for cursor in self._until:
                cursor.interrupt()
            self._changed.wait_for(lambda: not self._until, timeout=10)


@dataclass(frozen=True)
class Database:
    """The views ``points`` and perhaps ``second``, and the questions that the page may ask.

    Attributes
    ----------
    rows
        The run.
    second
        The run that it is compared with.
    shown
        Rows of the view ``points``: fewer than the run has if it is a sample.
    cursors
        Its connections.
    """

    rows: RunRows
    second: RunRows | None
    shown: int
    cursors: Cursors

    @property
    def sampled(self) -> bool:
        """Whether pictures are drawn of a sample; the view ``all_points`` has all rows."""
        return self.shown < int(self.rows.manifest["rows"])

    def arrow(self, query: str) -> bytes:
        """The answer to one select statement as a stream of Arrow."""
        self._check_select(query)
        with self._asked(QUERY_SECONDS) as cursor:
            table = cursor.sql(query).to_arrow_table()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        content: bytes = sink.getvalue().to_pybytes()
        return content

    def prepare(self, statements: str) -> None:
        """Make a table of Mosaic's in the memory of this process: counts by the pixels that a brush can stand on."""
        for statement in re.split(r";\n", statements):
            if statement == SCHEMA:
                continue
            made = PREAGGREGATE.match(statement)
            if made is None:
                raise PlanError("only tables that pictures are prepared by can be made here")
            self._check_select(statement[made.end() :])
            with self._asked(QUERY_SECONDS) as cursor:
                cursor.execute(statement)

    def sql(self, query: str) -> dict[str, Any]:
        """The first rows of the answer to one select statement, for people."""
        self._check_select(query)
        with self._asked(SQL_SECONDS) as cursor:
            found = cursor.execute(query)
            names = [column[0] for column in found.description]
            rows = found.fetchmany(SQL_ROWS + 1)
        shown = [[_plain(value) for value in row] for row in rows[:SQL_ROWS]]
        return {"names": names, "rows": shown, "more": len(rows) > SQL_ROWS}

    @contextmanager
    def selected(self, filters: list[Filter]) -> Iterator[RunRows]:
        """The rows that filters leave: ``points`` of a connection of its own."""
        with self._asked(QUERY_SECONDS) as cursor:
            if filters:
                cursor.execute(f"create temp view points as select * from memory.main.points where {where(filters)}")
            yield replace(self.rows, connection=cursor)

    @contextmanager
    def rows_of_second(self) -> Iterator[RunRows | None]:
        """The rows of the second run, which filters do not concern."""
        if self.second is None:
            yield None
            return
        with self._asked(QUERY_SECONDS) as cursor:
            cursor.execute("create temp view points as select * from memory.main.second")
            yield replace(self.second, connection=cursor)

    @contextmanager
    def _asked(self, seconds: float) -> Iterator[Any]:
        """A connection whose query is broken off after some time; its errors are one line."""
        duckdb = library("duckdb")
        try:
            with self.cursors.one(seconds) as cursor:
                yield cursor
        except duckdb.InterruptException:
            raise StoreError(f"the query took longer than {seconds:g} s and was broken off; select less") from None
        except duckdb.Error as error:
            raise PlanError(one_line(error)) from None

    def _check_select(self, query: str) -> None:
        duckdb = library("duckdb")
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error as error:
            raise PlanError(one_line(error)) from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise PlanError("one select statement is answered here: nothing else, and not several")


def _plain(value: Any) -> Any:
    """A value for JSON: what is neither number, text nor truth is text."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@contextmanager
def opened(
    run: str | Path | Plan,
    other: str | Path | Plan | None = None,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Database]:
    """Open one run or two, or evaluate plans for it, and close the database to everything else.

    Raises
    ------
    PlanError
        If a plan cannot be evaluated or is too large, or the objective is no quantity of the run.
    StoreError
        If a run cannot be read, has no rows, or DuckDB is missing.
    """
    if tuple(map(int, library("duckdb").__version__.split(".")[:2])) < (1, 2):
        raise StoreError("explore needs DuckDB 1.2 or newer: pip install --upgrade duckdb")
    sources = [run] if other is None else [run, other]
    for source in sources:
        _check_size(source)
    with ExitStack() as stack:
        rows = stack.enter_context(rows_of(run, minimize=minimize, maximize=maximize, progress=progress))
        second = stack.enter_context(rows_of(other, progress=progress)) if other is not None else None
        if second is not None:
            rows.connection.execute(_view_of(second, "points", "second"))
        files = [*rows.files, *(second.files if second is not None else ())]
        count = int(rows.manifest["rows"])
        if count > MOST_ROWS:
            folder = stack.enter_context(TemporaryDirectory(prefix="carbonsweep-"))
            files.append(f"{folder}/sample.parquet")
            _sample(rows, files[-1])
        ((shown,),) = rows.ask("select count(*) from points")
        rows.connection.execute("create schema if not exists mosaic")
        _close(rows.connection, files)
        cursors = Cursors(rows.connection)
        stack.callback(cursors.close)
        yield Database(rows, second, int(shown), cursors)


def _check_size(source: str | Path | Plan) -> None:
    """Refuse a plan whose points would take long to evaluate and much space."""
    if isinstance(source, Plan) or str(source).endswith(".toml"):
        sweep = Sweep(Plan.of(source))
        if sweep.grid.points > MOST_POINTS:
            size = size_text(estimated_bytes(sweep))
            raise PlanError(
                f"{sweep.plan.file}: has {sweep.grid.points:.3g} points, about {size}, too many to be evaluated while "
                f"you wait; carbonsweep run {sweep.plan.file} --out DIR, then explore DIR"
            )


def _view_of(rows: RunRows, old: str, new: str) -> str:
    """The statement that makes a view of a run, under another name."""
    text: str = rows.ask("select sql from duckdb_views() where view_name = ?", old)[0][0]
    return text.replace(f"VIEW {old}", f"VIEW {new}", 1)


def _sample(rows: RunRows, file: str) -> None:
    """Make ``points`` a sample of all rows, the same each time, in a file that is removed afterwards."""
    share = 100 * SAMPLED_ROWS / int(rows.manifest["rows"])
    rows.ask(_view_of(rows, "points", "all_points"))
    place = file.replace("'", "''")
    # Numbers of rows are spread evenly by their hash: rows that are neighbours on the grid are not alike.
    rows.ask(
        f"copy (select * from all_points using sample {share!r} percent (bernoulli, 1)) to '{place}' (format parquet)"
    )
    rows.ask(f"create or replace view points as select * from read_parquet('{place}')")


def _close(connection: Any, files: list[str]) -> None:
    """Leave the database these files to read, nothing to fetch or load, and no variables of Python; for good."""
    named = dict.fromkeys([*files, *map(as_pattern, files)])
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in named)
    for setting in (
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        f"allowed_paths = [{listed}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"set {setting}")
