"""Points a second of the serving model on one thread: ``python benchmarks/serving_speed.py``.

First with an inner axis on which everything depends, so that nothing is hoisted; then with site and demand inside.
Times are those of the processor, the least of some rounds (others on the machine slow each core down), with the nest
compiled and its arrays made before.
"""

from __future__ import annotations

import math
import time
from typing import Any

from machine import description

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep

MODEL = {
    "hidden_size": 8192,
    "attention_heads": 64,
    "kv_heads": 8,
    "head_size": 128,
    "ffn_size": 28672,
    "gated_ffn": 1,
    "vocabulary_size": 128256,
    "tied_embeddings": 0,
}
SERVICE = {
    "accelerator": "h200-sxm",
    "engine": "vllm-2025",
    "output_tokens": 300,
    "serving_tensor_parallel": 8,
    "serving_pipeline_parallel": 1,
    "serving_data_parallel": 1,
    "pue": 1.1,
}
EXPERTS = {"experts": 16, "experts_per_token": 2, "expert_ffn_size": 3584, "gated_experts": 1}
WORK: dict[str, Any] = {"serving_batch": {"integers": [1, 128]}, "input_tokens": {"linear": [100, 4000, 200]}}
DENSE = {**WORK, "layers": {"integers": [20, 119]}}
SITES = {
    "serving_batch": {"integers": [1, 64]},
    "input_tokens": {"linear": [100, 4000, 50]},
    "request_rate": {"linear": [1, 100, 20]},
    "carbon_intensity": {"linear": [10, 800, 800]},
    "lifetime_years": [3, 4, 5],
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing hoisted, dense": (DENSE, {"request_rate": 50, "carbon_intensity": 400}),
    "nothing hoisted, mixture of experts": (DENSE, {"request_rate": 50, "carbon_intensity": 400, **EXPERTS}),
    "site and demand inside": (SITES, {"layers": 80}),
}
QUANTITIES = (
    "ttft_quantile",
    "tpot",
    "serving_devices",
    "energy_per_request",
    "request_carbon",
    "serving_infeasibility",
)
ROUNDS = 8


def rate(axes: dict[str, Any], constants: dict[str, Any]) -> tuple[int, float]:
    """Points, and points a second."""
    plan = cs.Plan(
        axes=axes,
        constants={**SERVICE, **MODEL, **constants},
        output={"quantities": list(QUANTITIES)},
        order="plan",
        allow_implausible=True,
    )
    sweep = Sweep(plan)
    sweep.prepare()
    blocks = max(1, 131_072 // sweep.schedule.block_points)
    arrays = sweep.buffers(blocks)
    seconds = math.inf
    for _ in range(ROUNDS):
        began = time.process_time()
        for start in range(0, sweep.schedule.blocks, blocks):
            sweep.evaluate(start, min(start + blocks, sweep.schedule.blocks), arrays)
        seconds = min(seconds, time.process_time() - began)
    return sweep.grid.points, sweep.grid.points / seconds


def main() -> None:
    """Print a line a case."""
    print(description())
    print("\n| case | points | million points/s, one thread |\n| --- | ---: | ---: |")
    for name, (axes, constants) in CASES.items():
        points, found = rate(axes, constants)
        print(f"| {name} | {points:,} | {found / 1e6:.1f} |")


if __name__ == "__main__":
    main()
