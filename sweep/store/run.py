"""`run`: evaluate a whole sweep and write it as a Parquet dataset that survives whatever happens meanwhile."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import Progress, connect, default_threads, thread_count
from carbonsweep.foundation.errors import PlanError
from carbonsweep.foundation.sizes import size_text
from carbonsweep.plan.plan import Plan
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.summary import Summary

if TYPE_CHECKING:
    import distributed

BYTES_PER_NUMBER = {"float64": 6.0, "float32": 3.2}
"""Bytes a quantity takes in a compressed part file, measured on the example plans; an estimate only."""
BYTES_PER_AXIS = 0.2


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    Attributes
    ----------
    out
        The run directory.
    points, rows
        Points of the grid, rows in the files.
    bytes
        Size of the part files.
    seconds
        Wall time of evaluation and writing, compilation included.
    summary
        Counts, ranges and best rows.
    reused
        Points whose parts were finished before.
    """

    out: str
    points: int
    rows: int
    bytes: int
    seconds: float
    summary: Summary
    reused: int = 0


def estimated_bytes(sweep: Sweep) -> float:
    """Expected size of the part files if no point is excluded."""
    per_row = len(sweep.grid.outputs) * BYTES_PER_NUMBER[sweep.plan.output.float_type]
    return sweep.grid.points * (per_row + len(sweep.grid.axes) * BYTES_PER_AXIS)


def free_bytes(out: Folder) -> float | None:
    """Space where a run would be written; None if that cannot be known."""
    if not out.local:
        return None
    place = out.path
    while not os.path.exists(place):  # unlike Path.exists, false for what may not be looked at
        place = place.parent
    return float(shutil.disk_usage(place).free)


def check_space(sweeps: Sequence[Sweep], out: Folder, have: float) -> None:
    """Refuse a run that the disk cannot hold.

    Parameters
    ----------
    sweeps
        What is to be written.
    out
        Where.
    have
        Bytes of it that are there already.

    Raises
    ------
    PlanError
        With the size it would need and what to do.
    """
    free = free_bytes(out)
    need = sum(estimated_bytes(sweep) for sweep in sweeps) - have
    if free is not None and need > 0.95 * free:
        points = sum(sweep.grid.points for sweep in sweeps)
        raise PlanError(
            f"{sweeps[0].plan.source}: {points:.3g} points would need about {size_text(need)} "
            f"and {out} has {size_text(free)} free; shorten axes, add constraints that exclude points, ask for "
            "fewer quantities, or write elsewhere"
        )


def run(
    plan: Plan,
    out: str | Path,
    *,
    overwrite: bool = False,
    resume: bool = False,
    extend: bool = False,
    threads: int | None = None,
    scheduler: str = "threads",
    client: distributed.Client | None = None,
    storage_options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Evaluate a plan and write the run directory `out`.

    Parameters
    ----------
    plan
        The plan.
    out
        Folder of the run, a path or a URL of any filesystem that fsspec knows (``s3://bucket/run``):
        ``part-*.parquet`` and a manifest.
    overwrite
        Replace a finished run of that name, once the new one is whole (on an object store: before), and give up an
        unfinished one.
    resume
        Go on with an unfinished run, or repair a damaged one: parts that are whole are kept, the rest is computed.
    extend
        Add to a finished run whose plan differs from this one only in having fewer values on some axes; only the
        new points are computed.
    threads
        Threads to use (or processes, with ``scheduler="processes"``); None takes every processor this process may use.
    scheduler
        ``threads``, ``processes``, the address of a Dask scheduler, or its scheduler file (``*.json``).
    client
        A `distributed.Client` to use instead.
    storage_options
        Settings of the filesystem, as fsspec takes them (endpoint, credentials).
    progress
        Called as chunks are finished.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated, or its output would not fit on the disk.
    StoreError
        If the folder exists or cannot be written, or workers fail. Finished parts stay, for `resume`.
    """
    from carbonsweep.store.run_folder import Store
    from carbonsweep.store.segments import Work

    began = time.perf_counter()
    thread_count(threads)
    folder = Folder(os.fspath(out), dict(storage_options or {}))
    sweep = Sweep(plan)
    if not (resume or extend):
        check_space([sweep], folder, 0.0)
    store = Store(folder, overwrite=overwrite, resume=resume, extend=extend)
    begun = False
    try:
        work = Work(store, sweep, resume=resume and not overwrite, extend=extend)
        if work.left:
            check_space(work.sweeps, folder, work.bytes)
            begun = True
            with connect(scheduler, client, threads) as workers:
                work.compute(workers, progress)
        seconds = time.perf_counter() - began
        if not work.published:
            store.publish(work.manifest(seconds))
    except BaseException as error:
        kept = store.close()
        if kept and begun:
            error.add_note(f"{kept:,} parts are finished in {store.work}; go on with --resume")
        raise
    store.close()
    summary = work.summary
    return RunResult(folder.url, work.points, summary.rows, work.bytes, seconds, summary, work.reused)


SECONDS_PER_NUMBER = 1.3e-8
"""Time to evaluate, encode and write one number on one thread, from benchmarks/; an estimate only."""
SECONDS_TO_START = 3.0
"""Time to start and to compile a nest that is not in the cache."""


def estimated_seconds(sweep: Sweep) -> float:
    """Expected time of a run on this machine if no point is excluded."""
    numbers = sweep.grid.points * (len(sweep.grid.outputs) + len(sweep.grid.axes))
    return SECONDS_TO_START + numbers * SECONDS_PER_NUMBER / default_threads()
