"""Equations of a line or two, each beside the same sum done by hand with round numbers."""

from __future__ import annotations

import math

import pytest

from carbonsweep.kernels import REGISTRY

STRUCTURES = REGISTRY.inputs["linear_structure"].choices
PATTERNS = REGISTRY.inputs["nm_sparsity"].choices
PRECISIONS = REGISTRY.inputs["precision"].choices

BY_HAND = [
    # transformer: h = 100, V = 7
    ("logit_flops_per_token", "standard", {"hidden_size": 100, "vocabulary_size": 7}, 1400),
    (
        "dense_layer_parameters",
        "standard",
        {
            "attention_parameters": 1e3,
            "mixer_parameters": 50,
            "ffn_parameters": 2e3,
            "router_parameters": 30,
            "shared_expert_parameters": 400,
        },
        3480,
    ),
    ("active_expert_parameters", "standard", {"routed_expert_parameters": 900, "inactive_expert_parameters": 675}, 225),
    ("unique_tokens", "single_epoch", {"tokens": 3e11}, 3e11),
    (
        "lookup_parameters",
        "standard",
        {"vocabulary_size": 7, "hidden_size": 100, "tied_embeddings": 0, "position_parameters": 5},
        705,
    ),
    (
        "lookup_parameters",
        "standard",
        {"vocabulary_size": 7, "hidden_size": 100, "tied_embeddings": 1, "position_parameters": 5},
        5,
    ),
    (
        "indexer_width",
        "standard",
        {
            "index_heads": 4,
            "index_head_size": 8,
            "index_layer_fraction": 0.5,
            "attention_blocks": 10,
            "o_lora_rank": 0,
        },
        160,
    ),
    (
        "local_score_width",
        "standard",
        {
            "score_width": 0,
            "attention_heads": 4,
            "head_size": 8,
            "kv_lora_rank": 0,
            "value_head_size": 0,
            "local_heads": 2,
            "local_head_size": 0,
        },
        32,
    ),
    # hardware: 400 W at 80 % beside 50 W of the host
    ("component_power", "standard", {"thermal_design_power": 400, "power_fraction": 0.8, "host_power": 50}, 370),
    ("element_bytes", "standard", {"precision": PRECISIONS.index("fp32")}, 4),
    ("element_bytes", "standard", {"precision": PRECISIONS.index("bf16")}, 2),
    # layout
    *(
        ("batch_tokens", "by_date", {"training_date": date, "parameters": size, "experts": experts}, 2**power)
        for date, size, experts, power in (
            (2020, 175e9, 0, 21),
            (2020, 0.5e9, 0, 19),
            (2022, 13e9, 0, 22),
            (2023.9, 0.5e9, 0, 21),
            (2024, 8e9, 0, 22),
            (2024, 70e9, 0, 23),
            (2024, 405e9, 0, 24),
            (2025, 671e9, 256, 25),
        )
    ),
    ("training_date", "standard", {"model_year": 2019, "accelerator_year": 2020}, 2026.9),
    # 3 x 1e12 x 3.024e12 FLOP in 30 days of 86,400 s at 0.35 of 1e15 FLOP/s: 10,000 devices
    *(
        (
            "devices",
            "by_compute",
            {"forward_flops_per_token": 1e12, "tokens": tokens, "unquantised_peak_flops": 1e15, "usual_days": 30},
            devices,
        )
        for tokens, devices in ((3.024e14, 16384), (3.024e12, 8192), (3.024e11, 1024), (1e9, 8))
    ),
    ("devices", "llmcarbon", {"optimal_devices": 96}, 96),
    ("devices", "bug_compatible", {"optimal_devices": 96}, 96),
    # goodput: 16,384 devices fail every 3.09 hours
    ("failure_interval", "standard", {"device_mtbf": 50_000, "devices": 50_000}, 3600),
    ("failure_goodput", "standard", {"failure_interval": 6000, "checkpoint_time": 30, "restart_time": 600}, 0.8),
    ("failure_goodput", "standard", {"failure_interval": 60, "checkpoint_time": 30, "restart_time": 600}, 0.05),
    *(
        ("steady_goodput", "standard", {"training_date": date, "training_flops": flops}, share)
        for date, flops, share in ((2022.9, 1e25, 0.51), (2023, 1e23, 0.72), (2025, 1e23, 0.85), (2024, 4e25, 0.86))
    ),
    ("layout_practice", "layout_given", {}, 1),
    ("layout_practice", "layout_searched", {"training_flops": 1e23}, 0.87),
    ("layout_practice", "layout_searched", {"training_flops": 1e24}, 1),
    ("goodput", "by_scale", {"failure_goodput": 0.9, "steady_goodput": 0.8, "layout_practice": 0.5}, 0.36),
    ("usable_memory", "standard", {"device_memory": 1e9}, 2**30),
    ("fits_in_memory", "standard", {"memory_per_device": 79, "usable_memory": 80}, 1),
    ("fits_in_memory", "standard", {"memory_per_device": 81, "usable_memory": 80}, 0),
    ("spare_devices", "allowed", {}, 1),
    ("spare_devices", "replicas_given", {}, 0),
    # a batch of 100 sequences of 1000 tokens: at most twice the target
    *(
        (
            "batch_near_target",
            "computed",
            {"global_batch": 100, "sequence_length": 1000, "batch_tokens": target},
            near,
        )
        for target, near in ((50_000, 1), (49_000, 0))
    ),
    ("batch_near_target", "given", {}, 1),
    ("sequence_time", "standard", {"step_time": 12, "global_batch": 48}, 0.25),
    ("keeps_rules", "standard", {"broken_rule": 0}, 1),
    ("keeps_rules", "standard", {"broken_rule": 4}, 0),
    # LLMCarbon's parallelism
    (
        "optimal_data_parallel",
        "standard",
        {"optimal_devices": 64, "optimal_tensor_parallel": 8, "optimal_pipeline_parallel": 4},
        2,
    ),
    (
        "optimal_tensor_parallel",
        "llmcarbon",
        {"sizing_parameters": 20e9, "device_capacity": 7e9, "devices_per_node": 8},
        3,
    ),
    (
        "optimal_tensor_parallel",
        "llmcarbon",
        {"sizing_parameters": 60e9, "device_capacity": 7e9, "devices_per_node": 8},
        8,
    ),
    (
        "minimum_pipeline_parallel",
        "llmcarbon",
        {"sizing_parameters": 20e9, "device_capacity": 7e9, "devices_per_node": 8},
        1,
    ),
    (
        "minimum_pipeline_parallel",
        "llmcarbon",
        {"sizing_parameters": 60e9, "device_capacity": 7e9, "devices_per_node": 8},
        2,
    ),
    # 80 GB hold 2.4 billion by the authors' code, a node of eight 19.2
    (
        "optimal_tensor_parallel",
        "bug_compatible",
        {"sizing_parameters": 10e9, "device_memory": 80, "devices_per_node": 8},
        5,
    ),
    (
        "minimum_pipeline_parallel",
        "bug_compatible",
        {"sizing_parameters": 100e9, "device_memory": 80, "devices_per_node": 8},
        6,
    ),
    ("optimal_expert_parallel", "standard", {"experts": 64, "moe_expert_parallel": 16}, 16),
    ("optimal_expert_parallel", "standard", {"experts": 0, "moe_expert_parallel": 16}, 1),
    ("optimal_pipeline_parallel", "bug_compatible", {"minimum_pipeline_parallel": 3}, 3),
    # footprint: 73 days are a fifth of a year
    ("lifetime_share", "standard", {"training_days": 73, "lifetime_years": 4, "fleet_utilisation": 0.5}, 0.1),
    (
        "accelerator_embodied_carbon",
        "standard",
        {"devices": 512, "accelerator_unit_embodied": 10, "lifetime_share": 0.1},
        512,
    ),
    ("cpu_embodied_carbon", "standard", {"servers": 64, "cpu_unit_embodied": 5, "lifetime_share": 0.1}, 32),
    ("dram_embodied_carbon", "standard", {"servers": 64, "dram_unit_embodied": 100, "lifetime_share": 0.1}, 640),
    ("ssd_embodied_carbon", "standard", {"servers": 64, "ssd_unit_embodied": 50, "lifetime_share": 0.1}, 320),
    ("other_embodied_carbon", "standard", {"servers": 64, "other_unit_embodied": 150, "lifetime_share": 0.1}, 960),
    (
        "experimentation_device_hours",
        "standard",
        {"experimentation_training_ratio": 1.5, "device_hours": 200},
        300,
    ),
    (
        "experimentation_operational_carbon",
        "standard",
        {"experimentation_training_ratio": 1.5, "operational_carbon": 40},
        60,
    ),
    ("experimentation_embodied_carbon", "standard", {"experimentation_training_ratio": 1.5, "embodied_carbon": 4}, 6),
    (
        "lifecycle_operational_carbon",
        "standard",
        {
            "operational_carbon": 1,
            "inference_operational_carbon": 20,
            "experimentation_operational_carbon": 300,
            "post_training_operational_carbon": 50_000,
            "storage_operational_carbon": 4000,
            "stages_operational_carbon": 600_000,
        },
        654321,
    ),
    (
        "lifecycle_embodied_carbon",
        "standard",
        {
            "embodied_carbon": 1,
            "inference_embodied_carbon": 20,
            "experimentation_embodied_carbon": 300,
            "post_training_embodied_carbon": 50_000,
            "storage_embodied_carbon": 4000,
            "stages_embodied_carbon": 600_000,
        },
        654321,
    ),
    ("rental_cost", "standard", {"device_hours": 1000, "device_hour_price": 2.5}, 2500),
    # 10 devices of 50 W for 2 days are 24 kWh, 26.4 at the site, of which half at 500 g
    (
        "idle_operational_carbon",
        "standard",
        {
            "idle_fleet_devices": 10,
            "idle_power_per_device": 50,
            "training_days": 2,
            "pue": 1.1,
            "carbon_intensity": 500,
            "usage_share": 0.5,
        },
        6.6,
    ),
    # serving
    ("page_hardware_energy", "measured", {"page_device_energy": 3, "device_energy_share": 0.75}, 4),
    (
        "page_hardware_energy",
        "llmcarbon",
        {"inference_hardware_energy": 100, "inference_tokens": 1e6, "tokens_per_page": 500},
        0.05,
    ),
    (
        "page_operational_water",
        "standard",
        {"page_hardware_energy": 2, "page_energy": 3, "wue": 0.5, "grid_water_intensity": 4},
        13,
    ),
    ("human_carbon_ratio", "standard", {"human_page_carbon": 800, "page_carbon": 16}, 50),
    ("human_water_ratio", "standard", {"human_page_water": 8, "page_water": 0.2}, 40),
    ("human_cost_ratio", "standard", {"human_page_cost": 6, "page_cost": 0.04}, 150),
    # sparsity
    ("sparse_kept", "standard", {"nm_sparsity": PATTERNS.index("2:4")}, 2),
    ("sparse_group", "standard", {"nm_sparsity": PATTERNS.index("2:4")}, 4),
    ("adapter_flops_share", "counted", {"adapter_parameters": 1e6, "forward_flops_per_token": 4e7}, 0.05),
    ("sparse_inference_speedup", "none", {}, math.nan),
    ("adapter_flops_share", "none", {"adapter_rank_ratio": 0, "kept_fraction": 0.5}, 0),
    *(
        (
            "sparse_parameter_share",
            "counted",
            {
                "sparse_scope": scope,
                "attention_parameters": 20,
                "ffn_parameters": 50,
                "routed_expert_parameters": 0,
                "shared_expert_parameters": 5,
                "parameters": 100,
                "kept_fraction": kept,
            },
            share,
        )
        for scope, kept, share in ((0, 0.5, 0), (1, 0.5, 0.55), (2, 0.5, 0.75), (2, 1, 0))
    ),
    # SLoPe's README, OPT-13B
    *(
        (
            "sparse_inference_speedup",
            "table",
            {
                "sparse_measured": 1,
                "adapter_rank_ratio": rank,
                "measured_sparse_speedup": 1.54,
                "measured_sparse_speedup_rank_156": 1.39,
                "measured_sparse_speedup_rank_625": 1.36,
                "kept_fraction": 0.5,
            },
            speedup,
        )
        for rank, speedup in ((0, 1.54), (0.0156, 1.39), (0.0625, 1.36))
    ),
    # structured matrices: without a structure nothing changes
    ("attention_parameter_ratio", "none", {}, 1),
    ("attention_operation_ratio", "none", {}, 1),
    ("ffn_parameter_ratio", "none", {}, 1),
    ("ffn_operation_ratio", "none", {}, 1),
    ("attention_reuse", "none", {}, 0),
    ("ffn_reuse", "none", {}, 0),
    # mixtures
    ("sparse_device_measured", "peak", {"peak_flops": 312e12, "measured_sparse_peak": 312e12, "kept_fraction": 0.5}, 1),
    ("sparse_device_measured", "peak", {"peak_flops": 989e12, "measured_sparse_peak": 312e12, "kept_fraction": 0.5}, 0),
    ("sparse_device_measured", "none", {}, 0),
    ("is_sparse", "sparse", {"kept_fraction": 0.5}, 1),
    ("is_sparse", "sparse", {"kept_fraction": 1}, 0),
    ("is_sparse", "none", {}, 0),
    # CLIP-like blocks: 2 x 10 x 40 weights, 10 + 40 biases
    ("vision_parameters_per_expert", "standard", {"vision_hidden_size": 10, "vision_ffn_size": 40}, 850),
    ("connector_parameters_per_expert", "standard", {"connector_input_size": 3, "hidden_size": 10}, 150),
    ("scratch_carbon", "standard", {"parent_carbon": 12}, 12),
    *(
        (
            name,
            "standard",
            {"price_market": market, **{f"{one}_price_{end}": price for one, price in prices.items()}},
            expected,
        )
        for name, end in (("lowest_rent", "low"), ("highest_rent", "high"))
        for prices in ({"hyperscaler": 4, "specialised": 3, "marketplace": 2},)
        for market, expected in enumerate((4, 3, 2, math.nan))
    ),
]


