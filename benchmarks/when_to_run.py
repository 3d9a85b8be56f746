"""The best start, site and cluster over every hour of a year: ``python benchmarks/when_to_run.py [--every]``.

Every region that names an average profile, 8,760 starts, 64 numbers of devices, and 1,000 values of PUE in the place of
samples of an uncertain input: 10^10 points. With bounds, and with --every also evaluating every point.
The first line compiles; the others are what a plan with other numbers takes.
"""

from __future__ import annotations

import argparse
import time

from machine import description

import carbonsweep as cs
from carbonsweep.reductions.best import search

RUN = {
    "training_flops": 1e24,
    "peak_flops": 1e15,
    "hardware_efficiency": 0.4,
    "device_power": 1000,
    "device_embodied": 1500,
    "accounting": "location_lifecycle",
}


def plan(values: int) -> cs.Plan:
    """The plan with some values of PUE."""
    regions = cs.catalog("regions")
    names = regions.index[regions["profile_average"].notna()].tolist()
    return cs.Plan(
        axes={
            "region": names,
            "start_hour": {"integers": [0, 8759]},
            "devices": {"integers": [1000, 64000, 1000]},
            "pue": {"linear": [1.05, 1.5, values]},
        },
        constants=RUN,
        output={"quantities": ["total_carbon"]},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="evaluate every point of the large grid too")
    every = parser.parse_args().every
    print(description())
    print(f"{'points':>16} {'bounds':>7} {'evaluated':>16} {'seconds':>8}  best")
    runs = [(10, True), (10, True), (10, False), (1000, True), *([(1000, False)] if every else [])]
    best: dict[int, float] = {}
    for values, prune in runs:
        begin = time.perf_counter()
        found = search(plan(values), minimize="total_carbon", top=1, prune=prune, threads=2)
        seconds = time.perf_counter() - begin
        row = found.frame.iloc[0]
        if best.setdefault(values, row["total_carbon"]) != row["total_carbon"]:
            raise SystemExit("bounds left out the optimum")
        where = f"{row['region']}, hour {row['start_hour']:g}, {row['devices']} devices"
        print(f"{found.points:16,} {prune!s:>7} {found.evaluated:16,} {seconds:8.2f}  {where}", flush=True)


if __name__ == "__main__":
    main()
