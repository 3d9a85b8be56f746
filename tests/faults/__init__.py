"""What fault tests share: a plan of many small parts, processes to disturb, and what a dataset holds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow.dataset

HERE = Path(__file__).parent
DEADLINE = 60.0
"""Seconds after which a condition that a test waits for will not come about."""

PLAN = """
title = "Faults"
[axes]
tokens = { geom = [1e11, 1e13, 60] }
devices = { integers = [1, 25] }
carbon_intensity = { linear = [20, 700, 40] }
lifetime_years = { linear = [2, 6, 10] }
[constants]
accelerator = "h100-sxm5"
parameters = 7e9
pue = 1.1
hardware_efficiency = 0.4
[constraints]
training_days = "<= 1e4"
[output]
quantities = ["training_days", "operational_carbon", "total_carbon"]
chunk_points = 16000
minimize = "total_carbon"
"""


def content(run: str | Path, filesystem: object = None) -> tuple[int, str]:
    """Rows of a dataset, and the SHA-256 of them sorted: the same for the same multiset of rows."""
    frame = pyarrow.dataset.dataset(str(run), filesystem=filesystem, partitioning="hive").to_table().to_pandas()
    frame = frame.reindex(sorted(frame.columns), axis=1)
    for name in frame:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].astype(str)
    frame = frame.sort_values(list(frame.columns), ignore_index=True)
    digest = hashlib.sha256()
    for name in frame:
        column = frame[name]
        numbers = pd.api.types.is_numeric_dtype(column)
        digest.update(column.to_numpy(float).tobytes() if numbers else "\0".join(column).encode())
    return len(frame), digest.hexdigest()


def command(*words: str | Path) -> list[str]:
    """The command line of `carbonsweep` in a process of its own."""
    return [sys.executable, "-c", "from carbonsweep.cli.main import main; main()", *map(str, words)]


def disturbed(fault: str, *words: str | Path) -> list[str]:
    """The same with a fault of `inject.py`."""
    return [sys.executable, str(HERE / "inject.py"), fault, *map(str, words)]


def finish(words: list[str], **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a process, without the progress that it reports if the machine is slow."""
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=2 * DEADLINE, env={**os.environ, **environment}, check=False
    )
    return done.returncode, done.stdout, without_progress(done.stderr)


def without_progress(error: str) -> str:
    """Standard error without the lines of progress."""
    return "".join(line for line in error.splitlines(keepends=True) if " million/s, " not in line)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    Raises
    ------
    TimeoutError
        If it does not come about.
    """
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


@contextmanager
def started(words: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the test."""
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def parts(folder: Path) -> list[Path]:
    """The part files below a folder."""
    return sorted(folder.rglob("part-*.parquet")) if folder.is_dir() else []


@contextmanager
def cluster(
    folder: Path, workers: int = 2, memory_limit: str = "auto", **environment: str
) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A Dask scheduler and worker processes, each with a nanny that starts it anew; the scheduler file and process."""
    file = folder / "scheduler.json"
    dask = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    with started(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    ) as scheduler:
        wait_for(lambda: file.exists() and file.stat().st_size > 0, "no scheduler file")
        words = [*dask, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard"]
        words += ["--nworkers", str(workers), "--local-directory", str(folder), "--memory-limit", memory_limit]
        if "CARBONSWEEP_TEST_HOLD" in environment:
            words += ["--preload", str(HERE / "hold_once.py")]
        if "CARBONSWEEP_TEST_HOG" in environment:
            words += ["--preload", str(HERE / "take_memory.py")]
        with started(words, **environment) as process:
            yield file, scheduler
            process.terminate()
            process.wait(DEADLINE)
