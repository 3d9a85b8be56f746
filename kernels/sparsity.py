"""N:M-sparse weights with lazy low-rank adapters (SLoPe): patterns, adapters, operations.

Nothing here acts before `nm_sparsity` is given; `dense` acts as nothing. `training_flops` stays the count of the dense
model, to which hardware efficiency refers: sparse kernels shorten the time by sparse_training_time_factor, and
sparse_training_flops says what is left to compute. Test loss does not know of sparsity.
"""

from __future__ import annotations

import numpy as np

from carbonsweep.kernels.registry import equation

SLOPE = "Mozaffari et al. 2025 (SLoPe, arXiv 2405.16325), the first author's thesis, chapter 4"
OURS = "this project from the terms of SLoPe"


@equation(unit="1", valid="[1, 64]", source=SLOPE, formula="N of N:M")
def sparse_kept(nm_sparsity):
    """Weights kept of each group.

    Parameters
    ----------
    nm_sparsity : 1

    Returns
    -------
    1

    Notes
    -----
    Give it with sparse_group for other patterns.
    """
    if nm_sparsity >= 2.0:
        return 2.0
    return 1.0


@equation(unit="1", valid="[1, 64]", source=SLOPE, formula="M of N:M")
def sparse_group(nm_sparsity):
    """Neighbouring weights that make a group.

    Parameters
    ----------
    nm_sparsity : 1

    Returns
    -------
    1

    Notes
    -----
    One for a dense matrix.
    """
    if nm_sparsity == 1.0:
        return 2.0
    if nm_sparsity == 2.0:
        return 4.0
    if nm_sparsity == 3.0:
        return 8.0
    return 1.0


@equation(unit="1", valid="(0, 1]", source=SLOPE, formula="s = N / M")
def kept_fraction(sparse_kept, sparse_group):
    """Share of the weights that are kept.

    Parameters
    ----------
    sparse_kept : 1
    sparse_group : 1

    Returns
    -------
    1

    Notes
    -----
    NaN if more are kept than there are.
    """
    if sparse_kept > sparse_group:
        return np.nan
    return sparse_kept / sparse_group


@equation(unit="bit", source=SLOPE, formula="ceil(log2 C(M, N))")
def sparse_index_bits(sparse_kept, sparse_group):
    """Bits that say which weights of a group are kept.

    Parameters
    ----------
    sparse_kept : 1
    sparse_group : 1

    Returns
    -------
    bit

    Notes
    -----
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


@equation(unit="1", valid="[0, 1]", source=SLOPE, formula="sum_{j>N} C(M,j) s^j (1-s)^(M-j) (j-N)/M")
def double_pruning_zeros(sparse_kept, sparse_group):
    """Share of weights that pruning the transposed matrix sets to zero as well.

    Parameters
    ----------
    sparse_kept : 1
    sparse_group : 1

    Returns
    -------
    1

    Notes
    -----
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


@equation(unit="1", valid="(0, 1]", source=OURS, formula="phi = (1 + 2 s) / 3", provenance="extension")
def sparse_linear_training_factor(kept_fraction):
    """Operations of training a sparse matrix over those of a dense one.

    Parameters
    ----------
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    Forward and the gradient of the input are sparse, the gradient of the weights stays dense.
    """
    return (1.0 + 2.0 * kept_fraction) / 3.0


@equation(
    unit="1",
    valid="[0, 1]",
    source=OURS,
    formula="(feed-forward + attention projections in scope) / forward_flops_per_token; 0 if dense",
    variant="counted",
    provenance="extension",
)
def sparse_flops_share(
    sparse_scope, ffn_flops_per_token, attention_projection_flops_per_token, forward_flops_per_token, kept_fraction
):
    """Share of the forward operations that are in sparse matrices.

    Parameters
    ----------
    sparse_scope : 1
    ffn_flops_per_token : FLOP
    attention_projection_flops_per_token : FLOP
    forward_flops_per_token : FLOP
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    Routers count as sparse, although they stay dense.
    """
    if sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    linear = ffn_flops_per_token + (attention_projection_flops_per_token if sparse_scope == 2.0 else 0.0)
    return np.minimum(linear / forward_flops_per_token, 1.0)


@equation(
    unit="1",
    valid="[0, 1]",
    source="this project: without an architecture all is taken as sparse",
    formula="1, or 0 without scope or if dense",
    quantity="sparse_flops_share",
    variant="all",
    provenance="assumed",
)
def sparse_flops_share_all(sparse_scope, kept_fraction):
    """Share of the forward operations that are in sparse matrices, where only a parameter count is known.

    Parameters
    ----------
    sparse_scope : 1
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    An upper bound of what sparsity saves. NaN for feed-forward networks alone.
    """
    if sparse_scope == 0.0 or kept_fraction >= 1.0:
        return 0.0
    if sparse_scope == 2.0:
        return 1.0
    return np.nan


