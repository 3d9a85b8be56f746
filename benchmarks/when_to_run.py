"""The best start, site and cluster over every hour of a year: ``python benchmarks/when_to_run.py [--every]``.

Every region that names an average profile, 8,760 starts and 64 numbers of devices: for certain, and by the 95 %
quantile over 1,024 joint samples of PUE, goodput and device power. With bounds and without; --every takes the large
grid without bounds too. The first line of each kind compiles; the others are what a plan with other numbers takes.
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


UNCERTAIN = {
    "samples": 1024,
    "pue": {"triangular": [1.06, 1.09, 1.2]},
    "goodput": {"beta": [12, 7]},
    "device_power": {"lognormal": [1.0, 0.1], "times": True},
}


def plan(starts: int, uncertain: bool) -> cs.Plan:
    """The plan with some starts, spread over the year."""
    regions = cs.catalog("regions")
    names = regions.index[regions["profile_average"].notna()].tolist()
    return cs.Plan(
        axes={
            "region": names,
            "start_hour": {"integers": [0, 8759, 8760 // starts]},
            "devices": {"integers": [1000, 64000, 1000]},
        },
        constants=RUN if uncertain else {**RUN, "pue": 1.1},
        **({"uncertainty": UNCERTAIN} if uncertain else {}),
        output={"quantities": ["total_carbon"]},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", action="store_true", help="evaluate every design of the large grid too")
    every = parser.parse_args().every
    print(description())
    print(f"{'designs':>12} {'samples':>8} {'bounds':>7} {'evaluated':>12} {'seconds':>8}  best")
    for uncertain in (False, True):
        best: dict[int, float] = {}
        objective = "p95(total_carbon)" if uncertain else "total_carbon"
        column = "total_carbon_p95" if uncertain else "total_carbon"
        runs = [(365, True), (365, True), (365, False), (8760, True), *([(8760, False)] if every else [])]
        for starts, prune in runs:
            begin = time.perf_counter()
            found = search(plan(starts, uncertain), minimize=objective, top=1, prune=prune, threads=2)
            seconds = time.perf_counter() - begin
            row = found.frame.iloc[0]
            if best.setdefault(starts, row[column]) != row[column]:
                raise SystemExit("bounds left out the optimum")
            where = f"{row['region']}, hour {row['start_hour']:g}, {row['devices']} devices"
            samples = 1024 if uncertain else 1
            print(
                f"{found.points:12,} {samples:8,} {prune!s:>7} {found.evaluated:12,} {seconds:8.2f}  {where}",
                flush=True,
            )


if __name__ == "__main__":
    main()
