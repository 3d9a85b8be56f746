"""Searching without storing, against DuckDB and Polars: ``python benchmarks/search.py [--rounds N] [--quick]``.

(a) a plain carbon grid of 10^9 points: the ten lowest total carbons, and the sum over all points;
(b) the full LLMCarbon chain over 10^9 points with constraints: the best hundred, every point evaluated;
(c) the same with bounds, over more than 10^12 points;
(d) the Pareto front of loss and carbon over 10^8 points;
(e) peak memory of (a) at 10^6 and 10^9 points.

Every run is a process of its own with two threads; libraries are imported, nests are in the cache. The peers evaluate
(a) as a competent user would: work and site are two small tables, made before their cross join, so that each row costs
one multiplication, one addition and the comparison. Contestants that disagree on a result end the benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from common_grid import plan_data
from machine import description

THREADS = 2
CARBON_AXES = {
    "devices": [100, 10000, 100],
    "training_days": [1, 100, 100],
    "carbon_intensity": [10, 800, 100],
    "pue": [1.05, 1.6, 20],
    "lifetime_years": [2, 8, 50],
}
"""First, last and number of values: 10^9 points."""


def carbon_axes(points: float) -> dict[str, list[float]]:
    """The carbon grid with fewer devices and days, to have about `points` points."""
    scale = (points / 1e9) ** 0.5
    counts = {
        name: max(1, round(v[2] * scale)) if name in ("devices", "training_days") else v[2]
        for name, v in CARBON_AXES.items()
    }
    return {name: [*values[:2], counts[name]] for name, values in CARBON_AXES.items()}


def carbon_plan(points: float) -> Any:
    """The carbon grid as a plan."""
    import carbonsweep as cs

    return cs.Plan(
        axes={name: {"linear": values} for name, values in carbon_axes(points).items()},
        constants={"accelerator": "V100", "device_power": 330},
        output={"quantities": ["total_carbon"]},
    )


def chain_plan(tokens: int, lifetimes: int, pues: int) -> Any:
    """The full chain with a deadline and a loss to reach."""
    import carbonsweep as cs

    data = plan_data({"layers": [16, 80, 16], "tokens": tokens, "lifetime_years": {"linear": [2, 8, lifetimes]}})
    data["axes"]["pue"] = {"linear": [1.05, 1.6, pues]}
    data["constants"] = {name: value for name, value in data["constants"].items() if name != "pue"}
    return cs.Plan(**data, constraints={"training_days": "<= 90", "test_loss": "<= 2.0"})


def carbonsweep_carbon(points: float) -> dict[str, Any]:
    import numpy as np

    import carbonsweep as cs

    plan = carbon_plan(points)
    best = cs.search(plan, minimize="total_carbon", threads=THREADS)
    sums = cs.marginals(
        plan, quantity="total_carbon", by="devices", quantiles=False, sensitivity=False, threads=THREADS
    )
    return {
        "points": sums.points,
        "sum": float(np.dot(sums.table["mean"], sums.table["points"])),
        "best": best["total_carbon"].tolist(),
    }


def _tables(points: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Energy (kWh) and yearly embodied carbon of each work; carbon per energy and share of each site."""
    import numpy as np

    import carbonsweep as cs

    axes = {name: np.linspace(*values) for name, values in carbon_axes(points).items()}
    unit = cs.estimate(accelerator="V100", quantities=["device_embodied"])["device_embodied"]
    devices, days = (grid.ravel() for grid in np.meshgrid(axes["devices"], axes["training_days"], indexing="ij"))
    names = ("carbon_intensity", "pue", "lifetime_years")
    intensity, pue, years = (grid.ravel() for grid in np.meshgrid(*(axes[n] for n in names), indexing="ij"))
    work = {"energy": devices * days * 24 * 330 / 1000, "embodied": unit * devices * days / 365}
    return work, {"carbon": pue * intensity / 1000, "share": 1 / years}


def duckdb_carbon(points: float) -> dict[str, Any]:
    import duckdb
    import pyarrow as pa

    work, site = (pa.table(table) for table in _tables(points))  # noqa: RUF059  (DuckDB finds them by their names)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}")
        total = "energy * carbon + embodied * share"
        (row,) = connection.execute(
            f"select count(*), sum(total), min(total, 10) from (select {total} as total from work cross join site)"
        ).fetchall()
    return {"points": row[0], "sum": row[1], "best": row[2]}


def polars_carbon(points: float) -> dict[str, Any]:
    import polars as pl

    work, site = (pl.LazyFrame(table) for table in _tables(points))
    total = pl.col("energy") * pl.col("carbon") + pl.col("embodied") * pl.col("share")
    rows = work.join(site, how="cross").select(total.alias("total"))
    both = [rows.select(pl.len(), pl.col("total").sum()), rows.bottom_k(10, by="total")]
    sums, best = pl.collect_all(both, engine="streaming")
    return {"points": sums["len"][0], "sum": sums["total"][0], "best": best["total"].sort().to_list()}


