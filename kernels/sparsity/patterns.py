"""N:M-sparse weights with lazy low-rank adapters (SLoPe): patterns, adapters, operations.

Nothing here acts before `nm_sparsity` is given; `dense` acts as nothing. `training_flops` stays the count of the dense
model, to which hardware efficiency refers: sparse kernels shorten the time by sparse_training_time_factor, and
sparse_training_flops says what is left to compute. Test loss does not know of sparsity.
"""

import numpy as np

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import FLOP, bit, number, parameter, token

SLOPE = "Mozaffari et al. 2025 (SLoPe, arXiv 2405.16325), the first author's thesis, chapter 4"
OURS = "this project from the terms of SLoPe"


@equation(valid="[1, 64]", source=SLOPE, formula="N of N:M")
def sparse_kept(nm_sparsity: number) -> number:
    """Weights kept of each group.

    Give it with sparse_group for other patterns.
    """
    if nm_sparsity >= 2.0:
        return 2.0
    return 1.0


@equation(valid="[1, 64]", source=SLOPE, formula="M of N:M")
def sparse_group(nm_sparsity: number) -> number:
    """Neighbouring weights that make a group.

    One for a dense matrix.
    """
    if nm_sparsity == 1.0:
        return 2.0
    if nm_sparsity == 2.0:
        return 4.0
    if nm_sparsity == 3.0:
        return 8.0
    return 1.0


@equation(valid="(0, 1]", source=SLOPE, formula="s = N / M")
def kept_fraction(sparse_kept: number, sparse_group: number) -> number:
    """Share of the weights that are kept.

    NaN if more are kept than there are.
    """
    if sparse_kept > sparse_group:
        return np.nan
    return sparse_kept / sparse_group


@equation(source=SLOPE, formula="ceil(log2 C(M, N))")
def sparse_index_bits(sparse_kept: number, sparse_group: number) -> bit:
    """Bits that say which weights of a group are kept.

    NaN if more are kept than there are.
    """
    if sparse_kept > sparse_group:
        return np.nan
    choices = 1.0
    chosen = 0.0
    while chosen < sparse_kept:
        choices = choices * (sparse_group - chosen) / (chosen + 1.0)
        chosen += 1.0
    return np.ceil(np.log2(np.rint(np.maximum(choices, 1.0))))


@equation(valid="[0, 1]", source=SLOPE, formula="sum_{j>N} C(M,j) s^j (1-s)^(M-j) (j-N)/M")
def double_pruning_zeros(sparse_kept: number, sparse_group: number) -> number:
    """Share of weights that pruning the transposed matrix sets to zero as well.

    The hardware still computes N:M, so that no operation is saved. For 2:8 the formula gives 5.84 %; the text
    prints 3.39 %.
    """
    kept = sparse_kept / sparse_group
    if kept >= 1.0:
        return 0.0
    term = (1.0 - kept) ** sparse_group
    extra = 0.0
    count = 0.0
    while count < sparse_group:
        term = term * (sparse_group - count) / (count + 1.0) * kept / (1.0 - kept)
        count += 1.0
        extra += term * np.maximum(count - sparse_kept, 0.0) / sparse_group
    return np.minimum(np.maximum(extra, 0.0), 1.0)


@equation(valid="(0, 1]", source=OURS, formula="phi = (1 + 2 s) / 3", provenance="extension")
def sparse_linear_training_factor(kept_fraction: number) -> number:
    """Operations of training a sparse matrix over those of a dense one.

    Forward and the gradient of the input are sparse, the gradient of the weights stays dense.
    """
    return (1.0 + 2.0 * kept_fraction) / 3.0


@equation(
    valid="[0, 1]",
    source=OURS,
    formula="(feed-forward + attention projections in scope) / forward_flops_per_token; 0 if dense",
    variant="counted",
    provenance="extension",
)
def sparse_flops_share(
    sparse_scope: number,
    ffn_flops_per_token: FLOP,
    attention_projection_flops_per_token: FLOP,
    forward_flops_per_token: FLOP,
    kept_fraction: number,
) -> number:
    """Share of the forward operations that are in sparse matrices.

    Routers count as sparse, although they stay dense.
    """
    if sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    linear = ffn_flops_per_token + (attention_projection_flops_per_token if sparse_scope == 2.0 else 0.0)
    return np.minimum(linear / forward_flops_per_token, 1.0)


