"""How fast carbonsweep is, beside NumPy + pandas, DuckDB, Polars and a row-by-row loop.

    python benchmarks/engine.py [--rounds 5] [--quick]

Prints a Markdown table of medians. Every measurement is a process of its own; a round runs each once, and the
order rotates from round to round, so that a slow spell of the machine meets all of them. Everybody evaluates the
same LLMCarbon chain on the same grid and writes the same columns (7 axes, 8 quantities, float64, lz4) with two
threads, and hoists by hand, in its own language, what does not differ from row to row (see the ``peer_*``
modules). carbonsweep alone also computes the SHA-256 of its files, flushes them to the disk, and gathers ranges
and a manifest; its axis columns and quantities carry units. If the contents of the files differ between
contestants by more than 1e-9, the benchmark fails. Nothing here is asserted about time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent
DEMO = HERE.parent / "examples" / "llama_class.toml"
COMMAND = [sys.executable, "-c", "from carbonsweep.cli.main import main; main()"]
TOLERANCE = 1e-9
PEERS = {
    "carbonsweep": "carbonsweep run",
    "polars": "Polars cross join + sink_parquet",
    "duckdb": "DuckDB CROSS JOIN + COPY",
    "numpy": "NumPy + pandas + to_parquet",
    "row_loop": "Python row loop + to_parquet",
}

Result = dict[str, Any]
Measurement = Callable[[], Result]


def child(script: str, *arguments: str, cache: Path) -> Result:
    """Run a script of this folder with two threads and return what it prints."""
    environment = {
        **os.environ,
        "CARBONSWEEP_CACHE": str(cache),
        "POLARS_MAX_THREADS": "2",
        "OMP_NUM_THREADS": "2",
    }
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    result: Result = json.loads(done.stdout)
    return result


def command_seconds(arguments: list[str], cache: Path) -> Result:
    """Wall time of one `carbonsweep` process."""
    began = time.perf_counter()
    subprocess.run(
        [*COMMAND, *arguments],
        env={**os.environ, "CARBONSWEEP_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return {"seconds": time.perf_counter() - began}


def first_run(folder: Path) -> Result:
    """Wall time of the demo with an empty cache: the nest is compiled."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        return command_seconds(["run", str(DEMO), "--out", str(folder / "demo"), "--overwrite"], Path(cache))


def measurements(folder: Path, grid: str, points: float) -> dict[str, Measurement]:
    """Everything that a round measures, by name."""
    cache = folder / "cache"
    demo = ["run", str(DEMO), "--out", str(folder / "demo"), "--overwrite"]

    def contestant(name: str) -> Measurement:
        on = "slice" if name == "row_loop" else grid
        return lambda: child("contestant.py", name, on, str(folder), cache=cache)

    return {
        **{name: contestant(name) for name in PEERS},
        "reused": lambda: child("fill.py", "reused", f"{points:g}", cache=cache),
        "fresh": lambda: child("fill.py", "fresh", f"{points:g}", cache=cache),
        "first": lambda: first_run(folder),
        "cached": lambda: command_seconds(demo, cache),
        "help": lambda: command_seconds(["--help"], cache),
    }


def alternate(measures: dict[str, Measurement], rounds: int) -> dict[str, list[Result]]:
    """Run every measurement once a round, beginning one further on in each."""
    names = list(measures)
    results: dict[str, list[Result]] = {name: [] for name in names}
    for number in range(rounds):
        at = number % len(names)
        for name in names[at:] + names[:at]:
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            results[name].append(measures[name]())
    return results


def check_agreement(results: dict[str, list[Result]], reference: Result) -> None:
    """Fail if contestants have written different rows.

    The row loop, which runs on part of the grid, is compared with `reference`: NumPy on that part.
    """
    for name in PEERS:
        if name == "numpy":
            continue
        expected = reference if name == "row_loop" else results["numpy"][0]
        for result in results[name]:
            check_sums(name, result, expected, "NumPy")


