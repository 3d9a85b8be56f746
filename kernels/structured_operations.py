"""What structured matrices do to the operations of a whole model: parameters used more than once, or not at all.

Nothing here acts before `linear_structure` is given.
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation


@equation(
    unit="parameter",
    valid="(-inf, inf)",
    source="definition",
    formula="dense parameters * (attention_operation_ratio - attention_parameter_ratio)",
    variant="structured",
    provenance="extension",
)
def attention_reuse(
    linear_structure,
    attention_parameters_per_block,
    attention_blocks,
    attention_operation_ratio,
    attention_parameter_ratio,
):
    """Operations of structured attention projections beyond one for each parameter.

    Parameters
    ----------
    linear_structure : 1
    attention_parameters_per_block : parameter
    attention_blocks : 1
    attention_operation_ratio : 1
    attention_parameter_ratio : 1

    Returns
    -------
    parameter

    Notes
    -----
    Above zero where parameters are shared, below where experts are idle.
    """
    if linear_structure == 0.0:
        return 0.0
    return attention_parameters_per_block * attention_blocks * (attention_operation_ratio - attention_parameter_ratio)


@equation(
    unit="parameter",
    valid="(-inf, inf)",
    source="definition",
    formula="0",
    quantity="attention_reuse",
    variant="none",
)
def attention_reuse_none():
    """Operations beyond one for each parameter, without a structure.

    Returns
    -------
    parameter

    Notes
    -----
    None.
    """
    return 0.0


@equation(
    unit="parameter",
    valid="(-inf, inf)",
    source="definition",
    formula="dense parameters * (ffn_operation_ratio - ffn_parameter_ratio)",
    variant="structured",
    provenance="extension",
)
def ffn_reuse(linear_structure, gated_ffn, hidden_size, ffn_size, layers, ffn_operation_ratio, ffn_parameter_ratio):
    """Operations of structured feed-forward matrices beyond one for each parameter.

    Parameters
    ----------
    linear_structure : 1
    gated_ffn : 1
    hidden_size : 1
    ffn_size : 1
    layers : 1
    ffn_operation_ratio : 1
    ffn_parameter_ratio : 1

    Returns
    -------
    parameter

    Notes
    -----
    Above zero where parameters are shared, below where experts are idle.
    """
    if linear_structure == 0.0:
        return 0.0
    return (2.0 + gated_ffn) * hidden_size * ffn_size * layers * (ffn_operation_ratio - ffn_parameter_ratio)


@equation(
    unit="parameter",
    valid="(-inf, inf)",
    source="definition",
    formula="0",
    quantity="ffn_reuse",
    variant="none",
)
def ffn_reuse_none():
    """Operations beyond one for each parameter, without a structure.

    Returns
    -------
    parameter

    Notes
    -----
    None.
    """
    return 0.0


@equation(
    unit="parameter",
    source="definition",
    formula="-(attention_reuse + ffn_reuse) for BTT-MoE, else 0",
    variant="structured",
    provenance="extension",
)
def idle_structure_parameters(linear_structure, attention_reuse, ffn_reuse):
    """Parameters of BTT experts that a token does not visit.

    Parameters
    ----------
    linear_structure : 1
    attention_reuse : parameter
    ffn_reuse : parameter

    Returns
    -------
    parameter

    Notes
    -----
    Zero for all other structures.
    """
    if linear_structure == 7.0:
        return np.maximum(-(attention_reuse + ffn_reuse), 0.0)
    return 0.0


@equation(unit="parameter", source="definition", formula="0", quantity="idle_structure_parameters", variant="none")
def idle_structure_parameters_none():
    """Parameters of BTT experts that a token does not visit, without a structure.

    Returns
    -------
    parameter

    Notes
    -----
    None.
    """
    return 0.0


@equation(
    unit="parameter",
    source="definition",
    formula="attention_reuse + ffn_reuse + idle_structure_parameters",
    provenance="extension",
)
def structure_reuse(attention_reuse, ffn_reuse, idle_structure_parameters):
    """Operations beyond one for each active parameter, of all structured matrices.

    Parameters
    ----------
    attention_reuse : parameter
    ffn_reuse : parameter
    idle_structure_parameters : parameter

    Returns
    -------
    parameter

    Notes
    -----
    As many parameters would take them.
    """
    return attention_reuse + ffn_reuse + idle_structure_parameters


@equation(
    unit="1",
    valid="(0, inf)",
    source="authors' caution: structured kernels are slower for each operation than dense ones",
    formula="1 / kernel_efficiency; 1 if dense",
    variant="structured",
    provenance="assumed",
)
def structure_time_factor(linear_structure, kernel_efficiency):
    """Time of an operation in structured kernels over dense ones.

    Parameters
    ----------
    linear_structure : 1
    kernel_efficiency : 1

    Returns
    -------
    1

    Notes
    -----
    No value is published; the whole step is taken as structured.
    """
    if linear_structure == 0.0:
        return 1.0
    return 1.0 / kernel_efficiency


@equation(
    unit="1", valid="(0, inf)", source="definition", formula="1", quantity="structure_time_factor", variant="none"
)
def structure_time_factor_none():
    """Time of an operation over dense kernels, without a structure.

    Returns
    -------
    1

    Notes
    -----
    One.
    """
    return 1.0


@equation(
    unit="parameter",
    source="Potapczynski et al. 2024 (baseline of GPT-2 with 4 h wide experts)",
    formula="8 h^2 E + h E",
)
def standard_moe_parameters(linear_in, btt_moe_experts):
    """Parameters of one standard mixture-of-experts layer, the baseline of BTT-MoE.

    Parameters
    ----------
    linear_in : 1
    btt_moe_experts : 1

    Returns
    -------
    parameter

    Notes
    -----
    Whole feed-forward networks as experts.
    """
    return 8.0 * linear_in * linear_in * btt_moe_experts + linear_in * btt_moe_experts


@equation(
    unit="MAC",
    source="Potapczynski et al. 2024 (baseline of GPT-2 with 4 h wide experts)",
    formula="8 h^2 k + h E",
)
def standard_moe_operations(linear_in, btt_moe_experts, btt_moe_top_k):
    """Multiplications and additions, as pairs, of one standard mixture-of-experts layer for one token.

    Parameters
    ----------
    linear_in : 1
    btt_moe_experts : 1
    btt_moe_top_k : 1

    Returns
    -------
    MAC

    Notes
    -----
    The router included.
    """
    return 8.0 * linear_in * linear_in * btt_moe_top_k + linear_in * btt_moe_experts
