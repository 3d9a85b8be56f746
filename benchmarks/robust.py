"""How fast robust optima are: ``python benchmarks/robust.py``.

The design of least 95 % quantile among a million, over 1,024 joint samples of four uncertain inputs: by `search`, by
`search` without bounds, and by NumPy on a part of the designs (its time for all is that of the part, scaled). All find
the same design. Medians of five alternating runs, after one that compiles.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from machine import description

import carbonsweep as cs
from carbonsweep.grid.bind import bind

SAMPLES = 1024
PART = 4_000
PLAN = cs.Plan(
    axes={
        "tokens": {"geom": [1e12, 2e13, 50]},
        "parameters": {"geom": [1e9, 1e12, 50]},
        "hardware_efficiency": {"linear": [0.3, 0.5, 20]},
        "carbon_intensity": {"linear": [20, 700, 20]},
    },
    constants={"devices": 1024, "peak_flops": 989e12, "device_power": 900, "device_embodied": 500},
    uncertainty={
        "samples": SAMPLES,
        "pue": {"triangular": [1.06, 1.09, 1.2]},
        "goodput": {"beta": [12, 7]},
        "device_power": {"lognormal": [1.0, 0.1], "times": True},
        "lifetime_years": {"uniform": [3, 6]},
    },
    output={"quantities": ["total_carbon"], "statistics": ["p95"]},
)


def by_numpy(part: slice) -> tuple[float, float]:
    """The least quantile of a part of the designs, and the same of all that `search` would find in it."""
    grid = bind(PLAN)
    assert grid.samples is not None
    drawn = dict(zip(grid.samples.texts, grid.samples.matrix, strict=True))
    axes = [axis.values for axis in grid.axes]
    shape = [len(axis) for axis in axes]
    places = np.unravel_index(np.arange(*part.indices(int(np.prod(shape)))), shape)
    tokens, parameters, efficiency, intensity = (axis[place] for axis, place in zip(axes, places, strict=True))
    rate = 1024 * 989e12 * efficiency
    days = (6.0 * parameters * tokens / rate)[:, None] / drawn["goodput"] / 86400.0
    energy = 1024 * days * 24.0 * 900 * drawn["device_power"] / 1000.0
    total = energy * drawn["pue"] * intensity[:, None] / 1000.0
    total += 1024 * 500 * days / (365.0 * drawn["lifetime_years"])
    quantile = np.partition(total, int(np.ceil(0.95 * SAMPLES)) - 1, axis=1)[:, int(np.ceil(0.95 * SAMPLES)) - 1]
    return float(quantile.min()), float(len(quantile))


def main() -> None:
    """Print the medians and their ratios."""
    grid = bind(PLAN)
    print(description())
    found = cs.search(PLAN, minimize="p95(total_carbon)", top=1)

    def with_bounds() -> float:
        return float(cs.search(PLAN, minimize="p95(total_carbon)", top=1)["total_carbon_p95"].iloc[0])

    def every_design() -> float:
        return float(cs.search(PLAN, minimize="p95(total_carbon)", top=1, prune=False)["total_carbon_p95"].iloc[0])

    def numpy_part() -> float:
        return by_numpy(slice(0, PART))[0]

    contestants: dict[str, Callable[[], float]] = {
        "search": with_bounds,
        "search, every design": every_design,
        f"NumPy, {PART:,} designs": numpy_part,
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    answers: dict[str, float] = {}
    for one in contestants.values():
        one()
    for _ in range(5):
        for name, one in contestants.items():
            start = time.perf_counter()
            answers[name] = one()
            seconds[name].append(time.perf_counter() - start)
    best = float(found["total_carbon_p95"].iloc[0])
    assert answers["search"] == answers["search, every design"] == best
    assert abs(answers[f"NumPy, {PART:,} designs"] / best - 1.0) < 1e-9, "NumPy's best of its part is the best of all"
    medians = {name: statistics.median(of) for name, of in seconds.items()}
    whole = medians[f"NumPy, {PART:,} designs"] * grid.points / PART
    print(f"{grid.points:,} designs x {SAMPLES:,} joint samples, least 95 % quantile")
    for name, median in medians.items():
        print(f"{name:32s} {median:8.2f} s")
    print(
        f"{'NumPy, all designs (scaled)':32s} {whole:8.2f} s, {whole / medians['search, every design']:.0f} x as long"
    )


if __name__ == "__main__":
    main()
