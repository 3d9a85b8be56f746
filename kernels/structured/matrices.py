"""Parameters and operations of the structured matrices of a Transformer, over those of dense ones.

Axes are rounded to whole sizes; where they miss the width by more than 15 % (the padding that the authors allow) there
is no value. Nothing here acts before `linear_structure` is given.
"""

import numpy as np

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import number

COUNT = "index structure of AndPotap/einsum-search @0a74217 (Potapczynski et al. 2024), counted by this project"


@equation(
    valid="(0, inf)",
    source=COUNT,
    formula="sum over matrices of linear_parameters / sum of d_in d_out",
    variant="structured",
    provenance="extension",
)
def attention_parameter_ratio(
    linear_structure: number,
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    kv_lora_rank: number,
    structure_scope: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
) -> number:
    """Parameters of structured attention projections over those of dense ones.

    NaN for latent attention. Each matrix has its own axes.
    """
    if linear_structure == 0.0 or structure_scope == 0.0:
        return 1.0
    if kv_lora_rank > 0.0:
        return np.nan
    structured, dense, matrix = 0.0, 0.0, 0.0
    while matrix < 3.0:
        d_in, d_out, many = hidden_size, attention_heads * head_size, 1.0
        if matrix == 1.0:
            d_out, many = kv_heads * head_size, 2.0
        if matrix == 2.0:
            d_in, d_out = attention_heads * head_size, hidden_size
        a, b, g = np.rint(d_in**theta_alpha), np.rint(d_in**theta_beta), np.rint(d_in**theta_gamma)
        d, e, f = np.rint(d_out**theta_delta), np.rint(d_out**theta_epsilon), np.rint(d_out**theta_phi)
        r = np.rint(np.minimum(d_in, d_out) ** theta_rho)
        missed = np.maximum(np.abs(np.log(a * b * g / d_in)), np.abs(np.log(d * e * f / d_out)))
        if missed > 0.14:
            return np.nan
        count = a * g * d * f * r + b * g * e * f * r
        if linear_structure == 7.0:
            count = btt_moe_experts * count + btt_moe_experts * d_in
        structured += many * count
        dense += many * d_in * d_out
        matrix += 1.0
    return structured / dense


default(
    "attention_parameter_ratio",
    1.0,
    number,
    "Parameters of attention projections over those of dense ones, without a structure.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source=COUNT,
    formula="sum over matrices of linear_operations / sum of d_in d_out",
    variant="structured",
    provenance="extension",
)
def attention_operation_ratio(
    linear_structure: number,
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    kv_lora_rank: number,
    structure_scope: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
    btt_moe_top_k: number,
) -> number:
    """Operations of structured attention projections over those of dense ones.

    NaN for latent attention. Each matrix has its own axes.
    """
    if linear_structure == 0.0 or structure_scope == 0.0:
        return 1.0
    if kv_lora_rank > 0.0:
        return np.nan
    structured, dense, matrix = 0.0, 0.0, 0.0
    while matrix < 3.0:
        d_in, d_out, many = hidden_size, attention_heads * head_size, 1.0
        if matrix == 1.0:
            d_out, many = kv_heads * head_size, 2.0
        if matrix == 2.0:
            d_in, d_out = attention_heads * head_size, hidden_size
        a, b, g = np.rint(d_in**theta_alpha), np.rint(d_in**theta_beta), np.rint(d_in**theta_gamma)
        d, e, f = np.rint(d_out**theta_delta), np.rint(d_out**theta_epsilon), np.rint(d_out**theta_phi)
        r = np.rint(np.minimum(d_in, d_out) ** theta_rho)
        missed = np.maximum(np.abs(np.log(a * b * g / d_in)), np.abs(np.log(d * e * f / d_out)))
        if missed > 0.14:
            return np.nan
        count = a * b * g * d * f * r + b * g * d * e * f * r
        if linear_structure == 7.0:
            count = btt_moe_top_k * count + btt_moe_experts * d_in
        structured += many * count
        dense += many * d_in * d_out
        matrix += 1.0
    return structured / dense