@equation(
    valid="[0, 1]",
    source="this project: without an architecture all is taken as sparse",
    formula="1, or 0 without scope or if dense",
    quantity="sparse_flops_share",
    variant="all",
    provenance="assumed",
)
def sparse_flops_share_all(sparse_scope: number, kept_fraction: number) -> number:
    """Share of the forward operations that are in sparse matrices, where only a parameter count is known.

    An upper bound of what sparsity saves. NaN for feed-forward networks alone.
    """
    if sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    if sparse_scope == 2.0:
        return 1.0
    return np.nan


@equation(
    source=SLOPE,
    formula="r sum (d_in + d_out) over the sparse matrices, r = adapter_rank_ratio * hidden_size",
    variant="counted",
)
def adapter_parameters(
    adapter_rank_ratio: number,
    sparse_scope: number,
    hidden_size: number,
    attention_heads: number,
    kv_heads: number,
    head_size: number,
    attention_blocks: number,
    layers: number,
    ffn_size: number,
    gated_ffn: number,
    kv_lora_rank: number,
    experts: number,
    kept_fraction: number,
) -> parameter:
    """Parameters of the low-rank adapters of all sparse matrices.

    None in a dense model. NaN for latent attention and experts, for which SLoPe has no adapters.
    """
    if adapter_rank_ratio <= 0.0 or sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    if kv_lora_rank > 0.0 or experts > 0.0:
        return np.nan
    queries, keys = attention_heads * head_size, kv_heads * head_size
    attention = attention_blocks * (4.0 * hidden_size + 2.0 * queries + 2.0 * keys) if sparse_scope == 2.0 else 0.0
    ffn = layers * (2.0 + gated_ffn) * (hidden_size + ffn_size)
    return adapter_rank_ratio * hidden_size * (attention + ffn)


@equation(
    source="this project: adapters are unknown without an architecture",
    formula="0 without adapters",
    quantity="adapter_parameters",
    variant="none",
    provenance="assumed",
)
def adapter_parameters_none(adapter_rank_ratio: number, kept_fraction: number) -> parameter:
    """Parameters of the adapters where the architecture is not known.

    NaN if there are any.
    """
    if adapter_rank_ratio > 0.0 and kept_fraction < 1.0:
        return np.nan
    return 0.0


@equation(
    source=OURS, formula="2 adapter_parameters / forward_flops_per_token", variant="counted", provenance="extension"
)
def adapter_flops_share(adapter_parameters: parameter, forward_flops_per_token: FLOP) -> number:
    """Forward operations of the adapters over those of the dense model.

    Added to what is left of the dense model.
    """
    return 2.0 * adapter_parameters / forward_flops_per_token


@equation(
    source="this project: adapters are unknown without an architecture",
    formula="0 without adapters",
    quantity="adapter_flops_share",
    variant="none",
    provenance="assumed",
)
def adapter_flops_share_none(adapter_rank_ratio: number, kept_fraction: number) -> number:
    """Operations of the adapters where the architecture is not known.

    NaN if there are any.
    """
    if adapter_rank_ratio > 0.0 and kept_fraction < 1.0:
        return np.nan
    return 0.0


@equation(
    valid="(0, inf)",
    source=OURS,
    formula="training_flops (1 - q + q phi) + lazy_fraction 6 adapter_parameters tokens",
    provenance="extension",
)
def sparse_training_flops(
    training_flops: FLOP,
    sparse_flops_share: number,
    sparse_linear_training_factor: number,
    lazy_fraction: number,
    adapter_parameters: parameter,
    tokens: token,
) -> FLOP:
    """Operations to train the sparse model.

    What the hardware computes; the zeros of double pruning are computed too.
    """
    kept = 1.0 - sparse_flops_share + sparse_flops_share * sparse_linear_training_factor
    return training_flops * kept + lazy_fraction * 6.0 * adapter_parameters * tokens


@equation(
    source=OURS, formula="inference_flops (1 - q + q s) + 2 adapter_parameters inference_tokens", provenance="extension"
)
def sparse_inference_flops(
    inference_flops: FLOP,
    sparse_flops_share: number,
    kept_fraction: number,
    adapter_parameters: parameter,
    inference_tokens: token,
) -> FLOP:
    """Operations of inference with the sparse model.

    Work of SLoPe: b d_in d_out N/M + b (d_in + d_out) r.
    """
    kept = 1.0 - sparse_flops_share + sparse_flops_share * kept_fraction
    return inference_flops * kept + 2.0 * adapter_parameters * inference_tokens
