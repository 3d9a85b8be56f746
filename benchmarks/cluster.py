"""What distributing a run costs: threads, worker processes and Polars on 10^8 points.

    python benchmarks/cluster.py [--rounds 3] [--quick]

The same grid and columns as `engine.py`, long enough that starting does not count. ``threads`` and ``processes`` are
`carbonsweep run` with two threads, and with two worker processes of a Dask cluster; the cluster is started before the
clock. Every measurement is a process of its own and the order rotates. Memory is the largest sum over all processes
of the pages they hold (shared ones once), less what bare interpreters take. Then 10,000 chunks of next to no work:
what handing one out and taking its result costs the client. Nothing here is asserted about time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
from engine import Result, alternate, check_sums, child, median, spread

LABELS = {
    "carbonsweep": "carbonsweep run, 2 threads",
    "processes": "carbonsweep run --scheduler processes, 2 processes",
    "polars": "Polars cross join + sink_parquet, 2 threads",
}
CHUNKS = 10_000


def overhead(chunks: int) -> Result:
    """Seconds per chunk of the client's processor and of the wall clock, for chunks whose points are all excluded."""
    from distributed import Client
    from distributed.deploy.subprocess import SubprocessCluster

    import carbonsweep as cs

    plan = cs.Plan(
        axes={"tokens": {"linear": [1e11, 1e12, chunks]}, "carbon_intensity": {"linear": [1.0, 900.0, 1 << 14]}},
        constants={"parameters": 7e9, "pue": 1.1, "devices": 64, "accelerator": "h100-sxm5"},
        constraints={"training_days": "< 0"},
        output={"quantities": ["operational_carbon"], "chunk_points": 1},
        order="plan",
    )
    settings: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "silence_logs": 50}
    quiet = {"scheduler_kwargs": {"dashboard": False}, "worker_kwargs": {"dashboard": False}}
    with (
        tempfile.TemporaryDirectory() as folder,
        SubprocessCluster(**settings, **quiet) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(2)
        cs.run(plan.with_output(chunk_points=1 << 24), f"{folder}/warm", client=client)
        began, processor = time.perf_counter(), time.process_time()
        result = cs.run(plan, f"{folder}/run", client=client)
        seconds, used = time.perf_counter() - began, time.process_time() - processor
        files = len(list(Path(folder, "run").glob("*.parquet")))
    if files != chunks or result.rows:
        raise SystemExit(f"{files} parts and {result.rows} rows, expected {chunks} and none")
    return {"chunks": chunks, "client": used / chunks, "wall": seconds / chunks}


def table(results: dict[str, list[Result]]) -> str:
    """The Markdown table of rates, sizes and memory."""
    ours = statistics.median(run["rows"] / run["seconds"] for run in results["carbonsweep"])
    lines = [
        "| to Parquet, end to end | rows/s | of threads | spread of rows/s | bytes/row | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, label in LABELS.items():
        runs = results[name]
        rates = [run["rows"] / run["seconds"] for run in runs]
        rate = statistics.median(rates)
        lines.append(
            f"| {label} | {rate:,.3g} | {rate / ours:.2f} | {spread(rates, ',.3g')} | "
            f"{runs[0]['bytes'] / runs[0]['rows']:.3f} | {median(runs, 'memory') / 1e6:,.0f} MB |"
        )
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round on a small grid: only to see that it works")
    parser.add_argument("--overhead", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def main() -> None:
    given = arguments()
    if given.overhead:
        print(json.dumps(overhead(given.overhead)))
        return
    grid, rounds, chunks = ("small", 1, 100) if given.quick else ("huge", given.rounds, CHUNKS)
    with tempfile.TemporaryDirectory(prefix="carbonsweep-benchmark-") as name:
        folder = Path(name)
        cache = folder / "cache"
        child("contestant.py", "prepare", grid, str(folder), cache=cache)

        def contestant(who: str) -> Any:
            return lambda: child("contestant.py", who, grid, str(folder), cache=cache)

        results = alternate({who: contestant(who) for who in LABELS}, rounds)
        for who in ("carbonsweep", "processes"):
            for run in results[who]:
                check_sums(who, run, results["polars"][0], "Polars")
        print(f"overhead of {chunks:,} chunks", file=sys.stderr)
        each = child("cluster.py", "--overhead", str(chunks), cache=cache)
    print(f"{machine.description()}\n")
    rows = results["carbonsweep"][0]["rows"]
    print(f"{rows:,} rows, 7 axes and 8 quantities, lz4; medians of {rounds} alternating runs.\n")
    print(table(results))
    print(
        f"\n{chunks:,} chunks of no rows, a scheduler and 2 workers in processes of their own: "
        f"{each['client'] * 1e3:.2f} ms of the client's processor and {each['wall'] * 1e3:.2f} ms of wall time a chunk."
    )


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()