@pytest.mark.parametrize(
    ("quantity", "variant", "given", "expected"), BY_HAND, ids=[f"{q}:{v}" for q, v, _, _ in BY_HAND]
)
def test_by_hand(quantity: str, variant: str, given: dict[str, float], expected: float) -> None:
    (equation,) = [e for e in REGISTRY.quantities[quantity] if e.variant == variant]
    assert set(given) == set(equation.inputs)
    assert equation.function(*(float(given[name]) for name in equation.inputs)) == pytest.approx(
        expected, rel=1e-12, nan_ok=True
    )


THETA = ("theta_alpha", "theta_beta", "theta_gamma", "theta_delta", "theta_epsilon", "theta_phi")
NAMED = {
    # Potapczynski et al. 2024, section 3: exponents of the structures that have a name
    "low_rank": (1, 0, 0, 0, 1, 0),
    "kronecker": (1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0),
    "monarch": (1 / 2, 0, 1 / 2, 0, 1 / 2, 1 / 2),
}


@pytest.mark.parametrize("structure", [name for name in STRUCTURES if name not in ("dense", "einsum")])
def test_exponents_of_named_structures(structure: str) -> None:
    code = float(STRUCTURES.index(structure))
    found = [REGISTRY.quantities[name][0].function(code) for name in THETA]
    assert found == pytest.approx(NAMED.get(structure, found))
    # Both sides of a matrix are factored as a whole.
    assert sum(found[:3]) == pytest.approx(1)
    assert sum(found[3:]) == pytest.approx(1)