default(
    "attention_operation_ratio",
    1.0,
    number,
    "Operations of attention projections over those of dense ones, without a structure.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source=COUNT,
    formula="sum over matrices of linear_parameters / sum of d_in d_out",
    variant="structured",
    provenance="extension",
)
def ffn_parameter_ratio(
    linear_structure: number,
    hidden_size: number,
    ffn_size: number,
    gated_ffn: number,
    experts: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
) -> number:
    """Parameters of structured feed-forward matrices over those of dense ones.

    NaN for mixtures of whole-network experts. Each matrix has its own axes.
    """
    if linear_structure == 0.0:
        return 1.0
    if experts > 0.0:
        return np.nan
    structured, dense, matrix = 0.0, 0.0, 0.0
    while matrix < 2.0:
        d_in, d_out, many = hidden_size, ffn_size, 1.0 + gated_ffn
        if matrix == 1.0:
            d_in, d_out, many = ffn_size, hidden_size, 1.0
        a, b, g = np.rint(d_in**theta_alpha), np.rint(d_in**theta_beta), np.rint(d_in**theta_gamma)
        d, e, f = np.rint(d_out**theta_delta), np.rint(d_out**theta_epsilon), np.rint(d_out**theta_phi)
        r = np.rint(np.minimum(d_in, d_out) ** theta_rho)
        missed = np.maximum(np.abs(np.log(a * b * g / d_in)), np.abs(np.log(d * e * f / d_out)))
        if missed > 0.14:
            return np.nan
        count = a * g * d * f * r + b * g * e * f * r
        if linear_structure == 7.0:
            count = btt_moe_experts * count + btt_moe_experts * d_in
        structured += many * count
        dense += many * d_in * d_out
        matrix += 1.0
    return structured / dense


default(
    "ffn_parameter_ratio",
    1.0,
    number,
    "Parameters of feed-forward matrices over those of dense ones, without a structure.",
    valid="(0, inf)",
    source="definition",
)


@equation(
    valid="(0, inf)",
    source=COUNT,
    formula="sum over matrices of linear_operations / sum of d_in d_out",
    variant="structured",
    provenance="extension",
)
def ffn_operation_ratio(
    linear_structure: number,
    hidden_size: number,
    ffn_size: number,
    gated_ffn: number,
    experts: number,
    theta_alpha: number,
    theta_beta: number,
    theta_gamma: number,
    theta_delta: number,
    theta_epsilon: number,
    theta_phi: number,
    theta_rho: number,
    btt_moe_experts: number,
    btt_moe_top_k: number,
) -> number:
    """Operations of structured feed-forward matrices over those of dense ones.

    NaN for mixtures of whole-network experts. Each matrix has its own axes.
    """
    if linear_structure == 0.0:
        return 1.0
    if experts > 0.0:
        return np.nan
    structured, dense, matrix = 0.0, 0.0, 0.0
    while matrix < 2.0:
        d_in, d_out, many = hidden_size, ffn_size, 1.0 + gated_ffn
        if matrix == 1.0:
            d_in, d_out, many = ffn_size, hidden_size, 1.0
        a, b, g = np.rint(d_in**theta_alpha), np.rint(d_in**theta_beta), np.rint(d_in**theta_gamma)
        d, e, f = np.rint(d_out**theta_delta), np.rint(d_out**theta_epsilon), np.rint(d_out**theta_phi)
        r = np.rint(np.minimum(d_in, d_out) ** theta_rho)
        missed = np.maximum(np.abs(np.log(a * b * g / d_in)), np.abs(np.log(d * e * f / d_out)))
        if missed > 0.14:
            return np.nan
        count = a * b * g * d * f * r + b * g * d * e * f * r
        if linear_structure == 7.0:
            count = btt_moe_top_k * count + btt_moe_experts * d_in
        structured += many * count
        dense += many * d_in * d_out
        matrix += 1.0
    return structured / dense


default(
    "ffn_operation_ratio",
    1.0,
    number,
    "Operations of feed-forward matrices over those of dense ones, without a structure.",
    valid="(0, inf)",
    source="definition",
)
