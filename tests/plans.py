"""Plans that tests sweep: three real ones of different shape, small enough to check every point."""

from __future__ import annotations

from typing import Any

LLAMA_CLASS: dict[str, Any] = {
    "axes": {
        "hidden_size": [2048, 4096, 8192],
        "layers": {"integers": [16, 80, 16]},
        "tokens": {"geom": [1e11, 2e13, 7]},
        "accelerator": ["V100-32GB", "a100-sxm4-80gb", "h100-sxm5"],
        "devices": {"powers_of_two": [64, 4096]},
        "carbon_intensity": {"linear": [20, 710, 24]},
        "lifetime_years": [3, 5],
    },
    "constants": {
        "pue": 1.1,
        "attention_heads": 64,
        "vocabulary_size": 128256,
        "sequence_length": 4096,
        "gated_ffn": 1,
    },
    "equations": {"*": "llmcarbon"},
    "constraints": {"training_days": "<= 365", "where": "test_loss < 2.3 or tokens > 1e12"},
    "output": {
        "quantities": [
            "parameters",
            "test_loss",
            "training_flops",
            "training_days",
            "hardware_energy",
            "operational_carbon",
            "embodied_carbon",
            "total_carbon",
        ],
        "minimize": "total_carbon",
    },
}

CATALOG_MODELS: dict[str, Any] = {
    "axes": {
        "region": {"catalog": "regions", "where": "provider == 'gcp' and ci_g_per_kwh < 400"},
        "model": ["gpt3-175b", "glam-64b-64e", "deepseek-v3", "t5-11b", "llama-3-70b"],
        "tokens": {"geom": [1e11, 1e13, 5]},
        "accelerator": {"catalog": "accelerators", "names": ["V100-32GB", "A100-80GB", "H100", "tpu-v3"]},
    },
    "constants": {"pue": 1.1},
    "equations": {"*": "llmcarbon", "training_flops": "per_layer"},
    "output": {
        "quantities": [
            "active_parameters",
            "hardware_efficiency",
            "optimal_devices",
            "total_carbon",
            "test_loss",
        ],
        "infeasible": "flag",
    },
    "constraints": {"training_days": "<= 100"},
}

OVERRIDDEN: dict[str, Any] = {
    "axes": {
        "parameters": {"geom": [1e9, 1e12, 9]},
        "hardware_efficiency": {"linear": [0.1, 0.6, 6]},
        "lifetime_years": [1, 2, 3, 4, 5, 6],
        "devices": {"powers_of_two": [8, 1024]},
        "carbon_intensity": {"linear": [0, 800, 9]},
        "pue": [1.0, 1.1, 1.5],
    },
    "constants": {"tokens": 1e12, "accelerator": "h100-sxm5"},
    "output": {"quantities": ["training_days", "operational_carbon", "embodied_carbon", "total_carbon"]},
}

ANALYTIC: dict[str, Any] = {
    "axes": {
        "model": ["llama-2-13b", "gpt3-175b", "deepseek-v3", "t5-11b"],
        "accelerator": ["V100-32GB", "A100-80GB", "H100", "tpu-v4"],
        "devices": {"powers_of_two": [64, 8192]},
        "recomputation": ["none", "full", "auto"],
    },
    "constants": {"tokens": 1e12, "pue": 1.1, "carbon_intensity": 400},
    "equations": {"device_power": "utilisation"},
    "output": {
        "quantities": [
            "infeasibility",
            "tensor_parallel",
            "data_parallel",
            "memory_per_device",
            "model_flops_utilisation",
            "training_days",
            "total_carbon",
        ],
    },
}

ALL = {"llama_class": LLAMA_CLASS, "catalog_models": CATALOG_MODELS, "overridden": OVERRIDDEN}
