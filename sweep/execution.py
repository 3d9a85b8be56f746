"""`run`: evaluate a whole sweep with Dask's threads and write it as a Parquet dataset."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep import __version__
from carbonsweep.engine import Sweep
from carbonsweep.errors import PlanError, size_text
from carbonsweep.plan import Plan
from carbonsweep.source import function_source
from carbonsweep.store import Layout, Part, Store, part_record
from carbonsweep.summary import Summary, summarize

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP_POINTS = 1 << 17
"""Points evaluated into one row group: few enough for their arrays to stay near the processor."""
WINDOW = 64
"""Chunks handed to Dask at a time: enough to keep threads busy, few enough to keep the graph small."""
BYTES_PER_NUMBER = {"float64": 6.0, "float32": 3.2}
"""Bytes a quantity takes in a compressed part file, measured on the example plans; an estimate only."""
BYTES_PER_AXIS = 0.2

Progress = Callable[[int, int], None]
"""Called with points evaluated and points in all."""


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    Attributes
    ----------
    out
        The run directory.
    points, rows
        Points evaluated, rows written.
    bytes
        Size of the part files.
    seconds
        Wall time of evaluation and writing, compilation included.
    summary
        Counts, ranges and best rows.
    """

    out: Path
    points: int
    rows: int
    bytes: int
    seconds: float
    summary: Summary


def default_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def estimated_bytes(sweep: Sweep) -> float:
    """Expected size of the part files if no point is excluded."""
    per_row = len(sweep.grid.outputs) * BYTES_PER_NUMBER[sweep.plan.output.float_type]
    return sweep.grid.points * (per_row + len(sweep.grid.axes) * BYTES_PER_AXIS)


def check_space(sweep: Sweep, out: Path) -> None:
    """Refuse a run that the disk cannot hold.

    Raises
    ------
    PlanError
        With the size it would need and what to do.
    """
    place = out.absolute()
    while not os.path.exists(place):  # unlike Path.exists, false for what may not be looked at
        place = place.parent
    need, free = estimated_bytes(sweep), shutil.disk_usage(place).free
    if need > 0.95 * free:
        raise PlanError(
            f"{sweep.plan.source}: {sweep.grid.points:.3g} points would need about {size_text(need)} "
            f"and {place} has {size_text(free)} free; shorten axes, add constraints that exclude points, ask for "
            "fewer quantities, or write elsewhere"
        )


