"""One contestant, once, in a process of its own: ``python contestant.py NAME GRID FOLDER``.

Libraries are imported and a small grid is run first, so that the time is that of the work; a process for each
run keeps threads, caches and memory of one contestant away from the next. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Self

from common_grid import HUGE, LARGE, MIDDLE, QUANTITIES, SLICE, SMALL, Peers, peer_inputs, plan_data

GRIDS = {"huge": HUGE, "middle": MIDDLE, "large": LARGE, "small": SMALL, "slice": SLICE}
THREADS = 2
NUMERIC = ("hidden_size", "layers", "tokens", "devices", "lifetime_years", *QUANTITIES)


def write_carbonsweep(size: dict[str, Any], out: Path) -> None:
    """The plan of a grid, run."""
    import carbonsweep as cs

    cs.run(cs.Plan(**plan_data(size)), out, overwrite=True, threads=THREADS)


def write_distributed(size: dict[str, Any], out: Path, client: Any) -> None:
    """The same by the worker processes of a Dask cluster."""
    import carbonsweep as cs

    cs.run(cs.Plan(**plan_data(size)), out, overwrite=True, client=client)


@contextlib.contextmanager
def processes() -> Iterator[Any]:
    """A client of the cluster that ``--scheduler processes`` starts."""
    from carbonsweep.engine.workers import connect

    with connect("processes", threads=THREADS) as workers:
        yield workers.client


def task(name: str, grid: str, inputs: Path, client: Any = None) -> Callable[[Path], None]:
    """What a contestant does on a grid, everything imported and read."""
    if name == "carbonsweep":
        return partial(write_carbonsweep, GRIDS[grid])
    if name == "processes":
        return partial(write_distributed, GRIDS[grid], client=client)
    write = importlib.import_module(f"peer_{name}").write
    if name == "row_loop":
        return partial(write, plan_data(GRIDS[grid]))
    return partial(write, Peers(**json.loads((inputs / f"{grid}.json").read_text())))


def prepare(inputs: Path) -> None:
    """Write what the peers are given, and bring the nests into carbonsweep's cache."""
    import carbonsweep as cs
    from carbonsweep.engine.sweep import Sweep

    for name, size in GRIDS.items():
        (inputs / f"{name}.json").write_text(json.dumps(asdict(peer_inputs(size))))
        Sweep(cs.Plan(**plan_data(size))).prepare()


def measure(name: str, grid: str, folder: Path) -> dict[str, Any]:
    """Seconds, seconds of this process's processors, bytes and peak memory of one run, and what is in its files."""
    warm, out = folder / f"{name}-warm", folder / name
    for place in (warm, out):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    with processes() if name == "processes" else contextlib.nullcontext() as client:
        task(name, "slice" if name == "row_loop" else "small", folder, client)(warm)
        run = task(name, grid, folder, client)
        with Memory() as memory:
            began, before = time.perf_counter(), time.process_time()
            run(out)
            seconds, busy = time.perf_counter() - began, time.process_time() - before
    return {"seconds": seconds, "busy": busy, "memory": memory.peak, **contents(out)}


class Memory:
    """The largest memory of this process and those it started, sampled; shared pages count once.

    What Python itself takes is left out: a bare interpreter for each process.
    """

    PAUSE = 0.1

    def __enter__(self) -> Self:
        self.peak = 0
        self._ended = threading.Event()
        bare = [sys.executable, "-c", "print(open('/proc/self/smaps_rollup').read())"]
        self._bare = _pss(subprocess.run(bare, capture_output=True, text=True, check=True).stdout)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        own = psutil.Process()
        while True:
            now = 0
            for process in [own, *own.children(recursive=True)]:
                with contextlib.suppress(OSError):
                    now += _pss(Path(f"/proc/{process.pid}/smaps_rollup").read_text()) - self._bare
            self.peak = max(self.peak, now)
            if self._ended.wait(self.PAUSE):
                return


def _pss(text: str) -> int:
    """Bytes of a process by its `smaps_rollup`: private pages, and its share of the shared ones."""
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024


def contents(out: Path) -> dict[str, Any]:
    """Rows, bytes and the sum of every numeric column of a folder of Parquet files."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows, size = 0, 0
    sums = dict.fromkeys(NUMERIC, 0.0)
    ids: dict[str, set[str]] = {"accelerator": set(), "region": set()}
    for path in sorted(out.glob("*.parquet")):
        size += path.stat().st_size
        with pq.ParquetFile(path) as file:
            rows += file.metadata.num_rows
            for batch in file.iter_batches(1 << 20):
                for name in sums:
                    sums[name] += pc.sum(batch[name]).as_py()
                for name, seen in ids.items():
                    seen.update(pc.unique(batch[name]).to_pylist())
    return {"rows": rows, "bytes": size, "sums": sums, "ids": {name: sorted(seen) for name, seen in ids.items()}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("grid", choices=GRIDS)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.name == "prepare":
        prepare(given.folder)
        print(json.dumps({}))
    else:
        print(json.dumps(measure(given.name, given.grid, given.folder)))
