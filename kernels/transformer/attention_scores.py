"""Operations of attention scores: how many keys a query meets, in full, windowed, chunked and sparse attention."""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, number, token


def window_mean(sequence_length, window, causal):
    """Keys that a query of a sequence meets on average when it sees no more than a window of them."""
    seen = np.minimum(window, sequence_length)
    return seen * (1.0 - 0.5 * causal * seen / sequence_length)


def full_block_keys(sequence_length, index_topk, o_lora_rank, attention_window, causal):
    """Keys of a query in a block without a window: all before it, those an indexer picks, or compressed ones."""
    if o_lora_rank > 0.0:
        # DeepSeek-V4: beside its window one kind of block picks among groups of 4 tokens, the other sees groups of 128
        picked = window_mean(0.25 * sequence_length, index_topk, causal)
        groups = sequence_length / 128.0 * (1.0 - 0.5 * causal)
        return window_mean(sequence_length, attention_window, causal) + 0.5 * (picked + groups)
    if index_topk > 0.0:
        return window_mean(sequence_length, index_topk, causal)
    return sequence_length * (1.0 - 0.5 * causal)


def local_block_keys(sequence_length, attention_window, attention_chunk, causal):
    """Keys of a query in a block with a window or with chunks; all of them where neither is given."""
    if attention_window > 0.0:
        return window_mean(sequence_length, attention_window, causal)
    if attention_chunk > 0.0:
        return np.minimum(attention_chunk, sequence_length) * (1.0 - 0.5 * causal)
    return sequence_length * (1.0 - 0.5 * causal)


@equation(
    source="Narayanan et al. 2021 appendix (half where causal); Beltagy et al. 2020 (windows)",
    formula="s (1 - causal / 2); with top-k m = min(k, s): m (1 - causal m / (2 s))",
    provenance="extension",
)
def keys_per_query(
    sequence_length: token, index_topk: number, o_lora_rank: number, attention_window: token, causal_attention: number
) -> token:
    """Keys that a query meets on average in an attention block without a window.

    causal_attention says whether the masked half of the square is counted.
    """
    return full_block_keys(sequence_length, index_topk, o_lora_rank, attention_window, causal_attention)


@equation(
    source="Beltagy et al. 2020 (windows); Meta 2025 (chunks)",
    formula="w = min(window, s): w (1 - causal w / (2 s)); chunk: min(c, s) (1 - causal / 2)",
    provenance="extension",
)
def local_keys_per_query(
    sequence_length: token, attention_window: token, attention_chunk: token, causal_attention: number
) -> token:
    """Keys that a query meets on average in a block with a window or chunks.

    As in a full block where the sequence is shorter.
    """
    return local_block_keys(sequence_length, attention_window, attention_chunk, causal_attention)


@equation(source="Vaswani et al. 2017; DeepSeek-AI 2024 (latent attention)", formula="a (d_qk + d_v)")
def score_width(
    attention_heads: number,
    head_size: number,
    kv_lora_rank: number,
    qk_nope_size: number,
    qk_rope_size: number,
    value_head_size: number,
) -> number:
    """Products of one query with one key and its value, all heads of a block together.

    Grouped queries save memory, not operations.
    """
    if kv_lora_rank > 0.0:
        return attention_heads * (qk_nope_size + qk_rope_size + value_head_size)
    return attention_heads * (head_size + (value_head_size if value_head_size > 0.0 else head_size))


@equation(source="as score_width", formula="the same with the heads of windowed blocks", provenance="extension")
def local_score_width(
    score_width: number,
    attention_heads: number,
    head_size: number,
    kv_lora_rank: number,
    value_head_size: number,
    local_heads: number,
    local_head_size: number,
) -> number:
    """Products of one query with one key and its value in a windowed block.

    As in the other blocks unless it has heads of its own.
    """
    if kv_lora_rank > 0.0:
        return 1.0 * score_width
    heads = local_heads if local_heads > 0.0 else attention_heads
    size = local_head_size if local_head_size > 0.0 else head_size
    return heads * (size + (value_head_size if value_head_size > 0.0 else size))


