"""The best way to serve: parallel degrees and batch of least carbon that meet the limits."""

import numpy as np

from carbonsweep.kernels.choice import chosen, powers_of_two
from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import J, gCO2e, number, sequence


@equation(
    valid="(0, inf)", source="definition", formula="request_carbon in g", variant="carbon", provenance="extension"
)
def serving_burden(request_carbon: gCO2e, serving_possible: number) -> number:
    """What the best way to serve makes small: carbon of a request, in g."""
    return request_carbon if serving_possible >= 0.0 else np.nan


@equation(
    valid="(0, inf)",
    source="definition",
    formula="energy_per_output_token in J",
    quantity="serving_burden",
    variant="energy",
    provenance="extension",
)
def serving_burden_energy(energy_per_output_token: J) -> number:
    """What the best way to serve makes small where the site is not known: energy of a token, in J."""
    return 1.0 * energy_per_output_token


def widest_serving(scale_up_devices, attention_heads):
    """Tensor parallelism stays within a fast domain, and no wider than heads or 16."""
    return np.minimum(np.minimum(scale_up_devices, attention_heads), 16.0)


def ranks_of_experts(experts):
    """Attention data parallelism only with experts, over at most 32 ranks."""
    return np.minimum(experts, 32.0)


def longest_serving_pipeline():
    """More stages are seldom used to serve."""
    return 4.0


def largest_batch():
    """Sequences that engines allow at most."""
    return 4096.0


def whole_domain(scale_up_devices, attention_heads):
    """Where nothing meets the limits: the fast domain as one replica, which has the lowest latency."""
    widest = np.minimum(np.minimum(scale_up_devices, attention_heads), 16.0)
    return 2.0 ** np.floor(np.log2(widest))


def single():
    """One of them."""
    return 1.0


chosen(
    "serving",
    minimize="serving_burden",
    where=("serving_possible",),
    over={
        "serving_tensor_parallel": powers_of_two(
            number,
            "Devices over which each layer of a replica is split.",
            most=widest_serving,
            source="Narayanan et al. 2021",
        ),
        "serving_pipeline_parallel": powers_of_two(
            number,
            "Pipeline stages of a replica.",
            most=longest_serving_pipeline,
            source="Narayanan et al. 2021",
        ),
        "serving_data_parallel": powers_of_two(
            number,
            "Ranks of a replica that each have their own sequences and share the experts.",
            most=ranks_of_experts,
            source="DeepSeek-AI 2024",
        ),
        "serving_batch": powers_of_two(
            sequence,
            "Sequences that a replica may work on at once, all ranks together.",
            most=largest_batch,
            source="Yu et al. 2022 (continuous batching)",
            valid="(0, inf)",
        ),
    },
    otherwise={
        "serving_tensor_parallel": whole_domain,
        "serving_pipeline_parallel": single,
        "serving_data_parallel": single,
        "serving_batch": single,
    },
)
