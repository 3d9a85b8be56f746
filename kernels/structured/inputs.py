"""The structure of linear layers."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare(
    "linear_structure",
    "1",
    "Structure of weight matrices.",
    choices=("dense", "low_rank", "kronecker", "tensor_train", "monarch", "btt", "einsum", "btt_moe"),
)
declare(
    "structure_scope",
    "1",
    "Matrices that are structured.",
    choices=("ffn", "all_but_last"),
    default="all_but_last",
    source="Potapczynski et al. 2024: all but the output head",
)
declare("linear_in", "1", "Width of the input of one matrix.", valid="[1, inf)")
declare("linear_out", "1", "Width of the output of one matrix.", valid="[1, inf)")
declare(
    "btt_moe_experts",
    "1",
    "BTT experts in each matrix.",
    valid="[1, inf)",
    default=1,
    source="no experts unless given",
    provenance="assumed",
    integer=True,
)
declare(
    "btt_moe_top_k",
    "1",
    "BTT experts that work on each token.",
    valid="[1, inf)",
    default=2,
    source="Potapczynski et al. 2024, code",
    integer=True,
)
declare(
    "kernel_efficiency",
    "1",
    "Rate of structured kernels over dense ones; below one at widths of about 1000, say the authors.",
    valid="(0, 1]",
    default=1,
    source="as fast as dense",
    provenance="assumed",
)