@equation(
    source="Vaswani et al. 2017 (encoder and cross attention are not masked)",
    formula="attention_blocks l / (2 l - encoder_layers) of an encoder-decoder, else 0",
)
def unmasked_blocks(attention_blocks: number, layers: number, encoder_layers: number) -> number:
    """Attention blocks that a causal mask does not halve: encoder layers and cross attention.

    0 for a single stack: for an encoder alone leave causal_attention at 0.
    """
    if encoder_layers <= 0.0:
        return 0.0
    return attention_blocks * layers / (2.0 * layers - np.minimum(encoder_layers, layers))


@equation(
    source="DeepSeek-AI 2025 (V3.2: an indexer scores every key)",
    formula="a_i d_i attention_blocks index_layer_fraction",
)
def indexer_width(
    index_heads: number,
    index_head_size: number,
    index_layer_fraction: number,
    attention_blocks: number,
    o_lora_rank: number,
) -> number:
    """Products of one query with one key in the indexers of sparse attention, all blocks together.

    They meet every key, which is what remains of the square. In DeepSeek-V4 half of the blocks have one, for
    groups of four tokens.
    """
    share = 0.125 if o_lora_rank > 0.0 else index_layer_fraction
    return index_heads * index_head_size * attention_blocks * share


@equation(
    source="Narayanan et al. 2021 appendix (4 s a d_head for each block)",
    formula="2 a (d_qk + d_v) keys, summed over full, unmasked and windowed blocks, and the indexers' scores",
)
def attention_score_flops_per_token(
    score_width: number,
    local_score_width: number,
    attention_blocks: number,
    local_layers: number,
    unmasked_blocks: number,
    keys_per_query: token,
    local_keys_per_query: token,
    sequence_length: token,
    indexer_width: number,
    causal_attention: number,
) -> FLOP:
    """Forward operations of attention scores and weighted values for one token.

    Work grows with the attention blocks: layers without attention have none. With causal_attention masked
    blocks cost half. NaN if there are more windowed blocks than attention blocks.
    """
    full = attention_blocks - local_layers - unmasked_blocks
    if full < -0.5:
        return np.nan
    pairs = score_width * (np.maximum(full, 0.0) * keys_per_query + unmasked_blocks * sequence_length)
    pairs = pairs + local_score_width * local_layers * local_keys_per_query
    return 2.0 * (pairs + indexer_width * sequence_length * (1.0 - 0.5 * causal_attention))


@equation(
    source="Dao et al. 2022 (masked blocks are skipped)",
    formula="2 a (d_qk + d_v) keys, what a mask or window hides left out, and half of the indexers' square",
    provenance="extension",
)
def causal_score_flops_per_token(
    score_width: number,
    local_score_width: number,
    attention_blocks: number,
    local_layers: number,
    unmasked_blocks: number,
    sequence_length: token,
    index_topk: number,
    o_lora_rank: number,
    attention_window: token,
    attention_chunk: token,
    indexer_width: number,
) -> FLOP:
    """Forward operations of attention scores for one token that its mask and windows leave.

    What fused kernels carry out, and what utilisation counts whatever causal_attention says.
    """
    masked = np.maximum(attention_blocks - local_layers - unmasked_blocks, 0.0)
    keys = full_block_keys(sequence_length, index_topk, o_lora_rank, attention_window, 1.0)
    local_keys = local_block_keys(sequence_length, attention_window, attention_chunk, 1.0)
    pairs = score_width * (masked * keys + unmasked_blocks * sequence_length)
    return 2.0 * (pairs + local_score_width * local_layers * local_keys + 0.5 * indexer_width * sequence_length)


@equation(
    source="Dao et al. 2022 (unfused kernels compute the whole square)",
    formula="fused: causal_score_flops_per_token; unfused: the whole square",
    provenance="extension",
)
def executed_score_flops_per_token(
    causal_score_flops_per_token: FLOP,
    score_width: number,
    local_score_width: number,
    attention_blocks: number,
    local_layers: number,
    sequence_length: token,
    fused_attention: number,
    indexer_width: number,
) -> FLOP:
    """Forward operations of attention scores that the kernel really carries out for one token."""
    full = np.maximum(attention_blocks - local_layers, 0.0)
    square = score_width * full + local_score_width * local_layers + indexer_width
    return causal_score_flops_per_token * fused_attention + 2.0 * square * sequence_length * (1.0 - fused_attention)
