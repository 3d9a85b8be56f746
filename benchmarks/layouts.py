"""How fast layouts are evaluated: ``python benchmarks/layouts.py [--rounds N]``.

(a) the full analytic chain with the layout in the innermost loops: layouts a second on one core;
(b) the same chain with layout outside the site axes: points a second on one core;
(c) the search for the best layout of four models: searches a second;
(d) a million points of architecture x accelerator x devices with the best layout of each, to Parquet, on all cores;
(e) a stand-in for peers that build Python objects for every layout: the same chain, one evaluation in plain Python
    (`estimate` without its set-up). It is *not* the code of a peer.

Medians of alternating rounds; nests are compiled before. (a) and (e) must agree on the efficiency of every layout.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from typing import Any

import numpy as np
from machine import description

import carbonsweep as cs
from carbonsweep.configuration.evaluate import evaluate
from carbonsweep.engine.sweep import Sweep

MODEL = {"model": "llama-3-70b", "tokens": 15e12, "pue": 1.1, "carbon_intensity": 100, "context_parallel": 1}
MODEL |= {"expert_parallel": 1}
LAYOUTS: dict[str, Any] = {
    "tensor_parallel": [1, 2, 4, 8],
    "pipeline_parallel": [1, 2, 4, 5, 8, 10, 16, 20],
    "interleave": [1, 2, 4, 5],
    "microbatch": [1, 2, 4, 8],
    "zero_stage": [0, 1, 2, 3],
    "recomputation": ["none", "selective", "full"],
    "global_batch": {"integers": [64, 4096, 64]},
}
SEARCHED = {"llama-3.1-8b": 64, "llama-3-70b": 256, "llama-3.1-405b": 1024, "deepseek-v3": 1024}
"""Models whose layouts are searched, and their smallest cluster; the largest is 32 times as large."""
ARRAY_POINTS = 1 << 18
"""Points of the arrays that are filled again and again."""
OUTPUT = {"quantities": ["model_flops_utilisation", "memory_per_device", "training_days", "total_carbon"]}


def layout_sweep() -> Sweep:
    """(a): every layout of the list on eight clusters."""
    axes = {"accelerator": ["a100-sxm4-80gb", "h100-sxm5"], "devices": [1024, 2048, 4096, 8192], **LAYOUTS}
    constants = {name: value for name, value in MODEL.items() if name != "model"}
    plan = cs.Plan(axes=axes, constants={**constants, "model": MODEL["model"]}, output=OUTPUT, order="plan")
    return Sweep(plan)


def site_sweep() -> Sweep:
    """(b): layouts outside, sites and lifetimes inside."""
    axes = {
        "accelerator": ["a100-sxm4-80gb", "h100-sxm5"],
        "tensor_parallel": [2, 4, 8],
        "pipeline_parallel": [1, 4, 8],
        "microbatch": [1, 2],
        "lifetime_years": {"linear": [2, 8, 50]},
        "carbon_intensity": {"linear": [10, 800, 20000]},
    }
    constants = {**MODEL, "devices": 2048, "interleave": 1, "zero_stage": 1, "recomputation": "full"}
    constants.pop("carbon_intensity")
    return Sweep(cs.Plan(axes=axes, constants=constants, output={"quantities": ["total_carbon"]}))


def search_sweep(model: str, least: int) -> Sweep:
    """(c): every point is a search."""
    axes = {"accelerator": ["a100-sxm4-80gb", "h100-sxm5"], "devices": {"integers": [least, 32 * least, least]}}
    constants = {name: value for name, value in MODEL.items() if not name.endswith("_parallel")}
    return Sweep(cs.Plan(axes=axes, constants={**constants, "model": model}, output=OUTPUT))


def million() -> tuple[int, float]:
    """(d): points, and seconds from the plan to Parquet, compiled before."""
    axes: dict[str, Any] = {
        "layers": {"integers": [20, 119]},
        "hidden_size": {"integers": [2048, 16384, 1024]},
        "accelerator": ["a100-sxm4-80gb", "h100-sxm5", "h200-sxm", "b200", "mi300x", "tpu-v5p"],
        "devices": {"integers": [64, 7104, 64]},
    }
    constants = {name: value for name, value in MODEL.items() if name != "model" and not name.endswith("_parallel")}
    constants |= {"head_size": 128, "attention_heads": 64, "vocabulary_size": 128256, "gated_ffn": 1}
    constants |= {"sequence_length": 8192, "kv_heads": 8, "ffn_size": 28672}
    plan = cs.Plan(axes=axes, constants=constants, output=OUTPUT)
    Sweep(plan).prepare()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        cs.run(plan, f"{folder}/run")
        return Sweep(plan).grid.points, time.perf_counter() - began


def fill_rate(sweep: Sweep) -> float:
    """Points a second into arrays that are used again, one thread."""
    blocks = max(1, ARRAY_POINTS // sweep.schedule.block_points)
    buffers = sweep.buffers(blocks)
    total = sweep.schedule.blocks
    began = time.perf_counter()
    rows = sum(sweep.evaluate(start, min(start + blocks, total), buffers).rows for start in range(0, total, blocks))
    return rows / (time.perf_counter() - began)


def python_rate(sweep: Sweep, count: int = 300) -> float:
    """Layouts a second by plain Python, checked against the nest."""
    frame = cs.to_pandas(sweep.plan)
    rows = np.linspace(0, len(frame) - 1, count).astype(int)
    places = np.array(np.unravel_index(rows, [len(axis) for axis in sweep.grid.axes])).T
    graph, constants = sweep.grid.graph, sweep.grid.constants
    points = []
    for place in places:
        values = dict(constants)
        for axis, position in zip(sweep.grid.axes, place, strict=True):
            values.update({field: float(axis.matrix[row, position]) for row, field in enumerate(axis.fields)})
        points.append(values)
    began = time.perf_counter()
    found = [evaluate(graph, values)["model_flops_utilisation"] for values in points]
    rate = count / (time.perf_counter() - began)
    np.testing.assert_allclose(found, frame["model_flops_utilisation"].to_numpy()[rows], rtol=1e-10)
    return rate


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    searches = {model: search_sweep(model, least) for model, least in SEARCHED.items()}
    sweeps = {"layouts": layout_sweep(), "points": site_sweep(), **searches}
    for sweep in sweeps.values():
        sweep.prepare()
    rates: dict[str, list[float]] = {name: [] for name in [*sweeps, "python"]}
    for _ in range(rounds):
        for name, sweep in sweeps.items():
            rates[name].append(fill_rate(sweep))
        rates["python"].append(python_rate(sweeps["layouts"]))
    median = {name: statistics.median(values) for name, values in rates.items()}
    print(f"{description()}; one thread; medians of {rounds} rounds\n")
    print("| task | points | a second |\n| --- | ---: | ---: |")
    count = {name: f"{sweep.grid.points:,}" for name, sweep in sweeps.items()}
    print(f"| full analytic chain, layout innermost | {count['layouts']} | {median['layouts']:.3g} |")
    print(f"| the same, layout outside the site axes | {count['points']} | {median['points']:.3g} |")
    for model in searches:
        print(f"| best layout of {model} searched at every point | {count[model]} | {median[model]:.3g} |")
    print(f"| one layout at a time in plain Python | 300 | {median['python']:.3g} |")
    points, seconds = million()
    print(f"\n{points:,} points of architecture, accelerator and devices, a layout chosen for each: {seconds:.1f} s")
    print(f"layouts in the nest: {median['layouts'] / median['python']:.0f} x plain Python")


if __name__ == "__main__":
    main()
