"""Random plans for the reductions: a few structures (each compiles once), many values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import carbonsweep as cs

DEAR = {1, 2, 6, 7, 9}
STRUCTURES = [pytest.param(n, marks=pytest.mark.long) if n in DEAR else n for n in range(10)]
"""Parameters of a test; those whose nests take longest to compile are left to `make test-long`."""
ACCELERATORS = ["V100-32GB", "a100-sxm4-40gb", "a100-sxm4-80gb", "h100-sxm5", "b200", "tpu-v3", "mi300x"]
MODELS = ["gpt3-175b", "switch-c", "fb-moe-1.1t", "megatron-1008.0b", "llama-3-8b", "deepseek-v3", "t5-11b"]

SECOND = ["pue", "test_loss", "test_loss", "optimal_devices", "tokens"]
SECOND += ["tensor_parallel", "training_days", "parameters", "compute_optimal_parameters", "pue"]
"""For each structure another quantity or axis that is worth optimising."""


def random_plan(structure: int, seed: int) -> tuple[cs.Plan, str]:
    """A plan of one of ten structures with random values, and an objective.

    Between them: ties (axes that do not matter, rounded quantities), NaN (a precision that devices lack, a regression
    out of its range), constraints on quantities, axes and combinations, on constants alone and of hundreds of terms,
    record axes, infeasible points.
    """
    random = np.random.default_rng([structure, seed])
    # The order of axes and which names the rows supply are part of a nest's text: the same in a structure.
    fixed = np.random.default_rng(structure)

    def numbers(low: float, high: float, count: int) -> list[float]:
        return sorted({float(f"{v:.3g}") for v in np.exp(random.uniform(np.log(low), np.log(high), count))})

    def some(names: list[str], count: int) -> list[str]:
        return random.permutation(fixed.permutation(names)[:count]).tolist()

    def at(low: float, high: float) -> float:
        return float(f"{np.exp(random.uniform(np.log(low), np.log(high))):.4g}")

    pue, intensity = [1.0, *numbers(1.01, 2, 5)], [0.0, *numbers(5, 900, 9)]
    site: dict[str, Any] = {"carbon_intensity": intensity, "pue": pue, "lifetime_years": [2, 3, 4, 5, 7]}
    work: dict[str, Any] = {"parameters": numbers(1e8, 2e12, 8), "tokens": numbers(1e9, 1e13, 7)}
    chain = {"hardware_efficiency": 0.4, "pue": 1.1, "carbon_intensity": at(10, 800)}
    days = ["training_days", "total_carbon"]
    cases: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[str], str]] = [
        (
            {"facility_energy": numbers(1, 1e6, 30), **site},
            {"embodied_carbon": 5},
            {"embodied_carbon": "<= 5"},
            ["total_carbon"],
            "total_carbon",
        ),
        (
            {**work, "accelerator": some(ACCELERATORS, 4), "devices": [8, 64, 512, 4096]},
            {"pue": 1.1, "carbon_intensity": at(10, 800)},
            {"training_days": f"<= {at(5, 500)}"},
            [*days, "test_loss"],
            "total_carbon",
        ),
        (
            {"model": some(MODELS, 5), "accelerator": some(ACCELERATORS, 3), "tokens": numbers(1e9, 1e13, 4), **site},
            {},
            {"test_loss": f"<= {random.uniform(1.9, 2.5):.3f}"},
            ["total_carbon", "test_loss", "optimal_devices"],
            "total_carbon",
        ),
        (
            {"parameters": numbers(1e8, 2e12, 40), "devices": numbers(1, 1e5, 40), "device_memory": [16, 32, 40, 80]},
            {},
            {"where": f"devices > {at(2, 100)} and not (device_memory == 32)"},
            ["hardware_efficiency", "optimal_devices"],
            "hardware_efficiency",
        ),
        (
            {"accelerator": some(ACCELERATORS, 6), "precision": ["half", "fp8", "fp32", "int8"], **work},
            {**chain, "devices": 100},
            {},
            ["training_days"],
            "training_days",
        ),
        (
            {
                "parameters": numbers(1e8, 1e12, 50),
                "devices_per_node": [2, 4, 8, 16],
                "device_memory": [16, 40, 80, 192],
            },
            {},
            {"tensor_parallel": "<= 8"},
            ["tensor_parallel", "pipeline_parallel"],
            "pipeline_parallel",
        ),
        (
            {**work, "devices": numbers(1, 1e5, 12), "lifetime_years": [3, 5], "pue": pue},
            {"accelerator": "H100", "carbon_intensity": at(10, 800)},
            {"where": f"training_days < {at(5, 500)} or test_loss < {random.uniform(1.9, 2.4):.3f}"},
            days,
            "embodied_carbon",
        ),
        (
            {
                "hidden_size": [1024, 2048, 4096, 8192],
                "layers": [8, 16, 32, 64],
                "tokens": numbers(1e9, 1e13, 20),
                **site,
            },
            {"attention_heads": 16, "vocabulary_size": 50000, "sequence_length": 2048, **chain, "devices": 64}
            | {"accelerator": "A100"},
            {"test_loss": f"< {random.uniform(2.0, 2.6):.3f}", "total_carbon": f"> {at(1, 1e4)}"},
            ["test_loss", "parameters"],
            "test_loss",
        ),
        (
            {"compute_budget": numbers(1e18, 1e26, 200), "scaling_law": ["hoffmann-2022-a3", "besiroglu-2024"]},
            {},
            {"compute_optimal_tokens": f"< {at(1e10, 1e14)}"},
            ["compute_optimal_parameters", "compute_optimal_loss"],
            "compute_optimal_loss",
        ),
        (
            {"stored_data": numbers(1, 1e4, 20), "storage_days": numbers(1, 1000, 10), **site},
            {"transferred_data": 3},
            {
                "where": [
                    f"stored_data * storage_days > {at(10, 1e5)}",
                    f"{' + '.join(['storage_days'] * 200)} > {at(1e3, 1e4)}",
                    "transferred_data == 3 or stored_data < 0",
                ]
            },
            ["storage_operational_carbon"],
            "storage_operational_carbon",
        ),
    ]
    axes, constants, constraints, quantities, objective = cases[structure]
    constants = {name: value for name, value in constants.items() if name not in axes}
    names = fixed.permutation(list(axes)).tolist() if structure % 2 else list(axes)
    axes = {name: axes[name] for name in names}
    quantities = [n for n in dict.fromkeys([*quantities, objective, SECOND[structure]]) if n not in axes]
    # LLMCarbon's chain, so that a structure compiles in seconds: the analytic one has a test of its own.
    plan = cs.Plan(
        axes=axes,
        constants=constants,
        equations={"*": "llmcarbon"},
        constraints=constraints,
        output={"quantities": quantities},
        order="plan",
        allow_implausible=True,  # bounds hold for parts of devices too
    )
    return plan, objective
