"""Layers without attention: linear attention, state-space models and short convolutions."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, number, parameter


@equation(
    source="counted against the models that transformers 5.24.0 builds; Yang et al. 2024 (gated delta), Moonshot AI "
    "2025 (KDA), Dao and Gu 2024 (Mamba-2), Gu and Dao 2023 (Mamba), Qin et al. 2024 (lightning), Liquid AI 2025",
    formula="gated delta: h (2 K + 2 V + 2 a) + (2 K + V) c + V h; Mamba-2: h (2 i + 2 G N + a) + (i + 2 G N)(c + 1) "
    "+ i h; others in the text",
    provenance="extension",
)
def mixer_parameters_per_layer(
    linear_kind: number,
    hidden_size: number,
    linear_heads: number,
    linear_head_size: number,
    linear_key_heads: number,
    linear_key_head_size: number,
    linear_state_size: number,
    linear_groups: number,
    linear_convolution: number,
    linear_rank: number,
    linear_full_rank_gate: number,
) -> parameter:
    """Parameters of one mixer without attention.

    K and V are the widths of keys and values, i = V the inner width of Mamba, c the tokens of the short
    convolution. KDA: 4 h V + 3 V c + 2 (h + V) D + h a, D the head size
    (h V for one of the two last with a gate of full rank). Mamba-1: 3 h i + i (c + 3 + 2 R + 3 N),
    R the rank of the step size. Lightning: 5 h V. Short convolution: 4 h^2 + h c. NaN if no kind is named.
    Norms and the few parameters of a head (decay, step bias) are left out.
    """
    inner = linear_heads * linear_head_size
    keys = linear_key_heads * linear_key_head_size
    if linear_kind == 1.0:
        maps = hidden_size * (2.0 * keys + 3.0 * inner + 2.0 * linear_heads)
        return maps + (2.0 * keys + inner) * linear_convolution
    if linear_kind == 2.0:
        low = linear_head_size * (hidden_size + inner)
        gate = hidden_size * inner if linear_full_rank_gate > 0.0 else low
        return hidden_size * (4.0 * inner + linear_heads) + 3.0 * inner * linear_convolution + low + gate
    if linear_kind == 3.0:
        states = 2.0 * linear_groups * linear_state_size
        maps = hidden_size * (3.0 * inner + states + linear_heads)
        return maps + (inner + states) * (linear_convolution + 1.0)
    if linear_kind == 4.0:
        selective = linear_rank + 2.0 * linear_state_size + linear_rank + 1.0 + linear_state_size + 1.0
        return 3.0 * hidden_size * inner + inner * (linear_convolution + 1.0 + selective)
    if linear_kind == 5.0:
        return 5.0 * hidden_size * inner
    if linear_kind == 6.0:
        return hidden_size * (4.0 * hidden_size + linear_convolution)
    return np.nan


@equation(
    source="definition",
    formula="linear_layers mixer_parameters_per_layer",
)
def mixer_parameters(linear_layers: number, mixer_parameters_per_layer: parameter) -> parameter:
    """Parameters of all layers without attention, feed-forward networks left out.

    0 without such layers.
    """
    if linear_layers <= 0.0:
        return 0.0
    return linear_layers * mixer_parameters_per_layer


@equation(
    source="Yang et al. 2024; Dao and Gu 2024",
    formula="a d_k d_v; Mamba: i N; 0 for a short convolution",
)
def mixer_state_elements(
    linear_kind: number,
    linear_heads: number,
    linear_head_size: number,
    linear_key_head_size: number,
    linear_state_size: number,
) -> number:
    """Elements of the recurrent state of one layer and sequence, the convolution's left out.

    It does not grow with the context.
    """
    inner = linear_heads * linear_head_size
    if linear_kind == 3.0 or linear_kind == 4.0:
        return inner * linear_state_size
    if linear_kind == 1.0 or linear_kind == 2.0 or linear_kind == 5.0:
        return inner * (linear_key_head_size if linear_key_head_size > 0.0 else linear_head_size)
    return 0.0


@equation(
    source="Yang et al. 2024; Dao and Gu 2024 (one product to write the state, one to read it; the delta rule has one "
    "more)",
    formula="2 n linear_layers mixer_state_elements, n = 3 with the delta rule, else 2",
    provenance="extension",
)
def scan_flops_per_token(linear_layers: number, linear_kind: number, mixer_state_elements: number) -> FLOP:
    """Forward operations on the recurrent states of the layers without attention for one token.

    Their number does not depend on the length of the sequence; kernels that work in chunks do a few more.
    """
    products = 3.0 if linear_kind == 1.0 or linear_kind == 2.0 else 2.0
    return 2.0 * products * linear_layers * mixer_state_elements


@equation(
    source="Yang et al. 2024; Dao and Gu 2024",
    formula="2 mixer_parameters + scan_flops_per_token",
    provenance="extension",
)
def mixer_flops_per_token(mixer_parameters: parameter, scan_flops_per_token: FLOP) -> FLOP:
    """Forward operations of the layers without attention for one token."""
    return 2.0 * mixer_parameters + scan_flops_per_token
