"""The key-value cache: bytes of a token and of a sequence, and how it is split."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import B, number, token


def block_cache_bytes(kv_heads, head_size, value_head_size, kv_lora_rank, qk_rope_size, element):
    """Bytes that a token leaves in one attention block: a latent vector, or keys and values of all its heads."""
    if kv_lora_rank > 0.0:
        return (kv_lora_rank + qk_rope_size) * element
    return kv_heads * (head_size + (value_head_size if value_head_size > 0.0 else head_size)) * element


def windowed(context, local_window):
    """Keys of a context that a windowed block keeps; all of them without a window."""
    return np.minimum(context, local_window) if local_window > 0.0 else context


@equation(
    source="Shazeer 2019; Ainslie et al. 2023; DeepSeek-AI 2024 (multi-head latent attention)",
    formula="blocks without window x kv_heads (d_qk + d_v) cache_bytes; latent: (r_kv + d_rope) cache_bytes",
    provenance="recalled",
)
def full_cache_bytes(
    attention_blocks: number,
    local_layers: number,
    kv_heads: number,
    head_size: number,
    value_head_size: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    keys_as_values: number,
    o_lora_rank: number,
    cache_bytes: B,
    has_encoder: number,
) -> B:
    """Bytes that a token leaves in all attention blocks without a window.

    Layers with a recurrent state leave none. Compressed sparse attention (DeepSeek-V4) keeps one entry, key and value
    alike, for 4 tokens in half of its blocks and for 128 in the others. NaN with more windowed blocks than attention
    blocks, and for models with an encoder, which keep a cache of prompts and one of answers.
    """
    if local_layers > attention_blocks or has_encoder > 0.0:
        return np.nan
    if o_lora_rank > 0.0:
        return attention_blocks * kv_heads * head_size * cache_bytes * 0.5 * (1.0 / 4.0 + 1.0 / 128.0)
    one = block_cache_bytes(kv_heads, head_size, value_head_size, kv_lora_rank, qk_rope_size, cache_bytes)
    return (attention_blocks - local_layers) * one * (0.5 if keys_as_values > 0.0 else 1.0)


@equation(
    source="Shazeer 2019; Ainslie et al. 2023; Beltagy et al. 2020 (windows)",
    formula="local_layers x kv_heads (d_qk + d_v) cache_bytes, with the heads of those blocks",
    provenance="recalled",
)
def local_cache_bytes(
    local_layers: number,
    local_kv_heads: number,
    kv_heads: number,
    local_head_size: number,
    head_size: number,
    value_head_size: number,
    kv_lora_rank: number,
    qk_rope_size: number,
    cache_bytes: B,
) -> B:
    """Bytes that a token leaves in all windowed attention blocks, while it is within their window."""
    heads = local_kv_heads if local_kv_heads > 0.0 else kv_heads
    size = local_head_size if local_head_size > 0.0 else head_size
    return local_layers * block_cache_bytes(heads, size, value_head_size, kv_lora_rank, qk_rope_size, cache_bytes)


@equation(source="definition", formula="full_cache_bytes + local_cache_bytes", provenance="extension")
def kv_bytes_per_token(full_cache_bytes: B, local_cache_bytes: B) -> B:
    """Bytes that a token leaves in the key-value cache of the whole model.

    A windowed block gives its share back once the token is outside the window.
    """
    return full_cache_bytes + local_cache_bytes


@equation(source="definition", formula="attention_window, else attention_chunk", provenance="extension")
def local_window(attention_window: token, attention_chunk: token) -> token:
    """Tokens that a windowed block keeps; 0 where no block has a window."""
    return 1.0 * (attention_window if attention_window > 0.0 else attention_chunk)


@equation(
    source="this project",
    formula="I + O / 2 (continuous), I + O (static)",
    provenance="extension",
)
def held_context(input_tokens: token, output_tokens: token, batching: number) -> token:
    """Tokens for which a sequence holds cache: the mean over requests of all ages, or the longest of a static batch."""
    return input_tokens + output_tokens * (0.5 if batching == 0.0 else 1.0)


@equation(source="definition", formula="I + O / 2", provenance="extension")
def decode_context(input_tokens: token, output_tokens: token) -> token:
    """Tokens before the one that is generated, mean over an answer."""
    return input_tokens + 0.5 * output_tokens


@equation(
    valid="[1, inf)",
    source="this project: latent caches are copied to each rank, heads are not split",
    formula="min(t, kv_heads); 1 with latent attention",
    provenance="extension",
)
def kv_shards(serving_tensor_parallel: number, kv_heads: number, kv_lora_rank: number) -> number:
    """Parts into which tensor parallelism splits the cache of a sequence."""
    if kv_lora_rank > 0.0:
        return 1.0
    return np.minimum(serving_tensor_parallel, kv_heads)


@equation(
    source="Gu and Dao 2023; Yang et al. 2024 (states in 16 or 32 bits: 4 bytes assumed)",
    formula="4 linear_layers mixer_state_elements",
    provenance="assumed",
)
def state_bytes(linear_layers: number, mixer_state_elements: number) -> B:
    """Bytes of the recurrent states of one sequence, which do not grow with it."""
    return 4.0 * linear_layers * mixer_state_elements


@equation(
    source="this project",
    formula="((full C + local min(C, window)) / shards + states / t) / s",
    provenance="extension",
)
def kv_bytes_per_sequence(
    full_cache_bytes: B,
    local_cache_bytes: B,
    local_window: token,
    held_context: token,
    kv_shards: number,
    state_bytes: B,
    serving_tensor_parallel: number,
    serving_pipeline_parallel: number,
) -> B:
    """Bytes that a sequence holds on each device of its rank.

    With one device a replica, those of the whole model.
    """
    held = full_cache_bytes * held_context + local_cache_bytes * windowed(held_context, local_window)
    return (held / kv_shards + state_bytes / serving_tensor_parallel) / serving_pipeline_parallel


@equation(
    source="this project",
    formula="(full min(C, top-k) + local min(C, window)) / shards + 2 states / t, C = I + O / 2",
    provenance="extension",
)
def cache_read_bytes(
    full_cache_bytes: B,
    local_cache_bytes: B,
    local_window: token,
    index_topk: number,
    decode_context: token,
    kv_shards: number,
    state_bytes: B,
    serving_tensor_parallel: number,
) -> B:
    """Bytes of cache that a generated token reads on the devices of its rank, all stages of a pipeline together.

    Sparse attention reads the keys that its indexer picks; a recurrent state is read and written.
    """
    full = windowed(decode_context, index_topk)
    read = full_cache_bytes * full + local_cache_bytes * windowed(decode_context, local_window)
    return read / kv_shards + 2.0 * state_bytes / serving_tensor_parallel
