"""Sparsity patterns and measured speed-ups."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "nm_sparsity",
    "1",
    "Pattern N:M of weight matrices: N of M neighbours are kept.",
    choices=("dense", "1:2", "2:4", "2:8"),
)
declare(
    "sparse_scope",
    "1",
    "Matrices that are sparse.",
    choices=("none", "mlp", "mlp_attention"),
    default="mlp_attention",
    source="SLoPe: all but embeddings and heads",
)
declare(
    "adapter_rank_ratio",
    "1",
    "Rank of the adapters of sparse matrices over the hidden size.",
    valid="[0, 1]",
    default=0,
    source="no adapters unless given",
    provenance="assumed",
)
declare(
    "lazy_fraction",
    "1",
    "Share of training steps, the last ones, in which adapters are trained.",
    valid="[0, 1]",
    default=0.01,
    source="SLoPe",
)
declare("spmm_speedup", "1", "Speed of the sparse matrix product over the dense one.", valid="[1, 2]")
declare(
    "sparse_power_factor",
    "1",
    "Mean power with sparse kernels over that with dense ones; SLoPe measures no power.",
    valid="(0, inf)",
    default=1,
    source="as with dense kernels",
    provenance="assumed",
)
for _name, _what in {
    "measured_sparse_training_speedup": "Measured speed of 2:4-sparse training over dense",
    "measured_sparse_speedup": "Measured speed of 2:4-sparse inference over dense, without adapters",
    "measured_sparse_speedup_rank_156": "The same with adapters of rank 1.56 %",
    "measured_sparse_speedup_rank_625": "The same with adapters of rank 6.25 %",
    "measured_sparse_training_memory": "Measured memory of 2:4-sparse training over dense",
    "measured_sparse_memory": "Measured memory of 2:4-sparse inference over dense, without adapters",
    "measured_sparse_memory_rank_156": "The same with adapters of rank 1.56 %",
    "measured_sparse_memory_rank_625": "The same with adapters of rank 6.25 %",
}.items():
    declare(_name, "1", f"{_what}; unknown for most models.", valid="(0, inf)", optional=True)
