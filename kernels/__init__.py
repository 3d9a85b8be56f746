"""The equations: one quantity, one pure scalar function, registered with its units and source; a package a subject."""

from __future__ import annotations

from importlib import import_module

from carbonsweep.kernels.preferences import PREFERENCES
from carbonsweep.kernels.registry import REGISTRY, Equation, Input, Interval, Registry, check_units, prefer

SUBJECTS = {
    "transformer": (
        "inputs",
        "shapes",
        "attention_projections",
        "linear_mixers",
        "parameter_parts",
        "parameters",
        "attention_scores",
        "forward_flops",
        "flops",
        "layer_work",
    ),
    "loss": ("inputs", "constants", "scaling_laws", "target", "compute_optimal"),
    "hardware": ("inputs", "accelerator", "power"),
    "layout": ("inputs", "best_layout", "rules", "memory"),
    "training": (
        "inputs",
        "software",
        "rates",
        "attention_kernel",
        "work",
        "recomputation",
        "stages",
        "communication",
        "frozen_weights",
        "gradient_exchange",
        "step",
    ),
    "llmcarbon": ("inputs", "parallelism", "device_count", "efficiency"),
    "footprint": (
        "inputs",
        "training_time",
        "energy",
        "grid",
        "manufacturing",
        "parts",
        "server",
        "embodied",
        "carbon",
        "profiles",
        "experimentation",
        "checkpoints",
        "storage",
        "training_stages",
        "post_training",
        "lifecycle",
        "water",
        "cost",
        "compute_carbon",
        "calendar",
        "sci",
        "mlco2",
    ),
    "serving": (
        "inputs",
        "formats",
        "weights",
        "cache",
        "capacity",
        "pass_parts",
        "passes",
        "full_replica",
        "load",
        "latency",
        "best_serving",
        "power",
        "energy",
        "requests",
        "fleet_life",
        "inference",
        "page_of_text",
    ),
    "sparsity": ("inputs", "patterns", "speed", "memory"),
    "structured": ("inputs", "exponents", "matrices", "whole_model"),
    "mixtures": ("inputs", "combinations", "multimodal", "upcycling"),
}
"""Packages and their modules in the order of the reference page; quantities may depend across subjects."""

SUBJECT_OF: dict[str, tuple[str, str]] = {}
"""The package and the module in which each name is first registered."""

for _subject, _modules in SUBJECTS.items():
    for _module in _modules:
        import_module(f"carbonsweep.kernels.{_subject}.{_module}")
        for _name in REGISTRY.names():
            SUBJECT_OF.setdefault(_name, (_subject, _module))
check_units()
prefer(PREFERENCES)


def equations() -> tuple[Equation, ...]:
    """Every equation, in the order of the reference page."""
    return tuple(equation for variants in REGISTRY.quantities.values() for equation in variants)


__all__ = ["REGISTRY", "SUBJECTS", "SUBJECT_OF", "Equation", "Input", "Interval", "Registry", "equations"]