def chain_exhaustive(points: float) -> dict[str, Any]:
    from carbonsweep.reductions.best import search

    found = search(
        chain_plan(round(200 * points / 1.27e9), 10, 20), minimize="total_carbon", top=100, prune=False, threads=THREADS
    )
    return {"points": found.points, "evaluated": found.evaluated, "best": found.frame["total_carbon"].tolist()}


def chain_pruned(points: float) -> dict[str, Any]:
    from carbonsweep.reductions.best import search

    found = search(
        chain_plan(round(2000 * points / 1.9e12), 100, 300), minimize="total_carbon", top=100, threads=THREADS
    )
    return {"points": found.points, "evaluated": found.evaluated, "best": found.frame["total_carbon"].tolist()}


def front(points: float, prune: bool) -> dict[str, Any]:
    from carbonsweep.reductions.pareto import pareto

    plan = chain_plan(round(200 * points / 1.27e8), 10, 2)
    found = pareto(plan, minimize=["test_loss", "total_carbon"], prune=prune, threads=THREADS)
    return {"points": found.points, "evaluated": found.evaluated, "best": sorted(found.frame["total_carbon"].tolist())}


TASKS: dict[str, Callable[[float], dict[str, Any]]] = {
    "carbonsweep": carbonsweep_carbon,
    "duckdb": duckdb_carbon,
    "polars": polars_carbon,
    "exhaustive": chain_exhaustive,
    "pruned": chain_pruned,
    "pareto": lambda points: front(points, prune=True),
    "pareto, every point": lambda points: front(points, prune=False),
}


def one(name: str, points: float) -> None:
    """One run in this process: everything imported and compiled by a small run first; prints JSON."""
    TASKS[name](min(points, 1e7) if name != "pruned" else 2e9)
    TASKS[name](points / 100 if name in ("duckdb", "polars") else points)
    began = time.perf_counter()
    result = TASKS[name](points)
    result["seconds"] = time.perf_counter() - began
    result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(result))


def run(name: str, points: float) -> dict[str, Any]:
    """One run in a process of its own."""
    environment = {**os.environ, "POLARS_MAX_THREADS": str(THREADS)}
    command = [sys.executable, __file__, "--one", name, "--points", repr(points)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def agree(results: dict[str, dict[str, Any]]) -> None:
    """End the benchmark if contestants differ by more than rounding."""
    first = results["carbonsweep"]
    for name, other in results.items():
        close = all(abs(a - b) <= 1e-9 * abs(a) for a, b in zip(first["best"], sorted(other["best"]), strict=True))
        if not close or other["points"] != first["points"] or abs(other["sum"] / first["sum"] - 1) > 1e-9:
            raise SystemExit(f"{name} disagrees with carbonsweep")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the points, one round")
    parser.add_argument("--one", choices=TASKS)
    parser.add_argument("--points", type=float, default=1e9)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.points)
        return
    scale, rounds = (0.01, 1) if given.quick else (1.0, given.rounds)
    print(description())
    contests = ("carbonsweep", "duckdb", "polars")
    runs: dict[str, list[dict[str, Any]]] = {}
    jobs = [*((name, 1e9 * scale) for name in contests), ("exhaustive", 1.27e9 * scale), ("pruned", 1.9e12 * scale)]
    jobs += [("pareto", 1.27e8 * scale), ("pareto, every point", 1.27e8 * scale)]
    for number in range(rounds):
        for name, points in jobs[number % len(jobs) :] + jobs[: number % len(jobs)]:
            runs.setdefault(name, []).append(run(name, points))
        agree({name: runs[name][-1] for name in contests})
        if runs["pareto"][-1]["best"] != runs["pareto, every point"][-1]["best"]:
            raise SystemExit("the front differs with and without pruning")
    print(f"\nMedians of {rounds} alternating rounds, {THREADS} threads\n")
    print("| task | points | evaluated | seconds | million points/s | peak memory (MB) |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    labels = {
        "carbonsweep": "(a) carbon grid, lowest 10 and sum: carbonsweep",
        "duckdb": "(a) DuckDB",
        "polars": "(a) Polars",
        "exhaustive": "(b) full chain, best 100, every point",
        "pruned": "(c) full chain, best 100, with bounds",
        "pareto": "(d) Pareto front, two objectives, with bounds",
        "pareto, every point": "(d) Pareto front, two objectives, every point",
    }
    for name, label in labels.items():
        seconds = statistics.median(result["seconds"] for result in runs[name])
        memory = statistics.median(result["memory"] for result in runs[name]) / 1e6
        points, evaluated = runs[name][0]["points"], runs[name][0].get("evaluated", runs[name][0]["points"])
        rate = points / seconds / 1e6
        print(f"| {label} | {points:.3g} | {evaluated:.3g} | {seconds:.3g} | {rate:,.0f} | {memory:.0f} |")
    small = run("carbonsweep", 1e6)["memory"] / 1e6
    large = run("carbonsweep", 1e9 * scale)["memory"] / 1e6
    print(f"\n(e) peak memory of (a): {small:.0f} MB at 10^6 points, {large:.0f} MB at {1e9 * scale:.0e} points")


if __name__ == "__main__":
    main()
