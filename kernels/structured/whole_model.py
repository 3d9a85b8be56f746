"""What structured matrices do to the operations of a whole model: parameters used more than once, or not at all.

Nothing here acts before `linear_structure` is given.
"""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import MAC, number, parameter


@equation(
    valid="(-inf, inf)",
    source="definition",
    formula="dense parameters * (attention_operation_ratio - attention_parameter_ratio)",
    variant="structured",
    provenance="extension",
)
def attention_reuse(
    linear_structure: number,
    attention_parameters_per_block: parameter,
    attention_blocks: number,
    attention_operation_ratio: number,
    attention_parameter_ratio: number,
) -> parameter:
    """Operations of structured attention projections beyond one for each parameter.

    Above zero where parameters are shared, below where experts are idle.
    """
    if linear_structure == 0.0:
        return 0.0
    return attention_parameters_per_block * attention_blocks * (attention_operation_ratio - attention_parameter_ratio)


default(
    "attention_reuse",
    0.0,
    parameter,
    "Operations beyond one for each parameter, without a structure.",
    valid="(-inf, inf)",
    source="definition",
)


@equation(
    valid="(-inf, inf)",
    source="definition",
    formula="dense parameters * (ffn_operation_ratio - ffn_parameter_ratio)",
    variant="structured",
    provenance="extension",
)
def ffn_reuse(
    linear_structure: number,
    gated_ffn: number,
    hidden_size: number,
    ffn_size: number,
    layers: number,
    ffn_operation_ratio: number,
    ffn_parameter_ratio: number,
) -> parameter:
    """Operations of structured feed-forward matrices beyond one for each parameter.

    Above zero where parameters are shared, below where experts are idle.
    """
    if linear_structure == 0.0:
        return 0.0
    return (2.0 + gated_ffn) * hidden_size * ffn_size * layers * (ffn_operation_ratio - ffn_parameter_ratio)


default(
    "ffn_reuse",
    0.0,
    parameter,
    "Operations beyond one for each parameter, without a structure.",
    valid="(-inf, inf)",
    source="definition",
)


@equation(
    source="definition",
    formula="-(attention_reuse + ffn_reuse) for BTT-MoE, else 0",
    variant="structured",
    provenance="extension",
)
def idle_structure_parameters(linear_structure: number, attention_reuse: parameter, ffn_reuse: parameter) -> parameter:
    """Parameters of BTT experts that a token does not visit.

    Zero for all other structures.
    """
    if linear_structure == 7.0:
        return np.maximum(-(attention_reuse + ffn_reuse), 0.0)
    return 0.0


default(
    "idle_structure_parameters",
    0.0,
    parameter,
    "Parameters of BTT experts that a token does not visit, without a structure.",
    source="definition",
)


@equation(
    source="definition", formula="attention_reuse + ffn_reuse + idle_structure_parameters", provenance="extension"
)
def structure_reuse(
    attention_reuse: parameter, ffn_reuse: parameter, idle_structure_parameters: parameter
) -> parameter:
    """Operations beyond one for each active parameter, of all structured matrices.

    As many parameters would take them.
    """
    return attention_reuse + ffn_reuse + idle_structure_parameters


@equation(
    valid="(0, inf)",
    source="authors' caution: structured kernels are slower for each operation than dense ones",
    formula="1 / kernel_efficiency; 1 if dense",
    variant="structured",
    provenance="assumed",
)
def structure_time_factor(linear_structure: number, kernel_efficiency: number) -> number:
    """Time of an operation in structured kernels over dense ones.

    No value is published; the whole step is taken as structured.
    """
    if linear_structure == 0.0:
        return 1.0
    return 1.0 / kernel_efficiency


default(
    "structure_time_factor",
    1.0,
    number,
    "Time of an operation over dense kernels, without a structure.",
    valid="(0, inf)",
    source="definition",
)


@equation(source="Potapczynski et al. 2024 (baseline of GPT-2 with 4 h wide experts)", formula="8 h^2 E + h E")
def standard_moe_parameters(linear_in: number, btt_moe_experts: number) -> parameter:
    """Parameters of one standard mixture-of-experts layer, the baseline of BTT-MoE.

    Whole feed-forward networks as experts.
    """
    return 8.0 * linear_in * linear_in * btt_moe_experts + linear_in * btt_moe_experts


@equation(source="Potapczynski et al. 2024 (baseline of GPT-2 with 4 h wide experts)", formula="8 h^2 k + h E")
def standard_moe_operations(linear_in: number, btt_moe_experts: number, btt_moe_top_k: number) -> MAC:
    """Multiplications and additions, as pairs, of one standard mixture-of-experts layer for one token.

    The router included.
    """
    return 8.0 * linear_in * linear_in * btt_moe_top_k + linear_in * btt_moe_experts