def run(
    plan: Plan,
    out: str | Path,
    *,
    overwrite: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Evaluate a plan and write the run directory `out`.

    Parameters
    ----------
    plan
        The plan.
    out
        Folder of the run: ``part-*.parquet`` and a manifest.
    overwrite
        Replace a finished run of that name, once the new one is whole.
    threads
        Threads to use; None takes every processor this process may use.
    progress
        Called as chunks are finished.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or its output would not fit on the disk.
    StoreError
        If the folder exists or cannot be written. Nothing is left behind.
    """
    if threads is not None and threads < 1:
        raise PlanError(f"{plan.source}: threads must be at least 1, got {threads}")
    began = time.perf_counter()
    out = Path(out)
    sweep = Sweep(plan)
    check_space(sweep, out)
    store = Store(out, overwrite)
    try:
        parts, summary = _write_parts(sweep, store, threads or default_threads(), progress)
        seconds = time.perf_counter() - began
        store.finish(_manifest(sweep, parts, summary, seconds))
    except BaseException:
        store.discard()
        raise
    return RunResult(out, sweep.grid.points, summary.rows, sum(p.bytes for p in parts), seconds, summary)


def _write_parts(sweep: Sweep, store: Store, threads: int, progress: Progress | None) -> tuple[list[Part], Summary]:
    import dask

    from carbonsweep.table import arrow_table

    sweep.prepare()
    layout = _layout(sweep)
    chunks = sweep.chunks
    digits = max(5, len(str(chunks - 1)))
    piece = max(1, min(ROW_GROUP_POINTS // sweep.schedule.block_points, sweep.chunk_blocks))
    local = threading.local()
    done = 0
    lock = threading.Lock()
    stop_all = threading.Event()

    def tables(index: int, summary: Summary) -> Iterator[pa.Table]:
        """The rows of a chunk, a row group at a time, in arrays that the thread uses again and again."""
        nonlocal done
        if not hasattr(local, "buffers"):
            local.buffers = sweep.buffers(piece)
        start, stop = sweep.chunk_bounds(index)
        for first in range(start, stop, piece):
            if stop_all.is_set():
                return
            last = min(first + piece, stop)
            chunk = sweep.evaluate(first, last, local.buffers)
            yield arrow_table(sweep, chunk, layout.schema)
            summary.add(summarize(sweep, chunk, index, summary.rows))
            if progress is not None:
                with lock:
                    done += (last - first) * sweep.schedule.block_points
                    progress(min(done, sweep.grid.points), sweep.grid.points)

    def write(index: int) -> tuple[Part, Summary]:
        summary = Summary()
        start, stop = sweep.chunk_bounds(index)
        part = store.write(f"part-{index:0{digits}}.parquet", start, stop, tables(index, summary), layout)
        return part, summary

    parts: list[Part] = []
    total = Summary()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for first in range(0, chunks, WINDOW):
                window = [dask.delayed(write)(i) for i in range(first, min(first + WINDOW, chunks))]
                for part, summary in dask.compute(*window, scheduler="threads", pool=pool):
                    parts.append(part)
                    total.add(summary)
        except BaseException:
            stop_all.set()
            raise
    return parts, total


def _layout(sweep: Sweep) -> Layout:
    """How a run's columns are stored.

    Statistics of texts cost most and help only where a row group holds few of them: for axes of the outer loops.
    """
    from carbonsweep.table import schema

    inner = {axis.name for axis in sweep.loops[sweep.schedule.outer :]}
    labelled = [axis.name for axis in sweep.grid.axes if axis.labels is not None]
    of = schema(sweep)
    statistics = [name for name in of.names if name not in labelled or name not in inner]
    return Layout(of, sweep.plan.output.compression, labelled, statistics)


def equations_used(sweep: Sweep) -> dict[str, dict[str, str]]:
    """Variant, source and text hash of every equation of a sweep, by quantity."""
    return {
        equation.quantity: {
            "variant": equation.variant,
            "source": equation.source,
            "sha256": hashlib.sha256(function_source(equation.function, equation.quantity).encode()).hexdigest(),
        }
        for equation in sweep.grid.graph.equations
    }


def _manifest(sweep: Sweep, parts: list[Part], summary: Summary, seconds: float) -> dict[str, Any]:
    from carbonsweep.table import SCHEMA_VERSION, schema

    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "title": sweep.plan.title,
        "plan_hash": sweep.plan.content_hash,
        "plan": sweep.plan.canonical(),
        "loop_order": [axis.name for axis in sweep.loops],
        "equations": equations_used(sweep),
        "defaults": sweep.grid.graph.defaults,
        "catalogs": sweep.grid.catalog_hashes,
        "columns": [
            {"name": item.name, "type": str(item.type), "unit": item.metadata[b"unit"].decode()}
            for item in schema(sweep)
        ],
        "points": sweep.grid.points,
        "rows": summary.rows,
        "excluded": summary.excluded,
        "missing": {name: column.missing for name, column in summary.columns.items()},
        "seconds": round(seconds, 3),
        "parts": [part_record(part) for part in parts],
    }


SECONDS_PER_NUMBER = 1.3e-8
"""Time to evaluate, encode and write one number on one thread, from benchmarks/; an estimate only."""
SECONDS_TO_START = 3.0
"""Time to start and to compile a nest that is not in the cache."""


def estimated_seconds(sweep: Sweep) -> float:
    """Expected time of a run on this machine if no point is excluded."""
    numbers = sweep.grid.points * (len(sweep.grid.outputs) + len(sweep.grid.axes))
    return SECONDS_TO_START + numbers * SECONDS_PER_NUMBER / default_threads()
