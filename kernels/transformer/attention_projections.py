"""Parameters of one attention block: grouped, latent, shared-key and compressed attention, gates and indexers."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, parameter


def grouped_projections(hidden_size, heads, kv_heads, head_size, value_size, keys_as_values):
    """Query, key, value and output projections of attention whose query heads share key-value heads."""
    keys = kv_heads * head_size
    values = kv_heads * value_size * (1.0 - keys_as_values)
    return hidden_size * (heads * (head_size + value_size) + keys + values)


def latent_projections(hidden_size, heads, q_lora_rank, kv_lora_rank, qk_nope_size, qk_rope_size, value_size):
    """Compressed projections of multi-head latent attention."""
    query_size = heads * (qk_nope_size + qk_rope_size)
    query = q_lora_rank * (hidden_size + query_size) if q_lora_rank > 0.0 else hidden_size * query_size
    down = hidden_size * (kv_lora_rank + qk_rope_size)
    up = kv_lora_rank * heads * (qk_nope_size + value_size)
    return query + down + up + heads * value_size * hidden_size


@equation(
    source="Vaswani et al. 2017; Ainslie et al. 2023 (grouped queries); DeepSeek-AI 2024 (latent attention); "
    "StepFun 2025 (MFA); transformers 5.24.0 (DeepSeek-V4)",
    formula="h (a (d_qk + d_v) + g (d_qk + d_v)), or the compressed projections of latent, MFA or CSA attention",
)
def attention_parameters_per_block(
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    q_lora_rank: number,
    kv_lora_rank: number,
    qk_nope_size: number,
    qk_rope_size: number,
    value_head_size: number,
    keys_as_values: number,
    o_lora_rank: number,
    o_groups: number,
) -> parameter:
    """Query, key, value and output projections of one attention block without a window.

    Latent attention where kv_lora_rank > 0, with its query compressed where q_lora_rank > 0. Without
    kv_lora_rank a q_lora_rank means one key and one value head behind a query of low rank (MFA), and an
    o_lora_rank one head that is key and value with a compressed output (DeepSeek-V4). Biases and norms are
    left out.
    """
    if kv_lora_rank > 0.0:
        return latent_projections(
            hidden_size, attention_heads, q_lora_rank, kv_lora_rank, qk_nope_size, qk_rope_size, value_head_size
        )
    wide = attention_heads * head_size
    if o_lora_rank > 0.0:
        query = q_lora_rank * (hidden_size + wide)
        return query + hidden_size * head_size + o_lora_rank * wide + o_groups * o_lora_rank * hidden_size
    if q_lora_rank > 0.0:
        return q_lora_rank * (hidden_size + wide) + 2.0 * hidden_size * head_size + wide * hidden_size
    value = value_head_size if value_head_size > 0.0 else head_size
    return grouped_projections(hidden_size, attention_heads, kv_heads, head_size, value, keys_as_values)


@equation(
    source="Gemma Team 2024; StepFun 2026; Xiaomi 2026 (windowed blocks with heads of their own)",
    formula="attention_parameters_per_block with the heads of windowed blocks",
    provenance="extension",
)
def local_attention_parameters_per_block(
    attention_parameters_per_block: parameter,
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    value_head_size: number,
    local_heads: number,
    local_kv_heads: number,
    local_head_size: number,
    q_lora_rank: number,
    kv_lora_rank: number,
) -> parameter:
    """Projections of one attention block that sees a window or a chunk only.

    As in the other blocks unless it has heads of its own; compressed projections are alike in both.
    """
    if kv_lora_rank > 0.0 or q_lora_rank > 0.0:
        return 1.0 * attention_parameters_per_block
    heads = local_heads if local_heads > 0.0 else attention_heads
    groups = local_kv_heads if local_kv_heads > 0.0 else kv_heads
    size = local_head_size if local_head_size > 0.0 else head_size
    value = value_head_size if value_head_size > 0.0 else size
    return grouped_projections(hidden_size, heads, groups, size, value, 0.0)


@equation(
    source="Qwen Team 2025 (gate a channel); StepFun 2026 (gate a head)",
    formula="h a d_v a channel, h a a head, summed over the attention blocks",
    provenance="extension",
)
def attention_gate_parameters(
    attention_gate: number,
    hidden_size: number,
    attention_heads: number,
    local_heads: number,
    head_size: number,
    value_head_size: number,
    attention_blocks: number,
    local_layers: number,
) -> parameter:
    """Parameters of the gates on the outputs of all attention blocks.

    Gates that double the query matrix, and separate ones, have the same number.
    """
    if attention_gate < 1.0:
        return 0.0
    size = 1.0
    if attention_gate < 2.0:
        size = value_head_size if value_head_size > 0.0 else head_size
    local = local_heads if local_heads > 0.0 else attention_heads
    heads = attention_heads * np.maximum(attention_blocks - local_layers, 0.0) + local * local_layers
    return hidden_size * size * heads


@equation(
    source="DeepSeek-AI 2025 (V3.2, sparse attention)",
    formula="attention_blocks index_layer_fraction (r a_i d_i + h d_i + h a_i), r = q_lora_rank or h",
)
def indexer_parameters(
    index_heads: number,
    index_head_size: number,
    index_layer_fraction: number,
    hidden_size: number,
    q_lora_rank: number,
    o_lora_rank: number,
    attention_blocks: number,
) -> parameter:
    """Parameters of the indexers that pick the keys of sparse attention.

    Where the output is compressed too (DeepSeek-V4), indexers are in other_parameters.
    """
    if o_lora_rank > 0.0:
        return 0.0
    entry = q_lora_rank if q_lora_rank > 0.0 else hidden_size
    one = entry * index_heads * index_head_size + hidden_size * (index_head_size + index_heads)
    return attention_blocks * index_layer_fraction * one if index_heads > 0.0 else 0.0