GOOD_LAYOUT = {
    "devices": 64,
    "tensor_parallel": 4,
    "pipeline_parallel": 2,
    "data_parallel": 8,
    "context_parallel": 1,
    "expert_parallel": 1,
    "interleave": 2,
    "microbatch": 2,
    "global_batch": 64,
    "spare_devices": 1,
    "attention_heads": 32,
    "layers": 24,
    "uneven_stages": 0,
    "sequence_length": 4096,
    "sequence_parallel": 1,
    "experts": 8,
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"data_parallel": math.nan}, 1),
        ({"tensor_parallel": 0.5}, 2),
        ({"devices": 63}, 3),
        ({"devices": 65}, 0),
        ({"devices": 65, "spare_devices": 0}, 3),
        ({"attention_heads": 30}, 4),
        ({"layers": 26}, 5),
        ({"global_batch": 65}, 6),
        ({"global_batch": 16}, 7),
        ({"expert_parallel": 3}, 8),
        ({"sequence_length": 4095}, 9),
    ],
    ids=str,
)
def test_the_first_broken_rule(change: dict[str, float], code: int) -> None:
    (equation,) = REGISTRY.quantities["broken_rule"]
    given = {**GOOD_LAYOUT, **change}
    assert equation.function(*(float(given[name]) for name in equation.inputs)) == code