def check_sums(name: str, result: Result, expected: Result, whose: str) -> None:
    """Fail if rows, ids or the sum of a column are not those of somebody else."""
    if result["rows"] != expected["rows"] or result["ids"] != expected["ids"]:
        raise SystemExit(f"{name} wrote {result['rows']:,} rows, {whose} {expected['rows']:,}, or other ids")
    for column, total in expected["sums"].items():
        if not math.isclose(result["sums"][column], total, rel_tol=TOLERANCE):
            raise SystemExit(f"{name}: sum of {column} is {result['sums'][column]!r}, {whose} has {total!r}")


def median(results: list[Result], key: str) -> float:
    return statistics.median(result[key] for result in results)


def spread(values: list[float], form: str) -> str:
    """Smallest and largest."""
    return f"{min(values):{form}} to {max(values):{form}}"


def tables(results: dict[str, list[Result]], flat: list[Result]) -> str:
    """The Markdown table, then what the numbers need to be understood."""
    ours = median(results["carbonsweep"], "seconds") / results["carbonsweep"][0]["rows"]
    lines = [
        "| Parquet end to end, 2 threads | rows/s | carbonsweep is | spread of rows/s | bytes/row | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, label in PEERS.items():
        runs = results[name]
        rates = [run["rows"] / run["seconds"] for run in runs]
        rate = statistics.median(rates)
        ratio = "" if name == "carbonsweep" else f"{1 / ours / rate:,.2f} x as fast"
        rest = f"{runs[0]['bytes'] / runs[0]['rows']:.2f} | {median(runs, 'memory') / 1e6:,.0f} MB"
        if name == "row_loop":
            rest = "- | -"  # its file and its memory are those of a slice
        lines.append(f"| {label} | {rate:,.3g} | {ratio} | {spread(rates, ',.3g')} | {rest} |")
    loop = results["row_loop"][0]["rows"] / median(results["row_loop"], "seconds")
    lines += ["", "| carbonsweep | median | spread |", "| --- | ---: | ---: |"]
    for name, label in (
        ("reused", "nest, points/s on one core, arrays reused"),
        ("fresh", "`Sweep.evaluate`, points/s on one core, new arrays for each chunk"),
    ):
        rates = [run["rate"] for run in results[name]]
        lines.append(f"| {label} | {statistics.median(rates):,.3g} | {spread(rates, ',.3g')} |")
    gain = median(results["reused"], "rate") / loop
    lines.append(f"| nest with arrays reused over row loop, one core each | {gain:,.0f} x | |")
    for name, label in (
        ("first", "demo, whole process, empty cache"),
        ("cached", "demo, whole process, nest in the cache"),
        ("help", "`carbonsweep --help`, whole process"),
    ):
        seconds = [run["seconds"] for run in results[name]]
        lines.append(f"| {label} | {statistics.median(seconds):.2f} s | {spread(seconds, '.2f')} |")
    for run in flat:
        lines.append(
            f"| peak memory, {run['points']:,} points evaluated chunk by chunk | {run['memory'] / 1e6:,.0f} MB | |"
        )
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of (default 5)")
    parser.add_argument("--quick", action="store_true", help="one round on a small grid: only to see that it works")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def main() -> None:
    given = arguments()
    grid, points, largest = ("small", 1e6, (1e6, 3e6)) if given.quick else ("large", 7.1e6, (1e6, 1e8))
    rounds = 1 if given.quick else given.rounds
    with tempfile.TemporaryDirectory(prefix="carbonsweep-benchmark-") as name:
        folder = Path(name)
        cache = folder / "cache"
        child("contestant.py", "prepare", grid, str(folder), cache=cache)
        command_seconds(["run", str(DEMO), "--out", str(folder / "demo")], cache)
        child("fill.py", "fresh", f"{points:g}", cache=cache)
        reference = child("contestant.py", "numpy", "slice", str(folder), cache=cache)
        results = alternate(measurements(folder, grid, points), rounds)
        check_agreement(results, reference)
        flat = [child("fill.py", "fresh", f"{size:g}", cache=cache) for size in largest]
    rows = results["carbonsweep"][0]["rows"]
    print(f"{machine.description()}\n")
    print(
        f"{rows:,} rows (the row loop: {reference['rows']:,} of them, its rate taken for all), "
        f"7 axes and 8 quantities, lz4; medians of {rounds} alternating runs; "
        f"all contents agree within {TOLERANCE:g}.\n"
    )
    print(tables(results, flat))


if __name__ == "__main__":
    main()
