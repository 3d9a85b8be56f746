"""`run`: evaluate a whole sweep and write it as a Parquet dataset that survives whatever happens meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonsweep.configuration.survey import Survey, survey, surveyed_names
from carbonsweep.engine.points import Points
from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import Progress, connect, thread_count
from carbonsweep.foundation.results import Result
from carbonsweep.foundation.sizes import size_text
from carbonsweep.foundation.stages import report
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.plan import Plan
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.forecast import check_space
from carbonsweep.store.summary import Summary

if TYPE_CHECKING:
    import distributed
    from rich.console import RenderableType

    from carbonsweep.explorer.explore import Explorer


@dataclass(frozen=True)
class RunResult(Result):
    """What a run did.

    Attributes
    ----------
    plan
        The plan.
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
    notes
        Things a user should know, as in `check`.
    survey
        Which points have no value, and why; None where every point has all values.
    """

    plan: Plan
    out: str
    points: int
    rows: int
    bytes: int
    seconds: float
    summary: Summary
    reused: int = 0
    notes: tuple[str, ...] = ()
    survey: Survey | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "out": self.out,
            "points": self.points,
            "rows": self.rows,
            "bytes": self.bytes,
            "seconds": self.seconds,
            "reused": self.reused,
            "excluded": self.summary.excluded,
            "cannot_be_evaluated": self.summary.unknown,
            "infeasible": self.summary.infeasible,
            "columns": {
                name: {"minimum": c.minimum, "maximum": c.maximum, "missing": c.missing}
                for name, c in self.summary.columns.items()
            },
            "best": [values for *_, values in self.summary.best],
            "survey": self.survey.to_dict() if self.survey is not None else None,
            "notes": list(self.notes),
        }

    def explore(self, **options: Any) -> Explorer:
        """The run as a page whose pictures are linked; options as for `carbonsweep.explore`."""
        from carbonsweep.explorer.explore import explore

        return explore(self.out, **options)

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import (
            Fitting,
            duration,
            fact_list,
            new_table,
            note_list,
            number,
            row_table,
            stack,
        )

        speed = (self.points - self.reused) / self.seconds / 1e6
        reused = {"finished before": f"{self.reused:,} points"} if self.reused else {}
        facts = fact_list(
            rows=f"{self.rows:,} of {self.points:,} points",
            size=f"{size_text(self.bytes)} in {self.out}",
            time=f"{duration(self.seconds)}, {speed:.2f} million points/s",
            **reused,
            **{f"excluded by {name}": f"{count:,}" for name, count in self.summary.excluded.items()},
            **{f"cannot be evaluated, {name}": f"{count:,}" for name, count in self.summary.unknown.items() if count},
            **{f"infeasible, {reason}": f"{count:,}" for reason, count in self.summary.infeasible.items()},
        )
        names = ("quantity", "unit", "smallest", "largest", "missing")
        ranges = new_table("Columns", *names, right=names[2:])
        for name, c in self.summary.columns.items():
            ranges.add_row(name, REGISTRY.unit(name), number(c.minimum), number(c.maximum), f"{c.missing:,}")
        rows = [values for *_, values in self.summary.best]
        if not rows:
            return stack(facts, ranges, *note_list(self.notes))
        output = self.plan.output
        aim = f"Lowest {output.minimize}" if output.minimize else f"Highest {output.maximize}"
        few = [name for name in rows[0] if name in self.plan.swept or name == output.objective]
        narrow = row_table(f"{aim} (all columns are in the files)", rows, few)
        best = Fitting(row_table(aim, rows, list(rows[0])), narrow)
        return stack(facts, ranges, best, *note_list(self.notes))


def run(
    plan: Plan | str | Path,
    out: str | Path,
    *,
    overwrite: bool = False,
    resume: bool = False,
    extend: bool = False,
    ignore_space: bool = False,
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
        The plan, or its file.
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
    ignore_space
        Begin even where the disk seems too small; a full disk ends the run, and what is finished stays.
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
    from carbonsweep.store.part_files import file_schema
    from carbonsweep.store.run_folder import Store
    from carbonsweep.store.segments import Segments

    began = time.perf_counter()
    thread_count(threads)
    folder = Folder(os.fspath(out), dict(storage_options or {}))
    plan = Plan.of(plan)
    sweep = Sweep(plan)
    if not (resume or extend or ignore_space):
        check_space([sweep], folder, 0.0)
    store = Store(folder, overwrite=overwrite, resume=resume, extend=extend)
    begun = False
    try:
        segments = Segments(store, sweep, resume=resume, overwrite=overwrite, extend=extend)
        if segments.left:
            if not ignore_space:
                check_space(segments.sweeps, folder, segments.bytes)
            begun = True
            with connect(scheduler, client, threads) as workers:
                segments.compute(workers, progress)
        seconds = time.perf_counter() - began
        report("looking for reasons of missing values")
        seen = _survey(sweep, segments.summary)
        if not segments.published:
            store.publish(segments.manifest(seconds, seen.to_dict() if seen is not None else None), file_schema(sweep))
    except BaseException as error:
        kept = store.close()
        if kept and begun:
            error.add_note(f"{kept:,} parts are finished in {store.staging}; continue with --resume")
        raise
    store.close()
    summary = segments.summary
    counts = (segments.points, summary.rows, segments.bytes)
    notes = (*sweep.grid.notes, *_too_large(summary), *(seen.notes() if seen is not None else ()))
    return RunResult(plan, folder.url, *counts, seconds, summary, segments.reused, notes, seen)


def _too_large(summary: Summary) -> list[str]:
    """Quantities whose values float32 cannot hold; evaluated values are finite."""
    return [
        f"{name} is beyond {np.finfo(np.float32).max:.3g} in some rows, which float32 writes as infinite: take "
        'float_type = "float64"'
        for name, column in summary.columns.items()
        if np.isinf(column.maximum) or np.isinf(column.minimum)
    ]


def _survey(sweep: Sweep, summary: Summary) -> Survey | None:
    """Why points have no value, if any have none."""
    missing = [name for name, column in summary.columns.items() if column.missing]
    if not missing and not any(summary.unknown.values()):
        return None
    return survey(Points(sweep.grid, surveyed_names(sweep.grid, missing)), missing)