@equation(
    unit="parameter",
    source=SLOPE,
    formula="r sum (d_in + d_out) over the sparse matrices, r = adapter_rank_ratio * hidden_size",
    variant="counted",
)
def adapter_parameters(
    adapter_rank_ratio,
    sparse_scope,
    hidden_size,
    attention_heads,
    kv_heads,
    head_size,
    attention_blocks,
    layers,
    ffn_size,
    gated_ffn,
    kv_lora_rank,
    experts,
    kept_fraction,
):
    """Parameters of the low-rank adapters of all sparse matrices.

    Parameters
    ----------
    adapter_rank_ratio : 1
    sparse_scope : 1
    hidden_size : 1
    attention_heads : 1
    kv_heads : 1
    head_size : 1
    attention_blocks : 1
    layers : 1
    ffn_size : 1
    gated_ffn : 1
    kv_lora_rank : 1
    experts : 1
    kept_fraction : 1

    Returns
    -------
    parameter

    Notes
    -----
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
    unit="parameter",
    source="this project: adapters are unknown without an architecture",
    formula="0 without adapters",
    quantity="adapter_parameters",
    variant="none",
    provenance="assumed",
)
def adapter_parameters_none(adapter_rank_ratio, kept_fraction):
    """Parameters of the adapters where the architecture is not known.

    Parameters
    ----------
    adapter_rank_ratio : 1
    kept_fraction : 1

    Returns
    -------
    parameter

    Notes
    -----
    NaN if there are any.
    """
    if adapter_rank_ratio > 0.0 and kept_fraction < 1.0:
        return np.nan
    return 0.0


@equation(
    unit="1",
    source=OURS,
    formula="2 adapter_parameters / forward_flops_per_token",
    variant="counted",
    provenance="extension",
)
def adapter_flops_share(adapter_parameters, forward_flops_per_token):
    """Forward operations of the adapters over those of the dense model.

    Parameters
    ----------
    adapter_parameters : parameter
    forward_flops_per_token : FLOP

    Returns
    -------
    1

    Notes
    -----
    Added to what is left of the dense model.
    """
    return 2.0 * adapter_parameters / forward_flops_per_token


@equation(
    unit="1",
    source="this project: adapters are unknown without an architecture",
    formula="0 without adapters",
    quantity="adapter_flops_share",
    variant="none",
    provenance="assumed",
)
def adapter_flops_share_none(adapter_rank_ratio, kept_fraction):
    """Operations of the adapters where the architecture is not known.

    Parameters
    ----------
    adapter_rank_ratio : 1
    kept_fraction : 1

    Returns
    -------
    1

    Notes
    -----
    NaN if there are any.
    """
    if adapter_rank_ratio > 0.0 and kept_fraction < 1.0:
        return np.nan
    return 0.0


@equation(
    unit="FLOP",
    valid="(0, inf)",
    source=OURS,
    formula="training_flops (1 - q + q phi) + lazy_fraction 6 adapter_parameters tokens",
    provenance="extension",
)
def sparse_training_flops(
    training_flops, sparse_flops_share, sparse_linear_training_factor, lazy_fraction, adapter_parameters, tokens
):
    """Operations to train the sparse model.

    Parameters
    ----------
    training_flops : FLOP
    sparse_flops_share : 1
    sparse_linear_training_factor : 1
    lazy_fraction : 1
    adapter_parameters : parameter
    tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    What the hardware computes; the zeros of double pruning are computed too.
    """
    kept = 1.0 - sparse_flops_share + sparse_flops_share * sparse_linear_training_factor
    return training_flops * kept + lazy_fraction * 6.0 * adapter_parameters * tokens


@equation(
    unit="FLOP",
    source=OURS,
    formula="inference_flops (1 - q + q s) + 2 adapter_parameters inference_tokens",
    provenance="extension",
)
def sparse_inference_flops(inference_flops, sparse_flops_share, kept_fraction, adapter_parameters, inference_tokens):
    """Operations of inference with the sparse model.

    Parameters
    ----------
    inference_flops : FLOP
    sparse_flops_share : 1
    kept_fraction : 1
    adapter_parameters : parameter
    inference_tokens : token

    Returns
    -------
    FLOP

    Notes
    -----
    Work of SLoPe: b d_in d_out N/M + b (d_in + d_out) r.
    """
    kept = 1.0 - sparse_flops_share + sparse_flops_share * kept_fraction
    return inference_flops * kept + 2.0 * adapter_parameters * inference_tokens
